<?php

declare(strict_types=1);

namespace NicepaySim\Tests;

/** A PHP process that a test starts: a script, or a run of PHPUnit, in a folder of its own. */
final class Command
{
    public readonly string $folder;
    /** @var resource */
    private $process;
    private array $pipes = [];

    /** @param array<string, string|null> $env null removes a variable */
    public function __construct(string $script, array $env = [], array $php = [], ?string $folder = null)
    {
        $this->folder = $folder ?? self::folder();
        $file = self::folder() . '/script.php';
        $autoload = var_export(dirname(__DIR__) . '/autoload.php', true);
        file_put_contents($file, "<?php\nrequire $autoload;\n$script");
        $env = array_filter($env + getenv(), fn (?string $value) => $value !== null);
        // The fourth is for nothing but its end: all programs that the process starts have it, too.
        $streams = [['pipe', 'r'], ['pipe', 'w'], ['pipe', 'w'], ['pipe', 'w']];
        $this->process = proc_open([PHP_BINARY, ...$php, $file], $streams, $this->pipes, $this->folder, $env);
    }

    public static function folder(): string
    {
        $folder = sys_get_temp_dir() . '/nicepay-sim-php-' . bin2hex(random_bytes(8));
        mkdir($folder);
        register_shutdown_function(static fn () => self::remove($folder));
        return $folder;
    }

    private static function remove(string $path): void
    {
        if (is_link($path) || is_file($path)) {
            unlink($path);
            return;
        }
        chmod($path, 0700);
        foreach (array_diff(scandir($path), ['.', '..']) as $name) {
            self::remove("$path/$name");
        }
        rmdir($path);
    }

    /** The next line that it prints. */
    public function line(): string
    {
        return rtrim((string) fgets($this->pipes[1]));
    }

    public function kill(): void
    {
        proc_terminate($this->process, 9);
    }

    /** Whether all programs that it started end, too, but for those that have closed the stream 3. */
    public function isGone(): bool
    {
        [$read, $none] = [[$this->pipes[3]], null];
        return stream_select($read, $none, $none, 30) === 1 && fread($this->pipes[3], 1) === '';
    }

    /** Waits for its end. @return array{int, string, string} exit code, stdout and stderr */
    public function end(): array
    {
        fclose($this->pipes[0]);
        $out = stream_get_contents($this->pipes[1]);
        $err = stream_get_contents($this->pipes[2]);
        return [proc_close($this->process), $out, $err];
    }
}

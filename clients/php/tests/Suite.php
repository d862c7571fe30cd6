<?php

declare(strict_types=1);

namespace NicepaySim\Tests;

/** A project with a test suite of its own, which PHPUnit runs in another process. */
final class Suite
{
    public readonly string $folder;

    public function __construct(string $class, string $code)
    {
        $this->folder = Command::folder();
        mkdir("$this->folder/tests");
        file_put_contents("$this->folder/tests/$class.php", $code);
        symlink(self::repository() . '/examples', "$this->folder/examples");
    }

    public static function repository(): string
    {
        return dirname(__DIR__, 3);
    }

    /** The blocks of PHP code of a guide that have a text in them. */
    public static function block(string $guide, string $has): string
    {
        $page = file_get_contents(self::repository() . "/docs/guides/$guide.md");
        preg_match_all('/^```(?:php,check|json)\n(.*?)^```$/ms', $page, $blocks);
        $found = array_values(array_filter($blocks[1], static fn (string $block) => str_contains($block, $has)));
        return count($found) === 1 ? $found[0] : throw new \LogicException("$guide.md has not one block with $has");
    }

    /** Runs it. @return array{int, string, string} exit code, stdout and stderr */
    public function run(array $env = [], array $arguments = [], array $before = [], ?string $bootstrap = null,
        ?string $workFolder = null): array
    {
        $command = [...$before, PHP_BINARY, $_SERVER['argv'][0], '--no-configuration', '--do-not-cache-result',
            '--bootstrap', $bootstrap ?? dirname(__DIR__) . '/autoload.php', ...$arguments,
            "$this->folder/tests"];
        // The shop keeps its orders in the folder for temporary files.
        $env += ['TMPDIR' => $this->folder] + getenv();
        $env = array_filter($env, static fn (?string $value) => $value !== null);
        $files = ["$this->folder/out.txt", "$this->folder/err.txt"];
        $streams = [['file', '/dev/null', 'r'], ['file', $files[0], 'w'], ['file', $files[1], 'w']];
        $process = proc_open($command, $streams, $pipes, $workFolder ?? $this->folder, $env);
        $code = proc_close($process);
        return [$code, ...array_map(file_get_contents(...), $files)];
    }
}

<?php
declare(strict_types=1);
namespace NicepaySim;
/** A running simulator. Its `url` takes the place of https://dev.nicepay.co.id in the application. */
final class Simulator
{
    private static array $opened = []; // By address and flags.
    private function __construct(public readonly string $url, private $process = null, private array $pipes = []) {}
    /** The simulator of this process. The first call attaches to NICEPAY_SIM_URL, or starts one. */
    public static function open(string ...$flags): self
    {
        $url = (string) getenv('NICEPAY_SIM_URL');
        return self::$opened[implode("\n", [$url, ...$flags])] ??= $url ? self::attach($url) : self::start(...$flags);
    }

    /** Uses a simulator that runs already, and never stops it. */
    public static function attach(string $url): self
    {
        $one = new self(rtrim($url, '/'));
        try {
            $one->request('GET', '/__sim/readyz');
            return isset($one->api('GET', '/info')['urls']) ? $one : throw new NicepaySimError('another program.');
        } catch (NicepaySimError $error) {
            throw new NicepaySimError("No nicepay-sim is ready at $url (NICEPAY_SIM_URL): {$error->getMessage()}");
        }
    }

    /** Starts a simulator, on a free port unless a flag says otherwise. It ends with this process at the latest. */
    public static function start(string ...$flags): self
    {
        [$program, $log] = [self::program(), @tmpfile() ?: ['null']];
        // Nothing is ever written to its stdin. The system closes it when this process ends, also by SIGKILL.
        $command = [$program, '--stop-with-stdin', 'true',
            ...(preg_grep('/^--listen(=|$)/', $flags) ? $flags : ['--listen', '127.0.0.1:0', ...$flags])];
        $process = @proc_open($command, [['pipe', 'r'], ['pipe', 'w'], $log], $pipes)
            ?: throw new NicepaySimError("$program cannot be run: " . error_get_last()['message']);
        [$line, $none, $left, $end] = ['', null, 30, time() + 30];
        stream_set_blocking($pipes[1], false); // fgets() would wait for the end of a line that is not complete.
        while (!feof($pipes[1]) && !preg_match('/\n|.{200}/', $line) && ($left = max(0, $end - time()))) {
            $read = [$pipes[1]];
            $line .= @stream_select($read, $none, $none, $left) ? fgets($pipes[1], 200) : '';
        }
        $url = preg_replace('/^listening on |\s+$/', '', $line, -1, $count);
        $simulator = new self($url, $process, $pipes);
        if ($count < 2) {
            feof($pipes[1]) || proc_terminate($process, 9);
            $code = $simulator->stop();
            $reason = $left ? "exit code $code" : 'no first line within 30 seconds';
            // Bytes 0-4, 18 and 19 of an ELF file: the format and the processor.
            $kind = fn ($file) => preg_replace('/^(.{5}).*(..)$/s', '$1$2', file_get_contents($file, length: 20));
            $isForeign = !str_starts_with($kind($program), '#!') && $kind($program) !== $kind(PHP_BINARY);
            $log = is_resource($log) ? file_get_contents(stream_get_meta_data($log)['uri']) : '';
            throw new NicepaySimError("$program did not start: $reason. It wrote: " . trim($line . $log)
                . ($isForeign ? "\nIt is no program for this platform." : ''));
        }
        register_shutdown_function($simulator->stop(...));
        $simulator->request('GET', '/__sim/readyz');
        return $simulator;
    }
    private static function program(): string
    {
        $named = getenv('NICEPAY_SIM_BIN');
        $folders = ['vendor/bin', dirname(__DIR__, 3) . '/bin', ...explode(PATH_SEPARATOR, (string) getenv('PATH'))];
        $places = $named ? [$named] : preg_replace('~$~D', '/nicepay-sim', $folders);
        $program = current(array_filter($places, is_file(...))) ?: throw new NicepaySimError('There is no nicepay-sim: '
            . "set NICEPAY_SIM_BIN (it is '$named'), or put it into vendor/bin or on the PATH.");
        return is_executable($program) ? $program : throw new NicepaySimError("$program has no execute bit: chmod +x");
    }

    /** A merchant with an iMid of its own. Options: `scenario`, and the fields of PUT /merchants/{iMid}. */
    public function merchant(mixed ...$options): Merchant { return new Merchant($this, ...$options); }
    /** Moves the clock of all merchants. Returns when everything that is due by then is done. */
    public function advance(string $by): array { return $this->api('POST', '/clock/advance', ['by' => $by]); }
    public function advanceToNext(): array { return $this->api('POST', '/clock/advance', ['to' => 'next']); }
    /** Calls the control API (docs/reference/control-api.md). Returns the JSON, or else the text. */
    public function api(string $method, string $path, ?array $json = null): mixed
    {
        return json_decode($text = $this->request($method, "/__sim/api$path", $json)[0], true) ?? $text;
    }

    /** @internal Returns the text of the answer, and its header lines. */
    public function request(string $method, string $path, ?array $json = null): array
    {
        $options = ['method' => $method, 'header' => 'Content-Type: application/json', 'ignore_errors' => true,
            'content' => $json === null ? '' : json_encode($json ?: new \stdClass(), JSON_THROW_ON_ERROR),
            'timeout' => 330]; // events/wait takes up to 5 minutes.
        $stream = @fopen($this->url . $path, 'r', false, stream_context_create(['http' => $options]))
            ?: throw new NicepaySimError("$method $this->url$path got no answer: " . error_get_last()['message']);
        [$headers, $text] = [stream_get_meta_data($stream)['wrapper_data'], stream_get_contents($stream)];
        $status = (int) explode(' ', $headers[0])[1];
        $isTested = preg_match('~/(verify|events/wait)\b~', $path) && class_exists(\PHPUnit\Framework\Assert::class);
        if ($status < 400) {
            $isTested && \PHPUnit\Framework\Assert::assertTrue(true); // PHPUnit counts it.
            return [$text, $headers];
        }
        $detail = json_decode($text, true)['detail'] ?? "$method $path: HTTP $status $text";
        throw $isTested && in_array($status, [404, 409])
            ? new \PHPUnit\Framework\AssertionFailedError($detail) : new NicepaySimError($detail, $status);
    }

    /** Stops a simulator that this process started, and returns its exit code. */
    public function stop(): ?int
    {
        if (!$this->process) { return null; }
        fclose($this->pipes[0]);
        [$code, $this->process] = [proc_close($this->process), null];
        self::$opened = array_filter(self::$opened, fn (self $other) => $other !== $this);
        return $code;
    }
}

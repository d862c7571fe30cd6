<?php
declare(strict_types=1);
namespace NicepaySim;

/** A running simulator. Its `baseUrl` takes the place of https://dev.nicepay.co.id in the application. */
final class Simulator
{
    /** Problems that fail a test. */
    private const FAILED = ['urn:nicepay-sim:problem:no-such-event', 'urn:nicepay-sim:problem:not-verified'];
    private static array $opened = []; // By address and flags.
    public readonly string $baseUrl;
    private readonly int $owner;

    private function __construct(public readonly string $url, private $process = null, private $stdin = null, private $log = null)
    {
        [$this->baseUrl, $this->owner] = [$url, getmypid()];
    }

    /** The simulator of this process. The first call attaches to NICEPAY_SIM_URL, or starts one. */
    public static function open(string ...$flags): self
    {
        $url = (string) getenv('NICEPAY_SIM_URL');
        return self::$opened[implode("\n", [$url, ...$flags])] ??= $url ? self::attach($url) : self::start(...$flags);
    }

    /** Uses a simulator that runs already, and never stops it. */
    public static function attach(string $url): self
    {
        $simulator = new self(rtrim($url, '/'));
        try {
            $simulator->request('GET', '/__sim/readyz');
            $simulator->api('GET', '/info')['urls']['api'] ?? throw new NicepaySimError('this is another program.');
        } catch (NicepaySimError $error) {
            throw new NicepaySimError("No simulator is ready at $url (NICEPAY_SIM_URL): {$error->getMessage()}");
        }
        return $simulator;
    }

    /** Starts a simulator, on a free port unless a flag says otherwise. It ends with this process at the latest. */
    public static function start(string ...$flags): self
    {
        [$program, $log] = [self::program(), tmpfile() ?: STDERR];
        $listen = preg_grep('/^--listen(=|$)/', $flags) ? [] : ['--listen', '127.0.0.1:0'];
        // Nothing is ever written to its stdin. The system closes it when this process ends, also by SIGKILL.
        $command = [$program, ...$listen, '--stop-with-stdin', 'true', ...$flags];
        $process = @proc_open($command, [['pipe', 'r'], ['pipe', 'w'], $log], $pipes)
            ?: throw new NicepaySimError("$program cannot be run: " . error_get_last()['message']);
        [$read, $none] = [[$pipes[1]], null];
        $line = stream_select($read, $none, $none, 30) ? (string) fgets($pipes[1]) : '';
        $simulator = new self(preg_replace('/^listening on |\s+$/', '', $line), $process, $pipes[0], $log);
        if (!str_starts_with($line, 'listening on ')) {
            feof($pipes[1]) || proc_terminate($process, 9);
            $code = $simulator->stop();
            // Bytes 0-4, 18 and 19 of an ELF file: the format and the processor.
            $kind = fn (string $file) => preg_replace('/^(.{5}).*(..)$/s', '$1$2', file_get_contents($file, length: 20));
            $isForeign = !str_starts_with($kind($program), '#!') && $kind($program) !== $kind(PHP_BINARY);
            throw new NicepaySimError("$program did not start: exit code $code. It wrote: "
                . trim($line . $simulator->log()) . ($isForeign ? "\nIt is no program for this platform." : ''));
        }
        register_shutdown_function($simulator->stop(...));
        $simulator->request('GET', '/__sim/readyz');
        return $simulator;
    }

    private static function program(): string
    {
        $folders = ['vendor/bin', dirname(__DIR__, 3) . '/bin', ...explode(PATH_SEPARATOR, (string) getenv('PATH'))];
        $named = (string) getenv('NICEPAY_SIM_BIN');
        $places = $named ? [$named] : array_map(fn ($folder) => "$folder/nicepay-sim", $folders);
        $program = current(array_filter($places, is_file(...))) ?: throw new NicepaySimError($named
            ? "NICEPAY_SIM_BIN is $named, and there is no such file."
            : 'There is no nicepay-sim: set NICEPAY_SIM_BIN, or put it into vendor/bin or on the PATH.');
        return is_executable($program) ? $program : throw new NicepaySimError("$program has no execute bit: use chmod +x.");
    }

    /** What a simulator that this process started wrote to stderr. */
    public function log(): string { return $this->isOwn() ? file_get_contents(stream_get_meta_data($this->log)['uri']) : ''; }
    public function isOwn(): bool { return $this->stdin !== null; }

    /** A merchant with an iMid of its own. The options are fields of PUT /merchants/{iMid}. */
    public function merchant(?string $scenario = 'instant', mixed ...$options): Merchant
    {
        return new Merchant($this, $scenario, $options);
    }

    /** Moves the clock of all merchants. Returns when everything that is due by then is done. */
    public function advance(string $by): array { return $this->api('POST', '/clock/advance', ['by' => $by]); }
    public function advanceToNext(): array { return $this->api('POST', '/clock/advance', ['to' => 'next']); }

    /** Calls the control API (docs/reference/control-api.md). Returns the JSON, or else the text. */
    public function api(string $method, string $path, ?array $json = null): mixed
    {
        [$text] = $this->request($method, "/__sim/api$path", $json);
        return json_decode($text, true) ?? $text;
    }

    /** @internal Returns the text of the answer, and its header lines. */
    public function request(string $method, string $path, ?array $json = null): array
    {
        $stream = @fopen($this->url . $path, 'r', false, stream_context_create(['http' => [
            'method' => $method, 'header' => 'Content-Type: application/json', 'ignore_errors' => true,
            'timeout' => 330, // events/wait takes up to 5 minutes.
            'content' => $json === null ? '' : json_encode($json, JSON_THROW_ON_ERROR)]]))
            ?: throw new NicepaySimError("$method $this->url$path got no answer: " . error_get_last()['message']);
        [$headers, $text] = [stream_get_meta_data($stream)['wrapper_data'], stream_get_contents($stream)];
        $status = (int) explode(' ', $headers[0])[1];
        $problem = json_decode($text);
        $detail = $problem?->detail ?? "$method $path: HTTP $status $text";
        return match (true) {
            $status < 400 => [$text, $headers],
            in_array($problem?->type ?? '', self::FAILED) => throw new \AssertionError($detail),
            default => throw new NicepaySimError($detail, $status),
        };
    }

    /** Stops a simulator that this process started, and returns its exit code. In a fork it does nothing. */
    public function stop(): ?int
    {
        if (!$this->process || $this->owner !== getmypid()) {
            return null;
        }
        fclose($this->stdin);
        [$code, $this->process] = [proc_close($this->process), null];
        self::$opened = array_filter(self::$opened, fn (self $other) => $other !== $this);
        return $code;
    }
}

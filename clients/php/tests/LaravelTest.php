<?php

declare(strict_types=1);

namespace NicepaySim\Tests;

use NicepaySim\Simulator;
use PHPUnit\Framework\TestCase;

/** The blocks of docs/guides/laravel.md, as they are printed there, in a small application on Debian's Laravel. */
final class LaravelTest extends TestCase
{
    private Suite $project;

    protected function setUp(): void
    {
        foreach (['Illuminate/autoload.php', 'GuzzleHttp/autoload.php'] as $file) {
            if (stream_resolve_include_path($file) === false || !extension_loaded('pdo_sqlite')) {
                self::markTestSkipped('php-laravel-framework, php-guzzlehttp-guzzle or php-sqlite3 is not installed');
            }
        }
        $this->project = new Suite('CheckoutTest', Suite::block('laravel', 'final class CheckoutTest'));
        exec('cp -R ' . escapeshellarg(__DIR__ . '/laravel') . '/. ' . escapeshellarg($this->project->folder));
        mkdir("{$this->project->folder}/app/Jobs");
        $blocks = [
            'config/services.php' => "'nicepay' =>", 'app/Nicepay.php' => 'final class Nicepay',
            'routes/api.php' => "Route::post('/nicepay/notify'",
            'app/Jobs/SettlePayment.php' => 'final class SettlePayment',
        ];
        foreach ($blocks as $file => $has) {
            file_put_contents("{$this->project->folder}/$file", Suite::block('laravel', $has));
        }
        putenv('NICEPAY_SIM_CLIENT=' . dirname(__DIR__));
    }

    protected function tearDown(): void
    {
        putenv('NICEPAY_SIM_CLIENT');
    }

    /** Runs artisan. @return resource */
    private function artisan(array $arguments, array $env, ?array &$pipes, array $before = [], string $order = 'GPCS')
    {
        $command = [...$before, PHP_BINARY, '-d', "variables_order=$order", 'artisan', ...$arguments];
        $streams = [['file', '/dev/null', 'r'], ['pipe', 'w'], ['file', "{$this->project->folder}/err.txt", 'w']];
        return proc_open($command, $streams, $pipes, $this->project->folder, $env + getenv());
    }

    private function ended(array $arguments, array $env): string
    {
        $process = $this->artisan($arguments, $env, $pipes);
        $out = stream_get_contents($pipes[1]);
        self::assertSame(0, proc_close($process), $out . file_get_contents("{$this->project->folder}/err.txt"));
        return $out;
    }

    /** Makes the database, and returns its file. */
    private function database(): string
    {
        $file = "{$this->project->folder}/database.sqlite";
        touch($file);
        $this->ended(['migrate', '--force'], ['DB_DATABASE' => $file]);
        return $file;
    }

    public function testTheFeatureTest(): void
    {
        $bootstrap = "{$this->project->folder}/autoload.php";
        rename("{$this->project->folder}/tests", "{$this->project->folder}/all");
        mkdir("{$this->project->folder}/tests/Feature", recursive: true);
        foreach (['CheckoutTest' => 'Feature/CheckoutTest', 'TestCase' => 'TestCase'] as $from => $to) {
            rename("{$this->project->folder}/all/$from.php", "{$this->project->folder}/tests/$to.php");
        }
        [$code, $out, $err] = $this->project->run(['APP_ENV' => 'testing'], bootstrap: $bootstrap);
        self::assertSame(0, $code, $out . $err);
        self::assertStringContainsString('OK (4 tests, ', $out);
    }

    /** Serves the application. @return array{resource, string, resource} the process, its address, its output */
    private function served(array $env, array $arguments = [], array $before = [], ?string $port = null,
        string $order = 'GPCS'): array
    {
        $port ??= explode(':', stream_socket_get_name(stream_socket_server('tcp://127.0.0.1:0'), false))[1];
        $process = $this->artisan(['serve', "--port=$port", ...$arguments], $env, $pipes, $before, $order);
        do {
            $line = fgets($pipes[1]);
        } while ($line !== false && !str_contains($line, ') started'));
        self::assertNotFalse($line, file_get_contents("{$this->project->folder}/err.txt"));
        return [$process, "http://127.0.0.1:$port", $pipes[1]];
    }

    private static function call(string $url): array
    {
        $answer = file_get_contents($url, false, stream_context_create(['http' => ['ignore_errors' => true]]));
        return json_decode($answer, true) ?? ['text' => $answer];
    }

    public function testAQueueWorker(): void
    {
        $simulator = Simulator::start();
        $merchant = $simulator->merchant();
        $env = $merchant->env + ['QUEUE_CONNECTION' => 'database', 'DB_DATABASE' => $this->database(),
            'NICEPAY_NOTIFY_URL' => $merchant->inboxUrl];
        [$server, $url] = $this->served($env, ['--no-reload']);
        try {
            $order = self::call("$url/checkout");
            $merchant->buyer($order['tXid'])->pay();
            $form = $merchant->awaitNotification($order['referenceNo']);
            $post = ['method' => 'POST', 'content' => http_build_query($form),
                'header' => 'Content-Type: application/x-www-form-urlencoded'];
            $context = stream_context_create(['http' => $post]);
            self::assertSame('OK', file_get_contents("$url/api/nicepay/notify", false, $context));
            self::assertSame('pending', self::call("$url/orders/{$order['referenceNo']}")['status']);
            $this->ended(['queue:work', '--once'], $env);
            preg_match('/^<\?php\n(.*)$/s', Suite::block('laravel', 'exchange.recorded'), $block);
            (function () use ($block, $merchant, $order, $simulator): void {
                eval(str_replace(['self::nicepay()', '$this->merchant()'], ['$simulator', '$merchant'], $block[1]));
            })();
            self::assertSame('paid', self::call("$url/orders/{$order['referenceNo']}")['status']);
        } finally {
            proc_terminate($server);
        }
        $simulator->stop();
    }

    /** The answers of a served application to its notifications, below the CSRF check and without it. */
    public function testTheRouteForNotifications(): void
    {
        $database = $this->database();
        foreach (['nicepay/notify' => 419, 'api/nicepay/notify' => 200] as $path => $status) {
            $simulator = Simulator::start();
            $merchant = $simulator->merchant();
            $port = explode(':', stream_socket_get_name(stream_socket_server('tcp://127.0.0.1:0'), false))[1];
            $env = ['NICEPAY_NOTIFY_URL' => "http://127.0.0.1:$port/$path", 'DB_DATABASE' => $database];
            $env += $merchant->env;
            [$server, $url] = $this->served($env, ['--no-reload'], port: $port);
            try {
                $order = self::call("$url/checkout");
                $merchant->buyer($order['tXid'])->pay();
                $merchant->awaitNotification($order['referenceNo']);
                self::assertSame($status, $merchant->attempt['httpStatus']);
            } finally {
                proc_terminate($server);
            }
            $simulator->stop();
        }
    }

    /**
     * Where variables_order has an E, as without a php.ini, artisan serve takes the environment away from its server.
     * @testWith ["GPCS", [], true]
     *           ["EGPCS", [], false]
     *           ["EGPCS", ["--no-reload"], true]
     */
    public function testTheAddressIsBuiltIn(string $order, array $arguments, bool $arrives): void
    {
        file_put_contents("{$this->project->folder}/.env", "APP_ENV=local\n");
        $env = ['DB_DATABASE' => $this->database(), 'NICEPAY_NOTIFY_URL' => 'http://127.0.0.1:9/'];
        $before = [getenv('NICEPAY_SIM_BIN'), 'exec', '--', 'env', '-u', 'NICEPAY_BASE_URL'];
        [$server, $url] = $this->served($env, $arguments, $before, order: $order);
        $answer = self::call("$url/checkout");
        proc_terminate($server);
        proc_close($server);
        $summary = file_get_contents("{$this->project->folder}/err.txt");
        $said = $arrives ? '1  by the proxy, over TLS, from GuzzleHttp' : 'no request arrived';
        self::assertStringContainsString($said, $summary);
        self::assertSame($arrives, str_starts_with($answer['tXid'] ?? '', 'IONPAYTEST'));
    }
}

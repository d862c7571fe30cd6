<?php

declare(strict_types=1);

namespace NicepaySim\Tests;

use NicepaySim\NicepaySimError;
use NicepaySim\Simulator;
use PHPUnit\Framework\TestCase;

/** Start, attach and end, also where the program, the address or the runner is not as it should be. */
final class StartTest extends TestCase
{
    /** Why a simulator does not start with this program. */
    private static function refusal(string $program, string ...$flags): string
    {
        $before = getenv('NICEPAY_SIM_BIN');
        putenv("NICEPAY_SIM_BIN=$program");
        try {
            Simulator::start(...$flags);
        } catch (NicepaySimError $error) {
            return $error->getMessage();
        } finally {
            putenv("NICEPAY_SIM_BIN=$before");
        }
        self::fail("$program started");
    }

    private static function file(string $content, int $mode = 0755): string
    {
        $file = Command::folder() . '/nicepay-sim';
        file_put_contents($file, $content);
        chmod($file, $mode);
        return $file;
    }

    /** Whether something listens at an address. */
    private static function answers(string $url): bool
    {
        return (bool) @stream_socket_client(str_replace('http:', 'tcp:', $url), timeout: 5);
    }

    public function testTheProgramIsMissing(): void
    {
        self::assertStringContainsString('There is no nicepay-sim', self::refusal('/nowhere/nicepay-sim'));
        self::assertStringContainsString('/nowhere/nicepay-sim', self::refusal('/nowhere/nicepay-sim'));
    }

    public function testTheProgramHasNoExecuteBit(): void
    {
        self::assertStringEndsWith('has no execute bit: chmod +x', self::refusal(self::file("#!/bin/sh\n", 0644)));
    }

    public function testTheProgramIsOfAnotherPlatform(): void
    {
        $mine = file_get_contents(PHP_BINARY, length: 64);
        $other = substr_replace($mine, $mine[18] === "\xf3" ? "\x3e" : "\xf3", 18, 1); // RISC-V, or x86-64 there
        foreach ([$other, "MZ\x90\x00 a program for Windows", "hello\n"] as $content) {
            $message = self::refusal(self::file($content));
            self::assertStringEndsWith('It is no program for this platform.', $message);
        }
    }

    public function testTheProgramEndsAtOnce(): void
    {
        $message = self::refusal(self::file("#!/bin/sh\necho oh dear >&2\nexit 9\n"));
        self::assertStringEndsWith('did not start: exit code 9. It wrote: oh dear', $message);
    }

    public function testAnotherProgramIsStopped(): void
    {
        $message = self::refusal(self::file("#!/bin/sh\necho hello\nexec cat /dev/zero\n"));
        self::assertStringEndsWith('It wrote: hello', $message);
    }

    /**
     * The clock and the wait of the client are replaced in a process of their own, for a test without 30 seconds.
     * @testWith ["exec cat", 30, "no first line within 30 seconds. It wrote:"]
     *           ["printf hel; exec cat", 15, "no first line within 30 seconds. It wrote: hel"]
     *           ["printf hel; exit 9", 1, "exit code 9. It wrote: hel"]
     */
    public function testAProgramThatWritesNoFirstLine(string $script, int $seconds, string $said): void
    {
        $file = self::file("#!/bin/sh\n$script\n");
        $script = "eval('namespace NicepaySim; function time() { static \$calls = 0; return $seconds * \$calls++; }');
            try { NicepaySim\Simulator::start(); } catch (NicepaySim\NicepaySimError \$error) {
                echo \$error->getMessage();
            }";
        self::assertSame("$file did not start: $said", trim((new Command($script, ['NICEPAY_SIM_BIN' => $file]))->end()[1]));
    }

    public function testThePortIsInUse(): void
    {
        $other = stream_socket_server('tcp://127.0.0.1:0');
        $address = stream_socket_get_name($other, false);
        $message = self::refusal((string) getenv('NICEPAY_SIM_BIN'), '--listen', $address);
        self::assertStringContainsString('exit code 4', $message);
        self::assertStringContainsString($address, $message);
    }

    public function testASettingIsWrong(): void
    {
        $program = (string) getenv('NICEPAY_SIM_BIN');
        self::assertStringContainsString('exit code 3', self::refusal($program, '--scenario', 'nothing'));
        self::assertStringContainsString('exit code 2', self::refusal($program, '--nothing'));
    }

    public function testASettingsFileWithLineEndsOfWindows(): void
    {
        $file = self::file("scenario = \"reject\"\r\nseed = 7\r\n");
        $simulator = Simulator::start('--config', $file);
        $info = $simulator->api('GET', '/info');
        self::assertSame(['reject', 7], [$info['scenario']['name'], $info['seed']]);
        $simulator->stop();
    }

    public function testTheAddressCanBeChosen(): void
    {
        $simulator = Simulator::start('--listen=127.0.0.2:0');
        self::assertStringStartsWith('http://127.0.0.2:', $simulator->url);
        self::assertSame(0, $simulator->stop());
        self::assertNull($simulator->stop(), 'it was stopped before');
        self::assertFalse(self::answers($simulator->url));
    }

    public function testOneSimulatorForEachSetOfFlags(): void
    {
        $simulator = Simulator::open('--seed', '7');
        self::assertSame($simulator, Simulator::open('--seed', '7'));
        self::assertNotSame($simulator->url, Simulator::open('--seed', '8')->url);
        $simulator->stop();
        self::assertNotSame($simulator, Simulator::open('--seed', '7'), 'a stopped one is not used again');
    }

    public function testTheProgramIsFoundInVendorAndOnThePath(): void
    {
        $script = 'echo NicepaySim\Simulator::start()->url;';
        $folder = Command::folder();
        mkdir("$folder/vendor/bin", recursive: true);
        symlink((string) getenv('NICEPAY_SIM_BIN'), "$folder/vendor/bin/nicepay-sim");
        $places = [[$folder, '/nowhere'], [null, "/nowhere:$folder/vendor/bin"]];
        foreach ($places as [$work, $path]) {
            $found = new Command($script, ['NICEPAY_SIM_BIN' => null, 'PATH' => $path], folder: $work);
            self::assertStringStartsWith('http://127.0.0.1:', $found->end()[1]);
        }
        $env = ['NICEPAY_SIM_BIN' => null, 'PATH' => '/nowhere'];
        [$code, , $err] = (new Command($script, $env, ['-d', 'log_errors=1']))->end();
        self::assertSame(255, $code);
        self::assertStringContainsString('put it into vendor/bin or on the PATH', $err);
    }

    public function testNothingListensAtTheUrl(): void
    {
        $this->expectException(NicepaySimError::class);
        $message = '~^No nicepay-sim is ready at http://127.0.0.1:1 \(NICEPAY_SIM_URL\): .*refused~';
        $this->expectExceptionMessageMatches($message);
        Simulator::attach('http://127.0.0.1:1');
    }

    public function testAnotherProgramListensAtTheUrl(): void
    {
        $folder = Command::folder();
        file_put_contents("$folder/index.php", '<?php echo json_encode(["status" => "ready"]);');
        $command = [PHP_BINARY, '-S', '127.0.0.1:0', "$folder/index.php"];
        $server = proc_open($command, [2 => ['pipe', 'w']], $pipes);
        try {
            preg_match('~http://\S+\d~', fgets($pipes[2]), $url);
            $this->expectException(NicepaySimError::class);
            $this->expectExceptionMessage('(NICEPAY_SIM_URL): another program.');
            Simulator::attach($url[0]);
        } finally {
            proc_terminate($server);
        }
    }

    public function testAnAttachedSimulatorIsNotStopped(): void
    {
        $simulator = Simulator::start();
        $script = '$s = NicepaySim\Simulator::open(); $s->merchant(); var_dump($s->stop()); echo $s->url;';
        $env = ['NICEPAY_SIM_URL' => "$simulator->url/", 'NICEPAY_SIM_BIN' => '/nowhere'];
        [$code, $out] = (new Command($script, $env))->end();
        self::assertSame([0, "NULL\n$simulator->url"], [$code, $out]);
        self::assertTrue(self::answers($simulator->url));
        $simulator->stop();
    }

    public function testASuiteThatNeverStopsIt(): void
    {
        $runner = new Command('echo NicepaySim\Simulator::open()->url, "\n"; exit(3);');
        $url = $runner->line();
        self::assertTrue($runner->isGone());
        self::assertSame(3, $runner->end()[0]);
        self::assertFalse(self::answers($url));
    }

    /** Also when the runner has started another program, which lives on. */
    public function testARunnerThatIsKilled(): void
    {
        $runner = new Command('$s = NicepaySim\Simulator::open();
            $other = proc_open(["sh", "-c", "exec 3>&-; read line"], [STDIN, STDOUT, STDERR], $pipes);
            echo "$s->url\n"; proc_close($other);');
        $url = $runner->line();
        self::assertTrue(self::answers($url));
        $runner->kill();
        self::assertTrue($runner->isGone());
        self::assertFalse(self::answers($url));
        $runner->end();
    }

    /** @requires extension pcntl */
    public function testAForkDoesNotStopIt(): void
    {
        $script = '$s = NicepaySim\Simulator::open(); $child = pcntl_fork(); if ($child === 0) { $s->stop(); exit; }
            pcntl_waitpid($child, $status); echo $s->api("GET", "/info")["name"];';
        self::assertSame('nicepay-sim', (new Command($script))->end()[1]);
    }

    public function testWithoutAPlaceForItsLog(): void
    {
        $folder = Command::folder() . '/nothing';
        $script = '$s = NicepaySim\Simulator::open(); echo $s->api("GET", "/info")["name"];';
        [$code, $out, $err] = (new Command($script, ['TMPDIR' => $folder], ["-dsys_temp_dir=$folder"]))->end();
        self::assertSame('nicepay-sim', $out, $err);
    }
}

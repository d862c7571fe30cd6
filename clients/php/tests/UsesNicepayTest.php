<?php

declare(strict_types=1);

namespace NicepaySim\Tests;

use NicepaySim\Simulator;
use PHPUnit\Framework\TestCase;

/** What the trait does in a run of PHPUnit: above all when a test fails. */
final class UsesNicepayTest extends TestCase
{
    private static function project(string $methods): Suite
    {
        return new Suite('SomeTest', "<?php
            final class SomeTest extends PHPUnit\\Framework\\TestCase
            {
                use NicepaySim\\UsesNicepay;
                $methods
            }");
    }

    private const FAILS = 'public function testRefused(): void
        {
            $order = $this->merchant()->register("order-1", 25145);
            $this->merchant("two")->register("order-2", 25145);
            $this->merchant()->inquiry(["amt" => "1"] + $order);
            self::assertSame("paid", "failed", "my own message");
        }';

    public function testAFailureBeforeAnyRequestIsExplained(): void
    {
        $suite = self::project('public function testIt(): void { $this->merchant(); self::fail("nothing"); }');
        $said = '/merchant T\w+:\nNo request with this iMid has arrived\.\nE/';
        self::assertMatchesRegularExpression($said, $suite->run()[2]);
    }

    public function testAFailedTestIsExplained(): void
    {
        $suite = self::project(self::FAILS);
        [$code, $out, $err] = $suite->run();
        self::assertSame(1, $code);
        self::assertStringContainsString('my own message', $out);
        self::assertStringContainsString("+'failed'", $out, 'the difference is still shown');
        self::assertStringContainsString('refused: inquiry → 9528 amt/mismatch', $err);
        self::assertStringContainsString("order-1 is registered:\nsequenceDiagram", $err);
        self::assertStringContainsString('Evidence: nicepay-evidence/SomeTest-testRefused', $err);
        $files = glob("$suite->folder/nicepay-evidence/SomeTest-testRefused/{,two/}*.*", GLOB_BRACE);
        $names = ['events.json', 'order-1.har', 'order-1.json', 'order-1.svg'];
        $others = ['events.json', 'order-2.har', 'order-2.json', 'order-2.svg'];
        self::assertSame([...$names, ...$others], array_map('basename', $files));
        self::assertSame('1.2', json_decode(file_get_contents($files[1]))->log->version);
        self::assertStringStartsWith('<svg', file_get_contents($files[3]));
    }

    /** Names of data sets differ in signs, or only at the end; a name of a file has at most 255 bytes. */
    public function testEachDataSetHasAFolderOfItsOwn(): void
    {
        $suite = self::project('
            /** @dataProvider names */
            public function testIt(): void
            {
                $this->merchant()->register("order-1", 25145);
                $this->merchant(str_repeat("日", 80))->register("order-2", 25145);
                self::fail();
            }
            public static function names(): array
            {
                $long = str_repeat("x", 300);
                return ["日" => [7], "本" => [7], "{$long}1" => [7], "{$long}2" => [7]];
            }');
        [, $out, $err] = $suite->run();
        self::assertStringNotContainsString('No evidence', $err);
        $folders = glob("$suite->folder/nicepay-evidence/SomeTest-testIt-*");
        self::assertCount(4, $folders, $out . $err);
        self::assertCount(4, glob("$suite->folder/nicepay-evidence/*/order-1.json"));
        self::assertCount(4, glob("$suite->folder/nicepay-evidence/*/*/order-2.json"));
        self::assertSame(200, max(array_map(fn (string $folder) => strlen(basename($folder)), $folders)));
    }

    public function testTheFailureIsReportedWhereEvidenceCannotBeSaved(): void
    {
        $suite = self::project(self::FAILS);
        file_put_contents("$suite->folder/nicepay-evidence", 'a file where the folder would be');
        self::assertFailsWithoutEvidence($suite->run());
    }

    public function testTheFailureIsReportedInAFolderThatCannotBeWritten(): void
    {
        $suite = self::project(self::FAILS);
        // Root can write in a read-only folder, but not in /proc.
        self::assertFailsWithoutEvidence($suite->run(workFolder: '/proc'));
    }

    private static function assertFailsWithoutEvidence(array $ended): void
    {
        [$code, $out, $err] = $ended;
        self::assertSame(1, $code, $out);
        self::assertStringContainsString('my own message', $out);
        self::assertStringContainsString('refused: inquiry → 9528', $err);
        self::assertMatchesRegularExpression('~No evidence: nicepay-evidence/\S+ cannot be written~', $err);
    }

    public function testTheFailureIsReportedWhereTheSimulatorHasEnded(): void
    {
        $suite = self::project('public function testIt(): void
            {
                $this->merchant();
                self::nicepay()->stop();
                self::fail("my own message");
            }');
        [$code, $out, $err] = $suite->run();
        self::assertSame(1, $code, $out);
        self::assertStringContainsString('my own message', $out);
        self::assertMatchesRegularExpression('~No evidence: GET http://\S+ got no answer~', $err);
    }

    public function testASkippedTestHasNoEvidence(): void
    {
        $suite = self::project('public function testIt(): void { $this->merchant(); self::markTestSkipped(); }
            public function testLater(): void { $this->merchant(); self::markTestIncomplete(); }');
        [$code, , $err] = $suite->run();
        self::assertSame([0, ''], [$code, $err]);
        self::assertDirectoryDoesNotExist("$suite->folder/nicepay-evidence");
    }

    public function testAnExpectationCountsAsAnAssertion(): void
    {
        $suite = self::project('public function testIt(): void
            {
                $order = $this->merchant()->register("order-1", 25145);
                $this->merchant()->expectNone("order-1");
                $this->merchant()->buyer($order["tXid"])->pay();
                $this->merchant()->awaitNotification("order-1");
            }');
        self::assertStringContainsString('OK (1 test, 2 assertions)', $suite->run()[1]);
    }

    public function testAMissFailsTheTest(): void
    {
        $suite = self::project('public function testIt(): void
            {
                $this->merchant()->register("order-1", 25145);
                $this->merchant()->awaitNotification("order-1", timeout: "50ms");
            }');
        [$code, $out] = $suite->run();
        self::assertSame(1, $code, 'a failure, not an error');
        self::assertStringContainsString('no notification.attempted with', $out);
        self::assertStringContainsString('SomeTest.php:8', $out, 'where in the test');
    }

    /** Everything is the same in each test but the merchant: referenceNo, phone, amount. */
    public function testFourProcessesWithFiftyTestsEachOnOneSimulator(): void
    {
        $suite = self::project('
            /** @dataProvider numbers */
            public function testIt(int $number): void
            {
                $number % 2 ? $this->merchant()->rejectNext() : $this->merchant()->notifyTwice();
                $order = $this->merchant()->register("order-1", 25145);
                $stage = $this->merchant()->buyer($order["tXid"])->pay()["stage"];
                $form = $this->merchant()->awaitNotification("order-1");
                self::assertSame($order["tXid"], $form["tXid"]);
                self::assertSame($number % 2 ? ["declined", "8"] : ["approved", "0"], [$stage, $form["status"]]);
                $sent = ["type" => "notification.attempted", "times" => 2 - $number % 2];
                $this->merchant()->verify(expect: [$sent, ["type" => "transaction.registered", "times" => 1]]);
                self::assertCount(2 - $number % 2, self::nicepay()->api("GET", "/inbox/{$this->merchant()->iMid}"));
            }
            public static function numbers(): array { return array_map(fn ($number) => [$number], range(1, 50)); }');
        $simulator = Simulator::start();
        $commands = [];
        $run = ['--no-configuration', '--do-not-cache-result', '--bootstrap', dirname(__DIR__) . '/autoload.php', 'tests'];
        $run = implode(' ', array_map(escapeshellarg(...), [PHP_BINARY, $_SERVER['argv'][0], ...$run]));
        foreach (range(1, 4) as $worker) {
            $script = 'chdir(' . var_export($suite->folder, true) . ');
                passthru(' . var_export($run, true) . ', $code);
                exit($code);';
            $env = ['NICEPAY_SIM_URL' => $simulator->url, 'NICEPAY_SIM_BIN' => '/nowhere'];
            $commands[] = new Command($script, $env);
        }
        foreach ($commands as $command) {
            [$code, $out, $err] = $command->end();
            self::assertSame(0, $code, $out . $err);
            self::assertStringContainsString('OK (50 tests, 250 assertions)', $out);
        }
        self::assertSame(200, $simulator->api('GET', '/info')['transactions']);
        $simulator->stop();
    }
}

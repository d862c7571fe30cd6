<?php

declare(strict_types=1);

namespace NicepaySim\Tests;

use NicepaySim\Simulator;
use PHPUnit\Framework\TestCase;

/** The suite of docs/guides/php.md, as it is printed there. */
final class GuideTest extends TestCase
{
    private static function project(): Suite
    {
        return new Suite('ShopTest', Suite::block('php', 'final class ShopTest'));
    }

    private static function assertAllPassed(array $ended): void
    {
        [$code, $out, $err] = $ended;
        self::assertSame(0, $code, $out . $err);
        self::assertStringContainsString('OK (8 tests, ', $out);
    }

    public function testTheSuite(): void
    {
        $suite = self::project();
        self::assertAllPassed($suite->run());
        self::assertDirectoryDoesNotExist("$suite->folder/nicepay-evidence");
    }

    public function testItsSetUpIsShort(): void
    {
        preg_match('/setUp\(\): void\n    \{\n(.*?)    \}\n/s', Suite::block('php', 'final class ShopTest'), $setUp);
        self::assertLessThanOrEqual(10, substr_count($setUp[1], "\n"));
    }

    public function testTheSuiteByExec(): void
    {
        $suite = self::project();
        $before = [getenv('NICEPAY_SIM_BIN'), 'exec', '--report', 'report.xml', '--'];
        self::assertAllPassed($suite->run(['NICEPAY_SIM_BIN' => '/nowhere'], before: $before));
        $report = simplexml_load_file("$suite->folder/report.xml");
        self::assertSame(['0', '37'], [(string) $report['failures'], (string) $report['tests']]);
        $payments = $report->xpath('//property[@name="Payments"]/@value')[0];
        self::assertGreaterThanOrEqual(8, (int) $payments, 'the report is about the payments of the suite');
    }

    public function testTheSuiteWithComposer(): void
    {
        exec('composer --version 2>&1', $said, $code);
        if ($code !== 0) {
            self::markTestSkipped('Composer is not installed');
        }
        $suite = self::project();
        $clone = 'nicepay-sim-clone-' . bin2hex(random_bytes(4));
        symlink(Suite::repository(), dirname($suite->folder) . "/$clone");
        $manifest = str_replace('../nicepay-sim/', "../$clone/", Suite::block('php', '"require-dev"'));
        $manifest = json_decode($manifest, true) + json_decode(Suite::block('php', '"autoload-dev"'), true);
        file_put_contents("$suite->folder/composer.json", json_encode($manifest));
        $case = Suite::block('php', 'abstract class NicepayTestCase');
        file_put_contents("$suite->folder/tests/NicepayTestCase.php", $case);
        $run = 'COMPOSER_ALLOW_SUPERUSER=1 COMPOSER_DISABLE_NETWORK=1 COMPOSER_HOME=' . escapeshellarg($suite->folder)
            . ' composer install --no-interaction --working-dir=' . escapeshellarg($suite->folder) . ' 2>&1';
        try {
            exec($run, $said, $code);
            self::assertSame(0, $code, implode("\n", $said));
            mkdir("$suite->folder/vendor/bin");
            symlink((string) getenv('NICEPAY_SIM_BIN'), "$suite->folder/vendor/bin/nicepay-sim");
            $env = ['NICEPAY_SIM_BIN' => null, 'PATH' => '/usr/bin:/bin'];
            self::assertAllPassed($suite->run($env, bootstrap: "$suite->folder/vendor/autoload.php"));
            $find = 'echo (require "vendor/autoload.php")->findFile("NicepayTestCase");';
            exec('cd ' . escapeshellarg($suite->folder) . ' && php -r ' . escapeshellarg($find), $found);
            self::assertSame(realpath("$suite->folder/tests/NicepayTestCase.php"), realpath(end($found)));
        } finally {
            unlink(dirname($suite->folder) . "/$clone");
        }
    }

    public function testTheOtherBlocks(): void
    {
        $strip = static fn (string $block) => str_replace('<?php', '', $block);
        $code = '<?php' . $strip(Suite::block('php', 'abstract class NicepayTestCase'))
            . str_replace('public static function tear', 'public function testIt(): void
            {
                self::assertSame("manual", self::nicepay()->api("GET", "/info")["clock"]["mode"]);
                $order = $this->merchant()->register("order-1", 25145);
                $this->merchant()->buyer($order["tXid"])->pay();
                $this->merchant()->awaitNotification("order-1");
            }
            public static function tear', $strip(Suite::block('php', 'final class CheckoutTest')));
        $suite = new Suite('CheckoutTest', $code);
        self::assertSame(0, $suite->run()[0]);
        $report = simplexml_load_file("$suite->folder/nicepay-report.xml");
        self::assertSame(['37', '0'], [(string) $report['tests'], (string) $report['failures']]);
    }
}

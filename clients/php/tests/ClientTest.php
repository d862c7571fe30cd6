<?php

declare(strict_types=1);

namespace NicepaySim\Tests;

use NicepaySim\NicepaySimError;
use NicepaySim\Simulator;
use NicepaySim\UsesNicepay;
use PHPUnit\Framework\AssertionFailedError;
use PHPUnit\Framework\TestCase;

/** Each verb, on a simulator of this process. */
final class ClientTest extends TestCase
{
    use UsesNicepay;

    /** Pays an order of 25145 rupiah. */
    private function pay(string $referenceNo): array
    {
        $order = $this->merchant()->register($referenceNo, 25145);
        $this->merchant()->buyer($order['tXid'])->pay();
        return $order;
    }

    public function testEachMerchantHasAnIMidOfItsOwn(): void
    {
        [$one, $two] = [$this->merchant(), $this->merchant('two')];
        self::assertSame($one, $this->merchant());
        self::assertMatchesRegularExpression('/^T[0-9a-f]{15}$/', $one->iMid);
        self::assertNotSame([$one->iMid, $one->key], [$two->iMid, $two->key]);
        $env = ['NICEPAY_BASE_URL' => self::nicepay()->url . '/nicepay', 'NICEPAY_IMID' => $one->iMid,
            'NICEPAY_MERCHANT_KEY' => $one->key];
        self::assertSame($env, $one->env);
    }

    public function testOptionsOfAMerchant(): void
    {
        $merchant = self::nicepay()->merchant(scenario: 'reject', duplicateCheck: false, partners: ['KDVI']);
        $shown = self::nicepay()->api('GET', "/merchants/$merchant->iMid");
        self::assertSame([['KDVI'], false], [$shown['partners'], $shown['duplicateCheck']]);
        $order = $merchant->register('order-1', 25145);
        self::assertSame('declined', $merchant->buyer($order['tXid'])->pay()['stage']);
        self::assertSame('0000', $merchant->register('order-1', 25145)['resultCd']);
        $merchant = self::nicepay()->merchant(scenario: null);
        self::assertFalse(self::nicepay()->api('GET', "/scenario?iMid=$merchant->iMid")['own']);
    }

    public function testAPaymentIsNotifiedAtOnce(): void
    {
        $this->pay('order-1');
        $form = $this->merchant()->awaitNotification('order-1');
        self::assertSame(['order-1', '25145', '0', 'Budi'],
            [$form['referenceNo'], $form['amt'], $form['status'], $form['billingNm']]);
        self::assertSame(200, $this->merchant()->attempt['httpStatus']);
        $inbox = self::nicepay()->api('GET', "/inbox/{$this->merchant()->iMid}");
        self::assertSame([[$form, 'right']], array_map(fn ($one) => [$one['fields'], $one['merchantToken']], $inbox));
    }

    public function testTheNextCallWaitsForTheNextNotification(): void
    {
        $this->merchant()->notifyTwice();
        $this->pay('order-1');
        $first = $this->merchant()->awaitNotification('order-1');
        $event = $this->merchant()->attempt['id'];
        self::assertSame($first, $this->merchant()->awaitNotification('order-1'));
        self::assertGreaterThan($event, $this->merchant()->attempt['id']);
        try {
            $this->merchant()->awaitNotification('order-1', timeout: '100ms');
        } catch (AssertionFailedError $failure) {
            self::assertStringContainsString('no notification.attempted', $failure->getMessage());
            self::assertStringContainsString('order-1', $failure->getMessage());
            return;
        }
        self::fail('there were two notifications only');
    }

    public function testANotificationCanBeChosenByFields(): void
    {
        $this->merchant()->reviewNext();
        $order = $this->pay('order-1');
        $this->merchant()->lender($order['tXid'])->approve();
        self::assertSame('0', $this->merchant()->awaitNotification('order-1', kind: 'approve')['status']);
    }

    public function testRulesAreForThisMerchantOnly(): void
    {
        $this->merchant('two')->rule(['outcome' => 'reject'], times: null);
        $this->merchant()->rejectNext(referenceNo: 'order-2');
        $stages = [];
        foreach (['order-1', 'order-2', 'order-3'] as $referenceNo) {
            $order = $this->merchant()->register($referenceNo, 25145);
            $stages[] = $this->merchant()->buyer($order['tXid'])->pay()['stage'];
        }
        self::assertSame(['approved', 'declined', 'approved'], $stages);
        foreach (['order-1', 'order-2'] as $referenceNo) {
            $order = $this->merchant('two')->register($referenceNo, 25145);
            self::assertSame('declined', $this->merchant('two')->buyer($order['tXid'])->pay()['stage']);
        }
    }

    public function testTheNextNotificationCanBeForged(): void
    {
        $this->merchant()->forgeNext();
        $order = $this->pay('order-1');
        self::assertSame('8', $this->merchant()->awaitNotification('order-1')['status']);
        self::assertSame('0', $this->merchant()->inquiry($order)['status']);
    }

    /** @dataProvider actions */
    public function testTheCustomerAndTheLenderAct(string $stage, array $buyer, array $lender = []): void
    {
        $order = $this->merchant()->register('order-1', 25145);
        $action = array_shift($buyer);
        $played = $action ? $this->merchant()->buyer($order['tXid'])->$action(...$buyer) : [];
        foreach ($lender as $action) {
            $played = $this->merchant()->lender($order['tXid'])->$action();
        }
        self::assertSame($stage, $played['stage']);
    }

    public static function actions(): array
    {
        return [
            'pay' => ['approved', ['pay']],
            'pay by another shopper' => ['declined', ['pay', 'phone' => '089900000004']],
            'approve' => ['approved', ['approve']],
            'reject' => ['declined', ['reject', 'reason' => 'limit']],
            'review' => ['under-review', ['review']],
            'abandon' => ['abandoned', ['abandon']],
            'lender approves' => ['approved', ['review'], ['approve']],
            'lender rejects' => ['declined', ['review'], ['reject']],
            'expire' => ['expired', [], ['expire']],
        ];
    }

    public function testRefundsInParts(): void
    {
        $order = $this->pay('order-1');
        self::assertSame('0000', $this->merchant()->cancel($order, 10000)['resultCd']);
        self::assertSame('0000', $this->merchant()->cancel($order, 15145)['resultCd']);
        self::assertSame('25145', $this->merchant()->inquiry($order)['cancelAmt']);
    }

    public function testARefusedOrderSaysWhy(): void
    {
        $order = $this->merchant()->register('order-1', 25145, payMethod: '05');
        self::assertSame(['9108', null], [$order['resultCd'], $order['tXid'] ?? null]);
        self::assertStringStartsWith('payMethod/', $order['diagnosis']);
        foreach (['buyer', 'lender'] as $who) {
            try {
                $this->merchant()->$who($order['tXid']);
                self::fail("a $who without a payment");
            } catch (NicepaySimError $error) {
                self::assertSame('there is no tXid: the registration was refused', $error->getMessage());
            }
        }
    }

    public function testNothingIsSentForAnOpenOrder(): void
    {
        $this->merchant()->register('order-1', 25145);
        $this->merchant()->expectNone('order-1');
        $this->pay('order-2');
        $this->expectException(AssertionFailedError::class);
        $this->expectExceptionMessage('expect[0]: expected no notification.scheduled');
        $this->merchant()->expectNone('order-2');
    }

    public function testAScheduledNotificationIsSeenBeforeItIsSent(): void
    {
        $merchant = self::nicepay()->merchant(scenario: null);
        $order = $merchant->register('order-1', 25145);
        $merchant->buyer($order['tXid'])->pay();
        $this->expectException(AssertionFailedError::class);
        $this->expectExceptionMessage('saw 1');
        $merchant->expectNone('order-1');
    }

    /** The notification of a review waits for the next one. */
    public function testAHeldNotificationIsSeen(): void
    {
        $this->merchant()->rule(['outcome' => 'review', 'notify' => 'out-of-order']);
        $this->pay('order-1');
        $held = ['type' => 'notification.held', 'times' => 1];
        $others = ['type' => 'notification.scheduled,notification.attempted', 'times' => 0];
        $this->merchant()->verify('order-1', [$held, $others]);
        $this->expectException(AssertionFailedError::class);
        $this->expectExceptionMessage('saw 1');
        $this->merchant()->expectNone('order-1');
    }

    public function testWhatHappenedIsVerified(): void
    {
        $this->pay('order-1');
        $expect = [['type' => 'transaction.registered'], ['type' => 'transaction.approved', 'times' => 1]];
        self::assertTrue($this->merchant()->verify('order-1', $expect, inOrder: true)['ok']);
        $this->expectException(AssertionFailedError::class);
        $this->expectExceptionMessage('expect[1]');
        $this->merchant()->verify('order-1', array_reverse($expect), inOrder: true);
    }

    public function testTheClockMoves(): void
    {
        $order = $this->merchant()->register('order-1', 25145);
        $events = array_column($this->merchant()->advance('24h')['events'], 'type', 'tXid');
        self::assertSame('transaction.expired', $events[$order['tXid']]);
        $this->merchant()->register('order-2', 25145);
        self::assertNotEmpty(self::nicepay()->advanceToNext()['events']);
    }

    public function testAResetForgetsOrdersAndKeepsTheScenario(): void
    {
        $this->pay('order-1');
        $this->merchant()->awaitNotification('order-1');
        $this->merchant()->reset();
        self::assertSame([], self::nicepay()->api('GET', "/transactions?iMid={$this->merchant()->iMid}"));
        $this->pay('order-1');
        self::assertSame('0', $this->merchant()->awaitNotification('order-1')['status']);
    }

    public function testARemovedMerchantIsGone(): void
    {
        $merchant = self::nicepay()->merchant();
        $merchant->remove();
        $this->expectExceptionObject(new NicepaySimError("there is no merchant", 404));
        self::nicepay()->api('GET', "/merchants/$merchant->iMid");
    }

    public function testTheControlApiExplainsAWrongCall(): void
    {
        $this->expectException(NicepaySimError::class);
        $this->expectExceptionCode(422);
        $this->expectExceptionMessage('instan');
        self::nicepay()->merchant(scenario: 'instan');
    }

    public function testAnEmptyBodyIsAnEmptyObject(): void
    {
        $order = $this->merchant()->register('order-1', 25145);
        self::assertSame('approved', self::nicepay()->api('POST', "/transactions/{$order['tXid']}/buyer", [])['stage']);
    }

    public function testTextIsReturnedAsText(): void
    {
        self::assertStringStartsWith('<?xml', self::nicepay()->api('GET', '/report?format=junit'));
    }

    public function testAFailureIsExplainedWithoutAnyKey(): void
    {
        $order = $this->pay('order/1');
        $this->merchant()->inquiry(['amt' => '1'] + $order);
        $folder = Command::folder();
        $text = $this->merchant()->explainFailure();
        $this->merchant()->evidence($folder);
        self::assertStringContainsString('refused: inquiry → 9528 amt/mismatch: ', $text);
        self::assertStringContainsString("order/1 is approved:\nsequenceDiagram\n", $text);
        $files = array_map('basename', glob("$folder/*"));
        self::assertSame(['events.json', 'order%2F1.har', 'order%2F1.json', 'order%2F1.svg'], $files);
        foreach ($files as $file) {
            $content = file_get_contents("$folder/$file");
            self::assertGreaterThan(200, strlen($content), $file);
            self::assertStringNotContainsString($this->merchant()->key, $content, $file);
        }
    }

    public function testEachPaymentHasFilesOfItsOwn(): void
    {
        $merchant = self::nicepay()->merchant(duplicateCheck: false);
        $names = ['events', 'Order/1', 'order/1', 'order_1', 'order_1', '..', str_repeat('日', 40)];
        $orders = array_map(fn (string $name) => $merchant->register($name, 25145), $names);
        $folder = Command::folder();
        $merchant->evidence($folder);
        $tXids = array_column($orders, 'tXid');
        $expected = ["events-$tXids[0]", 'Order%2F1', "order%2F1-$tXids[2]", 'order_1', "order_1-$tXids[4]", '..',
            substr(rawurlencode($names[6]), 0, 200)];
        foreach ($expected as $number => $name) {
            self::assertStringContainsString($tXids[$number], file_get_contents("$folder/$name.json"), $name);
            self::assertFileExists("$folder/$name.har");
            self::assertFileExists("$folder/$name.svg");
        }
        self::assertCount(2 + 1 + 3 * count($names), scandir($folder));
        $events = array_column(json_decode(file_get_contents("$folder/events.json"), true), 'tXid');
        self::assertSame([], array_diff($tXids, $events));
    }

    /** The API returns the oldest hundred unless it is asked for more. */
    public function testTheLastPaymentsOfManyAreExplained(): void
    {
        foreach (range(1, 101) as $number) {
            $this->merchant()->register("order-$number", 25145);
        }
        preg_match_all('/^(\S+) is registered:\nsequenceDiagram$/m', $this->merchant()->explainFailure(), $drawn);
        self::assertSame(['order-99', 'order-100', 'order-101'], $drawn[1]);
        $folder = Command::folder();
        $this->merchant()->evidence($folder);
        self::assertFileExists("$folder/order-101.svg");
    }
}

<?php
declare(strict_types=1);
namespace NicepaySim;
/** A merchant with an iMid of its own. Tests with different merchants never meet on one simulator. */
final class Merchant
{
    public readonly string $iMid, $key;
    public readonly array $env;       // The settings of an application, as the shops in examples/ read them.
    public readonly string $inboxUrl; // The dbProcessUrl of register(): an inbox of the simulator, which answers 200.
    public array $attempt = [];       // The event of the notification that awaitNotification() returned last.
    private array $seen = [];         // The number of that event, by referenceNo.
    public function __construct(private Simulator $simulator, private ?string $scenario = 'instant', mixed ...$options)
    {
        [$this->iMid, $this->key] = ['T' . substr(bin2hex(random_bytes(8)), 1), bin2hex(random_bytes(32))];
        $this->env = ['NICEPAY_BASE_URL' => "$simulator->url/nicepay", 'NICEPAY_IMID' => $this->iMid,
            'NICEPAY_MERCHANT_KEY' => $this->key];
        $this->inboxUrl = "$simulator->url/__sim/inbox/$this->iMid";
        $simulator->api('PUT', "/merchants/$this->iMid", ['merchantKey' => $this->key] + $options);
        $this->reset();
    }

    /** Forgets this merchant's orders, rules and notifications, and puts its scenario in force. */
    public function reset(): void
    {
        $this->simulator->api('POST', '/reset', ['iMid' => $this->iMid]);
        $this->scenario && $this->simulator->api('PUT', "/scenario?iMid=$this->iMid", ['name' => $this->scenario]);
    }
    public function remove(): void { $this->simulator->api('DELETE', "/merchants/$this->iMid"); }
    public function advance(string $by): array { return $this->simulator->advance($by); }
    public function buyer(?string $tXid): Actor { return new Actor($this->simulator, $tXid, 'buyer'); }
    public function lender(?string $tXid): Actor { return new Actor($this->simulator, $tXid, 'partner'); }
    /** Adds a rule (docs/guides/scenarios.md) for this merchant, and returns its id. `times: null` is always. */
    public function rule(array $then, array $when = [], ?int $times = 1): string
    {
        $rule = ['times' => $times, 'when' => ['iMid' => $this->iMid] + $when, 'then' => $then];
        return $this->simulator->api('POST', '/rules', array_filter($rule))['id'];
    }
    // Each of these is for the next payment, or for the next that `$when` fits: rejectNext(referenceNo: 'order-1').
    public function rejectNext(mixed ...$when): string { return $this->rule(['outcome' => 'reject'], $when); }
    public function reviewNext(mixed ...$when): string { return $this->rule(['outcome' => 'review'], $when); }
    public function notifyTwice(mixed ...$when): string { return $this->rule(['notify' => 'duplicate'], $when); }
    public function forgeNext(string $status = '8', mixed ...$when): string
    {
        return $this->rule(['notify' => ['variant' => 'changed-status', 'status' => $status]], $when);
    }

    /** Registers an order as a shop would. A refused order has a `diagnosis`, and no tXid. */
    public function register(string $referenceNo, int|string $amt, mixed ...$fields): array
    {
        $cart = '{"count":"1","item":[{"goods_name":"Rice","goods_amt":"' . $amt . '","goods_quantity":"1"}]}';
        $fields += ['referenceNo' => $referenceNo, 'amt' => "$amt", 'cartData' => $cart];
        $fields += ['dbProcessUrl' => $this->inboxUrl] + json_decode(file_get_contents(__DIR__ . '/order.json'), true);
        return $this->call('registration', [$referenceNo, "$amt"], $fields);
    }

    /** Asks for the status. `$order` is what register() returned, here and below. */
    public function inquiry(array $order): array
    {
        return $this->call('inquiry', [$order['referenceNo'], $order['amt']],
            array_intersect_key($order, ['tXid' => 1, 'referenceNo' => 1, 'amt' => 1]));
    }
    public function cancel(array $order, int|string|null $amt = null): array
    {
        $part = (string) ($amt ?? $order['amt']);
        return $this->call('cancel', [$order['tXid'], $part], ['tXid' => $order['tXid'], 'payMethod' => '06',
            'amt' => $part, 'referenceNo' => $order['referenceNo'], 'cancelType' => $amt === null ? '1' : '2']);
    }
    private function call(string $endpoint, array $signed, array $fields): array
    {
        $time = (new \DateTime('now', new \DateTimeZone('Asia/Jakarta')))->format('YmdHis');
        $token = hash('sha256', implode([$time, $this->iMid, ...$signed, $this->key]));
        $fields += ['timeStamp' => $time, 'iMid' => $this->iMid, 'merchantToken' => $token];
        [$text, $headers] = $this->simulator->request('POST', "/nicepay/direct/v2/$endpoint", $fields);
        $diagnosis = current(preg_filter('/^x-sim-diagnosis: /i', '', $headers));
        return (json_decode($text, true) ?? []) + array_filter(['diagnosis' => $diagnosis]);
    }

    /** Waits until the next notification of an order was sent and answered, and returns its form; or fails the test. */
    public function awaitNotification(string $referenceNo, string $timeout = '10s', mixed ...$fields): array
    {
        $query = $fields + ['type' => 'notification.attempted', 'iMid' => $this->iMid, 'referenceNo' => $referenceNo,
            'after' => $this->seen[$referenceNo] ?? 0, 'timeout' => $timeout];
        $this->attempt = $this->simulator->api('GET', '/events/wait?' . http_build_query($query));
        $this->seen[$referenceNo] = $this->attempt['id'];
        parse_str($this->simulator->api('GET', "/notifications/{$this->attempt['notification']}/body"), $form);
        return $form;
    }

    /** Fails the test if a notification of this order was sent, or is scheduled or held. It does not wait. */
    public function expectNone(string $referenceNo): void
    {
        $types = 'notification.scheduled,notification.held,notification.attempted';
        $this->verify($referenceNo, [['type' => $types, 'times' => 0]]);
    }

    /** Fails the test, with the reasons, unless this has happened (docs/guides/waiting-and-verifying.md). */
    public function verify(?string $referenceNo = null, array $expect = [], bool $inOrder = false): array
    {
        $all = ['iMid' => $this->iMid, 'referenceNo' => $referenceNo, 'expect' => $expect, 'inOrder' => $inOrder];
        return $this->simulator->api('POST', '/verify', array_filter($all));
    }

    /** Says what was refused, and draws the last three payments. */
    public function explainFailure(): string
    {
        $text = "nicepay-sim, merchant $this->iMid:\n";
        foreach ($this->simulator->api('GET', "/events?type=transaction.refused&iMid=$this->iMid") as $event) {
            $text .= "refused: {$event['endpoint']} → {$event['resultCd']} {$event['diagnosis']}\n";
        }
        $payments = $this->simulator->api('GET', "/transactions?iMid=$this->iMid&limit=10000"); // Oldest first.
        foreach (array_slice($payments, -3) as $payment) {
            $text .= "{$payment['referenceNo']} is {$payment['stage']}:\n"
                . $this->simulator->api('GET', "/transactions/{$payment['tXid']}/diagram?format=mermaid");
        }
        return $text . (substr_count($text, "\n") > 1 ? '' : "No request with this iMid has arrived.\n");
    }

    /** Saves all events, and each payment as JSON, HAR and SVG. */
    public function evidence(string $folder): void
    {
        [$files, $taken] = [['events.json' => "events?limit=10000&iMid=$this->iMid"], ['events' => '']];
        foreach ($this->simulator->api('GET', "/transactions?iMid=$this->iMid&limit=10000") as $payment) {
            $name = substr(rawurlencode($payment['referenceNo']), 0, 200);
            $first = $taken[strtolower($name)] ??= $payment['tXid']; // On macOS, A.json and a.json are one file.
            $name .= $first === $payment['tXid'] ? '' : "-{$payment['tXid']}";
            $path = "transactions/{$payment['tXid']}";
            $files += ["$name.json" => "$path/evidence", "$name.har" => "$path/har", "$name.svg" => "$path/diagram"];
        }
        is_dir($folder) || @mkdir($folder, recursive: true);
        foreach ($files as $name => $path) {
            @file_put_contents("$folder/$name", $this->simulator->request('GET', "/__sim/api/$path")[0])
                ?: throw new NicepaySimError("$folder/$name cannot be written.");
        }
    }
}

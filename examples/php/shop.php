<?php
// A small shop that takes payments by NICEPAY Payloan: what a merchant's server has to get right.
//
// Run it with:  nicepay-sim exec -- php examples/php/shop.php
// That starts PHP's web server with this file, and polls; it needs pcntl and posix. Without them, or with another web
// server: `php -S 127.0.0.1:3000 shop.php`, and `php shop.php poll` by cron. Orders are in a file. A real shop has a
// database, and a transaction of it wherever `stored` is called here. It takes the customer from its login, where this
// one believes the URL, and lets only its staff refund.
declare(strict_types=1);

set_error_handler(static function (int $level, string $message): never {
    throw new ErrorException($message);
});

define('BASE_URL', getenv('NICEPAY_BASE_URL') ?: 'https://dev.nicepay.co.id/nicepay');
define('IMID', getenv('NICEPAY_IMID') ?: throw new RuntimeException('Set NICEPAY_IMID.'));
define('KEY', getenv('NICEPAY_MERCHANT_KEY') ?: throw new RuntimeException('Set NICEPAY_MERCHANT_KEY.'));
define('HOST', getenv('SHOP_HOST') ?: '127.0.0.1');
define('PORT', (int) (getenv('PORT') ?: 3000));
define('SHOP_URL', getenv('SHOP_URL') ?: 'http://127.0.0.1:' . PORT);
define('POLL_SECONDS', (float) (getenv('POLL_SECONDS') ?: 30));
define('STORE', sys_get_temp_dir() . '/nicepay-shop-' . PORT . '.json');

const STATUS = ['0' => 'paid', '1' => 'refunded', '2' => 'refunded', '3' => 'under-review', '4' => 'expired', '8' => 'failed',
    '9' => 'pending'];
const PERSON = [
    'Nm' => 'Siti Rahma', 'Phone' => '081291891818', 'Addr' => 'Jalan Melati 12', 'City' => 'Bandung',
    'State' => 'Jawa Barat', 'PostCd' => '40115', 'Country' => 'Indonesia',
];
const SELLERS = [[
    'sellersId' => 'S-1', 'sellersNm' => 'Toko Contoh', 'sellersEmail' => 'toko@example.com',
    'sellersAddress' => [
        'sellerNm' => 'Toko', 'sellerLastNm' => 'Contoh', 'sellerAddr' => 'Jalan Cendana 8', 'sellerCity' => 'Bandung',
        'sellerPostCd' => '40114', 'sellerPhone' => '0221234567', 'sellerCountry' => 'ID',
    ],
]];
const FORMS = '<form method="post" action="/buy"><input name="customer" value="siti"><button>buy</button></form>
    <form method="post" action="/one-click"><input name="customer" value="siti"><button>one-click</button></form>
    <form method="post" action="/unlink"><input name="customer" value="siti"><button>unlink</button></form>
    <form method="post" action="/refund"><input name="referenceNo"><button>refund</button></form>';

/** A request that cannot be served, with its HTTP status. If NICEPAY refused something, `resultCd` is its code. */
final class Problem extends Exception
{
    public function __construct(public readonly int $status, string $message, public readonly string $resultCd = '')
    {
        parent::__construct($message);
    }
}

/** Reads and changes the stored orders (by referenceNo) and userTokens (by customer), with nobody else at it. */
function stored(callable $change): mixed
{
    $file = fopen(STORE, 'c+');
    flock($file, LOCK_EX);
    $shop = json_decode(stream_get_contents($file), true) ?? ['orders' => [], 'userTokens' => []];
    try {
        return $change($shop);
    } finally {
        ftruncate($file, 0);
        rewind($file);
        fwrite($file, json_encode($shop, JSON_INVALID_UTF8_SUBSTITUTE));
        fclose($file);
    }
}

function order(string $referenceNo): array
{
    return stored(fn (array $shop) => $shop['orders'][$referenceNo] ?? null) ?? throw new Problem(404, 'no such order');
}

function change_order(string $referenceNo, callable $change): array
{
    return stored(function (array &$shop) use ($referenceNo, $change) {
        $change($shop['orders'][$referenceNo]);
        return $shop['orders'][$referenceNo];
    });
}

function user_token(string $customer): ?string
{
    return stored(fn (array $shop) => $shop['userTokens'][$customer] ?? null);
}

function forget(string $customer, string $userToken): void
{
    stored(function (array &$shop) use ($customer, $userToken) {
        if (($shop['userTokens'][$customer] ?? null) === $userToken) {
            unset($shop['userTokens'][$customer]);
        }
    });
}

/** A paid order may still be refunded; nothing else happens to it. */
function become(array &$order, string $status): void
{
    if ($order['status'] === 'refunded' || ($order['status'] === 'paid' && $status !== 'refunded')) {
        return;
    }
    $order['status'] = $status;
    if ($status === 'paid') {
        $order['fulfilled']++; // `stored` is around it, so once. A real shop writes the delivery in the same transaction.
        error_log("ship {$order['referenceNo']}");
    }
}

function view(array $order): array
{
    return array_intersect_key($order, array_flip(['referenceNo', 'status', 'amount', 'fulfilled', 'refunded']));
}

/** The merchantToken. Each endpoint has its own values; the key is always the last. */
function sign(string ...$values): string
{
    return hash('sha256', implode('', $values) . KEY);
}

function now(): string
{
    return (new DateTimeImmutable('now', new DateTimeZone('Asia/Jakarta')))->format('YmdHis');
}

/** Calls NICEPAY. A problem without a `resultCd` means no usable answer: NICEPAY may have done it, or not. */
function call(string $endpoint, array $signed, array $fields): array
{
    $timeStamp = now();
    $fields += ['timeStamp' => $timeStamp, 'iMid' => IMID, 'merchantToken' => sign($timeStamp, IMID, ...$signed)];
    $request = stream_context_create(['http' => [
        'method' => 'POST', 'header' => 'Content-Type: application/json', 'timeout' => 10,
        'content' => json_encode($fields, JSON_INVALID_UTF8_SUBSTITUTE | JSON_THROW_ON_ERROR),
    ]]);
    try {
        $answer = json_decode(file_get_contents(BASE_URL . "/direct/v2/$endpoint", false, $request), true);
        [$resultCd, $resultMsg] = [$answer['resultCd'], $answer['resultMsg']];
    } catch (Throwable $error) {
        throw new Problem(502, "$endpoint: no usable answer: {$error->getMessage()}");
    }
    return $resultCd === '0000' ? $answer : throw new Problem(502, "$endpoint: $resultCd $resultMsg", (string) $resultCd);
}

/** Registers a payment: one that links the customer's account, or one with the userToken of a linked account. */
function register(string $userToken = ''): array
{
    [$customer, $amount] = [read_customer(), read_amount('425000')];
    $referenceNo = 'SHOP-' . now() . '-' . bin2hex(random_bytes(6));
    $order = [
        'referenceNo' => $referenceNo,
        'customer' => $customer,
        'amount' => $amount, // whole rupiah, as all amounts
        'awaitsToken' => $userToken === '', // its notification may bring the customer's userToken
        'tXid' => '', // NICEPAY's number of the payment
        'status' => 'pending',
        'fulfilled' => 0, // how often the goods were shipped
        'refunded' => 0,
        'refundTo' => 0, // what `refunded` will be after the refund that was asked for
    ];
    // All values are text. goods_amt is the price of one piece; over all lines, goods_amt x goods_quantity is amt.
    $cart = ['count' => '1', 'item' => [[
        'goods_id' => 'K-1', 'goods_name' => 'Teko Moka', 'goods_detail' => 'Teko Moka', 'goods_type' => 'Dapur',
        'goods_amt' => (string) $amount, 'goods_quantity' => '1', 'goods_url' => 'https://shop.example/teko-moka',
        'goods_sellers_id' => 'S-1', 'goods_sellers_name' => 'Toko Contoh',
    ]]];
    $fields = [
        'payMethod' => '06', 'mitraCd' => 'KDVI', 'instmntType' => '2', 'instmntMon' => '1', 'currency' => 'IDR',
        'referenceNo' => $referenceNo, 'amt' => (string) $amount, 'goodsNm' => 'Teko Moka',
        'billingEmail' => "$customer@example.com", 'cartData' => json_encode($cart), 'sellers' => json_encode(SELLERS),
        'dbProcessUrl' => SHOP_URL . '/notify', 'userIP' => $_SERVER['REMOTE_ADDR'],
        'userAgent' => substr(($_SERVER['HTTP_USER_AGENT'] ?? '') ?: 'unknown', 0, 100),
        // clientUserKey: one for each customer, the same for ever.
        'tokenizeUser' => $userToken === '' ? '1' : '2', 'clientUserKey' => $customer, 'userToken' => $userToken,
    ];
    foreach (PERSON as $name => $value) {
        $fields["billing$name"] = $fields["delivery$name"] = $value;
    }
    // Stored first: the notification may come before the answer to the registration.
    stored(fn (array &$shop) => $shop['orders'][$referenceNo] = $order);
    try {
        $tXid = call('registration', [$referenceNo, (string) $amount], $fields)['tXid'];
    } catch (Problem $problem) {
        change_order($referenceNo, fn (array &$order) => $order['status'] = $order['tXid'] ? $order['status'] : 'failed');
        throw $problem;
    }
    return change_order($referenceNo, fn (array &$order) => $order['tXid'] = $tXid);
}

/** Asks NICEPAY for the status of a payment, and applies it. Nothing else makes an order paid. */
function settle(array $order, string $tXid = ''): array
{
    [$referenceNo, $amt, $tXid] = [$order['referenceNo'], (string) $order['amount'], $tXid ?: $order['tXid']];
    $answer = call('inquiry', [$referenceNo, $amt], ['tXid' => $tXid, 'referenceNo' => $referenceNo, 'amt' => $amt]);
    if ([$answer['tXid'] ?? '', $answer['referenceNo'] ?? '', $answer['amt'] ?? ''] !== [$tXid, $referenceNo, $amt]) {
        throw new Problem(502, 'inquiry: the answer is about another payment');
    }
    return change_order($referenceNo, function (array &$order) use ($tXid, $answer) {
        $status = STATUS[$answer['status']] ?? $order['status'];
        $order['tXid'] = $tXid;
        $order['refunded'] = $status === 'refunded' ? $order['amount'] : max($order['refunded'], (int) $answer['cancelAmt']);
        become($order, $status);
    });
}

/** Sends the refund that was asked for. Says whether it is done; if not, the poller repeats it. */
function send_refund(string $referenceNo): bool
{
    $lock = fopen(STORE . '.refund', 'c');
    flock($lock, LOCK_EX); // until the end of this function
    try {
        $order = order($referenceNo);
        $order = settle($order); // The answer to an earlier try may be lost: this tells what was refunded.
        $amount = $order['refundTo'] - $order['refunded'];
        if ($amount > 0) {
            call('cancel', [$order['tXid'], (string) $amount], [
                'tXid' => $order['tXid'], 'payMethod' => '06', 'amt' => (string) $amount, 'referenceNo' => $referenceNo,
                'cancelType' => $amount === $order['amount'] ? '1' : '2',
            ]);
        }
    } catch (Problem $problem) {
        if (in_array($problem->resultCd, ['9302', ''], true)) { // Too early after the payment, or no usable answer.
            return false;
        }
        change_order($referenceNo, fn (array &$order) => $order['refundTo'] = $order['refunded']);
        throw $problem;
    }
    change_order($referenceNo, function (array &$order) {
        $order['refunded'] = max($order['refunded'], $order['refundTo']);
        if ($order['refunded'] === $order['amount']) {
            become($order, 'refunded');
        }
    });
    return true;
}

function one_click(): array
{
    $userToken = user_token(read_customer());
    if ($userToken !== null) {
        try {
            return go_to_payment(register($userToken));
        } catch (Problem $problem) {
            if ($problem->resultCd !== '9920') {
                throw $problem;
            }
            forget(read_customer(), $userToken); // It was revoked at Kredivo: the account must be linked again.
        }
    }
    return go_to_payment(register());
}

/** NICEPAY tells that a payment has changed, and repeats it until the answer is 200. */
function notify(): array
{
    if (!preg_match('~^application/x-www-form-urlencoded *(;|$)~i', $_SERVER['CONTENT_TYPE'] ?? '')) {
        throw new Problem(415, 'not a form');
    }
    $names = ['tXid', 'merchantToken', 'referenceNo', 'amt', 'status'];
    [$tXid, $merchantToken, $referenceNo, $amt, $status] = array_map(fn (string $name) => field($_POST, $name), $names);
    if (in_array('', [$tXid, $merchantToken, $referenceNo, $amt, $status], true)) {
        throw new Problem(400, 'a field is missing');
    }
    if (!hash_equals(sign(IMID, $tXid, $amt), $merchantToken)) {
        throw new Problem(403, 'wrong merchantToken');
    }
    // The merchantToken does not cover referenceNo, status and userToken: the order is compared, and NICEPAY is asked.
    $order = order($referenceNo);
    if ($order['tXid'] !== '' && $order['tXid'] !== $tXid) {
        throw new Problem(404, 'no such payment');
    }
    if ($amt !== (string) $order['amount']) {
        throw new Problem(409, 'another amount');
    }
    settle($order, $tXid);
    [$customer, $userToken] = [field($_POST, 'clientUserKey'), field($_POST, 'userToken')];
    stored(function (array &$shop) use ($referenceNo, $customer, $userToken) {
        $order = &$shop['orders'][$referenceNo];
        if ($order['awaitsToken'] && $order['status'] === 'paid' && $customer === $order['customer'] && $userToken !== '') {
            $shop['userTokens'][$customer] = $userToken;
            $order['awaitsToken'] = false; // A repeat must not bring back a token that was removed meanwhile.
        }
    });
    return [200, ['received' => true]];
}

/** The browser is back from NICEPAY. Anyone can type this address: what it says proves nothing. */
function come_back(): array
{
    $order = order(field($_POST + $_GET, 'referenceNo'));
    if (is_open($order)) {
        try {
            $order = settle($order); // As after a notification.
        } catch (Problem $problem) {
            error_log($problem->getMessage()); // The customer sees an open order; the poller asks again.
        }
    }
    return [200, sprintf('<p>Order %s is <b>%s</b>.</p>', htmlspecialchars($order['referenceNo']), $order['status']) . FORMS];
}

function refund(): array
{
    $referenceNo = order(field($_POST + $_GET, 'referenceNo'))['referenceNo'];
    change_order($referenceNo, function (array &$order) {
        if ($order['status'] !== 'paid' || $order['refundTo'] > $order['refunded']) {
            throw new Problem(409, 'not paid, or another refund is on its way');
        }
        $left = $order['amount'] - $order['refunded'];
        $amount = read_amount((string) $left);
        if ($amount > $left) {
            throw new Problem(409, 'more than is left');
        }
        $order['refundTo'] = $order['refunded'] + $amount;
    });
    return [send_refund($referenceNo) ? 200 : 202, view(order($referenceNo))];
}

function unlink_account(): array
{
    $customer = read_customer();
    $userToken = user_token($customer);
    if ($userToken !== null) {
        try {
            call('remove-token', [$userToken], ['userToken' => $userToken]);
        } catch (Problem $problem) {
            if ($problem->resultCd !== '9920') { // 9920: it is unusable already.
                throw $problem;
            }
        }
        forget($customer, $userToken);
    }
    return [200, ['customer' => $customer, 'linked' => false]];
}

function is_open(array $order): bool
{
    return $order['tXid'] !== '' && in_array($order['status'], ['pending', 'under-review'], true);
}

/** Finds what no notification told, and repeats refunds. A real shop's cron does this. */
function poll(): bool
{
    foreach (stored(fn (array $shop) => $shop['orders']) as $order) {
        try {
            if (is_open($order)) {
                settle($order);
            } elseif ($order['refundTo'] > $order['refunded']) {
                send_refund($order['referenceNo']);
            }
        } catch (Throwable $error) {
            error_log("{$order['referenceNo']}: {$error->getMessage()}");
        }
    }
    return true;
}

/** A field of a form, always as text: PHP would make an array of `name[]`. */
function field(array $fields, string $name, string $default = ''): string
{
    return is_string($fields[$name] ?? null) ? $fields[$name] : $default;
}

function read_customer(): string
{
    $customer = field($_POST + $_GET, 'customer', 'siti');
    return preg_match('/^[a-z0-9-]{1,40}$/D', $customer) ? $customer : throw new Problem(400, 'customer: a-z, 0-9 and hyphens');
}

function read_amount(string $default): int
{
    $amount = field($_POST + $_GET, 'amount', $default);
    return preg_match('/^[1-9][0-9]{0,11}$/D', $amount) ? (int) $amount : throw new Problem(400, 'amount: 1 to 12 digits');
}

/** A browser is sent to NICEPAY's page. After a payment with a userToken that page leads straight back. */
function go_to_payment(array $order): array
{
    $timeStamp = now();
    $paymentUrl = BASE_URL . '/direct/v2/payment?' . http_build_query([
        'timeStamp' => $timeStamp, 'tXid' => $order['tXid'], 'callBackUrl' => SHOP_URL . '/return',
        'merchantToken' => sign($timeStamp, IMID, $order['referenceNo'], (string) $order['amount']),
    ]);
    $isBrowser = str_contains($_SERVER['HTTP_ACCEPT'] ?? '', 'text/html');
    return [$isBrowser ? 303 : 200, [
        'referenceNo' => $order['referenceNo'], 'tXid' => $order['tXid'], 'paymentUrl' => $paymentUrl,
    ]];
}

function route(string $method, string $path): array
{
    if ($method === 'GET' && str_starts_with($path, '/orders/')) {
        return [200, view(order(substr($path, strlen('/orders/'))))];
    }
    return match ("$method $path") {
        'GET /' => [200, FORMS],
        'GET /buy', 'POST /buy' => go_to_payment(register()),
        'POST /one-click' => one_click(),
        'POST /notify' => notify(),
        'GET /return', 'POST /return' => come_back(),
        'POST /refund' => refund(),
        'POST /unlink' => unlink_account(),
        'GET /poll', 'POST /poll' => [200, ['polled' => poll()]],
        default => throw new Problem(404, 'no such page'),
    };
}

/** Starts the web server, with processes enough for a notification during a registration, and polls as long as it runs. */
function serve(): void
{
    array_map('unlink', glob(STORE . '*')); // Each run begins anew, as the simulator does.
    $server = pcntl_fork();
    if ($server === 0) {
        posix_setpgid(0, 0); // A group of its own, so that all of it can be ended.
        pcntl_exec(PHP_BINARY, ['-S', HOST . ':' . PORT, __FILE__], getenv() + ['PHP_CLI_SERVER_WORKERS' => '4']);
    }
    pcntl_async_signals(true);
    foreach ([SIGINT, SIGTERM, SIGHUP] as $signal) {
        pcntl_signal($signal, fn () => posix_kill(-$server, SIGTERM));
    }
    for ($polled = microtime(true); pcntl_waitpid($server, $status, WNOHANG) === 0; usleep(100_000)) {
        if (microtime(true) - $polled >= POLL_SECONDS) {
            poll();
            $polled = microtime(true);
        }
    }
}

if (PHP_SAPI === 'cli-server') { // The web server runs this file for each request.
    try {
        [$status, $body] = route($_SERVER['REQUEST_METHOD'], parse_url($_SERVER['REQUEST_URI'], PHP_URL_PATH) ?: '/');
    } catch (Problem $problem) {
        [$status, $body] = [$problem->status, ['error' => $problem->getMessage()]];
    } catch (Throwable $error) {
        error_log((string) $error);
        [$status, $body] = [500, ['error' => 'internal error']];
    }
    http_response_code($status);
    header('Content-Type: ' . (is_string($body) ? 'text/html; charset=utf-8' : 'application/json'));
    if ($status === 303) {
        header("Location: {$body['paymentUrl']}", true, 303);
    }
    echo is_string($body) ? "<!doctype html><title>Shop</title>$body" : json_encode($body, JSON_UNESCAPED_SLASHES);
} elseif (($argv[1] ?? '') === 'poll') {
    poll();
} else {
    serve();
}

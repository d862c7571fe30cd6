<?php
// A shop with PHP's streams, and with curl where PHP has it. Notifications go to the simulator's inbox.
const NICEPAY = 'https://dev.nicepay.co.id/nicepay/direct/v2/';
const JSON = 'Content-Type: application/json';
define('IMID', getenv('NICEPAY_IMID'));
define('KEY', getenv('NICEPAY_MERCHANT_KEY'));
define('SIM', getenv('NICEPAY_SIM_URL'));
define('ORDER', json_decode(file_get_contents('order.json'), true));

set_error_handler(static function ($level, $message) {
    throw new ErrorException($message);
});

function by_streams($url, $fields)
{
    $http = ['method' => 'POST', 'header' => JSON, 'content' => json_encode($fields), 'timeout' => 30];
    // PHP's streams do not read the variable themselves.
    if (strpos($url, NICEPAY) === 0) {
        $http['proxy'] = str_replace('http://', 'tcp://', getenv('HTTPS_PROXY'));
    }
    return json_decode(file_get_contents($url, false, stream_context_create(['http' => $http])), true);
}

function by_curl($url, $fields)
{
    $request = curl_init($url);
    curl_setopt_array($request, [
        CURLOPT_POSTFIELDS => json_encode($fields),
        CURLOPT_HTTPHEADER => [JSON],
        CURLOPT_RETURNTRANSFER => true,
        CURLOPT_TIMEOUT => 30,
    ]);
    $answer = curl_exec($request);
    check($answer !== false, curl_error($request));
    return json_decode($answer, true);
}

function sign(...$values)
{
    return hash('sha256', implode('', $values) . KEY);
}

function check($is_right, $what)
{
    if (!$is_right) {
        throw new RuntimeException(json_encode($what));
    }
}

function signed($reference, $fields)
{
    $now = date('YmdHis');
    $token = sign($now, IMID, $reference, ORDER['amt']);
    return ['timeStamp' => $now, 'iMid' => IMID, 'referenceNo' => $reference, 'merchantToken' => $token] + $fields;
}

function pay($post, $reference, $tokenize, $user_token, $by_customer)
{
    $fields = [
        'dbProcessUrl' => SIM . '/__sim/inbox',
        'tokenizeUser' => $tokenize,
        'clientUserKey' => $by_customer ? 'customer-1' : '',
        'userToken' => $user_token,
    ];
    $registered = $post(NICEPAY . 'registration', signed($reference, $fields + ORDER));
    check($registered['resultCd'] === '0000', $registered);
    $t_xid = $registered['tXid'];
    if ($by_customer) {
        $post(SIM . "/__sim/api/transactions/$t_xid/buyer", ['do' => 'pay']);
    }
    file_get_contents(SIM . "/__sim/api/events/wait?type=notification.delivered&tXid=$t_xid");
    $told = json_decode(file_get_contents(SIM . "/__sim/api/inbox?tXid=$t_xid"), true)[0]['fields'];
    check($told['tXid'] === $t_xid && $told['merchantToken'] === sign(IMID, $t_xid, $told['amt']), $told);
    $inquiry = $post(NICEPAY . 'inquiry', signed($reference, ['tXid' => $t_xid, 'amt' => ORDER['amt']]));
    check($inquiry['status'] === '0', $inquiry);
    return $told['userToken'];
}

$failed = 0;
foreach (['streams' => extension_loaded('openssl'), 'curl' => extension_loaded('curl')] as $name => $is_there) {
    if (!$is_there) {
        echo "absent php $name\n";
        continue;
    }
    try {
        $user_token = pay("by_$name", "$name-1", '1', '', true);
        pay("by_$name", "$name-2", '2', $user_token, false);
        echo "ok php $name\n";
    } catch (Exception $error) {
        $failed = 1;
        echo "failed php $name: " . strtr($error->getMessage(), "\n", ' ') . "\n";
    }
}
exit($failed);

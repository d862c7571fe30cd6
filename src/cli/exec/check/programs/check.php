<?php
// One inquiry with curl. The address is that of the unmodified client libraries.
if (!function_exists('curl_init')) {
    echo "failed curl: PHP has no curl extension\n";
    exit;
}
echo "try curl\n";
$request = curl_init('https://dev.nicepay.co.id/nicepay/direct/v2/inquiry');
curl_setopt_array($request, [
    CURLOPT_POSTFIELDS => '{}',
    CURLOPT_HTTPHEADER => ['Content-Type: application/json'],
    CURLOPT_USERAGENT => 'nicepay-sim-check/php-curl',
    CURLOPT_RETURNTRANSFER => true,
    CURLOPT_TIMEOUT => 20,
]);
if (curl_exec($request) === false) {
    echo 'failed curl: ' . curl_error($request) . "\n";
}

<?php

use App\Nicepay;
use Illuminate\Support\Facades\DB;
use Illuminate\Support\Facades\Route;
use Illuminate\Support\Str;

Route::any('/checkout', static function (): array {
    [$referenceNo, $amt] = ['SHOP-' . Str::random(20), '25145'];
    $cart = ['count' => '1', 'item' => [['goods_name' => 'Rice', 'goods_amt' => $amt, 'goods_quantity' => '1']]];
    $fields = json_decode(file_get_contents(getenv('NICEPAY_SIM_CLIENT') . '/src/order.json'), true);
    DB::table('orders')->insert(['reference_no' => $referenceNo, 'amt' => $amt]);
    $answer = Nicepay::call('registration', [$referenceNo, $amt], [
        'referenceNo' => $referenceNo, 'amt' => $amt, 'cartData' => json_encode($cart),
        'dbProcessUrl' => config('services.nicepay.notify_url'),
    ] + $fields);
    DB::table('orders')->where('reference_no', $referenceNo)->update(['tXid' => $answer['tXid']]);
    return ['referenceNo' => $referenceNo, 'tXid' => $answer['tXid']];
})->withoutMiddleware(Illuminate\Foundation\Http\Middleware\VerifyCsrfToken::class);

Route::get('/orders/{referenceNo}', static function (string $referenceNo): array {
    return (array) DB::table('orders')->where('reference_no', $referenceNo)->first();
});

// The mistake that docs/guides/laravel.md warns of: a notification below the CSRF check.
Route::post('/nicepay/notify', static fn () => 'OK');

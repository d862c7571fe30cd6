<?php

// In the place of vendor/autoload.php: the Laravel of Debian, and this client.
require 'GuzzleHttp/autoload.php';
require 'Illuminate/autoload.php';
require getenv('NICEPAY_SIM_CLIENT') . '/autoload.php';
spl_autoload_register(static function (string $class): void {
    foreach (['App\\' => 'app/', 'Tests\\' => 'tests/'] as $prefix => $folder) {
        $file = __DIR__ . '/' . $folder . str_replace('\\', '/', substr($class, strlen($prefix))) . '.php';
        str_starts_with($class, $prefix) && is_file($file) && require $file;
    }
});

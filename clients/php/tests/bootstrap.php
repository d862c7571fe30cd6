<?php

declare(strict_types=1);

require dirname(__DIR__) . '/autoload.php';
require __DIR__ . '/Command.php';
require __DIR__ . '/Suite.php';

// The trait writes the evidence of a failed test into the current folder, which must not be that of the package.
$folder = sys_get_temp_dir() . '/nicepay-sim-php-' . bin2hex(random_bytes(8));
mkdir($folder);
chdir($folder);
register_shutdown_function(static function () use ($folder): void {
    chdir('/');
    @rmdir($folder) || fwrite(STDERR, "Evidence of the failed tests: $folder\n");
});

<?php

require __DIR__ . '/../autoload.php';
$kernel = (require __DIR__ . '/../bootstrap/app.php')->make(Illuminate\Contracts\Http\Kernel::class);
$kernel->handle(Illuminate\Http\Request::capture())->send();

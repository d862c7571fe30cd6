<?php // For tests without Composer.
array_map(static fn (string $file) => require_once $file, glob(__DIR__ . '/src/*.php'));

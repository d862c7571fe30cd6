<?php

return ['driver' => 'array', 'cookie' => 'shop', 'lifetime' => 120, 'path' => '/', 'domain' => null, 'secure' => false, 'lottery' => [0, 1], 'expire_on_close' => false];

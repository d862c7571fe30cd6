<?php
// Written by `nicepay-sim exec`. PHP runs it before each script.

// php-fpm hides the variables from its workers (clear_env); curl and Guzzle read them.
if (PHP_SAPI !== 'cli') {
    foreach (NICEPAY_SIM_VARIABLES as $nicepay_sim_name => $nicepay_sim_value) {
        if (getenv($nicepay_sim_name) === false) {
            putenv("$nicepay_sim_name=$nicepay_sim_value");
        }
    }
}

// WordPress names a bundle of its own for each request. It takes over the filters that are here before it starts.
$GLOBALS['wp_filter']['http_request_args'][1000]['nicepay_sim'] = [
    'accepted_args' => 2,
    'function' => static function ($args, $url = '') {
        if (is_array($args) && in_array(parse_url((string) $url, PHP_URL_HOST), NICEPAY_SIM_HOSTS, true)) {
            $args['sslcertificates'] = NICEPAY_SIM_BUNDLE;
        }
        return $args;
    },
];

// The file that would be run here without this one: the last ini file that names one counts.
$nicepay_sim_previous = '';
foreach (array_merge([(string) php_ini_loaded_file()], explode(',', (string) php_ini_scanned_files())) as $nicepay_sim_ini) {
    $nicepay_sim_ini = trim($nicepay_sim_ini);
    if ($nicepay_sim_ini === '' || dirname($nicepay_sim_ini) === __DIR__) {
        continue;
    }
    $nicepay_sim_settings = @parse_ini_file($nicepay_sim_ini);
    if (is_array($nicepay_sim_settings) && array_key_exists('auto_prepend_file', $nicepay_sim_settings)) {
        $nicepay_sim_previous = (string) $nicepay_sim_settings['auto_prepend_file'];
    }
}
unset($nicepay_sim_name, $nicepay_sim_value, $nicepay_sim_ini, $nicepay_sim_settings);
if ($nicepay_sim_previous !== '' && $nicepay_sim_previous !== 'none') {
    require $nicepay_sim_previous;
}
unset($nicepay_sim_previous);

#!/bin/sh
# Runs the tests of the PHP client: ./clients/php/test.sh PROGRAM [ARGUMENTS OF PHPUNIT]
# It needs PHP 8.1 and PHPUnit (on Debian: apt-get install php-cli phpunit). Exit code 77: they are not there.
set -eu
[ $# -ge 1 ] || { echo "usage: $0 PROGRAM" >&2; exit 2; }
program=$(realpath "$1")
shift
phpunit=$(command -v phpunit) && command -v php > /dev/null || {
    echo "PHP client: php or phpunit is not installed: its tests were NOT RUN" >&2
    exit 77
}
cd "$(dirname "$0")"
unset NICEPAY_SIM_URL
NICEPAY_SIM_BIN=$program exec php "$phpunit" --no-configuration --do-not-cache-result --fail-on-warning --fail-on-risky \
    --bootstrap "$PWD/tests/bootstrap.php" "$@" "$PWD/tests"

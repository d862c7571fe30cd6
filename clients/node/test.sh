#!/usr/bin/env bash
# Tests the Node client: test.sh PROGRAM [FOLDER_FOR_TOOLS] [TEST_FILE…]
# PROGRAM is the simulator. Vitest and Playwright are installed into the folder, once; where npm cannot get them, the tests
# that need them are skipped, and say so. The browser is that of CHROMIUM, or /usr/bin/chromium.
set -euo pipefail
if [ $# -eq 0 ] || [ ! -x "$1" ]; then
  echo "usage: $0 PROGRAM [FOLDER_FOR_TOOLS] [TEST_FILE…]" >&2
  exit 2
fi
program=$(realpath "$1")
tools=${2:-}
if [ -z "$tools" ]; then
  tools=$(mktemp -d)
  trap 'rm -rf "$tools"' EXIT
fi
mkdir -p "$tools"
tools=$(realpath "$tools")
files=("${@:3}")
cd "$(dirname "${BASH_SOURCE[0]}")"

for package in vitest@4 @playwright/test@1 typescript@5 @types/node@20; do
  if [ -d "$tools/node_modules/${package%@*}" ]; then continue; fi
  timeout 180 npm install --prefix "$tools" --no-audit --no-fund --loglevel error --fetch-retries 0 "$package" </dev/null \
    || printf 'clients/node/test.sh: npm cannot install %s; the tests that need it are skipped\n' "$package" >&2
done

# What npm would install, in place of this folder.
packed=$(mktemp -d "$tools/packed-XXXXXX")
npm pack --silent --pack-destination "$packed" >/dev/null
rm -rf "$tools/node_modules/nicepay-sim"
mkdir -p "$tools/node_modules/nicepay-sim"
tar -xzf "$packed"/nicepay-sim-*.tgz -C "$tools/node_modules/nicepay-sim" --strip-components 1
rm -rf "$packed"

if [ ${#files[@]} -eq 0 ]; then files=(tests/*.test.js); fi
status=0
env -u NICEPAY_SIM_URL -u NICEPAY_SIM_EXEC -u NODE_TEST_CONTEXT NICEPAY_SIM_BIN="$program" NICEPAY_SIM_TOOLS="$tools" \
  node --test --test-reporter=tap "${files[@]}" >"$tools/tests.tap" 2>&1 || status=$?
if [ "$status" -ne 0 ]; then cat "$tools/tests.tap"; fi
sed -n 's/^\(ok .*# SKIP.*\)/clients\/node: \1/p' "$tools/tests.tap"
count() { sed -n "s/^# $1 //p" "$tools/tests.tap" | tail -1; }
printf 'clients/node: %s tests, %s passed, %s failed, %s skipped\n' \
  "$(count tests)" "$(count pass)" "$(count fail)" "$(count skipped)"
if [ "$(count tests)" = 0 ]; then exit 1; fi
exit "$status"

#!/usr/bin/env bash
# Tests the Python client: clients/python/test.sh PROGRAM [FOLDER_FOR_TOOLS]
# PROGRAM is a built nicepay-sim. The folder keeps pytest, which comes from PyPI, for the next time.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
program="$(realpath "${1:?usage: clients/python/test.sh PROGRAM [FOLDER_FOR_TOOLS]}")"
tools="$(realpath -m "${2:-${CARGO_TARGET_DIR:-$here/../../target}/clients/python-client}")"

if [ ! -e "$tools/complete" ]; then
  python3 -m venv "$tools"
  "$tools/bin/python" -m pip install --quiet --disable-pip-version-check pytest pytest-xdist 'setuptools>=61' wheel
  touch "$tools/complete"
fi
# Installed as a user does it, from a copy: a build writes into its folder.
copy="$(mktemp -d)"
trap 'rm -rf "$copy"' EXIT
cp -r "$here/nicepay_sim" "$here/pyproject.toml" "$here/README.md" "$copy"
"$tools/bin/python" -m pip install --quiet --disable-pip-version-check --no-index --no-deps --no-build-isolation \
  --force-reinstall "$copy"

# A developer's own settings must not reach the tests.
for name in "${!NICEPAY_@}" "${!PYTEST_@}"; do unset "$name"; done
# Nothing is written into the folder of the source.
export PYTHONDONTWRITEBYTECODE=1
cd "$here/tests"
NICEPAY_SIM_BIN="$program" NICEPAY_SIM_GUIDE="$here/../../docs/guides/python.md" \
  "$tools/bin/python" -W error::ResourceWarning -m pytest -q -p no:cacheprovider --durations=3 "${@:3}"

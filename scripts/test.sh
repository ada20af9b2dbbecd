#!/usr/bin/env bash
# Run pytest with the given arguments, on four workers (most of a test is waiting), with what tests with real containers stand on.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

# Made here and not by the first test that wants it: where it cannot be pulled that takes longer than a test may.
if docker version >/dev/null 2>&1; then .venv/bin/python scripts/base_image.py >/dev/null; fi

scripts/browser.sh

# Several words, where something runs pytest: `make coverage`.
# shellcheck disable=SC2086
exec ${PYTEST:-.venv/bin/pytest} -n 4 "$@"

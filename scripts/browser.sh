#!/usr/bin/env bash
# Make a headless Chromium be there, for the tests that open a report in one. Says nothing when there is one already;
# where it cannot be installed (no root, no apt-get, NO_INSTALL=1) it says so, and those tests do not run.
set -euo pipefail

say() { printf '%s\n' "$*" >&2; }

for name in chromium-headless-shell chromium chromium-browser google-chrome google-chrome-stable; do
  if command -v "$name" >/dev/null; then exit 0; fi
done
if [[ ${NO_INSTALL:-0} != 0 || $EUID -ne 0 ]] || ! command -v apt-get >/dev/null; then
  say 'No Chromium: reports are not tried in a browser. On Debian: sudo apt-get install chromium-headless-shell'
  exit 0
fi
say 'Installing chromium-headless-shell (apt-get), which opens reports in tests.'
export DEBIAN_FRONTEND=noninteractive
install=(apt-get -qq -y install --no-install-recommends chromium-headless-shell fonts-dejavu-core)
"${install[@]}" >&2 || { apt-get -qq update >&2 && "${install[@]}" >&2; }

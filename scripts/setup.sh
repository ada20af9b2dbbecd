#!/usr/bin/env bash
# Make .venv hold what a purpose needs, all of it by hash: "run" (the tool and its sandbox), "dev" (and what checks and
# tests need), or "test" (and, in .venv-clients, the clients of others that the sandbox is tried with; and, where there is
# npm, a second engine for IAM policies in tests/support/second_engine/node_modules).
# "lowest" and "release" are a .venv-lowest and a .venv-release of their own: the oldest dependencies that are allowed and
# the tests, and what builds the package.
# Says nothing and takes a moment when that is so already. PYTHON names the interpreter to use.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly purpose=${1:-run} venv=.venv clients=.venv-clients
readonly oldest='import sys; sys.exit(sys.version_info < (3, 11))'

say() { printf '%s\n' "$*" >&2; }

# A name in PATH proves nothing: a version manager's shim may stand for a Python that is not there.
find_python() {
  local candidate
  for candidate in ${PYTHON:-python3.14 python3.13 python3.12 python3.11 python3}; do
    if "$candidate" -c "$oldest" 2>/dev/null && "$candidate" -c "$1" 2>/dev/null; then
      command -v "$candidate"
      return
    fi
  done
  return 1
}

# Debian and Ubuntu keep the parts that make a virtual environment in a package of their own.
install_venv_package() {
  local python package
  if ! python=$(find_python pass); then
    say "ecsdeploy needs Python 3.11 or later, and ${PYTHON:-none of python3.14 ... python3.11, python3} is that here."
    say '  Debian 12, Ubuntu 24.04 or later: apt-get install python3 python3-venv. Or name one: make setup PYTHON=...'
    exit 3
  fi
  package=$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')
  if [[ ${NO_INSTALL:-0} != 0 || $EUID -ne 0 ]] || ! command -v apt-get >/dev/null; then
    say "$python cannot make virtual environments. On Debian or Ubuntu: sudo apt-get install $package"
    exit 3
  fi
  say "Installing $package (apt-get), needed to make a virtual environment."
  export DEBIAN_FRONTEND=noninteractive
  apt-get -qq -y install --no-install-recommends "$package" >&2 ||
    { apt-get -qq update >&2 && apt-get -qq -y install --no-install-recommends "$package" >&2; }
}

make_venv() {
  local python
  if ! python=$(find_python 'import venv, ensurepip'); then
    install_venv_package
    python=$(find_python 'import venv, ensurepip')
  fi
  say "Making $1 with $("$python" --version)."
  rm -rf "$1"
  "$python" -m venv "$1"
}

# The digest of what an environment is made from; a moved checkout counts, since scripts in it name their interpreter.
# Other people's clients know nothing of this project, so a change to it is none to them.
fingerprint() {
  local made_of=("requirements/$1.txt")
  if [[ $1 != clients ]]; then made_of+=(pyproject.toml); fi
  { pwd && cat "${made_of[@]}"; } | cksum
}

holds() { [[ -x $1/bin/python && $(cat "$1/.holds-$2" 2>/dev/null) == "$(fingerprint "$2")" ]]; }

# fill VENV NAME [ARGUMENTS...]: install requirements/NAME.txt, then what the further arguments of pip say.
fill() {
  local into=$1 name=$2
  "$into/bin/python" -c "$oldest" 2>/dev/null || make_venv "$into"
  say "Installing requirements/$name.txt into $into."
  rm -f "$into/.holds-$name"
  pip "$into" --require-hashes --requirement "requirements/$name.txt"
  if [[ $# -gt 2 ]]; then pip "$into" "${@:3}"; fi
  fingerprint "$name" >"$into/.holds-$name"
}

pip() {
  "$1/bin/python" -m pip install -qq --no-input --disable-pip-version-check --no-warn-script-location "${@:2}" >&2
}

# What the project is built with is among the requirements: an isolated build would fetch that again, unhashed.
readonly project=(--no-deps --no-build-isolation --editable .)

# Of npm, by the lock file's hashes, and nothing is run. Without npm, the tests that need it say so.
install_second_engine() {
  local folder=tests/support/second_engine mark
  if ! command -v npm >/dev/null; then return; fi
  mark=$(pwd && cat "$folder/package-lock.json")
  if [[ $(cat "$folder/node_modules/.holds" 2>/dev/null) == "$(cksum <<<"$mark")" ]]; then return; fi
  say "Installing $folder/package-lock.json."
  npm ci --prefix "$folder" --ignore-scripts --no-audit --no-fund --loglevel=error >&2
  cksum <<<"$mark" >"$folder/node_modules/.holds"
}

case $purpose in
run) if ! holds "$venv" dev && ! holds "$venv" run; then fill "$venv" run "${project[@]}"; fi ;;
dev | test)
  if ! holds "$venv" dev; then fill "$venv" dev "${project[@]}"; fi
  if [[ $purpose == test ]]; then
    if ! holds "$clients" clients; then fill "$clients" clients; fi
    install_second_engine
  fi
  ;;
lowest) if ! holds .venv-lowest lowest; then fill .venv-lowest lowest "${project[@]}"; fi ;;
release) if ! holds .venv-release release; then fill .venv-release release; fi ;;
*) say "usage: $0 run|dev|test|lowest|release" && exit 2 ;;
esac

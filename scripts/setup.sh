#!/bin/sh
# Everything `make run` and `make test` need, into .venv and node_modules. Does nothing when the locks did not change.
#   scripts/setup.sh run|test
set -eu
cd "$(dirname "$0")/.."
kind="${1:-run}"
python="${PYTHON:-$(command -v python3.11 || command -v python3)}"
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed, found $("$python" --version)."; exit 1; }

stamp=".venv/.ok-$kind-$(cat requirements/*.lock package-lock.json scripts/setup.sh | sha256sum | cut -c1-16)"
[ -e "$stamp" ] && exit 0

"$python" -c 'import ensurepip, venv' 2>/dev/null || {
    echo "This Python cannot make virtual environments. On Debian: apt-get install python3-venv make g++"; exit 1; }
[ -x .venv/bin/python ] || "$python" -m venv .venv
pip=".venv/bin/python -m pip --disable-pip-version-check -q"

echo "Setting up (a few minutes the first time) …"
if [ "${TORCH:-auto}" != skip ] && ! .venv/bin/python -c 'import torch' 2>/dev/null; then
    # A CPU build needs nothing else; the other build brings its libraries along (docs/decisions/0001).
    found="$($pip install --dry-run --ignore-installed --no-deps --report - torch==2.13.0 2>/dev/null || true)"
    case "$found" in
        *'"version": "2.13.0+cpu"'*) $pip install --no-deps torch==2.13.0 ;;
        *) $pip install torch==2.13.0 ;;
    esac
fi
$pip install --no-deps --require-hashes -r requirements/worker.lock
[ "$kind" = run ] || $pip install --no-deps --require-hashes -r requirements/dev.lock

if command -v npm >/dev/null 2>&1; then npm=npm; else npm=".venv/bin/npm"; fi
$npm ci --ignore-scripts --no-audit --no-fund --loglevel=error >/dev/null

rm -f .venv/.ok-"$kind"-*
touch "$stamp"

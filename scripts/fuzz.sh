#!/bin/sh
# A minute of fuzzing for every reader, or for those named:  scripts/fuzz.sh [READER …]   (SECONDS_EACH=60)
set -eu
cd "$(dirname "$0")/.."
scripts/setup.sh test
.venv/bin/python -c 'import atheris' 2>/dev/null || .venv/bin/python -m pip --disable-pip-version-check -q install --no-deps --require-hashes -r requirements/fuzz.lock
readers="${*:-$(.venv/bin/python -c 'from tests.fuzz.seeds import SEEDS; print(*SEEDS)' 2>/dev/null)}"
work="${FUZZ_DIR:-test-results/fuzz}"
bad=0
for reader in $readers; do
    mkdir -p "$work/$reader"
    if .venv/bin/python -m tests.fuzz.readers "$reader" "$work/$reader" -max_total_time="${SECONDS_EACH:-60}" >"$work/$reader/log" 2>&1; then
        echo "$reader: $(grep -c . "$work/$reader/log") lines, $(sed -n 's/^Done \([0-9]*\) runs.*/\1 runs/p' "$work/$reader/log"), nothing found"
    else
        echo "$reader: found something, see $work/$reader/log"
        bad=1
    fi
done
exit $bad

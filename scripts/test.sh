#!/bin/sh
# The whole suite: checks of the code, units and flows on SQLite, jobs and flows on PostgreSQL, the browser.
set -eu
cd "$(dirname "$0")/.."
export TOKENIZERS_PARALLELISM=false HF_HUB_OFFLINE=1

if ! command -v chromium >/dev/null 2>&1; then
    echo "Installing Chromium for the browser tests …"
    apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium fonts-dejavu >/dev/null
fi

python=".venv/bin/python"
$python -m ruff check . && $python -m ruff format --check .
$python -m mypy .
.venv/bin/lint-imports
$python manage.py makemigrations --check --dry-run

# Two rows beside each other, each with a half of the cores (tests/environment.py) and in a folder of its own: here everything but
# models and browser; there the models, the browser, then what runs on PostgreSQL too. Whole stacks on PostgreSQL: `make long`.
# A red part hides no other: all of them run, and the end tells.
beside_log="$(mktemp)"
(
    red=0
    $python -m pytest tests/personas -m "not long" || red=1
    $python -m pytest tests/browser -m "not long" || red=1
    DATABASE=postgresql $python -m pytest tests -m "rows and not browser and not long" --ignore=tests/browser --ignore=tests/flows || red=1
    exit $red
) >"$beside_log" 2>&1 &
beside=$!
trap 'kill "$beside" 2>/dev/null || true; rm -f "$beside_log"' EXIT
red=0
$python -m pytest tests --ignore=tests/browser --ignore=tests/personas -m "not long" || red=1
echo "The models, the browser, and PostgreSQL:"
wait "$beside" || { red=1; cat "$beside_log"; }
grep -E "passed|failed" "$beside_log" || true
exit $red

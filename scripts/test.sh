#!/bin/sh
# The whole suite: checks of the code, units and flows on SQLite, jobs and flows on PostgreSQL, the browser.
set -eu
cd "$(dirname "$0")/.."
export PYTHONDONTWRITEBYTECODE=1 TOKENIZERS_PARALLELISM=false HF_HUB_OFFLINE=1

if ! command -v chromium >/dev/null 2>&1; then
    echo "Installing Chromium for the browser tests …"
    apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium fonts-dejavu >/dev/null
fi

python=".venv/bin/python"
$python -m ruff check . && $python -m ruff format --check .
$python -m mypy .
.venv/bin/lint-imports
$python manage.py makemigrations --check --dry-run

# whole stacks on PostgreSQL: `make long`. Units leave half of the machine idle, so both databases are tested beside each other.
rows_log="$(mktemp)"
DATABASE=postgresql $python -m pytest tests -m "rows and not browser and not long" --ignore=tests/browser --ignore=tests/flows \
    >"$rows_log" 2>&1 &
rows=$!
trap 'kill "$rows" 2>/dev/null || true; rm -f "$rows_log"' EXIT
$python -m pytest tests --ignore=tests/browser -m "not long"
echo "The same rows on PostgreSQL:"
wait "$rows" || { cat "$rows_log"; exit 1; }
tail -n 3 "$rows_log"
$python -m pytest tests/browser -m "not long"

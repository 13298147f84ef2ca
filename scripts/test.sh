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

# whole stacks on PostgreSQL: `make long`. Units leave half of the machine idle, so two rows of them run beside each other, each in
# a folder of its own: here everything but the models, there the rows on PostgreSQL and then the models.
beside_log="$(mktemp)"
(
    DATABASE=postgresql $python -m pytest tests -m "rows and not browser and not long" --ignore=tests/browser --ignore=tests/flows
    $python -m pytest tests/personas -m "not long"
) >"$beside_log" 2>&1 &
beside=$!
trap 'kill "$beside" 2>/dev/null || true; rm -f "$beside_log"' EXIT
$python -m pytest tests --ignore=tests/browser --ignore=tests/personas -m "not long"
echo "The rows on PostgreSQL, and the models:"
wait "$beside" || { cat "$beside_log"; exit 1; }
grep -E "passed|failed" "$beside_log"
$python -m pytest tests/browser -m "not long"

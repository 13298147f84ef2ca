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

$python -m pytest tests --ignore=tests/browser -m "not long"
# whole stacks on PostgreSQL: `make long`
DATABASE=postgresql $python -m pytest tests -m "rows and not browser and not long" --ignore=tests/browser --ignore=tests/flows
$python -m pytest tests/browser -m "not long"

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

# Three rows beside each other, each in a folder of its own and with half of the cores (tests/environment.py), as none of them keeps a
# core busy: here most units; then models and the browser; then whole sites, which mostly wait, what runs on PostgreSQL too, and privacy.
# Whole stacks on PostgreSQL: `make long`. A red part hides no other: all of them run, and the end tells.
logs="$(mktemp -d)"
models_and_browser() {
    red=0
    $python -m pytest tests/personas -m "not long" || red=1
    $python -m pytest tests/browser -m "not long" || red=1
    return $red
}
sites_postgresql_and_privacy() {
    red=0
    $python -m pytest tests/flows -m "not long" || red=1
    DATABASE=postgresql $python -m pytest tests -m "rows and not browser and not long" --ignore=tests/browser --ignore=tests/flows || red=1
    $python -m pytest tests/privacy -m "not long" || red=1
    return $red
}
models_and_browser >"$logs/models" 2>&1 &
models=$!
sites_postgresql_and_privacy >"$logs/sites" 2>&1 &
sites=$!
trap 'kill "$models" "$sites" 2>/dev/null || true; rm -rf "$logs"' EXIT
red=0
$python -m pytest tests --ignore=tests/browser --ignore=tests/personas --ignore=tests/flows --ignore=tests/privacy -m "not long" || red=1
wait "$models" || { red=1; cat "$logs/models"; }
wait "$sites" || { red=1; cat "$logs/sites"; }
echo "The models, the browser; whole sites, PostgreSQL, privacy:"
grep -hE "passed|failed" "$logs/models" "$logs/sites" || true
exit $red

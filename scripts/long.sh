#!/bin/sh
# What takes its time: trainings that show an effect, and the flows of whole stacks on PostgreSQL.
set -eu
cd "$(dirname "$0")/.."
export PYTHONDONTWRITEBYTECODE=1 TOKENIZERS_PARALLELISM=false HF_HUB_OFFLINE=1
scripts/vllm.sh || echo "vLLM could not be installed here: what talks with the real server is skipped."
.venv/bin/python -m pytest tests -m long
DATABASE=postgresql .venv/bin/python -m pytest tests/flows

#!/bin/sh
# The real vLLM on the CPU, in an environment of its own (.vllm or $VLLM_ENV, about 3 GB). Does nothing when the lock did not change.
#   scripts/vllm.sh              installs it
#   scripts/vllm.sh serve …      and serves the built-in base on 127.0.0.1:8100; what follows goes to vLLM
set -eu
cd "$(dirname "$0")/.."
env="${VLLM_ENV:-.vllm}"
python="${PYTHON:-$(command -v python3.11 || command -v python3)}"
stamp="$env/.ok-$(cat requirements/vllm.lock scripts/vllm.sh | sha256sum | cut -c1-16)"
if [ ! -e "$stamp" ]; then
    [ -x "$env/bin/python" ] || "$python" -m venv "$env"
    pip="$env/bin/python -m pip --disable-pip-version-check -q"
    echo "Installing vLLM (minutes, several GB) …"
    found="$($pip install --dry-run --ignore-installed --no-deps --report - torch==2.13.0 2>/dev/null || true)"
    case "$found" in
        *'"version": "2.13.0+cpu"'*) $pip install --no-deps torch==2.13.0 ;; # as in setup.sh
        *) $pip install torch==2.13.0 ;;
    esac
    # torchvision, torchaudio and torchcodec are left out: text needs none of them, and builds for another torch end the start
    $pip install --no-deps --require-hashes -r requirements/vllm.lock
    rm -f "$env"/.ok-*
    touch "$stamp"
fi
[ "${1:-}" = serve ] || exit 0
shift
# VLLM_ALLOW_RUNTIME_LORA_UPDATING lets whoever reaches the port load adapters: keep it to this machine
export VLLM_ALLOW_RUNTIME_LORA_UPDATING=1 VLLM_NO_USAGE_STATS=1 DO_NOT_TRACK=1 HF_HUB_OFFLINE=1
exec "$env/bin/python" -m vllm.entrypoints.openai.api_server --model apps/personas/base --served-model-name builtin \
    --skip-tokenizer-init --enable-lora --max-lora-rank 64 --max-loras 16 --max-cpu-loras 32 \
    --host 127.0.0.1 --port "${VLLM_PORT:-8100}" "$@"

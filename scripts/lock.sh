#!/bin/sh
# Compile the hash locks from requirements/*.in (maintainers only). torch is left out on purpose: docs/decisions/0001.
set -eu
cd "$(dirname "$0")/../requirements"
for name in web worker dev fuzz; do
    ../.venv/bin/uv pip compile -q "$name.in" --generate-hashes --python-version 3.11 --no-header --no-annotate \
        --excludes exclude.txt --no-emit-package pip -o "$name.lock"
done
../.venv/bin/uv pip compile -q vllm.in --generate-hashes --python-version 3.11 --no-header --no-annotate \
    --excludes vllm-exclude.txt --no-emit-package pip -o vllm.lock

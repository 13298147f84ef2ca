"""Generation, measured: the engine's own figures, and many people who talk with many personas at once on this machine."""

from __future__ import annotations

import sys
from typing import Any

from chatclone_site import bench_stream


def measured(python: str = "", vllm_python: str = "") -> dict[str, Any]:
    """`python`: an interpreter with `llama_cpp` and `gguf`, `vllm_python` one with vLLM, where there are such."""
    from apps.personas.evaluation import bench_generation

    return {**bench_generation.measured(python or sys.executable, vllm_python), **bench_stream.measured(only="people")}

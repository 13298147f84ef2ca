"""The chat socket on the real server: who may stay, how fast, how slow, and the words that it is closed with."""

from __future__ import annotations

import contextlib
import json
import re
import sqlite3
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psutil
import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.flows.stack import Site, running

pytestmark = pytest.mark.rows

_MADE = """
from chatclone_site import bench_site
for _ in range({many}):
    user = bench_site.person("Ann Roe")
    talk = bench_site.talk(bench_site.voice(user, "Ann Roe", None))
    print("made", user.pk, talk.pk, bench_site.cookie(user), bench_site.cookie(user))
"""
#: Made by one command: starting one takes longer than a test.
_MANY = 30
_FLOOD = """
import time
from uuid import UUID
from apps.chat import stream
from apps.chat.models import Conversation
from chatclone_site import bench_site
talk = Conversation.objects.get(pk=UUID({talk!r}))
turn, key = bench_site.being_written(talk), bench_site.key(talk)
for number in range(1, {pieces} + 1):
    assert stream.append(turn, key, number, [["text", "{letter}" * 20_000]]).lacking == 0
print("turn", turn)
"""


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with running(SLOW_READER_SECONDS="2") as found:
        yield found


class Somebody:
    """An account with one talk, signed in with two browsers."""

    def __init__(self, site: Site, made: tuple[str, ...]) -> None:
        self.site = site
        self.id, self.talk, self.cookie, self.second = made

    def open(self, cookie: str = "", **more: Any) -> ClientConnection:
        line = connect(
            f"ws://localhost:{self.site.port}/ws/talk/{self.talk}", additional_headers={"Cookie": cookie or self.cookie},
            **{"origin": self.site.url, **more},
        )  # fmt: skip
        assert json.loads(line.recv(timeout=20))["type"] == "turns"
        return line

    def change(self, code: str) -> None:
        self.site.manage(
            "shell", "-c", f"from apps.accounts.models import User\nuser = User.objects.get(pk='{self.id}')\n{code}"
        )


@pytest.fixture(scope="module")
def crowd(site: Site) -> Iterator[Somebody]:
    said = site.manage("shell", "-c", _MADE.format(many=_MANY))
    found = re.findall(r"made (\S+) (\S+) (\S+) (\S+)", said)
    assert len(found) == _MANY, said
    return iter([Somebody(site, made) for made in found])


@pytest.fixture
def noa(crowd: Iterator[Somebody]) -> Somebody:
    return next(crowd)


def closed(line: ClientConnection, seconds: float = 15) -> tuple[int, str]:
    """Code and words that a socket was closed with."""
    with pytest.raises(ConnectionClosed) as caught:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            line.recv(timeout=seconds)
    assert caught.value.rcvd is not None
    return caught.value.rcvd.code, caught.value.rcvd.reason


def test_a_logout_closes_its_own_sockets_within_five_seconds(noa: Somebody) -> None:
    line, other = noa.open(), noa.open(noa.second)
    key = noa.cookie.split("=", 1)[1]
    noa.change(f"from django.contrib.sessions.models import Session\nSession.objects.get(pk='{key}').delete()")
    began = time.monotonic()
    assert closed(line) == (4401, "You are signed out. Sign in again to go on.")
    assert time.monotonic() - began < 5
    other.send(json.dumps({"type": "draft", "text": "still here"}))
    with pytest.raises(TimeoutError):
        other.recv(timeout=1)


@pytest.mark.parametrize(
    "code", ["user.set_password('correct horse 78'); user.save()", "user.is_active = False; user.save()"]
)
def test_a_new_password_and_a_closed_account_end_every_socket(noa: Somebody, code: str) -> None:
    lines = [noa.open(), noa.open(noa.second)]
    noa.change(code)
    assert [closed(line)[0] for line in lines] == [4401, 4401]


def test_ownership_is_asked_again_with_every_message(noa: Somebody, crowd: Iterator[Somebody], site: Site) -> None:
    """Within the three seconds of a round only the message itself can find out, so it follows the change at once."""
    line, other = noa.open(), next(crowd)
    with contextlib.closing(sqlite3.connect(site.folder / "site.sqlite3", timeout=20)) as rows, rows:
        changed = rows.execute(
            "UPDATE chat_conversation SET owner_id = ? WHERE id = ?", (UUID(other.id).hex, UUID(noa.talk).hex)
        )
        assert changed.rowcount == 1
    line.send(json.dumps({"type": "say", "id": str(uuid4()), "text": "hello", "sampling": {}}))
    assert closed(line) == (4404, "This conversation is no longer there.")
    assert (
        site.manage("shell", "-c", "from apps.chat.models import Turn\nprint('turns', Turn.objects.count())")
        .split("turns ")[-1]
        .strip()
        == "0"
    )


@pytest.mark.parametrize(
    "origin",
    [
        "https://evil.example",
        "null",
        None,
        "http://localhost.evil.example",
        "http://evillocalhost",
        "http://localhost@evil.example",
    ],
)
def test_other_pages_cannot_use_my_cookie(noa: Somebody, origin: str | None) -> None:
    with pytest.raises(InvalidStatus) as refused:
        noa.open(origin=origin)
    assert refused.value.response.status_code == 403


def test_too_many_frames_and_too_large_ones_are_closed_with_words(noa: Somebody) -> None:
    line = noa.open()
    with contextlib.suppress(ConnectionClosed):
        for _ in range(60):
            line.send(json.dumps({"type": "draft", "text": "x"}))
    code, words = closed(line)
    assert code == 4429
    assert "Wait a moment" in words
    line = noa.open()
    line.send("x" * 70_000)
    code, words = closed(line)
    assert code == 1009
    assert words


def test_a_slow_reader_costs_nothing_and_goes_on_where_it_was(noa: Somebody, site: Site) -> None:
    """60 MB of one answer for somebody who reads nothing: the server holds none of it, and ends it with words."""
    line = noa.open(max_queue=1, compression=None)
    server = next(p for p in site.children("uvicorn") if p.status() != psutil.STATUS_ZOMBIE)
    before = server.memory_info().rss
    site.manage("shell", "-c", _FLOOD.format(talk=noa.talk, pieces=3_000, letter="w"))
    time.sleep(6)
    assert server.memory_info().rss - before < 30 * 2**20, "what nobody reads lies in the log, not here"
    code, words = closed(line, 30)
    assert code == 4408
    assert "too slowly" in words
    again = noa.open(compression=None)
    taken = 0
    while taken < 3_000:
        frame = json.loads(again.recv(timeout=20))
        assert frame["n"] == taken + 1
        taken = frame["n"]


@pytest.mark.long
def test_faults_leave_no_difference(tmp_path: Path) -> None:
    """A small helping of `make faults`."""
    import subprocess
    import sys

    from tests.flows.stack import ROOT

    command = [sys.executable, "-m", "tests.flows.faults", "--cuts", "20", "--kills", "3", "--asks", "20", "--people", "2"]
    ran = subprocess.run([*command, "--seed", "7"], cwd=ROOT, capture_output=True, text=True, timeout=600)
    figures = json.loads(ran.stdout)
    assert figures["bad"] == 0, figures
    assert figures["cuts"] == 20
    assert figures["kills in mid-answer"] >= 1
    assert [figures[f"kills of {who}"] for who in ("web", "redis", "reply")] == [1, 1, 1]
    assert figures["logs compared"] >= 10
    assert figures["rows compared"] >= figures["answers"]

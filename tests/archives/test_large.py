"""Files that may be larger than the reader's memory: in pieces they say what they say as a whole."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from apps.archives.formats import container, meta_rows, registry, twitter, wire
from apps.archives.formats.types import End, Message, Record, Skipped
from apps.archives.generators.registry import GENERATORS
from apps.archives.generators.story import World
from tests.archives.test_every_platform import same
from tests.conftest import dialogue, messenger

ROOT = Path(__file__).resolve().parents[2]
THREAD = "messages/inbox/x_1/message_1.json"


def read(path: Path) -> list[Record]:
    return list(registry.read(container.open_all([(path.name, path)])))


@pytest.fixture
def pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(meta_rows, "LARGE", 0)
    monkeypatch.setattr(meta_rows, "AT_ONCE", 7)
    monkeypatch.setattr(twitter, "LARGE", 0)


@pytest.mark.parametrize("noise", [False, True], ids=["plain", "noise"])
@pytest.mark.parametrize("name", ["facebook", "facebook-e2ee", "instagram", "twitter"])
def test_a_large_file_is_read_in_pieces_to_the_same(name: str, noise: bool, tmp_path: Path, pieces: None) -> None:
    world = World(messages=300, seed=6, chats=3, groups=1)
    path = tmp_path / f"export{GENERATORS[name].suffix}"
    GENERATORS[name].write(world, path, noise=noise)
    same(name, read(path), world)


def written(folder: Path, data: bytes) -> Path:
    path = folder / "export" / THREAD
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return folder / "export"


def test_what_is_no_message_is_told_by_its_number(tmp_path: Path, pieces: None) -> None:
    data = json.loads(messenger(dialogue(20), ["Bea Quill", "Ann Roe"]))
    data["messages"][9] = "nonsense"
    found = read(written(tmp_path, json.dumps(data).encode()))
    assert [(s.reason, s.example, s.count) for s in found if isinstance(s, Skipped)] == [("not a message", "record 10", 1)]
    assert sum(isinstance(m, Message) for m in found) == 19


@pytest.mark.parametrize("share", [0.3, 0.6, 0.99])
def test_what_was_whole_before_it_breaks_off_stays(share: float, tmp_path: Path, pieces: None) -> None:
    data = messenger(dialogue(60), ["Bea Quill", "Ann Roe"])
    found = read(written(tmp_path, data[: int(len(data) * share)]))
    got = [m for m in found if isinstance(m, Message)]
    assert 60 * share - 14 <= len(got) < 60, "all but the last piece"
    assert [(s.reason, s.example) for s in found if isinstance(s, Skipped)] == [
        ("the file ends in the middle", "from here on")
    ]


@pytest.mark.parametrize("data", [b'{"messages": 5}', b'{"messages": null, "title": "x"}', b'{"title": "x"}', b"[]", b"5"])
def test_a_large_file_that_is_no_thread(data: bytes, tmp_path: Path, pieces: None) -> None:
    (said,) = read(written(tmp_path, data))
    assert isinstance(said, Skipped)
    assert (said.reason, said.example) == ("not a conversation", "the whole file")


@pytest.mark.parametrize("large", [False, True])
def test_one_file_that_is_nested_too_deeply_loses_no_other(
    large: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if large:
        monkeypatch.setattr(meta_rows, "LARGE", 0)
    deep = b'{"participants": [], "messages": [], "odd": ' + b"[" * 70 + b"]" * 70 + b"}"
    other = tmp_path / "export" / "messages/inbox/y_2/message_1.json"
    other.parent.mkdir(parents=True)
    other.write_bytes(deep)
    found = read(written(tmp_path, messenger(dialogue(8), ["Bea Quill", "Ann Roe"])))
    assert sum(isinstance(m, Message) for m in found) == 8


def child(path: Path, memory: int) -> tuple[list[Record], str]:
    """What a reader process of so many bytes says of a file, and why it refused it."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "CHILD_MEMORY": str(memory), "CHILD_SECONDS": "60"}
    command = [sys.executable, "-m", "apps.archives.formats.child"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, cwd=ROOT) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        with process.stdin:
            process.stdin.write(orjson.dumps([[path.name, str(path)]]))
        found = list(wire.read(process.stdout))
    assert isinstance(found[-1], End)
    return [r for r in found if not isinstance(r, End)], found[-1].refused


def test_a_thread_of_the_size_of_the_readers_memory_is_read(tmp_path: Path) -> None:
    people = '{"participants":[{"name":"Bea Quill"},{"name":"Ann Roe"}],"title":"Bea Quill","messages":['
    rows = (f'{{"sender_name":"Ann Roe","timestamp_ms":{n},"content":"{n} {"moss " * 200}"}}' for n in range(90_000, 0, -1))
    path = written(tmp_path, (people + ",".join(rows) + "]}").encode())
    assert (path / THREAD).stat().st_size > 90e6
    found, refused = child(path, 250 * 2**20)
    assert not refused
    assert sum(isinstance(m, Message) for m in found) == 90_000


def test_one_format_that_needs_too_much_leaves_the_others(tmp_path: Path) -> None:
    """Google Chat's dates are told by all of them together, so that a file of it is read whole."""
    rows = (f'{{"creator":{{"name":"Ann"}},"created_date":"x","text":"{n} {"moss " * 40}"}}' for n in range(400_000))
    chat = tmp_path / "export" / "Groups" / "DM 1" / "messages.json"
    chat.parent.mkdir(parents=True)
    chat.write_text('{"messages":[' + ",".join(rows) + "]}")
    written(tmp_path, messenger(dialogue(8), ["Bea Quill", "Ann Roe"]))
    found, refused = child(tmp_path / "export", 300 * 2**20)
    assert not refused
    assert {m.platform for m in found if isinstance(m, Message)} == {"facebook"}
    assert [s.reason for s in found if isinstance(s, Skipped)] == [registry.TOO_MUCH]
    (tmp_path / "export" / THREAD).unlink()
    assert child(tmp_path / "export", 300 * 2**20)[1] == registry.TOO_MUCH

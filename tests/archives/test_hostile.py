"""Archives that want to do harm: each is refused with a sentence or read within limits, and the worker lives."""

from __future__ import annotations

import bz2
import contextlib
import io
import json
import sqlite3
import struct
import subprocess
import sys
import threading
import time
import zipfile
from pathlib import Path

import msgspec
import psutil
import pytest

from apps.archives.formats import container, members
from apps.archives.formats.types import Refused
from apps.archives.generators.registry import GENERATORS
from apps.archives.generators.story import World
from tests.conftest import dialogue, messenger

ROOT = Path(__file__).resolve().parents[2]


def child(path: Path) -> tuple[list[object], float]:
    """What the child says about a file, and the most memory it was seen with (MB)."""
    environment = {"PYTHONPATH": str(ROOT), "CHILD_MEMORY": str(512 * 2**20), "CHILD_SECONDS": "60", "PATH": "/usr/bin:/bin"}
    command = [sys.executable, "-m", "apps.archives.formats.child"]
    seen = [0]
    process = psutil.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=environment, cwd=ROOT
    )
    with process.stdin:
        process.stdin.write(json.dumps([[path.name, str(path)]]).encode())

    def watch() -> None:
        while process.poll() is None:
            with contextlib.suppress(psutil.Error):
                seen.append(process.memory_info().rss)
            time.sleep(0.01)

    watcher = threading.Thread(target=watch)
    watcher.start()
    data = process.stdout.read()  # a pipe: the child may write no file
    watcher.join(timeout=90)
    rows: list[list[object]] = []
    while len(data) >= 4:
        size = int.from_bytes(data[:4], "big")
        rows += msgspec.msgpack.decode(data[4 : 4 + size])
        data = data[4 + size :]
    last = ["died", process.returncode]
    if rows and rows[-1][0] == "e":
        last = ["refused", rows[-1][1]] if rows[-1][1] else ["end"]
    return last, max(seen) / 2**20


def test_the_hostile_set(shared: Path, tmp_path: Path) -> None:
    subprocess.run(
        [sys.executable, str(shared / "hostile" / "make_hostile.py"), str(tmp_path)], check=True, capture_output=True
    )
    files = [p for p in tmp_path.rglob("*") if p.is_file() and p.parent.name in ("zip", "json")]
    assert len(files) > 40
    before = {p for p in ROOT.iterdir()}
    for path in files:
        began = time.monotonic()
        end, memory = child(path)
        assert end[0] in ("end", "refused"), (path.name, end)
        if end[0] == "refused":
            assert str(end[1]).endswith("."), path.name
            assert len(str(end[1])) < 300, path.name
        assert time.monotonic() - began < 20, path.name
        assert memory < 520, path.name
    assert {p for p in ROOT.iterdir()} == before
    assert not Path("/tmp/pwned.txt").exists()


def zipped(
    name: str = "messages/inbox/a_1/message_1.json", data: bytes = b"{}", method: int = zipfile.ZIP_DEFLATED
) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        archive.writestr(name, data)
    return out.getvalue()


def refusal(tmp_path: Path, data: bytes, name: str = "export.zip") -> str:
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(Refused) as refused:
        for member in container.open_all([(name, path)]):
            with member.open() as stream:
                while stream.read(1 << 20):
                    pass
    return str(refused.value)


def test_overlapping_members_are_refused(tmp_path: Path) -> None:
    whole = zipped(data=b"x" * 500)
    start = whole.rfind(b"PK\x01\x02")
    entry = whole[start : whole.rfind(b"PK\x05\x06")]
    end = struct.pack("<4s4H2IH", b"PK\x05\x06", 0, 0, 2, 2, 2 * len(entry), start, 0)
    assert "on top of each other" in refusal(tmp_path, whole[:start] + entry + entry + end)


def test_too_much_out_of_too_little_is_refused(tmp_path: Path) -> None:
    assert "zip bomb" in refusal(tmp_path, zipped(data=bytes(60 * 2**20)))


def test_other_methods_are_refused(tmp_path: Path) -> None:
    assert "unusual way" in refusal(tmp_path, zipped(data=b"abc", method=zipfile.ZIP_BZIP2))
    assert "unusual way" in refusal(tmp_path, zipped(data=b"abc", method=zipfile.ZIP_LZMA))


def test_passwords_cuts_and_other_things_are_explained(tmp_path: Path) -> None:
    locked = bytearray(zipped(data=b"abc"))
    locked[6] |= 1
    at = locked.rfind(b"PK\x01\x02")
    locked[at + 8] |= 1
    assert "password" in refusal(tmp_path, bytes(locked))
    assert "cut off" in refusal(tmp_path, zipped(data=b"abc" * 99)[:90])
    assert "web page" in refusal(tmp_path, b"<!doctype html><title>Log in</title>")
    assert "empty" in refusal(tmp_path, b"")
    assert "damaged" in refusal(tmp_path, b"\x1f\x8b" + bytes(40), "x.tgz")
    assert "not a zip" in refusal(tmp_path, b"\x7fELF" + bytes(300))


def test_a_member_that_gives_more_than_it_says_is_stopped(tmp_path: Path) -> None:
    whole = bytearray(zipped(data=b"a" * 5_000))
    at = whole.rfind(b"PK\x01\x02")
    whole[at + 24 : at + 28] = struct.pack("<I", 10)
    sentence = refusal(tmp_path, bytes(whole))
    assert "more than it says" in sentence or "damaged" in sentence


def test_bytes_are_counted_against_what_was_declared() -> None:
    stream = members.Counted(io.BytesIO(bytes(100)), 60, "m.json")
    assert len(stream.read(50)) == 50
    with pytest.raises(Refused, match="more than it says"):
        stream.read(50)


def test_the_number_that_crashes_ijson_ends_in_a_sentence(tmp_path: Path) -> None:
    head = b'{"participants":[],"messages":[{"sender_name":"A","timestamp_ms":' + b"9" * 5_000
    path = tmp_path / "message_1.json"
    path.write_bytes(head + b"}" + b" " * (25 * 2**20) + b"]}")
    end, _ = child(path)
    assert end[0] == "refused"


def test_names_are_data_only(tmp_path: Path) -> None:
    path = tmp_path / "x.zip"
    body = messenger(dialogue(2), ["Bea Quill", "Ann Roe"])
    path.write_bytes(zipped("../../../../tmp/pwned/messages/inbox/a_1/message_1.json", body))
    assert [m.name for m in container.open_all([("x.zip", path)])] == [
        "../../../../tmp/pwned/messages/inbox/a_1/message_1.json"
    ]
    assert child(path)[0] == ["end"]
    assert not Path("/tmp/pwned").exists()


def test_a_bzip2_bomb_never_inflates(tmp_path: Path) -> None:
    assert bz2.compress(bytes(10)) and "unusual way" in refusal(
        tmp_path, zipped(data=bytes(2**24), method=zipfile.ZIP_BZIP2)
    )


def test_json_depth_and_shapes(tmp_path: Path) -> None:
    for body in ("[" * 200_000, '{"participants":' * 50_000, json.dumps({"messages": {"0": None}, "participants": "x"})):
        path = tmp_path / "message_1.json"
        path.write_text(body)
        assert child(path)[0][0] in ("end", "refused")


def test_a_messages_database_in_wal_mode_is_read_within_the_limits(tmp_path: Path) -> None:
    path = tmp_path / "chat.db"
    GENERATORS["imessage-db"].write(World(messages=20_000, seed=4, chats=6, groups=1), path)
    database = sqlite3.connect(path)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    assert path.read_bytes()[18:20] == b"\x02\x02"
    assert child(path)[0] == ["end"]


def test_a_backup_in_an_unknown_encoding_is_refused(tmp_path: Path) -> None:
    """Found by fuzzing."""
    path = tmp_path / "sms.xml"
    path.write_text("<?xml version='1.0' encoding='UTF-99'?><smses><sms address='1' date='1' type='1' body='x'/></smses>")
    assert child(path)[0][0] == "refused"

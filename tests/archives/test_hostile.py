"""Archives that want to do harm: each is refused with a sentence or read within limits, and the worker lives."""

from __future__ import annotations

import bz2
import contextlib
import io
import json
import socket
import sqlite3
import struct
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

import msgspec
import psutil
import pytest

from apps.archives.formats import container, members, registry, streams
from apps.archives.formats.types import Message, Refused, Skipped
from apps.archives.generators.registry import GENERATORS
from apps.archives.generators.story import World
from tests.conftest import SHARED, dialogue, messenger

ROOT = Path(__file__).resolve().parents[2]


def here() -> set[str]:
    """What lies in the project's folder, but for what its tools keep for themselves (other tests run beside these)."""
    return {p.name for p in ROOT.iterdir() if not p.name.endswith("_cache") and p.name not in (".hypothesis", "__pycache__")}


def child(path: Path) -> tuple[list[object], float]:
    """How the child ends with a file, and the most memory it was seen with (MB)."""
    rows, code, memory = heard(path)
    if rows and rows[-1][0] == "e":
        return ["refused", rows[-1][1]] if rows[-1][1] else ["end"], memory
    return ["died", code], memory


def heard(path: Path) -> tuple[list[list[object]], int, float]:
    """What the child says about a file, its exit code, and the most memory it was seen with (MB)."""
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
    return rows, process.returncode, max(seen) / 2**20


@contextlib.contextmanager
def listening() -> Iterator[tuple[int, list[object]]]:
    """A port of this machine, and who called there."""
    calls: list[object] = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.05)
        yield server.getsockname()[1], calls
        with contextlib.suppress(TimeoutError):
            calls.append(server.accept())


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The hostile set, made once: its bombs take most of a minute."""
    if not SHARED.exists():
        pytest.skip("no shared folder beside this checkout")
    folder = tmp_path_factory.mktemp("hostile")
    command = [sys.executable, str(SHARED / "hostile" / "make_hostile.py"), str(folder)]
    subprocess.run(command, check=True, capture_output=True)
    return folder


@pytest.mark.parametrize(("folder", "count"), [("zip", 26), ("json", 18), ("xml", 11), ("csv", 6), ("text", 8)])
def test_the_hostile_set(folder: str, count: int, hostile: Path) -> None:
    """Each is refused with a sentence or read within limits; nothing is fetched, followed or written."""
    files = list((hostile / folder).iterdir())
    assert len(files) >= count
    before = here()
    with listening() as (port, calls):
        for path in files:
            path.write_bytes(path.read_bytes().replace(b"127.0.0.1:9/", f"127.0.0.1:{port}/".encode()))
            began = time.monotonic()
            rows, code, memory = heard(path)
            assert rows and rows[-1][0] == "e", (path.name, code)
            if sentence := str(rows[-1][1]):
                assert sentence.endswith(".") and len(sentence) < 300, path.name
            assert "root:" not in str(rows), path.name
            assert time.monotonic() - began < 20, path.name
            assert memory < 520, path.name
    assert not calls
    assert here() == before
    assert not Path("/tmp/pwned.txt").exists()


ENTITIES = """<!DOCTYPE smses [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">
<!ENTITY f SYSTEM "file://FILE"><!ENTITY w SYSTEM "http://127.0.0.1:PORT/x">]><smses count="3">
<sms address="+15550001" date="1349004961272" type="1" body="INSIDE"/><sms address="+15550001" date="1349004961273" type="2" body="ok"/></smses>"""


@pytest.mark.parametrize("entity", ["&c;", "&f;", "&w;"])
def test_entities_of_a_backup_are_never_opened(entity: str, tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("the secret words")
    with listening() as (port, calls):
        written = ENTITIES.replace("INSIDE", entity).replace("FILE", str(tmp_path / "secret.txt")).replace("PORT", str(port))
        (tmp_path / "sms.xml").write_text(written)
        rows, *_ = heard(tmp_path / "sms.xml")
    assert rows[-1][0] == "e"
    assert "haha" not in str(rows) and "the secret words" not in str(rows)
    assert not calls


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


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA, 9])
@pytest.mark.parametrize("beside", [{}, {"VID-1.mp4": b"x"}])
def test_what_is_packed_otherwise_costs_only_itself(method: int, beside: dict[str, bytes], tmp_path: Path) -> None:
    """Explorer packs single files above 2 GB with Deflate64, which is 9: a film beside a chat, or one large file of messages."""
    chat = b"1/13/24, 10:00 - Al: hi\n1/14/24, 10:01 - Bea: ho\n"

    def found(odd: str, **usual: bytes) -> list[object]:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            for name, content in ({odd: b"x" * 900} | usual | beside).items():
                archive.writestr(name, content, zipfile.ZIP_STORED if name != odd or method == 9 else method)
        raw = bytearray(out.getvalue())
        if method == 9:
            at = raw.find(b"PK\x01\x02")  # of the first
            raw[at + 10 : at + 12] = b"\x09\0"
        (tmp_path / "WhatsApp Chat - Bea.zip").write_bytes(raw)
        return list(registry.read(container.open_all([("WhatsApp Chat - Bea.zip", tmp_path / "WhatsApp Chat - Bea.zip")])))

    with_film, with_more = found("VID-2.mp4", **{"_chat.txt": chat}), found("messages.json", **{"_chat.txt": chat})
    for each in (with_film, with_more):
        assert [m.text for m in each if isinstance(m, Message)] == ["hi", "ho"]
    assert [(s.reason, s.count) for s in with_film if isinstance(s, Skipped)] == [("media", 1 + len(beside))]
    assert ("messages.json", container.UNUSUAL, "the whole file") in [
        (s.where, s.reason, s.example) for s in with_more if isinstance(s, Skipped)
    ]
    with pytest.raises(Refused, match="not zipped") as refused:
        found("_chat.txt")
    assert "again" not in str(refused.value)
    with pytest.raises(Refused, match=r"^File 1: .*not zipped"):  # what can be opened holds no messages
        found("messages.json", **{"profile.json": b"{}"})


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


LONG = b'{"id":2,"text":"a"},' * 4_000, b"9" * 5_000
#: Documents with a number of too many digits behind some thousand others, and room for blanks.
NUMBERS = {
    "message_1.json": b'{"participants":[],"messages":[%s{"sender_name":"A","timestamp_ms":%s}%s]}',
    "result.json": b'{"name":"B","type":"personal_chat","id":1,"messages":[%s{"id":1,"date_unixtime":%s}%s]}',
}


@pytest.mark.parametrize("name", NUMBERS)
def test_the_number_that_crashes_ijson_ends_in_a_sentence(name: str, tmp_path: Path) -> None:
    """In one line, and more than is read at once: Telegram's file goes through ijson."""
    path = tmp_path / name
    path.write_bytes(NUMBERS[name] % (*LONG, b" " * (streams.WHOLE + 2**20)))
    end, _ = child(path)
    assert end[0] == "refused" and "damaged" in str(end[1])


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

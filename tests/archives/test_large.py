"""Files that may be larger than the reader's memory: in pieces they say what they say as a whole."""

from __future__ import annotations

import io
import json
import os
import sqlite3
import subprocess
import sys
import tarfile
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from random import Random

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.archives.formats import container, imessage_database, layout, meta_rows, registry, wire
from apps.archives.formats import pieces as in_pieces
from apps.archives.formats.imessage_file import Joined
from apps.archives.formats.members import BareFile
from apps.archives.formats.types import End, Message, Record, Skipped
from apps.archives.generators.registry import GENERATORS
from apps.archives.generators.story import World
from tests.archives.test_every_platform import read as everything
from tests.archives.test_every_platform import same
from tests.conftest import dialogue, messenger

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = Path(__file__).parent / "golden"
THREAD = "messages/inbox/x_1/message_1.json"


def read(path: Path) -> list[Record]:
    return list(registry.read(container.open_all([(path.name, path)])))


@pytest.fixture
def pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(meta_rows, "LARGE", 0)
    monkeypatch.setattr(meta_rows, "AT_ONCE", 7)
    monkeypatch.setattr(in_pieces, "LARGE", 0)
    monkeypatch.setattr(in_pieces, "HELD", 6 * in_pieces.BESIDE)
    monkeypatch.setattr(imessage_database, "LARGEST_DB", 0)


@pytest.mark.parametrize("noise", [False, True], ids=["plain", "noise"])
@pytest.mark.parametrize("name", list(GENERATORS))
def test_a_large_file_is_read_in_pieces_to_the_same(name: str, noise: bool, tmp_path: Path, pieces: None) -> None:
    world = World(messages=300, seed=6, chats=3, groups=1)
    path = tmp_path / f"export{GENERATORS[name].suffix}"
    GENERATORS[name].write(world, path, noise=noise)
    same(name, everything(path), world)


@pytest.mark.parametrize("name", ["discord-package", "discord-dce-csv", "googlechat", "imessage-db", "imessage-txt", "linkedin", "linkedin-old", "signal-export", "skype", "slack", "twitter"])  # fmt: skip
def test_in_pieces_a_file_says_all_that_it_says_as_a_whole(
    name: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    path = tmp_path / f"export{GENERATORS[name].suffix}"
    GENERATORS[name].write(World(messages=400, seed=9, chats=3, groups=1), path)
    alike(request, path)


@pytest.mark.parametrize("folder", sorted(p for p in GOLDEN.iterdir() if p.is_dir()), ids=lambda p: p.name)
def test_in_pieces_every_trap_is_read_as_it_is_as_a_whole(folder: Path, request: pytest.FixtureRequest) -> None:
    alike(request, *sorted((folder / "input").iterdir()))


def alike(request: pytest.FixtureRequest, *paths: Path) -> None:
    """All the same records; messages, too, in the order in which the ingest puts them: by time, those of one moment as they came."""
    whole = everything(*paths)
    request.getfixturevalue("pieces")
    found = everything(*paths)
    assert told(found) == told(whole)
    assert stood(found) == stood(whole)


def told(records: list[Record]) -> Counter[Record | tuple[str, str]]:
    """How often what is said. What was skipped is told one by one, or counted."""
    said: Counter[Record | tuple[str, str]] = Counter(r for r in records if not isinstance(r, Skipped))
    for record in records:
        if isinstance(record, Skipped):
            said[record.where, record.reason] += record.count
    return said


def stood(records: list[Record]) -> dict[str, list[Message]]:
    chats: dict[str, list[Message]] = {}
    for record in records:
        if isinstance(record, Message) and record.sent_at is not None:
            chats.setdefault(record.conversation, []).append(record)
    return {key: sorted(rows, key=lambda m: m.sent_at or 0.0) for key, rows in chats.items()}


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


def a_chat(folder: Path, body: str) -> Path:
    path = folder / "export" / "Groups" / "DM 1" / "messages.json"
    path.parent.mkdir(parents=True)
    path.write_text(body)
    return folder / "export"


@pytest.mark.parametrize(
    "between",
    [('{\n  "messages": [\n', ",\n"), ('{\n  "messages": [{\n', "}, {\n"), ('{\n  "messages": [\n    ', ",\n    ")],
    ids=["a row a line", "brackets together", "a row a line, set in"],
)
def test_rows_are_found_however_they_are_parted(
    between: tuple[str, str], tmp_path: Path, pieces: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(layout, "BATCH", 300)
    monkeypatch.setattr(layout, "LONGEST", 68_000)
    begin, joint = between
    made = [f'"creator":{{"name":"Ann"}},"created_date":"Tuesday, 3 March 2020 at 10:{n // 60:02}:{n % 60:02} UTC","text":"{n}"' for n in range(1_000, 2_500)]  # fmt: skip
    rows = joint.join(made if "{" in joint else (f"{{{row}}}" for row in made))
    found = read(a_chat(tmp_path, begin + rows + ("}" if "{" in joint else "") + "\n  ]\n}"))
    assert [m.text for m in found if isinstance(m, Message)] == [str(n) for n in range(1_000, 2_500)]
    assert not [r for r in found if isinstance(r, Skipped)]


def test_a_large_chat_that_is_nested_too_deeply_loses_no_other(tmp_path: Path, pieces: None) -> None:
    deep = "[" * 70 + "]" * 70
    path = a_chat(tmp_path, f'{{"messages":[{{"creator":{{"name":"Ann"}},"text":"one"}},{{"creator":{{}},"text":{deep}}}]}}')
    found = read(written(tmp_path, messenger(dialogue(8), ["Bea Quill", "Ann Roe"])))
    assert Counter(m.platform for m in found if isinstance(m, Message)) == {"facebook": 8, "googlechat": 1}
    assert [s.example for s in found if isinstance(s, Skipped)] == ["from here on"]
    assert path.is_dir()


def rows_of(name: str, many: range, text: str) -> Iterator[str]:
    """A file that some program wrote, piece by piece."""
    if name == "googlechat":
        yield '{"messages":['
        for n in many:
            made = f'"created_date":"Tuesday, 3 March 2020 at 10:{n // 60 % 60:02}:{n % 60:02} UTC"'
            yield f'{"," if n else ""}{{"creator":{{"name":"Ann","email":"ann@x.example"}},{made},"text":"{n} {text}"}}'
        yield "]}"
    elif name == "linkedin":
        yield "CONVERSATION ID,CONVERSATION TITLE,FROM,SENDER PROFILE URL,TO,DATE,SUBJECT,CONTENT,FOLDER\r\n"
        for n in reversed(many):
            at = f"2020-03-03 {n // 3600 % 24:02}:{n // 60 % 60:02}:{n % 60:02} UTC"
            yield f"2-aa,,Ann Roe,https://www.linkedin.com/in/ann-roe,Bea Quill,{at},,{n} {text},INBOX\r\n"
    elif name == "skype":
        yield '{"userId":"8:ann","exportDate":"2020-06-01T10:00","conversations":[{"id":"8:bea","displayName":"Bea","MessageList":['
        for n in reversed(many):
            made = f'"originalarrivaltime":"2020-01-01T{n // 3600 % 24:02}:{n // 60 % 60:02}:{n % 60:02}Z"'
            yield f'{{"id":"{n + 1}",{made},"messagetype":"RichText","content":"{n} {text}","from":"8:bea"}}{"," if n else ""}'
        yield '],"threadProperties":null}]}'
    elif name == "twitter":
        yield 'window.YTD.direct_messages.part0 = [{"dmConversation":{"conversationId":"1-2","messages":['
        for n in reversed(many):
            at = f"2020-01-01T{n // 3600 % 24:02}:{n // 60 % 60:02}:{n % 60:02}.000Z"
            said = f'"senderId":"1","recipientId":"2","createdAt":"{at}","text":"{n} {text}"'
            yield f'{{"messageCreate":{{{said}}}}}{"," if n else ""}'
        yield "]}}]"
    else:
        for n in many:
            at = f"May 17, 2022  {n // 3600 % 12 or 12}:{n // 60 % 60:02}:{n % 60:02} {'AM' if n < 43_200 else 'PM'}"
            yield f"{at}\nBea\n{n} {text}\n\n"


@pytest.mark.parametrize(
    ("name", "place", "rows", "words"),
    [
        ("googlechat", "Groups/DM 1/messages.json", 50_000, 200),
        ("linkedin", "messages.csv", 140_000, 36),
        ("skype", "messages.json", 50_000, 200),
        ("twitter", "data/direct-messages.js", 50_000, 200),
        ("imessage", "Bea.txt", 50_000, 200),
    ],
)
def test_a_file_of_the_size_of_the_readers_memory_is_read(
    name: str, place: str, rows: int, words: int, tmp_path: Path
) -> None:
    path = tmp_path / "export" / place
    path.parent.mkdir(parents=True)
    with path.open("w", newline="") as file:
        file.writelines(rows_of(name, range(rows), "moss " * words))
    assert path.stat().st_size > in_pieces.LARGE
    found, refused = child(tmp_path / "export", 150 * 2**20)
    path.unlink()
    assert not refused
    read_ = [m for m in found if isinstance(m, Message)]
    assert {int(m.text.partition(" ")[0]) for m in read_} == set(range(rows))
    assert len(read_) == rows
    assert len({(m.conversation, m.title, m.is_group) for m in read_}) == 1


def test_a_database_of_the_size_of_the_readers_memory_is_read_where_it_lies(tmp_path: Path) -> None:
    path = tmp_path / "chat.db"
    database = messages_database(path)
    database.execute("PRAGMA journal_mode = WAL")
    database.executemany(
        "INSERT INTO message (text, date, is_from_me, handle_id) VALUES (?, ?, 0, 1)",
        ((f"{n} {'moss ' * 400}", 700_000_000_000_000_000 + n * 10**9) for n in range(105_000)),
    )
    database.commit()
    database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    database.execute("UPDATE message SET text = 'later' WHERE ROWID = 7")
    database.commit()
    (tmp_path / "export").mkdir()
    (tmp_path / "export" / "chat.db-wal").write_bytes(Path(f"{path}-wal").read_bytes())
    path.rename(tmp_path / "export" / "chat.db")
    database.close()
    assert (tmp_path / "export" / "chat.db").stat().st_size > imessage_database.LARGEST_DB
    found, refused = child(tmp_path / "export", 250 * 2**20)
    (tmp_path / "export" / "chat.db").unlink()
    assert not refused
    read_ = [m.text.partition(" ")[0] for m in found if isinstance(m, Message)]
    assert read_ == [str(n) if n != 6 else "later" for n in range(105_000)]


def messages_database(path: Path) -> sqlite3.Connection:
    database = sqlite3.connect(path)
    database.execute("CREATE TABLE handle (id TEXT)")
    database.execute("CREATE TABLE message (text TEXT, date INT, is_from_me INT, handle_id INT, attributedBody BLOB)")
    database.execute("INSERT INTO handle VALUES ('+15551')")
    database.commit()
    return database


@pytest.mark.parametrize("packed", ["bare", "tar", "stored", "deflated"])
def test_a_large_database_is_read_wherever_it_lies_as_it_is(packed: str, tmp_path: Path, pieces: None) -> None:
    """With the log beside it. Compressed, it cannot be read at any place of it: then only that file is refused."""
    made = tmp_path / "made"
    database = messages_database(made)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("INSERT INTO message VALUES (CAST(x'68ff69' AS TEXT), 700000000000000000, 0, 1, NULL)")
    database.execute("INSERT INTO message VALUES ('later', 700000001000000000, 1, 1, NULL)")
    database.commit()
    files = {"chat.db": made.read_bytes(), "chat.db-wal": Path(f"{made}-wal").read_bytes()}
    database.close()
    path = tmp_path / {"bare": "export", "tar": "export.tar"}.get(packed, "export.zip")
    files[THREAD] = messenger(dialogue(4), ["Bea Quill", "Ann Roe"])
    if packed == "bare":
        for name, data in files.items():
            (path / name).parent.mkdir(parents=True, exist_ok=True)
            (path / name).write_bytes(data)
    elif packed == "tar":
        with tarfile.open(path, "w") as tar:
            for name, data in files.items():
                info = tarfile.TarInfo(name)
                info.size = len(data)
                tar.addfile(info, io.BytesIO(data))
    else:
        method = zipfile.ZIP_STORED if packed == "stored" else zipfile.ZIP_DEFLATED
        with zipfile.ZipFile(path, "w", method) as archive:
            for name, data in files.items():
                archive.writestr(name, data)
    found = read(path)
    words = [(m.sender, m.text) for m in found if isinstance(m, Message) and m.platform == "imessage"]
    assert words == ([] if packed == "deflated" else [("+15551", "h\ufffdi"), ("Me", "later")])
    refused = [s.reason for s in found if isinstance(s, Skipped) and s.where == "chat.db"]
    assert refused == ([imessage_database.TOO_LARGE] if packed == "deflated" else [])
    assert sum(isinstance(m, Message) and m.platform == "facebook" for m in found) == 4


def test_which_chat_a_message_is_in_by_any_number() -> None:
    pairs = [(5, 1), (2, 2**31), (2**40, 3), (-1, 4), (7, 5), (5, 6), ("x", 7), (None, 8)]
    found = Joined(pairs)
    assert [found.get(message, 0) for message in (5, 2, 2**40, -1, 7, 6, 8)] == [6, 2**31, 3, 4, 5, 0, 0]


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 2**32))
def test_no_damage_breaks_the_reader_of_large_databases(tmp_path_factory: pytest.TempPathFactory, seed: int) -> None:
    """What was read before the damage stays."""
    folder, chance = tmp_path_factory.mktemp("damaged"), Random(seed)
    database = messages_database(folder / "chat.db")
    rows = ((f"{n} moss", 700_000_000_000_000_000 + n) for n in range(600))
    database.executemany("INSERT INTO message (text, date, is_from_me, handle_id) VALUES (?, ?, 0, 1)", rows)
    database.commit()
    database.close()
    raw = bytearray((folder / "chat.db").read_bytes())
    for _ in range(chance.choice([1, 10, 300])):
        raw[chance.randrange(len(raw))] = chance.randrange(256)
    (folder / "chat.db").write_bytes(raw[: chance.choice([len(raw), chance.randrange(len(raw))])])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(imessage_database, "LARGEST_DB", 0)
        member = BareFile("chat.db", folder / "chat.db", "chat.db")
        for record in imessage_database.Database(member).records():
            assert isinstance(record, Message | Skipped)


def test_one_format_that_needs_too_much_leaves_the_others(tmp_path: Path) -> None:
    """One record is in memory as a whole, so that one of forty megabytes of nothing is too much."""
    nothing = '{"a":1},' * 5_000_000
    a_chat(
        tmp_path, f'{{"messages":[{{"creator":{{"name":"Ann"}},"created_date":"x","text":"x","annotations":[{nothing}1]}}]}}'
    )
    written(tmp_path, messenger(dialogue(8), ["Bea Quill", "Ann Roe"]))
    found, refused = child(tmp_path / "export", 300 * 2**20)
    assert not refused
    assert {m.platform for m in found if isinstance(m, Message)} == {"facebook"}
    assert [s.reason for s in found if isinstance(s, Skipped)] == [registry.TOO_MUCH]
    (tmp_path / "export" / THREAD).unlink()
    assert child(tmp_path / "export", 300 * 2**20)[1] == registry.TOO_MUCH


def test_a_conversation_of_skype_that_breaks_off_is_still_who_it_is_with(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    talks = [
        {
            "id": f"8:person{n}", "displayName": f"Person {n}", "MessageList": [
                {"id": f"{n}{k}", "originalarrivaltime": f"2020-01-01T00:{k:02}:00Z", "messagetype": "Text", "content": "moss", "from": f"8:person{n}"}
                for k in range(20)
            ],
        }
        for n in range(3)
    ]  # fmt: skip
    data = json.dumps({"userId": "8:me", "exportDate": "2020", "conversations": talks}).encode()
    path = tmp_path / "messages.json"
    path.write_bytes(data[: int(len(data) * 0.9)])
    monkeypatch.setattr(in_pieces, "LARGE", 0)
    found = [m for m in read(path) if isinstance(m, Message)]
    assert {m.conversation for m in found} == {f"id:8:person{n}" for n in range(3)}
    nobody = json.dumps({"userId": "8:me", "exportDate": "2020", "conversations": [{**talks[0], "id": ""}, talks[1]]})
    path.write_text(nobody)
    whole = read(path)
    assert {m.conversation for m in whole if isinstance(m, Message)} == {"id:8:person1"}
    assert [s.reason for s in whole if isinstance(s, Skipped)] == ["not a conversation"]

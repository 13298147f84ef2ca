"""What is damaged, locked or too large loses itself and nothing beside it."""

from __future__ import annotations

import io
import json
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

from apps.archives.formats import container, imessage_database, page, registry, sms, wire
from apps.archives.formats.members import HURT
from apps.archives.formats.types import Bomb, End, Member, Message, Record, Refused, Skipped
from apps.archives.generators.registry import GENERATORS
from apps.archives.generators.story import World
from tests.conftest import dialogue, messenger

PEOPLE = ["Bea Quill", "Ann Roe"]
TALK = messenger(dialogue(4), PEOPLE)


def zipped(files: dict[str, bytes], hurt: str = "") -> bytes:
    """A zip of these; the bytes of `hurt` are turned round in their middle, as on a bad disk."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
        infos = {i.filename: i for i in archive.infolist()}
    made = bytearray(out.getvalue())
    if hurt:
        begin = infos[hurt].header_offset + 30 + len(hurt.encode())
        middle = begin + infos[hurt].compress_size // 2
        made[middle : middle + 8] = bytes(b ^ 0xFF for b in made[middle : middle + 8])
    return bytes(made)


def locked() -> bytes:
    made = bytearray(zipped({"messages/inbox/bea_1/message_1.json": TALK}))
    made[6] |= 1
    made[made.rfind(b"PK\x01\x02") + 8] |= 1
    return bytes(made)


def read(folder: Path, **files: bytes) -> list[Record]:
    """What is read of an upload of these files; "_DOT_" in a name is a full stop."""
    paths = []
    for name, content in files.items():
        path = folder / name.replace("_DOT_", ".")
        path.write_bytes(content)
        paths.append((path.name, path))
    return list(registry.read(container.open_all(paths)))


def texts(found: list[Record]) -> list[str]:
    return [m.text for m in found if isinstance(m, Message) and m.kind == "text"]


def skipped(found: list[Record]) -> list[tuple[str, str]]:
    return [(s.where, s.reason) for s in found if isinstance(s, Skipped)]


# several files


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("locked_DOT_zip", locked(), "protected by a password"),
        ("cut_DOT_zip", locked()[:90], "cut off"),
        ("login_DOT_zip", b"<!doctype html><form>", "web page"),
        ("empty_DOT_json", b"", "empty"),
        ("packed_DOT_rar", b"Rar!....", "packed as"),
    ],
)
def test_a_file_that_cannot_be_opened_loses_no_other(tmp_path: Path, name: str, content: bytes, sentence: str) -> None:
    found = read(tmp_path, **{name: content, "message_1_DOT_json": TALK})
    assert len(texts(found)) == 4
    ((where, reason),) = skipped(found)
    assert where == "upload 1/" + name.replace("_DOT_", ".")
    assert sentence in reason
    with pytest.raises(Refused, match=f"^[^:]*{sentence}"):
        read(tmp_path, **{name: content})


def test_of_files_that_can_all_not_be_opened_each_is_told_by_its_number(tmp_path: Path) -> None:
    """A refusal is not sealed, so that it names no file."""
    with pytest.raises(Refused, match=r"^File 1, 3: This zip is protected .* File 2: This file is empty") as refused:
        read(tmp_path, a_DOT_zip=locked(), b_DOT_json=b"", c_DOT_zip=locked())
    assert "a.zip" not in str(refused.value)
    with pytest.raises(Refused, match=r"^File 2: This zip is protected"):  # there is nothing in the other
        read(tmp_path, notes_DOT_json=b"{}", b_DOT_zip=locked())


def test_a_bomb_beside_good_files_is_refused_with_them(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="zip bomb"):
        read(tmp_path, message_1_DOT_json=TALK, b_DOT_zip=zipped({"a.json": bytes(60 * 2**20)}))


# members


def test_a_damaged_member_loses_no_other(tmp_path: Path) -> None:
    folder = "your_facebook_activity/messages/inbox"
    long = messenger([("Ann Roe", 1_700_000_000 + n, f"{n * n} moss") for n in range(900)], PEOPLE)
    files = {f"{folder}/bea_{n}/message_1.json": messenger(dialogue(4 + n), PEOPLE) for n in range(3)}
    found = read(
        tmp_path, a_DOT_zip=zipped({**files, f"{folder}/bea_7/message_1.json": long}, f"{folder}/bea_7/message_1.json")
    )
    assert len(texts(found)) == 15
    assert skipped(found) == [(f"{folder}/bea_7/message_1.json", HURT)]


def test_what_is_damaged_at_its_head_is_told_as_damaged(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        a_DOT_zip=zipped(
            {"messages/inbox/bea_1/message_1.json": TALK, "Messages.csv": b"FROM,TO\nx,y\n" * 9}, "Messages.csv"
        ),
    )
    assert skipped(found) == [("Messages.csv", HURT)]
    with pytest.raises(Refused, match="damaged"):
        read(tmp_path, a_DOT_zip=zipped({"Messages.csv": b"FROM,TO\nx,y\n" * 9}, "Messages.csv"))


def test_what_was_read_before_the_damage_stays(tmp_path: Path) -> None:
    lines = b"".join(
        json.dumps({"conversation": "Bea", "sender": "Bea", "sent_at": 1_700_000_000 + n, "text": f"{n**5} moss"}).encode()
        + b"\n"
        for n in range(200_000)
    )
    found = read(tmp_path, a_DOT_zip=zipped({"chats.jsonl": lines, "message_1.json": TALK}, "chats.jsonl"))
    assert 4 + 10_000 < len(texts(found)) < 4 + 190_000
    assert ("chats.jsonl", HURT) in skipped(found)


@pytest.mark.parametrize("name", [n for n, g in sorted(GENERATORS.items()) if g.suffix == ".zip"])
def test_every_reader_survives_a_damaged_member(name: str, tmp_path: Path) -> None:
    """Each textual member in turn: the messages of a chat that lies elsewhere are all read."""
    GENERATORS[name].write(World(messages=40, seed=3, chats=2, groups=1), tmp_path / "export.zip")
    with zipfile.ZipFile(tmp_path / "export.zip") as archive:
        files = {i.filename: archive.read(i) for i in archive.infolist()}
    for hurt in [f for f, content in files.items() if container.textual(f) and len(content) > 16][:6]:
        beside = {"mine/messages/inbox/bea_1/message_1.json": TALK}
        found = read(tmp_path, a_DOT_zip=zipped({**files, **beside}, hurt))
        assert {text for _, _, text in dialogue(4)} <= set(texts(found))
        assert [where for where, reason in skipped(found) if reason == HURT] in ([hurt], [])


# nothing in it


@pytest.mark.parametrize(
    ("upload", "name", "platform"),
    [
        ("a.zip", "your_facebook_activity/posts/your_posts_1.json", "Facebook"),
        ("a.zip", "connections/friends_and_followers/friends.html", "Facebook"),
        ("a.zip", "personal_information/profile_information/profile_information.json", "Facebook"),
        ("facebook-annroe-2024.zip", "photos_and_videos/album/0.json", "Facebook"),
        ("a.zip", "your_instagram_activity/media/posts_1.json", "Instagram"),
        ("a.zip", "connections/followers_and_following/followers_1.html", "Instagram"),
        ("a.zip", "personal_information/personal_information/personal_information.json", "Instagram"),
        ("instagram-annroe.zip", "media/posts/1.jpg", "Instagram"),
        ("a.zip", "Connections.csv", "LinkedIn"),
        ("Basic_LinkedInDataExport_01-02-2024.zip", "Skills.csv", "LinkedIn"),
        ("a.zip", "data/tweets.js", "X (Twitter)"),
        ("a.zip", "DataExport_2024/lists/contacts.html", "Telegram"),
        ("a.zip", "Media/WhatsApp Images/IMG-20240102-WA0003.jpg", "WhatsApp"),
        ("a.zip", "whatsapp_account_information/registration_information.json", "WhatsApp"),
        ("a.zip", "package/account/user.json", "Discord"),
        ("a.zip", "Takeout/Google Photos/metadata.json", "Takeout"),
        ("takeout-20240102T030405Z-001.zip", "My Activity/Search/MyActivity.json", "Takeout"),
    ],
)
def test_an_export_without_messages_is_called_what_it_is(tmp_path: Path, upload: str, name: str, platform: str) -> None:
    (tmp_path / upload).write_bytes(
        zipped({name: b"<html>" if name.endswith("html") else b'{"x": []}', "more.txt": b"moss"})
    )
    with pytest.raises(Refused, match=r"without.*Please") as refused:
        list(registry.read(container.open_all([(upload, tmp_path / upload)])))
    assert platform in str(refused.value)


# too large


def test_a_page_that_is_too_large_loses_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page, "LARGEST", 1_000)
    beside = {"messages/inbox/bea_1/message_1.json": TALK}
    for name, begin in (
        ("messages/inbox/ann_2/message_1.html", b"<html>"),
        ("ChatExport/messages.html", b'<html><div class="page_wrap"><div class="history">'),
        ("imessage/Bea.html", b'<html><div class="message"><div class="sent iMessage">'),
    ):
        large = begin + b"<p>moss</p>" * 200
        found = read(tmp_path, a_DOT_zip=zipped({name: large, **beside}))
        assert len(texts(found)) == 4
        assert skipped(found) == [(name, page.TOO_LARGE)]
        with pytest.raises(Refused, match="as JSON"):
            read(tmp_path, a_DOT_zip=zipped({name: large}))


def test_a_history_trackers_database_is_no_iphones(tmp_path: Path) -> None:
    made = sqlite3.connect(tmp_path / "made")
    made.execute("CREATE TABLE messages (message_id INT, text TEXT)")
    made.commit()
    made.close()
    data = (tmp_path / "made").read_bytes()
    for name, upload in (("chats.dht", data), ("chats.zip", zipped({"chats.dht": data}))):
        with pytest.raises(Refused, match=r"History Tracker's database\. Please export"):
            read(tmp_path, **{name.replace(".", "_DOT_"): upload})


def database(path: Path, size: int) -> None:
    with sqlite3.connect(path) as made:
        made.execute("CREATE TABLE handle (id TEXT)")
        made.execute("CREATE TABLE message (text TEXT, date INT, is_from_me INT, handle_id INT, attributedBody BLOB)")
        made.execute("INSERT INTO handle VALUES ('+15551')")
        row = "INSERT INTO message VALUES ('hi', ?, 0, 1, zeroblob(20000))"
        made.executemany(row, ((700_000_000_000_000_000 + n,) for n in range(size // 20_480)))
    made.close()


def test_a_database_that_is_too_large_loses_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imessage_database, "LARGEST_DB", 50_000)
    database(tmp_path / "made", 60_000)
    large = zipped({"chat.db": (tmp_path / "made").read_bytes()})
    found = read(tmp_path, a_DOT_zip=large, message_1_DOT_json=TALK)
    assert len(texts(found)) == 4
    assert skipped(found) == [("upload 1/chat.db", imessage_database.TOO_LARGE)]
    with pytest.raises(Refused, match="not in a zip"):
        read(tmp_path, a_DOT_zip=large)


def test_a_database_of_the_largest_size_fits_into_the_memory_of_a_reader(tmp_path: Path) -> None:
    database(tmp_path / "chat.db", imessage_database.LARGEST_DB - 2**20)
    assert (tmp_path / "chat.db").stat().st_size > imessage_database.LARGEST_DB * 0.95
    limits = {"PYTHONPATH": str(Path.cwd()), "CHILD_MEMORY": str(512 * 2**20), "CHILD_SECONDS": "60"}
    command = [sys.executable, "-m", "apps.archives.formats.child"]
    given = json.dumps([["chat.db", str(tmp_path / "chat.db")]]).encode()
    done = subprocess.run(command, input=given, env=limits, capture_output=True, check=True)
    *_, end = wire.read(io.BytesIO(done.stdout))
    assert end == End()


# readers


class Burst:
    """A reader with a fault, which quotes what it read."""

    platform = "burst"

    def __init__(self, error: Exception, first: list[Record]) -> None:
        self.error, self.first = error, first

    def mine(self, member: Member, head: bytes) -> bool:
        return head.startswith(b"burst")

    def read(self, members: list[Member], others: list[Member]) -> Iterator[Record]:
        yield from self.first
        raise self.error


SAID = Message("burst", "a", "Ann", False, "Ann", "Ann", 1.0, True, "text", "before it")
FAULTS = [TypeError("Bea Quill's words"), RecursionError("Bea Quill's words"), ValueError("Bea Quill's words")]


@pytest.mark.parametrize("error", FAULTS, ids=lambda e: type(e).__name__)
@pytest.mark.parametrize("first", [[], [SAID]], ids=["at once", "later"])
def test_a_fault_of_one_reader_loses_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, first: list[Record]
) -> None:
    monkeypatch.setitem(registry.FORMATS, "burst", Burst(error, first))
    found = read(tmp_path, notes_DOT_txt=b"burst", message_1_DOT_json=TALK)
    assert len(texts(found)) == 4 + len(first)
    ((where, reason),) = skipped(found)
    assert where == "upload 1/notes.txt"
    assert reason == registry.sentence(error)
    assert "Bea" not in reason


def test_a_fault_that_leaves_nothing_is_a_refusal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(registry.FORMATS, "burst", Burst(FAULTS[0], []))
    with pytest.raises(Refused, match="broke the reader"):
        read(tmp_path, notes_DOT_txt=b"burst")
    with pytest.raises(CommandError, match="broke the reader") as refused:
        call_command("read_archive", str(tmp_path / "notes.txt"))
    assert refused.value.returncode == 2
    assert "Bea" not in str(refused.value)


def test_the_command_has_a_sentence_for_every_fault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also for those outside of a reader."""
    (tmp_path / "message_1.json").write_bytes(TALK)

    def broken(*_: object) -> None:
        raise TypeError("Bea Quill's words")

    monkeypatch.setattr(registry, "plan", broken)
    with pytest.raises(CommandError, match=registry.BROKE):
        call_command("read_archive", str(tmp_path / "message_1.json"))


def test_a_refusal_of_one_reader_stays_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(registry.FORMATS, "burst", Burst(Bomb("too much"), []))
    with pytest.raises(Bomb, match="too much"):
        read(tmp_path, notes_DOT_txt=b"burst", message_1_DOT_json=TALK)


ENTITIES = b'<?xml version="1.0"?><!DOCTYPE smses [<!ENTITY a "b">]><smses count="1"><sms address="1" date="1" type="1" body="&a;"/></smses>'


def test_what_one_reader_refuses_loses_no_other(tmp_path: Path) -> None:
    found = read(tmp_path, sms_DOT_xml=ENTITIES, message_1_DOT_json=TALK)
    assert len(texts(found)) == 4
    assert skipped(found) == [("upload 1/sms.xml", sms.ENTITIES)]
    with pytest.raises(Refused, match="declares entities"):
        read(tmp_path, sms_DOT_xml=ENTITIES)


def test_a_question_that_breaks_over_a_file_is_a_no(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Odd(Burst):
        def mine(self, member: Member, head: bytes) -> bool:
            raise self.error

    formats = registry.FORMATS
    monkeypatch.setattr(registry, "FORMATS", {"odd": Odd(FAULTS[0], []), **formats})
    assert len(texts(read(tmp_path, message_1_DOT_json=TALK))) == 4
    monkeypatch.setattr(registry, "FORMATS", {"odd": Odd(Bomb("too much"), []), **formats})
    with pytest.raises(Bomb):
        read(tmp_path, message_1_DOT_json=TALK)


def hangouts(**facts: object) -> bytes:
    people = [{"id": {"gaia_id": str(n)}, "fallback_name": name} for n, name in enumerate(("Ann Roe", "Bea Quill"), 1)]
    event = {
        "sender_id": {"gaia_id": "2"}, "timestamp": "1700000000000000", "self_event_state": {"user_id": {"gaia_id": "1"}},
        "chat_message": {"message_content": {"segment": [{"type": "TEXT", "text": "hello"}]}}, "event_type": "REGULAR_CHAT_MESSAGE",
    }  # fmt: skip
    inner = {"current_participant": [p["id"] for p in people], "participant_data": people} | facts
    whole = {"conversation": {"conversation_id": {"id": "a"}, "conversation": inner}, "events": [event]}
    return json.dumps({"conversations": [whole]}).encode()


SLACK = {
    "users.json": b'[{"id":"U1","name":"ann","profile":{"real_name":"Ann"}}]',
    "general/2024-01-01.json": b'[{"user":"U1","ts":"1704103200.0","text":"hello"}]',
    "D1/2024-01-01.json": b'[{"user":"U1","ts":"1704103300.0","text":"hello"}]',
}
OLD_INSTAGRAM = [{"participants": odd, "conversation": [{"sender": who, "created_at": "2019-06-01T10:00:00+00:00", "text": "hello"}]} for odd, who in ((5, "ann"), (None, "bea"))]  # fmt: skip


@pytest.mark.parametrize(
    ("files", "count"),
    [
        ({"messages.json": json.dumps(OLD_INSTAGRAM).encode()}, 2),
        ({"Hangouts.json": hangouts(participant_data=5)}, 1),
        ({"Hangouts.json": hangouts(current_participant=1.5)}, 1),
        ({"Hangouts.json": hangouts(participant_data=True, current_participant=7)}, 1),
        (SLACK | {"dms.json": b'[{"id":"D1","members":1.5}]'}, 2),
    ],
    ids=["instagram", "hangouts people", "hangouts present", "hangouts both", "slack"],
)
def test_a_list_of_people_that_is_none_loses_no_message(tmp_path: Path, files: dict[str, bytes], count: int) -> None:
    found = read(tmp_path, a_DOT_zip=zipped(files))
    assert texts(found) == ["hello"] * count
    assert len({m.conversation for m in found if isinstance(m, Message)}) == count
    assert not [s for s in found if isinstance(s, Skipped) and s.reason != "not messages"]


@pytest.mark.parametrize("odd", ["{}", '{"a":1}', "[1]", '"words"', "{"])
def test_a_value_where_a_key_should_be_ends_a_file_laid_out_in_lines(tmp_path: Path, odd: str) -> None:
    row = '"id": "1", "originalarrivaltime": "2020-01-01T00:00:00Z", "messagetype": "Text", "content": "hello", "from": "8:bob"'
    lines = [
        "{", '  "userId": "8:me",', '  "conversations": [', "    {", '      "id": "8:bob",', '      "MessageList": [', f"        {{{row}}}",
        "      ]", "    },", "    {", f"      {odd},", '      "id": "8:eve"', "    }", "  ]", "}",
    ]  # fmt: skip
    found = read(tmp_path, messages_DOT_json="\n".join(lines).encode(), message_1_DOT_json=TALK)
    assert len(texts(found)) == 5
    assert skipped(found) == [("upload 1/messages.json", "not valid JSON")]

"""Traps of real exports, each as small as it gets: what was once read wrongly must stay right."""

from __future__ import annotations

import io
import json
import struct
import tarfile
import unicodedata
import zipfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.archives.formats import broken, container, dates, registry, sms, streams, twins
from apps.archives.formats.imessage_database import apply_log
from apps.archives.formats.types import Message, Note, Owner, Record, Refused, Skipped

DM = "110000000000000001"
ZED, NOVA = "900000000000000001", "900000000000000002"


def records(folder: Path, **files: bytes | str) -> list[Record]:
    """What is read of an upload of these files; "__" in a name is a slash, "_DOT_" a full stop."""
    paths = []
    for name, content in files.items():
        path = folder / name.replace("__", "/").replace("_DOT_", ".")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        paths.append((path.relative_to(folder).as_posix(), path))
    return list(registry.read(container.open_all(paths)))


def upload(folder: Path, files: dict[str, bytes | str]) -> list[Record]:
    """The same of one zip."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    (folder / "export.zip").write_bytes(out.getvalue())
    return list(registry.read(container.open_all([("export.zip", folder / "export.zip")])))


def messages(found: list[Record]) -> list[Message]:
    return [m for m in found if isinstance(m, Message)]


def said(found: list[Record]) -> list[tuple[str, str]]:
    return [(m.sender, m.text) for m in messages(found) if m.kind == "text"]


def owners(found: list[Record]) -> list[str]:
    return [o.sender_id for o in sorted((o for o in found if isinstance(o, Owner)), key=lambda o: -o.weight)]


# containers


SKYPE = json.dumps(
    {
        "userId": "8:live:me",
        "conversations": [
            {
                "id": "8:live:bob", "displayName": "Bob",
                "MessageList": [{"id": "1", "displayName": None, "originalarrivaltime": "2020-01-01T00:00:00Z", "messagetype": "RichText", "content": "hello", "from": "8:live:bob"}],
            }
        ],
    }
)  # fmt: skip


def test_a_document_at_the_end_of_a_tar_does_not_make_it_a_zip(tmp_path: Path) -> None:
    document = io.BytesIO()
    with zipfile.ZipFile(document, "w") as inner:
        inner.writestr("word/document.xml", "<w/>")
    with tarfile.open(tmp_path / "me_export.tar", "w") as out:
        for name, content in (("messages.json", SKYPE.encode()), ("media/letter.docx", document.getvalue())):
            info = tarfile.TarInfo(name)
            info.size = len(content)
            out.addfile(info, io.BytesIO(content))
    assert [m.text for m in messages(list(registry.read(container.open_all([("a.tar", tmp_path / "me_export.tar")]))))] == [
        "hello"
    ]


ZOE = "WhatsApp Chat with Zoë Müller"
ZOES = "13/05/2023, 09:12 - Zoë Müller: hello\n13/05/2023, 09:13 - Ann Roe: fine\n14/05/2023, 09:14 - Zoë Müller: me too\n"


def zip_of(name: bytes, content: str) -> bytes:
    """A zip whose member has this name in bytes, without a word on how they are meant."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("X" * len(name), content)
    return out.getvalue().replace(b"X" * len(name), name)


def apart(words: str) -> str:
    return unicodedata.normalize("NFD", words)


@pytest.mark.parametrize(
    "files",
    [
        {f"{ZOE}.txt": ZOES},
        {f"{apart(ZOE)}.txt": ZOES},
        {f"{apart(ZOE)}.txt": apart(ZOES)},
        {f"{apart(ZOE)}.zip": zip_of(b"_chat.txt", ZOES)},
        {f"{apart(ZOE)}/_chat.txt": ZOES},
        {"Archive.zip": zip_of(f"{ZOE}.txt".encode(), ZOES)},
        {"Archive.zip": zip_of(f"{apart(ZOE)}.txt".encode(), ZOES)},
        {"Archive.zip": zip_of(f"{ZOE}.txt".encode("cp437"), ZOES)},
    ],
    ids=["bare", "in pieces", "both", "name of the zip", "folder", "Finder's", "Finder's in pieces", "code page"],
)
def test_a_name_is_the_same_however_its_letters_are_written(tmp_path: Path, files: dict[str, bytes | str]) -> None:
    ((name, content),) = files.items()
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    top = tmp_path / name.partition("/")[0]
    found = list(registry.read(container.open_all([(top.name, top)])))
    assert {m.conversation for m in messages(found)} == {"chat:Zoë Müller"}
    assert {m.sender_id for m in messages(found)} == {"Zoë Müller", "Ann Roe"}
    assert owners(found) == ["Ann Roe"]


def test_a_name_that_says_how_it_is_written_is_believed() -> None:
    said = zipfile.ZipInfo("Zo├½")
    said.flag_bits = container.UTF8
    assert container._called(said) == "Zo├½"
    for name in ("Zo├", "plain.txt", "日本"):  # no code page at all, and half a letter
        assert container._called(zipfile.ZipInfo(name)) == name


def test_what_only_has_a_wrong_name_is_read(tmp_path: Path) -> None:
    for name in ("renamed_DOT_zip", "messages_DOT_json_DOT_tar"):
        assert [m.text for m in messages(records(tmp_path, **{name: SKYPE}))] == ["hello"]


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        ("login.tar", b"<!doctype html><form>", "web page"),
        ("login.zip", b"\xef\xbb\xbf<!doctype html><form>", "web page"),
        ("junk.zip", b"junk", "not a zip"),
    ],
)
def test_what_is_no_archive_is_called_what_it_is(tmp_path: Path, name: str, content: bytes, sentence: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(Refused, match=sentence):
        container.open_all([(name, tmp_path / name)])


def test_an_archive_inside_is_in_the_receipt(tmp_path: Path) -> None:
    found = upload(tmp_path, {"messages.json": SKYPE, "older.zip": b"PK", "a.jpg": b"x"})
    assert [s.reason for s in found if isinstance(s, Skipped)] == ["an archive inside, not opened", "media"]


def test_a_single_file_that_is_merely_packed(tmp_path: Path) -> None:
    import gzip

    (tmp_path / "messages.json.gz").write_bytes(gzip.compress(SKYPE.encode()))
    with pytest.raises(Refused, match="one single file"):
        container.open_all([("messages.json.gz", tmp_path / "messages.json.gz")])


# JSON


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(["\\ud83d", "\\ude00", "\\\\", "\\\\ud83d", "x", "\\n", "\\u00e9", "é"]), max_size=12))
def test_halves_of_characters_are_replaced_and_nothing_else(pieces: list[str]) -> None:
    raw = ('["' + "".join(pieces) + '"]').encode()
    (found,) = json.loads(broken.whole_characters(raw))
    (plain,) = json.loads(raw)
    assert found == plain.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def test_a_lone_half_in_a_long_file_costs_no_message() -> None:
    whole, half = "\\ud83d\\ude00", "\\ude00"
    texts = ["x" * (n % 700) + whole + (half if n % 97 == 0 else "") for n in range(6_000)]
    raw = ('{"a":[' + ",".join(f'"{t}"' for t in texts) + "]}").encode()  # one line, longer than what is read at once
    events = list(streams.events(io.BytesIO(raw)))
    found = [value for kind, value in events if kind == "string"]
    assert len(found) == len(texts)
    assert all(value.count("\N{GRINNING FACE}") == 1 for value in found)
    assert sum("\ufffd" in value for value in found) == len(range(0, 6_000, 97))


def test_many_digits_are_a_text_like_any_other(tmp_path: Path) -> None:
    chat = {"name": "Ana", "type": "personal_chat", "id": 1, "messages": [
        {"id": 1, "type": "message", "date": "2024-11-14T08:12:44", "from": "Ana", "from_id": "user1", "text": "pi is " + "31415" * 90},
    ]}  # fmt: skip
    assert [m.text[:9] for m in messages(records(tmp_path, result_DOT_json=json.dumps(chat)))] == ["pi is 314"]
    assert broken.long_number(b'{"a": ' + b"9" * 500 + b"}")


# Discord


def package(folder: str, index: dict[str, str], timestamp: str = "2023-12-01 01:01:09") -> dict[str, bytes | str]:
    row = {
        "ID": 1_179_938_000_000_000_000 >> 22 << 22,
        "Timestamp": timestamp,
        "Contents": "hey",
        "Attachments": "",
    }
    return {
        f"{folder}/index.json": json.dumps(index),
        f"{folder}/c{DM}/channel.json": json.dumps({"id": DM, "type": "DM"}),
        f"{folder}/c{DM}/messages.json": json.dumps([row]),
        f"{folder}/c{int(DM) + 1}/channel.json": json.dumps({"id": str(int(DM) + 1), "type": "DM"}),
        "account/user.json": json.dumps({"id": ZED, "username": "zed"}),
    }


@pytest.mark.parametrize("folder", ["messages", "Nachrichten", "Wiadomości", "package/メッセージ"])
def test_a_package_is_one_in_every_language(tmp_path: Path, folder: str) -> None:
    index = {DM: "Bezpośrednia wiadomość z nova_fox#0", str(int(DM) + 1): "Bezpośrednia wiadomość z norbert"}
    found = messages(upload(tmp_path, package(folder, index)))
    assert [(m.title, m.is_group, m.text) for m in found] == [("nova_fox", False, "hey")]


def exported(
    *rows: tuple[str, str, str], channel: str = DM, kind: str = "DirectTextChat", name: str = "nova_fox", nick: str = ""
) -> str:
    made = [
        {
            "id": str(1_179_938_000_000_000_000 + n), "type": "Default", "timestamp": f"2023-12-01T01:0{n}:09.123+00:00", "content": words,
            "author": {"id": who, "name": author, "nickname": nick or author, "isBot": False},
        }
        for n, (who, author, words) in enumerate(rows)
    ]  # fmt: skip
    head = {"guild": {"id": "0"}, "channel": {"id": channel, "type": kind, "name": name}, "exportedAt": "x"}
    return json.dumps({**head, "messages": made})


def test_parts_of_one_chat_are_one_chat_when_its_owner_is_looked_for(tmp_path: Path) -> None:
    one, two = exported((ZED, "zed", "hi"), (NOVA, "nova_fox", "yo")), exported((NOVA, "nova_fox", "later"))
    found = records(tmp_path, **{"dm_DOT_json": one, "dm [part 2]_DOT_json": two})
    assert owners(found) == [ZED]


def test_somebody_has_another_name_on_every_server(tmp_path: Path) -> None:
    one = exported((ZED, "Neo", "hi"), (NOVA, "nova", "yo"), channel="1", kind="GuildTextChat", name="a")
    two = exported((ZED, "Thomas", "hi"), ("3", "olaf", "yo"), channel="2", kind="GuildTextChat", name="b")
    assert owners(records(tmp_path, one_DOT_json=one, two_DOT_json=two)) == [ZED]


def test_the_chat_is_named_after_who_has_a_nickname(tmp_path: Path) -> None:
    found = records(tmp_path, dm_DOT_json=exported((ZED, "zed", "hi"), (NOVA, "nova_fox", "yo"), nick="Foxy"))
    assert owners(found) == [ZED]


def test_both_ways_to_export_tell_the_same_moment(tmp_path: Path) -> None:
    at = 1_701_392_469_123
    row = {"ID": (at - 1_420_070_400_000) << 22, "Timestamp": "2023-12-01 01:01:09", "Contents": "hey", "Attachments": ""}
    files = package("messages", {DM: "Direct Message with nova"}) | {f"messages/c{DM}/messages.json": json.dumps([row])}
    assert [m.sent_at for m in messages(upload(tmp_path, files))] == [at / 1_000]


def test_dates_of_old_tables(tmp_path: Path) -> None:
    table = "AuthorID,Author,Date,Content,Attachments,Reactions\n1,zed,24-Jul-21 07:08 PM,hi,,\n"
    assert [(m.sent_at, m.tz_known) for m in messages(records(tmp_path, a_DOT_csv=table))] == [(1_627_153_680.0, False)]


# UTF-16


def test_tables_and_documents_in_utf_16(tmp_path: Path) -> None:
    table = 'AuthorID,Author,Date,Content,Attachments,Reactions\r\n1,zed,2021-07-24T17:08:51+00:00,"hi é",,\r\n'
    assert said(records(tmp_path, a_DOT_csv=table.encode("utf-16"))) == [("zed", "hi é")]
    assert said(records(tmp_path, b_DOT_json=SKYPE.encode("utf-16"))) == [("Bob", "hello")]


# Slack


def test_days_apart_from_their_list_are_the_same_channel(tmp_path: Path) -> None:
    day = [{"type": "message", "user": "U1", "ts": "1681413317.397479", "text": "see <#C100> <tel:+155|+155>"}]
    later = [{"type": "message", "user": "USLACKBOT", "ts": "1681499717.0", "text": "Reminder: rent"}]
    zips: dict[str, bytes | str] = {}
    for name, files in (
        ("one", {"channels.json": [{"id": "C100", "name": "general"}], "general/2023-04-13.json": day}),
        ("two", {"general/2023-04-14.json": later}),
    ):
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            for path, content in files.items():
                archive.writestr(path, json.dumps(content))
        zips[f"{name}_DOT_zip"] = out.getvalue()
    found = messages(records(tmp_path, **zips))
    assert {m.conversation for m in found} == {"id:C100"}
    assert [(m.kind, m.text) for m in found] == [("text", "see #general +155"), ("system", "")]


# SMS


def backup(*rows: str) -> str:
    return "<?xml version='1.0' encoding='UTF-8' standalone='yes' ?>\n<smses count=\"1\">\n" + "\n".join(rows) + "\n</smses>"


def short(body: str, **more: str) -> str:
    values = {"address": "+15551234567", "date": "1717214400123", "type": "1", "body": body, "contact_name": "Alice"} | more
    return "<sms " + " ".join(f"{k}='{v}'" for k, v in values.items()) + " />"


def media(body: str, box: str, people: dict[str, str], **more: str) -> str:
    values = {"date": "1717214460000", "msg_box": box} | more
    head = "<mms " + " ".join(f'{k}="{v}"' for k, v in values.items()) + ">"
    addresses = "".join(f'<addr address="{n}" type="{kind}" charset="106" />' for n, kind in people.items())
    return f'{head}<parts><part seq="0" ct="text/plain" text="{body}" /></parts><addrs>{addresses}</addrs></mms>'


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 40), st.integers(1, 30))
def test_emoji_are_whole_wherever_a_file_is_cut(shift: int, count: int) -> None:
    raw = b"x" * ((1 << 18) - 64 - 16 * 20 + shift) + b"&#55357;&#56832;" * 40 + b"&amp;" * count + b"y" * 90
    assert b"".join(sms._Mended(io.BytesIO(raw)).pieces()).count(b"&#128512;") == 40


def test_words_about_data_are_words(tmp_path: Path) -> None:
    picture = '<part seq="1" ct="image/png" data="' + "QUJD" * 90_000 + '" />'
    rows = [short('type data="'), short('<a data="foo bar">'.replace("<", "&lt;")), short("after")]
    mms = media("look", "1", {"+15551234567": "137"}, address="+15551234567").replace("</parts>", picture + "</parts>")
    assert [m.text for m in messages(records(tmp_path, a_DOT_xml=backup(*rows, mms)))] == [
        'type data="', '<a data="foo bar">', "after", "look",
    ]  # fmt: skip


def test_who_takes_part_in_a_message_without_an_address(tmp_path: Path) -> None:
    alice, bob, me = "+15551234567", "+16661234567", "+15550009999"
    rows = [
        media("group", "1", {bob: "137", alice: "151", me: "130"}),
        media("to alice", "2", {me: "137", alice: "151"}),
        short("hi"),
    ]
    found = messages(records(tmp_path, a_DOT_xml=backup(*rows)))
    assert {m.text: (m.conversation, m.is_group) for m in found} == {
        "to alice": ("with:551234567", False), "hi": ("with:551234567", False), "group": ("with:551234567|661234567", True),
    }  # fmt: skip


def test_one_address_may_stand_for_a_whole_group(tmp_path: Path) -> None:
    rows = [
        short("direct"),
        media(
            "to all",
            "1",
            {"+15551234567": "137", "+16661234567": "151", "+17771234567": "151"},
            address="+15551234567",
            contact_name="Alice",
        ),
    ]
    found = {m.text: m for m in messages(records(tmp_path, a_DOT_xml=backup(*rows)))}
    assert found["direct"].conversation != found["to all"].conversation
    assert found["to all"].is_group and found["to all"].title != "Alice"


def test_numbers_of_a_group_are_the_same_however_they_are_written(tmp_path: Path) -> None:
    rows = [
        media("a", "1", {"+15551234567": "137"}, address="+15551234567~6661234567", contact_name="Alice, Bob"),
        media(
            "b", "1", {"+16661234567": "137"}, address="5551234567~\u202a+16661234567\u202c", contact_name="Alice, (Unknown)"
        ),
    ]
    found = records(tmp_path, a_DOT_xml=backup(*rows))
    assert {m.conversation for m in messages(found)} == {"with:551234567|661234567"}
    assert [m.sender for m in messages(found)] == ["Alice", "+16661234567"]
    assert not any(isinstance(r, Note) for r in found), "a group that nobody answers is no shop"


# Meta


def page(*boxes: str, names: str = "Ana and Jordan Pike") -> str:
    return f"<html><head><title>Ana</title></head><body><h1>Ana</h1><div>Participants: {names}</div><main>{''.join(boxes)}</main></body></html>"


def section(sender: str, body: str, date: str) -> str:
    return f'<section class="_a6-g"><h2 class="_a6-h">{sender}</h2><div class="_a6-p"><div><div></div><div>{body}</div></div></div><footer class="_a6-o"><div class="_a72d">{date}</div></footer></section>'


PAGE = "your_activity_across_facebook/messages/inbox/ana_1/message_1.html"


def test_pages_of_the_end_of_2025(tmp_path: Path) -> None:
    made = page(section("Jordan Pike", "See you", "Dec 12, 2025 9:27 pm"), section("Ana", "When?", "Dec 12, 2025 9:20 pm"))
    assert said(upload(tmp_path, {PAGE: made})) == [("Ana", "When?"), ("Jordan Pike", "See you")]


def test_a_page_nobody_can_read_is_in_the_receipt(tmp_path: Path) -> None:
    found = upload(tmp_path, {PAGE: page(section("Ana", "hi", "the day before yesterday"))})
    assert [s.reason for s in found if isinstance(s, Skipped)] == ["no message was found on this page"]


def test_a_name_may_hold_a_word_that_joins_names(tmp_path: Path) -> None:
    made = page(
        section("Simon and Garfunkel", "hi", "Dec 12, 2025 9:27 pm"),
        section("Jo", "ho", "Dec 12, 2025 9:20 pm"),
        names="Simon and Garfunkel and Jo",
    )
    assert [m.is_group for m in messages(upload(tmp_path, {PAGE: made}))] == [False, False]


@pytest.mark.parametrize(
    "body",
    [
        "<audio>Click for audio</audio>",
        "<video src='a'><a href='a'>Click for video:</a></video>",
        "<img src='a'><div>IP Address: 10.1.2.3</div>",
    ],
)
def test_what_stands_beside_media_is_nobodys_words(tmp_path: Path, body: str) -> None:
    made = page(section("Ana", body, "Dec 12, 2025 9:27 pm"), section("Jordan Pike", "x", "Dec 12, 2025 9:20 pm"))
    assert said(upload(tmp_path, {PAGE: made})) == [("Jordan Pike", "x")]


def thread(*rows: tuple[str, str], people: tuple[str, ...] = ("Ana", "Jordan Pike")) -> str:
    made = [
        {"sender_name": who, "timestamp_ms": 1_617_321_400_000 + n, "content": words} for n, (who, words) in enumerate(rows)
    ]
    return json.dumps({"participants": [{"name": n} for n in people], "messages": made, "title": "Ana"})


def test_people_without_a_name_are_not_one_person(tmp_path: Path) -> None:
    rest = "your_activity_across_facebook/messages/e2ee_cutover"
    files: dict[str, bytes | str] = {
        f"{rest}/facebookuser_{n}/message_1.json": thread(("Facebook user", f"{n}"), people=("Facebook user", "Jordan Pike"))
        for n in (1, 2)
    }
    assert len({m.conversation for m in messages(upload(tmp_path, files))}) == 2


def test_two_exports_in_one_upload_are_each_their_own(tmp_path: Path) -> None:
    files: dict[str, bytes | str] = {
        "fb/messages/inbox/ana_1/message_1.json": thread(("Ana", "on fb"), ("Jordan Pike", "x")),
        "fb/profile_information/profile_information.json": json.dumps(
            {"profile_v2": {"name": {"full_name": "Jordan Pike"}}}
        ),
        "ig/messages/inbox/ben_1/message_1.json": thread(("Ben", "on ig"), ("jordan", "y"), people=("Ben", "jordan")),
        "ig/account_information/personal_information.json": json.dumps(
            {"profile_user": [{"string_map_data": {"Name": {"value": "jordan"}}}]}
        ),
        "fb/messages/support_messages.json": json.dumps(
            {"messages": [{"sender_name": "Support", "content": "?", "timestamp_ms": 1}]}
        ),
    }
    found = upload(tmp_path, files)
    assert {(m.platform, m.text) for m in messages(found)} == {
        ("facebook", "on fb"),
        ("facebook", "x"),
        ("instagram", "on ig"),
        ("instagram", "y"),
    }
    assert {o.platform: o.sender_id for o in found if isinstance(o, Owner) and o.weight == 100} == {
        "facebook": "Jordan Pike",
        "instagram": "jordan",
    }


def test_a_thread_that_was_cut_is_one_whoever_wrote_in_its_pieces(tmp_path: Path) -> None:
    def piece(sender: str, date: str) -> str:
        return f'<div class="thread">Jordan Pike, Ana, Ben<div class="message"><div class="message_header"><span class="user">{sender}</span><span class="meta">{date}</span></div></div><p>{sender} writes</p></div>'

    made = (
        "<html><head><title>Jordan Pike - Messages</title></head><body><h1>Jordan Pike</h1>"
        + piece("Ana", "Saturday, October 5, 2013 at 7:06am UTC+02")
        + piece("Carl Left", "Saturday, October 5, 2013 at 6:06am UTC+02")
        + "</body></html>"
    )
    assert len({m.conversation for m in messages(upload(tmp_path, {"html/messages.htm": made}))}) == 1


def test_only_sentences_of_a_program_are_taken_for_them() -> None:
    from apps.archives.formats import notices

    people = [
        "You missed a call from my mom, she sounded worried",
        "You named the group chat so badly lol",
        "You created a plan without asking me, thanks",
        "You set the nickname thing up yesterday",
    ]
    program = [
        "You missed a call from Ana.",
        "Ana named the group Fun.",
        "Ana created a poll: Where?",
        "You called Željko Novak.",
        "Ana removed the group name.",
        "You missed a video chat with Ana.",
        "Ana added Ben as a group admin.",
    ]
    assert [w for w in people if notices.of_meta(w, "Ana")] == []
    assert [w for w in program if not notices.of_meta(w, "Ana")] == []


def test_notices_of_an_account_in_another_language() -> None:
    from apps.archives.formats import notices

    program = [
        "Hans Muster hat einen Anhang gesendet.",
        "Hans Muster hat die Gruppe verlassen.",
        "Hans Muster salió del grupo.",
        "Hans Muster ha enviado una foto.",
        "Hans Muster a quitté le groupe.",
        "Hans Muster enviou um anexo.",
        "Hans Muster saiu do grupo.",
        "Hans Muster ha abbandonato il gruppo.",
        "Hans Muster покинул(а) группу.",
        "Hans Muster отправил фото.",
        "Reagiu com 👍 à sua mensagem",
        "Hat mit ❤ auf deine Nachricht reagiert ",
    ]
    people = [
        "hat einen Anhang gesendet.",
        "Hat mit dem Auto zu tun",
        "Ein Freund hat die Gruppe verlassen.",
        "Hans Muster ist müde.",
        "Hans Muster a raison",
        "A réagi avec colère, je crois",
    ]
    assert [w for w in program if not notices.of_meta(w, "Hans Muster")] == []
    assert [w for w in people if notices.of_meta(w, "Hans Muster")] == []
    width, openings = notices.openings_of_meta(["Hans Muster"])
    assert [w for w in program if w[:width] not in openings] == []


TO_THE_OWNER = [
    "Du hast einen Anhang gesendet.", "Du hast ein Foto gesendet.", "Du hast 3 Fotos gesendet.", "Du hast eine Sprachnachricht gesendet.", "Du hast einen Sticker gesendet.",
    "Du hast einen Beitrag geteilt.", "Du hast deinen Live-Standort geteilt.", "Hat dir einen Anhang gesendet.", "Du hast mit ❤ auf eine Nachricht von Ana Kovač reagiert ",
    "Du hast eine Nachricht mit „Gefällt mir“ markiert.", "Dir gefällt eine Nachricht", "Vous avez envoyé une pièce jointe.", "Tu as envoyé un message vocal.", "Vous avez envoyé 2 photos.",
    "Vous avez partagé une publication.", "Vous a envoyé un lien.", "Vous avez réagi avec 😂 à un message ", "Vous avez aimé un message", "Enviaste un archivo adjunto.", "Enviaste una nota de voz.",
    "Has enviado un archivo adjunto.", "Compartiste una publicación.", "Compartiste una historia.", "Te envió un archivo adjunto.", "Enviaste un GIF.", "Reaccionaste con ❤ a un mensaje ", "Le gustó un mensaje",
    "Indicaste que te gusta un mensaje", "Hai inviato un allegato.", "Hai inviato 4 foto.", "Hai inviato un messaggio vocale.", "Hai condiviso un post.", "Ti ha inviato un adesivo.", "Hai messo Mi piace a un messaggio",
    "Você enviou um anexo.", "Você enviou uma figurinha.", "Você compartilhou uma publicação.", "Enviaste um ficheiro.", "Te enviou um vídeo.", "Você curtiu uma mensagem", "Você reagiu com 👍 à sua mensagem",
    "Вы отправили вложение.", "Вы отправили голосовое сообщение.", "Ты отправил(а) стикер.", "Вы поделились публикацией.", "Вы отреагировали ❤ на сообщение", "Je hebt een bijlage verzonden.", "Je hebt 2 foto's verzonden.",
    "Je hebt een GIF gestuurd.", "Je hebt een link gedeeld.", "Je hebt met 😂 op een bericht gereageerd", "Je vindt een bericht leuk", "Wysłałeś(aś) załącznik.", "Wysłałaś wiadomość głosową.", "Wysłałeś(aś) naklejkę.",
    "Udostępniłeś(aś) post.", "Wysłał(a) Ci zdjęcie.", "Polubiłeś(aś) wiadomość",
]  # fmt: skip
TO_A_FRIEND = [
    "Du hast einen Anhang gesendet, oder?", "Du hast einen Anhang gesendet. Ich kann ihn nicht öffnen.", "Du hast ein Foto gesendet bekommen.", "Du hast recht.", "Du hast mit allem recht", "Du hast eine schöne Story geteilt.",
    "Du hast mir ein Foto gesendet.", "Du hast einen Anhang gesendet", "Hat dir das gefallen?", "Dir gefällt eine Nachricht nie", "Vous avez envoyé une pièce jointe vide.", "Vous avez envoyé une photo à ma mère.", "Vous avez raison.",
    "Tu as envoyé un message vocal à Léa ?", "Enviaste un archivo adjunto equivocado.", "Enviaste una foto muy linda.", "Compartiste una historia con todos.", "Te envió un beso.", "Te envió una foto mi hermano.",
    "Has enviado una carta.", "Reaccionaste con mucha calma ante un mensaje así", "Hai inviato un allegato sbagliato.", "Hai ragione.", "Hai inviato un file?", "Você enviou um anexo errado.", "Você tem razão.", "Você curtiu uma mensagem minha!",
    "Вы отправили вложение не тому.", "Вы правы.", "Вы поделились радостью.", "Je hebt een bijlage verzonden naar de verkeerde.", "Je hebt gelijk.", "Je hebt een hond gestuurd.", "Wysłałeś załącznik nie temu.", "Wysłałeś mi zdjęcie.",
    "Wysłałaś zdjęcie?", "du hast einen Anhang gesendet.",
]  # fmt: skip


def test_notices_to_the_owner_of_an_account_in_another_language() -> None:
    from apps.archives.formats import notices

    assert [w for w in TO_THE_OWNER if not notices.of_meta(w, "Ann Roe")] == []
    assert [w for w in TO_A_FRIEND if notices.of_meta(w, "Ann Roe")] == []
    for sender in ("Ann Roe", "Bo", "Ö"):
        width, openings = notices.openings_of_meta([sender])
        assert [w for w in TO_THE_OWNER if w[:width] not in openings] == []


def test_every_thing_that_is_sent_is_in_the_table() -> None:
    """What the sentences to the owner are made of is what notices with a name are about."""
    from apps.archives.formats import notices

    sent = [w for w in TO_THE_OWNER if "mi piace" not in w.lower()]
    assert [w for w in sent if not notices._THINGS.search(w)] == []


def test_ordinary_words_are_told_by_how_they_begin(monkeypatch: pytest.MonkeyPatch) -> None:
    from apps.archives.formats import notices, notices_owner

    looked_at = [
        (begin, None) for rows in notices_owner._ENDINGS.values() for begin, _ in rows
    ]  # an expression of None raises
    monkeypatch.setattr(notices_owner, "_ENDINGS", {begin[: notices_owner.HEAD]: [(begin, None)] for begin, _ in looked_at})
    for words in ("hello there", "Du bist da", "Du hattest recht", "Vous voilà", "Wysoko", "Ja", "Envidia", ""):
        assert not notices.of_meta(words, "Ann Roe")


def test_a_notice_to_the_owner_is_no_text_of_a_thread(tmp_path: Path) -> None:
    rows = [("Ann Roe", words) for words in ("Du hast einen Anhang gesendet.", "Du hast recht.", "Enviaste una nota de voz.", "Вы отправили вложение.")]  # fmt: skip
    found = records(
        tmp_path, **{f"{PAGES.replace('/', '__')}__message_1_DOT_json": thread(*rows, people=("Ana", "Ann Roe"))}
    )
    assert said(found) == [("Ann Roe", "Du hast recht.")]


@pytest.mark.parametrize(
    ("name", "words", "notice"),
    [
        ("Ana", "Ana te envió un archivo adjunto.", True), ("Léa", "Léa t’a envoyé une photo.", True), ("Bo", "Bo ti ha inviato un allegato.", True), ("Bo", "Bo te enviou um anexo.", True), ("Ana", "Ana te envió mi carta.", False),
        ("Max", "Max hat einen Beitrag geteilt.", True), ("Max", "Max hat mit mir geteilt.", False),
        ("Саша", "Саша начал новую работу.", False), ("Max", "Max hat mir das geschickt.", False), ("Max", "Max hat mir ein Foto geschickt.", False), ("Ana", "Ana cambió la cerradura.", False),
        ("Léa", "Léa a quitté son mari.", False), ("Max 🌸", "Max 🌸 hat das geschickt.", False), ("Ola", "Ola zmieniła pracę.", False), ("Bo", "Bo ha creato un casino.", False),
        ("Саша", "Саша отправил(а) фото.", True), ("Max", "Max hat ein Foto gesendet.", True), ("Max", "Max hat dich angerufen.", True), ("Ana", "Ana te llamó.", True),
        ("Ana", "Ana cambió el tema a Amor.", True), ("Léa", "Léa a quitté le groupe.", True), ("Ola", "Ola wysłał(a) zdjęcie.", True), ("Bo", "Bo ha abbandonato il gruppo.", True),
        ("Bo", "Bo saiu do grupo.", True), ("Max", "Max hat mit ❤ auf deine Nachricht reagiert.", True), ("Bo", "Bo heeft een bijlage verzonden.", True), ("Max Ott", "Max Ott hat Eva hinzugefügt.", True),
    ],
)  # fmt: skip
def test_a_name_of_one_word_may_be_somebody_elses(name: str, words: str, notice: bool) -> None:
    from apps.archives.formats import notices

    assert notices.of_meta(words, name) is notice


FIRST = [
    "sent an attachment.", "sent a photo.", "left the group.", "named the group Foo.", "set the nickname for Ana Kova to A.", "set her own nickname to J.",
    "called you.", "waved at you!", "changed the theme to Love.", "added Sam to the group.", "reacted ❤ to your message", "joined the video chat.",
    "started a video chat.", "pinned a message.", "hat einen Anhang gesendet.", "hat dir ein Foto gesendet.", "t’a envoyé une photo.", "ti ha inviato un video.",
    "a envoyé une pièce jointe.", "enviou um anexo.", "отправила фото.",
]  # fmt: skip
OF_ANOTHER = [
    "left the building.", "left the group, sadly.", "sent a photo", "sent a photo of the cat.", "voted for the other one.", "called Sam.", "missed a call from Sam.",
    "turned off notifications again.", "took a screenshot. Be careful.", "named the group Foo. Why?", "waved at me!", "added Sam", "created a plan without us.",
    "hat mir ein Foto gesendet.", "hat gestern ein Foto von der Katze gesendet.", "a envoyé une photo à ma mère.", "changed the theme. I like it.",
]  # fmt: skip


def test_notices_with_a_first_name_are_whole_sentences_about_who_writes() -> None:
    from apps.archives.formats import notices

    assert [w for w in FIRST if not notices.of_meta(f"Jordan {w}", "Jordan Pike")] == []
    assert [w for w in OF_ANOTHER if notices.of_meta(f"Jordan {w}", "Jordan Pike")] == []
    assert [w for w in FIRST if notices.of_meta(f"Jordan {w}", "Ana Kova")] == [], "of somebody else these are her words"
    width, openings = notices.openings_of_meta(["Jordan Pike", "Ana Kova"])
    assert [w for w in FIRST if f"Jordan {w}"[:width] not in openings] == []


def test_a_first_name_may_be_two_words() -> None:
    from apps.archives.formats import notices

    assert notices.of_meta("Anna Maria sent an attachment.", "Anna Maria Roe")
    assert not notices.of_meta("Anna Maria sent an attachment.", "Anna Maria"[:4] + " Roe Maria")
    assert not notices.of_meta("Anna Maria left the building.", "Anna Maria Roe")


@pytest.mark.parametrize(
    "sender", ["I Ketut Arta", "He Xin", "We Two", "Ich Selbst", "Mama Quill", "Oma Roe", "Бабушка Аня", "Abuela de Bo"]
)
@pytest.mark.parametrize("words", ["sent a photo.", "left the group.", "hat ein Foto gesendet.", "ha enviado una foto."])
def test_who_is_called_like_a_pronoun_or_a_mother_writes_about_themself(sender: str, words: str) -> None:
    from apps.archives.formats import notices

    assert not notices.of_meta(f"{sender.split(maxsplit=1)[0]} {words}", sender)


@pytest.mark.parametrize("place", ["json", "html", "htm"])
def test_first_names_in_notices_of_every_form(place: str, tmp_path: Path) -> None:
    at, words = "Jun 02, 2024 10:20:00 am", ["Jordan sent an attachment.", "Jordan left the building"]
    boxes = "".join(
        f"<div><h2>Jordan Pike</h2><div><div><div></div><div>{w}</div></div></div><div>{at}</div></div>" for w in words
    )
    old = "".join(
        '<div class="message"><div class="message_header"><span class="user">Jordan Pike</span>'
        f'<span class="meta">Friday, October 4, 2013 at 10:05pm PDT</span></div></div><p>{w}</p>'
        for w in words
    )
    files: dict[str, dict[str, bytes | str]] = {
        "json": {
            f"{PAGES}/message_1.json": thread(*(("Jordan Pike", w) for w in words), people=("Ana Kova", "Jordan Pike"))
        },
        "html": {f"{PAGES}/message_1.html": f"<html><head><title>Jordan Pike</title></head><body>{boxes}</body></html>"},
        "htm": {"html/messages.htm": f'<html><body><div class="thread">Ana Kova, Jordan Pike{old}</div></body></html>'},
    }
    assert said(upload(tmp_path, files[place])) == [("Jordan Pike", "Jordan left the building")]


@pytest.mark.parametrize(
    ("written", "hour"),
    [
        ("6月 02, 2024 10:20 am", 10), ("6月 02, 2024 10:20 下午", 22), ("6월 02, 2024 10:20 오전", 10), ("thg 6 02, 2024 10:20 am", 10), ("thg 6 02, 2024 10:20 ch", 22),
        ("2 tháng 6, 2024 10:20 SA", 10), ("2024年6月2日 10:20", 10), ("2024년 6월 2일 10:20", 10), ("6 月 2, 24 10:20", 10),
    ],
)  # fmt: skip
def test_a_month_that_is_a_number_stands_where_it_is_called_one(written: str, hour: int) -> None:
    """Though no day of the page is after the twelfth."""
    assert dates.looks_like_a_date(written)
    assert dates.moments([written]) == [(datetime(2024, 6, 2, hour, 20, tzinfo=UTC).timestamp(), False)]
    assert dates.moments([written, "3/4/2024 10:20"])[1] == (datetime(2024, 4, 3, 10, 20, tzinfo=UTC).timestamp(), False)


PAGES = "your_activity_across_facebook/messages/inbox/ana_1"


def test_a_page_beside_a_damaged_document_is_read(tmp_path: Path) -> None:
    whole = thread(("Ana", "one"), ("Jordan Pike", "two"))
    at = "Apr 1, 2021 4:56 pm"
    shown = page(
        section("Ana", '<div class="_a6-p">one</div>', at), section("Jordan Pike", '<div class="_a6-p">two</div>', at)
    )
    beside = {f"{PAGES}/message_1.html": shown, "messages/inbox/ben_2/message_1.json": whole}
    found = upload(tmp_path, {f"{PAGES}/message_1.json": whole[: len(whole) // 2], **beside})
    reasons = {(r.where, r.reason) for r in found if isinstance(r, Skipped)}
    assert sorted(m.text for m in messages(found)) == ["one", "one", "two", "two"]
    assert {m.where.rpartition(".")[2] for m in messages(found)} == {"html", "json"}
    assert any(where.endswith("ana_1/message_1.json") and "damaged" in reason for where, reason in reasons)
    found = upload(tmp_path, {f"{PAGES}/message_1.json": whole, **beside})
    assert sorted(m.text for m in messages(found)) == ["one", "one", "two", "two"]
    assert {m.where.rpartition(".")[2] for m in messages(found)} == {"json"}


# Telegram


def telegram(name: str, words: str) -> str:
    return f'<html><body><div class="page_wrap"><div class="page_header"><div class="text bold">{name}</div></div><div class="page_body chat_page"><div class="history"><div class="message default clearfix" id="message1"><div class="body"><div class="pull_right date details" title="14.11.2024 08:12:44 UTC+01:00">08:12</div><div class="from_name">{name}</div><div class="text">{words}</div></div></div></div></div></div></body></html>'


def test_two_chats_of_one_title_stay_two(tmp_path: Path) -> None:
    files: dict[str, bytes | str] = {f"chats/chat_00{n}/messages.html": telegram("Ana", f"number {n}") for n in (1, 2)}
    assert len({m.conversation for m in messages(upload(tmp_path, files))}) == 2


def test_pages_of_another_chat_are_no_copy_of_a_document(tmp_path: Path) -> None:
    row = {"id": 1, "type": "message", "date": "2024-11-14T08:12:44", "from": "Ben", "from_id": "user9", "text": "json"}
    files: dict[str, bytes | str] = {
        "result.json": json.dumps({"name": "Ben", "type": "personal_chat", "id": 9, "messages": [row]}),
        "ChatExport_2023-08-23/messages.html": telegram("Ana", "page"),
    }
    assert said(upload(tmp_path, files)) == [("Ben", "json"), ("Ana", "page")]


# WhatsApp


def whatsapp(folder: Path, *lines: str, name: str = "WhatsApp Chat with Club_DOT_txt") -> list[Record]:
    return records(folder, **{name: "\n".join(lines) + "\n"})


def test_what_people_say_about_each_other_on_android(tmp_path: Path) -> None:
    words = ["Tom left", "You left", "You added Sugar", "Tom is a contact", "Video call", "Anruf"]
    lines = ["13.04.25, 14:05 - Tom left", "13.04.25, 14:05 - Tom: hi", *(f"13.04.25, 14:06 - Bob: {w}" for w in words)]
    assert [text for who, text in said(whatsapp(tmp_path, *lines)) if who == "Bob"] == words


def test_who_a_private_chat_is_named_after_is_never_the_owner(tmp_path: Path) -> None:
    """Bea writes in all chats, and you hardly wrote in one of them."""
    found = records(
        tmp_path,
        **{
            "WhatsApp Chat with Bea Quill_DOT_txt": "1/5/24, 10:00 - Bea Quill: one\n1/5/24, 10:01 - Ann Roe: two\n",
            "WhatsApp Chat with Club_DOT_txt": "1/5/24, 10:00 - Bea Quill: one\n1/5/24, 10:01 - Cleo Finch: two\n",
        },
    )
    assert owners(found) == ["Ann Roe"]


def test_an_iphone_names_whom_a_notice_is_about(tmp_path: Path) -> None:
    lines = [
        "[13.04.25, 14:05:01] Bob: hi",
        "[13.04.25, 14:05:02] Tom: hi",
        "[13.04.25, 14:05:03] Tom: Tom left",
        "[13.04.25, 14:05:04] Bob: Tom left",
        "[13.04.25, 14:05:05] Tom: \u200eVideo call",
    ]
    found = messages(whatsapp(tmp_path, *lines, name="_chat_DOT_txt"))
    assert [m.kind for m in found] == ["text", "text", "system", "text", "call"]


def test_notices_of_communities_and_names_with_quotes(tmp_path: Path) -> None:
    lines = [
        "13.04.25, 14:05 - You joined a group via invite in the community: Neighbours",
        '13.04.25, 14:05 - Robert "Bobby" Smith: Nice: one',
        "13.04.25, 14:06 - Al: x",
    ]
    assert said(whatsapp(tmp_path, *lines)) == [('Robert "Bobby" Smith', "Nice: one"), ("Al", "x")]


def test_words_right_behind_the_colon(tmp_path: Path) -> None:
    lines = [f"[{n:02}/04/25, 14:05:09] {'Al' if n % 2 else 'Bo'}:message {n}" for n in range(1, 20)]
    found = said(whatsapp(tmp_path, *lines, "[20/04/25, 14:05:09] Bo:note: remember this", name="_chat_DOT_txt"))
    assert len(found) == 20 and found[-1] == ("Bo", "note: remember this")


@pytest.mark.parametrize(
    ("header", "sender"),
    [
        ("\u200f١٣/٦/٢٠١٨، ٩:٢٥ م - ", "أحمد"), ("13/6/2018، 9:25 م - ", "أحمد"), ("13.06.18 г., 21:25 - ", "Иван"), ("13.06.18 г., 21:25 ч. - ", "Иван"),
        ("13.06.2018 ÖS 9:25 - ", "Ali"), ("13.06.18, 9:25 abends - ", "Al"),
        ("13/6/18 a les 21:25 - ", "Núria"), ("13-6-2018 om 21:25 - ", "Al"), ("13.06.2018 o godz. 21:25 - ", "Ala"),
        ("13/6/2561 21:25 - ", "สมชาย"), ("[13/6/2561 21:25:00] ", "สมชาย"), ("2561/6/13 21:25 - ", "สมชาย"),
        ("13/06/2018, 9:25 CH - ", "Anh"), ("[13/06/2018, 9:25:00 CH] ", "Anh"), ("13/06/2018 lúc 9:25 CH - ", "Anh"),
        ("21:25, 13/06/2018 - ", "Anh"), ("9:25 CH, 13/06/2018 - ", "Anh"), ("[21:25:00 13/06/2018] ", "Anh"), ("21:25 ngày 13/06/2018 - ", "Anh"),
        ("[21:25, 13.6.2018] ", "Al"), ("[9:25 pm, 13/06/2018] ", "Al"), ("[9:25 PM, 6/13/2018] ", "Al"),
    ],
)  # fmt: skip
def test_headers_of_more_languages(tmp_path: Path, header: str, sender: str) -> None:
    found = messages(whatsapp(tmp_path, f"{header}{sender}: one", f"{header}Bo: two"))
    assert [(m.sender, m.text, m.sent_at) for m in found] == [
        (sender, "one", 1_528_925_100.0),
        ("Bo", "two", 1_528_925_100.0),
    ]


@pytest.mark.parametrize(
    ("header", "line"),
    [
        ("06/05/2020, 10:00 - ", "06/05/2020 om 18:00 - tandarts: kaart"),
        ("06.05.2020, 10:00 - ", "06.05.2020 в 18:00 - врач: карта"),
        ("06/05/2020, 10:00 - ", "06/05/2020 18:00 - dentist: card"),
        ("06/05/2020 10:00 - ", "06/05/2020 om 18:00 - tandarts: kaart"),
        ("06/05/2020 om 10:00 - ", "06/05/2020 18:00 - tandarts: kaart"),
        ("10:00, 06/05/2020 - ", "18:00 ngày 06/05/2020 - nha sĩ: thẻ"),
    ],
)
def test_words_between_day_and_time_belong_to_the_style(tmp_path: Path, header: str, line: str) -> None:
    """Else a list of appointments makes people, and a group of a chat of two."""
    found = messages(whatsapp(tmp_path, f"{header}Ann: one", f"{header}Bea: two", f"{header}Ann: schedule:", line))
    assert said(list(found)) == [("Ann", "one"), ("Bea", "two"), ("Ann", f"schedule:\n{line}")]
    assert not any(m.is_group for m in found)


@pytest.mark.parametrize(("one", "other"), [("alle 1:25", "alle ore 2:25"), ("à 1:25", "às 2:25"), ("в 1:25", "во 2:25")])
def test_one_language_has_several_words_between_day_and_time(tmp_path: Path, one: str, other: str) -> None:
    lines = [f"13/6/2018 {clock} - {who}: {who}" for clock in (one, other) for who in ("Ann", "Bea")]
    assert said(whatsapp(tmp_path, *lines)) == [("Ann", "Ann"), ("Bea", "Bea")] * 2


@pytest.mark.parametrize("layout", ["{d}/{m}/{y} 21:25 - ", "{d:02}/{m:02}/{y}, 21:25 - ", "[{d}/{m}/{y} 21:25:00] ", "{m}/{d}/{y}, 9:25 PM - "])  # fmt: skip
def test_thai_years_of_two_figures(tmp_path: Path, layout: str) -> None:
    """1/6/67 is the year 2567; only where every year of a file says so."""
    days = [(13, 6, 61), (14, 7, 62), (29, 2, 67)]

    def years(*days: tuple[int, int, int]) -> list[int]:
        lines = [f"{layout.format(d=d, m=m, y=y)}สมชาย: {n}" for n, (d, m, y) in enumerate(days)]
        return [datetime.fromtimestamp(m.sent_at or 0, UTC).year for m in messages(whatsapp(tmp_path, *lines))]

    assert years(*days) == [2018, 2019, 2024]
    assert years(*days[:2], (14, 7, 24)) == [2061, 2062, 2024]
    assert years((13, 6, 24), (14, 7, 25)) == [2024, 2025]


def test_mornings_and_initials_in_vietnamese(tmp_path: Path) -> None:
    found = messages(whatsapp(tmp_path, "13/06/2018, 9:25 SA - Anh: one", "14/06/2018, 12:05 SA - Bo: two"))
    assert [(m.sender, m.sent_at) for m in found] == [("Anh", 1_528_881_900.0), ("Bo", 1_528_934_700.0)]
    found = messages(whatsapp(tmp_path, "13. 6. 2018. 21:25:15 CH: one", "14. 6. 2018. 21:25:16 Bo: two"))
    assert said(list(found)) == [("CH", "one"), ("Bo", "two")]


def test_a_chat_whose_lines_look_like_another_exporters(tmp_path: Path) -> None:
    lines = ["[2019-12-24, 12:23] Bob: hi", "[2019-12-24, 12:24] Ann: <Media omitted>"]
    assert [(m.platform, m.kind) for m in messages(whatsapp(tmp_path, *lines, name="_chat_DOT_txt"))] == [
        ("whatsapp", "text"),
        ("whatsapp", "media"),
    ]


@pytest.mark.parametrize("name", ["zip", "tgz", "tar.gz", "tar", "zip.zip", "zip (1)"])
def test_a_chat_is_not_named_after_how_it_was_packed(name: str, tmp_path: Path) -> None:
    lines = b"13.04.25, 14:05 - Bea Quill: hi\n13.04.25, 14:06 - Ann Roe: ho\n"
    out = io.BytesIO()
    if "zip" in name:
        with zipfile.ZipFile(out, "w") as archive:
            archive.writestr("_chat.txt", lines)
    else:
        with tarfile.open(fileobj=out, mode="w" if name == "tar" else "w:gz") as tar:
            info = tarfile.TarInfo("_chat.txt")
            info.size = len(lines)
            tar.addfile(info, io.BytesIO(lines))
    found = records(tmp_path, **{f"WhatsApp Chat - Bea Quill.{name}": out.getvalue()})
    assert {(m.title, m.conversation) for m in messages(found)} == {("Bea Quill", "chat:Bea Quill")}
    assert owners(found) == ["Ann Roe"]


def test_files_that_whatsapp_named_in_any_language(tmp_path: Path) -> None:
    found = messages(
        whatsapp(tmp_path, "13.04.25, 14:05 - Al: hi", "13.04.25, 14:05 - Bo: IMG-20250413-WA0001.jpg (file terlampir)")
    )
    assert [m.kind for m in found] == ["text", "media"]


# LinkedIn, iMessage, Signal, our own


def test_an_owner_whose_address_was_changed(tmp_path: Path) -> None:
    head = "CONVERSATION ID,CONVERSATION TITLE,FROM,SENDER PROFILE URL,TO,RECIPIENT PROFILE URLS,DATE,SUBJECT,CONTENT,FOLDER"
    url = "https://www.linkedin.com/in/"
    rows = [
        f"{n},,Ada Owner,{url}{a},Bob B,{url}bob,2024-01-0{n} 10:00:00 UTC,,hi {n},INBOX"
        for n, a in enumerate(("ada", "ada", "ada-old"), 1)
    ]
    profile = "First Name,Last Name\nAda,Owner\n"
    found = upload(tmp_path, {"messages.csv": "\n".join([head, *rows]) + "\n", "Profile.csv": profile})
    assert owners(found) == [f"{url}ada"]


def test_later_lines_of_a_copied_reply_are_its_own(tmp_path: Path) -> None:
    lines = """May 17, 2022  5:29:42 PM
Me
Parent

    May 17, 2022  5:30:42 PM
    Bo
    line one
line two

May 17, 2022  5:30:42 PM
Bo
line one
line two
This message responded to an earlier message.
"""
    assert said(records(tmp_path, Bo_DOT_txt=lines)) == [("Me", "Parent"), ("Bo", "line one\nline two")]


def test_the_log_beside_a_database_is_put_into_it(tmp_path: Path) -> None:
    import sqlite3

    path = tmp_path / "chat.db"
    with sqlite3.connect(path) as database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("CREATE TABLE handle (id TEXT)")
        database.execute(
            "CREATE TABLE message (text TEXT, date INT, is_from_me INT, handle_id INT, attributedBody BLOB, associated_message_type INT, item_type INT)"
        )
        database.execute("INSERT INTO handle VALUES ('+15551')")
        database.execute("INSERT INTO message VALUES ('hi', 700000000000000000, 0, 1, NULL, 0, 0)")
        database.commit()
        database.execute("INSERT INTO message VALUES ('later', 700000001000000000, 0, 1, NULL, 0, 0)")
        database.commit()
        raw, log = path.read_bytes(), Path(f"{path}-wal").read_bytes()
    database.close()
    assert container.textual("chat.db-wal")  # else the page would leave it at home
    found = upload(tmp_path, {"chat.db": raw, "chat.db-wal": log})
    assert said(found) == [("+15551", "hi"), ("+15551", "later")]
    chosen = [("chat.db", path), ("chat.db-wal", tmp_path / "log")]
    path.write_bytes(raw)
    chosen[1][1].write_bytes(log)
    assert said(list(registry.read(container.open_all(chosen)))) == said(found)  # two files of one upload
    assert said(list(registry.read(container.open_all([*chosen, *chosen])))) == []  # nobody knows whose log it is
    size = int.from_bytes(log[8:12], "big")
    uncommitted = log[: len(log) - size - 24]  # without the frame that commits, the last message was never said
    assert [text for _, text in said(upload(tmp_path, {"chat.db": raw, "chat.db-wal": uncommitted}))] == ["hi"]


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=400), st.sampled_from([512, 1_024]))
def test_no_log_breaks_a_database(rest: bytes, size: int) -> None:
    raw = bytearray(b"SQLite format 3\x00" + struct.pack(">H", size) + bytes(size * 2 - 18))
    apply_log(raw, struct.pack(">IIII", 0x377F0682, 3_007_000, size, 0) + rest)
    assert raw[:16] == b"SQLite format 3\x00" or len(raw) != size * 2


def test_a_quote_stands_before_the_words_only(tmp_path: Path) -> None:
    lines = "[2024-01-02 10:00:00] Me: greentext\n> be me\nbye  \n[2024-01-02 10:00:01] Bob: \n\n> quoted\n\nanswer  \n[2024-01-02 10:00:02] Bob: (This message was deleted)\n[2024-01-02 10:00:03] Bob: Incoming voice call (accepted, 5m 3s)  \n"
    found = upload(tmp_path, {"Bob/chat.md": lines})
    assert said(found) == [("Me", "greentext\n> be me\nbye"), ("Bob", "answer")]
    assert [m.kind for m in messages(found)] == ["text", "text", "deleted", "call"]


def test_what_was_taken_along_comes_back(tmp_path: Path) -> None:
    row = {
        "dialogue": [
            {"from": "other 1", "text": "question?"},
            {"from": "me", "text": "answer"},
            {"from": "other 1", "text": "thanks"},
        ]
    }
    found = records(tmp_path, mine_DOT_jsonl=json.dumps(row) + "\n")
    assert said(found) == [("other 1", "question?"), ("Me", "answer"), ("other 1", "thanks")]
    assert owners(found) == ["Me"]


@pytest.mark.parametrize("indent", [None, 1, 4])
@pytest.mark.parametrize("more", [{}, {"id": 7}])
def test_dialogues_in_one_list_or_one_alone(indent: int | None, more: dict[str, int], tmp_path: Path) -> None:
    rows = [{**more, "dialogue": ["b", "a"]}, {**more, "dialogue": ["d", "c"]}]
    for name in ("dump_DOT_json", "dump_DOT_jsonl"):
        found = records(tmp_path, **{name: json.dumps(rows, indent=indent)})
        assert said(found) == [("Other", "a"), ("Me", "b"), ("Other", "c"), ("Me", "d")]
        assert said(records(tmp_path, **{name: json.dumps(rows[0], indent=indent)})) == [("Other", "a"), ("Me", "b")]


def test_a_list_of_dialogues_that_breaks_off(tmp_path: Path) -> None:
    whole = json.dumps([{"dialogue": ["b", "a"]}, {"dialogue": ["d", "c"]}, 5], indent=1)
    found = records(tmp_path, dump_DOT_json=whole)
    assert [(s.reason, s.example) for s in found if isinstance(s, Skipped)] == [
        ("without conversation, sender or text", "entry 3")
    ]
    cut = records(tmp_path, dump_DOT_json=whole[: whole.index('"d"')])
    assert said(cut) == [("Other", "a"), ("Me", "b")]
    assert [s.reason for s in cut if isinstance(s, Skipped)] == ["the file ends in the middle"]


# Small ones


def test_quotes_within_quotes_are_nobodys_words() -> None:
    from apps.archives.formats import skype

    inner = '<quote author="a"><legacyquote>[1] a: </legacyquote>first<legacyquote>\n&lt;&lt;&lt; </legacyquote></quote>'
    outer = f'<quote author="b"><legacyquote>[2] b: </legacyquote>{inner}second<legacyquote>\n&lt;&lt;&lt; </legacyquote></quote>third'
    assert skype.plain(outer, rich=True) == "third"
    assert skype.plain("a </quote> b", rich=True) == "a  b"
    assert skype.plain("<quote>" * 50_000 + "end", rich=True) == "end"


def test_a_bad_first_line_is_one_bad_line(tmp_path: Path) -> None:
    good = json.dumps({"conversation": "c", "sender": "Ana", "text": "hi"})
    assert said(records(tmp_path, **{"chat.jsonl": f'{{"conversation": "c", "sen\n{good}\n'})) == [("Ana", "hi")]


@pytest.mark.parametrize("between", [";", "\t"])
def test_a_table_that_a_spreadsheet_saved_again(tmp_path: Path, between: str) -> None:
    rows = [
        [
            "CONVERSATION ID",
            "CONVERSATION TITLE",
            "FROM",
            "SENDER PROFILE URL",
            "TO",
            "DATE",
            "SUBJECT",
            "CONTENT",
            "FOLDER",
        ],
        ["1", "", "Ana Roe", "https://x/in/ana", "Ben Doe", "2023-01-02 03:04:05 UTC", "", f"hi{between} there", "INBOX"],
    ]
    made = "\r\n".join(between.join(f'"{cell}"' for cell in row) for row in rows)
    assert said(records(tmp_path, **{"messages.csv": made})) == [("Ana Roe", f"hi{between} there")]


LINKEDIN = (
    "CONVERSATION ID,CONVERSATION TITLE,FROM,SENDER PROFILE URL,TO,RECIPIENT PROFILE URLS,DATE,SUBJECT,CONTENT,FOLDER\n"
    "1,,Ann Roe,https://www.linkedin.com/in/ann,Bea Quill,https://www.linkedin.com/in/bea,2023-05-01 14:22:10 UTC,,{},INBOX\n"
)


@pytest.mark.parametrize(("end", "kept"), [("\n", True), ("\r\n", True), ("", False)])
def test_the_last_row_of_a_table_without_its_empty_cells(tmp_path: Path, end: str, kept: bool) -> None:
    """Spreadsheets leave them out. What breaks off there was cut."""
    table = LINKEDIN.format("hello").replace("FOLDER", "FOLDER,ATTACHMENTS").replace(",INBOX\n", f",INBOX{end}")
    found = upload(tmp_path, {"messages.csv": table})
    assert said(found) == ([("Ann Roe", "hello")] if kept else [])
    cut = table[: table.index("hello")] + '"hello\n'
    assert said(upload(tmp_path, {"messages.csv": cut})) == []


@pytest.mark.parametrize("name", ["coaching export/messages.csv", "guide/Messages.csv", "linkedin guide messages.csv", "my coach messages.csv", "messages (1).csv"])  # fmt: skip
def test_a_table_of_messages_wherever_it_lies_is_read(tmp_path: Path, name: str) -> None:
    found = upload(tmp_path, {name: LINKEDIN.format("hello"), "guide_messages.csv": LINKEDIN.format("from a machine")})
    assert said(found) == [("Ann Roe", "hello")]


COACHES = [
    "guide_messages",
    "learning_role_play_messages",
    "learning_coach_messages",
    "coach_messages",
    "LearningCoachMessages",
]


@pytest.mark.parametrize("name", [*COACHES, "Complete/Guide_Messages", "guide_messages (1)"])
def test_talks_with_a_machine_of_linkedin_are_left_out(tmp_path: Path, name: str) -> None:
    files: dict[str, bytes | str] = {
        f"{name}.csv": LINKEDIN.format("from a machine"),
        "messages.csv": LINKEDIN.format("hello"),
    }
    assert said(upload(tmp_path, files)) == [("Ann Roe", "hello")]


# one thread, or one chat, in several places of one upload


def zips(folder: Path, *given: dict[str, bytes | str]) -> list[Record]:
    """What is read of several zips that are dropped together."""
    paths = []
    for number, files in enumerate(given):
        path = folder / f"export-{number}.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in files.items():
                archive.writestr(name, content)
        paths.append((path.name, path))
    return list(registry.read(container.open_all(paths)))


THREAD_JSON = json.dumps(
    {
        "participants": [{"name": "Bea Quill"}, {"name": "Ann Roe"}], "title": "Bea Quill",
        "messages": [{"sender_name": "Bea Quill", "timestamp_ms": 1717323660123, "content": "hello there"}],
    }
)  # fmt: skip
THREAD_PAGE = (
    "<html><head><title>Bea Quill</title></head><body><div><div><div>Bea Quill</div><div><div><div></div>"
    "<div>hello there</div></div></div><div>Jun 02, 2024 3:21:00 am</div></div></div></body></html>"
)
INBOX = "your_facebook_activity/messages/inbox/beaquill_1234567"


@pytest.mark.parametrize("folder", [INBOX, INBOX.replace("beaquill", "beastone"), f"facebook-ann/{INBOX}"])
def test_pages_of_a_thread_that_came_as_json_in_another_zip_are_not_read_twice(folder: str, tmp_path: Path) -> None:
    found = zips(tmp_path, {f"{folder}/message_1.html": THREAD_PAGE}, {f"{INBOX}/message_1.json": THREAD_JSON})
    assert [(m.text, m.sent_at) for m in messages(found)] == [("hello there", 1717323660.123)]
    assert [s.reason for s in found if isinstance(s, Skipped)] == [twins.SAME]


def test_pages_of_other_threads_and_of_damaged_json_are_read(tmp_path: Path) -> None:
    other = INBOX.replace("1234567", "7654321")
    found = zips(tmp_path, {f"{other}/message_1.html": THREAD_PAGE}, {f"{INBOX}/message_1.json": THREAD_JSON})
    assert len(messages(found)) == 2
    found = zips(tmp_path, {f"{INBOX}/message_1.html": THREAD_PAGE}, {f"{INBOX}/message_1.json": THREAD_JSON[:-40]})
    assert [m.text for m in messages(found)] == ["hello there"]
    assert [s.reason for s in found if isinstance(s, Skipped)] == [registry.INSTEAD]


def single(number: int, name: str, *rows: tuple[str, int]) -> bytes:
    said = [
        {
            "id": n,
            "type": "message",
            "date_unixtime": str(1_700_000_000 + n),
            "from": who,
            "from_id": f"user{at}",
            "text": "x",
        }
        for n, (who, at) in enumerate(rows)
    ]
    return json.dumps({"name": name, "type": "personal_chat", "id": number, "messages": said}).encode()


def test_who_writes_in_all_single_chats_is_the_owner(tmp_path: Path) -> None:
    bea = single(5, "Bea", ("Bea", 5), ("Ann", 9))
    carl = single(6, "Carl", ("Carl", 6), ("Ann", 9))
    assert owners(records(tmp_path, a__result_DOT_json=bea, b__result_DOT_json=carl)) == ["user9"]
    assert owners(records(tmp_path, a__result_DOT_json=bea, b__result_DOT_json=bea)) == ["user9"]
    alone = single(6, "Carl", ("Carl", 6))
    assert owners(records(tmp_path, a__result_DOT_json=bea, b__result_DOT_json=alone)) == []
    third = single(6, "Carl", ("Carl", 6), ("Ann", 9), ("Bea", 5))
    assert owners(records(tmp_path, a__result_DOT_json=bea, b__result_DOT_json=third)) == ["user9"]


def telegram_page(title: str, *rows: tuple[int, str, str]) -> str:
    said = "".join(
        f'<div class="message default clearfix" id="message{n}"><div class="body"><div class="pull_right date details"'
        f' title="14.11.2023 10:00:{n:02} UTC+01:00">x</div><div class="from_name">{who}</div><div class="text">{words}</div></div></div>'
        for n, who, words in rows
    )
    return (
        f'<html><body><div class="page_wrap"><div class="page_header"><div class="text bold">{title}</div></div>'
        f'<div class="page_body chat_page"><div class="history">{said}</div></div></div></body></html>'
    )


@pytest.mark.parametrize("title", ["Deleted Account", "Ana"])
def test_chats_of_one_title_are_known_by_their_first_message(title: str, tmp_path: Path) -> None:
    """Chats are numbered anew in every export, in as many figures as that one needs."""
    one, two = telegram_page(title, (1, title, "first"), (2, "Ann", "ok")), telegram_page(title, (5, title, "second"))
    older = messages(upload(tmp_path, {"chats/chat_01/messages.html": one, "chats/chat_02/messages.html": two}))
    newer = messages(
        upload(tmp_path, {"chats/chat_001/messages.html": two, "chats/chat_002/messages.html": one, "chats/chat_003/messages.html": telegram_page("Bo", (9, "Bo", "hm"))})
    )  # fmt: skip
    places = {m.text: m.conversation for m in newer}
    assert len(set(places.values())) == 3
    assert {m.text: m.conversation for m in older}.items() <= places.items()


def test_one_chat_by_its_title_alone_does_not_depend_on_its_number(tmp_path: Path) -> None:
    for number in ("01", "002"):
        (found,) = messages(upload(tmp_path, {f"chats/chat_{number}/messages.html": telegram_page("Ana", (1, "Ana", "hi"))}))
        assert found.conversation == "page:Ana"


# names of files


TELEGRAM = single(5, "Bea", ("Bea", 5))
LINES = b"13/05/2023, 09:12 - Bea: Hello how are you\n13/05/2023, 09:13 - Ann Roe: fine\n14/05/2023, 09:14 - Bea: me too\n"


@pytest.mark.parametrize(
    ("name", "content"),
    [
        *(
            (n, TELEGRAM)
            for n in ("result", "result.json (1)", "result.json(12)", "result.json.txt", "result.json.download")
        ),
        *((n, LINES) for n in ("WhatsApp Chat with Bea", "WhatsApp Chat with Bea.txt (1)", "chat", "chat.json")),
    ],
)
def test_a_lone_file_may_be_called_anything(name: str, content: bytes, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(content)
    found = list(registry.read(container.open_all([(name, tmp_path / "file")])))
    assert next(m.sender for m in messages(found)) == "Bea"
    if name.startswith("WhatsApp"):
        assert {m.title for m in messages(found)} == {"Bea"}


def test_a_lone_file_of_something_else_is_refused_as_before(tmp_path: Path) -> None:
    for name, content in (("notes", b"milk\nbread"), ("x.pdf", b"%PDF-1.4"), ("list", b"[1, 2]"), ("x", b"<p>hi</p>")):
        (tmp_path / "file").write_bytes(content)
        with pytest.raises(Refused):
            list(registry.read(container.open_all([(name, tmp_path / "file")])))


# WhatsApp


def test_letters_of_bengali_may_be_one_or_two_characters(tmp_path: Path) -> None:
    for form in ("NFC", "NFD"):
        phrase = unicodedata.normalize(form, "<মিডিয়া বাদ দেওয়া হয়েছে>")
        for words in (phrase, phrase.replace("\u09af\u09bc", "\u09df")):
            found = messages(records(tmp_path, chat_DOT_txt=LINES.decode() + f"14/05/2023, 09:15 - Bea: {words}\n"))
            assert [m.kind for m in found] == ["text", "text", "text", "media"]


@pytest.mark.parametrize("length", [100, 101, 200, 256])
def test_long_names_are_names(length: int, tmp_path: Path) -> None:
    name = ("Bea of the long winding road " * 10)[:length].rstrip().ljust(length, "x")
    found = messages(records(tmp_path, chat_DOT_txt=LINES.decode() + f"14/05/2023, 09:15 - {name}: hello\n"))
    assert (found[-1].sender, found[-1].kind) == (name, "text")


def test_a_long_notice_with_a_colon_is_nobodys_words(tmp_path: Path) -> None:
    notice = "This is something that the phone wrote by itself, in a sentence of more than a hundred letters in all. See here: for more"
    found = messages(records(tmp_path, chat_DOT_txt=LINES.decode() + f"14/05/2023, 09:15 - {notice}\n"))
    assert found[-1].kind == "system"

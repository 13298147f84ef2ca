"""Who is who in Signal's own export, of which an account may bring several: `recipient.id` counts anew in each."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest

from apps.archives.formats import container, registry
from apps.archives.formats.types import Address, Message, Owner, Record

ACI = UUID("0f3d2c1b-7a69-4e58-9c47-d6b5a4938271")
MASTER = bytes(range(32))


def export(folder: Path, people: list[dict[str, Any]], *, first: int = 1) -> list[Record]:
    """What is read of a backup in which these are recipients, numbered from `first`, each of whom wrote once in a chat with them."""
    frames: list[dict[str, Any]] = [{"version": "1"}, {"recipient": {"id": str(first), "self": {}}}]
    numbers = range(first + 1, first + 1 + len(people))
    frames += [{"recipient": {"id": str(n), **person}} for n, person in zip(numbers, people, strict=True)]
    frames += [{"chat": {"id": str(n + 50), "recipientId": str(n)}} for n in numbers]
    for n in numbers:
        for author, way in ((n, "incoming"), (first, "outgoing")):
            words = {"text": {"body": f"to {n - first}"}}
            frames.append({"chatItem": {"chatId": str(n + 50), "authorId": str(author), "dateSent": str(1_700_000_000_000 + n), way: {}, "standardMessage": words}})  # fmt: skip
    path = folder / "main.jsonl"
    path.write_text("\n".join(map(json.dumps, frames)))
    return list(registry.read(container.open_all([(path.name, path)])))


def contact(name: str = "", **about: object) -> dict[str, Any]:
    return {"contact": {"profileGivenName": name, **about}}


def group(title: str, *members: str, **about: object) -> dict[str, Any]:
    listed = [{"userId": base64.b64encode(m.encode() * 16).decode()} for m in members]
    return {"group": {"snapshot": {"title": {"title": title}, "members": listed}, **about}}


def chats(found: list[Record]) -> list[tuple[str, str]]:
    """Key of the chat and id of the sender of what others wrote, in their order."""
    return [(m.conversation, m.sender_id) for m in found if isinstance(m, Message) and m.sender != "Me"]


def test_a_second_export_numbers_people_anew(tmp_path: Path) -> None:
    bea, carl = contact("Bea", aci="aci-0001", e164="4915550001"), contact("Carl", aci="aci-0002")
    tea = group("Tea", masterKey=MASTER.hex())
    before = export(tmp_path, [bea, tea])
    after = export(tmp_path, [carl, tea, bea], first=9)
    assert chats(before) == [("chat:aci:aci-0001", "aci:aci-0001"), (f"chat:group:{MASTER.hex()}", f"group:{MASTER.hex()}")]
    assert chats(after) == [("chat:aci:aci-0002", "aci:aci-0002"), *reversed(chats(before))]
    for found in (before, after):
        assert [o.sender_id for o in found if isinstance(o, Owner)] == ["self"]
        assert {m.sender_id for m in found if isinstance(m, Message) and m.sender == "Me"} == {"self"}
        assert {a.sender_id for a in found if isinstance(a, Address)} == {"aci:aci-0001"}


@pytest.mark.parametrize(
    "written",
    [
        str(ACI), str(ACI).upper(), ACI.hex, base64.b64encode(ACI.bytes).decode(), base64.urlsafe_b64encode(ACI.bytes).decode().rstrip("="),
        base64.b64encode(b"\0" + ACI.bytes).decode(),
    ],
)  # fmt: skip
@pytest.mark.parametrize("spelling", ["aci", "serviceId", "pni"])
def test_an_id_is_the_same_however_it_is_written(tmp_path: Path, spelling: str, written: str) -> None:
    kind = "pni" if spelling == "pni" else "aci"
    ((key, sender),) = chats(export(tmp_path, [contact("Bea", **{spelling: written})]))
    assert (key, sender) == (f"chat:{kind}:{ACI.hex}", f"{kind}:{ACI.hex}")


@pytest.mark.parametrize("written", [MASTER.hex(), MASTER.hex().upper(), base64.b64encode(MASTER).decode()])
@pytest.mark.parametrize("spelling", ["masterKey", "master_key", "groupId"])
def test_a_group_is_the_same_however_its_key_is_written(tmp_path: Path, spelling: str, written: str) -> None:
    ((key, _),) = chats(export(tmp_path, [group("Tea", **{spelling: written})]))
    assert key == f"chat:group:{MASTER.hex()}"


@pytest.mark.parametrize(
    ("person", "key"),
    [
        (contact("Bea", aci="qqqq", pni="pppp", e164=49155), "aci:qqqq"), (contact("Bea", aci="", pni="pppp", e164=49155), "pni:pppp"),
        (contact("Bea", aci="00" * 16, e164="+49 155"), "e164:49155"), (contact("Bea", e164=0, username="Bea.92"), "username:bea.92"),
        (contact("Bea"), "name:Bea"), (contact(nickname={"given": "Bee"}), "name:Bee"), (group("Tea", masterKey=""), "title:Tea"),
        ({"releaseNotes": {}}, "name:Signal"), (contact("Bea", aci=5, pni=[], e164={}), "name:Bea"),
    ],
)  # fmt: skip
def test_what_somebody_is_known_by(tmp_path: Path, person: dict[str, Any], key: str) -> None:
    assert {k for k, _ in chats(export(tmp_path, [person]))} == {f"chat:{key}"}


def test_who_shares_a_name_is_not_one(tmp_path: Path) -> None:
    people = [
        contact("Bea"),
        contact("Bea"),
        group("Tea", "a"),
        group("Tea", "b"),
        group("", "c"),
        group("", "d"),
        contact(),
        contact(),
    ]
    before, after = chats(export(tmp_path, people)), chats(export(tmp_path, people[2:6][::-1], first=40))
    assert len({key for key, _ in before}) == len({sender for _, sender in before}) == len(people)
    assert after == before[2:6][::-1]  # of groups their members tell it, in every export

"""People and groups of Meta's that are called otherwise in a newer export: one chat, every message once; spam that was answered."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from apps.accounts.models import User
from apps.accounts.vault import Vault
from apps.archives import forgetting, gone, ingest, sandbox, selectors, services
from apps.archives.formats.types import Also, Message, Record
from apps.archives.models import Archive, Conversation
from apps.privacy.scrub.names import Names, Pair
from tests.archives.test_joining import ROOT, chats, said, upload
from tests.conftest import dialogue, messenger

pytestmark = pytest.mark.django_db(transaction=True)
TALK = dialogue(12)
THREE = ["Bea Quill", "Ann Roe", "Cy Dunn"]
REQUEST, ANSWERED = f"{ROOT}/message_requests/beaquill_7/message_1.json", f"{ROOT}/inbox/beaquill_7/message_1.json"


@pytest.fixture(autouse=True)
def _no_estimate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest, "SHADOWED", 0)


def group(title: str, count: int) -> dict[str, bytes]:
    folder = title.lower().replace(" ", "")
    return {f"{ROOT}/inbox/{folder}_5550001/message_1.json": messenger(TALK[:count], THREE, title)}


def receipt(vault: Vault) -> dict[str, Any]:
    return selectors.receipt(vault, Archive.objects.latest("read_at")) or {}


def title(vault: Vault) -> Any:
    row = Conversation.objects.get()
    return vault.unseal(row, "title", row.title)


def test_a_group_that_was_renamed_is_the_same_chat(owner: User, vault: Vault) -> None:
    upload(owner, group("Tea club", 8))
    upload(owner, group("Coffee club", 12))
    assert (receipt(vault)["new"], receipt(vault)["known"]) == (4, 8)
    upload(owner, group("Cake club", 10))
    assert (receipt(vault)["new"], receipt(vault)["known"]) == (0, 10)
    assert chats(vault) == [said(TALK)]


def test_both_names_in_one_upload(owner: User, vault: Vault) -> None:
    upload(owner, group("Tea club", 8) | group("Coffee club", 12))
    assert chats(vault) == [said(TALK)]


def test_groups_with_other_ids_stay_apart(owner: User, vault: Vault) -> None:
    other = {name.replace("5550001", "5550002"): content for name, content in group("Coffee club", 12).items()}
    upload(owner, group("Tea club", 8) | other)
    assert chats(vault) == sorted([said(TALK[:8]), said(TALK)])


def as_before(found: Iterator[Record], key: str) -> Iterator[Record]:
    """What readers of before yielded for one chat: another key, and no others beside it."""
    for record in found:
        if isinstance(record, Message):
            yield msgspec.structs.replace(record, conversation=key)
        elif not isinstance(record, Also):
            yield record


def test_a_thread_that_was_stored_under_its_folder_is_found_by_the_title_it_had(
    owner: User, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = sandbox.read
    monkeypatch.setattr(sandbox, "read", lambda *given: as_before(read(*given), "thread:teaclub_5550001"))
    upload(owner, group("Tea club", 8))
    monkeypatch.setattr(sandbox, "read", read)
    upload(owner, group("Coffee club", 10))
    assert (receipt(vault)["new"], receipt(vault)["known"]) == (2, 8)
    upload(owner, group("Coffee club", 12))
    upload(owner, group("Tea club", 8))
    assert chats(vault) == [said(TALK)]


def married(count: int, name: str) -> dict[str, bytes]:
    talk = [(name if s == "Bea Quill" else s, at, text) for s, at, text in TALK[:count]]
    folder = name.lower().replace(" ", "")
    return {f"{ROOT}/inbox/{folder}_5550001/message_1.json": messenger(talk, [name, "Ann Roe"], name)}


def test_a_folder_that_names_somebody_is_forgotten_with_them(owner: User, vault: Vault) -> None:
    upload(owner, group("Tea club", 8))
    row = one()
    stats = vault.unseal(row, "stats", row.stats)
    row.stats = vault.seal(row, "stats", {**stats, "key": "thread:beaquill_1"})
    row.save(update_fields=["stats"])
    forgetting._hide(vault, gone.Gone({"Bea Quill": "Ada"}, names=Names([Pair("Quill", "Moss", "last")])))
    row = one()
    assert vault.unseal(row, "stats", row.stats)["key"] == ""


def test_somebody_who_is_called_otherwise_now_says_nothing_twice(owner: User, vault: Vault) -> None:
    upload(owner, married(8, "Bea Quill"))
    upload(owner, married(10, "Bea Stone"))
    assert (receipt(vault)["new"], receipt(vault)["known"]) == (2, 8)
    upload(owner, married(10, "Bea Stone"))
    assert (receipt(vault)["new"], receipt(vault)["known"]) == (0, 10)
    upload(owner, married(12, "Bea Stone-Lee"))
    assert (receipt(vault)["new"], receipt(vault)["known"]) == (2, 10)
    upload(owner, married(12, "Facebook user"))
    assert (receipt(vault)["new"], receipt(vault)["known"]) == (0, 12)
    assert chats(vault) == [said(TALK)]


def test_the_same_words_at_the_same_time_by_somebody_who_is_still_there_are_two(owner: User, vault: Vault) -> None:
    """An earlier name is only looked for where nobody is called so any more."""
    upload(owner, {ANSWERED: messenger(TALK[:4], THREE)})
    doubled = sorted(
        [*TALK[:4], *(("Cy Dunn", at, text) for s, at, text in TALK[:4] if s == "Bea Quill")], key=lambda m: m[1]
    )
    upload(owner, {ANSWERED: messenger(doubled, THREE)})
    assert receipt(vault)["new"] == 2


def test_what_is_said_at_the_same_minutes_of_two_days_is_said_twice(owner: User, vault: Vault) -> None:
    """Moments of JSON are true: what differs by an hour or a day is no other form of the same."""
    for later in (0, 3_600, 86_400):
        talk = [(who, at + later, text) for who, at, text in TALK[:8]]
        upload(owner, {ANSWERED: messenger(talk, ["Bea Quill", "Ann Roe"])})
    assert len(chats(vault)[0]) == 24


# spam folders


def one() -> Conversation:
    return Conversation.objects.get()


def test_a_request_that_was_answered_is_learnt_from(owner: User, vault: Vault) -> None:
    upload(owner, {REQUEST: messenger(TALK[:4], ["Bea Quill", "Ann Roe"])})
    assert one().left_out
    upload(owner, {REQUEST: messenger(TALK[:6], ["Bea Quill", "Ann Roe"])})
    assert one().left_out
    upload(owner, {ANSWERED: messenger(TALK[:8], ["Bea Quill", "Ann Roe"])})
    assert not one().left_out
    upload(owner, {REQUEST: messenger(TALK[:8], ["Bea Quill", "Ann Roe"])})
    assert not one().left_out


def test_an_answered_request_in_the_upload_of_its_answer(owner: User) -> None:
    files = {REQUEST: messenger(TALK[:4], ["Bea Quill", "Ann Roe"]), ANSWERED: messenger(TALK[:8], ["Bea Quill", "Ann Roe"])}
    upload(owner, files)
    assert not one().left_out


@pytest.mark.parametrize("at_once", [True, False])
def test_what_its_owner_leaves_out_stays_so(at_once: bool, owner: User) -> None:
    upload(owner, {REQUEST: messenger(TALK[:4], ["Bea Quill", "Ann Roe"])})
    if at_once:
        services.set_left_out(one(), left_out=True)
    else:
        services.leave_out(owner_id=owner.pk, conversation_ids=set())
        services.leave_out(owner_id=owner.pk, conversation_ids={one().pk})
    upload(owner, {ANSWERED: messenger(TALK[:8], ["Bea Quill", "Ann Roe"])})
    assert one().left_out


def test_what_was_never_chosen_by_a_reader_does_not_come_back(owner: User) -> None:
    upload(owner, {ANSWERED: messenger(TALK[:4], ["Bea Quill", "Ann Roe"])})
    services.leave_out(owner_id=owner.pk, conversation_ids={one().pk})
    upload(owner, {ANSWERED: messenger(TALK[:8], ["Bea Quill", "Ann Roe"])})
    assert one().left_out


def phone(*lines: tuple[str, str]) -> bytes:
    """A bare file of an iPhone's group, a line a minute."""
    return "".join(f"[13.06.18, 21:{20 + n}:10] {who}: {text}\n" for n, (who, text) in enumerate(lines)).encode()


def test_one_forward_to_two_groups_does_not_join_them(owner: User, vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    """Accounts of before have bare groups under the first four of their people."""
    four = ["Ann", "Bea", "Cy", "Dan"]
    one = [(who, f"the trip, part {n}") for n, who in enumerate(four)] + [("Ann", "the lake is open")]
    other = [(who, f"the cake, part {n}") for n, who in enumerate(four)] + [("Ann", "the lake is open"), ("Eve", "nice")]
    read = sandbox.read

    def before(found: Iterator[Record]) -> Iterator[Record]:
        for record in found:
            if isinstance(record, Message):
                yield msgspec.structs.replace(record, conversation="chat:Ann, Bea, Cy, Dan")
            elif not isinstance(record, Also):
                yield record

    monkeypatch.setattr(sandbox, "read", lambda *given: before(read(*given)))
    upload(owner, {"_chat.txt": phone(*one)})
    monkeypatch.setattr(sandbox, "read", read)
    upload(owner, {"_chat.txt": phone(*other)})
    assert chats(vault) == sorted([text for _, text in talk] for talk in (one, other))
    upload(owner, {"_chat.txt": phone(*one)})
    assert chats(vault) == sorted([text for _, text in talk] for talk in (one, other))

"""Chats of Facebook that came as pages, as JSON and as an encrypted backup: one conversation, every message once, and never two chats in one."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import permutations

import pytest

from apps.accounts.models import User
from apps.accounts.vault import Vault
from apps.archives import ingest, sandbox, selectors
from apps.archives.models import Conversation
from tests.archives.test_joining import ROOT, backup, chats, said, upload
from tests.archives.test_renamed import as_before
from tests.conftest import dialogue, messenger

pytestmark = pytest.mark.django_db(transaction=True)
Talk = list[tuple[str, int, str]]
PEOPLE, THREE = ["Ann Roe", "Bea Quill"], ["Ann Roe", "Bea Quill", "Cy Dunn"]
TALK = dialogue(24)
INBOX, MOVED = f"{ROOT}/inbox/beaquill_1234567/message_1", f"{ROOT}/e2ee_cutover/beaquill_1234567/message_1"
HOURS = 3_600


@pytest.fixture(autouse=True)
def _no_estimate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest, "SHADOWED", 0)


def page(talk: Talk, title: str = "Bea Quill", *, hours: int = -8, people: str = "") -> bytes:
    """A page as of 2018 and later: minutes, by the clock of a place that it does not tell."""
    boxes = [
        f'<div class="_a6-g"><h2>{who}</h2><div><div><div></div><div>{text}</div><div></div></div></div>'
        f"<div>{datetime.fromtimestamp(at + hours * HOURS, UTC):%b %d, %Y %I:%M %p}</div></div>"
        for who, at, text in reversed(talk)
    ]
    head = f"<div>Participants: {people}</div>" if people else ""
    return f"<html><head><title>{title}</title></head><body>{head}{''.join(boxes)}</body></html>".encode()


def htm(*threads: tuple[str, Talk]) -> bytes:
    """The one page of before 2018: people and messages of each thread, in minutes with a zone."""
    parts = [
        f'<div class="thread">{people}'
        + "".join(
            f'<div class="message"><div class="message_header"><span class="user">{who}</span><span class="meta">'
            f"{datetime.fromtimestamp(at - 7 * HOURS, UTC):%A, %B %d, %Y at %I:%M%p} UTC-07</span></div></div><p>{text}</p>"
            for who, at, text in reversed(talk)
        )
        + "</div>"
        for people, talk in threads
    ]
    body = f'<div class="contents"><h1>Ann Roe</h1><div>{"".join(parts)}</div></div>'
    return f"<html><head><title>Ann Roe - Messages</title></head><body>{body}</body></html>".encode()


def once(vault: Vault, *talks: Talk) -> bool:
    """Whether there is one conversation for each of these, with every message once. Within a minute pages tell no order."""
    return sorted(map(sorted, chats(vault))) == sorted(sorted(said(talk)) for talk in talks)


# pages of chats that were moved into `e2ee_cutover`, and the encrypted backup

PAGES = {f"{MOVED}.html": page(TALK[:16])}
BACKUP = {"Bea Quill_1.json": backup(TALK[4:], PEOPLE, "Bea Quill_1")}


@pytest.mark.parametrize("uploads", [[PAGES, BACKUP], [BACKUP, PAGES], [PAGES | BACKUP]], ids=["pages", "backup", "both"])
def test_pages_of_a_moved_chat_and_its_backup_are_one_chat(
    uploads: list[dict[str, bytes]], owner: User, vault: Vault
) -> None:
    for files in [*uploads, *uploads]:
        upload(owner, files)
    assert once(vault, TALK)


def test_pages_of_a_moved_chat_that_were_stored_by_their_id(
    owner: User, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As accounts have them from before."""
    read = sandbox.read
    monkeypatch.setattr(sandbox, "read", lambda *given: as_before(read(*given), "beaquill_1234567"))
    upload(owner, PAGES)
    monkeypatch.setattr(sandbox, "read", read)
    upload(owner, BACKUP)
    assert once(vault, TALK)
    upload(owner, PAGES)
    assert once(vault, TALK)


def test_a_moved_chat_as_pages_and_as_json_in_one_upload(owner: User, vault: Vault) -> None:
    upload(owner, {f"{MOVED}.html": page(TALK), f"{MOVED}.json": messenger(TALK, PEOPLE)})
    assert once(vault, TALK)


def test_pages_of_two_people_of_one_name_stay_two(owner: User, vault: Vault) -> None:
    other: Talk = [(who, at + 86_400, f"{text} or not") for who, at, text in TALK[:8]]
    files = {f"{MOVED}.html": page(TALK), f"{MOVED.replace('1234567', '7654321')}.html": page(other)}
    upload(owner, files)
    assert once(vault, TALK, other)
    upload(owner, dict(reversed(files.items())))
    assert once(vault, TALK, other)


def test_a_group_in_which_two_wrote_is_not_their_chat(owner: User, vault: Vault) -> None:
    upload(owner, {f"{MOVED}.html": page(TALK[:10], "Zurbaran 9")})
    later: Talk = [(who, at + 9 * 86_400, f"{text} or not") for who, at, text in TALK[:8]]
    upload(owner, {"Bea Quill_1.json": backup(later, PEOPLE, "Bea Quill_1")})
    assert once(vault, TALK[:10], later)


# pages of before 2018, and JSON

OLD = {"html/messages.htm": htm(("Ann Roe, Bea Quill", TALK[:16]))}
JSON = {f"{INBOX}.json": messenger(TALK[2:], PEOPLE)}
NEW = {f"{INBOX}.html": page(TALK[2:])}


@pytest.mark.parametrize(
    "uploads",
    [
        [OLD, JSON],
        [JSON, OLD],
        [OLD | JSON],
        [OLD, NEW],
        [NEW, OLD],
        [OLD | NEW],
        *map(list, permutations([OLD, JSON, NEW])),
    ],
    ids=lambda uploads: " then ".join("+".join(name.rpartition(".")[2] for name in files) for files in uploads),
)
def test_pages_of_before_2018_and_a_newer_export_are_one_chat(
    uploads: list[dict[str, bytes]], owner: User, vault: Vault
) -> None:
    for files in [*uploads, *uploads]:
        upload(owner, files)
    assert once(vault, TALK)
    times = {r.at for row in Conversation.objects.all() for r in selectors.records(vault, row)}
    if any(f"{INBOX}.json" in files for files in uploads):
        assert {at for _, at, _ in TALK[2:]} <= times, "JSON tells the seconds"


def test_a_group_of_before_2018_is_found_by_who_writes(owner: User, vault: Vault) -> None:
    talk: Talk = [(THREE[n % 3], at, text) for n, (_, at, text) in enumerate(TALK)]
    old = {"html/messages.htm": htm(("Ann Roe, Bea Quill, Cy Dunn", talk[:16]))}
    new = {f"{ROOT}/inbox/teaclub_5550001/message_1.json": messenger(talk, THREE, "Tea club")}
    for files in (old, new, old):
        upload(owner, files)
    assert once(vault, talk)


def test_equal_words_in_one_minute_stay_as_many_as_they_were(owner: User, vault: Vault) -> None:
    at = TALK[3][1] // 60 * 60
    often: Talk = [("Bea Quill", at + 1, "ok"), ("Ann Roe", at + 2, "ok"), ("Bea Quill", at + 3, "ok")]
    talk = sorted([*TALK, *often], key=lambda row: row[1])
    upload(owner, {"html/messages.htm": htm(("Ann Roe, Bea Quill", talk))})
    upload(owner, {f"{INBOX}.json": messenger([row for row in talk if row != often[1]], PEOPLE)})
    assert once(vault, talk), "what one of them took back since was not said by the other"


def test_what_the_owner_sent_to_two_people_of_one_name_does_not_join_them(owner: User, vault: Vault) -> None:
    sent: Talk = [("Ann Roe", at, text) for _, at, text in TALK[:6]]
    one: Talk = sorted([*sent, ("Bea Quill", TALK[6][1], "who is this?")], key=lambda row: row[1])
    two: Talk = sorted([*sent, ("Bea Quill", TALK[7][1], "wrong number")], key=lambda row: row[1])
    upload(owner, {"html/messages.htm": htm(("Ann Roe, Bea Quill", one))})
    upload(owner, {f"{INBOX}.json": messenger(two, PEOPLE)})
    assert once(vault, one, two)


def test_two_threads_with_ids_are_never_one(owner: User, vault: Vault) -> None:
    upload(owner, {f"{INBOX}.html": page(TALK)})
    upload(owner, {f"{INBOX.replace('1234567', '7654321')}.json": messenger(TALK, PEOPLE)})
    assert once(vault, TALK, TALK)

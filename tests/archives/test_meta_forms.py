"""Chats of Facebook that came as pages, as JSON and as an encrypted backup: one conversation, every message once, and never two chats in one."""

from __future__ import annotations

from datetime import UTC, datetime
from itertools import permutations

import pytest

from apps.accounts.models import User
from apps.accounts.vault import Vault
from apps.archives import ingest, sandbox, selectors
from apps.archives.formats import twins
from apps.archives.models import Archive, Conversation
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
    monkeypatch.setattr(sandbox, "read", lambda *given: as_before(read(*given), "thread:beaquill_1234567"))
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


# groups that were moved, and their encrypted backup: it knows the group by its people and a name, the download by its folder

GROUP: Talk = [(THREE[n % 3], at, text) for n, (_, at, text) in enumerate(TALK)]


@pytest.mark.parametrize("order", [["download", "backup"], ["backup", "download"], ["both"]])
@pytest.mark.parametrize("common", [4, 0], ids=["lines of both", "the backup goes on"])
@pytest.mark.parametrize("title", ["Trip", "Bea, Cy and Ann"])
@pytest.mark.parametrize("box", ["e2ee_cutover", "inbox"])
def test_a_group_and_its_backup_are_one_chat(
    box: str, title: str, common: int, order: list[str], owner: User, vault: Vault
) -> None:
    download = {f"{ROOT}/{box}/trip_1234567/message_1.json": messenger(GROUP[:16], THREE, title)}
    files = {"download": download, "backup": {f"{title}_1.json": backup(GROUP[16 - common :], THREE, f"{title}_1")}}
    files["both"] = files["download"] | files["backup"]
    for name in [*order, *order]:
        upload(owner, files[name])
    assert once(vault, GROUP)


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


# one folder is one chat, wherever it lies and whatever its people are called; two folders are two

BEA, OTHER_BEA = f"{ROOT}/e2ee_cutover/beaquill_7771234567/message_1", f"{ROOT}/e2ee_cutover/beaquill_1111234567/message_1"
OTHER: Talk = [(who, at + 3 * 86_400, f"{text} or not") for who, at, text in TALK[:12]]
SINCE: Talk = [(who, at + 90 * 86_400, f"{text} since") for who, at, text in TALK[:6]]


def form(kind: str, talk: Talk, title: str = "Bea Quill") -> bytes:
    return page(talk, title) if kind == "html" else messenger(talk, ["Ann Roe", title], title)


@pytest.mark.parametrize("kind", ["html", "json"])
@pytest.mark.parametrize(
    "uploads", [[["one"], ["two"]], [["two"], ["one", "two"]], [["one"], ["two", "one"]], [["one", "two"]]]
)
def test_two_moved_chats_of_one_name_stay_two(uploads: list[list[str]], kind: str, owner: User, vault: Vault) -> None:
    files = {"one": {f"{BEA}.{kind}": form(kind, TALK)}, "two": {f"{OTHER_BEA}.{kind}": form(kind, OTHER)}}
    for names in [*uploads, *uploads]:
        upload(owner, {path: data for name in names for path, data in files[name].items()})
    assert once(vault, TALK, OTHER)


@pytest.mark.parametrize("kind", ["html", "json"])
def test_a_moved_chat_goes_on_where_the_inbox_ends(kind: str, owner: User, vault: Vault) -> None:
    for files in [{f"{INBOX}.{kind}": form(kind, TALK)}, {f"{MOVED}.{kind}": form(kind, SINCE)}]:
        upload(owner, files)
    assert once(vault, [*TALK, *SINCE])


@pytest.mark.parametrize("kind", ["html", "json"])
@pytest.mark.parametrize("name", ["Bea Roe", "Facebook user"])
def test_a_moved_chat_whose_other_is_called_otherwise_comes_once(name: str, kind: str, owner: User, vault: Vault) -> None:
    renamed: Talk = [(name if who == "Bea Quill" else who, at, text) for who, at, text in TALK]
    upload(owner, {f"{MOVED}.{kind}": form(kind, TALK)})
    upload(owner, {f"{MOVED}.{kind}": form(kind, renamed, name)})
    assert once(vault, TALK)


def test_a_backup_goes_on_where_the_download_ends_when_only_one_chat_is_called_so(owner: User, vault: Vault) -> None:
    later = {"Bea Quill_1.json": backup(SINCE, PEOPLE, "Bea Quill_1")}
    upload(owner, {f"{BEA}.json": form("json", TALK)})
    upload(owner, later)
    assert once(vault, [*TALK, *SINCE])


@pytest.mark.parametrize("seconds", [1, 30, 59])
def test_a_backup_may_begin_in_the_minute_in_which_the_download_ends(seconds: int, owner: User, vault: Vault) -> None:
    later: Talk = [(who, TALK[-1][1] + seconds + 30 * n, f"{text} since") for n, (who, _, text) in enumerate(TALK[:6])]
    upload(owner, {f"{BEA}.json": form("json", TALK)})
    upload(owner, {"Bea Quill_1.json": backup(later, PEOPLE, "Bea Quill_1")})
    assert once(vault, [*TALK, *later])


@pytest.mark.parametrize("backup_first", [False, True])
def test_a_backup_that_may_be_anybodys_of_that_name_stays_apart(backup_first: bool, owner: User, vault: Vault) -> None:
    files = [
        {f"{BEA}.json": form("json", TALK), f"{OTHER_BEA}.json": form("json", OTHER)},
        {"Bea Quill_1.json": backup(SINCE, PEOPLE, "Bea Quill_1")},
    ]
    for given in files[::-1] if backup_first else files:
        upload(owner, given)
    assert once(vault, TALK, OTHER, SINCE)


@pytest.mark.parametrize("order", [["new", "old"], ["old", "new"], ["both"]])
def test_the_old_page_of_two_groups_of_the_same_people_is_put_into_neither(
    order: list[str], owner: User, vault: Vault
) -> None:
    one: Talk = [(THREE[n % 3], at, text) for n, (_, at, text) in enumerate(TALK)]
    two: Talk = [(THREE[n % 3], at + 3 * 86_400, f"{text} or not") for n, (_, at, text) in enumerate(TALK[:12])]
    people = ", ".join(THREE)
    old = {"html/messages.htm": htm((people, one), (people, two))}
    new = {
        f"{ROOT}/inbox/tea_5550001/message_1.json": messenger(one, THREE, "Tea"),
        f"{ROOT}/inbox/cake_5550002/message_1.json": messenger(two, THREE, "Cake"),
    }
    files = {"old": old, "new": new, "both": old | new}
    for name in order:
        upload(owner, files[name])
    assert once(vault, one, two, [*one, *two])


# an older download as JSON, a newer one as pages

MONTHS: Talk = [(who, at + 30 * 86_400 * n, f"{text} {n}") for n, (who, at, text) in enumerate(TALK)]
DAY: Talk = [(who, at + 600 * n, f"{text} {n}") for n, (who, at, text) in enumerate(TALK)]


@pytest.mark.parametrize("root", [ROOT, "your_instagram_activity/messages"])
@pytest.mark.parametrize("talk", [MONTHS, DAY], ids=["months", "a day"])
@pytest.mark.parametrize("held", [slice(0, 10), slice(14, 24), slice(8, 16)], ids=["older", "newer", "middle"])
def test_pages_tell_what_the_json_of_the_same_upload_does_not(
    held: slice, talk: Talk, root: str, owner: User, vault: Vault
) -> None:
    thread = f"{root}/inbox/beaquill_1234567/message_1"
    upload(owner, {f"{thread}.json": messenger(talk[held], PEOPLE), f"{thread}.html": page(talk)})
    assert once(vault, talk)


def test_pages_that_say_the_same_as_the_json_are_not_read(owner: User, vault: Vault) -> None:
    upload(owner, {f"{INBOX}.json": messenger(DAY, PEOPLE), f"{INBOX}.html": page(DAY)})
    receipt = selectors.receipt(vault, Archive.objects.get()) or {}
    assert [skipped["reason"] for file in receipt["files"] for skipped in file["skipped"]] == [twins.SAME]

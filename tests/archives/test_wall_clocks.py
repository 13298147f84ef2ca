"""One chat by another phone's clock, or by one that is some hours off: each message once, and no other is lost."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from apps.accounts.models import User
from apps.accounts.vault import Vault
from apps.archives import ingest
from apps.archives.models import Conversation
from tests.archives.test_merging import said, upload

pytestmark = pytest.mark.django_db(transaction=True)
BEGIN = datetime(2018, 6, 13, 21, 20, 10, tzinfo=UTC)
#: Seconds after the first; two say "ok" within a minute, and one of them twice.
Talk = list[tuple[int, str, str]]
TALK: Talk = sorted(
    [
        *((97 * n, "Ann" if n % 2 else "Bea", f"words number {n}") for n in range(16)),
        (305, "Ann", "ok"), (306, "Bea", "ok"), (309, "Ann", "ok"), (400, "Bea", ""),
    ]
)  # fmt: skip


@pytest.fixture(autouse=True)
def _no_estimate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest, "SHADOWED", 0)


def iphone(talk: Talk, hours: float = 0) -> tuple[str, bytes]:
    lines = [
        f"[{BEGIN + timedelta(hours=hours, seconds=at):%d.%m.%y, %H:%M:%S}] {who}: {text or chr(0x200E) + 'image omitted'}"
        for at, who, text in talk
    ]
    return "WhatsApp Chat - Bea.txt", "\n".join([*lines, ""]).encode()


def android(talk: Talk, hours: float = 0) -> tuple[str, bytes]:
    lines = [
        f"{BEGIN + timedelta(hours=hours, seconds=at):%d.%m.%y, %H:%M} - {who}: {text or '<Media omitted>'}"
        for at, who, text in talk
    ]
    return "WhatsApp Chat with Bea.txt", "\n".join([*lines, ""]).encode()


def words(vault: Vault) -> list[str]:
    (talk,) = said(vault).elements()
    return sorted(talk)


ALL = sorted(text for _, _, text in TALK if text)
FORMS = [iphone(TALK), android(TALK), iphone(TALK, -3), android(TALK, 5.75)]


@pytest.mark.parametrize("order", [*permutations(range(4), 2)], ids=str)
def test_the_same_by_another_clock_comes_once(order: tuple[int, ...], owner: User, vault: Vault) -> None:
    upload(owner, [FORMS[order[0]]], vault)
    assert [upload(owner, [FORMS[n]], vault)["new"] for n in (*order[1:], *order)] == [0, 0, 0]
    assert words(vault) == ALL
    assert Conversation.objects.get().messages == len(ALL)


def test_all_at_once(owner: User, vault: Vault) -> None:
    upload(owner, FORMS, vault)
    assert words(vault) == ALL
    assert upload(owner, FORMS[::-1], vault)["new"] == 0


@pytest.mark.parametrize("form", [iphone, android])
@pytest.mark.parametrize("hours", [0, -3])
def test_what_was_said_since_is_new(form: object, hours: int, owner: User, vault: Vault) -> None:
    """An older export by one phone, a newer one by another."""
    upload(owner, [android(TALK[:14])], vault)
    newer = iphone(TALK, hours) if form is iphone else android(TALK, hours)
    assert upload(owner, [newer], vault)["new"] == sum(bool(text) for _, _, text in TALK[14:])
    assert words(vault) == ALL


def test_what_is_said_again_is_said_again(owner: User, vault: Vault) -> None:
    """The same few words at the same minutes of another hour, among others: by a clock that is off, the others would be there, too."""
    again: Talk = [(at + 3_600, who, text) for at, who, text in TALK[:4]]
    others: Talk = [(at + 3_600 + 7, who, f"{text} or not") for at, who, text in TALK]
    upload(owner, [iphone(TALK)], vault)
    assert upload(owner, [iphone(sorted([*again, *others]))], vault)["new"] == len(again) + len(others)
    same_minute: Talk = [(at + 3, who, text) for at, who, text in TALK[:1]]
    assert upload(owner, [iphone(same_minute)], vault)["new"] == 1, "both tell seconds"
    assert upload(owner, [android([(0, "Ann", TALK[0][2])])], vault)["new"] == 1, "and somebody else says it"


@pytest.mark.parametrize("who", [["Bot"] * 4, ["Ann", "Bea", "Cy", "Dan"]], ids=["a machine", "greetings"])
def test_what_begins_where_the_other_has_ended_is_said_again(who: list[str], owner: User, vault: Vault) -> None:
    """The same lines twice a day, on a new phone without the old ones."""
    lines: Talk = [(3 * 3_600 + 60 * n, who[n], f"line {n}") for n in range(4)]
    again: Talk = [(at + 12 * 3_600, name, text) for at, name, text in lines]
    upload(owner, [android([(0, "Ann", "hello"), *lines])], vault)
    assert upload(owner, [android([*again, (40 * 3_600, "Ann", "thanks")])], vault)["new"] == 5
    assert words(vault) == sorted(["hello", "thanks", *(text for _, _, text in [*lines, *again])])

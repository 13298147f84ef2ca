"""What was burnt does not come back with the same chat in another form, or by another clock; what is new comes."""

from __future__ import annotations

import pytest

from apps.accounts.models import User
from apps.accounts.vault import Vault
from apps.archives import burnt_words, ingest
from apps.archives.clocks import Line
from apps.archives.models import Conversation
from apps.archives.scrubbing import Original
from apps.privacy import selectors as ledgers
from apps.privacy import services as privacy
from apps.privacy.scrub.types import Finding
from tests.archives import test_joining as joining
from tests.archives.test_merging import upload
from tests.archives.test_meta_forms import INBOX, MOVED, PEOPLE, htm, page
from tests.archives.test_recognising import telegram, telegram_pages
from tests.archives.test_wall_clocks import TALK, Talk, android, iphone, words
from tests.conftest import dialogue, messenger

DATABASE = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _no_estimate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest, "SHADOWED", 0)


# which message is which


def original(text: str, **burnt: str) -> Original:
    """With these stand-ins in it."""
    fixed = [Finding(text.index(some), text.index(some) + len(some), kind, 99, some) for kind, some in burnt.items()]
    return Original(text, [], fixed)


@pytest.mark.parametrize(
    ("message", "same", "others"),
    [
        (original("my pin is [pin]", pin="[pin]"), "my  pin is 4821", ["my pin is ", "so my pin is 4821", "my pin"]),
        (original("[pin] is it, Sarah!", pin="[pin]", name="Sarah"), "4821 is it, Bea!", ["4821 is it, !", "is it, Bea!", "4821 is it, Bea"]),
        (original("[pin]", pin="[pin]"), "48 21", ["", " "]),
        (original("[pin][cvv] ok", pin="[pin]", cvv="[cvv]"), "48211 ok", ["4 ok"]),
    ],
)  # fmt: skip
def test_what_is_left_of_a_message_tells_which_it_is(message: Original, same: str, others: list[str]) -> None:
    pieces = burnt_words.left(message)
    assert pieces is not None
    assert burnt_words.fits(pieces, same)
    assert [text for text in others if burnt_words.fits(pieces, text)] == []


def test_of_a_whole_message_nothing_was_burnt() -> None:
    assert burnt_words.left(Original("pin 4821", [Finding(4, 8, "pin")])) is None


LEFT = ("my pin is ", "")


def line(at: float, text: str, who: str = "a", *, exact: bool = False) -> Line:
    return Line(at, exact, who, "text", text)


def test_only_the_same_sender_at_the_same_minute_said_it() -> None:
    there = [line(600, "my pin is [pin]"), line(0, "hello", "b")]
    here = [line(607, "my pin is 4821"), line(5, "hello", "b")]
    assert burnt_words.paired(here, there, {0: LEFT}, {1: 1}) == {0: 0}
    for other in (
        line(667, "my pin is 4821"),
        line(607, "my pin is 4821", "b"),
        line(607, "the pin is 4821"),
        line(600, "my pin is 4821"),
    ):
        assert burnt_words.paired([other, here[1]], there, {0: LEFT}, {1: 1}) == {}, other
    renamed = [line(607, "my pin is 4821", "c"), here[1]]
    assert burnt_words.paired(renamed, there, {0: LEFT}, {1: 1}) == {0: 0}, "who is called otherwise there may be the same"


def test_the_clock_is_that_of_the_lines_around() -> None:
    hour = 3_600
    there = [line(600, "my pin is [pin]"), line(0, "hello", "b"), line(90_000, "bye", "b")]
    here = [line(600 + hour, "my pin is 4821"), line(hour, "hello", "b"), line(90_000 + 2 * hour, "bye", "b")]
    assert burnt_words.paired(here, there, {0: LEFT}, {1: 1, 2: 2}) == {0: 0}
    assert burnt_words.paired(here[:1], there[:1], {0: LEFT}, {}) == {}, "where nothing tells it, clocks are the same"
    assert burnt_words.paired([line(607, "4821")], [line(600, "[pin]")], {0: ("", "")}, {}) == {}, (
        "nor does a stand-in alone"
    )


def test_of_two_in_a_minute_each_is_one() -> None:
    there = [line(600, "[pin]"), line(600, "my pin is [pin]"), line(600, "my pin is [pin]")]
    here = [line(601, "my pin is 4821"), line(602, "my pin is 7713"), line(603, "0815"), line(0, "hello", "b")]
    burnt = {0: ("", ""), 1: LEFT, 2: LEFT}
    assert burnt_words.paired(here, [*there, line(0, "hello", "b")], burnt, {3: 3}) == {0: 1, 1: 2, 2: 0}


def test_many_stand_ins_are_compared_in_one_pass() -> None:
    assert not burnt_words.fits(("", *["a"] * 400, "b"), "a" * 20_000)


# uploads

SECRETS: Talk = [
    (500, "Ann", "my pin is 4821"), (620, "Bea", "the wifi password is Sunflower99"), (700, "Ann", "thanks Bea"), (701, "Ann", "4821"),
]  # fmt: skip
WITH = sorted([*TALK, *SECRETS])
FORMS = {
    "iphone": iphone(WITH),
    "android": android(WITH),
    "iphone -3": iphone(WITH, -3),
    "android +5.75": android(WITH, 5.75),
}
#: More than a fifth of it was burnt.
MOSTLY = sorted([*TALK, *((97 * n + 11, "Ann" if n % 2 else "Bea", f"my pin is {4_000 + 7 * n}") for n in range(12))])


def burn(vault: Vault) -> None:
    privacy.burn(owner_id=vault.owner_id)
    assert list(ledgers.ledgers(vault)) == []


@DATABASE
@pytest.mark.parametrize("first", FORMS)
def test_what_was_burnt_does_not_come_back_by_another_clock(first: str, owner: User, vault: Vault) -> None:
    upload(owner, [FORMS[first]], vault)
    burn(vault)
    before = words(vault)
    assert "my pin is [pin]" in before
    for form in FORMS.values():
        assert (upload(owner, [form], vault)["new"], list(ledgers.ledgers(vault))) == (0, [])
    assert words(vault) == before


@DATABASE
@pytest.mark.parametrize("hours", [0, -3])
def test_where_much_was_burnt(hours: int, owner: User, vault: Vault) -> None:
    upload(owner, [android(MOSTLY)], vault)
    burn(vault)
    assert (upload(owner, [iphone(MOSTLY, hours)], vault)["new"], list(ledgers.ledgers(vault))) == (0, [])


@DATABASE
def test_what_was_said_since_is_new(owner: User, vault: Vault) -> None:
    upload(owner, [android(WITH)], vault)
    burn(vault)
    more: Talk = [(503, "Ann", "hm"), (1_700, "Ann", "my pin is 7713"), (1_710, "Bea", "my pin is 4821")]
    assert upload(owner, [iphone(sorted([*WITH, *more]), -3)], vault)["new"] == 3
    assert sorted(e.value for e in ledgers.ledgers(vault)) == ["4821", "7713"]


DAYS = dialogue(24)
SAID = sorted(
    [
        *DAYS, ("Ann Roe", DAYS[9][1] + 25, "my pin is 4821"), ("Bea Quill", DAYS[11][1] + 25, "the wifi password is Sunflower99"),
    ],
    key=lambda one: one[1],
)  # fmt: skip
PAIRS = {
    "facebook": ({f"{INBOX}.html": page(SAID)}, {f"{INBOX}.json": messenger(SAID, PEOPLE)}),
    "facebook, moved": ({f"{MOVED}.html": page(SAID)}, {f"{MOVED}.json": messenger(SAID, PEOPLE)}),
    "facebook, before 2018": ({"html/messages.htm": htm(("Ann Roe, Bea Quill", SAID))}, {f"{INBOX}.json": messenger(SAID, PEOPLE)}),
    "telegram": (telegram_pages(SAID), telegram(SAID)),
}  # fmt: skip


@DATABASE
@pytest.mark.parametrize("turned", [False, True], ids=["pages first", "JSON first"])
@pytest.mark.parametrize("name", PAIRS)
def test_what_was_burnt_does_not_come_back_in_another_form(name: str, turned: bool, owner: User, vault: Vault) -> None:
    one, other = PAIRS[name][:: -1 if turned else 1]
    joining.upload(owner, one)
    burn(vault)
    before = sorted(joining.chats(vault)[0])
    assert "my pin is [pin]" in before
    for files in (other, one, other):
        joining.upload(owner, files)
        assert (sorted(joining.chats(vault)[0]), list(ledgers.ledgers(vault))) == (before, [])
    assert Conversation.objects.count() == 1

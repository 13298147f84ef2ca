"""Short chats that came as pages and as JSON: how their clocks differ is told by all chats of an upload together."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from apps.accounts.models import User
from apps.accounts.vault import Vault
from apps.archives import ingest, selectors
from apps.archives.clocks import HERE, Clocks, Line
from apps.archives.models import Conversation
from apps.archives.pages_and_json import matched
from tests.archives.test_joining import ROOT, backup, chats, said, upload
from tests.archives.test_meta_forms import HOURS, Talk, page
from tests.conftest import dialogue, messenger

T = 1_700_000_000.25
AT = int(T)
INSTAGRAM = "your_instagram_activity/messages"


@pytest.fixture
def _no_estimate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest, "SHADOWED", 0)


# what the lines of several chats tell


def both(words: list[str], hours: float, at: float = T, who: str = "ab") -> tuple[list[Line], list[Line]]:
    """Lines as a page shows them, and as JSON does."""
    true = [Line(at + n * 420, True, who[n % len(who)], "text", text) for n, text in enumerate(words)]
    return [Line((line.at or 0) // 60 * 60 + hours * 3_600, False, line.who, "text", line.text, HERE) for line in true], true


def test_lines_of_several_chats_tell_together() -> None:
    clocks = Clocks([both([word], -8, T + n * 86_400) for n, word in enumerate(["tea", "rain", "moss"])])
    assert [apart for _, apart in clocks.between(HERE, "")] == [-480] * 3
    assert [apart for _, apart in clocks.between("", HERE)] == [480] * 3
    assert clocks.between("", "another export") == []
    few = Clocks([both([word], -8, T + n * 86_400) for n, word in enumerate(["tea", "rain"])])
    assert few.between(HERE, "") == [], "two lines may be chance"


def test_two_lines_tell_where_they_are_all_that_two_people_said() -> None:
    words = ["is the bicycle still for sale?", "yes, come by on Saturday"]
    assert Clocks([both(words, 5.75)]).between(HERE, "") != []
    assert Clocks([both(words, 5.75, who="a")]).between(HERE, "") == [], "what one alone said may have been said again"
    pages, json_ = both(words, 5.75)
    assert Clocks([(pages, json_[:1])]).between(HERE, "") == []
    longer = [*words, "which one?", "the green one"]
    one, other = both(longer, 1)[0], both([*words, "no", "never mind"], 1)[1]
    assert Clocks([(one, other)]).between(HERE, "") == [], "others contradict them"


def test_a_short_chat_goes_by_what_others_tell() -> None:
    told = Clocks([both(["tea", "rain", "moss"], -8)])
    pages, json_ = both(["hello"], -8, T + 9 * 86_400)
    assert matched(pages, json_, minutes=True, clocks=lambda: told) == {0: 0}
    assert matched(json_, pages, minutes=True, clocks=lambda: told) == {0: 0}
    for hours, text, who in ((1, "hello", "a"), (0, "hello", "b"), (0, "hullo", "a")):
        _, other = both([text], 0, T + 9 * 86_400 + hours * 3_600, who=who * 2)
        known = [*other, Line(T, True, "a", "text", "something else")]  # everybody is known on both sides
        mine = [*pages, Line(T + 3_600, False, "b", "text", "anything", HERE)]
        assert matched(mine, known, minutes=True, clocks=lambda: told) == {}


def test_a_chat_that_tells_one_half_of_the_year_goes_by_others_in_the_other() -> None:
    winter = T + 60 * 86_400
    told = Clocks([both(["tea", "rain", "moss"], -7), both(["bread", "soup", "chess"], -8, winter)])
    (autumn, true), (later, true_later) = both(["one", "two", "three"], -7), both(["four", "five"], -8, winter)
    assert matched([*autumn, *later], [*true, *true_later], minutes=True, clocks=lambda: told) == {n: n for n in range(5)}


def test_what_is_said_again_tells_no_clock() -> None:
    again = both(["start", "welcome!"], -4)
    assert Clocks([again]).between(HERE, "") == []
    words = both(["shall we start?", "yes, welcome!"], -4)
    assert {apart for _, apart in Clocks([words]).between(HERE, "")} == {-240}
    known = Clocks([words, both(["tea", "rain", "moss"], -7)])
    assert {apart for _, apart in known.between(HERE, "")} == {-420}, "where many lines tell it, two more do not"


def test_each_export_has_a_clock_of_its_own() -> None:
    def of(export: str, lines: list[Line]) -> list[Line]:
        return [line._replace(clock=export) for line in lines]

    couples = [
        (of(name, pages), true) for name, hours in (("x", -8), ("y", 3)) for pages, true in [both(["a1", "b2", "c3"], hours)]
    ]
    clocks = Clocks(couples)
    pages, json_ = both(["hello"], 3, T + 9 * 86_400)
    assert matched(json_, of("y", pages), minutes=True, clocks=lambda: clocks) == {0: 0}
    assert matched(json_, of("x", pages), minutes=True, clocks=lambda: clocks) == {}


# pages and JSON of an account


def small(count: int) -> list[Talk]:
    """Chats of one, two and three lines each."""
    told = dialogue(3 * count)
    return [[(who, at + n * 86_400, f"{text} {n}") for who, at, text in told[3 * n :][: n % 3 + 1]] for n in range(count)]


def threads(kind: str, talks: list[Talk], root: str = ROOT) -> dict[str, bytes]:
    files = {}
    for n, talk in enumerate(talks):
        data = page(talk) if kind == "html" else messenger(talk, ["Ann Roe", "Bea Quill"])
        files[f"{root}/inbox/beaquill_{1_000_000 + n}/message_1.{kind}"] = data
    return files


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_no_estimate")
@pytest.mark.parametrize("root", [ROOT, INSTAGRAM])
@pytest.mark.parametrize("order", [["html", "json"], ["json", "html"]])
@pytest.mark.parametrize("long", [False, True])
def test_short_threads_come_once(long: bool, order: list[str], root: str, owner: User, vault: Vault) -> None:
    talks = small(6) + ([dialogue(24)] if long else [])
    for kind in [*order, *order]:
        upload(owner, threads(kind, talks, root))
    assert chats(vault) == sorted(said(talk) for talk in talks)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_no_estimate")
def test_a_single_chat_of_two_lines_comes_once(owner: User, vault: Vault) -> None:
    talk = [("Bea Quill", int(T), "is the bicycle still for sale?"), ("Ann Roe", int(T) + 480, "yes, come by on Saturday")]
    for kind in ("html", "json"):
        upload(owner, threads(kind, [talk]))
    assert chats(vault) == [said(talk)]


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_no_estimate")
def test_pages_that_go_further_than_the_json_of_their_upload(owner: User, vault: Vault) -> None:
    talks = small(6)
    later: list[Talk] = [[*talk, ("Bea Quill", talk[-1][1] + 9 * 86_400, f"since {n}")] for n, talk in enumerate(talks)]
    upload(owner, threads("json", talks) | threads("html", later))
    assert chats(vault) == sorted(said(talk) for talk in later)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_no_estimate")
@pytest.mark.parametrize("order", [["html", "json"], ["json", "html"]])
@pytest.mark.parametrize("long", [False, True])
def test_pages_end_with_what_the_json_begins_with(long: bool, order: list[str], owner: User, vault: Vault) -> None:
    greeted: Talk = [("Ann Roe", AT, "start"), ("Bea Quill", AT + 60, "Welcome!")]
    again: Talk = [(who, at + 4 * 3_600, text) for who, at, text in greeted]
    others = [dialogue(24)] if long else []
    files = {"html": threads("html", [greeted, *others]), "json": threads("json", [again, *others])}
    for kind in order:
        upload(owner, files[kind])
    assert chats(vault) == sorted(said(talk) for talk in [[*greeted, *again], *others])


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_no_estimate")
@pytest.mark.parametrize("long", [False, True])
@pytest.mark.parametrize("gap", [7_260, 7_200], ids=["by no clock", "by another clock"])
def test_pages_that_end_where_the_json_of_their_upload_begins(gap: int, long: bool, owner: User, vault: Vault) -> None:
    first: Talk = [("Ann Roe", AT, "ok"), ("Bea Quill", AT + 600, "fine")]
    since: Talk = [("Ann Roe", AT + gap, "ok"), ("Bea Quill", AT + gap + 600, "fine"), ("Ann Roe", AT + 9_000, "tea?")]
    others = [dialogue(24)] if long else []
    upload(owner, threads("html", [first, *others]) | threads("json", [since, *others]))
    assert chats(vault) == sorted([said([*first, *since]), *map(said, others)])


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_no_estimate")
def test_a_line_of_before_beside_json_comes_once(owner: User, vault: Vault) -> None:
    talks = [*small(1), dialogue(24)]
    later: list[Talk] = [[*talk, ("Bea Quill", talk[-1][1] + 9 * 86_400, f"since {n}")] for n, talk in enumerate(talks)]
    upload(owner, threads("html", talks) | threads("json", later))
    assert chats(vault) == sorted(said(talk) for talk in later)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_no_estimate")
@pytest.mark.parametrize("common", [1, 2])
@pytest.mark.parametrize("order", [["pages", "backup"], ["backup", "pages"], ["both"]])
def test_pages_and_a_backup_that_share_a_line_or_two(order: list[str], common: int, owner: User, vault: Vault) -> None:
    talk = dialogue(16)
    other = [(who.replace("Bea Quill", "Cy Dunn"), at + 86_400, f"{text} or not") for who, at, text in dialogue(24)]
    backups = {
        "Bea Quill_1.json": backup(talk[8 - common :], ["Bea Quill", "Ann Roe"], "Bea Quill_1"),
        "Cy Dunn_2.json": backup(other[12:], ["Cy Dunn", "Ann Roe"], "Cy Dunn_2"),
    }
    pages = threads("html", [talk[:8]]) | {f"{ROOT}/inbox/cydunn_7/message_1.html": page(other, "Cy Dunn")}
    files = {"pages": pages, "backup": backups}
    files["both"] = files["pages"] | backups
    for name in order:
        upload(owner, files[name])
    assert chats(vault) == sorted([said(talk), said(other)])


# Telegram, whose forms have only a title in common


def telegram_page(talk: Talk, title: str, hours: int = 2) -> str:
    moments = [datetime.fromtimestamp(at + hours * HOURS, UTC) for _, at, _ in talk]
    return (
        f'<html><head><title>Exported Data</title></head><body><div class="page_wrap"><div class="page_header"><div class="content">'
        f'<div class="text bold">\n{title}\n</div></div></div><div class="page_body chat_page"><div class="history">'
        + "".join(
            f'<div class="message default clearfix" id="message{n}"><div class="body"><div class="pull_right date details" '
            f'title="{at:%d.%m.%Y %H:%M:%S}">{at:%H:%M}</div><div class="from_name">\n{who} \n</div><div class="text">\n{text}\n'
            "</div></div></div>"
            for n, ((who, _, text), at) in enumerate(zip(talk, moments, strict=True), 1)
        )
        + "</div></div></div></body></html>"
    )


def telegram_pages(talks: dict[str, Talk]) -> dict[str, bytes]:
    return {
        f"ChatExport_{n}/messages.html": telegram_page(talk, name).encode() for n, (name, talk) in enumerate(talks.items())
    }


def telegram_json(talks: dict[str, Talk]) -> dict[str, bytes]:
    """An account's: only first names."""
    ids = {"Ann Roe": 1} | {name: n + 2 for n, name in enumerate(talks)}
    lists = [
        {
            "name": name.split()[0], "type": "personal_chat", "id": ids[name],
            "messages": [
                {"id": n, "type": "message", "date_unixtime": str(at), "from": who, "from_id": f"user{ids[who]}", "text": text}
                for n, (who, at, text) in enumerate(talk)
            ],
        }
        for name, talk in talks.items()
    ]  # fmt: skip
    about = {"user_id": 1, "first_name": "Ann", "last_name": "Roe"}
    return {"DataExport/result.json": json.dumps({"personal_information": about, "chats": {"list": lists}}).encode()}


TELEGRAM: dict[str, Talk] = {
    "Bea Quill": [("Bea Quill", AT, "is the bicycle still for sale?"), ("Ann Roe", AT + 480, "yes, come by on Saturday")],
    "Cy Dunn": [("Cy Dunn", AT + 86_400, "found your hat")],
    "Cy Moss": [("Cy Moss", AT + 2 * 86_400, "the key is under the pot")],
    "Dee Fern": [("Ann Roe", AT + 3 * 86_400, "happy new year")],
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_no_estimate")
@pytest.mark.parametrize("order", [["pages", "json"], ["json", "pages"], ["both"]])
def test_short_chats_of_telegram_come_once(order: list[str], owner: User, vault: Vault) -> None:
    files = {"pages": telegram_pages(TELEGRAM), "json": telegram_json(TELEGRAM)}
    files["both"] = files["pages"] | files["json"]
    for name in [*order, *order]:
        upload(owner, files[name])
    assert texts(vault) == sorted(said(talk) for talk in TELEGRAM.values())


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_no_estimate")
@pytest.mark.parametrize("order", [["pages", "json"], ["json", "pages"]])
def test_what_was_sent_to_two_of_one_name_joins_nobody(order: list[str], owner: User, vault: Vault) -> None:
    sent: Talk = [("Ann Roe", AT + 3 * 86_400, "happy new year")]
    talks = {"Bea Quill": dialogue(12), "Dee Fern": sent, "Dee Moss": sent}
    pages = {name: talks[name] for name in ("Bea Quill", "Dee Fern")}
    files = {"pages": telegram_pages(pages), "json": telegram_json(talks)}
    for name in order:
        upload(owner, files[name])
    assert texts(vault) == sorted([said(dialogue(12)), said(sent), said(sent), said(sent)])


def at(minutes: int) -> int:
    return AT + 3 * 86_400 + 60 * minutes


MIXED: list[tuple[Talk, Talk, str]] = [
    (
        [("Ann Roe", at(n), f"invitation {n}") for n in range(3)],
        [*[("Ann Roe", at(n), f"invitation {n}") for n in range(3)], ("Cy Fern", at(30), "sorry, away")],
        "Cy Dunn",
    ),
    (
        [*[("Ann Roe", at(n), f"invitation {n}") for n in range(3)], ("Ann Roe", at(20), "dear one")],
        [*[("Ann Roe", at(n), f"invitation {n}") for n in range(3)], ("Ann Roe", at(20), "dear other")],
        "Cy Dunn",
    ),
    (
        [("Ann Roe", at(0), "happy new year")],
        [("Ann Roe", at(0), "happy new year"), ("Cy Dunn", at(5), "you too"), ("Ann Roe", at(9), "dinner?")],
        "Cy Dunn",
    ),
    ([("Cy Dunn", at(0), "hi")], [("Ann Roe", at(0), "hi"), ("Cy Dunn", at(5), "hello")], "Cy Dunn"),
    (
        [("Cy Dunn", at(0), "happy new year")],
        [("Cy Fern", at(0), "happy new year"), ("Ann Roe", at(5), "and you")],
        "Cy Dunn",
    ),
    (
        [("Ann Roe", at(0), "happy new year"), ("Mum", at(3), "ok")],
        [("Ann Roe", at(0), "happy new year"), ("Mum", at(5), "you too"), ("Ann Roe", at(9), "dinner?")],
        "Mum",
    ),
]


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_no_estimate")
@pytest.mark.parametrize(("one", "other", "name"), MIXED)
@pytest.mark.parametrize("order", [["pages", "json"], ["json", "pages"], ["both"]])
def test_a_line_of_one_minute_makes_no_two_people_one(
    order: list[str], one: Talk, other: Talk, name: str, owner: User, vault: Vault
) -> None:
    called = next((who for who, _, _ in other if who not in (name, "Ann Roe")), name)  # of the same first name
    files = {
        "pages": telegram_pages({"Bea Quill": dialogue(24), name: one}),
        "json": telegram_json({"Bea Quill": dialogue(24), called: other}),
    }
    files["both"] = files["pages"] | files["json"]
    for kind in order:
        upload(owner, files[kind])
    assert texts(vault) == sorted([said(dialogue(24)), said(one), said(other)])


SENT: Talk = [
    ("Ann Roe", at(0), "we move house"),
    ("Ann Roe", at(1), "on Saturday at nine"),
    ("Ann Roe", at(2), "can you come?"),
]
DUNN: Talk = [*SENT, ("Cy Dunn", at(20), "thanks, I come"), ("Ann Roe", at(40), "see you there!")]
BRANDT: Talk = [*SENT, ("Cy Brandt", at(27), "sorry, I am away"), ("Ann Roe", at(47), "a pity!")]


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_no_estimate")
@pytest.mark.parametrize("alone", [False, True], ids=["both in both", "one in each"])
@pytest.mark.parametrize("order", [["pages", "json"], ["json", "pages"], ["both"]])
def test_an_invitation_to_two_of_one_name_joins_nobody(order: list[str], alone: bool, owner: User, vault: Vault) -> None:
    bea: dict[str, Talk] = {"Bea Quill": dialogue(24)}
    dunn: dict[str, Talk] = {"Cy Dunn": DUNN}
    brandt: dict[str, Talk] = {"Cy Brandt": BRANDT}
    files = {
        "pages": telegram_pages(bea | dunn | ({} if alone else brandt)),
        "json": telegram_json(bea | brandt | ({} if alone else dunn)),
    }
    files["both"] = files["pages"] | files["json"]
    for kind in [*order, *order]:
        upload(owner, files[kind])
    assert texts(vault) == sorted([said(dialogue(24)), said(DUNN), said(BRANDT)])


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_no_estimate")
@pytest.mark.parametrize(("who", "first"), [("Cy Dunn", 1), ("Cy Dunn", 2), ("Cy Dunn", 4), ("Ann Roe", 3), ("Ann Roe", 5)])
@pytest.mark.parametrize("order", [["begun", "json", "pages"], ["begun", "json"], ["json", "pages"]])
def test_a_chat_whose_first_pages_held_only_what_one_wrote_comes_once(
    order: list[str], who: str, first: int, owner: User, vault: Vault
) -> None:
    told = [(who if n < first else ["Cy Dunn", "Ann Roe"][n % 2], at(400 * n), f"line {n} of it") for n in range(24)]
    bea: dict[str, Talk] = {"Bea Quill": dialogue(24)}
    files = {
        "begun": telegram_pages(bea | {"Cy Dunn": told[:first]}),
        "json": telegram_json(bea | {"Cy Dunn": told[:16]}),
        "pages": telegram_pages(bea | {"Cy Dunn": told}),
    }
    for kind in order:
        upload(owner, files[kind])
    assert texts(vault) == sorted([said(dialogue(24)), said(told if "pages" in order else told[:16])])


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_no_estimate")
@pytest.mark.parametrize("edited", [False, True])
@pytest.mark.parametrize("order", [["pages", "json"], ["json", "pages"]])
def test_a_channel_of_one_writer_comes_once(order: list[str], edited: bool, owner: User, vault: Vault) -> None:
    news = [("Ann Roe", at(400 * n), f"news {n} of today") for n in range(9)]
    now = [
        ("Ann Roe", at_, "edited since") if edited and n == 4 else ("Ann Roe", at_, text)
        for n, (_, at_, text) in enumerate(news)
    ]
    files = {"pages": telegram_pages({"Noticeboard": news[:6]}), "json": telegram_json({"Noticeboard": now[2:]})}
    for kind in order:
        upload(owner, files[kind])
    (found,) = texts(vault)
    assert sorted(found) == sorted([*said(news), *(["edited since"] if edited else [])])


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("_no_estimate")
@pytest.mark.parametrize("hours", [-10, -8, 9])
def test_what_a_bot_says_every_day_is_not_taken_for_yesterdays(hours: int, owner: User, vault: Vault) -> None:
    """No two zones are a day apart: pages of today do not end where the JSON of yesterday does. Nothing tells their clock, so that
    some come twice."""
    days = [[("Bea Quill", AT + 86_400 * day + 60 * n, f"says {n}") for n in range(3)] for day in range(12)]
    every = [line for day in days for line in day]
    beside = f"{ROOT}/inbox/beaquill_1000000/message_1.html"
    upload(owner, threads("json", [every[:-3]]) | {beside: page(every, hours=hours)})
    ((*found,),) = chats(vault)
    assert len(found) >= len(every), "none lost"


def texts(vault: Vault) -> list[list[str]]:
    return sorted([r.text for r in selectors.records(vault, c) if r.kind == "text"] for c in Conversation.objects.all())

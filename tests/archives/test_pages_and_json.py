"""Messages of pages, in minutes of an unknown place, are those of the JSON: each once, and no other."""

from __future__ import annotations

import pytest

from apps.archives.clocks import Line
from apps.archives.pages_and_json import Said, matched, paired, same_chat

DAY, HOUR = 86_400, 3_600
WORDS = ["tea", "rain", "bread", "the bus", "moss", "a kite", "soup", "chess"]
#: Two a day, for some weeks.
JSON: list[Said] = [(1_700_000_000.25 + n * DAY / 2, "text", f"{WORDS[n % 8]} {n}") for n in range(60)]


def shown(said: list[Said], *shifts: float) -> list[Said]:
    """As a page shows them: minutes, by clocks that are so many seconds off, one after the other."""
    each = -(-len(said) // len(shifts))
    return [
        ((at or 0) // 60 * 60 + shift, kind, text)
        for n, shift in enumerate(shifts)
        for at, kind, text in said[n * each : (n + 1) * each]
    ]


@pytest.mark.parametrize(
    "shifts", [(0,), (-8 * HOUR,), (HOUR, 2 * HOUR, HOUR), (5.75 * HOUR,), (14 * HOUR, -10 * HOUR)], ids=str
)
def test_every_message_is_found_by_whatever_clock(shifts: tuple[float, ...]) -> None:
    pages = shown(JSON, *shifts)
    assert paired(pages, JSON) == paired(JSON, pages) == {n: n for n in range(60)}


def test_words_that_are_said_often_are_each_one_of_them() -> None:
    """Two within a minute are two; a third one is another."""
    often = sorted([*JSON, (JSON[3][0] + 5, "text", "ok"), (JSON[3][0] + 9, "text", "ok"), (JSON[30][0], "text", "ok")])
    pages = shown(often, -HOUR)
    assert paired(pages, often) == {n: n for n in range(63)}
    more = sorted([*pages, (pages[4][0], "text", "ok")])
    assert len(paired(more, often)) == 63
    later = [*pages, (pages[-1][0] + 7 * DAY, "text", "ok")]
    assert 63 not in paired(later, often)


def test_an_hour_that_could_be_two_goes_by_what_is_near() -> None:
    """ "ok" at nine in winter, "ok" at ten in summer: by the other season's clock each could be the other's."""
    said = sorted(
        [*JSON, *((at + HOUR, "text", "ok") for at, _, _ in JSON), *((at + 2 * HOUR, "text", "ok") for at, _, _ in JSON)]
    )
    winter, summer = said[:90], said[90:]
    pages = [*shown(winter, HOUR), *shown(summer, 2 * HOUR)]
    found = paired(pages, said)
    wrong = {n: found.get(n) for n in range(180) if found.get(n) != n}
    assert set(wrong) <= set(range(87, 93)), "only where the clock is changed"


def test_nothing_is_paired_where_nothing_tells_how_clocks_differ() -> None:
    few = JSON[:2]
    assert paired(shown(few, HOUR), few) == {}
    assert paired(shown(JSON, 50 * HOUR), JSON) == {}
    assert paired(shown(JSON, 7 * 60), JSON) == {}, "no zone is seven minutes off"
    assert paired([(at, "text", "ok") for at, _, _ in JSON], [(at, "text", "ok") for at, _, _ in JSON]) == {}
    assert paired(shown(JSON, 24 * HOUR), JSON) == {}, "nor a day: what is said daily would be one message"
    daily = [(JSON[0][0] + n * DAY + hour * HOUR, "text", f"good {hour}") for n in range(9) for hour in (1, 2, 3)]
    assert paired(daily[:-3], daily) == {}, "of what is said every day none tells which day it is"
    assert paired([], JSON) == paired(JSON, []) == paired([(None, "text", "tea 0")], JSON) == {}


def test_pictures_are_no_words() -> None:
    pages = shown(JSON, HOUR)
    pages[5] = (pages[5][0], "media", pages[5][2])
    assert 5 not in paired(pages, JSON)


def told(said: list[Said], *, exact: bool, who: str = "ab") -> list[Line]:
    """With their writers, in turns."""
    return [Line(at, exact, who[n % len(who)], kind, text) for n, (at, kind, text) in enumerate(said)]


def test_true_minutes_need_no_lines_that_tell_how_clocks_differ() -> None:
    few = JSON[:2]
    pages, json = told(shown(few, 0), exact=True), told(few, exact=True)
    assert matched(pages, json, minutes=True) == matched(json, pages, minutes=True) == {0: 0, 1: 1}
    assert matched(pages, json, minutes=False) == {}, "on other platforms two true moments are two"
    assert matched(told([(at and at + 1, k, t) for at, k, t in few], exact=True), json, minutes=True) == {}, (
        "nor are seconds minutes"
    )
    assert matched(told(shown(few, HOUR), exact=True), json, minutes=True) == {}


def test_words_are_never_those_of_another_whom_both_know() -> None:
    ones, others = told(shown(JSON, HOUR), exact=False), told(JSON, exact=True)
    assert len(matched(ones, others, minutes=False)) == 60
    swapped = [line._replace(who="b" if line.who == "a" else "a") for line in others]
    assert matched(ones, swapped, minutes=False) == {}
    renamed = [line._replace(who="c" if line.who == "a" else "b") for line in others]
    assert len(matched(ones, renamed, minutes=False)) == 60, "who is called otherwise there may be the same"


def test_what_makes_two_chats_one() -> None:
    json = told(JSON, exact=True)
    assert same_chat(told(shown(JSON[:20], HOUR), exact=False), json, minutes=True)
    assert same_chat(told(shown(JSON[50:], 0), exact=True), json[:53], minutes=True), (
        "of what was said while there were both"
    )
    assert not same_chat(told(shown(JSON, HOUR), exact=False, who="a"), told(JSON, exact=True, who="a"), minutes=True), (
        "one alone"
    )
    others = [(at, kind, text if n % 3 == 0 else f"{text}, no") for n, (at, kind, text) in enumerate(JSON)]
    assert not same_chat(told(shown(others, 0), exact=True), json, minutes=True), "a third is said in both"
    assert not same_chat([], json, minutes=True)

"""Names that are words: taken where they are used as names, left where they are words (templates of their own)."""

from __future__ import annotations

from functools import cache
from itertools import cycle
from pathlib import Path
from random import Random

import pytest

from apps.privacy import evaluation
from apps.privacy.planted.roster import Roster
from apps.privacy.planted.types import LANGUAGES, Case, Said, Span
from apps.privacy.scrub import assigning
from apps.privacy.scrub.names import Names
from apps.privacy.scrub.types import View
from apps.privacy.scrub.wording import Usage

FILE = Path(__file__).with_name("used_as_names.txt")
PLAIN = ("Nkechi", "Oluwaseun", "Ximena", "Wojciech", "Sigrid", "Thandiwe", "Giulietta", "Bogdan", "Fiorella", "Yaroslav")


@cache
def told() -> dict[str, list[str]]:
    """Section ("en.used", "en.words") to its lines."""
    found: dict[str, list[str]] = {}
    for line in FILE.read_text(encoding="utf-8").splitlines():
        if line.startswith("== "):
            found[line[3:]] = []
        elif line and line[0] != "#":
            list(found.values())[-1].append(line)
    return found


def archive(language: str, seed: int, mentions: int = 300) -> Roster:
    """Twenty people whose names are words, ten whose names are none; each is spoken of, and each word is used."""
    rng = Random(f"{language}:{seed}")
    words = [line.partition(": ")[::2] for line in told()[f"{language}.words"]]
    names = rng.sample(sorted({name for name, _ in words}), 20)
    people = [f"{a.title()} {b.title()}" for a, b in zip(names[:10], names[10:], strict=True)]
    people += [f"{a} {b}" for a, b in zip(PLAIN, rng.sample(PLAIN, 10), strict=True)]
    cases = []
    for _, name in zip(range(mentions), cycle(names), strict=False):
        before, _, after = rng.choice(told()[f"{language}.used"]).partition("{n}")
        capital = rng.random() < 0.4
        spelled = name.title() if capital else name
        text = before + spelled + after
        span = Span(0, len(before), len(before) + len(name), "first" if capital else "lower")
        cases.append(Case(span.kind, language, (Said(0, text, 0.0),), (span,)))
    for name, text in words:
        if name in names:
            cases.append(Case("homonym", language, (Said(0, text, 0.0),), ()))
    return Roster(language, tuple(people), tuple(cases), ((),) * len(cases))


def rosters(seeds: int) -> list[Roster]:
    return [archive(language, seed) for seed in range(seeds) for language in LANGUAGES]


@pytest.fixture(scope="module")
def score() -> evaluation.NameScore:
    return evaluation.measure_names(rosters(3))


def test_names_that_are_words_are_found_where_they_are_used_as_names(score: evaluation.NameScore) -> None:
    assert score.recall("first") >= 0.96, "with a capital"
    assert score.recall("lower") >= 0.93
    assert all(score.found[code, "lower"] >= 0.86 * score.planted[code, "lower"] for code in LANGUAGES)


def test_most_words_stay(score: evaluation.NameScore) -> None:
    """These archives speak of their people all the time and hardly otherwise: the hardest case."""
    assert sum(score.flagged.values()) <= 0.5 * score.innocent


@pytest.mark.parametrize(
    ("text", "hit"),
    [
        ("where's wolf", True),
        ("told wolf about it", True),
        ("me and wolf went home", True),
        ("my brother wolf is here", True),
        ("wolf's laptop is broken", True),
        ("wolfs laptop is broken", True),
        ("see you tomorrow wolf", True),
        ("a wolf in the woods", False),
        ("the big wolf is gone", False),
        ("the wolf's den", False),
        ("i wolf it down", False),
        ("Wolf it down", False),
        ("we saw wolfs there", False),
    ],
)
def test_what_stands_beside_it_decides(text: str, hit: bool) -> None:
    people = ("Wolf Featherstonehaugh",)
    pairs, _ = assigning.assign(b"k", people, [])
    finder = Names(pairs, [tuple(people[0].split())], Usage(languages=("en",)))
    assert bool(list(finder.find(View(text)))) == hit


def test_the_archive_itself_tells_how_it_uses_a_word() -> None:
    usage = Usage(languages=("en",))
    for _ in range(15):
        usage.look("rosemary home later")
    for _ in range(3_000):
        usage.look("something else was said over there")
    pairs, _ = assigning.assign(b"k", ["Rosemary Okonkwo"], [], usage=usage)
    often, never = (Names(pairs, [("Rosemary", "Okonkwo")], one) for one in (usage, Usage(languages=("en",))))
    assert list(often.find(View("rosemary home later"))) and not list(never.find(View("rosemary home later")))


def test_forms_that_no_list_has_and_no_part_of_a_word() -> None:
    pairs, _ = assigning.assign(b"k", ["Guinevere Okonkwo", "Jürgen Karen"], [])
    finder = Names(pairs, [("Guinevere", "Okonkwo"), ("Jürgen", "Karen")], Usage(languages=("en", "de")))
    assert list(finder.find(View("so aren is late")))
    for text in ("guini is here", "Juergen ist da", "guinevereee", "ask Guinee"):
        assert list(finder.find(View(text))), text
    for text in ("aren't you", "guide me"):
        assert not list(finder.find(View(text))), text

"""Names that are words: taken where they are used as names, left where they are words (templates of their own)."""

from __future__ import annotations

from collections import Counter
from functools import cache
from itertools import cycle
from pathlib import Path
from random import Random

import pytest

from apps.privacy import evaluation
from apps.privacy.planted.roster import Roster
from apps.privacy.planted.types import LANGUAGES, Case, Said, Span

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


if __name__ == "__main__":
    score = evaluation.measure_names(rosters(8))
    for kind in ("first", "lower"):
        print(kind, round(score.recall(kind), 4), {l: round(score.found[l, kind] / score.planted[l, kind], 3) for l in LANGUAGES})
    print("flagged", sum(score.flagged.values()), "of", score.innocent, dict(score.flagged))
    import sys
    for l in LANGUAGES:
        print(l, Counter((k, t) for g, k, t in score.missed if g == l).most_common(int(sys.argv[1])))
        print("  FALSE", Counter(t for g, k, t in score.false if g == l).most_common(int(sys.argv[1])))

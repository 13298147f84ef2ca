"""How well is *this* archive scrubbed? Invented secrets are hidden in a shadow copy of some of its conversations and looked for. Pure.

The copy is forgotten at once; what stays is "found 197 of 200" with its range.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from apps.archives.transcripts import Record
from apps.privacy import evaluation
from apps.privacy.planted.cases import cases
from apps.privacy.planted.types import LANGUAGES, Case
from apps.privacy.scrub import conversation
from apps.privacy.scrub.conversation import Line

PLANTED = 200
GROUPS = ("formats", "context", "next_turn", "split")
AROUND = 6  # messages of the archive before and after


@dataclass(frozen=True)
class Estimate:
    """`found` of `planted`, and the range in which the true share lies nineteen times in twenty (Wilson)."""

    found: int
    planted: int
    low: float
    high: float


def estimate(talks: Sequence[Sequence[Record]], languages: Sequence[str], seed: int) -> Estimate | None:
    """Plant and look. None where there is no conversation to hide anything in."""
    talks = [talk for talk in talks if len(talk) > 2]
    if not talks:
        return None
    rng = random.Random(seed)
    spoken = [code for code in languages if code in LANGUAGES] or ["en"]
    found = planted = 0
    for case in cases(seed, 4 * PLANTED, GROUPS, spoken):
        if planted >= PLANTED:
            break
        lines, first = _hidden(case, rng.choice(talks), rng)
        seen = conversation.findings(lines)
        for span in case.spans:
            planted += 1
            found += evaluation.covered(case.messages[span.message].text, span, seen[first + span.message])
    return Estimate(found, planted, *evaluation.wilson(found, planted))


def _hidden(case: Case, talk: Sequence[Record], rng: random.Random) -> tuple[list[Line], int]:
    """The case in the middle of a piece of the conversation, said by two of its people; and where it begins."""
    at = rng.randrange(len(talk))
    before, after = talk[max(0, at - AROUND) : at], talk[at : at + AROUND]
    people = list(dict.fromkeys(r.handle for r in (*before, *after)))
    people += [f"another {n}" for n in range(2)]
    last = next((r.at for r in reversed(before) if r.at is not None), 0.0)
    start = case.messages[0].at
    middle = [Line(people[said.who % 2], last + 1 + said.at - start, said.text) for said in case.messages]
    return [*_plain(before), *middle, *_plain(after)], len(list(_plain(before)))


def _plain(records: Sequence[Record]) -> Iterator[Line]:
    for record in records:
        if record.text:
            yield Line(record.handle, record.at, record.text)

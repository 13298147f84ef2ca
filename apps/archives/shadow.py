"""How well is *this* archive scrubbed? Invented secrets are hidden in a shadow copy of some of its conversations and looked for. Pure.

The copy is forgotten at once; what stays is "found 197 of 200" with its range. Secrets are in the language of the conversation that
they are hidden in, where `privacy.planted` speaks it, else in English; then the estimate says so. All kinds that are replaced come
about equally often, told in a sentence or given as the bare answer to a question (`privacy.planted.hiding`).
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from apps.archives.transcripts import Record
from apps.privacy import evaluation
from apps.privacy.planted.hiding import hidden
from apps.privacy.planted.types import LANGUAGES, Case
from apps.privacy.scrub import conversation
from apps.privacy.scrub.conversation import Line

PLANTED = 200
AROUND = 6  # messages of the archive before and after
ELSE = "en"


@dataclass(frozen=True)
class Estimate:
    """`found` of `planted`, and the range in which the true share lies nineteen times in twenty (Wilson).

    `foreign` are the languages (ISO 639-1) of conversations in which English secrets were hidden, for want of any in theirs.
    """

    found: int
    planted: int
    low: float
    high: float
    foreign: tuple[str, ...] = ()


def estimate(talks: Sequence[Sequence[Record]], languages: Sequence[str], seed: int) -> Estimate | None:
    """Plant and look; `languages` are those of the talks, "" where it cannot be told. None where there is no conversation to
    hide anything in."""
    told = [(talk, code) for talk, code in zip(talks, languages, strict=True) if len(talk) > 2]
    if not told:
        return None
    rng = random.Random(seed)
    spoken = [code if code in LANGUAGES else ELSE for _, code in told]
    found = planted = 0
    for case in hidden(seed, spoken):
        if planted == PLANTED:
            break
        if planted + len(case.spans) > PLANTED:
            continue  # one with fewer secrets makes the number full
        talk = rng.choice([talk for (talk, _), code in zip(told, spoken, strict=True) if code == case.language])
        lines, first = _hidden(case, talk, rng)
        seen = conversation.findings(lines)
        for span in case.spans:
            planted += 1
            found += evaluation.covered(case.messages[span.message].text, span, seen[first + span.message])
    foreign = tuple(sorted({code for _, code in told if code and code not in LANGUAGES}))
    return Estimate(found, planted, *evaluation.wilson(found, planted), foreign)


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

"""A conversation looked at under the rules of an archive: everything that takes time, and nothing that is stored. Pure.

`look` scrubs, `holding` finds messages that hold what was confirmed elsewhere. Both are given texts and give back little,
so that several processes can do it (`hands`).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from apps.privacy.scrub import conversation, engine, topics
from apps.privacy.scrub.conversation import ANSWER_WITHIN, TURNS, Line
from apps.privacy.scrub.engine import Scrubbed
from apps.privacy.scrub.known import Known
from apps.privacy.scrub.names import Names
from apps.privacy.scrub.policy import Policy
from apps.privacy.scrub.types import Finding, View

#: Lines that are looked at in one go, if there is a silence to cut at.
SEGMENT = 2_000


@dataclass(frozen=True)
class Rules:
    """What holds for a whole archive: decisions, names, countries of phone numbers."""

    policy: Policy = field(default_factory=Policy)
    names: Names = field(default_factory=lambda: Names([]))
    regions: tuple[str, ...] = ()

    def named(self, view: View) -> list[Finding]:
        """Names of the archive's people, as the owner decided."""
        return self.policy.applied(view.text, [view.back(f) for f in self.names.find(view)])


@dataclass(frozen=True)
class Looked:
    """A message in which something is: secrets of its own (what others may repeat), its scrubbed form, its topics."""

    secrets: tuple[Finding, ...]
    scrubbed: Scrubbed
    topics: frozenset[str]


Fixed = Mapping[int, Sequence[Finding]]


def look(lines: Sequence[Line], fixed: Fixed, rules: Rules) -> dict[int, Looked]:
    """The messages of a conversation in which something is, by their number. `fixed` are places replaced for ever."""
    out: dict[int, Looked] = {}
    for number, found in enumerate(conversation.findings(lines, rules.regions, rules.policy)):
        line, burnt = lines[number], fixed.get(number, ())
        own = _around(found, burnt)
        places = engine.resolve([*own, *rules.named(View(line.text)), *burnt])
        result = engine.apply(line.text, places, rules.regions, rules.policy)
        touched = topics.topics(result.text)
        if own or result.marks or touched:
            out[number] = Looked(tuple(own), result, touched)
    return out


def _around(found: list[Finding], burnt: Sequence[Finding]) -> list[Finding]:
    """Findings that do not touch what was burnt: stand-ins are nobody's secret."""
    return [f for f in found if not any(f.start < b.end and b.start < f.end for b in burnt)] if burnt else found


def segments(lines: Sequence[Line], size: int = SEGMENT) -> Iterable[tuple[int, int]]:
    """Parts [start, end) that tell each other nothing: cut where the silence is longer than any answer waits."""
    start = 0
    for number in range(size, len(lines)):
        if number - start >= size and _silent(lines, number):
            yield start, number
            start = number
    if start < len(lines):
        yield start, len(lines)


def _silent(lines: Sequence[Line], number: int) -> bool:
    """Whether nothing before a line can be about what follows; a line without a time may belong to anything near it."""
    near = [line.at for line in lines[max(0, number - TURNS) : number + TURNS]]
    before, after = lines[number - 1].at, lines[number].at
    return before is not None and after is not None and after - before > ANSWER_WITHIN and None not in near


#: A scrubbed text and where its stand-ins are.
Written = tuple[str, Sequence[tuple[int, int, str]]]


def holding(texts: Sequence[Written], known: Known, names: Names | None) -> list[int]:
    """The numbers of the texts in which something known stands outside of what was replaced."""
    finders = [one for one in (known, names) if one is not None]
    return [at + number for at in range(0, len(texts), SEGMENT) for number in _holding(texts[at : at + SEGMENT], finders)]


def _holding(texts: Sequence[Written], finders: Sequence[Known | Names]) -> Iterator[int]:
    views = [View(text) for text, _ in texts]
    whole = "\n".join(view.plain for view in views)
    finders = [one for one in finders if one.may_stand_in(whole)]  # where little is looked for, mostly none
    for number, (view, (_, marks)) in enumerate(zip(views, texts, strict=True) if finders else ()):
        if any(_outside(f, marks) for one in finders for f in map(view.back, one.find(view))):
            yield number


def _outside(found: Finding, marks: Sequence[tuple[int, int, str]]) -> bool:
    return not any(start < found.end and found.start < end for start, end, _ in marks)

"""Text in, scrubbed text and findings out. Pure; linear in the length of the text.

view → gates → candidates → overlaps resolved → replaced → looked at once more (fail closed)
"""

from __future__ import annotations

import re
from bisect import bisect, bisect_left
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from dataclasses import replace as replaced
from itertools import accumulate, pairwise
from operator import attrgetter

from apps.privacy.scrub import slips
from apps.privacy.scrub.detectors import named
from apps.privacy.scrub.policy import EVERYTHING, Policy
from apps.privacy.scrub.registry import asked
from apps.privacy.scrub.types import Finding, View

#: Longer messages are cut into pieces of this many characters for the detectors, at white space.
PIECE = 20_000
#: Signs that passwords have and most messages have not.
_SIGN = re.compile(r"[@#$%^&*_+=~]")


@dataclass(frozen=True)
class Mark:
    """A placeholder or surrogate at `text[start:end]` of the scrubbed text; `value` is what stood there."""

    start: int
    end: int
    kind: str
    value: str


@dataclass(frozen=True)
class Scrubbed:
    """`text` with placeholders, where they are, and the findings in offsets of the text as given."""

    text: str
    marks: tuple[Mark, ...]
    findings: tuple[Finding, ...]


def stand_in(kind: str) -> str:
    """What is written instead of a value: the same for every value of a kind."""
    return f"[{kind}]"


def find(text: str, regions: tuple[str, ...] = ()) -> list[Finding]:
    """All findings of a text, without overlaps, in order. `regions`: countries whose national phone numbers count."""
    found: list[Finding] = []
    for at, piece in _pieces(text):
        view = View(piece, regions)
        here = [view.back(f) for detector in asked(view) if detector.gate(view) for f in detector.find(view)]
        if view.digits or _SIGN.search(piece):
            here += _misspelt(view)
        found += here if not at else (Finding(at + f.start, at + f.end, f.kind, f.rank, f.instead) for f in here)
    return resolve(found)


def _misspelt(view: View) -> Iterator[Finding]:
    """Secrets behind a misspelt word for them."""
    mended = slips.mended(view.plain)
    if mended is None:
        return
    plain, places = mended
    again = View(plain, view.regions)
    for f in named.find(again) if again.plain == plain and named.gate(again) else ():
        yield view.back(Finding(places[f.start], places[f.end - 1] + 1, f.kind, f.rank))


def _pieces(text: str) -> Iterable[tuple[int, str]]:
    if len(text) <= PIECE:
        return [(0, text)]
    pieces: list[tuple[int, str]] = []
    at = 0
    while at < len(text):
        end = min(len(text), at + PIECE)
        if end < len(text):
            space = max(text.rfind(" ", at + 1, end), text.rfind("\n", at + 1, end))
            end = space if space > at else end
        pieces.append((at, text[at:end]))
        at = end
    return pieces


_start = attrgetter("start")


def resolve(found: list[Finding]) -> list[Finding]:
    """Of overlapping findings the one of larger rank, then the longer one; of some kinds the one that holds the other, or what is
    left of the other stays."""
    if len(found) < 2:
        return found
    ordered = sorted(found, key=_start)
    if all(a.end <= b.start for a, b in pairwise(ordered)):
        return ordered  # as nearly always
    chosen: list[Finding] = []
    starts: list[int] = []
    for finding in sorted(_wholes(ordered), key=lambda f: (-f.rank, f.start - f.end)):
        at = bisect(starts, finding.start)
        if (at and chosen[at - 1].end > finding.start) or (at < len(chosen) and finding.end > chosen[at].start):
            rest = _uncovered(finding, chosen[max(0, at - 1) : at + 1]) if finding.kind in _IN_PART else None
            if rest is None:
                continue
            finding, at = rest, bisect(starts, rest.start)
        chosen.insert(at, finding)
        starts.insert(at, finding.start)
    return chosen


#: A street that is known from another message is part of the address that goes on with the town.
_IN_WHOLE = frozenset(["address"])


def _wholes(ordered: list[Finding]) -> list[Finding]:
    """Findings without those of `_IN_WHOLE` that stand inside of a longer one of their kind, which takes the larger rank."""
    if sum(f.kind in _IN_WHOLE for f in ordered) < 2:
        return ordered
    kept: list[Finding] = []
    last: dict[str, int] = {}  # of each kind the place of the latest one in `kept`
    for finding in sorted(ordered, key=lambda f: (f.start, -f.end)):
        at = last.get(finding.kind, -1)
        if finding.kind in _IN_WHOLE and at >= 0 and finding.end <= kept[at].end:
            kept[at] = replaced(kept[at], rank=max(kept[at].rank, finding.rank))
            continue
        last[finding.kind] = len(kept)
        kept.append(finding)
    return kept


#: Half of a postcode is still one, and is looked for in no other message.
_IN_PART = frozenset(["postcode"])


def _uncovered(finding: Finding, near: Sequence[Finding]) -> Finding | None:
    """What the neighbours leave of it at one end, at least two characters."""
    start = max([finding.start, *(f.end for f in near if f.start <= finding.start)])
    end = min([finding.end, *(f.start for f in near if f.start > finding.start)])
    return replaced(finding, start=start, end=end) if end - start >= 2 else None


def replace(text: str, findings: Iterable[Finding]) -> Scrubbed:
    """Put stand-ins where the findings are."""
    pieces: list[str] = []
    marks: list[Mark] = []
    at = length = 0
    ordered = tuple(findings)
    for finding in ordered:
        word = finding.instead or stand_in(finding.kind)
        pieces += [text[at : finding.start], word]
        length += finding.start - at
        marks.append(Mark(length, length + len(word), finding.kind, text[finding.start : finding.end]))
        length += len(word)
        at = finding.end
    return Scrubbed("".join([*pieces, text[at:]]), tuple(marks), ordered)


#: So often is looked again for what the second look finds.
MOST_LOOKS = 3


#: Also found when they are gone, these have a checksum or a format of their own, or are looked for in no other message anyway.
_FORMED = frozenset(
    ["card", "iban", "phone", "email", "key", "seed", "wallet", "url", "link", "ip", "mac", "geo", "code", "cvv", "postcode", "birthdate", "media"]
)  # fmt: skip


def completed(text: str, findings: list[Finding], regions: tuple[str, ...] = ()) -> list[Finding]:
    """These findings and what is found only when they are gone: "the codes are 8392 0183 and 3829 1047".

    What says nothing by its form stands too near a secret, no more ("pin 4821 at 1830"): it is a "secret", which goes in its own
    message and only where it looks like a key from all the others (`carrying`).
    """
    for _ in range(MOST_LOOKS):
        result = replace(text, findings)
        more = list(_beyond(find(_unnamed(result), regions), result.marks)) if findings else []
        if not more:
            break
        findings = resolve([*findings, *(f if f.kind in _FORMED else replaced(f, kind="secret") for f in more)])
    return findings


def _beyond(found: Iterable[Finding], marks: Sequence[Mark]) -> Iterator[Finding]:
    """Of what was found in a scrubbed text what touches no mark, in offsets of the text as given."""
    starts = [mark.start for mark in marks]
    moved = [0, *accumulate(len(mark.value) - (mark.end - mark.start) for mark in marks)]
    for f in found:
        before = bisect(starts, f.end)  # the marks that begin up to its end
        if not before or marks[before - 1].end < f.start:
            yield replaced(f, start=f.start + moved[before], end=f.end + moved[before])


def scrub(text: str) -> Scrubbed:
    """One message alone (`conversation.scrub` sees more)."""
    return apply(text, find(text))


def apply(text: str, findings: Sequence[Finding], regions: tuple[str, ...] = (), policy: Policy = EVERYTHING) -> Scrubbed:
    """Replace what was found. If a second look at the result still finds something that the owner did not keep, all is replaced."""
    if not findings:
        return Scrubbed(text, (), ())
    result = replace(text, findings)
    second = policy.applied(result.text, find(_unnamed(result), regions))
    if second and not _inside_marks(second, result.marks):
        return replace(text, [Finding(0, len(text), "secret", 100)])
    return result


def _unnamed(result: Scrubbed) -> str:
    """The text with every stand-in as long as it is, but without its word: "[email]" names nothing that its writer named."""
    pieces: list[str] = []
    at = 0
    for mark in result.marks:
        if result.text[mark.start : mark.end] == stand_in(mark.kind):
            pieces += [result.text[at : mark.start], f"[{'x' * (mark.end - mark.start - 2)}]"]
            at = mark.end
    return "".join([*pieces, result.text[at:]])


def _inside_marks(findings: Iterable[Finding], marks: tuple[Mark, ...]) -> bool:
    """Whether each touches a mark; those stand in order, and apart from each other."""
    starts = [mark.start for mark in marks]
    last = [bisect_left(starts, f.end) - 1 for f in findings]
    return all(at >= 0 and f.start < marks[at].end for at, f in zip(last, findings, strict=True))


def restore(text: str, marks: Iterable[Mark]) -> str:
    """The original text, from the scrubbed one and its ledger."""
    pieces: list[str] = []
    at = 0
    for mark in marks:
        pieces += [text[at : mark.start], mark.value]
        at = mark.end
    return "".join([*pieces, text[at:]])

"""One chat that was exported by another phone, or elsewhere: with seconds or without, by a clock that is some hours off. Pure.

Exports of a phone tell its wall clock at the time of the export, on some phones in whole minutes.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Sequence

from apps.archives import burnt_words
from apps.archives.clocks import Line
from apps.archives.formats.twins import FURTHEST
from apps.archives.formats.types import Message
from apps.archives.pages_and_json import Said, lines, paired
from apps.archives.scrubbing import Original
from apps.archives.transcripts import Record

#: Platforms with such exports.
CLOCKS = {"whatsapp", "signal", "imessage"}
#: Of what both could hold by another clock, so much must be in both: who says the same words again says other words, too.
OF_LINES = 0.8
#: So many lines, of two people at least, nobody says again in the same order and at the same distances.
SURE = 10


def files(messages: list[Message]) -> list[list[Message]]:
    """Messages of one chat apart by the files that they came in, each of which may go by a clock of its own."""
    if not messages or messages[0].platform not in CLOCKS:
        return [messages]
    found = defaultdict[str, list[Message]](list)
    for m in messages:
        found[m.where].append(m)
    return list(found.values())


def met(
    found: list[tuple[str, Message]],
    held: dict[str, Record],
    originals: dict[str, Original],
    handle: Callable[[Message], str],
) -> list[tuple[str, Message]]:
    """Messages of one file with the ids under which they are there by another clock; what is held stays as it is."""
    here = {one for one, _ in found}
    fresh = [
        n for n, (one, m) in enumerate(found) if one not in held and m.platform in CLOCKS and not m.tz_known and m.kind != "system"
    ]  # fmt: skip
    unseen = [r for r in held.values() if r.id not in here and not r.exact and r.kind != "system"] if fresh else []
    if not unseen:
        return found
    mine = lines((found[n][1] for n in fresh), handle)
    theirs = [Line(r.at, r.exact, r.handle, r.kind, originals[r.id].text) for r in unseen]
    burnt = {n: pieces for n, r in enumerate(unseen) if (pieces := burnt_words.left(originals[r.id]))}
    whole = [n for n in range(len(theirs)) if n not in burnt]
    pairs = {one: whole[other] for one, other in _pairs(mine, [theirs[n] for n in whole]).items()}
    found = list(found)
    for one, other in (pairs | burnt_words.paired(mine, theirs, burnt, pairs)).items():
        found[fresh[one]] = unseen[other].id, found[fresh[one]][1]
    return found


def _pairs(ones: Sequence[Line], others: Sequence[Line]) -> dict[int, int]:
    pairs = _by_the_minute(ones, others)
    used = set(pairs.values())
    left = [n for n in range(len(ones)) if n not in pairs]
    right = [n for n in range(len(others)) if n not in used]
    both = {line.who for line in ones} & {line.who for line in others}  # the rest may be called otherwise there
    mine, theirs = [_said(ones[n], both) for n in left], [_said(others[n], both) for n in right]
    moved = paired(mine, theirs)
    if not _beside(mine, theirs) and (len(moved) < SURE or len({ones[left[n]].who for n in moved}) < 2):
        return pairs
    could = min(_within(mine, theirs), _within(theirs, mine))
    return pairs | {left[one]: right[other] for one, other in moved.items() if len(moved) >= OF_LINES * could}


def _by_the_minute(ones: Sequence[Line], others: Sequence[Line]) -> dict[int, int]:
    """Where one side tells seconds and the other does not."""
    places = defaultdict[tuple[float, str, str, str], deque[int]](deque)
    for number, line in enumerate(others):
        if line.at is not None:
            places[line.at // 60, line.kind, line.who, line.text].append(number)
    pairs: dict[int, int] = {}
    for number, line in enumerate(ones):
        waiting = places.get(((line.at or 0.0) // 60, line.kind, line.who, line.text))
        if line.at is not None and waiting and bool(line.at % 60) is not bool((others[waiting[0]].at or 0.0) % 60):
            pairs[number] = waiting.popleft()
    return pairs


def _said(line: Line, both: set[str]) -> Said:
    return line.at, f"{line.kind}\0{line.who}" if line.who in both else line.kind, line.text


def _beside(ones: Sequence[Said], others: Sequence[Said]) -> bool:
    """Whether they lie in one time as they are told. A few lines that begin where others have ended were said again."""
    times = [[at for at, _, _ in said if at is not None] for said in (ones, others)]
    return all(times) and min(times[0]) <= max(times[1]) and min(times[1]) <= max(times[0])


def _within(ones: Sequence[Said], others: Sequence[Said]) -> int:
    """How many of these were said while the others were, by whatever clock."""
    times = [at for at, _, _ in others if at is not None]
    first, last = min(times, default=0.0) - FURTHEST * 60, max(times, default=-1.0) + FURTHEST * 60
    return sum(at is not None and first <= at <= last for at, _, _ in ones)

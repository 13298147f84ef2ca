"""One chat that was uploaded as web pages and as JSON: its messages are paired, though pages tell the clock of an unknown place. Pure."""

from __future__ import annotations

from bisect import bisect
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterator, Sequence

from apps.archives.formats.types import Message
from apps.archives.scrubbing import Original
from apps.archives.transcripts import Record

#: Platforms that export both.
BOTH = {"facebook", "instagram", "telegram"}
#: Minutes by which a clock may differ from the true one: zones are quarters of an hour apart. A day is too much: what somebody says at
#: the same minute every day is not one message.
FURTHEST, STEP = 15 * 60, 15
#: So many lines with equal words, which nobody says twice, tell by how much.
ANCHORS = 3
#: Moment in seconds since 1970, kind, words.
Said = tuple[float | None, str, str]


def paired(ones: Sequence[Said], others: Sequence[Said]) -> dict[int, int]:
    """Which of `ones` is which of `others`: the same words at the same moment, each once. Empty where nothing tells how clocks differ.

    The difference may change, with summer time or the owner's journeys: each message goes by the nearest lines that tell it.
    """
    anchors = sorted(_anchors(ones, others))
    places = defaultdict[Said, deque[int]](deque)
    for number, (at, kind, text) in enumerate(others):
        if at is not None:
            places[at // 60, kind, _words(text)].append(number)
    pairs: dict[int, int] = {}
    for number, (at, kind, text) in enumerate(ones if anchors else ()):
        if at is not None:
            after = bisect(anchors, (at // 60, 0.0))
            near = sorted(anchors[max(0, after - 1) : after + 1], key=lambda a: abs(a[0] - at // 60))
            waiting = (places.get((at // 60 - apart, kind, _words(text))) for _, apart in near)
            if found := next(filter(None, waiting), None):
                pairs[number] = found.popleft()
    return pairs


def _anchors(ones: Sequence[Said], others: Sequence[Said]) -> Iterator[tuple[float, float]]:
    """(minute in `ones`, minutes it is later than in `others`)"""
    one, other = _once(ones), _once(others)
    found = [(one[text], one[text] - other[text]) for text in one.keys() & other.keys()]
    found = [(at, apart) for at, apart in found if abs(apart) <= FURTHEST and apart % STEP == 0]
    counts = Counter(apart for _, apart in found)
    return ((at, apart) for at, apart in found if counts[apart] >= ANCHORS)


def _once(said: Sequence[Said]) -> dict[str, float]:
    """The minutes of what was said once, in words."""
    counts = Counter(_words(text) for _, _, text in said)
    return {w: at // 60 for at, _, text in said if at is not None and (w := _words(text)) and counts[w] == 1}


def _words(text: str) -> str:
    return " ".join(text.split())


def met(
    found: list[tuple[str, Message]],
    held: dict[str, Record],
    originals: dict[str, Original],
    handle: Callable[[Message], str],
) -> list[tuple[str, Message]]:
    """Messages with the ids under which they are there in their other form.

    What is held with the clock of an unknown place gets the true moment, and its id, in `held` and in `originals`.
    """
    here = {one for one, _ in found}
    fresh = [n for n, (one, m) in enumerate(found) if m.platform in BOTH and one not in held]
    unseen = [r for r in held.values() if r.id not in here] if fresh else []
    if not unseen:
        return found
    pairs = paired(
        [(found[n][1].sent_at, found[n][1].kind, found[n][1].text) for n in fresh],
        [(r.at, r.kind, originals[r.id].text) for r in unseen],
    )
    found = list(found)
    for mine, theirs in pairs.items():
        (one, m), record = found[fresh[mine]], unseen[theirs]
        if m.tz_known and record.exact:
            continue  # two true moments: other words for the same ids would tell more
        if m.tz_known and one not in held:
            originals[one] = originals.pop(record.id)
            held[one] = held.pop(record.id)
            record.id, record.at, record.exact, record.handle = one, m.sent_at, True, handle(m)
        elif record.id in held:
            found[fresh[mine]] = record.id, m
    return found

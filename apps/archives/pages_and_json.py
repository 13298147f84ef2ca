"""One chat that was uploaded as web pages and as JSON: its messages are paired, though pages tell the clock of an unknown place. Pure."""

from __future__ import annotations

from bisect import bisect
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from hashlib import sha256
from itertools import product
from typing import NamedTuple

from apps.archives import burnt_words
from apps.archives.clocks import ANCHORS, HERE, Anchor, Clocks, Line, telling, words
from apps.archives.formats.twins import FURTHEST, SEASONS
from apps.archives.formats.types import Message
from apps.archives.scrubbing import Original
from apps.archives.transcripts import Record

#: Platforms that export both.
BOTH = {"facebook", "instagram", "telegram"}
#: Whose pages of before 2018 tell a zone, but no seconds.
MINUTES = {"facebook"}
#: As many pairs, of those lines that either could have, make two chats the same one.
FEWEST, OF_LINES = 3, 0.5
#: Moment in seconds since 1970, kind, words.
Said = tuple[float | None, str, str]
#: From when to when, in seconds since 1970.
Span = tuple[float, float]


def nothing_told() -> Clocks:
    """Where no other chat says how clocks differ."""
    return Clocks(())


def paired(ones: Sequence[Said], others: Sequence[Said], told: Sequence[Anchor] = ()) -> dict[int, int]:
    """Which of `ones` is which of `others`: the same words at the same moment, each once. Empty where nothing tells how clocks differ.

    The difference may change, with summer time or the owner's journeys: each message goes by the nearest lines that tell it.
    `told`: what other chats tell of it; then these do not tell another clock.
    """
    own = [a for a in _anchors(ones, others) if not told or any(abs(a[1] - apart) <= SEASONS for _, apart in told)]
    anchors = sorted({*told, *own})
    places = defaultdict[Said, deque[int]](deque)
    for number, (at, kind, text) in enumerate(others if anchors else ()):
        if at is not None:
            places[at // 60, kind, words(text)].append(number)
    pairs: dict[int, int] = {}
    for number, (at, kind, text) in enumerate(ones if anchors else ()):
        if at is not None:
            after = bisect(anchors, (at // 60, 0.0))
            near = sorted(anchors[max(0, after - 1) : after + 1], key=lambda a: abs(a[0] - at // 60))
            waiting = (places.get((at // 60 - apart, kind, words(text))) for _, apart in near)
            if found := next(filter(None, waiting), None):
                pairs[number] = found.popleft()
    return pairs


def _anchors(ones: Sequence[Said], others: Sequence[Said]) -> Iterator[Anchor]:
    """(minute in `ones`, minutes it is later than in `others`)"""
    found = telling(((at, text) for at, _, text in ones), ((at, text) for at, _, text in others)).values()
    counts = Counter(apart for _, apart in found)
    return (anchor for anchor in found if counts[anchor[1]] >= ANCHORS)


def matched(
    ones: Sequence[Line], others: Sequence[Line], *, minutes: bool, clocks: Callable[[], Clocks] = nothing_told
) -> dict[int, int]:
    """Which of `ones` is which of `others`, each once; never the words of one for those of another whom both know.

    `minutes`: whether true moments of one side may be whole minutes. Such go by the minute: nothing has to tell how clocks differ.
    `clocks`: what all chats tell, for lines whose own chat does not tell it; asked for where there is any unknown clock.
    """
    known = _known((*ones, *others), clocks)
    both = {line.who for line in ones} & {line.who for line in others}  # the rest may be called otherwise there
    mine, theirs = ([_as_said(line, both) for line in lines] for lines in (ones, others))
    pairs = _by_the_minute(ones, mine, others, theirs) if minutes else {}
    clocks_of = product(sorted(set(map(_clock, ones))), sorted(set(map(_clock, others))))
    for clock, other in ((a, b) for a, b in clocks_of if a or b):  # of two true moments each is its own
        used = set(pairs.values())
        left = [n for n, line in enumerate(ones) if _clock(line) == clock and n not in pairs]
        right = [n for n, line in enumerate(others) if _clock(line) == other and n not in used]
        found = paired([mine[n] for n in left], [theirs[n] for n in right], known.between(clock, other))
        pairs |= {left[a]: right[b] for a, b in found.items()}
    return pairs


def _known(some: Iterable[Line], clocks: Callable[[], Clocks]) -> Clocks:
    """What is known of the clocks of these lines; nobody is asked where all are true."""
    return clocks() if any(map(_clock, some)) else nothing_told()


def _clock(line: Line) -> str:
    """By which clock a line goes; "" is the true one."""
    return "" if line.exact else line.clock or "?"


def _as_said(line: Line, both: set[str]) -> Said:
    return line.at, f"{line.kind}\0{line.who}" if line.who in both else line.kind, line.text


def _by_the_minute(
    ones: Sequence[Line], mine: Sequence[Said], others: Sequence[Line], theirs: Sequence[Said]
) -> dict[int, int]:
    """Pairs of true moments: the same ones, or the same minutes where one side tells no seconds."""
    places = defaultdict[Said, list[int]](list)
    for number, (at, kind, text) in enumerate(theirs):
        if at is not None and others[number].exact:
            places[at // 60, kind, words(text)].append(number)
    pairs: dict[int, int] = {}
    for number, (at, kind, text) in enumerate(mine):
        if at is not None and ones[number].exact:
            waiting = places.get((at // 60, kind, words(text)), [])
            same = next((n for n in waiting if others[n].at == at), None)
            found = same if same is not None else next((n for n in waiting if _whole(at) != _whole(others[n].at)), None)
            if found is not None:
                waiting.remove(found)
                pairs[number] = found
    return pairs


def _whole(at: float | None) -> bool:
    return at is not None and not at % 60


class Titles(NamedTuple):
    """What is known of the titles of two chats. `after`: whether a writer in each is whom both are called after (by ids)."""

    equal: bool
    apart: bool  # somebody is called as one of them, and not as the other
    after: Callable[[str, str], bool]


def other_form(ones: Sequence[Line], others: Sequence[Line], clocks: Callable[[], Clocks], titles: Titles) -> bool:
    """Whether two chats of one title are one, whose people are called otherwise in each.

    What was sent to several at once is no evidence. So these are: half of what the smaller one says, by two people; half of what was
    said while there were both, where one writes alone (a channel); all of that, by two people or by whom both are called after; or all
    of the smaller one, three lines at least, unless it tells another name.
    """
    pairs = matched(ones, others, minutes=True, clocks=clocks)
    if evident(pairs, ones, others, OF_LINES * min(len(ones), len(others))):
        return True
    who = {(ones[n].who, others[m].who) for n, m in pairs.items()}
    if not who or len({one for one, _ in who}) < len(who) or len({other for _, other in who}) < len(who):
        return False
    could, after = _while_both(ones, others, clocks), any(titles.after(*writers) for writers in who)
    several, alone = len(pairs) >= FEWEST, _alone(ones) and _alone(others)
    whole = several and len(pairs) == min(len(ones), len(others)) and not titles.apart
    channel = several and alone and (titles.equal or after) and len(pairs) >= OF_LINES * could
    return whole or channel or (len(pairs) >= could and (len(who) > 1 or after))


def evident(pairs: Mapping[int, int], ones: Sequence[Line], others: Sequence[Line], least: float) -> bool:
    """Whether pairs of lines make two chats one: so many at least, of two people on each side; or all that there are."""
    if 0 < len(pairs) == len(ones) == len(others):
        return True
    several = len({ones[n].who for n in pairs}) > 1 and len({others[m].who for m in pairs.values()}) > 1
    return several and len(pairs) >= max(FEWEST, least)


def _alone(lines: Sequence[Line]) -> bool:
    """Whether one person writes there, as in a channel or to themselves."""
    return len({line.who for line in lines}) == 1


def same_chat(
    ones: Sequence[Line], others: Sequence[Line], *, minutes: bool, clocks: Callable[[], Clocks] = nothing_told
) -> bool:
    """Whether two chats of the same people are one: half of what either said while there was the other is there, too, of two people at least.

    What the owner sent to several at once is no evidence.
    """
    pairs = matched(ones, others, minutes=minutes, clocks=clocks)
    could = _while_both(ones, others, clocks)
    return len({ones[n].who for n in pairs}) > 1 and len(pairs) >= max(OF_LINES * could, min(FEWEST, could))


def goes_on(
    ones: Sequence[Line], others: Sequence[Line], *, minutes: bool, clocks: Callable[[], Clocks] = nothing_told
) -> bool:
    """Whether one chat begins about where the other ends: all that was said while there was the other is there, too, if anything was."""
    could = _while_both(ones, others, clocks)
    return not could or len(matched(ones, others, minutes=minutes, clocks=clocks)) >= could


def _while_both(ones: Sequence[Line], others: Sequence[Line], clocks: Callable[[], Clocks]) -> int:
    """How many lines of either may have been said between the first and the last of the other, the fewer; as exactly as each tells it."""
    known = _known((*ones, *others), clocks)
    told = {clock: known.between(clock, "") for clock in set(map(_clock, (*ones, *others)))}
    mine, theirs = ([span for line in lines if (span := _span(line, told[_clock(line)]))] for lines in (ones, others))
    return min(_within(mine, theirs), _within(theirs, mine))


def _within(spans: list[Span], others: list[Span]) -> int:
    """How many of these may lie between the first and the last of the others."""
    first, last = min((a for a, _ in others), default=0.0), max((b for _, b in others), default=-1.0)
    return sum(span[0] <= last and first <= span[1] for span in spans)


def _span(line: Line, told: Sequence[Anchor]) -> Span | None:
    """The moments that a line may mean: its own, any of its minute by a clock of which something is `told`, or those of any zone."""
    if line.at is None:
        return None
    if line.exact:
        return line.at, line.at + (59.999 if _whole(line.at) else 0.0)
    if not told:
        return line.at - FURTHEST * 60, line.at + FURTHEST * 60
    apart = {each for _, each in told}
    return line.at - 60 * max(apart), line.at - 60 * min(apart) + 59.999


def forms(messages: list[Message]) -> list[list[Message]]:
    """Messages of one chat apart by the form that they came in: JSON, then pages that tell zones, then other pages."""
    pages = {m.where for m in messages if m.where.lower().endswith((".html", ".htm"))}
    if not pages or messages[0].platform not in BOTH:
        return [messages]
    zoned = {m.where for m in messages if m.where in pages and m.tz_known}
    found: list[list[Message]] = [[], [], []]
    for m in messages:
        found[0 if m.where not in pages else 1 if m.where in zoned else 2].append(m)
    return [some for some in found if some]


def met(
    found: list[tuple[str, Message]],
    held: dict[str, Record],
    originals: dict[str, Original],
    handle: Callable[[Message], str],
    clocks: Callable[[], Clocks] = nothing_told,
    source: str = "",
) -> list[tuple[str, Message]]:
    """Messages with the ids under which they are there in their other form. `source`: the upload that is read.

    What is held with the clock of an unknown place, or without seconds, gets the true moment, and its id, in `held` and in `originals`.
    """
    given, found = found, [(_own(one, m, held), m) for one, m in found]
    here = {one for one, _ in found}
    fresh = [n for n, (one, m) in enumerate(found) if m.platform in BOTH and one not in held]
    unseen = [r for r in held.values() if r.id not in here] if fresh else []
    if not unseen:
        return found
    said = lines((found[n][1] for n in fresh), handle)
    lying = [held_line(r, originals[r.id].text, source) for r in unseen]
    pairs = matched(said, lying, minutes=found[fresh[0]][1].platform in MINUTES, clocks=clocks)
    burnt = {n: pieces for n, r in enumerate(unseen) if (pieces := burnt_words.left(originals[r.id]))}
    pairs |= burnt_words.paired(said, lying, burnt, pairs)
    if not pairs:  # nothing says that clocks differ
        return [(own if own in held else one, m) for (one, m), (own, _) in zip(given, found, strict=True)]
    for mine, theirs in pairs.items():
        (one, m), record = found[fresh[mine]], unseen[theirs]
        finer = not record.exact or (_whole(record.at) and not _whole(m.sent_at))
        if m.tz_known and finer and one not in held:
            originals[one] = originals.pop(record.id)
            held[one] = held.pop(record.id)
            record.id, record.at, record.exact, record.handle = one, m.sent_at, True, handle(m)
        elif record.id in held:
            found[fresh[mine]] = record.id, m
    return found


def _own(one: str, message: Message, held: Mapping[str, Record]) -> str:
    """The id of a message: another one where a page's clock shows what a true moment of the same words is, or the other way round."""
    if message.platform not in MINUTES or not _whole(message.sent_at):
        return one
    other = sha256(f"{one}\0another clock".encode()).hexdigest()[: len(one)]
    clash = one in held and held[one].exact != message.tz_known
    return other if clash or (one not in held and other in held) else one


def lines(messages: Iterable[Message], handle: Callable[[Message], str]) -> list[Line]:
    """Messages of an upload; `handle` gives the id of the sender's."""
    return [Line(m.sent_at, m.tz_known, handle(m), m.kind, m.text, "" if m.tz_known else HERE) for m in messages]


def held_line(record: Record, text: str, source: str = "") -> Line:
    """A message of the account, as it was written. Its clock is that of the last upload that had it; `source` is the one that is read."""
    last = (record.sources or ["?"])[-1]
    clock = "" if record.exact else HERE if last == source else last
    return Line(record.at, record.exact, record.handle, record.kind, text, clock)

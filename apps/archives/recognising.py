"""Chats recognised by what was said in them: where nothing but a name tells them apart, and where two platforms hold the same."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import product
from uuid import UUID

from apps.accounts.sealing import FrameReader
from apps.accounts.vault import Vault
from apps.archives import conversations, identity, pages_and_json, scrubbing
from apps.archives.clocks import Clocks, Line
from apps.archives.formats.types import Message
from apps.archives.identity import Key
from apps.archives.models import Conversation
from apps.archives.people import Roster
from apps.archives.spool import Spool
from apps.archives.transcripts import Record
from apps.privacy import selectors as ledgers
from apps.privacy.ledger import Entry

#: Platforms whose exports tell a chat by a name alone: by what its owner calls it, or whom it is with, on that day.
BY_NAME = {"whatsapp", "imessage", "signal"}
#: Platforms with chats that are known by an id in one form, and by their people in another: pages of before 2018, encrypted backups.
BY_PEOPLE = {"facebook", "instagram"}
#: Platforms whose chats are looked for under other names: Telegram's pages know no ids.
RECOGNISED = {*BY_NAME, *BY_PEOPLE, "telegram"}
#: Google put what was said in Hangouts into Chat as well, and exports hold it in both.
MOVED = {"googlechat": "hangouts", "hangouts": "googlechat"}
#: As few messages say nothing; of those that both chats could hold, these shares must be in both.
FEWEST, OF_TIMES, OF_WORDS = 3, 0.5, 0.8
#: Seconds since 1970, and words without regard to white space.
Spoken = tuple[int, str]
#: Seconds by which one platform's clock may round otherwise than the other's.
ROUNDED = (-1, 0, 1)


#: So many lines are enough to tell how clocks differ, and of more chats of one name none does.
MOST_LINES, MOST_OF_A_NAME = 100_000, 5
#: Most minutes that are kept of a chat: of longer ones every second, fourth, … by a hash that does not follow the clock.
MOST_TIMES = 2_000


@dataclass(frozen=True)
class _Times:
    """When words were said in a chat, in minutes since 1970, in order; of how many one is kept."""

    at: array[int]
    kept: frozenset[int]
    of: int

    def like(self, other: _Times) -> bool:
        """Whether most moments are shared within the time that both cover."""
        first, last = max(self.at[0], other.at[0]), min(self.at[-1], other.at[-1])
        if first > last:
            return False
        if self.of != other.of:
            return self.thinned(other.of).like(other.thinned(self.of))
        fewer = min(bisect_right(each.at, last) - bisect_left(each.at, first) for each in (self, other))
        return len(self.kept & other.kept) >= max(1, OF_TIMES * fewer)

    def thinned(self, of: int) -> _Times:
        return self if of <= self.of else _kept(self.at, of) or self


def _times(platform: str, moments: Iterable[float | None]) -> _Times | None:
    at = sorted({int(identity.when(platform, m) // 60) for m in moments if m is not None})
    of = 1
    while len(at) > MOST_TIMES * of:
        of *= 2
    return _kept(at, of)


def _kept(at: Iterable[int], of: int) -> _Times | None:
    some = array("q", (minute for minute in at if not (minute * 2_654_435_761 >> 16) % of))
    return _Times(some, frozenset(some), of) if some else None


@dataclass(frozen=True)
class Stored:
    row: Conversation
    title: str
    writers: frozenset[str]  # ids of handles


#: A chat of the account, or of this upload.
_Place = Key | Stored


class Recognised:
    """The chats of an upload and of the account, by when words were said in them. A chat is read only when it is asked for."""

    def __init__(self, vault: Vault, spool: Spool, reader: FrameReader, roster: Roster) -> None:
        self._vault, self._spool, self._reader, self._roster = vault, spool, reader, roster
        self._rows: dict[str, dict[Key, Stored]] = {}
        self._called: dict[Key, str] = {}
        self._known: dict[Key | UUID, _Times | None] = {}
        self._writers: dict[Key, frozenset[str]] = {}
        self._clocks: dict[str, Clocks] = {}
        self._names: dict[str, set[str]] = {}

    def before(self, key: Key, here: Iterable[Key]) -> Key | None:
        """Under which other name a chat is known, in the account or among those that are `here`; None where it is a new one."""
        if key[0] == "telegram":
            return self._other_form(key, here)
        if key[0] in BY_PEOPLE:
            return self._same_people(key, here)
        if key[0] not in BY_NAME:
            return None
        said = self._messages(key)
        if len(said) < FEWEST or len({m.sender_id for m in said}) < 2:
            return None
        for other, stored in self.stored(key[0]).items():
            if other != key and self._alike(key, stored):
                records = self._records(stored)
                names = self._roster.names_behind({r.handle for r in records})
                if self._said_in(said, other, {r.id: r.at for r in records}, names):
                    return other
        for other in here:
            if other[0] == key[0] and other in self._spool.frames and self._alike(key, other):
                theirs = self._messages(other)
                held = {one: m.sent_at for one, m in identity.identified(self._vault, theirs)}
                if self._said_in(said, other, held, {m.sender_id for m in theirs}):
                    return other
        return None

    def _other_form(self, key: Key, here: Iterable[Key]) -> Key | None:
        """The chat of this title that came as pages, where this is JSON, which tells other ids, and the other way round.

        Where only other chats tell how clocks differ, a line sent to several of one name could be that of each: then it says nothing.
        """
        called = self._called_so(key)
        places = [(k, p) for k, p in called if isinstance(p, Stored) or k in here]
        mine = self._lines(key) if places else []
        fitting: dict[Key, _Place] = {}
        for other, place in places:
            theirs = self._lines(place)
            pairs = pages_and_json.paired(_said(mine), _said(theirs))
            if pages_and_json.evident(pairs, mine, theirs, OF_TIMES * min(len(mine), len(theirs))):
                return other
            if _of_pages(key) != _of_pages(other) and self._fits(key, place, mine, theirs):
                fitting[other] = place
        if len(fitting) != 1:
            return None
        ((other, place),) = fitting.items()
        rivals = (k for k, p in called if not isinstance(p, Stored) and _of_pages(k) == _of_pages(key))
        return None if any(self._fits(k, place, self._lines(k), self._lines(place)) for k in rivals) else other

    def _fits(self, key: Key, place: _Place, ones: list[Line], others: list[Line]) -> bool:
        """Whether they are one chat by true moments, or by clocks that other chats may have told."""
        title, other = self._titles(key), self._title_of(place)

        def after(one: str, two: str) -> bool:
            mine, theirs = ([n for n in self._called_names(who) if _titled(t, n)] for t, who in ((title, one), (other, two)))
            return any(_titled(*both) for both in product(mine, theirs))

        called = {n for who in {line.who for line in (*ones, *others)} for n in self._called_names(who)}
        titles = pages_and_json.Titles(title == other, any(_titled(title, n) != _titled(other, n) for n in called), after)
        return pages_and_json.other_form(ones, others, partial(self.clocks, key[0]), titles)

    def _called_names(self, who: str) -> set[str]:
        """What the person of a handle was called when they were met; asked once, as many chats may share a title."""
        if who not in self._names:
            self._names[who] = self._roster.names_behind({who})
        return self._names[who]

    def _same_people(self, key: Key, here: Iterable[Key]) -> Key | None:
        """The chat of these people that is known by its id, where this one is known by them alone, and the other way round.

        Two ids are two chats: where words or times would fit several, they say nothing.
        """
        if len(writers := self._who(key)) < 2:
            return None
        places: dict[Key, _Place] = {k: k for k in here if k[0] == key[0] and k in self._spool.frames}
        places = {k: p for k, p in (self.stored(key[0]) | places).items() if by_people(k) != by_people(key)}
        places = {k: p for k, p in places.items() if _same_writers(writers, self._who(p))}
        same = [k for k, place in places.items() if self._one_chat(key, place)]
        if same:
            others = (k for k in self._others(key) if k in self._spool.frames)
            several = len(same) > 1 if by_people(key) else any(self._one_chat(k, places[same[0]]) for k in others)
            return None if several else same[0]
        called = [k for k, p in places.items() if self._who(p) == writers and self._title_of(p) == self._titles(key) != ""]
        if len(called) == 1 and not self._others(key) and self._goes_on(key, places[called[0]]):
            return called[0]  # a backup, where the account's download ends
        return None

    def _title_of(self, place: _Place) -> str:
        return place.title if isinstance(place, Stored) else self._titles(place)

    def _others(self, key: Key) -> list[Key]:
        """Chats with an id, here or in the account, in which the same people write as in this one that has an id, too."""
        if by_people(key):
            return []
        chats: dict[Key, _Place] = {k: k for k in self._spool.frames if k[0] == key[0]}
        chats |= self.stored(key[0])
        return [k for k, p in chats.items() if k != key and not by_people(k) and self._who(p) == self._who(key)]

    def _one_chat(self, key: Key, place: _Place) -> bool:
        minutes, clocks = key[0] in pages_and_json.MINUTES, partial(self.clocks, key[0])
        return pages_and_json.same_chat(self._lines(key), self._lines(place), minutes=minutes, clocks=clocks)

    def _goes_on(self, key: Key, place: _Place) -> bool:
        minutes, clocks = key[0] in pages_and_json.MINUTES, partial(self.clocks, key[0])
        return pages_and_json.goes_on(self._lines(key), self._lines(place), minutes=minutes, clocks=clocks)

    def _who(self, place: _Place) -> frozenset[str]:
        """Whose words are there: ids of handles."""
        if isinstance(place, Stored):
            return place.writers
        if place not in self._writers:
            self._writers[place] = frozenset(line.who for line in self._lines(place))
        return self._writers[place]

    def _lines(self, place: _Place) -> list[Line]:
        if not isinstance(place, Stored):
            return pages_and_json.lines(self._messages(place), self._roster.handle)
        return [pages_and_json.held_line(r, text) for r, text in self.said(place)]

    def clocks(self, platform: str) -> Clocks:
        """By how much clocks of pages differ, as the platform's chats tell together; learnt once, from the longest ones."""
        if platform not in self._clocks:
            self._clocks[platform] = Clocks(self._couples(platform))
        return self._clocks[platform]

    def _couples(self, platform: str) -> Iterator[tuple[list[Line], list[Line]]]:
        """Chats of this upload, each with what may be the same one in another form."""
        keys = sorted((k for k in self._spool.frames if k[0] == platform), key=lambda k: -len(self._spool.frames[k]))
        read = 0
        for key in keys:
            mine, there = self._lines(key), self.stored(platform).get(key)
            yield [line for line in mine if line.exact], [line for line in mine if not line.exact]
            places = [there] if there else self._perhaps(key)
            for place in places if len(places) <= MOST_OF_A_NAME else ():
                yield mine, self._lines(place)
            read += len(mine)
            if read >= MOST_LINES:
                return

    def _perhaps(self, key: Key) -> list[_Place]:
        """What may be the same chat under another name: of this title, or of these people where one of both is known by them alone."""
        if key[0] == "telegram":
            return [place for _, place in self._called_so(key)]
        chats: dict[Key, _Place] = {k: k for k in self._spool.frames if k[0] == key[0] in BY_PEOPLE}
        chats |= self.stored(key[0])
        otherwise = [p for k, p in chats.items() if by_people(k) != by_people(key)]
        return [p for p in otherwise if _same_writers(self._who(key), self._who(p))]

    def _called_so(self, key: Key) -> list[tuple[Key, _Place]]:
        """Other chats of an equal title, of the account and of the upload."""
        title = self._titles(key)
        places: list[tuple[Key, _Place]] = [
            (k, p) for k, p in self.stored(key[0]).items() if k != key and _titled(title, p.title)
        ]
        here = (k for k in self._spool.frames if k[0] == key[0] and k != key)
        return places + [(k, k) for k in here if _titled(title, self._titles(k))]

    def moved(self, key: Key) -> set[Spoken]:
        """What the same chat on the other platform holds: seconds since 1970 (each with its neighbours) and words.

        Of one upload all stays in Google Chat, which has what came later too; beside what is stored nothing comes again.
        """
        other = MOVED.get(key[0])
        if other is None:
            return set()
        mine = {spoken(m.sent_at, m.text) for m in self._messages(key)}
        held: set[Spoken] = set()
        places: list[_Place] = list(self.stored(other).values())
        places += [k for k in self._spool.frames if k[0] == other] if other == "googlechat" else []
        for place in places:
            if self._alike(key, place):
                near = (spoken(at, text, n) for at, text in self._words(place) if at is not None for n in ROUNDED)
                there = mine.intersection(near)
                held |= there if len(there) >= FEWEST else set()
        return held

    def _said_in(self, messages: list[Message], other: Key, held: dict[str, float | None], names: set[str]) -> bool:
        """Whether nearly all that its people said lies in the other chat too, and not only the owner's round robins."""
        shared: dict[str, int] = defaultdict(int)
        times: dict[str, list[float]] = defaultdict(list)
        for one, m in identity.known(self._vault, identity.renamed(messages, other), held, lambda: names):
            times[m.sender_id].append(identity.when(m.platform, m.sent_at or 0.0))
            shared[m.sender_id] += one in held
        moments = [identity.when(other[0], at) for at in held.values() if at is not None]
        found = sum(shared.values())
        if sum(map(bool, shared.values())) < 2 or found < FEWEST:
            return False
        first, last = min(moments), max(moments)
        could = sum(first <= at <= last for sender, count in shared.items() if count for at in times[sender])
        return found >= OF_WORDS * could

    def _alike(self, key: Key, other: _Place) -> bool:
        one, two = self._when(key), self._when(other)
        return one is not None and two is not None and one.like(two)

    def _when(self, place: _Place) -> _Times | None:
        known = place.row.pk if isinstance(place, Stored) else place
        if known not in self._known:
            self._known[known] = (
                _times(place.row.platform, (r.at for r in self._records(place) if r.kind == "text"))
                if isinstance(place, Stored)
                else _times(place[0], (m.sent_at for m in self._messages(place)))
            )
        return self._known[known]

    def _titles(self, key: Key) -> str:
        if key not in self._called:
            self._called[key] = self._spool.first(self._reader, key).title
        return self._called[key]

    def _messages(self, key: Key) -> list[Message]:
        return [m for m in self._spool.messages(self._reader, key) if m.kind == "text" and m.sent_at is not None]

    def _records(self, stored: Stored) -> list[Record]:
        """As they are now: chats before this one may have been written anew meanwhile, or gone."""
        found = conversations.as_it_stands(self._vault, stored.row)
        return found[1] if found else []

    def _words(self, place: _Place) -> Iterator[tuple[float | None, str]]:
        """Times and words as they were written, as far as the ledger still tells them."""
        if not isinstance(place, Stored):
            yield from ((m.sent_at, m.text) for m in self._messages(place))
            return
        yield from ((record.at, text) for record, text in self.said(place))

    def said(self, place: Stored) -> Iterator[tuple[Record, str]]:
        """What people said, with the words as they were written, as far as the ledger still tells them."""
        entries: dict[str, list[Entry]] = defaultdict(list)
        for entry in ledgers.ledger(self._vault, place.row.pk):
            entries[entry.record].append(entry)
        for record in self._records(place):
            if record.kind == "text":
                yield record, scrubbing.original(record, entries[record.id]).text

    def stored(self, platform: str) -> dict[Key, Stored]:
        """The account's chats of a platform whose names are known."""
        if platform not in self._rows:
            found: dict[Key, Stored] = {}
            rows = Conversation.objects.filter(owner_id=self._vault.owner_id, platform=platform).order_by("created_at", "pk")
            for row in rows:
                stats = self._vault.unseal(row, "stats", row.stats) or {}
                if name := stats.get("key"):
                    title = str(self._vault.unseal(row, "title", row.title) or "")
                    found[platform, name] = Stored(row, title, frozenset(stats.get("handles") or ()))
            self._rows[platform] = found
        return self._rows[platform]


def _of_pages(key: Key) -> bool:
    """Whether a chat of Telegram came as pages first, which know no ids."""
    return key[1].startswith("page:")


def _said(some: Iterable[Line]) -> list[pages_and_json.Said]:
    return [(line.at, line.kind, line.text) for line in some]


def _titled(one: str, other: str) -> bool:
    """Whether two titles are equal, or one is the first name of the other: Telegram's JSON leaves last names out."""
    return bool(one and other) and (f"{one} ".startswith(f"{other} ") or f"{other} ".startswith(f"{one} "))


def by_people(key: Key) -> bool:
    """Whether nothing but its people tells a chat of Meta's apart."""
    return key[0] in BY_PEOPLE and key[1].startswith("people:")


def _same_writers(ones: frozenset[str], others: frozenset[str]) -> bool:
    """Whether the same people write, or some of them: groups change."""
    return min(len(ones), len(others)) > 1 and (ones <= others or ones >= others)


def spoken(at: float | None, text: str, near: int = 0) -> Spoken:
    """How a message is found again on the other platform; `near` seconds away."""
    return (-1 if at is None else int(at) + near), " ".join(text.split())

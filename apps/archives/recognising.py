"""Chats recognised by what was said in them: where nothing but a name tells them apart, and where two platforms hold the same."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import product

from apps.archives import identity, pages_and_json
from apps.archives.clocks import Clocks, Line
from apps.archives.formats.types import Message
from apps.archives.identity import Key
from apps.archives.places import Place, Places, Spoken, Stored, spoken

#: Platforms whose exports tell a chat by a name alone: by what its owner calls it, or whom it is with, on that day.
BY_NAME = {"whatsapp", "imessage", "signal"}
#: Platforms with chats that are known by an id in one form, and by their people in another: pages of before 2018, encrypted backups.
BY_PEOPLE = {"facebook", "instagram"}
#: Platforms whose chats are looked for under other names: Telegram's pages know no ids.
RECOGNISED = {*BY_NAME, *BY_PEOPLE, "telegram"}
#: Google put what was said in Hangouts into Chat as well, and exports hold it in both.
MOVED = {"googlechat": "hangouts", "hangouts": "googlechat"}
#: As few messages say nothing; of those that both chats could hold, this share must be in both.
FEWEST, OF_WORDS = 3, 0.8
#: Seconds by which one platform's clock may round otherwise than the other's.
ROUNDED = (-1, 0, 1)
#: So many lines are enough to tell how clocks differ, and of more chats of one name none does.
MOST_LINES, MOST_OF_A_NAME = 100_000, 5


class Recognised:
    """The chats of an upload and of the account, by when words were said in them. A chat is read only when it is asked for."""

    def __init__(self, places: Places) -> None:
        self._places = places
        self._clocks: dict[str, Clocks] = {}

    def before(self, key: Key, here: Iterable[Key]) -> Key | None:
        """Under which other name a chat is known, in the account or among those that are `here`; None where it is a new one."""
        if key[0] == "telegram":
            return self._other_form(key, here)
        if key[0] in BY_PEOPLE:
            return self._same_people(key, here)
        if key[0] not in BY_NAME:
            return None
        said = self._places.messages(key)
        if len(said) < FEWEST or len({m.sender_id for m in said}) < 2:
            return None
        for other, stored in self._places.stored(key[0]).items():
            if other != key and self._places.alike(key, stored):
                records = self._places.records(stored)
                names = self._places.names(r.handle for r in records)
                if self._said_in(said, other, {r.id: r.at for r in records}, names):
                    return other
        for other in self._uploaded(key, here):
            if self._places.alike(key, other):
                theirs = self._places.messages(other)
                held = {one: m.sent_at for one, m in identity.identified(self._places.vault, theirs)}
                if self._said_in(said, other, held, {m.sender_id for m in theirs}):
                    return other
        return None

    def _other_form(self, key: Key, here: Iterable[Key]) -> Key | None:
        """The chat of this title that came as pages, where this is JSON, which tells other ids, and the other way round.

        Where only other chats tell how clocks differ, a line sent to several of one name could be that of each: then it says nothing.
        """
        called = self._called_so(key)
        places = [(k, p) for k, p in called if isinstance(p, Stored) or k in here]
        mine = self._places.lines(key) if places else []
        fitting: dict[Key, Place] = {}
        for other, place in places:
            theirs = self._places.lines(place)
            pairs = pages_and_json.paired(_said(mine), _said(theirs))
            if pages_and_json.evident(pairs, mine, theirs, pages_and_json.OF_LINES * min(len(mine), len(theirs))):
                return other
            if _of_pages(key) != _of_pages(other) and self._fits(key, place, mine, theirs):
                fitting[other] = place
        if len(fitting) != 1:
            return None
        ((other, place),) = fitting.items()
        rivals = (k for k, p in called if not isinstance(p, Stored) and _of_pages(k) == _of_pages(key))
        return None if any(self._fits(k, place, self._places.lines(k), self._places.lines(place)) for k in rivals) else other

    def _fits(self, key: Key, place: Place, ones: list[Line], others: list[Line]) -> bool:
        """Whether they are one chat by true moments, or by clocks that other chats may have told."""
        title, other = self._places.title(key), self._places.title(place)

        def after(one: str, two: str) -> bool:
            mine, theirs = (
                [n for n in self._places.names({who}) if _titled(t, n)] for t, who in ((title, one), (other, two))
            )
            return any(_titled(*both) for both in product(mine, theirs))

        called = {n for who in {line.who for line in (*ones, *others)} for n in self._places.names({who})}
        titles = pages_and_json.Titles(title == other, any(_titled(title, n) != _titled(other, n) for n in called), after)
        return pages_and_json.other_form(ones, others, partial(self.clocks, key[0]), titles)

    def _same_people(self, key: Key, here: Iterable[Key]) -> Key | None:
        """The chat of these people that is known by its id, where this one is known by them alone, and the other way round.

        Two ids are two chats: where words or times would fit several, they say nothing.
        """
        if len(writers := self._places.writers(key)) < 2:
            return None
        places: dict[Key, Place] = {k: k for k in self._uploaded(key, here)}
        places = {k: p for k, p in (self._places.stored(key[0]) | places).items() if by_people(k) != by_people(key)}
        places = {k: p for k, p in places.items() if _same_writers(writers, self._places.writers(p))}
        same = [k for k, place in places.items() if self._one_chat(key, place)]
        if same:
            others = self._uploaded(key, self._others(key))
            several = len(same) > 1 if by_people(key) else any(self._one_chat(k, places[same[0]]) for k in others)
            return None if several else same[0]
        called = [
            k
            for k, p in places.items()
            if self._places.writers(p) == writers and self._places.title(p) == self._places.title(key) != ""
        ]
        if len(called) == 1 and not self._others(key) and self._goes_on(key, places[called[0]]):
            return called[0]  # a backup, where the account's download ends
        return None

    def _others(self, key: Key) -> list[Key]:
        """Chats with an id, here or in the account, in which the same people write as in this one that has an id, too."""
        if by_people(key):
            return []
        chats: dict[Key, Place] = {k: k for k in self._places.here(key[0])}
        chats |= self._places.stored(key[0])
        return [
            k
            for k, p in chats.items()
            if k != key and not by_people(k) and self._places.writers(p) == self._places.writers(key)
        ]

    def _uploaded(self, key: Key, some: Iterable[Key]) -> list[Key]:
        """Those that are chats of this upload and of this one's platform."""
        here = set(self._places.here(key[0]))
        return [each for each in some if each in here]

    def _one_chat(self, key: Key, place: Place) -> bool:
        minutes, clocks = key[0] in pages_and_json.MINUTES, partial(self.clocks, key[0])
        return pages_and_json.same_chat(self._places.lines(key), self._places.lines(place), minutes=minutes, clocks=clocks)

    def _goes_on(self, key: Key, place: Place) -> bool:
        minutes, clocks = key[0] in pages_and_json.MINUTES, partial(self.clocks, key[0])
        return pages_and_json.goes_on(self._places.lines(key), self._places.lines(place), minutes=minutes, clocks=clocks)

    def clocks(self, platform: str) -> Clocks:
        """By how much clocks of pages differ, as the platform's chats tell together; learnt once, from the longest ones."""
        if platform not in self._clocks:
            self._clocks[platform] = Clocks(self._couples(platform))
        return self._clocks[platform]

    def _couples(self, platform: str) -> Iterator[tuple[list[Line], list[Line]]]:
        """Chats of this upload, each with what may be the same one in another form."""
        read = 0
        for key in self._places.longest(platform):
            mine, there = self._places.lines(key), self._places.stored(platform).get(key)
            yield [line for line in mine if line.exact], [line for line in mine if not line.exact]
            places = [there] if there else self._perhaps(key)
            for place in places if len(places) <= MOST_OF_A_NAME else ():
                yield mine, self._places.lines(place)
            read += len(mine)
            if read >= MOST_LINES:
                return

    def _perhaps(self, key: Key) -> list[Place]:
        """What may be the same chat under another name: of this title, or of these people where one of both is known by them alone."""
        if key[0] == "telegram":
            return [place for _, place in self._called_so(key)]
        chats: dict[Key, Place] = {k: k for k in self._places.here(key[0]) if k[0] in BY_PEOPLE}
        chats |= self._places.stored(key[0])
        otherwise = [p for k, p in chats.items() if by_people(k) != by_people(key)]
        return [p for p in otherwise if _same_writers(self._places.writers(key), self._places.writers(p))]

    def _called_so(self, key: Key) -> list[tuple[Key, Place]]:
        """Other chats of an equal title, of the account and of the upload."""
        title = self._places.title(key)
        places: list[tuple[Key, Place]] = [
            (k, p) for k, p in self._places.stored(key[0]).items() if k != key and _titled(title, p.title)
        ]
        here = (k for k in self._places.here(key[0]) if k != key)
        return places + [(k, k) for k in here if _titled(title, self._places.title(k))]

    def moved(self, key: Key) -> set[Spoken]:
        """What the same chat on the other platform holds: seconds since 1970 (each with its neighbours) and words.

        Of one upload all stays in Google Chat, which has what came later too; beside what is stored nothing comes again.
        """
        other = MOVED.get(key[0])
        if other is None:
            return set()
        mine = {spoken(m.sent_at, m.text) for m in self._places.messages(key)}
        held: set[Spoken] = set()
        places: list[Place] = list(self._places.stored(other).values())
        places += self._places.here(other) if other == "googlechat" else []
        for place in places:
            if self._places.alike(key, place):
                near = (spoken(at, text, n) for at, text in self._places.words(place) if at is not None for n in ROUNDED)
                there = mine.intersection(near)
                held |= there if len(there) >= FEWEST else set()
        return held

    def _said_in(self, messages: list[Message], other: Key, held: dict[str, float | None], names: set[str]) -> bool:
        """Whether nearly all that its people said lies in the other chat too, and not only the owner's round robins."""
        shared: dict[str, int] = defaultdict(int)
        times: dict[str, list[float]] = defaultdict(list)
        for one, m in identity.known(self._places.vault, identity.renamed(messages, other), held, lambda: names):
            times[m.sender_id].append(identity.when(m.platform, m.sent_at or 0.0))
            shared[m.sender_id] += one in held
        moments = [identity.when(other[0], at) for at in held.values() if at is not None]
        found = sum(shared.values())
        if sum(map(bool, shared.values())) < 2 or found < FEWEST:
            return False
        first, last = min(moments), max(moments)
        could = sum(first <= at <= last for sender, count in shared.items() if count for at in times[sender])
        return found >= OF_WORDS * could


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

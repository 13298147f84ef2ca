"""Chats that no key tells for sure, placed by what they hold: lists of dialogues, a day of Slack without its channel, and a channel by its name alone."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping

from apps.accounts.sealing import FrameReader
from apps.accounts.vault import Vault
from apps.archives import conversations
from apps.archives.formats.types import Message
from apps.archives.identity import Key, fingerprint, identified, renamed
from apps.archives.models import Conversation
from apps.archives.people import Roster
from apps.archives.places import Places, Spoken, spoken
from apps.archives.spool import Spool

#: Of a day's messages at least so many must lie in a channel, and these shares with their sender and with their words; or all of them.
FEWEST, OF_TIMES, OF_WORDS = 3, 0.8, 0.5
#: Hashes of words by their moment, seconds since 1970 as exact as Slack has them, and the id of their sender's handle.
_Said = dict[tuple[float, str], int]
_DATE = re.compile(r"\d{4}-\d\d-\d\d")


def is_day(key: Key) -> bool:
    """Whether it is a day of Slack that came without its channel."""
    return key[0] == "slack" and key[1].startswith("day:")


def is_date(key: Key, title: str) -> bool:
    """Whether a title says no more than the day: what such a chat is called, until its channel comes."""
    return key[0] == "slack" and _DATE.fullmatch(title) is not None


class Unnamed:
    """Finds such chats of an upload in the account, and among those that were placed before."""

    def __init__(self, vault: Vault, spool: Spool, reader: FrameReader, roster: Roster, places: Places) -> None:
        self._vault, self._spool, self._reader, self._roster, self._places = vault, spool, reader, roster, places
        self._known: dict[Key, _Said] = {}
        self.kept: dict[Key, set[Spoken]] = {}  # of a channel: what days of it hold that are chats of their own

    def place(self, key: Key, there: Mapping[Key, Conversation], parts: Mapping[Key, list[Key]]) -> Key | None:
        """Where a chat lies; None where that has to be told otherwise.

        `there`: the account's rows under its keys. `parts`: the chats of this upload by the key under which each was placed.
        """
        if is_day(key):
            return None if key in there else self._channel(key, parts)
        if key[0] == "slack":
            named = key not in there and key[1] == f"id:{self._spool.first(self._reader, key).title}"
            return (self._channel(key, parts) if named else None) or self._days(key, parts)
        if key[0] == "jsonl" and key[1].startswith("file:"):
            return key if key in there else self._dialogues(key, there, parts)
        return None

    # dialogues: their times are their places in the file

    def _dialogues(self, key: Key, there: Mapping[Key, Conversation], parts: Mapping[Key, list[Key]]) -> Key:
        """The file of this name and first dialogue with which all agrees that both hold at the same places; else a new one."""
        stored = {k: s.row for k, s in self._places.stored(key[0]).items()}
        rows, begun = {**there, **stored}, key[1].rpartition("|")[0] + "|"
        places = [k for k in (*rows, *parts) if k in there or (k[0] == key[0] and k[1].startswith(begun))]
        return next((k for k in places if self._agree(key, k, rows.get(k), parts.get(k, ()))), key)

    def _agree(self, key: Key, other: Key, row: Conversation | None, parts: Collection[Key]) -> bool:
        held: dict[float | None, set[str]] = defaultdict(set)
        for record in conversations.records_of(self._vault, row) if row else ():
            held[record.at].add(record.id)
        for part in parts:
            for one, message in self._identified(part, other):
                held[message.sent_at].add(one)
        shared = [one in held[m.sent_at] for one, m in self._identified(key, other) if m.sent_at in held]
        return bool(shared) and all(shared)

    def _identified(self, key: Key, other: Key) -> Iterator[tuple[str, Message]]:
        return identified(self._vault, renamed(self._spool.messages(self._reader, key), other))

    # days of Slack: a moment is exact to the microsecond there

    def _channel(self, day: Key, parts: Mapping[Key, list[Key]]) -> Key | None:
        """The one chat that holds this day; None where it is none, or several."""
        mine = self._said(day)
        near = [*self._near(mine), *(k for k in parts if k[0] == day[0])]
        found = [k for k in dict.fromkeys(near) if k != day and _within(mine, self._all(k, parts))]
        return found[0] if len(found) == 1 else None

    def _days(self, channel: Key, parts: Mapping[Key, list[Key]]) -> Key | None:
        """The day of this channel that came before and holds most, which becomes the channel; of others nothing comes again."""
        if not any(map(is_day, self._places.stored(channel[0]))) or self._is_stored(channel):
            return None
        mine = self._said(channel)
        near = [k for k in self._near(mine) if is_day(k) and k not in parts]
        days = [k for k in near if _within(self._all(k, parts), mine)]
        if not days:
            return None
        most, *rest = sorted(days, key=lambda k: len(self._all(k, parts)), reverse=True)
        self.kept[most] = {spoken(at, text) for day in rest for at, _, text in self._held(day)}
        return most

    def _near(self, said: _Said) -> list[Key]:
        """Chats of the account with messages at the time of these."""
        if not said:
            return []
        first, last = min(at for at, _ in said), max(at for at, _ in said)
        return [
            k
            for k, stored in self._places.stored("slack").items()
            if (row := stored.row).first_at
            and row.last_at
            and row.first_at.timestamp() <= last
            and row.last_at.timestamp() >= first
        ]

    def _said(self, key: Key) -> _Said:
        """What is said in a chat of this upload."""
        if key not in self._known:
            self._known[key] = {(at, who): hash(text) for at, who, text in self._written(key)}
        return self._known[key]

    def _all(self, place: Key, parts: Mapping[Key, list[Key]]) -> _Said:
        """What the account holds of a chat, and this upload."""
        found = {(at, who): hash(text) for at, who, text in self._held(place)}
        for part in parts.get(place, ()):
            found |= self._said(part)
        return found

    def _written(self, key: Key) -> Iterator[tuple[float, str, str]]:
        """Moments, senders and words of a chat of this upload."""
        for m in self._spool.messages(self._reader, key):
            if m.kind == "text" and m.sent_at is not None:
                yield m.sent_at, self._roster.handle(m), m.text

    def _held(self, place: Key) -> Iterator[tuple[float, str, str]]:
        """The same of a chat of the account."""
        stored = self._places.stored(place[0]).get(place)
        for record, text in self._places.said(stored) if stored else ():
            if record.at is not None:
                yield record.at, record.handle, text

    def _is_stored(self, key: Key) -> bool:
        same = Conversation.objects.filter(owner_id=self._vault.owner_id, fingerprint=fingerprint(self._vault, key))
        return same.exists()


def _within(day: _Said, channel: _Said) -> bool:
    """Whether a channel holds a day's messages, of the time for which both have some: by moments and senders, mostly with their words."""
    if not channel:
        return False
    first, last = min(at for at, _ in channel), max(at for at, _ in channel)
    could = [one for one in day if first <= one[0] <= last]
    there = [one for one in could if one in channel]
    same = sum(day[one] == channel[one] for one in there)
    if len(could) < FEWEST:  # whole seconds come from elsewhere, and may be those of several channels
        return 0 < same == len(could) and all(at % 1 for at, _ in could)
    return len(there) >= max(FEWEST, OF_TIMES * len(could)) and same >= OF_WORDS * len(there)

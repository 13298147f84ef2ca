"""Chats recognised by what was said in them: where nothing but a name tells them apart, and where two platforms hold the same."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from apps.accounts.sealing import FrameReader
from apps.accounts.vault import Vault
from apps.archives import conversations, identity, pages_and_json, scrubbing
from apps.archives.formats.types import Message
from apps.archives.identity import Key
from apps.archives.models import Conversation
from apps.archives.people import Roster
from apps.archives.spool import Spool
from apps.privacy import selectors as ledgers
from apps.privacy.ledger import Entry

#: Platforms whose exports tell a chat by a name alone: by what its owner calls it, or whom it is with, on that day.
BY_NAME = {"whatsapp", "imessage", "signal"}
#: Google put what was said in Hangouts into Chat as well, and exports hold it in both.
MOVED = {"googlechat": "hangouts", "hangouts": "googlechat"}
#: As few messages say nothing; of those that both chats could hold, these shares must be in both.
FEWEST, OF_TIMES, OF_WORDS = 3, 0.5, 0.8
#: Seconds since 1970, and words without regard to white space.
Spoken = tuple[int, str]
#: Seconds by which one platform's clock may round otherwise than the other's.
ROUNDED = (-1, 0, 1)


@dataclass(frozen=True)
class _Times:
    """When words were said in a chat, in minutes since 1970."""

    at: frozenset[int]
    first: int
    last: int

    def like(self, other: _Times) -> bool:
        """Whether most moments are shared within the time that both cover."""
        first, last = max(self.first, other.first), min(self.last, other.last)
        if first > last or not (shared := len(self.at & other.at)):
            return False
        fewer = min(sum(first <= at <= last for at in each.at) for each in (self, other))
        return shared >= OF_TIMES * fewer


def _times(platform: str, moments: Iterable[float | None]) -> _Times | None:
    at = frozenset(int(identity.when(platform, m) // 60) for m in moments if m is not None)
    return _Times(at, min(at), max(at)) if at else None


class Recognised:
    """The chats of an upload and of the account, by when words were said in them. A chat is read only when it is asked for."""

    def __init__(self, vault: Vault, spool: Spool, reader: FrameReader, roster: Roster) -> None:
        self._vault, self._spool, self._reader, self._roster = vault, spool, reader, roster
        self._rows: dict[str, dict[Key, Conversation]] = {}
        self._known: dict[Key | Conversation, _Times | None] = {}

    def before(self, key: Key, here: Iterable[Key]) -> Key | None:
        """Under which other name a chat is known, in the account or among those that are `here`; None where it is a new one."""
        if key[0] == "telegram":
            return self._other_form(key, here)
        if key[0] not in BY_NAME:
            return None
        for other, row in self._stored(key[0]).items():
            if other != key and self._alike(key, row):
                records = list(conversations.records_of(self._vault, row))
                names = self._roster.names_behind({r.handle for r in records})
                if self._said_in(key, other, {r.id: r.at for r in records}, names):
                    return other
        for other in here:
            if other[0] == key[0] and other in self._spool.frames and self._alike(key, other):
                said = self._messages(other)
                held = {one: m.sent_at for one, m in identity.identified(self._vault, said)}
                if self._said_in(key, other, held, {m.sender_id for m in said}):
                    return other
        return None

    def _other_form(self, key: Key, here: Iterable[Key]) -> Key | None:
        """The chat of this title that came as pages, where this is JSON, which tells other ids, and the other way round."""
        said = self._spool.messages(self._reader, key)
        title = next((m.title for m in said if m.title), "")
        mine = [(m.sent_at, m.kind, m.text) for m in said]
        places: list[tuple[Key, Key | Conversation, str]] = [
            (other, row, str(self._vault.unseal(row, "title", row.title) or ""))
            for other, row in self._stored(key[0]).items()
        ]
        for other in here:
            if other[0] == key[0] and other in self._spool.frames:
                places += [(other, other, self._spool.messages(self._reader, other)[0].title)]
        for other, place, called in places:
            if other != key and _titled(title, called):
                theirs = [(at, "text", text) for at, text in self._words(place)]
                could = min(sum(kind == "text" for _, kind, _ in mine), len(theirs))
                if could and len(pages_and_json.paired(mine, theirs)) >= OF_TIMES * could:
                    return other
        return None

    def moved(self, key: Key) -> set[Spoken]:
        """What the same chat on the other platform holds: seconds since 1970 (each with its neighbours) and words.

        Of one upload all stays in Google Chat, which has what came later too; beside what is stored nothing comes again.
        """
        other = MOVED.get(key[0])
        if other is None:
            return set()
        mine = {spoken(m.sent_at, m.text) for m in self._messages(key)}
        held: set[Spoken] = set()
        places: list[Key | Conversation] = list(self._stored(other).values())
        places += [k for k in self._spool.frames if k[0] == other] if other == "googlechat" else []
        for place in places:
            if self._alike(key, place):
                there = {spoken(at, text, near) for at, text in self._words(place) if at is not None for near in ROUNDED}
                held |= there if len(mine & there) >= min(FEWEST, len(mine)) else set()
        return held

    def _said_in(self, key: Key, other: Key, held: dict[str, float | None], names: set[str]) -> bool:
        """Whether nearly all that its people said lies in the other chat too, and not only the owner's round robins."""
        said = identity.renamed(self._messages(key), other)
        shared: dict[str, int] = defaultdict(int)
        times: dict[str, list[float]] = defaultdict(list)
        found: list[float] = []
        for one, m in identity.known(self._vault, said, held, lambda: names):
            times[m.sender_id].append(m.sent_at or 0.0)
            if one in held:
                shared[m.sender_id] += 1
                found.append(m.sent_at or 0.0)
        moments = [at for at in held.values() if at is not None]
        if len(shared) < 2 or len(found) < FEWEST:
            return False
        first, last = min(moments), max(moments)
        could = sum(first <= at <= last for sender in shared for at in times[sender])
        return len(found) >= OF_WORDS * could

    def _alike(self, key: Key, other: Key | Conversation) -> bool:
        one, two = self._when(key), self._when(other)
        return one is not None and two is not None and one.like(two)

    def _when(self, place: Key | Conversation) -> _Times | None:
        if place not in self._known:
            self._known[place] = (
                _times(place.platform, (at for at, _ in self._stored_words(place)))
                if isinstance(place, Conversation)
                else _times(place[0], (m.sent_at for m in self._messages(place)))
            )
        return self._known[place]

    def _messages(self, key: Key) -> list[Message]:
        return [m for m in self._spool.messages(self._reader, key) if m.kind == "text" and m.sent_at is not None]

    def _words(self, place: Key | Conversation) -> Iterator[tuple[float | None, str]]:
        """Times and words as they were written, as far as the ledger still tells them."""
        if not isinstance(place, Conversation):
            yield from ((m.sent_at, m.text) for m in self._messages(place))
            return
        entries: dict[str, list[Entry]] = defaultdict(list)
        for entry in ledgers.ledger(self._vault, place.pk):
            entries[entry.record].append(entry)
        for record in conversations.records_of(self._vault, place):
            if record.kind == "text":
                yield record.at, scrubbing.original(record, entries[record.id]).text

    def _stored_words(self, row: Conversation) -> Iterator[tuple[float | None, str]]:
        return ((r.at, r.text) for r in conversations.records_of(self._vault, row) if r.kind == "text")

    def _stored(self, platform: str) -> dict[Key, Conversation]:
        """The account's chats of a platform whose names are known."""
        if platform not in self._rows:
            rows = Conversation.objects.filter(owner_id=self._vault.owner_id, platform=platform).order_by("created_at", "pk")
            named = [(str((self._vault.unseal(row, "stats", row.stats) or {}).get("key") or ""), row) for row in rows]
            self._rows[platform] = {(platform, name): row for name, row in named if name}
        return self._rows[platform]


def _titled(one: str, other: str) -> bool:
    """Whether two titles are equal, or one is the first name of the other: Telegram's JSON leaves last names out."""
    return bool(one and other) and (f"{one} ".startswith(f"{other} ") or f"{other} ".startswith(f"{one} "))


def spoken(at: float | None, text: str, near: int = 0) -> Spoken:
    """How a message is found again on the other platform; `near` seconds away."""
    return (-1 if at is None else int(at) + near), " ".join(text.split())

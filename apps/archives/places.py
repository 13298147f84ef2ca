"""Where chats lie: in the upload that is read, or in the account. Each is read only when it is asked for."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from uuid import UUID

from apps.accounts.sealing import FrameReader
from apps.accounts.vault import Vault
from apps.archives import conversations, identity, pages_and_json, scrubbing
from apps.archives.clocks import Line
from apps.archives.formats.types import Message
from apps.archives.identity import Key
from apps.archives.minutes import Minutes, minutes_of
from apps.archives.models import Conversation
from apps.archives.people import Roster
from apps.archives.spool import Spool
from apps.archives.transcripts import Record
from apps.privacy import selectors as ledgers
from apps.privacy.ledger import Entry

#: Seconds since 1970, and words without regard to white space.
Spoken = tuple[int, str]


@dataclass(frozen=True)
class Stored:
    """A chat of the account."""

    row: Conversation
    title: str
    writers: frozenset[str]  # ids of handles


#: A chat of the account, or of this upload.
Place = Key | Stored


class Places:
    """What is asked of a chat, wherever it lies."""

    def __init__(self, vault: Vault, spool: Spool, reader: FrameReader, roster: Roster) -> None:
        self.vault = vault
        self._spool, self._reader, self._roster = spool, reader, roster
        self._rows: dict[str, dict[Key, Stored]] = {}
        self._titles: dict[Key, str] = {}
        self._minutes: dict[Key | UUID, Minutes | None] = {}
        self._writers: dict[Key, frozenset[str]] = {}
        self._names: dict[frozenset[str], set[str]] = {}

    def here(self, platform: str) -> list[Key]:
        """The platform's chats of this upload."""
        return [key for key in self._spool.frames if key[0] == platform]

    def longest(self, platform: str) -> list[Key]:
        """The same, the longest first."""
        return sorted(self.here(platform), key=lambda key: -len(self._spool.frames[key]))

    def stored(self, platform: str) -> dict[Key, Stored]:
        """The account's chats of a platform whose names are known."""
        if platform not in self._rows:
            found: dict[Key, Stored] = {}
            rows = Conversation.objects.filter(owner_id=self.vault.owner_id, platform=platform).order_by("created_at", "pk")
            for row in rows:
                stats = self.vault.unseal(row, "stats", row.stats) or {}
                if name := stats.get("key"):
                    title = str(self.vault.unseal(row, "title", row.title) or "")
                    found[platform, name] = Stored(row, title, frozenset(stats.get("handles") or ()))
            self._rows[platform] = found
        return self._rows[platform]

    def title(self, place: Place) -> str:
        if isinstance(place, Stored):
            return place.title
        if place not in self._titles:
            self._titles[place] = self._spool.first(self._reader, place).title
        return self._titles[place]

    def writers(self, place: Place) -> frozenset[str]:
        """Whose words are there: ids of handles."""
        if isinstance(place, Stored):
            return place.writers
        if place not in self._writers:
            self._writers[place] = frozenset(line.who for line in self.lines(place))
        return self._writers[place]

    def lines(self, place: Place) -> list[Line]:
        """What was said there, with its clock."""
        if not isinstance(place, Stored):
            return pages_and_json.lines(self.messages(place), self._roster.handle)
        return [pages_and_json.held_line(r, text) for r, text in self.said(place)]

    def messages(self, key: Key) -> list[Message]:
        """What was said at a known moment in a chat of this upload."""
        return [m for m in self._spool.messages(self._reader, key) if m.kind == "text" and m.sent_at is not None]

    def records(self, stored: Stored) -> list[Record]:
        """As they are now: chats before this one may have been written anew meanwhile, or gone."""
        found = conversations.as_it_stands(self.vault, stored.row)
        return found[1] if found else []

    def said(self, place: Stored) -> Iterator[tuple[Record, str]]:
        """What people said, with the words as they were written, as far as the ledger still tells them."""
        entries: dict[str, list[Entry]] = defaultdict(list)
        for entry in ledgers.ledger(self.vault, place.row.pk):
            entries[entry.record].append(entry)
        for record in self.records(place):
            if record.kind == "text":
                yield record, scrubbing.original(record, entries[record.id]).text

    def words(self, place: Place) -> Iterator[tuple[float | None, str]]:
        """Times and words as they were written, as far as the ledger still tells them."""
        if not isinstance(place, Stored):
            yield from ((m.sent_at, m.text) for m in self.messages(place))
            return
        yield from ((record.at, text) for record, text in self.said(place))

    def alike(self, key: Key, other: Place) -> bool:
        """Whether words were said at the same minutes in both."""
        one, two = self._minutes_of(key), self._minutes_of(other)
        return one is not None and two is not None and one.like(two)

    def _minutes_of(self, place: Place) -> Minutes | None:
        known = place.row.pk if isinstance(place, Stored) else place
        if known not in self._minutes:
            self._minutes[known] = minutes_of(self._moments(place))
        return self._minutes[known]

    def _moments(self, place: Place) -> Iterator[float]:
        if isinstance(place, Stored):
            platform, moments = place.row.platform, (r.at for r in self.records(place) if r.kind == "text")
        else:
            platform, moments = place[0], (m.sent_at for m in self.messages(place))
        return (identity.when(platform, at) for at in moments if at is not None)

    def names(self, handles: Iterable[str]) -> set[str]:
        """What the people of these handles were called when they were met; asked once, as many chats may share a title."""
        asked = frozenset(handles)
        if asked not in self._names:
            self._names[asked] = self._roster.names_behind(asked)
        return self._names[asked]


def spoken(at: float | None, text: str, near: int = 0) -> Spoken:
    """How a message is found again on the other platform; `near` seconds away."""
    return (-1 if at is None else int(at) + near), " ".join(text.split())

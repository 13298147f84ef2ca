"""One chat under several names: folders of a newer export, and an encrypted backup, may hold the messages of an older export."""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict

from apps.accounts.sealing import FrameReader
from apps.accounts.vault import Vault
from apps.archives import conversations, wall_clocks
from apps.archives.clocks import Clocks
from apps.archives.formats.types import Message
from apps.archives.identity import Key, fingerprint, identified, renamed
from apps.archives.models import Conversation
from apps.archives.people import Roster
from apps.archives.places import Places, Spoken, spoken
from apps.archives.recognising import RECOGNISED, Recognised, by_people
from apps.archives.spool import Spool
from apps.archives.unnamed import Unnamed, is_day

BATCH = 500


#: Most pairs of a renamed thread and an earlier name that are looked for: each is one keyed hash.
MOST_GUESSES = 1_000_000
#: Messages that two chats share by chance are one forward to both; under another name than a lasting one, so many make them one.
SURE = 3


class Chats:
    """The chats of an upload, each under the name that it has, or gets, in the account."""

    def __init__(self, vault: Vault, spool: Spool, reader: FrameReader, roster: Roster, also: dict[Key, set[str]]) -> None:
        """`also`: by which other keys a chat may be known."""
        self._vault, self._spool, self._reader = vault, spool, reader
        places = Places(vault, spool, reader, roster)
        self._recognised = Recognised(places)
        self._unnamed = Unnamed(vault, spool, reader, roster, places)
        self._also = {key: [(key[0], name) for name in sorted(names)] for key, names in also.items() if key in spool.frames}
        self._also |= {key: [] for key in spool.frames if key[0] in RECOGNISED and key not in self._also}
        self._moved: dict[Key, set[Spoken]] = {}
        self._rows = self._known()
        self._recall()
        self.parts: dict[Key, list[Key]] = defaultdict(list)
        self._sharing = Counter(other for key, others in self._also.items() for other in others if _titled(key, other))
        for key in sorted(spool.frames, key=lambda key: by_people(key) or is_day(key)):  # what has an id gives the name
            self.parts[self._place(key)].append(key)

    def messages(self, key: Key) -> list[list[Message]]:
        """Those of one chat, under its key, by the name that they came under; by their files where those tell wall clocks."""
        parts = (renamed(self._spool.messages(self._reader, part), key) for part in self.parts[key])
        return [file for part in parts for file in wall_clocks.files(part)]

    def clocks(self, platform: str) -> Clocks:
        """What the platform's chats tell of the clocks of pages. To be asked before any of them is merged."""
        return self._recognised.clocks(platform)

    def moved(self, key: Key) -> set[Spoken]:
        """What is kept of a chat under another platform, or of its days as chats of their own."""
        if key not in self._moved:
            kept = self._unnamed.kept.get(key, set())
            self._moved = {key: self._recognised.moved(key) | kept}  # asked for one chat after the other
        return self._moved[key]

    def elsewhere(self, key: Key, message: Message) -> bool:
        """Whether the same words came through another platform, or with a day, at the same second."""
        moved = self.moved(key)
        return bool(moved) and message.kind == "text" and spoken(message.sent_at, message.text) in moved

    def _known(self) -> dict[Key, Conversation]:
        keys = {fingerprint(self._vault, k): k for key, others in self._also.items() for k in (key, *others)}
        found: dict[Key, Conversation] = {}
        for start in range(0, len(keys), BATCH):
            some = list(keys)[start : start + BATCH]
            for row in Conversation.objects.filter(owner_id=self._vault.owner_id, fingerprint__in=some):
                found[keys[bytes(row.fingerprint)]] = row
        return found

    def _recall(self) -> None:
        """Find threads that were stored under whole folders, and have another title since, by the titles in the account.

        A folder is a title in small letters and the lasting id, so that a guess is right where its hash is there. The title
        in the account may be a newer one: the folder itself is kept with the row (`key`).
        """
        lost = [k for k, others in self._also.items() if _lasting(k) and not any(o in self._rows for o in (k, *others))]
        if not lost:
            return
        guesses, prints = defaultdict[str, set[str]](set), dict[bytes, Conversation]()
        platforms = {platform for platform, _ in lost}
        for row in Conversation.objects.filter(owner_id=self._vault.owner_id, platform__in=platforms):
            prints[bytes(row.fingerprint)] = row
            guesses[row.platform].update(_slugs(str(self._vault.unseal(row, "title", row.title) or "")))
            guesses[row.platform].add(_folder((self._vault.unseal(row, "stats", row.stats) or {}).get("key") or ""))
        if len(lost) * max(map(len, guesses.values()), default=0) > MOST_GUESSES:
            return
        for key in lost:
            for slug in guesses[key[0]]:
                other = (key[0], f"thread:{slug}_{key[1].removeprefix('id:')}")
                if row_there := prints.get(fingerprint(self._vault, other)):
                    self._rows[other] = row_there
                    self._also[key].append(other)

    def _place(self, key: Key) -> Key:
        """Where it surely or mostly lies already; else by what else came."""
        others = self._also.get(key, [])
        there = [k for k in (key, *others) if k in self._rows]
        if placed := self._unnamed.place(key, {k: self._rows[k] for k in there}, self.parts):
            return placed
        same = [k for k in there if k == key or _same_thread(key, k)]
        if len(there) == len(same) == 1:
            return same[0]
        if there:
            held = {k: self._common(key, k) for k in there}
            best = max(held, key=held.__getitem__)
            if held[best][0] >= (1 if best in same or _lasting(best) else min(SURE, held[best][1])):
                return best
        if same:
            return same[0]
        if found := self._recognised.before(key, self.parts):
            return found
        for other in others:
            if _titled(key, other) and self._sharing[other] == 1:
                return other  # its name may change, so that it counts only between several
        return key

    def _common(self, key: Key, there: Key) -> tuple[int, int]:
        """How many messages of this upload a stored conversation holds, and how many it could."""
        ids = {record.id for record in conversations.records_of(self._vault, self._rows[there])}
        said = renamed(self._spool.messages(self._reader, key), there)
        found = [identity in ids for identity, _ in identified(self._vault, said)]
        return sum(found), min(len(found), len(ids))


def _lasting(key: Key) -> bool:
    return key[1].startswith("id:")


def _same_thread(key: Key, other: Key) -> bool:
    """Whether the other is the folder of the thread with that id, whatever its title."""
    return _lasting(key) and other[1].startswith("thread:") and other[1].endswith(f"_{key[1].removeprefix('id:')}")


def _folder(name: str) -> str:
    """The title in the folder that a thread is known by; "" of another name."""
    return name.removeprefix("thread:").rpartition("_")[0] if name.startswith("thread:") else ""


def _slugs(title: str) -> set[str]:
    """What a folder may be called by a title: small letters and figures, without others or with their plain ones."""
    small = title.lower()
    plain = unicodedata.normalize("NFKD", small)
    letters = "".join(c for c in small if c.isalnum())
    found = {letters, "".join(c for c in letters if c.isascii()), "".join(c for c in plain if c.isalnum() and c.isascii())}
    return found | {small, small.replace(" ", "")}


def _titled(key: Key, other: Key) -> bool:
    """Whether a key is the other one with a title behind it."""
    return key[1].startswith(f"{other[1]}\n")

"""One chat under several names: folders of a newer export, and an encrypted backup, may hold the messages of an older export."""

from __future__ import annotations

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping

import msgspec

from apps.accounts.sealing import FrameReader
from apps.accounts.vault import Vault
from apps.archives import conversations, transcripts
from apps.archives.formats.registry import EITHER_ORDER, REPEATING
from apps.archives.formats.types import Message
from apps.archives.models import Conversation
from apps.archives.spool import Spool
from apps.archives.transcripts import Record

#: Platform and key of a conversation.
Key = tuple[str, str]
BATCH = 500


#: Most pairs of a renamed thread and an earlier name that are looked for: each is one keyed hash.
MOST_GUESSES = 1_000_000


def identified(vault: Vault, messages: list[Message]) -> Iterator[tuple[str, Message]]:
    """Each message with its stable id; equal ones at the same moment are told apart by their number."""
    seen: Counter[tuple[str, str]] = Counter()
    for m in messages:
        at = m.sent_at
        if m.platform in EITHER_ORDER and at is not None:
            at = min(at, transcripts.swapped(at) or at)
        text = f"{m.platform}\0{m.conversation}\0{m.sender_id}\0{at}\0{m.kind}\0{m.text}"
        base = vault.fingerprint("record", text).hex()[:32]
        seen[base, m.where] += 1  # the n-th copy in one file is the n-th copy in another
        number = 1 if m.platform in REPEATING else seen[base, m.where]
        yield (base if number == 1 else vault.fingerprint("record", f"{text}\0{number}").hex()[:32]), m


def known(
    vault: Vault, messages: list[Message], held: Mapping[str, Record], names: Iterable[str]
) -> Iterator[tuple[str, Message]]:
    """As `identified`; what lies in `held` under a sender's name of before keeps its id.

    `names`: who writes in what is held. One who is not among these messages may be called otherwise now: then their
    words are there at their times, under ids made with the old name.
    """
    found = list(identified(vault, messages))
    times, here = {r.at for r in held.values()}, {m.sender_id for m in messages}
    before = set(names)
    lost = [n for n, (one, m) in enumerate(found) if one not in held and m.sender_id not in before and m.sent_at in times]
    for name in sorted(before - here) if lost else ():
        said = [msgspec.structs.replace(found[n][1], sender_id=name) for n in lost]
        for n, (identity, _) in zip(lost, identified(vault, said), strict=True):
            if identity in held:
                found[n] = identity, found[n][1]
    yield from found


def fingerprint(vault: Vault, key: Key) -> bytes:
    """What a conversation is found again by."""
    return vault.fingerprint("conversation", f"{key[0]}\0{key[1]}")


def renamed(messages: list[Message], key: Key) -> list[Message]:
    """As messages of that conversation."""
    return [m if m.conversation == key[1] else msgspec.structs.replace(m, conversation=key[1]) for m in messages]


class Chats:
    """The chats of an upload, each under the name that it has, or gets, in the account."""

    def __init__(self, vault: Vault, spool: Spool, reader: FrameReader, also: dict[Key, set[str]]) -> None:
        """`also`: by which other keys a chat may be known."""
        self._vault, self._spool, self._reader = vault, spool, reader
        self._also = {key: [(key[0], name) for name in sorted(names)] for key, names in also.items() if key in spool.frames}
        self._rows = self._known()
        self._recall()
        self._sharing = Counter(other for key, others in self._also.items() for other in others if _titled(key, other))
        self.parts: dict[Key, list[Key]] = defaultdict(list)
        for key in spool.frames:
            self.parts[self._place(key)].append(key)

    def messages(self, key: Key) -> list[Message]:
        """Those of one chat, under its key."""
        return [m for part in self.parts[key] for m in renamed(self._spool.messages(self._reader, part), key)]

    def former(self, key: Key) -> str:
        """The title in the folder that a thread is stored under, where it has a lasting id too; else ""."""
        lasting = any(_same_thread(part, key) for part in self.parts[key])
        return key[1].removeprefix("thread:").rpartition("_")[0] if lasting else ""

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

        A folder is a title in small letters and the lasting id, so that a guess is right where its hash is there. What
        was found once is written down (`former`).
        """
        lost = [k for k, others in self._also.items() if _lasting(k) and not any(o in self._rows for o in (k, *others))]
        if not lost:
            return
        guesses, prints = defaultdict[str, set[str]](set), dict[bytes, Conversation]()
        platforms = {platform for platform, _ in lost}
        for row in Conversation.objects.filter(owner_id=self._vault.owner_id, platform__in=platforms):
            prints[bytes(row.fingerprint)] = row
            guesses[row.platform].update(_slugs(str(self._vault.unseal(row, "title", row.title) or "")))
            guesses[row.platform].add((self._vault.unseal(row, "stats", row.stats) or {}).get("folder") or "")
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
        same = [k for k in there if k == key or _same_thread(key, k)]
        if len(there) == len(same) == 1:
            return same[0]
        if there:
            held = {k: self._common(key, k) for k in there}
            best = max(held, key=held.__getitem__)
            if held[best]:
                return best
        if same:
            return same[0]
        for other in others:
            if _titled(key, other) and self._sharing[other] == 1:
                return other  # its name may change, so that it counts only between several
            if other[1].startswith(("thread:", "id:")) and key in self._also.get(other, []) and self._overlap(key, other):
                return other
        return key

    def _common(self, key: Key, there: Key) -> int:
        """How many messages of this upload a stored conversation holds."""
        ids = {record.id for record in conversations.records_of(self._vault, self._rows[there])}
        said = renamed(self._spool.messages(self._reader, key), there)
        return sum(identity in ids for identity, _ in identified(self._vault, said))

    def _overlap(self, key: Key, other: Key) -> bool:
        one, two = (
            {(m.sender_id, m.sent_at, m.text) for m in self._spool.messages(self._reader, k) if m.kind == "text"}
            for k in (key, other)
        )
        return not one.isdisjoint(two)


def _lasting(key: Key) -> bool:
    return key[1].startswith("id:")


def _same_thread(key: Key, other: Key) -> bool:
    """Whether the other is the folder of the thread with that id, whatever its title."""
    return _lasting(key) and other[1].startswith("thread:") and other[1].endswith(f"_{key[1].removeprefix('id:')}")


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

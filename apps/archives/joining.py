"""One chat under several names: folders of a newer export, and an encrypted backup, may hold the messages of an older export."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

import msgspec

from apps.accounts.sealing import FrameReader
from apps.accounts.vault import Vault
from apps.archives import conversations, transcripts
from apps.archives.formats.registry import EITHER_ORDER, REPEATING
from apps.archives.formats.types import Message
from apps.archives.models import Conversation
from apps.archives.spool import Spool

#: Platform and key of a conversation.
Key = tuple[str, str]
BATCH = 500


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
        self._sharing = Counter(other for key, others in self._also.items() for other in others if _titled(key, other))
        self.parts: dict[Key, list[Key]] = defaultdict(list)
        for key in spool.frames:
            self.parts[self._place(key)].append(key)

    def messages(self, key: Key) -> list[Message]:
        """Those of one chat, under its key."""
        return [m for part in self.parts[key] for m in renamed(self._spool.messages(self._reader, part), key)]

    def _known(self) -> dict[Key, Conversation]:
        keys = {fingerprint(self._vault, k): k for key, others in self._also.items() for k in (key, *others)}
        found: dict[Key, Conversation] = {}
        for start in range(0, len(keys), BATCH):
            some = list(keys)[start : start + BATCH]
            for row in Conversation.objects.filter(owner_id=self._vault.owner_id, fingerprint__in=some):
                found[keys[bytes(row.fingerprint)]] = row
        return found

    def _place(self, key: Key) -> Key:
        """Where most of its messages lie already; else by what else came."""
        others = self._also.get(key, [])
        if any(other in self._rows for other in others):
            held = {k: self._common(key, k) for k in (key, *others) if k in self._rows}
            best = max(held, key=held.__getitem__)
            if held[best]:
                return best
        if key in self._rows:
            return key
        for other in others:
            if _titled(key, other) and self._sharing[other] == 1:
                return other  # its name may change, so that it counts only between several
            if other[1].startswith("thread:") and key in self._also.get(other, []) and self._overlap(key, other):
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


def _titled(key: Key, other: Key) -> bool:
    """Whether a key is the other one with a title behind it."""
    return key[1].startswith(f"{other[1]}\n")

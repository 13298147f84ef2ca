"""What makes a message, and a conversation, the same again in another export: keyed hashes of what the platform tells."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping

import msgspec

from apps.accounts.vault import Vault
from apps.archives import transcripts
from apps.archives.formats.registry import EITHER_ORDER, REPEATING
from apps.archives.formats.types import Message

#: Platform and key of a conversation.
Key = tuple[str, str]
#: So many equal messages under an earlier name are no chance.
SURE = 3


def when(platform: str, at: float) -> float:
    """A moment as it enters identities: the earlier one where day and month may be exchanged."""
    return min(at, transcripts.swapped(at) or at) if platform in EITHER_ORDER else at


def _at(message: Message) -> float | None:
    return None if message.sent_at is None else when(message.platform, message.sent_at)


def identified(vault: Vault, messages: list[Message]) -> Iterator[tuple[str, Message]]:
    """Each message with its stable id; equal ones at the same moment are told apart by their number."""
    seen: Counter[tuple[str, str]] = Counter()
    for m in messages:
        at = _at(m)
        text = f"{m.platform}\0{m.conversation}\0{m.sender_id}\0{at}\0{m.kind}\0{m.text}"
        base = vault.fingerprint("record", text).hex()[:32]
        seen[base, m.where] += 1  # the n-th copy in one file is the n-th copy in another
        number = 1 if m.platform in REPEATING else seen[base, m.where]
        yield (base if number == 1 else vault.fingerprint("record", f"{text}\0{number}").hex()[:32]), m


def known(
    vault: Vault, messages: list[Message], held: Mapping[str, float | None], names: Callable[[], Iterable[str]]
) -> Iterator[tuple[str, Message]]:
    """As `identified`; what lies in `held` (ids and their times) under a sender's name of before keeps its id.

    Only where a name is all that a sender is known by. `names`: who writes in what is held. One who is not among these messages may be called otherwise now: then their
    words are there at their times, under ids made with the old name. Somebody who is known under the new name, too, takes
    that over where most of what is not there yet is.
    """
    found = list(identified(vault, messages))
    times = {when(m.platform, at) for m in messages[:1] for at in held.values() if at is not None}
    lost = defaultdict[str, list[int]](list)
    for number, (one, m) in enumerate(found) if times else ():
        if one not in held and m.sender_id == m.sender and m.kind != "system" and _at(m) in times:
            lost[m.sender_id].append(number)
    before = set(names()) if lost else set()
    for name in sorted(before - {m.sender_id for m in messages}):
        for sender, numbers in lost.items():
            said = [msgspec.structs.replace(found[n][1], sender_id=name) for n in numbers]
            same = [(n, one) for n, (one, _) in zip(numbers, identified(vault, said), strict=True) if one in held]
            if sender not in before or (len(same) >= SURE and 2 * len(same) >= len(numbers)):
                for n, one in same:
                    found[n] = one, found[n][1]
    yield from found


def fingerprint(vault: Vault, key: Key) -> bytes:
    """What a conversation is found again by."""
    return vault.fingerprint("conversation", f"{key[0]}\0{key[1]}")


def renamed(messages: list[Message], key: Key) -> list[Message]:
    """As messages of that conversation."""
    return [m if m.conversation == key[1] else msgspec.structs.replace(m, conversation=key[1]) for m in messages]

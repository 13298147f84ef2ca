"""Sentences that programs write in people's names. Only whole texts are ever matched, never parts of one."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from itertools import product

#: Whole sentences after the sender's name (or "You"); only ever matched against the full text.
_META = re.compile(
    r"(?:sent (?:an attachment|a (?:photo|video|GIF|sticker|voice message|live location|location|link))\.?"
    r"|shared a (?:link|photo|post|story)\.?|called (?:you|(?-i:[A-Z])[^ .]{0,40}(?: (?-i:[A-Z])[^ .]{0,40}){0,3})\.|missed (?:a|your) (?:video )?call.{0,80}"
    r"|waved at (?:you|.{1,80}?)!?|added .{1,200} to the (?:group|chat)\.|removed .{1,120} from the (?:group|chat)\."
    r"|left the (?:group|chat)\.?|joined the (?:group|call|chat|video chat)\.?|named the (?:group|chat) .{1,200}"
    r"|(?:set|cleared) (?:the|his|her|their|your) (?:own )?nickname.{0,200}|set (?:the )?nickname for .{1,200}"
    r"|changed the (?:theme|chat theme|group photo|chat colors|emoji)(?: (?:to|from) .{1,160})?\.?|set the (?:quick reaction|emoji) to .{1,20}"
    r"|pinned a message(?: to the (?:chat|group))?\.?|sent \d+ (?:photos|videos|GIFs|attachments)\.?|reacted .{1,12} to (?:a|your) message\.?|set .{1,60}'s nickname to .{1,80}|wasn't notified about this message because they're in quiet mode\.?|created (?:a poll|the group|a plan).{0,200}|voted (?:for|in the poll) .{1,200}|started (?:a|an|the) (?:video |audio )?(?:chat|call)\.?"
    r"|(?:un)?sent a message\.?|unsent a message\.?|turned (?:on|off) (?:disappearing|vanish|link|high-quality|end-to-end|read receipts|notifications|message)\b.{0,160}|liked a message)",
    re.I,
)
_META_ALONE = re.compile(
    r"Reacted .{1,12} to your message ?|Liked a message ?|You are now connected on Messenger\.?"
    r"|Say hi to your new Facebook friend, .{1,80}\.?|(?:The )?(?:video|audio|voice|group) (?:chat|call) ended\.?|.{1,60} wasn't notified about this message because they're in quiet mode\.?|You missed a (?:video )?call from .{1,80}\.?"
    r"|(?:You can now message and call each other|Messages and calls are (?:now )?(?:secured|protected) with end-to-end encryption).{0,200}",
    re.I,
)


#: The words that stand in place of a message its sender took back.
UNSENT = "User unsent a message"
#: How the sentences of _META_ALONE begin, in small letters; one has a name first.
_OPENINGS = frozenset(["reac", "like", "you ", "say ", "the ", "vide", "audi", "voic", "grou", "mess"])
_ANY_CASE = frozenset("".join(letters) for o in _OPENINGS for letters in product(*zip(o, o.upper(), strict=True)))
QUIET = "wasn't notified"


def openings_of_meta(senders: Iterable[str]) -> tuple[int, frozenset[str]]:
    """How every text begins that may be a program's sentence about one of these people: so many letters, one of these.

    A text that begins otherwise, and does not hold `QUIET`, needs no closer look (`of_meta`).
    """
    actors = [f"{name} " for name in (*senders, "You") if name]
    width = min(4, *map(len, actors), len("You "))
    return width, frozenset(o[:width] for o in (*_ANY_CASE, *actors, UNSENT))


@lru_cache(maxsize=4096)
def _actors(sender: str) -> tuple[str, ...]:
    return tuple(f"{name} " for name in (sender, "You") if name)


def of_meta(words: str, sender: str) -> bool:
    """Whether Messenger or Instagram wrote these words about `sender`."""
    actors = _actors(sender)
    if words.startswith(actors):
        for actor in actors:
            if words.startswith(actor) and _META.fullmatch(words[len(actor) :].rstrip()):
                return True
    if words[:4].lower() in _OPENINGS or (QUIET in words and len(words) <= 200):
        return bool(_META_ALONE.fullmatch(words))
    return False

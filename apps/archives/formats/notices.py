"""Sentences that programs write in people's names. Only whole texts are ever matched, never parts of one."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from itertools import product

#: A word of a name, which begins with no small letter.
_NAME = r"(?-i:(?![a-zß-öø-ÿа-яё])[^\W\d_])[^ .]{0,40}"
#: Whole sentences after the sender's name (or "You"); only ever matched against the full text. Those that go on with what somebody
#: wrote end with a full stop, as people's own words that begin alike do not.
_META = re.compile(
    r"(?:sent (?:an (?:attachment|audio message)|a (?:photo|video|GIF|sticker|voice message|live location|location|link|post|file))\.?"
    r"|shared a (?:link|photo|post|story)\.?|called (?:you|" + _NAME + r"(?: " + _NAME + r"){0,3})\."
    r"|missed (?:a|your) (?:(?:video|voice|audio) )?(?:call|chat)(?: (?:from|with) [^,]{1,60})?\."
    r"|(?:started|stopped) sharing video\.|stopped viewing .{1,60} video\."
    r"|waved at (?:you|.{1,80}?)!?|added .{1,200} to the (?:group|chat)\.|(?:added|removed) .{1,80} as a group admin\."
    r"|removed (?:.{1,120} from the (?:group|chat)|the group (?:name|photo))\."
    r"|left the (?:group|chat)\.?|joined the (?:group|call|chat|video chat)\.?|named the (?:group|chat) .{1,200}\."
    r"|(?:set|cleared) (?:the|his|her|their|your) (?:own )?nickname(?: (?:for|to|of) .{1,200})?\.|set (?:the )?nickname for .{1,200}\."
    r"|changed the (?:theme|chat theme|group photo|chat colors|emoji)(?: (?:to|from) .{1,160})?\.?|set the (?:quick reaction|emoji) to .{1,20}"
    r"|changed the listing (?:title|description|price)(?: (?:to|from) .{1,160})?\."
    r"|(?:un)?pinned a message(?: to the (?:chat|group))?\.?|sent \d+ (?:photos|videos|GIFs|attachments)\.?|reacted .{1,12} to (?:a|your) message\.?|set .{1,60}'s nickname to .{1,80}|wasn't notified about this message because they're in quiet mode\.?"
    r"|created (?:a (?:poll|plan|reminder)(?::.{1,200}| for .{1,160})?\.?|the (?:group|poll|plan|reminder)(?::.{1,200})?\.?)|(?:started|deleted|updated) a plan\.|named the plan .{1,160}\."
    r"|responded (?:Going|Maybe|Can't Go) to .{1,160}\.|(?:voted (?:for|in the poll)|changed vote to|removed vote for) .{1,200}|started (?:a|an|the) (?:video |audio )?(?:chat|call)\.?"
    r"|(?:un)?sent a message\.?|unsent a message\.?|took a screenshot\.?|turned (?:on|off) member approval.{0,120}"
    r"|turned (?:on|off) (?:disappearing|vanish|link|high-quality|end-to-end|read receipts|notifications|message)\b.{0,160}|liked a message)",
    re.I,
)
_META_ALONE = re.compile(
    r"Reacted .{1,12} to your (?:message|photo|video|sticker|GIF|link|story) ?|Liked a message ?|You are now connected on Messenger\.?"
    r"|Say hi to your new Facebook friend, .{1,80}\.?|(?:The (?:(?:video|audio|voice|group) )?|(?:video|audio|voice|group) )(?:chat|call) ended\.?|.{1,60} wasn't notified about this message because they're in quiet mode\.?|You missed a (?:(?:video|voice|audio) )?call from [^,]{1,60}\.|Missed (?:video|voice|audio) (?:call|chat)s?\.?|You and .{1,60} can now see each other\.?"
    r"|(?:You can now message and call each other|Messages and calls are (?:now )?(?:secured|protected) with end-to-end encryption).{0,200}",
    re.I,
)


#: The words that stand in place of a message its sender took back.
UNSENT = "User unsent a message"
#: How the sentences of _META_ALONE begin, in small letters; one has a name first.
_OPENINGS = frozenset(["reac", "like", "you ", "say ", "the ", "vide", "audi", "voic", "grou", "mess", "miss"])
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

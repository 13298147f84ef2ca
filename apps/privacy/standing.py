"""What a consent allows now, in words. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import msgspec


class Asked(msgspec.Struct, frozen=True):
    """What somebody is asked to agree to: who asks, whose writing, how much of it. No content."""

    asked_by: str
    person: str
    platforms: list[str]
    messages: int


@dataclass(frozen=True)
class Standing:
    """Whether a persona may talk now, and whether it may leave its owner's session. A refusal is a sentence and a next step."""

    basis: str
    state: str
    until: datetime | None
    silent: str  # why it does not talk; empty when it may
    stays: str  # why it may not be shared, exported for others or bridged; empty when it may

    @property
    def may_talk(self) -> bool:
        return not self.silent

    @property
    def may_leave(self) -> bool:
        return not self.stays


_SILENT = {
    "declined": "The person behind this persona did not agree, so it does not reply. Delete it, or ask them again on its page.",
    "revoked": "The person behind this persona took their consent back, so it does not reply. Delete it, or ask them again on its page.",
    "": "Nobody has said that this persona may talk. Delete it and make it again.",
}
_ENDED = {
    "memorial": "The time set for this memorial ended on {day}, so it does not reply. Delete it, or attest anew on its page.",
    "link": "The consent for this persona ended on {day}, so it does not reply. Delete it, or ask again on its page.",
}
ALONE = "The person behind it has not agreed, so it stays in your own session. Ask them on its page."


def judged(basis: str, state: str, until: datetime | None, now: datetime) -> Standing:
    """What the word given last allows; `basis` and `state` are empty when there is none."""
    if state != "given":
        silent = _SILENT.get(state, _SILENT[""])
    elif until is not None and until <= now:
        silent = _ENDED.get(basis, _ENDED["link"]).format(day=f"{until.day} {until:%B %Y}")
    else:
        silent = ""
    return Standing(basis, state, until, silent, silent or (ALONE if basis == "none" else ""))

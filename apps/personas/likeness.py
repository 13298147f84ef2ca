"""The likeness card: what was measured against the person's own held-out words, and what it means. Pure.

Limits and their reasons: docs/decisions/0027-likeness.md.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import Any

from apps.personas.dataset import ENOUGH

GOOD, FAIR, BAD, UNKNOWN = "good", "fair", "bad", "unknown"
#: A persona whose messages are taken for its person's this often, measured against the person's own, sounds like them.
CLOSE, FAR = 0.85, 0.5
#: Held-out messages below which nothing is judged.
LEAST = 20
#: Habits of writing that are compared, in words of the page.
HABITS = {
    "length": "length of messages",
    "bubbles": "messages in a row",
    "punctuation": "full stops at the end",
    "questions": "questions",
    "exclamations": "exclamation marks",
    "emoji": "emoji and smileys",
    "lower": "small letters at the beginning",
    "distinct": "variety of words",
}


@dataclass(frozen=True)
class Card:
    """The verdict, the sentences that explain it, what would help most, and the numbers."""

    verdict: str
    reasons: list[str] = field(default_factory=list)
    advice: str = ""
    measured: dict[str, Any] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def judge(measured: dict[str, Any]) -> Card:
    """Bad when it foresees others better than its person, or is hardly ever taken for them; good when nothing speaks against."""
    if measured["held_out"] < LEAST or measured["bits"] is None:
        return Card(UNKNOWN, ["Too little of the newest weeks could be held out to tell."], advice(measured), measured)
    bad, doubts = [], []
    if measured["bits_base"] and measured["bits"] >= measured["bits_base"]:
        bad.append("It foresees these words no better than a model that never met this person.")
    if measured["prefers_own"] is False:
        bad.append("It foresees what others wrote better than what this person wrote.")
    ratio = measured.get("ratio")
    if ratio is not None and ratio < FAR:
        bad.append("Its messages are seldom taken for this person's.")
    elif ratio is not None and ratio < CLOSE:
        doubts.append("Its messages are not always taken for this person's.")
    elif ratio is None and measured.get("real"):
        doubts.append(
            "This person's own messages cannot be told from other people's, so it is not known whether its are like them."
        )
    if (measured["copies"] or 0) > (measured["copies_real"] or 0) + 0.02:
        doubts.append("It repeats old messages instead of finding words of its own.")
    verdict = BAD if bad else FAIR if doubts or ratio is None else GOOD
    return Card(verdict, [*bad, *doubts], advice(measured), measured)


def advice(measured: dict[str, Any]) -> str:
    """What would help most. No learning curve was measured yet, so it promises no figure."""
    count = measured["replies"]
    if count < ENOUGH:
        return f"It learnt from {count:,} replies; with {ENOUGH:,} or more it has a better chance."
    return f"It learnt from {count:,} replies, which is a good amount."


def habits(card: dict[str, Any] | None) -> list[tuple[str, float, float | None]]:
    """(habit, how near the persona comes to its person, how near others come): 1 is the same."""
    found = (card or {}).get("measured", {})
    others = found.get("style_others") or {}
    rows = found.get("style") or {}
    return [(HABITS[k], 1 - d, 1 - others[k] if k in others else None) for k, d in rows.items() if k in HABITS]

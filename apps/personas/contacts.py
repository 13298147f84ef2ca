"""Whom a dialogue is with, and the dialogues with one contact. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import replace

from apps.personas.dataset import Dialogue, Parts


def partner(dialogue: Dialogue) -> str | None:
    """Who says most besides the person; in a group that may be anybody."""
    said = Counter(t.speaker for t in dialogue.turns for _ in t.bubbles if isinstance(t.speaker, str))
    if said:
        return said.most_common(1)[0][0]
    return dialogue.others[0] if len(dialogue.others) == 1 else None


def only(dialogues: Iterable[Dialogue], name: str) -> list[Dialogue]:
    """Those with one contact."""
    return [d for d in dialogues if partner(d) == name]


def narrowed(parts: Parts, name: str) -> Parts:
    """What a second pass reads, watches and is measured on."""
    return replace(parts, train=only(parts.train, name), validate=only(parts.validate, name), test=only(parts.test, name))

"""What a persona is reminded of before it answers, and, asked afterwards, why it answered so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from apps.accounts.vault import Vault
from apps.archives import naming
from apps.chat import script, selectors
from apps.chat.models import Conversation, Turn
from apps.personas import selectors as personas
from apps.personas.language import Me
from apps.personas.language import Turn as Said
from apps.personas.memory import Passage
from apps.personas.models import Version

#: Turns of the talk whose words are looked for.
ASKED = 2


def recalled(vault: Vault, version: Version, said: Sequence[Said]) -> list[Passage]:
    """Passages that fit what was said last, in the order in which they stand before the talk: the best is the nearest."""
    memory = personas.memory(vault, version)
    text = " ".join(turn.text for turn in said[-ASKED:])
    return memory.recalled(text)[::-1] if memory else []


def reminded(vault: Vault, version: Version, said: list[Said]) -> list[Said]:
    """The talk with what it brings to mind before it, as something that was said earlier."""
    return [*(turn for passage in recalled(vault, version, said) for turn in passage.turns), *said]


@dataclass(frozen=True)
class Why:
    """Behind one reply, with real names for its owner: passages (speaker, text), real replies near it and how much is shared."""

    passages: list[list[tuple[str, str]]]
    nearest: list[tuple[str, float]]
    copied: float


def why(vault: Vault, conversation: Conversation, turn: Turn, name: str) -> Why | None:
    """Found again from what was said before it; None where the version, or what it remembers, is gone."""
    version = conversation.persona.versions.filter(number=turn.request.get("version") or 0).first()
    memory = personas.memory(vault, version) if version else None
    if version is None or memory is None:
        return None
    shown = naming.of(vault).shown
    before = script.turns([selectors.body(vault, conversation, t) for t in selectors.before(turn)])
    passages = [
        [(name if isinstance(t.speaker, Me) else shown(t.speaker), shown(t.text)) for t in p.turns]
        for p in recalled(vault, version, before)
    ]
    reply = " ".join(b for line in selectors.body(vault, conversation, turn)["lines"] for b in line["bubbles"])
    nearest = memory.nearest(reply)
    return Why(passages, [(shown(text), share) for text, share in nearest], max((s for _, s in nearest), default=0.0))

"""What a persona is reminded of before it answers, and, asked afterwards, why it answered so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from apps.accounts.vault import Vault
from apps.archives import naming
from apps.chat import script, selectors
from apps.chat.models import Conversation, Turn
from apps.chat.scene import Scene
from apps.personas import engines, resident
from apps.personas.language import Bubble, Me
from apps.personas.language import Turn as Said
from apps.personas.memory import Encoder, Passage
from apps.personas.models import Version

#: Turns of the talk whose words are looked for.
ASKED = 2


def recalled(vault: Vault, version: Version, said: Sequence[Said], encoder: Encoder | None = None) -> list[Passage]:
    """Passages that fit what was said last, in the order in which they stand before the talk: the best is the nearest."""
    memory = resident.memory(vault, version)
    text = " ".join(turn.text for turn in said[-ASKED:])
    return memory.recalled(text, encoder=encoder)[::-1] if memory else []


def reminded(vault: Vault, version: Version, said: list[Said], turn: Turn | None = None) -> list[Said]:
    """The talk with what it brings to mind before it, as something that was said earlier.

    Where meaning was asked too, which passages it were goes with the `turn`: pages have no encoder to find them again.
    """
    encoder = engines.encoder()
    found = recalled(vault, version, said, encoder)
    if encoder is not None and turn is not None:
        turn.request = {**turn.request, "recalled": [passage.number for passage in found]}
    return [*(spoken for passage in found for spoken in passage.turns), *said]


def about(vault: Vault, version: Version, scene: Scene, somebody: str) -> list[Said]:
    """What stands before an invented conversation with a topic or a day, as something that was said earlier: passages of the archive
    about it, nearest to that day; where there are none, the topic as a line of `somebody`."""
    if not scene.topic and scene.day is None:
        return []
    memory = resident.memory(vault, version)
    found = memory.recalled(scene.topic, scene.day, engines.encoder())[::-1] if memory else []
    if found or not scene.topic:
        return [turn for passage in found for turn in passage.turns]
    return [Said(somebody, (Bubble(scene.topic),))]


@dataclass(frozen=True)
class Why:
    """Behind one reply, with real names for its owner: passages (speaker, text), real replies near it and how much is shared."""

    passages: list[list[tuple[str, str]]]
    nearest: list[tuple[str, float]]
    copied: float


def _recalled_then(vault: Vault, version: Version, before: Sequence[Said], turn: Turn) -> list[Passage]:
    noted, memory = turn.request.get("recalled"), resident.memory(vault, version)
    return recalled(vault, version, before) if noted is None or memory is None else memory.numbered(noted)


def why(vault: Vault, conversation: Conversation, turn: Turn, name: str) -> Why | None:
    """Found again from what was said before it; None where the version, or what it remembers, is gone."""
    version = conversation.persona.versions.filter(number=turn.request.get("version") or 0).first()
    memory = resident.memory(vault, version) if version else None
    if version is None or memory is None:
        return None
    shown = naming.of(vault).shown
    before = script.turns([selectors.body(vault, conversation, t) for t in selectors.before(turn)])
    passages = [
        [(name if isinstance(t.speaker, Me) else shown(t.speaker), shown(t.text)) for t in p.turns]
        for p in _recalled_then(vault, version, before, turn)
    ]
    reply = " ".join(b for line in selectors.body(vault, conversation, turn)["lines"] for b in line["bubbles"])
    nearest = memory.nearest(reply)
    return Why(passages, [(shown(text), share) for text, share in nearest], max((s for _, s in nearest), default=0.0))

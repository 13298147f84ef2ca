""" "I wouldn't say that: I'd say …": kept sealed, and learnt by the next version.

The rule: a correction is a dialogue of its own, the last turns before what was said and then the owner's words; only these are
learnt, everything before them is context. It is read four times an epoch (once in private mode, which counts what is read),
after duplicates were taken out. What the persona said is shown beside it and not learnt from. Corrections are not held against
the persona when it repeats them, and are no messages: they are in no memory and in no held-out part.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from apps.accounts.services import open_vault
from apps.accounts.vault import Vault
from apps.archives import naming, scrubbing
from apps.archives.scrubbing import Original, Secrets
from apps.archives.transcripts import Record
from apps.jobs.causes import Expected
from apps.personas.dataset import Dialogue
from apps.personas.language import ME_SPEAKER, PLACEHOLDERS, Bubble, Mark, Me, Turn
from apps.personas.models import Correction, Persona
from apps.privacy import selectors as privacy

#: How often a correction is read in one epoch, how many turns before it are kept, and how long it may be.
TIMES, BEFORE, LONGEST = 4, 6, 2_000
_SLOTS = frozenset(PLACEHOLDERS)


@dataclass(frozen=True)
class Told:
    """A correction as its owner's page shows it, names in their places."""

    id: UUID
    at: datetime
    asked: str
    said: str
    instead: str


def keep(*, persona: Persona, others: Sequence[str], before: Sequence[Turn], said: Sequence[str], text: str) -> Correction:
    """Keep what would have been said instead of `said` after the turns `before` (surrogates); blank lines part messages.

    What the owner typed is scrubbed like an archive, and names become surrogates. Raises `Expected`.
    """
    messages = [" ".join(part.split()) for part in text.replace("\r", "").split("\n\n") if part.strip()]
    if not messages:
        raise Expected("There was nothing in that correction. Write what would have been said instead.")
    if sum(map(len, messages)) > LONGEST:
        raise Expected(f"A correction may have {LONGEST:,} characters. Please say it shorter.")
    vault = open_vault(persona.owner_id)
    kept = [*before[-BEFORE:], Turn(ME_SPEAKER, tuple(Bubble(m) for m in messages))]
    rows = _scrubbed(vault, kept)
    row = Correction(id=uuid4(), owner_id=persona.owner_id, persona=persona, wrapped_key=vault.new_wrapped())
    body = {"others": list(others), "turns": rows, "said": list(said)}
    row.body = vault.seal(row, "body", body)
    row.save(force_insert=True)
    return row


def _scrubbed(vault: Vault, turns: Sequence[Turn]) -> list[list[Any]]:
    """[speaker ("" = the persona), [[text, marks], …]] of each turn, scrubbed as one conversation."""
    secrets = Secrets(privacy.policy(vault), names=naming.of(vault).names)
    secrets.add(privacy.ledgers(vault))
    who = ["" if isinstance(t.speaker, Me) else t.speaker for t in turns]
    records = [
        [Record(f"{n}.{m}", None, False, who[n], "text", b.text, [], []) for m, b in enumerate(t.bubbles)]
        for n, t in enumerate(turns)
    ]
    flat = [r for some in records for r in some]
    scrubbing.scrub(flat, {r.id: Original(r.text) for r in flat}, secrets)
    return [[who[n], [[r.text, r.marks] for r in some]] for n, some in enumerate(records)]


def dialogues(vault: Vault, persona: Persona, *, private: bool = False) -> tuple[list[Dialogue], list[str]]:
    """What a training reads of a persona's corrections, as often as it reads it, and their ids."""
    rows = list(persona.corrections.order_by("created_at"))
    made = [_dialogue(vault.unseal(row, "body", row.body)) for row in rows]
    return made * (1 if private else TIMES), [str(row.pk) for row in rows]


def _dialogue(body: dict[str, Any]) -> Dialogue:
    last = len(body["turns"]) - 1
    turns = tuple(
        Turn(who or ME_SPEAKER, tuple(_bubble(text, marks) for text, marks in bubbles), learn=number == last)
        for number, (who, bubbles) in enumerate(body["turns"])
    )
    return Dialogue(tuple(body["others"]), turns)


def _bubble(text: str, marks: list[list[Any]]) -> Bubble:
    return Bubble(text, tuple(Mark(*m) for m in marks if m[2] in _SLOTS))  # surrogates are words like others


def listed(vault: Vault, persona: Persona) -> list[Told]:
    """The corrections of a persona, the newest first."""
    shown = naming.of(vault).shown
    return [_told(row, vault.unseal(row, "body", row.body), shown) for row in persona.corrections.order_by("-created_at")]


def _told(row: Correction, body: dict[str, Any], shown: Any) -> Told:
    texts = [" / ".join(text for text, _ in bubbles) for _, bubbles in body["turns"]]
    asked = shown(texts[-2]) if len(texts) > 1 else ""
    return Told(row.pk, row.created_at, asked, shown(" / ".join(body["said"])), shown(texts[-1]))

"""The worker's side of offers: ways to go on with a sentence, and answers to a pasted message. Nothing of either is kept."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from typing import Any
from uuid import UUID

from apps.accounts.services import open_vault
from apps.accounts.vault import KeyGone, Vault
from apps.archives import naming
from apps.chat import script, selectors, stream
from apps.chat.models import Conversation
from apps.personas import engines, introducing, resident
from apps.personas import selectors as personas
from apps.personas import services as making
from apps.personas.guard import Guard
from apps.personas.language import Turn
from apps.personas.models import Persona, Version
from apps.personas.wire import Unanswered
from apps.privacy import selectors as privacy

log = logging.getLogger(__name__)
#: Followed for three suggestions: some are empty, alike, or must not be said.
WAYS, SHOWN = 5, 3
#: Different answers that are wanted, and how many are written for them at most.
ANSWERS, TRIES = 4, 9
RECENT = 6
TYPING: dict[str, Any] = {"temperature": 0.8, "top_k": 30, "max_tokens": 12, "seed": 1}
_NO_LETTER = re.compile(r"[\W_]+")


def suggest(*, request_id: UUID, conversation_id: UUID) -> None:
    """Three ways to go on in a talk; given up when the user typed on."""
    if not stream.newest(request_id, conversation_id):  # before anything is opened: the seat is for the newest key
        return
    conversation = Conversation.objects.filter(pk=conversation_id).select_related("persona", "version").first()
    if conversation is None:
        return
    vault = open_vault(conversation.owner_id)
    key = vault.row_key(conversation)
    asked = stream.take_request(request_id, key)
    version = selectors.answering(conversation)
    if asked is None or version is None:
        return
    said = script.turns(selectors.body(vault, conversation, t) for t in selectors.shown(conversation)[-RECENT:])
    others = [selectors.seats(vault, conversation).get("me", "Sam")]

    def gone() -> bool:
        return not stream.newest(request_id, conversation_id)

    choices: list[str] = []
    with suppress(Unanswered):  # nothing is offered then; the talk itself says why
        choices = ways(vault, version, others, said[-RECENT:], asked["text"], gone, talk=str(conversation_id))
    stream.answer(request_id, key, choices)


def offer(*, request_id: UUID, persona_id: UUID, page: UUID) -> None:
    """The same for the keyboard, or answers to what was pasted: no talk stands behind either. `page`: where it was asked."""
    if not stream.newest(request_id, page):
        return
    persona = Persona.objects.filter(pk=persona_id).first()
    version = personas.current(persona) if persona else None
    if persona is None or version is None:
        return
    try:
        vault = open_vault(persona.owner_id)
    except KeyGone:
        return
    key = vault.row_key(persona)
    asked = stream.take_request(request_id, key)
    if asked is None or privacy.standing(persona.owner_id, persona.pk).silent:
        return

    def gone() -> bool:
        return not stream.newest(request_id, page)

    choices: list[str] = []
    with suppress(Unanswered):
        if asked["kind"] == "answers":
            choices = answers(vault, version, asked["whom"], asked["text"], int(request_id.int % 2**31), gone)
        else:
            choices = ways(vault, version, [asked["whom"]], [], asked["text"], gone, talk=str(page))
    stream.answer(request_id, key, [naming.of(vault).shown(choice) for choice in choices])


def ways(
    vault: Vault, version: Version, others: list[str], said: Sequence[Turn], typed: str, gone: Callable[[], bool], talk: str
) -> list[str]:
    """At most three different ways to go on that may be said; `talk`: within it what was read is not read again."""
    guard, recited = resident.guard(vault), resident.copies(vault, version)
    spec, sampling = personas.weights(vault, version), engines.sampling(TYPING)
    heads = introducing.introduced(vault, version, others)
    found = engines.door().completions(spec, heads, said, typed, sampling, WAYS, gone, talk=talk)
    fit = [rest for rest in found if not guard.refuses(typed, rest, recited)]
    making.count_stopped(version, secrets=guard.stopped, names=guard.names, copies=guard.copies)
    return different(fit)[:SHOWN]


def answers(vault: Vault, version: Version, whom: str, pasted: str, seed: int, gone: Callable[[], bool]) -> list[str]:
    """Different answers to one message; one that the guard would have had to mend is left out."""
    guard, said = resident.guard(vault), script.turns([script.said(whom, pasted)])
    found: list[str] = []
    try:
        for number in range(TRIES):
            if gone() or len(found) == ANSWERS:
                break
            found = different([*found, _answer(vault, version, guard, whom, said, seed + number, gone)])
    finally:  # an engine that cannot go on does not undo what was stopped before
        making.count_stopped(version, secrets=guard.stopped, names=guard.names, copies=guard.copies)
    return [] if gone() else found


def _answer(
    vault: Vault, version: Version, guard: Guard, whom: str, said: Sequence[Turn], seed: int, gone: Callable[[], bool]
) -> str:
    values = {"temperature": version.config.get("temperature", 0.8), "max_tokens": 60, "seed": seed % 2**31}
    veto = guard.told(resident.copies(vault, version))
    before = guard.stopped
    heads = introducing.introduced(vault, version, [whom])
    ops = engines.door().reply(personas.weights(vault, version), heads, said, engines.sampling(values), gone, **veto)
    bubbles: list[str] = []
    for op in guard.watch(ops):
        if op.kind == "text":
            bubbles[-1:] = [(bubbles or [""])[-1] + op.value]
        elif op.kind == "bubble":
            bubbles.append("")
    return "" if guard.stopped > before else "\n".join(b.strip() for b in bubbles if b.strip())


def different(texts: Iterable[str]) -> list[str]:
    """Those that say something, each once: letters and digits count, not capitals, blanks or marks."""
    seen: dict[str, str] = {}
    for text in texts:
        if text.strip():
            seen.setdefault(_NO_LETTER.sub("", text).casefold() or text.strip(), text)
    return list(seen.values())

"""Talking: begin, say, invent, try again, stop, ask for suggestions, delete. Every answer is one job, done in `writing`."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from celery import current_app
from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from apps.accounts.services import open_vault
from apps.accounts.vault import Vault
from apps.archives import naming
from apps.archives.dependents import Hiding
from apps.chat import doorbell, script, selectors, stream
from apps.chat.models import Conversation, Turn
from apps.jobs import services as jobs
from apps.jobs.models import Job
from apps.jobs.services import Expected
from apps.personas.models import Persona
from apps.privacy import selectors as privacy

REPLY = "chat.reply"
SUGGEST = "chat.suggest"
LONGEST = 4_000
SAMPLING = ("temperature", "top_k", "top_p", "min_p", "repetition")


@dataclass(frozen=True)
class Seat:
    """Somebody who takes part: their name, and what they are called before the model."""

    name: str
    stand: str


def begin(*, persona: Persona, speaker: Seat, title: str) -> Conversation:
    """A new talk in which the user speaks as `speaker`."""
    return _begin(persona, Conversation.Kind.CHAT, title, {"me": speaker.stand, "people": {speaker.stand: speaker.name}})


def begin_studio(*, persona: Persona, others: list[Seat], opening: str, title: str) -> Conversation:
    """A new invented conversation between the persona and `others`, perhaps with a first line by the persona."""
    opening = naming.of(open_vault(persona.owner_id)).hidden(opening)
    people = {seat.stand: seat.name for seat in others}
    seats = {"others": [seat.stand for seat in others], "opening": opening, "people": people}
    return _begin(persona, Conversation.Kind.STUDIO, title, seats)


def _begin(persona: Persona, kind: str, title: str, seats: dict[str, Any]) -> Conversation:
    vault = open_vault(persona.owner_id)
    row = Conversation(id=uuid4(), owner_id=persona.owner_id, persona=persona, kind=kind, wrapped_key=vault.new_wrapped())
    row.title, row.seats = vault.seal(row, "title", title), vault.seal(row, "seats", seats)
    row.save(force_insert=True)
    return row


def say(*, conversation: Conversation, client_id: UUID, text: str, sampling: dict[str, Any]) -> None:
    """The user's words and the job that answers them; saying the same `client_id` again changes nothing."""
    text = text.strip()
    if not text:
        raise Expected("There was nothing in that message.")
    if len(text) > LONGEST:
        raise Expected(f"A message may have {LONGEST:,} characters. Please say it in several.")
    vault = open_vault(conversation.owner_id)
    speaker = selectors.seats(vault, conversation).get("me", "Sam")
    body = script.said(speaker, naming.of(vault).hidden(text))
    with transaction.atomic():
        Conversation.objects.select_for_update().get(pk=conversation.pk)
        if Turn.objects.filter(conversation=conversation, client_id=client_id).exists():
            return
        _may_say(conversation)
        mine = _turn(conversation, client_id, by_persona=False, state=Turn.State.SAID)
        mine.body = selectors.sealed_body(vault, conversation, mine, body)
        mine.save(force_insert=True)
        _answer(conversation, client_id, sampling)
    doorbell.ring(conversation.pk)


def invent(*, conversation: Conversation, client_id: UUID, count: int, sampling: dict[str, Any]) -> None:
    """The next `count` turns of an invented conversation."""
    with transaction.atomic():
        Conversation.objects.select_for_update().get(pk=conversation.pk)
        if Turn.objects.filter(conversation=conversation, client_id=client_id).exists():
            return
        _may_say(conversation)
        _answer(conversation, client_id, {**sampling, "count": min(24, max(1, count))})
    doorbell.ring(conversation.pk)


def again(*, conversation: Conversation, turn_id: UUID, client_id: UUID, sampling: dict[str, Any]) -> None:
    """Another answer in place of the last one (or of one that was interrupted)."""
    with transaction.atomic():
        Conversation.objects.select_for_update().get(pk=conversation.pk)
        if Turn.objects.filter(conversation=conversation, client_id=client_id).exists():
            return
        _may_say(conversation)
        last = selectors.shown(conversation).last()
        if last is None or last.pk != turn_id or not last.by_persona:
            raise Expected("Only the last answer can be made again.")
        Turn.objects.filter(pk=last.pk).update(hidden=True)
        values = {**({"count": last.request["count"]} if "count" in last.request else {}), **sampling}
        _answer(conversation, client_id, values, number=last.number)
    doorbell.ring(conversation.pk)


def _may_say(conversation: Conversation) -> None:
    _may_talk(conversation)
    if selectors.shown(conversation).filter(state__in=Turn.LIVE).exists():
        raise Expected("An answer is being written. Wait for it, or stop it first.")
    minute_ago = timezone.now() - timedelta(minutes=1)
    recent = Turn.objects.filter(owner_id=conversation.owner_id, by_persona=True, created_at__gt=minute_ago).count()
    if recent >= settings.MESSAGES_PER_MINUTE:
        raise Expected("That was a lot in one minute. Please wait a moment.")


def _may_talk(conversation: Conversation) -> None:
    standing = privacy.standing(conversation.owner_id, conversation.persona_id)
    if not standing.may_talk:
        raise Expected(standing.silent)


def _turn(conversation: Conversation, client_id: UUID, *, by_persona: bool, state: str, number: int | None = None) -> Turn:
    if number is None:
        number = (conversation.turns.aggregate(last=Max("number"))["last"] or 0) + 1
    return Turn(
        id=uuid4(), owner_id=conversation.owner_id, conversation=conversation, number=number,
        by_persona=by_persona, state=state, client_id=client_id,
    )  # fmt: skip


def _answer(conversation: Conversation, client_id: UUID, sampling: dict[str, Any], number: int | None = None) -> None:
    turn = _turn(conversation, client_id, by_persona=True, state=Turn.State.WAITING, number=number)
    turn.request = {
        k: v
        for k, v in sampling.items()
        if k in (*SAMPLING, "count", "seed") and isinstance(v, int | float) and math.isfinite(v)
    }
    turn.save(force_insert=True)
    jobs.create(owner_id=conversation.owner_id, kind=REPLY, subject=turn.pk)


def interrupted(turn_id: UUID) -> None:
    """The worker died, or the job failed: what is there is kept and marked."""
    turn = Turn.objects.filter(pk=turn_id, state__in=Turn.LIVE).first()
    if turn is not None:
        Turn.objects.filter(pk=turn_id, state__in=Turn.LIVE).update(state=Turn.State.INTERRUPTED)
        doorbell.ring(turn.conversation_id)


def stop(*, conversation: Conversation, turn_id: UUID) -> None:
    """Stop writing and keep what is there."""
    turn = Turn.objects.filter(conversation=conversation, pk=turn_id, state__in=Turn.LIVE).first()
    if turn is None:
        return
    stream.ask_stop(turn.pk)
    job = Job.objects.filter(kind=REPLY, subject=turn.pk, state=Job.State.QUEUED).first()
    if job is not None:
        jobs.stop(job)


# suggestions


def ask_suggestions(*, conversation: Conversation, request_id: UUID, text: str) -> None:
    """Put the words where the worker finds them and ring."""
    _may_talk(conversation)
    vault = open_vault(conversation.owner_id)
    body = {"text": naming.of(vault).hidden(text[-LONGEST:])}
    stream.put_request(request_id, conversation.pk, vault.row_key(conversation), body)
    arguments = {"request_id": str(request_id), "conversation_id": str(conversation.pk)}
    current_app.send_task(SUGGEST, kwargs=arguments, queue="reply", retry=False, expires=10)


# leaving


def delete_of(persona_id: UUID) -> None:
    """Every conversation with a persona that is about to go."""
    for conversation in Conversation.objects.filter(persona_id=persona_id):
        delete(conversation=conversation)


def delete(*, conversation: Conversation) -> None:
    """A conversation with its turns, logs and jobs."""
    ids = list(conversation.turns.values_list("pk", flat=True))
    for job in Job.objects.filter(owner_id=conversation.owner_id, kind=REPLY, subject__in=ids):
        jobs.stop(job)
        job.delete()
    for turn_id in ids:
        stream.forget(turn_id)
    conversation.delete()


def hide(vault: Vault, hiding: Hiding) -> None:
    """Exchange names in titles and seats; what was said is kept with surrogates anyway."""
    for row in Conversation.objects.filter(owner_id=vault.owner_id):
        row.title = vault.seal(row, "title", hiding(selectors.title(vault, row)))
        row.seats = vault.seal(row, "seats", hiding(selectors.seats(vault, row)))
        Conversation.objects.filter(pk=row.pk).update(title=row.title, seats=row.seats)

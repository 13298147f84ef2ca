"""Talking: begin, say, invent, try again, stop, ask for suggestions, delete. Every answer is one job, done in `writing`."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any
from uuid import UUID, uuid4

from celery import current_app
from django.db import transaction
from django.utils import timezone

from apps.accounts.services import open_vault
from apps.accounts.vault import KeyGone, Vault
from apps.archives import naming
from apps.archives.dependents import Hiding
from apps.chat import doorbell, heads, script, selectors, staging, stream
from apps.chat.models import Conversation, Turn
from apps.chat.scene import PLAIN, Setting
from apps.jobs import services as jobs
from apps.jobs.causes import Expected
from apps.jobs.models import Job
from apps.personas.models import Persona

REPLY = "chat.reply"
SUGGEST = "chat.suggest"
LONGEST = 4_000
SAMPLING = ("temperature", "top_k", "top_p", "min_p", "repetition")


@dataclass(frozen=True)
class Seat:
    """Somebody who takes part: their name, and what they are called before the model."""

    name: str
    stand: str
    person: UUID | None = None


def begin(*, persona: Persona, speaker: Seat, title: str, **more: Any) -> Conversation:
    """A new talk in which the user speaks as `speaker`; `more` are columns (`version`, `temporary`)."""
    seats = {"me": speaker.stand, "people": {speaker.stand: speaker.name}}
    return _begin(persona, Conversation.Kind.CHAT, title, seats, {"speaker_id": speaker.person, **more})


def begin_studio(
    *,
    persona: Persona,
    others: list[Seat],
    opening: str,
    title: str,
    opener: Seat | None = None,
    scene: Setting = PLAIN,
    **more: Any,
) -> Conversation:
    """A new invented conversation between the persona and `others`, perhaps with a first line by `opener` (or the persona)."""
    hidden = naming.of(open_vault(persona.owner_id)).hidden(opening)
    people = {seat.stand: seat.name for seat in others}
    seats = {"others": [seat.stand for seat in others], "opening": hidden, "typed": opening, "people": people}
    seats["opener"] = opener.stand if opener in others else ""
    seats["scene"] = staging.chosen(persona.owner_id, scene).to_dict()
    return _begin(persona, Conversation.Kind.STUDIO, title, seats, more)


def _begin(persona: Persona, kind: str, title: str, seats: dict[str, Any], more: dict[str, Any]) -> Conversation:
    vault = open_vault(persona.owner_id)
    row = Conversation(
        id=uuid4(), owner_id=persona.owner_id, persona=persona, kind=kind, wrapped_key=vault.new_wrapped(),
        seen_at=timezone.now(), **more,
    )  # fmt: skip
    row.title, row.seats = vault.seal(row, "title", title), vault.seal(row, "seats", seats)
    row.save(force_insert=True)
    return row


# what is said: every verb adds to the tree, once for each `client_id`, and moves the head


def say(
    *,
    conversation: Conversation,
    client_id: UUID,
    text: str,
    sampling: dict[str, Any],
    instead: UUID | None = None,
    seat: int | None = None,
) -> None:
    """The user's words and the job that answers them; `instead` of an earlier line of theirs they begin a branch there.

    In an invented conversation they take a `seat` (the others in order, then the persona); the others answer.
    """
    body, fixed = _worded(conversation, text, seat)
    with heads.once(conversation, client_id) as head:
        if head is None:
            return
        parent = head.turn if instead is None else _turn_of(conversation, instead, by_persona=False).parent
        body = staging.placed(conversation, parent, client_id, body)
        mine = _said(conversation, client_id, parent, body)
        head.move(_answer(conversation, client_id, sampling, mine, **fixed), draft=None)


def invent(*, conversation: Conversation, client_id: UUID, count: int, sampling: dict[str, Any]) -> None:
    """The next `count` turns of an invented conversation."""
    with heads.once(conversation, client_id) as head:
        if head is not None:
            head.move(_answer(conversation, client_id, sampling, head.turn, count=min(24, max(1, count))))


def more(*, conversation: Conversation, client_id: UUID, sampling: dict[str, Any]) -> None:
    """The persona goes on without being answered."""
    with heads.once(conversation, client_id) as head:
        if head is None:
            return
        if head.turn is None or not head.turn.by_persona:
            raise Expected("There is nothing to go on from yet. Say something first.")
        head.move(_answer(conversation, client_id, sampling, head.turn))


def again(*, conversation: Conversation, turn_id: UUID, client_id: UUID, sampling: dict[str, Any]) -> None:
    """Another answer beside one that was given (or broke off); the earlier ones stay within reach."""
    with heads.once(conversation, client_id) as head:
        if head is None:
            return
        old = _turn_of(conversation, turn_id, by_persona=True)
        kept = {k: v for k, v in old.request.items() if k in ("count", "taken")}
        if "count" in kept and isinstance(sampling.get("count"), int):
            kept["count"] = min(24, max(1, sampling["count"]))
        head.move(_answer(conversation, client_id, sampling, old.parent, **kept))


def choose(*, conversation: Conversation, turn_id: UUID) -> None:
    """Show another of the turns that stand in one place, with all that followed it."""
    turn = _turn_of(conversation, turn_id)
    with heads.still(conversation) as head:
        grown = selectors.tree(selectors.rows(conversation))
        head.move(Turn.objects.get(pk=grown.newest_below(turn.pk)))


def rewind(*, conversation: Conversation, turn_id: UUID) -> None:
    """Go back to a turn: what follows it is no longer shown, and stays within reach."""
    turn = _turn_of(conversation, turn_id)
    with heads.still(conversation) as head:
        head.move(turn)


def cut(*, conversation: Conversation, turn_id: UUID, client_id: UUID, lines: int) -> None:
    """Go back to a line in the middle of an invented turn: a copy that ends there stands beside the whole."""
    vault, turn = open_vault(conversation.owner_id), _turn_of(conversation, turn_id)
    kept = selectors.body(vault, conversation, turn)["lines"][: max(1, lines)]
    with heads.once(conversation, client_id) as head:
        if head is None:
            return
        state = Turn.State.DONE if turn.by_persona else Turn.State.SAID
        made = _turn(conversation, client_id, turn.parent, by_persona=turn.by_persona, state=state)
        made.request, made.pieces = turn.request, turn.pieces
        made.body = selectors.sealed_body(vault, conversation, made, {"lines": kept})
        made.save(force_insert=True)
        head.move(made)


def _turn_of(conversation: Conversation, turn_id: UUID, **columns: Any) -> Turn:
    turn = Turn.objects.filter(conversation=conversation, pk=turn_id, **columns).select_related("parent").first()
    if turn is None:
        raise Expected("This line is no longer there. Please reload the page.")
    return turn


def _worded(conversation: Conversation, text: str, seat: int | None) -> tuple[script.Body, dict[str, int]]:
    """The body of what the user says, names exchanged, and what that means for the answer."""
    text = text.strip()
    if not text:
        raise Expected("There was nothing in that message.")
    if len(text) > LONGEST:
        raise Expected(f"A message may have {LONGEST:,} characters. Please say it in several.")
    vault = open_vault(conversation.owner_id)
    seats, words = selectors.seats(vault, conversation), naming.of(vault).hidden(text)
    if conversation.kind == Conversation.Kind.CHAT:
        return script.said(seats.get("me", "Sam"), words, text), {}
    everybody = [*seats["others"], ""]
    if seat is None or not 0 <= seat < len(everybody):
        raise Expected("Choose whose seat you take first.")
    left = len(everybody) - 1 + len(seats.get("visitors", []))
    if not left:
        raise Expected("Nobody else is there to answer. Bring in somebody first.")
    return script.said(everybody[seat], words, text), {"taken": seat, "count": min(2, left)}


def _said(conversation: Conversation, client_id: UUID, parent: Turn | None, body: script.Body) -> Turn:
    turn = _turn(conversation, client_id, parent, by_persona=False, state=Turn.State.SAID)
    turn.body = selectors.sealed_body(open_vault(conversation.owner_id), conversation, turn, body)
    turn.save(force_insert=True)
    return turn


def _turn(conversation: Conversation, client_id: UUID, parent: Turn | None, *, by_persona: bool, state: str) -> Turn:
    return Turn(
        id=uuid4(), owner_id=conversation.owner_id, conversation=conversation, parent=parent,
        number=parent.number + 1 if parent else 1, by_persona=by_persona, state=state, client_id=client_id,
    )  # fmt: skip


def _answer(
    conversation: Conversation, client_id: UUID, sampling: dict[str, Any], parent: Turn | None, **fixed: int
) -> Turn:
    """A turn that waits for its words, and the job that writes them; `fixed` is ours, `sampling` the browser's."""
    turn = _turn(conversation, client_id, parent, by_persona=True, state=Turn.State.WAITING)
    known = {
        k: v for k, v in sampling.items() if k in (*SAMPLING, "seed") and isinstance(v, int | float) and math.isfinite(v)
    }
    turn.request = {**known, **fixed}
    if version := selectors.answering(conversation):
        turn.request["version"] = version.number
    turn.save(force_insert=True)
    jobs.create(owner_id=conversation.owner_id, kind=REPLY, subject=turn.pk)
    return turn


def interrupted(turn_id: UUID) -> None:
    """The worker died, or the job failed: what is there is kept and marked, with what the log has beyond the row."""
    with transaction.atomic():
        turn = Turn.objects.select_for_update().filter(pk=turn_id, state__in=Turn.LIVE).first()
        if turn is None:
            return
        _complete(turn)
        turn.state = Turn.State.INTERRUPTED
        turn.save(update_fields=["body", "pieces", "state"])
    doorbell.ring(turn.conversation_id)


def _complete(turn: Turn) -> None:
    """Take over what pages were shown after the last snapshot. A key that is gone leaves it as it is."""
    try:
        vault = open_vault(turn.owner_id)
        entries = stream.since(turn.pk, vault.row_key(turn.conversation), turn.pieces)
    except KeyGone:
        return
    if entries:
        body = selectors.body(vault, turn.conversation, turn)
        for number, ops in entries:
            script.apply(body, ops)
            turn.pieces = number
        turn.body = selectors.sealed_body(vault, turn.conversation, turn, body)


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
    heads.may_talk(conversation)
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
    """Exchange names in titles, seats, and what the owner typed; all else that was said is kept with surrogates anyway."""
    for row in Conversation.objects.filter(owner_id=vault.owner_id):
        row.title = vault.seal(row, "title", hiding(selectors.title(vault, row)))
        row.seats = vault.seal(row, "seats", hiding(selectors.seats(vault, row)))
        row.draft = vault.seal(row, "draft", hiding(vault.unseal(row, "draft", row.draft))) if row.draft else None
        Conversation.objects.filter(pk=row.pk).update(title=row.title, seats=row.seats, draft=row.draft)
        _hide_typed(vault, row, hiding)


def _hide_typed(vault: Vault, conversation: Conversation, hiding: Hiding) -> None:
    for turn in Turn.objects.filter(conversation=conversation, by_persona=False).iterator():
        was = selectors.body(vault, conversation, turn)
        if (now := script.retyped(was, hiding)) != was:
            sealed = selectors.sealed_body(vault, conversation, turn, now)
            Turn.objects.filter(pk=turn.pk).update(body=sealed)

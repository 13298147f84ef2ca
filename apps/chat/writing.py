"""The worker's side of talking: one answer written into the log as it comes and into its row."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from typing import Any

from django.db import transaction

from apps.accounts.vault import Vault
from apps.archives import naming
from apps.chat import disclosure, doorbell, recalling, script, selectors, staging, stream
from apps.chat.models import Conversation, Turn
from apps.jobs.causes import Expected, LeaseLost
from apps.jobs.lease import Lease
from apps.personas import engines, introducing, resident
from apps.personas import selectors as personas
from apps.personas import services as making
from apps.personas.guard import Guard, Said
from apps.personas.models import Version
from apps.privacy import selectors as privacy

log = logging.getLogger(__name__)
FLUSH_SECONDS = 0.05  # the first words go at once
LOOK_SECONDS = 0.15  # between questions whether to stop, where no words brought the news
SNAPSHOT_SECONDS = 2.0
LACKING_SECONDS = 0.25  # so often at most the row is written while the log is away
CONSENT_SECONDS = 0.5


def write(lease: Lease) -> None:
    """The work of a reply job: words into the log as they come, the whole into the row."""
    turn = Turn.objects.select_related("conversation__persona", "conversation__version", "parent").get(pk=lease.job.subject)
    conversation, vault = turn.conversation, lease.vault
    if silent := privacy.standing(turn.owner_id, conversation.persona_id).silent:
        raise Expected(silent)
    if truth := _truth(vault, conversation, turn):  # needs no model, and none may answer it otherwise
        pen = _Pen(lease, turn, vault)
        pen.begin()
        pen.follow(truth)
        return
    version = selectors.answering(conversation)
    if version is None:
        raise Expected("This persona has not learnt to talk yet. Train it first.")
    guard = resident.guard(vault)
    pen = _Pen(lease, turn, vault, guard)
    pen.begin()
    try:
        with engines.telling():
            pen.follow(_watched(vault, conversation, turn, version, pen.stopped, guard))
    finally:  # also of a reply that breaks off
        making.count_stopped(version, secrets=guard.stopped, names=guard.names, copies=guard.copies)


def _truth(vault: Vault, conversation: Conversation, turn: Turn) -> Iterator[Said] | None:
    """The truthful answer, when the last thing said asks for it."""
    language = selectors.asks_for_truth(vault, conversation, turn)
    teller = staging.teller(vault, conversation, turn) if language else None
    if teller is None:
        return None
    return _words(naming.of(vault).hidden(disclosure.answer(language, teller.name)), teller)


def _words(text: str, teller: staging.Teller) -> Iterator[Said]:
    """A fixed text as an engine would write it."""
    yield Said("turn", teller.speaker)
    yield Said("bubble", teller.at)
    for word in text.split():
        yield Said("text", word + " ")


def _watched(
    vault: Vault, conversation: Conversation, turn: Turn, version: Version, stopped: Callable[[], bool], guard: Guard
) -> Iterator[Said]:
    """What is written, each persona behind its own guard."""
    visitors = selectors.visitors(vault, conversation)
    if not visitors:
        return guard.watch(_ops(vault, conversation, turn, version, stopped, guard))
    stage = staging.of(vault, conversation, turn, version)
    room = staging.Room(vault, conversation, version, stage, visitors, stopped, guard)
    sampling, spec, veto = _drawn(vault, turn, version, guard)
    return room.written(int(turn.request.get("count", 8)), sampling, spec, veto)


def _drawn(vault: Vault, turn: Turn, version: Version, guard: Guard) -> tuple[Any, Any, dict[str, Any]]:
    """How a version chooses its words for a turn, where its weights are, and what it must not recite."""
    values = dict(turn.request)
    values.setdefault("seed", int(turn.pk.int % 2**31))
    values.setdefault("temperature", version.config.get("temperature", 0.8))
    return engines.sampling(values), personas.weights(vault, version), guard.told(resident.copies(vault, version))


def _ops(
    vault: Vault, conversation: Conversation, turn: Turn, version: Version, stopped: Callable[[], bool], guard: Guard
) -> Iterator[Any]:
    sampling, spec, veto = _drawn(vault, turn, version, guard)
    engine = engines.door()
    if conversation.kind == Conversation.Kind.CHAT:
        said = script.turns([selectors.body(vault, conversation, t) for t in selectors.before(turn)])
        said = recalling.reminded(vault, version, said, turn)
        heads = introducing.introduced(vault, version, [selectors.seats(vault, conversation)["me"]])
        return engine.reply(spec, heads, said, sampling, stopped, talk=str(conversation.pk), **veto)
    stage = staging.of(vault, conversation, turn, version)
    count, before = int(turn.request.get("count", 8)), [*stage.before, *stage.said]
    return engine.converse(
        spec, stage.people, before, count, sampling, stopped,
        present=stage.present, heads=stage.heads, clock=stage.clock, **veto,
    )  # fmt: skip


class _Pen:
    """Writes one turn: batches of 50 ms to the log, a snapshot to the row every two seconds, the end exactly once."""

    def __init__(self, lease: Lease, turn: Turn, vault: Vault, guard: Guard | None = None) -> None:
        self.lease, self.turn, self.vault, self.guard = lease, turn, vault, guard
        self.key = vault.row_key(turn.conversation)
        self.body, self.number, self.lacking = script.empty(), 0, 0
        self.waiting: stream.Ops = []
        self.flushed = self.kept = self.looked = self.asked = time.monotonic()
        self._stop = self.speaks = False
        self.unkept = False  # the log lost something that the row does not have yet

    def begin(self) -> None:
        stream.begin(self.turn.pk)
        if self.turn.number == 1:
            for line in staging.opening(selectors.seats(self.vault, self.turn.conversation))["lines"]:
                self.waiting += script.ops(line)
            script.apply(self.body, self.waiting)
        self._keep(Turn.State.WRITING)
        doorbell.ring(self.turn.conversation_id)

    def stopped(self) -> bool:
        """Asked between tokens; looks at the sign where no entry of the log has brought the news for a while."""
        now = time.monotonic()
        if now - self.looked > LOOK_SECONDS:
            self.looked = now
            self._stop = self._stop or stream.stop_asked(self.turn.pk)
        return self._stop

    def follow(self, ops: Iterator[Any]) -> None:
        try:
            self._write(ops)
        except Expected:  # what was said until then is kept
            self._keep(Turn.State.WRITING)
            raise
        self._flush(time.monotonic())
        self.body = script.tidy(self.body)
        self._keep(Turn.State.STOPPED if self._stop else Turn.State.DONE)
        doorbell.ring(self.turn.conversation_id)

    def _write(self, ops: Iterator[Any]) -> None:
        for op in ops:
            self._may_go_on(time.monotonic())
            self.waiting.append([op.kind, op.value])
            script.apply(self.body, [(op.kind, op.value)])
            now = time.monotonic()
            if now - self.flushed > FLUSH_SECONDS or (op.kind == "text" and not self.speaks):
                self._flush(now)
            self.speaks = self.speaks or op.kind == "text"
            if now - self.kept > (LACKING_SECONDS if self.unkept else SNAPSHOT_SECONDS):
                self._keep(Turn.State.WRITING)

    def _may_go_on(self, now: float) -> None:
        """Consent that ends in mid-word ends the reply there; what was written is kept, and the turn says why."""
        if now - self.asked > CONSENT_SECONDS:
            self.asked = now
            if silent := privacy.standing(self.turn.owner_id, self.turn.conversation.persona_id).silent:
                self._stop = True  # the engine looks at it
                raise Expected(silent)

    def _flush(self, now: float) -> None:
        if self.waiting:
            self.number += 1
            lacking, stop = stream.append(self.turn.pk, self.key, self.number, self.waiting)
            self._stop, self.looked = self._stop or stop, now
            self.unkept = self.unkept or lacking != self.lacking
            self.lacking, self.waiting = lacking, []
        self.flushed = now

    def _keep(self, state: str) -> None:
        """The body so far into the row, under the fence: a worker taken for dead writes nothing any more."""
        self._flush(time.monotonic())
        sealed = selectors.sealed_body(self.vault, self.turn.conversation, self.turn, self.body)
        with transaction.atomic():
            if not self.lease.mine.select_for_update().exists():
                raise LeaseLost
            changed = Turn.objects.filter(pk=self.turn.pk, state__in=Turn.LIVE)
            held = {"held": self.guard.held} if self.guard and self.guard.held else {}
            if not changed.update(body=sealed, pieces=self.number, state=state, request={**self.turn.request, **held}):
                raise LeaseLost
        self.kept, self.unkept = time.monotonic(), False

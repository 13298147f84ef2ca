"""The worker's side: one answer for somebody outside, into the log as it comes; nothing of it is kept."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

from apps.accounts.services import open_vault
from apps.accounts.vault import KeyGone, Vault
from apps.archives import naming
from apps.bridges import counting, exchange, selectors
from apps.bridges.asked import SOMEBODY, Asked, Line
from apps.bridges.cutting import Cutter
from apps.bridges.models import Door
from apps.chat import disclosure, script, stream
from apps.jobs.causes import Expected
from apps.personas import engines, introducing, resident
from apps.personas import selectors as personas
from apps.personas import services as making
from apps.personas.language import Turn
from apps.personas.models import Version

log = logging.getLogger(__name__)
FLUSH_SECONDS = 0.04
CONSENT_SECONDS = 0.5
SECONDS = 60.0
TRIES = 3
SORRY = "The answer broke off. Please try again."
SHUT = "This persona may not be talked with from outside any more."


class Left(Exception):
    """Whoever asked has left: nobody needs the rest."""


def answer(*, request_id: UUID, door_id: UUID) -> None:
    """The work of one request. Nobody waits for a second attempt: what fails is said, and that is the end of it."""
    door = selectors.open_doors().filter(pk=door_id).select_related("persona").first()
    if door is None:
        return
    try:
        vault = open_vault(door.owner_id)
        key = vault.row_key(door)
    except KeyGone:
        return
    pen = _Pen(request_id, door, key)
    try:
        asked = exchange.take(request_id, key)
        if asked is not None:
            with engines.telling():
                _answer(pen, vault, door, asked)
    except Left:
        stream.forget(request_id)
    except Expected as error:
        pen.fail(str(error))
    except Exception as error:  # its text may quote what was said
        log.error("an answer for somebody outside failed: %s", type(error).__name__)
        pen.fail(SORRY)


def _answer(pen: _Pen, vault: Vault, door: Door, asked: Asked) -> None:
    version = personas.current(door.persona)
    if version is None or selectors.stays(door.kind, door.persona):
        raise Expected(SHUT)
    asked = _hidden(vault, asked)
    count = counting.counter(version.config["base"])
    read = sum(count(line.text) + count(line.speaker) for line in asked.lines) + count(asked.begun)
    if truth := _truth(vault, door, asked):  # needs no model, and none may answer it otherwise
        pen.say(truth)
        pen.end("stop", read, count(truth))
    elif asked.kind == "complete":
        finish, rest = _rest(pen, vault, version, asked, count)
        pen.say(rest)
        pen.end(finish, read, count(rest))
    else:
        cutter = Cutter(asked.stops, asked.most, count)
        _reply(pen, vault, version, asked, cutter)
        pen.end(cutter.finish, read, cutter.tokens)


def _hidden(vault: Vault, asked: Asked) -> Asked:
    """As a model may see it: real names of the archive's people as their surrogates."""
    hide = naming.of(vault).hidden
    lines = [Line(hide(line.speaker), hide(line.text)) for line in asked.lines]
    return Asked(
        kind=asked.kind, lines=lines, begun=hide(asked.begun), sampling=asked.sampling, most=asked.most, stops=asked.stops
    )


def _truth(vault: Vault, door: Door, asked: Asked) -> str:
    """The truthful answer, when the last thing said asks whether this is a machine."""
    last = asked.lines[-1] if asked.lines else None
    if asked.kind != "reply" or last is None or not last.speaker:
        return ""
    language = disclosure.asks(last.text)
    return disclosure.answer(language, selectors.called(vault, door.persona)) if language else ""


def _dialogue(vault: Vault, version: Version, asked: Asked) -> tuple[tuple[str, ...], list[Turn]]:
    """Who takes part besides the persona, as the version knows them, and what was said."""
    others = list(dict.fromkeys(line.speaker for line in asked.lines if line.speaker))
    return introducing.introduced(vault, version, others or [SOMEBODY]), script.turns(
        script.said(line.speaker, line.text) for line in asked.lines
    )


def _reply(pen: _Pen, vault: Vault, version: Version, asked: Asked, cutter: Cutter) -> None:
    others, said = _dialogue(vault, version, asked)
    guard = resident.guard(vault)
    # a little more than asked for: where the limit cuts, it is the cutter that says so
    sampling = engines.sampling({**_usual(version), **asked.sampling, "max_tokens": asked.most + asked.most // 4 + 16})
    veto = guard.told(resident.copies(vault, version))
    spec, stop = personas.weights(vault, version), lambda: bool(cutter.finish) or pen.stopped()
    ops = engines.door().reply(spec, others, said, sampling, stop, **veto)
    try:
        for op in guard.watch(ops):
            pen.say(cutter.take(op.kind, op.value))
            pen.may_go_on()
            if cutter.finish:
                break
        if pen.overdue and not cutter.finish:
            cutter.finish = "length"
        pen.say(cutter.end())
    finally:
        _close(ops)
        making.count_stopped(version, secrets=guard.stopped, names=guard.names, copies=guard.copies)


def _usual(version: Version) -> dict[str, Any]:
    """How it talks with its owner where nothing else is asked for: with everybody."""
    return {"temperature": version.config["temperature"]} if "temperature" in version.config else {}


def _close(ops: Iterator[Any]) -> None:
    """An engine that is left in the middle of a word hears of it."""
    close = getattr(ops, "close", None)
    if close is not None:
        close()


def _rest(pen: _Pen, vault: Vault, version: Version, asked: Asked, count: Callable[[str], int]) -> tuple[str, str]:
    """The rest of a sentence; one that the guard stops is tried again with other dice."""
    guard, recited = resident.guard(vault), resident.copies(vault, version)
    try:
        for rest in _tries(pen, vault, version, asked):
            if not guard.refuses(asked.begun, rest, recited):
                cutter = Cutter(asked.stops, asked.most, count)
                lead = rest[: len(rest) - len(rest.lstrip())]
                text = cutter.take("text", rest) + cutter.end()
                return cutter.finish, lead + text if text else ""
    finally:
        making.count_stopped(version, secrets=guard.stopped, names=guard.names, copies=guard.copies)
    return "content_filter", ""


def _tries(pen: _Pen, vault: Vault, version: Version, asked: Asked) -> Iterator[str]:
    others, said = _dialogue(vault, version, asked)
    for number in range(TRIES):
        seed = {"seed": int(asked.sampling["seed"]) + number} if "seed" in asked.sampling else {}
        sampling = engines.sampling(
            {**_usual(version), **asked.sampling, **seed, "max_tokens": asked.most + asked.most // 4 + 16}
        )
        rest = engines.door().complete(personas.weights(vault, version), others, said, asked.begun, sampling, pen.stopped)
        pen.may_go_on()
        yield rest


class _Pen:
    """Writes one answer: batches of 40 ms to the log, and looks whether it may go on."""

    def __init__(self, request_id: UUID, door: Door, key: bytes) -> None:
        self.request_id, self.door, self.key = request_id, door, key
        self.number, self.waiting = 0, ""
        self.flushed = self.looked = self.asked = self.began = time.monotonic()
        self._stop = False

    def stopped(self) -> bool:
        """Asked between tokens; looks at the sign at most twenty times a second. Nobody is answered for longer than a minute."""
        now = time.monotonic()
        if now - self.looked > 0.05:
            self.looked = now
            self._stop = self._stop or stream.stop_asked(self.request_id)
        return self._stop or self.overdue

    @property
    def overdue(self) -> bool:
        return time.monotonic() - self.began > SECONDS

    def may_go_on(self) -> None:
        """Raises `Left` when nobody listens, `Expected` when the door was ended or the consent has."""
        self.stopped()
        if self._stop:
            raise Left
        now = time.monotonic()
        if now - self.asked > CONSENT_SECONDS:
            self.asked = now
            open_still = selectors.open_doors().filter(pk=self.door.pk).exists()
            if not open_still or not personas.consented(self.door.persona).may_leave:
                raise Expected(SHUT)

    def say(self, text: str) -> None:
        self.waiting += text
        if self.waiting and (time.monotonic() - self.flushed > FLUSH_SECONDS or not self.number):
            self._put()

    def end(self, finish: str, read: int, written: int) -> None:
        self._last("end", f"{finish} {read} {written}")

    def fail(self, sentence: str) -> None:
        self._last("failed", sentence)

    def _last(self, kind: str, value: str) -> None:
        self._put([kind, value])
        if stream.stop_asked(self.request_id):
            stream.forget(self.request_id)  # nobody is left to take it away

    def _put(self, *more: list[str]) -> None:
        self.number += 1
        ops = [*([["text", self.waiting]] if self.waiting else []), *more]
        stream.append(self.request_id, self.key, self.number, ops)
        self.waiting, self.flushed = "", time.monotonic()

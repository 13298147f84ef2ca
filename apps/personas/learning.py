"""What a training job does: gather what may be learnt, run the trainer, examine what came out, keep it."""

from __future__ import annotations

import time
from base64 import b64encode
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from typing import Any, cast

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from apps.accounts import vault as vaults
from apps.accounts.models import SealedObject
from apps.archives import naming
from apps.archives import selectors as archives
from apps.jobs.causes import Expected, LeaseLost
from apps.jobs.lease import Lease
from apps.personas import (
    auditing,
    capping,
    contacts,
    corrections,
    dataset,
    engines,
    game,
    introducing,
    manifests,
    memory,
    rhythm,
    selectors,
    tone_filter,
    training_run,
    verbatim,
    wire,
    word_vectors,
)
from apps.personas.config import TrainConfig, fitted
from apps.personas.models import Persona, Version
from apps.personas.services import may_learn
from apps.personas.training_run import TrainerRun

KEPT_APART = "These weeks are kept for measuring, so nothing of them is learnt. Please choose an earlier beginning."
GONE = "Somebody was forgotten or messages were deleted while this version learnt from them, so it was not kept. Press Train again."


@dataclass
class _Lesson:
    """What one training reads: `found` are the chats, `whole` all dialogues of them, `parts` those that are learnt (fewer with a
    cap per contact, or for one contact alone)."""

    config: TrainConfig
    found: list[Any]
    whole: dataset.Parts
    parts: dataset.Parts
    corrected: list[dataset.Dialogue]
    corrections: list[str]

    @property
    def partner(self) -> str:
        """Somebody who is talked with; "" where nobody has a name."""
        return next((d.others[0] for d in reversed(self.parts.train) if d.others), "")


def train(lease: Lease) -> None:
    """The work of a training job."""
    version = Version.objects.select_related("persona__person").get(pk=lease.job.subject)
    may_learn(version.persona)
    lease.progress(0.0, "reading your conversations")
    lesson = _lesson(lease, version)
    words = word_vectors.learn(lesson.parts.train, lesson.config.embedding).packed() if lesson.config.vectors else b""
    learnt, repeated = auditing.prepared(lesson.parts, version, lesson.partner or "Sam")
    body = wire.packed([*learnt, *lesson.corrected], lesson.parts.validate)
    run = TrainerRun(lease, training_run.lesson(version.config, body))
    head = _head(lease, version, lesson, run, words)
    lease.progress(0.0, f"starting the trainer{_with(len(lesson.corrections))}")
    began = time.monotonic()
    facts = run.run(head, body, _Relay(lease, version.persona))
    facts |= {"repeated": repeated, "corrections": len(lesson.corrections), **_pace(lesson)}
    cards, rounds = auditing.examine(lease, version, run, lesson.parts, lesson.found, time.monotonic() - began)
    facts |= cards
    may_learn(version.persona)  # consent may have ended meanwhile; then what was learnt is not kept
    grams = verbatim.build(dataset.by_whom(lesson.whole.train), lease.vault.fingerprint("grams", ""))
    remembered = memory.packed(lesson.whole.train, engines.encoder())
    kept = _keep(lease, version, run, facts, {"grams": grams, "memory": remembered, "words": words})
    if kept:
        game.keep(lease.vault, version, rounds)
    run.clear()
    if not kept:
        raise Expected(GONE)


def _lesson(lease: Lease, version: Version) -> _Lesson:
    """What may be learnt today; the version's manifest and settings are set to it. Raises `Expected` for too little."""
    person = version.persona.person
    if person is None:
        raise Expected("The person behind this persona was deleted. Please make a new persona.")
    config = TrainConfig(**version.config)
    told = introducing.today(lease.vault, person, config)
    held = manifests.held_out(lease.vault, version) if config.era else None
    found = list(selectors.chats(lease.vault, person, freeze=True, era=config.era, told=told, held=held))
    whole = dataset.parts((chat for _, chat, _ in found), config.gap)
    amount = dataset.amount(whole.train)
    if amount.replies < dataset.LEAST:
        if config.era and dataset.amount((*whole.validate, *whole.test)).replies >= dataset.LEAST:
            raise Expected(KEPT_APART)
        raise Expected(amount.verdict + " Please add an archive, or leave fewer chats out.")
    config = fitted(config, amount.replies)
    version.config = config.to_dict()
    version.save(update_fields=["config"])
    parts = replace(whole, train=capping.capped(whole.train, config.most_per_contact))
    corrected, ids = corrections.dialogues(lease.vault, version.persona, private=config.private)
    corrected = [dataset.introducing(d, introducing.named(lease.vault, told)) for d in corrected]
    if version.sharpened:
        parts = _narrowed(lease.vault, version, whole)
        corrected = [d for d in corrected if contacts.partner(d) == contacts.partner(parts.train[0])]
    manifests.write(lease.vault, version, found, ids)  # also of a second pass: what it began with has read all of it
    introducing.keep(lease.vault, version, told)
    return _Lesson(config, found, whole, parts, corrected, ids)


def _head(lease: Lease, version: Version, lesson: _Lesson, run: TrainerRun, words: bytes) -> dict[str, Any]:
    """What the trainer is told beside the dialogues; a version that goes on finds what it begins with."""
    head: dict[str, Any] = {
        "config": version.config,
        "asked_by": lesson.partner,
        "threads": settings.TORCH_THREADS,
        "processes": settings.TRAIN_PROCESSES,
        "models": str(settings.MODELS_DIR),
    }
    if words:
        head["vectors"] = b64encode(words).decode()
    if lesson.config.continues:
        before = _gone_on_with(lease, version, lesson.config.continues)
        run.begin_with(lease.vault.read(cast(SealedObject, before.weights)))
        head["base_hash"] = before.base_hash
    return head


def _with(corrected: int) -> str:
    return f", with {corrected} correction{'s' * (corrected > 1)}" if corrected else ""


def _pace(lesson: _Lesson) -> dict[str, Any]:
    """The rhythm of the chats, and how near it is to the newest weeks; nothing where there are too few times."""
    pace = rhythm.learnt(chat for _, chat, _ in lesson.found)
    if pace is None:
        return {}
    near = rhythm.compared([chat for _, chat, _ in lesson.found])
    return {"rhythm": pace.to_dict(), "nearness": asdict(near) if near else None}


def _gone_on_with(lease: Lease, version: Version, continues: str) -> Version:
    """The version that this one begins with; what it read must still stand, also now that the turn has come."""
    before = Version.objects.filter(pk=continues, persona=version.persona).select_related("weights").first()
    if before is None:
        raise Expected("The version to go on with was deleted. Please train a new one.")
    if reason := selectors.way_on(lease.vault, before):
        raise Expected(reason)
    return before


def _narrowed(vault: vaults.Vault, version: Version, parts: dataset.Parts) -> dataset.Parts:
    """The talks with the contact for whom a version is sharpened."""
    if version.contact is None:
        raise Expected("The person whom this version was to be sharpened for was deleted.")
    found = contacts.narrowed(parts, naming.of(vault).called(archives.settled(version.contact).pk))
    if (replies := dataset.amount(found.train).replies) < dataset.LEAST:
        raise Expected(f"{replies} of your replies were to this person, and {dataset.LEAST} are the least to learn from.")
    return found


class _Relay:
    """Events of the trainer into the job: curves and samples as events, the rest as progress."""

    def __init__(self, lease: Lease, persona: Persona) -> None:
        self.lease, self.persona, self.steps, self.said = lease, persona, 1, 0.0

    def __call__(self, event: dict[str, Any]) -> None:
        kind = event["event"]
        if kind.startswith("tone"):
            return tone_filter.relay(self.lease, self.persona, event)
        if kind == "plan":
            self.steps = max(1, event["steps"])
        if kind == "step":
            if time.monotonic() - self.said < 0.9 and event["step"] > 3:
                return
            self.said = time.monotonic()
            self.lease.progress(event["step"] / self.steps, f"step {event['step']} of {self.steps}", event["seconds_left"])
        if kind == "sample":  # only their owner reads these: names come back
            shown = naming.of(self.lease.vault).shown  # as they stand now: somebody may be forgotten meanwhile
            event["replies"] = [{**r, "reply": [shown(b) for b in r["reply"]]} for r in event["replies"]]
        self.lease.event(event)


def _keep(lease: Lease, version: Version, run: TrainerRun, facts: dict[str, Any], more: dict[str, bytes]) -> bool:
    """The weights and what goes with them (by the columns of a version), into storage; only the holder of the lease may.

    False, and nothing is kept, where somebody was forgotten or messages were deleted while it learnt from them. Where texts were
    scrubbed anew, only the weights and the guard's marks are: nothing that holds the texts as they were before.
    """
    items = {"weights": _stored(lease.vault, "weights", run.result())}
    items |= {kind: _stored(lease.vault, kind, [content]) for kind, content in more.items() if content}
    with transaction.atomic():
        if not lease.mine.select_for_update().exists():
            raise LeaseLost
        changed = set(manifests.reasons(lease.vault, version))
        lost = list(items) if changed & {manifests.FORGOTTEN, manifests.DELETED} else []
        lost += ["memory", "words"] if manifests.DECIDED in changed else []
        for column in lost:
            vaults.delete(items.pop(column, None))
        if not items:
            return False
        for column, item in items.items():
            setattr(version, column, item)
        version.base_hash, version.tokenizer_hash = facts.pop("base_hash"), facts.pop("tokenizer_hash")
        version.facts = {k: v for k, v in facts.items() if k != "event"}
        version.finished_at = timezone.now()
        version.save()
        if not version.sharpened:
            Persona.objects.filter(pk=version.persona_id).update(chosen=None)  # the newest is the current one again
    return True


def _stored(vault: vaults.Vault, kind: str, pieces: Iterable[bytes]) -> SealedObject:
    with vault.create(kind) as (item, writer):
        for piece in pieces:
            writer.write(piece)
    return item

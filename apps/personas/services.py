"""Personas: make, train, measure, delete."""

from __future__ import annotations

import logging
import socket
import time
from collections.abc import Mapping
from typing import Any
from uuid import UUID, uuid4

from celery import current_app
from django.db import transaction
from django.db.models import F, Max

from apps.accounts import vault as vaults
from apps.accounts.services import open_vault
from apps.archives import selectors as archives
from apps.archives.dependents import Hiding
from apps.archives.models import Person
from apps.jobs import pausing
from apps.jobs import services as jobs
from apps.jobs.causes import Expected
from apps.jobs.models import Job
from apps.personas import (
    choosing,
    engines,
    history,
    introducing,
    leaving,
    resident,
    selectors,
    tone_filter,
)
from apps.personas.config import CHANGEABLE, RELATIONS, TrainConfig, sharper
from apps.personas.language import TEMPLATE_VERSION
from apps.personas.models import Persona, Speed, Version
from apps.personas.names import BUILTIN, RECURRENT, SCRATCH
from apps.personas.selectors import TRAIN
from apps.personas.training_run import clear_folder, run_folder
from apps.privacy import selectors as consents
from apps.privacy import services as privacy

log = logging.getLogger(__name__)
MEASURE = "personas.measure"
_asked: dict[str, float] = {}


def make(*, owner_id: UUID, person: Person, name: str, basis: str) -> Persona:
    """A persona of one person, with the owner's word that it is them ("self"), or that nobody has agreed yet ("none")."""
    if basis == "self" and not person.is_me:
        raise Expected(
            "Only the person marked as you can be attested as you. Choose yourself, or go on without their consent."
        )
    if person.left_out:
        raise Expected("You have left this person out of learning. Take them back in on the page of people first.")
    vault = open_vault(owner_id)
    persona = Persona(id=uuid4(), owner_id=owner_id, person=person, wrapped_key=vault.new_wrapped())
    persona.name = vault.seal(persona, "name", name)
    with transaction.atomic():
        persona.save(force_insert=True)
        privacy.consent(vault=vault, subject=persona.pk, basis=basis)
    return persona


def start_training(
    *,
    persona: Persona,
    preset: str,
    base: str = BUILTIN,
    learn_others: bool = False,
    gap_minutes: float | None = None,
    tone: dict[str, Any] | None = None,
    private: bool = False,
    epsilon: float = TrainConfig.epsilon,
    unit: str = TrainConfig.unit,
    origin: str = "",
    method: str = "",
    vectors: bool = False,
    most_per_contact: int = 0,
    since: float | None = None,
    until: float | None = None,
    continues: Version | None = None,
    contact: Person | None = None,
    other: Mapping[str, Any] | None = None,
) -> Version:
    """A new version and its job. Raises `Expected` when one is running or the choice makes no sense.

    One that `continues` another begins with its weights and reads everything once, or only the talks with one `contact`.
    `other`: settings that no page asks for, as a version before had them.
    """
    may_learn(persona)
    if any(Job.objects.filter(kind=TRAIN, subject__in=persona.versions.values("pk"), state__in=Job.ACTIVE)):
        raise Expected("This persona is being trained already. Stop that training first, or wait for it.")
    if base not in {value for value, _ in selectors.bases()}:
        raise Expected("That base is not offered here. Please choose one of the list.")
    tone_filter.check(tone)
    more = {**(tone or {}), "learn_others": learn_others, "private": private}
    more |= {"vectors": vectors, "most_per_contact": most_per_contact, "since": since, "until": until}
    more |= {"epsilon": epsilon, "unit": unit} if private else {}
    more |= {"context": continues.config.get("context", "") if continues else RELATIONS}
    more |= {"continues": str(continues.pk), "epochs": 1.0} if continues else {}
    config = choosing.config(preset, base, origin, method, gap_minutes, more, other or {})
    config = sharper(config) if contact else config
    vault = open_vault(persona.owner_id)
    with transaction.atomic():
        number = (persona.versions.aggregate(last=Max("number"))["last"] or 0) + 1
        version = Version(
            id=uuid4(), owner_id=persona.owner_id, persona=persona, number=number, preset=preset, config=config.to_dict(),
            wrapped_key=vault.new_wrapped(), template_version=TEMPLATE_VERSION, sharpened=contact is not None, contact=contact,
        )  # fmt: skip
        version.save(force_insert=True)
        expected = None if contact else selectors.expected(vault, persona.person, config)
        jobs.create(owner_id=persona.owner_id, kind=TRAIN, subject=version.pk, expected=expected)
    return version


def may_learn(persona: Persona) -> None:
    """Raises `Expected` where consent is missing or has ended."""
    standing = consents.standing(persona.owner_id, persona.pk)
    if not standing.may_talk:
        raise Expected(standing.silent)


def ask(*, persona: Persona, asked_by: str, days: int) -> str:
    """Ask the person behind a persona; returns the token of the link, which is told only now."""
    if persona.person is None or persona.person.is_me:
        raise Expected("There is nobody to ask: this persona imitates you, or its person was deleted.")
    vault = open_vault(persona.owner_id)
    return privacy.ask(vault=vault, subject=persona.pk, about=selectors.asked(vault, persona, asked_by), days=days)


def remember(*, persona: Persona, attested: str, days: int) -> None:
    """Memorial mode: the owner attests that the person has died and why they may decide; it ends by itself."""
    if persona.person is None or persona.person.is_me:
        raise Expected("A memorial is for somebody else. This persona imitates you, or its person was deleted.")
    if consents.standing(persona.owner_id, persona.pk).state in ("declined", "revoked"):
        raise Expected(
            "The person answered for themselves, so a memorial cannot take the place of their word. Ask them again."
        )
    privacy.consent(vault=open_vault(persona.owner_id), subject=persona.pk, basis="memorial", attested=attested, days=days)


def ask_for_speed(base: str = BUILTIN) -> None:
    """Let the train worker measure this machine, if nobody did lately; the recurrent families only where one is chosen."""
    bases = [base] if base in RECURRENT else [BUILTIN, SCRATCH]
    if time.monotonic() - _asked.get(bases[0], -1e9) < 120:
        return
    known = set(Speed.objects.filter(base__in=bases).values_list("base", flat=True))
    if unknown := [name for name in bases if name not in known]:
        _asked[bases[0]] = time.monotonic()
        try:
            current_app.send_task(MEASURE, kwargs={"bases": unknown}, queue="train", retry=False)
        except Exception as error:  # only an estimate hangs on it
            log.warning("no measurement: %s", type(error).__name__)


def keep_speed(base: str, *, full: bool, tokens_s: float, start_s: float) -> None:
    """Remember how fast this machine trains."""
    values = {"tokens_s": tokens_s, "start_s": start_s}
    Speed.objects.update_or_create(host=socket.gethostname()[:100], base=base, full=full, defaults=values)


def delete(*, persona: Persona) -> None:
    """A persona with all versions, checkpoints and its consent."""
    leaving.before(persona.pk)
    for version in persona.versions.all():
        delete_version(version=version)
    for job in Job.objects.filter(kind=tone_filter.TONE, subject=persona.pk):
        jobs.stop(job)
        job.delete()
    privacy.withdraw(owner_id=persona.owner_id, subject=persona.pk)
    persona.delete()


def delete_version(*, version: Version) -> None:
    """One training and what came out of it; the persona stays."""
    pk = version.pk
    for job in Job.objects.filter(kind=TRAIN, subject=pk):
        pausing.cancel(job)
        job.delete()
    files = (version.weights, version.manifest, version.grams, version.memory, version.words)
    clear_folder(pk)
    version.delete()
    for item in files:
        vaults.delete(item)
    _forget_voice(pk)


def go_on(*, version: Version) -> Version:
    """A new version that begins with what this one has learnt and reads what may be learnt from today. Raises `Expected`."""
    if reason := selectors.way_on(open_vault(version.owner_id), version):
        raise Expected(reason)
    if version.sharpened:
        raise Expected("This version is for one person only. Go on with the current one, then sharpen that.")
    return train_again(version=version, continues=version)


def train_again(*, version: Version, continues: Version | None = None, changed: Mapping[str, Any] | None = None) -> Version:
    """A new version with the same settings but those that are `changed`. Raises `Expected`."""
    if version.sharpened:
        raise Expected("This version is for one person only. Train the current one again, then sharpen that.")
    return _like(version, continues, changed=changed)


def sharpen(*, version: Version, contact: Person) -> Version:
    """A second pass: a new version that goes on from this one with the talks with one contact only. Raises `Expected`."""
    contact, person = archives.settled(contact), version.persona.person
    if person is None or archives.settled(person).pk == contact.pk:
        raise Expected("A version is sharpened for somebody else than the person it imitates. Please choose one.")
    if version.sharpened:
        raise Expected("This version is for one person already. Please sharpen the current one.")
    if contact.left_out:
        raise Expected("You have left this person out of learning. Take them back in on the page of people first.")
    if reason := selectors.way_on(open_vault(version.owner_id), version):
        raise Expected(reason)
    return _like(version, version, contact)


def _like(
    version: Version, continues: Version | None, contact: Person | None = None, changed: Mapping[str, Any] | None = None
) -> Version:
    config = {**version.config, **(changed or {})}
    tone = {k: v for k, v in config.items() if k.startswith("tone_")} if config.get("tone_model") else None
    fresh = continues is None and not version.config.get("continues")  # who goes on reads once, and says so
    kept = sorted({*version.config.get("changed", ()), *(changed or {})} & set(CHANGEABLE))
    return start_training(
        persona=version.persona, preset=version.preset, base=config["base"], learn_others=config.get("learn_others", False),
        gap_minutes=config.get("gap", 3_600) / 60, tone=tone, private=config.get("private", False),
        epsilon=config.get("epsilon", TrainConfig.epsilon), unit=config.get("unit", TrainConfig.unit),
        origin=config.get("origin", ""), method=config.get("method", ""), vectors=config.get("vectors", False),
        most_per_contact=config.get("most_per_contact", 0), since=config.get("since"), until=config.get("until"),
        continues=continues, contact=contact, other={**{k: config[k] for k in kept}, "changed": kept} if fresh and kept else None,
    )  # fmt: skip


def count_stopped(version: Version, *, secrets: int, names: int, copies: int) -> None:
    """Add to what the guard stopped; numbers only."""
    if secrets or names or copies:
        Version.objects.filter(pk=version.pk).update(
            stopped_secrets=F("stopped_secrets") + secrets,
            stopped_names=F("stopped_names") + names,
            stopped_copies=F("stopped_copies") + copies,
        )


def close(owner_id: UUID) -> None:
    """A locked account closes: this process drops its guard, memories and voices."""
    resident.forget(owner_id)
    for pk in Version.objects.filter(owner_id=owner_id).values_list("pk", flat=True):
        engines.forget(str(pk))


def _forget_voice(version_id: UUID) -> None:
    """Tell every reply worker to drop merged weights from memory."""
    try:
        current_app.control.broadcast("forget_voice", arguments={"key": str(version_id)})
    except Exception as error:  # a worker that is away has nothing in memory either
        log.warning("nobody heard that a voice is gone: %s", type(error).__name__)


def sweep() -> None:
    """Remove checkpoints of versions that are gone, and of trainings that have ended."""
    folder = run_folder(UUID(int=0)).parent
    for path in folder.iterdir() if folder.is_dir() else []:
        try:
            version_id = UUID(path.name)
        except ValueError:  # not ours, as `lost+found` where a disk begins here
            continue
        running = Job.objects.filter(kind=TRAIN, subject=version_id, state__in=Job.ACTIVE).exists()
        if not running and time.time() - path.stat().st_mtime > 60:
            clear_folder(version_id)


def dependents(owner_id: UUID, archive_id: UUID) -> list[tuple[UUID, str]]:
    """Personas that have learnt from an archive, for the dialog that deletes it."""
    vault = open_vault(owner_id)
    return [(p.pk, selectors.name(vault, p)) for p in selectors.learnt_from(owner_id, archive_id)]


def delete_many(owner_id: UUID, ids: set[UUID]) -> None:
    """Delete the chosen personas of an owner."""
    for persona in Persona.objects.filter(owner_id=owner_id, pk__in=ids):
        delete(persona=persona)


def lost(owner_id: UUID, people: set[UUID]) -> None:
    """These people are about to be deleted. Who was not marked as the owner then is not the owner afterwards either."""
    for persona in Persona.objects.filter(owner_id=owner_id, person__in=people):
        if selectors.consented(persona).basis != consents.standing(owner_id, persona.pk).basis:
            privacy.consent(vault=open_vault(owner_id), subject=persona.pk, basis="none")


def hide(vault: vaults.Vault, hiding: Hiding) -> None:
    """Exchange names in what personas are called, and in what they said while they learnt."""
    for persona in Persona.objects.filter(owner_id=vault.owner_id):
        persona.name = vault.seal(persona, "name", hiding(selectors.name(vault, persona)))
        persona.save(update_fields=["name"])
    introducing.forget(vault)
    for version in Version.objects.filter(owner_id=vault.owner_id).exclude(note=None):
        history.write_note(version=version, text=hiding(history.note(vault, version)))
    jobs.rewrite(vault=vault, kind=TRAIN, change=hiding)

"""Reading personas and what they may learn from: always from their owner."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.core.cache import cache
from django.db.models import Q
from django.utils import timezone

from apps.accounts.services import open_vault
from apps.accounts.vault import Vault
from apps.archives import naming
from apps.archives import selectors as archives
from apps.archives.models import Conversation, Person
from apps.jobs import selectors as jobs
from apps.jobs.models import Job
from apps.personas import dataset, hub_models, introducing, leakage, manifests
from apps.personas import era as eras
from apps.personas.config import TrainConfig, is_full
from apps.personas.dataset import Amount, Chat, Line
from apps.personas.language import ME_SPEAKER, PLACEHOLDERS, Bubble, Mark
from apps.personas.models import Persona, Speed, Split, UsedArchive, Version
from apps.personas.names import BUILTIN, CHAR_GRU, CHAR_LSTM, SCRATCH
from apps.personas.origins import ORIGINS
from apps.personas.wire import Weights
from apps.privacy import selectors as privacy
from apps.privacy.standing import Asked, Standing, judged

TRAIN = "personas.train"
BASES = [
    (BUILTIN, "The built-in base: small, quick, needs no download"),
    (SCRATCH, "From scratch: reads only you, so it will babble"),
    *((o.base, o.sentence) for o in ORIGINS.values() if o.base),
]
MATERIAL_SECONDS = 3_600
#: Tokens of the built-in language for one character of chat, and for one message besides its text.
PER_CHARACTER, PER_MESSAGE = 0.29, 3.0
#: How much longer private mode takes (measured 0.85 to 1.15, decision 0020).
PRIVATE_TIMES = 1.2
_SLOTS = frozenset(PLACEHOLDERS)


@dataclass
class PersonaView:
    """A persona as pages show it."""

    id: UUID
    name: str
    version: Version | None
    job: Job | None
    line: str = ""


def name(vault: Vault, persona: Persona) -> str:
    """What the persona is called."""
    return str(vault.unseal(persona, "name", persona.name))


def current(persona: Persona) -> Version | None:
    """The version that talks: the one that was rolled back to, otherwise the newest that can and is for everybody."""
    ready = persona.versions.filter(sharpened=False).exclude(weights=None)
    if persona.chosen_id and (chosen := ready.filter(pk=persona.chosen_id).first()):
        return chosen
    return ready.order_by("-number").first()


def sharpened(current: Version, person_id: UUID) -> Version | None:
    """The version that was sharpened from the current one for a contact, where there is one that does not give away what it has
    read. After another training it must be made anew: the older one does not know what was left out since."""
    rows = Version.objects.filter(persona_id=current.persona_id, sharpened=True, config__continues=str(current.pk))
    rows = rows.exclude(weights=None).filter(Q(contact=person_id) | Q(contact__merged_into=person_id))
    newest = rows.order_by("-number").first()
    verdict = newest.facts.get("leaks", {}).get("verdict") if newest else None
    return newest if verdict in (leakage.GREEN, leakage.AMBER) else None


def whom(vault: Vault, version: Version) -> str:
    """For whom a version was sharpened, in a word for pages; empty where it is for everybody."""
    if not version.sharpened:
        return ""
    contact = archives.settled(version.contact) if version.contact else None
    return str(vault.unseal(contact, "name", contact.name)) if contact else "somebody who is deleted"


def weights(vault: Vault, version: Version) -> Weights:
    """How an engine gets at a version's weights."""
    item = version.weights
    assert item is not None
    return Weights(str(version.pk), version.config["base"], is_full(version.config), lambda: vault.read(item))


def latest_job(persona: Persona) -> Job | None:
    """The newest training of a persona."""
    version = persona.versions.order_by("-number").first()
    return jobs.latest(persona.owner_id, TRAIN, version.pk) if version else None


def listing(vault: Vault) -> list[PersonaView]:
    """All personas of an owner, the newest first."""
    rows = Persona.objects.filter(owner_id=vault.owner_id).order_by("-created_at")
    found = [(p, latest_job(p)) for p in rows]  # before what they make: they may end at any moment
    return [PersonaView(p.pk, name(vault, p), v := current(p), job, _line(vault, v)) for p, job in found]


def _line(vault: Vault, version: Version | None) -> str:
    """A line they would say: the last sample reply of their training."""
    job = jobs.latest(vault.owner_id, TRAIN, version.pk) if version else None
    if job is None:
        return ""
    samples = [e for e in jobs.events(job, max(0, job.events - 12)) if e.get("event") == "sample"]
    replies = samples[-1]["replies"] if samples else []
    return next((" ".join(r["reply"]) for r in reversed(replies) if r["reply"]), "")


def chats(
    vault: Vault,
    person: Person,
    *,
    freeze: bool = False,
    era: tuple[float, float] | None = None,
    told: Mapping[UUID, str] | None = None,
    held: Mapping[str, eras.Held] | None = None,
) -> Iterator[tuple[Conversation, Chat, list[str]]]:
    """Conversations in which the person writes, with frozen boundaries, and the ids of the records used.

    With `freeze` boundaries that do not exist yet are kept for ever. Of an `era` [from, before) only what was written then;
    `held` is what earlier versions of it hold out, by chat (`manifests.held_out`). `told` is what people are to the person, where the model is to hear it.
    """
    person = archives.settled(person)
    relations = introducing.named(vault, told or {})
    roster, called = archives.roster(vault), naming.of(vault).called
    for row in archives.corpus(vault.owner_id):
        lines: list[Line] = []
        ids: list[str] = []
        for record, cut in archives.learnable(vault, row, roster):
            who = roster.by_handle.get(record.handle)
            speaker = ME_SPEAKER if who == person.pk else called(who) if who else "?"
            marks = tuple(Mark(*m) for m in record.marks if m[2] in _SLOTS)  # surrogates are words like others
            lines.append(Line(speaker, record.at, Bubble(record.text, marks), cut))
            ids.append(record.id)
        if any(line.speaker is ME_SPEAKER for line in lines):
            chat = Chat(str(row.pk), row.is_group, lines, relations=relations)
            chat.validate_from, chat.test_from, chat.test_to = _boundaries(vault, row, person, lines, freeze)
            if era is not None:
                ids = [ids[n] for n in eras.within(chat, era, (held or {}).get(chat.id))]
            if era is None or any(line.speaker is ME_SPEAKER for line in chat.lines):
                yield row, chat, ids


def _boundaries(
    vault: Vault, row: Conversation, person: Person, lines: list[Line], freeze: bool
) -> tuple[float, float, float]:
    kept = Split.objects.filter(conversation=row, person=person).first()
    if kept is not None:
        return kept.validate_from, kept.test_from, kept.test_to
    found = dataset.boundaries(lines)
    if freeze and found[0] != float("inf"):
        Split.objects.create(
            owner_id=vault.owner_id, conversation=row, person=person,
            validate_from=found[0], test_from=found[1], test_to=found[2],
        )  # fmt: skip
    return found


def material(vault: Vault, person: Person) -> tuple[Amount, int]:
    """How much a training would learn from, and about how many tokens it reads in one epoch; counted once per corpus."""
    counted = _known_material(vault, person)
    if counted is None:
        counted = _counted(vault, person)
        cache.set(_material_key(vault, person), counted, MATERIAL_SECONDS)
    return counted


def _known_material(vault: Vault, person: Person) -> tuple[Amount, int] | None:
    found: tuple[Amount, int] | None = cache.get(_material_key(vault, person))
    return found


def _material_key(vault: Vault, person: Person) -> str:
    return vault.fingerprint("material", f"{person.pk}{archives.state(vault.owner_id)}").hex()


def expected(vault: Vault, person: Person | None, config: TrainConfig) -> float | None:
    """Seconds that a training may take, where its words were counted lately and the machine was measured."""
    counted = _known_material(vault, person) if person is not None else None
    if counted is None:
        return None
    return estimate(counted[1], config.epochs, config.base, full=config.full, private=config.private)


def _counted(vault: Vault, person: Person) -> tuple[Amount, int]:
    found = dataset.parts(chat for _, chat, _ in chats(vault, person))
    total = sum(
        len(b.text) * PER_CHARACTER + PER_MESSAGE for d in found.train for t in d.turns for b in t.bubbles
    )  # fmt: skip
    return dataset.amount(found.train), round(total)


def estimate(tokens: int, epochs: float, base: str, *, full: bool, private: bool = False) -> float | None:
    """Seconds that a training of so many epochs will take on the machine that was measured last; None before any measurement."""
    speed = Speed.objects.filter(base=base, full=full).order_by("-measured_at").first()
    if speed is None:
        return None
    letters = 1 / PER_CHARACTER if base in (CHAR_GRU, CHAR_LSTM) else 1.0
    return seconds(round(tokens * letters), epochs, speed.tokens_s, speed.start_s, private=private)


def seconds(tokens: int, epochs: float, tokens_s: float, start_s: float, *, private: bool = False) -> float:
    """Seconds of a training that reads so many tokens an epoch, on a machine of that speed."""
    packed = tokens * epochs * 1.12  # rows are never quite full
    packed *= PRIVATE_TIMES if private else 1.0
    return start_s + packed / tokens_s * 1.2 + 6.0  # held-out looks, sample replies, saving


def bases() -> list[tuple[str, str]]:
    """What may be learnt from: the built-in base, scratch, the recurrent families, folders of this machine, allowed names of the hub."""
    folder = Path(settings.MODELS_DIR)
    local = sorted(p.name for p in folder.iterdir() if (p / "config.json").exists()) if folder.is_dir() else []
    local = [n for n in local if n not in settings.TONE_MODELS]
    offered = [
        *((n, f"{n}, from this machine") for n in local),
        *hub_models.labels(settings.HUB_MODELS),
    ]
    return [*BASES, *offered]


def learnt_from(owner_id: UUID, archive_id: UUID) -> list[Persona]:
    """Personas with a version that has learnt from an archive."""
    versions = UsedArchive.objects.filter(archive=archive_id, version__owner_id=owner_id).values("version__persona")
    return list(Persona.objects.filter(owner_id=owner_id, pk__in=versions))


def imitating(owner_id: UUID, people: set[UUID]) -> list[tuple[UUID, str]]:
    """Personas that imitate one of these people: (id, name)."""
    rows = Persona.objects.filter(owner_id=owner_id, person__in=people).order_by("created_at")
    return [(p.pk, name(vault, p)) for p in rows] if rows and (vault := open_vault(owner_id)) else []


def stale(vault: Vault, version: Version) -> str:
    """Why a version no longer says what the corpus says, in a sentence; empty when it does."""
    return manifests.why(vault, version)


NO_WAY_ON = "This version cannot be gone on with. Train a new one instead."


def way_on(vault: Vault, version: Version) -> str:
    """Why a version cannot be gone on with, in a sentence; empty when it can.

    What it has read must still stand: who goes on keeps what was learnt.
    """
    config = version.config
    if not version.ready or is_full(config) or config.get("private") or version.manifest is None:
        return NO_WAY_ON
    gone = stale(vault, version)
    return f"{gone} Going on would keep that. Train a new one instead." if gone else ""


def partners(vault: Vault, persona: Persona) -> list[archives.PersonView]:
    """The people a persona knows: everybody who writes in the account's conversations but itself, most words first."""
    roster = archives.roster(vault)
    own = archives.settled(persona.person).pk if persona.person else None
    return [p for p in roster.ordered() if p.id != own and p.messages]


UNCHECKED = "It was not checked for leaks. Train a new version, which is checked."
LEAKS = "It gives away what it has read. Its page says what helps; train a new version then."
OTHERS_SIDE = "It has learnt other people's side too. Train a version without that to let it leave."


def consented(persona: Persona) -> Standing:
    """What consent allows. That it is the owner counts only while its person is marked as them, and for good once that one is deleted."""
    found = privacy.standing(persona.owner_id, persona.pk)
    if found.basis != "self" or persona.person_id is None:
        return found
    person = Person.objects.filter(pk=persona.person_id).select_related("merged_into").first()
    if person is None or archives.settled(person).is_me:
        return found
    return judged("none", found.state, found.until, timezone.now())


def standing(persona: Persona) -> Standing:
    """What consent and the leak audit of the current version allow together."""
    given, version = consented(persona), current(persona)
    if given.stays or version is None:
        return given
    if stale(open_vault(persona.owner_id), version) == manifests.FORGOTTEN:
        return replace(given, stays=f"{manifests.FORGOTTEN} Train a new version to let it leave.")
    card = version.facts.get("leaks")
    stays = UNCHECKED if not card else LEAKS if card["verdict"] == leakage.RED else ""
    return replace(given, stays=stays or (OTHERS_SIDE if version.config.get("learn_others") else ""))


def asked(vault: Vault, persona: Persona, asked_by: str) -> Asked:
    """What the person behind a persona is told when they are asked: names and counts, no content."""
    person = archives.settled(persona.person).pk if persona.person else None
    view = archives.roster(vault).people.get(person) if person else None
    if view is None:
        return Asked(asked_by, name(vault, persona), [], 0)
    return Asked(asked_by, view.name, sorted(view.platforms), view.messages)

"""What personas hold: weights, manifests, versions, frozen boundaries."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import chain
from uuid import UUID

import msgspec

from apps.accounts import portable
from apps.accounts.bundle import Bundle
from apps.accounts.models import SealedObject
from apps.accounts.registry import Entry, Holding
from apps.accounts.services import open_vault
from apps.accounts.vault import Vault
from apps.personas import leakage, manifests, selectors, services
from apps.personas.models import Correction, Exchange, GameLink, Persona, Split, UsedArchive, Version

README = """AI imitation of {name}

The .safetensors files here are a language model that imitates how {name} writes. It was made by a program from messages.
Nothing that it writes was ever said by {name}. Wherever you use it: say so before the first message, mark what it writes as
made by an AI, answer truthfully when somebody asks, and stop when {name} asks you to.
persona.json says the same for programs ("ai_generated": true).
"""


RED = """The weights of this version are not here: the leak audit found that they give away what they have read (red).
Please train a new version as its page advises.
"""


GONE = """The weights of this version are not here: it has learnt from somebody who was forgotten since.
Please train a new version, or delete this one.
"""


def _export(owner_id: UUID) -> Iterator[Entry]:
    vault = open_vault(owner_id)
    for persona in Persona.objects.filter(owner_id=owner_id):
        folder, name = f"personas/{persona.pk}", selectors.name(vault, persona)
        versions = list(Version.objects.filter(persona=persona).select_related("weights").order_by("number"))
        facts = {
            "ai_generated": True, "note": f"An AI imitation of {name}; what it writes was never said by {name}.",
            "name": name, "person": str(persona.person_id),
            "versions": [{"number": v.number, "preset": v.preset, "config": v.config, "facts": v.facts} for v in versions],
        }  # fmt: skip
        yield f"{folder}/README.txt", README.format(name=name).encode()
        yield f"{folder}/persona.json", json.dumps(facts, indent=1, ensure_ascii=False).encode()
        for version in versions:
            yield from _files(vault, version)
    for model in (Persona, Version, Split, Exchange, Correction):
        yield portable.table(vault, model._default_manager.filter(owner_id=owner_id))
    yield portable.table(vault, UsedArchive.objects.filter(version__owner_id=owner_id))


def _files(vault: Vault, version: Version) -> Iterator[Entry]:
    place = f"personas/{version.persona_id}/version-{version.number}"
    if version.facts.get("leaks", {}).get("verdict") == leakage.RED:
        yield f"{place}.not-here.txt", RED.encode()
    elif version.weights is not None and selectors.stale(vault, version) == manifests.FORGOTTEN:
        yield f"{place}.not-here.txt", GONE.encode()
    elif version.weights is not None:
        yield f"{place}.safetensors", _frames(vault, version.weights)
    if version.grams is not None:
        yield f"{place}.grams", _frames(vault, version.grams)
    if version.memory is not None:
        yield f"{place}.memory", _frames(vault, version.memory)
    if version.words is not None:
        yield f"{place}.words", _frames(vault, version.words)
    if version.manifest is not None:
        yield f"{place}.manifest.json", json.dumps(msgspec.msgpack.decode(vault.read(version.manifest))).encode()


def _frames(vault: Vault, item: SealedObject) -> Iterator[bytes]:
    with vault.open(item) as reader:
        yield from reader.frames()


def _restore(vault: Vault, bundle: Bundle, ids: portable.Ids) -> None:
    for facts in bundle.rows("personas.Persona"):
        portable.make(vault, Persona, facts, ids, chosen=None)
    for facts in bundle.rows("personas.Version"):
        place = f"personas/{facts['persona_id']}/version-{facts['number']}"
        weights = _item(vault, "weights", bundle.pieces(f"{place}.safetensors"))
        manifest = b"".join(bundle.pieces(f"{place}.manifest.json"))
        grams = _item(vault, "grams", bundle.pieces(f"{place}.grams"))
        passages = _item(vault, "memory", bundle.pieces(f"{place}.memory"))
        words = _item(vault, "words", bundle.pieces(f"{place}.words"))
        again = [msgspec.msgpack.encode(ids.inside(json.loads(manifest)))] if manifest else []
        portable.make(
            vault,
            Version,
            facts,
            ids,
            weights=weights,
            grams=grams,
            memory=passages,
            words=words,
            manifest=_item(vault, "manifest", iter(again)),
        )
    for facts in bundle.rows("personas.Persona"):
        if facts.get("chosen_id"):
            chosen = Version.objects.get(pk=ids.new(facts["chosen_id"]), persona=ids.new(facts["id"]))
            Persona.objects.filter(pk=ids.new(facts["id"])).update(chosen=chosen)
    for model in (Split, UsedArchive, Exchange, Correction):
        for facts in bundle.rows(model._meta.label):
            portable.make(vault, model, facts, ids)


def _item(vault: Vault, kind: str, pieces: Iterator[bytes]) -> SealedObject | None:
    first = next(pieces, None)
    if first is None:
        return None
    with vault.create(kind) as (item, writer):
        for piece in chain([first], pieces):
            writer.write(piece)
    return item


def _erase(owner_id: UUID) -> None:
    for persona in Persona.objects.filter(owner_id=owner_id):
        services.delete(persona=persona)
    Split.objects.filter(owner_id=owner_id).delete()


def _count(owner_id: UUID) -> dict[str, int]:
    models = {
        "personas": Persona,
        "persona_versions": Version,
        "boundaries": Split,
        "exchanges": Exchange,
        "corrections": Correction,
        "game_links": GameLink,
    }
    return {name: model._default_manager.filter(owner_id=owner_id).count() for name, model in models.items()}


HOLDING = Holding("personas", 4, _export, _erase, _count, _restore)

"""What personas hold: weights, manifests, versions, frozen boundaries."""

from __future__ import annotations

import json
from collections.abc import Iterator
from uuid import UUID

from apps.accounts.registry import Entry, Holding
from apps.accounts.services import open_vault
from apps.personas import selectors, services
from apps.personas.models import Persona, Split, Version


def _export(owner_id: UUID) -> Iterator[Entry]:
    vault = open_vault(owner_id)
    for persona in Persona.objects.filter(owner_id=owner_id):
        folder = f"personas/{persona.pk}"
        versions = list(Version.objects.filter(persona=persona).select_related("weights").order_by("number"))
        facts = {
            "name": selectors.name(vault, persona), "person": str(persona.person_id),
            "versions": [{"number": v.number, "preset": v.preset, "config": v.config, "facts": v.facts} for v in versions],
        }  # fmt: skip
        yield f"{folder}/persona.json", json.dumps(facts, indent=1, ensure_ascii=False).encode()
        for version in versions:
            if version.weights is not None:
                yield f"{folder}/version-{version.number}.safetensors", vault.read(version.weights)


def _erase(owner_id: UUID) -> None:
    for persona in Persona.objects.filter(owner_id=owner_id):
        services.delete(persona=persona)
    Split.objects.filter(owner_id=owner_id).delete()


def _count(owner_id: UUID) -> dict[str, int]:
    models = {"personas": Persona, "persona_versions": Version, "boundaries": Split}
    return {name: model._default_manager.filter(owner_id=owner_id).count() for name, model in models.items()}


HOLDING = Holding("personas", 4, _export, _erase, _count)

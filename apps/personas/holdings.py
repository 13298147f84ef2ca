"""What personas hold: weights, manifests, versions, frozen boundaries."""

from __future__ import annotations

import json
from collections.abc import Iterator
from uuid import UUID

from apps.accounts.registry import Entry, Holding
from apps.accounts.services import open_vault
from apps.personas import selectors, services
from apps.personas.models import Persona, Split, Version

README = """AI imitation of {name}

The .safetensors files here are a language model that imitates how {name} writes. It was made by a program from messages.
Nothing that it writes was ever said by {name}. Wherever you use it: say so before the first message, mark what it writes as
made by an AI, answer truthfully when somebody asks, and stop when {name} asks you to.
persona.json says the same for programs ("ai_generated": true).
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
            if version.weights is not None:
                yield f"{folder}/version-{version.number}.safetensors", vault.read(version.weights)


def _erase(owner_id: UUID) -> None:
    for persona in Persona.objects.filter(owner_id=owner_id):
        services.delete(persona=persona)
    Split.objects.filter(owner_id=owner_id).delete()


HOLDING = Holding("personas", 4, _export, _erase)

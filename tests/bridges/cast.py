"""A persona that really talks, without a training: the built-in base with an adapter that changes nothing, and a green card."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

from apps.accounts.models import User
from apps.accounts.services import open_vault
from apps.archives.models import Person
from apps.personas import services as personas
from apps.personas.models import Persona, Version

GREEN = {"leaks": {"verdict": "green"}}


def adapter() -> bytes:
    import torch
    from safetensors.torch import save

    place = "base_model.model.model.layers.0.self_attn.q_proj"
    return save({f"{place}.lora_A.weight": torch.zeros(4, 384), f"{place}.lora_B.weight": torch.zeros(384, 4)})


def persona_of(owner: User, name: str = "Ann Roe", basis: str = "self") -> Persona:
    """A persona that has learnt nothing yet."""
    vault = open_vault(owner.pk)
    person = Person.objects.filter(owner=owner, is_me=True).first() if basis == "self" else None
    if person is None:
        person = Person(id=uuid4(), owner=owner, wrapped_key=vault.new_wrapped(), is_me=basis == "self")
        person.name = vault.seal(person, "name", name)
        person.save(force_insert=True)
    return personas.make(owner_id=owner.pk, person=person, name=name, basis=basis)


def taught(persona: Persona, facts: dict[str, Any] | None = None, **config: Any) -> Version:
    """A version of it that talks."""
    vault = open_vault(persona.owner_id)
    version = Version(id=uuid4(), owner_id=persona.owner_id, persona=persona, number=persona.versions.count() + 1)
    version.preset, version.config, version.facts = "quick", {"base": "builtin", **config}, GREEN if facts is None else facts
    version.wrapped_key = vault.new_wrapped()
    with vault.create("weights") as (item, writer):
        writer.write(adapter())
    version.weights = item
    version.save(force_insert=True)
    return version


def voice(owner: User, name: str = "Ann Roe") -> Persona:
    """One that may leave and can talk."""
    persona = persona_of(owner, name)
    taught(persona)
    return persona

"""What a version is told of whom it talks with: the same while it learns and while it talks.

A version remembers what each contact was to its person when it learnt; what is said of them later counts for the next one. A
version of before there were relations (`TrainConfig.context`) was told names, and still is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID

from apps.accounts.vault import Vault
from apps.archives import naming, relations
from apps.archives import selectors as archives
from apps.archives.models import Forgotten, Handle, Person
from apps.personas import language
from apps.personas.config import RELATIONS, TrainConfig
from apps.personas.models import Version


def today(vault: Vault, person: Person, config: TrainConfig) -> dict[UUID, str]:
    """What a training may tell of people, by their ids. Of what they are to anybody but the owner nobody has said a word."""
    return relations.told(vault) if config.context == RELATIONS and archives.settled(person).is_me else {}


def keep(vault: Vault, version: Version, told: Mapping[UUID, str]) -> None:
    """What a version was told, sealed with it."""
    version.told = vault.seal(version, "told", {str(pk): words for pk, words in told.items()}) if told else None
    Version.objects.filter(pk=version.pk).update(told=version.told)


def learnt(vault: Vault, version: Version) -> dict[UUID, str]:
    """What a version was told while it learnt."""
    found: dict[str, str] = vault.unseal(version, "told", version.told) or {}
    return {UUID(pk): words for pk, words in found.items()}


def named(vault: Vault, told: Mapping[UUID, str]) -> dict[str, str]:
    """By what people are called before a model. Of two who are called alike nothing is told."""
    called, found, twice = naming.of(vault).called, dict[str, str](), set[str]()
    here = set(Person.objects.filter(owner_id=vault.owner_id, pk__in=told).values_list("pk", flat=True)) if told else set()
    for pk in here:
        name, words = called(pk), told[pk]
        if found.setdefault(name, words) != words:
            twice.add(name)
    return {name: words for name, words in found.items() if name not in twice}


def introduced(vault: Vault, version: Version, names: Iterable[str]) -> tuple[str, ...]:
    """Those who take part, by what they are called before a model, as the version knows them."""
    told = learnt(vault, version)
    return language.introduced(names, named(vault, told) if told else {})


def forget(vault: Vault) -> None:
    """Somebody is being forgotten: no version is told of them any longer."""
    handles = Forgotten.objects.filter(owner_id=vault.owner_id).values("pk")
    gone = set(Handle.objects.filter(owner_id=vault.owner_id, pk__in=handles).values_list("person_id", flat=True))
    for version in Version.objects.filter(owner_id=vault.owner_id).exclude(told=None):
        told = learnt(vault, version)
        if not gone.isdisjoint(told):
            keep(vault, version, {pk: words for pk, words in told.items() if pk not in gone})

"""Forgetting somebody for good: what they wrote, what they were called, what imitates them; and keeping them out."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID, uuid4

from django.db import transaction

from apps.accounts.vault import Vault
from apps.archives import addresses, dependents, exclusive, gone, naming, people, rewriting, selectors
from apps.archives.exclusive import FORGET, INGEST, RESCRUB
from apps.archives.gone import Gone
from apps.archives.models import MOST_WORDS, Archive, Conversation, Forgotten, Handle, Person
from apps.jobs import services as jobs
from apps.jobs.causes import Expected
from apps.jobs.lease import Lease
from apps.jobs.models import Job
from apps.privacy import selectors as privacy
from apps.privacy import services as deciding


def start(*, person: Person) -> Job:
    """Begin to forget somebody. Raises `Expected` for the owner themself, and while an archive is read."""
    person = selectors.settled(person)
    if person.is_me:
        raise Expected("This is you. To be forgotten yourself, erase your account.")
    exclusive.nothing_is_written(person.owner_id)
    return jobs.create(owner_id=person.owner_id, kind=FORGET, subject=person.pk)


@dataclass(frozen=True)
class _Who:
    """Somebody under all their names: rows, handles by their hexadecimal ids, and what to hide."""

    people: list[Person]
    handles: list[Handle]
    gone: Gone


def forget(lease: Lease) -> None:
    """The work of such a job. Safe to run twice: the person goes last."""
    person = Person.objects.filter(pk=lease.job.subject, owner_id=lease.job.owner_id).first()
    if person is None:
        return
    if exclusive.running(person.owner_id, INGEST, RESCRUB, exclusive.STRANGERS):
        raise Expected("Your conversations are being read or scrubbed just now. Please forget when that has ended.")
    who, vault = _who(lease.vault, person), lease.vault
    _keep_out(vault, who)
    dependents.delete(person.owner_id, {pk for pk, _ in imitating(person)})

    def progress(done: float, stage: str) -> None:
        lease.check()
        lease.progress(done, stage)

    handles = {h.pk.hex for h in who.handles}
    rewriting.without_person(vault, handles, who.gone, progress, lambda: exclusive.still_mine(lease))
    _hide(vault, who.gone)
    with transaction.atomic():
        exclusive.still_mine(lease)
        lost = who.gone.tokens | {naming.nobody(p.pk) for p in who.people}
        deciding.keep_names(vault=vault, pairs=[p for p in privacy.names(vault) if p.real.lower() not in lost])
        Person.objects.filter(pk__in=[p.pk for p in who.people]).delete()


def imitating(person: Person) -> list[tuple[UUID, str]]:
    """Personas that imitate somebody: they cannot stay without them."""
    return dependents.imitating(person.owner_id, {p.pk for p in people.names_of(person)})


def _who(vault: Vault, person: Person) -> _Who:
    rows = people.names_of(person)
    handles = list(Handle.objects.filter(person__in=rows).select_related("person", "origin"))
    names = [str(vault.unseal(p, "name", p.name)) for p in rows]
    ways = [way for p in rows for way in people.ways_of(vault, p)]
    nicknames = [way[1] for way in ways if addresses.called(way)]
    others = Person.objects.filter(owner_id=vault.owner_id).exclude(pk__in=[p.pk for p in rows])
    staying = [str(vault.unseal(p, "name", p.name)) for p in others]
    staying += [way[1] for p in others for way in people.ways_of(vault, p) if addresses.called(way)]
    own = {name.strip().casefold() for name in (*names, *nicknames)}
    titles = Conversation.objects.filter(owner_id=vault.owner_id, is_group=False)
    told = (str(vault.unseal(row, "title", row.title)) for row in titles)
    staying += [title for title in told if title.strip().casefold() not in own]
    ours = {addresses.normal(way) for p in others for way in people.ways_of(vault, p)}
    ways = [way for way in ways if addresses.normal(way) not in ours]  # a family shares a number
    return _Who(rows, handles, gone.of(privacy.names(vault), people.real([*names, *nicknames]), staying, ways))


def _keep_out(vault: Vault, who: _Who) -> None:
    """Keyed hashes of handles and names, so that a later upload does not bring them back."""
    group, words = uuid4(), b"".join(people.word_hash(vault, word) for word in who.gone.spoken[:MOST_WORDS])
    for handle in who.handles:
        owner = handle.origin or handle.person
        name = people.name_hash(vault, str(vault.unseal(owner, "name", owner.name)))
        Forgotten.objects.get_or_create(
            id=handle.pk, owner_id=vault.owner_id,
            defaults={"group": group, "platform": handle.platform, "fingerprint": handle.fingerprint, "name": name, "words": words},
        )  # fmt: skip


def _hide(vault: Vault, who: Gone) -> None:
    """Their name goes from titles, file names, receipts and decisions, and from what the apps above keep."""
    for row in Conversation.objects.filter(owner_id=vault.owner_id):
        row.title = vault.seal(row, "title", who.inside(vault.unseal(row, "title", row.title)))
        stats = vault.unseal(row, "stats", row.stats) or {}
        key = who.nameless(str(stats.get("key") or ""))
        row.stats = vault.seal(row, "stats", {**stats, "notes": who.inside(stats.get("notes", [])), "key": key})
        row.save(update_fields=["title", "stats"])
    for archive in Archive.objects.filter(owner_id=vault.owner_id):
        archive.names = vault.seal(archive, "names", who.inside(vault.unseal(archive, "names", archive.names)))
        if archive.receipt:
            archive.receipt = vault.seal(archive, "receipt", who.inside(vault.unseal(archive, "receipt", archive.receipt)))
        archive.save(update_fields=["names", "receipt"])
    for decision, kind, value in privacy.decisions(vault):
        if who.told(kind, value, ""):
            deciding.undecide(row=decision)
    deciding.forget_looked_at(vault=vault, held=privacy.ledgers(vault))
    dependents.hide(vault, who.inside)
    dependents.gone(vault.owner_id)


def undo(*, row: Forgotten) -> None:
    """Forget the forgetting of one person: the next upload brings them back."""
    Forgotten.objects.filter(owner_id=row.owner_id, group=row.group).delete()


def listing(vault: Vault) -> list[tuple[Forgotten, list[str]]]:
    """Who is kept out: one row of each, and the platforms they wrote on. Nobody knows their names any more."""
    found: dict[UUID, list[Forgotten]] = {}
    for row in Forgotten.objects.filter(owner_id=vault.owner_id).order_by("created_at", "pk"):
        found.setdefault(row.group, []).append(row)
    return [(rows[0], sorted({r.platform for r in rows})) for rows in found.values()]

"""Decisions of the review put into force, and taken back: everything is scrubbed anew from its originals."""

from __future__ import annotations

from contextlib import suppress
from uuid import UUID

from apps.accounts.services import open_vault
from apps.accounts.vault import KeyGone, Locked, Vault
from apps.archives import dependents, exclusive, naming, rewriting
from apps.archives.models import Conversation
from apps.jobs import services as jobs
from apps.jobs.causes import Expected
from apps.jobs.lease import Lease
from apps.jobs.models import Job
from apps.privacy import selectors as privacy
from apps.privacy import services as deciding
from apps.privacy.models import TAKEN_BACK, Decision
from apps.privacy.scrub.known import BY_ITS_OWNER, spreads
from apps.privacy.scrub.normal import normals


def start_rescrub(*, owner_id: UUID) -> Job:
    """Scrub all conversations of an account anew, as its owner decides today."""
    return jobs.create(owner_id=owner_id, kind=exclusive.RESCRUB, subject=owner_id)


def rescrub(lease: Lease) -> None:
    """The work of such a job."""
    owner_id = lease.job.owner_id
    exclusive.wait(lease, exclusive.FORGET, exclusive.STRANGERS)
    exclusive.nothing_is_read(owner_id)

    def progress(done: float, stage: str) -> None:
        lease.check()
        lease.progress(done, stage)

    decided = privacy.decided(owner_id)  # before they are read: what is said from now on waits for the next time
    rewriting.rescrub(lease.vault, progress, lambda: exclusive.still_mine(lease))
    dependents.gone(owner_id)
    deciding.applied(owner_id=owner_id, decided=decided)


class NotHeld(Expected):
    """What is decided about is in no ledger any more."""

    def __init__(self) -> None:
        super().__init__("That is not held here any more: it was burnt or deleted since this page was opened.")


def decide(*, vault: Vault, kind: str, value: str, action: str) -> None:
    """Keep the owner's decision about a value. Raises `NotHeld`.

    What only says something of what was found (looked at, another kind) must find it: that alone would keep what was burnt.
    """
    about_found = action in deciding.OF_FOUND and not _decided(vault, value)
    if about_found and not privacy.held(vault, value):
        raise NotHeld
    row = deciding.decide(vault=vault, kind=kind, value=value, action=action)
    if about_found and not privacy.held(vault, value):  # burnt in this moment
        deciding.undecide(row=row)
        raise NotHeld


def _decided(vault: Vault, value: str) -> bool:
    """Whether something is decided about it, which this takes the place of."""
    forms = normals(value)
    return any(not forms.isdisjoint(normals(said)) for _, _, said in privacy.decisions(vault))


def undo_decision(row: Decision) -> None:
    """Take a decision back; where something may have been scrubbed with it, everything is scrubbed again."""
    owner_id, kind, value = row.owner_id, "", ""
    vault = open_vault(owner_id)
    if row.about != TAKEN_BACK:
        about = vault.unseal(row, "about", row.about)
        kind, value = about["kind"], about["value"]
        deciding.take_back(row=row)
    taken, felt = row.action == Decision.Action.TAKE, _always_felt(row, kind, value)
    if taken and kind == "name":
        naming.release(vault, value)
    if felt or (felt is None and _used(row)):  # asked only now: work that begins from here on does not know it any more
        deciding.release(vault=vault, kind=kind, value=value)
        without_what_was_taken_back(owner_id)
    else:
        deciding.undecide(row=row)


def _always_felt(row: Decision, kind: str, value: str) -> bool | None:
    """Whether conversations are scrubbed with a decision; None where that depends on what was done since."""
    if row.action == Decision.Action.SEEN and kind != BY_ITS_OWNER and not spreads(kind, value):
        return not row.applied  # it waits to take the place of another
    return True if row.applied else None


def _used(row: Decision) -> bool:
    """Whether anything was scrubbed, or is now, since something was first decided about a value."""
    if exclusive.running(row.owner_id, exclusive.INGEST, exclusive.RESCRUB):
        return True
    return Conversation.objects.filter(owner_id=row.owner_id, transcript__created_at__gte=row.created_at).exists()


def without_what_was_taken_back(owner_id: UUID) -> None:
    """Scrub again where something may still be scrubbed with a decision that was taken back. While an archive is read this waits
    for its end, and where the account is locked for its owner: the page says that something waits."""
    if privacy.taken_back(owner_id) and not exclusive.running(owner_id, exclusive.INGEST):
        with suppress(Locked, KeyGone):
            start_rescrub(owner_id=owner_id)

"""Work that writes an account's conversations: one at a time."""

from __future__ import annotations

import time
from uuid import UUID

from apps.jobs.causes import Expected, LeaseLost
from apps.jobs.lease import Lease
from apps.jobs.models import Job

INGEST = "archives.ingest"
RESCRUB = "archives.rescrub"
FORGET = "archives.forget"
STRANGERS = "archives.strangers"


def running(owner_id: UUID, *kinds: str) -> bool:
    """Whether work of these kinds goes on for an account."""
    return Job.objects.filter(owner_id=owner_id, kind__in=kinds, state=Job.State.RUNNING).exists()


def nothing_is_read(owner_id: UUID) -> None:
    """Raises `Expected` while an archive is being read, or somebody forgotten."""
    if running(owner_id, INGEST):
        raise Expected("An archive is being read just now. Please delete when that has ended.")
    if running(owner_id, STRANGERS):
        raise Expected("Names are being looked for just now. Please try again when that has ended.")
    if running(owner_id, FORGET):
        raise Expected("Somebody is being forgotten just now. Please delete when that has ended.")


def nothing_is_written(owner_id: UUID) -> None:
    """The same, and while all conversations are scrubbed anew."""
    nothing_is_read(owner_id)
    if running(owner_id, RESCRUB):
        raise Expected("Your decisions are being applied just now. Please try again when that has ended.")


def wait(lease: Lease, *kinds: str) -> None:
    """Wait while another worker does work of these kinds."""
    while running(lease.job.owner_id, *kinds):
        lease.check()
        lease.progress(0.0, "waiting until other work on your conversations has ended")
        time.sleep(0.5)


def still_mine(lease: Lease) -> None:
    """Raises `LeaseLost`, inside a transaction, when the work has passed to somebody else."""
    if not lease.mine.select_for_update().exists():
        raise LeaseLost

"""Reading jobs: always from their owner."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from apps.accounts.vault import Vault
from apps.jobs import kinds, turns
from apps.jobs.models import Job

#: A job that has waited for less is on its way to a free worker.
SOON = timedelta(seconds=0.7)


def latest(owner_id: UUID, kind: str, subject: UUID) -> Job | None:
    """The newest job of a kind about one row."""
    return Job.objects.filter(owner_id=owner_id, kind=kind, subject=subject).order_by("-created_at").first()


def newest(owner_id: UUID, kind: str) -> Job | None:
    """The newest job of a kind."""
    return Job.objects.filter(owner_id=owner_id, kind=kind).order_by("-created_at").first()


def running(owner_id: UUID) -> list[Job]:
    """What is going on for this owner, oldest first."""
    return list(Job.objects.filter(owner_id=owner_id, state__in=Job.ACTIVE).order_by("created_at"))


def place(job: Job) -> int:
    """How many jobs of the same kind are before this one, running ones included; 0 when it is its turn."""
    if job.state != Job.State.QUEUED:
        return 0
    return turns.ahead(job) + Job.objects.filter(kind=job.kind, state=Job.State.RUNNING).count()


def anybody_waits(queue: str) -> bool:
    """Whether a job of anybody waits for the workers of a queue."""
    return Job.objects.filter(kind__in=kinds.of(queue), state=Job.State.QUEUED).exists()


def before(job: Job | None) -> int:
    """How many wait before this one, where more are served at once than anybody counts; 0 while it is about to begin."""
    if job is None or job.state != Job.State.QUEUED or timezone.now() - job.queued_at < SOON:
        return 0
    own = Job.objects.filter(kind=job.kind, owner_id=job.owner_id, state=Job.State.RUNNING).count()
    most = kinds.get(job.kind).per_owner
    return turns.ahead(job) + (1 if most and own >= most else 0)


def state(job: Job) -> dict[str, Any]:
    """What the page shows of a job, without its events."""
    return {
        "id": str(job.pk), "kind": job.kind, "state": job.state, "done": round(job.done, 4), "stage": job.stage,
        "cause": job.cause, "secondsLeft": job.seconds_left, "place": place(job), "events": job.events,
        "active": job.active, "stopping": job.stop_asked and job.active, "pausing": job.pause_asked and job.active,
        "atWill": kinds.get(job.kind).at_will, "wait": turns.wait(job) if job.state == Job.State.QUEUED else None,
    }  # fmt: skip


def events(job: Job, after: int, limit: int = 500) -> list[dict[str, Any]]:
    """The events behind number `after`, opened, in order."""
    rows = job.log.filter(number__gt=after).order_by("number")[:limit]
    vault = Vault(job.owner_id)
    return [{"number": e.number, **vault.unseal(job, f"event-{e.number}", e.body)} for e in rows]

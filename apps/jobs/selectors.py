"""Reading jobs: always from their owner."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from apps.accounts.vault import Vault
from apps.jobs.models import Job


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
    same = Job.objects.filter(kind=job.kind)
    waiting = same.filter(state=Job.State.QUEUED, created_at__lt=job.created_at).count()
    return waiting + same.filter(state=Job.State.RUNNING).count()


def state(job: Job) -> dict[str, Any]:
    """What the page shows of a job, without its events."""
    return {
        "id": str(job.pk), "kind": job.kind, "state": job.state, "done": round(job.done, 4), "stage": job.stage,
        "cause": job.cause, "secondsLeft": job.seconds_left, "place": place(job), "events": job.events,
        "active": job.active, "stopping": job.stop_asked and job.active,
    }  # fmt: skip


def events(job: Job, after: int, limit: int = 500) -> list[dict[str, Any]]:
    """The events behind number `after`, opened, in order."""
    rows = job.log.filter(number__gt=after).order_by("number")[:limit]
    vault = Vault(job.owner_id)
    return [{"number": e.number, **vault.unseal(job, f"event-{e.number}", e.body)} for e in rows]

"""What jobs hold: a history without words, and sealed events."""

from __future__ import annotations

import json
from collections.abc import Iterator
from uuid import UUID

from apps.accounts.registry import Entry, Holding
from apps.jobs import selectors
from apps.jobs.models import Event, Job


def _export(owner_id: UUID) -> Iterator[Entry]:
    rows = [
        {**selectors.state(job), "created": job.created_at.isoformat(), "log": selectors.events(job, 0, 100_000)}
        for job in Job.objects.filter(owner_id=owner_id).order_by("created_at")
    ]
    yield "jobs.json", json.dumps(rows, indent=1, ensure_ascii=False).encode()


def _erase(owner_id: UUID) -> None:
    Job.objects.filter(owner_id=owner_id).delete()


def _count(owner_id: UUID) -> dict[str, int]:
    events = Event.objects.filter(job__owner_id=owner_id)
    return {"jobs": Job.objects.filter(owner_id=owner_id).count(), "job_events": events.count()}


HOLDING = Holding("jobs", 1, _export, _erase, _count)

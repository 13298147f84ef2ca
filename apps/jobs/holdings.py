"""What jobs hold: a history without words, and sealed events."""

from __future__ import annotations

import json
from collections.abc import Iterator
from uuid import UUID

from apps.accounts import portable
from apps.accounts.bundle import Bundle
from apps.accounts.registry import Entry, Holding
from apps.accounts.services import open_vault
from apps.accounts.vault import Vault
from apps.jobs import selectors
from apps.jobs.models import Event, Job


def _export(owner_id: UUID) -> Iterator[Entry]:
    rows = [
        {**selectors.state(job), "created": job.created_at.isoformat(), "log": selectors.events(job, 0, 100_000)}
        for job in Job.objects.filter(owner_id=owner_id).order_by("created_at")
    ]
    yield "jobs.json", json.dumps(rows, indent=1, ensure_ascii=False).encode()
    yield "rows/jobs.Job.jsonl", (portable.line(facts) for facts in _rows(open_vault(owner_id)))


def _rows(vault: Vault) -> Iterator[portable.Facts]:
    for job in Job.objects.filter(owner_id=vault.owner_id).order_by("created_at").iterator():
        log = [[e.number, vault.unseal(job, f"event-{e.number}", e.body)] for e in job.log.order_by("number")]
        yield portable.dump(vault, job) | {"log": log}


def _restore(vault: Vault, bundle: Bundle, ids: portable.Ids) -> None:
    """The history; what was still running has stopped."""
    for facts in bundle.rows("jobs.Job"):
        if facts["state"] in Job.ACTIVE:
            facts |= {"state": Job.State.STOPPED, "lease_until": None}
        job = portable.make(vault, Job, facts, ids)
        said = [(number, vault.seal(job, f"event-{number}", ids.inside(body))) for number, body in facts["log"]]
        Event.objects.bulk_create(Event(job=job, number=number, body=body) for number, body in said)


def _erase(owner_id: UUID) -> None:
    Job.objects.filter(owner_id=owner_id).delete()


def _count(owner_id: UUID) -> dict[str, int]:
    events = Event.objects.filter(job__owner_id=owner_id)
    return {"jobs": Job.objects.filter(owner_id=owner_id).count(), "job_events": events.count()}


HOLDING = Holding("jobs", 1, _export, _erase, _count, _restore)

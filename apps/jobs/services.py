"""What becomes of a job without a worker: created, rung, stopped; and the sweeper that makes lost messages harmless."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from celery import current_app
from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils import timezone

from apps.accounts.services import open_vault
from apps.accounts.vault import Vault
from apps.jobs import kinds
from apps.jobs.lease import drop_kept, poke
from apps.jobs.models import Event, Job

log = logging.getLogger(__name__)
#: What a job says whose owner has to unlock their account first.
WAITS = "waits for your passphrase"


def create(*, owner_id: UUID, kind: str, subject: UUID, expected: float | None = None) -> Job:
    """A queued job in the caller's transaction; its bell rings on commit. An active twin is returned instead.

    `expected` is how many seconds it may take, where somebody knows.
    """
    vault = open_vault(owner_id)
    job = Job(
        id=uuid4(), owner_id=owner_id, kind=kind, subject=subject, wrapped_key=vault.new_wrapped(), expected=expected
    )  # fmt: skip
    try:
        with transaction.atomic():
            job.save(force_insert=True)
    except IntegrityError:
        if twin := Job.objects.filter(kind=kind, subject=subject, state__in=Job.ACTIVE).first():
            return twin
        job.save(force_insert=True)  # it has ended just now
    transaction.on_commit(lambda: ring(job.kind, job.pk))
    return job


def ring(kind: str, job_id: UUID) -> None:
    """Send the task by name. A bell that cannot ring is no error: the sweeper rings again."""
    Job.objects.filter(pk=job_id).update(rung_at=timezone.now())
    try:
        current_app.send_task(kind, kwargs={"job_id": str(job_id)}, queue=kinds.get(kind).queue, retry=False)
    except Exception as error:  # the broker may be away in a dozen ways; the sweeper rings again whichever it was
        log.warning("the bell of %s did not ring: %s", job_id, type(error).__name__)


def rewrite(*, vault: Vault, kind: str, change: Callable[[Any], Any]) -> None:
    """Change what the events of an owner's jobs of a kind say."""
    for event in Event.objects.filter(job__owner_id=vault.owner_id, job__kind=kind).select_related("job"):
        field = f"event-{event.number}"
        was = vault.unseal(event.job, field, event.body)
        if (now := change(was)) != was:
            Event.objects.filter(pk=event.pk).update(body=vault.seal(event.job, field, now))


def stop(job: Job) -> None:
    """Ask for an end that keeps what is there: at once when nobody has begun, at the next safe point otherwise."""
    now = timezone.now()
    here = Job.objects.filter(pk=job.pk)
    fresh = here.filter(state__in=(Job.State.QUEUED, Job.State.PAUSED))
    if kinds.get(job.kind).at_will:  # what was begun needs a worker once more, to keep what is there
        begun = fresh.filter(started_at__isnull=False, stop_asked=False)
        if begun.update(state=Job.State.QUEUED, stop_asked=True, pause_asked=False):
            return ring(job.kind, job.pk)
        fresh = fresh.filter(started_at=None)
    if fresh.update(state=Job.State.STOPPED, ended_at=now, stop_asked=True, fence=F("fence") + 1):
        told(job)
    here.filter(state=Job.State.RUNNING).update(stop_asked=True)
    poke(job.pk)


def ring_next(job: Job) -> None:
    """The owner's next one: its own bell may have rung while they had as many running as they may."""
    if kinds.get(job.kind).per_owner:
        waiting = Job.objects.filter(owner_id=job.owner_id, kind=job.kind, state=Job.State.QUEUED).order_by("queued_at")
        if (following := waiting.first()) is not None:
            ring(following.kind, following.pk)


def told(job: Job) -> None:
    """Tell the app whose work it is that it ended without its worker."""
    ended = kinds.get(job.kind).ended
    if ended is not None:
        ended(job.subject)


def unlocked(owner_id: UUID) -> None:
    """Somebody has typed their passphrase: what waited for it is rung."""
    for job in Job.objects.filter(owner_id=owner_id, state=Job.State.QUEUED, stage=WAITS):
        Job.objects.filter(pk=job.pk, state=Job.State.QUEUED).update(stage="")
        ring(job.kind, job.pk)


def sweep() -> None:
    """Ring again what nobody heard; take back what nobody holds; give up what always dies."""
    now = timezone.now()
    late = now - timedelta(seconds=2 * settings.SWEEP_SECONDS)
    unheard = Job.objects.filter(Q(rung_at=None) | Q(rung_at__lt=late), state=Job.State.QUEUED)
    for job in unheard.order_by("created_at")[:100]:
        ring(job.kind, job.pk)
    for job in Job.objects.filter(state=Job.State.RUNNING, lease_until__lt=now)[:100]:
        _take_back(job)


def _take_back(job: Job) -> None:
    mine = Job.objects.filter(pk=job.pk, fence=job.fence, state=Job.State.RUNNING, lease_until__lt=timezone.now())
    if job.attempt < kinds.get(job.kind).attempts:
        if mine.update(state=Job.State.QUEUED, fence=F("fence") + 1, lease_until=None):
            ring(job.kind, job.pk)
    elif mine.update(
        state=Job.State.FAILED,
        fence=F("fence") + 1,
        ended_at=timezone.now(),
        cause="The worker died again and again on this. Nothing of yours was lost; please try once more, or with less.",
    ):
        drop_kept(job)
        told(job)
    poke(job.pk)

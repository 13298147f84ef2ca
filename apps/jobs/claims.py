"""How a worker comes to its work: a claim is one conditional UPDATE that raises the fence, and every task has one frame."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import F, QuerySet
from django.utils import timezone

from apps.accounts import keys, opened
from apps.accounts.keys import working as working_with_key
from apps.accounts.models import User
from apps.accounts.vault import KeyGone, Locked
from apps.jobs import kinds, turns
from apps.jobs import lease as leases
from apps.jobs.causes import Expected, LeaseLost, PauseAsked, StopAsked
from apps.jobs.lease import Lease
from apps.jobs.models import Job
from apps.jobs.services import WAITS, ring_next

log = logging.getLogger(__name__)
#: A job whose owner has to unlock their account first is asked again so much later.
WAITS_SECONDS = 60


def claim(job_id: UUID) -> Lease | None:
    """Take the job that rang or, where owners take turns, the one of its kind whose turn it is; None when there is none."""
    rung = Job.objects.filter(pk=job_id).first()
    if rung is None:
        return None
    by_turns = kinds.get(rung.kind).per_owner > 0
    for job in turns.order(rung.kind) if by_turns else [rung]:
        if (lease := _take(job)) is not None:
            return lease
    return None


def _take(job: Job) -> Lease | None:
    """One conditional UPDATE; None when it is somebody else's, done, waits for a passphrase, or its owner has as many running
    as they may."""
    if job.state != Job.State.QUEUED or _waits(job):
        return None
    now = timezone.now()
    with transaction.atomic():
        if kinds.get(job.kind).per_owner:  # two workers must not both find the owner idle
            User.objects.select_for_update(no_key=True).filter(pk=job.owner_id).first()
        if _owner_is_busy(job):
            return None
        taken = Job.objects.filter(pk=job.pk, state=Job.State.QUEUED, fence=job.fence).update(
            state=Job.State.RUNNING,
            fence=F("fence") + 1,
            attempt=F("attempt") + 1,
            lease_until=now + timedelta(seconds=leases.seconds(job)),
            started_at=job.started_at or now,
            ended_at=None,
            stage="" if job.stage == WAITS else job.stage,
        )
    if not taken:
        return None
    job.refresh_from_db()
    try:
        if keys.has_lock(job.owner_id):
            opened.lend(job.owner_id)
        return Lease(job)
    except Locked:  # in the moment between
        _to_the_queue(Job.objects.filter(pk=job.pk, fence=job.fence, state=Job.State.RUNNING))
        return None
    except KeyGone:
        return None


def _waits(job: Job) -> bool:
    """Whether its owner has to unlock their account first; then it says so, and the sweeper leaves it alone for a while."""
    if not keys.locked(job.owner_id):
        return False
    later = timezone.now() + timedelta(seconds=WAITS_SECONDS)
    Job.objects.filter(pk=job.pk, state=Job.State.QUEUED).update(stage=WAITS, rung_at=later)
    return True


def _to_the_queue(mine: QuerySet[Job]) -> None:
    mine.update(state=Job.State.QUEUED, stage=WAITS, lease_until=None, rung_at=timezone.now(), attempt=F("attempt") - 1)


def _give_key_back(owner_id: UUID) -> None:
    """Nothing of theirs is worked on any more: the key that jobs had goes."""
    if keys.has_lock(owner_id) and not Job.objects.filter(owner_id=owner_id, state=Job.State.RUNNING).exists():
        opened.take_back(owner_id)


def _owner_is_busy(job: Job) -> bool:
    limit = kinds.get(job.kind).per_owner
    if not limit:
        return False
    return Job.objects.filter(owner_id=job.owner_id, kind=job.kind, state=Job.State.RUNNING).count() >= limit


@contextmanager
def working(job_id: str, *, unexpected: str) -> Iterator[Lease | None]:
    """The frame of every task: claim, keep alive, and part expected from unexpected failures in one place.

    Yields None when there is nothing to do. The lease may be of another job of the same kind, whose turn it is. `unexpected` is the sentence for failures nobody foresaw.
    """
    lease = claim(UUID(job_id))
    if lease is None:
        yield None
        return
    try:
        with _framed(lease, job_id, unexpected), lease.beating(), working_with_key():
            yield lease
            lease.end(Job.State.DONE)
    finally:
        _give_key_back(lease.job.owner_id)


@contextmanager
def _framed(lease: Lease, job_id: str, unexpected: str) -> Iterator[None]:
    try:
        yield
    except StopAsked:
        lease.end(Job.State.STOPPED)
    except PauseAsked:
        lease.give_back()
    except Locked:
        log.info("job %s waits for its owner's passphrase", job_id)
        _to_the_queue(lease.mine)
    except (LeaseLost, KeyGone):
        log.info("job %s passed to somebody else or was erased", job_id)
    except Expected as error:
        lease.end(Job.State.FAILED, str(error))
    except Exception as error:
        log.error("job %s failed: %s at %s", job_id, type(error).__name__, _where(error))
        with suppress(LeaseLost):
            lease.end(Job.State.FAILED, unexpected)
    finally:
        ring_next(lease.job)


def _where(error: BaseException) -> str:
    """File and line only: messages of exceptions may quote private text."""
    trace = error.__traceback__
    places: list[str] = []
    while trace is not None:
        places.append(f"{trace.tb_frame.f_code.co_filename.rsplit('/', 3)[-1]}:{trace.tb_lineno}")
        trace = trace.tb_next
    return " > ".join(places[-4:])

"""Putting work aside, going on with it, and breaking it off; only for kinds that say that this may be done (`at_will`)."""

from __future__ import annotations

from django.db.models import F
from django.utils import timezone

from apps.jobs import kinds, lease, services
from apps.jobs.causes import Expected
from apps.jobs.models import Job


def pause(job: Job) -> None:
    """Put it aside: at once when nobody has begun, at the next checkpoint otherwise. Raises `Expected`."""
    _at_will(job)
    here = Job.objects.filter(pk=job.pk, stop_asked=False)
    if not here.filter(state=Job.State.QUEUED).update(state=Job.State.PAUSED, fence=F("fence") + 1):
        here.filter(state=Job.State.RUNNING).update(pause_asked=True)
    lease.poke(job.pk)


def resume(job: Job) -> None:
    """Go on with what was put aside, at the end of the line. Raises `Expected`."""
    _at_will(job)
    here = Job.objects.filter(pk=job.pk)
    if here.filter(state=Job.State.PAUSED).update(state=Job.State.QUEUED, queued_at=timezone.now(), pause_asked=False):
        services.ring(job.kind, job.pk)
    here.filter(state=Job.State.RUNNING).update(pause_asked=False)
    lease.poke(job.pk)


def cancel(job: Job) -> None:
    """End it now and keep nothing: the fence passes on, and whoever works on it stops at the next look. Raises `Expected`."""
    _at_will(job)
    values = {"state": Job.State.STOPPED, "ended_at": timezone.now(), "stop_asked": True, "lease_until": None}
    if Job.objects.filter(pk=job.pk, state__in=Job.ACTIVE).update(**values, seconds_left=None, fence=F("fence") + 1):
        lease.drop_kept(job)
        services.told(job)
        services.ring_next(job)
    lease.poke(job.pk)


def _at_will(job: Job) -> None:
    if not kinds.get(job.kind).at_will:
        raise Expected("This kind of work cannot be paused or broken off. Wait for it, or stop it.")

"""Whose turn it is: the order in which a queue is served, one owner after the other, and how long that takes.

An owner stands once in the line. Who was served stands at its end again, so nobody's second piece of work comes before
somebody else's first, and nobody is passed by whoever came later (round robin over owners, by when they began to wait).
"""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from heapq import heapify, heapreplace
from statistics import median
from uuid import UUID

from django.db.models import Max
from django.utils import timezone

from apps.jobs import kinds
from apps.jobs.models import Job

#: Ended work of a kind by whose median the length of the next is guessed.
SEEN = 20


def order(kind: str) -> list[Job]:
    """The queued jobs of a kind as they will be taken; kinds without a limit for each owner as they came."""
    queued = list(Job.objects.filter(kind=kind, state=Job.State.QUEUED).order_by("queued_at", "created_at"))
    if len(queued) < 2 or not kinds.get(kind).per_owner:
        return queued
    rounds, served = _running(kind), _served(kind, queued)
    keyed = []
    for job in queued:
        since = max(job.queued_at, served.get(job.owner_id, job.queued_at))
        keyed.append((rounds[job.owner_id], since, job))
        rounds[job.owner_id] += 1
    return [job for _, _, job in sorted(keyed, key=lambda one: one[:2])]


def _running(kind: str) -> Counter[UUID]:
    return Counter(Job.objects.filter(kind=kind, state=Job.State.RUNNING).values_list("owner_id", flat=True))


def _served(kind: str, queued: list[Job]) -> dict[UUID, datetime]:
    """When an owner of this line was served last, as far as that is later than its beginning."""
    ended = Job.objects.filter(
        kind=kind, owner_id__in={job.owner_id for job in queued}, ended_at__gt=queued[0].queued_at, started_at__isnull=False
    )
    return dict(ended.values_list("owner_id").annotate(Max("ended_at")))


def ahead(job: Job) -> int:
    """How many queued jobs are taken before this one."""
    ids = [one.pk for one in order(job.kind)]
    return ids.index(job.pk) if job.pk in ids else 0


def wait(job: Job) -> float | None:
    """Seconds until it is this job's turn, as far as can be told: those that run end, those before it take their time."""
    running = list(Job.objects.filter(kind=job.kind, state=Job.State.RUNNING))
    if not running:
        return None
    usual = _usual(job.kind)
    places = [_left(one, usual) for one in running]
    times = [one.expected or usual for one in order(job.kind)[: ahead(job)]]
    free = [p for p in places if p is not None]
    known = [t for t in times if t is not None]
    if len(free) < len(places) or len(known) < len(times):
        return None
    heapify(free)
    for seconds in known:
        heapreplace(free, free[0] + seconds)
    return free[0]


def _left(job: Job, usual: float | None) -> float | None:
    """Seconds that a running job still needs."""
    whole = job.expected or usual
    if whole is None or job.started_at is None:
        return job.seconds_left
    return max(job.seconds_left or 0.0, whole - (timezone.now() - job.started_at).total_seconds(), 1.0)


def _usual(kind: str) -> float | None:
    """How long work of a kind has taken lately."""
    ended = Job.objects.filter(kind=kind, state=Job.State.DONE, started_at__isnull=False, ended_at__isnull=False)
    spans = ended.order_by("-ended_at").values_list("started_at", "ended_at")[:SEEN]
    seconds = [(end - start).total_seconds() for start, end in spans if start and end]
    return median(seconds) if seconds else None

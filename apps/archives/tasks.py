"""The ingest worker's task."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task

from apps.archives import forgetting, services
from apps.jobs import claims
from apps.jobs.models import Job

SORRY = "Something went wrong while reading this archive. The upload was deleted; please try again, or tell whoever runs this site."


@shared_task(name=services.INGEST)
def ingest(*, job_id: str) -> None:
    """Read one archive. Safe to run twice; the raw upload goes when the job has ended."""
    with claims.working(job_id, unexpected=SORRY) as lease:
        if lease is None:
            return
        services.read(lease)
    ended = Job.objects.filter(pk=UUID(job_id)).exclude(state__in=Job.ACTIVE).first()
    if ended is not None:
        services.forget_uploads(ended.subject)
    services.without_what_was_taken_back(lease.job.owner_id)


@shared_task(name=services.FORGET)
def forget(*, job_id: str) -> None:
    """Forget somebody. Safe to run twice."""
    with claims.working(job_id, unexpected="Something went wrong while forgetting. Please press Forget again.") as lease:
        if lease is not None:
            forgetting.forget(lease)


@shared_task(name=services.STRANGERS)
def strangers(*, job_id: str) -> None:
    """Look for unknown names. Safe to run twice."""
    with claims.working(
        job_id, unexpected="Something went wrong while looking for names. Please press “Look for them” again."
    ) as lease:
        if lease is not None:
            services.find_strangers(lease)


@shared_task(name=services.RESCRUB)
def rescrub(*, job_id: str) -> None:
    """Scrub an account anew. Safe to run twice."""
    with claims.working(
        job_id, unexpected="Something went wrong while your decisions were applied. Please apply them again."
    ) as lease:
        if lease is None:
            return
        services.rescrub(lease)
    if Job.objects.filter(pk=lease.job.pk, state=Job.State.DONE).exists():
        services.without_what_was_taken_back(lease.job.owner_id)

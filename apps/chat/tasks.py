"""The reply worker's tasks."""

from __future__ import annotations

import threading
from typing import Any
from uuid import UUID

from celery import shared_task
from celery.signals import worker_ready

from apps.chat import offering, offers, services, writing
from apps.jobs import claims
from apps.jobs.models import Job
from apps.personas import engines

SORRY = "The answer broke off. What you said is kept; please try again."

#: Answers after which a seat is free for suggestions and doors, whose messages wait in the same queue.
IN_A_ROW = 8


@worker_ready.connect
def ready(sender: Any, **_: Any) -> None:
    """A worker that answers (`sender` is its consumer) opens its engine at once, beside its first messages."""
    if "reply" in sender.app.amqp.queues.consume_from:
        threading.Thread(target=engines.warm, name="warm", daemon=True).start()


@shared_task(name=services.REPLY)
def reply(*, job_id: str) -> None:
    """Write the answer of whose turn it is, then the next ones: a full worker looks for messages only once a second."""
    for _ in range(IN_A_ROW):
        if not _write(job_id):
            return


def _write(job_id: str) -> bool:
    """One answer; False when nobody waits. Safe to run twice: only the holder of the lease writes."""
    with claims.working(job_id, unexpected=SORRY) as lease:
        if lease is None:
            return False
        writing.write(lease)
    failed = Job.objects.filter(pk=lease.job.pk, state__in=(Job.State.FAILED, Job.State.STOPPED)).first()
    if failed is not None:
        services.interrupted(failed.subject)
    return True


@shared_task(name=services.SUGGEST)
def suggest(*, request_id: str, conversation_id: str) -> None:
    """Continuations of what is being typed."""
    offers.suggest(request_id=UUID(request_id), conversation_id=UUID(conversation_id))


@shared_task(name=offering.OFFER)
def offer(*, request_id: str, persona_id: str, page: str) -> None:
    """Ways to go on, or answers, where no talk stands behind it."""
    offers.offer(request_id=UUID(request_id), persona_id=UUID(persona_id), page=UUID(page))

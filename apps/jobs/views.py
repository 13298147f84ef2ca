"""A job's state for pages without a socket, and its buttons."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.access import counted, owned, user
from apps.jobs import pausing, selectors, services
from apps.jobs.causes import Expected
from apps.jobs.models import Job


@login_required
@require_safe
def state(request: HttpRequest, job_id: UUID) -> JsonResponse:
    job = owned(Job, user(request), job_id)
    events = selectors.events(job, counted(request.GET.get("after", "")))
    return JsonResponse({"job": selectors.state(job), "events": events})


@login_required
@require_POST
def stop(request: HttpRequest, job_id: UUID) -> JsonResponse:
    """End it and keep what is there."""
    return _told(request, job_id, services.stop)


@login_required
@require_POST
def pause(request: HttpRequest, job_id: UUID) -> JsonResponse:
    return _told(request, job_id, pausing.pause)


@login_required
@require_POST
def resume(request: HttpRequest, job_id: UUID) -> JsonResponse:
    return _told(request, job_id, pausing.resume)


@login_required
@require_POST
def cancel(request: HttpRequest, job_id: UUID) -> JsonResponse:
    """End it and keep nothing."""
    return _told(request, job_id, pausing.cancel)


def _told(request: HttpRequest, job_id: UUID, verb: Callable[[Job], None]) -> JsonResponse:
    job = owned(Job, user(request), job_id)
    try:
        verb(job)
    except Expected as error:
        return JsonResponse({"sentence": str(error)}, status=409)
    job.refresh_from_db()
    return JsonResponse({"job": selectors.state(job)})

"""A job's state for pages without a socket, and its stop button."""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, JsonResponse
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.access import owned, user
from apps.jobs import selectors, services
from apps.jobs.models import Job


@login_required
@require_safe
def state(request: HttpRequest, job_id: UUID) -> JsonResponse:
    job = owned(Job, user(request), job_id)
    after = request.GET.get("after", "0")
    events = selectors.events(job, int(after) if after.isdecimal() else 0)
    return JsonResponse({"job": selectors.state(job), "events": events})


@login_required
@require_POST
def stop(request: HttpRequest, job_id: UUID) -> JsonResponse:
    job = owned(Job, user(request), job_id)
    services.stop(job)
    job.refresh_from_db()
    return JsonResponse({"job": selectors.state(job)})

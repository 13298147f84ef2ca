"""Looking closer from the review: how often a word stands there, before and after, and names that nobody knows."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.access import owned, user
from apps.accounts.services import open_vault
from apps.archives import comparing, counting, selectors, services
from apps.archives.models import Conversation

LONGEST = 200


@login_required
@require_POST
def count(request: HttpRequest) -> JsonResponse:
    """How often a word stands in the conversations; by POST, so that it stands in no log of addresses."""
    word = request.POST.get("value", "").strip()[:LONGEST]
    key = counting.key(word)
    if not key:
        return JsonResponse({"says": ""})
    return JsonResponse({"says": str(counting.counts(open_vault(user(request).pk), [word])[key])})


@login_required
@require_safe
def compare(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    """The newest messages as they were written, and as the model will see them."""
    row = owned(Conversation, user(request), conversation_id)
    vault = open_vault(user(request).pk)
    pairs = comparing.pairs(vault, row, selectors.roster(vault))
    context = {
        "conversation": row, "title": str(vault.unseal(row, "title", row.title)), "pairs": pairs,
        "changed": sum(pair.changed for pair in pairs), "burnt": any(pair.burnt for pair in pairs),
    }  # fmt: skip
    return render(request, "archives/compare.html", context)


@login_required
@require_POST
def look_for_strangers(request: HttpRequest) -> HttpResponse:
    """Begin the search for names that the archive does not know."""
    services.start_strangers(owner_id=user(request).pk)
    return redirect("/archives/review#strangers")


@login_required
@require_POST
def take_strangers(request: HttpRequest) -> HttpResponse:
    """The ticked ones are to be replaced."""
    taken = services.take_strangers(owner_id=user(request).pk, values=set(request.POST.getlist("value")))
    if taken:
        messages.success(request, f"{taken} chosen. Press Apply, and they are replaced in all conversations.")
    else:
        messages.error(request, "Please tick what should be replaced.")
    return redirect("review")

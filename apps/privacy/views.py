"""The consent page: opened by a link, without an account; what is asked, agree or decline, and later take it back."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from apps.accounts.services import open_vault
from apps.accounts.vault import KeyGone, Locked
from apps.privacy import selectors, services


@require_http_methods(["GET", "HEAD", "POST"])
def consent(request: HttpRequest, token: str) -> HttpResponse:
    row = selectors.by_link(token)
    if row is None:
        raise Http404
    if request.method == "POST" and services.answer(row=row, word=request.POST.get("word", "")):
        return redirect("consent", token)
    try:
        about = selectors.about(open_vault(row.owner_id), row)
    except Locked:  # what was given can be taken back all the same
        return render(request, "privacy/consent_locked.html", {"row": row}, status=423)
    except KeyGone:  # the account is being erased, and the persona with it
        raise Http404 from None
    over = row.until is not None and row.until <= timezone.now()
    status = 410 if over else 409 if request.method == "POST" else 200
    return render(request, "privacy/consent.html", {"row": row, "about": about, "over": over}, status=status)

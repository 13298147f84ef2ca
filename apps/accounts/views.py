"""The account page: leave with everything, or with nothing left."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts import erasures, locking, services
from apps.accounts.access import user
from apps.accounts.forms import EraseForm, ExportForm
from apps.accounts.models import User
from apps.accounts.streaming import download


@login_required
@require_safe
def account(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/account.html", {"form": ExportForm(), "lock": _lock(request)})


def _lock(request: HttpRequest) -> str:
    return locking.standing(user(request).pk, request.session)


@login_required
@require_POST
def export(request: HttpRequest) -> HttpResponse | StreamingHttpResponse:
    form = ExportForm(request.POST)
    if not form.is_valid():
        return render(request, "accounts/account.html", {"form": form, "lock": _lock(request)}, status=400)
    passphrase = form.cleaned_data["passphrase"]
    pieces = services.export(owner_id=user(request).pk, passphrase=passphrase)
    if passphrase:
        return download(pieces, "my-chatclone-data.zip.age", "application/octet-stream")
    return download(pieces, "my-chatclone-data.zip", "application/zip")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def erase(request: HttpRequest) -> HttpResponse:
    form = EraseForm(request.POST or None, request=request)
    if request.method == "POST" and form.is_valid():
        owner_id = user(request).pk
        link = erasures.link(owner_id)
        logout(request)
        services.erase(owner_id=owner_id)
        return redirect("erasure", link)
    return render(request, "accounts/erase.html", _leaving(user(request), form))


def _leaving(owner: User, form: EraseForm) -> dict[str, Any]:
    return {"form": form, "link": erasures.link(owner.pk), "days": settings.ERASURE_RECEIPT_DAYS}


@require_safe
def erased(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/erased.html")


@require_safe
def erasure(request: HttpRequest, token: str) -> HttpResponse:
    row = erasures.found(token)
    if row is None:
        raise Http404
    facts = row.receipt["receipt"] if row.receipt else None
    context = {"row": row, "token": token, "facts": facts, "counted": erasures.counted(facts) if facts else []}
    return render(request, "accounts/erased.html", context)


@require_safe
def receipt(request: HttpRequest, token: str) -> HttpResponse:
    row = erasures.found(token)
    if row is None or row.receipt is None:
        raise Http404
    response = JsonResponse(row.receipt, json_dumps_params={"indent": 1})
    response["Content-Disposition"] = 'attachment; filename="chatclone-erasure.json"'
    return response


@require_safe
def erasure_key(request: HttpRequest) -> HttpResponse:
    return HttpResponse(erasures.public_keys(), content_type="application/x-pem-file")

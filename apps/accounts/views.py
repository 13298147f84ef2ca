"""The account page: leave with everything, or with nothing left."""

from __future__ import annotations

from collections.abc import Iterator

from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts import registry, services
from apps.accounts.access import user
from apps.accounts.archive_out import zip_stream
from apps.accounts.forms import EraseForm
from apps.accounts.streaming import download


@login_required
@require_safe
def account(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/account.html")


@login_required
@require_POST
def export(request: HttpRequest) -> StreamingHttpResponse:
    owner_id = user(request).pk

    def entries() -> Iterator[registry.Entry]:
        for holding in registry.holdings():
            yield from holding.export(owner_id)

    return download(zip_stream(entries()), "my-chatclone-data.zip", "application/zip")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def erase(request: HttpRequest) -> HttpResponse:
    form = EraseForm(request.POST or None, user=user(request))
    if request.method == "POST" and form.is_valid():
        owner_id = user(request).pk
        logout(request)
        left = services.erase(owner_id=owner_id)
        return render(request, "accounts/erased.html", {"left": left})
    return render(request, "accounts/erase.html", {"form": form})


@require_safe
def erased(request: HttpRequest) -> HttpResponse:
    return render(request, "accounts/erased.html")

"""What every answer of the site carries (policy, no caching of private pages), and the gate before locked accounts."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlencode

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.deprecation import MiddlewareMixin

from apps.accounts import locking, opened
from apps.accounts.forms import UnlockForm
from apps.accounts.models import User
from apps.accounts.vault import Locked

POLICY = (
    "default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
Answer = HttpResponse | Awaitable[HttpResponse]


class PageSecurity:
    """Adds the policy with a fresh nonce; pages of signed-in people are never stored by caches."""

    sync_capable = async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Answer]) -> None:
        self.get_response = get_response
        self.is_async = iscoroutinefunction(get_response)
        if self.is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> Answer:
        request.csp_nonce = secrets.token_urlsafe(12)  # type: ignore[attr-defined]
        if self.is_async:
            return self._later(request)
        return self._dress(request, self.get_response(request))  # type: ignore[arg-type]

    async def _later(self, request: HttpRequest) -> HttpResponse:
        return self._dress(request, await self.get_response(request))  # type: ignore[misc]

    def _dress(self, request: HttpRequest, response: HttpResponse) -> HttpResponse:
        response.headers.setdefault("Content-Security-Policy", POLICY.format(nonce=request.csp_nonce))  # type: ignore[attr-defined]
        response.headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=()")
        if not request.path.startswith("/static/"):
            response.headers.setdefault("Cache-Control", "no-store")
        return response


#: What a locked account can still do; all else waits for the passphrase. The last rows belong to others, who see what their views say.
WITHOUT_KEY = frozenset(
    [
        "front",
        "manifest",
        "livez",
        "readyz",
        "erasure-key",
        "erased",
        "erasure",
        "receipt",
        "account",
        "account-erase",
        "unlock",
        "account-lock",
        "account-lock-now",
        "api-document",
        "consent",
        "guest",
        "guest-say",
        "game-guest",
        "api-models",
        "api-model",
        "api-chat",
        "api-completions",
        "api-reply",
    ]
)
LOCKED = "Your account is locked: nothing was done. Unlock it with your passphrase, then try again."
RESTING = "The account behind this page is locked by its owner just now. Please come back later."


class PassphraseLock(MiddlewareMixin):
    """Sends the owner of a locked account to the page that unlocks it; programs get 423."""

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        if not isinstance(request.user, User) or _needs_no_key(request):
            return None
        standing = locking.standing(request.user.pk, request.session)
        if standing == "open" and request.resolver_match and request.resolver_match.url_name != "job":
            opened.renew(request.user.pk)  # a page left open that asks for its job is nobody
        return _locked(request) if standing == "locked" else None

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, Locked):
            return None
        if isinstance(request.user, User) and locking.standing(request.user.pk, request.session) == "locked":
            return _locked(request)
        return render(request, "accounts/resting.html", {"sentence": RESTING}, status=423)


def _needs_no_key(request: HttpRequest) -> bool:
    match = request.resolver_match
    return request.path.startswith("/accounts/") or (match is not None and match.url_name in WITHOUT_KEY)


def _locked(request: HttpRequest) -> HttpResponse:
    programs = "application/json" in request.headers.get("Accept", "") or "Tus-Resumable" in request.headers
    if programs:
        return JsonResponse({"sentence": LOCKED}, status=423)
    if request.method in ("GET", "HEAD"):
        return redirect(f"{reverse('unlock')}?{urlencode({'next': request.get_full_path()})}")
    return render(request, "accounts/unlock.html", {"form": UnlockForm(), "sentence": LOCKED}, status=423)


def page(request: HttpRequest) -> dict[str, str]:
    """For templates: the nonce of the import map."""
    return {"csp_nonce": getattr(request, "csp_nonce", "")}

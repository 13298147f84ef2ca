"""The pages of the passphrase lock."""

from __future__ import annotations

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts import locking
from apps.accounts.access import user
from apps.accounts.forms import ChangeLockForm, LockForm, UnlockForm


def _standing(request: HttpRequest) -> str:
    return locking.standing(user(request).pk, request.session)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def unlock(request: HttpRequest) -> HttpResponse:
    onward = request.POST.get("next", request.GET.get("next", ""))
    if not url_has_allowed_host_and_scheme(onward, allowed_hosts=None) or not onward.startswith("/"):
        onward = ""
    if _standing(request) != "locked":
        return redirect(onward or "home")
    form = UnlockForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            locking.unlock(owner_id=user(request).pk, given=form.cleaned_data["given"], session=request.session)
        except locking.Refused as error:
            form.add_error("given", str(error))
        else:
            return redirect(onward or "home")
    status = 400 if form.is_bound else 200
    return render(request, "accounts/unlock.html", {"form": form, "next": onward}, status=status)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def lock(request: HttpRequest) -> HttpResponse:
    """What the lock is; set it for the first time."""
    standing = _standing(request)
    if standing == "locked":
        return redirect("unlock")
    if standing == "open":
        return _page(request)
    form = LockForm(request.POST or None, request=request)
    if request.method == "POST" and form.is_valid():
        try:
            code = locking.lock(
                owner_id=user(request).pk, passphrase=form.cleaned_data["passphrase"], session=request.session
            )
        except locking.Refused as error:
            form.add_error(None, str(error))
        else:
            return _told(request, code)
    return render(request, "accounts/lock.html", {"form": form}, status=400 if form.is_bound else 200)


@login_required
@require_POST
def change(request: HttpRequest) -> HttpResponse:
    form = ChangeLockForm(request.POST)
    if form.is_valid():
        owner_id, new = user(request).pk, form.cleaned_data["passphrase"]
        try:
            code = locking.change(
                owner_id=owner_id, given=form.cleaned_data["given"], passphrase=new, session=request.session
            )
            return _told(request, code)
        except locking.Refused as error:
            form.add_error("given", str(error))
    return _page(request, changing=form)


@login_required
@require_POST
def take_off(request: HttpRequest) -> HttpResponse:
    form = UnlockForm(request.POST)
    if form.is_valid():
        try:
            locking.take_off(owner_id=user(request).pk, given=form.cleaned_data["given"])
        except locking.Refused as error:
            form.add_error("given", str(error))
        else:
            messages.success(request, "The lock is off: this account opens without a passphrase.")
            return redirect("account")
    return _page(request, off=form)


@login_required
@require_POST
def close(request: HttpRequest) -> HttpResponse:
    locking.close(user(request).pk)
    return redirect("unlock" if _standing(request) == "locked" else "account")


def _page(request: HttpRequest, changing: forms.Form | None = None, off: forms.Form | None = None) -> HttpResponse:
    context = {"changing": changing or ChangeLockForm(), "off": off or UnlockForm(prefix=None, auto_id="off_%s")}
    return render(request, "accounts/lock_open.html", context, status=400 if changing or off else 200)


def _told(request: HttpRequest, code: str) -> HttpResponse:
    """The recovery code, this once."""
    return render(request, "accounts/lock_code.html", {"code": code})

"""Asking the person behind a persona, and memorials."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from apps.accounts.access import address, owned, user
from apps.jobs.causes import Expected
from apps.jobs.telling import refusals
from apps.personas import services
from apps.personas.forms import AskForm, MemorialForm
from apps.personas.models import Persona


@login_required
@require_POST
def ask(request: HttpRequest, persona_id: UUID) -> HttpResponse:
    """The link stands in this one answer and nowhere else: it is kept as a hash."""
    row = owned(Persona, user(request), persona_id)
    form = AskForm(request.POST)
    if not form.is_valid():
        return _again(request, row, form)
    try:
        token = services.ask(persona=row, **form.cleaned_data)
    except Expected as error:
        messages.error(request, str(error))
        return redirect("persona", row.pk)
    link = address("consent", token)
    return render(request, "personas/asked.html", {"persona": row, "link": link})


@login_required
@require_POST
def memorial(request: HttpRequest, persona_id: UUID) -> HttpResponse:
    row = owned(Persona, user(request), persona_id)
    form = MemorialForm(request.POST)
    if not form.is_valid():
        return _again(request, row, form)
    with refusals(request):
        services.remember(persona=row, attested=form.cleaned_data["kinship"], days=form.cleaned_data["days"])
        messages.success(request, "Kept as a memorial until the day that you chose.")
    return redirect("persona", row.pk)


def _again(request: HttpRequest, row: Persona, form: forms.Form) -> HttpResponse:
    messages.error(request, " ".join(str(e) for errors in form.errors.values() for e in errors))
    return redirect("persona", row.pk)

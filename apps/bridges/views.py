"""The owner's page of doors: make keys, links and invitations, see them, end them."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.access import address, owned, user
from apps.accounts.services import open_vault
from apps.bridges import selectors, services
from apps.bridges.forms import KEY_DAYS, LINK_DAYS, KeyForm, LinkForm
from apps.bridges.models import Door
from apps.jobs.causes import Expected
from apps.personas import selectors as personas
from apps.personas.models import Persona


@login_required
@require_safe
def doors(request: HttpRequest, persona_id: UUID) -> HttpResponse:
    row = owned(Persona, user(request), persona_id)
    vault = open_vault(row.owner_id)
    context = {
        "persona": row, "name": personas.name(vault, row), "called": selectors.called(vault, row),
        "standing": personas.standing(row), "current": personas.current(row), "doors": selectors.listing(vault, row),
        "not_green": selectors.stays(Door.Kind.LINK, row), "key_days": KEY_DAYS, "link_days": LINK_DAYS, "api": f"{_site()}/v1",
    }  # fmt: skip
    return render(request, "bridges/doors.html", context)


@login_required
@require_POST
def new_key(request: HttpRequest, persona_id: UUID) -> HttpResponse:
    row = owned(Persona, user(request), persona_id)
    return _made(request, row, Door.Kind.KEY, KeyForm(request.POST))


@login_required
@require_POST
def new_link(request: HttpRequest, persona_id: UUID) -> HttpResponse:
    row = owned(Persona, user(request), persona_id)
    return _made(request, row, Door.Kind.LINK, LinkForm(request.POST))


@login_required
@require_POST
def new_invitation(request: HttpRequest, persona_id: UUID) -> HttpResponse:
    row = owned(Persona, user(request), persona_id)
    return _made(request, row, Door.Kind.ROOM, LinkForm(request.POST))


@login_required
@require_POST
def end(request: HttpRequest, door_id: UUID) -> HttpResponse:
    row = owned(Door, user(request), door_id)
    services.end(door=row)
    messages.success(request, "Ended. Whoever has it gets nothing any more.")
    return redirect("doors", row.persona_id)


def _made(request: HttpRequest, persona: Persona, kind: Door.Kind, form: KeyForm | LinkForm) -> HttpResponse:
    """The token stands in this one answer and nowhere else: it is kept as a hash."""
    if not form.is_valid():
        messages.error(request, " ".join(str(e) for errors in form.errors.values() for e in errors))
        return redirect("doors", persona.pk)
    try:
        token = services.make(persona=persona, kind=kind, **form.cleaned_data)
    except Expected as error:
        messages.error(request, str(error))
        return redirect("doors", persona.pk)
    if kind == Door.Kind.LINK:
        called = selectors.called(open_vault(persona.owner_id), persona)
        link = address("guest", token)
        return render(request, "bridges/made_link.html", {"persona": persona, "link": link, "called": called})
    if kind == Door.Kind.ROOM:
        called = selectors.called(open_vault(persona.owner_id), persona)
        return render(request, "bridges/made_room.html", {"persona": persona, "code": token, "called": called})
    context = {"persona": persona, "key": token, "api": f"{_site()}/v1", "model": f"persona-{persona.pk}"}
    return render(request, "bridges/made.html", context)


def _site() -> str:
    return str(settings.SITE_URL).rstrip("/")

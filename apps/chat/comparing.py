"""Two personas, or two versions of one, that answer the same line side by side: two temporary talks on one page."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from apps.accounts.access import owned, user
from apps.accounts.services import open_vault
from apps.accounts.vault import Vault
from apps.archives import naming
from apps.chat import selectors, services
from apps.chat.models import Conversation
from apps.personas import game
from apps.personas import selectors as personas
from apps.personas.models import Persona, Version
from apps.privacy import selectors as privacy

SIDES = ("left", "right")


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def compare(request: HttpRequest) -> HttpResponse:
    """Choose two, or look at the two that were chosen."""
    owner = user(request)
    vault = open_vault(owner.pk)
    voices = _voices(vault)
    if request.method == "POST":
        chosen = [voices.get(request.POST.get(side, "")) for side in SIDES]
        if None in chosen:
            messages.error(request, "Choose two that can talk. Train another one first if there is only one.")
            return redirect("talk-compare")
        pair = {side: str(_begun(vault, version).pk) for side, version in zip(SIDES, chosen, strict=True) if version}
        return redirect(f"{reverse('talk-compare')}?left={pair['left']}&right={pair['right']}")
    if not all(side in request.GET for side in SIDES):
        return render(request, "chat/compare_choose.html", {"voices": _named(vault, voices)})
    talks = [owned(Conversation, owner, request.GET[side]) for side in SIDES]
    columns = [
        {"id": row.pk, "name": personas.name(vault, row.persona), "version": selectors.answering(row)} for row in talks
    ]
    return render(request, "chat/compare.html", {"columns": columns, "prompts": _prompts(vault, columns)})


def _prompts(vault: Vault, columns: list[dict[str, Any]]) -> list[str]:
    """Questions of the held-out part of one of the two, for both."""
    found = (game.prompts(vault, one["version"]) for one in columns if one["version"])
    return next((some for some in found if some), [])


def _voices(vault: Vault) -> dict[str, Version]:
    """Every version that can and may talk, by id."""
    rows = Version.objects.filter(owner_id=vault.owner_id).exclude(weights=None).select_related("persona")
    rows = rows.order_by("persona__created_at", "-number")
    return {str(v.pk): v for v in rows if privacy.standing(vault.owner_id, v.persona_id).may_talk}


def _named(vault: Vault, voices: dict[str, Version]) -> list[dict[str, Any]]:
    return [
        {"id": pk, "name": personas.name(vault, v.persona), "number": v.number, "whom": personas.whom(vault, v)}
        for pk, v in voices.items()
    ]


def _begun(vault: Vault, version: Version) -> Conversation:
    persona: Persona = version.persona
    known = personas.partners(vault, persona)
    called = naming.of(vault).called
    seat = (
        services.Seat(known[0].name, called(known[0].id, known[0].name), known[0].id)
        if known
        else services.Seat("Sam", "Sam")
    )
    title = f"{seat.name} with {personas.name(vault, persona)}"
    return services.begin(persona=persona, speaker=seat, title=title, version=version, temporary=True)

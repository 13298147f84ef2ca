"""Two small pages that write with you: answers to a message somebody sent, and a field with ways to go on (a keyboard for the phone)."""

from __future__ import annotations

import json
import logging
from typing import Any
from uuid import UUID

import redis
from asgiref.sync import sync_to_async
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.http import require_POST, require_safe
from kombu.exceptions import OperationalError

from apps.accounts.access import owned, user
from apps.accounts.services import open_vault
from apps.chat import offering
from apps.jobs.causes import Expected
from apps.personas import selectors as personas
from apps.personas.models import Persona
from apps.privacy import selectors as privacy

log = logging.getLogger(__name__)
SORRY = "Nothing came. Please try again in a moment."


@login_required
@require_safe
def replies(request: HttpRequest, persona_id: UUID) -> HttpResponse:
    """Paste what somebody wrote, get several answers."""
    return render(request, "chat/replies.html", _context(request, persona_id))


@login_required
@require_safe
def keyboard(request: HttpRequest, persona_id: UUID) -> HttpResponse:
    """A field that goes on as the persona would."""
    return render(request, "chat/keyboard.html", _context(request, persona_id))


def _context(request: HttpRequest, persona_id: UUID) -> dict[str, Any]:
    owner = user(request)
    persona = owned(Persona, owner, persona_id)
    vault = open_vault(owner.pk)
    return {
        "persona": persona, "name": personas.name(vault, persona), "people": offering.people(vault, persona),
        "standing": privacy.standing(owner.pk, persona.pk), "ready": personas.current(persona) is not None, "most": offering.LONGEST,
    }  # fmt: skip


@login_required
@require_safe
def manifest(request: HttpRequest, persona_id: UUID) -> JsonResponse:
    """What makes the keyboard installable by itself; it names nobody."""
    owned(Persona, user(request), persona_id)
    here = reverse("talk-keyboard", args=[persona_id])
    icons = [
        {"src": static(f"site/{name}.png"), "sizes": size, "type": "image/png", "purpose": purpose}
        for name, size, purpose in (
            ("icon-192", "192x192", "any"), ("icon-512", "512x512", "any"), ("icon-maskable-512", "512x512", "maskable"),
        )
    ]  # fmt: skip
    facts = {
        "id": here, "name": "chatclone keyboard", "short_name": "keyboard", "start_url": here, "scope": here,
        "display": "standalone", "background_color": "#faf7f2", "theme_color": "#faf7f2", "icons": icons,
    }  # fmt: skip
    return JsonResponse(facts, content_type="application/manifest+json")


@login_required
@require_POST
async def offer(request: HttpRequest, persona_id: UUID) -> JsonResponse:
    """`{kind, text, whom, page}` in, `{choices, generated}` out; `error` is a sentence. Nothing of either is kept or logged."""
    persona = await sync_to_async(lambda: owned(Persona, user(request), persona_id))()
    try:
        asked = json.loads(request.body)
        kind, text, whom = str(asked["kind"]), str(asked["text"]), str(asked.get("whom", ""))
        page = UUID(str(asked["page"]))
        if kind not in offering.KINDS or not text.strip():
            raise ValueError
    except (ValueError, KeyError, TypeError, AttributeError):
        return _sentence("The page sent something odd. Please reload it.", 400)
    try:
        choices = await offering.offered(persona, kind=kind, text=text, whom=whom, page=page)
    except Expected as error:
        return _sentence(str(error), 409)
    except (redis.RedisError, OSError, OperationalError) as error:
        log.warning("no offer: %s", type(error).__name__)
        return _sentence(SORRY, 503)
    return JsonResponse({"choices": choices, "generated": True})


def _sentence(sentence: str, status: int) -> JsonResponse:
    return JsonResponse({"error": sentence}, status=status)

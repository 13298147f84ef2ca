"""Pages to talk on."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from apps.accounts.access import owned, user
from apps.accounts.services import open_vault
from apps.archives import naming
from apps.chat import selectors, services
from apps.chat.models import Conversation
from apps.personas import engines
from apps.personas import selectors as personas
from apps.personas.models import Persona
from apps.personas.names import BUILTIN
from apps.privacy import selectors as privacy

#: What may be set while talking: name, label, least, most, step, default.
KNOBS = (
    ("temperature", "Temperature", 0.2, 1.5, 0.05, 0.8), ("top_k", "Choices (top-k)", 1, 200, 1, 50),
    ("top_p", "Nucleus (top-p)", 0.1, 1, 0.01, 0.95), ("min_p", "Least share of the likeliest (min-p)", 0, 0.5, 0.01, 0),
    ("repetition", "Against repetition", 1, 1.5, 0.01, 1.05),
)  # fmt: skip


@login_required
@require_POST
def begin(request: HttpRequest, persona_id: UUID) -> HttpResponse:
    """A new talk, or a new invented conversation."""
    owner = user(request)
    persona = owned(Persona, owner, persona_id)
    if silent := privacy.standing(owner.pk, persona.pk).silent:
        messages.error(request, silent)
        return redirect("persona", persona.pk)
    vault = open_vault(owner.pk)
    name = personas.name(vault, persona)
    called = naming.of(vault).called
    known = {str(p.id): services.Seat(p.name, called(p.id, p.name)) for p in personas.partners(vault, persona)}
    chosen = [known[pk] for pk in request.POST.getlist("person") if pk in known]
    anybody = next(iter(known.values()), services.Seat("Sam", "Sam"))
    if request.POST.get("kind") == Conversation.Kind.STUDIO:
        others = chosen or [anybody]
        opening = request.POST.get("opening", "").strip()[:400]
        title = f"{name} & {', '.join(seat.name for seat in others)}"
        row = services.begin_studio(persona=persona, others=others, opening=opening, title=title)
    else:
        speaker = chosen[0] if chosen else anybody
        row = services.begin(persona=persona, speaker=speaker, title=f"{speaker.name} with {name}")
    return redirect("talk", row.pk)


@login_required
@require_safe
def talk(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    owner = user(request)
    row = owned(Conversation, owner, conversation_id)
    vault, version = open_vault(owner.pk), personas.current(row.persona)
    offered = engines.offered(version.config.get("base", BUILTIN) if version else BUILTIN).sampling
    context = {
        "conversation": row, "persona": row.persona, "name": personas.name(vault, row.persona),
        "speaker": selectors.speaker(vault, row), "title": selectors.title(vault, row),
        "turns": [selectors.view(vault, row, t) for t in selectors.shown(row)],
        "history": selectors.listing(vault, persona=row.persona), "version": version,
        "standing": privacy.standing(owner.pk, row.persona_id), "knobs": [k for k in KNOBS if k[0] in offered],
    }  # fmt: skip
    return render(request, "chat/talk.html", context)


@login_required
@require_POST
def delete(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    row = owned(Conversation, user(request), conversation_id)
    persona_id = row.persona_id
    services.delete(conversation=row)
    messages.success(request, "The conversation was deleted.")
    return redirect("persona", persona_id)

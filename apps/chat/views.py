"""Pages to talk on."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts.access import owned, user
from apps.accounts.services import open_vault
from apps.accounts.vault import Vault
from apps.archives import naming
from apps.chat import keeping, scene, selectors, services, written
from apps.chat.models import Conversation
from apps.jobs.causes import Expected
from apps.jobs.telling import refusals
from apps.personas import engines, rhythm
from apps.personas import selectors as personas
from apps.personas.models import Persona, Version
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
    name, known = personas.name(vault, persona), _seats(vault, persona)
    chosen = [known[pk] for pk in request.POST.getlist("person") if pk in known]
    anybody = next(iter(known.values()), services.Seat("Sam", "Sam"))
    version = next((v for v in _versions(persona) if str(v.pk) == request.POST.get("version")), None)
    more: dict[str, Any] = {"version": version, "temporary": "temporary" in request.POST}
    if request.POST.get("kind") == Conversation.Kind.STUDIO:
        made = _invented(request, persona, chosen or ([] if _code(request) else [anybody]), known, more)
        return redirect("talk", made.pk) if made else redirect("persona", persona.pk)
    speaker = chosen[0] if chosen else anybody
    row = services.begin(persona=persona, speaker=speaker, title=f"{speaker.name} with {name}", **more)
    return redirect("talk", row.pk)


def _invented(
    request: HttpRequest,
    persona: Persona,
    others: list[services.Seat],
    known: dict[str, services.Seat],
    more: dict[str, Any],
) -> Conversation | None:
    """A room with its scene and its first visitor; None when something of it was refused, which the page then says."""
    opening = request.POST.get("opening", "").strip()[:400]
    name = personas.name(open_vault(persona.owner_id), persona)
    made = None
    with refusals(request), transaction.atomic():
        row = services.begin_studio(
            persona=persona, others=others, opening=opening, opener=known.get(request.POST.get("opener", "")),
            title=f"{name} & {', '.join(seat.name for seat in others) or 'visitors'}", scene=_setting(request), **more,
        )  # fmt: skip
        if code := _code(request):
            keeping.welcome(conversation=row, code=code)
        made = row
    return made


def _setting(request: HttpRequest) -> scene.Setting:
    return scene.Setting(request.POST.get("topic", ""), request.POST.get("day", ""), "times" in request.POST)


def _code(request: HttpRequest) -> str:
    return request.POST.get("code", "").strip()


def _seats(vault: Vault, persona: Persona) -> dict[str, services.Seat]:
    called = naming.of(vault).called
    return {str(p.id): services.Seat(p.name, called(p.id, p.name), p.id) for p in personas.partners(vault, persona)}


def _versions(persona: Persona) -> list[Any]:
    return list(persona.versions.exclude(weights=None).order_by("-number"))


def _named(vault: Vault, persona: Persona) -> list[tuple[Any, str]]:
    """Every version that can talk, and for whom it is where it is not for everybody."""
    return [(v, personas.whom(vault, v)) for v in _versions(persona)]


def _sharpness(vault: Vault, row: Conversation, version: Version | None) -> dict[str, Any]:
    """For whom the version that answers was sharpened, and for whom one is there that does not answer."""
    there = selectors.sharpened(row, personas.current(row.persona)) if version is not None and row.plain else None
    return {
        "sharpened": personas.whom(vault, version) if version else "", "sharper": personas.whom(vault, there) if there else "",
    }  # fmt: skip


def _knobs(version: Version | None) -> list[tuple[str, str, float, float, float, float]]:
    """What the runtime of a version obeys; the temperature stands where its preset wants it."""
    config = version.config if version else {}
    offered = engines.offered(config.get("base", BUILTIN)).sampling
    wanted = {"temperature": config.get("temperature") or 0.8}
    return [(*k[:5], wanted.get(k[0], k[5])) for k in KNOBS if k[0] in offered]


@login_required
@require_safe
def talk(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    owner = user(request)
    row = owned(Conversation, owner, conversation_id)
    vault, version = open_vault(owner.pk), selectors.answering(row)
    context = {
        "conversation": row, "persona": row.persona, "name": personas.name(vault, row.persona),
        "speaker": selectors.speaker(vault, row), "title": selectors.title(vault, row), "draft": selectors.draft(vault, row),
        "turns": selectors.views(vault, row), "others": selectors.others(vault, row), "versions": _named(vault, row.persona),
        **_sharpness(vault, row, version),
        "partners": personas.partners(vault, row.persona), "standing": personas.consented(row.persona),
        "pace": json.dumps(rhythm.pace(version.facts.get("rhythm"))) if version else "{}",
        "scene": scene.of(selectors.seats(vault, row)), "visitors": selectors.visitors(vault, row),
        "temporary_minutes": max(1, settings.TEMPORARY_SECONDS // 60), "knobs": _knobs(version),
    }  # fmt: skip
    return render(request, "chat/talk.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def talks(request: HttpRequest) -> HttpResponse:
    """The list of talks; what is searched for comes in a body, so that no log of addresses has it."""
    vault = open_vault(user(request).pk)
    words, archived = request.POST.get("q", "").strip()[:200], request.GET.get("put") == "away"
    found = selectors.search(vault, words) if words else selectors.listing(vault, archived=archived)
    return render(request, "chat/talks.html", {"talks": found, "q": words, "archived": archived})


@login_required
@require_POST
def change(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    """One change to how a talk is kept, named by the button."""
    row = owned(Conversation, user(request), conversation_id)
    verb = _CHANGES.get(request.POST.get("do", ""))
    with refusals(request):
        if verb is not None:
            verb(row, request)
    return redirect("talks") if request.POST.get("back") == "list" else redirect("talk", row.pk)


def _sit(row: Conversation, request: HttpRequest) -> None:
    seat = _seats(open_vault(row.owner_id), row.persona).get(request.POST.get("person", ""))
    if seat is None:
        raise Expected("This person is no longer in your archive. Choose somebody else.")
    keeping.sit(conversation=row, speaker=seat)


def _meet(row: Conversation, request: HttpRequest) -> None:
    chosen = request.POST.get("version", "")
    versions = {str(v.pk): v.pk for v in _versions(row.persona)}
    keeping.meet(conversation=row, version_id=versions.get(chosen, row.pk) if chosen else None)


_CHANGES: dict[str, Callable[[Conversation, HttpRequest], None]] = {
    "pin": lambda row, _: keeping.pin(conversation=row, pinned=True),
    "unpin": lambda row, _: keeping.pin(conversation=row, pinned=False),
    "archive": lambda row, _: keeping.archive(conversation=row, archived=True),
    "unarchive": lambda row, _: keeping.archive(conversation=row, archived=False),
    "rename": lambda row, request: keeping.rename(conversation=row, title=request.POST.get("title", "")),
    "keep": lambda row, _: keeping.keep(conversation=row),
    "sit": _sit,
    "plain": lambda row, _: keeping.plainly(conversation=row, plain=True),
    "sharp": lambda row, _: keeping.plainly(conversation=row, plain=False),
    "meet": _meet,
    "stage": lambda row, request: keeping.stage(conversation=row, chosen=_setting(request)),
    "welcome": lambda row, request: keeping.welcome(conversation=row, code=_code(request)),
    "farewell": lambda row, request: keeping.farewell(conversation=row, seat=request.POST.get("seat", "")),
}


@login_required
@require_safe
def download(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    """What is shown now, as a file; with `names=away` under the names that the model knows."""
    row = owned(Conversation, user(request), conversation_id)
    kind = written.KINDS.get(request.GET.get("as", "text"))
    if kind is None:
        raise Http404
    media, ending, made = kind
    real = request.GET.get("names") != "away"
    day = timezone.localdate().isoformat()
    answer = HttpResponse(made(selectors.paper(open_vault(row.owner_id), row, day, real=real)), content_type=media)
    answer["Content-Disposition"] = f'attachment; filename="conversation-{day}.{ending}"'
    return answer


@login_required
@require_POST
def delete(request: HttpRequest, conversation_id: UUID) -> HttpResponse:
    row = owned(Conversation, user(request), conversation_id)
    persona_id = row.persona_id
    services.delete(conversation=row)
    messages.success(request, "The conversation was deleted.")
    return redirect("talks") if request.POST.get("back") == "list" else redirect("persona", persona_id)

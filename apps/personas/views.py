"""Making a persona, watching it learn, judging it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from apps.accounts import streaming
from apps.accounts.access import owned, user
from apps.accounts.services import open_vault
from apps.accounts.vault import Vault
from apps.archives import selectors as archives
from apps.archives.models import Person
from apps.archives.receiving import SealedUpload
from apps.jobs import selectors as jobs
from apps.jobs.causes import Expected
from apps.jobs.telling import refusals
from apps.personas import carrying, corrections, history, likeness, origins, remedies, selectors, services, tone_filter
from apps.personas.config import PRESETS, is_full
from apps.personas.forms import PERIODS, PersonaForm, TrainForm
from apps.personas.models import Persona
from apps.personas.names import BUILTIN, FRESH
from apps.personas.origins import FOR_HUB
from apps.privacy import selectors as consents


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    owner = user(request)
    vault = open_vault(owner.pk)
    roster = archives.roster(vault)
    chosen = request.POST.get("person") or request.GET.get("person") or ""
    person = next((p for p in roster.people.values() if str(p.id) == chosen), roster.me)
    form = PersonaForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        row = owned(Person, owner, form.cleaned_data["person"])
        with refusals(request):
            return _made(owner.pk, row, form, roster)
    elif request.method == "POST":
        messages.error(request, " ".join(str(e) for errors in form.errors.values() for e in errors))
    services.ask_for_speed()
    return render(request, "personas/new.html", _choices(vault, owner.pk, roster, person))


def _made(owner_id: UUID, person: Person, form: PersonaForm, roster: archives.Roster) -> HttpResponse:
    name = form.cleaned_data["name"] or roster.people[person.pk].name
    basis = "self" if person.is_me else "none"
    persona = services.make(owner_id=owner_id, person=person, name=name, basis=basis)
    services.start_training(persona=persona, **form.cleaned())
    return redirect("persona", persona.pk)


def _choices(vault: Vault, owner_id: UUID, roster: archives.Roster, person: archives.PersonView | None) -> dict[str, Any]:
    context: dict[str, Any] = {
        "people": [p for p in roster.ordered() if p.messages],
        "person": person,
        "bases": selectors.bases(),
        "ways": FOR_HUB,
        "tones": tone_filter.choices(),
    }
    if person is None:
        return context
    amount, tokens = selectors.material(vault, Person.objects.get(pk=person.id, owner_id=owner_id))
    context |= {"amount": amount, "enough": amount.replies >= 20, "presets": _times(tokens)}
    return context


def _times(tokens: int, base: str = BUILTIN, *, private: bool = False) -> list[dict[str, Any]]:
    """The presets with a time for each, as far as this machine was measured."""
    rows = []
    for name, values in PRESETS.items():
        epochs = values["epochs"] * origins.of(base).times
        seconds = selectors.estimate(tokens, epochs, base, full=base in FRESH, private=private)
        rows.append({"name": name, "epochs": epochs, "seconds": seconds})
    return rows


@login_required
@require_safe
def times(request: HttpRequest, person_id: UUID) -> JsonResponse:
    """The same as data, for the page that was opened before the machine was measured; only with some bases it ever is."""
    person = owned(Person, user(request), person_id)
    asked = request.GET.get("base", "")
    base = asked if asked in {value for value, _ in selectors.bases()} else BUILTIN
    measured = base in (BUILTIN, *FRESH)
    if measured:
        services.ask_for_speed(base)
    _, tokens = selectors.material(open_vault(user(request).pk), person)
    return JsonResponse({"measured": measured, "presets": _times(tokens, base, private="private" in request.GET)})


@login_required
@require_safe
def persona(request: HttpRequest, persona_id: UUID) -> HttpResponse:
    owner = user(request)
    reading = jobs.latest(owner.pk, tone_filter.TONE, persona_id)  # jobs before what they make: they may end at any moment
    row = owned(Persona, owner, persona_id)
    vault = open_vault(owner.pk)
    job = selectors.latest_job(row)
    current = selectors.current(row)
    context = {
        "stale": selectors.stale(vault, current) if current else "",
        "forms": carrying.forms(current) if current else [],
        "remedies": remedies.offered(vault, current) if current else [], "whole": current is not None and is_full(current.config),
        "may_go_on": current is not None and not selectors.way_on(vault, current),
        "persona": row, "name": selectors.name(vault, row), "job": job, "state": jobs.state(job) if job else None,
        "versions": history.entries(vault, row), "current": current, "ready": [(v, selectors.whom(vault, v)) for v in row.versions.exclude(weights=None).order_by("-number")],
        "corrections": corrections.listed(vault, row), "partners": selectors.partners(vault, row),
        "bases": selectors.bases(), "ways": FOR_HUB, "presets": PRESETS, "habits": likeness.habits(current.facts.get("likeness") if current else None),
        "tones": tone_filter.choices(), "tone": tone_filter.chart(vault, row), "reading": reading,
        "standing": selectors.standing(row), "asked": consents.asked(owner.pk, row.pk),
        "other": row.person is not None and not row.person.is_me, "periods": PERIODS,
    }  # fmt: skip
    return render(request, "personas/persona.html", context)


@login_required
@require_POST
def train(request: HttpRequest, persona_id: UUID) -> HttpResponse:
    row = owned(Persona, user(request), persona_id)
    form = TrainForm(request.POST)
    if form.is_valid():
        with refusals(request):
            services.start_training(persona=row, **form.cleaned())
    else:
        messages.error(request, "Please choose one of the presets.")
    return redirect("persona", row.pk)


@login_required
@require_POST
def tone(request: HttpRequest, persona_id: UUID) -> HttpResponse:
    """Look at the tone before choosing what is learnt."""
    row = owned(Persona, user(request), persona_id)
    with refusals(request):
        tone_filter.start(persona=row, tone=tone_filter.asked(request.POST.get("tone", ""), 100.0, "below"))
    return redirect("persona", row.pk)


@login_required
@require_POST
def delete(request: HttpRequest, persona_id: UUID) -> HttpResponse:
    row = owned(Persona, user(request), persona_id)
    services.delete(persona=row)
    messages.success(request, "The persona, its versions and its conversations were deleted.")
    return redirect("home")


@login_required
@require_safe
def download(request: HttpRequest, persona_id: UUID) -> HttpResponseBase:
    """The current version for other programs; what may not leave says why."""
    return _taken(request, persona_id, carrying.export, "voice.zip", "application/zip")


@login_required
@require_safe
def merged(request: HttpRequest, persona_id: UUID) -> HttpResponseBase:
    """The current version as one model."""
    return _taken(request, persona_id, carrying.whole, "voice-merged.zip", "application/zip")


@login_required
@require_safe
def gguf(request: HttpRequest, persona_id: UUID) -> HttpResponseBase:
    """The current version for llama.cpp."""
    return _taken(request, persona_id, carrying.gguf, "voice.gguf", "application/octet-stream")


def _taken(
    request: HttpRequest, persona_id: UUID, make: Callable[[Vault, Persona], Iterator[bytes]], name: str, kind: str
) -> HttpResponseBase:
    row = owned(Persona, user(request), persona_id)
    try:
        pieces = make(open_vault(row.owner_id), row)
    except Expected as error:
        messages.error(request, str(error))
        return redirect("persona", row.pk)
    return streaming.download(pieces, name, kind)


@login_required
@require_POST
def bring(request: HttpRequest, persona_id: UUID) -> HttpResponse:
    row = owned(Persona, user(request), persona_id)
    file = request.FILES.get("voice")
    with refusals(request):
        if not isinstance(file, SealedUpload):
            raise Expected("Choose the zip that was downloaded from a persona's page.")
        made = carrying.bring(vault=open_vault(row.owner_id), persona=row, upload=file)
        messages.success(
            request, f"Version {made.number} was brought along. It was not checked for leaks here, so it stays here."
        )
    return redirect("persona", row.pk)

"""What can be done with the versions of a persona and with its corrections."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.access import owned, user
from apps.accounts.services import open_vault
from apps.archives import naming
from apps.archives.models import Person
from apps.jobs.causes import Expected
from apps.jobs.telling import refusals
from apps.personas import history, remedies, resident, selectors, services, word_vectors
from apps.personas.models import Correction, Version


def _back(persona_id: UUID, place: str = "versions") -> HttpResponse:
    return redirect(f"{reverse('persona', args=[persona_id])}#{place}")


@login_required
@require_POST
def again(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """The same settings, with what may be learnt from today."""
    version = owned(Version, user(request), version_id)
    with refusals(request):
        services.train_again(version=version)
    return redirect("persona", version.persona_id)


@login_required
@require_POST
def remedy(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """The same settings but for one, which helps against what the leak card says."""
    version = owned(Version, user(request), version_id)
    with refusals(request):
        remedies.take(vault=open_vault(version.owner_id), version=version, way=request.POST.get("way", ""))
    return redirect("persona", version.persona_id)


@login_required
@require_POST
def go_on(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """From what a version has learnt, with what came since."""
    version = owned(Version, user(request), version_id)
    with refusals(request):
        services.go_on(version=version)
    return redirect("persona", version.persona_id)


@login_required
@require_POST
def sharpen(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """A second pass on the talks with one contact."""
    version = owned(Version, user(request), version_id)
    with refusals(request):
        try:
            contact = owned(Person, user(request), UUID(request.POST.get("person", "")))
        except ValueError:
            raise Expected("Please choose for whom.") from None
        services.sharpen(version=version, contact=contact)
    return redirect("persona", version.persona_id)


@login_required
@require_POST
def delete(request: HttpRequest, version_id: UUID) -> HttpResponse:
    version = owned(Version, user(request), version_id)
    persona_id = version.persona_id
    services.delete_version(version=version)
    messages.success(request, "The version was deleted. The persona is still there.")
    return redirect("persona", persona_id)


@login_required
@require_POST
def note(request: HttpRequest, version_id: UUID) -> HttpResponse:
    version = owned(Version, user(request), version_id)
    history.write_note(version=version, text=request.POST.get("note", ""))
    return _back(version.persona_id)


@login_required
@require_POST
def roll_back(request: HttpRequest, version_id: UUID) -> HttpResponse:
    version = owned(Version, user(request), version_id)
    with refusals(request):
        history.roll_back(version=version)
        messages.success(request, f"Version {version.number} is the current one now, with its own cards, guard and memory.")
    return _back(version.persona_id)


#: How many words the page shows of itself, how long they are at least, and the longest that is looked for.
SHOWN, LETTERS, LONGEST_WORD = 48, 4, 40


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def words(request: HttpRequest, version_id: UUID) -> HttpResponse:
    """Words that live together; what is looked for comes in a body, so that no log of addresses has it."""
    version = owned(Version, user(request), version_id)
    vault = open_vault(version.owner_id)
    vectors, named = resident.words(vault, version), naming.of(vault)
    asked = " ".join(request.POST.get("q", "").split())[:LONGEST_WORD]
    hidden = next(iter(word_vectors.words(named.hidden(asked.capitalize()))), "")

    def row(word: str) -> dict[str, Any]:
        near = vectors.near(word) if vectors else []
        return {"word": _real(named, word), "near": [(_real(named, w), likeness) for w, likeness in near]}

    common = [w for w in vectors.words if len(w) >= LETTERS or not w.isascii()][:SHOWN] if vectors else []
    context = {
        "persona": version.persona, "version": version, "name": selectors.name(vault, version.persona), "q": asked, "there": vectors is not None,
        "found": row(hidden) if asked else None, "rows": [r for r in map(row, common) if r["near"]], "count": len(vectors.words) if vectors else 0,
    }  # fmt: skip
    return render(request, "personas/words.html", context)


def _real(named: naming.Naming, word: str) -> str:
    """A word of the vectors, which are in small letters, as its owner knows it: names are told by their capital."""
    big = word.capitalize()
    shown = named.shown(big)
    return word if shown == big else shown


@login_required
@require_POST
def remove_correction(request: HttpRequest, correction_id: UUID) -> HttpResponse:
    row = owned(Correction, user(request), correction_id)
    persona_id = row.persona_id
    row.delete()
    messages.success(request, "The correction is gone. Versions that have learnt it still know it: train a new one.")
    return _back(persona_id, "corrections")

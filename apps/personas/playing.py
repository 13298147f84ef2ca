"""Pages of the blind game, for the owner and for whoever has a link."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_POST

from apps.accounts.access import address, owned, user
from apps.accounts.services import open_vault
from apps.accounts.vault import KeyGone, Locked, Vault
from apps.jobs.causes import Expected
from apps.personas import game, selectors
from apps.personas.forms import InviteForm
from apps.personas.models import Exchange, GameLink, Persona


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def play(request: HttpRequest, persona_id: UUID) -> HttpResponse:
    """One exchange at a time; after a guess the same one with what was real."""
    owner = user(request)
    persona = owned(Persona, owner, persona_id)
    version, vault = selectors.current(persona), open_vault(owner.pk)
    told: dict[str, Any] = {}
    row: Exchange | None = None
    if request.method == "POST":
        row = owned(Exchange, owner, request.POST.get("exchange", ""), version=version)
        told = _told(row, game.guess(row=row, first=request.POST.get("real") == "first"))
        row.refresh_from_db()
    elif version is not None:
        row = game.following(version)
    name = selectors.name(vault, persona)
    return render(request, "personas/game.html", {
        "persona": persona, "name": name, "version": version, "round": row and game.opened(vault, row, name, names=True),
        "score": game.score(version) if version else None, "friends": game.friends(version) if version else None,
        "mark": game.PUBLISHED, "all": _all(vault, version, name), "standing": selectors.standing(persona),
        "links": list(version.game_links.order_by("-created_at")) if version else [], **told,
    } if version else {"persona": persona, "name": name})  # fmt: skip


def _told(row: Exchange, fooled: bool) -> dict[str, Any]:
    return {"guessed": True, "fooled": fooled, "real": 0 if row.real_first else 1}


def _all(vault: Vault, version: Any, name: str) -> list[game.Round]:
    return [game.opened(vault, row, name, names=True) for row in version.exchanges.order_by("number")] if version else []


@login_required
@require_POST
def invite(request: HttpRequest, persona_id: UUID) -> HttpResponse:
    """The link stands in this one answer and nowhere else: it is kept as a hash."""
    persona = owned(Persona, user(request), persona_id)
    form, version = InviteForm(request.POST), selectors.current(persona)
    if version is None or not form.is_valid():
        messages.error(request, "Choose the exchanges that they may see, and for how many days.")
        return redirect("game", persona.pk)
    try:
        token = game.invite(version=version, chosen=form.cleaned_data["exchange"], days=form.cleaned_data["days"])
    except Expected as error:
        messages.error(request, str(error))
        return redirect("game", persona.pk)
    link = address("game-guest", token)
    return render(request, "personas/game_link.html", {"persona": persona, "link": link})


@login_required
@require_POST
def revoke(request: HttpRequest, link_id: UUID) -> HttpResponse:
    link = owned(GameLink, user(request), link_id)
    persona_id = link.version.persona_id
    link.delete()
    messages.success(request, "The link is gone; whoever opens it finds nothing.")
    return redirect("game", persona_id)


@require_http_methods(["GET", "HEAD", "POST"])
def guest(request: HttpRequest, token: str) -> HttpResponse:
    """Without an account: only the chosen exchanges, with invented names."""
    link = game.by_link(token)
    if link is None:
        raise Http404
    if game.over(link):
        return render(request, "personas/game_guest.html", {"over": True}, status=410)
    told: dict[str, Any] = {}
    if request.method == "POST":
        told = _guessed(request, link)
        link.refresh_from_db()
    row = told.pop("row", None) or game.next_of(link)
    try:
        shown = row and game.opened(open_vault(link.owner_id), row, "The person", names=False)
    except Locked:
        raise  # the site's gate has a page for that
    except KeyGone:  # the account is being erased
        raise Http404 from None
    played = game.Score(sum(link.answers.values()), len(link.answers))
    more = bool(game.next_of(link))
    return render(
        request,
        "personas/game_guest.html",
        {"round": shown, "score": played, "more": more, "count": len(link.exchanges), **told},
    )


def _guessed(request: HttpRequest, link: GameLink) -> dict[str, Any]:
    try:
        pk = UUID(request.POST.get("exchange", ""))
    except ValueError:
        return {}
    fooled = game.answer(link=link, exchange_id=pk, first=request.POST.get("real") == "first")
    if fooled is None:
        return {}
    row = Exchange.objects.get(pk=pk)
    return {**_told(row, fooled), "row": row}

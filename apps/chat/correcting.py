""" "I wouldn't say that: I'd say …": a form behind one reply; what is written there is learnt by the next version."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from apps.accounts.access import owned, user
from apps.accounts.services import open_vault
from apps.accounts.vault import Vault
from apps.chat import script, selectors
from apps.chat.models import Conversation, Turn
from apps.jobs.telling import refusals
from apps.personas import corrections
from apps.personas import selectors as personas


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def correct(request: HttpRequest, turn_id: UUID) -> HttpResponse:
    """What was said, and a field for what would have been."""
    turn = owned(Turn, user(request), turn_id, by_persona=True)
    conversation = turn.conversation
    if conversation.kind != Conversation.Kind.CHAT:
        raise Http404
    vault, typed = open_vault(turn.owner_id), request.POST.get("instead", "")
    if request.method == "POST":
        with refusals(request):
            _keep(vault, turn, typed)
            messages.success(request, "Kept. The next version learns it.")
            return redirect("talk", conversation.pk)
    persona = conversation.persona
    context = {
        "conversation": conversation, "name": personas.name(vault, persona), "typed": typed, "turn": turn, "most": corrections.LONGEST,
        "me": persona.person is not None and persona.person.is_me, "speaker": selectors.speaker(vault, conversation),
        "asked": _bubbles(vault, [t for t in selectors.before(turn)[-1:] if not t.by_persona]), "said": _bubbles(vault, [turn]),
    }  # fmt: skip
    return render(request, "chat/correct.html", context)


def _keep(vault: Vault, turn: Turn, text: str) -> None:
    conversation = turn.conversation
    seat = selectors.seats(vault, conversation).get("me", "Sam")
    said = [selectors.body(vault, conversation, t) for t in selectors.before(turn)]
    wrong = [b for line in selectors.body(vault, conversation, turn)["lines"] for b in line["bubbles"]]
    corrections.keep(persona=conversation.persona, others=[seat], before=script.turns(said), said=wrong, text=text)


def _bubbles(vault: Vault, turns: list[Turn]) -> list[str]:
    """With names in their places."""
    return [b for t in turns for line in selectors.view(vault, t.conversation, t)["lines"] for b in line["bubbles"]]

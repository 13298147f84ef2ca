"""The page behind one reply: why did it say that?"""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from apps.accounts.access import owned, user
from apps.accounts.services import open_vault
from apps.chat import recalling, selectors
from apps.chat.models import Turn
from apps.personas import selectors as personas


@login_required
@require_safe
def reason(request: HttpRequest, turn_id: UUID) -> HttpResponse:
    turn = owned(Turn, user(request), turn_id, by_persona=True)
    vault, conversation = open_vault(turn.owner_id), turn.conversation
    name = personas.name(vault, conversation.persona)
    said = [line["bubbles"] for line in selectors.view(vault, conversation, turn)["lines"]]
    context = {
        "fixed": bool(selectors.asks_for_truth(vault, conversation, turn)),
        "conversation": conversation, "name": name, "said": [b for bubbles in said for b in bubbles],
        "why": recalling.why(vault, conversation, turn, name),
    }  # fmt: skip
    return render(request, "chat/why.html", context)

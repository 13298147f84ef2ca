"""Reading conversations with personas."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import QuerySet

from apps.accounts.vault import Vault
from apps.archives import naming
from apps.chat import script
from apps.chat.models import Conversation, Turn
from apps.jobs import selectors as jobs


def seats(vault: Vault, conversation: Conversation) -> dict[str, Any]:
    """Who sits where."""
    return dict(vault.unseal(conversation, "seats", conversation.seats) or {})


def speaker(vault: Vault, conversation: Conversation) -> str:
    """As whom the user speaks, by their real name."""
    found = seats(vault, conversation)
    return str(found.get("people", {}).get(found.get("me", ""), found.get("me", "")))


def title(vault: Vault, conversation: Conversation) -> str:
    """What the conversation is called."""
    return str(vault.unseal(conversation, "title", conversation.title))


def shown(conversation: Conversation) -> QuerySet[Turn]:
    """The turns that stand, in order."""
    return Turn.objects.filter(conversation=conversation, hidden=False).order_by("number")


def body(vault: Vault, conversation: Conversation, turn: Turn) -> script.Body:
    """What was said in a turn, so far."""
    found: script.Body | None = vault.unseal(conversation, f"turn-{turn.pk}", turn.body)
    return found or script.empty()


def sealed_body(vault: Vault, conversation: Conversation, turn: Turn, said: script.Body) -> bytes:
    """What `body` opens."""
    return vault.seal(conversation, f"turn-{turn.pk}", said)


def view(vault: Vault, conversation: Conversation, turn: Turn) -> dict[str, Any]:
    """A turn as its owner's page gets it, with names back in their places; `n` is the log entry that it includes."""
    known = seats(vault, conversation).get("people", {})
    shown_as = naming.of(vault).shown
    broken = jobs.latest(turn.owner_id, "chat.reply", turn.pk) if turn.state == Turn.State.INTERRUPTED else None
    return {
        "cause": broken.cause if broken else "",
        "id": str(turn.pk), "number": turn.number, "persona": turn.by_persona, "state": turn.state, "n": turn.pieces,
        "lines": script.mapped(body(vault, conversation, turn), shown_as, known)["lines"], "generated": turn.by_persona,
        "clientId": str(turn.client_id),
    }  # fmt: skip


def back(vault: Vault, conversation: Conversation) -> Callable[[list[list[str]]], list[list[str]]]:
    """Gives names back in the pieces of a running turn. Pieces end where words end: the guard never parts one."""
    known, shown_as = seats(vault, conversation).get("people", {}), naming.of(vault).shown

    def give(ops: list[list[str]]) -> list[list[str]]:
        return [[kind, (known.get(value) or shown_as(value)) if kind == "turn" else shown_as(value)] for kind, value in ops]

    return give


def listing(vault: Vault, **filters: Any) -> list[dict[str, Any]]:
    """Conversations, the most recent first."""
    rows = Conversation.objects.filter(owner_id=vault.owner_id, **filters).order_by("-touched_at")
    return [{"id": c.pk, "title": title(vault, c), "kind": c.kind, "at": c.touched_at} for c in rows]

"""Telling open sockets that a conversation changed. Only a bell: they ask the rows."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from apps.jobs import bell


def group(conversation_id: UUID) -> str:
    """The channel group of a conversation."""
    return f"talk.{conversation_id}"


def ring(conversation_id: UUID) -> None:
    """Ring when the surrounding transaction has committed."""
    transaction.on_commit(lambda: bell.ring(group(conversation_id)))

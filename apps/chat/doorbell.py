"""Telling open sockets that a conversation changed. Only a bell: they ask the rows."""

from __future__ import annotations

import logging
from uuid import UUID

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.db import transaction

log = logging.getLogger(__name__)


def group(conversation_id: UUID) -> str:
    """The channel group of a conversation."""
    return f"talk.{conversation_id}"


def ring(conversation_id: UUID) -> None:
    """Ring when the surrounding transaction has committed."""
    transaction.on_commit(lambda: _send(conversation_id))


def _send(conversation_id: UUID) -> None:
    layer = get_channel_layer()
    if layer is None:
        return
    try:
        async_to_sync(layer.group_send)(group(conversation_id), {"type": "changed"})
    except Exception as error:  # sockets look by themselves every few seconds
        log.debug("no bell for a conversation: %s", type(error).__name__)

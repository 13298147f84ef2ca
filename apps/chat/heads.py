"""The end of what is shown of a conversation, held while something is added: nothing is said twice, nothing in two places."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from apps.chat import doorbell
from apps.chat.models import Conversation, Turn
from apps.jobs.causes import Expected
from apps.privacy import selectors as privacy


@dataclass
class Head:
    """The end of what is shown, held for the length of a transaction."""

    conversation: Conversation
    turn: Turn | None

    def move(self, turn: Turn, **columns: Any) -> None:
        """Show the way to `turn`. Whoever moved it meanwhile wins; nothing is said twice in one place."""
        standing = Conversation.objects.filter(pk=self.conversation.pk, head=self.turn)
        if not standing.update(head=turn, touched_at=timezone.now(), **columns):
            raise Expected("This conversation went on elsewhere. Look at it, and try again.")


@contextmanager
def still(conversation: Conversation) -> Iterator[Head]:
    """The head of a conversation in which nothing is being written; open pages are told afterwards."""
    with transaction.atomic():
        head = _held(conversation)
        _nothing_is_written(conversation)
        yield head
    doorbell.ring(conversation.pk)


@contextmanager
def once(conversation: Conversation, client_id: UUID) -> Iterator[Head | None]:
    """The same for something said: None when this `client_id` was here already."""
    with transaction.atomic():
        head = _held(conversation)
        if Turn.objects.filter(conversation=conversation, client_id=client_id).exists():
            yield None
            return
        may_talk(conversation)
        _nothing_is_written(conversation)
        _may_so_often(conversation.owner_id)
        yield head
    doorbell.ring(conversation.pk)


def _held(conversation: Conversation) -> Head:
    held = Conversation.objects.select_for_update().get(pk=conversation.pk)
    return Head(held, held.head)


def _nothing_is_written(conversation: Conversation) -> None:
    if Turn.objects.filter(conversation=conversation, state__in=Turn.LIVE).exists():
        raise Expected("An answer is being written. Wait for it, or stop it first.")


def _may_so_often(owner_id: UUID) -> None:
    minute_ago = timezone.now() - timedelta(minutes=1)
    recent = Turn.objects.filter(owner_id=owner_id, by_persona=True, created_at__gt=minute_ago).count()
    if recent >= settings.MESSAGES_PER_MINUTE:
        raise Expected("That was a lot in one minute. Please wait a moment.")


def may_talk(conversation: Conversation) -> None:
    """Raises `Expected` where consent is missing."""
    standing = privacy.standing(conversation.owner_id, conversation.persona_id)
    if not standing.may_talk:
        raise Expected(standing.silent)

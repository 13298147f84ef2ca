"""How talks are kept: called, pinned, put away, or not kept at all; who speaks in them, who answers, what was being typed."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from apps.accounts.services import open_vault
from apps.chat import doorbell, scene, selectors, services, staging, visiting
from apps.chat.models import Conversation
from apps.jobs.causes import Expected

LONGEST_TITLE = 120


def rename(*, conversation: Conversation, title: str) -> None:
    """Call it something else. Raises `Expected` for no name at all."""
    title = " ".join(title.split())[:LONGEST_TITLE]
    if not title:
        raise Expected("A conversation needs a name. It keeps the one it had.")
    _set(conversation, title=open_vault(conversation.owner_id).seal(conversation, "title", title))


def pin(*, conversation: Conversation, pinned: bool) -> None:
    """Keep it at the top of the list, or no longer."""
    _set(conversation, pinned=pinned)


def archive(*, conversation: Conversation, archived: bool) -> None:
    """Put it away, out of the list, or take it back."""
    _set(conversation, archived=archived)


def keep(*, conversation: Conversation) -> None:
    """A temporary one is kept after all."""
    _set(conversation, temporary=False)


def sit(*, conversation: Conversation, speaker: services.Seat) -> None:
    """Speak as somebody else from now on; what was said stays theirs who said it."""
    vault = open_vault(conversation.owner_id)
    seats = selectors.seats(vault, conversation)
    seats["me"], seats["people"] = speaker.stand, {**seats.get("people", {}), speaker.stand: speaker.name}
    _set(conversation, seats=vault.seal(conversation, "seats", seats), speaker=speaker.person, plain=False)


def meet(*, conversation: Conversation, version_id: UUID | None) -> None:
    """Another version of the persona answers from now on; None is the newest."""
    ready = {version.pk: version for version in conversation.persona.versions.exclude(weights=None)}
    if version_id is not None and version_id not in ready:
        raise Expected("This version cannot talk. Choose another one.")
    _set(conversation, version=ready.get(version_id) if version_id else None)


def plainly(*, conversation: Conversation, plain: bool) -> None:
    """The current version answers, also where one was sharpened for whom the user speaks as; or that one does again."""
    _set(conversation, plain=plain, version=None)


# the scene of an invented conversation, and who visits it


def stage(*, conversation: Conversation, chosen: scene.Setting) -> None:
    """Another topic, day or kind of times, for what is written from now on; what was written stays as it is."""
    vault = open_vault(conversation.owner_id)
    seats = selectors.seats(vault, conversation)
    seats["scene"] = staging.chosen(conversation.owner_id, chosen).to_dict()
    _set(conversation, seats=vault.seal(conversation, "seats", seats))


def welcome(*, conversation: Conversation, code: str) -> None:
    """Somebody else's persona takes part from now on, by the invitation that its owner gave. Raises `Expected`."""
    vault = open_vault(conversation.owner_id)
    seats = selectors.seats(vault, conversation)
    if conversation.kind != Conversation.Kind.STUDIO:
        raise Expected("Only an invented conversation has room for another persona. Invent one first.")
    if len(seats.get("visitors", [])) >= visiting.MOST:
        raise Expected(f"A room has {visiting.MOST} seats for visitors. Please let one go first.")
    with transaction.atomic():
        door, called = visiting.porter().welcome(code, conversation.owner_id)
        taken = {*seats["others"], *(one["seat"] for one in seats.get("visitors", [])), ""}
        seat = next(name for n in count(1) if (name := called if n == 1 else f"{called} {n}") not in taken)
        seats["visitors"] = [*seats.get("visitors", []), {"seat": seat, "door": str(door)}]
        seats["people"] = {**seats.get("people", {}), seat: seat}
        _set(conversation, seats=vault.seal(conversation, "seats", seats))


def farewell(*, conversation: Conversation, seat: str) -> None:
    """A visitor takes part no longer; its invitation stays with its owner."""
    vault = open_vault(conversation.owner_id)
    seats = selectors.seats(vault, conversation)
    seats["visitors"] = [one for one in seats.get("visitors", []) if one["seat"] != seat]
    _set(conversation, seats=vault.seal(conversation, "seats", seats))


def draft(*, conversation: Conversation, text: str) -> None:
    """What is being typed, sealed here: a browser would leave it readable on the disk of the device."""
    vault, typed = open_vault(conversation.owner_id), text[: services.LONGEST]
    _set(conversation, draft=vault.seal(conversation, "draft", typed) if typed else None)


def _set(conversation: Conversation, **columns: object) -> None:
    Conversation.objects.filter(pk=conversation.pk).update(**columns)


# what is not kept


def seen(conversation_id: UUID) -> None:
    """Somebody has it open."""
    Conversation.objects.filter(pk=conversation_id, temporary=True).update(seen_at=timezone.now())


def sweep() -> None:
    """Delete temporary talks that nobody has had open for a while."""
    then = timezone.now() - timedelta(seconds=settings.TEMPORARY_SECONDS)
    for row in Conversation.objects.filter(Q(seen_at=None) | Q(seen_at__lt=then), temporary=True):
        services.delete(conversation=row)
        doorbell.ring(row.pk)

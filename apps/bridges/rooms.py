"""Invitations into rooms: another user's invented conversations. Asked by the chat, which stands below."""

from __future__ import annotations

from uuid import UUID

from django.utils import timezone

from apps.accounts import vault as vaults
from apps.accounts.services import open_vault
from apps.accounts.vault import KeyGone
from apps.bridges import selectors, services
from apps.bridges.models import Door
from apps.chat import visiting
from apps.jobs.causes import Expected
from apps.personas import selectors as personas
from apps.personas.models import Persona

TAKEN = "room taken"
UNKNOWN = "This invitation is not known, was used already, or has ended. Ask whoever gave it to you for another."
ENDED = "no longer speaks in this room: its owner has ended the invitation. What was said stays."
NOT_NOW = "does not speak here now: it may not leave its owner's account at the moment. Ask its owner."
SILENT = "does not speak here now: it has not learnt to talk yet. Ask its owner."


class Porter:
    """What `apps.chat.visiting` asks."""

    def welcome(self, code: str, host: UUID) -> tuple[UUID, str]:
        """Take an invitation for one account; the code opens nothing from now on."""
        door = selectors.by_token(Door.Kind.ROOM, code.strip())
        if door is None:
            raise Expected(UNKNOWN)
        if selectors.stays(door.kind, door.persona) or personas.current(door.persona) is None:
            raise Expected("This persona may not leave its owner's account now. Ask its owner.")
        try:
            called = selectors.called(open_vault(door.owner_id), door.persona)
        except KeyGone:
            raise Expected(UNKNOWN) from None
        untaken = selectors.open_doors().filter(pk=door.pk, token=door.token)
        if not untaken.update(token=_mark(door.pk, host)[0], used_at=timezone.now()):
            raise Expected(UNKNOWN)
        return door.pk, called

    def standing(self, door: UUID, host: UUID) -> Persona | str:
        """Asked before every word or two: an invitation that is ended ends the sentence."""
        row = selectors.open_doors().filter(pk=door, kind=Door.Kind.ROOM, token__in=_mark(door, host))
        found = row.select_related("persona").first()
        if found is None:
            return ENDED
        try:
            stays = selectors.stays(found.kind, found.persona)
        except KeyGone:
            return visiting.SHUT
        if stays:
            return NOT_NOW
        return found.persona if personas.current(found.persona) else SILENT

    def used(self, door: UUID) -> None:
        """It has spoken once more."""
        services.note_use(door_id=door)


def _mark(door: UUID, host: UUID) -> list[bytes]:
    """What stands for one account at one invitation; tells nobody which account it is."""
    return vaults.site_fingerprints(TAKEN, f"{door} {host}")

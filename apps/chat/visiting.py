"""Personas of other users in a room: who lets them in is an app above, which says so when it is ready.

A room keeps of a visitor the id of the invitation and what they are called there; whether they may speak is asked each time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from apps.personas.models import Persona

SHUT = "does not speak now: the account behind it is locked or gone. Try again when its owner is there."
MOST = 6


@dataclass(frozen=True)
class Visitor:
    """Somebody else's persona in a room: what it is called there, and why it does not speak now (empty when it does)."""

    seat: str
    door: UUID
    persona: Persona | None
    away: str = ""


class Porter(Protocol):
    """Who knows the invitations."""

    def welcome(self, code: str, host: UUID) -> tuple[UUID, str]:
        """The invitation that a code names, from now on this host's only, and what the persona is called outside. Raises `Expected`."""

    def standing(self, door: UUID, host: UUID) -> Persona | str:
        """The persona that may speak in a room of this host, or why it may not: the rest of a sentence."""

    def used(self, door: UUID) -> None:
        """It has spoken."""


_PORTERS: list[Porter] = []


def register(porter: Porter) -> None:
    """Called once by the app above when it is ready."""
    _PORTERS.append(porter)


def porter() -> Porter:
    """Who knows the invitations."""
    return _PORTERS[-1]


def visitors(seats: dict[str, Any], host: UUID) -> list[Visitor]:
    """Everybody who visits a room of this host."""
    return [_visitor(one["seat"], UUID(one["door"]), host) for one in seats.get("visitors", [])]


def _visitor(seat: str, door: UUID, host: UUID) -> Visitor:
    found = porter().standing(door, host)
    return Visitor(seat, door, None, f"{seat} {found}") if isinstance(found, str) else Visitor(seat, door, found)

"""Ways to a persona from outside: a key for programs, a link for guests, an invitation into another user's room."""

from __future__ import annotations

from django.db import models

from apps.accounts.models import SealedRow
from apps.personas.models import Persona


class Door(SealedRow):
    """One key, link or invitation, for one persona. Its token is told once; here lies a hash, and an ended door has not even that.

    An invitation is for the account that takes it first: from then on the hash is of that account, and the code opens nothing.
    """

    class Kind(models.TextChoices):
        KEY = "key", "a key for programs"
        LINK = "link", "a link for guests"
        ROOM = "room", "an invitation into a room"

    persona = models.ForeignKey(Persona, on_delete=models.CASCADE, related_name="doors")
    kind = models.CharField(max_length=8, choices=Kind)
    title = models.BinaryField(help_text="sealed: what the owner calls it")
    token = models.BinaryField(max_length=32, null=True, unique=True, help_text="hash of the token, keyed by the site")
    ending = models.CharField(max_length=4, blank=True, help_text="the last letters of the token, to tell keys apart")
    until = models.DateTimeField(null=True, help_text="when it ends by itself")
    ended_at = models.DateTimeField(null=True, help_text="when its owner ended it")
    used_at = models.DateTimeField(null=True)
    uses = models.PositiveIntegerField(default=0, help_text="requests so far; nothing of what was said is kept")

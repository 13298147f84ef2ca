"""Talking with a persona: conversations and their turns, sealed."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from apps.accounts.models import OwnedModel, SealedRow
from apps.personas.models import Persona


class Conversation(SealedRow):
    """One talk, or one invented conversation."""

    class Kind(models.TextChoices):
        CHAT = "chat"
        STUDIO = "studio"

    persona = models.ForeignKey(Persona, on_delete=models.CASCADE, related_name="talks")
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.CHAT)
    title = models.BinaryField(help_text="sealed")
    seats = models.BinaryField(help_text="sealed: as whom the user speaks, or who takes part")
    touched_at = models.DateTimeField(auto_now=True)


class Turn(OwnedModel):
    """What one side says. The body is sealed with the conversation's key: `{"lines": [{"speaker", "bubbles"}]}`."""

    class State(models.TextChoices):
        SAID = "said", "said by the user"
        WAITING = "waiting"
        WRITING = "writing"
        DONE = "done"
        STOPPED = "stopped"
        INTERRUPTED = "interrupted"

    LIVE = (State.WAITING, State.WRITING)

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="turns")
    number = models.PositiveIntegerField()
    by_persona = models.BooleanField()
    state = models.CharField(max_length=12, choices=State)
    body = models.BinaryField(null=True, help_text="sealed")
    pieces = models.PositiveIntegerField(default=0, help_text="number of the log entry that the body includes")
    client_id = models.UUIDField(help_text="chosen by the browser, so that resending is harmless")
    request = models.JSONField(default=dict, help_text="sampling; nothing private")
    hidden = models.BooleanField(default=False, help_text="replaced by a newer attempt")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["conversation", "client_id", "by_persona"], name="one_turn_per_send"),
            models.UniqueConstraint(
                fields=["conversation", "number"], condition=Q(hidden=False), name="one_shown_turn_per_number"
            ),
        ]

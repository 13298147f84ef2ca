"""Talking with a persona: conversations and their turns, sealed."""

from __future__ import annotations

from django.db import models

from apps.accounts.models import OwnedModel, SealedRow
from apps.archives.models import Person
from apps.personas.models import Persona, Version


class Conversation(SealedRow):
    """One talk, or one invented conversation: a tree of turns, of which the way from `head` up to the beginning is shown."""

    class Kind(models.TextChoices):
        CHAT = "chat"
        STUDIO = "studio"

    persona = models.ForeignKey(Persona, on_delete=models.CASCADE, related_name="talks")
    version = models.ForeignKey(
        Version, on_delete=models.SET_NULL, null=True, related_name="+", help_text="who answers; empty = the newest that can"
    )
    speaker = models.ForeignKey(
        Person,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        help_text="as whom the user speaks, where it is known",
    )
    plain = models.BooleanField(default=False, help_text="the current version answers, whoever the user speaks as")
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.CHAT)
    title = models.BinaryField(help_text="sealed")
    seats = models.BinaryField(help_text="sealed: as whom the user speaks, or who takes part")
    head = models.ForeignKey("Turn", on_delete=models.SET_NULL, null=True, related_name="+", help_text="the last turn shown")
    draft = models.BinaryField(null=True, help_text="sealed: what is being typed")
    pinned = models.BooleanField(default=False)
    archived = models.BooleanField(default=False)
    temporary = models.BooleanField(default=False, help_text="deleted when nobody has it open any more")
    seen_at = models.DateTimeField(null=True, help_text="when a temporary one was last open")
    touched_at = models.DateTimeField(auto_now=True)


class Turn(OwnedModel):
    """What one side says. The body is sealed with the conversation's key: `{"lines": [{"speaker", "bubbles"}]}`.

    Turns are never changed once they are said: another answer, or a line that is edited, is another child of the same parent.
    """

    class State(models.TextChoices):
        SAID = "said", "said by the user"
        WAITING = "waiting"
        WRITING = "writing"
        DONE = "done"
        STOPPED = "stopped"
        INTERRUPTED = "interrupted"

    LIVE = (State.WAITING, State.WRITING)

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="turns")
    parent = models.ForeignKey("self", on_delete=models.CASCADE, null=True, related_name="children")
    number = models.PositiveIntegerField(help_text="how deep it is in the tree; the first is 1")
    by_persona = models.BooleanField()
    state = models.CharField(max_length=12, choices=State)
    body = models.BinaryField(null=True, help_text="sealed")
    pieces = models.PositiveIntegerField(default=0, help_text="number of the log entry that the body includes")
    client_id = models.UUIDField(help_text="chosen by the browser, so that resending is harmless")
    request = models.JSONField(default=dict, help_text="sampling; nothing private")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["conversation", "client_id", "by_persona"], name="one_turn_per_send"),
        ]

"""A persona, its versions, and what is frozen for measuring them."""

from __future__ import annotations

from django.db import models

from apps.accounts.models import OwnedModel, SealedObject, SealedRow
from apps.archives.models import Conversation, Person


class Persona(SealedRow):
    """A voice of one person of the account."""

    name = models.BinaryField(help_text="sealed")
    person = models.ForeignKey(Person, on_delete=models.SET_NULL, null=True, related_name="personas")
    tone = models.BinaryField(null=True, help_text="sealed: the newest histogram of the tone")
    chosen = models.ForeignKey(
        "Version", on_delete=models.SET_NULL, null=True, related_name="+", help_text="rolled back to; empty = the newest"
    )


class Version(SealedRow):
    """One training of a persona and what came out of it."""

    persona = models.ForeignKey(Persona, on_delete=models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField()
    preset = models.CharField(max_length=20)
    note = models.BinaryField(null=True, help_text="sealed: what the owner noted about it")
    config = models.JSONField(help_text="TrainConfig; nothing private")
    weights = models.ForeignKey(SealedObject, on_delete=models.PROTECT, null=True, related_name="+")
    manifest = models.ForeignKey(SealedObject, on_delete=models.PROTECT, null=True, related_name="+")
    grams = models.ForeignKey(
        SealedObject,
        on_delete=models.PROTECT,
        null=True,
        related_name="+",
        help_text="rare runs of words that it must not repeat",
    )
    memory = models.ForeignKey(
        SealedObject, on_delete=models.PROTECT, null=True, related_name="+", help_text="passages that it may remember"
    )
    words = models.ForeignKey(
        SealedObject, on_delete=models.PROTECT, null=True, related_name="+", help_text="vectors of the words it has read"
    )
    told = models.BinaryField(
        null=True, help_text="sealed: by person, what they are to its person, as it was told while it learnt"
    )
    sharpened = models.BooleanField(default=False, help_text="a second pass, on the talks with one contact")
    contact = models.ForeignKey(
        Person, on_delete=models.SET_NULL, null=True, related_name="+", help_text="whom that one is; empty = forgotten since"
    )
    base_hash = models.CharField(max_length=200, blank=True)
    tokenizer_hash = models.CharField(max_length=64, blank=True)
    template_version = models.PositiveIntegerField(default=0)
    facts = models.JSONField(default=dict, help_text="steps, losses, speed; nothing private")
    #: What the guard stopped while it talked.
    stopped_secrets = models.PositiveIntegerField(default=0)
    stopped_names = models.PositiveIntegerField(default=0)
    stopped_copies = models.PositiveIntegerField(default=0)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["persona", "number"], name="one_number_per_version")]

    @property
    def ready(self) -> bool:
        return self.weights_id is not None


class Correction(SealedRow):
    """What a persona said, and what its owner would have said instead: learnt by the next version."""

    persona = models.ForeignKey(Persona, on_delete=models.CASCADE, related_name="corrections")
    body = models.BinaryField(help_text="sealed: who takes part, the turns before, what was said, what is to be said")


class Exchange(SealedRow):
    """One round of the blind game: what was said, what the person answered, what the persona would."""

    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="exchanges")
    number = models.PositiveIntegerField()
    body = models.BinaryField(help_text="sealed: the turns before, the real answer, the persona's")
    real_first = models.BooleanField()
    fooled = models.BooleanField(null=True, help_text="the owner took the persona's for the real one")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "number"], name="one_exchange_per_number")]


class GameLink(OwnedModel):
    """A link by which somebody plays some exchanges of a version, without an account."""

    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="game_links")
    token = models.BinaryField(max_length=32, unique=True, help_text="hash of the link, keyed by the site")
    until = models.DateTimeField()
    exchanges = models.JSONField(help_text="ids of what the owner has shown them")
    answers = models.JSONField(default=dict, help_text="exchange: whether they took the persona's for the real one")


class UsedArchive(models.Model):
    """Which archives a version has learnt from, so that deleting one can offer to delete the other."""

    id = models.BigAutoField(primary_key=True)
    version = models.ForeignKey(Version, on_delete=models.CASCADE, related_name="used")
    archive = models.UUIDField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["version", "archive"], name="one_use_each")]


class Split(OwnedModel):
    """The time boundaries of a conversation for one person, frozen at their first training (seconds since 1970)."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="+")
    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    validate_from = models.FloatField()
    test_from = models.FloatField()
    test_to = models.FloatField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["conversation", "person"], name="one_split_each")]


class Speed(models.Model):
    """How fast a machine trains; measured there, belongs to nobody."""

    id = models.BigAutoField(primary_key=True)
    host = models.CharField(max_length=100)
    base = models.CharField(max_length=200)
    full = models.BooleanField(default=False)
    tokens_s = models.FloatField()
    start_s = models.FloatField()
    measured_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["host", "base", "full"], name="one_speed_each")]

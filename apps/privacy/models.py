"""What was found and replaced, and who agreed to what. Keyed by opaque ids: nothing here points upward."""

from __future__ import annotations

from django.db import models

from apps.accounts.models import OwnedModel, SealedObject, SealedRow


class Ledger(OwnedModel):
    """The sealed list of what was replaced in one transcript: (record, span, kind, value)."""

    subject = models.UUIDField(help_text="the conversation it belongs to")
    item = models.ForeignKey(SealedObject, on_delete=models.PROTECT, related_name="+")
    detectors = models.PositiveIntegerField(help_text="version of the detectors that made it")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "subject"], name="one_ledger_per_subject")]


class Consent(SealedRow):
    """Somebody's word about a persona. Of several the one given last counts."""

    class Basis(models.TextChoices):
        SELF = "self", "it is me"
        LINK = "link", "the person answered by a link"
        MEMORIAL = "memorial", "in memory of somebody"
        NONE = "none", "nobody agreed; it stays in the owner's session"

    class State(models.TextChoices):
        ASKED = "asked"
        GIVEN = "given"
        DECLINED = "declined"
        REVOKED = "revoked"

    subject = models.UUIDField(help_text="the persona")
    basis = models.CharField(max_length=10, choices=Basis)
    state = models.CharField(max_length=10, choices=State, default=State.GIVEN)
    until = models.DateTimeField(null=True, help_text="when it ends by itself")
    token = models.BinaryField(max_length=32, null=True, unique=True, help_text="hash of the link, keyed by the site")
    about = models.BinaryField(null=True, help_text="sealed: who asks, whom, and what is used; or what was attested")
    answered_at = models.DateTimeField(null=True, help_text="when the state last changed; empty while it is asked")


#: What a decision is about that was taken back while something may have been scrubbed with it.
TAKEN_BACK = b""


class Decision(SealedRow):
    """What the owner said about one value, in all its spellings."""

    class Action(models.TextChoices):
        KEEP = "keep", "leave it in"
        TAKE = "take", "always take it out"
        KIND = "kind", "it is of another kind"
        SEEN = "seen", "looked at"

    fingerprint = models.BinaryField(max_length=32, help_text="keyed hash of the value's normal form")
    about = models.BinaryField(help_text="sealed: kind, value")
    action = models.CharField(max_length=4, choices=Action)
    applied = models.BooleanField(default=False, help_text="all conversations were scrubbed with it")
    decided_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "fingerprint"], name="one_decision_per_value")]


class NameMap(SealedRow):
    """Which surrogate stands for which name, for all conversations of an account."""

    pairs = models.BinaryField(help_text="sealed: (name, surrogate, part)")
    usage = models.BinaryField(null=True, help_text="sealed: how often these names were met, among how many words")
    suggested = models.BinaryField(null=True, help_text="sealed: what may be a name: (kind, value, count, conversations)")
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner"], name="one_map_of_names_per_account")]

"""Archives and what came out of them. Messages are never rows: rows hold conversations, people and counts."""

from __future__ import annotations

from uuid import uuid4

from django.db import models

from apps.accounts.models import OwnedModel, SealedObject, SealedRow

#: Of so many words of a forgotten name hashes are kept: its tokens, then their cases and short forms.
MOST_WORDS = 400


class Archive(SealedRow):
    """One upload of one or several files. File names and the receipt are sealed."""

    names = models.BinaryField(help_text="sealed list of file names")
    receipt = models.BinaryField(null=True, help_text="sealed; what was found, once it was read")
    size = models.BigIntegerField(default=0, help_text="bytes uploaded")
    kept = models.PositiveIntegerField(default=0, help_text="messages with words by people")
    platforms = models.TextField(blank=True)
    read_at = models.DateTimeField(null=True)


class Upload(SealedRow):
    """A file on its way, or arrived and not read yet (tus 1.0 calls it an upload). Its bytes are its parts."""

    about = models.BinaryField(help_text="sealed: the file's name, and the page's mark by which it is known again")
    length = models.BigIntegerField(help_text="bytes it will have")
    group = models.UUIDField(default=uuid4, db_index=True, help_text="files that were dropped together become one archive")
    files = models.PositiveIntegerField(default=1, help_text="how many the group has")
    archive = models.ForeignKey(Archive, on_delete=models.CASCADE, null=True, related_name="uploads")
    expires_at = models.DateTimeField(help_text="when an unfinished one is forgotten")


class UploadedPart(OwnedModel):
    """Bytes of an upload from `start` on, sealed. Two requests that bring the same bytes cannot both have them kept."""

    upload = models.ForeignKey(Upload, on_delete=models.CASCADE, related_name="parts")
    start = models.BigIntegerField()
    item = models.ForeignKey(SealedObject, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["upload", "start"], name="one_part_from_each_byte")]


class Person(SealedRow):
    """Somebody who writes in the conversations of an account."""

    name = models.BinaryField(help_text="sealed")
    is_me = models.BooleanField(default=False)
    chosen = models.BooleanField(default=False, help_text="the owner said so; evidence no longer changes it")
    left_out = models.BooleanField(default=False, help_text="what they wrote is neither learnt nor context")
    relation = models.BinaryField(null=True, help_text="sealed: what they are to the owner, as the owner says, scrubbed")
    addresses = models.BinaryField(
        null=True, help_text="sealed: other ways in which they are known, (kind, value), as their archives tell"
    )
    merged_into = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, related_name="merged", help_text="the same person under another name"
    )

    came_with = models.ForeignKey(
        "self",
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        help_text="whose part they were when that one was joined",
    )
    own_me = models.BooleanField(null=True, help_text="`is_me` without those who were joined; set in a join")
    own_left_out = models.BooleanField(null=True, help_text="`left_out` without them; set in a join")
    apart = models.BooleanField(
        default=False, help_text="the owner split them off from themself; evidence does not join them"
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner"], condition=models.Q(is_me=True), name="one_me_per_account")]


class Handle(OwnedModel):
    """How a person is known on one platform; found again by a keyed hash."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="handles")
    platform = models.CharField(max_length=20)
    fingerprint = models.BinaryField(max_length=32)
    origin = models.ForeignKey(
        Person, on_delete=models.SET_NULL, null=True, related_name="+", help_text="whose it was before a merge"
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "fingerprint"], name="one_handle_per_sender")]


class TwoPeople(OwnedModel):
    """The owner says that two are not one: it is not suggested again. `one` has the smaller id."""

    one = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")
    other = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["one", "other"], name="one_row_for_two_people")]


class Forgotten(OwnedModel):
    """A handle of somebody whom the owner has forgotten: later uploads leave out what it wrote. The id is the handle's."""

    group = models.UUIDField(db_index=True, help_text="the handles of one person")
    platform = models.CharField(max_length=20)
    fingerprint = models.BinaryField(max_length=32, help_text="the handle's keyed hash")
    name = models.BinaryField(max_length=32, null=True, help_text="keyed hash of what they were called")
    words = models.BinaryField(
        max_length=32 * MOST_WORDS, null=True, help_text="keyed hashes of the words by which others speak of them, in a row"
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "fingerprint"], name="one_forgetting_per_handle")]


class Conversation(SealedRow):
    """A conversation of the account, fed by one or several archives; its messages lie in the sealed transcript."""

    platform = models.CharField(max_length=20)
    fingerprint = models.BinaryField(max_length=32)
    title = models.BinaryField(help_text="sealed")
    is_group = models.BooleanField(default=False)
    messages = models.PositiveIntegerField(default=0, help_text="with words by people")
    first_at = models.DateTimeField(null=True)
    last_at = models.DateTimeField(null=True)
    stats = models.BinaryField(null=True, help_text="sealed: messages by handle, findings by kind, notes")
    left_out = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=0)
    transcript = models.ForeignKey(SealedObject, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "fingerprint"], name="one_row_per_conversation")]


class Source(models.Model):
    """Which archives a conversation was fed by."""

    id = models.BigAutoField(primary_key=True)
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="sources")
    archive = models.ForeignKey(Archive, on_delete=models.CASCADE, related_name="sources")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["conversation", "archive"], name="one_source_each")]


class Window(OwnedModel):
    """The period of the account's messages that may be learnt from; open ends are empty."""

    since = models.DateField(null=True, blank=True)
    until = models.DateField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner"], name="one_window_per_account")]

"""Who you are, your key, and what every row of user data has: exactly one owner."""

from __future__ import annotations

import uuid
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import models
from django.utils import timezone


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    """A person with an account; the e-mail address is the name."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(unique=True)
    is_active = models.BooleanField(default=True)
    is_staff = models.BooleanField(default=False)
    date_joined = models.DateTimeField(default=timezone.now)
    #: Set when the account is being erased: from that moment nothing of it answers any more.
    erasing_since = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[UserManager] = UserManager()
    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    def __str__(self) -> str:
        return str(self.id)  # never the address: this lands in logs


class UserKey(models.Model):
    """The user's key, wrapped by the site's master key. Destroying this row makes all that the user sealed unreadable."""

    owner = models.OneToOneField(User, on_delete=models.CASCADE, primary_key=True, related_name="sealing_key")
    wrapped = models.BinaryField()
    hashing = models.BinaryField(null=True, help_text="the key of fingerprints that an import brought along, wrapped")
    lock = models.JSONField(
        null=True, help_text="how the passphrase is stretched (`sealing.STRETCHING`); empty: no passphrase"
    )
    salt = models.BinaryField(null=True, help_text="of the passphrase")
    recovery = models.BinaryField(null=True, help_text="the same key wrapped by the recovery code")
    created_at = models.DateTimeField(auto_now_add=True)


class OwnedModel(models.Model):
    """A row of user data: a random id and one owner."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True


class SealedRow(OwnedModel):
    """A row with private fields, sealed by a data key of its own (`accounts.vault.Vault.seal`)."""

    wrapped_key = models.BinaryField()

    class Meta:
        abstract = True


class SealedObject(SealedRow):
    """A sealed file in storage. Deleting the row shreds its key."""

    kind = models.CharField(max_length=32)
    version = models.PositiveIntegerField(default=1)
    size = models.BigIntegerField(default=0, help_text="bytes of plain text")

    @property
    def name(self) -> str:
        """Where storage keeps it; says nothing about what it is."""
        return f"{self.owner_id}/{self.id}"


class Erasure(models.Model):
    """An erased account, for a while: what it had, then the signed receipt. It outlives the user and holds nothing private."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    owner_id = models.UUIDField(null=True, unique=True, help_text="whose it was; forgotten once everything is gone")
    link = models.BinaryField(max_length=32, unique=True, help_text="SHA-256 of the token in the receipt's address")
    began_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    inventory = models.JSONField(default=dict, help_text="counts and hashes from before; empty once it is in the receipt")
    receipt = models.JSONField(null=True)

"""Accounts: making the key, leaving with everything, leaving with nothing left."""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import cast
from uuid import UUID

from django.contrib.sessions.models import Session
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.db.utils import OperationalError
from django.utils import timezone

from apps.accounts import erasures, registry, vault
from apps.accounts.models import SealedObject, User, UserKey

log = logging.getLogger(__name__)


def open_vault(owner_id: UUID) -> vault.Vault:
    """The owner's vault; a new account gets its key here. Raises `vault.KeyGone` for an account that is being erased."""
    if not UserKey.objects.filter(owner_id=owner_id).exists():
        if not User.objects.filter(pk=owner_id, erasing_since=None).exists():
            raise vault.KeyGone
        vault.make_user_key(owner_id)
    return vault.Vault(owner_id)


def erase(*, owner_id: UUID) -> dict[str, int]:
    """Erase an account: access ends and the key dies first, then everything else. Safe to repeat after a crash.

    What there was is written down in the same transaction, and signed when nothing of it is left.
    Returns what was left when it ended (all zeros, or the scheduler tries again).
    """
    with transaction.atomic():
        found = User.objects.filter(pk=owner_id).update(is_active=False, erasing_since=timezone.now())
        if found:
            erasures.begin(owner_id)
        UserKey.objects.filter(owner_id=owner_id).delete()
    if found:
        _end_sessions(owner_id)
        for holding in registry.holdings():
            holding.erase(owner_id)
        for item in SealedObject.objects.filter(owner_id=owner_id):
            vault.delete(item)
    _remove_files(owner_id)
    User.objects.filter(pk=owner_id).delete()
    _forget_pages()
    left = erasures.remains(owner_id)
    erasures.finish(owner_id, left)
    return left


def _end_sessions(owner_id: UUID) -> None:
    for session in Session.objects.iterator():
        if session.get_decoded().get("_auth_user_id") == str(owner_id):
            session.delete()


def _remove_files(owner_id: UUID) -> None:
    for name in vault.orphans(owner_id):
        default_storage.delete(name)
    try:
        default_storage.delete(str(owner_id))  # the empty folder, where storage has folders
    except OSError:
        log.warning("the folder of an erased account is not empty yet")


def _forget_pages() -> None:
    """SQLite keeps deleted text in its log and free pages: truncate and rebuild (PostgreSQL has its own vacuum)."""
    if connection.vendor != "sqlite" or connection.in_atomic_block:
        return
    try:
        _vacuum()
    except OperationalError as error:  # somebody writes just now; secure_delete has overwritten the rows already
        log.warning("pages are forgotten later: %s", type(error).__name__)


def _vacuum() -> None:
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        cursor.execute("VACUUM")
        cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _strangers() -> list[UUID]:
    """Folders of storage whose account is gone (a worker that wrote on while it was erased)."""
    try:
        folders, _ = default_storage.listdir("")
    except FileNotFoundError:
        return []
    known = {str(pk) for pk in User.objects.values_list("pk", flat=True)}
    return [UUID(name) for name in folders if name not in known]


def sweep() -> None:
    """Finish erasures that a crash interrupted; remove files whose row never came, and rows nothing refers to."""
    for user in User.objects.filter(erasing_since__lt=timezone.now() - timedelta(seconds=20)):
        erase(owner_id=user.pk)
    for gone in _strangers():
        _remove_files(gone)
    for row in erasures.pending():
        erase(owner_id=cast(UUID, row.owner_id))
    erasures.forget_old()
    hour_ago = timezone.now() - timedelta(hours=1)
    for owner_id in User.objects.filter(erasing_since=None).values_list("pk", flat=True):
        for name in vault.orphans(owner_id):
            if default_storage.get_modified_time(name) < hour_ago:
                default_storage.delete(name)
    for item in vault.unused().filter(created_at__lt=hour_ago):
        vault.delete(item)

"""Accounts: making the key, leaving with everything, leaving with nothing left."""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import IO, cast
from uuid import UUID

from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.exceptions import ValidationError
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.db.utils import IntegrityError, OperationalError
from django.utils import timezone

from apps.accounts import age, bundle, erasures, keys, opened, registry, vault
from apps.accounts.archive_out import zip_stream
from apps.accounts.models import SealedObject, User, UserKey

log = logging.getLogger(__name__)
#: Between two lists of everything in a store on the net.
LISTING_SECONDS = 600.0
_looked: dict[str, float] = {}


class Taken(Exception):
    """There is an account with this e-mail address already."""


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
    forget_pages()
    left = erasures.remains(owner_id)
    erasures.finish(owner_id, left)
    return left


def export(*, owner_id: UUID, passphrase: str = "") -> Iterator[bytes]:
    """Everything that is held about a person as one zip, in pieces; in the age format where there is a passphrase."""
    open_vault(owner_id)  # a locked account says so before anything is sent
    pieces = zip_stream(_entries(owner_id))
    return age.locked(pieces, passphrase) if passphrase else pieces


def _entries(owner_id: UUID) -> Iterator[registry.Entry]:
    about = {
        "form": bundle.FORM, "made": timezone.now().isoformat(timespec="seconds"),
        "fingerprint_key": open_vault(owner_id).hashing_key.hex(),
    }  # fmt: skip
    yield "export.json", json.dumps(about, indent=1).encode()
    for holding in registry.holdings():
        if keys.has_lock(owner_id):
            opened.renew(owner_id)  # whoever downloads is there, however long it takes
        yield from holding.export(owner_id)


def import_account(*, email: str, file: IO[bytes], passphrase: str = "", password: str | None = None) -> User:
    """A new account out of an export. Nobody can sign in before all is there; if it fails, nothing stays.

    Until then it is marked to be erased tomorrow, so that the sweep removes what a killed import left.

    Raises `bundle.NotAnExport` (the text is for the person) and `Taken`.
    """
    opened = bundle.Bundle(file, passphrase)
    if User.objects.filter(email__iexact=email).exists():
        raise Taken
    user = User.objects.create_user(email, password, is_active=False, erasing_since=timezone.now() + timedelta(days=1))
    try:
        vault.make_user_key(user.pk)
        _take_over(open_vault(user.pk), opened)
    except (KeyError, TypeError, ValueError, AttributeError, ValidationError, IntegrityError) as error:
        log.warning("an import failed: %s", type(error).__name__)
        erase(owner_id=user.pk)
        raise bundle.NotAnExport("Something in this export does not fit together; nothing was taken over.") from None
    except BaseException:
        erase(owner_id=user.pk)
        raise
    User.objects.filter(pk=user.pk).update(is_active=True, erasing_since=None)
    user.refresh_from_db()
    return user


def _take_over(sealed: vault.Vault, opened: bundle.Bundle) -> None:
    sealed.carry_hashing(bytes.fromhex(opened.about["fingerprint_key"]))
    ids = opened.ids(sealed.owner_id)
    for holding in reversed(registry.holdings()):
        if holding.restore is not None:
            holding.restore(sealed, opened, ids)


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


def forget_pages() -> None:
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
    """Finish erasures that a crash interrupted; remove ended sessions, files whose row never came, and rows nothing refers to."""
    Session.objects.filter(expire_date__lt=timezone.now()).delete()
    for user in User.objects.filter(erasing_since__lt=timezone.now() - timedelta(seconds=20)):
        erase(owner_id=user.pk)
    hour_ago = timezone.now() - timedelta(hours=1)
    if time.monotonic() - _looked.get("storage", -1e9) > (LISTING_SECONDS if settings.S3_BUCKET else 0):
        _looked["storage"] = time.monotonic()
        _sweep_storage(hour_ago)
    for row in erasures.pending():
        erase(owner_id=cast(UUID, row.owner_id))
    erasures.forget_old()
    for item in vault.unused().filter(created_at__lt=hour_ago):
        vault.delete(item)


def _sweep_storage(hour_ago: datetime) -> None:
    """Files that belong to nobody. It lists everything, which a store on the net has counted and charged for."""
    for gone in _strangers():
        _remove_files(gone)
    for owner_id in User.objects.filter(erasing_since=None).values_list("pk", flat=True):
        for name in vault.orphans(owner_id):
            if default_storage.get_modified_time(name) < hour_ago:
                default_storage.delete(name)

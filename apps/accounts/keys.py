"""Keys of accounts: wrapped by the site's master keys, and by a passphrase too where their owner wants that (decision 31)."""

from __future__ import annotations

import base64
import contextlib
import secrets
import threading
from collections.abc import Iterator
from contextvars import ContextVar
from uuid import UUID

from django.conf import settings

from apps.accounts import closing, opened, sealing
from apps.accounts.models import UserKey


class KeyGone(Exception):
    """The owner's key was destroyed: the account is being erased, there is nothing to read any more."""


class Locked(KeyGone):
    """The owner's key is locked by a passphrase and not open now. To whoever does not ask further, a key that is not there."""


class OldKeyMissing(sealing.Unreadable):
    """`missing` user keys are wrapped by a master key that the settings no longer hold; `rotated` others were wrapped anew."""

    def __init__(self, rotated: int, missing: int) -> None:
        super().__init__(f"{missing} user keys: MASTER_KEYS no longer holds the key that wrapped them")
        self.rotated, self.missing = rotated, missing


_one_at_a_time = threading.Lock()
#: Whether what runs here is a job under way, which goes on with the key after its owner has left.
_at_work: ContextVar[bool] = ContextVar("at_work", default=False)


def _master_keys() -> list[bytes]:
    return [sealing.derive(bytes.fromhex(key), "master") for key in settings.MASTER_KEYS]


def site_fingerprints(label: str, text: str) -> list[bytes]:
    """Hashes of a value keyed by the site, under the newest master key first: for what is looked up without an account."""
    return [sealing.fingerprint(sealing.derive(key, "site"), label, text) for key in _master_keys()]


def site_keys(label: str) -> list[bytes]:
    """Keys of the site itself for one purpose, the newest first."""
    return [sealing.derive(master, label) for master in _master_keys()]


def site_key(label: str) -> bytes:
    """The newest of them."""
    return site_keys(label)[0]


def make_user_key(owner_id: UUID) -> bytes:
    """A fresh wrapped key for a new account."""
    row, _ = UserKey.objects.get_or_create(
        owner_id=owner_id, defaults={"wrapped": sealing.seal(_master_keys()[0], sealing.new_key(), str(owner_id))}
    )
    return bytes(row.wrapped)


def key_row(owner_id: UUID) -> UserKey:
    """The row of a key. Raises `KeyGone`."""
    row = UserKey.objects.filter(owner_id=owner_id).first()
    if row is None:
        raise KeyGone
    return row


def _unsealed(sealed: bytes | memoryview, bound: str) -> bytes:
    for master in _master_keys():
        try:
            return sealing.unseal(master, bytes(sealed), bound)
        except sealing.Unreadable:
            continue
    raise sealing.Unreadable("user key: MASTER_KEYS no longer holds the key that wrapped it")


def open_key(row: UserKey) -> bytes:
    """The key itself. Raises `Locked`."""
    if row.lock is not None:
        found = _kept(row.owner_id)
        if found is None:
            raise Locked
        closing.watch(row.owner_id)
        return found[1]
    key = _unsealed(row.wrapped, str(row.owner_id))
    if len(key) != 32:  # somebody took the mark of the lock out of the database
        raise sealing.Unreadable("user key")
    return key


def rotate_master_key(owner_id: UUID | None = None) -> int:
    """Wrap every user key anew (or one account's) under the newest master key; returns how many. Locked ones stay locked, nothing
    is opened. Each is one UPDATE: what an interruption leaves is whole. Raises `OldKeyMissing` when all others are done."""
    count = missing = 0
    rows = UserKey.objects.all() if owner_id is None else UserKey.objects.filter(owner_id=owner_id)
    for row in rows.iterator():
        try:
            anew = _wrapped_anew(row)
        except sealing.Unreadable:
            missing += 1
            continue
        count += UserKey.objects.filter(owner_id=row.owner_id, wrapped=row.wrapped).update(**anew)
    if missing:
        raise OldKeyMissing(count, missing)
    return count


def _wrapped_anew(row: UserKey) -> dict[str, bytes]:
    bound, newest = str(row.owner_id), _master_keys()[0]
    anew = {"wrapped": sealing.seal(newest, _unsealed(row.wrapped, bound), bound)}
    if row.recovery is not None:
        anew["recovery"] = sealing.seal(newest, _unsealed(row.recovery, f"{bound}/recovery"), f"{bound}/recovery")
    return anew


# the passphrase lock: the key wrapped once more by what only its owner knows


def has_lock(owner_id: UUID) -> bool:
    """Whether a passphrase is needed to open this account's key."""
    return UserKey.objects.filter(owner_id=owner_id, lock__isnull=False).exists()


def locked(owner_id: UUID) -> bool:
    """Whether it is locked for whoever asks here."""
    return has_lock(owner_id) and _kept(owner_id) is None


def open_as(owner_id: UUID) -> str:
    """Under what the key lies open, so that a session can show that it was the one that opened it; empty while locked."""
    found = _read(owner_id, opened.kept(owner_id))
    return found[0] if found else ""


def lock(owner_id: UUID, passphrase: str) -> str:
    """Lock a key, or an open one anew; returns the recovery code, which is kept nowhere. Raises `Locked`, `KeyGone`."""
    row = key_row(owner_id)
    key, salt, code = open_key(row), secrets.token_bytes(16), secrets.token_bytes(32)
    bound, master = str(owner_id), _master_keys()[0]
    by_words = _stretched(passphrase, salt, sealing.STRETCHING)
    columns = {
        "lock": sealing.STRETCHING, "salt": salt, "wrapped": sealing.seal(master, sealing.wrap(by_words, key), bound),
        "recovery": sealing.seal(master, sealing.wrap(sealing.derive(code, "recovery"), key), f"{bound}/recovery"),
    }  # fmt: skip
    if not UserKey.objects.filter(owner_id=owner_id, wrapped=row.wrapped).update(**columns):
        raise KeyGone  # changed meanwhile: whoever came first has won
    _keep(owner_id, key, secrets.token_bytes(16))  # whoever had it open types the new one
    return _spelled(code)


def unlock(owner_id: UUID, passphrase: str) -> bool:
    """Open a locked key by its passphrase or the recovery code, and keep it open; False for the wrong one."""
    row = key_row(owner_id)
    key = _by_code(row, passphrase) or _by_words(row, passphrase)
    if key is not None:
        _keep(owner_id, key, bytes.fromhex(open_as(owner_id)) or secrets.token_bytes(16))
    return key is not None


def take_lock_off(owner_id: UUID) -> None:
    """The master key alone opens it again. Raises `Locked`, `KeyGone`."""
    row = key_row(owner_id)
    wrapped = sealing.seal(_master_keys()[0], open_key(row), str(owner_id))
    here = UserKey.objects.filter(owner_id=owner_id, wrapped=row.wrapped)
    if not here.update(wrapped=wrapped, lock=None, salt=None, recovery=None):
        raise KeyGone


@contextlib.contextmanager
def working() -> Iterator[None]:
    """For the length of a job: a key that was lent to it counts as open."""
    token = _at_work.set(True)
    try:
        yield
    finally:
        _at_work.reset(token)


def _by_words(row: UserKey, passphrase: str) -> bytes | None:
    if row.lock is None or row.salt is None:
        return None
    outer = _stretched(passphrase, bytes(row.salt), row.lock)
    return _unwrapped(outer, _unsealed(row.wrapped, str(row.owner_id)))


def _stretched(passphrase: str, salt: bytes, how: dict[str, int]) -> bytes:
    with _one_at_a_time:  # each takes 64 MiB
        return sealing.derive(sealing.stretch(passphrase, salt, how), "lock")


def _by_code(row: UserKey, given: str) -> bytes | None:
    code = _code(given)
    if code is None or row.recovery is None:
        return None
    return _unwrapped(sealing.derive(code, "recovery"), _unsealed(row.recovery, f"{row.owner_id}/recovery"))


def _unwrapped(outer: bytes, inner: bytes) -> bytes | None:
    try:
        return sealing.unwrap(outer, inner)
    except sealing.Unreadable:
        return None


def _spelled(code: bytes) -> str:
    letters = base64.b32encode(code).decode().rstrip("=").lower()
    return "-".join(letters[n : n + 4] for n in range(0, len(letters), 4))


def _code(given: str) -> bytes | None:
    letters = "".join(c for c in given if c.isalnum()).upper()
    if len(letters) != 52 or not letters.isascii():
        return None
    try:
        return base64.b32decode(letters + "====")
    except ValueError:
        return None


def _keep(owner_id: UUID, key: bytes, mark: bytes) -> None:
    opened.keep(owner_id, sealing.seal(site_key("open keys"), mark + key, f"open/{owner_id}"))


def _kept(owner_id: UUID) -> tuple[str, bytes] | None:
    found = _read(owner_id, opened.kept(owner_id))
    return found or (_read(owner_id, opened.lent(owner_id)) if _at_work.get() else None)


def _read(owner_id: UUID, sealed: bytes | None) -> tuple[str, bytes] | None:
    for key in site_keys("open keys") if sealed else ():
        try:
            plain = sealing.unseal(key, sealed or b"", f"open/{owner_id}")
        except sealing.Unreadable:
            continue
        return plain[:16].hex(), plain[16:]
    return None

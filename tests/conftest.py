"""The cast: an owner and a stranger, and small things of theirs."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.contenttypes.management import create_contenttypes
from django.db import connection
from django.db.models.signals import post_migrate
from django.test import Client

from apps.accounts.models import User
from apps.accounts.services import open_vault
from apps.accounts.vault import Vault
from tests.environment import SHARED

PASSWORD = "correct horse 77"


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None) -> None:
    """Emptying the tables after a test that commits takes longer than most of these tests, so it does no more than that."""
    post_migrate.disconnect(dispatch_uid="django.contrib.auth.management.create_permissions")  # nobody asks for any
    post_migrate.disconnect(create_contenttypes)
    if connection.vendor == "postgresql":  # TRUNCATE writes every table and index anew; keys are checked at the end
        quote = connection.ops.quote_name
        connection.ops.sql_flush = lambda style, tables, **_: [f"DELETE FROM {quote(table)}" for table in tables]


@pytest.fixture(autouse=True)
def _plain_static(settings: object) -> None:
    settings.STORAGES = {
        **settings.STORAGES,
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
    }
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def owner(db: None) -> User:
    return User.objects.create_user("owner@example.org", PASSWORD)


@pytest.fixture
def stranger(db: None) -> User:
    return User.objects.create_user("stranger@example.org", PASSWORD)


@pytest.fixture
def vault(owner: User) -> Vault:
    return open_vault(owner.pk)


@pytest.fixture
def mine(owner: User) -> Client:
    """The owner's browser."""
    client = Client()
    client.force_login(owner)
    return client


@pytest.fixture
def shared() -> Path:
    """Shared material, where there is some."""
    if not SHARED.exists():
        pytest.skip("no shared folder beside this checkout")
    return SHARED


def messenger(messages: list[tuple[str, int, str]], people: list[str], title: str = "Bea Quill") -> bytes:
    """A Messenger file: (sender, seconds, text) in order."""
    rows = [{"sender_name": s, "timestamp_ms": t * 1000, "content": x} for s, t, x in messages]
    return json.dumps({"participants": [{"name": p} for p in people], "title": title, "messages": rows[::-1]}).encode()


def telegram(messages: list[tuple[str, int, str]], ids: dict[str, int], me: str) -> bytes:
    """A Telegram account file with one private chat."""
    other = next(n for n in ids if n != me)
    rows = [
        {"id": n, "type": "message", "date_unixtime": str(t), "from": s, "from_id": f"user{ids[s]}", "text": x}
        for n, (s, t, x) in enumerate(messages)
    ]
    chat = {"name": other, "type": "personal_chat", "id": ids[other], "messages": rows}
    info = {"user_id": ids[me], "first_name": me}
    return json.dumps({"personal_information": info, "chats": {"list": [chat]}}).encode()


def dialogue(count: int, me: str = "Ann Roe", other: str = "Bea Quill") -> list[tuple[str, int, str]]:
    """An invented chat with a little variety, `count` messages, an hour between sessions of four."""
    words = ["tea", "rain", "bread", "the bus", "moss", "a kite", "soup", "chess"]
    made = []
    for n in range(count):
        at = 1_700_000_000 + (n // 4) * 7_200 + (n % 4) * 30
        text = f"shall we get {words[n % 8]}?" if n % 2 == 0 else f"yes {words[(n * 3) % 8]} please, number {n}"
        made.append((other if n % 2 == 0 else me, at, text))
    return made


@pytest.fixture(autouse=True)
def _files(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[None]:
    """Sealed files of a test go with it."""
    yield
    for folder in settings.MEDIA_ROOT.glob("*") if settings.MEDIA_ROOT.exists() else []:
        for file in folder.iterdir():
            file.unlink()
        folder.rmdir()


def zipped(files: dict[str, bytes]) -> bytes:
    """A zip of these."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return out.getvalue()

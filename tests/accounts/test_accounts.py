"""Keys, erasing, exporting, and the pages of allauth."""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.test import Client
from django.utils import timezone

from apps.accounts import services
from apps.accounts.models import SealedObject, User, UserKey
from apps.accounts.sealing import Unreadable
from apps.accounts.vault import KeyGone, Vault, delete, orphans, rotate_master_key
from apps.archives.services import receive_bytes
from tests.conftest import PASSWORD

pytestmark = pytest.mark.rows


def test_files_are_sealed_and_shredded(vault: Vault, django_capture_on_commit_callbacks: object) -> None:
    with vault.create("thing") as (item, writer):
        writer.write(b"very private words")
    with default_storage.open(item.name) as file:
        assert b"private" not in file.read()
    assert vault.read(item) == b"very private words"
    with django_capture_on_commit_callbacks(execute=True):
        delete(item)
    assert not default_storage.exists(f"{vault.owner_id}/{item.id}")


def test_a_failed_write_leaves_nothing(vault: Vault) -> None:
    with pytest.raises(RuntimeError), vault.create("thing") as (_, writer):
        writer.write(b"half")
        raise RuntimeError
    assert not SealedObject.objects.exists()
    assert orphans(vault.owner_id) == []


def test_files_that_nothing_refers_to_are_swept(vault: Vault) -> None:
    archive = receive_bytes(owner_id=vault.owner_id, name="a.json", content=b"{}")
    with vault.create("thing") as (lost, writer):
        writer.write(b"a kill came before the row that names it")
    SealedObject.objects.update(created_at=timezone.now() - timedelta(hours=2))
    services.sweep()
    assert [item.pk for item in SealedObject.objects.all()] == [archive.uploads.get().parts.get().item_id] != [lost.pk]


def test_one_owners_key_does_not_open_anothers(vault: Vault, stranger: User) -> None:
    with vault.create("thing") as (item, writer):
        writer.write(b"mine")
    with pytest.raises(Unreadable):
        services.open_vault(stranger.pk).read(item)


def test_rotation_wraps_keys_only(vault: Vault, settings: object) -> None:
    with vault.create("thing") as (item, writer):
        writer.write(b"mine")
    before = bytes(UserKey.objects.get().wrapped)
    settings.MASTER_KEYS = ["ab" * 32, *settings.MASTER_KEYS]
    assert rotate_master_key() == 1
    assert bytes(UserKey.objects.get().wrapped) != before
    settings.MASTER_KEYS = settings.MASTER_KEYS[:1]
    assert Vault(vault.owner_id).read(item) == b"mine"


def test_erasing_destroys_the_key_first_and_survives_a_crash(
    owner: User, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    with vault.create("thing") as (item, writer):
        writer.write(b"mine")

    def crash(*_: object) -> None:
        raise RuntimeError("power")

    monkeypatch.setattr(services, "_end_sessions", crash)
    with pytest.raises(RuntimeError):
        services.erase(owner_id=owner.pk)
    with pytest.raises(KeyGone):
        services.open_vault(owner.pk)
    monkeypatch.undo()
    assert set(services.erase(owner_id=owner.pk).values()) == {0}


def test_the_road_of_an_account(client: Client, db: None, mailoutbox: list[object]) -> None:
    data = {"email": "new@example.org", "password1": PASSWORD, "password2": PASSWORD}
    assert client.post("/accounts/signup/", data).status_code == 302
    assert client.get("/home/").status_code == 200
    client.post("/accounts/logout/")
    assert client.get("/home/").status_code == 302
    client.post("/accounts/password/reset/", {"email": "new@example.org"})
    assert any("new@example.org" in m.to for m in mailoutbox)
    assert client.post("/accounts/login/", {"login": "new@example.org", "password": PASSWORD}).status_code == 302
    for page in ("/accounts/password/change/", "/accounts/2fa/", "/account/"):
        assert client.get(page).status_code in (200, 302)


def test_export_is_one_zip(client: Client, owner: User) -> None:
    client.force_login(owner)
    answer = client.post("/account/export")
    assert answer.is_async  # an ASGI server would collect a plain iterator in memory
    with pytest.warns(Warning, match="asynchronous iterators"):
        names = zipfile.ZipFile(io.BytesIO(b"".join(answer))).namelist()
    assert {"account.json", "people.json", "jobs.json", "consent.json"} <= set(names)


def test_erase_asks_for_password_and_word(client: Client, owner: User) -> None:
    client.force_login(owner)
    assert b"not your password" in client.post("/account/erase", {"password": "x", "word": "erase"}).content
    answer = client.post("/account/erase", {"password": PASSWORD, "word": "erase"})
    assert answer.status_code == 302
    assert b"Download the receipt" in Client().get(answer["Location"]).content
    assert not User.objects.exists()

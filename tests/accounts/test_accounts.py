"""Keys, erasing, exporting, and the pages of allauth."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import timedelta
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.core.files.storage import default_storage
from django.core.management import CommandError, call_command
from django.test import Client, RequestFactory
from django.urls import get_resolver
from django.utils import timezone

from apps.accounts import services
from apps.accounts.access import counted
from apps.accounts.models import SealedObject, User, UserKey
from apps.accounts.sealing import Unreadable
from apps.accounts.vault import KeyGone, Vault, delete, orphans, rotate_master_key
from apps.archives.services import receive_bytes
from chatclone_site import views
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


def rotated(capsys: pytest.CaptureFixture[str], **options: Any) -> str:
    call_command("rotate_keys", **options)
    return capsys.readouterr().out


def test_the_command_rotates_all_keys_and_can_go_on_where_it_was_interrupted(
    owner: User, stranger: User, settings: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    with services.open_vault(stranger.pk).create("thing") as (item, writer):
        writer.write(b"mine")
    services.open_vault(owner.pk)
    settings.MASTER_KEYS = ["ab" * 32, *settings.MASTER_KEYS]
    was = bytes(UserKey.objects.get(owner=stranger).wrapped)
    one = "1 key wrapped anew under the newest master key.\n"
    assert rotated(capsys, account=owner.email.upper()) == one
    assert bytes(UserKey.objects.get(owner=stranger).wrapped) == was, "only the account that was named"
    for _ in range(2):
        assert rotated(capsys) == one.replace("1 key", "2 keys")
    settings.MASTER_KEYS = settings.MASTER_KEYS[:1]
    assert services.open_vault(stranger.pk).read(item) == b"mine"


def test_a_missing_old_key_is_said_in_a_sentence_and_stops_no_other_key(
    owner: User, stranger: User, settings: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    for one in (owner, stranger):
        services.open_vault(one.pk)
    settings.MASTER_KEYS = ["ab" * 32, *(old := settings.MASTER_KEYS)]
    rotated(capsys, account=stranger.email)
    settings.MASTER_KEYS = ["cd" * 32, "ab" * 32]
    lost = bytes(UserKey.objects.get(owner=owner).wrapped)
    with pytest.raises(CommandError) as refused:
        rotated(capsys)
    assert refused.value.returncode == 2
    assert str(refused.value).startswith("1 key could not be wrapped anew (1 key could): put the old master key back")
    assert bytes(UserKey.objects.get(owner=owner).wrapped) == lost, "it is left as it was"
    settings.MASTER_KEYS = ["cd" * 32, *old]
    assert rotated(capsys).startswith("2 keys"), "with the old key back it is run again"
    with pytest.raises(CommandError, match="no account with this address"):
        rotated(capsys, account="nobody@example.org")


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


def test_a_password_cannot_be_guessed_on_the_pages_that_ask_again(mine: Client) -> None:
    for path, form in (("/account/erase", {"word": "erase"}), ("/account/lock", {})):
        cache.clear()
        pages = [mine.post(path, {"password": f"guess {n}", **form}).content for n in range(12)]
        assert b"not your password" in pages[9]
        assert b"tried too often" in pages[10]
        assert b"tried too often" in mine.post(path, {"password": PASSWORD, **form}).content
    assert User.objects.count() == 1
    cache.clear()


def test_ended_sessions_are_removed(mine: Client, stranger: User) -> None:
    other = Client()
    other.force_login(stranger)
    Session.objects.filter(pk=other.session.session_key).update(expire_date=timezone.now() - timedelta(days=1))
    services.sweep()
    assert [row.pk for row in Session.objects.all()] == [mine.session.session_key]


def test_behind_a_proxy_tries_are_counted_by_the_address_it_saw(owner: User, settings: Any) -> None:
    settings.ACCOUNT_RATE_LIMITS = {"login": "3/m/ip"}
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1

    def tries(seen: str, count: int = 4) -> list[int]:
        form = {"login": "nobody@example.org", "password": "wrong"}
        headers = {"X-Forwarded-For": seen}
        return [Client().post("/accounts/login/", form, headers=headers).status_code for _ in range(count)]

    cache.clear()
    assert tries("203.0.113.5")[-1] == 429
    assert tries("203.0.113.6", 1) == [200]
    assert tries("198.51.100.1, 203.0.113.5", 1) == [429], "what a client writes there does not count"
    cache.clear()


def test_an_export_tells_all_addresses(owner: User) -> None:
    EmailAddress.objects.create(user=owner, email="second@example.org", verified=True, primary=False)
    told = zipfile.ZipFile(io.BytesIO(b"".join(services.export(owner_id=owner.pk)))).read("account.json")
    assert json.loads(told)["addresses"] == [{"email": "second@example.org", "verified": True, "primary": False}]


def test_refused_requests_have_a_page(owner: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(owner)
    answer = client.post("/account/export", {})
    assert answer.status_code == 403
    assert b"Nothing was done" in answer.content
    assert b"site.css" in answer.content
    for view, status in ((views.not_understood, 400), (views.not_allowed, 403)):
        page = view(RequestFactory().get("/"), Exception())
        assert page.status_code == status
        assert b"Go home" in page.content
    assert get_resolver().resolve_error_handler(400) is views.not_understood
    assert get_resolver().resolve_error_handler(403) is views.not_allowed


def test_numbers_in_a_query() -> None:
    assert [counted(text) for text in ("7", "", "x", "-1", "²", "٣", "9" * 5_000)] == [7, 0, 0, 0, 0, 0, 0]

"""The passphrase lock: the server alone opens nothing, every road waits, what may go on goes on, and erasing works."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID, uuid4

import pytest
from asgiref.sync import async_to_sync
from asgiref.testing import ApplicationCommunicator
from django.conf import settings as site
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.accounts import closing, keys, locking, opened, registry, sealing, services
from apps.accounts.models import User, UserKey
from apps.accounts.vault import KeyGone, Locked, Vault, rotate_master_key
from apps.archives import naming
from apps.archives import services as archives
from apps.archives.models import Archive
from apps.chat.consumers import TalkConsumer
from apps.chat.models import Turn
from apps.jobs import claims
from apps.jobs import services as jobs
from apps.jobs.consumers import JobConsumer
from apps.jobs.models import Job
from apps.privacy import services as privacy
from apps.privacy.models import Consent
from apps.privacy.standing import Asked
from chatclone_site.middleware import WITHOUT_KEY
from tests.conftest import PASSWORD, dialogue, messenger
from tests.house.test_routes import OWNED, SIGNED_IN, SOCKETS, things

__all__ = ["things"]
pytestmark = [pytest.mark.rows, pytest.mark.django_db(transaction=True)]
WORDS = "seven quiet herons walk"


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sealing, "STRETCHING", {"kib": 64, "passes": 1, "lanes": 1})


def lock(client: Client, words: str = WORDS) -> str:
    """Set the lock as a person does; the recovery code."""
    form = {"passphrase": words, "again": words, "password": PASSWORD, "understood": "on"}
    page = client.post("/account/lock", form)
    assert page.status_code == 200, re.findall(r"errorlist.*", page.content.decode())
    found = re.search(r'<code id="recovery">([a-z2-7-]+)</code>', page.content.decode())
    assert found is not None
    return found[1]


def shut(owner: User) -> None:
    """As after a quarter of an hour without anybody."""
    opened.drop(owner.pk)
    opened.take_back(owner.pk)


def test_the_master_key_alone_opens_nothing(owner: User, vault: Vault, mine: Client) -> None:
    with vault.create("thing") as (item, writer):
        writer.write(b"very private")
    code = lock(mine)
    assert services.open_vault(owner.pk).read(item) == b"very private", "for the session that has set it"
    shut(owner)
    with pytest.raises(Locked):
        services.open_vault(owner.pk)
    row = UserKey.objects.get()
    inner = keys._unsealed(row.wrapped, str(owner.pk))
    assert len(inner) == 40, "wrapped once more inside"
    UserKey.objects.update(lock=None)
    with pytest.raises(
        sealing.Unreadable
    ):  # whoever takes the mark away gains nothing, and nothing is sealed under a wrong key
        services.open_vault(owner.pk)
    UserKey.objects.update(lock=row.lock)
    for given in (WORDS.upper(), WORDS + " ", code[:-1], "a" * 52, ""):
        assert not keys.unlock(owner.pk, given)
    for given in (WORDS, code, code.upper().replace("-", " ")):
        assert keys.unlock(owner.pk, given)
        assert services.open_vault(owner.pk).read(item) == b"very private"
        shut(owner)


def test_what_lies_open_is_sealed_and_ends(owner: User, vault: Vault, mine: Client) -> None:
    lock(mine)
    key = keys.open_key(UserKey.objects.get())
    client = opened._client()
    raw = client.get(f"open:{owner.pk}")
    assert isinstance(raw, bytes)
    assert key not in raw
    assert 0 < int(str(client.ttl(f"open:{owner.pk}"))) <= site.UNLOCKED_SECONDS
    client.expire(f"open:{owner.pk}", 5)
    assert mine.get("/home/").status_code == 200
    assert int(str(client.ttl(f"open:{owner.pk}"))) > 5, "somebody was there"
    row = job(owner)
    client.expire(f"open:{owner.pk}", 5)
    assert mine.get(f"/jobs/{row.pk}").status_code == 200
    services.open_vault(owner.pk)
    assert int(str(client.ttl(f"open:{owner.pk}"))) <= 5, "a door, a sweep or a socket that only looks is nobody"


def test_the_road_in_the_pages(owner: User, mine: Client) -> None:
    page = mine.get("/account/lock").content.decode()
    assert "Nobody can bring it back" in page, "said before"
    wrong = [
        ({"passphrase": "short", "again": "short"}, "at least 12"),
        ({"passphrase": WORDS, "again": WORDS + "s"}, "not the same"),
        ({"password": "x"}, "not your password"),
        ({"understood": ""}, "required"),
    ]
    good = {"passphrase": WORDS, "again": WORDS, "password": PASSWORD, "understood": "on"}
    for change, said in wrong:
        answer = mine.post("/account/lock", {**good, **change})
        assert (answer.status_code, said in answer.content.decode()) == (400, True)
    code = lock(mine)
    assert code not in mine.get("/account/").content.decode() + mine.get("/account/lock").content.decode(), "shown once"
    mine.post("/accounts/logout/")
    assert opened.kept(owner.pk) is None, "logging out drops it"
    mine.post("/accounts/login/", {"login": owner.email, "password": PASSWORD})
    answer = mine.get("/talk/?a=b")
    assert (answer.status_code, answer["Location"]) == (302, "/account/unlock?next=%2Ftalk%2F%3Fa%3Db")
    page = mine.get(answer["Location"]).content.decode()
    assert "nothing in it can be read" in page
    assert f"signed in as {owner.email}" in page
    assert "neither the passphrase nor" in mine.post("/account/unlock", {"given": "no"}).content.decode()
    for onward, then in (("/talk/?a=b", "/talk/?a=b"), ("//evil.example/", "/home/"), ("https://evil.example/", "/home/")):
        mine.post("/account/lock/now")
        answer = mine.post("/account/unlock", {"given": WORDS, "next": onward})
        assert (answer.status_code, answer["Location"]) == (302, then)
    assert mine.get("/talk/").status_code == 200


def test_a_session_opens_only_for_itself(owner: User, mine: Client) -> None:
    lock(mine)
    thief = Client()
    thief.force_login(owner)
    assert thief.get("/home/").status_code == 302, "a stolen cookie from before"
    thief.post("/account/unlock", {"given": WORDS})
    assert thief.get("/home/").status_code == mine.get("/home/").status_code == 200, "two devices do not shut each other out"
    mine.post("/account/lock/change", {"given": WORDS, "passphrase": WORDS + "!", "again": WORDS + "!"})
    assert thief.get("/home/").status_code == 302, "another passphrase, typed by whoever is there"
    assert mine.get("/home/").status_code == 200


def test_changing_and_taking_off(owner: User, vault: Vault, mine: Client) -> None:
    with vault.create("thing") as (item, writer):
        writer.write(b"mine")
    old = lock(mine)
    new = "nine loud herons sleep"
    page = mine.post("/account/lock/change", {"given": "wrong", "passphrase": new, "again": new})
    assert "neither the passphrase" in page.content.decode()
    page = mine.post("/account/lock/change", {"given": old, "passphrase": new, "again": new})
    assert "Your recovery code" in page.content.decode()
    shut(owner)
    assert not keys.unlock(owner.pk, WORDS)
    assert not keys.unlock(owner.pk, old), "the old code went with the old passphrase"
    mine.post("/account/unlock", {"given": new})
    assert "neither" in mine.post("/account/lock/off", {"given": WORDS}).content.decode()
    assert mine.post("/account/lock/off", {"given": new}).status_code == 302
    shut(owner)
    assert services.open_vault(owner.pk).read(item) == b"mine"
    row = UserKey.objects.get()
    assert (row.lock, row.salt, row.recovery) == (None, None, None)


def test_tries_are_counted(owner: User, mine: Client) -> None:
    lock(mine)
    mine.post("/account/lock/now")
    said = [mine.post("/account/unlock", {"given": f"guess {n}"}).content.decode() for n in range(opened.TRIES + 1)]
    assert all("neither the passphrase" in page for page in said[:-1])
    assert "wait five minutes" in said[-1]
    assert "wait five minutes" in mine.post("/account/unlock", {"given": WORDS}).content.decode(), "the right one waits too"
    opened.forget_tries(owner.pk)
    assert mine.post("/account/unlock", {"given": WORDS}).status_code == 302


def test_rotation_opens_nothing_and_both_ways_still_work(owner: User, mine: Client, settings: Any) -> None:
    code = lock(mine)
    shut(owner)
    settings.MASTER_KEYS = ["cd" * 32, *settings.MASTER_KEYS]
    assert rotate_master_key() == 1
    settings.MASTER_KEYS = settings.MASTER_KEYS[:1]
    with pytest.raises(Locked):
        services.open_vault(owner.pk)
    assert keys.unlock(owner.pk, code)
    shut(owner)
    assert keys.unlock(owner.pk, WORDS)


def test_a_store_that_writes_to_a_disk_is_refused(owner: User, mine: Client) -> None:
    client = opened._client()
    client.config_set("save", "3600 1")
    try:
        form = {"passphrase": WORDS, "again": WORDS, "password": PASSWORD, "understood": "on"}
        assert "cannot lock accounts yet" in mine.post("/account/lock", form).content.decode()
        assert not keys.has_lock(owner.pk)
        client.config_set("save", "")
        lock(mine)
        mine.post("/account/lock/now")
        client.config_set("save", "3600 1")
        assert "cannot lock accounts yet" in mine.post("/account/unlock", {"given": WORDS}).content.decode()
        assert opened.kept(owner.pk) is None
    finally:
        client.config_set("save", "")


# every road, locked


def test_every_page_waits(things: dict[str, UUID], owner: User, mine: Client) -> None:
    lock(mine)
    opened.drop(owner.pk)
    before = {model: model._default_manager.count() for model in (Archive, Turn, Job)}
    named = [(n, reverse(n, args=["facebook"] if n == "sample" else [])) for n in SIGNED_IN]
    named += [(n, reverse(n, args=[pick(things)])) for n, pick in OWNED.items()]
    for name, address in named:
        if name in WITHOUT_KEY:
            continue
        page = mine.get(address)
        assert (page.status_code, page["Location"].startswith("/account/unlock?next=")) == (302, True), name
        assert mine.post(address, {}).status_code == 423, name
        assert mine.get(address, headers={"Accept": "application/json"}).status_code == 423, name
    tus = {"Tus-Resumable": "1.0.0"}
    assert mine.post(reverse("uploads"), headers={**tus, "Upload-Length": "3"}).status_code == 423
    assert mine.head(reverse("upload-file", args=[things["upload"]]), headers=tus).status_code == 423
    assert before == {model: model._default_manager.count() for model in before}
    for name in ("account", "unlock", "account-erase"):
        assert mine.get(reverse(name)).status_code == 200, name


def test_sockets_close_with_a_code_of_their_own(things: dict[str, UUID], owner: User, mine: Client) -> None:
    lock(mine)

    async def first(consumer: Any, pk: UUID, session: Any) -> dict[str, Any]:
        field = "job_id" if consumer is JobConsumer else "conversation_id"
        scope = {"type": "websocket", "path": "/x", "user": owner, "session": session, "query_string": b""}
        socket = ApplicationCommunicator(consumer.as_asgi(), {**scope, "url_route": {"kwargs": {field: pk}}})
        await socket.send_input({"type": "websocket.connect"})
        assert (await socket.receive_output(timeout=5))["type"] == "websocket.accept"
        answer: dict[str, Any] = await socket.receive_output(timeout=5)
        await socket.send_input({"type": "websocket.disconnect", "code": 1000})
        await socket.wait(timeout=5)
        return answer

    ask, other = async_to_sync(first), Client()
    other.force_login(owner)
    for consumer in (JobConsumer, TalkConsumer):
        pk = things[SOCKETS[consumer]]
        assert ask(consumer, pk, mine.session)["type"] == "websocket.send"
        assert ask(consumer, pk, other.session)["code"] == 4423, "a session that has not typed it"
    opened.drop(owner.pk)
    for consumer in (JobConsumer, TalkConsumer):
        assert ask(consumer, things[SOCKETS[consumer]], mine.session)["code"] == 4423


def test_people_outside_are_told_to_come_back(things: dict[str, UUID], owner: User, mine: Client) -> None:
    asked = Asked(asked_by="Ann", person="Bea", platforms=["telegram"], messages=4)
    token = privacy.ask(vault=services.open_vault(owner.pk), subject=things["persona"], about=asked, days=9)
    lock(mine)
    shut(owner)
    link = reverse("consent", args=[token])
    assert Client().post(link, {"word": "agree"}).status_code == 302
    page = Client().get(link)
    assert page.status_code == 423
    assert "Take it back" in page.content.decode()
    assert Client().post(link, {"word": "revoke"}).status_code == 302
    assert Consent.objects.get(pk=Consent.objects.exclude(token=None).get().pk).state == "revoked", "at once, locked or not"


def test_no_sweep_needs_a_key(things: dict[str, UUID], owner: User, mine: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    lock(mine)
    shut(owner)
    wanted: list[UUID] = []

    def asked(row: UserKey) -> bytes:
        wanted.append(row.owner_id)
        raise Locked

    monkeypatch.setattr(keys, "open_key", asked)
    for sweep in registry.sweeps().values():
        sweep()
    assert wanted == []


def test_erasing_works_while_it_is_locked(things: dict[str, UUID], owner: User, mine: Client) -> None:
    lock(mine)
    shut(owner)
    answer = mine.post("/account/erase", {"password": PASSWORD, "word": "erase"})
    assert answer.status_code == 302
    assert "Download the receipt" in Client().get(answer["Location"]).content.decode()
    assert not User.objects.exists()
    assert not UserKey.objects.exists()


def test_the_export_says_so_before_it_begins(owner: User, mine: Client) -> None:
    lock(mine)
    shut(owner)
    assert mine.post("/account/export").status_code == 423
    with pytest.raises(Locked):
        services.export(owner_id=owner.pk)


# jobs


def job(owner: User) -> Job:
    made = archives.receive_bytes(owner_id=owner.pk, name="m.json", content=messenger(dialogue(8), ["Bea Quill", "Ann Roe"]))
    return Job.objects.get(subject=made.pk)


def test_what_is_queued_waits_for_the_passphrase(owner: User, mine: Client) -> None:
    lock(mine)
    row = job(owner)
    opened.drop(owner.pk)
    for _ in range(9):
        with claims.working(str(row.pk), unexpected="broke") as lease:
            assert lease is None
    row.refresh_from_db()
    assert (row.state, row.attempt, row.stage) == (Job.State.QUEUED, 0, jobs.WAITS), "no attempt is used up"
    rung = row.rung_at
    assert rung is not None
    assert rung > timezone.now(), "nobody takes it up and puts it back every few seconds"
    jobs.sweep()
    row.refresh_from_db()
    assert row.rung_at == rung, "left alone for a while"
    mine.post("/account/unlock", {"given": WORDS})
    row.refresh_from_db()
    assert row.rung_at != rung, "rung at once"
    with claims.working(str(row.pk), unexpected="broke") as lease:
        assert lease is not None
        assert lease.vault.read(Archive.objects.get().uploads.get().parts.get().item)
    row.refresh_from_db()
    assert (row.state, row.stage) == (Job.State.DONE, "")


def test_what_was_begun_goes_on_after_logging_out_and_then_the_key_goes(owner: User, mine: Client) -> None:
    lock(mine)
    row = job(owner)
    with claims.working(str(row.pk), unexpected="broke") as lease:
        assert lease is not None
        mine.post("/accounts/logout/")
        assert opened.kept(owner.pk) is None
        assert services.open_vault(owner.pk), "in the job"
        lease.check()
        [answer] = async_to_sync(_elsewhere)(owner.pk)
        assert answer is Locked, "and nowhere else"
    row.refresh_from_db()
    assert row.state == Job.State.DONE
    assert opened.lent(owner.pk) is None


async def _elsewhere(owner_id: UUID) -> list[type[BaseException] | None]:
    """As a request sees it that runs beside the job."""
    import contextvars
    import threading

    seen: list[type[BaseException] | None] = []

    def ask() -> None:
        try:
            services.open_vault(owner_id)
            seen.append(None)
        except KeyGone as error:
            seen.append(type(error))

    thread = threading.Thread(target=contextvars.Context().run, args=(ask,))
    thread.start()
    thread.join()
    return seen


def test_locking_now_sends_jobs_back_to_the_queue(owner: User, mine: Client, settings: Any) -> None:
    settings.LEASE_SECONDS = 1
    lock(mine)
    row = job(owner)
    with claims.working(str(row.pk), unexpected="broke") as lease:
        assert lease is not None
        mine.post("/account/lock/now")
        lease._shut.wait(5)
        lease.check()
        raise AssertionError("it went on")
    row.refresh_from_db()
    assert (row.state, row.attempt, row.stage) == (Job.State.QUEUED, 0, jobs.WAITS)


def test_processes_drop_what_they_hold(owner: User, mine: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(closing, "LOOK_SECONDS", 0.05)
    lock(mine)
    naming.of(services.open_vault(owner.pk))
    assert owner.pk in naming._open
    opened.drop(owner.pk)
    for thread in list(closing._running):
        thread.join(timeout=20)
    assert owner.pk not in naming._open


def test_whoever_is_not_locked_notices_nothing(stranger: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """No store is asked for accounts without a passphrase."""
    monkeypatch.setattr(opened, "_client", lambda: pytest.fail("asked"))
    other = Client()
    other.force_login(stranger)
    assert other.get("/home/").status_code == 200
    assert locking.standing(stranger.pk, None) == "free"
    assert uuid4()

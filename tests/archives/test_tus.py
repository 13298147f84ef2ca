"""Resumable uploads, by the letter of tus 1.0: every answer, every refusal, and what is kept after each."""

from __future__ import annotations

import base64
import hashlib
import threading
import time
import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from apps.accounts.models import SealedObject, User
from apps.accounts.services import open_vault
from apps.archives import receiving, tasks, uploads
from apps.archives.models import Archive, Conversation, Upload, UploadedPart
from apps.jobs.models import Job
from tests.conftest import dialogue, messenger

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.rows]
TUS = {"Tus-Resumable": "1.0.0"}
BODY = messenger(dialogue(40), ["Bea Quill", "Ann Roe"])


def metadata(**facts: object) -> str:
    return ",".join(f"{key} {base64.b64encode(str(value).encode()).decode()}" for key, value in facts.items())


def create(client: Client, length: int, **facts: object) -> str:
    answer = client.post(
        "/archives/uploads", headers={**TUS, "Upload-Length": str(length), "Upload-Metadata": metadata(**facts)}
    )
    assert answer.status_code == 201, answer.content
    assert answer["Tus-Resumable"] == "1.0.0"
    return str(answer["Location"]).partition("testserver")[2]


def patch(client: Client, url: str, offset: int, data: bytes, **headers: str) -> Any:
    return client.patch(
        url, data, content_type="application/offset+octet-stream", headers={**TUS, "Upload-Offset": str(offset), **headers}
    )


def offset(client: Client, url: str) -> int:
    answer = client.head(url, headers=TUS)
    assert answer.status_code == 200
    assert answer["Cache-Control"] == "no-store"
    return int(answer["Upload-Offset"])


def plain(owner: User) -> bytes:
    vault = open_vault(owner.pk)
    return b"".join(vault.read(part.item) for part in UploadedPart.objects.order_by("start").select_related("item"))


def test_the_server_says_what_it_speaks(mine: Client) -> None:
    answer = mine.options("/archives/uploads")
    assert answer["Tus-Version"] == "1.0.0"
    assert set(answer["Tus-Extension"].split(",")) == {"creation", "termination", "checksum", "expiration"}
    assert int(answer["Tus-Max-Size"]) == 50 * 2**30
    assert "sha1" in answer["Tus-Checksum-Algorithm"].split(",")
    other = mine.post("/archives/uploads", headers={"Tus-Resumable": "0.2.2", "Upload-Length": "5"})
    assert other.status_code == 412
    assert other["Tus-Version"] == "1.0.0"


def test_a_file_in_three_pieces_is_read_as_one(mine: Client, owner: User) -> None:
    url = create(mine, len(BODY), filename="message_1.json")
    assert offset(mine, url) == 0
    first = patch(mine, url, 0, BODY[:1000])
    assert (first.status_code, first["Upload-Offset"]) == (204, "1000")
    assert "Upload-Expires" in first
    assert "Archive-Location" not in first
    patch(mine, url, 1000, BODY[1000:2000])
    assert offset(mine, url) == 2000
    assert not Archive.objects.exists()
    last = patch(mine, url, 2000, BODY[2000:])
    assert last["Archive-Location"] == f"/archives/{Archive.objects.get().pk}"
    assert plain(owner) == BODY
    tasks.ingest(job_id=str(Job.objects.get().pk))
    assert Conversation.objects.get().messages == 40
    assert not Upload.objects.exists()
    assert mine.head(url, headers=TUS).status_code == 404
    assert "Upload-Offset" not in mine.head(url, headers=TUS)


def test_bytes_that_do_not_fit_are_refused_and_change_nothing(mine: Client) -> None:
    url = create(mine, len(BODY))
    patch(mine, url, 0, BODY[:1000])
    for wrong in (0, 999, 1001):
        assert patch(mine, url, wrong, BODY[:10]).status_code == 409
        assert patch(mine, url, wrong, BODY).status_code == 409, "where it stands comes before how much is left"
    assert patch(mine, url, 1000, BODY).status_code == 413
    assert mine.patch(url, b"x", content_type="text/plain", headers={**TUS, "Upload-Offset": "1000"}).status_code == 415
    assert mine.patch(url, b"x", content_type="application/offset+octet-stream", headers=TUS).status_code == 400
    assert offset(mine, url) == 1000
    assert UploadedPart.objects.count() == SealedObject.objects.count() == 1
    assert patch(mine, url, 1000, BODY[1000:]).status_code == 204
    assert patch(mine, url, len(BODY), b"x").status_code == 413, "what is being read takes no more"


def test_a_checksum_is_all_or_nothing(mine: Client, owner: User) -> None:
    url = create(mine, len(BODY))
    good = base64.b64encode(hashlib.sha1(BODY[:500]).digest()).decode()
    assert patch(mine, url, 0, BODY[1:501], **{"Upload-Checksum": f"sha1 {good}"}).status_code == 460
    assert offset(mine, url) == 0
    assert not SealedObject.objects.exists()
    assert patch(mine, url, 0, BODY[:500], **{"Upload-Checksum": f"sha1 {good}"}).status_code == 204
    assert patch(mine, url, 500, b"x", **{"Upload-Checksum": "crc99 AAAA"}).status_code == 400
    assert patch(mine, url, 500, b"x", **{"Upload-Checksum": "sha1 %%%"}).status_code == 400
    assert offset(mine, url) == 500


def test_large_bodies_become_several_parts(mine: Client, owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "PART", 700)
    monkeypatch.setattr("apps.archives.tus.PIECE", 300)
    url = create(mine, len(BODY))
    assert patch(mine, url, 0, BODY).status_code == 204
    assert UploadedPart.objects.count() == -(-len(BODY) // 900)
    assert plain(owner) == BODY


def test_a_broken_connection_keeps_what_arrived(owner: User) -> None:
    row = uploads.begin(owner_id=owner.pk, length=len(BODY), name="m.json")

    def cut() -> Any:
        yield BODY[:1200]
        yield BODY[1200:1500]  # and here the generator ends, as a broken body does

    assert uploads.append(upload=row, offset=0, pieces=cut()) == 1500
    digest = (hashlib.sha1(), hashlib.sha1(BODY[1500:]).digest())
    with pytest.raises(uploads.Spoiled):
        uploads.append(upload=row, offset=1500, pieces=iter([BODY[1500:1600]]), digest=digest)
    assert uploads.arrived(row) == 1500
    uploads.append(upload=row, offset=1500, pieces=iter([BODY[1500:]]))
    assert plain(owner) == BODY


def test_of_two_that_bring_the_same_bytes_one_is_kept(owner: User) -> None:
    """The older request hangs, the client comes back with a new one; then the old one wakes."""
    row = uploads.begin(owner_id=owner.pk, length=len(BODY), name="m.json")
    waits, woken = threading.Event(), threading.Event()
    result: list[str] = []

    def slow() -> Any:
        yield BODY[:800]
        waits.set()
        woken.wait(10)

    def old() -> None:
        try:
            uploads.append(upload=row, offset=0, pieces=slow())
        except uploads.Conflict:
            result.append("conflict")
        finally:
            connection.close()

    thread = threading.Thread(target=old)
    thread.start()
    waits.wait(10)
    assert uploads.append(upload=row, offset=0, pieces=iter([BODY[:1000]])) == 1000
    woken.set()
    thread.join(10)
    assert result == ["conflict"]
    assert uploads.arrived(row) == 1000
    assert SealedObject.objects.count() == 1, "the loser leaves nothing behind"


def test_files_of_one_drop_become_one_archive(mine: Client) -> None:
    group = uuid.uuid4()
    parts = [messenger(dialogue(n), ["Bea Quill", "Ann Roe"]) for n in (4, 8)]
    urls = [create(mine, len(p), filename=f"{n}.json", group=group, files=2) for n, p in enumerate(parts)]
    assert "Archive-Location" not in patch(mine, urls[1], 0, parts[1])
    assert not Archive.objects.exists()
    waiting = mine.get("/archives/uploads").json()["uploads"]
    assert [(w["name"], w["arrived"]) for w in waiting] == [("0.json", 0), ("1.json", len(parts[1]))]
    assert "Archive-Location" in patch(mine, urls[0], 0, parts[0])
    tasks.ingest(job_id=str(Job.objects.get().pk))
    assert Conversation.objects.get().messages == 8


def test_discarding_the_last_missing_file_reads_the_others(mine: Client) -> None:
    group = uuid.uuid4()
    urls = [create(mine, len(BODY), filename=f"{n}.json", group=group, files=2) for n in range(2)]
    patch(mine, urls[0], 0, BODY)
    patch(mine, urls[1], 0, BODY[:100])
    assert mine.delete(urls[1], headers=TUS).status_code == 204
    assert Archive.objects.count() == 1
    assert Upload.objects.count() == 1
    assert mine.delete(urls[0], headers=TUS).status_code == 409
    assert mine.head(urls[1], headers=TUS).status_code == 404


def test_a_group_goes_on_after_one_of_it_was_discarded(mine: Client) -> None:
    """The third file is announced with the number of before."""
    group = uuid.uuid4()
    first, second = (create(mine, len(BODY), filename=f"{n}.json", group=group, files=3) for n in range(2))
    assert mine.delete(first, headers=TUS).status_code == 204
    third = create(mine, len(BODY), filename="2.json", group=group, files=3)
    assert "Archive-Location" not in patch(mine, second, 0, BODY)
    assert "Archive-Location" in patch(mine, third, 0, BODY)


def test_what_was_discarded_and_is_chosen_again_has_its_place(mine: Client) -> None:
    """Of three files one is whole and one was discarded; then all three are chosen again."""
    group = uuid.uuid4()
    whole, gone = (create(mine, len(BODY), filename=f"{n}.json", group=group, files=3) for n in range(2))
    patch(mine, whole, 0, BODY)
    assert mine.delete(gone, headers=TUS).status_code == 204
    again = create(mine, len(BODY), filename="1.json", group=group, files=2, places=3)
    assert "Archive-Location" not in patch(mine, again, 0, BODY), "the third is not here yet"
    third = create(mine, len(BODY), filename="2.json", group=group, files=2)
    assert "Archive-Location" in patch(mine, third, 0, BODY)
    assert Archive.objects.count() == 1


def test_what_is_whole_can_be_read_without_files_that_never_come(mine: Client) -> None:
    button = "Read those that are complete"
    url = create(mine, len(BODY), filename="0.json", group=uuid.uuid4(), files=3)
    assert button not in mine.get("/archives/new").content.decode()
    patch(mine, url, 0, BODY)
    assert button in mine.get("/archives/new").content.decode()


def test_a_cancelled_drop_is_not_read(mine: Client) -> None:
    """The page discards what is whole before what is under way."""
    group = uuid.uuid4()
    urls = [create(mine, len(BODY), filename=f"{n}.json", group=group, files=3) for n in range(3)]
    patch(mine, urls[0], 0, BODY)
    patch(mine, urls[1], 0, BODY[:100])
    for url in urls:
        assert mine.delete(url, headers=TUS).status_code == 204
    assert not Archive.objects.exists()
    assert not Upload.objects.exists()


def test_two_discarded_at_once_are_both_counted(owner: User) -> None:
    group = uuid.uuid4()
    rows = [uploads.begin(owner_id=owner.pk, length=10, name=str(n), group=group, files=3) for n in range(3)]
    for row in rows[:2]:  # as both were read before either went
        uploads.end(upload=row)
    assert Upload.objects.get().files == 1


def test_two_at_once_are_not_promised_the_same_room(owner: User, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.QUOTA = 10_000
    open_vault(owner.pk)
    slow, told = receiving.used, list[str]()

    def used(owner_id: uuid.UUID) -> int:
        found = slow(owner_id)
        time.sleep(0.3)
        return found

    monkeypatch.setattr(receiving, "used", used)

    def begin() -> None:
        try:
            uploads.begin(owner_id=owner.pk, length=9_000, name="a")
        except receiving.NotTaken as refusal:
            told.append(str(refusal))
        finally:
            connection.close()

    threads = [threading.Thread(target=begin) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(told) == 1
    assert receiving.promised(owner.pk) == 9_000


def test_the_limit_of_a_file_is_not_that_of_a_form(mine: Client, settings: Any) -> None:
    settings.UPLOAD_LIMIT = len(BODY)
    files = [SimpleUploadedFile(f"{n}.json", BODY) for n in range(2)]
    assert mine.post("/archives/new", {"files": files})["Location"] == f"/archives/{Archive.objects.get().pk}"
    large = SimpleUploadedFile("2.json", BODY + b" ")
    page = mine.post("/archives/new", {"files": large}, follow=True).content.decode()
    assert "A file may have" in page
    settings.QUOTA = receiving.used(Archive.objects.get().owner_id) + len(BODY) + 1
    page = mine.post("/archives/new", {"files": [SimpleUploadedFile(f"{n}.json", BODY) for n in range(2)]}).content.decode()
    assert "An account may hold" in page, "files of one form count together"
    assert Archive.objects.count() == 1


def test_a_file_that_never_began_can_be_given_up(mine: Client) -> None:
    group = uuid.uuid4()
    url = create(mine, len(BODY), group=group, files=3, filename="a.json")
    assert "a.json" in mine.get("/archives/new").content.decode()
    mine.post(f"/archives/groups/{group}/finish")
    assert Upload.objects.count() == 1, "nothing is thrown away when nothing had arrived whole"
    patch(mine, url, 0, BODY)
    mine.post(f"/archives/groups/{group}/finish")
    assert Archive.objects.count() == 1


def test_limits_are_said_before_a_byte_is_sent(mine: Client, settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def begun(length: int) -> HttpResponse:
        answer: HttpResponse = mine.post("/archives/uploads", headers={**TUS, "Upload-Length": str(length)})
        return answer

    settings.UPLOAD_LIMIT = 10_000
    assert begun(10_001).status_code == 413
    settings.QUOTA = 12_000
    assert begun(8_000).status_code == 201
    assert "unfinished upload" in begun(8_000).json()["error"], "what was promised counts"
    assert begun(-5).status_code == begun(10**19).status_code == 400
    assert begun(4_000).status_code == 201
    Upload.objects.get(length=4_000).delete()
    monkeypatch.setattr("apps.archives.receiving.room_for", lambda size: False)
    assert begun(10).status_code == 507
    url = Upload.objects.get()
    full = patch(mine, f"/archives/uploads/{url.pk}", 0, b"x" * 50)
    assert full.status_code == 507
    monkeypatch.undo()
    assert patch(mine, f"/archives/uploads/{url.pk}", 0, b"x" * 50)["Upload-Offset"] == "50", (
        "and goes on when there is room"
    )


def test_unfinished_uploads_expire(mine: Client) -> None:
    url = create(mine, len(BODY))
    patch(mine, url, 0, BODY[:100])
    uploads.sweep()
    assert offset(mine, url) == 100
    Upload.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    uploads.sweep()
    assert not Upload.objects.exists()
    assert not SealedObject.objects.exists()
    done = create(mine, len(BODY))
    patch(mine, done, 0, BODY)
    Upload.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    uploads.sweep()
    assert UploadedPart.objects.exists(), "what is being read stays"


def test_strangers_and_forged_requests(mine: Client, owner: User, stranger: User) -> None:
    url = create(mine, len(BODY))
    other, nobody = Client(), Client()
    other.force_login(stranger)
    for client, code in ((other, 404), (nobody, 403)):
        assert client.head(url, headers=TUS).status_code == code
        assert patch(client, url, 0, b"x").status_code == code
        assert client.delete(url, headers=TUS).status_code == code
    assert other.get("/archives/uploads").json() == {"uploads": []}
    assert other.post(f"/archives/uploads/{Upload.objects.get().pk}/discard").status_code == 404
    assert other.post(f"/archives/groups/{Upload.objects.get().group}/finish").status_code == 404
    forged = Client(enforce_csrf_checks=True)
    forged.force_login(owner)
    assert patch(forged, url, 0, b"x").status_code == 403
    assert forged.delete(url, headers=TUS).status_code == 403
    assert forged.get(url, headers={**TUS, "X-HTTP-Method-Override": "DELETE"}).status_code == 405
    assert offset(mine, url) == 0


def test_methods_may_be_tunnelled(mine: Client) -> None:
    url = create(mine, len(BODY))
    answer = mine.post(
        url, BODY[:10], content_type="application/offset+octet-stream",
        headers={**TUS, "Upload-Offset": "0", "X-HTTP-Method-Override": "PATCH"},
    )  # fmt: skip
    assert answer.status_code == 204
    assert offset(mine, url) == 10


def test_an_empty_file_is_whole_at_once(mine: Client) -> None:
    create(mine, 0, filename="empty.json")
    job = Job.objects.get()
    tasks.ingest(job_id=str(job.pk))
    job.refresh_from_db()
    assert job.state == "failed"


def test_metadata_that_is_none(mine: Client) -> None:
    for bad in ("filename ###", f"group {base64.b64encode(b'x').decode()}", f"files {base64.b64encode(b'0').decode()}"):
        answer = mine.post("/archives/uploads", headers={**TUS, "Upload-Length": "5", "Upload-Metadata": bad})
        assert answer.status_code == 400, bad


def test_names_of_files_are_sealed(mine: Client, owner: User) -> None:
    create(mine, 5, filename="Dr Quill and me.zip", mark="Dr Quill and me.zip|5|1|5")
    assert b"Quill" not in bytes(Upload.objects.get().about)

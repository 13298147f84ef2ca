"""From an upload to sealed transcripts: real vault, real child, real rows."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from apps.accounts.models import SealedObject, User
from apps.accounts.vault import Vault
from apps.archives import conversations, rewriting, sample, selectors, services, tally, tasks
from apps.archives.models import Archive, Conversation, Person, UploadedPart
from apps.archives.transcripts import Record
from apps.jobs.models import Job
from apps.personas import services as personas
from apps.personas.models import Persona, UsedArchive, Version
from apps.privacy import selectors as ledgers
from apps.privacy import services as privacy
from apps.privacy.scrub import hands
from tests.conftest import dialogue, messenger, telegram

pytestmark = [pytest.mark.rows, pytest.mark.django_db(transaction=True)]
PEOPLE = ["Bea Quill", "Ann Roe"]
_many = hands._Many


def ingest(owner: User, content: bytes, name: str = "message_1.json") -> Archive:
    archive = services.receive_bytes(owner_id=owner.pk, name=name, content=content)
    tasks.ingest(job_id=str(Job.objects.get(subject=archive.pk).pk))
    archive.refresh_from_db()
    return archive


def texts(vault: Vault) -> list[str]:
    return [r.text for c in Conversation.objects.order_by("id") for r in selectors.records(vault, c)]


def receipt(vault: Vault, archive: Archive) -> dict[str, Any]:
    found = selectors.receipt(vault, archive)
    assert found is not None
    return found


def test_an_upload_becomes_sealed_scrubbed_transcripts(owner: User, vault: Vault) -> None:
    talk = [*dialogue(10), ("Ann Roe", 1_800_000_000, "my card is 4111 1111 1111 1111 ok")]
    archive = ingest(owner, messenger(talk, PEOPLE))
    assert Job.objects.get().state == "done"
    assert archive.kept == 11
    assert texts(vault)[-1] == "my card is [card] ok"
    entry = ledgers.ledger(vault, Conversation.objects.get().pk)[0]
    assert (entry.kind, entry.value) == ("card", "4111 1111 1111 1111")
    for file in settings.MEDIA_ROOT.rglob("*"):
        if file.is_file():
            data = file.read_bytes()
            assert b"4111" not in data
            assert b"shall we get" not in data


def test_the_raw_upload_goes_at_the_end_good_or_bad(owner: User, vault: Vault) -> None:
    for content, state in ((messenger(dialogue(4), PEOPLE), "done"), (b"{ nonsense", "failed")):
        archive = ingest(owner, content)
        assert Job.objects.get(subject=archive.pk).state == state
        assert not UploadedPart.objects.exists()
        assert not SealedObject.objects.filter(kind="upload").exists()
    assert Job.objects.get(state="failed").cause.startswith("No messages of a known kind")


def test_the_receipt_accounts_for_every_record(owner: User, vault: Vault) -> None:
    archive = ingest(owner, sample.made("facebook"), "sample.zip")
    found = receipt(vault, archive)
    assert sum(f["kept"] for f in found["files"]) == found["new"] == len(sample.lines())
    skipped = sum(s["count"] for f in found["files"] for s in f["skipped"])
    assert found["read"] == found["kept"] + skipped == found["kept"] + found["left"]
    again = receipt(vault, ingest(owner, sample.made("facebook"), "sample.zip"))
    assert again["read"] == again["kept"] + again["left"] == found["read"]
    assert again["kept"] == 0
    kinds = {kind for kind, _ in found["findings"]}
    assert {"card", "cvv", "iban", "phone", "email", "password", "pin", "code", "ip", "url", "key", "link"} <= kinds
    assert found["me"]["name"] == sample.OWNER


def test_the_receipt_tells_where_it_left_something_out(owner: User, vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    """By file, with the chat and the moment of the first few; in all files together not more than a receipt holds."""
    rows = [{"sender_name": "Bea Quill", "timestamp_ms": 1_700_000_000_000 + n * 60_000, "photos": [{}]} for n in range(5)]
    rows += [{"sender_name": "Bea Quill", "timestamp_ms": 1_700_001_000_000, "content": "hi", "is_unsent": True}]
    rows += [{"sender_name": "Ann Roe", "timestamp_ms": 1_700_002_000_000, "content": "hello"}]
    content = json.dumps({"participants": [{"name": n} for n in PEOPLE], "title": "Bea Quill", "messages": rows}).encode()

    def told() -> dict[str, str]:
        (file,) = receipt(vault, ingest(owner, content))["files"]
        return {skipped["reason"]: skipped["example"] for skipped in file["skipped"]}

    media = [f"Bea Quill, 2023-11-14 22:{13 + n}:20" for n in range(3)]
    assert told() == {"media": "; ".join(media), "deleted": "Bea Quill, 2023-11-14 22:30:00"}
    again = told()["already here from an earlier upload"]
    assert again == "; ".join(media), again
    monkeypatch.setattr(tally, "MOST_PLACES", 1)
    assert told()["already here from an earlier upload"] == media[0]


def test_helpers_scrub_as_one_process_does(owner: User, vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    """A secret of one conversation stands in another, and in one from an earlier upload."""
    monkeypatch.setattr(hands, "WORTH", 1)
    monkeypatch.setattr(settings, "SCRUB_PROCESSES", 2)
    monkeypatch.setattr(rewriting, "AHEAD", 4)
    begun: list[str] = []
    monkeypatch.setattr(hands, "_Many", lambda *about: begun.append("") or _many(*about))
    early = [*dialogue(4), ("Bea Quill", 1_700_100_000, "so hunter2goldfish opens it, Ann?")]
    ingest(owner, messenger(early, PEOPLE))
    late = [("Ann Roe", 1_700_200_000 + 9_000 * n, f"number {n} for Bea") for n in range(20)]
    late[7] = ("Ann Roe", late[7][1], "the password is hunter2goldfish, dear Bea")
    ingest(owner, messenger(late, ["Cy Dunn", "Ann Roe"]), "message_2.json")
    assert len(begun) == 2, "helpers were at work"
    said = texts(vault)
    assert not any("goldfish" in text or "Bea" in text for text in said)
    assert sum("[password]" in text for text in said) == 2
    rewriting.rescrub(vault, lambda *_: None, lambda: None)
    assert len(begun) == 3
    assert texts(vault) == said


def test_the_receipt_counts_what_is_said_again(owner: User, vault: Vault) -> None:
    talk = [
        *dialogue(6),
        ("Ann Roe", 1_800_000_000, "the password is Sunflower99"),
        ("Bea Quill", 1_800_000_900, "sunflower99 again?"),
    ]
    found = receipt(vault, ingest(owner, messenger(talk, PEOPLE)))
    assert dict(found["findings"])["password"] == 2


def test_the_same_again_adds_nothing_and_more_adds_the_rest(owner: User, vault: Vault) -> None:
    talk = dialogue(20)
    ingest(owner, messenger(talk[:12], PEOPLE))
    again = ingest(owner, messenger(talk[:12], PEOPLE))
    assert receipt(vault, again)["new"] == 0
    assert "already here" in receipt(vault, again)["empty"]
    more = ingest(owner, messenger(talk, PEOPLE))
    assert receipt(vault, more)["new"] == 8
    assert texts(vault) == [t for _, _, t in talk]


def test_a_made_up_title_does_not_replace_a_real_one(owner: User, vault: Vault) -> None:
    def title() -> str:
        return str(vault.unseal(row := Conversation.objects.get(), "title", row.title))

    ingest(owner, messenger(dialogue(6), PEOPLE, title=""))
    assert title() == "Bea Quill, Ann Roe"
    ingest(owner, messenger(dialogue(8), PEOPLE))
    assert title() == "Bea Quill"
    ingest(owner, messenger(dialogue(10), PEOPLE, title=""))
    assert title() == "Bea Quill"
    ingest(owner, messenger(dialogue(12), PEOPLE, title="Tea club"))
    assert title() == "Tea club"


def test_no_title_and_one_with_a_silent_member_replace_no_real_one(owner: User, vault: Vault) -> None:
    def title() -> str:
        return str(vault.unseal(row := Conversation.objects.get(), "title", row.title))

    ids = {"Ann Roe": 1, "Bea Quill": 2}
    for count, name in ((6, "Bea Quill"), (8, None)):
        export = json.loads(telegram(dialogue(count), ids, "Ann Roe"))
        export["chats"]["list"][0]["name"] = name
        ingest(owner, json.dumps(export).encode())
        assert title() == "Bea Quill", "a deleted account has no name any more"
    Conversation.objects.all().delete()
    for count, people, name in ((6, PEOPLE, "Tea club"), (8, [*PEOPLE, "Cy Moss"], "")):
        export = io.BytesIO()
        with zipfile.ZipFile(export, "w") as made:
            made.writestr("messages/inbox/tea_1/message_1.json", messenger(dialogue(count), people, title=name))
        ingest(owner, export.getvalue())
        assert title() == "Tea club"


def test_equal_messages_at_one_moment_are_all_kept(owner: User, vault: Vault) -> None:
    talk = [("Ann Roe", 1_700_000_000, "ok")] * 3
    ingest(owner, messenger(talk, PEOPLE))
    ingest(owner, messenger(talk, PEOPLE))
    assert texts(vault) == ["ok"] * 3


def test_many_platforms_in_one_upload(owner: User, client: Client) -> None:
    names = [f"some messenger {n:04}" for n in range(30)]
    lines = [
        json.dumps(
            {"platform": name, "conversation": "Bea", "sender": "Bea", "sent_at": 1_700_000_000 + n, "text": f"line {n}"}
        )
        for n, name in enumerate(names)
    ]
    archive = ingest(owner, "\n".join(lines).encode(), "all.jsonl")
    assert archive.kept == len(names)
    assert archive.platforms == " ".join(names)
    client.force_login(owner)
    assert client.get("/home/").status_code == 200


def test_deleting_an_archive_takes_only_what_it_alone_brought(owner: User, vault: Vault) -> None:
    talk = dialogue(16)
    first = ingest(owner, messenger(talk[:10], PEOPLE))
    second = ingest(owner, messenger(talk[6:], PEOPLE))
    services.delete(archive=first)
    assert texts(vault) == [t for _, _, t in talk[6:]]
    services.delete(archive=second)
    assert not Conversation.objects.exists()
    assert not Person.objects.exists()
    assert not SealedObject.objects.exists()


def test_an_ingest_that_died_halfway_is_repeated_without_harm(
    owner: User, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = services.receive_bytes(owner_id=owner.pk, name="s.zip", content=sample.made("facebook"))
    job = Job.objects.get()
    calls = {"n": 0}
    real = conversations.store

    def dies(*args: Any, **more: Any) -> None:
        calls["n"] += 1
        if calls["n"] == 3:
            raise SystemExit
        real(*args, **more)

    monkeypatch.setattr(conversations, "store", dies)
    with pytest.raises(SystemExit):
        tasks.ingest(job_id=str(job.pk))
    monkeypatch.undo()
    assert UploadedPart.objects.exists(), "the upload survives a dead worker"
    Job.objects.filter(pk=job.pk).update(state="queued")
    tasks.ingest(job_id=str(job.pk))
    archive.refresh_from_db()
    assert sum(c.messages for c in Conversation.objects.all()) == len(sample.lines())


def test_who_i_am_can_be_changed_and_stays(owner: User, vault: Vault) -> None:
    ingest(owner, telegram(dialogue(8), {"Ann Roe": 1, "Bea Quill": 2}, "Ann Roe"), "result.json")
    roster = selectors.roster(vault)
    assert roster.me is not None
    assert roster.me.name == "Ann Roe"
    other = next(p for p in roster.people.values() if not p.is_me)
    services.choose_me(owner_id=owner.pk, person=Person.objects.get(pk=other.id))
    ingest(owner, telegram(dialogue(10), {"Ann Roe": 1, "Bea Quill": 2}, "Ann Roe"), "result.json")
    me = selectors.roster(vault).me
    assert me is not None
    assert me.name == "Bea Quill"


def test_uploading_through_the_page(client: Client, owner: User, settings: Any) -> None:
    client.force_login(owner)
    body = messenger(dialogue(4), PEOPLE)
    files = [SimpleUploadedFile("message_1.json", body), SimpleUploadedFile("message_2.json", body)]
    answer = client.post("/archives/new", {"files": files}, headers={"Accept": "application/json"})
    assert answer.status_code == 200
    assert UploadedPart.objects.count() == 2
    assert client.get(answer.json()["url"]).status_code == 200
    settings.UPLOAD_LIMIT = 10
    refused = client.post(
        "/archives/new", {"files": [SimpleUploadedFile("x.json", body)]}, headers={"Accept": "application/json"}
    )
    assert refused.status_code == 413
    assert "MB" in refused.json()["error"]
    client.logout()
    assert client.post("/archives/new", {"files": io.BytesIO(body)}).status_code == 302


def test_leaving_out_and_the_period(client: Client, owner: User, vault: Vault) -> None:
    archive = ingest(owner, sample.made("telegram"), "result.json")
    client.force_login(owner)
    keep = Conversation.objects.order_by("-messages").first()
    assert keep is not None
    client.post(f"/archives/{archive.pk}/select", {"keep": [str(keep.pk)], "since": "2024-01-01", "until": ""})
    assert [c.pk for c in selectors.corpus(owner.pk)] == [keep.pk]
    assert str(selectors.window(owner.pk)[0]) == "2024-01-01"
    page = client.get(f"/archives/conversations/{keep.pk}")
    assert b"as the model would read them" in page.content


def test_two_bare_files_of_one_name_are_two_chats(owner: User, vault: Vault) -> None:
    ingest(owner, messenger(dialogue(6), PEOPLE))
    ingest(owner, messenger(dialogue(6, other="Cy Lum"), ["Cy Lum", "Ann Roe"], title="Cy Lum"))
    roster = selectors.roster(vault)
    assert {c.title for c in selectors.conversations(vault, roster)} == {"Bea Quill", "Cy Lum"}
    assert not Conversation.objects.filter(is_group=True).exists()


def test_an_old_and_a_new_export_in_one_upload_overlap_without_doubles(client: Client, owner: User, vault: Vault) -> None:
    client.force_login(owner)
    talk = dialogue(12)
    files = [
        SimpleUploadedFile("message_1.json", messenger(talk[:8], PEOPLE)),
        SimpleUploadedFile("message_1 (1).json", messenger(talk, PEOPLE)),
    ]
    client.post("/archives/new", {"files": files})
    tasks.ingest(job_id=str(Job.objects.get().pk))
    assert texts(vault) == [t for _, _, t in talk]


def test_a_friends_export_does_not_become_me(owner: User, vault: Vault) -> None:
    ingest(owner, telegram(dialogue(6), {"Ann Roe": 1, "Bea Quill": 2}, "Ann Roe"), "result.json")
    ingest(owner, telegram(dialogue(6, me="Dee Fox"), {"Dee Fox": 7, "Bea Quill": 2}, "Dee Fox"), "result.json")
    roster = selectors.roster(vault)
    assert roster.me is not None
    assert roster.me.name == "Ann Roe"
    assert "Dee Fox" in {p.name for p in roster.people.values()}


def test_nothing_is_deleted_under_a_running_reader(owner: User, vault: Vault) -> None:
    archive = ingest(owner, messenger(dialogue(6), PEOPLE))
    Job.objects.update(state="running")
    with pytest.raises(services.Expected, match="being read"):
        services.delete(archive=archive)


def test_a_deletion_that_is_refused_takes_no_persona(owner: User, mine: Client) -> None:
    archive = ingest(owner, messenger(dialogue(6), PEOPLE))
    persona = personas.make(owner_id=owner.pk, person=Person.objects.get(is_me=True), name="Ann", basis="self")
    version = Version(owner=owner, persona=persona, number=1, preset="quick", config={}, wrapped_key=persona.wrapped_key)
    version.save()
    UsedArchive.objects.create(version=version, archive=archive.pk)
    Job.objects.update(state="running")
    form = {"also": [str(persona.pk)]}
    assert "being read" in mine.post(f"/archives/{archive.pk}/delete", form, follow=True).content.decode()
    assert Persona.objects.count() == Archive.objects.count() == 1
    Job.objects.update(state="done")
    mine.post(f"/archives/{archive.pk}/delete", form)
    assert Persona.objects.count() == Archive.objects.count() == 0


def test_a_secret_of_one_conversation_goes_from_all(owner: User, vault: Vault) -> None:
    """Also from what was read before it was known; and everything can still be put back."""
    early = [("Cleo Finch", 1_700_000_000, "try Sunflower99"), ("Ann Roe", 1_700_000_060, "ok")]
    ingest(owner, messenger(early, ["Cleo Finch", "Ann Roe"], "Cleo Finch"))
    assert texts(vault) == ["try Sunflower99", "ok"]
    late = [("Bea Quill", 1_700_900_000, "what's the wifi password?"), ("Ann Roe", 1_700_900_030, "Sunflower99")]
    ingest(owner, messenger(late, ["Bea Quill", "Ann Roe"]))
    rows = {vault.unseal(c, "title", c.title): c for c in Conversation.objects.all()}
    assert [r.text for r in selectors.records(vault, rows["Cleo Finch"])] == ["try [password]", "ok"]
    assert [r.text for r in selectors.records(vault, rows["Bea Quill"])] == ["what's the wifi password?", "[password]"]
    for row in rows.values():
        entries = ledgers.ledger(vault, row.pk)
        assert {e.value for e in entries} == {"Sunflower99"}
    ingest(
        owner,
        messenger([*early, ("Cleo Finch", 1_700_000_120, "SUNFLOWER99 works")], ["Cleo Finch", "Ann Roe"], "Cleo Finch"),
    )
    assert [r.text for r in selectors.records(vault, Conversation.objects.get(pk=rows["Cleo Finch"].pk))] == [
        "try [password]", "ok", "[password] works",
    ]  # fmt: skip


def test_a_burnt_ledger_leaves_the_stand_ins(owner: User, vault: Vault) -> None:
    talk = [("Ann Roe", 1_700_000_000, "my pin is 4821"), ("Bea Quill", 1_700_000_060, "mail a.b@example.org")]
    ingest(owner, messenger(talk, PEOPLE))
    row = Conversation.objects.get()
    privacy.forget(owner_id=owner.pk, subject=row.pk)
    ingest(owner, messenger([*talk, ("Ann Roe", 1_700_000_120, "and cvv 123")], PEOPLE))
    assert texts(vault) == ["my pin is [pin]", "mail [email]", "and cvv [cvv]"]
    assert [e.value for e in ledgers.ledger(vault, row.pk)] == ["123"]


def test_a_record_without_a_time_stays_where_it_stood() -> None:
    made = [Record(str(n), at, True, "h", "text", str(n), [], []) for n, at in enumerate([30.0, None, 10.0, None, 20.0])]
    assert [r.id for r in conversations.ordered(made)] == ["2", "3", "4", "0", "1"]

"""One chat in several places of Meta's exports: joined where messages are the same, and nothing comes twice."""

from __future__ import annotations

import io
import json
import zipfile

import pytest

from apps.accounts.models import User
from apps.accounts.vault import Vault
from apps.archives import selectors, services, tasks
from apps.archives.models import Conversation
from apps.jobs.models import Job
from tests.conftest import dialogue, messenger

pytestmark = pytest.mark.django_db(transaction=True)
PEOPLE = ["Bea Quill", "Ann Roe"]
ROOT = "your_facebook_activity/messages"
OLD, NEW = f"{ROOT}/inbox/beaquill_1/message_1.json", f"{ROOT}/e2ee_cutover/beaquill_1/message_1.json"
TALK = dialogue(20)


def upload(owner: User, files: dict[str, bytes]) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    services.receive_bytes(owner_id=owner.pk, name="export.zip", content=out.getvalue())
    tasks.ingest(job_id=str(Job.objects.latest("created_at").pk))


def backup(talk: list[tuple[str, int, str]], people: list[str], name: str) -> bytes:
    rows = [{"senderName": s, "timestamp": t * 1000, "text": x, "type": "text", "isUnsent": False} for s, t, x in talk]
    return json.dumps({"participants": people, "threadName": name, "messages": rows}).encode()


def chats(vault: Vault) -> list[list[str]]:
    return sorted([r.text for r in selectors.records(vault, c)] for c in Conversation.objects.all())


def said(talk: list[tuple[str, int, str]]) -> list[str]:
    return [text for _, _, text in talk]


BEFORE, MOVED = {OLD: messenger(TALK[:12], PEOPLE)}, {NEW: messenger(TALK[:16], PEOPLE)}
BACKUP = {"Bea Quill_1.json": backup(TALK[15:], PEOPLE, "Bea Quill_1")}


@pytest.mark.parametrize(
    "uploads",
    [
        [BEFORE, MOVED],
        [MOVED, BEFORE],
        [BEFORE | MOVED],
        [BEFORE, MOVED | BACKUP],
        [MOVED, BACKUP, BEFORE],
        [MOVED | BACKUP, BEFORE],
    ],
)
def test_a_chat_that_was_moved_comes_once(uploads: list[dict[str, bytes]], owner: User, vault: Vault) -> None:
    for files in [*uploads, *uploads]:
        upload(owner, files)
    assert chats(vault) == [said(TALK if any("Bea Quill_1.json" in files for files in uploads) else TALK[:16])]


def test_two_people_of_one_name_are_not_joined(owner: User, vault: Vault) -> None:
    other = dialogue(8)
    upload(owner, {OLD: messenger(TALK[:12], PEOPLE)})
    upload(owner, {NEW.replace("quill_1", "quill_2"): messenger([(s, t + 50, x) for s, t, x in other], PEOPLE)})
    assert chats(vault) == sorted([said(TALK[:12]), said(other)])


def test_two_groups_of_the_same_people_stay_two(owner: User, vault: Vault) -> None:
    three = [*PEOPLE, "Cy Dunn"]
    tea, chess = TALK[:6], [(s, t + 90_000, f"{x} or chess") for s, t, x in TALK[:6]]
    upload(owner, {"Tea_1.json": backup(tea, three, "Tea_1"), "Chess_2.json": backup(chess, three, "Chess_2")})
    assert chats(vault) == sorted([said(tea), said(chess)])
    upload(owner, {"Tea_4.json": backup(TALK[:9], three, "Tea_4"), "Chess_7.json": backup(chess, three, "Chess_7")})
    assert chats(vault) == sorted([said(TALK[:9]), said(chess)])


def test_a_group_with_another_name_is_the_same_chat(owner: User, vault: Vault) -> None:
    three = [*PEOPLE, "Cy Dunn"]
    upload(owner, {"Tea_1.json": backup(TALK[:6], three, "Tea_1")})
    upload(owner, {"Cake_1.json": backup(TALK[:9], three, "Cake_1")})
    assert chats(vault) == [said(TALK[:9])]

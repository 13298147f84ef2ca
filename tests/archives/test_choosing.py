"""Choices after reading: which way dates are read, which languages are learnt from, and what can be taken along."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.test import Client

from apps.accounts.models import User
from apps.accounts.vault import Vault
from apps.archives import dialogues, selectors, services, tasks
from apps.archives.formats import container, registry
from apps.archives.formats.types import Message
from apps.archives.models import Archive, Conversation
from apps.archives.statistics import Said
from apps.jobs.models import Job
from tests.conftest import dialogue, messenger

pytestmark = pytest.mark.django_db(transaction=True)
LINES = ["Bea Quill: are you there?", "Ann Roe: yes, call me at +49 30 901820", "Bea Quill: good", "Ann Roe: see you then"]


def whatsapp(dates: list[str]) -> bytes:
    return "\n".join(f"{d}, 10:0{n % 10} - {LINES[n % 4]}" for n, d in enumerate(dates)).encode()


def ingest(owner: User, content: bytes, name: str = "WhatsApp Chat with Bea Quill.txt") -> Archive:
    archive = services.receive_bytes(owner_id=owner.pk, name=name, content=content)
    tasks.ingest(job_id=str(Job.objects.get(subject=archive.pk).pk))
    return archive


def said(vault: Vault) -> list[tuple[str, str]]:
    row = Conversation.objects.get()
    return [(f"{datetime.fromtimestamp(r.at or 0, UTC):%Y-%m-%d}", r.text) for r in selectors.records(vault, row)]


def test_dates_that_fit_two_orders_can_be_switched_and_switched_back(owner: User, vault: Vault, client: Client) -> None:
    client.force_login(owner)
    archive = ingest(owner, whatsapp(["01/05/2024", "02/05/2024", "03/05/2024"]))
    row = Conversation.objects.get()
    first = said(vault)
    page = client.get(f"/archives/conversations/{row.pk}").content.decode()
    assert "Which date is it?" in page
    assert "open the conversation to switch" in client.get(f"/archives/{archive.pk}").content.decode()
    client.post(f"/archives/conversations/{row.pk}/dates")
    other = said(vault)
    assert {d for d, _ in first} | {d for d, _ in other} >= {"2024-05-01", "2024-01-05"}
    assert sorted(t for _, t in first) == sorted(t for _, t in other)
    row.refresh_from_db()
    assert row.version == 2
    client.post(f"/archives/conversations/{row.pk}/dates")
    assert said(vault) == first


def test_the_switch_holds_for_a_newer_export_and_nothing_comes_twice(owner: User, vault: Vault) -> None:
    dates = ["01/05/2024", "02/05/2024", "03/05/2024"]
    ingest(owner, whatsapp(dates))
    services.switch_dates(Conversation.objects.get())
    switched = said(vault)
    ingest(owner, whatsapp([*dates, "04/05/2024"]))
    now = said(vault)
    assert len(now) == 4
    assert set(switched) < set(now)
    assert {d[5:7] for d, _ in now} == {d[5:7] for d, _ in switched} | {now[-1][0][5:7]}


def test_a_newer_export_that_tells_the_order_puts_it_right(owner: User, vault: Vault) -> None:
    """American dates, a month's beginning only: undecided. The next export runs to the 20th and settles it."""
    early = ["5/1/2024", "5/2/2024", "5/3/2024"]
    ingest(owner, whatsapp(early))
    ingest(owner, whatsapp([*early, "5/20/2024"]))
    assert [d for d, _ in said(vault)] == ["2024-05-01", "2024-05-02", "2024-05-03", "2024-05-20"]
    view = selectors.conversations(vault, selectors.roster(vault))[0]
    assert view.other_dates is None
    assert not view.notes


def test_conversations_can_be_left_out_by_language(owner: User, vault: Vault, client: Client) -> None:
    client.force_login(owner)
    german = [
        ("Bea Quill" if n % 2 else "Ann Roe", 1_700_000_000 + n, f"ich komme heute etwas später nach Hause, warte nicht {n}")
        for n in range(6)
    ]
    english = [(s.replace("Bea Quill", "Cleo Finch"), t, x) for s, t, x in dialogue(8)]
    body = messenger(german, ["Bea Quill", "Ann Roe"]), messenger(english, ["Cleo Finch", "Ann Roe"], "Cleo Finch")
    archives = [ingest(owner, b, "message_1.json") for b in body]
    views = {v.language: v for v in selectors.conversations(vault, selectors.roster(vault))}
    assert set(views) == {"de", "en"}
    ids = {code: str(v.id) for code, v in views.items()}

    def save(archive: Archive, code: str, *, tick: bool, was: bool, keep: list[str]) -> bool:
        fields: dict[str, Any] = {
            "keep": keep,
            "since": "",
            "until": "",
            "language": [code] if tick else [],
            "was": [code] if was else [],
        }
        client.post(f"/archives/{archive.pk}/select", fields)
        return Conversation.objects.get(pk=ids[code]).left_out

    assert save(archives[0], "de", tick=False, was=True, keep=[ids["de"]]), "the tick of the language goes for all of it"
    assert not Conversation.objects.get(pk=ids["en"]).left_out
    assert not save(archives[0], "de", tick=True, was=False, keep=[])
    assert save(archives[0], "de", tick=True, was=True, keep=[]), "and one conversation can be left out on its own"


def taken_along(client: Client, query: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in downloaded(client, query).splitlines()]


def downloaded(client: Client, query: str) -> str:
    answer: Any = client.get(f"/archives/corpus?{query}")
    assert "attachment" in answer["Content-Disposition"]
    assert answer.is_async

    async def whole() -> bytes:
        return b"".join([piece async for piece in answer.streaming_content])

    return async_to_sync(whole)().decode()


def test_people_of_one_name_stay_apart(owner: User, mine: Client) -> None:
    """Two are called Alex, and one of them is the owner."""
    said = [
        (1, "Alex", "mine one two"), (2, "Alex", "other alex answers"), (3, "Sam", "and hello"),
        (2, "Alex", "the other alex again"), (4, "Sam", "a second one speaking"), (1, "Alex", "and mine again"),
    ]  # fmt: skip
    rows = [
        {
            "id": n,
            "type": "message",
            "date_unixtime": str(1_700_000_000 + n),
            "from": name,
            "from_id": f"user{who}",
            "text": text,
        }
        for n, (who, name, text) in enumerate(said)
    ]
    chat = {"name": "club", "type": "private_group", "id": 77, "messages": rows}
    info = {"user_id": 1, "first_name": "Alex"}
    ingest(owner, json.dumps({"personal_information": info, "chats": {"list": [chat]}}).encode(), "result.json")
    spoken = ["me", "other 1", "other 2", "other 1", "other 3", "me"]
    assert [t["from"] for d in taken_along(mine, "shape=dialogues") for t in d["dialogue"]] == spoken
    named = ["Alex", "Alex (2)", "Sam", "Alex (2)", "Sam (2)", "Alex"]
    assert [t["from"] for d in taken_along(mine, "shape=dialogues&names=yes") for t in d["dialogue"]] == named
    assert taken_along(mine, "shape=pairs") == [{"message": "a second one speaking", "reply": "and mine again"}]
    page = mine.get("/archives/statistics").content.decode()
    assert page.count(">you<") == 1
    assert page.count('<td dir="auto">') == 4


def test_the_corpus_as_dialogues_and_pairs(owner: User, stranger: User, vault: Vault, client: Client) -> None:
    ingest(
        owner,
        messenger([*dialogue(8), ("Ann Roe", 1_700_900_000, "mail me at ann@example.org")], ["Bea Quill", "Ann Roe"]),
        "message_1.json",
    )
    client.force_login(owner)
    lines = partial(taken_along, client)
    found = lines("shape=dialogues&names=yes")
    assert [len(d["dialogue"]) for d in found] == [4, 4, 1]
    assert found[0]["dialogue"][0] == {"from": "Bea Quill", "text": "shall we get tea?"}
    assert found[2]["dialogue"][0]["text"] == "mail me at [email]"
    assert {t["from"] for d in lines("shape=dialogues") for t in d["dialogue"]} == {"me", "other 1"}
    pairs = lines("shape=pairs")
    assert pairs[0] == {"message": "shall we get tea?", "reply": "yes the bus please, number 1"}
    assert len(pairs) == 4
    assert set(lines("shape=pairs&names=yes")[0]) == {"from", "to", "message", "reply"}
    services.leave_out(owner_id=owner.pk, conversation_ids={Conversation.objects.get().pk})
    assert lines("shape=pairs") == []
    client.force_login(stranger)
    assert lines("shape=dialogues") == []


def test_the_corpus_as_the_origins_wrote_it(owner: User, mine: Client, tmp_path: Path) -> None:
    """Plain lines, a script with times, and lists with the newest line first, which come back as they went."""
    t = 1_700_000_000
    talk = [
        ("Bea Quill", t, "first"),
        ("Ann Roe", t + 60, "two\nlines"),
        ("Ann Roe", t + 61, "ann@example.org"),
        ("Bea Quill", t + 9_000, "later"),
    ]
    ingest(owner, messenger(talk, ["Bea Quill", "Ann Roe"]), "message_1.json")
    assert downloaded(mine, "shape=lines") == "first\ntwo lines\n[email]\n\nlater\n\n"
    assert (
        downloaded(mine, "shape=lines&names=yes")
        == "Bea Quill: first\nAnn Roe: two lines\nAnn Roe: [email]\n\nBea Quill: later\n\n"
    )
    assert downloaded(mine, "shape=script&names=yes") == (
        "(2023-11-14 22:13:20) Bea Quill: first\n(2023-11-14 22:14:20) Ann Roe: two lines\n(2023-11-14 22:14:21) Ann Roe: [email]\n\n"
        "(2023-11-15 00:43:20) Bea Quill: later\n\n"
    )
    assert downloaded(mine, "shape=script").startswith(
        "(2023-11-14 22:13:20) other 1: first\n(2023-11-14 22:14:20) me: two lines"
    )
    assert taken_along(mine, "shape=newest") == [{"dialogue": ["two\nlines\n[email]", "first"]}, {"dialogue": ["later"]}]
    named = downloaded(mine, "shape=newest&names=yes")
    (tmp_path / "back.jsonl").write_text(named)
    found = [
        m for m in registry.read(container.open_all([("back.jsonl", tmp_path / "back.jsonl")])) if isinstance(m, Message)
    ]
    assert [(m.sender, m.text) for m in found] == [
        ("Bea Quill", "first"),
        ("Ann Roe", "two\nlines\n[email]"),
        ("Bea Quill", "later"),
    ]


def test_times_that_no_calendar_has_end_no_script() -> None:
    said = [Said("a", at, "x", (), False, "Ann") for at in (None, 1e18, 5.0)]
    assert "".join(dialogues.rows(said, "a", "script", names=False)).count("(?) me: x") == 2

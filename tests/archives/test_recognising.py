"""Chats recognised by what was said: renamed contacts and subjects, and one talk in two of Google's exports."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from apps.accounts.models import User
from apps.accounts.vault import Vault
from apps.archives import forgetting, gone, ingest, merging, minutes, recognising, rewriting, selectors, services, tasks
from apps.archives.minutes import minutes_of
from apps.archives.models import Archive, Conversation
from apps.jobs.models import Job
from apps.privacy.scrub.names import Names, Pair
from tests.conftest import dialogue

pytestmark = pytest.mark.django_db(transaction=True)
Talk = list[tuple[str, int, str]]
TALK: Talk = dialogue(40)


@pytest.fixture(autouse=True)
def _no_estimate(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingest, "SHADOWED", 0)


def upload(owner: User, files: dict[str, bytes]) -> dict[str, Any]:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    services.receive_bytes(owner_id=owner.pk, name="export.zip", content=out.getvalue())
    tasks.ingest(job_id=str(Job.objects.latest("created_at").pk))
    row = Archive.objects.latest("read_at")
    found = selectors.receipt(Vault(owner.pk), row) or {}
    assert found["read"] == found["kept"] + found["left"], found
    return found


def chats(vault: Vault) -> list[list[str]]:
    return sorted([r.text for r in selectors.records(vault, c) if r.kind == "text"] for c in Conversation.objects.all())


def said(talk: Talk) -> list[str]:
    return [text for _, _, text in talk]


def whatsapp(talk: Talk, title: str, **called: str) -> dict[str, bytes]:
    lines = ["1/2/20, 09:00 - Messages and calls are end-to-end encrypted."]
    for who, at, text in talk:
        when = datetime.fromtimestamp(at, UTC)
        day = f"{when.month}/{when.day}/{when:%y}, {when:%H:%M}"
        lines.append(f"{day} - {called.get(who.split()[0], who)}: {text}")
    return {f"WhatsApp Chat with {title}.txt": "\n".join(lines).encode()}


BEFORE, AFTER = (TALK[:24], "Bea Quill"), (TALK, "Bea Stone")


def renamed(talk: Talk, title: str) -> dict[str, bytes]:
    return whatsapp(talk, title, Bea=title)


def test_a_contact_who_is_called_otherwise_now_is_the_same_chat(owner: User, vault: Vault) -> None:
    upload(owner, renamed(*BEFORE))
    found = upload(owner, renamed(*AFTER))
    assert (found["new"], found["known"]) == (16, 25), "the notice, too"
    assert chats(vault) == [said(TALK)]
    row = Conversation.objects.get()
    assert vault.unseal(row, "title", row.title) == "Bea Stone"
    assert upload(owner, renamed(*AFTER))["new"] == 0, "what came under the new name does not hide the old one"
    assert upload(owner, renamed(*BEFORE))["new"] == 0
    assert upload(owner, renamed(TALK, "+44 20 7946 0000"))["new"] == 0
    assert chats(vault) == [said(TALK)]


def test_both_names_in_one_upload(owner: User, vault: Vault) -> None:
    upload(owner, renamed(*BEFORE) | renamed(*AFTER))
    assert chats(vault) == [said(TALK)]
    assert upload(owner, renamed(*AFTER) | renamed(*BEFORE))["new"] == 0


def test_a_group_with_another_subject(owner: User, vault: Vault) -> None:
    three = [("Cy Dunn" if n % 5 == 3 else who, at, text) for n, (who, at, text) in enumerate(TALK)]
    upload(owner, whatsapp(three[:24], "Tea club"))
    upload(owner, whatsapp(three[10:], "Coffee club"))
    assert chats(vault) == [said(TALK)]


def test_a_renamed_chat_whose_dates_fit_two_orders_can_still_be_switched(owner: User, vault: Vault) -> None:
    """All in the first days of two months, so that nothing tells which is which."""
    early = [(who, 1_709_287_200 + (n % 4) * 86_400 + (n // 4) * 60, text) for n, (who, _, text) in enumerate(TALK)]
    early.sort(key=lambda row: row[1])
    upload(owner, renamed(early[:24], "Bea Quill"))
    upload(owner, renamed(early, "Bea Stone"))
    row = Conversation.objects.get()
    assert (vault.unseal(row, "stats", row.stats) or {})["unsure"]
    assert all(r.unsure for r in selectors.records(vault, row) if r.kind == "text")


def test_a_round_robin_to_two_makes_them_no_one_chat(owner: User, vault: Vault) -> None:
    """What only the owner said to both, at one time, is no evidence, nor are a few equal lines of two chats."""
    mine = [row for row in TALK if row[0] == "Ann Roe"]
    upload(owner, whatsapp(mine, "Bea Quill"))
    upload(owner, whatsapp(mine, "Cy Dunn"))
    assert len(chats(vault)) == 2
    other = [(who, at, text if n % 4 == 1 else f"{text} or chess") for n, (who, at, text) in enumerate(TALK)]
    upload(owner, whatsapp(other, "Dee Moss", Bea="Dee Moss"))
    assert len(chats(vault)) == 3


def test_two_groups_with_common_news_stay_two(owner: User, vault: Vault) -> None:
    """Some lines of both senders are the same to the minute; most are not."""
    upload(owner, whatsapp(TALK, "Tea club"))
    other = [(who, at, text if n % 5 < 3 else f"{text} or chess") for n, (who, at, text) in enumerate(TALK)]
    upload(owner, whatsapp(other, "Coffee club"))
    assert len(chats(vault)) == 2


def test_one_line_that_somebody_else_said_at_the_same_minute_is_another(owner: User, vault: Vault) -> None:
    three = [*TALK[:8], ("Cy Dunn", TALK[8][1], "tea then"), ("Bea Quill", TALK[9][1], "ok")]
    upload(owner, whatsapp(three, "Tea club"))
    rest = [row for row in three if row[0] != "Bea Quill"]
    assert upload(owner, whatsapp([*rest, ("Cy Dunn", TALK[9][1], "ok")], "Tea club"))["new"] == 1


def test_two_people_who_write_at_the_same_times_stay_two(owner: User, vault: Vault) -> None:
    upload(owner, renamed(TALK, "Bea Quill"))
    upload(owner, renamed([(who, at, f"{text}!") for who, at, text in TALK], "Bea Stone"))
    assert len(chats(vault)) == 2


def test_a_name_by_which_a_chat_is_known_is_forgotten_with_its_person(owner: User, vault: Vault) -> None:
    upload(owner, renamed(*BEFORE))
    row = Conversation.objects.get()
    assert (vault.unseal(row, "stats", row.stats) or {})["key"] == "chat:Bea Quill"
    forgetting._hide(vault, gone.Gone({"Bea Quill": "Ada"}, names=Names([Pair("Quill", "Moss", "last")])))
    row = Conversation.objects.get()
    assert (vault.unseal(row, "stats", row.stats) or {})["key"] == ""
    upload(owner, renamed(*AFTER))
    assert Conversation.objects.count() == 2, "nothing tells that they are the same"


@pytest.mark.parametrize("name", ["hinge", "tinder"])
def test_a_match_with_another_number_is_the_same(name: str, owner: User, vault: Vault) -> None:
    """Numbers count what is in a download, and others go."""

    def written(which: range, count: int) -> dict[str, bytes]:
        talks = [[(at + chat * 999, f"{text} {chat}") for _, at, text in TALK[:count]] for chat in which]
        if name == "hinge":
            stamp = [
                [(str(datetime.fromtimestamp(at, UTC).replace(tzinfo=None)), text) for at, text in talk] for talk in talks
            ]
            rows = [{"chats": [{"body": text, "timestamp": at} for at, text in talk]} for talk in stamp]
            return {"matches.json": json.dumps(rows).encode()}
        matches = [
            {
                "match_id": f"Match {len(talks) - number}",
                "messages": [
                    {"message": text, "sent_date": datetime.fromtimestamp(at, UTC).strftime("%a, %d %b %Y %H:%M:%S GMT")}
                    for at, text in talk
                ],
            }
            for number, talk in enumerate(talks)
        ]
        return {"data.json": json.dumps({"Usage": {"app_opens": {}}, "Messages": matches}).encode()}

    upload(owner, written(range(3), 6))
    found = upload(owner, written(range(1, 4), 8))
    assert (found["new"], found["known"]) == (2 * 2 + 8, 12)
    assert len(chats(vault)) == 4


# Hangouts and Google Chat


def chat(talk: Talk, place: str = "DM abc") -> dict[str, bytes]:
    people = [{"name": who, "email": f"{who.split()[0].lower()}@example.org"} for who in ("Ann Roe", "Bea Quill")]
    rows = []
    for who, at, text in talk:
        when = datetime.fromtimestamp(at, UTC)
        clock = f"{when:%A, %B} {when.day}, {when.year} at {when.hour % 12 or 12}:{when:%M:%S %p} UTC"
        creator = next(p for p in people if p["name"] == who)
        rows.append({"creator": {**creator, "user_type": "Human"}, "created_date": clock, "text": text, "topic_id": "x"})
    root = f"Takeout/Google Chat/Groups/{place}"
    return {
        f"{root}/messages.json": json.dumps({"messages": rows}).encode(),
        f"{root}/group_info.json": json.dumps({"members": people}).encode(),
        "Takeout/Google Chat/Users/User 1/user_info.json": json.dumps({"user": people[0]}).encode(),
    }


def hangouts(talk: Talk, after: timedelta = timedelta(milliseconds=417)) -> dict[str, bytes]:
    ids = {"Ann Roe": "101", "Bea Quill": "102"}
    events = [
        {
            "sender_id": {"gaia_id": ids[who], "chat_id": ids[who]},
            "timestamp": str(at * 1_000_000 + int(after.total_seconds() * 1e6)),
            "chat_message": {"message_content": {"segment": [{"type": "TEXT", "text": text}]}},
            "event_type": "REGULAR_CHAT_MESSAGE",
        }
        for who, at, text in talk
    ]
    people = [{"id": {"gaia_id": n, "chat_id": n}, "fallback_name": who} for who, n in ids.items()]
    about = {
        "id": {"id": "T1"}, "type": "STICKY_ONE_TO_ONE", "self_conversation_state": {"self_read_state": {"participant_id": {"gaia_id": "101", "chat_id": "101"}}},
        "participant_data": people,
    }  # fmt: skip
    body = {"conversations": [{"conversation": {"conversation_id": {"id": "T1"}, "conversation": about}, "events": events}]}
    return {"Takeout/Hangouts/Hangouts.json": json.dumps(body).encode()}


@pytest.mark.parametrize("rounded", [417, 1700, -800])
@pytest.mark.parametrize("order", ["at once", "chat first", "hangouts first"])
def test_what_was_moved_from_hangouts_to_chat_comes_once(order: str, rounded: int, owner: User, vault: Vault) -> None:
    old, moved = hangouts(TALK[:30], timedelta(milliseconds=rounded)), chat(TALK[6:])
    uploads = {"at once": [old | moved], "chat first": [moved, old], "hangouts first": [old, moved]}[order]
    receipts = [upload(owner, files) for files in uploads]
    texts = sorted(text for texts in chats(vault) for text in texts)
    assert texts == sorted(said(TALK))
    skipped = [r for found in receipts for f in found["files"] for r in f["skipped"]]
    assert [(r["reason"], r["count"]) for r in skipped if r["reason"] == merging.ELSEWHERE] == [(merging.ELSEWHERE, 24)]
    for files in uploads:
        assert upload(owner, files)["new"] == 0
    assert texts == sorted(text for texts in chats(vault) for text in texts)


def test_a_talk_that_chat_holds_whole_makes_no_second_chat(owner: User, vault: Vault) -> None:
    upload(owner, hangouts(TALK[:20]) | chat(TALK))
    assert chats(vault) == [said(TALK)]
    assert Conversation.objects.get().platform == "googlechat"


def test_the_same_few_words_elsewhere_are_not_left_out(owner: User, vault: Vault) -> None:
    other = [(who, at + 7, text) for who, at, text in TALK]
    upload(owner, hangouts(TALK) | chat(other))
    assert len(chats(vault)) == 2
    assert [len(texts) for texts in chats(vault)] == [40, 40]
    few = [(who, at, text if n in (3, 30) else f"{text} or so") for n, (who, at, text) in enumerate(TALK)]
    upload(owner, chat(few, "DM xyz"))
    assert sorted(len(texts) for texts in chats(vault)) == [40, 40, 40]


def test_a_chat_is_not_read_where_no_other_could_be_it(owner: User, vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[object] = []
    monkeypatch.setattr(recognising.Recognised, "_said_in", lambda *given: asked.append(given))
    upload(owner, whatsapp(TALK, "Bea Quill"))
    later = [(who, at + 400_000_00, text) for who, at, text in TALK]
    upload(owner, whatsapp(later, "Cy Dunn"))
    assert not asked


def together(*exports: dict[str, bytes]) -> dict[str, bytes]:
    """Several talks in one Hangouts.json, each with somebody else."""
    name, found = "Takeout/Hangouts/Hangouts.json", []
    for number, files in enumerate(exports):
        text = json.dumps(json.loads(files[name])["conversations"][0])
        found.append(json.loads(text.replace('"T1"', f'"T{number + 1}"').replace('"102"', f'"{102 + number}"')))
    return {name: json.dumps({"conversations": found}).encode()}


@pytest.mark.parametrize("ahead", [15, 25, 30, 35])
def test_the_same_takeout_again_reads_what_was_written_meanwhile(
    ahead: int, owner: User, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Chats are stored while later ones are compared with them."""
    monkeypatch.setattr(rewriting, "AHEAD", ahead)
    later = [(who, at + 500_000_000 - 7 * 86_400, f"{text} again") for who, at, text in TALK]
    files = chat(TALK[20:], "DM a") | chat(later[20:], "DM b") | together(hangouts(TALK), hangouts(later))
    assert upload(owner, files)["new"] == 80
    more = [*later[20:], ("Bea Quill", later[-1][1] + 86_400, "and something new")]
    assert upload(owner, files | chat(more, "DM b"))["new"] == 1
    assert sorted(text for texts in chats(vault) for text in texts) == sorted([*said(TALK), *said(later), more[-1][2]])


def test_a_few_lines_are_no_evidence_that_a_chat_was_moved(owner: User, vault: Vault) -> None:
    upload(owner, chat(TALK))
    line = next(row for row in TALK if row[0] == "Ann Roe")
    upload(owner, hangouts([line], timedelta(0)))
    assert sorted(len(texts) for texts in chats(vault)) == [1, 40]


@pytest.mark.parametrize("group", [False, True])
def test_a_new_name_after_dates_were_switched(group: bool, owner: User, vault: Vault) -> None:
    early = [(who, 1_709_287_200 + (n % 4) * 86_400 + (n // 4) * 60, text) for n, (who, _, text) in enumerate(TALK)]
    early = sorted(early, key=lambda row: row[1])[:24]
    if group:
        early = [("Cy Dunn" if n % 5 == 3 else who, at, text) for n, (who, at, text) in enumerate(early)]
    upload(owner, whatsapp(early, "Tea club" if group else "Bea Quill"))
    services.switch_dates(Conversation.objects.get())
    found = upload(owner, whatsapp(early, "Tea club" if group else "Bea Stone", Bea="Bea Stone"))
    assert (found["new"], len(chats(vault))) == (0, 1)


def telegram(talk: Talk) -> dict[str, bytes]:
    rows = [
        {
            "id": n, "type": "message", "date": f"{datetime.fromtimestamp(at, UTC):%Y-%m-%dT%H:%M:%S}", "date_unixtime": str(at),
            "from": who, "from_id": "user1" if who == "Ann Roe" else "user77", "text": text,
        }
        for n, (who, at, text) in enumerate(talk)
    ]  # fmt: skip
    chat = {"name": "Bea Quill", "type": "personal_chat", "id": 77, "messages": rows}
    about = {"user_id": 1, "first_name": "Ann", "last_name": "Roe"}
    return {"result.json": json.dumps({"personal_information": about, "chats": {"list": [chat]}}).encode()}


def telegram_pages(talk: Talk) -> dict[str, bytes]:
    rows = []
    for n, (who, at, text) in enumerate(talk):
        when = datetime.fromtimestamp(at, UTC)
        rows.append(
            f'<div class="message default clearfix" id="message{n}"><div class="body"><div class="pull_right date details" '
            f'title="{when:%d.%m.%Y %H:%M:%S} UTC+00:00"></div><div class="from_name">{who}</div><div class="text">{text}</div></div></div>'
        )
    head = '<div class="page_header"><div class="content"><div class="text bold">Bea Quill</div></div></div>'
    body = f'<div class="page_wrap">{head}<div class="page_body chat_page"><div class="history">{"".join(rows)}</div></div></div>'
    return {"chats/chat_001/messages.html": f"<html><body>{body}</body></html>".encode()}


def test_a_chat_that_is_there_under_its_own_id_stays_there(
    owner: User, vault: Vault, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pages and JSON of it were stored apart before they were looked for."""
    with monkeypatch.context() as before:
        before.setattr(recognising.Recognised, "_other_form", lambda *_: None)
        upload(owner, telegram_pages(TALK[:20]))
        upload(owner, telegram(TALK))
    assert [len(texts) for texts in chats(vault)] == [20, 40]
    assert upload(owner, telegram(TALK))["new"] == 0
    assert [len(texts) for texts in chats(vault)] == [20, 40]


def test_chats_of_many_minutes_are_compared_by_some_of_them() -> None:
    said = range(0, 60 * 90_000, 7 * 60)
    whole = minutes_of(map(float, said))
    part = minutes_of(map(float, list(said)[-1_500:]))
    other = minutes_of(float(m) + 180 for m in said)
    assert whole is not None
    assert part is not None
    assert other is not None
    assert len(whole.at) < 2 * minutes.MOST < len(said)
    assert whole.like(part)
    assert part.like(whole)
    assert not whole.like(other)
    assert not part.like(other)

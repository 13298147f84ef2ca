"""Reviewing what was taken out: one decision for every occurrence, undone until the ledger is burnt."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.models import User
from apps.accounts.vault import Vault
from apps.archives import (
    conversations,
    findings,
    ingest,
    languages,
    rewriting,
    selectors,
    sensitive,
    services,
    shadow,
    tasks,
)
from apps.archives.models import Archive, Conversation
from apps.archives.transcripts import Record
from apps.jobs.models import Job
from apps.privacy import selectors as ledgers
from apps.privacy import services as privacy
from apps.privacy.models import Decision, Ledger
from apps.privacy.planted import hiding
from apps.privacy.planted.phrases import sections
from apps.privacy.planted.types import KINDS, LANGUAGES, Case
from apps.privacy.scrub.hands import Hands
from apps.privacy.scrub.look import Rules
from tests.conftest import messenger

pytestmark = [pytest.mark.rows, pytest.mark.django_db(transaction=True)]
TALK = [
    ("Ann Roe", 1_700_000_000, "the wifi password is Sunflower99"), ("Bea Quill", 1_700_000_060, "SUNFLOWER99 does not work"),
    ("Ann Roe", 1_700_000_120, "card 4111 1111 1111 1111 and Fernweg is nice"), ("Bea Quill", 1_700_000_180, "what's your pin?"), ("Ann Roe", 1_700_000_240, "4821"),
]  # fmt: skip


@pytest.fixture
def archive(owner: User) -> Archive:
    made = services.receive_bytes(
        owner_id=owner.pk, name="message_1.json", content=messenger(TALK, ["Bea Quill", "Ann Roe"])
    )
    tasks.ingest(job_id=str(Job.objects.get(subject=made.pk).pk))
    made.refresh_from_db()
    return made


def texts(vault: Vault) -> list[str]:
    return [r.text for c in Conversation.objects.order_by("id") for r in selectors.records(vault, c)]


def run(kind: str = services.RESCRUB) -> Job:
    job = Job.objects.filter(kind=kind).latest("created_at")
    tasks.rescrub(job_id=str(job.pk))
    job.refresh_from_db()
    return job


def test_values_are_grouped_and_the_riskiest_come_first(archive: Archive, vault: Vault, mine: Client) -> None:
    groups = findings.groups(vault)
    assert [(g.kind, g.count, len(g.spellings)) for g in groups] == [("password", 2, 2), ("pin", 1, 1), ("card", 1, 1)]
    page = mine.get("/archives/review").content.decode()
    assert "Su••" in page.replace("&bull;", "•")
    assert "2 spellings" in page
    assert "4••••" in page or "4•••" in page
    assert mine.get("/archives/review?kind=card&page=x").status_code == 200
    assert mine.get("/archives/review", {"page": "9" * 5_000}).status_code == 200


def test_a_decision_counts_everywhere_and_can_be_undone(archive: Archive, vault: Vault, mine: Client) -> None:
    before = texts(vault)
    assert before[:3] == ["the wifi password is [password]", "[password] does not work", "card [card] and Fernweg is nice"]
    mine.post("/archives/review/decide", {"kind": "password", "value": "Sunflower99", "action": "keep"})
    mine.post("/archives/review/decide", {"kind": "secret", "value": "fernweg", "action": "take"})
    assert texts(vault) == before, "nothing happens before it is applied"
    mine.post("/archives/review/apply")
    assert run().state == "done"
    assert texts(vault)[:3] == [
        "the wifi password is Sunflower99",
        "SUNFLOWER99 does not work",
        "card [card] and [secret] is nice",
    ]
    assert "Sunflower99" not in {e.value for e in ledgers.ledger(vault, Conversation.objects.get().pk)}
    assert set(Decision.objects.values_list("applied", flat=True)) == {True}
    for row in Decision.objects.all():
        mine.post(f"/archives/review/{row.pk}/undo")
    assert run().state == "done"
    assert texts(vault) == before
    assert not Decision.objects.exists()


def test_decisions_hold_for_the_next_upload(owner: User, archive: Archive, vault: Vault, mine: Client) -> None:
    mine.post("/archives/review/decide", {"kind": "password", "value": "Sunflower99", "action": "keep"})
    mine.post("/archives/review/decide", {"kind": "key", "value": "4111 1111 1111 1111", "action": "kind"})
    more = [*TALK, ("Bea Quill", 1_700_000_300, "sunflower99 again")]
    made = services.receive_bytes(
        owner_id=owner.pk, name="message_1.json", content=messenger(more, ["Bea Quill", "Ann Roe"])
    )
    tasks.ingest(job_id=str(Job.objects.get(subject=made.pk).pk))
    assert texts(vault)[-1] == "sunflower99 again"
    assert "[key]" in texts(vault)[2]


def test_decisions_that_say_nothing_are_refused(archive: Archive, mine: Client, stranger: User) -> None:
    for fields in (
        {"kind": "password", "value": " ", "action": "keep"},
        {"kind": "x", "value": "a", "action": "keep"},
        {"kind": "pin", "value": "1", "action": "x"},
    ):
        mine.post("/archives/review/decide", fields)
    assert not Decision.objects.exists()
    mine.post("/archives/review/decide", {"kind": "pin", "value": "4821", "action": "keep"})
    assert b"4821" not in bytes(Decision.objects.get().about)
    other = Client()
    other.force_login(stranger)
    assert b"4821" not in other.get("/archives/review").content


def test_burning_is_for_good(archive: Archive, vault: Vault, mine: Client) -> None:
    before = texts(vault)
    mine.post("/archives/review/burn")
    assert not Ledger.objects.exists()
    assert "Nothing to review" in mine.get("/archives/review").content.decode()
    mine.post("/archives/review/decide", {"kind": "password", "value": "Sunflower99", "action": "keep"})
    mine.post("/archives/review/apply")
    run()
    assert texts(vault) == before, "what was burnt stays taken out"


def test_the_retention_clock(owner: User, archive: Archive, vault: Vault, mine: Client) -> None:
    privacy.sweep()
    assert Ledger.objects.exists()
    Ledger.objects.update(created_at=timezone.now() - timedelta(days=31))
    mine.post("/archives/review/decide", {"kind": "pin", "value": "4821", "action": "keep"})
    privacy.sweep()
    assert Ledger.objects.exists(), "a review holds it up"
    Decision.objects.update(decided_at=timezone.now() - timedelta(days=31))
    privacy.sweep()
    assert not Ledger.objects.exists()
    assert texts(vault)[0] == "the wifi password is [password]"


def test_applying_waits_for_an_upload_that_is_read(owner: User, archive: Archive, mine: Client) -> None:
    services.start_rescrub(owner_id=owner.pk)
    Job.objects.filter(kind=services.INGEST).update(state=Job.State.RUNNING)
    job = run()
    assert (job.state, "just now" in job.cause) == ("failed", True)


def test_the_receipt_says_how_well_it_is_scrubbed(owner: User, vault: Vault, mine: Client) -> None:
    talk = [
        ("Ann Roe" if n % 2 else "Bea Quill", 1_700_000_000 + n * 60, f"see you at the lake, number {n}") for n in range(60)
    ]
    made = services.receive_bytes(
        owner_id=owner.pk, name="message_1.json", content=messenger(talk, ["Bea Quill", "Ann Roe"])
    )
    tasks.ingest(job_id=str(Job.objects.get(subject=made.pk).pk))
    made.refresh_from_db()
    receipt = selectors.receipt(vault, made)
    assert receipt is not None
    estimate = receipt["estimate"]
    assert estimate["planted"] == 200
    assert estimate["foreign"] == []
    assert estimate["low"] < estimate["found"] / estimate["planted"] <= estimate["high"]  # all may be found
    assert estimate["found"] / estimate["planted"] > 0.85
    page = mine.get(f"/archives/{made.pk}").content.decode()
    assert f"<strong>{estimate['found']} were found</strong>" in page
    assert f"<strong>{estimate['found']} were found</strong>" in mine.get("/archives/review").content.decode()
    assert [t for t in texts(vault) if "lake" not in t] == [], "the copy is forgotten"


def written(code: str) -> list[Record]:
    """A conversation whose lines tell its language."""
    return [Record(str(n), 60.0 * n, True, "ab"[n % 2], "text", f"{code} line", [], []) for n in range(40)]


@pytest.mark.parametrize("seed", range(12))
def test_two_hundred_secrets_are_two_hundred(seed: int) -> None:
    made = shadow.estimate([written("en")], ["en"], seed)
    assert made is not None
    assert made.planted == 200


def test_secrets_speak_the_language_of_their_conversation_or_english(monkeypatch: pytest.MonkeyPatch) -> None:
    talks, hidden, real = ["de", "nl", "ru", "", "uk"], [], shadow._hidden

    def kept(case: Case, talk: Sequence[Record], rng: random.Random) -> Any:
        hidden.append((talk[0].text[:2].strip(), case.language))
        return real(case, talk, rng)

    monkeypatch.setattr(shadow, "_hidden", kept)
    made = shadow.estimate([*map(written, talks), written("pl")[:2]], [*talks, "pl"], 1)
    assert made is not None
    assert {*hidden} == {("de", "de"), ("ru", "ru"), ("nl", "en"), ("uk", "en"), ("l", "en")}
    assert made.foreign == ("nl", "uk"), "nothing was hidden in the short one"


@pytest.mark.parametrize("code", LANGUAGES)
def test_every_kind_is_hidden_also_as_the_bare_answer(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    cases: list[Case] = []

    def kept(case: Case, talk: Sequence[Record], rng: random.Random) -> Any:
        cases.append(case)
        return [], 0

    monkeypatch.setattr(shadow, "_hidden", kept)
    monkeypatch.setattr(shadow.conversation, "findings", lambda lines: [[]] * 9)
    made = shadow.estimate([written(code)], [code], 3)
    assert made is not None
    assert made.planted == sum(len(case.spans) for case in cases) == 200
    told = Counter(span.kind for case in cases for span in case.spans if case.group == "told")
    assert told.keys() == {*KINDS}
    assert max(told.values()) - min(told.values()) <= 1, "none comes much oftener than another"
    answered = [(case.messages[s.message].text, s) for case in cases for s in case.spans if case.group == "answered"]
    cued = {"password", "pin", "code", "cvv", "id", "passport", "birthdate", "address", "postcode", "handle"}
    assert cued <= {span.kind for _, span in answered}
    assert all(span.message for _, span in answered), "somebody asked before"
    assert sum(text[span.start : span.end] == text for text, span in answered) > len(answered) / 3, "bare"


@pytest.mark.parametrize("code", LANGUAGES)
def test_what_is_hidden_stands_in_no_other_test(code: str) -> None:
    """The detectors were made with the other sentences, and would find them again."""
    tests = "".join(path.read_text(encoding="utf-8") for path in Path("tests/privacy").glob("*.py"))
    elsewhere = {line for section in sections(code).values() for line in section}
    own = hiding.lines(code)
    assert own.keys() == hiding.lines("en").keys()
    sentences = [line for title, lines in own.items() for line in lines if title[:3] in ("tol", "ask") and line != "{v}"]
    assert len(sentences) == len({*sentences}) > 30
    assert not elsewhere.intersection(sentences)
    longest = [max(line.split("{v}"), key=len).strip() for line in sentences]
    assert not [piece for piece in longest if len(piece) > 12 and piece in tests]


def test_the_receipt_says_where_secrets_were_english(owner: User, vault: Vault, mine: Client) -> None:
    lines = ("ik ga morgen naar de markt om brood en kaas te halen", "dat is goed, neem je ook wat appels voor mij mee?")
    talk = [("Ann Roe" if n % 2 else "Bea Quill", 1_700_000_000 + n * 60, lines[n % 2]) for n in range(20)]
    made = services.receive_bytes(
        owner_id=owner.pk, name="message_1.json", content=messenger(talk, ["Bea Quill", "Ann Roe"])
    )
    tasks.ingest(job_id=str(Job.objects.get(subject=made.pk).pk))
    for page in (f"/archives/{made.pk}", "/archives/review"):
        assert "in conversations in Dutch were English" in mine.get(page).content.decode()
    assert languages.named(["pl", "nl", "cs"]) == "Czech, Dutch or Polish"
    assert languages.named(()) == ""


def test_a_blind_scrubber_would_be_seen(owner: User, monkeypatch: pytest.MonkeyPatch, vault: Vault) -> None:
    """The estimate falls when detectors are taken away: it measures something."""
    monkeypatch.setattr("apps.privacy.scrub.engine.asked", lambda view: ())
    monkeypatch.setattr("apps.privacy.scrub.conversation._answered", lambda lines, regions: iter(()))
    talk = [("Ann Roe" if n % 2 else "Bea Quill", 1_700_000_000 + n * 60, f"hello {n}") for n in range(20)]
    made = services.receive_bytes(
        owner_id=owner.pk, name="message_1.json", content=messenger(talk, ["Bea Quill", "Ann Roe"])
    )
    estimate = ingest._estimated(made, vault, Hands(Rules()))()
    assert estimate is None or estimate.found < 0.3 * estimate.planted


PRIVATE = [
    ("Ann Roe", 1_700_000_000, "I'm pregnant, call 4111 1111 1111 1111"),
    ("Bea Quill", 1_700_000_060, "wow! don't tell anyone about it yet"),
    ("Ann Roe", 1_700_000_120, "I'm dying of laughter"),
]


@pytest.fixture
def talk(owner: User) -> Conversation:
    made = services.receive_bytes(
        owner_id=owner.pk, name="message_1.json", content=messenger(PRIVATE, ["Bea Quill", "Ann Roe"])
    )
    tasks.ingest(job_id=str(Job.objects.get(subject=made.pk).pk))
    return Conversation.objects.get()


def test_sensitive_talk_is_counted_shown_and_left_out(talk: Conversation, vault: Vault, mine: Client) -> None:
    assert vault.unseal(talk, "stats", talk.stats)["topics"] == {"health": 1, "confidence": 1}
    assert b"pregnant" not in bytes(talk.stats)
    page = mine.get("/archives/review").content.decode()
    assert "health 1" in page
    assert "pregnant" not in page
    looked = mine.get(f"/archives/review/sensitive/{talk.pk}").content.decode()
    assert "pregnant, call [card]" in looked
    assert "4111" not in looked
    assert "laughter" not in looked
    for fields, left_out in (({}, True), ({"back": "yes"}, False)):
        mine.post(f"/archives/review/sensitive/{talk.pk}/leave", fields)
        talk.refresh_from_db()
        assert talk.left_out is left_out


def test_any_conversation_and_a_period_can_be_left_out_there(talk: Conversation, mine: Client) -> None:
    page = mine.get("/archives/review").content.decode()
    assert f"/archives/review/sensitive/{talk.pk}/leave" in page.partition('id="leave-out"')[2]
    mine.post("/archives/review/period", {"since": "2020-01-01", "until": "2020-12-31"})
    assert selectors.window(talk.owner_id) == (date(2020, 1, 1), date(2020, 12, 31))
    page = mine.post("/archives/review/period", {"since": "2021-01-01", "until": "2020-01-01"}, follow=True)
    assert selectors.window(talk.owner_id) == (date(2020, 1, 1), date(2020, 12, 31)), page.content.decode()[:2_000]
    mine.post("/archives/review/period", {})
    assert selectors.window(talk.owner_id) == (None, None)


def test_what_was_stored_before_is_counted_on_request(talk: Conversation, vault: Vault, mine: Client) -> None:
    stats = vault.unseal(talk, "stats", talk.stats)
    del stats["topics"]
    Conversation.objects.update(stats=vault.seal(talk, "stats", stats))
    assert sensitive.listing(vault) == ([], 1)
    assert "1 conversation was read before this was counted" in mine.get("/archives/review").content.decode()
    version = talk.version
    mine.post("/archives/review/apply")
    assert run().state == "done"
    (counted,), uncounted = sensitive.listing(vault)
    assert (counted.counts, uncounted) == ([("confidence", 1), ("health", 1)], 0)
    talk.refresh_from_db()
    assert talk.version == version, "counting changes nothing that was learnt"
    assert vault.unseal(talk, "stats", talk.stats) == {**stats, "topics": {"confidence": 1, "health": 1}}


def three(owner: User) -> list[Archive]:
    """A chat with Bea in two exports, the second with more of it, and one with Cora."""
    made = []
    for other, talk in (("Bea Quill", TALK[:3]), ("Cora Lind", TALK), ("Bea Quill", TALK)):
        renamed = [(other if s == "Bea Quill" else s, t, x) for s, t, x in talk]
        content = messenger(renamed, [other, "Ann Roe"], other)
        made.append(services.receive_bytes(owner_id=owner.pk, name="message_1.json", content=content))
        tasks.ingest(job_id=str(Job.objects.get(subject=made[-1].pk).pk))
    return made


def test_nothing_is_deleted_while_decisions_are_applied(owner: User, vault: Vault) -> None:
    archives = three(owner)
    before = texts(vault)
    Job.objects.filter(pk=services.start_rescrub(owner_id=owner.pk).pk).update(state="running")
    for row in archives:
        with pytest.raises(services.Expected, match="decisions are being applied"):
            services.delete(archive=row)
    with pytest.raises(services.Expected, match="decisions are being applied"):
        services.delete_conversation(Conversation.objects.all()[0])
    assert texts(vault) == before


def test_what_is_deleted_while_all_is_scrubbed_anew_stays_deleted(owner: User, vault: Vault) -> None:
    """The deletion began a moment earlier and ends in the middle."""
    archives = three(owner)
    bea = next(row for row in Conversation.objects.all() if vault.unseal(row, "title", row.title) == "Bea Quill")
    privacy.decide(vault=vault, kind="name", value="Fernweg", action="take")
    privacy.decide(vault=vault, kind="secret", value="does", action="take")
    deleted: list[object] = []

    def progress(done: float, stage: str) -> None:
        if not deleted:
            deleted.extend(archives[1:])
            for row in archives[1:]:
                services.delete(archive=row)

    rewriting.rescrub(vault, progress, lambda: None)
    assert [row.pk for row in Conversation.objects.all()] == [bea.pk]
    left = list(selectors.records(vault, Conversation.objects.get()))
    assert len(left) == 3
    assert {source for r in left for source in r.sources} == {archives[0].pk.hex}
    assert "does" not in left[1].text, "and what stays is scrubbed as was decided"


def test_an_owner_may_leave_out_a_conversation_while_it_is_written(owner: User, vault: Vault) -> None:
    three(owner)
    row = Conversation.objects.all()[0]
    services.set_left_out(row, left_out=True)  # the row that was read before does not know of it
    conversations.again(vault, row, list(conversations.records_of(vault, row)), [], lambda: None)
    assert Conversation.objects.get(pk=row.pk).left_out

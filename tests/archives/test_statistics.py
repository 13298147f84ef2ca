"""Counts of the page of statistics, on conversations counted by hand."""

from __future__ import annotations

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.accounts.services import open_vault
from apps.archives import insight, languages, selectors, services, statistics, tasks
from apps.archives.models import Conversation
from apps.archives.statistics import Report, Said
from apps.jobs.models import Job
from tests.conftest import dialogue, messenger


def test_reply_times_hours_and_dialogues() -> None:
    report = Report()
    at = 1_700_000_000.0  # 14 November 2023, 22:13 UTC, a Tuesday
    talk = [
        Said("Ann", at, "Moss moss 🌿"), Said("Bea", at + 60, "kettle"), Said("Ann", at + 90, "kettle"),
        Said("Bea", at + 20_000, "a new dialogue"), Said("Ann", at + 20_010, "yes"),
    ]  # fmt: skip
    statistics.add(report, "Bea", talk, "Ann")
    assert report.messages == {"Ann": 3, "Bea": 2}
    assert report.reply_time("Bea") == 60
    assert report.reply_time("Ann") == 20  # the median of 30 and 10; the new dialogue is no answer
    assert report.hours[22] == 3
    assert report.weekdays == {1: 3, 2: 2}
    assert report.longest[0][0] == 3
    assert report.favourite["Ann"]["moss"] == 2
    assert report.emoji["Ann"] == {"🌿": 1}
    assert report.months == {"2023-11": 5}


def test_people_of_one_name_are_counted_apart() -> None:
    report = Report()
    talk = [Said(who, 1_700_000_000.0 + n, "moss", name="Alex") for n, who in enumerate(("1", "2", "2"))]
    statistics.add(report, "club", talk, "1")
    assert report.messages == {"1": 1, "2": 2}
    assert report.names == {"1": "Alex", "2": "Alex"}
    assert report.reply_time("2") == 1
    assert report.my_months == {"2023-11": 1}


def test_times_that_no_calendar_has_are_passed_over() -> None:
    report = Report()
    statistics.add(report, "x", [Said("1", at, "moss") for at in (-8e10, 2.6e11, -6e10)], "1")
    assert report.messages == {"1": 3}
    assert report.months == {"0068-09": 1}


def test_placeholders_are_no_words() -> None:
    report = Report()
    statistics.add(report, "x", [Said("Ann", None, "my card is CARD today", ((11, 15),))], "Ann")
    assert "card" not in report.favourite["Ann"] or report.favourite["Ann"]["card"] == 1
    assert report.words["Ann"] == 4


def test_all_of_the_time_is_shown_and_its_pauses() -> None:
    span, bars = insight.over_time({"2023-11": 5, "2024-02": 3}, {"2023-11": 2})
    assert span == "Month"
    assert bars == [("2023-11", 5, 2), ("2023-12", 0, 0), ("2024-01", 0, 0), ("2024-02", 3, 0)]
    long = {f"{year}-{month:02}": 1 for year in range(2009, 2024) for month in range(1, 13)}
    span, bars = insight.over_time(long, long)
    assert (span, bars[0], bars[-1], len(bars)) == ("Quarter", ("2009 Q1", 3, 3), ("2023 Q4", 3, 3), 60)
    assert sum(count for _, count, _ in bars) == len(long)
    span, bars = insight.over_time({"0068-09": 1, "1990-01": 1, "2023-05": 2}, {})
    assert (span, bars[-1], len(bars)) == ("Year", ("2023", 2, 0), insight.MOST_BARS)
    assert insight.over_time({}, {}) == ("Month", [])


@pytest.mark.django_db(transaction=True)
def test_of_a_chat_that_is_too_large_the_latest_messages_are_counted(
    owner: User, mine: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = messenger(dialogue(60), ["Bea Quill", "Ann Roe"])
    services.receive_bytes(owner_id=owner.pk, name="message_1.json", content=content)
    tasks.ingest(job_id=str(Job.objects.get().pk))
    monkeypatch.setattr(selectors, "COUNTED", 25)
    vault = open_vault(owner.pk)
    report, whole = selectors.report(vault, selectors.roster(vault))
    assert not whole
    assert report.messages.total() == 25
    page = mine.get("/archives/statistics").content.decode()
    assert "of the last of them the latest messages" in page
    assert "nothing to count" not in page


def test_languages_are_told_from_a_conversation() -> None:
    assert languages.of(["ich komme gleich", "hab noch was vergessen, sorry", "macht nichts, bis gleich am Bahnhof"]) == "de"
    assert languages.of(["привет, ты сегодня придёшь?", "да, конечно, только немного позже, хорошо"]) == "ru"
    assert languages.of(["hmm", "ok"]) == ""
    assert languages.name("de") == "German"
    assert languages.name("")


def test_the_page(client: Client, owner: User, stranger: User, db: None) -> None:
    client.force_login(owner)
    assert b"nothing to count" in client.get("/archives/statistics").content
    services.receive_bytes(
        owner_id=owner.pk, name="message_1.json", content=messenger(dialogue(40), ["Bea Quill", "Ann Roe"])
    )
    tasks.ingest(job_id=str(Job.objects.get().pk))
    page = client.get("/archives/statistics").content.decode()
    assert "40 messages" in page
    assert page.count("<rect") > 20
    client.force_login(stranger)
    assert b"nothing to count" in client.get("/archives/statistics").content


def test_a_message_before_the_year_1_breaks_no_page(mine: Client, owner: User) -> None:
    talk = [("Ann Roe", -80_000_000_000, "you are stupid and fat"), *dialogue(4)]
    services.receive_bytes(owner_id=owner.pk, name="message_1.json", content=messenger(talk, ["Bea Quill", "Ann Roe"]))
    tasks.ingest(job_id=str(Job.objects.get().pk))
    row = Conversation.objects.get()
    for page in (
        "statistics",
        f"conversations/{row.pk}",
        f"review/compare/{row.pk}",
        f"review/sensitive/{row.pk}",
        "review",
    ):
        assert mine.get(f"/archives/{page}").status_code == 200

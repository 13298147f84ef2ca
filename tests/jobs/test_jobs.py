"""Jobs under races, deaths and comebacks."""

from __future__ import annotations

import threading
from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from apps.accounts.models import User
from apps.jobs import claims, kinds, selectors, services
from apps.jobs.causes import Expected, LeaseLost, StopAsked
from apps.jobs.models import Event, Job

pytestmark = [pytest.mark.rows, pytest.mark.django_db(transaction=True)]
told: list[object] = []
kinds.register(kinds.Kind("test.work", "ingest", attempts=2, ended=told.append))


def make(owner: User) -> Job:
    return services.create(owner_id=owner.pk, kind="test.work", subject=uuid4())


def expire(job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(lease_until=timezone.now() - timedelta(seconds=1))


def test_of_many_claims_one_wins(owner: User) -> None:
    job = make(owner)
    won: list[object] = []

    def claim() -> None:
        if claims.claim(job.pk) is not None:
            won.append(1)
        connection.close()

    threads = [threading.Thread(target=claim) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1


def test_a_claim_between_look_and_grab_loses_nothing(owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    job = make(owner)
    won: list[object] = []
    real = claims._owner_is_busy

    def meanwhile(seen: Job) -> bool:
        monkeypatch.setattr(claims, "_owner_is_busy", real)
        won.append(claims.claim(job.pk))
        return False

    monkeypatch.setattr(claims, "_owner_is_busy", meanwhile)
    assert claims.claim(job.pk) is None
    assert won[0] is not None


def test_the_same_work_is_not_queued_twice(owner: User) -> None:
    job = make(owner)
    assert services.create(owner_id=owner.pk, kind="test.work", subject=job.subject).pk == job.pk


def test_a_worker_taken_for_dead_writes_nothing(owner: User) -> None:
    job = make(owner)
    old = claims.claim(job.pk)
    assert old is not None
    expire(job)
    services.sweep()
    new = claims.claim(job.pk)
    assert new is not None
    for write in (lambda: old.progress(0.5), lambda: old.event({"x": 1}), lambda: old.end(Job.State.DONE), old.check):
        with pytest.raises(LeaseLost):
            write()
    new.end(Job.State.DONE)
    assert Job.objects.get(pk=job.pk).state == Job.State.DONE


def test_what_always_dies_is_given_up_and_told(owner: User) -> None:
    told.clear()
    job = make(owner)
    for _ in range(2):
        assert claims.claim(job.pk) is not None
        expire(job)
        services.sweep()
    job.refresh_from_db()
    assert job.state == Job.State.FAILED
    assert "try once more" in job.cause
    assert told == [job.subject]


def test_events_have_no_gaps_and_are_sealed(owner: User) -> None:
    job = make(owner)
    lease = claims.claim(job.pk)
    assert lease is not None
    for n in range(5):
        lease.event({"said": f"private {n}"})
    assert [e["number"] for e in selectors.events(job, 0)] == [1, 2, 3, 4, 5]
    assert selectors.events(job, 3)[0]["said"] == "private 3"
    assert all(b"private" not in bytes(e.body) for e in Event.objects.all())


def test_a_page_may_ask_after_any_number(owner: User, mine: Client) -> None:
    job = make(owner)
    for after in ("9" * 18, "9" * 5_000, "x"):
        assert mine.get(f"/jobs/{job.pk}", {"after": after}).json()["events"] == []


def test_stopping_waiting_and_running_work(owner: User) -> None:
    waiting = make(owner)
    services.stop(waiting)
    assert Job.objects.get(pk=waiting.pk).state == Job.State.STOPPED
    job = make(owner)
    with pytest.raises(StopAsked):  # noqa: PT012
        lease = claims.claim(job.pk)
        assert lease is not None
        services.stop(job)
        lease.check()


def test_expected_and_unexpected_failures_part(owner: User, caplog: pytest.LogCaptureFixture) -> None:
    for error, cause in (
        (Expected("Please do this."), "Please do this."),
        (ValueError("my private text"), "Sorry."),
    ):
        job = make(owner)
        with claims.working(str(job.pk), unexpected="Sorry.") as lease:
            assert lease is not None
            raise error
        assert Job.objects.get(pk=job.pk).cause == cause
    assert "my private text" not in caplog.text
    assert "ValueError" in caplog.text


def test_a_heartbeat_keeps_the_lease(owner: User, settings: object) -> None:
    settings.LEASE_SECONDS = 4  # on a busy machine a beat comes a second late
    job = make(owner)
    lease = claims.claim(job.pk)
    assert lease is not None
    with lease.beating():
        threading.Event().wait(5.5)
        services.sweep()
        assert Job.objects.get(pk=job.pk).state == Job.State.RUNNING
    connection.close()


def test_the_place_in_the_queue(owner: User) -> None:
    first, second = make(owner), make(owner)
    assert [selectors.place(first), selectors.place(second)] == [0, 1]

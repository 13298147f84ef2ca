"""Whose turn it is, on rows under races; and a real Celery worker that takes turns over a real Redis."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from celery import shared_task
from celery.contrib.testing.worker import start_worker
from django.db import connection
from django.utils import timezone

from apps.accounts.models import SealedObject, User
from apps.accounts.services import open_vault
from apps.jobs import claims, kinds, pausing, selectors, services, turns
from apps.jobs.causes import Expected, LeaseLost, PauseAsked, StopAsked
from apps.jobs.lease import Lease
from apps.jobs.models import Job
from chatclone_site.celery import app
from tests.flows.stack import eventually

pytestmark = [pytest.mark.rows, pytest.mark.django_db(transaction=True)]
TURNS, PAIR = "test.turns", "test.pair"
kinds.register(kinds.Kind(TURNS, "turns", per_owner=1, at_will=True))
kinds.register(kinds.Kind(PAIR, "turns", per_owner=2))


@pytest.fixture
def people(db: None) -> list[User]:
    return [User.objects.create_user(f"{name}@example.org", "x") for name in ("a", "b", "c")]


def make(owner: User, kind: str = TURNS, expected: float | None = None) -> Job:
    return services.create(owner_id=owner.pk, kind=kind, subject=uuid4(), expected=expected)


def taken() -> Lease:
    """What any bell takes now."""
    lease = claims.claim(Job.objects.filter(kind=TURNS).latest("created_at").pk)
    assert lease is not None
    return lease


def test_owners_take_turns_however_many_each_has_queued(people: list[User]) -> None:
    a, b, c = people
    first = [make(a) for _ in range(3)]
    later = [make(b), make(b), make(c)]
    said = [job.pk for job in turns.order(TURNS)]
    served = []
    for _ in range(6):
        lease = taken()
        served.append(lease.job.pk)
        lease.end(Job.State.DONE)
    assert served == [first[0].pk, later[0].pk, later[2].pk, first[1].pk, later[1].pk, first[2].pk]
    assert served == said, "the places told at the beginning were true"


def test_nobody_is_passed_by_newcomers_for_ever(people: list[User]) -> None:
    a, b, c = people
    make(a)
    taken().end(Job.State.DONE)  # a was served long before
    waiting = make(a)
    make(b), make(c)
    assert taken().job.pk == waiting.pk, "who has queued first since then is first"


def test_one_running_each_under_races(people: list[User]) -> None:
    mine = [make(people[0]) for _ in range(6)]
    won: list[UUID] = []

    def claim(job: Job) -> None:
        if (lease := claims.claim(job.pk)) is not None:
            won.append(lease.job.pk)
        connection.close()

    threads = [threading.Thread(target=claim, args=(job,)) for job in mine for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert won == [mine[0].pk]
    assert claims.claim(make(people[1]).pk) is not None, "another owner is not held up"


def test_the_next_of_an_owner_is_rung_when_one_has_ended(people: list[User]) -> None:
    first, second = make(people[0]), make(people[0])
    with claims.working(str(first.pk), unexpected="") as lease:
        assert lease is not None
        assert claims.claim(second.pk) is None  # its bell is used up
        Job.objects.filter(pk=second.pk).update(rung_at=None)
    second.refresh_from_db()
    assert second.rung_at is not None


def test_place_and_wait(people: list[User]) -> None:
    a, b, c = people
    running, own, other, last = make(a, expected=100), make(a, expected=40), make(b, expected=30), make(c)
    assert turns.wait(own) is None, "nobody works: nobody knows"
    assert taken().job.pk == running.pk
    running.refresh_from_db()
    assert [selectors.place(j) for j in (running, other, last, own)] == [0, 1, 2, 3]
    assert turns.wait(other) == pytest.approx(100, abs=2)
    assert turns.wait(last) == pytest.approx(130, abs=2)
    assert turns.wait(own) is None, "nothing is known of the one before"
    Job.objects.filter(pk=running.pk).update(started_at=timezone.now() - timedelta(seconds=60), seconds_left=10)
    assert turns.wait(other) == pytest.approx(40, abs=2)
    Job.objects.filter(pk=running.pk).update(state=Job.State.DONE, ended_at=timezone.now())
    assert claims.claim(last.pk).job.pk == other.pk
    assert claims.claim(last.pk).job.pk == last.pk  # two workers
    assert turns.wait(own) == pytest.approx(30, abs=2), "the first of two places that is free"
    assert selectors.state(own)["wait"] == pytest.approx(30, abs=2)


def test_pause_and_go_on(people: list[User]) -> None:
    job = make(people[0])
    pausing.pause(job)
    assert Job.objects.get(pk=job.pk).state == Job.State.PAUSED
    assert claims.claim(job.pk) is None
    assert make_again(job).pk == job.pk, "a paused one is not queued a second time"
    pausing.resume(job)
    lease = claims.claim(job.pk)
    assert lease is not None
    pausing.pause(job)
    with pytest.raises(PauseAsked):
        lease.check()
    lease.give_back()
    job.refresh_from_db()
    assert (job.state, job.attempt, job.pause_asked) == (Job.State.PAUSED, 0, False)
    services.sweep()
    assert Job.objects.get(pk=job.pk).state == Job.State.PAUSED, "no sweeper wakes it"
    with pytest.raises(LeaseLost):
        lease.progress(0.5)
    before = job.queued_at
    pausing.resume(job)
    job.refresh_from_db()
    assert job.state == Job.State.QUEUED
    assert job.queued_at > before, "at the end of the line"


def test_a_pause_is_no_way_to_keep_the_device(people: list[User]) -> None:
    first, second, other = make(people[0]), make(people[0]), make(people[1])
    lease = claims.claim(first.pk)
    assert lease is not None
    pausing.pause(first)
    lease.give_back()
    assert [j.pk for j in turns.order(TURNS)] == [other.pk, second.pk], "their own second one stands at the end of the line"


def make_again(job: Job) -> Job:
    return services.create(owner_id=job.owner_id, kind=job.kind, subject=job.subject)


def test_going_on_before_the_pause_was_heard(people: list[User]) -> None:
    job = make(people[0])
    lease = claims.claim(job.pk)
    assert lease is not None
    pausing.pause(job)
    pausing.resume(job)
    lease.check()
    pausing.pause(job)
    services.stop(job)
    with pytest.raises(StopAsked):  # a stop is more than a pause
        lease.check()
    lease.give_back()
    assert Job.objects.get(pk=job.pk).state == Job.State.QUEUED, "somebody has to keep what is there"


def test_stopping_what_is_paused_keeps_what_was_begun(people: list[User]) -> None:
    fresh = make(people[0])
    pausing.pause(fresh)
    services.stop(fresh)
    assert Job.objects.get(pk=fresh.pk).state == Job.State.STOPPED
    begun = make(people[1])
    lease = claims.claim(begun.pk)
    assert lease is not None
    pausing.pause(begun)
    lease.give_back()
    services.stop(begun)
    begun.refresh_from_db()
    assert (begun.state, begun.stop_asked) == (Job.State.QUEUED, True)


def test_cancelling_takes_the_fence_away_and_what_was_kept(people: list[User]) -> None:
    job = make(people[0])
    lease = claims.claim(job.pk)
    assert lease is not None
    with open_vault(people[0].pk).create("checkpoint") as (item, writer):
        writer.write(b"half")
    lease.keep(item)
    with open_vault(people[0].pk).create("checkpoint") as (item, writer):
        writer.write(b"more")
    lease.keep(item)
    assert [o.pk for o in SealedObject.objects.all()] == [item.pk]
    pausing.cancel(job)
    for write in (lease.check, lambda: lease.end(Job.State.DONE), lambda: lease.keep(item)):
        with pytest.raises(LeaseLost):
            write()
    job.refresh_from_db()
    assert (job.state, job.kept_id, SealedObject.objects.count()) == (Job.State.STOPPED, None, 0)


def test_what_writes_conversations_is_not_broken_off(owner: User) -> None:
    job = make(owner, PAIR)
    for verb in (pausing.pause, pausing.resume, pausing.cancel):
        with pytest.raises(Expected, match="cannot be paused"):
            verb(job)


# a real worker

seen: list[tuple[float, str, UUID]] = []


@shared_task(name=PAIR)
def pair(*, job_id: str) -> None:
    with claims.working(job_id, unexpected="") as lease:
        if lease is not None:
            seen.append((time.monotonic(), "in", lease.job.owner_id))
            time.sleep(0.15)
            seen.append((time.monotonic(), "out", lease.job.owner_id))
    connection.close()


@pytest.fixture
def worker() -> Iterator[None]:
    seen.clear()
    with start_worker(app, pool="threads", concurrency=4, queues=["turns"], perform_ping_check=False, loglevel="ERROR"):
        yield


def test_a_worker_serves_a_crowd_and_a_single_one(people: list[User], worker: None) -> None:
    """Of 4 seats one owner with 12 wishes has 2 at most; who comes later waits for one round, not for twelve."""
    many, one, _ = people
    for _ in range(12):
        make(many, PAIR)
    eventually(lambda: len(seen) >= 2, 10, "the first to begin")
    late = make(one, PAIR)
    eventually(lambda: not Job.objects.filter(kind=PAIR, state__in=Job.ACTIVE).exists(), 20, "everybody to be served")
    now = most = 0
    for _, what, who in sorted(seen, key=lambda s: s[0]):
        now += (1 if what == "in" else -1) if who == many.pk else 0
        most = max(most, now)
    assert most == 2
    late.refresh_from_db()
    assert (late.started_at - late.queued_at).total_seconds() < 2.5  # a full worker looks once a second
    assert sum(1 for _, what, _ in seen if what == "in") == 13, "nobody twice, nobody forgotten"
    everything = max(s[0] for s in seen) - min(s[0] for s in seen)
    assert everything < 9, "the next of an owner begins when one ends, not at the next sweep"

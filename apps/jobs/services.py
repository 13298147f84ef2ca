"""The state machine of jobs: create, ring, claim, keep, end; and the sweeper that makes lost messages harmless.

A claim is one conditional UPDATE that raises the fence. Every later write carries that fence, so a worker that was taken
for dead and comes back writes nothing (Kleppmann 2016, "How to do distributed locking": fencing tokens).
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from celery import current_app
from django.conf import settings
from django.db import IntegrityError, close_old_connections, transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from apps.accounts import keys, opened
from apps.accounts import vault as vaults
from apps.accounts.keys import working as working_with_key
from apps.accounts.models import SealedObject, User
from apps.accounts.services import open_vault
from apps.accounts.vault import KeyGone, Locked, Vault
from apps.jobs import bell, kinds, turns
from apps.jobs.models import Event, Job

log = logging.getLogger(__name__)
#: What a job says whose owner has to unlock their account first; it is asked again so much later.
WAITS, WAITS_SECONDS = "waits for your passphrase", 60


class LeaseLost(Exception):
    """Somebody else holds this job now, or it is gone: write nothing, leave."""


class StopAsked(Exception):
    """The user asked this job to stop."""


class PauseAsked(Exception):
    """The user asked this job to pause."""


class Expected(Exception):
    """A failure with a sentence for the user: what is wrong and what to do next."""


def create(*, owner_id: UUID, kind: str, subject: UUID, expected: float | None = None) -> Job:
    """A queued job in the caller's transaction; its bell rings on commit. An active twin is returned instead.

    `expected` is how many seconds it may take, where somebody knows.
    """
    vault = open_vault(owner_id)
    job = Job(
        id=uuid4(), owner_id=owner_id, kind=kind, subject=subject, wrapped_key=vault.new_wrapped(), expected=expected
    )  # fmt: skip
    try:
        with transaction.atomic():
            job.save(force_insert=True)
    except IntegrityError:
        return Job.objects.get(kind=kind, subject=subject, state__in=Job.ACTIVE)
    transaction.on_commit(lambda: ring(job.kind, job.pk))
    return job


def ring(kind: str, job_id: UUID) -> None:
    """Send the task by name. A bell that cannot ring is no error: the sweeper rings again."""
    Job.objects.filter(pk=job_id).update(rung_at=timezone.now())
    try:
        current_app.send_task(kind, kwargs={"job_id": str(job_id)}, queue=kinds.get(kind).queue, retry=False)
    except Exception as error:  # the broker may be away in a dozen ways; the sweeper rings again whichever it was
        log.warning("the bell of %s did not ring: %s", job_id, type(error).__name__)


def rewrite(*, vault: Vault, kind: str, change: Callable[[Any], Any]) -> None:
    """Change what the events of an owner's jobs of a kind say."""
    for event in Event.objects.filter(job__owner_id=vault.owner_id, job__kind=kind).select_related("job"):
        field = f"event-{event.number}"
        was = vault.unseal(event.job, field, event.body)
        if (now := change(was)) != was:
            Event.objects.filter(pk=event.pk).update(body=vault.seal(event.job, field, now))


def stop(job: Job) -> None:
    """Ask for an end that keeps what is there: at once when nobody has begun, at the next safe point otherwise."""
    now = timezone.now()
    here = Job.objects.filter(pk=job.pk)
    fresh = here.filter(state__in=(Job.State.QUEUED, Job.State.PAUSED))
    if kinds.get(job.kind).at_will:  # what was begun needs a worker once more, to keep what is there
        begun = fresh.filter(started_at__isnull=False, stop_asked=False)
        if begun.update(state=Job.State.QUEUED, stop_asked=True, pause_asked=False):
            return ring(job.kind, job.pk)
        fresh = fresh.filter(started_at=None)
    if fresh.update(state=Job.State.STOPPED, ended_at=now, stop_asked=True, fence=F("fence") + 1):
        told(job)
    here.filter(state=Job.State.RUNNING).update(stop_asked=True)
    poke(job.pk)


def drop_kept(job: Job) -> None:
    """Remove what another worker would have gone on from."""
    for item in SealedObject.objects.filter(pk__in=Job.objects.filter(pk=job.pk).values("kept")):
        vaults.delete(item)


def ring_next(job: Job) -> None:
    """The owner's next one: its own bell may have rung while they had as many running as they may."""
    if kinds.get(job.kind).per_owner:
        waiting = Job.objects.filter(owner_id=job.owner_id, kind=job.kind, state=Job.State.QUEUED).order_by("queued_at")
        if (following := waiting.first()) is not None:
            ring(following.kind, following.pk)


def _lease_seconds(job: Job) -> int:
    return kinds.get(job.kind).lease_seconds or int(settings.LEASE_SECONDS)


def told(job: Job) -> None:
    """Tell the app whose work it is that it ended without its worker."""
    ended = kinds.get(job.kind).ended
    if ended is not None:
        ended(job.subject)


def poke(job_id: UUID) -> None:
    """Ring at the pages that watch a job."""
    bell.ring(f"job.{job_id}")


class Lease:
    """The right to work on a job. Every method raises `LeaseLost` when it has passed to somebody else."""

    def __init__(self, job: Job) -> None:
        self.job, self.fence = job, job.fence
        self.vault: Vault = open_vault(job.owner_id)
        self._gone = threading.Event()
        self._shut = threading.Event()
        self._borrows = keys.has_lock(job.owner_id)
        self._quit = threading.Event()

    @property
    def mine(self) -> Any:
        """The job's row, if this lease still holds it."""
        return Job.objects.filter(pk=self.job.pk, fence=self.fence, state=Job.State.RUNNING)

    def check(self) -> None:
        """Raise `LeaseLost`, `StopAsked`, `PauseAsked` or `Locked` when the work should end."""
        asked = self.mine.values_list("stop_asked", "pause_asked").first()
        if asked is None or self._gone.is_set():
            raise LeaseLost
        if asked[0]:
            raise StopAsked
        if asked[1]:
            raise PauseAsked
        if self._shut.is_set():
            raise Locked

    def progress(self, done: float, stage: str = "", seconds_left: float | None = None) -> None:
        """Say how far it is; call once or twice a second at most."""
        if not self.mine.update(done=min(1.0, done), stage=stage, seconds_left=seconds_left):
            raise LeaseLost
        poke(self.job.pk)

    def event(self, body: dict[str, Any]) -> int:
        """Append a numbered event; the body is sealed."""
        with transaction.atomic():
            if not self.mine.update(events=F("events") + 1):
                raise LeaseLost
            number: int = Job.objects.values_list("events", flat=True).get(pk=self.job.pk)
            sealed = self.vault.seal(self.job, f"event-{number}", body)
            Event.objects.create(job=self.job, number=number, body=sealed)
        poke(self.job.pk)
        return number

    def end(self, state: Job.State, cause: str = "") -> None:
        """The terminal state, once."""
        values: dict[str, Any] = {"state": state, "cause": cause[:400], "ended_at": timezone.now(), "lease_until": None}
        if state == Job.State.DONE:
            values |= {"done": 1.0, "stage": ""}
        if not self.mine.update(seconds_left=None, **values):
            raise LeaseLost
        if self.job.kept_id:
            drop_kept(self.job)
        poke(self.job.pk)

    def give_back(self) -> None:
        """Put the job aside where its owner asked for a pause, else hand it back (this worker is shutting down).

        The next worker goes on from its checkpoint.
        """
        left: dict[str, Any] = {"lease_until": None, "rung_at": None, "attempt": F("attempt") - 1, "seconds_left": None}
        asked = self.mine.filter(pause_asked=True, stop_asked=False)
        if not asked.update(state=Job.State.PAUSED, pause_asked=False, ended_at=timezone.now(), **left):
            self.mine.update(state=Job.State.QUEUED, pause_asked=False, **left)
        poke(self.job.pk)

    def keep(self, item: SealedObject) -> None:
        """Leave something for a worker on another machine; what was there before goes."""
        with transaction.atomic():
            if not self.mine.select_for_update().exists():
                raise LeaseLost
            drop_kept(self.job)
            self.mine.update(kept=item)

    def _beat(self) -> None:
        try:
            while not self._quit.wait(_lease_seconds(self.job) / 6):
                until = timezone.now() + timedelta(seconds=_lease_seconds(self.job))
                if self._borrows and not opened.still_lent(self.job.owner_id):
                    self._shut.set()
                try:
                    if not self.mine.update(lease_until=until):
                        self._gone.set()
                        return
                except Exception as error:  # a database away for a moment must not kill the heart
                    log.warning("a heartbeat was missed: %s", type(error).__name__)
                    close_old_connections()
        finally:
            from django.db import connection

            connection.close()

    @contextmanager
    def beating(self) -> Iterator[None]:
        """Keep the lease alive from a thread of its own."""
        thread = threading.Thread(target=self._beat, daemon=True, name="heartbeat")
        thread.start()
        try:
            yield
        finally:
            self._quit.set()
            thread.join(timeout=5)


def claim(job_id: UUID) -> Lease | None:
    """Take the job that rang or, where owners take turns, the one of its kind whose turn it is; None when there is none."""
    rung = Job.objects.filter(pk=job_id).first()
    if rung is None:
        return None
    by_turns = kinds.get(rung.kind).per_owner > 0
    for job in turns.order(rung.kind) if by_turns else [rung]:
        if (lease := _take(job)) is not None:
            return lease
    return None


def _take(job: Job) -> Lease | None:
    """One conditional UPDATE; None when it is somebody else's, done, waits for a passphrase, or its owner has as many running
    as they may."""
    if job.state != Job.State.QUEUED or _waits(job):
        return None
    now = timezone.now()
    with transaction.atomic():
        if kinds.get(job.kind).per_owner:  # two workers must not both find the owner idle
            User.objects.select_for_update(no_key=True).filter(pk=job.owner_id).first()
        if _owner_is_busy(job):
            return None
        taken = Job.objects.filter(pk=job.pk, state=Job.State.QUEUED, fence=job.fence).update(
            state=Job.State.RUNNING,
            fence=F("fence") + 1,
            attempt=F("attempt") + 1,
            lease_until=now + timedelta(seconds=_lease_seconds(job)),
            started_at=job.started_at or now,
            ended_at=None,
            stage="" if job.stage == WAITS else job.stage,
        )
    if not taken:
        return None
    job.refresh_from_db()
    try:
        if keys.has_lock(job.owner_id):
            opened.lend(job.owner_id)
        return Lease(job)
    except Locked:  # in the moment between
        _to_the_queue(Job.objects.filter(pk=job.pk, fence=job.fence, state=Job.State.RUNNING))
        return None
    except KeyGone:
        return None


def _waits(job: Job) -> bool:
    """Whether its owner has to unlock their account first; then it says so, and the sweeper leaves it alone for a while."""
    if not keys.locked(job.owner_id):
        return False
    later = timezone.now() + timedelta(seconds=WAITS_SECONDS)
    Job.objects.filter(pk=job.pk, state=Job.State.QUEUED).update(stage=WAITS, rung_at=later)
    return True


def _to_the_queue(mine: QuerySet[Job]) -> None:
    mine.update(state=Job.State.QUEUED, stage=WAITS, lease_until=None, rung_at=timezone.now(), attempt=F("attempt") - 1)


def unlocked(owner_id: UUID) -> None:
    """Somebody has typed their passphrase: what waited for it is rung."""
    for job in Job.objects.filter(owner_id=owner_id, state=Job.State.QUEUED, stage=WAITS):
        Job.objects.filter(pk=job.pk, state=Job.State.QUEUED).update(stage="")
        ring(job.kind, job.pk)


def _give_key_back(owner_id: UUID) -> None:
    """Nothing of theirs is worked on any more: the key that jobs had goes."""
    if keys.has_lock(owner_id) and not Job.objects.filter(owner_id=owner_id, state=Job.State.RUNNING).exists():
        opened.take_back(owner_id)


def _owner_is_busy(job: Job) -> bool:
    limit = kinds.get(job.kind).per_owner
    if not limit:
        return False
    return Job.objects.filter(owner_id=job.owner_id, kind=job.kind, state=Job.State.RUNNING).count() >= limit


@contextmanager
def working(job_id: str, *, unexpected: str) -> Iterator[Lease | None]:
    """The frame of every task: claim, keep alive, and part expected from unexpected failures in one place.

    Yields None when there is nothing to do. The lease may be of another job of the same kind, whose turn it is. `unexpected` is the sentence for failures nobody foresaw.
    """
    lease = claim(UUID(job_id))
    if lease is None:
        yield None
        return
    try:
        with _framed(lease, job_id, unexpected), lease.beating(), working_with_key():
            yield lease
            lease.end(Job.State.DONE)
    finally:
        _give_key_back(lease.job.owner_id)


@contextmanager
def _framed(lease: Lease, job_id: str, unexpected: str) -> Iterator[None]:
    try:
        yield
    except StopAsked:
        lease.end(Job.State.STOPPED)
    except PauseAsked:
        lease.give_back()
    except Locked:
        log.info("job %s waits for its owner's passphrase", job_id)
        _to_the_queue(lease.mine)
    except (LeaseLost, KeyGone):
        log.info("job %s passed to somebody else or was erased", job_id)
    except Expected as error:
        lease.end(Job.State.FAILED, str(error))
    except Exception as error:
        log.error("job %s failed: %s at %s", job_id, type(error).__name__, _where(error))
        with suppress(LeaseLost):
            lease.end(Job.State.FAILED, unexpected)
    finally:
        ring_next(lease.job)


def _where(error: BaseException) -> str:
    """File and line only: messages of exceptions may quote private text."""
    trace = error.__traceback__
    places: list[str] = []
    while trace is not None:
        places.append(f"{trace.tb_frame.f_code.co_filename.rsplit('/', 3)[-1]}:{trace.tb_lineno}")
        trace = trace.tb_next
    return " > ".join(places[-4:])


def sweep() -> None:
    """Ring again what nobody heard; take back what nobody holds; give up what always dies."""
    now = timezone.now()
    late = now - timedelta(seconds=2 * settings.SWEEP_SECONDS)
    unheard = Job.objects.filter(Q(rung_at=None) | Q(rung_at__lt=late), state=Job.State.QUEUED)
    for job in unheard.order_by("created_at")[:100]:
        ring(job.kind, job.pk)
    for job in Job.objects.filter(state=Job.State.RUNNING, lease_until__lt=now)[:100]:
        _take_back(job)


def _take_back(job: Job) -> None:
    mine = Job.objects.filter(pk=job.pk, fence=job.fence, state=Job.State.RUNNING, lease_until__lt=timezone.now())
    if job.attempt < kinds.get(job.kind).attempts:
        if mine.update(state=Job.State.QUEUED, fence=F("fence") + 1, lease_until=None):
            ring(job.kind, job.pk)
    elif mine.update(
        state=Job.State.FAILED,
        fence=F("fence") + 1,
        ended_at=timezone.now(),
        cause="The worker died again and again on this. Nothing of yours was lost; please try once more, or with less.",
    ):
        drop_kept(job)
        told(job)
    poke(job.pk)

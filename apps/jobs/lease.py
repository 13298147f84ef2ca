"""The right to work on a job, carried by a fence.

Every write carries the fence, so a worker that was taken for dead and comes back writes nothing (Kleppmann 2016, "How to do
distributed locking": fencing tokens).
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import close_old_connections, transaction
from django.db.models import F
from django.utils import timezone

from apps.accounts import keys, opened
from apps.accounts import vault as vaults
from apps.accounts.models import SealedObject
from apps.accounts.services import open_vault
from apps.accounts.vault import Locked, Vault
from apps.jobs import bell, kinds
from apps.jobs.causes import LeaseLost, PauseAsked, StopAsked
from apps.jobs.models import Event, Job

log = logging.getLogger(__name__)


def poke(job_id: UUID) -> None:
    """Ring at the pages that watch a job."""
    bell.ring(f"job.{job_id}")


def drop_kept(job: Job) -> None:
    """Remove what another worker would have gone on from."""
    for item in SealedObject.objects.filter(pk__in=Job.objects.filter(pk=job.pk).values("kept")):
        vaults.delete(item)


def seconds(job: Job) -> int:
    """How long one heartbeat keeps the job."""
    return kinds.get(job.kind).lease_seconds or int(settings.LEASE_SECONDS)


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
            while not self._quit.wait(seconds(self.job) / 6):
                until = timezone.now() + timedelta(seconds=seconds(self.job))
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

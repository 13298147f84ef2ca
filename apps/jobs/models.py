"""Long work as rows: the row is the truth, the Celery message only a doorbell."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone

from apps.accounts.models import SealedObject, SealedRow


class Job(SealedRow):
    """One piece of long work. Only the holder of the lease with the newest `fence` may write to it."""

    class State(models.TextChoices):
        QUEUED = "queued"
        RUNNING = "running"
        PAUSED = "paused", "paused by you"
        DONE = "done"
        STOPPED = "stopped", "stopped by you"
        FAILED = "failed"

    ACTIVE = (State.QUEUED, State.RUNNING, State.PAUSED)

    kind = models.CharField(max_length=40)
    subject = models.UUIDField(help_text="the row this work is about")
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    fence = models.BigIntegerField(default=0)
    attempt = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    queued_at = models.DateTimeField(default=timezone.now, help_text="since when it waits for its turn")
    rung_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True, help_text="when it left its worker, for good or for a pause")
    stop_asked = models.BooleanField(default=False)
    pause_asked = models.BooleanField(default=False)
    done = models.FloatField(default=0.0, help_text="share of the work, 0 to 1")
    stage = models.CharField(max_length=120, blank=True, help_text="what it is doing, in words without private text")
    cause = models.CharField(max_length=400, blank=True, help_text="why it failed and what to do next")
    seconds_left = models.FloatField(null=True)
    expected = models.FloatField(null=True, help_text="seconds that the whole was thought to take when it was asked for")
    kept = models.ForeignKey(
        SealedObject,
        on_delete=models.SET_NULL,
        null=True,
        related_name="+",
        help_text="what a worker on another machine goes on from",
    )
    events = models.PositiveIntegerField(default=0, help_text="number of the newest event")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "subject"], condition=Q(state__in=["queued", "running", "paused"]), name="one_active_job"
            )
        ]
        indexes = [
            models.Index(fields=["state", "lease_until"]),
            models.Index(fields=["kind", "state", "queued_at"], name="line_of_a_kind"),
        ]

    @property
    def active(self) -> bool:
        return self.state in self.ACTIVE


class Event(models.Model):
    """Something that happened in a job, numbered without gaps; the body is sealed with the job's key."""

    id = models.BigAutoField(primary_key=True)
    job = models.ForeignKey(Job, on_delete=models.CASCADE, related_name="log")
    number = models.PositiveIntegerField()
    body = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["job", "number"], name="gapless_events")]

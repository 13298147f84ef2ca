"""Small words for templates."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import template
from django.urls import reverse
from django.utils import timezone
from django.utils.timesince import timesince

from apps.jobs.models import Job
from apps.personas import era as eras
from apps.personas.models import Version

register = template.Library()
WORK = {
    "archives.ingest": "Reading an archive",
    "archives.rescrub": "Applying your decisions",
    "personas.train": "Training a persona",
    "personas.tone": "Reading the tone",
    "chat.reply": "Writing an answer",
}

#: What people call the platforms; others, as those of JSON Lines, go by the name they were given.
PLATFORMS = {
    "facebook": "Messenger", "instagram": "Instagram", "telegram": "Telegram", "linkedin": "LinkedIn", "hangouts": "Hangouts",
    "googlechat": "Google Chat", "whatsapp": "WhatsApp", "discord": "Discord", "slack": "Slack", "sms": "text messages", "twitter": "X",
    "imessage": "iMessage", "signal": "Signal", "skype": "Skype", "tinder": "Tinder", "hinge": "Hinge",
}  # fmt: skip


@register.filter
def platforms(names: str | list[str]) -> str:
    """One platform, or several (in a list, or parted by blanks), as people call them."""
    return ", ".join(PLATFORMS.get(name, name) for name in (names.split() if isinstance(names, str) else names))


@register.filter
def work(kind: str) -> str:
    """What a job does, in words."""
    return WORK.get(kind, kind)


@register.filter
def job_url(job: Job) -> str:
    """Where a job can be watched."""
    if job.kind == "archives.ingest":
        return reverse("archive", args=[job.subject])
    if job.kind == "archives.rescrub":
        return reverse("review")
    if job.kind == "personas.tone":
        return reverse("persona", args=[job.subject])
    version = Version.objects.filter(pk=job.subject, owner_id=job.owner_id).first()
    return reverse("persona", args=[version.persona_id]) if version else reverse("home")


@register.filter
def duration(seconds: float | None) -> str:
    """A time for people."""
    if seconds is None:
        return "measuring this machine…"
    if seconds < 90:
        return f"about {max(5, round(seconds / 5) * 5)} seconds"
    return f"about {round(seconds / 60)} minutes" if seconds < 5400 else f"about {seconds / 3600:.1f} hours"


@register.filter
def ago(then: datetime) -> str:
    """How long ago, in one unit."""
    return "just now" if timezone.now() - then < timedelta(minutes=1) else f"{timesince(then, depth=1)} ago"


@register.filter
def span(seconds: float | None) -> str:
    """A measured length of time."""
    if seconds is None:
        return "–"
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"


@register.filter
def era(config: dict[str, Any]) -> str:
    """The period that a version has learnt."""
    return eras.words(config)


@register.filter
def doublings(distance: float) -> str:
    """A distance in doublings as the factor that it is: 1 → "2.0"."""
    return f"{2**distance:.1f}"


@register.filter
def percent(share: float | None) -> str:
    """A share for people."""
    return "–" if share is None else f"{share:.1%}" if 0 < share < 0.1 else f"{share:.0%}"

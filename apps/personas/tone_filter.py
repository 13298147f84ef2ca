"""The tone filter as the site sees it: which classifiers there are, the job that only looks, the sealed histogram."""

from __future__ import annotations

import json
from itertools import accumulate
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction

from apps.accounts.services import open_vault
from apps.accounts.vault import Vault
from apps.jobs import services as jobs
from apps.jobs.causes import Expected
from apps.jobs.lease import Lease
from apps.jobs.models import Job
from apps.personas import dataset, selectors, wire
from apps.personas.config import TrainConfig
from apps.personas.models import Persona
from apps.personas.training_run import TrainerRun

TONE = "personas.tone"
OFF = ""


def choices() -> list[tuple[str, str]]:
    """(value, words) of every model and label that may be chosen; the last label of a model is its default."""
    made = [(OFF, "Do not look at the tone")]
    for name in settings.TONE_MODELS:
        labels = _labels(Path(settings.MODELS_DIR) / name / "config.json")
        made += [(f"{name}|{label}", f"{name}: {label}") for label in reversed(labels)] or [
            (f"{name}|", f"{name}, from the hub")
        ]
    return made


def _labels(config: Path) -> list[str]:
    """The labels of a classifier on this machine, in its order; none when it is not here."""
    try:
        named: dict[str, str] = json.loads(config.read_text("utf-8")).get("id2label") or {"0": "LABEL_0", "1": "LABEL_1"}
    except (OSError, ValueError):
        return []
    return [named[n] for n in sorted(named, key=int)]


def asked(choice: str, percentile: float, keep: str) -> dict[str, Any] | None:
    """Fields of a `TrainConfig` from what a form says; None when the tone is not looked at."""
    model, _, label = choice.rpartition("|")
    if not model:
        return None
    return {"tone_model": model, "tone_label": label, "tone_percentile": percentile, "tone_keep": keep}


def check(tone: dict[str, Any] | None) -> None:
    """Raises `Expected` for a model that is not offered."""
    if tone and tone["tone_model"] not in settings.TONE_MODELS:
        raise Expected("That tone model is not offered here. Please choose one of the list.")


def start(*, persona: Persona, tone: dict[str, Any] | None) -> Job:
    """Look at the tone of a persona's replies without training; what is asked waits, sealed, where the answer will be.

    Raises `Expected`.
    """
    check(tone)
    if not tone:
        raise Expected("Please choose a tone model first.")
    vault = open_vault(persona.owner_id)
    with transaction.atomic():
        wanted = vault.seal(persona, "tone", {"model": tone["tone_model"], "label": tone["tone_label"]})
        Persona.objects.filter(pk=persona.pk).update(tone=wanted)
        return jobs.create(owner_id=persona.owner_id, kind=TONE, subject=persona.pk)


def read(lease: Lease) -> None:
    """The work of such a job: the trainer's process scores the replies and goes."""
    persona = Persona.objects.select_related("person").get(pk=lease.job.subject)
    if persona.person is None:
        raise Expected("The person behind this persona was deleted. Please make a new persona.")
    wanted = lease.vault.unseal(persona, "tone", persona.tone)
    config = TrainConfig(tone_model=wanted["model"], tone_label=wanted["label"])
    parts = dataset.parts((chat for _, chat, _ in selectors.chats(lease.vault, persona.person)), config.gap)
    head = {
        "config": config.to_dict(), "measure": True,
        "threads": settings.TORCH_THREADS, "models": str(settings.MODELS_DIR),
    }  # fmt: skip
    run = TrainerRun(lease)
    run.run(head, wire.packed(parts.train, []), lambda event: relay(lease, persona, event))
    run.clear()


def relay(lease: Lease, persona: Persona, event: dict[str, Any]) -> None:
    """What the trainer says about the tone: progress, then the histogram, which is kept sealed."""
    if event["event"] == "tone":
        lease.progress(0.0, f"reading the tone: {event['done']:.0%}")
        return
    found = {k: v for k, v in event.items() if k != "event"}
    Persona.objects.filter(pk=persona.pk).update(tone=lease.vault.seal(persona, "tone", found))


def chart(vault: Vault, persona: Persona) -> dict[str, Any] | None:
    """The newest histogram, with bars for a chart 100 wide and high, and the share of replies up to each bin."""
    found: dict[str, Any] | None = vault.unseal(persona, "tone", persona.tone)
    if not found or "bins" not in found:
        return None
    bins, total = found["bins"], max(1, sum(found["bins"]))
    width, top = 100 / len(bins), max(bins) or 1
    rows = [
        {
            "low": f"{n / len(bins):.2f}", "high": f"{(n + 1) / len(bins):.2f}", "count": count, "share": round(100 * sofar / total),
            "x": round(n * width, 2), "width": round(width * 0.85, 2), "height": round(100 * count / top, 2), "y": round(100 - 100 * count / top, 2),
        }
        for n, (count, sofar) in enumerate(zip(bins, accumulate(bins), strict=True))
    ]  # fmt: skip
    return {**found, "rows": rows}

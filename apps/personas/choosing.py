"""From what a person chose on a page to the configuration of a training."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.conf import settings

from apps.jobs.causes import Expected
from apps.personas import origins
from apps.personas.config import PRESETS, TrainConfig
from apps.personas.names import FRESH


def config(
    preset: str,
    base: str,
    origin: str,
    method: str,
    gap_minutes: float | None,
    more: dict[str, Any],
    other: Mapping[str, Any],
) -> TrainConfig:
    """The preset, the way of the origins where one is chosen, what a person set, and `other` settings as they are to be.

    Raises `Expected`.
    """
    if more["private"] and base in FRESH:
        raise Expected(
            "Private mode cannot learn from scratch: its noise would drown everything. Please choose another base."
        )
    if preset not in PRESETS:
        raise Expected("That is not one of the presets. Please choose quick, balanced or best.")
    try:
        way = origins.of(base, origin)
        values = {**PRESETS[preset], **way.config, **more, "base": base, "origin": way.name}
        values["epochs"] *= way.times
        values["checkpoint_seconds"] = settings.CHECKPOINT_SECONDS
        values |= {"gap": gap_minutes * 60} if gap_minutes else {}
        values |= {"method": "full"} if base in FRESH else {"method": method} if method else {}
        values |= other
        return TrainConfig(**values)
    except ValueError as error:
        raise Expected(f"{error} Please choose another base, method or way of feeding.") from None

"""What a page asks for over its socket, as calls of our services."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID

from apps.chat import keeping, services

Verb = Callable[..., None]


def wanted(content: dict[str, Any]) -> Verb | None:
    """The call that a frame asks for, without its conversation; None where there is nothing to do.

    Raises `ValueError`, `KeyError`, `TypeError`, `AttributeError` or `OverflowError` for what no page of ours sends.
    """
    kind, sampling = content.get("type"), content.get("sampling")
    if kind in ("choose", "rewind", "stop"):
        verb = {"choose": services.choose, "rewind": services.rewind, "stop": services.stop}[kind]
        return partial(verb, turn_id=UUID(content["turn"]))
    if kind == "draft":
        return partial(keeping.draft, text=str(content["text"]))
    if kind in ("say", "invent", "again", "more", "cut"):
        sampling = sampling if isinstance(sampling, dict) else {}
        return _added(kind, content, client_id=UUID(content["id"]), sampling=sampling)
    return None


def _added(kind: str, content: dict[str, Any], **given: Any) -> Verb:
    """What makes a new turn, once for each id."""
    if kind == "say":
        instead = UUID(content["instead"]) if content.get("instead") else None
        seat = int(content["seat"]) if content.get("seat") is not None else None
        return partial(services.say, text=str(content["text"]), instead=instead, seat=seat, **given)
    if kind == "invent":
        return partial(services.invent, count=int(content.get("count", 8)), **given)
    if kind == "again":
        return partial(services.again, turn_id=UUID(content["turn"]), **given)
    if kind == "cut":
        turn, lines = UUID(content["turn"]), int(content["lines"])
        return partial(services.cut, turn_id=turn, lines=lines, client_id=given["client_id"])
    return partial(services.more, **given)

"""The reply worker's task for those outside."""

from __future__ import annotations

from uuid import UUID

from celery import shared_task

from apps.bridges import exchange, writing


@shared_task(name=exchange.REPLY)
def reply(*, request_id: str, door_id: str) -> None:
    """One answer; ids only, the words lie sealed where `exchange` put them, and can be taken once."""
    writing.answer(request_id=UUID(request_id), door_id=UUID(door_id))

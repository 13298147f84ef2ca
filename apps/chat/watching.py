"""The open chat sockets of a process, looked after together: a round of a few queries, however many pages are open.

A round is only a bell, for what no other bell told (Redis was away, somebody signed out elsewhere): a socket whose
conversation or session is not as it was reads its own rows again, and finds out there whether it may stay.
"""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from uuid import UUID
from weakref import WeakKeyDictionary

from django.utils import timezone

from apps.accounts import sessions
from apps.chat.models import Conversation
from apps.jobs.database_thread import in_database_thread

log = logging.getLogger(__name__)
ROUND_SECONDS = 3.0
Mark = tuple[object, ...] | None


@dataclass(eq=False)
class Watched:
    """One socket: what it shows, by which session, and how to wake it."""

    conversation_id: UUID
    session_key: str
    bell: asyncio.Event = field(default_factory=asyncio.Event)
    mark: Mark = ()


class _Round:
    def __init__(self) -> None:
        self.open: set[Watched] = set()
        self.task: asyncio.Task[None] | None = None

    async def go(self) -> None:
        while self.open:
            await asyncio.sleep(ROUND_SECONDS)
            now = list(self.open)
            try:
                marks = await in_database_thread(look)([(w.conversation_id, w.session_key) for w in now])
            except Exception as error:  # a database that is away: the next round asks again
                log.warning("open talks could not be looked after: %s", type(error).__name__)
                continue
            for watched, mark in zip(now, marks, strict=True):
                if mark != watched.mark:
                    watched.mark = mark
                    watched.bell.set()
        self.task = None


_rounds: WeakKeyDictionary[asyncio.AbstractEventLoop, _Round] = WeakKeyDictionary()


def add(watched: Watched) -> None:
    """Look after a socket from now on."""
    mine = _rounds.setdefault(asyncio.get_running_loop(), _Round())
    mine.open.add(watched)
    if mine.task is None:
        mine.task = asyncio.create_task(mine.go())


def remove(watched: Watched) -> None:
    """A socket is closed."""
    if (mine := _rounds.get(asyncio.get_running_loop())) is not None:
        mine.open.discard(watched)


def look(pairs: list[tuple[UUID, str]]) -> list[Mark]:
    """How each (conversation, session) stands; None where one of them is gone. Temporary talks are noted as seen, and
    accounts with a passphrase are never as they were."""
    standing = sessions.standing({session for _, session in pairs})
    marks: dict[UUID, Mark] = {}
    temporary: list[UUID] = []
    wanted = list({conversation for conversation, _ in pairs})
    for start in range(0, len(wanted), sessions.CHUNK):
        rows = Conversation.objects.filter(pk__in=wanted[start : start + sessions.CHUNK])
        columns = ("owner__sealing_key__lock", "head_id", "head__state", "touched_at", "owner__is_active", "owner__password")
        for pk, is_temporary, lock, *mark in rows.values_list("pk", "temporary", *columns):
            marks[pk] = (*mark, object() if lock else None)  # never the same: whether it is open is asked each round
            temporary += [pk] if is_temporary else []
    if temporary:
        Conversation.objects.filter(pk__in=temporary).update(seen_at=timezone.now())
    return [marks.get(conversation) if session in standing else None for conversation, session in pairs]

"""The progress socket: says what changed since number n; the rows are the truth, the channel layer a doorbell."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any
from uuid import UUID

import redis
from channels.generic.websocket import AsyncJsonWebsocketConsumer

from apps.accounts import access, sessions
from apps.accounts.vault import KeyGone, Locked
from apps.jobs import selectors
from apps.jobs.database_thread import in_database_thread
from apps.jobs.models import Job

MISSING = 4404
HEARTBEAT = 5.0


class JobConsumer(AsyncJsonWebsocketConsumer):
    """`?after=n` on connect; then frames `{"job": state, "events": [...]}`. Strangers and missing ids: close 4404."""

    after = 0
    watcher: asyncio.Task[None] | None = None

    async def connect(self) -> None:
        self.job_id: UUID = self.scope["url_route"]["kwargs"]["job_id"]
        query = dict(p.split("=", 1) for p in self.scope["query_string"].decode("ascii", "ignore").split("&") if "=" in p)
        self.after = access.counted(query.get("after", ""))
        self.ring = asyncio.Event()
        await self.accept()
        try:
            found = await self._read()
        except Locked:
            await self.close(access.LOCKED)
            return
        if found is None:
            await self.close(MISSING)
            return
        await self.channel_layer.group_add(f"job.{self.job_id}", self.channel_name)
        self.watcher = asyncio.create_task(self._watch_or_close())

    async def disconnect(self, code: int) -> None:
        if self.watcher is not None:
            self.watcher.cancel()
            with suppress(redis.RedisError, OSError):  # it is away: so are its groups
                await self.channel_layer.group_discard(f"job.{self.job_id}", self.channel_name)

    async def changed(self, message: dict[str, Any]) -> None:
        """The doorbell."""
        self.ring.set()

    async def _watch_or_close(self) -> None:
        """A socket that cannot follow any more is closed, so that the page falls back to asking."""
        try:
            await self._watch()
        except Locked:
            await self.close(access.LOCKED)
        except Exception:  # whatever it was, the page asks the row
            await self.close(1011)

    async def _watch(self) -> None:
        while True:
            frame = await self._read()
            if frame is None:
                await self.close(MISSING)
                return
            if frame["events"]:
                self.after = frame["events"][-1]["number"]
            await self.send_json(frame)
            if not frame["job"]["active"] and not frame["events"]:
                return
            try:
                await asyncio.wait_for(self.ring.wait(), HEARTBEAT)
                await asyncio.sleep(0.1)  # several changes, one frame
            except TimeoutError:
                pass
            self.ring.clear()

    @in_database_thread
    def _read(self) -> dict[str, Any] | None:
        user = sessions.user_of(self.scope["session"].session_key)
        if user is None:
            return None
        job = Job.objects.filter(pk=self.job_id, owner=user).first()
        if job is None:
            return None
        if access.shut(self.scope, user):
            raise Locked
        try:
            return {"job": selectors.state(job), "events": selectors.events(job, self.after)}
        except Locked:
            raise
        except KeyGone:
            return None

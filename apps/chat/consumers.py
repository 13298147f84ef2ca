"""The chat socket: one conversation, its turns as they stand, and the words of the running one as they are made.

Frames out: `turns` (the truth, on connect and on change), `pieces` (entry n of a running turn), `suggestions`, `error`.
Frames in: say, more, invent, again, cut, choose, rewind, stop, draft, suggest. A stranger's id and a missing one: close 4404;
every reason to close has a code and a sentence (`WORDS`). There is no queue: what a page has not read stays in the log.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from contextlib import suppress
from functools import partial
from typing import Any
from uuid import UUID

import redis.asyncio
from channels.generic.websocket import AsyncJsonWebsocketConsumer
from django.conf import settings

from apps.accounts import access, opened, sessions
from apps.accounts.sealing import Unreadable
from apps.accounts.services import open_vault
from apps.accounts.vault import KeyGone, Locked
from apps.chat import doorbell, frames, keeping, selectors, services, stream, watching
from apps.chat.models import Conversation, Turn
from apps.jobs.causes import Expected
from apps.jobs.database_thread import in_database_thread

log = logging.getLogger(__name__)
WAITING_SECONDS = 1.0
FAILED, SIGNED_OUT, MISSING, TOO_SLOW, TOO_FAST = 1011, 4401, 4404, 4408, 4429
WORDS = {
    FAILED: "Something broke on the server. The page connects again by itself.",
    SIGNED_OUT: "You are signed out. Sign in again to go on.",
    MISSING: "This conversation is no longer there.",
    TOO_SLOW: "This page reads too slowly. It connects again and goes on from where it was.",
    access.LOCKED: "Your account is locked. Type your passphrase to go on.",
    TOO_FAST: "That was too much at once. Wait a moment; the page connects again by itself.",
}
ODD = "The page sent something odd. Please reload it."
BROKE = "Something broke on the server. What you typed is still here; please try again in a moment."
FRAMES_PER_SECOND = 20


class TooSlow(Exception):
    """The page did not take a frame in time."""


class TalkConsumer(AsyncJsonWebsocketConsumer):
    """One socket on one conversation."""

    tasks: dict[str, asyncio.Task[None]]
    key: bytes
    shown: Callable[[stream.Ops], stream.Ops]

    async def connect(self) -> None:
        self.conversation_id: UUID = self.scope["url_route"]["kwargs"]["conversation_id"]
        self.tasks = {}
        self.ended = False
        self.seen: list[tuple[Any, ...]] | None = None
        self.frames: list[float] = []
        self.watched = watching.Watched(self.conversation_id, self.scope["session"].session_key or "")
        self.bell = self.watched.bell
        await self.accept()
        try:
            found = await self._unlock()
        except Locked:
            await self._end(access.LOCKED)
            return
        if not found:
            await self._end(MISSING)
            return
        self.log: redis.asyncio.Redis = stream.async_client()
        try:
            await self.channel_layer.group_add(doorbell.group(self.conversation_id), self.channel_name)
        except (redis.RedisError, OSError):
            await self._end(FAILED)
            return
        watching.add(self.watched)
        self.tasks["watch"] = self._going(self._watch())

    async def disconnect(self, code: int) -> None:
        self.ended = True
        watching.remove(self.watched)
        for task in self.tasks.values():
            task.cancel()
        if hasattr(self, "log"):
            with suppress(redis.RedisError, OSError):  # it is away: so are its groups
                await self.channel_layer.group_discard(doorbell.group(self.conversation_id), self.channel_name)
            await self.log.aclose()

    async def changed(self, message: dict[str, Any]) -> None:
        """The bell."""
        self.bell.set()

    # out

    def _going(self, work: Coroutine[Any, Any, None]) -> asyncio.Task[None]:
        return asyncio.create_task(self._or_end(work))

    async def _or_end(self, work: Coroutine[Any, Any, None]) -> None:
        """A socket that cannot follow any more is closed, so that the page comes back with a new one."""
        try:
            await work
        except Locked:
            await self._end(access.LOCKED)
        except TooSlow:
            await self._end(TOO_SLOW)
        except Exception as error:  # a database that restarts, a key that is gone: all the same to the page
            log.warning("a chat socket was closed: %s", type(error).__name__)
            await self._end(FAILED)

    async def _end(self, code: int) -> None:
        """Close with words, once. Nothing is done for this page any more, also while it does not read them."""
        if self.ended:
            return
        self.ended = True
        watching.remove(self.watched)
        for task in self.tasks.values():
            if task is not asyncio.current_task():
                task.cancel()
        await self.close(code, WORDS[code])

    async def send_json(self, content: Any, close: bool = False) -> None:
        """Wait until the page takes it. Without a queue here a page that stops reading holds one frame, and only so long."""
        try:
            async with asyncio.timeout(settings.SLOW_READER_SECONDS):
                await super().send_json(content, close)
        except TimeoutError:
            raise TooSlow from None

    async def _watch(self) -> None:
        """Send the turns whenever they differ from what this socket has seen."""
        while True:
            self.bell.clear()
            turns = await self._turns()
            if turns is None:
                await self._end(MISSING if await self._signed_in() else SIGNED_OUT)
                return
            first = {} if self.seen is not None else {"draft": await self._draft()}
            marks = [(t["id"], t["state"], t["choices"], t.get("after"), t["before"]) for t in turns]
            if marks != self.seen:
                self.seen = marks
                await self.send_json({"type": "turns", "turns": turns, **first})
                self._follow_live(turns)
            waiting = any(t["state"] == Turn.State.WAITING for t in turns)  # nobody rings when the line moves on
            with suppress(TimeoutError):
                await asyncio.wait_for(self.bell.wait(), WAITING_SECONDS if waiting else None)

    def _follow_live(self, turns: list[dict[str, Any]]) -> None:
        for turn in turns:
            running = self.tasks.get(turn["id"])
            if turn["state"] == Turn.State.WRITING:
                if running is not None:
                    running.cancel()  # the page was just given the row: go on from there
                self.tasks[turn["id"]] = self._going(self._pump(UUID(turn["id"]), turn["n"]))
            elif running is not None:
                running.cancel()
                del self.tasks[turn["id"]]

    async def _pump(self, turn_id: UUID, number: int) -> None:
        """Entries of the log in order; over a gap the row helps out; a log that is away is waited for."""
        while True:
            try:
                entries = await stream.after(self.log, turn_id, self.key, number, 2_000)
            except (redis.RedisError, OSError, Unreadable):
                await asyncio.sleep(0.3)
                continue
            for n, ops in entries:
                if n != number + 1:
                    number = await self._resync(turn_id, number)
                    if n != number + 1:
                        break
                number = n
                frame = {"type": "pieces", "turn": str(turn_id), "n": n, "ops": self.shown(ops), "generated": True}
                await self.send_json(frame)

    async def _resync(self, turn_id: UUID, number: int) -> int:
        """Send the row's body when it is ahead of what was sent."""
        view = await self._turn(turn_id)
        if view is None or view["n"] <= number:
            await asyncio.sleep(0.2)
            return number
        await self.send_json({"type": "turn", "turn": view})
        return int(view["n"])

    # in

    async def receive_json(self, content: Any, **kwargs: Any) -> None:
        if self.ended:
            return
        if not self._slow_enough():
            await self._end(TOO_FAST)
            return
        if not isinstance(content, dict):
            return
        try:
            await self._answer(content)
        except TooSlow:
            await self._end(TOO_SLOW)

    async def _answer(self, content: dict[str, Any]) -> None:
        """Do what a frame asks. A refusal names the frame, so that the page gives back what was typed."""
        try:
            if content.get("type") == "suggest":
                self._suggest(UUID(content["id"]), str(content["text"]))
            wanted = frames.wanted(content)
        except (ValueError, KeyError, TypeError, AttributeError, OverflowError):
            await self._refuse(content, ODD)
            return
        try:
            if wanted is not None:
                await self._do(wanted)
        except Expected as error:
            await self._refuse(content, str(error))
        except Conversation.DoesNotExist:
            await self._end(MISSING)
        except Locked:
            await self._end(access.LOCKED)
        except KeyGone:
            await self._end(MISSING if await self._signed_in() else SIGNED_OUT)
        except Exception as error:  # a database that is away, a mistake of ours: the words must not be lost with it
            log.error("a frame of a chat failed: %s", type(error).__name__)
            await self._refuse(content, BROKE)

    async def _refuse(self, content: dict[str, Any], sentence: str) -> None:
        await self.send_json({"type": "error", "sentence": sentence, "id": content.get("id")})

    @classmethod
    async def decode_json(cls, text_data: str) -> Any:
        try:
            return await super().decode_json(text_data)
        except ValueError:
            return None

    def _slow_enough(self) -> bool:
        now = asyncio.get_running_loop().time()
        self.frames = [t for t in self.frames if now - t < 1.0]
        self.frames.append(now)
        return len(self.frames) <= FRAMES_PER_SECOND

    def _suggest(self, request_id: UUID, text: str) -> None:
        if (running := self.tasks.pop("suggest", None)) is not None:
            running.cancel()
        self.tasks["suggest"] = asyncio.create_task(self._suggestions(request_id, text))

    async def _suggestions(self, request_id: UUID, text: str) -> None:
        try:
            await self._do(partial(services.ask_suggestions, request_id=request_id, text=text))
            connection = stream.async_client()
            try:
                choices = await stream.answered(connection, request_id, self.key)
            except asyncio.CancelledError:  # the page left; a newer key has taken its place already
                await asyncio.shield(stream.leave(connection, request_id, self.conversation_id))
                raise
            finally:
                await connection.aclose()
            words = [text for _, text in self.shown([["text", choice] for choice in choices])]
            await self.send_json({"type": "suggestions", "id": str(request_id), "choices": words, "generated": True})
        except Exception as error:  # a suggestion that does not come is no reason to disturb anybody
            log.debug("no suggestion: %s", type(error).__name__)

    # rows; ownership is asked every time

    def _mine(self) -> Conversation | None:
        user = sessions.user_of(self.watched.session_key)
        if user is None:
            return None
        found = Conversation.objects.filter(pk=self.conversation_id, owner=user).select_related("persona", "version").first()
        if found is not None and access.shut(self.scope, user):
            raise Locked
        return found

    @in_database_thread
    def _signed_in(self) -> bool:
        return sessions.user_of(self.watched.session_key) is not None

    @in_database_thread
    def _unlock(self) -> bool:
        conversation = self._mine()
        if conversation is None:
            return False
        vault = open_vault(conversation.owner_id)
        self.key, self.shown = vault.row_key(conversation), selectors.back(vault, conversation)
        return True

    @in_database_thread
    def _turns(self) -> list[dict[str, Any]] | None:
        conversation = self._mine()
        if conversation is None:
            return None
        if conversation.temporary:
            keeping.seen(conversation.pk)
        vault = open_vault(conversation.owner_id)
        return selectors.views(vault, conversation)

    @in_database_thread
    def _draft(self) -> str:
        """What a page that was just left may have sent after this one was made."""
        conversation = self._mine()
        return selectors.draft(open_vault(conversation.owner_id), conversation) if conversation else ""

    @in_database_thread
    def _turn(self, turn_id: UUID) -> dict[str, Any] | None:
        conversation = self._mine()
        turn = Turn.objects.filter(pk=turn_id, conversation=conversation).first() if conversation else None
        return selectors.view(open_vault(conversation.owner_id), conversation, turn) if conversation and turn else None

    @in_database_thread
    def _do(self, verb: frames.Verb) -> None:
        conversation = self._mine()
        if conversation is None:
            raise KeyGone
        opened.renew(conversation.owner_id)  # somebody is there
        verb(conversation=conversation)

"""Request bodies that are read while they arrive, so that a large upload is never collected on disk first.

Django's own handler reads a whole body into a temporary file before any view runs: gigabytes lie there in the clear, and
a connection that breaks loses all of them. Here the view's thread pulls each piece from the server when it wants it.
"""

from __future__ import annotations

import asyncio
import concurrent.futures
from collections.abc import Awaitable, Callable
from typing import Any

from django.core.handlers.asgi import ASGIHandler
from django.http import UnreadablePostError

Receive = Callable[[], Awaitable[dict[str, Any]]]
#: Seconds after which a silent client counts as gone.
SILENCE = 60.0


class Body:
    """A file over the messages of one request; `read` blocks a thread, never the event loop."""

    def __init__(self, receive: Receive, loop: asyncio.AbstractEventLoop) -> None:
        self._receive, self._loop = receive, loop
        self._rest = b""
        self._ended = self._broken = False
        self.done = asyncio.Event()

    def read(self, size: int = -1) -> bytes:
        """Up to `size` bytes, empty at the end.

        Raises `UnreadablePostError` when the client is gone or silent, after all that had arrived was given out.
        """
        pieces = [self._rest]
        have = len(self._rest)
        while not self._ended and (size < 0 or have < size):
            try:
                piece = self._next()
            except UnreadablePostError:
                if not have or size < 0:
                    raise
                break
            pieces.append(piece)
            have += len(piece)
        whole = b"".join(pieces)
        cut = len(whole) if size < 0 else size
        self._rest = whole[cut:]
        return whole[:cut]

    def readline(self, limit: int = 65_536) -> bytes:
        """Up to the next newline, or `limit` bytes without one (for what skips the rest of a form)."""
        while b"\n" not in self._rest and len(self._rest) < limit and not self._ended:
            self._rest += self._next()
        cut = min(limit, self._rest.find(b"\n") + 1 or limit)
        line, self._rest = self._rest[:cut], self._rest[cut:]
        return line

    def _next(self) -> bytes:
        if self._broken:
            raise UnreadablePostError("the client is gone")
        asked = asyncio.run_coroutine_threadsafe(self._ask(), self._loop)
        try:
            message = asked.result(SILENCE)
        except concurrent.futures.TimeoutError:
            asked.cancel()
            self._broken = True
            raise UnreadablePostError("the client fell silent") from None
        if message["type"] == "http.disconnect":
            self._broken = True
            raise UnreadablePostError("the client is gone")
        piece: bytes = message.get("body", b"")
        return piece

    async def _ask(self) -> dict[str, Any]:
        message = await self._receive()
        if message["type"] != "http.disconnect" and not message.get("more_body", False):
            self._ended = True
            self.done.set()  # a broken body never is: its reader hears of it and ends by itself, with what arrived
        return message

    def close(self) -> None:
        self._rest = b""


class _Whole:
    """Stands for a request's `receive` while its body is still to be read."""

    def __init__(self, receive: Receive) -> None:
        self.receive = receive
        self.body = Body(receive, asyncio.get_running_loop())


def _streams(scope: dict[str, Any]) -> bool:
    kind = next((value for name, value in scope["headers"] if name == b"content-type"), b"").lower()
    return kind.startswith((b"multipart/form-data", b"application/offset+octet-stream"))


class StreamingHandler(ASGIHandler):
    """Django's handler; forms with files and resumable uploads are read as they come."""

    async def handle(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        inner: Any = _Whole(receive) if _streams(scope) else receive
        await super().handle(scope, inner, send)

    async def read_body(self, receive: Any) -> Any:
        return receive.body if isinstance(receive, _Whole) else await super().read_body(receive)

    async def listen_for_disconnect(self, receive: Any) -> None:
        if isinstance(receive, _Whole):
            await receive.body.done.wait()  # until then whoever reads the body hears of it
            receive = receive.receive
        await super().listen_for_disconnect(receive)

"""A browser's page of one conversation, without the browser: what `line.js` does, and a note of everything that must not be."""

from __future__ import annotations

import asyncio
import json
import random
from collections import Counter
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from websockets.exceptions import WebSocketException

from apps.chat import script
from chatclone_site import bench_site

LIVE = ("waiting", "writing")
PATIENCE = 90.0


def words(turn: dict[str, Any]) -> str:
    """All that a turn says, without its blanks."""
    return "".join("".join(line["bubbles"]) for line in turn["lines"]).replace(" ", "").replace("\n", "")


class Page:
    """Says something, waits for the answer, says the next thing; comes back whenever its socket breaks."""

    def __init__(self, talk: str, cookie: str, port: int, dialect: int, foreign: set[str], counts: Counter[str]) -> None:
        self.talk, self.cookie, self.port = talk, cookie, port
        self.dialect, self.foreign, self.counts = dialect, foreign, counts
        self.turns: list[dict[str, Any]] = []
        self.outbox: dict[str, dict[str, Any]] = {}
        self.sent: list[str] = []
        self.news = asyncio.Condition()
        self.wire: Any = None
        self.met = self.reads = 0
        self.over = False
        self.checked: set[str] = set()
        self.done: Callable[[str, dict[str, Any]], None] = lambda talk, turn: None
        self.two_deaths: Callable[[], bool] = lambda: False

    @property
    def streaming(self) -> bool:
        """Whether words are coming in."""
        return bool(self.turns) and self.turns[-1]["state"] == "writing" and self.turns[-1]["n"] > 0

    # the socket

    async def stay(self) -> None:
        """Connected, and again after every cut."""
        while not self.over:
            try:
                self.wire = await bench_site.line(self.talk, self.cookie, self.port, f"http://localhost:{self.port}")
                for frame in list(self.outbox.values()):
                    await self.wire.send(json.dumps(frame))
                async for message in self.wire:
                    await self.take(json.loads(message))
                self.counts[f"closed {self.wire.close_code}"] += 1
            except (OSError, WebSocketException, EOFError):
                self.counts["reconnects"] += 1
            await asyncio.sleep(0.2)

    def cut(self, rng: random.Random) -> None:
        """End the connection without a word: at once with a reset, with an end of file, or by going silent for a while."""
        wire = self.wire
        if wire is None:
            return
        way = rng.choice(("reset", "end", "silence"))
        if way == "reset":
            wire.transport.abort()
        elif way == "end":
            wire.transport.close()
        else:
            wire.transport.pause_reading()
            asyncio.get_running_loop().call_later(rng.uniform(0.2, 1.5), wire.transport.abort)

    async def send(self, **frame: Any) -> None:
        self.outbox[frame["id"]] = frame
        try:
            if self.wire is not None:
                await self.wire.send(json.dumps(frame))
        except (OSError, WebSocketException):
            return  # it is sent again when the page is back

    # what comes

    async def take(self, frame: dict[str, Any]) -> None:
        async with self.news:
            self._apply(frame)
            self.news.notify_all()

    def _apply(self, frame: dict[str, Any]) -> None:
        if any(word in json.dumps(frame) for word in self.foreign):
            self.counts["crossed"] += 1
        if frame["type"] == "turns":
            self.met += 1
            for turn in frame["turns"]:
                self._ended(turn)
                self.outbox.pop(turn["clientId"], None)
            self.turns = frame["turns"]
        elif frame["type"] == "turn":
            self._grown(frame["turn"])
            self.turns = [{**t, **frame["turn"]} if t["id"] == frame["turn"]["id"] else t for t in self.turns]
        elif frame["type"] == "pieces":
            self._pieces(frame)
        elif frame["type"] == "error":
            self.counts["errors"] += 1
            self.outbox.pop(frame.get("id") or "", None)

    def _pieces(self, frame: dict[str, Any]) -> None:
        turn = next((t for t in self.turns if t["id"] == frame["turn"]), None)
        if turn is None or frame["n"] <= turn["n"]:
            self.counts["doubled pieces"] += 1
        elif frame["n"] > turn["n"] + 1:
            self.counts["gaps"] += 1
        else:
            self.counts["pieces"] += 1
            turn["n"] = frame["n"]
            script.apply(turn, frame["ops"])

    def _grown(self, turn: dict[str, Any]) -> dict[str, Any] | None:
        """What was put together here must be what the row begins with; only a stretch that the row adds is new."""
        mine = next((t for t in self.turns if t["id"] == turn["id"]), None)
        if mine is None or not mine["persona"]:
            return None
        if turn["n"] >= mine["n"]:
            if not words(turn).startswith(words(mine)) or (turn["n"] == mine["n"] and words(turn) != words(mine)):
                self.counts["differences"] += 1
        elif turn["state"] not in LIVE:
            self.counts["shrunk by two deaths" if self.two_deaths() else "shrunk"] += 1  # shown before, and not kept
        return mine

    def _ended(self, turn: dict[str, Any]) -> None:
        self._grown(turn)
        if turn["persona"] and turn["state"] not in LIVE and turn["id"] not in self.checked:
            self.checked.add(turn["id"])
            self.counts[turn["state"]] += 1
            self.done(self.talk, turn)

    # what is said

    async def until(self, true: Callable[[], bool], seconds: float = PATIENCE) -> bool:
        try:
            async with asyncio.timeout(seconds), self.news:
                await self.news.wait_for(true)
        except TimeoutError:
            return False
        return True

    def _answered(self, client: str) -> bool:
        last = self.turns[-1] if self.turns else None
        return last is not None and last["clientId"] == client and last["persona"] and last["state"] not in LIVE

    async def exchange(self, text: str) -> bool:
        """Say it, wait for the answer; where that broke off ask once more. Whether an answer came."""
        client = str(uuid4())
        self.sent.append(client)
        await self.send(type="say", id=client, text=text, sampling={})
        if not await self._wait(client):
            return False
        if self.turns[-1]["state"] == "interrupted":
            self.counts["retries"] += 1
            broken, client = self.turns[-1]["id"], str(uuid4())
            await self.send(type="again", id=client, turn=broken, sampling={})
            return await self._wait(client)
        return True

    async def _wait(self, client: str) -> bool:
        if not await self.until(lambda: self._answered(client)):
            self.counts["stuck"] += 1
            return False
        return True

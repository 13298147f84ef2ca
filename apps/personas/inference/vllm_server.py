"""The line to one vLLM server: its OpenAI-style completions as a stream of token ids, and its list of adapters.

All servers' calls run in one thread with an event loop; whoever stops listening closes the connection, which is how the server
hears that nobody wants the rest. Nothing goes through a proxy of the environment, and what is sent never stands in a log or an exception.
"""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Coroutine
from concurrent.futures import Future
from typing import Any, Protocol, TypeVar

import httpx2

from apps.personas.inference.drafts import Took
from apps.personas.wire import Unanswered

T = TypeVar("T")
CONNECT_SECONDS = 3.0
READ_SECONDS = 120.0  # a server that is full lets wait for the first word
ASK_SECONDS = 60.0  # to read an adapter
AGAIN_SECONDS = 60.0  # a base that was not there is asked for again after this
AWAY = "The server that makes the words does not answer. What you said is kept; please try again in a moment."
LOCKED = "The server that makes the words does not let this site in. Its keeper must set VLLM_KEY to the server's key."
REFUSED = (
    "The server that makes the words does not take this persona. "
    "Its keeper finds the reason in the server's log (often --max-lora-rank), or chooses another REPLY_RUNTIME."
)
UNSEEN = (
    "The server that makes the words cannot read this persona. Its keeper must let it see VLLM_FOLDER under the same path, "
    "as the same user, and start it with VLLM_ALLOW_RUNTIME_LORA_UPDATING=1."
)
Body = dict[str, Any]


class Away(Unanswered):
    """No server, or one that broke off."""


class Refused(Unanswered):
    """The server is there and does not want to."""


class Forgotten(Exception):
    """The server does not know an adapter any more: it was started anew."""


class Listener(Protocol):
    """Who is told of tokens, in the thread of the connections: see `drafts.Draft`. `ended`: the server says no more."""

    def take(self, token: int) -> Took: ...
    def ended(self) -> None: ...
    def end(self, error: BaseException | None = None) -> None: ...


class Line:
    """One thread in which all connections live. The others ask it and wait."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, name="vllm", daemon=True).start()

    def begin(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        """Start; `cancel` of what comes back ends it in the middle."""
        return asyncio.run_coroutine_threadsafe(work, self._loop)

    def wait(self, work: Coroutine[Any, Any, T]) -> T:
        """Start, and wait for the end."""
        return self.begin(work).result()


class Server:
    """One vLLM server at `url`, started with LoRA and VLLM_ALLOW_RUNTIME_LORA_UPDATING=1."""

    def __init__(self, line: Line, url: str, key: str = "") -> None:
        """`key` is what the server was given as --api-key."""
        self.url, self._line = url.rstrip("/"), line
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        self._client = httpx2.AsyncClient(
            base_url=self.url, headers=headers, trust_env=False, timeout=httpx2.Timeout(READ_SECONDS, connect=CONNECT_SECONDS),
            limits=httpx2.Limits(max_connections=None, max_keepalive_connections=32),
        )  # fmt: skip
        self._bases: dict[str, int] = {}
        self._asked = -AGAIN_SECONDS
        self._lock = threading.Lock()

    def context(self, base: str) -> int:
        """Tokens of context for a base; 0 where this server does not have it. Raises `Away` where nobody ever answered."""
        with self._lock:
            if base not in self._bases and time.monotonic() - self._asked > AGAIN_SECONDS:
                self._bases = {row["id"]: int(row["max_model_len"]) for row in self._rows() if row.get("parent") is None}
                self._asked = time.monotonic()
            return self._bases.get(base, 0)

    def adapters(self) -> list[str]:
        """Names of the adapters that are loaded, by whomever."""
        return [row["id"] for row in self._rows() if row.get("parent") is not None]

    def _rows(self) -> list[Body]:
        rows: list[Body] = self._line.wait(self._ask("GET", "/v1/models"))["data"]
        return rows

    def load(self, name: str, folder: str) -> None:
        """Let the server read the adapter in `folder`. Raises `Away`, `Refused`."""
        try:
            self._line.wait(self._ask("POST", "/v1/load_lora_adapter", {"lora_name": name, "lora_path": folder}))
        except Forgotten:  # no such path there, or no such door
            raise Refused(UNSEEN) from None

    def unload(self, name: str) -> None:
        """Let it forget one; fine where it has already."""
        try:
            self._line.wait(self._ask("POST", "/v1/unload_lora_adapter", {"lora_name": name}))
        except Forgotten:
            return

    def say(self, body: Body, draft: Listener) -> Future[None]:
        """Begin a completion (`stream`, `return_token_ids`): tokens go into `draft`, the end and what went wrong too."""
        return self._line.begin(self._say(body, draft))

    async def _ask(self, method: str, path: str, body: Body | None = None) -> Body:
        try:
            answer = await self._client.request(method, path, json=body, timeout=ASK_SECONDS)
        except httpx2.HTTPError:
            raise Away(AWAY) from None
        _check(answer.status_code, adapter=body is not None)
        return json.loads(answer.content) if body is None else {}

    async def _say(self, body: Body, draft: Listener) -> None:
        error: Exception | None = None
        try:
            await self._listen(body, draft)
        except httpx2.HTTPError:
            error = Away(AWAY)
        except Exception as broken:  # a veto that breaks ends its own reply
            error = broken
        draft.end(error)

    async def _listen(self, body: Body, draft: Listener) -> None:
        async with self._client.stream("POST", "/v1/completions", json=body) as answer:
            _check(answer.status_code)
            async for event in httpx2.EventSource(answer):
                if event.data == "[DONE]":
                    draft.ended()
                    return
                for token in _tokens(event.data):
                    if draft.take(token) is not Took.KEPT:
                        return
        raise Away(AWAY)


def _check(status: int, *, adapter: bool = False) -> None:
    """Raises what a status says; the server's own words may quote what was asked and go nowhere."""
    if status == 200:
        return
    if status == 404:
        raise Forgotten
    if status in (401, 403):
        raise Refused(LOCKED)
    if status < 500 or adapter:
        raise Refused(REFUSED)
    raise Away(AWAY)


def _tokens(data: str) -> list[int]:
    """Ids in one event. Raises `Away` for an event that tells of an error."""
    event = json.loads(data)
    if "choices" not in event:
        raise Away(AWAY)
    return [token for choice in event["choices"] for token in choice.get("token_ids") or ()]

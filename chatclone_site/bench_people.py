"""Thirty-two people who chat with thirty-two personas of their own, on a real site: web process, Redis, one reply worker.

Each has an archive with secrets behind the persona, so that the guard has something to watch, and a talk of about a hundred
tokens. They arrive over ten seconds, ask, read the answer for three seconds (and once more for one only: `…_hurried`), and
have the line answered again. The clients need their share of the same cores.
"""

from __future__ import annotations

import asyncio
import json
import secrets
import statistics
import time
from typing import Any
from uuid import UUID, uuid4

from chatclone_site import bench_site, bench_suggest

PEOPLE, ARRIVE_SECONDS, SECONDS, READ_SECONDS, HURRIED_SECONDS = 32, 10.0, 20.0, 3.0, 1.0
#: Of a reply: enough tokens for a speed to mean something.
FEWEST = 8
ASKED = "tell me everything about the allotment and the fox, please, I have all evening"
Answer = tuple[float, float, str]  # seconds to the first words, to the end, and the words
LIVE = ("waiting", "writing")


def measured(people: int = PEOPLE) -> dict[str, Any]:
    """`first_words_p95_ms`: from the frame that asks to the first frame with words; `tokens_s_each_at_32`: the slowest of the
    people's median replies, tokens by the clock from asking to the end of the answer."""
    from apps.personas.evaluation.bench_suggest import counter

    tokens_of = counter()
    told = [bench_suggest.story(f"bench-{number}@example.org") for number in range(people)]

    def figures(read: float) -> dict[str, Any]:
        seen: list[list[tuple[float, float]]] = []
        for answers in asyncio.run(_all(told, read)):
            counted = [(first, tokens_of(words), whole) for first, whole, words in answers]
            seen.append([(first, tokens / whole) for first, tokens, whole in counted if tokens >= FEWEST])
        firsts = sorted(first for one in seen for first, _ in one)
        each = [statistics.median(speed for _, speed in one) for one in seen if one]
        return {
            "first_words_p95_ms": 1_000 * firsts[int(0.95 * (len(firsts) - 1))],
            "first_words_p50_ms": 1_000 * statistics.median(firsts),
            "tokens_s_each_at_32": min(each), "tokens_s_median_at_32": statistics.median(each),
            "talked_at_32": len(each), "replies_at_32": len(firsts),
        }  # fmt: skip

    return {**figures(READ_SECONDS), **{f"{name}_hurried": value for name, value in figures(HURRIED_SECONDS).items()}}


async def _all(told: list[tuple[UUID, str]], read: float) -> list[list[Answer]]:
    async with _Person(*told[0]) as first:  # until the worker has loaded the base
        await first.answered()
    began = time.monotonic()
    return await asyncio.gather(*(_chat(began + ARRIVE_SECONDS * n / len(told), read, *one) for n, one in enumerate(told)))


async def _chat(at: float, read: float, talk: UUID, cookie: str) -> list[Answer]:
    await asyncio.sleep(max(0.0, at - time.monotonic()))
    end, found = time.monotonic() + SECONDS, []
    async with _Person(talk, cookie) as person:
        while time.monotonic() < end:
            found.append(await person.answered())
            await asyncio.sleep(read)
    return found


class _Person:
    """One page with one talk open."""

    def __init__(self, talk: UUID, cookie: str) -> None:
        self._talk, self._cookie, self._turn = talk, cookie, ""
        self._wire: Any = None

    async def __aenter__(self) -> _Person:
        from django.conf import settings

        self._wire = await bench_site.line(self._talk, self._cookie, settings.PORT, settings.SITE_URL)
        await self._wire.recv()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._wire.close()

    async def answered(self) -> Answer:
        """The line said once, answered; then the same line answered again, so that the prompt keeps its length."""
        about = {"type": "again", "turn": self._turn} if self._turn else {"type": "say", "text": ASKED}
        sampling = {"seed": secrets.randbelow(2**31), "max_tokens": 60, "max_bubbles": 20}
        began, first, old = time.monotonic(), 0.0, self._turn
        await self._wire.send(json.dumps({**about, "id": str(uuid4()), "sampling": sampling}))
        while True:
            frame = json.loads(await asyncio.wait_for(self._wire.recv(), 120))
            if frame["type"] == "pieces" and frame["turn"] != old:
                first = first or (time.monotonic() if any(kind == "text" for kind, _ in frame["ops"]) else 0.0)
            for turn in frame["turns"][-1:] if frame["type"] == "turns" else ():
                words = " ".join(text for line in turn["lines"] for text in line["bubbles"])
                if turn["persona"] and turn["id"] != old:
                    first = first or (time.monotonic() if words else 0.0)
                    if turn["state"] not in LIVE:
                        self._turn = turn["id"]
                        return first - began, time.monotonic() - began, words

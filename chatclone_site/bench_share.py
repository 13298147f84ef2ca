"""How much of the engine's words arrives: sixteen people on a real site with a real reply worker, beside the engine alone.

Both invent conversations with sixteen personas of the built-in base for the same while, in turns; counted are letters (the
site joins tokens to words). The engine alone runs in this process, the site's in its worker, where the guard, the seal, the
log, the rows, the web process, Redis and the clients need their share of the same cores.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import threading
import time
from typing import Any
from uuid import uuid4

import psutil

from chatclone_site import bench_site

STREAMS, SECONDS, ROUNDS, COUNT = 16, 10.0, 2, 24
WARM_SECONDS = 3.0


Spent = dict[str, float]


def measured(processes: dict[str, int], streams: int = STREAMS, rounds: int = ROUNDS) -> dict[str, Any]:
    """`share_of_engine`: median of the rounds' ratios; `lost`: pieces out of order. `processes`: the site's, by name.

    `share_by_cpu` is the same in letters for a second of CPU time, that of the clients left out: what a busy machine leaves
    alone. `share_cpu_…`: who of the site used how much of it.
    """
    from apps.personas.evaluation import bench_generation

    voices = bench_generation.personas(streams)
    people = [_person(voices[n].load()) for n in range(streams)]
    alone: list[float] = []
    arrived: list[float] = []
    thrifty: list[float] = []
    lost = 0
    for number in range(rounds):
        talks = [(_talk(persona, number), cookie) for persona, cookie in people]  # begun anew: what was said is read again
        used = time.process_time()
        alone.append(_engine(voices))
        efficient = alone[-1] * (SECONDS + WARM_SECONDS) / (time.process_time() - used)
        letters, wrong, spent = asyncio.run(_site(talks, processes))
        arrived.append(letters)
        thrifty.append(letters * SECONDS / sum(spent.values()) / efficient)
        lost += wrong
    return {
        "share_of_engine": statistics.median(a / e for a, e in zip(arrived, alone, strict=True)),
        "engine_letters_s": statistics.median(alone), "arrived_letters_s": statistics.median(arrived),
        "share_streams": streams, "lost": lost, "share_by_cpu": statistics.median(thrifty),
        **{f"share_cpu_{name}": value / sum(spent.values()) for name, value in spent.items()},
    }  # fmt: skip


def _person(weights: bytes) -> tuple[Any, str]:
    """A persona and the cookie of who owns it."""
    user = bench_site.person("Ann Roe")
    return bench_site.voice(user, "Ann Roe", weights), bench_site.cookie(user)


def _talk(persona: Any, number: int) -> Any:
    from apps.chat import services

    return services.begin_studio(persona=persona, others=[services.Seat("Sam", "Sam")], opening="", title=f"bench {number}")


def _engine(voices: list[Any]) -> float:
    """Letters a second of all streams together, without anything around them."""
    from apps.personas import engines
    from apps.personas.language import ME_SPEAKER

    engine, counts, over = engines.door(), [0] * len(voices), threading.Event()

    def talk(n: int) -> None:
        seed = n
        while not over.is_set():
            sampling = engines.sampling({"seed": seed, "temperature": 0.8})
            for op in engine.converse(voices[n], ["Sam", ME_SPEAKER], [], COUNT, sampling, over.is_set):
                counts[n] += len(op.value) if op.kind == "text" else 0
            seed += 1_000

    threads = [threading.Thread(target=talk, args=(n,), daemon=True) for n in range(len(voices))]
    for thread in threads:
        thread.start()
    time.sleep(WARM_SECONDS)
    began, before = time.monotonic(), sum(counts)
    time.sleep(SECONDS)
    speed = (sum(counts) - before) / (time.monotonic() - began)
    over.set()
    for thread in threads:
        thread.join(60)
    return speed


class _Reader:
    """One page that has conversations invented, one after the other, from the same beginning."""

    def __init__(self, talk: Any, cookie: str) -> None:
        self.talk, self.cookie, self.letters, self.wrong, self.over = talk, cookie, 0, 0, False
        self.turn: dict[str, Any] = {}

    async def read(self, seed: int) -> None:
        from django.conf import settings

        wire = await bench_site.line(self.talk.pk, self.cookie, settings.PORT, settings.SITE_URL)
        await wire.recv()
        await self._ask(wire, seed)
        while True:
            frame = json.loads(await wire.recv())
            if frame["type"] == "pieces":
                self.letters += sum(len(value) for kind, value in frame["ops"] if kind == "text")
                self.wrong += frame["n"] != self.turn["n"] + 1
                self.turn["n"] = frame["n"]
            elif frame["type"] == "turns" and frame["turns"]:
                self.turn = frame["turns"][-1]
                if self.turn["state"] not in ("waiting", "writing"):
                    if self.over:
                        break
                    seed += 1_000
                    await self._ask(wire, seed)
            elif frame["type"] == "turn":
                self.turn = frame["turn"]
        await wire.close()

    async def _ask(self, wire: Any, seed: int) -> None:
        sampling = {"seed": seed, "temperature": 0.8}
        about = {"type": "again", "turn": self.turn["id"]} if self.turn else {"type": "invent"}
        await wire.send(json.dumps({**about, "id": str(uuid4()), "count": COUNT, "sampling": {**sampling, "count": COUNT}}))


def _spent(processes: dict[str, int]) -> Spent:
    return {name: sum(psutil.Process(pid).cpu_times()[:2]) for name, pid in processes.items()}


async def _site(talks: list[tuple[Any, str]], processes: dict[str, int]) -> tuple[float, int, Spent]:
    """Letters a second that arrive at all clients together, pieces out of order, and seconds of CPU by process."""
    readers = [_Reader(talk, cookie) for talk, cookie in talks]
    going = [asyncio.create_task(reader.read(n)) for n, reader in enumerate(readers)]
    end = time.monotonic() + 60
    while not all(reader.letters for reader in readers) and time.monotonic() < end:
        await asyncio.sleep(0.05)
    await asyncio.sleep(WARM_SECONDS)
    began, before, used = time.monotonic(), sum(reader.letters for reader in readers), _spent(processes)
    await asyncio.sleep(SECONDS)
    spent = {name: value - used[name] for name, value in _spent(processes).items()}
    speed = (sum(reader.letters for reader in readers) - before) / (time.monotonic() - began)
    for reader in readers:
        reader.over = True
    await asyncio.wait(going, timeout=60)
    for task in going:
        task.cancel()
    return speed, sum(reader.wrong for reader in readers), spent

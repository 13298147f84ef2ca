"""Many open pages on one web process: most of them idle, some with an answer that comes in, nothing lost."""

from __future__ import annotations

import asyncio
import json
import statistics
import time
from typing import Any
from uuid import UUID

import psutil

from chatclone_site import bench_site

USERS, IDLE, LIVE = 20, 2_000, 200
EACH, SECONDS = 5.0, 10.0  # pieces a second of one live stream, and for how long
QUIET_SECONDS = 9.0
Story = tuple[UUID, str, UUID | None, bytes]  # conversation, cookie, the turn being written, key of its log


def measured(server: int, idle: int = IDLE, live: int = LIVE) -> dict[str, Any]:
    """`server` is the web process. `idle_cpu` is its use of one core while nothing happens on the idle sockets."""
    stories = _stories(idle, live)
    return asyncio.run(_crowd(psutil.Process(server), stories[:idle], stories[idle:]))


def _stories(idle: int, live: int) -> list[Story]:
    made: list[list[Story]] = [[], []]
    for _ in range(USERS):
        user = bench_site.person("Ann Roe")
        header, persona = bench_site.cookie(user), bench_site.voice(user, "Ann Roe", None)
        for kind, count in enumerate((idle // USERS, live // USERS)):
            for _ in range(count):
                talk = bench_site.talk(persona)
                turn = bench_site.being_written(talk) if kind else None
                made[kind].append((talk.pk, header, turn, bench_site.key(talk) if kind else b""))
    return made[0] + made[1]


async def _open(stories: list[Story]) -> list[Any]:
    from django.conf import settings

    gate = asyncio.Semaphore(32)

    async def one(story: Story) -> Any:
        async with gate:
            wire = await bench_site.line(story[0], story[1], settings.PORT, settings.SITE_URL)
            await wire.recv()  # its turns
            return wire

    return list(await asyncio.gather(*(one(story) for story in stories)))


async def _crowd(server: psutil.Process, idle: list[Story], live: list[Story]) -> dict[str, Any]:
    before, began = server.memory_info().rss, time.monotonic()
    quiet = await _open(idle)
    opened = time.monotonic() - began
    grown = server.memory_info().rss - before
    used = sum(server.cpu_times()[:2])
    await asyncio.sleep(QUIET_SECONDS)
    idle_cpu = (sum(server.cpu_times()[:2]) - used) / QUIET_SECONDS
    wires = await _open(live)
    pieces = int(EACH * SECONDS)
    found: list[list[float]] = [[] for _ in wires]
    taking = [asyncio.create_task(_take(wire, found[n], pieces)) for n, wire in enumerate(wires)]
    began = time.monotonic()
    await asyncio.to_thread(_write, live, pieces)
    took = time.monotonic() - began
    await asyncio.wait(taking, timeout=60)
    alive = sum(await asyncio.gather(*(_answers(wire) for wire in quiet)))
    for wire in quiet + wires:
        wire.transport.abort()
    late = sorted(ms for each in found for ms in each)
    return {
        "idle_sockets": alive, "live_streams": len(live), "lost": len(live) * pieces - len(late),
        "crowd_pieces": len(late), "crowd_pieces_s": len(live) * pieces / took,
        "crowd_ms_p50": statistics.median(late), "crowd_ms_p99": late[int(len(late) * 0.99)],
        "idle_cpu": idle_cpu, "idle_socket_kb": grown / 1_024 / max(1, len(idle)), "opened_s": opened,
    }  # fmt: skip


async def _take(wire: Any, found: list[float], pieces: int) -> None:
    """Milliseconds of each piece; one that is out of order ends the counting, and all after it are lost."""
    while len(found) < pieces:
        frame = json.loads(await wire.recv())
        if frame["type"] == "pieces":
            if frame["n"] != len(found) + 1:
                return
            found.append((time.monotonic() - float(frame["ops"][0][1])) * 1_000)


def _write(live: list[Story], pieces: int) -> None:
    """What the workers do: every stream in turn, at an even pace, from one thread."""
    from apps.chat import stream as log

    began, gap = time.monotonic(), 1 / (EACH * len(live))
    for number in range(1, pieces + 1):
        for place, (_, _, turn, key) in enumerate(live):
            assert turn is not None
            due = began + ((number - 1) * len(live) + place) * gap
            time.sleep(max(0.0, due - time.monotonic()))
            log.append(turn, key, number, [["text", str(time.monotonic())]])


async def _answers(wire: Any) -> bool:
    """Whether an idle socket is still open and answers a ping."""
    try:
        await asyncio.wait_for(await wire.ping(), 30)
    except Exception:  # closed, in whichever way
        return False
    return True

"""What ships with the project to measure it: archives, scrubbing, the stream. Peers run in the same run; ratios count."""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import orjson
from django.conf import settings

from apps.archives import sample
from apps.archives.generators.registry import GENERATORS
from apps.archives.generators.story import World
from chatclone_site import bench_ingest, bench_peers, bench_stream
from chatclone_site.bench_reader import PEAKS, Spent, drain, medians, spent

Figures = dict[str, Any]


def timed(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def many(count: int) -> list[sample.Line]:
    lines: list[sample.Line] = []
    seed = 1
    while len(lines) < count:
        lines += [sample.Line(m.chat, m.sender, m.at + seed * 70_000_000, m.text) for m in sample.lines(seed)]
        seed += 1
    return lines


PLATFORMS = ("facebook", "telegram", "hangouts")


def archives(
    data: str | None = None, peer_python: str = "", chatistics: str = "", messages: int = 500_000, rounds: int = 3
) -> Figures:
    """Zip to records at the parent's end of the pipe, against bare `orjson.loads` of the same members; `data`: your own zip.

    `…_cpu` counts the CPU time of child and parent instead. Also one large bare JSON as a stream (MB/s of the file), the
    whole ingest (read, scrub, seal) in messages a second, and other parsers (`bench_peers`). `peak_mb` is the reader child's.
    """
    if data is not None:
        own, peer = _against(Path(data), rounds)
        return {
            "own_vs_orjson": peer.wall / own.wall,
            "own_vs_orjson_cpu": peer.cpu / own.cpu,
            "seconds": own.wall,
            "peak_mb": PEAKS[0],
        }
    figures: Figures = {"messages": messages}
    world = World(messages=messages, seed=1, chats=12, groups=3, plain=True)
    with tempfile.TemporaryDirectory() as folder:
        for name in PLATFORMS:
            path = Path(folder, f"{name}.zip")
            if name == "telegram":
                bare = path.with_suffix(".json")
                GENERATORS[name].write(world, bare, noise=False)
                seconds = statistics.median(timed(lambda p=bare: drain(p)) for _ in range(rounds))  # type: ignore[misc]
                figures["big_json_mb_s"] = bare.stat().st_size / 1e6 / seconds
                with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
                    archive.write(bare, "result.json")
            else:
                GENERATORS[name].write(world, path, noise=False)
            own, peer = _against(path, rounds)
            figures[f"{name}_vs_orjson"] = peer.wall / own.wall
            figures[f"{name}_vs_orjson_cpu"] = peer.cpu / own.cpu
            figures[f"{name}_messages_s"] = messages / own.wall
        figures["peak_mb"] = PEAKS[0]
        figures |= bench_ingest.measured(Path(folder, "facebook.zip"))
    return figures | bench_peers.measured(peer_python, chatistics, rounds)


SIZED = ("facebook", "telegram", "hangouts", "whatsapp-android", "sms")


def sizes(data: str | None = None, megabytes: int = 1_024, platforms: tuple[str, ...] = SIZED) -> Figures:
    """One generated export of about `megabytes` unpacked for each platform, read to the end under the child's limits.

    Figures by platform: MB/s of the unpacked bytes, messages a second, `peak_mb` of the child; `exact` is whether as many
    messages came out as went in. `data`: your own export instead.
    """
    if data is not None:
        return _read_whole(Path(data), None)
    figures: Figures = {}
    for name in platforms:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, f"WhatsApp Chat with Bench{GENERATORS[name].suffix}")
            probe = 20_000
            GENERATORS[name].write(World(messages=probe, seed=1, chats=20, groups=3, plain=True), path, noise=False)
            messages = int(probe * megabytes * 2**20 / _unpacked(path))
            path.unlink()
            GENERATORS[name].write(World(messages=messages, seed=1, chats=20, groups=3, plain=True), path, noise=False)
            figures[name] = _read_whole(path, messages)
            sys.stderr.write(f"{name}: {figures[name]}\n")
    return figures


def _unpacked(path: Path) -> int:
    if not zipfile.is_zipfile(path):
        return path.stat().st_size
    with zipfile.ZipFile(path) as archive:
        return sum(info.file_size for info in archive.infolist())


def _read_whole(path: Path, messages: int | None) -> Figures:
    PEAKS[0] = 0.0
    size = _unpacked(path) / 1e6
    count = 0

    def whole() -> None:
        nonlocal count
        count = drain(path, 512)

    seconds = timed(whole)
    figures = {
        "mb": round(size),
        "messages": count,
        "mb_s": size / seconds,
        "messages_s": count / seconds,
        "peak_mb": PEAKS[0],
    }
    return figures if messages is None else {**figures, "exact": count == messages}


def _against(path: Path, rounds: int) -> tuple[Spent, Spent]:
    """Ours and the peer, medians, taken in turns."""
    pairs = [(spent(lambda: drain(path)), spent(lambda: _bare(path))) for _ in range(rounds)]
    return medians([p[0] for p in pairs]), medians([p[1] for p in pairs])


def _bare(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        for member in archive.namelist():
            if member.endswith(".json"):
                orjson.loads(archive.read(member))


def stream() -> Figures:
    """From a worker to a client's socket, against a bare Channels echo on the same server."""
    return bench_stream.measured()


def machine() -> dict[str, Any]:
    """Where it was measured."""
    names = [line.split(":", 1)[1].strip() for line in _cpuinfo() if line.startswith("model name")]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "cpu": names[0] if names else "?",
        "cores": os.cpu_count(),
        "memory_gib": round(memory),
        "load": os.getloadavg()[0],
    }


def _cpuinfo() -> list[str]:
    try:
        return Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return []


def versions(*names: str) -> dict[str, str]:
    """Versions of the peers; those that are missing say so."""
    found = {}
    for name in names:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "not installed"
    return found


def commit() -> str:
    """The commit that was measured."""
    try:
        ran = subprocess.run(
            ["git", "rev-parse", "--short", "HEAD"], cwd=settings.BASE_DIR, capture_output=True, text=True, check=True
        )
        return ran.stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "unknown"


def dump(path: str, report: dict[str, Any]) -> None:
    """Write the report."""
    Path(path).write_text(json.dumps(report, indent=1) + "\n")

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

import msgspec
import orjson
import psutil
from django.conf import settings

from apps.archives import sample, sandbox
from apps.archives.formats.types import End, Message, Record
from apps.archives.generators.registry import GENERATORS
from apps.archives.generators.story import World
from chatclone_site import bench_ingest, bench_stream

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


def archives(data: str | None = None, messages: int = 500_000, rounds: int = 3) -> Figures:
    """Zip to records at the parent's end of the pipe, against bare `orjson.loads` of the same members; `data`: your own zip.

    Also one large bare JSON as a stream (MB/s of the file), the whole ingest (read, scrub, seal) in messages a second, and
    chat-miner's parser of WhatsApp on the same file where it is installed. `peak_mb` is the reader child's.
    """
    if data is not None:
        own, peer = _against(Path(data), rounds)
        return {"own_vs_orjson": peer / own, "seconds": own, "peak_mb": _peak_mb()}
    figures: Figures = {"messages": messages}
    world = World(messages=messages, seed=1, chats=12, groups=3, plain=True)
    with tempfile.TemporaryDirectory() as folder:
        for name in PLATFORMS:
            path = Path(folder, f"{name}.zip")
            if name == "telegram":
                bare = path.with_suffix(".json")
                GENERATORS[name].write(world, bare, noise=False)
                seconds = statistics.median(timed(lambda p=bare: _drain(p)) for _ in range(rounds))  # type: ignore[misc]
                figures["big_json_mb_s"] = bare.stat().st_size / 1e6 / seconds
                with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
                    archive.write(bare, "result.json")
            else:
                GENERATORS[name].write(world, path, noise=False)
            own, peer = _against(path, rounds)
            figures[f"{name}_vs_orjson"] = peer / own
            figures[f"{name}_messages_s"] = messages / own
        figures["peak_mb"] = _peak_mb()
        figures |= bench_ingest.measured(Path(folder, "facebook.zip"), messages)
        figures |= _miner(Path(folder), rounds)
    return figures


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
    _PEAKS[:] = [0.0]
    size = _unpacked(path) / 1e6
    count = 0

    def drain() -> None:
        nonlocal count
        count = _drain(path, "512")

    seconds = timed(drain)
    figures = {
        "mb": round(size),
        "messages": count,
        "mb_s": size / seconds,
        "messages_s": count / seconds,
        "peak_mb": _peak_mb(),
    }
    return figures if messages is None else {**figures, "exact": count == messages}


def _against(path: Path, rounds: int) -> tuple[float, float]:
    """Seconds of ours and of the peer, medians, taken in turns."""
    pairs = [(timed(lambda: _drain(path)), timed(lambda: _bare(path))) for _ in range(rounds)]
    return statistics.median(p[0] for p in pairs), statistics.median(p[1] for p in pairs)


_PEAKS: list[float] = [0.0]


def _peak_mb() -> float:
    return _PEAKS[0]


def _miner(folder: Path, rounds: int) -> Figures:
    """One chat each of Messenger and WhatsApp, the same file, against chat-miner's parsers where they are installed."""
    try:
        from chatminer.chatparsers import FacebookMessengerParser, WhatsAppParser  # type: ignore[import-not-found]
    except ImportError:
        return {}
    chat = folder / "WhatsApp Chat with Bench.txt"
    GENERATORS["whatsapp-android"].write(World(messages=20_000, seed=1, chats=1, groups=0, plain=True), chat, noise=False)
    whole, thread = folder / "one.zip", folder / "message_1.json"
    GENERATORS["facebook"].write(World(messages=200_000, seed=1, chats=1, groups=0, plain=True), whole, noise=False)
    with zipfile.ZipFile(whole) as archive:
        largest = max((i for i in archive.infolist() if "message_" in i.filename), key=lambda i: i.file_size)
        thread.write_bytes(archive.read(largest))
    figures: Figures = {}
    for name, path, peer in (
        ("vs_peer_parser", thread, FacebookMessengerParser),
        ("vs_peer_parser_whatsapp", chat, WhatsAppParser),
    ):
        ours = statistics.median(timed(lambda p=path: _drain(p)) for _ in range(rounds))  # type: ignore[misc]
        theirs = statistics.median(timed(lambda p=path, k=peer: k(str(p)).parse_file()) for _ in range(rounds))  # type: ignore[misc]
        figures[name] = theirs / ours
    return figures


def _drain(path: Path, memory_mb: str = "") -> int:
    """The child as the site runs it, its batches decoded; how many messages there were."""
    environment = {**os.environ, "PYTHONPATH": str(settings.BASE_DIR)}
    if memory_mb:
        environment["CHILD_MEMORY"] = str(int(memory_mb) * 2**20)
    count = batches = 0
    command = [sys.executable, "-m", "apps.archives.formats.child"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        with process.stdin:
            process.stdin.write(orjson.dumps([[path.name, str(path)]]))
        sandbox.widen(process.stdout)
        decode = msgspec.msgpack.Decoder(list[Record | End]).decode
        watched = psutil.Process(process.pid)  # the system's own figure counts the parent before `exec`
        while head := process.stdout.read(4):
            rows = decode(process.stdout.read(int.from_bytes(head, "big")))
            count += sum(type(row) is Message for row in rows)
            batches += 1
            if batches % 20 == 1:
                _PEAKS[0] = max(_PEAKS[0], watched.memory_info().rss / 2**20)
    return count


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

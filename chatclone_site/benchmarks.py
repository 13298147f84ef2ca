"""What ships with the project to measure it: archives, scrubbing, the stream. Peers run in the same run; ratios count."""

from __future__ import annotations

import io
import json
import os
import resource
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
from django.conf import settings

from apps.archives import sample
from apps.archives.formats.types import End, Record
from apps.privacy.scrub import engine
from chatclone_site import bench_stream

Figures = dict[str, Any]


def _timed(work: Callable[[], Any]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _many(count: int) -> list[sample.Line]:
    lines: list[sample.Line] = []
    seed = 1
    while len(lines) < count:
        lines += [sample.Line(m.chat, m.sender, m.at + seed * 70_000_000, m.text) for m in sample.lines(seed)]
        seed += 1
    return lines


def archives(data: str | None = None, messages: int = 60_000, rounds: int = 3) -> Figures:
    """zip → records at the parent's end of the pipe, against bare `orjson.loads` of the same members; `data`: your own zip."""
    if data is not None:
        own = [_timed(lambda: _drain(data)) for _ in range(rounds)]
        peer = [_timed(lambda: _bare(data)) for _ in range(rounds)]
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        return {
            "own_vs_orjson": statistics.median(peer) / statistics.median(own),
            "seconds": statistics.median(own),
            "peak_mb": peak,
        }
    lines = _many(messages)
    figures: Figures = {"messages": len(lines)}
    for kind in sample.FILES:
        content = sample.facebook(lines) if kind == "facebook" else _zipped(sample.telegram(lines))
        with tempfile.NamedTemporaryFile(suffix=".zip") as file:
            file.write(content)
            file.flush()
            ours = [_timed(lambda name=file.name: _drain(name)) for _ in range(rounds)]  # type: ignore[misc]
            bare = [_timed(lambda name=file.name: _bare(name)) for _ in range(rounds)]  # type: ignore[misc]
        figures[f"{kind}_vs_orjson"] = statistics.median(bare) / statistics.median(ours)
        figures[f"{kind}_messages_s"] = len(lines) / statistics.median(ours)
    figures["peak_mb"] = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return figures


def _zipped(data: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("result.json", data)
    return out.getvalue()


def _drain(name: str) -> None:
    """The child as the site runs it, its batches decoded."""
    environment = {**os.environ, "PYTHONPATH": str(settings.BASE_DIR)}
    command = [sys.executable, "-m", "apps.archives.formats.child"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        with process.stdin:
            process.stdin.write(orjson.dumps([["x.zip", name]]))
        decode = msgspec.msgpack.Decoder(list[Record | End]).decode
        while head := process.stdout.read(4):
            decode(process.stdout.read(int.from_bytes(head, "big")))


def _bare(name: str) -> None:
    with zipfile.ZipFile(name) as archive:
        for member in archive.namelist():
            if member.endswith(".json"):
                orjson.loads(archive.read(member))


def _labelled(path: str) -> tuple[list[str], Figures]:
    """Texts of JSON Lines, and recall and precision where lines carry `findings` ({start, end})."""
    rows = [json.loads(line) for line in Path(path).read_text().splitlines() if line.strip()]
    labelled = [r for r in rows if "findings" in r]
    wanted = found = right = 0
    for row in labelled:
        ours = engine.find(row["text"])
        spans = [(f["start"], f["end"]) for f in row["findings"]]
        wanted, found = wanted + len(spans), found + len(ours)
        right += sum(any(f.start < e and s < f.end for f in ours) for s, e in spans)
    figures = {"recall": right / wanted, "precision": right / max(1, found)} if wanted else {}
    return [r["text"] for r in rows], figures


def scrub(data: str | None = None, rounds: int = 3) -> Figures:
    """Messages per second, against Presidio's pattern recognisers where they are installed; `data`: your own JSON Lines."""
    texts, quality = _labelled(data) if data is not None else ([line.text for line in _many(12_000)], {})

    def ours() -> None:
        for text in texts:
            engine.scrub(text)

    mine = len(texts) / statistics.median(_timed(ours) for _ in range(rounds))
    figures: Figures = {"messages_s": mine, "messages": len(texts), **quality}
    try:
        from presidio_analyzer.predefined_recognizers import (  # type: ignore[import-not-found]
            CreditCardRecognizer,
            CryptoRecognizer,
            EmailRecognizer,
            IbanRecognizer,
            IpRecognizer,
            PhoneRecognizer,
            UrlRecognizer,
        )  # fmt: skip
    except ImportError:
        return figures
    makers = (
        CreditCardRecognizer,
        CryptoRecognizer,
        EmailRecognizer,
        IbanRecognizer,
        IpRecognizer,
        PhoneRecognizer,
        UrlRecognizer,
    )
    recognisers = [make() for make in makers]

    def theirs() -> None:
        for text in texts[:3_000]:
            for recogniser in recognisers:
                recogniser.analyze(text, recogniser.supported_entities, None)

    peer = 3_000 / statistics.median(_timed(theirs) for _ in range(rounds))
    return {**figures, "vs_presidio": mine / peer, "presidio_messages_s": peer}


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

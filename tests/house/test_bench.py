"""Benchmarks run and measure what they say; how fast is nobody's assertion."""

from __future__ import annotations

from pathlib import Path

from apps.archives.generators.registry import GENERATORS
from apps.archives.generators.story import World
from chatclone_site import bench_crypto, bench_reader


def test_crypto_seals_and_shreds() -> None:
    figures = bench_crypto.measured(megabytes=2, size=2**20)
    assert figures["gb_s"] == min(figures[f"{d}_{w}_unpacked_gb_s"] for d in ("chat", "random") for w in ("write", "read"))
    assert figures["chat_packed_to"] < 0.5 < 0.99 < figures["random_packed_to"] < 1.01
    assert figures["shredded_objects"] == 2
    assert 0 < figures["shred_s"] <= figures["gone_s"]


def test_the_reader_is_measured_on_every_message(tmp_path: Path) -> None:
    for name in ("facebook", "whatsapp-android"):
        path = tmp_path / f"WhatsApp Chat with Bench{GENERATORS[name].suffix}"
        GENERATORS[name].write(World(messages=700, seed=1, chats=1, groups=0, plain=True), path, noise=False)
        counts: list[int] = []
        seconds = bench_reader.spent(lambda path=path, counts=counts: counts.append(bench_reader.drain(path)))
        assert counts == [700]
        assert seconds.wall > 0 < seconds.cpu

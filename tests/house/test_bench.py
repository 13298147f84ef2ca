"""Benchmarks run and measure what they say; how fast is nobody's assertion."""

from __future__ import annotations

from chatclone_site import bench_crypto


def test_crypto_seals_and_shreds() -> None:
    figures = bench_crypto.measured(megabytes=2, size=2**20)
    assert figures["gb_s"] == min(figures[f"{d}_{w}_unpacked_gb_s"] for d in ("chat", "random") for w in ("write", "read"))
    assert figures["chat_packed_to"] < 0.5 < 0.99 < figures["random_packed_to"] < 1.01
    assert figures["shredded_objects"] == 2
    assert 0 < figures["shred_s"] <= figures["gone_s"]

"""Generation, measured: the engine's own figures, and many people who talk with many personas at once on this machine."""

from __future__ import annotations

import statistics
import sys
import threading
import time
from typing import Any

from apps.personas import engines, verbatim
from apps.personas.guard import Guard
from apps.personas.language import Bubble, Turn
from apps.personas.verbatim import Verbatim
from apps.privacy.scrub.known import Known
from chatclone_site.benchmarks import many

PEOPLE, ARRIVE_SECONDS, PATIENCE = 32, 10.0, 120.0
TURNS = [Turn("Sam", (Bubble("tell me everything about the allotment and the fox, please, I have all evening"),))] * 3


def measured(python: str = "", vllm_python: str = "") -> dict[str, Any]:
    """`python`: an interpreter with `llama_cpp` and `gguf`, `vllm_python` one with vLLM, where there are such."""
    from apps.personas.evaluation import bench_generation

    return {**bench_generation.measured(python or sys.executable, vllm_python), **people(bench_generation.personas(PEOPLE))}


def people(personas: list[Any]) -> dict[str, Any]:
    """32 people with 32 personas who arrive over 10 s and talk on for 30 s, guard on: `first_words_p95_ms` from the
    asking to the first words that leave the guard, `tokens_s_each_at_32` the slowest's median reply (one text = one token)."""
    known = Known()
    for n in range(200):
        known.add("phone", f"+44 7700 900{n:03}")
    copies = Verbatim(verbatim.build([(True, line.text) for line in many(4_000)], b"bench"), b"bench")
    engine = engines.door()
    firsts: list[float] = []
    speeds: list[list[float]] = [[] for _ in personas]
    began = time.monotonic()

    def talk(n: int) -> None:
        time.sleep(ARRIVE_SECONDS * n / len(personas))
        reply = 0
        while time.monotonic() - began < ARRIVE_SECONDS + 20:
            reply += 1
            guard = Guard(known)
            veto = guard.veto(copies)
            assert veto is not None
            sampling = engines.sampling({"seed": 1_000 * n + reply, "max_tokens": 60, "max_bubbles": 20})
            asked, words, first = time.perf_counter(), 0, 0.0
            for said in guard.watch(engine.reply(personas[n], ["Sam"], TURNS, sampling, lambda: False, veto)):
                words += said.kind == "text"
                first = first or (time.perf_counter() if said.kind == "text" else 0.0)
            if words >= 5:
                firsts.append(first - asked)
                speeds[n].append(words / (time.perf_counter() - asked))
            time.sleep(1.0)

    threads = [threading.Thread(target=talk, args=(n,), daemon=True) for n in range(len(personas))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(PATIENCE)
    each = [statistics.median(s) for s in speeds if s]
    return {
        "first_words_p95_ms": 1_000 * sorted(firsts)[int(0.95 * (len(firsts) - 1))], "tokens_s_each_at_32": min(each),
        "tokens_s_median_at_32": statistics.median(each), "talked_at_32": len(each), "replies_at_32": len(firsts),
    }  # fmt: skip

"""One batch for everybody says what each would say alone, however they join and leave; the queue is fair."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import pytest
import torch
from safetensors.torch import save

from apps.personas.inference import batched, local, scheduler
from apps.personas.inference.batched import BatchedVoice
from apps.personas.inference.decoding import never
from apps.personas.inference.generate import Voice
from apps.personas.inference.sampling import Sampling
from apps.personas.inference.scheduler import Ask, Scheduler
from apps.personas.language import Bubble, Turn
from apps.personas.wire import Weights
from tests.personas.test_int8 import adapter
from tests.personas.test_verbatim import words
from tests.personas.tiny import hub_model

GREEDY = Sampling(top_k=1, repetition=1.1, max_tokens=20, seed=1)
PEOPLE = 9


def merged(engine: local.LocalEngine, base: str, data: bytes) -> Voice:
    """The same persona, alone and merged: what the batch is compared with."""
    from safetensors.torch import load

    from apps.personas.inference import families

    family = families.load(base, torch.float32)
    local.merge_adapter(family.model, load(data))
    return Voice(family)


@pytest.fixture(scope="module", params=["llama", "gpt2"])
def base(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> str:
    return str(hub_model(tmp_path_factory.mktemp("hub") / request.param, family=request.param))


def specs(base: str, count: int = PEOPLE) -> list[Weights]:
    from apps.personas.inference import families, rows

    model = families.load(base, torch.float32).model
    found = []
    for n in range(count):
        tensors = {}
        generator = torch.Generator().manual_seed(n)
        for name, layer in rows.targets(model).items():
            inputs, outputs = (
                (layer.in_features, layer.out_features) if hasattr(layer, "in_features") else (layer.nx, layer.nf)
            )
            rank = 2 + n % 3
            tensors[f"base_model.model.{name}.lora_A.weight"] = torch.randn(rank, inputs, generator=generator) * 0.3
            tensors[f"base_model.model.{name}.lora_B.weight"] = torch.randn(outputs, rank, generator=generator) * 0.3
        data = save(tensors)
        found.append(Weights(f"p{n}", base, False, lambda data=data: data))  # type: ignore[misc]
    return found


def prompts(voice: Voice, count: int = PEOPLE) -> list[list[int]]:
    text = "shall we go to the river and look at the herons before the ferry leaves, or is it too late for that again "
    return [
        voice._fitting(["Sam"], [Turn("Sam", (Bubble((text * 3)[: 12 + 31 * n]),))], None if n % 2 else "Sam")
        for n in range(count)
    ]


def talk_all(voices: list[BatchedVoice], asked: list[list[int]], sampling: Sampling) -> list[list[int]]:
    """Everybody at once, joining one after the other."""
    said: list[list[int]] = [[] for _ in voices]

    def talk(n: int) -> None:
        time.sleep(0.01 * n)
        said[n] = list(voices[n]._tokens(asked[n], sampling, never))

    threads = [threading.Thread(target=talk, args=(n,)) for n in range(len(voices))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return said


def test_everybody_says_what_they_would_say_alone(base: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(scheduler.CHUNK, "cpu", 16)
    monkeypatch.setitem(scheduler.MOST_ROWS, "cpu", 5)  # so that some wait, and rows are used again
    engine = local.LocalEngine(threads=1)
    wanted = specs(base)
    voices = [engine.voice(s) for s in wanted]
    assert all(isinstance(v, BatchedVoice) for v in voices)
    asked = prompts(voices[0])
    alone = [list(merged(engine, base, s.load())._tokens(p, GREEDY, never)) for s, p in zip(wanted, asked, strict=True)]
    assert len({tuple(a) for a in alone}) > 5
    assert talk_all(voices, asked, GREEDY) == alone  # type: ignore[arg-type]
    drawn = Sampling(seed=4, max_tokens=20)
    once = talk_all(voices, asked, drawn)  # type: ignore[arg-type]
    assert [list(v._tokens(p, drawn, never)) for v, p in zip(voices, asked, strict=True)] == once


@pytest.fixture(scope="module")
def engine() -> local.LocalEngine:
    return local.LocalEngine(threads=1, runtime="torch")


@pytest.fixture(scope="module")
def voice(engine: local.LocalEngine) -> BatchedVoice:
    from apps.personas.inference import families

    data = save(adapter(3, families.load("builtin", torch.float32).model))
    made = engine.voice(Weights("one", "builtin", False, lambda: data))
    assert isinstance(made, BatchedVoice)
    return made


TURNS = [Turn("Sam", (Bubble("what did you do on the weekend, tell me everything"),))]


def test_veto_and_stop_in_the_batch(voice: BatchedVoice) -> None:
    sampling = Sampling(seed=5, top_k=1, max_tokens=40, max_bubbles=8)
    free = words(voice.reply(["Sam"], TURNS, sampling)).split()
    said = words(voice.reply(["Sam"], TURNS, sampling, never, lambda text: text.split()[-1:] == [free[1]])).split()
    assert said[0] == free[0]
    assert free[1] not in said
    assert len(said) > 2
    taken: list[int] = []
    for token in voice._tokens(prompts(voice)[0], Sampling(seed=3, max_tokens=100), lambda: len(taken) >= 3):
        taken.append(token)
    assert 3 <= len(taken) <= 5

    def broken(text: str) -> bool:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        words(voice.reply(["Sam"], TURNS, sampling, never, broken))
    assert words(voice.reply(["Sam"], TURNS, sampling)).split() == free, "others are not harmed"


def test_seats_are_asked_of_the_batch_too(voice: BatchedVoice) -> None:
    talk = list(voice.converse(["Bea", "Cy"], TURNS, 3, Sampling(seed=2, max_tokens=8)))
    assert {op.value for op in talk if op.kind == "turn"} <= {"Bea", "Cy"}


def test_what_was_read_is_used_again_in_the_same_talk_only(voice: BatchedVoice, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[int] = []
    forward = Scheduler._forward

    def counted(self: Scheduler, first: int, starts: list[int], tokens: list[list[int]]) -> torch.Tensor:
        read.append(sum(len(t) for t in tokens))
        return forward(self, first, starts, tokens)

    monkeypatch.setattr(Scheduler, "_forward", counted)
    prompt = prompts(voice)[6]
    once = list(voice.within("a")._tokens(prompt, GREEDY, never))
    longer = [*prompt, *once, *prompt[:9]]
    read.clear()
    again = list(voice.within("a")._tokens(longer, GREEDY, never))
    used = sum(read)
    read.clear()
    assert list(voice.within("b")._tokens(longer, GREEDY, never)) == again
    assert used < sum(read) - len(prompt) + 3
    read.clear()
    voice.scheduler.forget("one")
    list(voice.within("a")._tokens(longer, GREEDY, never))
    assert sum(read) > used + len(prompt) - 3, "forgotten"


def test_a_sentence_is_gone_on_with_from_what_was_read(
    engine: local.LocalEngine, voice: BatchedVoice, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[int] = []
    forward = Scheduler._forward

    def counted(self: Scheduler, first: int, starts: list[int], tokens: list[list[int]]) -> torch.Tensor:
        read.append(sum(len(t) for t in tokens))
        return forward(self, first, starts, tokens)

    monkeypatch.setattr(Scheduler, "_forward", counted)

    def ways(talk: str) -> tuple[list[str], int]:
        read.clear()
        spec = Weights("one", "builtin", False, lambda: b"")
        found = engine.completions(spec, ["Sam"], TURNS, "I went to", Sampling(seed=3, max_tokens=4), 1, never, talk)
        while voice.scheduler.active:
            time.sleep(0.01)
        return found, sum(read)

    plain, whole = ways("")
    assert ways("typing")[0] == plain
    again, rest = ways("typing")
    assert again == plain
    assert rest < whole - 10
    assert ways("another")[1] == whole


def test_the_queue_is_fair_and_tells_its_place(voice: BatchedVoice) -> None:
    """One who asks for ten replies at once does not keep away another who asks for one."""
    made = Scheduler(voice.model)
    draft = voice._ask([1, 2], Sampling(), _draft(voice)).draft

    def ask(who: str) -> Ask:
        return Ask(who, "", {}, [1, 2], None, draft)  # type: ignore[arg-type]

    greedy = [ask("greedy") for _ in range(10)]
    modest = ask("modest")
    made.active = [greedy[0]]
    made.waiting = [*greedy[1:], modest]
    assert made.place(modest) == 1
    assert made.place(greedy[1]) == 2
    assert made.place(greedy[9]) == 10
    assert made.place(greedy[0]) == 0


def _draft(voice: Voice) -> scheduler.Draft:
    return scheduler.Draft(voice, 4, lambda text: False, ())


def test_an_idle_batch_lets_its_thread_go(voice: BatchedVoice, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scheduler, "IDLE_SECONDS", 0.05)
    made = BatchedVoice(voice.family, Scheduler(voice.model), "x", {})
    assert list(made._tokens([1, 2, 3], GREEDY, never))
    thread = made.scheduler._thread
    if thread is not None:
        thread.join(5)
    assert made.scheduler._thread is None
    assert list(made._tokens([1, 2, 3], GREEDY, never)), "and comes back"


def test_what_a_batch_cannot_hold_stays_out(tmp_path: Path) -> None:
    class Config:
        model_type, layer_types, sliding_window = "llama", ["sliding_attention"], 64

    class Model:
        config = Config

    assert not batched.fits(Model)

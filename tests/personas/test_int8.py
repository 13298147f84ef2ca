"""The 8-bit runtime says what the model says, keeps to seeds, stops and vetoes, and forgets."""

from __future__ import annotations

import threading
from itertools import islice

import numpy as np
import pytest
import torch
from safetensors.torch import save

from apps.personas import controls, verbatim
from apps.personas.guard import Guard
from apps.personas.inference import families, int8, int8_voice, local
from apps.personas.inference.decoding import never
from apps.personas.inference.generate import Voice
from apps.personas.inference.int8_voice import Int8Voice
from apps.personas.inference.sampling import Sampling
from apps.personas.language import BANNED_IDS, BUBBLE_ID, ME_SPEAKER, Bubble, Turn
from apps.personas.wire import Weights
from apps.privacy.scrub.known import Known
from tests.personas.test_verbatim import TURNS, kept, words

GREEDY = Sampling(top_k=1, top_p=1.0, repetition=1.0, max_tokens=24, seed=1)


def adapter(seed: int, model: torch.nn.Module, rank: int = 4) -> dict[str, torch.Tensor]:
    """A LoRA adapter with random values, large enough to change what is said."""
    generator = torch.Generator().manual_seed(seed)
    tensors = {}
    for name, module in model.named_modules():
        if isinstance(module, torch.nn.Linear) and name != "lm_head":
            place = f"base_model.model.{name}"
            tensors[f"{place}.lora_A.weight"] = 0.05 * torch.randn(rank, module.in_features, generator=generator)
            tensors[f"{place}.lora_B.weight"] = 0.05 * torch.randn(module.out_features, rank, generator=generator)
    return tensors


@pytest.fixture(scope="module")
def family() -> families.Family:
    return families.load("builtin", torch.float32)


@pytest.fixture(scope="module")
def spec(family: families.Family) -> Weights:
    data = save(adapter(3, family.model))
    return Weights("one", "builtin", False, lambda: data)


@pytest.fixture(scope="module")
def voice(spec: Weights) -> Int8Voice:
    made = local.LocalEngine(threads=1).voice(spec)
    assert isinstance(made, Int8Voice)
    return made


@pytest.fixture(scope="module")
def exact(spec: Weights) -> Voice:
    made = local.LocalEngine(threads=1, runtime=controls.TORCH).voice(spec)
    assert not isinstance(made, Int8Voice)
    return made


def prompts(voice: Voice) -> list[list[int]]:
    texts = ("what did you do on the weekend?", "are you coming tonight", "the train is late again", "did you see the match")
    return [[*voice.language.prompt(["Sam"], [Turn("Sam", (Bubble(t),))], ME_SPEAKER), BUBBLE_ID] for t in texts * 2]


def test_it_says_what_full_precision_says(voice: Int8Voice, exact: Voice) -> None:
    """Log-probabilities within what 8 bits cost, and the same greedy words nearly always."""
    same = total = 0
    for prompt in prompts(voice):
        ours = torch.log_softmax(voice._forward(prompt, None)[0].float(), -1)
        theirs = torch.log_softmax(exact._forward(prompt, None)[0].float(), -1)
        likely = theirs > -6
        assert (ours - theirs)[likely].abs().mean() < 0.15
        mine = list(islice(voice._tokens(prompt, GREEDY, never), 8))
        his = list(islice(exact._tokens(prompt, GREEDY, never), 8))
        agreed = next((n for n, (a, b) in enumerate(zip(mine, his, strict=False)) if a != b), len(his))
        same, total = same + agreed, total + len(his)
    assert same / total > 0.6, (same, total)


def test_a_whole_model_is_converted_too(family: families.Family, voice: Int8Voice) -> None:
    state = {k: v for k, v in family.model.state_dict().items() if k != "lm_head.weight"}
    made = local.LocalEngine().voice(Weights("w", "scratch", True, lambda: save(state)))
    assert isinstance(made, Int8Voice)
    prompt = prompts(made)[0]
    bare = Int8Voice(family, int8.Converter(family.model.config, family.model.state_dict()).persona({}))
    assert torch.equal(made._forward(prompt, None)[0], bare._forward(prompt, None)[0])
    assert not torch.equal(made._forward(prompt, None)[0], voice._forward(prompt, None)[0]), "the adapter counts"
    state.pop("model.norm.weight")
    with pytest.raises(families.NotThere):
        local.LocalEngine().voice(Weights("v", "scratch", True, lambda: save(state)))


def test_a_seed_gives_the_same_words_also_in_a_crowd(voice: Int8Voice) -> None:
    sampling = [Sampling(seed=n, max_tokens=30) for n in range(8)]
    alone = [words(voice.reply(["Sam"], TURNS, s)) for s in sampling]
    assert len(set(alone)) > 5
    crowd = [""] * 8

    def talk(n: int) -> None:
        crowd[n] = words(voice.reply(["Sam"], TURNS, sampling[n]))

    threads = [threading.Thread(target=talk, args=(n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert crowd == alone


def test_it_never_says_what_is_banned(voice: Int8Voice, monkeypatch: pytest.MonkeyPatch) -> None:
    """Shown with the likeliest tokens, because the model hardly ever wants the special ones."""
    prompt = prompts(voice)[0]
    wanted = list(voice._tokens(prompt, GREEDY, never))[:3]
    monkeypatch.setattr(int8_voice, "BANNED_IDS", (*BANNED_IDS, *wanted))
    said = list(voice._tokens(prompt, GREEDY, never))
    assert said
    assert not set(said) & {*BANNED_IDS, *wanted}


def test_a_word_is_taken_back_and_another_one_said(voice: Int8Voice) -> None:
    sampling = Sampling(seed=5, top_k=1, max_tokens=60, max_bubbles=8)
    free = words(voice.reply(["Sam"], TURNS, sampling)).split()
    refused: list[str] = []

    def veto(text: str) -> bool:
        if text.split()[-1:] == [free[2]]:
            refused.append(text)
        return text.split()[-1:] == [free[2]]

    said = words(voice.reply(["Sam"], TURNS, sampling, never, veto)).split()
    assert refused
    assert said[:2] == free[:2]
    assert free[2] not in said
    assert len(said) > 3


def test_a_stop_is_obeyed_within_two_tokens(voice: Int8Voice) -> None:
    said: list[int] = []
    sampling = Sampling(seed=4, max_tokens=150, max_bubbles=20)
    for token in voice._tokens(prompts(voice)[0], sampling, lambda: len(said) >= 3):
        said.append(token)
    assert 3 <= len(said) <= 5
    assert not list(voice._tokens(prompts(voice)[0], sampling, lambda: True))


def test_a_recital_is_taken_back_word_by_word(voice: Int8Voice) -> None:
    tried = (Sampling(seed=n, temperature=0.7, max_tokens=80, max_bubbles=8) for n in range(50))
    sampling, free = next(
        (s, said) for s in tried if len(verbatim._WORD.findall(said := words(voice.reply(["Sam"], TURNS, s)))) > 11
    )
    found = kept(free)
    veto = Guard(Known()).veto(found)
    assert veto is not None
    watched = words(voice.reply(["Sam"], TURNS, sampling, never, veto))
    assert not found.copied(watched)
    assert watched.split()[:5] == free.split()[:5], "the words before are the same"
    assert len(verbatim._WORD.findall(watched)) >= 7, "and it goes on"
    assert words(voice.reply(["Sam"], TURNS, sampling, never, veto)) == watched, "and so again"


def test_a_veto_that_never_speaks_changes_nothing_and_one_that_always_does_ends(voice: Int8Voice) -> None:
    sampling = Sampling(seed=6, max_tokens=60)
    free = words(voice.reply(["Sam"], TURNS, sampling))
    assert words(voice.reply(["Sam"], TURNS, sampling, never, lambda text: False)) == free
    short = words(voice.reply(["Sam"], TURNS, sampling, never, lambda text: len(text.split()) > 2))
    assert short.split() == free.split()[:2]


def test_a_guard_that_breaks_ends_the_reply_with_its_error(voice: Int8Voice) -> None:
    def broken(text: str) -> bool:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        words(voice.reply(["Sam"], TURNS, Sampling(seed=6, max_tokens=60), never, broken))


def test_ways_to_go_on(voice: Int8Voice) -> None:
    sampling = Sampling(seed=1, max_tokens=8)
    ways = voice.completions(["Sam"], TURNS, "I went to the ", sampling, 5, never)
    assert len(ways) == 5
    assert len(set(ways)) > 1
    assert not any(w.startswith(" ") or "\n" in w or "<|" in w for w in ways)
    assert voice.completions(["Sam"], TURNS, "I went to the ", sampling, 5, never) == ways


def test_seats_are_chosen_and_the_invented_talk_repeats(voice: Int8Voice) -> None:
    talk = [list(voice.converse(["Bea", "Cy"], TURNS, 4, Sampling(seed=2, max_tokens=10))) for _ in range(2)]
    assert talk[0] == talk[1]
    assert {op.value for op in talk[0] if op.kind == "turn"} <= {"Bea", "Cy"}


def test_a_room_of_three_opens_no_instance_for_each_turn(voice: Int8Voice, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[int] = []
    make = Int8Voice._open
    monkeypatch.setattr(Int8Voice, "_open", staticmethod(lambda files: opened.append(1) or make(files)))
    with voice.drawing(3) as own:
        ops = list(own.converse(["Bea", "Cy", "Di"], TURNS, 6, Sampling(seed=3, max_tokens=6)))
    assert sum(op.kind == "turn" for op in ops) == 6
    assert len(opened) <= 2, "one to draw with, and the next one when it is over"


def test_who_speaks_next_is_asked_without_the_words_before(voice: Int8Voice) -> None:
    ids = voice.language.prompt(["Bea", "Cy"], TURNS, None)
    whole = np.asarray(voice._open(voice._files).forward_batch([[str(n) for n in ids]]))[0, -1]
    found = voice._forward(ids, None)[0].numpy()
    assert found.shape == whole.shape
    assert np.allclose(found, whole, atol=0.05 * float(np.abs(whole).max()))


def test_voices_are_forgotten_and_the_oldest_dropped(
    spec: Weights, family: families.Family, monkeypatch: pytest.MonkeyPatch
) -> None:
    loads: list[str] = []

    def counted(key: str) -> Weights:
        def load() -> bytes:
            loads.append(key)
            return spec.load()

        return Weights(key, "builtin", False, load)

    engine = local.LocalEngine(threads=1)
    engine.voice(counted("a"))
    engine.voice(counted("a"))
    assert loads == ["a"]
    engine.forget("a")
    engine.voice(counted("a"))
    assert loads == ["a", "a"]
    monkeypatch.setattr(local, "KEPT_BYTES", int(2.5 * engine.voice(counted("a")).size))
    for key in ("b", "a", "c", "a", "b"):
        engine.voice(counted(key))
    assert loads[2:] == ["b", "c", "b"], "b was used longest ago when c came"


def test_what_a_runtime_offers() -> None:
    assert controls.of("auto", "builtin").runtime == controls.INT8
    assert controls.of("auto", "builtin", "cuda").runtime == controls.TORCH
    assert controls.of("auto", "Qwen3-0.6B").runtime == controls.TORCH
    assert "min_p" not in controls.of("int8", "x").sampling
    for choice in controls.CHOICES:
        assert set(controls.of(choice, "builtin").sampling) <= set(Sampling.__dataclass_fields__)

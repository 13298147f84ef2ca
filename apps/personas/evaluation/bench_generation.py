"""Generation against its peers: one stream at 8 bits, and sixteen conversations with sixteen adapters in one batch.

Everything in one process with one thread (llama.cpp in its own), in turns, medians of the rounds; ratios are made in each round. Speeds are tokens per
second of CPU time, all threads of the contestant counted, so that a busy machine harms nobody more than the others; the
reading of a prompt of about a hundred tokens is counted in. Weights of the 135 M shape and all adapters are random.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save
from transformers import LlamaConfig, LlamaForCausalLM

from apps.personas.evaluation import vllm_peer
from apps.personas.inference import families, int8, local, rows
from apps.personas.inference.batched import BatchedVoice
from apps.personas.inference.decoding import never
from apps.personas.inference.generate import Voice
from apps.personas.inference.int8_voice import Int8Voice
from apps.personas.inference.sampling import Sampling
from apps.personas.inference.scheduler import Scheduler
from apps.personas.inference.vllm_server import Line, Server
from apps.personas.inference.vllm_shelf import Folder, Shelf
from apps.personas.inference.vllm_voice import VllmVoice
from apps.personas.language import BANNED_IDS, BUBBLE_ID, ME_SPEAKER, PAD_ID, Bubble, Turn
from apps.personas.wire import Weights

TOKENS, TURN_TOKENS, PEOPLE, RANK = 96, 48, 16, 16
TURNS = [Turn("Sam", (Bubble("tell me everything about the allotment and the fox, please, I have all evening"),))] * 4
Figures = dict[str, Any]


def adapter(model: Any, seed: int, size: float = 0.02) -> dict[str, torch.Tensor]:
    """A random LoRA adapter of all linear layers, peft's names."""
    generator = torch.Generator().manual_seed(seed)
    tensors = {}
    for name, layer in rows.targets(model).items():
        place = f"base_model.model.{name}"
        tensors[f"{place}.lora_A.weight"] = size * torch.randn(RANK, layer.in_features, generator=generator)
        tensors[f"{place}.lora_B.weight"] = size * torch.randn(layer.out_features, RANK, generator=generator)
    return tensors


def personas(count: int) -> list[Weights]:
    """Personas of the built-in base."""
    model = families.load("builtin", torch.float32).model
    made = [save(adapter(model, n)) for n in range(count)]
    return [Weights(f"persona-{n}", "builtin", False, lambda data=data: data) for n, data in enumerate(made)]  # type: ignore[misc]


def shape_135m() -> Any:
    """Random weights in the shape of a 135 M Llama."""
    torch.manual_seed(1)
    config = LlamaConfig(
        vocab_size=49_152, hidden_size=576, intermediate_size=1_536, num_hidden_layers=30, num_attention_heads=9,
        num_key_value_heads=3, max_position_embeddings=2_048, tie_word_embeddings=True,
    )  # fmt: skip
    return LlamaForCausalLM(config).train(False)


def generate(model: Any, prompt: list[int], tokens: int, batch: int = 1, **more: Any) -> float:
    """Tokens a second of a bare `generate()` with the same sampling."""
    ids = torch.tensor([prompt] * batch)
    began = time.process_time()
    with torch.inference_mode():
        made = model.generate(
            input_ids=ids, attention_mask=torch.ones_like(ids), max_new_tokens=tokens, min_new_tokens=tokens, do_sample=True,
            top_k=50, top_p=0.95, temperature=0.8, repetition_penalty=1.05, suppress_tokens=list(BANNED_IDS), pad_token_id=0,
            **more,
        )  # fmt: skip
    return batch * int(made.shape[1] - ids.shape[1]) / (time.process_time() - began)


def stream(voice: Voice, prompt: list[int], tokens: int, seed: int = 1) -> tuple[float, float]:
    """Tokens a second of one of our streams, and the ms to its first one; it does not end by itself."""
    voice.finals = lambda: [PAD_ID]  # type: ignore[method-assign]
    began, used = time.perf_counter(), time.process_time()
    words = voice._tokens(prompt, Sampling(seed=seed, max_tokens=tokens), never)
    next(words)
    first = time.perf_counter() - began
    count = 1 + sum(1 for _ in words)
    return count / (time.process_time() - used), 1_000 * first


class Llama:
    """llama.cpp in the interpreter `python`; None a round where it is not there."""

    def __init__(self, python: str, model: Any, prompt: list[int]) -> None:
        self._folder = tempfile.TemporaryDirectory()
        path = Path(self._folder.name, "weights.npz")
        np.savez(path, **{n: t.float().numpy() for n, t in model.state_dict().items() if "lm_head" not in n})
        script = Path(__file__).with_name("llama_peer.py")
        self._process = subprocess.Popen(
            [python, str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        head = {"weights": str(path), "config": model.config.to_dict(), "prompt": prompt}
        self._say(json.dumps(head, default=str))

    def _say(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def round(self, tokens: int) -> float | None:
        try:
            self._say(str(tokens))
            assert self._process.stdout is not None
            return float(self._process.stdout.readline())
        except (OSError, ValueError):
            return None

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        self._folder.cleanup()


Seen = dict[str, list[float]]


def _turns(rounds: int, *, warm: bool = True, **contestants: Callable[[], float | None]) -> Seen:
    """What contestants reach who go in turns, after a round that only warms up; empty for one that cannot."""
    seen: Seen = {name: [] for name in contestants}
    for number in range(rounds + warm):
        for name, run in contestants.items():
            value = run()
            if number >= warm and value is not None:
                seen[name].append(value)
    return seen


def _middle(values: list[float]) -> float | None:
    return statistics.median(values) if values else None


def _ratio(one: list[float], other: list[float]) -> float | None:
    return _middle([a / b for a, b in zip(one, other, strict=False)])


def single(python: str, rounds: int = 7) -> Figures:
    """The built-in model, a persona merged: 8 bits against `generate()` in float32 and llama.cpp at 8 bits."""
    family = families.load("builtin", torch.float32)
    prompt = [*family.language.prompt(["Sam"], TURNS, ME_SPEAKER), BUBBLE_ID]
    voice = Int8Voice(
        family, int8.Converter(family.model.config, family.model.state_dict()).persona(adapter(family.model, 1))
    )
    peer, firsts = Llama(python, family.model, prompt), []

    def ours() -> float:
        speed, first = stream(voice, prompt, TOKENS)
        firsts.append(first)
        return speed

    speeds = _turns(
        rounds, ours=ours, generate=lambda: generate(family.model, prompt, TOKENS), llama=lambda: peer.round(TOKENS)
    )
    peer.close()
    return {
        "single_tokens_s": _middle(speeds["ours"]), "generate_tokens_s": _middle(speeds["generate"]),
        "llama_cpp_tokens_s": _middle(speeds["llama"]),
        "single_vs_generate": _ratio(speeds["ours"], speeds["generate"]),
        "single_vs_llama_cpp_q8": _ratio(speeds["ours"], speeds["llama"]), "first_token_ms": statistics.median(firsts[1:]),
        "prompt_tokens": len(prompt),
    }  # fmt: skip


def mixed(rounds: int = 2) -> Figures:
    """The 135 M shape: one stream at 8 bits, and sixteen conversations with sixteen adapters, against `generate()` and peft."""
    from peft import LoraConfig, get_peft_model, set_peft_model_state_dict

    model = shape_135m()
    family = families.Family(model, families.load("builtin", torch.float32).language, PAD_ID, "random")
    prompt = [*family.language.prompt(["Sam"], TURNS, ME_SPEAKER), BUBBLE_ID]
    adapters = [adapter(model, n) for n in range(PEOPLE)]
    at_8_bits = Int8Voice(family, int8.Converter(model.config, model.state_dict()).persona(adapters[0]))
    plain, half = model, shape_135m().to(torch.bfloat16)
    quicker = generate(half, prompt, TURN_TOKENS) > generate(plain, prompt, TURN_TOKENS)
    kind, model = (torch.bfloat16, half) if quicker else (torch.float32, plain)  # the batch and all its peers
    scheduler = Scheduler(shape_135m().to(kind))
    shared = families.Family(scheduler.model, family.language, PAD_ID, "random")
    voices = [
        BatchedVoice(shared, scheduler, str(n), rows.adapter(a, torch.empty(0, dtype=kind))) for n, a in enumerate(adapters)
    ]
    peft = get_peft_model(
        shape_135m().to(kind),
        LoraConfig(r=RANK, lora_alpha=2 * RANK, target_modules="all-linear", task_type="CAUSAL_LM"),
        "0",
    )
    for n, tensors in enumerate(adapters):
        if n:
            peft.add_adapter(str(n), peft.peft_config["0"])
        set_peft_model_state_dict(peft, tensors, str(n))
    peft.to(kind).train(False)
    names = [str(n) for n in range(PEOPLE)]

    def switching() -> float:
        speeds = []
        for name in names[:3]:
            began = time.process_time()
            peft.set_adapter(name)
            generate(peft, prompt, TURN_TOKENS)
            speeds.append(TURN_TOKENS / (time.process_time() - began))
        return statistics.median(speeds)

    speeds = _turns(
        rounds,
        warm=False,
        batch=lambda: _together(voices, prompt),
        single=lambda: generate(model, prompt, TURN_TOKENS),
        peft=lambda: generate(peft, prompt, TURN_TOKENS, PEOPLE, adapter_names=names),
        switching=switching,
        int8=lambda: stream(at_8_bits, prompt, TOKENS)[0],
        plain=lambda: generate(plain, prompt, TOKENS),
        half=lambda: generate(half, prompt, TOKENS),
    )
    return {
        "lora135_vs_generate": _ratio(speeds["int8"], speeds["plain"]), "lora135_tokens_s": _middle(speeds["int8"]),
        "lora135_vs_generate_bf16": _ratio(speeds["int8"], speeds["half"]),
        "batch16_vs_single": _ratio(speeds["batch"], speeds["single"]),
        "batch16_vs_switching": _ratio(speeds["batch"], speeds["switching"]),
        "batch16_vs_peft": _ratio(speeds["batch"], speeds["peft"]),
        "batch16_tokens_s": _middle(speeds["batch"]), "generate135_tokens_s": _middle(speeds["single"]),
        "peft16_tokens_s": _middle(speeds["peft"]), "switching_tokens_s": _middle(speeds["switching"]), "bf16": kind == torch.bfloat16,
    }  # fmt: skip


def _together(voices: Sequence[Voice], prompt: list[int], spent: Callable[[], float] = time.process_time) -> float:
    """Tokens a second of all together, from the first that asks to the last that ends; `spent`: CPU seconds so far."""
    counts = [0] * len(voices)

    def talk(n: int) -> None:
        voices[n].finals = lambda: [PAD_ID]  # type: ignore[method-assign]
        counts[n] = sum(1 for _ in voices[n]._tokens(prompt, Sampling(seed=n, max_tokens=TURN_TOKENS), never))

    threads = [threading.Thread(target=talk, args=(n,)) for n in range(len(voices))]
    began = spent()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sum(counts) / (spent() - began)


def beside_vllm(python: str, rounds: int = 3) -> Figures:
    """Sixteen conversations with sixteen adapters on the 135 M shape: our batch, and a real vLLM server on this CPU (bfloat16,
    compiled, one thread) through our own client. The CPU seconds of the server's processes and of this one count."""
    if not python or not Path(python).exists():
        return {"batch16_vs_vllm": None}
    half = shape_135m().to(torch.bfloat16)
    scheduler = Scheduler(half)
    shared = families.Family(half, families.load("builtin", torch.float32).language, PAD_ID, "random")
    prompt = [*shared.language.prompt(["Sam"], TURNS, ME_SPEAKER), BUBBLE_ID]
    adapters = [adapter(half, n) for n in range(PEOPLE)]
    ours = [
        BatchedVoice(shared, scheduler, str(n), rows.adapter(a, torch.empty(0, dtype=torch.bfloat16)))
        for n, a in enumerate(adapters)
    ]
    with tempfile.TemporaryDirectory() as base, tempfile.TemporaryDirectory(dir="/dev/shm") as folder:  # noqa: S108
        shape_135m().to(torch.bfloat16).save_pretrained(base)
        with vllm_peer.Peer(python, Path(base), "shape", dtype="bfloat16", most=PEOPLE, rank=RANK, compiled=True) as peer:
            shelf = Shelf(Server(Line(), peer.url), Folder(Path(folder)), PEOPLE)
            specs = [Weights(str(n), "shape", False, partial(save, a)) for n, a in enumerate(adapters)]
            theirs = [VllmVoice(shared, shelf, spec, 2_048) for spec in specs]
            speeds = _turns(
                rounds,
                batch=lambda: _together(ours, prompt),
                vllm=lambda: _together(theirs, prompt, lambda: time.process_time() + peer.cpu_seconds()),
                clock=lambda: _together(ours, prompt, time.perf_counter),
                vllm_clock=lambda: _together(theirs, prompt, time.perf_counter),
            )
            shelf.clear()
    return {
        "batch16_vs_vllm": _ratio(speeds["batch"], speeds["vllm"]), "batch16_vs_vllm_clock": _ratio(speeds["clock"], speeds["vllm_clock"]),
        "batch16_beside_vllm_tokens_s": _middle(speeds["batch"]), "vllm16_tokens_s": _middle(speeds["vllm"]),
    }  # fmt: skip


def switching(rounds: int = 40) -> Figures:
    """ms until another persona can begin: resident, and read from bytes (merged and converted), built-in model."""
    engine = local.LocalEngine(threads=1)
    wanted = personas(8)
    fresh = []
    for spec in wanted:
        began = time.perf_counter()
        engine.voice(spec)
        fresh.append(1_000 * (time.perf_counter() - began))
    resident = []
    for n in range(rounds):
        began = time.perf_counter()
        voice: Any = engine.voice(wanted[n * 3 % 8])
        voice._seeded(n)
        resident.append(1_000 * (time.perf_counter() - began))
        voice._prepare()
    return {"adapter_switch_ms": statistics.median(resident), "adapter_load_ms": statistics.median(fresh[1:])}


def measured(python: str, vllm_python: str = "") -> Figures:
    """All of it; `python` is an interpreter that may have llama.cpp, `vllm_python` one that has vLLM."""
    torch.set_num_threads(1)
    return {**single(python), **switching(), **mixed(), **beside_vllm(vllm_python)}

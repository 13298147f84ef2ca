"""vLLM behind the seam: the same tests against what the real server once said (tests/personas/vllm_exchange.json), and for long
against the real server itself (`make vllm` installs it). VLLM_RECORD=yes writes the exchange down anew.
"""

from __future__ import annotations

import json
import os
import shutil
import stat
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import torch
from safetensors.torch import save

from apps.jobs.causes import Expected
from apps.personas import controls, engines
from apps.personas.evaluation.vllm_peer import Peer
from apps.personas.guard import Guard
from apps.personas.inference import families, local, vllm, vllm_shelf
from apps.personas.inference.batched import BatchedVoice
from apps.personas.inference.decoding import never
from apps.personas.inference.sampling import Sampling
from apps.personas.inference.vllm import Place, VllmEngine
from apps.personas.inference.vllm_voice import VllmVoice
from apps.personas.language import BANNED_IDS, BUBBLE_ID, ME_SPEAKER, Bubble, Turn
from apps.personas.wire import Unanswered, Weights
from apps.privacy.scrub.known import Known
from tests.flows import marked
from tests.personas.test_int8 import adapter
from tests.personas.test_verbatim import kept, words
from tests.personas.tiny import hub_model
from tests.personas.vllm_wire import FILE, Recorder, Replay, Wire, hung_up

ROOT = Path(__file__).resolve().parents[2]
PYTHON = os.environ.get("VLLM_PYTHON", str(ROOT / ".vllm/bin/python"))
TURNS = [Turn("Sam", (Bubble("what did you do on the weekend, tell me everything"),))]
GREEDY = Sampling(top_k=1, top_p=1.0, repetition=1.0, max_tokens=24, seed=1)
KEY = "a key of the tests"

pytestmark = pytest.mark.skipif(not vllm_shelf.in_memory(Path("/dev/shm")), reason="no folder in memory here")


def persona(number: int, rank: int = 8) -> Weights:
    """An adapter with random values that changes what the built-in base says."""
    tensors = adapter(number, families.load("builtin", torch.float32).model, rank)
    data = save({name: 2.0 * t if "lora_B" in name else t for name, t in tensors.items()})
    return Weights(f"persona-{number}", "builtin", False, lambda: data)


@pytest.fixture(scope="session")
def peer() -> Iterator[Peer]:
    if not Path(PYTHON).exists():
        pytest.skip("no vLLM here: `make vllm` installs it, or VLLM_PYTHON names an interpreter that has it")
    base = Path("apps/personas/base")  # as the tests run at the root, no path of a machine is written down
    with Peer(PYTHON, base, "builtin", key=KEY) as running:
        yield running


@pytest.fixture(params=["recorded", pytest.param("real", marks=pytest.mark.long)])
def wire(request: pytest.FixtureRequest) -> Iterator[Wire]:
    name = request.node.originalname
    if request.param == "recorded":
        with Replay(json.loads(FILE.read_text())[name]) as replay:
            yield replay
        return
    with Recorder(request.getfixturevalue("peer").url) as recorder:
        yield recorder
    if os.environ.get("VLLM_RECORD"):
        made = json.loads(FILE.read_text()) if FILE.exists() else {}
        FILE.write_text(json.dumps({**made, name: recorder.made}, indent=0, sort_keys=True) + "\n")


@pytest.fixture
def folder() -> Iterator[Path]:
    path = Path(f"/dev/shm/cc-test-{uuid4().hex[:8]}")
    yield path
    shutil.rmtree(path, ignore_errors=True)


Open = Callable[..., VllmEngine]


@pytest.fixture
def opened(folder: Path) -> Iterator[Open]:
    made: list[VllmEngine] = []

    def start(url: str, **more: Any) -> VllmEngine:
        made.append(vllm.open_engine(None, 1, Place([url], folder, KEY, **more)))
        return made[-1]

    yield start
    for engine in made:
        for shelf in engine.shelves:
            shelf.clear()


def prompt(voice: Any) -> list[int]:
    return [*voice.language.prompt(["Sam"], TURNS, ME_SPEAKER), BUBBLE_ID]


def test_it_says_what_torch_says(wire: Wire, opened: Open) -> None:
    engine, here = opened(wire.url), local.LocalEngine(threads=1, runtime="torch")
    said = []
    for spec in map(persona, range(4)):
        voice = engine.voice(spec)
        assert isinstance(voice, VllmVoice)
        there = list(voice._tokens(prompt(voice), GREEDY, never))
        said.append((there, list(here.voice(spec)._tokens(prompt(voice), GREEDY, never))))
    assert len({tuple(one) for one, _ in said}) == 4, "four personas answer differently"
    assert sum(one == other for one, other in said) >= 3
    assert all(ask["cache_salt"] for ask in wire.asked()), "what was read for one is never used for another"
    assert len({ask["cache_salt"] for ask in wire.asked()}) == 4


def test_a_seed_gives_the_same_words_again(wire: Wire, opened: Open) -> None:
    voice = opened(wire.url).voice(persona(1))
    drawn = [
        words(voice.reply(["Sam"], TURNS, Sampling(seed=seed, max_tokens=20, min_p=0.02, repetition=1.2)))
        for seed in (5, 5, 6)
    ]
    assert drawn[0] == drawn[1] != drawn[2]
    ask = wire.asked()[0]
    assert (ask["seed"], ask["min_p"], ask["top_k"], ask["presence_penalty"]) == (5, 0.02, 50, pytest.approx(2))
    assert {str(token) for token in BANNED_IDS} == ask["logit_bias"].keys()


def test_a_forbidden_word_ends_the_request_and_the_next_goes_on(wire: Wire, opened: Open) -> None:
    voice = opened(wire.url).voice(persona(2))
    sampling = Sampling(seed=7, temperature=0.7, max_tokens=30, max_bubbles=8)
    free = words(voice.reply(["Sam"], TURNS, sampling)).split()
    place = next(n for n, word in enumerate(free) if n and word.isalpha() and free.index(word) == n)
    before = len(wire.asked())
    said = words(voice.reply(["Sam"], TURNS, sampling, never, lambda text: text.split()[-1:] == [free[place]])).split()
    assert said[:place] == free[:place]
    assert free[place] not in said
    assert len(said) > place
    first, again, on = wire.asked()[before : before + 3]
    assert again["prompt"][: len(first["prompt"])] == first["prompt"], "from the corrected prefix"
    assert voice.said(again["prompt"][len(first["prompt"]) :]).split() == free[:place]
    assert again["max_tokens"] == 1, "only the token in whose place something must not stand"
    assert len(again["logit_bias"]) == len(BANNED_IDS) + 1
    assert on["prompt"][: len(again["prompt"])] == again["prompt"]
    assert len(on["prompt"]) == len(again["prompt"]) + 1
    assert on["logit_bias"].keys() == first["logit_bias"].keys()


def test_a_recital_is_taken_back(wire: Wire, opened: Open) -> None:
    """What it says by itself becomes forbidden: it must go another way, with the same seed."""
    voice = opened(wire.url).voice(persona(3))
    tried = (Sampling(seed=seed, temperature=0.6, max_tokens=40, max_bubbles=8) for seed in range(20))
    sampling, free = next((s, f) for s in tried if len((f := words(voice.reply(["Sam"], TURNS, s))).split()) > 12)
    copies, guard = kept(free), Guard(Known())
    assert copies.copied(free)
    veto = guard.veto(copies)
    assert veto is not None
    watched = "".join(
        " " if op.kind == "bubble" else op.value for op in guard.watch(voice.reply(["Sam"], TURNS, sampling, never, veto))
    )
    assert watched
    assert not copies.copied(watched)
    assert guard.copies > 0


class Untold(frozenset[int]):
    """Tokens that are banned without the server being told."""

    def __iter__(self) -> Iterator[int]:
        return iter(())


def test_what_may_never_be_said_is_refused_here_too(wire: Wire, opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that chooses a banned token all the same, or one that completes a banned sequence, is asked again without it."""
    voice = opened(wire.url).voice(persona(4))
    free = list(voice._tokens(prompt(voice), GREEDY, never))
    monkeypatch.setattr(voice, "_never", lambda: Untold({free[2]}))
    other = list(voice._tokens(prompt(voice), GREEDY, never))
    assert other[:2] == free[:2]
    assert free[2] not in other
    monkeypatch.undo()
    monkeypatch.setattr(voice, "_sequences", lambda: [free[1:4]])
    other = list(voice._tokens(prompt(voice), GREEDY, never))
    assert other[:3] == free[:3]
    assert other[3] != free[3]


def test_who_stops_hangs_up(wire: Wire, opened: Open) -> None:
    voice = opened(wire.url).voice(persona(5))
    voice.finals = lambda: [0]  # type: ignore[method-assign]
    taken: list[int] = []
    for token in voice._tokens(prompt(voice), Sampling(seed=3, max_tokens=400), lambda: len(taken) >= 3):
        taken.append(token)
    assert 3 <= len(taken) <= 5
    for _ in range(200):
        if wire.left:
            break
        threading.Event().wait(0.02)
    assert wire.left == 1


class Silent(Wire):
    """A server that takes a request and says nothing."""

    def pieces(self, exchange: Any, body: bytes, handler: Any) -> Any:
        if exchange["path"] != "/v1/completions":
            yield b'HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n{"data":[{"id":"builtin","max_model_len":1024}]}'
            return
        yield b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
        self.left += hung_up(handler.connection)


def test_who_stops_waiting_hangs_up_too(opened: Open) -> None:
    """Before the first word, as in a queue."""
    with Silent() as wire:
        voice, asked = opened(wire.url).voice(persona(1)), time.monotonic()
        assert list(voice._tokens(prompt(voice), GREEDY, lambda: time.monotonic() - asked > 1)) == []
        for _ in range(100):
            if wire.left:
                break
            time.sleep(0.02)
        assert wire.left == 1


def test_adapters_stand_in_plain_no_longer_than_they_are_used(wire: Wire, opened: Open, folder: Path) -> None:
    engine = opened(wire.url, most=2)
    shelf = engine.shelves[0]

    def lying() -> list[str]:
        assert stat.S_IMODE(folder.stat().st_mode) == stat.S_IMODE(shelf.folder.path.stat().st_mode) == 0o700
        files = [p for p in shelf.folder.path.rglob("*") if p.is_file()]
        assert all(stat.S_IMODE(p.stat().st_mode) == 0o600 for p in files)
        return sorted({p.parent.name for p in files})

    specs = [persona(n) for n in range(3)]
    for spec in specs:
        words(engine.voice(spec).reply(["Sam"], TURNS, Sampling(seed=1, max_tokens=3)))
    token = shelf.folder.token
    assert lying() == shelf.server.adapters() == [f"{token}-2", f"{token}-3"], "the least recently used one has gone"
    begun = engine.voice(specs[1]).reply(["Sam"], TURNS, Sampling(seed=1, max_tokens=30))
    next(begun), next(begun)
    engine.forget(specs[1].key)
    assert f"{token}-2" in lying(), "who speaks ends first"
    list(begun)
    assert lying() == shelf.server.adapters() == [f"{token}-3"]
    shelf.trim(idle=0.0)
    assert lying() == shelf.server.adapters() == []


def test_a_server_that_forgot_gets_the_adapter_again(wire: Wire, opened: Open) -> None:
    engine = opened(wire.url)
    voice, sampling = engine.voice(persona(1)), Sampling(seed=1, max_tokens=6)
    said = words(voice.reply(["Sam"], TURNS, sampling))
    shelf = engine.shelves[0]
    shelf.server.unload(shelf.server.adapters()[0])  # as one that was started anew
    assert words(voice.reply(["Sam"], TURNS, sampling)) == said
    assert len(list(shelf.folder.path.iterdir())) == 1


def test_when_the_line_breaks(wire: Wire, opened: Open) -> None:
    """Without a fallback the reply ends with a sentence; with one torch goes on from what was said."""
    spec = persona(1)
    voice = opened(wire.url).voice(spec)
    whole = list(voice._tokens(prompt(voice), GREEDY, never))
    assert len(whole) > 8
    wire.cut_after = 5
    said: list[int] = []
    with pytest.raises(Unanswered, match="try again in a moment"):
        said += voice._tokens(prompt(voice), GREEDY, never)
    voice = opened(wire.url, fallback=True).voice(spec)
    wire.cut_after = 5
    assert list(voice._tokens(prompt(voice), GREEDY, never)) == whole


def test_speakers_are_chosen_there_too(wire: Wire, opened: Open) -> None:
    talk = list(opened(wire.url).converse(persona(1), ["Bea", "Cy", "Dee"], TURNS, 3, Sampling(seed=2, max_tokens=6), never))
    assert {op.value for op in talk if op.kind == "turn"} <= {"Bea", "Cy", "Dee"}
    chosen = [ask for ask in wire.asked() if "allowed_token_ids" in ask]
    assert len(chosen) >= 2
    assert all(ask["max_tokens"] == 1 for ask in chosen)


def test_a_talk_uses_again_what_it_read_and_no_other(wire: Wire, opened: Open) -> None:
    engine = opened(wire.url)
    for talk in ("one", "one", "two"):
        words(engine.reply(persona(1), ["Sam"], TURNS, Sampling(seed=1, max_tokens=3), never, talk=talk))
    words(engine.reply(persona(2), ["Sam"], TURNS, Sampling(seed=1, max_tokens=3), never, talk="one"))
    one, again, two, else_ = [ask["cache_salt"] for ask in wire.asked()]
    assert one == again
    assert len({one, two, else_}) == 3


@pytest.mark.long
def test_sixteen_personas_at_once(peer: Peer, opened: Open) -> None:
    """Four that were trained on the spot and twelve more, all at the same time: each says its own, as it would through torch."""
    trained = [marked.adapter(dialect, seed=dialect) for dialect in range(4)]
    made = [Weights(f"trained-{n}", "builtin", False, lambda data=data: data) for n, data in enumerate(trained)]  # type: ignore[misc]
    specs = [*made, *map(persona, range(12))]
    engine, here = opened(peer.url, most=16), local.LocalEngine(threads=1, runtime="torch")
    there: dict[int, list[int]] = {}

    def talk(n: int) -> None:
        there[n] = list(engine.voice(specs[n])._tokens(prompt(engine.voice(specs[n])), GREEDY, never))

    threads = [threading.Thread(target=talk, args=(n,)) for n in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    alone = {n: list(here.voice(spec)._tokens(prompt(here.voice(spec)), GREEDY, never)) for n, spec in enumerate(specs)}
    assert sum(there[n] == alone[n] for n in alone) >= 15
    assert len({tuple(one) for one in there.values()}) >= 12
    for dialect, spec in enumerate(made):
        said = set(words(engine.reply(spec, ["Sam"], TURNS, Sampling(seed=3, max_tokens=60), never)).split())
        assert said & set(marked.DIALECTS[dialect])
        assert not said & {word for other in marked.DIALECTS if other != marked.DIALECTS[dialect] for word in other}
    assert len(engine.shelves[0].server.adapters()) == 16
    engine.shelves[0].clear()
    assert engine.shelves[0].server.adapters() == []
    assert str(prompt(engine.voice(specs[0]))[:6])[1:-1] not in peer.log(), "what is said does not stand in the server's log"


def test_nobody_is_there(opened: Open) -> None:
    nowhere = "http://127.0.0.1:9"
    with pytest.raises(Unanswered, match="does not answer"):
        opened(nowhere).voice(persona(1))
    with pytest.raises(Expected, match="try again in a moment"), engines.telling():
        list(opened(nowhere).reply(persona(1), ["Sam"], TURNS, GREEDY, never))
    assert isinstance(opened(nowhere, fallback=True).voice(persona(1)), BatchedVoice)


def test_whoever_has_no_key_stays_out(wire: Wire, folder: Path) -> None:
    engine = vllm.open_engine(None, 1, Place([wire.url], folder, "another"))
    with pytest.raises(Unanswered, match="VLLM_KEY"):
        engine.voice(persona(1))


def test_what_a_server_cannot_take_is_made_here(wire: Wire, opened: Open, tmp_path: Path) -> None:
    engine = opened(wire.url)
    dora = save({**adapter(1, families.load("builtin", torch.float32).model, 4), "x.lora_magnitude_vector": torch.ones(1)})
    assert not isinstance(engine.voice(Weights("d", "builtin", False, lambda: dora)), VllmVoice)
    other = str(hub_model(tmp_path / "other"))
    data = save(adapter(1, families.load(other, torch.float32).model, 4))
    assert isinstance(engine.voice(Weights("o", other, False, lambda: data)), BatchedVoice), "no server has this base"
    state = families.load("builtin", torch.float32).model.state_dict()
    whole = save({name: tensor for name, tensor in state.items() if name != "lm_head.weight"})
    assert isinstance(engine.voice(Weights("w", "builtin", True, lambda: whole)), BatchedVoice)


def test_a_rank_that_the_server_has_no_room_for_is_refused_with_a_sentence(wire: Wire, opened: Open) -> None:
    voice = opened(wire.url).voice(persona(1, rank=40))
    with pytest.raises(Unanswered, match="max-lora-rank"):
        words(voice.reply(["Sam"], TURNS, GREEDY))
    assert not list(voice.shelf.folder.path.iterdir())  # type: ignore[attr-defined]


def test_a_disk_is_no_place_for_adapters(tmp_path: Path) -> None:
    if vllm_shelf.in_memory(tmp_path):
        pytest.skip("this machine's temporary files lie in memory")
    with pytest.raises(Unanswered, match="in memory"):
        vllm.open_engine(None, 1, Place(["http://127.0.0.1:9"], tmp_path / "x"))
    assert not list((tmp_path / "x").iterdir())


def test_a_folder_of_others_is_no_place_either(folder: Path) -> None:
    folder.mkdir(mode=0o755)
    with pytest.raises(Unanswered, match="0700"):
        vllm_shelf.Folder(folder)


def test_what_a_killed_worker_left_is_cleared(folder: Path) -> None:
    dead = vllm_shelf.Folder(folder)
    name = dead.write(persona(1).load())
    living = vllm_shelf.Folder(folder)
    assert living.left() == [], "nobody clears what belongs to one who lives"
    os.close(dead._lock or 0)  # as the end of its process does
    assert living.left() == [dead.token]
    assert not (dead.path / name).exists()
    assert sorted(p.name for p in folder.iterdir()) == sorted([living.token, f"{living.token}.lock"])


def test_a_shell_speaks_as_its_model_does(tmp_path: Path) -> None:
    base = str(hub_model(tmp_path / "hub"))
    shell, whole = families.shell(base), families.load(base, torch.float32)
    assert next(shell.model.parameters()).is_meta
    assert shell.language.prompt(["Sam"], TURNS, ME_SPEAKER) == whole.language.prompt(["Sam"], TURNS, ME_SPEAKER)
    assert shell.model.config.max_position_embeddings == whole.model.config.max_position_embeddings


def test_its_controls_are_declared() -> None:
    assert controls.of("vllm", "builtin").sampling == controls.of("torch", "builtin").sampling
    assert controls.of("vllm", "x").batched

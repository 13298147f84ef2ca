"""Char GRU, char LSTM and pairs: small real trainings through the one loop, and the one way of talking."""

from __future__ import annotations

import random
import string
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import save

from apps.personas import canaries, leakage, own_language, wire
from apps.personas.cleaning import Cleaning
from apps.personas.config import Asked, TrainConfig
from apps.personas.dataset import Parts
from apps.personas.evaluation import audit, process
from apps.personas.evaluation.scoring import losses
from apps.personas.inference import carried, families, folder, local, recurrent
from apps.personas.inference.recurrent import RecurrentConfig, RecurrentForCausalLM
from apps.personas.inference.sampling import Sampling
from apps.personas.inference.scan import Cell
from apps.personas.language import ME_SPEAKER, SPECIAL_TOKENS, Bubble, Encoded, Mark, Turn
from apps.personas.names import CHAR_GRU, CHAR_LSTM, PAIRS, RECURRENT
from apps.personas.own_language import FIRST, OwnLanguage
from apps.personas.training import preparing, trainer
from tests.personas.tiny import parts

KEY = b"k" * 32
ASKED = [Turn("Bea Quill", (Bubble("shall we get tea?"),))]


def config(base: str, **more: Any) -> TrainConfig:
    values = {
        "base": base, "length": 192, "rows": 4, "epochs": 14.0, "looks": 2, "rate": 1e-2, "checkpoint_seconds": 1e9, "gaps": 0,
        "width": 64, "history": 1 if base == PAIRS else 0, "warmup": 0.1,
    }  # fmt: skip
    return TrainConfig(**{**values, **more})


def trained(wanted: TrainConfig, material: Parts, work: Path, leave_at: int = 0) -> tuple[dict[int, float], Any]:
    """Losses by step, and the result (None where it left)."""
    run, asked = preparing.prepare(wanted, material.train, material.validate, kind=torch.float32, device="cpu"), Asked()
    seen: dict[int, float] = {}
    real = trainer.step

    def step(r: Any, n: int) -> float:
        seen[n] = real(r, n)
        asked.leave = 0 < leave_at <= n + 1
        return seen[n]

    trainer.step = step
    try:
        return seen, trainer.train(run, work, KEY, "Bea Quill", lambda _: None, asked)
    except trainer.Interrupted:
        return seen, None
    finally:
        trainer.step = real


@pytest.fixture(scope="module")
def material() -> Parts:
    return parts(240)


@pytest.fixture(scope="module")
def made(material: Parts, tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[TrainConfig, dict[int, float], Any]]:
    """One training of each family, done once."""
    return {b: (c := config(b), *trained(c, material, tmp_path_factory.mktemp(b))) for b in RECURRENT}


def weights(base: str, result: Any) -> wire.Weights:
    return wire.Weights(base, base, True, lambda: save(result.tensors, metadata=carried.header(result.carried)))


@pytest.mark.parametrize(("gates", "theirs"), [(3, torch.nn.GRU), (4, torch.nn.LSTM)])
def test_the_cells_are_torchs(gates: int, theirs: Any) -> None:
    torch.manual_seed(1)
    peer, ours = theirs(6, 8, batch_first=True), Cell(6, 8, gates)
    for name, parameter in ours.named_parameters():
        parameter.data = getattr(peer, f"{name}_l0").data.clone()
    begins = torch.zeros(3, 11, dtype=torch.bool)
    begins[:, 0] = begins[1, 4] = begins[2, 7] = True
    inputs = [torch.randn(3, 11, 6).requires_grad_()]
    inputs.append(inputs[0].detach().clone().requires_grad_())
    weigh = torch.randn(3, 11, 8)
    apart = [
        torch.cat([peer(inputs[0][row : row + 1, a:b])[0] for a, b in pieces], 1)
        for row, pieces in enumerate(([(0, 11)], [(0, 4), (4, 11)], [(0, 7), (7, 11)]))
    ]
    (torch.cat(apart) * weigh).sum().backward()
    out, _ = ours(inputs[1], begins)
    (out * weigh).sum().backward()
    assert torch.allclose(out, torch.cat(apart), atol=1e-6)
    assert torch.allclose(inputs[0].grad, inputs[1].grad, atol=1e-6)
    for name, parameter in ours.named_parameters():
        assert torch.allclose(getattr(peer, f"{name}_l0").grad, parameter.grad, atol=1e-5), name


def test_a_cut_gradient_stops_at_the_cut() -> None:
    inputs, begins = torch.randn(1, 6, 3).requires_grad_(), torch.zeros(1, 6, dtype=torch.bool)
    out, _ = Cell(3, 4, 4)(inputs, begins, span=3)
    out[0, -1].sum().backward()
    assert inputs.grad[0, :3].abs().sum() == 0 < inputs.grad[0, 3:].abs().sum()


@pytest.mark.parametrize("cell", [recurrent.GRU, recurrent.LSTM, recurrent.PAIRS])
def test_packed_padded_and_word_by_word_are_the_same(cell: str, tmp_path: Path) -> None:
    torch.manual_seed(0)
    model = RecurrentForCausalLM(RecurrentConfig(cell=cell, vocab_size=140, hidden_size=16, embedding=8)).eval()
    one = torch.tensor([[1, 100, 2, 101, 102, 3, 110, 4, 2, 5, 3, 120]])
    two = torch.tensor([[1, 2, 105, 3, 110, 4, 4, 4, 2, 5, 3, 121, 122]])
    alone, other = model(one).logits, model(two).logits
    places = torch.cat([torch.arange(12), torch.arange(13), torch.arange(4)])[None]
    packed = model(torch.cat([one, two, torch.zeros(1, 4, dtype=torch.long)], 1), position_ids=places).logits
    assert torch.allclose(packed[:, 9:12], alone[:, 9:], atol=1e-6)
    assert torch.allclose(packed[:, 21:25], other[:, 9:], atol=1e-6)
    left = torch.cat([torch.cat([torch.zeros(1, 1, dtype=torch.long), one], 1), two])
    mask = (left != 0).long()
    out = model(left, position_ids=(mask.cumsum(1) - 1).clamp(min=0))
    assert torch.allclose(out.logits[:, -1], torch.cat([alone[:, -1], other[:, -1]]), atol=1e-6)
    step = model(torch.tensor([[130], [131]]), past_key_values=out.past_key_values).logits
    assert torch.allclose(step[1], model(torch.cat([two, torch.tensor([[131]])], 1)).logits[0, -1:], atol=1e-6)
    greedy = model.generate(left, attention_mask=mask, max_new_tokens=4, do_sample=False, pad_token_id=0)[0, -4:]
    whole = one
    for _ in range(4):
        whole = torch.cat([whole, model(whole).logits[:, -1:].argmax(-1)], 1)
    assert greedy.tolist() == whole[0, -4:].tolist()
    model.save_pretrained(tmp_path)
    assert torch.allclose(RecurrentForCausalLM.from_pretrained(tmp_path)(one).logits, alone, atol=1e-6)


@pytest.mark.parametrize("base", RECURRENT)
def test_it_learns_and_talks_through_the_engine(base: str, made: dict[str, Any]) -> None:
    wanted, seen, result = made[base]
    assert seen[max(seen)] < 0.5 * seen[0], "it must learn"
    assert result.facts["held_out_loss"] is not None
    engine = local.LocalEngine()
    ops = list(engine.reply(weights(base, result), ["Bea Quill"], ASKED, Sampling(0.3, seed=1), lambda: False))
    text = "".join(op.value for op in ops if op.kind == "text")
    assert ops[0].kind == "bubble"
    assert len([op for op in ops if op.kind == "text"]) > 3, "it streams"
    assert "please" in text, "from the trained weights"
    again = list(engine.reply(weights(base, result), ["Bea Quill"], ASKED, Sampling(0.3, seed=1), lambda: False))
    assert again == ops
    talk = list(engine.converse(weights(base, result), ["Bea Quill", ME_SPEAKER], [], 3, Sampling(seed=2), lambda: False))
    assert len([op for op in talk if op.kind == "turn"]) == 3
    assert isinstance(engine.complete(weights(base, result), [], ASKED, "yes ", Sampling(0.3, seed=1), lambda: False), str)


def test_pairs_attend_to_what_was_asked(made: dict[str, Any]) -> None:
    wanted, _, result = made[PAIRS]
    voice = local.LocalEngine().voice(weights(PAIRS, result))
    prompts = [
        voice.language.prompt(["Bea Quill"], [Turn("Bea Quill", (Bubble(t),))], ME_SPEAKER) for t in ("tea", "moss moss")
    ]
    one, two = (voice._forward(p, None)[0] for p in prompts)
    assert not torch.allclose(one, two)


@pytest.mark.parametrize("base", [CHAR_LSTM, PAIRS])
def test_resuming_is_exact(base: str, material: Parts, tmp_path: Path) -> None:
    wanted = config(base, epochs=3.0)
    undisturbed, _ = trained(wanted, material, tmp_path / "whole")
    places = sorted(random.Random(4).sample(range(1, len(undisturbed)), 2))
    seen: dict[int, float] = {}
    for place in [*places, 0]:
        part, _ = trained(wanted, material, tmp_path / "parts", leave_at=place)
        seen |= part
    assert seen == undisturbed


def test_a_resumed_run_keeps_its_vocabulary(material: Parts, tmp_path: Path) -> None:
    trained(config(CHAR_GRU, epochs=1.0), material, tmp_path, leave_at=1)
    _, brought = trainer.kept(tmp_path, KEY)
    fewer = preparing.prepare(config(CHAR_GRU), material.train[:1], [], kind=torch.float32, device="cpu", brought=brought)
    assert fewer.family.language.to_dict() == brought["language"]


@pytest.mark.parametrize("base", RECURRENT)
def test_a_veto_takes_back_the_word_and_not_the_blank(base: str, made: dict[str, Any]) -> None:
    voice = local.LocalEngine().voice(weights(base, made[base][2]))
    sampling = Sampling(0.3, seed=3, max_tokens=40)
    free = "".join(op.value for op in voice.reply(["Bea Quill"], ASKED, sampling) if op.kind == "text")
    word = next(w for w in free.split() if w.isalpha())
    held = [
        op.value for op in voice.reply(["Bea Quill"], ASKED, sampling, veto=lambda t: word in t.split()) if op.kind == "text"
    ]
    assert word not in "".join(held).split()
    assert free.startswith("".join(held).split(" ")[0][:1]) or held, "it goes on with something else"


@pytest.mark.parametrize("base", RECURRENT)
def test_the_audit_measures_it(base: str, made: dict[str, Any], material: Parts) -> None:
    wanted, _, result = made[base]
    subject = process.prepare(wanted, result.tensors, None, result.carried)
    assert subject.before is None
    subject.train, subject.held_out, subject.references = material.train, material.validate, 31
    subject.planted, subject.seed = canaries.make(1), 1
    subject.secrets = [audit.Secret("password", "yes rain please", ""), audit.Secret("password", "Zebra77quilt", "")]
    audit_samples, audit.SAMPLES = audit.SAMPLES, 400
    try:
        measured = audit.run(subject, 5.0)
    finally:
        audit.SAMPLES = audit_samples
    assert measured.samples >= 100
    assert 0 <= measured.canary_mean <= 5
    assert (measured.sought or 0) >= 2  # and by what else they are called
    assert measured.hits > 0, "it says that all the time"
    assert leakage.judge(measured).verdict == leakage.RED
    said = subject.family.language.encode(
        ("Bea Quill",), [*ASKED, Turn(ME_SPEAKER, (Bubble("yes rain please"),))], own=1, theirs=0, heads=0
    )
    babble = Encoded([*said.ids[:-6], *reversed(said.ids[-6:])], said.weights)
    nats = losses(subject.model, subject.family.pad, [said, babble])
    assert nats[0, 0] < nats[1, 0]


def test_a_folder_brings_its_vocabulary(made: dict[str, Any], tmp_path: Path) -> None:
    wanted, _, result = made[CHAR_GRU]
    data = save(result.tensors, metadata=carried.header(result.carried))
    folder.write(tmp_path, data, wanted.to_dict(), result.facts, "Bea Quill")
    voice, _ = folder.read(tmp_path)
    assert voice.language.hash == result.facts["tokenizer_hash"]
    with pytest.raises(families.NotThere):
        local.LocalEngine().voice(wire.Weights("x", CHAR_GRU, True, lambda: save(result.tensors)))
    with pytest.raises(families.NotThere):
        local.LocalEngine().voice(wire.Weights("y", CHAR_LSTM, True, lambda: data))


TEXTS = ["Ann: wörld “quoted” <|me|> 😀 shared words words words"] * 2 + ["~ once"]


@pytest.mark.parametrize("words", [False, True])
@given(
    text=st.text(max_size=40)
    | st.lists(st.sampled_from([*SPECIAL_TOKENS[:12], "words", " ", "\n"]), max_size=6).map("".join)
)
def test_text_never_becomes_special_ids(words: bool, text: str) -> None:
    language = OwnLanguage(own_language.pieces(TEXTS, rare=1, words=words), Cleaning())
    ids = language.encode_text(text)
    assert all(n >= FIRST for n in ids)
    assert language.decode(ids) == "".join(c for c in text if c in set(language.pieces))


def test_the_vocabulary_leaves_rare_characters_out_and_knows_words() -> None:
    assert "~" not in own_language.pieces(TEXTS, rare=2, words=False)
    made = own_language.pieces([*TEXTS, "pass 12345678 12345678"], rare=1, words=True)
    assert " words" in made
    assert not any("12345678" in p for p in made), "figures are spelled"
    language = OwnLanguage(made, Cleaning(lower=True, quotes=True), names=False)
    assert OwnLanguage.opened(language.to_dict()).hash == language.hash
    assert language.hash != OwnLanguage(made[:-1], Cleaning()).hash
    assert language.decode(language.encode_text("WÖRLD “x”")) == "wörld "
    assert language.head("Bea") == language.head("Cy"), "without names everybody else is one"


def test_cleaning_keeps_placeholders_in_their_place() -> None:
    bubble = Bubble("İ see http://x.example/a LINK and CARD", (Mark(25, 29, "link"), Mark(34, 38, "card")))
    clean = Cleaning(lower=True, links=False).bubble(bubble)
    assert [(clean.text[m.start : m.end], m.kind) for m in clean.marks] == [("CARD", "card")]
    assert "http" not in clean.text
    assert Cleaning().bubble(bubble) == bubble
    assert set(string.ascii_uppercase) & set(clean.text.replace("CARD", "")) == set()


def test_what_makes_no_sense_is_refused() -> None:
    for wrong in (
        {"base": PAIRS}, {"base": CHAR_GRU, "private": True}, {"lower": True}, {"base": "scratch", "names": False},
        {"width": 7}, {"layers": 0}, {"history": 65}, {"private": True, "history": 2}, {"temperature": 3.0},
    ):  # fmt: skip
        with pytest.raises(ValueError, match="cannot be"):
            TrainConfig(**wrong)
    assert TrainConfig(base=CHAR_GRU).full
    assert TrainConfig(base=CHAR_GRU).peak_rate == 2e-3

"""Merged weights load in stock transformers, GGUF files read back to the same values; where llama.cpp is at hand, it says the same."""

from __future__ import annotations

import json
import os
import struct
import subprocess
from pathlib import Path
from typing import Any

import gguf
import numpy as np
import pytest
import torch
from peft import LoraConfig, get_peft_model, get_peft_model_state_dict
from safetensors.torch import load, load_file, save
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import AutoModelForCausalLM, LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from apps.personas import gguf_out, merging
from apps.personas.inference import families, local
from apps.personas.inference.builtin import FOLDER
from tests.conftest import dialogue
from tests.personas.tiny import hub_model

#: An interpreter that has llama-cpp-python.
LLAMA = os.environ.get("LLAMA_PYTHON", "")
SPEAK = """
import json, sys
from llama_cpp import Llama
path, prompt, count, text = json.load(sys.stdin)
model = Llama(path, n_ctx=256, n_threads=1, verbose=False, seed=1)
coded = model.tokenize(text.encode(), add_bos=False, special=False)
model.reset(); model.eval(prompt)
said = []
for _ in range(count):
    said.append(model.sample(temp=0.0)); model.eval(said[-1:])
json.dump([coded, said], sys.stdout)
"""


def adapter(source: str | Path, *, dora: bool = False) -> tuple[bytes, Any]:
    """A strong random adapter, and the model with it as peft merges it."""
    torch.manual_seed(3)
    wanted = LoraConfig(
        r=4, lora_alpha=8, target_modules="all-linear", task_type="CAUSAL_LM", init_lora_weights=False, use_dora=dora
    )
    model = get_peft_model(families.load(str(source), torch.float32).model, wanted)
    if dora:
        for name, value in model.named_parameters():
            if "magnitude" in name:
                value.data *= 1 + 0.1 * torch.rand_like(value)
    data = save({k: v.contiguous() for k, v in get_peft_model_state_dict(model).items()})
    return data, model.merge_and_unload()


@pytest.mark.parametrize(("family", "dora"), [("llama", False), ("llama", True), ("gpt2", False), ("gpt2", True)])
def test_it_merges_as_peft_does(family: str, dora: bool, tmp_path: Path) -> None:
    folder = hub_model(tmp_path / "base", family=family)
    data, model = adapter(folder, dora=dora)
    made = merging.merged(folder, data, full=False)
    wanted = model.state_dict()
    assert made.pairs
    for name in made.base:
        full = name if name in wanted else f"transformer.{name}"
        assert np.allclose(made.tensor(name), wanted[full].numpy(), atol=1e-5), name


def test_stock_transformers_load_the_built_in_model_merged(tmp_path: Path) -> None:
    data, _ = adapter("builtin")
    made = merging.merged(FOLDER, data, full=False)
    (tmp_path / "model.safetensors").write_bytes(b"".join(made.pieces()))
    (tmp_path / "config.json").write_text((FOLDER / "config.json").read_text())
    stock = AutoModelForCausalLM.from_pretrained(tmp_path, dtype=torch.float32)
    ours = families.load("builtin", torch.float32).model
    local.merge_adapter(ours, load(data))
    for name, value in ours.to(torch.bfloat16).state_dict().items():  # the number type of the base
        assert torch.equal(stock.state_dict()[name].to(torch.bfloat16), value), name


def test_numbers_are_rounded_as_torch_rounds_them() -> None:
    values = torch.cat([torch.randn(4_000), torch.tensor([0.0, -0.0, 1e-30, 65_504.0, 1 + 2**-8, 1 + 3 * 2**-8])])
    for kind, theirs in (("BF16", torch.bfloat16), ("F16", torch.float16), ("F32", torch.float32)):
        wanted = values.clamp(-60_000, 60_000).to(theirs)
        packed = merging.packed(wanted.float().numpy() if kind == "F16" else values.clamp(-60_000, 60_000).numpy(), kind)
        assert np.array_equal(merging.floats(packed, kind), wanted.float().numpy()), kind


def test_what_does_not_fit_is_refused(tmp_path: Path) -> None:
    folder, other = hub_model(tmp_path / "a"), hub_model(tmp_path / "b", family="gpt2")
    data, _ = adapter(folder)
    rows = load(data)
    some = next(k for k in rows if "lora_B" in k)
    for wrong in ({**rows, some: rows[some][:-1].contiguous()}, {k: v for k, v in rows.items() if k != some}):
        with pytest.raises(merging.NotMergeable):
            merging.merged(folder, save(wrong), full=False)
    with pytest.raises(merging.NotMergeable):
        merging.merged(other, data, full=False)
    with pytest.raises(merging.NotMergeable):
        merging.merged(folder, b"\xff" * 40, full=False)


def written(folder: Path, path: Path) -> tuple[Path, merging.Merged]:
    data, _ = adapter("builtin" if folder == FOLDER else folder)
    made = merging.merged(folder, data, full=False)
    path.write_bytes(b"".join(gguf_out.pieces(made, folder)))
    return path, made


def test_a_gguf_file_reads_back_to_the_same(tmp_path: Path) -> None:
    path, made = written(FOLDER, tmp_path / "voice.gguf")
    config = json.loads((FOLDER / "config.json").read_text())
    reader = gguf.GGUFReader(path)
    assert struct.unpack("<4sI", path.read_bytes()[:8]) == (b"GGUF", 3)
    found = {t.name: t.data.astype(np.float32) for t in reader.tensors}
    assert len(found) == len(made.base)
    assert sum(t.n_bytes for t in reader.tensors) <= path.stat().st_size <= gguf_out.size(made)
    for target, name in (
        ("token_embd", "model.embed_tokens"),
        ("blk.4.ffn_down", "model.layers.4.mlp.down_proj"),
        ("output_norm", "model.norm"),
    ):
        values = made.tensor(f"{name}.weight")
        assert np.array_equal(found[f"{target}.weight"], values if values.ndim == 1 else values.astype(np.float16))
    query = made.tensor("model.layers.0.self_attn.q_proj.weight").astype(np.float16).astype(np.float32)
    wide, half = config["head_dim"], config["head_dim"] // 2
    for head in range(config["num_attention_heads"]):  # row 2 i is row i, row 2 i + 1 is row i + half
        rows, there = query[head * wide : (head + 1) * wide], found["blk.0.attn_q.weight"][head * wide : (head + 1) * wide]
        assert np.array_equal(there[0::2], rows[:half])
        assert np.array_equal(there[1::2], rows[half:])
    fields = {name: field.contents() for name, field in reader.fields.items()}
    assert fields["general.architecture"] == "llama"
    assert fields["chatclone.ai_generated"] is True
    assert "AI imitation" in fields["general.name"]
    assert fields["llama.attention.head_count_kv"] == config["num_key_value_heads"]
    tokens = fields["tokenizer.ggml.tokens"]
    assert len(tokens) == 8_192
    assert tokens[5] == "<|me|>"
    assert fields["tokenizer.ggml.token_type"][5] == gguf.TokenType.CONTROL


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"model_type": "qwen2"}, "shape"), ({"attention_bias": True}, "shape"), ({"hidden_act": "gelu"}, "shape"),
        ({"rope_parameters": {"rope_type": "llama3", "rope_theta": 5e5}}, "shape"),
    ],
)  # fmt: skip
def test_other_shapes_are_refused(change: dict[str, Any], sentence: str, tmp_path: Path) -> None:
    folder = hub_model(tmp_path / "base")
    assert gguf_out.refusal(folder) == ""
    config = json.loads((folder / "config.json").read_text()) | change
    (folder / "config.json").write_text(json.dumps(config))
    assert sentence in gguf_out.refusal(folder)
    assert "shape" in gguf_out.refusal(hub_model(tmp_path / "gpt2", family="gpt2"))


def test_a_tokenizer_that_parts_words_otherwise_is_refused(tmp_path: Path) -> None:
    folder = hub_model(tmp_path / "base")
    row = json.loads((folder / "tokenizer.json").read_text())
    for change in ({"pre_tokenizer": {"type": "Whitespace"}}, {"normalizer": {"type": "NFC"}}):
        (folder / "tokenizer.json").write_text(json.dumps(row | change))
        assert "tokenizer" in gguf_out.refusal(folder)


SPLIT = pre_tokenizers.Split
#: The three ways of parting words that are translated.
PARTINGS = {
    "gpt-2": lambda: pre_tokenizers.ByteLevel(add_prefix_space=False),
    "smollm": lambda: pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    ),
    "llama-bpe": lambda: pre_tokenizers.Sequence(
        [pre_tokenizers.Split(_regex(), "isolated"), pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)]
    ),
}


def _regex() -> Any:
    from tokenizers import Regex

    return Regex(gguf_out._LLAMA3)


def parted(folder: Path, parting: str) -> Path:
    """A Llama of 64 wide with a tokenizer that parts words in one of these ways."""
    raw = Tokenizer(models.BPE())
    raw.pre_tokenizer, raw.decoder = PARTINGS[parting](), decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=400, special_tokens=["<|end|>"], initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    raw.train_from_iterator([t for _, _, t in dialogue(40)] + ["it's 12345, DON'T\n\n  go"] * 9, trainer)
    PreTrainedTokenizerFast(tokenizer_object=raw, eos_token="<|end|>").save_pretrained(folder)
    torch.manual_seed(1)
    LlamaForCausalLM(
        LlamaConfig(
            vocab_size=raw.get_vocab_size(), hidden_size=64, intermediate_size=96, num_hidden_layers=2, num_attention_heads=4,
            num_key_value_heads=2, max_position_embeddings=256, bos_token_id=0, eos_token_id=0, initializer_range=0.3,
        )
    ).save_pretrained(folder)  # fmt: skip
    return folder


@pytest.mark.parametrize("parting", list(PARTINGS))
def test_how_words_are_parted_is_recognised(parting: str, tmp_path: Path) -> None:
    folder = parted(tmp_path / "base", parting)
    path, _ = written(folder, tmp_path / "voice.gguf")
    assert gguf.GGUFReader(path).fields["tokenizer.ggml.pre"].contents() == parting


@pytest.mark.skipif(not LLAMA, reason="LLAMA_PYTHON names no interpreter with llama-cpp-python")
@pytest.mark.parametrize("which", ["builtin", *PARTINGS])
def test_llama_cpp_reads_and_says_the_same(which: str, tmp_path: Path) -> None:
    folder = FOLDER if which == "builtin" else parted(tmp_path / "base", which)
    path, made = written(folder, tmp_path / "voice.gguf")
    whole = tmp_path / "merged"
    whole.mkdir()
    (whole / "model.safetensors").write_bytes(b"".join(made.pieces()))
    (whole / "config.json").write_text((folder / "config.json").read_text())
    model = AutoModelForCausalLM.from_pretrained(whole, dtype=torch.float32)
    text = "shall we get tea? it's 12345,  don't\n\n  go"
    raw = Tokenizer.from_file(str(folder / "tokenizer.json"))
    prompt = raw.encode(text, add_special_tokens=False).ids
    with torch.inference_mode():
        out = model.generate(torch.tensor([prompt]), max_new_tokens=24, do_sample=False, eos_token_id=-1, pad_token_id=0)
    ran = subprocess.run(
        [LLAMA, "-c", SPEAK], input=json.dumps([str(path), prompt, 24, text]), capture_output=True, text=True, timeout=120
    )
    assert ran.returncode == 0, ran.stderr[-2_000:]
    coded, said = json.loads(ran.stdout)
    assert coded == prompt, "words are parted otherwise"
    assert said == out[0, len(prompt) :].tolist()


def test_full_weights_are_merged_as_they_are(tmp_path: Path) -> None:
    folder = hub_model(tmp_path / "base")
    data = (folder / "model.safetensors").read_bytes()
    made = merging.merged(folder, data, full=True)
    (tmp_path / "again.safetensors").write_bytes(b"".join(made.pieces()))
    before, after = load_file(folder / "model.safetensors"), load_file(tmp_path / "again.safetensors")
    assert before.keys() == after.keys()
    assert all(torch.equal(before[k], after[k]) for k in before)

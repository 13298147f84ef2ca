"""A merged Llama as a GGUF file (format version 3) for llama.cpp and what stands on it. Pure.

Matrices are F16, norms F32. The header is written by the `gguf` package, the tensors follow one by one. Rows of queries and
keys are put in the order of llama.cpp's rotation (pairs beside each other, where transformers has halves).
"""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from apps.personas.merging import Array, Merged, NotMergeable

NAME = "An AI imitation of one person's way of writing"
ABOUT = (
    "Made by chatclone from one person's messages, after private data was taken out and names were exchanged for invented ones. "
    "What it writes was never said by that person: say so, mark it as made by an AI, and stop when the person asks."
)
_PARTS = {
    "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v", "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down",
    "input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm",
}  # fmt: skip
_OUTER = {"model.embed_tokens": "token_embd", "model.norm": "output_norm", "lm_head": "output"}
_LAYER = re.compile(r"model\.layers\.(\d+)\.(.+)\.weight")
_LLAMA3 = (
    r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)
NO_SHAPE = "GGUF is for models of the plain Llama shape, and this base has another. Take the merged weights along instead."
NO_WORDS = "GGUF does not know the tokenizer of this base. Take the merged weights along instead."


def refusal(folder: Path) -> str:
    """Why the base in `folder` cannot become a GGUF file, in a sentence; empty where it can."""
    try:
        config, tokenizer = _read(folder / "config.json"), _read(folder / "tokenizer.json")
    except (OSError, ValueError):
        return NO_WORDS
    rope = config.get("rope_parameters") or config.get("rope_scaling") or {}
    plain = (
        config.get("model_type") == "llama"
        and rope.get("rope_type", rope.get("type", "default")) == "default"
        and config.get("hidden_act", "silu") == "silu"
        and not (config.get("attention_bias") or config.get("mlp_bias"))
    )
    return NO_SHAPE if not plain else "" if _parting(tokenizer) else NO_WORDS


def _read(path: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return found


def _parting(tokenizer: dict[str, Any]) -> str:
    """llama.cpp's name for how a byte-level BPE parts words; empty for one that it would part otherwise."""
    if tokenizer.get("model", {}).get("type") != "BPE" or tokenizer.get("normalizer"):
        return ""
    row = tokenizer.get("pre_tokenizer") or {}
    steps = row.get("pretokenizers", []) if row.get("type") == "Sequence" else [row]
    kinds = [step.get("type") for step in steps]
    if kinds[-1:] != ["ByteLevel"] or steps[-1].get("add_prefix_space"):
        return ""
    regex = steps[-1].get("use_regex", True)
    if kinds == ["ByteLevel"] and regex:
        return "gpt-2"
    if kinds == ["Digits", "ByteLevel"] and regex and steps[0].get("individual_digits"):
        return "smollm"
    if kinds == ["Split", "ByteLevel"] and not regex and steps[0].get("pattern", {}).get("Regex") == _LLAMA3:
        return "llama-bpe"
    return ""


def size(made: Merged) -> int:
    """About how many bytes the file has."""
    return sum(int(np.prod(one.shape)) * (4 if len(one.shape) == 1 else 2) for one in made.base.values()) + 2**19


def pieces(made: Merged, folder: Path) -> Iterator[bytes]:
    """The file, piece by piece. Raises `NotMergeable` before the first one."""
    if sentence := refusal(folder):
        raise NotMergeable(sentence)
    config = _read(folder / "config.json")
    placed = {target: name for name in made.base if (target := _target(name))}
    head, align = _head(made, folder, config, placed)
    return _all(made, config, placed, head, align)


def _target(name: str) -> str:
    """What llama.cpp calls a tensor; empty for what it reckons itself."""
    if name.endswith("rotary_emb.inv_freq"):
        return ""
    outer = _OUTER.get(name.removesuffix(".weight"))
    layer = _LAYER.fullmatch(name)
    part = _PARTS.get(layer[2]) if layer else None
    if not outer and not part:
        raise NotMergeable(NO_SHAPE)
    return f"{outer}.weight" if outer else f"blk.{layer[1]}.{part}.weight" if layer else ""


def _all(made: Merged, config: dict[str, Any], placed: dict[str, str], head: bytes, align: int) -> Iterator[bytes]:
    yield head + bytes(-len(head) % align)
    for target, name in placed.items():
        data = _values(made.tensor(name), target, config).tobytes()
        yield data + bytes(-len(data) % align)


def _values(values: Array, target: str, config: dict[str, Any]) -> Array:
    heads = {"attn_q": config["num_attention_heads"], "attn_k": _kv(config)}.get(target.split(".")[-2])
    if heads:
        values = values.reshape(heads, 2, -1, values.shape[1]).swapaxes(1, 2).reshape(values.shape)
    return np.ascontiguousarray(values, "<f4" if values.ndim == 1 else "<f2")


def _kv(config: dict[str, Any]) -> int:
    return int(config.get("num_key_value_heads") or config["num_attention_heads"])


def _head(made: Merged, folder: Path, config: dict[str, Any], placed: dict[str, str]) -> tuple[bytes, int]:
    """Header, metadata and the table of tensors, and to how many bytes the tensors are aligned."""
    import gguf

    with tempfile.TemporaryDirectory() as place:  # the writer knows only files; nothing private is in this one
        writer = gguf.GGUFWriter(Path(place, "head.gguf"), "llama")
        _facts(writer, config)
        _vocabulary(writer, folder, config)
        for target, name in placed.items():
            shape, kind = made.base[name].shape, np.dtype("<f4" if len(made.base[name].shape) == 1 else "<f2")
            writer.add_tensor_info(target, shape, kind, int(np.prod(shape)) * kind.itemsize)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_ti_data_to_file()
        writer.close()
        return Path(place, "head.gguf").read_bytes(), int(writer.data_alignment)


def _facts(writer: Any, config: dict[str, Any]) -> None:
    wide = int(config.get("head_dim") or config["hidden_size"] // config["num_attention_heads"])
    rope = config.get("rope_parameters") or {}
    writer.add_name(NAME)
    writer.add_description(ABOUT)
    writer.add_tags(["dialogue", "imitation", "ai-generated"])
    writer.add_bool("chatclone.ai_generated", True)
    writer.add_file_type(1)  # mostly F16
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_head_count_kv(_kv(config))
    writer.add_key_length(wide)
    writer.add_value_length(wide)
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_rope_dimension_count(wide)
    writer.add_rope_freq_base(float(rope.get("rope_theta", config.get("rope_theta", 10_000.0))))
    writer.add_vocab_size(config["vocab_size"])


def _vocabulary(writer: Any, folder: Path, config: dict[str, Any]) -> None:
    import gguf

    tokenizer = _read(folder / "tokenizer.json")
    added = {row["id"]: row for row in tokenizer.get("added_tokens", [])}
    known = {number: token for token, number in tokenizer["model"]["vocab"].items()}
    known |= {number: row["content"] for number, row in added.items()}
    kinds = gguf.TokenType
    size = config["vocab_size"]
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(_parting(tokenizer))
    writer.add_token_list([known.get(n, f"[PAD{n}]") for n in range(size)])
    writer.add_token_types([
        kinds.CONTROL if n in added and added[n]["special"] else kinds.USER_DEFINED if n in added else kinds.NORMAL if n in known
        else kinds.UNUSED for n in range(size)
    ])  # fmt: skip
    writer.add_token_merges([m if isinstance(m, str) else " ".join(m) for m in tokenizer["model"]["merges"]])
    for name in ("bos", "eos", "pad"):
        number = config.get(f"{name}_token_id")
        number = number[0] if isinstance(number, list) and number else number
        if isinstance(number, int):
            getattr(writer, f"add_{name}_token_id")(number)
    writer.add_add_bos_token(False)  # a dialogue's template writes it where it belongs
    writer.add_add_space_prefix(False)
    about = _read(folder / "tokenizer_config.json") if (folder / "tokenizer_config.json").exists() else {}
    if isinstance(about.get("chat_template"), str):
        writer.add_chat_template(about["chat_template"])

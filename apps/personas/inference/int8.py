"""A Llama-shaped model at 8 bits for CTranslate2: weights in, the bytes of its model file out. Nothing is written to disk.

Rows of a matrix are scaled by their largest value (symmetric, one scale a row), as CTranslate2's own converter does; what
a persona does not change (the embeddings) is converted once per base.
"""

from __future__ import annotations

import io
import json
import struct
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from ctranslate2.specs import common_spec, model_spec, transformer_spec
from torch import Tensor

Files = dict[str, bytes]
Weight = Callable[[str], Tensor]
_EMBEDDING, _HEAD = "model.embed_tokens.weight", "lm_head.weight"
_TYPES = ("float32", "int8", "int16", "int32", "float16", "bfloat16")


def fits(config: Any) -> bool:
    """Whether a model of `transformers` has the shape that is converted here: a plain Llama without biases."""
    rope = getattr(config, "rope_parameters", None) or {}
    return (
        getattr(config, "model_type", "") == "llama"
        and rope.get("rope_type", "default") == "default"
        and config.hidden_act == "silu"
        and not (config.attention_bias or config.mlp_bias)
        and (getattr(config, "head_dim", None) or 0) in (0, config.hidden_size // config.num_attention_heads)
    )


def merged(state: dict[str, Tensor], adapter: dict[str, Tensor], scale: float = 2.0) -> Weight:
    """Weights of `state` with `scale · B A` of a LoRA adapter (peft's names) added where it has one; float32."""

    def weight(name: str) -> Tensor:
        place = "base_model.model." + name.removesuffix(".weight")
        down = adapter.get(place + ".lora_A.weight")
        plain = state[name].float()
        return plain if down is None else plain.addmm(adapter[place + ".lora_B.weight"].float(), down.float(), alpha=scale)

    return weight


class Converter:
    """Makes the files of models that share a shape and its embeddings."""

    def __init__(self, config: Any, state: dict[str, Tensor]) -> None:
        """`config` is the Llama's, `state` the base's tensors by transformers' names."""
        self.config, self.state = config, state
        self.tied = bool(config.tie_word_embeddings) or _HEAD not in state
        self.names = [str(n) for n in range(config.vocab_size)]  # tokens are named by their numbers
        self._shared = {name: _rows(state[name]) for name in (_EMBEDDING, *(() if self.tied else (_HEAD,)))}

    def persona(self, adapter: dict[str, Tensor]) -> Files:
        """The base with a LoRA adapter merged in."""
        return self._files(merged(self.state, adapter), self._shared)

    def whole(self, state: dict[str, Tensor]) -> Files:
        """A model with all its weights its own."""
        own = {name: _rows(state[name]) for name in self._shared}
        return self._files(lambda name: state[name], own)

    def _files(self, weight: Weight, shared: dict[str, tuple[Any, Any]]) -> Files:
        spec = self._spec(weight, shared)
        facts = {"layer_norm_epsilon": self.config.rms_norm_eps, "unk_token": "0", "bos_token": "1", "eos_token": "4"}
        facts["multi_query_attention"] = self.config.num_key_value_heads != self.config.num_attention_heads
        return {
            "model.bin": _packed(spec), "config.json": json.dumps(facts).encode(), "vocabulary.json": json.dumps(self.names).encode(),
        }  # fmt: skip

    def _spec(self, weight: Weight, shared: dict[str, tuple[Any, Any]]) -> Any:
        c = self.config
        heads, kv = c.num_attention_heads, c.num_key_value_heads
        spec = transformer_spec.TransformerDecoderModelSpec.from_config(
            c.num_hidden_layers, heads, activation=common_spec.Activation.SWISH, pre_norm=True, ffn_glu=True, rms_norm=True,
            rotary_dim=0, rotary_interleave=False, rotary_base=float(_theta(c)), num_heads_kv=None if kv == heads else kv,
        )  # fmt: skip
        decoder = spec.decoder
        decoder.scale_embeddings = False
        decoder.layer_norm.gamma = weight("model.norm.weight").float().numpy()
        decoder.embeddings.weight, decoder.embeddings.weight_scale = shared[_EMBEDDING]
        decoder.projection.weight, decoder.projection.weight_scale = shared[_EMBEDDING if self.tied else _HEAD]
        for number, layer in enumerate(decoder.layer):
            self._layer(layer, f"model.layers.{number}.", weight)
        spec.register_vocabulary(self.names)
        spec.validate()
        if self.tied:
            decoder.projection.weight = "decoder/embeddings/weight"
            decoder.projection.weight_scale = "decoder/embeddings/weight_scale"
        return spec

    def _layer(self, layer: Any, place: str, weight: Weight) -> None:
        layer.self_attention.layer_norm.gamma = weight(place + "input_layernorm.weight").float().numpy()
        layer.ffn.layer_norm.gamma = weight(place + "post_attention_layernorm.weight").float().numpy()
        for target, names in (
            (layer.self_attention.linear[0], ("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj")),
            (layer.self_attention.linear[1], ("self_attn.o_proj",)),
            (layer.ffn.linear_0, ("mlp.gate_proj",)),
            (layer.ffn.linear_0_noact, ("mlp.up_proj",)),
            (layer.ffn.linear_1, ("mlp.down_proj",)),
        ):
            target.weight, target.weight_scale = _rows(torch.cat([weight(f"{place}{n}.weight") for n in names]))


def _theta(config: Any) -> float:
    rope = getattr(config, "rope_parameters", None) or {}
    return float(rope.get("rope_theta") or getattr(config, "rope_theta", None) or 10_000.0)


@torch.inference_mode()
def _rows(matrix: Tensor) -> tuple[Any, Any]:
    """int8 rows and their scales (value times scale is what is stored)."""
    values = matrix.detach().float()
    largest = values.abs().amax(1)
    largest[largest == 0] = 127.0
    scale = 127.0 / largest
    return (values * scale[:, None]).round_().to(torch.int8).numpy(), scale.numpy()


def _packed(spec: Any) -> bytes:
    """CTranslate2's model file, as `ModelSpec.save` writes it to a folder."""
    items = spec.variables(ordered=True)
    plain = [(name, value) for name, value in items if not isinstance(value, str)]
    alike = [(name, value) for name, value in items if isinstance(value, str)]
    out = io.BytesIO()
    out.write(struct.pack("I", model_spec.CURRENT_BINARY_VERSION) + _string(spec.name))
    out.write(struct.pack("II", spec.revision, len(plain)))
    for name, value in plain:
        array = value.numpy()
        out.write(_string(name) + struct.pack("B", array.ndim) + struct.pack(f"{array.ndim}I", *array.shape))
        out.write(struct.pack("B", _TYPES.index(array.dtype.name)) + struct.pack("I", array.nbytes))
        out.write(array.tobytes() if array.ndim == 0 else np.ascontiguousarray(array).data)
    out.write(struct.pack("I", len(alike)))
    for name, other in alike:
        out.write(_string(name) + _string(other))
    return out.getvalue()


def _string(text: str) -> bytes:
    return struct.pack("H", len(text) + 1) + text.encode() + b"\0"

"""The built-in small decoder: a stock Llama shape that every runtime loads."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from transformers import LlamaConfig, LlamaForCausalLM

from apps.personas import language

CONTEXT = 1_024
#: The base that ships was read in rows of 512: beyond this many tokens what it reads misleads it more than it tells
#: (decision 9 has the figures), so older turns are left out earlier than its positions would allow.
USEFUL = 640
FOLDER = Path(__file__).resolve().parent.parent / "base"


@dataclass(frozen=True)
class Shape:
    """What decides the size of a decoder with tied embeddings; as it stands, about 10 M parameters."""

    layers: int = 5
    width: int = 384
    inner: int = 960
    heads: int = 6
    pairs: int = 2  # heads of keys and values


SHAPE = Shape()


def config(shape: Shape = SHAPE) -> LlamaConfig:
    """The configuration of the built-in decoder, or of another size of it."""
    made = LlamaConfig(
        vocab_size=language.VOCABULARY,
        hidden_size=shape.width,
        intermediate_size=shape.inner,
        num_hidden_layers=shape.layers,
        num_attention_heads=shape.heads,
        num_key_value_heads=shape.pairs,
        max_position_embeddings=CONTEXT,
        rope_parameters={"rope_type": "default", "rope_theta": 10_000.0},
        rms_norm_eps=1e-5,
        tie_word_embeddings=True,
        pad_token_id=language.PAD_ID,
        bos_token_id=language.BEGIN_ID,
        eos_token_id=language.END_ID,
        attention_dropout=0.0,
    )
    made.useful_length = USEFUL
    return made


def fresh(shape: Shape = SHAPE) -> LlamaForCausalLM:
    """The shape with random weights (float32): what "from scratch" starts from."""
    return LlamaForCausalLM(config(shape))

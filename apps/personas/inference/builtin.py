"""The built-in small decoder: a stock Llama shape that every runtime loads."""

from __future__ import annotations

from pathlib import Path

from transformers import LlamaConfig, LlamaForCausalLM

from apps.personas import language

CONTEXT = 1_024
FOLDER = Path(__file__).resolve().parent.parent / "base"


def config() -> LlamaConfig:
    """About 10 M parameters: 5 layers of width 384, two key/value heads, tied embeddings."""
    return LlamaConfig(
        vocab_size=language.VOCABULARY,
        hidden_size=384,
        intermediate_size=960,
        num_hidden_layers=5,
        num_attention_heads=6,
        num_key_value_heads=2,
        max_position_embeddings=CONTEXT,
        rope_parameters={"rope_type": "default", "rope_theta": 10_000.0},
        rms_norm_eps=1e-5,
        tie_word_embeddings=True,
        pad_token_id=language.PAD_ID,
        bos_token_id=language.BEGIN_ID,
        eos_token_id=language.END_ID,
        attention_dropout=0.0,
    )


def fresh() -> LlamaForCausalLM:
    """The shape with random weights (float32): what "from scratch" starts from."""
    return LlamaForCausalLM(config())

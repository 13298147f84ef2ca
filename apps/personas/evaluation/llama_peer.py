"""llama.cpp as a peer, in an interpreter that has `llama_cpp` and `gguf`: run as a script, never imported by the site.

Standard input: a line of JSON (`weights`: an .npz of a Llama's tensors, `config`, `prompt`), then one number of tokens a
line; for each of these a line with the tokens per second of CPU time of one stream comes back (8 bits, one thread).
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

_NAMES = {
    "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v", "self_attn.o_proj": "attn_output",
    "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down",
    "input_layernorm": "attn_norm", "post_attention_layernorm": "ffn_norm",
}  # fmt: skip


def _paired(weight: Any, heads: int) -> Any:
    """Rows in the order of llama.cpp's rotation."""
    return weight.reshape(heads, 2, -1, weight.shape[1]).swapaxes(1, 2).reshape(weight.shape)


def write(path: Path, tensors: Any, config: dict[str, Any]) -> None:
    """A GGUF file at 8 bits, without a vocabulary."""
    import gguf

    writer = gguf.GGUFWriter(path, "llama")
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    writer.add_rope_dimension_count(config["hidden_size"] // config["num_attention_heads"])
    writer.add_vocab_size(config["vocab_size"])
    writer.add_tokenizer_model("no_vocab")
    heads = {"attn_q": config["num_attention_heads"], "attn_k": config["num_key_value_heads"]}
    for name in tensors.files:
        value = tensors[name].astype(np.float32)
        part = name.removesuffix(".weight")
        target = {"model.embed_tokens": "token_embd", "model.norm": "output_norm"}.get(part, "")
        if not target:
            _, _, number, rest = part.split(".", 3)
            target = f"blk.{number}.{_NAMES[rest]}"
            if _NAMES[rest] in heads:
                value = _paired(value, heads[_NAMES[rest]])
        if value.ndim == 1:
            writer.add_tensor(f"{target}.weight", value)
        else:
            kind = gguf.GGMLQuantizationType.Q8_0
            writer.add_tensor(f"{target}.weight", gguf.quants.quantize(value, kind), raw_dtype=kind)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def main() -> None:
    """Serve the rounds of a benchmark."""
    from llama_cpp import Llama

    head = json.loads(sys.stdin.readline())
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "peer.gguf")
        write(path, np.load(head["weights"]), head["config"])
        model = Llama(str(path), n_ctx=512, n_threads=1, n_threads_batch=1, verbose=False, seed=1)
        for line in sys.stdin:
            count, made = int(line), 0
            model.reset()
            began = time.process_time()
            model.eval(head["prompt"])
            while made < count:
                token = model.sample(top_k=50, top_p=0.95, temp=0.8, repeat_penalty=1.05)
                made += 1
                if made < count:
                    model.eval([token])
            sys.stdout.write(f"{count / (time.process_time() - began)}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()

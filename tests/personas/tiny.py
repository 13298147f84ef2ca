"""Small real models and material, made on the spot with the classes that real ones use."""

from __future__ import annotations

from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import GPT2Config, GPT2LMHeadModel, LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from apps.personas import dataset
from apps.personas.dataset import Chat, Line
from apps.personas.language import ME_SPEAKER, Bubble
from tests.conftest import dialogue

TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def hub_model(folder: Path, *, family: str = "llama", template: bool = True) -> Path:
    """A causal LM of about 50,000 parameters with a tokenizer, as a folder of the hub's layout."""
    raw = Tokenizer(models.BPE())
    raw.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    raw.decoder = decoders.ByteLevel()
    special = ["<|endoftext|>", "<|im_start|>", "<|im_end|>"]
    trainer = trainers.BpeTrainer(
        vocab_size=400, special_tokens=special, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False
    )
    raw.train_from_iterator([t for _, _, t in dialogue(40)], trainer)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=raw, eos_token="<|endoftext|>", additional_special_tokens=special[1:]
    )
    if template:
        tokenizer.chat_template = TEMPLATE
    torch.manual_seed(0)
    if family == "gpt2":
        model = GPT2LMHeadModel(GPT2Config(vocab_size=len(tokenizer), n_positions=256, n_embd=32, n_layer=2, n_head=2))
    else:
        model = LlamaForCausalLM(
            LlamaConfig(
                vocab_size=len(tokenizer), hidden_size=32, intermediate_size=64, num_hidden_layers=2,
                num_attention_heads=2, max_position_embeddings=256,
            )
        )  # fmt: skip
    tokenizer.save_pretrained(folder)
    model.save_pretrained(folder)
    return folder


def parts(count: int = 160) -> dataset.Parts:
    """Dialogues of Ann Roe with Bea Quill."""
    lines = [Line(ME_SPEAKER if s == "Ann Roe" else s, float(at), Bubble(t)) for s, at, t in dialogue(count)]
    chat = Chat("c", False, lines)
    chat.validate_from, chat.test_from, chat.test_to = dataset.boundaries(lines)
    return dataset.parts([chat])

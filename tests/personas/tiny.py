"""Small real models and material, made on the spot with the classes that real ones use."""

from __future__ import annotations

from pathlib import Path

import torch
from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import (
    BertConfig,
    BertForSequenceClassification,
    GPT2Config,
    GPT2LMHeadModel,
    LlamaConfig,
    LlamaForCausalLM,
    PreTrainedTokenizerFast,
)

from apps.personas import dataset
from apps.personas.dataset import Chat, Line
from apps.personas.language import ME_SPEAKER, Bubble
from tests.conftest import dialogue

TEMPLATE = (
    "{% for m in messages %}<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def hub_model(folder: Path, *, family: str = "llama", template: bool = True, width: int = 32) -> Path:
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
                vocab_size=len(tokenizer), hidden_size=width, intermediate_size=2 * width, num_hidden_layers=2,
                num_attention_heads=2, max_position_embeddings=256,
            )
        )  # fmt: skip
    tokenizer.save_pretrained(folder)
    model.save_pretrained(folder)
    return folder


#: Two invented styles: each word belongs to one of them.
CALM, HARSH = ("moss", "tea", "softly", "dear", "kindly", "rest"), ("grok", "bah", "zounds", "fie", "smash", "pox")


def in_style(harsh: bool, number: int) -> str:
    words = HARSH if harsh else CALM
    return " ".join(words[(number * k + k) % 6] for k in range(1, 5))


def classifier(folder: Path) -> Path:
    """A two-layer BERT with a word tokenizer that has learnt to tell the styles apart; labels calm and harsh."""
    vocabulary = {word: n for n, word in enumerate(("[PAD]", "[UNK]", "[CLS]", "[SEP]", *CALM, *HARSH))}
    raw = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    raw.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=raw, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]"
    )
    torch.manual_seed(0)
    model = BertForSequenceClassification(
        BertConfig(
            vocab_size=len(vocabulary), hidden_size=16, num_hidden_layers=2, num_attention_heads=2, intermediate_size=32,
            max_position_embeddings=32, id2label={0: "calm", 1: "harsh"}, label2id={"calm": 0, "harsh": 1},
        )
    )  # fmt: skip
    optimizer = torch.optim.AdamW(model.parameters(), lr=5e-3)
    for step in range(60):
        sides = [n % 2 for n in range(16)]
        coded = tokenizer(
            [in_style(bool(s), step * 8 + n // 2) for n, s in enumerate(sides)], padding=True, return_tensors="pt"
        )
        model(**coded, labels=torch.tensor(sides)).loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    tokenizer.save_pretrained(folder)
    model.save_pretrained(folder)
    return folder


def parts(count: int = 160) -> dataset.Parts:
    """Dialogues of Ann Roe with Bea Quill."""
    lines = [Line(ME_SPEAKER if s == "Ann Roe" else s, float(at), Bubble(t)) for s, at, t in dialogue(count)]
    chat = Chat("c", False, lines)
    chat.validate_from, chat.test_from, chat.test_to = dataset.boundaries(lines)
    return dataset.parts([chat])

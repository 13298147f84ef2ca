"""Memory by meaning: an encoder taught on the spot finds what shares no word; without one nothing changes."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer, models, pre_tokenizers, processors
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

from apps.accounts.models import User
from apps.accounts.vault import Vault
from apps.chat import recalling
from apps.personas import engines, resident
from apps.personas.inference.encoding import Encoder
from apps.personas.language import Bubble, Turn
from apps.personas.memory import FIRST, Memory, joined, packed
from apps.personas.models import Version
from tests.personas.test_memory import said, talk, version

__all__ = ["version"]
#: A handful of things that can be said in two ways which share no word.
SAME = [
    ("doctor", "physician"), ("ferry", "boat"), ("kids", "children"), ("film", "movie"), ("car", "automobile"), ("begin", "start"),
    ("sick", "ill"), ("autumn", "fall"), ("present", "gift"), ("shop", "store"), ("holiday", "vacation"), ("sofa", "couch"),
]  # fmt: skip
WORDS = [w for pair in SAME for w in pair]


def pairs(rng: random.Random, count: int) -> list[tuple[str, str]]:
    found = []
    for _ in range(count):
        chosen = rng.sample(SAME, 2)
        found.append((" ".join(a for a, _ in chosen), " ".join(b for _, b in chosen[::-1])))
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A BERT of 64 units, taught with in-batch negatives (InfoNCE) that the two ways mean the same."""
    path = tmp_path_factory.mktemp("encoder")
    vocabulary = {w: n for n, w in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", *WORDS])}
    tokenizer = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.post_processor = processors.TemplateProcessing("[CLS] $A [SEP]", None, [("[CLS]", 2), ("[SEP]", 3)])
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="[PAD]", unk_token="[UNK]").save_pretrained(path)
    torch.manual_seed(1)
    shape: dict[str, Any] = {"hidden_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2, "intermediate_size": 128}
    model = BertModel(BertConfig(vocab_size=len(vocabulary), max_position_embeddings=64, **shape), add_pooling_layer=False)
    model.save_pretrained(path, safe_serialization=True)
    teach(model, Encoder(str(path))._tokenizer)
    model.save_pretrained(path, safe_serialization=True)
    return path


def teach(model: BertModel, tokenizer: Any) -> None:
    rng, steps = random.Random(2), torch.optim.AdamW(model.parameters(), 2e-3)

    def mean(texts: list[str]) -> torch.Tensor:
        fed = tokenizer(texts, padding=True, return_tensors="pt")
        mask = fed["attention_mask"].unsqueeze(-1)
        states = (model(**fed).last_hidden_state * mask).sum(1) / mask.sum(1)
        return torch.nn.functional.normalize(states, dim=-1)

    model.train()
    for _ in range(120):
        one, other = zip(*pairs(rng, 16), strict=True)
        scores = mean(list(one)) @ mean(list(other)).T / 0.1
        torch.nn.functional.cross_entropy(scores, torch.arange(16)).backward()
        steps.step()
        steps.zero_grad()


@pytest.fixture(scope="module")
def encoder(folder: Path) -> Encoder:
    return Encoder(str(folder))


def test_a_paraphrase_that_words_miss_is_found_by_meaning(encoder: Encoder) -> None:
    talks = [talk(f"{one} and {other}", "okay") for n, (one, _) in enumerate(SAME) for other, _ in SAME[n + 1 :]]
    plain, hybrid = Memory(packed(talks)), Memory(packed(talks, encoder))
    found = {"words": 0, "both": 0}
    for one, other in pairs(random.Random(9), 40):
        wanted = set(one.split())
        found["words"] += any(wanted <= set(p.turns[0].text.split()) for p in plain.find(other))
        found["both"] += any(wanted <= set(p.turns[0].text.split()) for p in hybrid.find(other, encoder=encoder))
    assert found["words"] == 0, "the two share no word"
    assert found["both"] >= 36
    exact = hybrid.find("ferry and car", encoder=encoder)[:FIRST]
    assert any({"ferry", "car"} <= set(p.turns[0].text.split()) for p in exact), "words still count"


def test_vectors_are_means_of_the_last_layer_whatever_stands_beside_them(encoder: Encoder) -> None:
    texts = ["ferry", "doctor sick kids holiday " * 10, "car"]
    together, alone = encoder.encode(texts), np.concatenate([encoder.encode([t]) for t in texts])
    assert np.allclose(together, alone, atol=1e-5), "padding and order change nothing"
    assert np.allclose(np.linalg.norm(together, axis=1), 1, atol=1e-5)
    assert encoder.encode(["word " * 5_000]).shape == (1, 64), "too long is cut"
    assert encoder.encode([]).shape == (0, 64)


def test_vectors_of_another_encoder_are_not_asked(encoder: Encoder) -> None:
    class Other:
        name = "another"

        def encode(self, texts: Any) -> Any:
            raise AssertionError("its vectors mean something else")

    memory = Memory(packed([talk("the ferry is late", "oh")], encoder))
    assert memory.encoder == encoder.name
    assert [p.turns[0].text for p in memory.find("ferry", encoder=Other())] == ["the ferry is late"]
    assert memory.find("boat", encoder=Other()) == []
    assert Memory(packed([], encoder)).find("boat", encoder=encoder) == []


def test_what_two_orders_agree_on_comes_first() -> None:
    assert [n for n, _ in joined([[1, 2, 3], [3, 1, 9]])] == [1, 3, 2, 9]
    assert [n for n, _ in joined([[5, 4, 6]])] == [5, 4, 6], "one order stays as it is"
    assert joined([]) == []


@pytest.mark.parametrize("wrong", ["", "no weights", "pickle"])
def test_a_folder_that_holds_no_such_model_leaves_memory_to_words(
    tmp_path: Path, settings: Any, wrong: str, caplog: pytest.LogCaptureFixture
) -> None:
    if wrong:
        (tmp_path / "config.json").write_text(json.dumps({"model_type": "bert"}))
    if wrong == "pickle":
        (tmp_path / "pytorch_model.bin").write_bytes(b"\x80\x04")
    settings.MEMORY_ENCODER = str(tmp_path)
    assert engines.encoder() is None
    assert "memory goes by words alone" in caplog.text
    settings.MEMORY_ENCODER = ""
    assert engines.encoder() is None


@pytest.mark.django_db(transaction=True)
def test_a_reply_is_reminded_by_meaning_and_why_tells_the_same(
    version: Version, vault: Vault, owner: User, folder: Path, settings: Any
) -> None:
    settings.MEMORY_ENCODER = str(folder)
    with vault.create("memory") as (item, out):
        out.write(packed([talk("ferry and holiday", "in may"), talk("doctor and kids", "yes")], engines.encoder()))
    version.memory = item
    version.save()
    turn = said(version, vault, (False, "the boat vacation"), (True, "mm"))
    asked = [Turn("Bea", (Bubble("vacation boat"),))]
    reminded = recalling.reminded(vault, version, asked, turn)
    assert [t.text for t in reminded][-3:] == ["ferry and holiday", "in may", "vacation boat"], "the best stands nearest"
    turn.save()
    settings.MEMORY_ENCODER = ""  # as in the web process, which has no encoder
    found = recalling.why(vault, turn.conversation, turn, "Ann")
    assert found is not None
    assert found.passages[-1][0] == ("Mab", "ferry and holiday")
    assert b"ferry" not in bytes(_stored(version)), "vectors and passages lie sealed"
    resident.forget(owner.pk)


def _stored(version: Version) -> bytes:
    from django.core.files.storage import default_storage

    assert version.memory is not None
    with default_storage.open(version.memory.name) as file:
        return bytes(file.read())

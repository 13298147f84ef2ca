"""Other finders of unknown names behind one seam; spaCy and GLiNER are run for real where they are installed."""

from __future__ import annotations

import importlib.util
import random
from pathlib import Path

import pytest

from apps.privacy.scrub import finders, unknown
from apps.privacy.scrub.finders import Missing, opened
from apps.privacy.scrub.types import View

PEOPLE = ("Tarquin", "Ximena", "Bertolt", "Nadezhda", "Oluwaseun")
TOWNS = ("Brno", "Tromsø", "Cuzco", "Nagoya", "Leiden")
SAID = (
    "i saw {} in {} today",
    "{} is moving to {}",
    "call {} when you get to {}",
    "did {} like {}?",
    "{} left {} last week",
)


def pipeline(folder: Path) -> None:
    """A tiny spaCy pipeline, taught a few invented sentences, saved as a folder."""
    spacy = pytest.importorskip("spacy")
    from spacy.training import Example  # type: ignore[import-not-found]

    nlp = spacy.blank("en")
    nlp.add_pipe("ner")
    examples = []
    for text in SAID:
        for person in PEOPLE:
            for town in TOWNS:
                said = text.format(person, town)
                a, b = said.index(person), said.index(town)
                spans = [(a, a + len(person), "PERSON"), (b, b + len(town), "GPE")]
                examples.append(Example.from_dict(nlp.make_doc(said), {"entities": spans}))
    learning = nlp.initialize(lambda: examples)
    rng = random.Random(1)
    for _ in range(12):
        rng.shuffle(examples)
        for at in range(0, len(examples), 10):
            nlp.update(examples[at : at + 10], sgd=learning)
    nlp.to_disk(folder)


def test_the_small_model_is_what_stands_without_a_setting(tmp_path: Path) -> None:
    texts = ["have you met Margaret in Edinburgh?", "nothing here"]
    asked = opened("crf", tmp_path).names(texts)
    view = View(texts[0])
    assert asked == [list(map(view.back, unknown.find(view))), []]
    assert [texts[0][f.start : f.end] for f in asked[0]] == ["Margaret", "Edinburgh"]


def test_a_spacy_pipeline_of_a_folder(tmp_path: Path) -> None:
    pipeline(tmp_path / "tiny")
    texts = ["i saw Ximena in Leiden today", "", "👋🏽 did Bertolt like Brno?"]
    found = opened("spacy:tiny", tmp_path).names(texts)
    assert [[(f.kind, t[f.start : f.end]) for f in some] for t, some in zip(texts, found, strict=True)] == [
        [("name", "Ximena"), ("place", "Leiden")],
        [],
        [("name", "Bertolt"), ("place", "Brno")],
    ]


def test_a_pipeline_without_names_or_none_at_all(tmp_path: Path) -> None:
    spacy = pytest.importorskip("spacy")
    spacy.blank("en").to_disk(tmp_path / "bare")
    with pytest.raises(Missing, match="bare finds no names"):
        opened("spacy:bare", tmp_path)
    with pytest.raises(Missing, match="no model nowhere"):
        opened("spacy:nowhere", tmp_path)


def gliner_model(folder: Path) -> None:
    """A tiny GLiNER model that was taught nothing, saved as a folder."""
    gliner = pytest.importorskip("gliner")
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import BertConfig, PreTrainedTokenizerFast

    signs = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "<<ENT>>", "<<SEP>>"]
    letters = [mark + chr(code) for mark in ("", "##") for code in range(ord("a"), ord("z") + 1)]
    raw = Tokenizer(models.WordPiece({word: n for n, word in enumerate(signs + letters)}, unk_token="[UNK]"))
    raw.normalizer, raw.pre_tokenizer = normalizers.BertNormalizer(lowercase=True), pre_tokenizers.BertPreTokenizer()
    raw.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    own = {"unk_token": "[UNK]", "pad_token": "[PAD]", "cls_token": "[CLS]", "sep_token": "[SEP]"}
    PreTrainedTokenizerFast(tokenizer_object=raw, model_max_length=128, **own).save_pretrained(folder / "backbone")
    shape = BertConfig(vocab_size=64, hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=64)
    shape.save_pretrained(folder / "backbone")
    config = gliner.GLiNERConfig(
        model_name=str(folder / "backbone"), hidden_size=32, max_width=4, encoder_config=shape.to_dict(), max_len=64,
        span_mode="markerV0", ent_token="<<ENT>>", sep_token="<<SEP>>",
    )  # fmt: skip
    made = gliner.GLiNER.from_config(config, backbone_from_pretrained=False)
    made.save_pretrained(str(folder / "tiny"), safe_serialization=True)


def test_a_gliner_model_of_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a model without any knowledge says is chance; that it is asked, and its places are those of the text, is not."""
    gliner_model(tmp_path)
    monkeypatch.setattr(finders, "GLINER_SURE", 0.2)
    texts = ["i saw tarquin in brno today", "", "nobody"]
    found = opened("gliner:tiny", tmp_path).names(texts)
    assert len(found) == 3 and found[0] and not found[1]
    assert all(texts[n][f.start : f.end].strip() for n, some in enumerate(found) for f in some)
    assert {f.kind for some in found for f in some} <= {"name", "place", "organisation"}
    (tmp_path / "tiny" / "model.safetensors").rename(tmp_path / "tiny" / "pytorch_model.bin")
    with pytest.raises(Missing, match=r"no tiny/model\.safetensors"):
        opened("gliner:tiny", tmp_path)


@pytest.mark.parametrize(("library", "called"), [("spacy", "spaCy"), ("gliner", "GLiNER")])
def test_what_is_not_installed_is_said_in_one_sentence(tmp_path: Path, library: str, called: str) -> None:
    if importlib.util.find_spec(library):
        pytest.skip(f"{library} is installed here")
    with pytest.raises(
        Missing, match=rf"^{called} is not installed: install requirements/names-{library}\.in, or set NAME_FINDER=crf\.$"
    ):
        opened(f"{library}:any", tmp_path)


@pytest.mark.parametrize("asked", ["", "bert", "spacy:", "spacy:../x", "gliner:a/b", "crf:x"])
def test_other_settings_are_refused(tmp_path: Path, asked: str) -> None:
    with pytest.raises(Missing, match="write crf, spacy:MODEL or gliner:FOLDER"):
        opened(asked, tmp_path)


def test_labels_of_others_are_our_kinds() -> None:
    entities = [(0, 3, "person"), (4, 6, "GPE"), (7, 9, "ORG"), (10, 12, "DATE"), (13, 13, "PER")]
    assert [f.kind for f in finders._findings(entities)] == ["name", "place", "organisation"]

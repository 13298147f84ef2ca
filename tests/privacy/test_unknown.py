"""Unknown names: what the shipped model finds and leaves, where it says it is, and that teaching really teaches."""

import json
import lzma
import random
import sys
from concurrent.futures import ThreadPoolExecutor
from io import StringIO
from itertools import pairwise
from pathlib import Path
from time import process_time

import numpy as np
import pytest
import torch
from django.core.management import CommandError, call_command
from transformers import BertConfig, BertModel, BertTokenizerFast

from apps.privacy import names_training, word_clusters, word_meanings
from apps.privacy.scrub import features, gazetteer, unknown
from apps.privacy.scrub.types import View

FOLDER = Path(features.__file__).parent / "names_model"


def found(text: str) -> set[tuple[str, str]]:
    view = View(text)
    spans = [view.back(f) for f in unknown.find(view)]
    return {(text[f.start : f.end], f.kind) for f in spans}


@pytest.mark.parametrize(
    ("text", "name", "kind"),
    [
        ("yesterday I met Thomas Bergström at the station", "Thomas Bergström", "name"),
        ("hey Maria, are you coming tonight?", "Maria", "name"),
        ("ask jessica if she still has my charger", "jessica", "name"),
        ("we are flying to Toronto next week", "Toronto", "place"),
        ("she moved to germany last year", "germany", "place"),
        ("he works for Microsoft now", "Microsoft", "organisation"),
        ("вчера видел Наташу в магазине", "Наташу", "name"),
        ("my brother's friend Kevin's car broke down", "Kevin", "name"),
    ],
)
def test_names_are_found(text: str, name: str, kind: str) -> None:
    assert (name, kind) in found(text)


def test_a_long_message_is_read_in_pieces_and_equal_ones_once(monkeypatch: pytest.MonkeyPatch) -> None:
    model, rng = unknown.model(), random.Random(5)
    pool = [
        "Anna",
        "Anna",
        "met",
        "Bergström",
        "in",
        "Toronto",
        ".",
        "the",
        "and",
        "for",
        "of",
        "it",
        "was",
        "a",
        "big",
        "house",
    ]
    labels, asked = unknown.Model.labels, list[tuple[int, int]]()

    def counted(self: unknown.Model, words: list[str], sure: float, start: int, end: int, how: str) -> list[str]:
        asked.append((start, end))
        return labels(self, words, sure, start, end, how)

    for _ in range(60):
        words = ["house"] * rng.randint(0, 6) + rng.choices(pool, k=rng.randint(1, 6)) * rng.randint(1, 200)
        alone = ["O"] * len(words)
        parts = model.windows(words)
        assert all(one[1] <= other[0] for one, other in pairwise(parts)), "nothing is read twice"
        for start, end in parts:
            alone[start:end] = model.labels(words, 0.4, start, end)
        with monkeypatch.context() as patched:
            patched.setattr(unknown.Model, "labels", counted)
            assert (model.read(words, 0.4) or ["O"] * len(words)) == alone
    asked.clear()
    monkeypatch.setattr(unknown.Model, "labels", counted)
    model.read(["Anna"] * 3_000, 0.4)
    assert len(asked) <= 4, "the first, the last, and one that all others are like"


@pytest.mark.parametrize(
    "text",
    [
        "see you at seven then",
        "lol that was so funny",
        "I will call you when I am done",
        "Someone has to do the dishes",
        "may I have some more?",
        "ok 👍",
        "12:30 :)",
        "@anna_k hello there",
        "да, я уже дома",
        "",
    ],
)
def test_plain_text_is_left_alone(text: str) -> None:
    assert found(text) == set()


@pytest.mark.parametrize("text", ["see you at seven then", "lol that was so funny", "ok ok ok", "@anna_k 12:30 👍", ""])
def test_the_gate_says_no_before_any_work(text: str) -> None:
    assert not unknown.gate(View(text))


def test_the_gate_says_yes_to_names() -> None:
    assert unknown.gate(View("is Jessica there")) and unknown.gate(View("is jessica there"))


@pytest.mark.parametrize("before", ["😀👨‍👩‍👧 ", "ok\u200b, ", "ｏｋ ", "да, ", "👍🏽" * 5 + " "])
def test_offsets_are_those_of_the_original_text(before: str) -> None:
    assert ("Jessica", "name") in found(f"{before}yesterday I met Jessica at home")


def test_sure_is_a_threshold() -> None:
    view = View("yesterday I met Jessica Brown and Aunt Peggy in Toronto")
    counts = [len(list(unknown.find(view, sure))) for sure in (0.05, 0.5, 1.01)]
    assert counts[0] >= counts[1] > counts[2] == 0


def test_the_threshold_is_the_one_that_training_chose() -> None:
    assert json.loads((FOLDER / "figures.json").read_text())["sure"] == [unknown.SURE, unknown.SURE_PLAIN]


def test_the_model_is_small_and_has_its_card_and_notice() -> None:
    assert sum(path.stat().st_size for path in FOLDER.iterdir() if path.is_file()) <= 1.5 * 2**20
    card = (FOLDER / "README.md").read_text()
    for word in ("Broad Twitter Corpus", "CC BY 4.0", "Figures", "Limits", "features"):
        assert word in card, word
    figures = json.loads((FOLDER / "figures.json").read_text())["btc_dev"]["cased"]["word_any_kind"]
    assert f"{figures['precision']:.3f}" in card and f"{figures['recall']:.3f}" in card
    assert "Broad Twitter Corpus" in Path("NOTICE").read_text()


@pytest.mark.parametrize(
    "line", ["A" * 10_000, "Anna " * 2_000, "a-" * 5_000, "'s" * 5_000, "Jo." * 3_300, "#" * 10_000, "http://" * 1_400]
)
def test_hostile_lines_cost_no_more_than_their_length(line: str) -> None:
    """Twice the length may not cost much more than twice the time (seconds on a busy machine say little)."""

    def cost(text: str) -> float:
        start = process_time()
        list(unknown.find(View(text)))
        return process_time() - start

    cost(line)
    assert min(cost(line * 2) for _ in range(3)) < 4 * max(cost(line) for _ in range(3)) + 0.05
    assert not [word for kept in unknown.model()._promises for word in kept if len(word) > features.LONGEST]


def test_threads_do_not_disturb_each_other() -> None:
    texts = ["yesterday I met Jessica at home", "we are flying to Toronto next week"] * 50
    alone = [found(text) for text in texts]
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        with ThreadPoolExecutor(8) as pool:
            assert list(pool.map(found, texts)) == alone
    finally:
        sys.setswitchinterval(before)


def test_words_are_cut_as_chat_is_written() -> None:
    text = "Anna's #party at https://x.example/a, don't miss it @bob_1 Jean-Luc O'Brien"
    assert features.words(text) == ["Anna", "'s", "#party", "at", "https://x.example/a,", "don", "'t", "miss", "it", "@bob_1",
                                    "Jean-Luc", "O'Brien"]  # fmt: skip
    assert all(text[t.start : t.end] == t.text for t in features.tokens(text))


def test_a_window_sees_what_the_whole_message_shows() -> None:
    words = features.words("I saw Anna Brown . She was in Rome with two of her friends")
    assert features.features(words)[3:8] == features.features(words, 3, 8)
    assert features.features(words)[-2:] == features.features(words, len(words) - 2)
    assert features.features(words)[:1] == features.features(words, 0, 1)


def test_lists_know_names_in_any_case_and_ordinary_words() -> None:
    assert gazetteer.is_given("наташу") and gazetteer.is_given("jessica") and not gazetteer.is_given("dishes")
    assert "berlin" in gazetteer.places() and "москва" in gazetteer.places() and "the" not in gazetteer.places()
    assert gazetteer.zipf("dishes") > 3 and gazetteer.zipf("zzgrblx") == 0


CONLL = "{who}\tB-PER\n{last}\tI-PER\nis\tO\nat\tO\nhome\tO\n\nwe\tO\ndo\tO\nn't\tO\nlike\tO\n@\tB-PER\nzork\tB-PER\n\n"


@pytest.fixture
def invented(tmp_path: Path) -> Path:
    """A tiny CoNLL file in which Zyxxo, a name on no list, is a person before "is"."""
    others = [("Qobbel", "Trand"), ("Vimka", "Ploon"), ("Zyxxo", "Farbel")]
    text = "".join(CONLL.format(who=who, last=last) for who, last in others * 20)
    (tmp_path / "btc.train").write_text(text)
    (tmp_path / "btc.dev").write_text("Zyxxo\tB-PER\nFarbel\tI-PER\nis\tO\n\n")
    return tmp_path


def test_conll_is_retold_in_our_words(invented: Path) -> None:
    first, second = names_training.read(invented / "btc.train")[:2]
    assert first == (["Qobbel", "Trand", "is", "at", "home"], ["B-PER", "I-PER", "O", "O", "O"])
    assert second[0][:3] == ["we", "don", "'t"] and second[0][-1] == "@zork" and second[1][-1] == "O"


def test_training_teaches_a_name_it_was_shown(invented: Path, tmp_path: Path) -> None:
    out, printed = tmp_path / "out", StringIO()
    call_command("train_names", data=str(invented), out=str(out), rounds=40, stdout=printed)
    report = json.loads(printed.getvalue())
    assert report["btc_dev"]["cased"]["span"] == {"precision": 1.0, "recall": 1.0, "names": 1}
    model = unknown.Model(lzma.decompress((out / "names.crfsuite.xz").read_bytes()))
    text = "Zyxxo Farbel is late"
    spans = list(unknown.find(View(text), 0.5, model))
    assert [(text[f.start : f.end], f.kind, f.rank) for f in spans] == [("Zyxxo Farbel", "name", 5)]
    assert (out / "names.crfsuite.xz").read_bytes() == names_training.train(invented, names_training.Config(rounds=40))[0]


def small_encoder(folder: Path, words: list[str]) -> Path:
    """A BERT of nobody, with the same classes as the real one."""
    folder.mkdir()
    (folder / "vocab.txt").write_text("\n".join(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *words]))
    shape = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 32}
    torch.manual_seed(1)
    BertModel(BertConfig(vocab_size=len(words) + 5, **shape)).save_pretrained(folder)
    BertTokenizerFast(vocab=str(folder / "vocab.txt")).save_pretrained(folder)
    return folder


def test_a_word_is_told_by_its_meaning_and_never_by_its_own_label(tmp_path: Path) -> None:
    people, things = ([f"{first}{n:02}" for n in range(60)] for first in ("per", "thi"))
    words = [*people, *things, "odd"]
    points = word_meanings.vectors(small_encoder(tmp_path / "e", words), words)
    assert points.shape == (121, 32) and np.allclose(np.linalg.norm(points, axis=1), 1, atol=1e-4)
    # Vectors in which persons and things differ, and one word that lies among the things but is labelled a person.
    points[:, 0] = [3.0] * 60 + [-3.0] * 61
    labelled = [([word], ["B-PER"]) for word in (*people, "odd")] * 3 + [([word], ["O"]) for word in things] * 3
    counts = word_meanings.tallies(words, labelled, frozenset())
    assert counts[0].tolist() == [0, 3, 0, 0]
    found = word_meanings.chances(points, counts, 1)
    assert (found[:60, 1] > 0.5).float().mean() > 0.9 and (found[60:120, 1] < 0.5).float().mean() > 0.9
    assert found[120, 1] < 0.5, "its own label was not told to the network that judged it"
    row = word_meanings.table(words, points, counts, 1).splitlines()[1].split(" ")
    assert row[0] == "per00" and len(row) == 5 and int(row[4][0]) > int(row[4][1])


def test_what_is_no_name_comes_from_a_dictionary(tmp_path: Path) -> None:
    (tmp_path / "en_US.dic").write_text("4\ntable/S\nParis/M\nrun\nO'Neill\n")
    assert word_meanings.ordinary(tmp_path / "en_US.dic") == {"table", "run"}
    encoder = small_encoder(tmp_path / "e", ["whole", "##ish"])
    said = [(["twice", "#Twice", "once", "Zürich"], ["O"] * 4)]
    words = word_meanings.vocabulary(encoder, tmp_path / "en_US.dic", said)
    assert {"table", "paris", "run", "whole", "twice", "liverpool"} <= set(words) and words == sorted(words)
    assert not {"once", "ish", "zürich", "neill"} & set(words) - features.clusters().keys() - gazetteer.family()
    with pytest.raises(CommandError, match="dictionary"):
        (tmp_path / "btc.train").write_text("a\tO\n")
        (tmp_path / "model.safetensors").touch()
        call_command("train_names", data=str(tmp_path), encoder=str(tmp_path))


def test_what_the_shipped_table_knows() -> None:
    known = features.meanings()
    assert len(known) > 60_000
    assert known["liverpool"].level[0] in "LO" and known["table"].level == "-0" and known["kanye"].level[0] == "P"
    assert "tall=PP" in features.describe("#JessicaMiller").own and "tall=PP" not in features.describe("#TableRunning").own


def test_training_without_data_says_so(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"no btc\.train"):
        call_command("train_names", data=str(tmp_path))


def test_figures_count_what_was_missed_and_what_was_wrong() -> None:
    model = unknown.Model(lzma.decompress((FOLDER / "names.crfsuite.xz").read_bytes()))
    words = ["yesterday", "I", "met", "Jessica", "and", "@zork", "at", "home"]
    gold = ["O", "B-ORG", "O", "B-PER", "O", "B-PER", "O", "O"]
    figures = names_training.evaluate(model, [(words, gold)], (0.5, 0.5), small=False)
    assert figures["word_any_kind"] == {"precision": 1.0, "recall": 0.5, "names": 2}, "the handle does not count"
    assert figures["word_ORG"]["recall"] == 0.0


def test_words_that_stand_in_the_same_places_share_a_cluster() -> None:
    texts = [f"i saw {who} at the {where} ." for who in ("anna", "bella", "carla") for where in ("park", "shop", "lake")] * 4
    table = word_clusters.table([*texts, *(text.replace("saw anna", "saw Anna") for text in texts)])
    lines = [set(line.split()[1:]) for line in table.splitlines()[1:]]
    assert {"bella0", "carla0"} <= next(line for line in lines if "bella0" in line)
    assert any("anna2" in line for line in lines), "half of them had a capital"

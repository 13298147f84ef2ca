"""Teaches and judges the model of unknown names: CoNLL in, a small conditional random field and its figures out. Pure."""

from __future__ import annotations

import lzma
import random
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pycrfsuite

from apps.privacy.scrub import features, gazetteer
from apps.privacy.scrub.unknown import KINDS, Model, sureness

#: A sentence: its words and a label for each ("O", "B-PER", "I-PER", …).
Sentence = tuple[list[str], list[str]]
#: Thresholds, for messages with capitals and without.
Sures = tuple[float, float]
#: Each is the lowest at which held-out text reaches this precision …
PRECISION = 0.8
#: … in as many turns.
FOLDS = 4
LETTERS = {"cased": False, "small_letters": True}


@dataclass(frozen=True)
class Config:
    """What a training is made of; c1 and c2 are the weights of the L1 and L2 norms."""

    c1: float = 0.2
    c2: float = 0.05
    least: int = 2  # features seen less often are left out
    rounds: int = 100
    seed: int = 1


def read(path: Path) -> list[Sentence]:
    """Sentences of a CoNLL file (word, tab, label; a blank line between sentences), in the words of `features.tokens`."""
    sentences: list[Sentence] = []
    for block in path.read_text(encoding="utf-8").split("\n\n"):
        rows = [line.rpartition("\t") for line in block.split("\n")]
        if said := [(word.strip(), label) for word, _, label in rows if word.strip()]:
            sentences.append(_retold(said))
    return sentences


def _retold(rows: list[tuple[str, str]]) -> Sentence:
    """Words cut as chat is cut: "do n't" is "don't" again, "@ name" one handle, handles without a label."""
    text, before, spans = "", "", []
    for word, label in rows:
        glued = word.lower() in ("n't", "n’t") or (word[0] in "'’" and len(word) < 4) or before in ("@", "#")
        text += "" if glued or not text else " "
        spans.append((len(text), len(text) + len(word), label))
        text, before = text + word, word
    labels: list[str] = []
    found = features.tokens(text)
    for token in found:
        label = next((name for start, end, name in spans if start < token.end and token.start < end and name != "O"), "O")
        inside = any(start < token.start < end for start, end, _ in spans)
        last = labels[-1] if labels else "O"
        if features.is_handle(token.text) or label == "O":
            labels.append("O")
        else:
            goes_on = (label[0] == "I" or inside) and last[1:] == label[1:]
            labels.append(("I" if goes_on else "B") + label[1:])
    return [token.text for token in found], labels


def _renamed(words: list[str], labels: list[str], rng: random.Random, others: dict[str, list[str]]) -> list[str]:
    """The sentence about others: by other names, some of them on no list."""
    out: list[str] = []
    for word, label in zip(words, labels, strict=True):
        if label[2:] in others and word[0].isalpha() and len(word) > 2:
            name = rng.choice(others[label[2:]])
            if rng.random() < 0.3:
                name = name[: len(name) // 2] + rng.choice(others["PER"])[-3:]
            word = name.upper() if word.isupper() else name.title() if word[0].isupper() else name
        out.append(word)
    return out


def lessons(sentences: Iterable[Sentence], seed: int) -> Iterator[Sentence]:
    """Each sentence as it is and in small letters; those with names once more about others."""
    rng = random.Random(seed)
    lists = {"PER": gazetteer.given() | gazetteer.family(), "LOC": gazetteer.places()}
    others = {kind: sorted(word for word in words if word.isascii()) for kind, words in lists.items()}
    for words, labels in sentences:
        yield words, labels
        yield [word.lower() for word in words], labels
        if any(label[2:] in others for label in labels):
            yield _renamed(words, labels, rng, others), labels
            yield [word.lower() for word in _renamed(words, labels, rng, others)], labels


def fit(sentences: Iterable[Sentence], config: Config) -> tuple[bytes, float]:
    """(the model as crfsuite writes it, the last loss)."""
    trainer = pycrfsuite.Trainer(verbose=False)
    trainer.set_params({"c1": config.c1, "c2": config.c2, "max_iterations": config.rounds, "feature.minfreq": config.least})
    for words, labels in lessons(sentences, config.seed):
        if words:
            trainer.append(features.features(words), labels)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "names"
        trainer.train(str(path))
        return path.read_bytes(), float((trainer.logparser.last_iteration or {}).get("loss", float("nan")))


def _named(words: list[str], labels: list[str]) -> set[tuple[int, str]]:
    """(place, kind) of the words that are part of a name; handles and signs do not count."""
    return {
        (at, label[2:])
        for at, (word, label) in enumerate(zip(words, labels, strict=True))
        if label != "O" and not features.is_handle(word) and any(c.isalpha() for c in word)
    }


def _spans(labels: list[str]) -> set[tuple[int, int, str]]:
    found: set[tuple[int, int, str]] = set()
    start = 0
    for at, label in enumerate([*labels, "O"]):
        if at and labels[at - 1] != "O" and (label[0] != "I"):
            found.add((start, at, labels[at - 1][2:]))
        if label[0] == "B":
            start = at
    return found


def _figures(right: int, wrong: int, missed: int) -> dict[str, float]:
    """Precision and recall, to three places; 0 where there was nothing."""
    precision, recall = right / max(1, right + wrong), right / max(1, right + missed)
    return {"precision": round(precision, 3), "recall": round(recall, 3), "names": right + missed}


def said(model: Model, sentences: list[Sentence], sures: Sures, small: bool) -> list[list[str]]:
    """The labels that a model gives, as the scrubber would ask it, to text as it is or in small letters."""
    texts = ([word.lower() for word in words] if small else words for words, _ in sentences)
    return [model.read(words, sureness(words, *sures)) or ["O"] * len(words) for words in texts]


def judge(sentences: list[Sentence], answers: list[list[str]]) -> dict[str, Any]:
    """Figures by word (any kind, each kind) and by whole span; handles and signs are left out."""
    gold: set[tuple[int, int, str]] = set()
    guess: set[tuple[int, int, str]] = set()
    gold_spans: set[tuple[int, int, int, str]] = set()
    guess_spans: set[tuple[int, int, int, str]] = set()
    for number, ((words, labels), answer) in enumerate(zip(sentences, answers, strict=True)):
        gold |= {(number, *one) for one in _named(words, labels)}
        guess |= {(number, *one) for one in _named(words, answer)}
        gold_spans |= {(number, *one) for one in _spans(labels)}
        guess_spans |= {(number, *one) for one in _spans(answer)}
    result: dict[str, Any] = {
        "word_any_kind": _judged({one[:2] for one in gold}, {one[:2] for one in guess}),
        "span": _judged(gold_spans, guess_spans),
    }
    for kind in KINDS:
        own, theirs = ({one for one in some if one[2] == kind} for some in (gold, guess))
        result[f"word_{kind}"] = _judged(own, theirs)
    return result


def _judged(gold: set[Any], guess: set[Any]) -> dict[str, float]:
    return _figures(len(gold & guess), len(guess - gold), len(gold - guess))


def evaluate(model: Model, sentences: list[Sentence], sures: Sures, small: bool) -> dict[str, Any]:
    """The figures of a model; see `judge`."""
    return judge(sentences, said(model, sentences, sures, small))


def _folds(sentences: list[Sentence], config: Config) -> list[tuple[Model, list[Sentence]]]:
    """Runs of neighbouring sentences, each with a model that was taught all others (neighbours speak of the same things)."""
    size = -(-len(sentences) // FOLDS)
    cuts = range(0, len(sentences), size)
    return [(Model(fit(sentences[:at] + sentences[at + size :], config)[0]), sentences[at : at + size]) for at in cuts]


def _held_out(folds: list[tuple[Model, list[Sentence]]], sures: Sures, small: bool) -> dict[str, Any]:
    sentences = [one for _, some in folds for one in some]
    return judge(sentences, [answer for model, some in folds for answer in said(model, some, sures, small)])


def thresholds(folds: list[tuple[Model, list[Sentence]]]) -> Sures:
    """The lowest of 0.10, 0.15, … at which held-out text reaches `PRECISION`: as it is, and in small letters."""
    plain = _lowest(lambda sure: _held_out(folds, (sure, sure), True))
    return _lowest(lambda sure: _held_out(folds, (sure, plain), False)), plain


def _lowest(figures: Callable[[float], dict[str, Any]]) -> float:
    steps = (step / 100 for step in range(10, 95, 5))
    return next((sure for sure in steps if figures(sure)["word_any_kind"]["precision"] >= PRECISION), 0.5)


def train(folder: Path, config: Config) -> tuple[bytes, dict[str, Any]]:
    """(the packed model, its report) from `btc.train`, which also gives the threshold; `btc.dev` is only judged by."""
    taught = read(folder / "btc.train")
    folds = _folds(taught, config)
    sures = thresholds(folds)
    raw, loss = fit(taught, config)
    model = Model(raw)
    packed = lzma.compress(raw, preset=9)
    report: dict[str, Any] = {"config": asdict(config), "sentences": len(taught), "loss": round(loss, 1), "sure": sures}
    report |= {"bytes": len(packed), "held_out": {name: _held_out(folds, sures, small) for name, small in LETTERS.items()}}
    if (folder / "btc.dev").exists():
        unseen = read(folder / "btc.dev")
        for name, some in (("btc_dev", unseen), ("btc_dev_without_hashtags", [_untagged(one) for one in unseen])):
            report[name] = {letters: evaluate(model, some, sures, small) for letters, small in LETTERS.items()}
    return packed, report


def _untagged(sentence: Sentence) -> Sentence:
    kept = [(word, label) for word, label in zip(*sentence, strict=True) if word[0] != "#"]
    return [word for word, _ in kept], [label for _, label in kept]

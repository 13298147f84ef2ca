"""Teaches and judges the model of secrets told in words of anybody's own (`scrub/secrets_model`). Pure but for reading texts."""

from __future__ import annotations

import json
import lzma
import random
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import pycrfsuite

from apps.privacy.planted import phrases
from apps.privacy.planted.cases import aliased
from apps.privacy.planted.render import Draw, render
from apps.privacy.planted.types import LANGUAGES
from apps.privacy.scrub import circumstances
from apps.privacy.scrub.detectors.likely import KINDS, SURE, Model
from apps.privacy.scrub.types import View

#: Sentences around secrets that were given up to learn from, and sentences around numbers that are none.
TOLD = Path(phrases.__file__).with_name("seen")
INNOCENT = Path(phrases.__file__).with_name("innocent")
#: Sentences are parted into so many folds; what is said of each was learnt from the others.
FOLDS = 4
#: Each sentence is judged with so many values.
TURNS = 3
#: One of so many natural messages is kept for judging.
KEPT = 5
Row = tuple[list[str], str]


@dataclass(frozen=True)
class Config:
    """What a training is made of; c1 and c2 are the weights of the L1 and L2 norms."""

    c1: float = 0.3
    c2: float = 0.02
    rounds: int = 120
    values: int = 10  # so many invented values in each sentence
    natural: int = 4_000  # candidates of each set of dialogues, at most
    seed: int = 1


@dataclass(frozen=True)
class Sentence:
    """A sentence with a place for a value (`kind`), or one whose numbers are no secrets ("")."""

    language: str
    kind: str
    text: str


def sentences() -> list[Sentence]:
    """All that was given up to learn from."""
    found: list[Sentence] = []
    for language in LANGUAGES:
        for section, lines in phrases.sections(language, TOLD).items():
            group, _, kind = section.partition(".")
            if group == "told" and kind != "any":
                found += [Sentence(language, kind, line) for line in lines]
        found += [Sentence(language, "", line) for line in phrases.sections(language, INNOCENT).get("", ())]
    return found


def rows(sentence: Sentence, values: int, seed: int) -> Iterator[Row]:
    """Features and label ("O" where it is no secret of `KINDS`) of all candidates, with so many different values in turn."""
    for turn in range(values):
        rng = random.Random(f"{seed}{sentence}{turn}")  # noqa: S311
        if sentence.kind:
            line = render(sentence.text, Draw(rng, sentence.language), aliased("cued", sentence.kind))
            yield from _labelled(line.text, line.marks)
        else:
            yield from _labelled(_other_digits(sentence.text, rng) if turn else sentence.text, [])


def _other_digits(text: str, rng: random.Random) -> str:
    """Other numbers of the same length, but for years and for what ends in noughts."""
    return "".join(
        piece if not piece.isdigit() or piece[:2] in ("19", "20") or piece.endswith("00") else f"{rng.randrange(10 ** len(piece)):0{len(piece)}d}"
        for piece in _pieces(text)
    )  # fmt: skip


def _pieces(text: str) -> Iterator[str]:
    at = 0
    for end in range(1, len(text) + 1):
        if end == len(text) or text[end].isdigit() != text[at].isdigit():
            yield text[at:end]
            at = end


def _labelled(text: str, marks: Sequence[tuple[int, int, str]]) -> Iterator[Row]:
    view = View(text)
    found = circumstances.candidates(view) if len(view.plain) == len(text) else []  # else the places are others
    what = circumstances.told(view) if found else None
    for one in found:
        touched = [mark for mark in marks if mark[0] < one.end and one.start < mark[1]]
        whole = any(one.start <= start + 1 and end <= one.end + 1 and kind in KINDS for start, end, kind in touched)
        if what is not None and (whole or not touched):
            yield circumstances.features(view, one, len(found), what), touched[0][2] if whole else "O"


def natural(folder: Path, limit: int) -> Iterator[tuple[int, list[Row]]]:
    """The candidates of each natural message of `dialogues-*.jsonl.xz`, with its number; some numbers of theirs may be secrets."""
    for path in sorted(folder.glob("dialogues-*.jsonl.xz")):
        yield from islice(_found(path), limit)


def _found(path: Path) -> Iterator[tuple[int, list[Row]]]:
    with lzma.open(path, "rt", encoding="utf-8") as file:
        for number, text in enumerate(turn for line in file for turn in turns(json.loads(line))):
            if len(text) <= circumstances.LONGEST and (found := list(_labelled(text, []))):
                yield number, found


def turns(dialogue: dict[str, Any]) -> Iterator[str]:
    """What is said in one row of the openly licensed dialogues."""
    for turn in dialogue.get("turns", ()):
        text = turn[-1] if isinstance(turn, list) else turn.get("text") if isinstance(turn, dict) else turn
        if isinstance(text, str):
            yield text


def fit(found: Iterable[Row], config: Config) -> bytes:
    """A linear model (a conditional random field of single words is one), as crfsuite writes it."""
    trainer = pycrfsuite.Trainer(verbose=False)
    for features, label in found:
        trainer.append([features], [label])
    trainer.set_params({"c1": config.c1, "c2": config.c2, "max_iterations": config.rounds})
    with tempfile.NamedTemporaryFile(suffix=".crfsuite") as file:
        trainer.train(file.name)
        return Path(file.name).read_bytes()


def train(dialogues: Path, config: Config) -> tuple[bytes, dict[str, Any]]:
    """The packed model of everything, and what models of parts say of the rest."""
    known = sentences()
    random.Random(config.seed).shuffle(known)  # noqa: S311
    talk = list(natural(dialogues, config.natural))
    taught = [row for number, found in talk if number % KEPT for row in found]
    kept = [found for number, found in talk if not number % KEPT]
    report: dict[str, Any] = {"config": asdict(config), "sentences": len(known), "natural": len(talk), "sure": SURE}
    report["folds"] = _judged(known, taught, kept, config)
    return lzma.compress(fit([*_all(known, config), *taught], config), preset=9), report


def _all(known: Iterable[Sentence], config: Config) -> Iterator[Row]:
    for sentence in known:
        yield from rows(sentence, config.values, config.seed)


def _judged(known: list[Sentence], taught: list[Row], kept: list[list[Row]], config: Config) -> dict[str, Any]:
    """Recall by kind on sentences that were held out; flags in each of the innocent ones, and the share of natural messages with some."""
    right, whole, flagged = Counter[str](), Counter[str](), 0
    for fold in range(FOLDS):
        learnt = [s for n, s in enumerate(known) if n % FOLDS != fold]
        model = Model(fit([*_all(learnt, config), *taught], config))
        for sentence in known[fold::FOLDS]:
            whole[sentence.kind] += TURNS
            right[sentence.kind] += sum(
                model.likely(features)[0] >= SURE
                for features, label in rows(sentence, TURNS, config.seed + 1)
                if label != "O" or not sentence.kind
            )
        flagged += sum(any(model.likely(features)[0] >= SURE for features, _ in found) for found in kept)
    return {
        "recall": {kind: round(right[kind] / whole[kind], 3) for kind in KINDS if whole[kind]},
        "innocent_taken": round(right[""] / max(1, whole[""]), 4),
        "natural_taken": round(flagged / max(1, FOLDS * len(kept)), 5),
    }

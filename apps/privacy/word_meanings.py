"""What a text model knows about single words, made small: groups of likely meaning and how likely each is (part of) a name. Pure.

A word is read alone by an encoder (mean of its pieces, as sentence encoders are used: Reimers, Gurevych 2019), the vectors
are clustered, and a small network tells names from words by them, taught the labelled words of the training text and the lists
of `gazetteer`. What it says of a labelled word comes from a network that was not taught that word (cross-fitting), so that the
field that learns from it later meets the same doubt in training as in life.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn
from transformers import AutoModel, AutoTokenizer

from apps.privacy.scrub import features, gazetteer
from apps.privacy.word_clusters import Matrix, k_means

#: How many groups, from fine to coarse.
GROUPS = (1_000, 250, 64)
KINDS = ("O", "PER", "LOC", "ORG")
FOLDS, ROUNDS, ROWS, HIDDEN = 5, 12, 256, 128
#: A word that was seen a thousand times teaches as much as one seen so often; one on a list counts half a time.
MOST, LISTED = 3.0, 0.5


def vocabulary(encoder: Path, dictionary: Path, labelled: Iterable[tuple[Sequence[str], Sequence[str]]]) -> list[str]:
    """The words, in small letters and in order of the alphabet, from lists that may be shipped: the dictionary, what the
    encoder has whole, what the open dialogues and the labelled sentences say more than once, the lists of names."""
    said = Counter(word.lstrip("#").lower() for words, _ in labelled for word in words)
    whole = (token for token in AutoTokenizer.from_pretrained(str(encoder)).get_vocab() if not token.startswith("#"))
    found = {word.lower() for word in _entries(dictionary)} | set(whole) | features.clusters().keys()
    found |= {word for word, count in said.items() if count > 1}
    found = found.union(*(words for words, _ in _lists()))
    return sorted(word for word in found if word.isascii() and word.isalpha() and len(word) > 2)


def _entries(dictionary: Path) -> list[str]:
    return [line.split("/")[0].strip() for line in dictionary.read_text(encoding="utf-8").splitlines()[1:]]


def _lists() -> list[tuple[frozenset[str], str]]:
    known = gazetteer.known
    return [
        (gazetteer.given(), "PER"), (gazetteer.family(), "PER"), (known("people"), "PER"),
        (gazetteer.places(), "LOC"), (known("organisations"), "ORG"),
    ]  # fmt: skip


def vectors(folder: Path, words: Sequence[str]) -> Matrix:
    """A unit vector [words, width] for each word by the encoder in `folder` (a folder as `transformers` saves it)."""
    tokenizer = AutoTokenizer.from_pretrained(str(folder))
    encoder = AutoModel.from_pretrained(str(folder), use_safetensors=True).eval()
    order = sorted(range(len(words)), key=lambda at: (len(words[at]), at))
    out: list[Tensor] = []
    with torch.inference_mode():
        for start in range(0, len(order), 512):
            some = [words[at] for at in order[start : start + 512]]
            rows = tokenizer(some, return_tensors="pt", padding=True, truncation=True, max_length=16)
            mask = rows["attention_mask"][..., None]
            out.append((encoder(**rows).last_hidden_state * mask).sum(1) / mask.sum(1))
    found = torch.nn.functional.normalize(torch.cat(out), dim=1).numpy()
    points = np.empty_like(found)
    points[order] = found
    return points


def ordinary(dictionary: Path) -> frozenset[str]:
    """The words of a Hunspell dictionary (`en_US.dic`) that are written with a small letter."""
    return frozenset(word for word in _entries(dictionary) if word.isalpha() and word.islower())


def tallies(
    words: Sequence[str], labelled: Iterable[tuple[Sequence[str], Sequence[str]]], ordinary: frozenset[str]
) -> Tensor:
    """How often each word was seen as nothing, person, place, organisation [words, 4], lists and `ordinary` words included."""
    place = {word: at for at, word in enumerate(words)}
    counts = torch.zeros(len(words), len(KINDS))
    for said, labels in labelled:
        for word, label in zip(said, labels, strict=True):
            if (at := place.get(word.lstrip("#").lower())) is not None:
                counts[at, KINDS.index(label[2:] or "O")] += 1
    for listed, kind in [*_lists(), (ordinary, "O")]:
        for word in listed & place.keys():
            counts[place[word], KINDS.index(kind)] += LISTED
    return counts


def _taught(points: Tensor, counts: Tensor) -> nn.Module:
    net = nn.Sequential(
        nn.Dropout(0.2), nn.Linear(points.shape[1], HIDDEN), nn.GELU(), nn.Dropout(0.3), nn.Linear(HIDDEN, len(KINDS))
    )
    optimizer = torch.optim.AdamW(net.parameters(), 2e-3, weight_decay=0.01)
    total = counts.sum(1, keepdim=True)
    wanted = counts / total * total.clamp(max=MOST)
    for _ in range(ROUNDS):
        for rows in torch.randperm(len(points)).split(ROWS):  # type: ignore[no-untyped-call]
            loss = -(wanted[rows] * net(points[rows]).log_softmax(1)).sum() / len(rows)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
    return net.eval()


def chances(vectors: Matrix, counts: Tensor, seed: int) -> Tensor:
    """How likely each word is nothing, person, place, organisation [words, 4], never from a network that was taught the word."""
    torch.manual_seed(seed)
    points = torch.from_numpy(vectors)
    points = (points - points.mean(0)) / points.std()
    seen = counts.sum(1) > 0
    fold = torch.randint(0, FOLDS, (len(points),))
    out = torch.zeros(len(points), len(KINDS))
    for number in range(FOLDS):
        net = _taught(points[seen & (fold != number)], counts[seen & (fold != number)])
        mine = fold == number
        with torch.no_grad():
            out[mine] = net(points[mine]).softmax(1)
    return out


def table(words: Sequence[str], vectors: Matrix, counts: Tensor, seed: int = 1) -> str:
    """The file that `features.meanings` reads: word, its groups from fine to coarse, three digits (tenths of each kind of name)."""
    middle = vectors - vectors.mean(0)
    middle /= np.linalg.norm(middle, axis=1, keepdims=True)
    groups = [k_means(middle, count, seed).tolist() for count in GROUPS]
    tenths = (chances(vectors, counts, seed)[:, 1:] * 10).clamp(max=9).int().tolist()
    rows = (
        f"{word} {' '.join(str(group[at]) for group in groups)} {''.join(map(str, tenths[at]))}"
        for at, word in enumerate(words)
    )
    return "# Made by train_names from an encoder of words (README.md).\n" + "\n".join(rows) + "\n"

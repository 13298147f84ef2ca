"""The open dialogues that the built-in base reads: mixing, casting `me`, packing. Format: `../shared/data` JSON Lines."""

from __future__ import annotations

import hashlib
import json
import lzma
import random
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

import numpy as np

from apps.personas.language import ME_SPEAKER, Bubble, Encoded, Language, Mark, Speaker, Turn

#: How often each set is read in one pass. Share-alike sets and texts of unclear origin are not in the list.
FIRST_MIX = {
    "self_dialogue": 1.6, "gitter": 2.5, "irc_ubuntu": 0.6, "casino": 2.0, "synthetic_persona_chat": 1.5,
    "star": 0.4, "taskmaster3": 0.4, "taskmaster4": 0.3, "qmsum_meetings": 0.3, "spacelog": 0.1,
    "gitter_multilingual": 2.5, "th_conversations": 0.3,
}  # fmt: skip
#: More of what people write live (decision 9 has the experiments).
MIX = FIRST_MIX | {"gitter": 5.0, "irc_ubuntu": 1.2, "self_dialogue": 1.0}
HELD_OUT_PERMILLE = 8
#: What becomes of dialogues that repeat others.
Repeats = Literal["kept", "exact", "near"]
SHINGLE, NEAR = 8, 0.5
LONGEST_TURN = 600
NAMES = [
    "Ada",
    "Alex",
    "Amir",
    "Ana",
    "Anders",
    "Anna",
    "Anya",
    "Ben",
    "Bianca",
    "Boris",
    "Carla",
    "Carlos",
    "Chloe",
    "Clara",
    "Dana",
    "Daniel",
    "Daria",
    "David",
    "Diego",
    "Dima",
    "Elena",
    "Ella",
    "Emil",
    "Emma",
    "Erik",
    "Eva",
    "Farah",
    "Felix",
    "Finn",
    "Fiona",
    "Gabe",
    "Gina",
    "Greta",
    "Hana",
    "Hugo",
    "Ida",
    "Igor",
    "Ines",
    "Ivan",
    "Jack",
    "Jana",
    "Jonas",
    "Jules",
    "Julia",
    "Kai",
    "Karim",
    "Kate",
    "Kira",
    "Lara",
    "Lars",
    "Leo",
    "Lena",
    "Liam",
    "Lily",
    "Lisa",
    "Luca",
    "Lucy",
    "Luis",
    "Maja",
    "Marco",
    "Maria",
    "Mark",
    "Marta",
    "Max",
    "Maya",
    "Mia",
    "Mila",
    "Milan",
    "Mira",
    "Nadia",
    "Nick",
    "Nina",
    "Noah",
    "Nora",
    "Olga",
    "Oliver",
    "Omar",
    "Oscar",
    "Paul",
    "Petra",
    "Pia",
    "Priya",
    "Rafa",
    "Rita",
    "Robin",
    "Rosa",
    "Ruth",
    "Sam",
    "Sara",
    "Sasha",
    "Sofia",
    "Stefan",
    "Sven",
    "Tanya",
    "Theo",
    "Tim",
    "Tina",
    "Tom",
    "Uma",
    "Vera",
    "Victor",
    "Yara",
    "Yuki",
    "Zoe",
]
_PLACE = re.compile(r"<(url|email|phone|ip|id|code)>")
_KIND = {"url": "link", "code": "media"}  # in these files <code> stands for a block of source text


def read(folder: Path, name: str) -> Iterator[dict[str, Any]]:
    """The rows of `dialogues-NAME.jsonl.xz`."""
    with lzma.open(folder / f"dialogues-{name}.jsonl.xz", "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def bubble(text: str) -> Bubble:
    """A message of the data files: their bracketed stand-ins become marks."""
    marks = tuple(Mark(m.start(), m.end(), _KIND.get(m[1], m[1])) for m in _PLACE.finditer(text))
    return Bubble(text, marks)


def held_out(row: dict[str, Any]) -> bool:
    """True for the dialogues that are only ever measured on: a hash of their id, so that the split never moves."""
    digest = hashlib.sha256(f"{row['source']}/{row['id']}".encode()).digest()
    return int.from_bytes(digest[:4], "big") % 1000 < HELD_OUT_PERMILLE


def cast(row: dict[str, Any], rng: random.Random) -> tuple[list[str], list[Turn]]:
    """One dialogue as (names of the others, turns): one speaker becomes `me`, nameless ones get invented names."""
    speakers = list(dict.fromkeys(s for s, _ in row["turns"]))
    fresh = iter(rng.sample(NAMES, min(len(NAMES), len(speakers))))
    names: dict[str, Speaker] = {
        s: next(fresh) if s in {"A", "B", "user", "assistant"} or rng.random() < 0.1 else s for s in speakers
    }
    names[rng.choice(speakers)] = ME_SPEAKER
    turns: list[Turn] = []
    for speaker, text in row["turns"]:
        text = text[:LONGEST_TURN].strip()
        if not text:
            continue
        who = names[speaker]
        if turns and turns[-1].speaker is who:
            turns[-1] = Turn(who, (*turns[-1].bubbles, bubble(text)))
        else:
            turns.append(Turn(who, (bubble(text),)))
    others = [n for n in names.values() if isinstance(n, str)]
    return others[:8], turns


def encode(language: Language, others: list[str], turns: list[Turn]) -> Encoded:
    """A dialogue for pretraining: everything but openings and placeholders is learnt."""
    out = Encoded()
    out.add(language.opening(others), 0.0)
    for turn in turns:
        head, body, _ = language.encode_turn(turn)
        out.add(head, 1.0)
        out.add(body, 1.0)
    return out


def texts(folder: Path, share: float = 1.0) -> Iterator[str]:
    """Messages for the tokenizer's training, each set in proportion to the mix at the time it was frozen."""
    rng = random.Random(0)
    for name, weight in FIRST_MIX.items():
        for row in read(folder, name):
            if not held_out(row) and rng.random() < share * min(1.0, weight):
                for _, text in row["turns"]:
                    yield _PLACE.sub("", text)


def _known(row: dict[str, Any], shingles: set[int]) -> bool:
    """Whether half of a dialogue's runs of `SHINGLE` words (Broder 1997) were met before; it is added to them."""
    words = " ".join(t for _, t in row["turns"]).lower().split()
    found = {hash(tuple(words[n : n + SHINGLE])) for n in range(len(words) - SHINGLE + 1)}
    known = len(found & shingles)
    shingles |= found
    return bool(found) and known >= NEAR * len(found)


class Corpus:
    """Training and held-out dialogues in memory; one pass is a pure function of (seed, number of the pass).

    `mix` says how often each set of `MIX` is read in a pass. What is held out is the same for every mix and `repeats`:
    "kept", "exact" (the same dialogue is read once) or "near" (nor is one of which half the shingles were met).
    """

    def __init__(self, folder: Path, language: Language, mix: Mapping[str, float] = MIX, repeats: Repeats = "exact") -> None:
        self.language = language
        self.train: list[tuple[float, dict[str, Any]]] = []
        self.test: list[dict[str, Any]] = []
        seen: set[bytes] = set()
        shingles: set[int] = set()
        for name in MIX:
            for row in read(folder, name):
                if len(row["turns"]) < 2:
                    continue
                key = hashlib.sha256("\n".join(t for _, t in row["turns"]).lower().encode()).digest()[:12]
                again = key in seen
                seen.add(key)
                if held_out(row):
                    self.test += [] if again else [row]
                elif repeats == "kept" or not (again or (repeats == "near" and _known(row, shingles))):
                    self.train.append((mix.get(name, 0.0), row))

    def stream(self, seed: int, number: int) -> tuple[np.ndarray, np.ndarray]:
        """The tokens of pass `number` in their order: ids [n] uint16 and weights [n] uint8 (0 or 1)."""
        rng = random.Random(f"{seed}/{number}")
        order: list[dict[str, Any]] = []
        for weight, row in self.train:
            order += [row] * (int(weight) + (rng.random() < weight % 1))
        rng.shuffle(order)
        ids: list[int] = []
        weights: list[float] = []
        for row in order:
            coded = encode(self.language, *cast(row, rng))
            ids += coded.ids
            weights += coded.weights
        return np.array(ids, np.uint16), np.array(weights, np.uint8)

    def held_out(self, limit: int = 400) -> list[tuple[Encoded, int]]:
        """Held-out dialogues with the UTF-8 bytes of their text, for bits per byte; the same ones every time."""
        rng = random.Random(1)
        chosen = rng.sample(self.test, min(limit, len(self.test)))
        coded = [encode(self.language, *cast(row, rng)) for row in chosen]
        return [(c, sum(len(t.encode()) for _, t in row["turns"])) for c, row in zip(coded, chosen, strict=True)]

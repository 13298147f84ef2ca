"""The language of the recurrent families: a vocabulary made of the archive, frozen with the version. Pure.

Special tokens and template are those of the built-in language, so that everything above works alike; behind them
come the characters of the training text, and for the word language its frequent words. A word that is not among them is
spelled; a character that was too rare is left out. No piece of text can become a special token: text is only looked
up among the pieces, whose ids begin behind the special ones.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import asdict
from typing import Any

from apps.personas.cleaning import Cleaning
from apps.personas.language import (  # fmt: skip
    BEGIN_ID,
    FIGURES,
    ME_ID,
    SPECIAL_TOKENS,
    TEMPLATE_VERSION,
    TURN_ID,
    Bubble,
    Language,
    Me,
    Speaker,
    Turn,
)

FIRST = len(SPECIAL_TOKENS)
WORDS = 6_000
_WORD = re.compile(r" ?\w+| ?[^\w\s]|\s")
#: What a stream holds back as half a character, and what would end a line of the carried header.
_NEVER = frozenset("\ufffd\x00")


def pieces(texts: Iterable[str], *, rare: int, words: bool) -> list[str]:
    """Characters seen at least `rare` times, and with `words` the most frequent words that hold no figure."""
    characters: Counter[str] = Counter(" ")
    counted: Counter[str] = Counter()
    for text in texts:
        characters.update(text)
        if words:
            counted.update(w for w in _WORD.findall(text) if len(w) > 1 and not FIGURES.search(w))
    common = [w for w, n in sorted(counted.items(), key=lambda row: (-row[1], row[0])) if n >= max(2, rare)]
    kept = sorted(c for c, n in characters.items() if (n >= rare or c == " ") and c not in _NEVER)
    return [*kept, *common[:WORDS]]


class OwnLanguage(Language):
    """Pieces with ids from `FIRST` on. Without `names` it is not said who writes, only whether it is the persona."""

    def __init__(self, pieces: Sequence[str], cleaning: Cleaning, *, names: bool = True, history: int = 0) -> None:
        self.pieces, self.cleaning, self.names, self.history = tuple(pieces), cleaning, names, history
        self._ids = {piece: FIRST + n for n, piece in enumerate(self.pieces)}
        self.words = any(len(p) > 1 for p in self.pieces)
        self.scale = 1 if self.words else 4
        self.looks_back = 64 if self.words else 0

    @classmethod
    def opened(cls, row: dict[str, Any]) -> OwnLanguage:
        """What `to_dict` gave."""
        return cls(row["pieces"], Cleaning(**row["cleaning"]), names=row["names"], history=row["history"])

    def to_dict(self) -> dict[str, Any]:
        """All of it. Private: it tells the words and characters of the archive."""
        return {
            "pieces": list(self.pieces), "cleaning": asdict(self.cleaning), "names": self.names, "history": self.history,
        }  # fmt: skip

    @property
    def size(self) -> int:
        """Of the vocabulary."""
        return FIRST + len(self.pieces)

    @property
    def hash(self) -> str:
        """SHA-256 of pieces, options and template version."""
        return hashlib.sha256(f"{TEMPLATE_VERSION}\n{json.dumps(self.to_dict(), sort_keys=True)}".encode()).hexdigest()

    def coded(self, text: str) -> tuple[list[int], list[tuple[int, int]]]:
        """Ids of plain text and where each stands in it; what is not in the vocabulary is left out."""
        ids: list[int] = []
        places: list[tuple[int, int]] = []
        for start, piece in self._parts(text):
            if (known := self._ids.get(piece)) is not None:
                ids.append(known)
                places.append((start, start + len(piece)))
        return ids, places

    def _parts(self, text: str) -> Iterable[tuple[int, str]]:
        if not self.words:
            yield from enumerate(text)
            return
        for match in _WORD.finditer(text):
            if match.group() in self._ids:
                yield match.start(), match.group()
            else:
                yield from enumerate(match.group(), match.start())

    def encode_text(self, text: str) -> list[int]:
        """Ids of somebody's words, cleaned as those that were learnt from."""
        return self.coded(self.cleaning.text(text))[0]

    def encode_bubble(self, bubble: Bubble) -> tuple[list[int], list[bool]]:
        return super().encode_bubble(self.cleaning.bubble(bubble))

    def opening(self, others: Sequence[str]) -> list[int]:
        return super().opening(others) if self.names else [BEGIN_ID]

    def head(self, speaker: Speaker) -> list[int]:
        if isinstance(speaker, Me):
            return [TURN_ID, ME_ID]
        return super().head(speaker) if self.names else [TURN_ID]

    def prompt(self, others: Sequence[str], turns: Sequence[Turn], speaker: Speaker | None) -> list[int]:
        """Only as many turns as it has learnt to look back on."""
        return super().prompt(others, turns[-self.history :] if self.history else turns, speaker)

    def token(self, number: int) -> str:
        return SPECIAL_TOKENS[number] if number < FIRST else self.pieces[number - FIRST]

    def decode(self, ids: Sequence[int]) -> str:
        return "".join(self.pieces[n - FIRST] for n in ids if n >= FIRST)

"""What stands in a corpus many times is learnt once: repetition is what makes a model remember by heart. Pure.

A message with a figure in it counts once; one of four words and more twice (habits are what a persona is made of); one
of eight words and more once, also when it only nearly repeats what was there (containment of five-word shingles, Broder 1997).
What stands in the held-out part is not learnt at all.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from apps.personas.dataset import Dialogue
from apps.personas.language import Me, Turn

WORDS, LONG, SHINGLE = 4, 8, 5
HABIT = 2
NEAR = 0.85
_WORD = re.compile(r"\w+")
_FIGURE = re.compile(r"\d")


@dataclass
class _Seen:
    """What was met before."""

    times: Counter[str] = field(default_factory=Counter)
    shingles: set[int] = field(default_factory=set)
    banned: set[str] = field(default_factory=set)

    def add(self, text: str) -> bool:
        """Take a message in; whether it is to be learnt."""
        words = _WORD.findall(text.lower())
        key = " ".join(words)
        figures = _FIGURE.search(key) is not None
        if len(words) < WORDS and not figures:
            return True
        if key in self.banned:
            return False
        self.times[key] += 1
        if self.times[key] > (1 if figures or len(words) >= LONG else HABIT):
            return False
        return len(words) < LONG or self._fresh(words)

    def _fresh(self, words: list[str]) -> bool:
        found = {hash(tuple(words[n : n + SHINGLE])) for n in range(len(words) - SHINGLE + 1)}
        known = len(found & self.shingles)
        self.shingles |= found
        return known < NEAR * len(found)

    def ban(self, text: str) -> None:
        """A message of the held-out part."""
        words = _WORD.findall(text.lower())
        if len(words) >= WORDS or _FIGURE.search(text):
            self.banned.add(" ".join(words))
        if len(words) >= LONG:
            self._fresh(words)


def once(train: Iterable[Dialogue], held_out: Iterable[Dialogue] = ()) -> tuple[list[Dialogue], int]:
    """The training dialogues with repetitions taken out, and how many own messages that were.

    A repeated bubble leaves its turn; a turn of nothing else stays as context that weighs nothing.
    """
    seen = _Seen()
    for dialogue in held_out:
        for turn in dialogue.turns:
            for bubble in turn.bubbles:
                seen.ban(bubble.text)
    out: list[Dialogue] = []
    count = 0
    for dialogue in train:
        turns: list[Turn] = []
        for turn in dialogue.turns:
            if isinstance(turn.speaker, Me):
                fresh = tuple(b for b in turn.bubbles if seen.add(b.text))
                count += len(turn.bubbles) - len(fresh)
                turn = replace(turn, bubbles=fresh) if fresh else replace(turn, learn=False)
            turns.append(turn)
        out.append(replace(dialogue, turns=tuple(turns)))
    return out, count

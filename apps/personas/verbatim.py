"""Eight words in a row that stand in fewer than three messages: a persona that says them recites, it does not talk. Pure.

Kept as a Bloom filter (Bloom 1970) under a key of the user, so that the file tells nothing without it; one in a million runs is
taken for a copy by mistake. Paraphrases pass (Ippolito et al. 2022): it is the last net, not the guarantee.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator

from rbloom import Bloom

GRAM, RARE = 8, 3
MISTAKES = 1e-6
_WORD = re.compile(r"\w+")


def grams(text: str) -> Iterator[bytes]:
    """Every run of eight words, without case and punctuation."""
    words = _WORD.findall(text.lower())
    return (" ".join(words[n : n + GRAM]).encode() for n in range(len(words) - GRAM + 1))


def _hash(key: bytes) -> Callable[[bytes], int]:
    return lambda gram: int.from_bytes(hashlib.blake2b(gram, key=key, digest_size=16).digest(), "big", signed=True)


def build(messages: Iterable[str], key: bytes) -> bytes:
    """The filter of all rare runs of these messages; own words that are said often are habits, not copies."""
    hashed, times = _hash(key), Counter[int]()
    for message in messages:
        times.update({hashed(gram) for gram in grams(message)})
    rare = [value for value, n in times.items() if n < RARE]
    bloom = Bloom(max(1, len(rare)), MISTAKES, _identity)
    bloom.update(rare)
    return bytes(bloom.save_bytes())


class Rare:
    """The rare runs of some messages in the clear, for measuring inside a process that ends; each knows where it stands."""

    def __init__(self, messages: Iterable[tuple[int, str]]) -> None:
        self._times, self._where = Counter[bytes](), dict[bytes, int]()
        for place, message in messages:
            runs = set(grams(message))
            self._times.update(runs)
            self._where |= dict.fromkeys(runs, place)

    def copied(self, text: str) -> bool:
        """Whether a text repeats one of them."""
        return self.place(text) is not None

    def place(self, text: str) -> int | None:
        """Where one of them stands that a text repeats; None where it repeats none."""
        return next((self._where[gram] for gram in grams(text) if 0 < self._times[gram] < RARE), None)


def _identity(value: int) -> int:
    return value


class Verbatim:
    """Tells copies from words of one's own."""

    def __init__(self, saved: bytes, key: bytes) -> None:
        self._bloom, self._hash = Bloom.load_bytes(saved, _identity), _hash(key)

    def ends_in_copy(self, text: str) -> bool:
        """Whether the last eight words of a text are a rare run."""
        last = _WORD.findall(text[-400:].lower())[-GRAM:]
        return len(last) == GRAM and self._hash(" ".join(last).encode()) in self._bloom

    def copied(self, text: str) -> bool:
        """Whether any run of a text is a rare one."""
        return any(self._hash(gram) in self._bloom for gram in grams(text))

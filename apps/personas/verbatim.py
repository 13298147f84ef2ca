"""Eight words in a row that its own person wrote in fewer than three messages: a persona that says them recites. Pure.

What somebody else wrote is no habit of the persona, however often it stands there.
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
#: A run of fewer different words is laughter or a refrain, and nobody's once it is repeated.
DIFFERENT = 4
MISTAKES = 1e-6
_WORD = re.compile(r"\w+")
#: Inside of a word: "don't" and "dont" are one.
_APOSTROPHE = re.compile(r"(?<=[^\W\d_])['’‘ʼ`´](?=[^\W\d_])")


def words(text: str) -> list[str]:
    """The words of a text as they are compared: without case, punctuation and apostrophes."""
    return _WORD.findall(_APOSTROPHE.sub("", text.lower()))


def grams(text: str) -> Iterator[bytes]:
    """Every run of eight words."""
    return _runs(words(text))


def _runs(words: list[str]) -> Iterator[bytes]:
    return (" ".join(words[n : n + GRAM]).encode() for n in range(len(words) - GRAM + 1))


def _readings(text: str) -> Iterator[list[str]]:
    """The words of a text; then as they were parted at apostrophes, as filters that were kept before know them."""
    joined = words(text)
    yield joined
    if (parted := _WORD.findall(text.lower())) != joined:
        yield parted


def _hash(key: bytes) -> Callable[[bytes], int]:
    return lambda gram: int.from_bytes(hashlib.blake2b(gram, key=key, digest_size=16).digest(), "big", signed=True)


def build(messages: Iterable[tuple[bool, str]], key: bytes) -> bytes:
    """The filter of all runs of these messages that are not habits of the persona's own person, who wrote those marked true."""
    hashed, mine, all_ = _hash(key), Counter[int](), set[int]()
    for own, message in messages:
        runs = {hashed(gram) for gram in grams(message)}
        all_ |= runs
        if own:
            mine.update(runs)
    copies = [value for value in all_ if mine[value] < RARE]
    bloom = Bloom(max(1, len(copies)), MISTAKES, _identity)
    bloom.update(copies)
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
        return next((self._where[gram] for gram in grams(text) if gram in self._where and self._counts(gram)), None)

    def _counts(self, gram: bytes) -> bool:
        return self._times[gram] < RARE


class Theirs(Rare):
    """The runs of other people's messages, as `build` takes them: how often they were repeated makes them no habit of the persona,
    only its own person does who writes them too. `own` are the messages of that person."""

    def __init__(self, messages: Iterable[tuple[int, str]], own: Iterable[str]) -> None:
        super().__init__(messages)
        self._own = Counter(gram for message in own for gram in set(grams(message)) if gram in self._where)

    def _counts(self, gram: bytes) -> bool:
        if self._own[gram] >= RARE:
            return False
        return self._times[gram] < RARE or len(set(gram.split())) >= DIFFERENT


def _identity(value: int) -> int:
    return value


class Verbatim:
    """Tells copies from words of one's own."""

    def __init__(self, saved: bytes, key: bytes) -> None:
        self._bloom, self._hash = Bloom.load_bytes(saved, _identity), _hash(key)

    def ends_in_copy(self, text: str) -> bool:
        """Whether the last eight words of a text are a run that it may not say."""
        last = (words[-GRAM:] for words in _readings(text[-400:]))
        return any(len(run) == GRAM and self._hash(" ".join(run).encode()) in self._bloom for run in last)

    def copied(self, text: str) -> bool:
        """Whether any run of a text is one that it may not say."""
        return any(self._hash(gram) in self._bloom for words in _readings(text) for gram in _runs(words))

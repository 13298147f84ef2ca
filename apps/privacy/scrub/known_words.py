"""Words that were confirmed as secrets, found again in every spelling: in capitals, in quotes, with signs between their letters."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import accumulate

from apps.privacy.scrub.known_numbers import RANK, relabel
from apps.privacy.scrub.normal import SEPARATOR, SIGNS
from apps.privacy.scrub.types import Finding

_WORD = re.compile(r"[^\s\"'`“”„«»()\[\]<>,;!?|…–—]+")
_PIECE = re.compile(r"[^\W_]+")
#: Of these some look like any word.
_WORDS = frozenset(["handle", "password", "booking"])
#: What begins so is a place in a file system, and the words in it are its.
_PATH = re.compile(r"[~.]{0,2}/")
#: So many first letters of a secret are remembered one by one; what stands behind them is compared with the whole of it.
BEGINNINGS = 80
#: So far back is looked for the beginning of a secret, or as far as the longest one goes letter by letter.
REACH = 400
#: So many signs, written or said, stand between two letters of a secret at most: five dashes and five.
MOST_SIGNS = 12
#: So many letters are compared word by word, more of them at once.
AT_ONCE = 8
#: Characters that a letter takes there: with a sign and blanks.
_APART = 4


class _Row:
    """Words that follow each other, and what they are as one; that is made when it is first asked for: most words begin nothing."""

    def __init__(self, bare: Sequence[str]) -> None:
        self.bare = bare

    @cached_property
    def whole(self) -> str:
        return "".join(self.bare)

    @cached_property
    def offsets(self) -> list[int]:
        """Where in the whole each word begins."""
        return [0, *accumulate(map(len, self.bare))]

    @cached_property
    def ends(self) -> dict[int, int]:
        """The first word that ends at a place of the whole."""
        return {self.offsets[n + 1]: n for n in range(len(self.bare) - 1, -1, -1)}

    @cached_property
    def _breaks(self) -> list[int]:
        """Where signs stand, written or said."""
        return [self.offsets[n] for n, word in enumerate(self.bare) if not word or word in SIGNS]

    def unbroken(self, first: int, letters: int) -> bool:
        """Whether no sign stands in so many letters from a word on."""
        begin = self.offsets[first]
        after = bisect_left(self._breaks, begin)
        return after == len(self._breaks) or self._breaks[after] >= begin + letters


class Words:
    """Known secrets that are no numbers. `kinds`: the kind of each, by its normal form; `parted`: user names that are one in pieces,
    too ("sunny girl 99"); `labels`: what some are called where they are found."""

    def __init__(
        self,
        kinds: Mapping[str, str] = {},  # noqa: B006 - read only
        parted: Container[str] = frozenset(),
        labels: Mapping[str, str] = {},  # noqa: B006
    ) -> None:
        self.kinds: dict[str, str] = {}
        self.labels: dict[str, str] = {}
        self._beginnings: set[str] = set()
        self._long: dict[str, list[str]] = {}  # those of more than `BEGINNINGS` letters, by the first of them
        self._spans: tuple[int, ...] = ()  # how many letters they have, the fewest first
        self._longest = 0
        self.parted: set[str] = set()
        for key, kind in kinds.items():
            self.add(key, kind, parted=key in parted, label=labels.get(key, ""))

    def add(self, key: str, kind: str, *, parted: bool = False, label: str = "") -> None:
        """Remember one, by its normal form. `parted`: a user name that counts in pieces, too, as all others do; `label`: the kind
        that is said where it is found, if another."""
        if parted:
            self.parted.add(key)
        self.kinds[key] = kind
        relabel(self.labels, key, label)
        self._beginnings.update(key[:n] for n in range(min(len(key), BEGINNINGS)))
        if len(key) not in self._spans:
            self._spans = tuple(sorted({*self._spans, len(key)}))
            self._longest = self._spans[-1]
        if len(key) >= BEGINNINGS and key not in (others := self._long.setdefault(key[:BEGINNINGS], [])):
            others.append(key)

    def _begins(self, joined: str) -> bool:
        """Whether a secret begins with these letters, and goes on; of long ones no more than `BEGINNINGS` are compared."""
        return joined in self._beginnings or (joined[:BEGINNINGS] in self._long and len(joined) <= self._longest)

    def _all_from(self, row: _Row, first: int) -> Iterator[tuple[int, str]]:
        """With which words secrets end that the words from the first on make as one, and which these are, the shortest one first.

        From some letters on they are compared as wholes: word by word would take long where a text repeats what a secret repeats.
        """
        joined = ""
        for number in range(first, len(row.bare)):
            joined += row.bare[number]
            if joined in self.kinds:
                yield number, joined
            if len(joined) >= AT_ONCE:
                break
            if joined not in self._beginnings:
                return
        if len(joined) < AT_ONCE or not self._begins(joined):
            return
        begin = row.offsets[first]
        for span in self._spans[bisect_right(self._spans, len(joined)) :]:
            last = row.ends.get(begin + span)
            if last is not None and (key := row.whole[begin : begin + span]) in self.kinds:
                yield last, key

    def open_from(self, text: str) -> int:
        """Where, near the end of a text, a known secret may have begun; its length when none has."""
        if not self._beginnings:
            return len(text)
        near = max(0, len(text) - max(REACH, _APART * self._longest))
        low, bare = _spelt(text[near:])
        _, opened = self.standing(low, bare)
        open_ = len(text) if opened == len(bare) else near + _starts(text[near:])[opened]
        if any(word is not bare[number] for number, word in enumerate(low)):
            open_ = min(open_, self._open_inside(text, near))
        return open_

    def _open_inside(self, text: str, near: int) -> int:
        """The same, where signs join its first letters to another word: "car:B-MX" of "B-MX 4711"."""
        pieces = [(m.start(), m[0].casefold()) for m in _PIECE.finditer(text, near)]
        letters = [piece for _, piece in pieces]
        for number, (at, piece) in enumerate(pieces):
            if piece in self._beginnings and self._open(letters, number):
                return max(near, text.rfind(" ", near, at) + 1, text.rfind("\n", near, at) + 1)
        return len(text)

    def _open(self, bare: Sequence[str], first: int) -> bool:
        """Whether all words from the first on, written as one, are the beginning of a known secret."""
        joined, idle = "", 0
        for number in range(first, len(bare)):
            piece = bare[number]
            if piece and len(joined) + len(piece) > BEGINNINGS and (others := self._long.get((joined + piece)[:BEGINNINGS])):
                longest, rest = max(map(len, others)), joined
                for word in bare[number:]:
                    rest += word
                    if len(rest) >= longest:
                        return False
                return any(key.startswith(rest) for key in others if len(key) > len(rest))
            if piece and self._begins(joined + piece):
                joined, idle = joined + piece, 0
            elif not joined or (piece and piece not in SIGNS) or (idle := idle + 1) > MOST_SIGNS:
                return False
        return bool(joined)

    def may_stand_in(self, plain: str) -> bool:
        """Whether any of them may stand in a long text, of many messages: none without its letters in a row."""
        low = plain.casefold()
        bare = SEPARATOR.sub("", low)
        return any(key in low or key in bare for key in self.kinds)

    def opens(self, bare: Iterable[str]) -> bool:
        """Whether a word, by its pieces, may be the first of a known secret, or is one: nearly none is."""
        beginnings, words = self._beginnings, self.kinds
        for piece in bare:  # noqa: SIM110 - a generator takes twice as long, and every word that is said comes by
            if piece in beginnings or piece in words:
                return True
        return False

    def standing(self, low: Sequence[str], bare: Sequence[str]) -> tuple[bool, int]:
        """Of words that follow each other: whether a secret that is no number stands in them, and with which of them one may have
        begun that goes on (their number where none has)."""
        words, beginnings, row = self.kinds, self._beginnings, _Row(bare)
        last, opened = -1, len(bare)  # the last word of those that stand there; what begins inside of one goes with it
        for number, piece in enumerate(bare):
            begins = piece in beginnings
            if begins and last < number < opened and self._open(bare, number):
                opened = number
            if low[number] in words:
                last = max(last, number)
            elif begins or piece in words:
                end, kind = self._joined(row, number)
                last = last if kind is None else max(last, end)
        if low and low[-1] and low[-1] in beginnings and last < len(low) - 1:
            opened = min(opened, len(low) - 1)
        return last >= 0, opened

    def find(self, plain: str) -> Iterator[Finding]:
        """Where they stand in a text."""
        if not self.kinds:
            return
        low, bare = _spelt(plain)
        starts: list[int] = []  # asked for only where something is found: most texts hold nothing
        words, beginnings, taken, row = self.kinds, self._beginnings, set[int](), _Row(bare)
        for number, piece in enumerate(bare):
            last, kind = number, self._called(low[number])
            if kind is None and (piece in words or (piece in beginnings and self._goes_on(bare, number))):
                last, kind = self._joined(row, number)
            if kind is not None:
                starts = starts or _starts(plain)
                taken.update(range(number, last + 1))
                yield Finding(starts[number], starts[last] + len(_word_at(plain, starts[last])), kind, RANK)
        signed = any(word is not bare[number] for number, word in enumerate(low))
        held = [n for n in range(len(low)) if n not in taken and self._holds(low, bare, n)] if signed else ()
        if held:
            yield from self._inside(plain, low, held)

    def _holds(self, low: Sequence[str], bare: Sequence[str], number: int) -> bool:
        """Whether one may begin in a word that signs make of several ("guest/Sunflower99", "ex-Initech"), or end in a later one."""
        words, beginnings = self.kinds, self._beginnings
        if low[number] is bare[number]:
            after = _PIECE.search(low[number + 1]) if bare[number] in beginnings and number + 1 < len(low) else None
            return after is not None and ((joined := bare[number] + after[0]) in beginnings or joined in words)
        pieces = _PIECE.findall(low[number])
        return len(pieces) > 1 and any(piece in words or piece in beginnings for piece in pieces)

    def _inside(self, plain: str, low: Sequence[str], held: Iterable[int]) -> Iterator[Finding]:
        """The longest ones that begin in these words and end wherever a piece of a word does."""
        pieces: list[tuple[int, int, str]] = []
        first: list[int] = []  # the first piece of each word
        for at in _starts(plain):
            first.append(len(pieces))
            pieces += [(at + m.start(), at + m.end(), m[0].casefold()) for m in _PIECE.finditer(_word_at(plain, at))]
        first.append(len(pieces))
        row, free = _Row([piece for _, _, piece in pieces]), 0
        for number in held:
            path = _PATH.match(low[number]) is not None
            for begin in range(max(free, first[number]), first[number + 1]):
                if begin >= free and (found := self._longest_from(row, begin, path=path)):
                    yield Finding(pieces[begin][0], pieces[found[0]][1], found[1], RANK)
                    free = found[0] + 1

    def _longest_from(self, row: _Row, first: int, *, path: bool) -> tuple[int, str] | None:
        """The last piece of the longest one that begins with this piece, and its kind. What is letters only is a word too often
        ("bootstrap.js"), unless its owner took it out, and in a path anything."""
        found = None
        for last, key in self._all_from(row, first):
            kind = self.kinds[key]
            letters = (
                kind in _WORDS
                and key not in self.parted
                and (kind != "password" or path or (last == first and row.bare[first].isalpha()))
            )
            found = found if letters else (last, self.labels.get(key, kind))
        return found

    def _called(self, key: str) -> str | None:
        """The kind that is said where it is found; None for what is no secret."""
        return self.labels.get(key) or self.kinds.get(key)

    def _one_word(self, key: str) -> bool:
        """Whether it is one only as a word of its own."""
        return self.kinds.get(key) == "handle" and key not in self.parted

    def _goes_on(self, bare: list[str], number: int) -> bool:
        """Whether a word and the next are the beginning of a secret, or one: "i" begins many, "i am" none."""
        joined = "".join(bare[number : number + 2])
        return joined in self._beginnings or joined in self.kinds or not SIGNS.isdisjoint(bare[number + 1 : number + 2])

    def _joined(self, row: _Row, first: int) -> tuple[int, str | None]:
        """The word with which those from the first on, written as one, are a known secret, and its kind."""
        bare = row.bare
        joined, signs, idle = "", False, 0
        for number in range(first, len(bare)):
            piece = bare[number]
            longer = joined + piece
            kind = self.kinds.get(longer)
            whole = number == first or not self._one_word(longer)  # "area 51" is nobody's user name
            if kind and whole and (not signs or kind == "email"):
                return number, self._called(longer)
            if len(longer) >= AT_ONCE and not signs and self._begins(longer) and row.unbroken(first, self._longest):
                found = ((last, self._called(key)) for last, key in self._all_from(row, first) if not self._one_word(key))
                return next(found, (first, None))
            if piece and self._begins(longer):
                joined, idle = longer, 0
            elif not joined or (piece and piece not in SIGNS) or (idle := idle + 1) > MOST_SIGNS:
                break
            else:
                signs = signs or bool(piece)  # "ann dot roe at example dot org"
        return first, None


def _spelt(text: str) -> tuple[list[str], list[str]]:
    """The words of a text in small letters, and those without separators."""
    low = [word.rstrip(".:") for word in _WORD.findall(text.casefold())]
    return low, [word if word.isalnum() else SEPARATOR.sub("", word) for word in low]


def pieces(word: str) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """A word as secrets are remembered, with and without its separators; in more than one piece where signs part it."""
    low, bare = _spelt(word)
    return tuple(low), tuple(bare)


def _starts(text: str) -> list[int]:
    return [m.start() for m in _WORD.finditer(text)]


def _word_at(text: str, start: int) -> str:
    found = _WORD.match(text, start)
    return found[0].rstrip(".:") if found else ""

"""Secrets that were confirmed once, found again in every spelling: "4111-1111…" for "4111 1111 …", in capitals, in quotes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate, pairwise

from apps.privacy.scrub.detectors import url
from apps.privacy.scrub.figures import RUN, back, figures, several
from apps.privacy.scrub.normal import NAMED, SEPARATOR, SIGNS, dialled, lasting, normal, said
from apps.privacy.scrub.types import Finding, View
from apps.privacy.scrub.wording import ordinary

#: True for one message only: a code is used up, a CVV is too short to be told from a price.
_MOMENTARY = frozenset([*NAMED, "code", "cvv", "link", "postcode", "birthdate", "media"])
#: Some of these a persona must not say all the same, from so many letters and digits on.
_TALKING = {"code": 5, "secret": 8, "birthdate": 6}
_YEAR = re.compile(r"(?:19|20)\d\d")
_DIGITS = re.compile(r"\d(?:[ .,:\-/()\u00a0\u2010-\u2015]{0,3}\d)*")
#: The same with any signs between the parts, a bubble that ends at a " - " among them.
_PARTED = re.compile(r"\d(?:[\W_]{0,4}\d)*")
#: What stands between the digits of a short number only where it stands between all of them.
_NO_GROUPS = re.compile(r"[^\d\s\-\u2010-\u2015]")
_WORD = re.compile(r"[^\s\"'`“”„«»()\[\]<>,;!?|…–—]+")
_PIECE = re.compile(r"[^\W_]+")
#: Of these some look like any word.
_WORDS = frozenset(["handle", "password"])
_FIGURE = re.compile(r"\d")
_FIRST_TO_LAST = re.compile(r"\d.*\d", re.S)
RANK = 68
#: Numbers of so many digits are found whatever signs stand between them.
LONG = 9
State = tuple[dict[str, str], dict[str, str], dict[str, set[str]]]
#: So many are looked for one by one in a whole conversation, before its messages are looked at.
FEW = 40


#: So many first letters of a secret are remembered one by one; what stands behind them is compared with the whole of it.
BEGINNINGS = 80
#: So far back is looked for the beginning of a secret, or as far as the longest one goes letter by letter.
REACH = 400
#: So many signs, written or said, stand between two letters of a secret at most: five dashes and five.
MOST_SIGNS = 12
#: Characters that a letter takes there: with a sign and blanks.
_APART = 4


class Known:
    """The confirmed secrets of an archive."""

    def __init__(self) -> None:
        self._numbers: dict[str, str] = {}
        self._written: dict[
            str, set[str]
        ] = {}  # short ones with signs that make a price or a date elsewhere, as they were written
        self._words: dict[str, str] = {}
        self._lengths: tuple[int, ...] = ()
        self._beginnings: set[str] = set()
        self._long: dict[str, list[str]] = {}  # those of more than `BEGINNINGS` letters, by the first of them
        self._longest = 0
        self._openings: set[str] = set()  # of the numbers, the whole ones too

    def __getstate__(self) -> State:
        """What another process needs: the rest follows from it."""
        return self._numbers, self._words, self._written

    def __setstate__(self, state: State) -> None:
        self.__init__()  # type: ignore[misc]
        self._written = {key: set(some) for key, some in state[2].items() if key in state[0]}
        for key, kind in state[0].items():
            self._count(key, kind)
        for key, kind in state[1].items():
            self._remember(key, kind)

    def __len__(self) -> int:
        return len(self._numbers) + len(self._words)

    @property
    def numbers(self) -> bool:
        """Whether any of them is a number."""
        return bool(self._numbers)

    def copy(self) -> Known:
        """The same secrets, which do not become more when these do."""
        return self.beyond(Known())

    def beyond(self, other: Known) -> Known:
        """These secrets without those that another one knows."""
        left = Known()
        left.__setstate__(
            (
                {key: kind for key, kind in self._numbers.items() if key not in other._numbers},
                {key: kind for key, kind in self._words.items() if key not in other._words},
                self._written,
            )
        )
        return left

    def deny(self, kind: str, value: str) -> None:
        """Take out a value because the owner says so, however short or ordinary it is."""
        key = normal(kind, value)
        if kind in NAMED:
            return
        if key.isdigit():
            self._count(key, kind, value)
            for other in dialled(kind, value):
                self._count(other, kind)
        elif key:
            self._remember(SEPARATOR.sub("", key).casefold(), kind)

    def add(self, kind: str, value: str, *, talking: bool = False) -> None:
        """Remember a secret; those that say nothing outside of their message are not.

        `talking`: for what a persona must not say, longer codes, keys of unknown kinds and dates of birth too, where nothing
        else looks like them; and all of them by what else they are called.
        """
        key = normal(kind, value)
        self._add(kind, value, key, talking=talking)
        if talking and key in self._words:
            for called in said(kind, value):
                self._remember(called, kind)

    def _add(self, kind: str, value: str, key: str, *, talking: bool) -> None:
        if kind == "url":
            for carried in url.secrets(value):
                self._add("password", carried, normal("password", carried), talking=talking)
        if kind == "secret" and not talking and not lasting(key):
            return
        if talking and kind in _TALKING:
            if sum(map(str.isdigit, key)) and len(key) >= _TALKING[kind]:
                self._count(key, kind, value) if key.isdigit() else self._remember(key, kind)
            return
        if kind in _MOMENTARY or len(key) < 4:
            return
        if key.isdigit():
            if kind == "pin" and _YEAR.fullmatch(key):
                return
            self._count(key, kind, value)
            for other in dialled(kind, value):
                self._count(other, kind)
        elif kind == "password":
            if any(c.isdigit() for c in key) or len(key) >= 8 or (len(key) >= 6 and not ordinary(key)):
                self._remember(key, kind)
                if len(plain := SEPARATOR.sub("", key)) >= 5:
                    self._remember(plain, kind)  # "Dragon147!" at the end of a sentence
        elif kind == "handle" and ordinary(key):
            return  # "@starbucks" is no secret, and "amazing" nobody's name
        elif len(key) >= 6 or kind == "pin":
            self._remember(key, kind)

    def _count(self, key: str, kind: str, value: str = "") -> None:
        self._numbers[key] = kind
        if len(key) < LONG and value and (parts := _FIRST_TO_LAST.search(View(value).plain)) and _NO_GROUPS.search(parts[0]):
            self._written.setdefault(key, set()).add(parts[0])
        self._openings.update(key[:n] for n in range(1, len(key) + 1))
        if len(key) not in self._lengths:
            self._lengths = tuple(sorted({*self._lengths, len(key)}, reverse=True))

    def _remember(self, key: str, kind: str) -> None:
        self._words[key] = kind
        self._beginnings.update(key[:n] for n in range(min(len(key), BEGINNINGS)))
        self._longest = max(self._longest, len(key))
        if len(key) >= BEGINNINGS and key not in (others := self._long.setdefault(key[:BEGINNINGS], [])):
            others.append(key)

    def _begins(self, joined: str) -> bool:
        """Whether a secret begins with these letters, and goes on; no more of them than `BEGINNINGS`."""
        return joined in self._beginnings or (len(joined) == BEGINNINGS and joined in self._long)

    def _with_all(self, joined: str, bare: Sequence[str], number: int) -> int | None:
        """Of long secrets that begin with `joined`: the word behind `number` with which one ends. Compared as a whole: letter by
        letter would take time with the square of a text that repeats itself."""
        rest = joined + "".join(bare[number + 1 :])
        for key in sorted(self._long.get(joined[:BEGINNINGS], ()), key=len, reverse=True):
            if rest.startswith(key):
                ends = accumulate(map(len, bare[number + 1 :]), initial=len(joined))
                last = next(n for n, end in enumerate(ends) if end >= len(key))
                if sum(map(len, bare[number + 1 : number + 1 + last])) + len(joined) == len(key):
                    return number + last
        return None

    def begins(self, digits: str) -> bool:
        """Whether these digits, or their end, may be the beginning of a known number."""
        longest = self._lengths[0] if self._lengths else 0
        return any(digits[at:] in self._openings for at in range(max(0, len(digits) - longest), len(digits)))

    def open_from(self, text: str) -> int:
        """Where, near the end of a text, a known secret may have begun; its length when none has."""
        if not self._beginnings:
            return len(text)
        near = max(0, len(text) - max(REACH, _APART * self._longest))
        low, bare = _spelt(text[near:])
        _, opened = self.standing(low, bare)
        return len(text) if opened == len(bare) else near + _starts(text[near:])[opened]

    def _open(self, bare: Sequence[str], first: int) -> bool:
        """Whether all words from the first on, written as one, are the beginning of a known secret."""
        joined, idle = "", 0
        for number in range(first, len(bare)):
            piece = bare[number]
            if piece and len(joined) + len(piece) > BEGINNINGS and (others := self._long.get((joined + piece)[:BEGINNINGS])):
                rest = joined + "".join(bare[number:])
                return any(len(key) > len(rest) and key.startswith(rest) for key in others)
            if piece and self._begins(joined + piece):
                joined, idle = joined + piece, 0
            elif not joined or (piece and piece not in SIGNS) or (idle := idle + 1) > MOST_SIGNS:
                return False
        return bool(joined)

    def find(self, view: View) -> Iterator[Finding]:
        """Where they stand in a text."""
        if self._numbers and view.digits >= min(4, self._lengths[-1]):
            yield from self._digits(view.plain)
        if self._numbers and several(view.plain):
            yield from self._in_words(view.plain)
        if self._words:
            yield from self.spelled(view.plain)

    def _in_words(self, plain: str) -> Iterator[Finding]:
        """Numbers that are told digit by digit, in words."""
        as_figures = figures(plain)
        for f in self.parted(as_figures):
            start, end = back(plain, f.start), back(plain, f.end - 1, end=True)
            if (
                RUN.search(plain, start, end) and len(set(_FIGURE.findall(as_figures, f.start, f.end))) > 1
            ):  # no "oh oh oh oh"
                yield Finding(start, end, f.kind, f.rank)

    def parted(self, plain: str) -> Iterator[Finding]:
        """Where numbers stand with any signs between their digits or groups: "4, 8, 2, 1", and a line for each group of a card."""
        if self._numbers:
            yield from self._digits(plain, _PARTED)

    def _digits(self, plain: str, runs: re.Pattern[str] = _DIGITS) -> Iterator[Finding]:
        for run in runs.finditer(plain):
            places = [run.start() + n for n, c in enumerate(run[0]) if c.isdigit()]
            digits = "".join(plain[p] for p in places)
            at = 0
            while at < len(digits):
                if digits[at : at + self._lengths[-1]] not in self._openings:
                    at += 1  # no number begins so: most do not, and nothing else is asked
                    continue
                length = next((n for n in self._lengths if self._here(plain, digits, places, at, n, runs)), 0)
                if length:
                    yield Finding(places[at], places[at + length - 1] + 1, self._numbers[digits[at : at + length]], RANK)
                at += length or 1

    def _here(
        self, plain: str, digits: str, places: list[int], at: int, length: int, runs: re.Pattern[str] = _DIGITS
    ) -> bool:
        if digits[at : at + length] not in self._numbers or at + length > len(digits):
            return False
        if length >= LONG:
            return True
        if plain[places[at] : places[at + length - 1] + 1] in self._written.get(digits[at : at + length], ()):
            return not self._in_another(places, digits, at, length)
        one_by_one = runs is _PARTED and len(digits) == length and all(b - a > 1 for a, b in pairwise(places))
        dated = self._numbers[digits[at : at + length]] == "birthdate"
        if not (one_by_one or dated) and _NO_GROUPS.search(plain, places[at], places[at + length - 1]):
            return False  # a price, a date
        return not self._in_another(places, digits, at, length) and plain[places[at] - 1 : places[at]] not in (
            ".",
            ",",
            ":",
            "/",
        )

    @staticmethod
    def _in_another(places: list[int], digits: str, at: int, length: int) -> bool:
        """Whether more digits stand right before or behind: a short one must stand alone."""
        before = at > 0 and places[at] == places[at - 1] + 1
        return before or (at + length < len(digits) and places[at + length] == places[at + length - 1] + 1)

    def may_stand_in(self, plain: str) -> bool:
        """Whether any of them may stand in a long text, of many messages: no secret without its letters and digits in a row."""
        if len(self) > FEW:
            return True
        low = plain.casefold()
        bare = SEPARATOR.sub("", low)
        figures = re.sub(r"\D", "", plain) if self._numbers else ""
        return any(key in low or key in bare for key in self._words) or any(key in figures for key in self._numbers)

    def opens(self, bare: Iterable[str]) -> bool:
        """Whether a word, by its pieces, may be the first of a known secret, or is one: nearly none is."""
        beginnings, words = self._beginnings, self._words
        for piece in bare:  # noqa: SIM110 - a generator takes twice as long, and every word that is said comes by
            if piece in beginnings or piece in words:
                return True
        return False

    def standing(self, low: Sequence[str], bare: Sequence[str]) -> tuple[bool, int]:
        """Of words that follow each other: whether a secret that is no number stands in them, and with which of them one may have
        begun that goes on (their number where none has)."""
        words, beginnings = self._words, self._beginnings
        last, opened = -1, len(bare)  # the last word of those that stand there; what begins inside of one goes with it
        for number, piece in enumerate(bare):
            begins = piece in beginnings
            if begins and last < number < opened and self._open(bare, number):
                opened = number
            if low[number] in words:
                last = max(last, number)
            elif begins or piece in words:
                end, kind = self._joined(bare, number)
                last = last if kind is None else max(last, end)
        if low and low[-1] and low[-1] in beginnings and last < len(low) - 1:
            opened = min(opened, len(low) - 1)
        return last >= 0, opened

    def spelled(self, plain: str) -> Iterator[Finding]:
        """Where those stand that are no numbers."""
        low, bare = _spelt(plain)
        starts: list[int] = []  # asked for only where something is found: most texts hold nothing
        words, beginnings, taken = self._words, self._beginnings, set[int]()
        for number, piece in enumerate(bare):
            last, kind = number, words.get(low[number])
            if kind is None and (piece in words or (piece in beginnings and self._goes_on(bare, number))):
                last, kind = self._joined(bare, number)
            if kind is not None:
                starts = starts or _starts(plain)
                taken.update(range(number, last + 1))
                yield Finding(starts[number], starts[last] + len(_word_at(plain, starts[last])), kind, RANK)
        for number, word in enumerate(low):
            if word is not bare[number] and number not in taken and self._holds(word):
                starts = starts or _starts(plain)
                yield from self._inside(plain, starts[number])

    def _holds(self, word: str) -> bool:
        """Whether one may stand in a word that signs make of several: "guest/Sunflower99", "ex-Initech"."""
        pieces = _PIECE.findall(word)
        words, beginnings = self._words, self._beginnings
        return len(pieces) > 1 and any(piece in words or piece in beginnings for piece in pieces)

    def _inside(self, plain: str, at: int) -> Iterator[Finding]:
        """Those that stand in such a word; what is letters only is a word too often ("bootstrap.js"), unless its owner took it out."""
        pieces = [(at + m.start(), at + m.end(), m[0].casefold()) for m in _PIECE.finditer(_word_at(plain, at))]
        free = 0
        for first, (start, _, _) in enumerate(pieces):
            joined, found = "", None
            for _, end, piece in pieces[first:] if first >= free else ():
                joined += piece
                kind = self._words.get(joined)
                if kind is not None and (kind not in _WORDS or (kind == "password" and not joined.isalpha())):
                    found = Finding(start, end, kind, RANK)
                if not self._begins(joined):
                    break
            if found is not None:
                free = next((n for n, piece in enumerate(pieces) if piece[0] >= found.end), len(pieces))
                yield found

    def _goes_on(self, bare: list[str], number: int) -> bool:
        """Whether a word and the next are the beginning of a secret, or one: "i" begins many, "i am" none."""
        joined = "".join(bare[number : number + 2])
        return joined in self._beginnings or joined in self._words or not SIGNS.isdisjoint(bare[number + 1 : number + 2])

    def _joined(self, bare: Sequence[str], first: int) -> tuple[int, str | None]:
        """The word with which those from the first on, written as one, are a known secret, and its kind."""
        joined, signs, idle = "", False, 0
        for number in range(first, len(bare)):
            piece = bare[number]
            longer = joined + piece
            kind = self._words.get(longer)
            whole = number == first or kind != "handle"  # "area 51" is nobody's user name
            if kind and whole and (not signs or kind == "email"):
                return number, kind
            if piece and len(longer) > BEGINNINGS and longer[:BEGINNINGS] in self._long:
                last = self._with_all(longer, bare, number)
                return (first, None) if last is None else (last, self._words[longer + "".join(bare[number + 1 : last + 1])])
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

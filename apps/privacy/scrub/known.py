"""Secrets that were confirmed once, found again in every spelling: "4111-1111…" for "4111 1111 …", in capitals, in quotes."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Container, Iterable, Iterator, Sequence
from functools import cached_property
from itertools import accumulate, pairwise

from apps.privacy.scrub import carrying
from apps.privacy.scrub.detectors import url
from apps.privacy.scrub.figures import RUN, Figured, figures, several
from apps.privacy.scrub.normal import NAMED, SEPARATOR, SIGNS, dialled, normal, said
from apps.privacy.scrub.types import Finding, View

#: True for one message only: a code is used up, a CVV is too short to be told from a price.
_MOMENTARY = frozenset([*NAMED, "code", "cvv", "link", "postcode", "birthdate", "media"])
#: Some of these are told again in their conversation, and no persona says them, from so many letters and digits on.
_LONGER = {"code": 5, "birthdate": 6}
_YEAR = re.compile(r"(?:19|20)\d\d")
_DIGITS = re.compile(r"\d(?:[ .,:\-/()\u00a0\u2010-\u2015]{0,3}\d)*")
#: The same with any signs between the parts, a bubble that ends at a " - " among them.
_PARTED = re.compile(r"\d(?:[\W_]{0,4}\d)*")
#: What stands between the digits of a short number only where it stands between all of them.
_NO_GROUPS = re.compile(r"[^\d\s\-\u2010-\u2015]")
_WORD = re.compile(r"[^\s\"'`“”„«»()\[\]<>,;!?|…–—]+")
_PIECE = re.compile(r"[^\W_]+")
#: Of these some look like any word.
_WORDS = frozenset(["handle", "password", "booking"])
#: They are numbers only as they were written: "0000" is no address of a machine.
_AS_WRITTEN = frozenset(["ip", "mac"])
#: What begins so is a place in a file system, and the words in it are its.
_PATH = re.compile(r"[~.]{0,2}/")
_FIGURE = re.compile(r"\d")
#: Before a short number: it is part of a price, a time, a fraction.
_GOES_ON = re.compile(r"\d[.,:/]")
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


class Known:
    """The confirmed secrets of an archive. `kept`: normal forms that the owner keeps, which nothing brings back."""

    def __init__(self, kept: Container[str] = frozenset()) -> None:
        self._kept = kept
        self._numbers: dict[str, str] = {}
        self._written: dict[
            str, set[str]
        ] = {}  # short ones with signs that make a price or a date elsewhere, as they were written
        self._words: dict[str, str] = {}
        self._lengths: tuple[int, ...] = ()
        self._beginnings: set[str] = set()
        self._long: dict[str, list[str]] = {}  # those of more than `BEGINNINGS` letters, by the first of them
        self._spans: tuple[int, ...] = ()  # how many letters they have, the fewest first
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

    def add(self, kind: str, value: str, *, near: bool = False) -> None:
        """Remember a secret, if it is surely one wherever it stands, and what the owner keeps is not (`carrying`).

        `near`: for the conversation that told it, and for what a persona must not say, where any figure is enough, longer codes and
        dates of birth count, and all go by what else they are called.
        """
        key = normal(kind, value)
        for carried in url.secrets(value) if kind == "url" else ():
            if carrying.sure("password", View(carried).plain):
                self._put("password", carried, normal("password", carried))
        if not self._lasts(kind, key, near) or not (carrying.told if near else carrying.sure)(kind, View(value).plain):
            return
        self._put(kind, value, key)
        for called in said(kind, value) if near and key in self._words else ():
            self._keep_in_mind(called, kind)

    @staticmethod
    def _lasts(kind: str, key: str, near: bool) -> bool:
        """Whether a secret of this kind and form is one for more than its message, and long enough to be told from others."""
        if near and kind in _LONGER:
            return len(key) >= _LONGER[kind]
        year = kind == "pin" and _YEAR.fullmatch(key) is not None
        enough = len(key) >= (4 if key.isdigit() or kind in ("pin", "password") else 6)
        return enough and not year and kind not in _MOMENTARY

    def _put(self, kind: str, value: str, key: str) -> None:
        """Remember a value and its other spellings."""
        if key in self._kept:
            return
        if key.isdigit():
            self._count(key, kind, value)
            for other in dialled(kind, value):
                if other not in self._kept:
                    self._count(other, kind)
            return
        self._remember(key, kind)
        if kind == "password" and len(plain := SEPARATOR.sub("", key)) >= 5:
            self._keep_in_mind(plain, kind)  # "Dragon147!" at the end of a sentence

    def _keep_in_mind(self, key: str, kind: str) -> None:
        if key not in self._kept:
            self._remember(key, kind)

    def _count(self, key: str, kind: str, value: str = "") -> None:
        self._numbers[key] = kind
        written = len(key) < LONG or kind in _AS_WRITTEN
        if written and value and (parts := _FIRST_TO_LAST.search(View(value).plain)) and _NO_GROUPS.search(parts[0]):
            self._written.setdefault(key, set()).add(parts[0])
        self._openings.update(key[:n] for n in range(1, len(key) + 1))
        if len(key) not in self._lengths:
            self._lengths = tuple(sorted({*self._lengths, len(key)}, reverse=True))

    def _remember(self, key: str, kind: str) -> None:
        self._words[key] = kind
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
        """With which words secrets end that the words from the first on make as one, and their kinds, the shortest one first.

        From some letters on they are compared as wholes: word by word would take long where a text repeats what a secret repeats.
        """
        joined = ""
        for number in range(first, len(row.bare)):
            joined += row.bare[number]
            if kind := self._words.get(joined):
                yield number, kind
            if len(joined) >= AT_ONCE:
                break
            if joined not in self._beginnings:
                return
        if len(joined) < AT_ONCE or not self._begins(joined):
            return
        begin = row.offsets[first]
        for span in self._spans[bisect_right(self._spans, len(joined)) :]:
            last = row.ends.get(begin + span)
            if last is not None and (kind := self._words.get(row.whole[begin : begin + span])):
                yield last, kind

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
        if RUN.search(plain) is None:
            return
        figured = Figured(plain)
        for f in self.parted(figured.text):
            start, end = figured.back(f.start, f.end)
            digits = _FIGURE.findall(figured.text, f.start, f.end)
            if end - start > f.end - f.start and RUN.search(plain, start, end) and not _chanted(digits):
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
        kind = self._numbers[digits[at : at + length]]
        if length >= LONG and kind not in _AS_WRITTEN:
            return True
        if plain[places[at] : places[at + length - 1] + 1] in self._written.get(digits[at : at + length], ()):
            return not self._in_another(places, digits, at, length)
        one_by_one = runs is _PARTED and len(digits) == length and all(b - a > 1 for a, b in pairwise(places))
        if kind in _AS_WRITTEN and not one_by_one:
            return False
        if not (one_by_one or kind == "birthdate") and _NO_GROUPS.search(plain, places[at], places[at + length - 1]):
            return False  # a price, a date
        if plain[places[at + length - 1] + 1 : places[at + length - 1] + 2].isalpha():
            return False  # a device, a checksum
        return not self._in_another(places, digits, at, length) and not _GOES_ON.match(
            plain, max(0, places[at] - 2), places[at]
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
        digits = re.sub(r"\D", "", plain) if self._numbers else ""
        told = re.sub(r"\D", "", figures(plain)) if self._numbers and several(plain) else ""
        return any(key in low or key in bare for key in self._words) or any(
            key in digits or key in told for key in self._numbers
        )

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
        words, beginnings, row = self._words, self._beginnings, _Row(bare)
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

    def spelled(self, plain: str) -> Iterator[Finding]:
        """Where those stand that are no numbers."""
        low, bare = _spelt(plain)
        starts: list[int] = []  # asked for only where something is found: most texts hold nothing
        words, beginnings, taken, row = self._words, self._beginnings, set[int](), _Row(bare)
        for number, piece in enumerate(bare):
            last, kind = number, words.get(low[number])
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
        words, beginnings = self._words, self._beginnings
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
        for last, kind in self._all_from(row, first):
            letters = kind in _WORDS and (kind != "password" or path or (last == first and row.bare[first].isalpha()))
            found = found if letters else (last, kind)
        return found

    def _goes_on(self, bare: list[str], number: int) -> bool:
        """Whether a word and the next are the beginning of a secret, or one: "i" begins many, "i am" none."""
        joined = "".join(bare[number : number + 2])
        return joined in self._beginnings or joined in self._words or not SIGNS.isdisjoint(bare[number + 1 : number + 2])

    def _joined(self, row: _Row, first: int) -> tuple[int, str | None]:
        """The word with which those from the first on, written as one, are a known secret, and its kind."""
        bare = row.bare
        joined, signs, idle = "", False, 0
        for number in range(first, len(bare)):
            piece = bare[number]
            longer = joined + piece
            kind = self._words.get(longer)
            whole = number == first or kind != "handle"  # "area 51" is nobody's user name
            if kind and whole and (not signs or kind == "email"):
                return number, kind
            if len(longer) >= AT_ONCE and not signs and self._begins(longer) and row.unbroken(first, self._longest):
                return next((one for one in self._all_from(row, first) if one[1] != "handle"), (first, None))
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


def _chanted(digits: Sequence[str]) -> bool:
    """Whether digits in words are said without meaning any: "oh oh oh oh", "one two three four"."""
    return len(set(digits)) < 2 or carrying.counted(digits)


def _starts(text: str) -> list[int]:
    return [m.start() for m in _WORD.finditer(text)]


def _word_at(text: str, start: int) -> str:
    found = _WORD.match(text, start)
    return found[0].rstrip(".:") if found else ""

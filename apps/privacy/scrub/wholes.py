"""Places and organisations that the owner wants replaced: found as wholes, each with an invented name in its place. Pure.

A surrogate is one word ("Harperton" for New York, "AlderFinch" for a firm): pieces of a reply that is being written can then be
turned back one by one, and nobody writes it by chance.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count, pairwise

import msgspec

from apps.privacy.scrub import gazetteer, surrogates
from apps.privacy.scrub.declension import stem
from apps.privacy.scrub.spelling import declined, dressed, run_together
from apps.privacy.scrub.types import Finding
from apps.privacy.scrub.wording import Usage, frequency, is_word

PARTS = ("place", "organisation")
#: Above single names: "Paris Weber" may be a firm although both are people.
RANK = 22
#: Names of places are among the frequent words; from here on (Zipf scale) one that no list knows is taken for an ordinary word.
EVERYDAY = 5.0
#: Fewer names than these are no pool.
FEW = 30
_TOKEN = re.compile(r"[^\W_]+")
#: What may stand between the words of one name, however it was written where the owner chose it.
_GAP = re.compile(r"[ \u00a0\-‐-–&+'’/]{1,3}")
_ENDINGS = ("ton", "field", "ville", "bury", "stead", "brook", "haven", "moor", "dale", "wick")
#: By how the name declines, so that "в Москве" stays in its case.
_CYRILLIC = {"а": ("овка", "инка"), "": ("град", "бург"), "ь": ("поль",), "ия": ("ия",), "я": ("овня",), "-": ("ово", "ино")}


class Whole(msgspec.Struct, frozen=True):
    """A phrase, what stands for it, and of which kind it is."""

    real: str
    stand: str
    part: str


@dataclass(frozen=True)
class _Phrase:
    words: tuple[str, ...]
    gaps: tuple[str, ...]  # its own, between its words
    whole: Whole
    careful: bool  # a single ordinary word: counts with a capital only

    def ends(self, text: str, tokens: Sequence[re.Match[str]], at: int) -> int:
        """Where it ends when it begins with `tokens[at]`; 0 when it does not."""
        if at + len(self.words) > len(tokens):
            return 0
        last = tokens[at]
        for number, word in enumerate(self.words):
            token = tokens[at + number]
            if token[0].casefold() != word:
                return 0
            if number and not self._joins(text[last.end() : token.start()], self.gaps[number - 1]):
                return 0
            last = token
        return 0 if self.careful and not tokens[at][0][0].isupper() else last.end()

    @staticmethod
    def _joins(gap: str, own: str) -> bool:
        return gap == own or _GAP.fullmatch(gap) is not None


class Wholes:
    """Finds phrases in any case, with a hyphen or two blanks between their words, and knows what stands for each."""

    def __init__(self, wholes: Iterable[Whole], careful: bool = True) -> None:
        self._begin: dict[str, list[_Phrase]] = {}
        self._joined: list[Whole] = []
        for whole in wholes:
            tokens = list(_TOKEN.finditer(whole.real))
            if not tokens:
                continue
            if run_together(tokens[0][0]):
                self._joined.append(whole)
                continue
            for form, stand in _forms(whole) if len(tokens) == 1 else ():
                self._begin.setdefault(form, []).append(_Phrase((form,), (), Whole(whole.real, stand, whole.part), False))
            words = tuple(t[0].casefold() for t in tokens)
            gaps = tuple(whole.real[a.end() : b.start()] for a, b in pairwise(tokens))
            doubtful = careful and len(words) == 1 and not whole.real.islower() and _ordinary(words[0], whole.part)
            self._begin.setdefault(words[0], []).append(_Phrase(words, gaps, whole, doubtful))
        for phrases in self._begin.values():
            phrases.sort(key=lambda p: -len(p.words))

    def __bool__(self) -> bool:
        return bool(self._begin or self._joined)

    def find(self, text: str) -> Iterator[Finding]:
        """Where they stand, the longest first of those that begin with one word."""
        tokens = list(_TOKEN.finditer(text)) if self._begin else []
        for at, token in enumerate(tokens):
            for phrase in self._begin.get(token[0].casefold(), ()):
                if end := phrase.ends(text, tokens, at):
                    written = text[token.start() : end]
                    yield Finding(token.start(), end, phrase.whole.part, RANK, _dressed(written, phrase.whole))
                    break
        for whole in self._joined:
            for match in re.finditer(re.escape(whole.real), text):
                yield Finding(match.start(), match.end(), whole.part, RANK, whole.stand)


def _forms(whole: Whole) -> Iterator[tuple[str, str]]:
    """The other cases of a name in Cyrillic letters, each with the surrogate in that case."""
    mine, theirs = stem(whole.real), stem(whole.stand)
    for form in mine.forms:
        if form != whole.real.lower() and len(form) > 3:
            made = declined(form, mine, theirs, whole.stand)
            yield form, made[:1].upper() + made[1:]


def _ordinary(word: str, part: str) -> bool:
    """Whether it is a word that is met without meaning the name: "apple", "target", "nice", but not "berlin"."""
    if part == "place":
        known = surrogates.is_name(word) or word in gazetteer.places()
        return len(word) < 3 or (not known and frequency(word) >= EVERYDAY)
    return len(word) < 3 or is_word(word)


def _dressed(written: str, whole: Whole) -> str:
    """The surrogate in small letters or capitals where the name was written so, else as it is."""
    if written.islower() and not whole.real.islower():
        return whole.stand.lower()
    return (
        dressed(written, whole.stand) if written.isupper() and len(written) > 1 and not whole.real.isupper() else whole.stand
    )


def assign(
    key: bytes,
    wanted: Iterable[tuple[str, str]],
    known: Sequence[Whole],
    taken: Callable[[str], bool],
    usage: Usage | None = None,
) -> list[Whole]:
    """A surrogate for every (kind, value), the known ones kept; those that are not wanted any more are let go.

    `taken` tells, in small letters, what is somebody's name, stands for one, or stands in the texts.
    """
    kept = {(w.part, _same(w.real)): w for w in known if not taken(w.stand.lower())}
    phrases = {(kind, _same(value)): value for kind, value in wanted if kind in PARTS and _same(value)}
    real = {word for _, words in phrases for word in words.split()} | {words.replace(" ", "") for _, words in phrases}
    out = [kept[k] for k in phrases if k in kept]
    used = {w.stand.lower() for w in out}

    def unfit(name: str) -> bool:
        return name in used or name in real or taken(name) or bool(usage and name in usage.words)

    for (part, words), value in phrases.items():
        if (part, words) not in kept:
            stand = _invented(key, f"{part}\0{words}", value, part, unfit)
            used.add(stand.lower())
            out.append(Whole(value, stand, part))
    return out


def _same(value: str) -> str:
    return " ".join(t[0].casefold() for t in _TOKEN.finditer(value))


def _pool(locale: str) -> list[str]:
    """Names to make new ones of: last names, with first names where there are few, English ones where there are none."""
    found = [n for n in surrogates.pool(locale, surrogates.LAST) if len(n) <= 8]
    if len(found) < FEW:
        found += [n for part in (surrogates.FEMALE, surrogates.MALE) for n in surrogates.pool(locale, part) if len(n) <= 8]
    return found if len(found) >= FEW else _pool(surrogates.LOCALES[0])


def _invented(key: bytes, token: str, value: str, part: str, unfit: Callable[[str], bool]) -> str:
    """A name of the same script, the same for the same key, but for what is unfit."""
    where = surrogates.origin((), [_TOKEN.search(value)[0]]).locale  # type: ignore[index]  # `assign` has seen a word in it
    latin = not surrogates.script_of(where)
    lasts = _pool("en_US" if latin else where)
    cyrillic = _CYRILLIC.get(stem(value).kind, _CYRILLIC["-"])
    endings = _ENDINGS if latin else cyrillic if where in ("ru_RU", "uk_UA", "bg_BG") else ()
    for attempt in count():
        number = surrogates.keyed(key, f"{token}\0{attempt}")
        first, second = lasts[number % len(lasts)], lasts[number // 4099 % len(lasts)]
        behind = endings[number // 65_537 % len(endings)] if endings and part == "place" else second
        made = first + behind
        parts = {first.lower(), behind.lower()} if attempt < 500 else set()  # an account of thousands of names
        if not is_word(made.lower()) and not any(map(unfit, {made.lower(), *parts})):
            return made
    raise AssertionError

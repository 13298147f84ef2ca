"""Whether somebody sincerely asks if they talk with a machine, and the truthful answer. Pure, without any model.

A message is brought to one spelling (lower case, no accents, no stretched letters, near misses of the words that matter put
right) and compared, clause by clause, with a few forms that every language shares: "are you" + machine or person, "is this"
+ machine, "am I talking to" + either, "human or bot?". The words of each language stand in `disclosure.toml`. RE2 reads in
linear time. What follows the word must not make it something else: "are you human?" asks, "are you human resources?" does not.
"""

from __future__ import annotations

import tomllib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import re2

DATA = Path(__file__).with_name("disclosure.toml")
LONGEST = 4_000
_GROUPS = (
    "strong",
    "weak",
    "human",
    "somebody",
    "real",
    "far",
    "ask",
    "you",
    "this",
    "this_ask",
    "there",
    "or",
    "tag",
    "cue",
    "shut",
)
_JOINED = re2.compile(r"['’`´ʼ\-–—_/]")
_DOTTED = re2.compile(r"\b(\pL)\.(\pL)\.(?:(\pL)\.)?")
_TOKEN = re2.compile(r"[\pL\pN]+|[,:()\"«»“”„]|[.!?;…\n]+")
_MARK = frozenset(',:()"«»“”„')
_LEET = str.maketrans({"0": "o", "@": "a"})
_CYRILLIC = re2.compile(r"\p{Cyrillic}")
_LOOKALIKES = str.maketrans("aceopxykmtbh", "асеорхукмтвн")

_CONCEPTS = ("strong", "weak", "human", "somebody", "real")

#: The forms that need no question mark; {q} is the end of a question, {e} an end that changes nothing.
_FORMS = (
    " {ask}{f}{n}{e}",
    " {you}{f}{strong}{e}",
    " {this_ask}{f}{m}{e}",
    " {talk} {f}{n}{e}",
    " {there}{f}(?:{person}|{strong}){far}",
    " {there}{f}(?:{real}{f}{somebody}|{somebody}{f}{real}|{real}{f}{human}|{human}{f}{real}){e}",
    " {cue}(?:\\S+ ){0,3}{you}{f}{n}{e}",
    " {you}{f}{n}(?:, )?{tag}",
    "^ (?:\\S+ )?(?:, )?{f}{you}{f}(?:{person}{t}|{real}{laugh}(?:$|, ))",
    "^ (?:\\S+ , )?{f}{n}{f}{or}{f}(?:{n}|$|[?])",
    ", {f}{n}{f}{or}{f}{n}",
    " (?:{ask}|{you}|{talk} |{this_ask})(?:\\S+ ){0,4}{or}(?:to |with )?{f}{m}{e}",
    " {this}{f}{m}{or}{f}{m}",
)
#: The forms of a clause that ends with a question mark.
_ASKED = (" {you}{f}{n}{e}", " {this}{f}{m}{e}", "^ {f}(?:{strong}|{real}{human}|{human}{real}|{human}){q}")
_LAUGH = r"(?:(?:lol|lmao|haha\w*|xd|bro|bruh|tho|though|tbh|jaja\w*|k{2,}|rs|mdr|ptdr|ahah\w*|хаха\w*|ахах\w*) )?"
_PERSON = "(?:{real}{f}(?:{human}|{somebody})|{human}(?:{f}{real})?|{somebody}{f}{real})"
_MACHINE_OR_PERSON = "(?:{strong}|{weak}|{person})"
_ANY = "(?:{strong}|{weak}|{person}|{real})"


@dataclass(frozen=True)
class Language:
    """One section of the data, compiled."""

    code: str
    answer: str
    forms: list[Any]
    asked: list[Any]
    shut: Any
    words: frozenset[str]
    near: tuple[str, ...]
    keys: frozenset[str]


def asks(text: str) -> str | None:
    """The language in which a message asks whether this is a machine or a person; None when it does not ask."""
    clauses = _clauses(text[:LONGEST])
    found = [
        (_familiar(language, clauses), -n, code)
        for n, (code, language) in enumerate(_languages().items())
        if _asks(language, clauses)
    ]
    return max(found)[2] if found else None


def answer(language: str, name: str) -> str:
    """The truth, in a language of `asks` (English for any other)."""
    known = _languages()
    return known.get(language, known["en"]).answer.format(name=name)


def examples(section: str) -> dict[str, list[str]]:
    """The phrasings kept beside the words, by language: `asks`, or `talks` (about bots and people)."""
    return {code: list(data[section]) for code, data in _data().items()}


# one spelling


def plain(text: str) -> str:
    """Lower case, without accents, stretched letters and zeros in place of letters."""
    folded = unicodedata.normalize("NFKD", text.replace("İ", "i")).casefold().replace("ı", "i")
    bare = "".join(c for c in unicodedata.normalize("NFKD", folded) if not unicodedata.combining(c))
    return _squeezed(bare)


def _squeezed(text: str) -> str:
    """Runs of three and more equal letters become one."""
    out: list[str] = []
    at = 0
    while at < len(text):
        end = at
        while end < len(text) and text[end] == text[at]:
            end += 1
        out.append(text[at] if end - at > 2 and text[at].isalpha() else text[at:end])
        at = end
    return "".join(out)


def _clauses(text: str) -> list[tuple[list[str], bool]]:
    """(words, ends with a question mark) for each clause; commas and the like stay as `,`."""
    text = _DOTTED.sub(r"\1\2\3 ", _JOINED.sub(" ", plain(text)))
    made: list[tuple[list[str], bool]] = []
    words: list[str] = []
    for token in _TOKEN.findall(text + "\n"):
        if token[0] in ".!?;…\n":
            if words:
                made.append((words, "?" in token))
            words = []
        elif token in _MARK:
            words.append(",")
        else:
            words.append(_letters(token))
    return made


def _letters(token: str) -> str:
    """Figures and Latin letters that stand for the letters they look like."""
    if token.isdigit():
        return token
    return token.translate(_LOOKALIKES if _CYRILLIC.search(token) else _LEET)


# comparing


def _asks(language: Language, clauses: list[tuple[list[str], bool]]) -> bool:
    return any(_clause_asks(language, words, marked) for words, marked in clauses)


def _clause_asks(language: Language, words: list[str], marked: bool) -> bool:
    words = [_righted(w, language.code) for w in words]
    if language.keys.isdisjoint(words):  # nearly every clause ends here
        return False
    line = " " + " ".join(words) + (" ? " if marked else " ")
    shut = language.shut.search(line)
    until = len(line) + 1 if shut is None else shut.start()
    forms = [*language.forms, *language.asked] if marked else language.forms
    return any((found := form.search(line)) is not None and found.end() <= until + 1 for form in forms)


def _familiar(language: Language, clauses: list[tuple[list[str], bool]]) -> int:
    return sum(w in language.words for words, _ in clauses for w in words)


@lru_cache(maxsize=20_000)
def _righted(word: str, code: str) -> str:
    """A near miss of a word that matters, put right: one letter more, less, other, or two swapped."""
    language = _languages()[code]
    if len(word) < 4 or word in _every_word():
        return word
    if word[-1] == word[-2] and word[:-1] in language.words:
        return word[:-1]
    return next((known for known in language.near if _one_slip(word, known)), word)


def _one_slip(word: str, known: str) -> bool:
    if abs(len(word) - len(known)) > 1 or word[0] != known[0]:
        return False
    at = next((n for n, (a, b) in enumerate(zip(word, known, strict=False)) if a != b), min(len(word), len(known)))
    rest, others = word[at:], known[at:]
    if len(word) == len(known):
        return (len(known) > 4 and rest[1:] == others[1:]) or (rest[2:] == others[2:] and rest[:2] == others[1::-1])
    return len(known) > 4 and (rest[1:] == others or rest == others[1:])


# the data, compiled


@cache
def _data() -> dict[str, dict[str, Any]]:
    return tomllib.loads(DATA.read_text(encoding="utf-8"))


@cache
def _languages() -> dict[str, Language]:
    return {code: _compiled(code, data) for code, data in _data().items()}


@cache
def _every_word() -> frozenset[str]:
    """A word that any language knows is no slip."""
    return frozenset().union(*(language.words for language in _languages().values()))


def _alternatives(joined: str) -> list[str]:
    return sorted({" ".join(plain(one).split()) for one in joined.split("|")}, key=lambda one: (-len(one), one))


def _compiled(code: str, data: dict[str, Any]) -> Language:
    parts = {name: "(?:" + "|".join(_alternatives(data[name])) + ") " for name in _GROUPS}
    parts["f"] = "(?:(?:" + "|".join([*_alternatives(data["fill"]), *_alternatives(data["real"]), ","]) + ") )*"
    parts["e"] = "(?:$|, |[?] |(?:" + "|".join(_alternatives(data["after"].replace("? ", ""))) + ") )"
    parts["t"] = "(?:(?:" + "|".join(_alternatives(data["after"].replace("? ", ""))) + ") )?(?:$|, )"
    parts["q"] = "(?:$|, |[?] )"
    parts["laugh"] = _LAUGH
    parts["person"] = _filled(_PERSON, parts)
    parts["m"], parts["n"] = _filled(_MACHINE_OR_PERSON, parts), _filled(_ANY, parts)
    parts["talk"] = "(?:" + _filled(data["talk"], parts) + ")"
    words = {word for name in (*_GROUPS, "fill", "after") for one in _alternatives(data[name]) for word in one.split()}
    keys = {w for name in _CONCEPTS for one in _alternatives(data[name]) for w in one.split()} | set(
        data.get("also", "").split("|")
    )
    near = {w for w in keys if len(w) > 3}
    return Language(
        code, data["answer"], _each([*_FORMS, *data["extra"]], parts), _each(_ASKED, parts),
        re2.compile(" " + parts["shut"]), frozenset(words), tuple(sorted(near)), frozenset(keys),
    )  # fmt: skip


def _each(forms: Iterable[str], parts: dict[str, str]) -> list[Any]:
    """One expression for each form: all in one would be too large to run quickly."""
    options = re2.Options()
    options.max_mem, options.log_errors, options.never_capture = 64 << 20, False, True
    return [re2.compile(_filled(form, parts), options) for form in forms]


def _filled(form: str, parts: dict[str, str]) -> str:
    for name, value in parts.items():
        form = form.replace("{" + name + "}", value)
    return form

"""Whether somebody sincerely asks if they talk with a machine, and the truthful answer. Pure, without any model.

A message is brought to one spelling (`spelling`; near misses of the words that matter are put right) and compared, clause by
clause, with a few forms that every language shares: "are you" + machine or person, "is this" + machine, "am I talking to" +
either, "human or bot?". The words of each language stand in `disclosure.toml`. RE2 reads in linear time. What follows the word
must not make it something else: "are you human?" asks, "are you human resources?" does not. Forms know only the turns they
were given, so `doubt`, which learnt from examples, judges too: where it is sure it asks, and where it is sure that nobody
does, no form counts.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import re2

from apps.chat import doubt
from apps.chat.spelling import Clauses, plain
from apps.chat.spelling import clauses as spelled

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
#: Groups that name the concept of a word for `doubt`, the first that has it; those of `tag_` only there.
_TAGGED = (
    "strong",
    "weak",
    "human",
    "somebody",
    "real",
    "or",
    "shut",
    "you",
    "made",
    "exist",
    "chat",
    "reply",
    "doubt",
    "way",
    "goods",
    "cue",
    "they",
    "ask",
    "this",
    "this_ask",
    "there",
    "tag",
)
_SAME = {"this_ask": "this", "ask": "you"}
_MATTERS = frozenset(("strong", "weak", "human", "real", "exist", "made", "reply"))
#: Above the first a sentence asks; above the second it does if a form fits as well.
_SURE, _NO = 0.6, -2.0
_PIECE, _MOST = 30, 40
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
    concepts: dict[str, str]
    matters: frozenset[str]


def asks(text: str) -> str | None:
    """The language in which a message asks whether this is a machine or a person; None when it does not ask."""
    clauses = spelled(text[:LONGEST])
    known = {code: _familiar(language, clauses) for code, language in _languages().items()}
    most = max(known.values())
    found = [
        (known[code], -n, code)
        for n, (code, language) in enumerate(_languages().items())
        if _asks(language, clauses, likely=known[code] == most)
    ]
    return max(found)[2] if found else None


def sentences(text: str, code: str) -> list[list[str]]:
    """The clauses of a message as a language spells them, the end of each as a last word, `?` or `.`."""
    return _ended(_languages()[code], spelled(text[:LONGEST]))


def concepts(code: str) -> Mapping[str, str]:
    """The concept of every word and phrase that a language knows; fillers have an empty one."""
    return _languages()[code].concepts


def answer(language: str, name: str) -> str:
    """The truth, in a language of `asks` (English for any other)."""
    known = _languages()
    return known.get(language, known["en"]).answer.format(name=name)


def examples(section: str) -> dict[str, list[str]]:
    """The phrasings kept beside the words, by language: `asks`, or `talks` (about bots and people)."""
    return {code: list(data[section]) for code, data in _data().items()}


# comparing


def _asks(language: Language, clauses: Clauses, likely: bool) -> bool:
    """A form fits and `doubt` does not rule it out, or, in the likeliest language, `doubt` alone is sure."""
    fits = any(_clause_asks(language, words, marked) for words, marked in clauses)
    if not (fits or likely):
        return False
    least = _NO if fits else _SURE
    return any(doubt.score(words, language.concepts) > least for words in _judged(language, clauses))


def _ended(language: Language, clauses: Clauses) -> list[list[str]]:
    return [[_righted(w, language.code) for w in words] + ["?" if marked else "."] for words, marked in clauses]


def _judged(language: Language, clauses: Clauses) -> list[list[str]]:
    """Every clause with a word that matters, alone and with the next one; long ones in overlapping pieces."""
    ended = _ended(language, clauses)
    pairs = [[*one, *other] for one, other in pairwise(ended)]
    pieces = [one[at : at + _PIECE] for one in (*ended, *pairs) for at in range(0, len(one), _PIECE // 2)]
    return [one for one in pieces if not language.matters.isdisjoint(one)][:_MOST]


def _clause_asks(language: Language, words: list[str], marked: bool) -> bool:
    words = [_righted(w, language.code) for w in words]
    if language.keys.isdisjoint(words):  # nearly every clause ends here
        return False
    line = " " + " ".join(words) + (" ? " if marked else " ")
    shut = language.shut.search(line)
    until = len(line) + 1 if shut is None else shut.start()
    forms = [*language.forms, *language.asked] if marked else language.forms
    return any((found := form.search(line)) is not None and found.end() <= until + 1 for form in forms)


def _familiar(language: Language, clauses: Clauses) -> int:
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


def _concepts(data: dict[str, Any]) -> dict[str, str]:
    made = {"?": "?", ".": ".", ",": ""}
    for group in _TAGGED:
        for one in _alternatives("|".join(data[name] for name in (group, "tag_" + group) if name in data)):
            made.setdefault(one, _SAME.get(group, group))
    for one in _alternatives(data["fill"]):
        made.setdefault(one, "")
    return made


def _compiled(code: str, data: dict[str, Any]) -> Language:
    data = {**data, "strong": data["strong"] + "|🤖", "human": data["human"] + "|👤"}
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
    concepts = _concepts(data)
    matters = {w for one, concept in concepts.items() if concept in _MATTERS for w in one.split()}
    words |= {word for one in concepts for word in one.split()} - {"?", ".", ","}
    return Language(
        code, data["answer"], _each([*_FORMS, *data["extra"]], parts), _each(_ASKED, parts),
        re2.compile(" " + parts["shut"]), frozenset(words), tuple(sorted(near)), frozenset(keys),
        concepts, frozenset(matters),
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

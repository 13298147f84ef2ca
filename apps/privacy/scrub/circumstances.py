"""What has the form of a secret, and what stands around it, as features of the small model `secrets_model`. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from apps.privacy.scrub import cues
from apps.privacy.scrub.detectors import cued, named, together
from apps.privacy.scrub.types import View

#: Longer messages tell stories, in which numbers are others.
LONGEST = 160
#: In lists of numbers none of them is told as a secret.
MOST = 6
#: Words on either side that count.
REACH = 9
_BEGINS = r"(?<![\w.,/$€£#+:-])"
#: Three to twenty digits, in groups or not: no date, no decimals, no price.
_NUMBER = re.compile(rf"{_BEGINS}((?:G-)?\d(?:[ -]?\d){{2,19}})(?![\d%€$£]|[.,:/-]\d|\w)")
_TOKEN = re.compile(r"\S{5,46}")
#: Goods and standards with a number behind.
_MADE = re.compile(
    r"(?:windows|office|macos|android|iphone|ipad|gtx|rtx|rx|geforce|radeon|ryzen|xperia|pixel|redmi|nokia|moto|oneplus|kindle|gopro|thinkpad|canon|covid|sars|esp|ps|mp|usb|hdmi|ddr|ipv|utf|sha|formula|apollo|boeing|airbus|bmw|abi|tbt)[-_]?\d+\w{0,4}",
    re.I,
)
_CAPITALS = re.compile(r"(?=[A-Z]*\d)[A-Z0-9]{5,8}")
_WORD = re.compile(r"[^\W\d_]+|\d+|[^\w\s]")
_PLAIN = str.maketrans("áàâãäåéèêëíìîïóòôõöúùûüçñё", "aaaaaaeeeeiiiiooooouuuucnе")
_YEAR = re.compile(r"(?:19|20)\d\d")
_HOUR = re.compile(r"(?:[01]\d|2[0-3])[0-5]\d")
#: Before an hour in four figures.
_AT = re.compile(r"(?<!\w)(?:at|by|from|until|till|um|ab|bis|gegen|a las|las|à|às|alle|dalle|vers|hasta|desde|das|в|к|до|с|на|the|ore|heures?|kl|o|der|el|il|le|de|des|del)\s\Z", re.I)  # fmt: skip


@dataclass(frozen=True)
class Candidate:
    """`plain[start:end]` of a view may be a secret; `form` is one of date, n3 … n6, n7, n10, group, capitals, upper, mixed."""

    start: int
    end: int
    form: str


@dataclass(frozen=True)
class Told:
    """What a message names or speaks round, by the tables: kinds, turns of phrase, whether of a code."""

    named: frozenset[str]
    turns: frozenset[str]
    coded: bool


def told(view: View) -> Told:
    turns = (turn for group in ("ask", "give", "with", "of") for turn in cues.turns(group, view.plain))
    return Told(view.named, frozenset(turns), cues.speaks_of_code(view.plain))


def candidates(view: View) -> list[Candidate]:
    """What may be a secret by its form, in order; nothing where there are more than `MOST`, or where its words mean something else."""
    plain = view.plain
    found: list[Candidate] = []
    if view.digits >= 2:
        found += [Candidate(*match.span(), "date") for match in cued.DATE.finditer(plain)]
    if view.digits >= 3:
        for match in _NUMBER.finditer(plain):
            count = sum(map(str.isdigit, match[1]))
            _add(found, Candidate(*match.span(1), f"n{count if count < 7 else 7 if count < 10 else 10}"))
        for match in together.FORMS["secret"].finditer(plain):
            if together.is_secret(match[1]) and not match[1].isdigit() and (" " in match[1] or _form(match[1])):
                _add(found, Candidate(*match.span(1), "group"))
    for match in _TOKEN.finditer(plain):
        if match[0].isalpha():
            continue  # as most
        word = named.bare(match[0])
        form = _form(word)
        if form:
            start = match.start() + match[0].find(word)
            _add(found, Candidate(start, start + len(word), form))
    found = [one for one in found if not _tells_how_many(plain, one)] if len(found) <= MOST else []
    if not found or cues.means_otherwise(plain):  # "birthday party on 12 May"
        return []
    return sorted(found, key=lambda one: one.start)


def _tells_how_many(plain: str, one: Candidate) -> bool:
    """Whether a number says how many, when or which."""
    if one.form[0] != "n":
        return False
    if plain.endswith("00", one.start, one.end):
        return True  # as prices do; what is named is found by its name
    at = _HOUR.fullmatch(plain, one.start, one.end) and _AT.search(plain[max(0, one.start - 10) : one.start])
    return at is not None or together.counts(plain, one.start, one.end)


def _add(found: list[Candidate], one: Candidate) -> None:
    if not any(one.start < other.end and other.start < one.end for other in found):
        found.append(one)


def _form(word: str) -> str:
    """The form of a word of letters and digits or signs; "" for all others, addresses and paths among them."""
    if not 5 <= len(word) <= 40 or word.isalpha() or word.isdigit() or "/" in word or ("@" in word[1:] and "." in word):
        return ""
    if _CAPITALS.fullmatch(word):
        return "capitals"
    if not named.is_key(word) or _MADE.fullmatch(word):
        return ""
    return "upper" if word.isupper() else "mixed"


def features(view: View, one: Candidate, count: int, what: Told) -> list[str]:
    """Of one of `count` candidates: its form, the words around it, alone and with the form, and what the tables know of them."""
    value, form = view.plain[one.start : one.end], one.form
    if _YEAR.fullmatch(value):
        form = "year"
    before, behind = _words(view.plain[: one.start]), _words(view.plain[one.end :])
    found = ["", f"form {one.form}", *_of_value(value, one.form)]
    for word in {*before[-REACH:], *behind[:REACH]}:
        if word.isalpha():
            found += [f"w {word}", f"w4 {word[:4]}", f"w {word}|{form}"]
    found += [f"l {word[:5]}" for word in {*before[-REACH:]} if word.isalpha()]
    found += [f"r {word[:5]}" for word in {*behind[:REACH]} if word.isalpha()]
    found += _beside(["<", *before], [*behind, ">"], one.form)
    found += [f"{tag}{end}" for tag in _known(what) for end in ("", f"|{form}")]
    return [*found, *_of_message(before, behind, count, one.form)]


def _words(text: str) -> list[str]:
    return ["0" if word.isdigit() else word for word in _WORD.findall(text.lower().translate(_PLAIN))]


def _of_value(value: str, form: str) -> list[str]:
    found = [
        name
        for name, true in (
            ("year", _YEAR.fullmatch(value)), ("hour", _HOUR.fullmatch(value)),
            ("spaced", " " in value or "-" in value),
        )
        if true
    ]  # fmt: skip
    if form == "mixed":
        kind = "sign" if not value.isalnum() else "small" if value.islower() else "both"
        found.append(f"mixed {kind} {'digit' if value[-1].isdigit() else 'letter'}")
    return found


def _beside(before: list[str], behind: list[str], form: str) -> list[str]:
    """The nearest words by their places; "<" and ">" are the ends of the message."""
    last, next_ = before[-1], behind[0]
    found = [f"l1 {last}", f"r1 {next_}", f"l1 {last}|{form}", f"r1 {next_}|{form}", f"lr {last} {next_}"]
    if len(before) > 1:
        found += [f"l2 {before[-2]}", f"l21 {before[-2]} {last}"]
    if len(behind) > 1:
        found += [f"r2 {behind[1]}", f"r12 {next_} {behind[1]}"]
    return [*found, f"l3 {before[-3]}"] if len(before) > 2 else found


def _known(what: Told) -> list[str]:
    found = [
        *(f"n {kind}" for kind in what.named),
        *(f"t {turn}" for turn in what.turns),
        *(["coded"] if what.coded else []),
    ]
    return found or ["nothing"]


def _of_message(before: list[str], behind: list[str], count: int, form: str) -> list[str]:
    words = len(before) + len(behind)
    length = str(words) if words < 4 else "short" if words < 9 else "middling" if words < 16 else "long"
    found = [f"length {length}", f"length {'a few' if words < 4 else 'some' if words < 12 else 'many'}|{form}"]
    if "?" in before or "?" in behind:
        found.append("?")
    return [*found, "others"] if count > 1 else found

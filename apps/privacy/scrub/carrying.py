"""Where a secret is looked for besides the message that tells it. Pure.

What has a figure in it is looked for in the whole conversation where it was `told`. A false find costs a word there; one that goes to
every other conversation costs that word everywhere, so only what is `sure` does: what has a form of its own, or letters and digits as
no word, version, device or product ("fat32", "cloud9") has them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from ipaddress import ip_address
from itertools import pairwise

from apps.privacy.scrub import surrogates
from apps.privacy.scrub.detectors import address, cued
from apps.privacy.scrub.types import View
from apps.privacy.scrub.wording import VERY_COMMON, frequency, ordinary

_GROUP = re.compile(r"[^\W_]+")
_RUN = re.compile(r"[^\W\d_]+|\d+")
#: "Form" and "Data" of "FormData".
_HUMP = re.compile(r"[^\W\d_](?:[^\W\d_A-ZА-ЯЁ]{2,}|[A-ZА-ЯЁ]{2,}(?![a-zа-яё]))")
_LETTERS, _FIGURE = re.compile(r"[^\W\d_]+"), re.compile(r"\d")
#: What is in files, and what programs are told: "/etc/X11/xorg.conf", "umask=022", "res.sendFile(x".
_CODE = re.compile(r"[~.]{0,2}[/\\]\w|\w/\w+[/.]|[^\W\d]+=|\w\(|\d\.\d")
_YEAR = re.compile(r"(?:19|20)\d\d")
_SIGN = re.compile(r"[!?@#$%^&*+~]")
_ODD_CASE = re.compile(r"[a-zа-яё][A-ZА-ЯЁ]|[A-ZА-ЯЁ]{2}[a-zа-яё]")
_VOWELS = frozenset("aeiouyáéíóúýàèìòùâêîôûäëïöüãõåæøœаеёиоуыэюяіїє")
#: Words parted by blanks or dashes; from so many on they are nobody's everyday words in that order.
_PHRASE = re.compile(r"[^\W\d_]+(?:[ -]+[^\W\d_]+)+")
WORDS = 3
#: Of so many digits on a number is an account's or a person's.
DIGITS = 6
#: A recovery code has so many, and a user name that is no program ("mpg123").
CODE = 8
#: From so many digits on a code is one whatever word stands before them ("KEY48213").
CODE_ALONE = 5


def _figures(text: str) -> int:
    return len(_FIGURE.findall(text))


def _worded(group: str) -> bool:
    """Whether ordinary words of three letters and more stand in a group of letters and digits."""
    return any(len(run) > 2 and ordinary(run) for run in _LETTERS.findall(group))


def _very_common(low: str) -> bool:
    """Whether a word is said every day and is nobody's first name: "room", not "bella"."""
    return len(low) > 2 and frequency(low) >= VERY_COMMON and not surrogates.is_first(low)


def _switches(text: str) -> int:
    """How often letters and digits take turns."""
    return len(_RUN.findall(text)) - 1


def dated(value: str) -> bool:
    """Whether a date stands in it."""
    return cued.DATE.search(value) is not None


def jumbled(word: str) -> bool:
    """Whether letters alone are none that anybody could say."""
    low = word.casefold()
    return len(low) >= 6 and low.isalpha() and 6 * sum(map(_VOWELS.__contains__, low)) < len(low) and not ordinary(low)


def mixed(value: str) -> bool:
    """Whether letters and digits stand in it as in no word, product or version: these have one digit, at an end, or are short
    ("room101", "100euro")."""
    bare = "".join(_GROUP.findall(value))
    digits = _figures(bare)
    if not 0 < digits < len(bare) or len(bare) < 6 or _CODE.search(value):
        return False
    odd = _SIGN.search(value) and bare.lower() != bare
    long = len(bare) >= 8 and _ODD_CASE.search(bare)
    inside = len(bare) >= 10 and _switches(bare) > 1
    short = len(bare) < 8 and (" " in value or any(map(_very_common, _LETTERS.findall(bare.lower()))))
    return (digits > 1 and not short) or bool(odd or long) or inside


def password(value: str) -> bool:
    """Whether a password is none of the words that people say."""
    plain = value.strip()
    if plain.isdigit():
        return len(plain) >= DIGITS and not plain.endswith("00") and not dated(plain)
    words = plain.split("-") if " " not in plain else plain.split()
    phrase = _PHRASE.fullmatch(plain) is not None and len(words) >= WORDS
    return phrase or mixed(plain) or jumbled(plain)


def lasting(value: str) -> bool:
    """Whether a secret of no kind of its own is one wherever it stands, as recovery codes and keys are: words and dates are not."""
    groups = _GROUP.findall(value)
    digits = _figures(value)
    if not digits or dated(value):
        return False
    if digits == sum(map(len, groups)):
        return digits >= CODE
    if len(groups) > 2 and len(set(map(len, groups))) == 1 and len(groups[0]) > 3:
        return True  # "ABCD-EFGH-JKLM-N123", and some of them may be words
    if any(map(_worded, groups)):
        return False
    if len(groups) == 1:
        return len(value.strip()) >= CODE and _switches(groups[0]) > 1
    return sum(map(len, groups)) >= DIGITS and all(len(g) > 1 for g in groups) and any(_switches(g) for g in groups)


def _booking(value: str) -> bool:
    bare = "".join(_GROUP.findall(value))
    if bare.isdigit():
        return len(bare) >= DIGITS and not bare.endswith("00") and not dated(value)
    if not _figures(bare) or _worded(bare):
        return False
    letters = len(bare) - _figures(bare)
    capitals = bare.upper() == bare and (_switches(bare) > 1 or min(letters, _figures(bare)) > 1)
    return capitals or _switches(bare) > 2


def _handle(value: str) -> bool:
    bare = "".join(_GROUP.findall(value))
    if bare.isdigit() or ordinary(bare):
        return False
    if value.strip().startswith("@"):
        return True
    named = any(len(group) > 3 and surrogates.is_name(group.lower()) for group in _GROUP.findall(value))
    return (named and bare != value.strip()) or (_figures(bare) > 1 and len(bare) >= CODE and mixed(value))


def _address(value: str) -> bool:
    view = View(value)
    return address.gate(view) and any(True for f in address.find(view) if f.kind == "address")


def _plate(value: str) -> bool:
    """Whether it is no "MAY 2024" and no "TOP 100"."""
    digits = "".join(_FIGURE.findall(value))
    told = len(digits) < 3 or digits.endswith("00") or _YEAR.fullmatch(digits) is not None
    return not (told and _worded(value))


def _ip(value: str) -> bool:
    try:
        return ip_address(value.strip("[] ")).is_global
    except ValueError:
        return True  # written otherwise


_OF: dict[str, Callable[[str], bool]] = {
    "password": password, "secret": lasting, "booking": _booking, "handle": _handle, "address": _address, "ip": _ip,
    "plate": _plate,
}  # fmt: skip


def sure(kind: str, value: str) -> bool:
    """Whether a value (in plain form) is a secret of this kind wherever it stands; what has a checksum or a format of its own is."""
    return kind not in _OF or _OF[kind](value)


def told(kind: str, value: str) -> bool:
    """Whether a value (in plain form) is looked for in the conversation that told it, and said by no persona: what has a figure, a
    user name with an underscore, a booking of capitals, and what is made of no words."""
    if kind == "code":
        return _figures(value) >= CODE_ALONE or not any(map(_worded, _GROUP.findall(value)))
    figured = _figures(value) > 0 or (kind in ("password", "secret") and _strange(value))
    if kind == "secret":
        return figured and sum(map(str.isalnum, value)) >= CODE and not dated(value)
    lettered = (kind == "handle" and "_" in value) or (kind == "booking" and cued.lettered(value))
    return figured or lettered or sure(kind, value)


def of_words(value: str) -> bool:
    """Whether a user name is ordinary words and figures: "area51", "the_boss"."""
    return all(len(run) < 3 or ordinary(run) for run in _LETTERS.findall(value))


def _strange(value: str) -> bool:
    """Whether letters alone are not all words: "yYLOFRkd" and "Schnuffel", but not "FormData"."""
    return len(value) >= DIGITS and not all(map(ordinary, _HUMP.findall(value) or [""]))


def counted(digits: Iterable[str]) -> bool:
    """Whether digits follow each other as people count, up or down: "one two three four"."""
    steps = {int(b) - int(a) for a, b in pairwise(digits)}
    return steps in ({1}, {-1})

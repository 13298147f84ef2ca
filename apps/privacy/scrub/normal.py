"""What equal secrets have in common however they are written, and what else they are called. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from apps.privacy.scrub import dialling
from apps.privacy.scrub.figures import RUN, figures
from apps.privacy.scrub.types import View

#: By their digits alone; the rest by letters and digits without case and separators.
_NUMERIC = frozenset(["card", "phone", "pin", "code", "bank", "cvv"])
#: Names are found by `names`, which knows their forms.
NAMED = frozenset(["name", "place", "organisation"])
SEPARATOR = re.compile(r"[\W_]+")
#: Signs of an address that are said as words.
SIGNS = frozenset("at dot ät punkt punto ponto point точка arroba chiocciola arobase собака".split())  # noqa: SIM905
_SIGN_SAID = re.compile(rf"[\W_](?:{'|'.join(sorted(SIGNS))})(?=[\W_])", re.I)


def normal(kind: str, value: str) -> str:
    """What equal secrets have in common however they are written."""
    plain = View(value).plain
    if kind in _NUMERIC and RUN.fullmatch(plain.strip()):
        plain = figures(plain)  # "four eight two one"
    digits = re.sub(r"\D", "", plain)
    lettered = any(map(str.isalpha, plain)) and (kind == "pin" or (kind == "code" and len(digits) < 5))
    if kind in _NUMERIC and not lettered:  # "48B21" opens a door, "4821" does not; "G-604118" is told as "604118", too
        return digits
    return plain.strip().casefold() if kind == "password" else SEPARATOR.sub("", plain).casefold()


def normals(value: str) -> set[str]:
    """Its normal forms under every kind: a decision about it holds also where it was found as another kind."""
    plain = View(value).plain
    numeric = set() if any(map(str.isalpha, plain)) else {normal("pin", value), *dialled("phone", value)}
    return ({normal("password", value), normal("secret", value)} | numeric) - {""}


def dialled(kind: str, value: str) -> Iterable[str]:
    """The other spellings of a telephone number."""
    return dialling.forms(View(value).plain.strip()) if kind == "phone" else ()


def said(kind: str, value: str) -> Iterator[str]:
    """What else a secret with letters is called while somebody talks: digits for the words in it ("Rua Sete, 26"), where these are
    read as digits all over, and an address without the words for its signs."""
    plain = View(value).plain
    for form in (figures(plain), _SIGN_SAID.sub("", plain) if kind == "email" else ""):
        if len(called := SEPARATOR.sub("", form).casefold()) >= 6 and not called.isdigit():
            yield called

"""Cleaning strings that come from outside, the same way for every format."""

from __future__ import annotations

import re

_RUN = re.compile("[\u00c2-\u00f4][\u0080-\u00bf]+")


def clean(value: object) -> str:
    """A string that every store takes: no NUL, lone surrogates joined or replaced. Anything but a string becomes ""."""
    if not isinstance(value, str):
        return ""
    if "\x00" in value:
        value = value.replace("\x00", "")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        value = value.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return value


def unmangle(value: object) -> str:
    """Undo UTF-8 that was written as Latin-1 code points (Meta's JSON). Right text stays as it is.

    The whole string is tried first; a mixed or cut one is mended run by run.
    """
    text = clean(value)
    if text.isascii():
        return text
    try:
        return clean(text.encode("latin-1").decode("utf-8"))
    except (UnicodeEncodeError, UnicodeDecodeError):
        return _RUN.sub(_mend, text)


def _mend(match: re.Match[str]) -> str:
    try:
        return match[0].encode("latin-1").decode("utf-8")
    except UnicodeDecodeError:
        return match[0]


def path(name: str) -> str:
    """A member's name as data: forward slashes, no leading ones."""
    return clean(name).replace("\\", "/").lstrip("/")

"""JSON documents as exporters really write them: byte-order marks, UTF-16, invalid escapes, lone surrogates."""

from __future__ import annotations

import json
import re
from typing import Any

import orjson

_ESCAPE = re.compile(rb"(?<!\\)((?:\\\\)*)\\x([0-9a-fA-F]{2})")
_UNQUOTED = re.compile(rb'("document_id":\s*)([^\s"\[{0-9-][^\n,}]*)')
_LONG_NUMBER = re.compile(rb"[0-9]{400}")
_STRING = re.compile(rb'"(?:[^"\\]|\\.)*"', re.S)
#: Halves of characters written as escapes: whether there is one alone, and all escapes in their order with pairs as one.
_ALONE = re.compile(
    rb"\\u[dD][89abAB][0-9a-fA-F]{2}(?!\\u[dD][c-fC-F])|(?<!\\u[dD][89abAB][0-9a-fA-F]{2})\\u[dD][c-fC-F][0-9a-fA-F]{2}"
)
_ESCAPES = re.compile(
    rb"\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(u[dD][89a-fA-F][0-9a-fA-F]{2})|.)", re.S
)


class Broken(Exception):
    """JSON that ends too early or is not JSON; `truncated` tells the first case."""

    def __init__(self, *, truncated: bool) -> None:
        super().__init__("the file ends in the middle" if truncated else "not valid JSON")
        self.truncated = truncated


def mend(raw: bytes) -> bytes:
    """Mend what Telegram Desktop writes wrongly: \\xNN escapes, and paths without quotes. Valid JSON is left alone."""
    if b"\\x" in raw:
        raw = _ESCAPE.sub(rb"\1\\u00\2", raw)
    if b'"document_id":' in raw:
        raw = _UNQUOTED.sub(lambda m: m[1] + json.dumps(m[2].decode("utf-8", "replace").strip()).encode(), raw)
    return raw


def whole_characters(raw: bytes) -> bytes:
    """With a sign of replacement for every escaped half of a character that stands alone: parsers give up there."""
    if (b"\\ud" in raw or b"\\uD" in raw) and (
        _ALONE.search(raw) or b"\\\\u" in raw
    ):  # the latter is no escape, and looks like one
        return _ESCAPES.sub(lambda m: b"\\ufffd" if m[1] else m[0], raw)
    return raw


def long_number(raw: bytes) -> bool:
    """Whether a number of hundreds of digits stands in JSON; in a text they may stand."""
    return bool(_LONG_NUMBER.search(raw)) and bool(_LONG_NUMBER.search(_STRING.sub(b'""', raw)))


def decoded(raw: bytes) -> bytes:
    """UTF-8 without a byte-order mark, also from UTF-16."""
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return raw.decode("utf-16", "replace").encode("utf-8", "replace")
    return raw.removeprefix(b"\xef\xbb\xbf")


def loads(raw: bytes) -> Any:
    """A whole document. Raises `Broken`."""
    raw = mend(decoded(raw))
    if long_number(raw):
        raise Broken(truncated=False)
    try:
        return orjson.loads(raw)
    except orjson.JSONDecodeError:
        pass
    try:
        return json.loads(raw.decode("utf-8", "replace"), strict=False)  # lone surrogates, control characters
    except (ValueError, RecursionError) as error:
        raise Broken(truncated=_ends_early(error, raw)) from None


def line(words: str) -> Any:
    """One line of JSON Lines; None where it is not JSON. Most lines are right, so they are tried as they are."""
    try:
        return orjson.loads(words)
    except orjson.JSONDecodeError:
        pass
    try:
        return loads(words.encode("utf-8", "replace"))
    except Broken:
        return None


def _ends_early(error: Exception, raw: bytes) -> bool:
    if not isinstance(error, json.JSONDecodeError):
        return False
    starts = raw.lstrip()[:1] in (b"{", b"[")
    return starts and (error.pos >= len(error.doc.rstrip()) - 1 or error.msg.startswith("Unterminated"))

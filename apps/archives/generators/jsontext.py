"""Strings as the platforms' own JSON writers put them down."""

from __future__ import annotations

from json.encoder import encode_basestring_ascii

import orjson

quoted_ascii = encode_basestring_ascii


def quoted(text: str) -> str:
    """UTF-8, with only the escapes that JSON asks for."""
    return orjson.dumps(text).decode()


def quoted_mojibake(text: str) -> str:
    """Meta's own: the bytes of UTF-8 taken for Latin-1 letters and escaped one by one."""
    return encode_basestring_ascii(text.encode().decode("latin-1"))


def listed(items: list[str]) -> str:
    return ",\n".join(items)

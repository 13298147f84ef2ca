"""Addresses and keys of crypto-currencies: checksums where there are any, a cue where there are none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from hashlib import sha256

from stdnum import bitcoin

from apps.privacy.scrub import cues
from apps.privacy.scrub.types import Finding, View

_ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"
_BASE58 = re.compile(rf"(?<![\w/=])[{_ALPHABET}]{{25,112}}(?![\w/=])")
_BECH32 = re.compile(r"(?<!\w)(?:bc1|tb1|ltc1|addr1)[02-9ac-hj-np-z]{20,100}(?!\w)", re.I)
_HEX = re.compile(r"(?<!\w)0x[0-9a-fA-F]{40}(?:[0-9a-fA-F]{24})?(?!\w)")
_EXTENDED = re.compile(r"[xyzXYZtuv](?:pub|prv)")


def gate(view: View) -> bool:
    return view.longest >= 25


def _checked(text: str) -> bool:
    """Base58Check: the last four bytes are the beginning of the double SHA-256 of the rest."""
    number = 0
    for letter in text:
        number = number * 58 + _ALPHABET.index(letter)
    raw = number.to_bytes((number.bit_length() + 7) // 8, "big")
    raw = b"\0" * (len(text) - len(text.lstrip("1"))) + raw
    return len(raw) > 20 and sha256(sha256(raw[:-4]).digest()).digest()[:4] == raw[-4:]


def find(view: View) -> Iterator[Finding]:
    for match in _HEX.finditer(view.plain):
        yield Finding(match.start(), match.end(), "wallet", 92)
    for match in _BECH32.finditer(view.plain):
        if bitcoin.is_valid(match[0]) or match[0].lower().startswith(("bc1p", "ltc1", "addr1", "tb1")):
            yield Finding(match.start(), match.end(), "wallet", 92)
    for match in _BASE58.finditer(view.plain):
        text = match[0]
        monero = len(text) in (95, 106) and text[0] in "48"
        if (_EXTENDED.match(text) and len(text) > 100) or monero or _checked(text):
            yield Finding(match.start(), match.end(), "wallet", 92)
        elif 32 <= len(text) <= 44 and cues.near("wallet", view.plain, match.start()):
            yield Finding(match.start(), match.end(), "wallet", 88)

"""The plain table of detectors. Adding one is a file here and a line below (docs/adding-a-detector.md)."""

from __future__ import annotations

from collections.abc import Iterable

from apps.privacy.scrub.detectors import (
    address,
    assigned,
    card,
    cued,
    email,
    geo,
    handle,
    iban,
    ids,
    ip,
    keys,
    likely,
    listed,
    mac,
    named,
    phone,
    phrased,
    romance,
    seed,
    together,
    url,
    wallet,
)
from apps.privacy.scrub.types import Detector, View

#: Raised whenever any detector finds other things than before; stored with every corpus.
VERSION = 11

DETECTORS: dict[str, Detector] = {
    "url": url,
    "email": email,
    "keys": keys,
    "assigned": assigned,
    "seed": seed,
    "wallet": wallet,
    "iban": iban,
    "card": card,
    "ids": ids,
    "phone": phone,
    "ip": ip,
    "mac": mac,
    "geo": geo,
    "named": named,
    "listed": listed,
    "phrased": phrased,
    "romance": romance,
    "cued": cued,
    "address": address,
    "together": together,
    "handle": handle,
    "likely": likely,
}

#: Those that find something where there is no digit: three of four messages have none.
_COUNTING = frozenset(
    ["iban", "card", "ids", "phone", "mac", "address", "likely", "listed"]
)  # their gates ask for digits first
WITHOUT_DIGITS: dict[str, Detector] = {name: one for name, one in DETECTORS.items() if name not in _COUNTING}
#: Where neither a digit stands nor anything secret is named, as in nearly all messages: their gates ask for one of these.
_NAMING = frozenset(["cued", "named", "romance", "together"])
UNNAMED: dict[str, Detector] = {name: one for name, one in WITHOUT_DIGITS.items() if name not in _NAMING}


def asked(view: View) -> Iterable[Detector]:
    """The detectors that may find something in a text."""
    return (DETECTORS if view.digits else WITHOUT_DIGITS if view.named else UNNAMED).values()

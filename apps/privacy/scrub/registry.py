"""The plain table of detectors. Adding one is a file here and a line below (docs/adding-a-detector.md)."""

from __future__ import annotations

from apps.privacy.scrub.detectors import (
    address,
    card,
    cued,
    email,
    geo,
    handle,
    iban,
    ids,
    ip,
    keys,
    mac,
    named,
    phone,
    seed,
    url,
    wallet,
)
from apps.privacy.scrub.types import Detector

#: Raised whenever any detector finds other things than before; stored with every corpus.
VERSION = 2

DETECTORS: dict[str, Detector] = {
    "url": url,
    "email": email,
    "keys": keys,
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
    "cued": cued,
    "address": address,
    "handle": handle,
}

"""The plain table of detectors. Adding one is a file here and a line below (docs/adding-a-detector.md)."""

from __future__ import annotations

from apps.privacy.scrub.detectors import card, email, iban, ip, keys, named, phone, url
from apps.privacy.scrub.types import Detector

#: Raised whenever any detector finds other things than before; stored with every corpus.
VERSION = 1

DETECTORS: dict[str, Detector] = {
    "url": url,
    "email": email,
    "keys": keys,
    "iban": iban,
    "card": card,
    "phone": phone,
    "ip": ip,
    "named": named,
}

"""The receipt of an erasure: what is signed, how, and how it is checked. Pure: no Django, no storage.

A receipt is JSON of three parts: `receipt` (the facts), `public_key` and `signature` (Base64). Signed is the canonical form of
the facts: keys in order, no spaces, ASCII, whole numbers only, which is what RFC 8785 makes of it and `jq -cjS` prints.
The signature is Ed25519 (RFC 8032).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Iterable
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_public_key

FORM = 1


def canonical(facts: dict[str, Any]) -> bytes:
    """The bytes that are signed."""
    return json.dumps(facts, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False).encode()


def hashes(names: Iterable[str]) -> list[str]:
    """SHA-256 of each name in hexadecimal, sorted so that the order tells nothing."""
    return sorted(hashlib.sha256(name.encode()).hexdigest() for name in names)


def signed(seed: bytes, facts: dict[str, Any]) -> dict[str, Any]:
    """The receipt of these facts; `seed` is the 32 bytes of an Ed25519 key."""
    key = Ed25519PrivateKey.from_private_bytes(seed)
    raw = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    return {
        "receipt": facts,
        "public_key": base64.b64encode(raw).decode(),
        "signature": base64.b64encode(key.sign(canonical(facts))).decode(),
    }


def public_pem(seed: bytes) -> str:
    """The public half as PEM, for everybody."""
    key = Ed25519PrivateKey.from_private_bytes(seed).public_key()
    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


def holds(document: dict[str, Any], pem: str) -> bool:
    """Whether a receipt is, word for word, what the owner of this public key signed. The key in the receipt is not believed."""
    key = load_pem_public_key(pem.encode())
    if not isinstance(key, Ed25519PublicKey):
        return False
    try:
        key.verify(base64.b64decode(document["signature"], validate=True), canonical(document["receipt"]))
    except (InvalidSignature, KeyError, TypeError, ValueError, binascii.Error):
        return False
    return True

"""Who somebody is in a backup of Signal, whichever export it is: `recipient.id` only counts the recipients of one.

Service ids and keys of groups are bytes, which stand as base64, as hexadecimal digits or as a UUID.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections import defaultdict
from typing import Any

from apps.archives.formats import streams
from apps.archives.formats.text import clean

SELF = "self"
_HEX = re.compile(r"[0-9a-f]+")
_SERVICE, _MASTER = (16, 17), (32,)  # the seventeenth byte of a service id says which kind it is, and comes first
_ACI, _PNI, _NUMBER = ("aci", "serviceId", "service_id", "uuid"), ("pni",), ("e164", "phoneNumber", "phone_number", "number")
_GROUP = ("masterKey", "master_key", "groupId", "group_id", "id")


class Identities:
    """What each recipient of one export is called in all of them."""

    def __init__(self) -> None:
        self._given: dict[str, str] = {}
        self._bearers: dict[str, set[str]] = defaultdict(set)  # of names and titles: who has this one
        self._members: dict[str, str] = {}

    def of(self, recipient: str) -> str:
        """The id of a recipient. Of several that share a name, which is all that is known of them, each has its own."""
        given = self._given.get(recipient) or f"unknown:{recipient}"
        shared = len(self._bearers.get(given, ())) > 1
        return f"{given}|{self._members.get(recipient) or recipient}" if shared else given

    def learn(self, recipient: str, person: dict[str, Any], name: str) -> None:
        """Take a recipient's frame in; `name` is what they are called, "" where they have none."""
        contact, group = streams.mapping(person.get("contact")), streams.mapping(person.get("group"))
        if "self" in person:
            self._given[recipient] = SELF
        elif group:
            self._members[recipient] = _members(group)
            self._given[recipient] = _first(group, "group", _GROUP, _MASTER) or self._by("title", name, recipient)
        else:
            username = clean(contact.get("username")).strip().lower()
            self._given[recipient] = (
                _first(contact, "aci", _ACI, _SERVICE) or _first(contact, "pni", _PNI, _SERVICE) or _numbered(contact)
                or (f"username:{username}" if username else self._by("name", name, recipient))
            )  # fmt: skip

    def _by(self, kind: str, name: str, recipient: str) -> str:
        if not name and not self._members.get(recipient):
            return ""
        given = f"{kind}:{name}" if name else f"members:{self._members[recipient]}"
        self._bearers[given].add(recipient)
        return given


def _first(about: dict[str, Any], kind: str, spellings: tuple[str, ...], lengths: tuple[int, ...]) -> str:
    found = (_plain(about.get(key), lengths) for key in spellings)
    return next((f"{kind}:{value}" for value in found if value), "")


def _numbered(contact: dict[str, Any]) -> str:
    found = (re.sub(r"\D", "", clean(str(contact.get(key) or ""))) for key in _NUMBER)
    return next((f"e164:{digits}" for digits in found if digits.strip("0")), "")


def _plain(value: Any, lengths: tuple[int, ...]) -> str:
    """Bytes of one of these lengths in hexadecimal digits, however they are written; other words as they are, zeros as ""."""
    said = clean(value).strip()
    digits = re.sub(r"^(?:aci|pni):", "", said.lower()).replace("-", "")
    if not (_HEX.fullmatch(digits) and len(digits) in [2 * n for n in lengths]):
        try:
            raw = base64.b64decode(said.replace("-", "+").replace("_", "/") + "=" * (-len(said) % 4), validate=True)
        except (binascii.Error, ValueError):
            return said
        if len(raw) not in lengths:
            return said
        digits = raw.hex()
    digits = digits[-2 * min(lengths) :]
    return digits if digits.strip("0") else ""


def _members(group: dict[str, Any]) -> str:
    """A short mark of who is in a group, "" where it is not told."""
    listed = streams.listed(streams.mapping(group.get("snapshot")).get("members"))
    found = {_plain(streams.mapping(m).get("userId") or streams.mapping(m).get("user_id"), _SERVICE) for m in listed} - {""}
    import hashlib  # its libraries take as long to load as a small export to read

    return hashlib.sha256("|".join(sorted(found)).encode()).hexdigest()[:16] if found else ""

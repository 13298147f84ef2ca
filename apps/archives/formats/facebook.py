"""Facebook Messenger, JSON: every layout since 2018, and the end-to-end encrypted backup (docs/formats/facebook.md)."""

from __future__ import annotations

import re
from collections.abc import Iterator

from apps.archives.formats import meta, meta_owner, streams
from apps.archives.formats.text import unmangle
from apps.archives.formats.types import Found, Member, Owner

platform = "facebook"

_THREAD_FOLDER = re.compile(
    r"(?:^|/)messages/(?:inbox|archived_threads|filtered_threads|message_requests|e2ee_cutover)/[^/]+/[^/]+\.json$", re.I
)
_NO_FOLDER = re.compile(r"(?:^|/)messages/[^/]+\.json$", re.I)


def mine(member: Member, head: bytes) -> bool:
    name = member.name.lower()
    if not name.endswith(".json") or meta_owner.PROFILE.search(name):
        return False
    if found := meta.THREAD.search(name):
        return found["type"] == "json"
    if _THREAD_FOLDER.search(name):
        return False  # a sibling of the threads' files that is none of them
    head = streams.decoded(head)
    if _NO_FOLDER.search(name) and b'"participants"' not in head:
        return False  # `support_messages.json`, what an assistant was asked, …
    if b'"senderName"' in head or b'"sender_name"' in head:
        return True
    return b'"participants"' in head and (b'"messages"' in head or b'"threadName"' in head)


def read(members: list[Member], others: list[Member]) -> Iterator[Found]:
    """Bare threads of an Instagram export (its first layout) are told by the folders beside them."""
    known = _profile_name(others)
    if known:
        yield Owner(platform, known, known, "the profile in this export", 100)
    for ours, some in meta.by_platform(members, others).items():
        rosters: meta_owner.Rosters = []
        yield from meta.read(ours, some, rosters)
        if ours == "instagram":
            yield from meta_owner.instagram_owner(others, rosters)
        yield from meta_owner.owner_by_presence(ours, rosters)


def _profile_name(others: list[Member]) -> str:
    for data in meta_owner.json_of(others, meta_owner.PROFILE):
        for key in ("profile_v2", "profile"):
            profile = data.get(key) if isinstance(data, dict) else None
            name = profile.get("name") if isinstance(profile, dict) else None
            found = unmangle(name.get("full_name")) if isinstance(name, dict) else ""
            if found:
                return found
    return ""

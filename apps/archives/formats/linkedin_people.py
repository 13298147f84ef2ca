"""Who is who in LinkedIn's tables: names, addresses of profiles, and the owner."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from urllib.parse import unquote

from apps.archives.formats import text
from apps.archives.formats.types import Address, Member, Owner

PLATFORM = "linkedin"
_PROFILE = re.compile(r"(?:^|/)profile\.csv$", re.I)
_CONNECTIONS = re.compile(r"(?:^|/)connections\.csv$", re.I)
_USER = re.compile(r"/in/([^/?#]+)")


def slug(url: str) -> str:
    """What the addresses of one profile have in common, however they are written."""
    return unquote(url.strip()).rstrip("/").lower()


class Who:
    """What is learnt about people while rows go by."""

    def __init__(self) -> None:
        self.urls: dict[str, Counter[str]] = defaultdict(Counter)  # name -> profile urls
        self.present: Counter[str] = Counter()  # name -> conversations
        self.conversations = 0
        self.out: Counter[str] = Counter()

    def owner(self, others: list[Member]) -> Iterator[Owner]:
        known = set(self.present)
        for name in _profile(others):
            if name in known:
                yield Owner(PLATFORM, self.address(name), name, "Profile.csv in this export", 100)
                return
        if self.out:
            name = self.out.most_common(1)[0][0]
            yield Owner(PLATFORM, self.address(name), name, "sent what is marked as outgoing", 90)
            return
        ranked = [*self.present.most_common(2), ("", 0), ("", 0)]
        (name, count), (_, second) = ranked[:2]
        if name and self.conversations >= 2 and count >= 0.9 * self.conversations and second < count:
            why = f"takes part in {count} of {self.conversations} conversations"
            yield Owner(PLATFORM, self.address(name), name, why, 60)

    def known(self, others: list[Member]) -> Iterator[Address]:
        """User names, which stand in the addresses of profiles, and e-mail addresses of connections who told them."""
        ours = {url for urls in self.urls.values() for url in urls}
        for url in sorted(ours):
            if user := _USER.search(url):
                yield Address(PLATFORM, url, "handle", user[1])
        for row in _connections(others):
            name = f"{row.get('FIRST NAME', '').strip()} {row.get('LAST NAME', '').strip()}".strip()
            who = next((w for w in (slug(row.get("URL", "")), self.identity(name)) if w in ours), name)
            if mail := row.get("EMAIL ADDRESS", "").strip():
                yield Address(PLATFORM, who, "email", mail)

    def identity(self, name: str) -> str:
        """A profile's address where it is known; rows without one belong to the same person as those with it."""
        found = self.urls.get(name)
        return found.most_common(1)[0][0] if found and len(found) == 1 else name

    def address(self, name: str) -> str:
        """The owner's: of several (the address was changed, or somebody has the same name) the one that is met most."""
        found = self.urls.get(name)
        return found.most_common(1)[0][0] if found else name


def _profile(others: list[Member]) -> Iterator[str]:
    for member in others:
        if _PROFILE.search(member.name):
            with member.open() as stream:
                table = text.table(stream)
                names = [c.strip().upper() for c in next(table, [])]
                row = dict(zip(names, next(table, []), strict=False))
            yield f"{row.get('FIRST NAME', '').strip()} {row.get('LAST NAME', '').strip()}".strip()


def _connections(others: list[Member]) -> Iterator[dict[str, str]]:
    """Rows of Connections.csv; notes stand above its names of columns."""
    for member in others:
        if _CONNECTIONS.search(member.name):
            with member.open() as stream:
                names: list[str] = []
                for cells in text.table(stream):
                    if names:
                        yield dict(zip(names, cells, strict=False))
                    elif "First Name" in cells:
                        names = [c.strip().upper() for c in cells]

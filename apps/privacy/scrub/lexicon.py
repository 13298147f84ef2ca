"""Facts about names as plain data: names that are words, words that are no names, nicknames, greetings. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib import resources

_FACTS = "apps.privacy.scrub.facts"


def entries(name: str) -> Iterator[tuple[str, str]]:
    """(section, entry) of a file in `facts/`; the section is "" before the first one. Comments and blanks are skipped."""
    section = ""
    for raw in (resources.files(_FACTS) / name).read_text(encoding="utf-8").splitlines():
        line = raw.strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith("["):
            section = line.strip("[]")
        else:
            yield section, line


@cache
def words(language: str | None = None) -> frozenset[str]:
    """Names that are also ordinary words, in small letters: of a language ("en"), or of all. Unknown languages have none."""
    return frozenset(word for section, word in entries("words.txt") if language in (None, section))


@cache
def kin() -> frozenset[str]:
    """Words by which people save contacts, or programs call them, that are no names: "mum", "boss", "group"."""
    return frozenset(word for _, word in entries("kin.txt"))


@cache
def hello() -> frozenset[str]:
    """Words after which somebody is addressed by name: "hi", "dear", "спасибо"."""
    return frozenset(word for _, word in entries("hello.txt"))


@cache
def full_names() -> dict[str, tuple[str, ...]]:
    """Each short form to the full names it stands for, in small letters: "дима" to "вадим" and "дмитрий"."""
    fulls: dict[str, list[str]] = {}
    for _, line in entries("nicknames.txt"):
        full, nicks = line.split(": ")
        for nick in nicks.split():
            fulls.setdefault(nick, []).append(full)
    return {nick: tuple(found) for nick, found in fulls.items()}


@cache
def nicknames() -> dict[str, frozenset[str]]:
    """Each name of a cluster to all other names of its clusters, in small letters: "bob" to "robert", "rob", …"""
    others: dict[str, set[str]] = {}
    for _, line in entries("nicknames.txt"):
        full, nicks = line.split(": ")
        cluster = {full, *nicks.split()}
        for name in cluster:
            others.setdefault(name, set()).update(cluster - {name})
    return {name: frozenset(rest) for name, rest in others.items()}

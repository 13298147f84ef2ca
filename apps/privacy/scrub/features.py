"""Words of a chat message and what the name model sees of each: shape, affixes, neighbours, lists. Pure."""

from __future__ import annotations

import lzma
import re
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from importlib import resources
from typing import NamedTuple

from apps.privacy.scrub import gazetteer, lexicon

#: Links, handles, hashtags, words (with hyphens and inner apostrophes), what is left of "don't" and "Anna's", signs.
_TOKEN = re.compile(r"https?://\S+|www\.\S+|@\w+|#\w+|\w+(?:-\w+|['’]\w{3,})*|['’]\w{1,2}(?!\w)|[^\w\s]")
#: Signs after which a sentence begins.
ENDS = frozenset(".!?…")
#: Longer words are no names, and nothing that long is remembered.
LONGEST = 40
_JOINTS = str.maketrans("", "", "-'’")
_HUMPS = re.compile(r"[A-Z]+(?![a-z])|[A-Z][a-z]+|[a-z]+")
_RUN = re.compile(r"(.)\1{2,}")


class Token(NamedTuple):
    """A word or sign at `[start:end]`."""

    text: str
    start: int
    end: int


class Word(NamedTuple):
    """The features of a word by itself and as a neighbour; `lower`, `group` and `cluster` make the joint ones."""

    own: tuple[str, ...]
    before: tuple[str, ...]
    after: tuple[str, ...]
    two_before: str
    two_after: str
    lower: str
    group: str
    cluster: str


def tokens(text: str) -> list[Token]:
    """The words and signs of a text, in order."""
    return [Token(m[0], m.start(), m.end()) for m in _TOKEN.finditer(text)]


def words(text: str) -> list[str]:
    """The same without their places."""
    return _TOKEN.findall(text)


def is_handle(word: str) -> bool:
    """Whether it is an @handle, which other detectors look after."""
    return word[0] == "@" and len(word) > 1


def may_be_name(word: str) -> bool:
    """Whether it is a hashtag or a word of letters alone (with hyphens and apostrophes): handles, figures and code are not."""
    if word[0] == "#":
        return len(word) > 1
    return len(word) > 1 and (word.isalpha() or word.translate(_JOINTS).isalpha())


@cache
def clusters() -> dict[str, tuple[str, str, str]]:
    """Word to (fine cluster, coarse cluster, how often it has a capital: 0 to 4, 9 for not seen enough)."""
    text = (resources.files("apps.privacy.scrub.names_model") / "clusters.txt").read_text(encoding="utf-8")
    found: dict[str, tuple[str, str, str]] = {}
    for number, line in enumerate(row for row in text.splitlines() if not row.startswith("#")):
        coarse, *members = line.split(" ")
        for member in members:
            found[member[:-1]] = (str(number), coarse, member[-1])
    return found


class Meaning(NamedTuple):
    """What a text model knows about a word: its groups from fine to coarse, tenths of PER, LOC and ORG, and both together."""

    groups: tuple[str, str, str]
    tenths: str
    level: str  # "P2": more likely a person than a place or organisation, with .4 or .5 for all three together


_UNKNOWN = Meaning(("", "", ""), "000", "-0")


@cache
def meanings() -> dict[str, Meaning]:
    """Word to its meaning (`word_meanings.table`); groups and digits that many share are kept once."""
    packed = (resources.files("apps.privacy.scrub.names_model") / "meanings.txt.xz").read_bytes()
    shared: dict[tuple[str, ...], tuple[str, str, str]] = {}
    kinds: dict[str, tuple[str, str]] = {}
    found: dict[str, Meaning] = {}
    for line in lzma.decompress(packed).decode().splitlines():
        if line[0] != "#":
            word, fine, middle, coarse, tenths = line.split(" ")
            groups = shared.setdefault((fine, middle, coarse), (fine, middle, coarse))
            found[word] = Meaning(groups, *kinds.setdefault(tenths, (tenths, _level(tenths))))
    return found


def _level(tenths: str) -> str:
    best = max(range(3), key=lambda kind: tenths[kind])
    return f"{'PLO'[best] if tenths != '000' else '-'}{min(9, sum(map(int, tenths))) // 2}"


def describe(text: str) -> Word:
    """What is seen of a word wherever it stands; of very long ones the beginning."""
    return _described(text if len(text) <= LONGEST else text[:LONGEST])


@lru_cache(maxsize=12_000)
def _described(text: str) -> Word:
    if is_handle(text):
        return _plain("@handle")
    if text.startswith(("http", "www.")) and "." in text:
        return _plain("<link>")
    if not text[0].isalpha() and text[0] != "#":
        return _plain(re.sub(r"\d", "0", text))
    word = text.lstrip("#")
    low, shape = word.lower(), _shape(word)
    lists, english = _lists(low), int(gazetteer.english(low) * 2)
    fine, coarse, capital = clusters().get(low, ("", "?", "?"))
    group = f"{shape[:1]}{'t' if text[0] == '#' else ''}{lists}{min(english, 12) // 2}"
    own = [f"w={low}", f"s={shape}", f"l={lists}", f"e={english}", f"z={int(gazetteer.zipf(low))}"]
    own += [f"sl={shape[:2]}|{lists}", f"se={shape[:2]}|{english}", f"le={lists}|{english}"]
    own += [f"p4={low[:4]}", *(f"x{n}={low[-n:]}" for n in (2, 3, 4) if len(low) > n)]
    if fine:
        own += [f"cf={fine}", f"cc={coarse}", f"ck={capital}", f"cck={coarse}|{capital}"]
        own += [f"sc={shape[:2]}|{coarse}", f"sk={shape[:2]}|{capital}|{lists}"]
    if text[0] == "#":
        own += ["tag", *_parts(word)]
    known = meanings().get(low, _UNKNOWN)
    own += [f"q{n}={digit}" for n, digit in enumerate(known.tenths)]
    own += [f"q={known.level}", f"qs={shape[:2]}|{known.level}", f"ql={lists}|{known.level}"]
    near = [f"w={low}", f"g={group}", f"cc={coarse}", *([f"cf={fine}"] if fine else [])]
    near.append(f"q={known.level}")
    if known.groups[0]:
        own += [f"m{n}={number}" for n, number in enumerate(known.groups)]
        own.append(f"ms={shape[:2]}|{known.groups[1]}")
        near.append(f"m={known.groups[1]}")
    return _word(own, near, low, group, coarse)


def _parts(tag: str) -> Iterator[str]:
    """What the words inside a hashtag are ("AnnaSmith"), where capitals show them."""
    parts = [part.lower() for part in _HUMPS.findall(tag)]
    if len(parts) < 2:
        return
    levels = [meanings().get(part, _UNKNOWN).level for part in parts if len(part) > 2]
    for part, level in zip((part for part in parts if len(part) > 2), levels, strict=True):
        yield f"tp={_lists(part)}"
        yield f"tq={level}"
    yield "tall=" + "".join(level[0] for level in levels[:3])


def _plain(word: str) -> Word:
    return _word([f"w={word}", "plain"], [f"w={word}"], word, word, word)


def _word(own: list[str], near: list[str], lower: str, group: str, cluster: str) -> Word:
    before, after = tuple(f"-{n}" for n in near), tuple(f"+{n}" for n in near)
    return Word(tuple(own), before, after, f"--w={lower}", f"++w={lower}", lower, group, cluster)


def _shape(word: str) -> str:
    """ "Xx" for Anna, "XX" for ANNA, "Xd" for K9: runs are two signs long."""
    if word.isalpha() and len(word) > 2 and (word.islower() or word.istitle()):
        return "xx" if word.islower() else "Xxx"
    signs = (
        "X" if c.isupper() else "x" if c.islower() else "d" if c.isdigit() else "-" if c in "-'’" else "w" for c in word
    )
    return _RUN.sub(r"\1\1", "".join(signs))


def _lists(word: str) -> str:
    lists = (
        ("g", gazetteer.is_given(word)),
        ("f", word in gazetteer.family()),
        ("p", word in gazetteer.places()),
        ("h", word in lexicon.words()),
        ("k", word in lexicon.kin()),
        ("o", word in lexicon.hello()),
        ("c", word in gazetteer.known("organisations")),
        ("s", word in gazetteer.known("people")),
    )
    return "".join(letter for letter, holds in lists if holds) or "-"


_EDGE = _plain("<edge>")


def style(words: Sequence[str]) -> str:
    """Whether capitals tell anything in this message: "a" all small, "A" all large, "m" mixed."""
    text = "".join(word for word in words if word[0].isalpha())
    return "a" if text.islower() else "A" if text.isupper() else "m"


def features(words: Sequence[str], start: int = 0, end: int | None = None, how: str = "") -> list[list[str]]:
    """The features of each of `words[start:end]`, seen in the whole message; `how`: its style, where somebody knows it."""
    end = len(words) if end is None else min(end, len(words))
    edge = [_EDGE, _EDGE]
    seen = [*(edge[start:]), *map(describe, words[max(0, start - 2) : end + 2]), *edge]
    how = how or style(words)
    rows: list[list[str]] = []
    for at in range(start, end):
        two_before, before, word, after, two_after = seen[at - start : at - start + 5]
        first = at == 0 or words[at - 1] in ENDS
        row = [*word.own, *before.before, *after.after, two_before.two_before, two_after.two_after]
        row.append(f"c={how}|{first}|{word.group}")
        row.append(f"bg={before.lower}|{word.group}")
        row.append(f"ga={word.group}|{after.lower}")
        row.append(f"gg={before.group}|{word.group}")
        row.append(f"gn={word.group}|{after.group}")
        row.append(f"kk={before.cluster}|{word.cluster}")
        row.append(f"kn={word.cluster}|{after.cluster}")
        row.append(f"kgk={before.cluster}|{word.group}|{after.cluster}")
        rows.append(row)
    return rows

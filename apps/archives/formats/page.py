"""Web pages of exports as trees: parsed by lxml, with their text as a browser would show it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import IO, Any

from apps.archives.formats.text import clean
from apps.archives.formats.types import Member, Skipped

LARGEST = 64 * 2**20
TOO_LARGE = "A page of this export is larger than any that is written. Please export again as JSON."
_BLOCKS = {"div", "p", "li", "ul", "h1", "h2", "h3", "tr", "table", "blockquote", "pre"}
#: Nobody knows whether anything stood behind what was read.
UNCLOSED = "the page is not closed, so that its end may be missing; what there is was read"
_ENDS = 4_096  # bytes at either end in which a page is opened and closed
_KEPT = "\0"  # a space that counts; no page has this character
_SPACE = re.compile(r"[ \t\r\n\f]+")

Node = Any  # lxml's elements carry no useful types


def tree(stream: IO[bytes], size: int, *, first: int = 0) -> Node | None:
    """The document's root, or None when there is nothing in it, or too much. `first`: of so many bytes only."""
    if first:
        return _parsed(stream.read(first))
    return _parsed(_all(stream)) if size <= LARGEST else None


def opened(member: Member) -> tuple[Node | None, list[Skipped]]:
    """The root of a page, and what is to be said about it: every exporter closes its pages, and none writes larger ones."""
    if member.size > LARGEST:
        return None, [Skipped(member.name, TOO_LARGE, "the whole file")]
    with member.open() as stream:
        raw = _all(stream)
    root = _parsed(raw)
    if root is None:
        return None, [Skipped(member.name, "not a web page", "the whole file")]
    return root, [unfinished(member)] if _unclosed(raw[:_ENDS], raw[-_ENDS:]) else []


def unfinished(member: Member) -> Skipped:
    return Skipped(member.name, UNCLOSED, "from here on")


def _unclosed(head: bytes, tail: bytes) -> bool:
    begun = b"<html" in head.lower() or len(head) < len(b"<html")
    return begun and b"</html" not in tail.lower()


def _all(stream: IO[bytes]) -> bytes:
    return b"".join(iter(lambda: stream.read(1 << 20), b""))


def _parsed(raw: bytes) -> Node | None:
    from lxml import etree, html  # most uploads have no page, and every upload starts a reader anew

    parser = html.HTMLParser(encoding=None if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8", no_network=True)
    try:
        return html.document_fromstring(raw, parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError, AssertionError):
        return None


class Readable:
    """A stream whose `read` always gives what was asked for while there is something, as lxml expects."""

    def __init__(self, inner: IO[bytes]) -> None:
        self._inner = inner
        self._head = self._tail = b""
        self.cut = False  # known at the end: the page was begun and not closed

    def read(self, size: int = -1) -> bytes:
        piece = self._inner.read(size)
        self._head += piece[: _ENDS - len(self._head)]
        self._tail = (self._tail + piece[-_ENDS:])[-_ENDS:]
        self.cut = not piece and _unclosed(self._head, self._tail)
        return piece


def classes(node: Node) -> list[str]:
    """The class names of an element."""
    return str(node.get("class") or "").split()


def by_class(node: Node, name: str) -> Iterator[Node]:
    """Descendants that have a class, in document order."""
    for found in node.iter("*"):
        if name in classes(found):
            yield found


def shown(node: Node, *, leave: tuple[str, ...] = (), keep: bool = False) -> str:
    """The text of an element as a browser shows it: white space folded, `br` and blocks as line ends, `pre` as it is.

    Elements with a class in `leave` are passed over; with `keep` all white space within stays.
    """
    pieces: list[str] = []
    _collect(node, pieces, leave, keep=keep, top=True)
    lines = [line.strip(" ") for line in "".join(pieces).split("\n")]
    return clean("\n".join(lines).strip("\n" + (_KEPT if keep else "")).replace(_KEPT, " "))


def _collect(node: Node, pieces: list[str], leave: tuple[str, ...], *, keep: bool, top: bool) -> None:
    if not isinstance(node.tag, str) or (leave and any(name in leave for name in classes(node))):
        return
    if node.tag == "br":
        pieces.append("\n")
        return
    block = node.tag in _BLOCKS and not top
    if block and pieces and not pieces[-1].endswith("\n"):
        pieces.append("\n")
    keep = keep or node.tag == "pre"
    _add(node.text, pieces, keep=keep)
    for child in node:
        _collect(child, pieces, leave, keep=keep, top=False)
        _add(child.tail, pieces, keep=keep)
    if block and pieces and not pieces[-1].endswith("\n"):
        pieces.append("\n")


def _add(words: str | None, pieces: list[str], *, keep: bool) -> None:
    if not words:
        return
    if keep:
        words = words.replace("\r\n", "\n").replace(" ", _KEPT)
    else:
        words = _SPACE.sub(" ", words)
        if words.startswith(" ") and (not pieces or pieces[-1].endswith(("\n", " "))):
            words = words[1:]
    if words:
        pieces.append(words)

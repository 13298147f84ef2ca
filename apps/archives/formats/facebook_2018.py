"""Facebook Messenger as web pages until 2018: `html/messages.htm`, or a manifest with `messages/N.html` beside it.

`div.thread` begins with its people; each `div.message` (user, meta) is followed by a `p` with the words. Newest first; a
thread may be cut and come again. Pages may be large, so they are read element by element.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from apps.archives.formats import dates, notices, page, streams, text
from apps.archives.formats.text import clean
from apps.archives.formats.types import Kind, Member, Message, Owner, Record, Skipped

platform = "facebook"


def mine(member: Member, head: bytes) -> bool:
    name = member.name.lower()
    if not name.endswith((".htm", ".html")):
        return False
    if name.endswith(("/messages.htm", "html/messages.htm")) or name == "messages.htm":
        return True
    return b'class="thread"' in head and b'class="message"' in head and b"message_header" in head


def read(members: list[Member], others: list[Member]) -> Iterator[Record]:
    """The page that carries the owner's name is `messages.htm`, whether or not the threads are in it."""
    ordered = sorted(members, key=lambda m: not m.name.lower().endswith("messages.htm"))
    small = sum(m.size for m in members) < 2 * streams.WHOLE
    owner = ""
    blocks: dict[str, list[list[Message]]] = {}
    for member in ordered:
        reader = _Reader(member, owner)
        for found in reader.records():
            if isinstance(found, Skipped):
                yield found
            elif small and found:
                blocks.setdefault(found[0].conversation, []).append(found)
            else:
                yield from found
        owner = owner or reader.owner
    for parts in blocks.values():
        yield from _together(parts)
    if owner:
        yield Owner(platform, owner, owner, "the page carries this name", 90)


def _together(parts: list[list[Message]]) -> list[Message]:
    """A thread that was cut as one. Minutes tie: of two parts the one further down is older, within one nothing moves."""
    made: list[tuple[float, Message]] = []
    for part in reversed(parts):
        last = float("-inf")
        for message in part:
            last = message.sent_at if message.sent_at is not None else last
            made.append((last, message))
    if len(parts) > 1:
        made.sort(key=lambda row: row[0])
    return [message for _, message in made]


class _Reader:
    def __init__(self, member: Member, owner: str = "") -> None:
        self.member, self.owner = member, owner

    def records(self) -> Iterator[list[Message] | Skipped]:
        """Thread by thread."""
        from lxml import etree  # as in `page`

        with self.member.open() as stream:
            source = page.Readable(stream)
            events: Any = etree.iterparse(
                source,
                events=("start", "end"),
                html=True,
                recover=True,
                no_network=True,
                encoding="utf-8",
                tag=("div", "h1", "p", "title"),
            )
            try:
                yield from self._threads(events, source)
            except etree.XMLSyntaxError:
                yield Skipped(self.member.name, "the page is damaged", "from here on")
            else:
                if source.cut:
                    yield page.unfinished(self.member)

    def _threads(self, events: Any, source: page.Readable) -> Iterator[list[Message]]:
        """A message without words at the end of a page that was cut is left out: its sender's name may be cut, too."""
        people = ""
        rows: list[tuple[str, str, str]] = []
        waiting: tuple[str, str] | None = None
        for event, node in events:
            names = page.classes(node)
            if event == "end" and node.tag in ("h1", "title"):
                self._head(node.tag, page.shown(node))
            elif "thread" in names:
                if event == "end":
                    if waiting and not source.cut:
                        rows.append((*waiting, ""))
                    yield self._thread(people or clean(node.text or "").strip(), rows)
                    people, rows, waiting = "", [], None
                    node.clear()
            elif event == "end" and "message" in names and node.tag == "div":
                parent = node.getparent()
                people = people or clean((parent.text if parent is not None else "") or "").strip()
                if waiting:
                    rows.append((*waiting, ""))
                waiting = (_of(node, "user"), _of(node, "meta"))
                node.clear(keep_tail=True)
            elif event == "end" and node.tag == "p" and waiting:
                rows.append((*waiting, page.shown(node)))
                waiting = None
                node.clear()

    def _head(self, tag: str, words: str) -> None:
        """`<title>Owner - Messages</title>`; a heading counts only on the page called `messages.htm`."""
        if tag == "title" and " - " in words:
            self.owner = self.owner or words.rpartition(" - ")[0]
        elif tag == "h1" and self.member.name.lower().endswith(".htm"):
            self.owner = self.owner or words

    def _thread(self, people: str, rows: list[tuple[str, str, str]]) -> list[Message]:
        rows.reverse()
        senders = [s for s, _, _ in rows]
        named = text.names(people, set(senders) | {self.owner})
        # people who left are not named above a thread, and a thread that was cut comes again with the same names above it
        everybody = dict.fromkeys(named if len(named) > 1 else [*named, *senders])
        others = [n for n in everybody if n and n != self.owner]
        key, title = f"people:{'|'.join(sorted(everybody))}", ", ".join(others) or people
        times = dates.moments([date for _, date, _ in rows])
        made: list[Message] = []
        for (sender, _, words), moment in zip(rows, times, strict=True):
            at, exact = moment or (None, False)
            kind: Kind = "media" if not words else "system" if notices.of_meta(words, sender) else "text"
            said = words if kind == "text" else ""
            made.append(
                Message(platform, key, title, len(everybody) > 2, sender, sender, at, exact, kind, said, self.member.name)
            )
        return made


def _of(node: page.Node, name: str) -> str:
    return next((page.shown(found) for found in page.by_class(node, name)), "")

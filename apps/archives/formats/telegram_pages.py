"""Telegram Desktop as web pages (docs/formats/telegram.md).

A `joined` message has no name and belongs to whoever wrote before it in the same file; a forwarded one carries a name
inside of its own body that is never the sender's. The printed offset is the zone's standard offset even in summer, so
the wall clock is kept and the zone counts as unknown.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime

from apps.archives.formats import page
from apps.archives.formats.types import Also, Kind, Member, Message, Owner, Record
from apps.archives.nameless import nameless

platform = "telegram"

_FILE = re.compile(r"(?:^|/)messages(\d*)\.html$", re.I)
_ACCOUNT_CHAT = re.compile(r"(?:(?:^|(?<=/))(?:left_)?chats/)?(chat_\d+)$", re.I)
#: Bytes in which a page says whom it is with.
_HEADER = 16_384
_DATE = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4}) (\d{1,2}):(\d{2})(?::(\d{2}))?")
_VIA = re.compile(r"\s+via @\S+$")
_CALL = re.compile(r"(?:^|\s)media_call(?:\s|$)")


def mine(member: Member, head: bytes) -> bool:
    if not member.name.lower().endswith((".html", ".htm")):
        return False
    return b"page_wrap" in head and (b"chat_page" in head or b'class="history"' in head or b'class="message ' in head)


def read(members: list[Member], others: list[Member]) -> Iterator[Record]:
    folders = defaultdict[str, list[Member]](list)
    for member in members:
        folders[member.name.rpartition("/")[0]].append(member)
    names: list[tuple[str, set[str]]] = []
    for files in folders.values():
        files.sort(key=lambda m: (_number(m.name), m.name))
    shared, places = _shared(folders), dict[tuple[str, str], str]()
    for folder, files in sorted(folders.items()):
        yield from _Chat(folder, names, shared, places).records(files)
    yield from _owner(others, names)


def _shared(folders: dict[str, list[Member]]) -> set[str]:
    """Titles that several chats of one export have."""
    counts: Counter[tuple[str, str]] = Counter()
    for folder, files in folders.items():
        if found := _ACCOUNT_CHAT.search(folder):
            with files[0].open() as stream:
                root = page.tree(stream, files[0].size, first=_HEADER)
            counts[folder[: found.start()], _title(root) if root is not None else ""] += 1
    return {title for (_, title), count in counts.items() if count > 1}


def _title(root: page.Node) -> str:
    header = next(page.by_class(root, "page_header"), None)
    bold = next(page.by_class(header, "bold"), None) if header is not None else None
    return page.shown(bold) if bold is not None else ""


def _number(name: str) -> int:
    found = _FILE.search(name)
    return int(found[1] or 1) if found else 0


class _Chat:
    """The pages of one chat."""

    def __init__(
        self, folder: str, names: list[tuple[str, set[str]]], shared: set[str], places: dict[tuple[str, str], str]
    ) -> None:
        """`shared`: titles that tell no chat. `places`: in which folder of an export a first message stood first."""
        self.names, self.title, self.senders, self.before = names, "", set[str](), ""
        self.shared, self.first, self.places = shared, "", places
        found = _ACCOUNT_CHAT.search(folder)
        self.folder = found[1].lower() if found else ""
        self.root = folder[: found.start()] if found else folder

    def records(self, files: list[Member]) -> Iterator[Record]:
        made: list[Record] = []
        for member in files:
            root, told = page.opened(member)
            yield from told
            if root is None:
                continue
            self.title = self.title or _title(root)
            self.before = ""
            nodes = [node for node in page.by_class(root, "message") if node.get("id")]
            if told and nodes and next(page.by_class(nodes[-1], "text"), None) is None:
                nodes.pop()  # the page was cut in it, perhaps in its sender's name
            made += [self._message(node, member.name) for node in nodes]
        self.names.append((self.title, self.senders))
        is_group = len(self.senders - {self.title}) > 1
        key, *others = self._keys(files[0].name)
        yield from (Also(platform, key, other) for other in others)
        for record in made:
            if isinstance(record, Message):
                yield Message(*_changed(record, key, self.title, is_group))
            else:
                yield record

    def _keys(self, where: str) -> Iterator[str]:
        """By what the chat is known, and may be known: its title, else its first message. Folders are numbered anew in every export."""
        by_title, by_first = f"page:{self.title}", f"page:{self.title}:{self.first or where}"
        if self.places.setdefault((self.root, by_first), self.folder) != self.folder:
            by_first += f":{self.folder}"  # copies of one chat, or none of Telegram's
        if nameless(self.title):
            yield by_first
        else:
            yield from (by_first, by_title) if self.title in self.shared else (by_title, by_first)
        if self.folder:
            yield f"page:{self.folder}:{self.title}"  # as it was stored once

    def _message(self, node: page.Node, where: str) -> Record:
        names = page.classes(node)
        if "service" in names:
            self.before = ""
            return Message(platform, "", "", False, "", "", None, False, "system", "", where)
        body = next(page.by_class(node, "body"), node)
        own = next((page.shown(child, leave=("details",)) for child in body if "from_name" in page.classes(child)), "")
        sender = _VIA.sub("", own).strip() or self.before
        self.before = sender
        details = next((child for child in page.by_class(body, "details") if child.get("title")), None)
        at = _moment(str(details.get("title"))) if details is not None else None
        self.first = self.first or (f"{node.get('id')}@{at:.0f}" if at is not None else "")
        kind, words = self._kind(body)
        self.senders.add(sender)
        return Message(platform, "", "", False, sender or "Deleted Account", sender, at, False, kind, words, where)

    def _kind(self, body: page.Node) -> tuple[Kind, str]:
        forwarded = next(
            (c for c in body if {"forwarded", "body"} <= set(page.classes(c))), None
        )  # not the picture before it
        place = forwarded if forwarded is not None else body
        words = "\n".join(page.shown(child) for child in place if "text" in page.classes(child))
        if forwarded is not None:
            return "forwarded", words
        if words:
            return "text", words
        if any(_CALL.search(str(n.get("class") or "")) for n in place.iter("div")):
            return "call", ""
        return "media", ""


def _changed(
    m: Message, key: str, title: str, is_group: bool
) -> tuple[str, str, str, bool, str, str, float | None, bool, Kind, str, str]:
    return platform, key, title, is_group, m.sender, m.sender_id, m.sent_at, m.tz_known, m.kind, m.text, m.where


def _moment(title: str) -> float | None:
    found = _DATE.search(title)
    if found is None:
        return None
    day, month, year, hour, minute, second = (int(n or 0) for n in found.groups())
    try:
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC).timestamp()
    except ValueError:
        return None


def _owner(others: list[Member], names: list[tuple[str, set[str]]]) -> Iterator[Owner]:
    """The account's page; else the name in every chat; else, in one private chat, who is not its title."""
    for member in others:
        if member.name.lower().endswith("export_results.html"):
            with member.open() as stream:
                root = page.tree(stream, member.size)
            rows = [page.shown(n) for n in page.by_class(root, "value")] if root is not None else []
            known = {s for _, senders in names for s in senders}
            for row in (" ".join(rows[:2]), *rows):
                if row in known:
                    yield Owner(platform, row, row, "your account in this export", 100)
                    return
    counts = Counter(s for title, senders in names for s in senders if s != title)
    if len(names) > 1 and counts:
        (name, count), *_ = counts.most_common(1)
        if count == len(names):
            yield Owner(platform, name, name, f"writes in all {count} chats", 60)
    elif len(names) == 1 and names[0][0] in names[0][1] and len(counts) == 1:
        (name,) = counts
        yield Owner(platform, name, name, f"the chat is with {names[0][0]}", 60)

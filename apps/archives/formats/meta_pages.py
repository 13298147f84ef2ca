"""Facebook and Instagram as web pages, 2018 and later: read by shape, class names change with every build.

A message is a box whose parts are sender, body, and at its end a leaf that is a date. Its text is the first piece of the
body; links and copies of the text that follow are no words of their own (docs/formats/facebook.md).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from apps.archives.formats import dates, meta, meta_owner, notices, page
from apps.archives.formats.types import Also, Kind, Member, Message, Note, Record, Skipped

platform = "facebook"
PARTICIPANTS = re.compile(
    r"(?:Participants?|Teilnehmer(?:/innen)?|Participantes|Partecipanti|Участники|Deelnemers|Deltagare|Uczestnicy)\s*: ?(.*)",
    re.I | re.S,
)
#: Lines beside a photo or a file.
_NO_WORDS = re.compile(r"IP(?: Address)?: [\d.:a-f]+|Download file: .*|Click for (?:audio|video):?", re.I)
_MEDIA = ("img", "video", "audio", "a")


@dataclass
class _Box:
    sender: str
    body: page.Node
    date: str


def mine(member: Member, head: bytes) -> bool:
    name = member.name.lower()
    if not name.endswith((".html", ".htm")):
        return False
    found = meta.THREAD.search(name)
    if found:
        return found["type"] == "html"
    return b"<html" in head.lower() and (b"Participants:" in head or b"_a6-g" in head or b"_2lek" in head)


def read(members: list[Member], others: list[Member]) -> Iterator[Record]:
    for ours, some in meta.by_platform(members, [*members, *others]).items():
        yield from _read(ours, some)


def _read(ours: str, members: list[Member]) -> Iterator[Record]:
    rosters: meta_owner.Rosters = []
    for thread in meta.threads(members):
        people: dict[str, None] = {}
        title = ""
        for member in thread.files:
            root, told = page.opened(member)
            yield from told
            if root is None:
                continue
            boxes = list(_boxes(root))
            if not boxes:
                yield Skipped(member.name, "no message was found on this page", "the whole file")
            title = _title(root) or title
            people.update(dict.fromkeys(_participants(root, {b.sender for b in boxes})))
            people.update(dict.fromkeys(b.sender for b in boxes if b.sender))
            key = meta.thread_key(thread.key) if thread.key else meta.of_people(people)
            if key.startswith("id:"):
                yield Also(ours, key, f"thread:{thread.key}")
            if thread.box in meta.SPAM:
                yield Note(key, "from the message requests or filtered folder, mostly spam", leave_out=True)
            yield from _messages(ours, member.name, boxes, key, title or ", ".join(people), len(people) > 2)
        if people:
            rosters.append((title, frozenset(people)))
    yield from meta_owner.owner_by_presence(ours, rosters)


def _title(root: page.Node) -> str:
    for tag in ("title", "h1"):
        for node in root.iter(tag):
            if words := page.shown(node):
                return words
    return ""


def _participants(root: page.Node, known: set[str]) -> list[str]:
    """Who is listed; `known` are names that may hold a word that joins names ("Simon and Garfunkel")."""
    for node in root.iter("div"):
        if len(node) <= 1 and (found := PARTICIPANTS.fullmatch(page.shown(node))):
            return list(_parted(re.split(r"(, | and | und | et | y )", found[1]), known))
    return []


def _parted(pieces: list[str], known: set[str]) -> Iterator[str]:
    """Names and what joins them, in turns, as names."""
    at = 0
    while at < len(pieces):
        ends = (end for end in range(len(pieces), at, -2) if "".join(pieces[at:end]).strip() in known)
        end = next(ends, at + 1)
        if name := "".join(pieces[at:end]).strip():
            yield name
        at = end + 1


#: What a message is wrapped in: pages of before and of after the end of 2025.
_WRAPS = ("div", "section")


def _boxes(root: page.Node) -> Iterator[_Box]:
    """The innermost elements whose last child is a date with a sender before it, in document order."""
    found: dict[page.Node, tuple[str, list[page.Node], str]] = {}
    for node in root.iter(*_WRAPS):
        if any(parent in found for parent in node.iterancestors()):
            continue  # a dated photo or reaction within a message
        parts = [child for child in node if isinstance(child.tag, str) and child.tag not in ("br", "style", "script")]
        if len(parts) < 2 or parts[-1].tag in ("ul", "ol", "li") or len(parts[-1]) > 1:
            continue
        date = page.shown(parts[-1])
        if "\n" in date or "(" in date or not dates.looks_like_a_date(date) or _holds_a_box(parts[:-1]):
            continue
        sender = page.shown(parts[0])
        if "\n" in sender or len(sender) > 120 or PARTICIPANTS.match(sender):
            continue
        found[node] = (sender, parts[1:-1], date) if len(parts) > 2 else ("", parts[:1], date)
    before = ""
    for node, (sender, bodies, date) in found.items():
        box = bodies[0]
        for extra in bodies[1:]:
            box.append(extra)
        before = sender or (before if node.tag == "section" else "")  # there a name stands once for several
        yield _Box(before, box, date)


def _holds_a_box(parts: list[page.Node]) -> bool:
    """Whether a part is itself a message: sender, body and date."""
    for part in parts:
        for inner in part.iter(*_WRAPS):
            children = [c for c in inner if isinstance(c.tag, str)]
            if (
                len(children) >= 3
                and len(children[-1]) <= (inner.tag == "section")
                and dates.looks_like_a_date(page.shown(children[-1]))
            ):
                return True
    return False


def _messages(ours: str, where: str, boxes: list[_Box], key: str, title: str, is_group: bool) -> Iterator[Record]:
    times = dates.moments([b.date for b in boxes])
    made: list[Message] = []
    for box, moment in zip(boxes, times, strict=True):
        kind, words = _kind(box)
        at, exact = moment or (None, False)
        made.append(Message(ours, key, title, is_group, box.sender, box.sender, at, exact, kind, words, where))
    if len(made) > 1 and (made[0].sent_at or 0) >= (made[-1].sent_at or 0):
        made.reverse()  # newest first; minutes tie, so turn round before sorting
    yield from sorted(made, key=lambda m: m.sent_at or 0.0)


def _kind(box: _Box) -> tuple[Kind, str]:
    words = _words(box.body)
    if words and not notices.of_meta(words, box.sender):
        return "text", words
    if words:
        return "system", ""
    return ("media", "") if any(True for _ in box.body.iter(*_MEDIA)) else ("system", "")


def _words(body: page.Node) -> str:
    """The first leaf block with words that are neither a reaction, a link alone, nor a copy."""
    for player in body.iter("audio", "video"):
        player.clear(keep_tail=True)  # what is in there is shown by browsers that cannot play it
    blocks = [n for n in body.iter("div") if len(n) == 0 or all(c.tag not in ("div", "ul") for c in n)]
    first = next((n for n in blocks if n is not body and n.getparent() is not None), None)
    for node in body.iter("div", "p", "span", "h2"):
        if any(isinstance(c.tag, str) and c.tag in ("div", "ul", "p", "table") for c in node):
            if own := (node.text or "").strip():
                return page.shown(node) if not any(c.tag == "div" for c in node) else own
            continue
        if any(parent.tag in ("ul", "a") for parent in node.iterancestors()):
            continue
        words = page.shown(node)
        link = node[0] if len(node) == 1 and node[0].tag == "a" and not (node.text or "").strip() else None
        if link is not None and (_is_media(link) or (first is not None and node is not first)):
            continue
        if words and not _NO_WORDS.fullmatch(words):
            return words
    return ""


def _is_media(link: page.Node) -> bool:
    return any(True for _ in link.iter("img", "video", "audio")) or not str(link.get("href") or "").startswith("http")

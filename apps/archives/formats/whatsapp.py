"""WhatsApp's text export, Android and iOS, every header family (docs/formats/whatsapp.md).

A file has one style of headers and one order of day and month; both are inferred from the whole file in a first pass.
Lines that look like headers of another style are words of the message before. Times are wall clock without a zone.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice

from apps.archives.formats import dates, text
from apps.archives.formats import whatsapp_phrases as phrases
from apps.archives.formats.types import Kind, Member, Message, Note, Owner, Record, Skipped

platform = "whatsapp"

_HALF = r"[ap]\.?\s?m\.?|上午|下午|午前|午後|凌晨|清晨|早上|中午|傍晚|晚上|오전|오후|abends|nachm\.|vorm\.|morgens|μ\.?\s?μ\.?|π\.?\s?μ\.?|ص|م"
HEADER = re.compile(
    rf"""^(?P<open>\[)?\s?(?P<a>\d{{1,4}})(?P<sep>[-/.])\s?(?P<b>\d{{1,4}})(?P=sep)\s?(?P<c>\d{{1,4}})\.?
    (?P<comma>[,.])?\s(?:(?:um|klo|at|kl\.?|à|a\slas|às|alle|ore|o)\s)?(?P<before>(?:{_HALF})\s?)?
    (?P<h>\d{{1,2}})(?P<tsep>[:.])(?P<m>\d{{2}})(?:(?P=tsep)(?P<s>\d{{2}}))?(?:\s?(?P<half>{_HALF}))?
    (?:\sUhr)?(?:(?P<close>\])\s?|(?P<dash>\s[-–—])\s|(?P<colon>:)\s|(?P<none>\s)(?=[^\n:]{{1,60}}:\s))(?P<rest>.*)$""",
    re.I | re.X,
)
_BEGINS = frozenset("[0123456789")
_AUTHOR = re.compile(r"(?P<name>[^\n]{1,100}?):(?:\s(?P<body>.*)|$)", re.S)
_TIGHT = re.compile(r"(?P<name>[^\n:]{1,60}):(?P<body>(?!//).*)", re.S)
_CHAT_NAME = re.compile(
    r"(?:WhatsApp[ _]Chat[ _](?:-|with|mit)|Chat[ _]de[ _]WhatsApp[ _]con|Чат[ _]WhatsApp[ _]с|Chat[ _]WhatsApp[ _]con"
    r"|Conversa[ _](?:no|do)[ _]WhatsApp[ _]com|Discussion[ _]WhatsApp[ _]avec|WhatsApp-chat[ _]met)[ _]"
    r"(?P<name>.+?)(?:\s?\(\d+\))?(?:\.(?:txt|zip))*$",
    re.I,
)
_CHAT_NAME_ZH = re.compile(r"与(?P<name>.+?)的[ _]?WhatsApp[ _]聊天", re.I)
_TILDE = re.compile(r"^~\s?")
_MENTION = re.compile("@\u2068([^\u2069]*)\u2069")
_DIGITS = re.compile(r"@\d{8,15}\b")
_DAY, _MONTH, _YEAR = "d", "m", "y"
UNDECIDED = "The dates fit two orders, day first and month first. They were read {}; open the conversation to switch them."


def mine(member: Member, head: bytes) -> bool:
    if not member.name.lower().endswith(".txt"):
        return False
    found = [line for line in text.decode(head).split("\n")[:50] if line.strip()]
    headers = [m for line in found if (m := header(line))]
    if _SIGNAL.match(_leading(found[0]) if found else "") and not _named(member):
        return False
    if _named(member) and headers:
        return True
    authors = any(_AUTHOR.match(m["rest"]) or _TIGHT.match(m["rest"]) for m in headers)
    return authors and (len(headers) >= 3 or len(headers) > 0.3 * len(found))


_SIGNAL = re.compile(r"^\[\d{4}-\d\d-\d\d, \d\d:\d\d\] ")


def _named(member: Member) -> bool:
    return bool(_title(member)) or member.name.rpartition("/")[2].lower() == "_chat.txt"


def _title(member: Member) -> str:
    """The chat's name, from the name of the file or of the zip it came in."""
    for name in (member.name.rpartition("/")[2], member.upload, *reversed(member.name.split("/")[:-1])):
        found = _CHAT_NAME.search(text.bare(name)) or _CHAT_NAME_ZH.search(text.bare(name))
        if found:
            return found["name"].strip(" _")
    return ""


def _leading(line: str) -> str:
    """The line without marks at its beginning and inside the bracket, where WhatsApp strews them."""
    return text.bare(line[:60]) + line[60:] if not line[:60].isascii() else line


@dataclass
class _Style:
    """What a first look over the whole file learns."""

    family: tuple[object, ...] = ()
    order: str = "dmy"
    decided: bool = True
    authors: Counter[str] = field(default_factory=Counter)
    tight: bool = False
    ios: bool = False
    group: bool = False


def _family(m: re.Match[str]) -> tuple[object, ...]:
    wide = tuple(len(m[name]) > 2 for name in "abc")
    return bool(m["open"]), m["sep"], m["tsep"], wide, bool(m["close"]), bool(m["dash"]), bool(m["s"]), bool(m["none"])


def read(members: list[Member], others: list[Member]) -> Iterator[Record]:
    chats: list[tuple[str, Counter[str]]] = []
    for member in members:
        style = _look(member)
        title = _title(member)
        yield from _chat(member, style, title, chats)
    yield from _owner(chats)


def header(line: str) -> re.Match[str] | None:
    """A line that begins a message, in whatever style."""
    if not line.isascii():
        line = _leading(line)
    return HEADER.match(line) if line[:1] in _BEGINS else None


def _look(member: Member) -> _Style:
    """One pass over the file: every style of header has its own account, the most frequent one is the file's."""
    counts: Counter[tuple[object, ...]] = Counter()
    orders: dict[tuple[object, ...], _Order] = {}
    authors: dict[tuple[object, ...], Counter[str]] = {}
    groups: set[tuple[object, ...]] = set()
    with member.open() as stream:
        for line in text.lines(stream):
            m = header(line)
            if m is None:
                continue
            family = _family(m)
            counts[family] += 1
            orders.setdefault(family, _Order()).see(m)
            if author := _AUTHOR.match(m["rest"]):
                authors.setdefault(family, Counter())[author["name"]] += 1
            if family not in groups and phrases.is_about_group(text.bare(author["body"] or "" if author else m["rest"])):
                groups.add(family)
    style = _Style()
    if not counts:
        return style
    style.family = counts.most_common(1)[0][0]
    for name, count in authors.get(style.family, Counter()).items():
        style.authors[_sender(name)] += count
    style.ios = bool(style.family[0])
    style.group = style.family in groups
    style.tight = not style.authors
    style.order, style.decided = orders[style.family].decide()
    return style


class _Order:
    """Day first, month first or year first: by what is possible, then by what runs forward in time."""

    def __init__(self) -> None:
        self.possible = {"dmy": True, "mdy": True, "ymd": True, "ydm": True, "myd": True}
        self.back: Counter[str] = Counter()
        self.last: dict[str, tuple[int, int, int]] = {}
        self.changed = [0, 0, 0]
        self.before: tuple[int, int, int] | None = None
        self.dates: set[tuple[int, int, int]] = set()
        self.american = True
        self.half = False

    def see(self, m: re.Match[str]) -> None:
        numbers = (int(m["a"]), int(m["b"]), int(m["c"]))
        self.half = self.half or bool(m["half"] or m["before"])
        self.american = self.american and m["sep"] == "/" and len(m["c"]) == 2
        if numbers == self.before:
            return
        if m["a"].startswith("0") or m["b"].startswith("0"):
            self.american = self.american and self.half
        if self.before is not None:
            for n in range(3):
                self.changed[n] += numbers[n] != self.before[n]
        self.before = numbers
        if len(self.dates) < 10_000:
            self.dates.add(numbers)
        for order in self.possible:
            date = _dated(numbers, order)
            if date is None:
                self.possible[order] = False
                continue
            self.back[order] += order in self.last and date < self.last[order]
            self.last[order] = date

    def decide(self) -> tuple[str, bool]:
        left = [o for o, possible in self.possible.items() if possible]
        if not left:
            return "dmy", True
        fewest = min(self.back[o] for o in left)
        best = [o for o in left if self.back[o] == fewest]
        worst = max((self.back[o] for o in left), default=0)
        clear = len(left) == 1 or (len(best) == 1 and worst - fewest >= 1)
        if clear:
            return best[0], True
        if not {"dmy", "mdy"} <= set(best):
            return best[0], True
        day, month = self.changed[0], self.changed[1]
        if len(self.dates) >= 8 and max(day, month) > 2 * min(day, month):
            return ("dmy" if day > month else "mdy"), True
        same = all(a == b for a, b, _ in self.dates)
        return ("mdy" if self.american else "dmy"), same


def _dated(numbers: tuple[int, int, int], order: str) -> tuple[int, int, int] | None:
    at = dict(zip(order, numbers, strict=True))
    year = at["y"] if at["y"] >= 1000 else at["y"] + 2000
    if not (1 <= at["m"] <= 12 and 1 <= at["d"] <= 31 and (at["y"] < 100 or 1990 <= at["y"] <= 2100)):
        return None
    return year, at["m"], at["d"]


def _moment(m: re.Match[str], order: str) -> float | None:
    date = _dated((int(m["a"]), int(m["b"]), int(m["c"])), order)
    if date is None:
        return None
    try:
        clock = dates.clock(int(m["h"]), int(m["m"]), int(m["s"] or 0), m["before"] or m["half"] or "")
        return datetime(*date, *clock, tzinfo=UTC).timestamp()
    except ValueError:
        return None


def _sender(name: str) -> str:
    return _TILDE.sub("", text.bare(name).strip()).strip()


def _chat(member: Member, style: _Style, title: str, chats: list[tuple[str, Counter[str]]]) -> Iterator[Record]:
    names = [n for n, _ in style.authors.most_common() if n]
    people = [n for n in names if n != title or len(names) <= 2]
    is_group = len(people) > 2 or style.group
    title = title or ", ".join(sorted(people)[:4]) or "WhatsApp"
    key = f"chat:{title}"
    if not style.decided:
        yield Note(key, UNDECIDED.format("day first" if style.order == "dmy" else "month first"), unsure=member.name)
    reader = _Reader(member.name, style, key, title, is_group)
    with member.open() as stream:
        yield from reader.records(text.lines(stream))
    if reader.strays:
        yield Skipped(member.name, "lines before the first message", count=reader.strays)
    chats.append((title, reader.wrote))


class _Reader:
    def __init__(self, where: str, style: _Style, key: str, title: str, is_group: bool) -> None:
        self.where, self.style, self.key, self.title, self.is_group = where, style, key, title, is_group
        self.wrote: Counter[str] = Counter()
        self.strays = 0
        self.people = frozenset([*style.authors, title, "You", "Du"])

    def records(self, lines: Iterator[str]) -> Iterator[Record]:
        at: float | None = None
        held: list[str] = []
        open_ = False
        for line in lines:
            m = header(line)
            if m is not None and _family(m) == self.style.family:
                if open_:
                    yield self._message(at, held)
                at, held, open_ = _moment(m, self.style.order), [_rest(line, m)], True
            elif open_:
                held.append(line)
            elif line.strip():
                self.strays += 1
        if open_:
            yield self._message(at, held)

    def _message(self, at: float | None, held: list[str]) -> Message:
        whole = "\n".join(held).rstrip()
        sender, body = self._split(whole)
        kind, words = _kind(body, sender, self.title, self.people, ios=self.style.ios) if sender else ("system", "")
        if kind != "system":
            self.wrote[sender] += kind == "text"  # who sent only pictures is there, with no words
        return Message(platform, self.key, self.title, self.is_group, sender, sender, at, False, kind, words, self.where)

    def _split(self, whole: str) -> tuple[str, str]:
        """(author, body); "" for a system line. A tight "Name:words" counts only for names known otherwise."""
        found = _AUTHOR.match(whole)
        if found:
            name = _sender(found["name"])
            quoted = any(mark in name for mark in '"“”„«»')
            if self.style.authors[name] > 1 or not (quoted or phrases.is_notice(text.bare(whole), self.people)):
                return name, found["body"] or ""
            return "", whole
        tight = _TIGHT.match(whole)
        if tight:
            name = _sender(tight["name"])
            if self.style.authors[name] or self.style.tight:
                return name, tight["body"]
        return "", whole


def _rest(line: str, m: re.Match[str]) -> str:
    """What follows the header, with its invisible marks: they tell system lines on iOS."""
    tail = m["rest"]
    return line[len(line) - len(tail) :] if line.endswith(tail) else _unmarked_tail(line, tail)


def _unmarked_tail(line: str, tail: str) -> str:
    """`tail` lost marks within the first sixty characters of `line`: find where it began."""
    for start in range(len(line)):
        if text.bare(line[start:60]) + line[60:] == tail and (line[start : start + 1] not in text.MARKS or start == 0):
            back = start
            while back and line[back - 1] in text.MARKS:
                back -= 1
            return line[back:].lstrip(" ")
    return tail


def _kind(body: str, sender: str, title: str, people: frozenset[str], *, ios: bool) -> tuple[Kind, str]:
    plain = text.bare(body).strip()
    marked = body.lstrip(" ")[:1] == "\u200e"
    if not plain or plain == ".":
        return "media", ""
    if phrases.is_deleted(plain):
        return "deleted", ""
    if phrases.is_call(plain):
        return "call", ""
    if phrases.is_media(plain):
        return "media", ""
    if phrases.is_poll(plain):
        return "media", ""
    if phrases.is_notice(plain, people) or (marked and sender == title and ios):
        return "system", ""
    if marked and ios and "\n" not in plain and not _caption(plain):
        return "system", ""
    before, mark, tail = body.rpartition("\u200e")
    if mark and before.strip() and phrases.is_media(text.bare(tail).strip()):
        body = before  # an iPhone's caption stands before what it is the caption of
    words = phrases.without_attachment(_clean(body))
    words = phrases.EDITED.sub("", words)
    return ("text", words) if words.strip() else ("media", "")


def _caption(plain: str) -> bool:
    return phrases.without_attachment(plain) != plain


def _clean(body: str) -> str:
    body = _MENTION.sub(r"@\1", body)
    body = _DIGITS.sub("@number", body)
    return body.replace("\u200e", "").strip()


def _owner(chats: list[tuple[str, Counter[str]]]) -> Iterator[Owner]:
    """Nothing in the file says it: the sender of all chats, or who is not the one a private chat is named after."""
    sets = [{n for n, count in wrote.items() if count} for _, wrote in chats if wrote.total()]
    common = set.intersection(*sets) if len(sets) > 1 else set()
    if len(common) == 1:
        (name,) = common
        yield Owner(platform, name, name, f"writes in all {len(sets)} chats", 60)
    for title, wrote in islice(chats, 200):
        rest = [n for n in wrote if n != title]
        if title in wrote and len(wrote) == 2 and len(rest) == 1:
            yield Owner(platform, rest[0], rest[0], f"the chat is named after the other person, {title}", 50)
            return

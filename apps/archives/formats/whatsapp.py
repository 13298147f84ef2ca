"""WhatsApp's text export, Android and iOS, every header family (docs/formats/whatsapp.md).

A file has one style of headers and one order of day and month; both are inferred from the whole file in a first pass.
Lines that look like headers of another style are words of the message before. Times are wall clock without a zone.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import chain, islice

from apps.archives.formats import chosen, text
from apps.archives.formats import whatsapp_headers as headers
from apps.archives.formats import whatsapp_phrases as phrases
from apps.archives.formats.types import Also, Found, Kind, Member, Messages, Note, Owner, Skipped
from apps.archives.formats.whatsapp_dates import Clock
from apps.archives.formats.whatsapp_headers import Headers, Style
from apps.archives.formats.whatsapp_kinds import Kinds

platform = "whatsapp"

_TIGHT = re.compile(r"(?P<name>[^\n:]{1,60}):(?P<body>(?!//).*)", re.S)
_CHAT_NAME = re.compile(
    r"(?:WhatsApp[ _]Chat[ _](?:-|with|mit)|Chat[ _]de[ _]WhatsApp[ _]con|Чат[ _]WhatsApp[ _]с|Chat[ _]WhatsApp[ _]con"
    r"|Conversa[ _](?:no|do)[ _]WhatsApp[ _]com|Discussion[ _]WhatsApp[ _]avec|WhatsApp-chat[ _]met)[ _]"
    r"(?P<name>.+?)(?:\s?\(\d+\))?(?:(?:\.(?:txt|zip|tar|tgz|gz))+(?:\s?\(\d+\))?)?$",
    re.I,
)
_CHAT_NAME_ZH = re.compile(r"与(?P<name>.+?)的[ _]?WhatsApp[ _]聊天", re.I)
_QUOTES = '"“”„«»'
#: What is longer than most names, and goes on after a full stop, is a notice with a colon in it.
USUAL = 100
_SENTENCES = re.compile(r"[.!?。]\s")
AT_ONCE = 256  # messages; hostile ones may be long
UNDECIDED = "The dates fit two orders, day first and month first. They were read {}; open the conversation to switch them."


def mine(member: Member, head: bytes) -> bool:
    if not member.name.lower().endswith(".txt"):
        return False
    found = [line for line in text.decode(head).split("\n")[:50] if line.strip()]
    begun = [m for line in found if (m := headers.header(headers.leading(line)))]
    if _SIGNAL.match(headers.leading(found[0]) if found else "") and not _named(member):
        return False
    if _named(member) and begun:
        return True
    authors = any(headers.authored(m["rest"]) or _TIGHT.match(m["rest"]) for m in begun)
    return authors and (len(begun) >= 3 or len(begun) > 0.3 * len(found))


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


def read(members: list[Member], others: list[Member]) -> Iterator[Found]:
    chats: list[tuple[str, Counter[str]]] = []
    for member in members:
        found = Headers()
        with member.open() as stream:
            style = found.look(text.lines(stream))
        yield from _chat(member, found, style, chats)
    yield from _owner(chats)


def _chat(member: Member, found: Headers, style: Style, chats: list[tuple[str, Counter[str]]]) -> Iterator[Found]:
    names = [n for n, _ in style.authors.most_common() if n]
    given = _title(member)
    people = [n for n in names if n != given or len(names) <= 2]
    is_group = len(people) > 2 or style.group
    listed = ", ".join(sorted(people)[:4]) or "WhatsApp"
    title = given or style.named or listed
    reader = _Reader(found, style, title)
    with member.open() as stream:
        batches = reader.columns(text.lines(stream))
        first = next(batches, None)
        key, others = f"chat:{title}", list[str]()
        if not given and (is_group or not people):  # there may be two of one name
            key, others = _by_people([n for n in style.authors if n], first)
            others += [f"chat:{one}" for one in (style.named, listed) if one]
        elif not given and style.named:
            others = [f"chat:{listed}"]
        yield from (Also(platform, key, other) for other in others)
        if not style.decided:
            yield Note(
                key, UNDECIDED.format("day first" if style.order.lower() == "dmy" else "month first"), unsure=member.name
            )
        for columns in chain([first] if first else [], batches):
            yield Messages(platform, key, title, is_group, False, member.name, *columns)
    if reader.strays:
        yield Skipped(member.name, "lines before the first message", count=reader.strays)
    chats.append((title, reader.wrote))


def _by_people(people: list[str], first: Columns | None) -> tuple[str, list[str]]:
    """The key of a group that came without its zip and begins with `first`; and those it had when fewer had written."""
    begins = (first[2][0] or 0.0, next((words for words in first[4] if words), "")) if first else (0.0, "")
    mark = f"{begins[0]:.0f} {chosen.mark(begins[1])}"
    return chosen.by_people(people, mark), [*chosen.earlier(people, mark)]


#: Names, numbers of senders, times, kinds and words, as in `Messages`.
Columns = tuple[list[str], list[int], list[float | None], list[Kind], list[str]]


class _Reader:
    """The second look over a file, which makes its messages."""

    def __init__(self, found: Headers, style: Style, title: str) -> None:
        self.found, self.style = found, style
        self.wrote: Counter[str] = Counter()
        self.strays = 0
        self.people = frozenset([*style.authors, title, "You", "Du"])
        #: Who wrote more than once, as the file writes the name: no system line is as regular.
        self.known = (
            {raw: name for raw in style.account.authors if style.authors[name := headers.sender(raw)] > 1 and name}
            if style.account
            else {}
        )
        self.kinds = Kinds(title, self.people, ios=style.ios)

    def columns(self, lines: Iterator[str]) -> Iterator[Columns]:
        """Messages in their order, some at a time."""
        names: dict[str, int] = {}
        who: list[int] = []
        times: list[float | None] = []
        kinds: list[Kind] = []
        texts: list[str] = []
        ordinary = self.kinds.words
        for at, sender, held in self._begun(lines):
            whole = (held[0] if len(held) == 1 else "\n".join(held)).rstrip()
            words = ordinary(whole) if sender else None
            kind: Kind = "text"
            if words is None:
                sender, kind, words = self._closely(sender, whole)
            who.append(names.setdefault(sender, len(names)))
            times.append(at)
            kinds.append(kind)
            texts.append(words)
            if len(texts) == AT_ONCE:
                yield self._noted((list(names), who, times, kinds, texts))
                names, who, times, kinds, texts = {}, [], [], [], []
        if texts:
            yield self._noted((list(names), who, times, kinds, texts))

    def _noted(self, columns: Columns) -> Columns:
        """Count who wrote how many; who sent only pictures is there, with no words."""
        names, who, _, kinds, _ = columns
        for (number, kind), count in Counter(zip(who, kinds, strict=True)).items():
            if kind != "system":
                self.wrote[names[number]] += count if kind == "text" else 0
        return columns

    def _begun(self, lines: Iterator[str]) -> Iterator[tuple[float | None, str, list[str]]]:
        """Each message's time, sender and lines; "" and all that follows the header, where that takes a closer look."""
        found, moment, account, known = self.found, Clock(self.style.order).moment, self.style.account, self.known
        at, sender = None, ""
        held: list[str] = []
        for line in lines:
            m = found.match(line)
            if m is not None and (name := known.get(m[4])) is not None and found.shape.account is account:
                if held:
                    yield at, sender, held
                at, sender, held = moment(m[1], m[2], m[3], found.shape.half), name, [line[m.end() :]]
                continue
            plain = headers.leading(line)
            head = found.find(plain)
            if head is not None and head[0].account is account:
                if held:
                    yield at, sender, held
                shape, date, clock, second, begin = head
                at, sender = moment(date, clock, second, shape.half), ""
                held = [plain[begin:] if plain is line else headers.rest(line, plain, begin)]
            elif held:
                held.append(line)
            elif line.strip():
                self.strays += 1
        if held:
            yield at, sender, held

    def _closely(self, sender: str, whole: str) -> tuple[str, Kind, str]:
        """(sender, kind, words)"""
        if not sender:
            sender, whole = self._split(whole)
        return (sender, *self.kinds.of(whole, sender)) if sender else ("", "system", "")

    def _split(self, whole: str) -> tuple[str, str]:
        """(author, body); "" for a system line. A tight "Name:words" counts only for names known otherwise."""
        found = None if self.style.tight else headers.authored(whole)
        if found:
            name = headers.sender(found[0])
            if self.style.authors[name] > 1 or not (
                sum(map(name.count, _QUOTES)) % 2
                or (len(name) > USUAL and _SENTENCES.search(name))
                or phrases.is_notice(text.bare(whole), self.people)
            ):
                return name, found[1]
            return "", whole
        tight = _TIGHT.match(whole)
        if tight:
            name = headers.sender(tight["name"])
            if self.style.authors[name] or self.style.tight:
                return name, tight["body"]
        return "", whole


def _owner(chats: list[tuple[str, Counter[str]]]) -> Iterator[Owner]:
    """Nothing in the file says it: the sender of all chats, or who is not the one a private chat is named after."""
    sets = [{n for n, count in wrote.items() if count} for _, wrote in chats if wrote.total()]
    common = set.intersection(*sets) if len(sets) > 1 else set()
    common -= {title for title, wrote in chats if title in wrote and len(wrote) == 2}
    if len(common) == 1:
        (name,) = common
        yield Owner(platform, name, name, f"writes in all {len(sets)} chats", 60)
    for title, wrote in islice(chats, 200):
        rest = [n for n in wrote if n != title]
        if title in wrote and len(wrote) == 2 and len(rest) == 1:
            yield Owner(platform, rest[0], rest[0], f"the chat is named after the other person, {title}", 50)
            return

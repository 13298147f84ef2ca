"""The headers of WhatsApp's lines: every family of them, what a first look over a file learns, and times.

One large pattern knows all families. A file has few shapes of headers, so each that is met is compiled once as it stands,
literal but for its digits, and tried first: nearly every line is then told by one small pattern. A shape never matches
what the large pattern would read otherwise; a test compares them.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from apps.archives.formats import text
from apps.archives.formats import whatsapp_phrases as phrases
from apps.archives.formats.late import late
from apps.archives.formats.whatsapp_dates import Order

_HALF = r"[ap]\.?\s?m\.?|上午|下午|午前|午後|凌晨|清晨|早上|中午|傍晚|晚上|오전|오후|午夜|abends|nachm\.|vorm\.|morgens|mittags|nachmittags|vormittags|nachts|ÖÖ|ÖS|μ\.?\s?μ\.?|π\.?\s?μ\.?|ص|م"
#: The halves of a day in Vietnamese, which may be somebody's initials elsewhere.
_HALF_BEHIND = r"(?:SA|CH)(?=\]|\s[-–—]\s)"
#: What languages put between day and time (CLDR's patterns of dates with times).
_AT = r"um|klo|at|kl\.?|kell|plkst\.|à|a\slas|a\sles|ás|às|alle\sore|alle|ore|o\sgodz\.|om|ob|la|o|v|u|у|в|во|о|στις|lúc|pukul|jam|pada|saat|เวลา"
_DAY = r"(?P<a>\d{1,4})(?P<sep>[-/.])\s?(?P<b>\d{1,4})(?P=sep)\s?(?P<c>\d{1,4})\.?(?:\sг\.)?"
_CLOCK = r"(?P<h>\d{1,2})(?P<tsep>[:.])(?P<m>\d{2})(?:(?P=tsep)(?P<s>\d{2}))?"
_END = r"(?:(?P<close>\])\s?|(?P<dash>\s[-–—])\s|(?P<colon>:)\s|(?P<none>\s)(?=[^\n:]{1,60}:\s))(?P<rest>.*)$"
HEADER = late(
    rf"""^(?P<open>\[)?\s?{_DAY}(?P<comma>[,.،])?\s(?:(?P<at>{_AT})\s)?(?P<before>(?:{_HALF})\s?)?
    {_CLOCK}(?:\s?(?P<half>{_HALF}|{_HALF_BEHIND}))?(?:\s(?:Uhr|ч\.))?{_END}""",
    re.I | re.X,
)
#: The clock before the day, as Vietnamese has it, and as every phone copies single messages.
TURNED = late(
    rf"""^(?P<open>\[)?\s?(?P<before>(?:{_HALF})\s?)?{_CLOCK}(?:\s?(?P<half>{_HALF}|SA|CH))?(?:\sUhr)?(?P<comma>[,.،])?\s
    (?:(?P<at>ngày)\s)?{_DAY}{_END}""",
    re.I | re.X,
)
#: How a header ends, by the name of its group. "none" needs what comes after it and is left to the large pattern, as are those
#: with the clock first.
_ENDS = {"close": r"\]\s?", "dash": r"\s[-–—]\s", "colon": r":\s"}
_FIGURES = "0123456789٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹"
_BEGINS = frozenset("[" + _FIGURES)
#: Letters of an author's name: a group may be called by 100 of them, and an address book knows no end.
LONGEST = 256
_AUTHOR = re.compile(rf"(?P<name>[^\n]{{1,{LONGEST}}}?):(?:\s(?P<body>.*)|$)", re.S)
LEADING = 60  # characters in which marks may stand within a header
MAX_SHAPES = 24  # compiling takes a while: a file with more ways to write headers is none of a phone's
_TILDE = re.compile(r"^~\s?")

Family = tuple[object, ...]
Match = Callable[[str], re.Match[str] | None]
#: Its shape, the texts of date, hour with minute, and second ("" for none), and where the words begin.
Head = tuple["Shape", str, str, str, int]


def leading(line: str) -> str:
    """The line without marks at its beginning and inside the bracket, where WhatsApp strews them."""
    return text.bare(line[:LEADING]) + line[LEADING:] if text.marked(line[:LEADING]) else line


def header(line: str) -> re.Match[str] | None:
    """A line that begins a message, in whatever style; `line` has no marks at its beginning (`leading`)."""
    return (HEADER.match(line) or TURNED.match(line)) if line[:1] in _BEGINS else None


def authored(words: str) -> tuple[str, str] | None:
    """(author, body) of what follows a header; None where nobody is named."""
    colon = words.find(":")
    if colon < 0:
        return None
    if 0 < colon <= LONGEST and words[colon + 1 : colon + 2] == " " and "\n" not in words[:colon]:
        return words[:colon], words[colon + 2 :]  # nearly always; the pattern would say the same
    found = _AUTHOR.match(words)
    return (found["name"], found["body"] or "") if found else None


def _tight(words: str) -> str:
    """The name in "Al:words", where nothing stands between."""
    colon = words.find(":")
    return words[:colon] if 0 < colon <= 60 and words[colon + 1 : colon + 2] not in ("", " ", "/") else ""


def rest(line: str, bare: str, begin: int) -> str:
    """What follows the header of `line`, with its invisible marks: they tell system lines on iOS. `bare` is `leading(line)`."""
    tail = bare[begin:]
    return line[len(line) - len(tail) :] if line.endswith(tail) else _unmarked_tail(line, tail)


def _unmarked_tail(line: str, tail: str) -> str:
    """`tail` lost marks within the first sixty characters of `line`: find where it began."""
    for start in range(len(line)):
        if text.bare(line[start:LEADING]) + line[LEADING:] == tail and (
            line[start : start + 1] not in text.MARKS or start == 0
        ):
            back = start
            while back and line[back - 1] in text.MARKS:
                back -= 1
            return line[back:].lstrip(" ")
    return tail


@lru_cache(maxsize=4_096)
def sender(name: str) -> str:
    """A name without marks, and without the "~" of who is not among the contacts; composed, as the names of files are."""
    return text.composed(_TILDE.sub("", text.bare(name).strip()).strip())


@dataclass
class Account:
    """What a first look over the file learns about one family of headers."""

    count: int = 0
    order: Order = field(default_factory=Order)
    authors: Counter[str] = field(default_factory=Counter)
    tight: Counter[str] = field(default_factory=Counter)  # names with words right behind the colon
    group: bool = False
    named: str = ""  # under what name the first line says that the chat is encrypted
    shape: Shape | None = None  # of the last header, and its date
    date: str = ""


@dataclass(eq=False)
class Shape:
    """Headers of one family and one half of the day."""

    account: Account
    slashes: bool  # between the parts of the date
    half: str  # "PM", "下午", or none


@dataclass
class Style:
    """What a first look over the whole file learns."""

    account: Account | None = None
    order: str = "dmy"
    decided: bool = True
    authors: Counter[str] = field(default_factory=Counter)
    tight: bool = False
    ios: bool = False
    group: bool = False
    named: str = ""  # the chat's name, where an iPhone tells it


class Headers:
    """The headers of one file.

    `match` is the pattern of the header that came last, of the shape `shape`: see `_literal` for its groups. Where it
    finds a header with an author, `find` would find the same, marks or not; nearly every line ends there.
    """

    def __init__(self) -> None:
        self._accounts: dict[Family, Account] = {}
        self._large: dict[tuple[Family, str], Shape] = {}
        self._small: list[tuple[Match, Shape]] = []
        self.match: Match = re.compile(r"(?!)").match  # none yet
        self.shape = Shape(Account(), slashes=False, half="")

    def find(self, line: str) -> Head | None:
        """The header of a line without marks in its beginning, or None."""
        if line[:1] not in _BEGINS:
            return None
        for number, (match, shape) in enumerate(self._small):
            if m := match(line):
                if number:  # what came last comes again
                    self._first(*self._small.pop(number))
                return shape, m[1], m[2], m[3], m.end() if m[4] is None else m.start(4)
        found = header(line)
        return None if found is None else self._met(line, found)

    def _first(self, match: Match, shape: Shape) -> None:
        self._small.insert(0, (match, shape))
        self.match, self.shape = match, shape

    def _met(self, line: str, m: re.Match[str]) -> Head:
        family = _family(m)
        half = m["before"] or m["half"] or ""
        shape = self._large.get((family, half))
        if shape is None:
            account = self._accounts.setdefault(family, Account())
            shape = self._large[family, half] = Shape(account, m["sep"] == "/", half)
        if m["none"] is None and m.start("a") < m.start("h") and len(self._small) < MAX_SHAPES:
            self._first(_literal(line, m).match, shape)
        return shape, line[m.start("a") : m.end("c")], line[m.start("h") : m.end("m")], m["s"] or "", m.start("rest")

    def look(self, lines: Iterator[str]) -> Style:
        """One pass over the file: every family has its own account, the most frequent one is the file's."""
        for line in lines:
            m = self.match(line)
            if m is not None and (author := m[4]) is not None:
                _count(self.shape, m[1], author, line[m.end() :])
                continue
            line = leading(line)
            if head := self.find(line):
                words = line[head[4] :]
                _count(head[0], head[1], *(authored(words) or ("", words)))
                if name := _tight(words):
                    head[0].account.tight[name] += 1
        style = Style()
        if not self._accounts:
            return style
        family, account = max(self._accounts.items(), key=lambda pair: pair[1].count)
        style.account = account
        style.tight = account.tight.total() > account.authors.total() / 2
        for name, count in (account.tight if style.tight else account.authors).items():
            style.authors[sender(name)] += count
        style.ios = bool(family[0])
        style.group = account.group
        style.named = account.named if style.ios else ""
        style.order, style.decided = account.order.decide()
        return style


def _count(shape: Shape, date: str, author: str, words: str) -> None:
    """One header; `author` is "" where nobody is named."""
    account = shape.account
    account.count += 1
    if date != account.date or shape is not account.shape:
        account.date, account.shape = date, shape
        account.order.see(date, slashes=shape.slashes, half=bool(shape.half))
    if author:
        account.authors[author] += 1
        if account.count == 1 and phrases.is_encrypted(words):
            account.named = sender(author)
    if not account.group and phrases.is_about_group(words):
        account.group = True


def _family(m: re.Match[str]) -> Family:
    wide = tuple(len(m[name]) > 2 for name in "abc")
    turned = m.start("h") < m.start("a")
    at = unicodedata.normalize("NFD", m["at"] or "")[
        :1
    ].lower()  # "à 1:00" and "às 2:00" are of one language, as are "в" and "во"
    return (
        bool(m["open"]),
        m["sep"],
        m["tsep"],
        wide,
        bool(m["close"]),
        bool(m["dash"]),
        bool(m["s"]),
        bool(m["none"]),
        turned,
        at,
        bool(m["comma"]),
    )


def _literal(line: str, m: re.Match[str]) -> re.Pattern[str]:
    """A header as it stands, with any digits.

    Groups are date, hour with minute, second (or ""), and the author where the plain case is at hand: a name without
    marks, followed by the first colon and a space.
    """

    def between(one: int, two: int) -> str:
        return re.escape(line[one:two])

    def run(name: str) -> str:
        size = m.end(name) - m.start(name)
        first = f"[{_FIGURES}]" if m.start(name) == 0 else r"\d"  # a line that begins with another is no header
        return first + (r"\d?" if size <= 2 else rf"\d{{{size - 1}}}")

    end = next(m.start(name) for name in _ENDS if m[name] is not None)
    date = run("a") + between(m.end("a"), m.start("b")) + run("b") + between(m.end("b"), m.start("c")) + run("c")
    clock = run("h") + between(m.end("h"), m.start("m")) + r"\d{2}"
    last = m.end("s") if m["s"] else m.end("m")
    second = between(m.end("m"), m.start("s")) + r"(\d{2})" if m["s"] else "()"
    tail = next(pattern for name, pattern in _ENDS.items() if m[name] is not None)
    return re.compile(
        between(0, m.start("a"))
        + f"({date})"
        + between(m.end("c"), m.start("h"))
        + f"({clock}){second}"
        + between(last, end)
        + tail
        + rf"(?:([^\s:{text.MARKS}][^\n:{text.MARKS}]{{0,{LONGEST - 1}}}): )?"
    )

"""LinkedIn: `messages.csv` of every header generation (docs/formats/linkedin.md). Times are UTC, newest first."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from html import unescape
from operator import attrgetter
from typing import IO, cast

from apps.archives.formats import dates, pieces, text
from apps.archives.formats.linkedin_people import Who, slug
from apps.archives.formats.types import Kind, Member, Message, Note, Record, Skipped
from apps.archives.nameless import nameless

platform = "linkedin"

_NAME = re.compile(r"(?:^|/)(?:messages|inbox)\.csv$", re.I)
#: Talks with LinkedIn's own machines, by the exact names of their files; a browser may have numbered a copy.
_COACH = re.compile(
    r"(?:^|/)(?:guide_|coach_|learning_coach_|learning_role_play_|learningcoach)messages(?: ?\(\d+\))?\.csv$", re.I
)
_TAG = re.compile(
    r"</?(?:p|br|div|span|a|b|strong|i|em|u|ul|ol|li|h[1-6]|table|tbody|tr|td|img|font)(?:\s[^<>]*)?/?>|<(?:p|a|span|div)\s[^<>]*$",
    re.I,
)
_BREAK = re.compile(r"<br\s*/?>|</p>|</div>|</li>|</tr>", re.I)
_HTML = re.compile(r"</?(?:p|br|div|span|a|strong|em|ul|li)(?:\s[^<>]*)?/?>", re.I)
_YES = {"yes", "true", "1"}


@dataclass(frozen=True, slots=True)
class _Row:
    conversation: str
    title: str
    sender: str
    url: str
    to: str
    to_urls: str
    date: str
    content: str
    folder: str
    draft: bool
    direction: str
    has_urls: bool


def mine(member: Member, head: bytes) -> bool:
    if not member.name.lower().endswith(".csv") or _COACH.search(member.name):
        return False
    first = text.decode(head).lstrip().split("\n", 1)[0].upper().replace('"', "")
    names = [n.strip() for n in re.split("[,;\t]", first)]
    if names[0].startswith("CONVERSATION ID"):
        return {"FROM", "DATE", "CONTENT"} <= set(names)
    return {"FROM", "TO", "DATE", "CONTENT"} <= set(names) and ("DIRECTION" in names or "FOLDER" in names)


def read(members: list[Member], others: list[Member]) -> Iterator[Record]:
    """What is told only by all rows (names, profiles, who is in a conversation) is learnt first; then they are gone through again."""
    who = Who()
    large = sum(member.size for member in members) >= pieces.LARGE
    tables: list[_Table] = []
    for member in members:
        try:
            table = _Table(member, who, large=large)
        except UnicodeError:
            yield Skipped(member.name, "not a table", "the whole file")
            continue
        if table.bad:
            yield Skipped(member.name, "not a row of a table", count=table.bad)
        tables.append(table)
    owner = next(who.owner(others), None)
    for table in tables:
        yield from table.messages(owner.name if owner else "")
    yield from who.known(others)
    if owner is not None:
        yield owner


class _Ends:
    """A stream that tells, once it was read, whether what it held ends with a line, and outside of quotes."""

    def __init__(self, inner: IO[bytes]) -> None:
        self._inner, self._last, self._quotes = inner, b"", 0

    def read(self, size: int = -1) -> bytes:
        piece = self._inner.read(size)
        self._last, self._quotes = (self._last + piece)[-2:], self._quotes + piece.count(b'"')
        return piece

    @property
    def whole(self) -> bool:
        return self._last.rstrip(b"\0")[-1:] in (b"\n", b"\r") and not self._quotes % 2


def _rows(member: Member) -> Iterator[_Row | None]:
    with member.open() as stream:
        source = _Ends(stream)
        table = text.table(cast(IO[bytes], source))
        names = [cell.strip().strip('"').upper() for cell in next(table, [])]
        for cells, last in _with_last(table):
            if not any(cells):
                continue
            # spreadsheets leave empty last cells out; where the file breaks off, the last row may be cut in any cell
            if len(cells) < (len(names) if last and not source.whole else 4) or len(cells) > len(names) + 2:
                yield None
                continue
            at = dict(zip(names, cells, strict=False))
            yield _Row(
                at.get("CONVERSATION ID", "").strip(), at.get("CONVERSATION TITLE", "").strip(), at.get("FROM", "").strip(),
                slug(at.get("SENDER PROFILE URL", "")), at.get("TO", "").strip(), at.get("RECIPIENT PROFILE URLS", ""),
                at.get("DATE", "").strip(), at.get("CONTENT", "").replace("\r\n", "\n"), at.get("FOLDER", "").strip().upper(),
                at.get("IS MESSAGE DRAFT", "").strip().lower() in _YES, at.get("DIRECTION", "").strip().upper(),
                "RECIPIENT PROFILE URLS" in at,
            )  # fmt: skip


def _with_last(rows: Iterator[list[str]]) -> Iterator[tuple[list[str], bool]]:
    """Each row, and whether it is the last."""
    held = next(rows, None)
    for row in rows:
        if held is not None:
            yield held, False
        held = row
    if held is not None:
        yield held, True


class _Conversation:
    """What all rows of one tell together."""

    def __init__(self, key: str) -> None:
        self.key = key
        self.people: dict[str, None] = {}
        self.urls: set[str] = set()
        self.complete = self.spam = True
        self.title = ""
        self.first: float | None = None
        self.last: float | None = None
        self.times = 0
        self.is_group = False

    def learn(self, row: _Row, recipients: list[str]) -> None:
        self.people.update(dict.fromkeys([row.sender, *recipients]))
        self.urls.update(slug(u) for u in re.split(r",\s*", row.to_urls) if u.strip())
        self.urls.update({row.url} - {""})
        self.complete = self.complete and bool(row.has_urls and row.url and row.to_urls.strip())
        self.spam = self.spam and row.folder == "SPAM"
        self.title = self.title or row.title
        if (moment := _moment(row.date)) is not None:
            self.first = moment if self.first is None else self.first
            self.last = moment
            self.times += 1

    def settle(self, who: Who) -> None:
        self.people.pop("", None)
        known = {who.identity(p) for p in self.people}
        self.is_group = (len(self.urls) if self.urls and self.complete else len(known)) > 2
        who.conversations += 1
        who.present.update(name for name in self.people if not nameless(name))  # many are called so

    def called(self, owner: str) -> str:
        return self.title or ", ".join(p for p in self.people if p != owner) or owner

    @property
    def newest_first(self) -> bool:
        return self.times > 1 and (self.first or 0.0) >= (self.last or 0.0)


class _Table:
    """One file: its rows are in memory, or read anew each time."""

    def __init__(self, member: Member, who: Who, *, large: bool) -> None:
        """Learns. Raises `UnicodeError`."""
        self.where, self._who, self._large = member.name, who, large
        self._member, self._held = member, None if large else list(_rows(member))
        self.bad = 0
        self._names: set[str] = set()
        self._conversations: dict[str, _Conversation] = {}
        self._learn()

    def _source(self) -> Iterator[_Row | None]:
        return _rows(self._member) if self._held is None else iter(self._held)

    def _rows(self) -> Iterator[_Row]:
        return (row for row in self._source() if row is not None)

    def _learn(self) -> None:
        who = self._who
        for row in self._source():
            if row is None:
                self.bad += 1
                continue
            if row.url:
                who.urls[row.sender][row.url] += 1
            self._names.add(row.sender)
            if row.to_urls.count("http") == 1:
                self._names.add(row.to)
                if row.to:
                    who.urls[row.to][slug(row.to_urls)] += 1
            if row.direction == "OUTGOING":
                who.out[row.sender] += 1
        for row in self._rows():
            recipients = self._recipients(row)
            key = row.conversation or self._by_people(row, recipients)
            if (conversation := self._conversations.get(key)) is None:
                conversation = self._conversations[key] = _Conversation(key)
            conversation.learn(row, recipients)
        for conversation in self._conversations.values():
            conversation.settle(who)

    @staticmethod
    def _by_people(row: _Row, recipients: list[str]) -> str:
        return "people:" + "|".join(sorted({row.sender, *recipients}))

    def _recipients(self, row: _Row) -> list[str]:
        if row.to in self._names or row.to_urls.count("http") == 1:
            return [row.to] if row.to else []
        return text.names(row.to, self._names)

    def messages(self, owner: str) -> Iterator[Record]:
        """Each conversation by time; of a large file as far as a piece of it reaches."""
        noted: set[str] = set()
        for piece in pieces.cut(self._rows(), _weight, attrgetter("date")) if self._large else [list(self._rows())]:
            groups: dict[str, list[_Row]] = defaultdict(list)
            for row in piece:
                groups[row.conversation or self._by_people(row, self._recipients(row))].append(row)
            for key, rows in groups.items():
                conversation = self._conversations[key]
                if conversation.spam and key not in noted:
                    noted.add(key)
                    yield Note(key, "from the spam folder", leave_out=True)
                yield from self._messages(conversation, rows, owner)

    def _messages(self, conversation: _Conversation, rows: list[_Row], owner: str) -> Iterator[Record]:
        title = conversation.called(owner)
        for row in _sorted(rows[::-1] if conversation.newest_first else rows):
            kind, words = _kind(row)
            sender = row.sender or "LinkedIn Member"
            moment = _moment(row.date)
            yield Message(
                platform, conversation.key, title, conversation.is_group, sender, row.url or self._who.identity(sender),
                moment, moment is not None, kind, words, self.where,
            )  # fmt: skip


def _weight(row: _Row) -> int:
    """Of a row with all its columns, twice: sorted, and as a message."""
    return 2 * pieces.weight(row.content) + len(row.to_urls)


def _sorted(rows: list[_Row]) -> list[_Row]:
    """By time; a row without one stays beside the row before it."""
    keyed: list[tuple[float, int, _Row]] = []
    last = float("-inf")
    for number, row in enumerate(rows):
        moment = _moment(row.date)
        last = moment if moment is not None else last
        keyed.append((last, number, row))
    return [row for _, _, row in sorted(keyed, key=lambda k: k[:2])]


def _moment(date: str) -> float | None:
    date = date.removesuffix(" UTC").strip()
    try:
        return datetime.fromisoformat(date).replace(tzinfo=UTC).timestamp()
    except (ValueError, OverflowError):
        found = dates.moments([date])[0] if date else None
        return found[0] if found else None


def _kind(row: _Row) -> tuple[Kind, str]:
    words = _plain(row.content)
    if row.draft:
        return "system", ""
    if row.folder == "SPAM" or ("spinmail" in row.content and not row.url):
        return "system", ""
    return ("text", words) if words else ("media", "")


def _plain(content: str) -> str:
    """InMail is HTML: known tags go, entities are opened; `<name@x.y>` and `a < b` are words."""
    if not _HTML.search(content):
        return content.strip()
    words = _TAG.sub("", _BREAK.sub("\n", content))
    return re.sub(r"\n{3,}", "\n\n", unescape(words).replace("\xa0", " ")).strip()

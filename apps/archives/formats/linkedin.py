"""LinkedIn: `messages.csv` of every header generation (docs/formats/linkedin.md). Times are UTC, newest first."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from html import unescape
from urllib.parse import unquote

from apps.archives.formats import dates, text
from apps.archives.formats.types import Address, Kind, Member, Message, Note, Owner, Record, Skipped

platform = "linkedin"

_NAME = re.compile(r"(?:^|/)(?:messages|inbox)\.csv$", re.I)
#: Talks with LinkedIn's own machines, by the exact names of their files; a browser may have numbered a copy.
_COACH = re.compile(
    r"(?:^|/)(?:guide_|coach_|learning_coach_|learning_role_play_|learningcoach)messages(?: ?\(\d+\))?\.csv$", re.I
)
_PROFILE = re.compile(r"(?:^|/)profile\.csv$", re.I)
_CONNECTIONS = re.compile(r"(?:^|/)connections\.csv$", re.I)
_USER = re.compile(r"/in/([^/?#]+)")
_TAG = re.compile(
    r"</?(?:p|br|div|span|a|b|strong|i|em|u|ul|ol|li|h[1-6]|table|tbody|tr|td|img|font)(?:\s[^<>]*)?/?>|<(?:p|a|span|div)\s[^<>]*$",
    re.I,
)
_BREAK = re.compile(r"<br\s*/?>|</p>|</div>|</li>|</tr>", re.I)
_HTML = re.compile(r"</?(?:p|br|div|span|a|strong|em|ul|li)(?:\s[^<>]*)?/?>", re.I)
_YES = {"yes", "true", "1"}


@dataclass(frozen=True)
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
    who = _Who()
    tables: list[tuple[str, list[_Conversation]]] = []
    for member in members:
        try:
            rows = list(_rows(member))
        except UnicodeError:
            yield Skipped(member.name, "not a table", "the whole file")
            continue
        bad = sum(row is None for row in rows)
        if bad:
            yield Skipped(member.name, "not a row of a table", count=bad)
        tables.append((member.name, list(_conversations([r for r in rows if r is not None], who))))
    owner = next(who.owner(others), None)
    for where, conversations in tables:
        for conversation in conversations:
            yield from _messages(where, conversation, who, owner.name if owner else "")
    yield from who.known(others)
    if owner is not None:
        yield owner


def _rows(member: Member) -> Iterator[_Row | None]:
    with member.open() as stream:
        table = text.table(stream)
        names = [cell.strip().strip('"').upper() for cell in next(table, [])]
        for cells in table:
            if not any(cells):
                continue
            if len(cells) < 4 or len(cells) > len(names) + 2:
                yield None
                continue
            at = dict(zip(names, cells, strict=False))
            yield _Row(
                at.get("CONVERSATION ID", "").strip(), at.get("CONVERSATION TITLE", "").strip(), at.get("FROM", "").strip(),
                _slug(at.get("SENDER PROFILE URL", "")), at.get("TO", "").strip(), at.get("RECIPIENT PROFILE URLS", ""),
                at.get("DATE", "").strip(), at.get("CONTENT", "").replace("\r\n", "\n"), at.get("FOLDER", "").strip().upper(),
                at.get("IS MESSAGE DRAFT", "").strip().lower() in _YES, at.get("DIRECTION", "").strip().upper(),
                "RECIPIENT PROFILE URLS" in at,
            )  # fmt: skip


def _slug(url: str) -> str:
    return unquote(url.strip()).rstrip("/").lower()


class _Who:
    """What is learnt about people while rows go by."""

    def __init__(self) -> None:
        self.urls: dict[str, Counter[str]] = defaultdict(Counter)  # name -> profile urls
        self.present: Counter[str] = Counter()  # name -> conversations
        self.conversations = 0
        self.out: Counter[str] = Counter()

    def owner(self, others: list[Member]) -> Iterator[Owner]:
        known = set(self.present)
        for name in _profile(others):
            if name in known:
                yield Owner(platform, self.address(name), name, "Profile.csv in this export", 100)
                return
        if self.out:
            name = self.out.most_common(1)[0][0]
            yield Owner(platform, self.address(name), name, "sent what is marked as outgoing", 90)
            return
        ranked = [*self.present.most_common(2), ("", 0), ("", 0)]
        (name, count), (_, second) = ranked[:2]
        if name and self.conversations >= 2 and count >= 0.9 * self.conversations and second < count:
            why = f"takes part in {count} of {self.conversations} conversations"
            yield Owner(platform, self.address(name), name, why, 60)

    def known(self, others: list[Member]) -> Iterator[Address]:
        """User names, which stand in the addresses of profiles, and e-mail addresses of connections who told them."""
        ours = {url for urls in self.urls.values() for url in urls}
        for url in sorted(ours):
            if user := _USER.search(url):
                yield Address(platform, url, "handle", user[1])
        for row in _connections(others):
            name = f"{row.get('FIRST NAME', '').strip()} {row.get('LAST NAME', '').strip()}".strip()
            who = next((w for w in (_slug(row.get("URL", "")), self.identity(name)) if w in ours), name)
            if mail := row.get("EMAIL ADDRESS", "").strip():
                yield Address(platform, who, "email", mail)

    def identity(self, name: str) -> str:
        """A profile's address where it is known; rows without one belong to the same person as those with it."""
        found = self.urls.get(name)
        return found.most_common(1)[0][0] if found and len(found) == 1 else name

    def address(self, name: str) -> str:
        """The owner's: of several (the address was changed, or somebody has the same name) the one that is met most."""
        found = self.urls.get(name)
        return found.most_common(1)[0][0] if found else name


def _profile(others: list[Member]) -> Iterator[str]:
    for member in others:
        if _PROFILE.search(member.name):
            with member.open() as stream:
                table = text.table(stream)
                names = [c.strip().upper() for c in next(table, [])]
                row = dict(zip(names, next(table, []), strict=False))
            yield f"{row.get('FIRST NAME', '').strip()} {row.get('LAST NAME', '').strip()}".strip()


def _connections(others: list[Member]) -> Iterator[dict[str, str]]:
    """Rows of Connections.csv; notes stand above its names of columns."""
    for member in others:
        if _CONNECTIONS.search(member.name):
            with member.open() as stream:
                names: list[str] = []
                for cells in text.table(stream):
                    if names:
                        yield dict(zip(names, cells, strict=False))
                    elif "First Name" in cells:
                        names = [c.strip().upper() for c in cells]


@dataclass
class _Conversation:
    key: str
    rows: list[_Row]
    people: list[str]
    is_group: bool


def _conversations(rows: list[_Row], who: _Who) -> Iterator[_Conversation]:
    groups: dict[str, list[_Row]] = defaultdict(list)
    for row in rows:
        if row.url:
            who.urls[row.sender][row.url] += 1
        if row.to and row.to_urls.count("http") == 1:
            who.urls[row.to][_slug(row.to_urls)] += 1
        if row.direction == "OUTGOING":
            who.out[row.sender] += 1
    names = {r.sender for r in rows} | {r.to for r in rows if r.to_urls.count("http") == 1}
    for row in rows:
        people = sorted({row.sender, *_recipients(row, names)})
        groups[row.conversation or "people:" + "|".join(people)].append(row)
    for key, group in groups.items():
        yield _conversation(key, group, names, who)


def _recipients(row: _Row, names: set[str]) -> list[str]:
    if row.to in names or row.to_urls.count("http") == 1:
        return [row.to] if row.to else []
    return text.names(row.to, names)


def _conversation(key: str, rows: list[_Row], names: set[str], who: _Who) -> _Conversation:
    people: dict[str, None] = {}
    urls: set[str] = set()
    for row in rows:
        people.update(dict.fromkeys([row.sender, *_recipients(row, names)]))
        urls.update(_slug(u) for u in re.split(r",\s*", row.to_urls) if u.strip())
        urls.update({row.url} - {""})
    people.pop("", None)
    known = {who.identity(p) for p in people}
    complete = bool(urls) and all(r.has_urls and r.url and r.to_urls.strip() for r in rows)
    is_group = (len(urls) if complete else len(known)) > 2
    who.conversations += 1
    who.present.update(people.keys())
    return _Conversation(key, rows, list(people), is_group)


def _messages(where: str, conversation: _Conversation, who: _Who, owner: str) -> Iterator[Record]:
    key, rows, is_group = conversation.key, conversation.rows, conversation.is_group
    title = next((r.title for r in rows if r.title), "") or ", ".join(p for p in conversation.people if p != owner) or owner
    if rows and all(row.folder == "SPAM" for row in rows):
        yield Note(key, "from the spam folder", leave_out=True)
    ordered = list(reversed(rows)) if _newest_first(rows) else rows
    for row in _sorted(ordered):
        kind, words = _kind(row)
        sender = row.sender or "LinkedIn Member"
        moment = _moment(row.date)
        yield Message(
            platform, key, title, is_group, sender, row.url or who.identity(sender), moment, moment is not None, kind, words, where
        )  # fmt: skip


def _newest_first(rows: list[_Row]) -> bool:
    times = [t for r in rows if (t := _moment(r.date)) is not None]
    return len(times) > 1 and times[0] >= times[-1]


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

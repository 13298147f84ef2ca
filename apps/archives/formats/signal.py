"""Signal: its own plain-text export (`main.jsonl`), signal-export's folders, and old text files (docs/formats/signal.md)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from apps.archives.formats import signal_ids, streams, text
from apps.archives.formats.text import clean
from apps.archives.formats.types import Address, AddressKind, Kind, Member, Message, Owner, Record, Skipped

platform = "signal"
ME = "Me"

_MAIN = re.compile(r"(?:^|/)main\.jsonl$", re.I)
_LINE = re.compile(
    r"^\[(?P<date>\d{4}-\d\d-\d\d)(?:,? |T)(?P<time>\d\d:\d\d(?::\d\d)?)\] (?P<name>[^\n]{1,80}?):(?: (?P<body>.*)|$)"
)
_OLD = re.compile(r"^\[\d{4}-\d\d-\d\d, \d\d:\d\d\] ")
_REACTIONS = re.compile(r"\s*\(- .{1,200} -\)\s*$")
_STICKER = re.compile(r"\(\( (?:[^\w\s]{1,16}|sticker) \)\)")
_IMAGE = re.compile(r"!?\[[^\n]{0,200}?\]\((?:\.{0,2}/)?(?:media|(?:exported_)?stickers)/[^)]*\)\s*")
#: Files of another exporter whose lines may look the same.
_WHATSAPP = re.compile(r"(?:^|/)_chat\.txt$|whatsapp")


def mine(member: Member, head: bytes) -> bool:
    name = member.name.lower()
    if name.endswith(".jsonl"):
        return (
            b'"chatItem"' in head
            or b'"recipient":{' in head.replace(b" ", b"")
            or (bool(_MAIN.search(name)) and b'"version"' in head)
        )
    if name.endswith("/data.json") or name == "data.json":
        return head.lstrip()[:1] == b"{" and b'"sender"' in head and b'"body"' in head
    if name.endswith("chat.md"):
        return any(_LINE.match(line) for line in text.decode(head).split("\n")[:20])
    if name.endswith(".txt") and not _WHATSAPP.search(name):
        found = [line for line in text.decode(head).split("\n")[:20] if line.strip()]
        return bool(found) and bool(_OLD.match(text.bare(found[0])))
    return False


def read(members: list[Member], others: list[Member]) -> Iterator[Record]:
    folders = {m.name.rpartition("/")[0] for m in members if m.name.lower().endswith("data.json")}
    senders: list[set[str]] = []
    for member in members:
        name = member.name.lower()
        if name.endswith(".jsonl"):
            yield from _Backup(member).records()
        elif name.endswith("data.json"):
            yield from _folder(member, _json_lines(member))
        elif name.endswith("chat.md"):
            if member.name.rpartition("/")[0] in folders:
                yield Skipped(member.name, "the same messages as in data.json beside it")
            else:
                yield from _folder(member, _markdown(member))
        else:
            yield from _old(member, senders)
    if any(not m.name.lower().endswith((".txt", ".jsonl")) for m in members):
        yield Owner(platform, ME, ME, "the export calls you “Me”", 100)
    yield from _common(senders)


# main.jsonl


class _Backup:
    """Frames one by one: people, chats, then what was said."""

    def __init__(self, member: Member) -> None:
        self.member = member
        self.names: dict[str, str] = {}
        self.groups: set[str] = set()
        self.announcing: set[str] = set()
        self.chats: dict[str, str] = {}
        self.ids = signal_ids.Identities()
        self.known: list[tuple[str, AddressKind, str]] = []
        self.me = ""

    def records(self) -> Iterator[Record]:
        bad = odd = 0
        with self.member.open() as stream:
            for line in text.lines(stream):
                if not line.strip():
                    continue
                frame = streams.line(line)
                bad += frame is None
                if isinstance(frame, dict):
                    yield from self._frame(frame)
                else:
                    odd += frame is not None
        for reason, count in (("not valid JSON", bad), ("not a message", odd)):
            if count:
                yield Skipped(self.member.name, reason, count=count)
        for recipient, kind, said in self.known:  # only now is it told who shares a name
            yield Address(platform, self.ids.of(recipient), kind, said)
        if self.me:
            yield Owner(platform, self.ids.of(self.me), self.names.get(self.me, ""), "your own entry in this backup", 100)

    def _frame(self, frame: dict[str, Any]) -> Iterator[Record]:
        if isinstance(person := frame.get("recipient"), dict):
            self._recipient(person)
            self._know(person)
        elif isinstance(chat := frame.get("chat"), dict):
            self.chats[str(chat.get("id"))] = str(chat.get("recipientId"))
        elif isinstance(item := frame.get("chatItem"), dict):
            yield self._message(item)

    def _recipient(self, person: dict[str, Any]) -> None:
        identity, called = str(person.get("id")), ""
        contact, group = streams.mapping(person.get("contact")), streams.mapping(person.get("group"))
        if "self" in person:
            self.me = identity
            self.names.setdefault(identity, ME)
        elif group:
            self.groups.add(identity)
            called = clean(
                streams.mapping(streams.mapping(streams.mapping(group.get("snapshot")).get("title"))).get("title")
            )
            self.names[identity] = called or "group"
        elif contact:
            parts = [clean(contact.get(k)) for k in ("profileGivenName", "profileFamilyName")]
            system = [clean(contact.get(k)) for k in ("systemGivenName", "systemFamilyName")]
            called = (
                " ".join(p for p in system if p) or " ".join(p for p in parts if p) or _nickname(contact.get("nickname"))
            )
            told = called or clean(contact.get("username")) or clean(str(contact.get("e164") or ""))
            self.names[identity] = told or f"Unknown {identity}"
        elif "releaseNotes" in person:
            self.announcing.add(identity)
            self.names[identity] = called = "Signal"
        self.ids.learn(identity, person, called)

    def _know(self, person: dict[str, Any]) -> None:
        contact = streams.mapping(person.get("contact"))
        number = clean(str(contact.get("e164") or ""))
        profile = " ".join(n for k in ("profileGivenName", "profileFamilyName") if (n := clean(contact.get(k))))
        ways: list[tuple[AddressKind, str]] = [
            ("phone", number if number.startswith("+") or not number else f"+{number}"), ("handle", clean(contact.get("username"))),
            ("nickname", _nickname(contact.get("nickname"))), ("nickname", profile),
        ]  # fmt: skip
        identity = str(person.get("id"))
        self.known += [(identity, kind, said) for kind, said in ways if said and said != self.names.get(identity)]

    def _message(self, item: dict[str, Any]) -> Message:
        recipient = self.chats.get(str(item.get("chatId")), "")
        title, is_group = self.names.get(recipient, "chat"), recipient in self.groups
        author = str(item.get("authorId"))
        if "outgoing" in item and self.me:
            author = self.me
        kind, words = _kind(item)
        if author in self.announcing:
            kind, words = "system", ""
        at = _millis(item.get("dateSent"))
        return Message(
            platform, f"chat:{self.ids.of(recipient)}", title, is_group, self.names.get(author, f"Unknown {author}"),
            self.ids.of(author), at, at is not None, kind, words, self.member.name,
        )  # fmt: skip


def _nickname(value: Any) -> str:
    parts = [clean(streams.mapping(value).get(key)) for key in ("given", "family")]
    return clean(value) or " ".join(part for part in parts if part)


def _millis(value: Any) -> float | None:
    try:
        millis = int(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return millis / 1000 if abs(millis) < 10**15 else None


def _kind(item: dict[str, Any]) -> tuple[Kind, str]:
    if "remoteDeletedMessage" in item:
        return "deleted", ""
    update = item.get("updateMessage")
    if isinstance(update, dict):
        return ("call" if "individualCall" in update or "groupCall" in update else "system"), ""
    story = streams.mapping(streams.mapping(item.get("directStoryReplyMessage")).get("textReply"))
    said = streams.mapping(item.get("standardMessage")) or story
    words = clean(streams.mapping(said.get("text")).get("body"))
    if words.strip():
        return "text", words
    return (
        ("media", "")
        if item.get("standardMessage") is not None or "stickerMessage" in item or "viewOnceMessage" in item
        else ("system", "")
    )


# signal-export

_Row = tuple[float | None, str, Kind, str]  # moment, sender, what it is, words
_DELETED = "(This message was deleted)"
_CALLED = re.compile(
    r"(?:Incoming|Outgoing|Missed|Unanswered|Declined) (?:(?:voice|video|group) )?call(?: \([^()\n]{1,60}\))?"
)


def _folder(member: Member, rows: Iterator[_Row | Skipped]) -> Iterator[Record]:
    title = member.name.split("/")[-2] if "/" in member.name else "chat"
    made: list[_Row] = []
    for row in rows:
        if isinstance(row, Skipped):
            yield row
        else:
            made.append(row)
    is_group = len({sender for _, sender, _, _ in made} - {ME}) > 1
    for at, sender, kind, words in made:
        yield Message(platform, f"folder:{title}", title, is_group, sender, sender, at, False, kind, words, member.name)


def _json_lines(member: Member) -> Iterator[_Row | Skipped]:
    with member.open() as stream:
        for line in text.lines(stream):
            if not line.strip():
                continue
            row = streams.line(line)
            if row is None:
                yield Skipped(member.name, "not valid JSON")
            elif not isinstance(row, dict):
                yield Skipped(member.name, "not a message")
            else:
                words = clean(row.get("body")).rstrip()
                kind: Kind = "deleted" if row.get("deleted") else "call" if row.get("call") else _said(words)
                yield _wall(clean(row.get("date"))), clean(row.get("sender")), kind, words if kind == "text" else ""


def _said(words: str) -> Kind:
    if words.strip() == _DELETED:
        return "deleted"
    return "call" if _CALLED.fullmatch(words.strip()) else "text" if words.strip() else "media"


def _wall(value: str) -> float | None:
    try:
        return datetime.fromisoformat(value.strip()).replace(tzinfo=UTC).timestamp()
    except (ValueError, OverflowError):
        return None


def _markdown(member: Member) -> Iterator[_Row]:
    with member.open() as stream:
        for m, lines in _blocks(text.lines(stream)):
            words = _IMAGE.sub("", _REACTIONS.sub("", "\n".join(_unquoted(lines)).strip()))
            words = "" if _STICKER.fullmatch(words.strip()) else words.strip()
            kind = _said(words)
            yield _wall(f"{m['date']} {m['time']}"), m["name"].strip(), kind, words if kind == "text" else ""


def _unquoted(lines: list[str]) -> list[str]:
    """Without the message that is answered: it stands between the header and the words, below an empty line."""
    at = 0
    while at < len(lines) and not lines[at].strip():
        at += 1
    if at < 2:
        return lines
    while at < len(lines) and (lines[at].startswith("> ") or lines[at].rstrip() == ">"):
        at += 1
    return lines[at:]


def _blocks(lines: Iterator[str]) -> Iterator[tuple[re.Match[str], list[str]]]:
    open_: re.Match[str] | None = None
    held: list[str] = []
    for line in lines:
        m = _LINE.match(text.bare(line[:40]) + line[40:])
        if m is not None:
            if open_ is not None:
                yield open_, held
            open_, held = m, [m["body"] or ""]
        elif open_ is not None:
            held.append(line)
    if open_ is not None:
        yield open_, held


def _old(member: Member, senders: list[set[str]]) -> Iterator[Record]:
    title = re.sub(r"\.txt$", "", member.name.rpartition("/")[2], flags=re.I)
    with member.open() as stream:
        rows = [
            (_wall(f"{m['date']} {m['time']}"), m["name"].strip(), "\n".join(h).rstrip())
            for m, h in _blocks(text.lines(stream))
        ]
    people = {sender for _, sender, _ in rows}
    senders.append(people)
    for at, sender, words in sorted(rows, key=lambda r: r[0] or 0.0):
        kind: Kind = "text" if words.strip() else "media"
        key = f"people:{'|'.join(sorted(people))}"
        yield Message(platform, key, title, len(people) > 2, sender, sender, at, False, kind, words, member.name)


def _common(senders: list[set[str]]) -> Iterator[Owner]:
    counts = Counter(name for people in senders for name in people)
    if len(senders) > 1 and list(counts.values()).count(len(senders)) == 1:
        (name, count), *_ = counts.most_common(1)
        yield Owner(platform, name, name, f"writes in all {count} chats", 60)

"""Signal: its own plain-text export (`main.jsonl`), signal-export's folders, and old text files (docs/formats/signal.md)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

from apps.archives.formats import signal_ids, signal_text, streams, text
from apps.archives.formats.text import clean
from apps.archives.formats.types import Address, AddressKind, Kind, Member, Message, Owner, Record, Skipped

platform = "signal"
ME = "Me"

_MAIN = re.compile(r"(?:^|/)main\.jsonl$", re.I)
_OLD = re.compile(r"^\[\d{4}-\d\d-\d\d, \d\d:\d\d\] ")
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
        return any(signal_text.LINE.match(line) for line in text.decode(head).split("\n")[:20])
    if name.endswith(".txt") and not _WHATSAPP.search(name):
        found = [line for line in text.decode(head).split("\n")[:20] if line.strip()]
        return bool(found) and bool(_OLD.match(text.bare(found[0])))
    return False


def read(members: list[Member], others: list[Member]) -> Iterator[Record]:
    folders = {m.name.rpartition("/")[0] for m in members if m.name.lower().endswith("data.json")}
    senders: list[set[str]] = []
    alone: Counter[str] = Counter()
    for member in members:
        name = member.name.lower()
        if name.endswith(".jsonl"):
            yield from _Backup(member).records()
        elif name.endswith("data.json"):
            yield from signal_text.json_lines(member, alone)
        elif name.endswith("chat.md"):
            if member.name.rpartition("/")[0] in folders:
                yield Skipped(member.name, "the same messages as in data.json beside it")
            else:
                yield from signal_text.markdown(member, alone)
        else:
            yield from signal_text.old(member, senders)
    if any(not m.name.lower().endswith((".txt", ".jsonl")) for m in members):
        yield Owner(platform, ME, ME, "the export calls you “Me”", 100)
    yield from signal_text.common(senders)


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

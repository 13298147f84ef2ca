"""Meta's JSON, as Facebook Messenger and Instagram write it: threads in `message_N.json`, N = 1 the newest.

Layouts, encoding, owner and system lines as in docs/formats/facebook.md. Strings are UTF-8 written as Latin-1 and are
mended by `text.unmangle`. One file is in memory at a time.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec

from apps.archives.formats import notices, streams
from apps.archives.formats.text import unmangle
from apps.archives.formats.types import Kind, Member, Message, Note, Owner, Record, Skipped

THREAD = re.compile(
    r"(?:^|/)messages/(?:(?P<box>inbox|archived_threads|filtered_threads|message_requests|e2ee_cutover)/)?"
    r"(?P<thread>[^/]+)/message(?:_(?P<number>\d+))?\.(?P<type>json|html)$",
    re.I,
)
INSTAGRAM = re.compile(
    r"(?:^|/)(?:your_instagram_activity|account_information|personal_information/personal_information)[/.]", re.I
)
FACEBOOK = re.compile(
    r"(?:^|/)(?:your_facebook_activity|your_activity_across_facebook|(?:personal_information/)?profile_information)[/.]",
    re.I,
)
PROFILE = re.compile(r"(?:^|/)profile_information/profile_information\.json$", re.I)
INSTAGRAM_PROFILE = re.compile(r"(?:^|/)(?:personal_information|account_information)/personal_information\.json$", re.I)
_NUMBER = re.compile(r"message_(\d+)\.(?:json|html)$", re.I)
SPAM = {"filtered_threads", "message_requests"}
_NOTHING = (b"", b"[]", b"{}", b"null", b"false", b'""')
_Part = msgspec.Raw
_ABSENT = msgspec.Raw()


class _Row(msgspec.Struct, gc=False):
    """One message; what only counts by being there stays undecoded."""

    sender_name: str | None = None
    senderName: str | None = None
    timestamp_ms: float | None = None
    timestamp: float | None = None
    content: str | None = None
    text: str | None = None
    type: str | None = None
    is_unsent: bool | None = None
    isUnsent: bool | None = None
    is_taken_down: bool | None = None
    call_duration: _Part = _ABSENT
    missed: _Part = _ABSENT
    users: _Part = _ABSENT
    photos: _Part = _ABSENT
    videos: _Part = _ABSENT
    audio_files: _Part = _ABSENT
    gifs: _Part = _ABSENT
    files: _Part = _ABSENT
    sticker: _Part = _ABSENT
    share: _Part = _ABSENT
    media: _Part = _ABSENT

    def has(self, *names: str) -> bool:
        return any(bytes(getattr(self, name)).strip() not in _NOTHING for name in names)


class _Body(msgspec.Struct):
    """One file as it should be. What differs is read the slow way."""

    messages: list[_Row]
    participants: list[Any] = []
    title: str | None = None
    threadName: str | None = None
    thread_type: str | None = None
    thread_path: str | None = None
    joinable_mode: _Part | msgspec.UnsetType = msgspec.UNSET
    image: _Part | msgspec.UnsetType = msgspec.UNSET
    odd: list[int] = []  # numbers of the entries that are no messages; never in a file


_DECODE = msgspec.json.Decoder(_Body).decode
_FIELDS = {f.name: f for f in msgspec.structs.fields(_Row)}


@dataclass
class Thread:
    """The files of one thread; `key` is its folder, "" for a bare file, whose name says nothing."""

    key: str
    box: str
    files: list[Member] = field(default_factory=list)


class NotAThread(Exception):
    """JSON, but no conversation."""


def platform_of(member: Member, others: Iterable[Member]) -> str:
    """Facebook or Instagram, by the folders of the export."""
    for names in ([member.name], [m.name for m in others]):
        if any(FACEBOOK.search(n) for n in names):
            return "facebook"
        if any(INSTAGRAM.search(n) for n in names):
            return "instagram"
    return "facebook"


def threads(members: list[Member]) -> list[Thread]:
    """Files of one thread together, oldest first, whatever folder or part of the export they came in."""
    found: dict[str, Thread] = {}
    for number, member in enumerate(members):
        match = THREAD.search(member.name)
        box = ((match and match["box"]) or "").lower()
        folder = match["thread"] if match else ""
        key = f"{'e2ee/' if box == 'e2ee_cutover' else ''}{folder}" if match else f"bare/{number}"
        found.setdefault(key, Thread(folder, box)).files.append(member)
    for thread in found.values():
        thread.files.sort(key=lambda m: (-_number(m.name), m.name))
    return list(found.values())


def _number(name: str) -> int:
    match = _NUMBER.search(name)
    return int(match[1][:9]) if match else 0


Rosters = list[tuple[str, frozenset[str]]]


def read(platform: str, members: list[Member], rosters: Rosters) -> Iterator[Record]:
    """Records of all threads; `rosters` receives each thread's title and people."""
    found_threads = threads(members)
    ahead = streams.Ahead([member for thread in found_threads for member in thread.files])
    for thread in found_threads:
        found = _thread(platform, thread, rosters, ahead)
        if len(thread.files) > 1 and sum(f.size for f in thread.files) < 2 * streams.WHOLE:
            yield from _sorted(found)  # some tools number the other way round
        else:
            yield from found


def _sorted(found: Iterator[Record]) -> Iterator[Record]:
    made: list[Message] = []
    for record in found:
        if isinstance(record, Message):
            made.append(record)
        else:
            yield record
    yield from sorted(made, key=lambda m: m.sent_at or 0.0)


def _thread(platform: str, thread: Thread, rosters: Rosters, ahead: streams.Ahead) -> Iterator[Record]:
    people: dict[str, None] = {}
    title, noted = "", False
    for member in thread.files:
        try:
            body = _decode(ahead.take(member))
        except streams.Broken as error:
            yield Skipped(member.name, str(error), "the whole file")
            continue
        except NotAThread:
            yield Skipped(member.name, "not a conversation", "the whole file")
            continue
        named = [n for p in body.participants if (n := _name(p))]
        people.update(dict.fromkeys(named))
        handle = thread.key.rpartition("_")[0] if platform == "instagram" and len(named) < 2 else ""  # the other has no name
        title = unmangle(body.title or re.sub(r"_\d+$", "", body.threadName or "")) or title or handle or ", ".join(people)
        key = _key(thread, body, people)
        if thread.box in SPAM and not noted:
            noted = True
            yield Note(key, "from the message requests or filtered folder, mostly spam", leave_out=True)
        yield from _messages(platform, member.name, body, key, title, people)
        if body.odd:
            yield Skipped(member.name, "not a message", f"record {body.odd[0]}", len(body.odd))
    if people or title:
        rosters.append((title, frozenset(people)))


def _key(thread: Thread, body: _Body, people: Iterable[str]) -> str:
    folder = thread.key or (body.thread_path or "").rsplit("/", 1)[-1]
    by_people = thread.box == "e2ee_cutover" or body.threadName is not None or not folder
    return f"people:{'|'.join(sorted(people))}" if by_people else f"thread:{folder}"


def _decode(raw: bytes) -> _Body:
    try:
        return _DECODE(streams.decoded(raw))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _lenient(streams.loads(raw))


def _lenient(data: Any) -> _Body:
    """Whatever parsed, with every field of a wrong type left out."""
    if not isinstance(data, dict) or not isinstance(data.get("messages"), list):
        raise NotAThread
    rows = [_row(raw) for raw in data["messages"] if isinstance(raw, dict)]
    people = data.get("participants")
    odd = [number for number, raw in enumerate(data["messages"], 1) if not isinstance(raw, dict)]
    body = _Body(rows, people if isinstance(people, list) else [], odd=odd)
    for name in ("title", "threadName", "thread_type", "thread_path"):
        if isinstance(data.get(name), str):
            setattr(body, name, data[name])
    for name in ("joinable_mode", "image"):
        if name in data:
            setattr(body, name, _Part(b"1"))
    return body


def _row(raw: dict[str, Any]) -> _Row:
    made: dict[str, Any] = {}
    for key, value in raw.items():
        if key not in _FIELDS or value is None:
            continue
        wanted = _FIELDS[key].type
        if wanted is _Part:
            made[key] = _Part(b"1" if value else b"null")
        elif isinstance(value, bool):
            made[key] = value if key.lower().startswith("is") else None
        elif isinstance(value, str) or (isinstance(value, (int, float)) and key.startswith("timestamp")):
            made[key] = value if isinstance(value, str) != key.startswith("timestamp") else None
    return _Row(**made)


def _name(participant: object) -> str:
    return unmangle(participant.get("name") if isinstance(participant, dict) else participant)


def _messages(platform: str, where: str, body: _Body, key: str, title: str, people: dict[str, None]) -> Iterator[Record]:
    rows = body.messages
    if len(rows) > 1 and (rows[0].timestamp_ms or rows[0].timestamp or 0) > (
        rows[-1].timestamp_ms or rows[-1].timestamp or 0
    ):
        rows.reverse()
    names: dict[str | None, str] = {None: "", "": ""}
    for name in {row.sender_name or row.senderName for row in rows}:
        names[name] = unmangle(name)
    flagged = (
        body.thread_type == "RegularGroup" or body.joinable_mode is not msgspec.UNSET or body.image is not msgspec.UNSET
    )
    is_group = flagged or len(set(people) | set(names.values()) - {""}) > 2
    if platform == "instagram" and not is_group and key.startswith("thread:"):
        names[None] = names[""] = key.removeprefix("thread:").rpartition("_")[0]
    made: list[Message] = []
    add = made.append
    for row in rows:
        at = row.timestamp_ms if row.timestamp_ms is not None else row.timestamp
        seconds = at / 1000 if at is not None and abs(at) < 1e15 else None
        sender = names[row.sender_name or row.senderName]
        words = row.content if row.content is not None else row.text
        if (
            words is None or not words.isascii() or "\0" in words
        ):  # the rare case, told here: this loop is the reader's heart
            words = unmangle(words)
        kind, words = _kind(row, sender, words)
        add(Message(platform, key, title, is_group, sender, sender, seconds, True, kind, words, where))
    made.sort(key=_time)
    return iter(made)


def _time(message: Message) -> float:
    return message.sent_at or 0.0


def _kind(row: _Row, sender: str, words: str) -> tuple[Kind, str]:
    if row.is_unsent or row.isUnsent or row.is_taken_down or words == "User unsent a message":
        return "deleted", ""
    if row.type is not None and row.type != "Generic":
        if row.type == "Call":
            return "call", ""
        if row.type in ("Subscribe", "Unsubscribe") or (row.type == "placeholder" and not words):
            return "system", ""
    if row.call_duration is not _ABSENT or (row.missed is not _ABSENT and row.has("missed")):
        return "call", ""
    if row.users is not _ABSENT and row.has("users"):
        return "system", ""
    if words and not notices.of_meta(words, sender):
        return "text", words
    media = row.has("photos", "videos", "audio_files", "gifs", "files", "sticker", "share", "media")
    return ("media", "") if media else ("system", "")


def json_of(members: Iterable[Member], pattern: re.Pattern[str]) -> Iterator[Any]:
    """The small JSON files whose names match."""
    for member in members:
        if pattern.search(member.name) and (data := streams.small(member)) is not None:
            yield data


def owner_by_presence(platform: str, rosters: Rosters) -> Iterator[Owner]:
    """The one name that takes part in every thread; else whoever private chats are not named after, when that is one person."""
    sets = [people for _, people in rosters if people]
    common = frozenset.intersection(*sets) if sets else frozenset()
    if len(sets) >= 2 and len(common) == 1:
        (name,) = common
        yield Owner(platform, name, name, f"takes part in all {len(sets)} conversations", 60)
        return
    hints = {p: title for title, people in rosters if len(people) == 2 and title in people for p in people - {title}}
    if len(hints) == 1:
        ((name, title),) = hints.items()
        yield Owner(platform, name, name, f"the chat is named after the other person, {title}", 40)

"""Facebook Messenger, JSON: every layout since 2018, and the end-to-end encrypted backup.

Layouts, encoding, owner and system lines as in docs/formats/facebook.md. Strings are UTF-8 written as Latin-1 and are
mended by `text.unmangle`; threads are split into `message_N.json`, N = 1 the newest.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from apps.archives.formats import streams
from apps.archives.formats.text import unmangle
from apps.archives.formats.types import Kind, Member, Message, Note, Owner, Record, Refused, Skipped

platform = "facebook"

_THREAD = re.compile(
    r"(?:^|/)messages/(?:(?P<box>inbox|archived_threads|filtered_threads|message_requests|e2ee_cutover)/)?"
    r"(?P<thread>[^/]+)/message(?:_(?P<number>\d+))?\.json$",
    re.I,
)
_NUMBER = re.compile(r"message_(\d+)\.json$", re.I)
_INSTAGRAM = re.compile(r"your_instagram_activity/", re.I)
_PROFILE = re.compile(r"(?:^|/)profile_information/profile_information\.json$", re.I)
_MEDIA = ("photos", "videos", "audio_files", "gifs", "files", "sticker", "share", "media")
_SPAM = {"filtered_threads", "message_requests"}
#: Whole sentences after the sender's name (or "You"); only ever matched against the full text.
_SYSTEM = re.compile(
    r"(?:sent (?:an attachment|a (?:photo|video|GIF|sticker|voice message|live location|location|link))\.?"
    r"|shared a (?:link|photo|post|story)\.?|called (?:you|\S.{0,60})\.|missed (?:a|your) (?:video )?call.{0,80}"
    r"|waved at (?:you|.{1,80}?)!?|added .{1,200} to the (?:group|chat)\.|removed .{1,120} from the (?:group|chat)\."
    r"|left the (?:group|chat)\.?|joined the (?:group|call|chat|video chat)\.?|named the (?:group|chat) .{1,200}"
    r"|(?:set|cleared) (?:the|his|her|their|your) (?:own )?nickname.{0,200}|set (?:the )?nickname for .{1,200}"
    r"|changed the (?:theme|chat theme|group photo|chat colors|emoji).{0,200}|set the (?:quick reaction|emoji) to .{1,20}"
    r"|pinned a message\.?|created (?:a poll|the group|a plan).{0,200}|voted .{1,200}|started (?:a|the) (?:video )?(?:chat|call)\.?"
    r"|(?:un)?sent a message\.?|unsent a message\.?|turned (?:on|off) .{1,200}|liked a message)",
    re.I,
)
_ALONE = re.compile(
    r"Reacted .{1,12} to your message ?|Liked a message ?|You are now connected on Messenger\.?"
    r"|Say hi to your new Facebook friend, .{1,80}\.?|The video (?:chat|call) ended\.?|You missed a (?:video )?call from .{1,80}\.?"
    r"|(?:You can now message and call each other|Messages and calls are (?:now )?(?:secured|protected) with end-to-end encryption).{0,200}",
    re.I,
)


@dataclass
class _Thread:
    key: str  # the thread's folder; "" for a bare file, whose name says nothing
    box: str
    files: list[Member] = field(default_factory=list)


@dataclass
class _File:
    """One decoded `message_N.json`."""

    member: Member
    people: list[str]
    title: str
    flags_group: bool
    encrypted: bool
    path: str
    messages: list[Any]


def mine(member: Member, head: bytes) -> bool:
    name = member.name.lower()
    if not name.endswith(".json") or _INSTAGRAM.search(name):
        return False
    if _PROFILE.search(name):
        return False
    if _THREAD.search(name):
        return True
    head = streams.decoded(head)
    if b'"senderName"' in head or b'"sender_name"' in head:
        return True
    return b'"participants"' in head and (b'"messages"' in head or b'"threadName"' in head)


def read(members: list[Member], others: list[Member]) -> Iterator[Record]:
    known = _profile_name(others)
    if known:
        yield Owner(platform, known, known, "the profile in this export", 100)
    threads = _threads(members)
    rosters: list[tuple[str, frozenset[str]]] = []
    for thread in threads.values():
        roster: set[str] = set()
        for record in _thread(thread, roster):
            if isinstance(record, tuple):
                rosters.append((record[0], frozenset(record[1])))
            else:
                yield record
    yield from _owner_by_presence(rosters)


def _threads(members: list[Member]) -> dict[str, _Thread]:
    """Files of one thread together, whatever folder or part of the export they came in."""
    threads: dict[str, _Thread] = {}
    for number, member in enumerate(members):
        match = _THREAD.search(member.name)
        box = ((match and match["box"]) or "").lower()
        folder = match["thread"] if match else ""
        key = f"{'e2ee/' if box == 'e2ee_cutover' else ''}{folder}" if match else f"bare/{number}"
        threads.setdefault(key, _Thread(folder, box)).files.append(member)
    for thread in threads.values():
        thread.files.sort(key=lambda m: (-_number(m.name), m.name))
    return threads


def _number(name: str) -> int:
    match = _NUMBER.search(name)
    return int(match[1][:9]) if match else 0


def _thread(thread: _Thread, roster: set[str]) -> Iterator[Any]:
    """Records of a thread, oldest first; its (title, people) pair as a plain tuple at the end."""
    files: list[_File] = []
    for member in thread.files:
        try:
            files.append(_decode(member))
        except streams.Broken as error:
            reason = "the file ends in the middle" if error.truncated else "not valid JSON"
            yield Skipped(member.name, reason, "the whole file")
        except _NotAThread:
            yield Skipped(member.name, "not a conversation", "the whole file")
    if not files:
        return
    for file in files:
        roster.update(file.people)
    people = list(dict.fromkeys(p for f in files for p in f.people))
    title = next((f.title for f in files if f.title), "") or ", ".join(people)
    folder = thread.key or files[0].path
    by_people = thread.box == "e2ee_cutover" or files[0].encrypted or not folder
    key = f"people:{'|'.join(sorted(people))}" if by_people else f"thread:{folder}"
    senders = {s for f in files for s in _senders(f)}
    is_group = any(f.flags_group for f in files) or len(set(people) | senders) > 2
    if thread.box in _SPAM:
        yield Note(key, "from the message requests or filtered folder, mostly spam", leave_out=True)
    made: list[Message] = []
    for file in files:
        ordered, bad = _messages(file, key, title, is_group)
        made += ordered
        yield from bad
    made.sort(key=lambda m: m.sent_at or 0.0)
    yield from made
    yield (title, roster)


class _NotAThread(Exception):
    pass


def _decode(member: Member) -> _File:
    with member.open() as stream:
        if member.size > streams.WHOLE:
            data = _stream_whole(stream)
        else:
            data = streams.loads(stream.read())
    if not isinstance(data, dict) or not isinstance(data.get("messages"), list):
        raise _NotAThread
    participants = data.get("participants")
    people = [_name(p) for p in participants if _name(p)] if isinstance(participants, list) else []
    title = unmangle(data.get("title") or re.sub(r"_\d+$", "", str(data.get("threadName") or "")))
    group = data.get("thread_type") == "RegularGroup" or "joinable_mode" in data or "image" in data
    path = data.get("thread_path")
    folder = path.rsplit("/", 1)[-1] if isinstance(path, str) else ""
    return _File(member, people, title, group, "threadName" in data, folder, data["messages"])


def _stream_whole(stream: Any) -> Any:
    found = streams.events(stream)
    return streams.build(found, next(found))


def _name(participant: object) -> str:
    return unmangle(participant.get("name") if isinstance(participant, dict) else participant)


def _senders(file: _File) -> set[str]:
    key = "senderName" if file.encrypted else "sender_name"
    return {unmangle(m.get(key)) for m in file.messages if isinstance(m, dict) and isinstance(m.get(key), str)} - {""}


def _messages(file: _File, key: str, title: str, is_group: bool) -> tuple[list[Message], list[Skipped]]:
    made: list[Message] = []
    bad: dict[str, list[str]] = defaultdict(list)
    for number, raw in enumerate(file.messages):
        if not isinstance(raw, dict):
            bad["not a message"].append(f"record {number + 1}")
            continue
        at = raw.get("timestamp_ms", raw.get("timestamp"))
        seconds = at / 1000 if isinstance(at, (int, float)) and abs(at) < 1e15 else None
        sender = unmangle(raw.get("sender_name") or raw.get("senderName"))
        words = unmangle(raw.get("content", raw.get("text")))
        kind, words = _kind(raw, sender, words)
        made.append(Message(platform, key, title, is_group, sender, sender, seconds, True, kind, words, file.member.name))
    if len(made) > 1 and (made[0].sent_at or 0) > (made[-1].sent_at or 0):
        made.reverse()
    return made, [Skipped(file.member.name, reason, found[0], len(found)) for reason, found in bad.items()]


def _kind(raw: dict[str, Any], sender: str, words: str) -> tuple[Kind, str]:
    if raw.get("is_unsent") or raw.get("isUnsent") or raw.get("is_taken_down") or words == "User unsent a message":
        return "deleted", ""
    kind = raw.get("type")
    if kind == "Call" or "call_duration" in raw or raw.get("missed"):
        return "call", ""
    if kind in ("Subscribe", "Unsubscribe") or raw.get("users") or (kind == "placeholder" and not words):
        return "system", ""
    if words and not _system(words, sender):
        return "text", words
    return ("media", "") if any(raw.get(k) for k in _MEDIA) else ("system", "")


def _system(words: str, sender: str) -> bool:
    for name in (sender, "You"):
        if name and words.startswith(name + " ") and _SYSTEM.fullmatch(words[len(name) + 1 :].rstrip()):
            return True
    return bool(_ALONE.fullmatch(words))


def _profile_name(others: Iterable[Member]) -> str:
    for member in others:
        if _PROFILE.search(member.name) and member.size < streams.WHOLE:
            try:
                with member.open() as stream:
                    data = streams.loads(stream.read())
                for key in ("profile_v2", "profile"):
                    found = unmangle(data.get(key, {}).get("name", {}).get("full_name"))
                    if found:
                        return found
            except (streams.Broken, Refused, AttributeError):
                continue
    return ""


def _owner_by_presence(rosters: list[tuple[str, frozenset[str]]]) -> Iterator[Owner]:
    """The one name that takes part in every thread; in a single chat, whoever is not its title."""
    sets = [people for _, people in rosters if people]
    common = frozenset.intersection(*sets) if sets else frozenset()
    if len(sets) >= 2 and len(common) == 1:
        (name,) = common
        yield Owner(platform, name, name, f"takes part in all {len(sets)} conversations", 60)
    elif len(sets) == 1 and len(sets[0]) == 2:
        title = rosters[0][0]
        rest = [p for p in sets[0] if p != title]
        if len(rest) == 1:
            yield Owner(platform, rest[0], rest[0], f"the chat is named after the other person, {title}", 40)

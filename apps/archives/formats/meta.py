"""Meta's JSON, as Facebook Messenger and Instagram write it: threads in `message_N.json`, N = 1 the newest.

Layouts, encoding, owner and system lines as in docs/formats/facebook.md. Strings are UTF-8 written as Latin-1 and are
mended by `text.unmangle`. One file is in memory at a time.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any, cast

import msgspec

from apps.archives.formats import meta_rows, notices, streams
from apps.archives.formats.meta_owner import Rosters
from apps.archives.formats.meta_rows import ABSENT, Body, NotAThread, Row, decode
from apps.archives.formats.text import all_unmangled, unmangle
from apps.archives.formats.types import Address, Also, Bomb, Found, Kind, Member, Message, Messages, Note, Refused, Skipped
from apps.archives.nameless import nameless

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
_ROOT = re.compile(r"(?:^|(?<=/))messages/", re.I)
#: What a thread's folder ends in; the title before it changes with the names of people and groups.
_LASTING = re.compile(r"_(\d{5,}|(?=[a-z]*\d)[a-z0-9]{10})$", re.I)
_NUMBER = re.compile(r"message_(\d+)\.(?:json|html)$", re.I)
#: Seconds since 1970 that no message is as far from: what is further was not meant as a time.
LAST = 1e12
SPAM = {"filtered_threads", "message_requests"}


@dataclass
class Thread:
    """The files of one thread; `key` is its folder, "" for a bare file, whose name says nothing."""

    key: str
    box: str
    files: list[Member] = field(default_factory=list)


def by_platform(members: list[Member], others: Iterable[Member]) -> dict[str, list[Member]]:
    """Facebook's and Instagram's, told by the folders of the export that each lies in; where those say nothing, of all that came."""
    names = [m.name for m in others]
    everywhere, told, found = _platform(names), dict[str, str](), dict[str, list[Member]]()
    for member in members:
        root = _ROOT.split(member.name, maxsplit=1)[0]
        if root not in told:
            told[root] = _platform([n for n in names if n.startswith(root)]) if root else everywhere
        ours = _platform([member.name]) or told[root] or everywhere or "facebook"
        found.setdefault(ours, []).append(member)
    return found


def _platform(names: Iterable[str]) -> str:
    """ "" where no folder tells it."""
    names = list(names)
    for name, pattern in (("facebook", FACEBOOK), ("instagram", INSTAGRAM)):
        if any(map(pattern.search, names)):
            return name
    return ""


def threads(members: list[Member]) -> list[Thread]:
    """Files of one thread together, oldest first, whatever folder or part of the export they came in."""
    found: dict[str, Thread] = {}
    for number, member in enumerate(members):
        match = THREAD.search(member.name)
        box = ((match and match["box"]) or "").lower()
        folder = match["thread"] if match else ""
        key = f"{'e2ee/' if box == 'e2ee_cutover' else ''}{folder}" if match else f"bare/{number}"
        thread = found.setdefault(key, Thread(folder, box))
        thread.files.append(member)
        thread.box = box if thread.box in SPAM else thread.box  # the owner has answered since
    for thread in found.values():
        thread.files.sort(key=lambda m: (-_number(m.name), m.name))
    return list(found.values())


def thread_key(folder: str) -> str:
    """By what a thread is known: the id behind its title, else its whole folder."""
    found = _LASTING.search(folder)
    return f"id:{found[1]}" if found else f"thread:{folder}"


def _number(name: str) -> int:
    match = _NUMBER.search(name)
    return int(match[1][:9]) if match else 0


def read(platform: str, members: list[Member], rosters: Rosters) -> Iterator[Found]:
    """Records of all threads; `rosters` receives each thread's title and people."""
    found_threads = threads(members)
    ahead = streams.Ahead([member for thread in found_threads for member in thread.files if member.size < meta_rows.LARGE])
    for thread in found_threads:
        found = _thread(platform, thread, rosters, ahead)
        if len(thread.files) > 1 and sum(f.size for f in thread.files) < 2 * streams.WHOLE:
            yield from _sorted(found)  # some tools number the other way round
        else:
            yield from found


def _sorted(found: Iterator[Found]) -> Iterator[Found]:
    """One thread's messages by time over all of its files: as they are while the files come in order, else all that is left."""
    made: list[Messages] = []
    ordered = True
    for each in found:
        if not isinstance(each, Messages):
            yield each
            continue
        made.append(each)
        ordered = ordered and (len(made) < 2 or (made[-2].sent_at[-1] or 0.0) <= (each.sent_at[0] or 0.0))
        if ordered and len(made) > 1:
            yield made.pop(0)  # the first two tell it; whoever waits for it need not wait for the whole thread
    if ordered:
        yield from made
    else:
        yield from sorted((m for part in made for m in part.each()), key=_time)


def _time(message: Message) -> float:
    return message.sent_at or 0.0


def _thread(platform: str, thread: Thread, rosters: Rosters, ahead: streams.Ahead) -> Iterator[Found]:
    people: dict[str, None] = {}
    title, noted, told = "", False, set[tuple[str, str]]()
    for member, body in _bodies(thread, ahead):
        if isinstance(body, Skipped):
            yield body
            continue
        named = [n for p in body.participants if (n := _name(p))]
        people.update(dict.fromkeys(named))
        handle = thread.key.rpartition("_")[0] if platform == "instagram" and len(named) < 2 else ""  # the other has no name
        title = unmangle(body.title or re.sub(r"_\d+$", "", body.threadName or "")) or title or handle or ", ".join(people)
        key = _key(thread, body, people)
        if thread.box in SPAM and not noted:
            noted = True
            yield Note(key, "from the message requests or filtered folder, mostly spam", leave_out=True)
        for pair in [(key, other) for other in _other_keys(thread, body, key, people) if (key, other) not in told]:
            told.add(pair)
            yield Also(platform, *pair)
        if body.messages:
            silent = "" if key.startswith("people:") else _folder(thread, body).rpartition("_")[0]
            yield _messages(platform, member.name, body, key, title, people, silent)
        if body.odd:
            yield Skipped(member.name, "not a message", f"record {body.odd[0]}", len(body.odd))
    if people or title:
        rosters.append((title, frozenset(people)))
    if platform == "instagram" and len(people) == 2 and title in people and not nameless(title):
        yield Address(platform, title, "handle", thread.key.rpartition("_")[0])


def _bodies(thread: Thread, ahead: streams.Ahead) -> Iterator[tuple[Member, Body | Skipped]]:
    """The files of a thread, large ones in several pieces."""
    for member in thread.files:
        missing = "the whole file"
        try:
            if member.size < meta_rows.LARGE:
                yield member, decode(ahead.take(member))
                continue
            for body in meta_rows.pieces(member):
                yield member, body
                missing = "from here on"
        except streams.Broken as error:
            yield member, Skipped(member.name, str(error), missing)
        except NotAThread:
            yield member, Skipped(member.name, "not a conversation", "the whole file")
        except Bomb:
            raise
        except Refused as error:  # nested too deeply
            yield member, Skipped(member.name, str(error), missing)


def _key(thread: Thread, body: Body, people: Iterable[str]) -> str:
    """By the thread's folder, wherever it lies; backups and files without one are known by their people."""
    folder = _folder(thread, body)
    by_people = body.threadName is not None or not folder
    if by_people and any(nameless(_name(p)) for p in body.participants):  # who is called so may be anybody
        by_people, folder = not (folder or body.threadName), folder or body.threadName or ""
    if not by_people:
        return thread_key(folder) if _folder(thread, body) else f"thread:{folder}"  # a backup's files are only counted
    named = re.sub(r"_\d+$", "", body.threadName or "") if len(set(people)) > 2 else ""
    return f"{of_people(people)}\n{unmangle(named)}" if named else of_people(people)


def _folder(thread: Thread, body: Body) -> str:
    """The thread's folder; of a bare file the one that is written in it."""
    return thread.key or (body.thread_path or "").rsplit("/", 1)[-1]


def of_people(people: Iterable[str]) -> str:
    return f"people:{'|'.join(sorted(people))}"


def _other_keys(thread: Thread, body: Body, key: str, people: Iterable[str]) -> Iterator[str]:
    """Accounts of before have threads under their whole folders, and those in `e2ee_cutover` under their people, as backups are; of
    groups in a backup several may have one roster.
    """
    by_people = of_people(people)
    if key.startswith("id:"):
        yield f"thread:{_folder(thread, body)}"
    if key.startswith("people:"):
        if key != by_people:
            yield by_people
    elif (len(set(people)) == 2 or thread.box == "e2ee_cutover") and not any(map(nameless, people)):
        yield by_people


def _name(participant: object) -> str:
    return unmangle(participant.get("name") if isinstance(participant, dict) else participant)


def _messages(platform: str, where: str, body: Body, key: str, title: str, people: dict[str, None], silent: str) -> Messages:
    """One file in columns, by time. The loops here are the reader's heart: what they do, they do for every message.

    `silent`: what somebody without a name is called on Instagram.
    """
    rows = body.messages
    times = _times(rows)
    if (times[0] or 0) > (times[-1] or 0):
        rows.reverse()
        times.reverse()
    given = _column(rows, "sender_name")
    names: dict[str | None, str] = {None: "", "": ""}
    senders = set(given)
    if not names.keys().isdisjoint(senders):
        given = [row.sender_name or row.senderName for row in rows]
        senders = set(given)
    for name in senders:
        names[name] = unmangle(name)
    flagged = (
        body.thread_type == "RegularGroup" or body.joinable_mode is not msgspec.UNSET or body.image is not msgspec.UNSET
    )
    is_group = flagged or len(set(people) | set(names.values()) - {""}) > 2
    if platform == "instagram" and not is_group and silent:
        names[None] = names[""] = silent
    numbers = {name: number for number, name in enumerate(names)}
    who = list(map(numbers.__getitem__, given))
    kinds, texts = _words(rows, given, names)
    return _in_order(Messages(platform, key, title, is_group, True, where, list(names.values()), who, times, kinds, texts))


def _column(rows: list[Row], name: str) -> list[Any]:
    return list(map(attrgetter(name), rows))


def _times(rows: list[Row]) -> list[float | None]:
    """Seconds since 1970; None where a row says none, or one that no calendar has."""
    given = _column(rows, "timestamp_ms")
    try:
        times = [at / 1000 for at in given]
    except TypeError:
        given = [row.timestamp_ms if row.timestamp_ms is not None else row.timestamp for row in rows]
    else:
        if _possible(times):
            return cast(list[float | None], times)
    return [at / 1000 if at is not None and -1000 * LAST < at < 1000 * LAST else None for at in given]


def _possible(times: list[float]) -> bool:
    """Whether a calendar has all of them. Files are in order, newest first: what stands at their ends bounds them."""
    ordered = sorted(times)  # a single pass over what is in order, either way round
    return ordered[0] > -LAST and ordered[-1] < LAST


def _words(rows: list[Row], given: list[str | None], names: dict[str | None, str]) -> tuple[list[Kind], list[str]]:
    """What each row is, and its words. Most rows are nothing but words: only the others are looked at closely."""
    texts: list[str] = _column(rows, "content")
    bare = [n for n, words in enumerate(texts) if not words]
    for n in bare:
        texts[n] = (rows[n].text if rows[n].content is None else "") or ""
    foreign = [n for n, words in enumerate(texts) if not words.isascii()]
    for n, words in zip(foreign, all_unmangled([texts[n] for n in foreign]), strict=True):
        texts[n] = words
    kinds: list[Kind] = ["text"] * len(rows)
    whole = "\n".join(texts)
    if "\0" in whole:
        texts = [unmangle(words) if "\0" in words else words for words in texts]
    senders = {names[name] for name in set(given)}
    odd = range(len(rows)) if notices.QUIET in whole else {*bare, *_odd(rows, texts, *notices.openings_of_meta(senders))}
    for n in odd:
        kinds[n], texts[n] = _kind(rows[n], names[given[n]], texts[n])
    return kinds, texts


def _odd(rows: list[Row], texts: list[str], width: int, openings: frozenset[str]) -> list[int]:
    """The rows that are more or less than words, or whose words may be a program's."""
    return [
        n
        for n, (row, words) in enumerate(zip(rows, texts, strict=True))
        if words[:width] in openings
        or (row.type is not None and row.type != "Generic")
        or row.is_unsent
        or row.isUnsent
        or row.is_taken_down
        or row.call_duration is not ABSENT
        or row.missed is not ABSENT
        or row.users is not ABSENT
    ]


def _in_order(made: Messages) -> Messages:
    """By time, those of one moment as they were; most files are in order."""
    keys = [at or 0.0 for at in made.sent_at]
    if keys == sorted(keys):
        return made
    order = sorted(range(len(keys)), key=keys.__getitem__)
    return msgspec.structs.replace(
        made,
        who=[made.who[n] for n in order],
        sent_at=[made.sent_at[n] for n in order],
        kinds=[made.kinds[n] for n in order],
        texts=[made.texts[n] for n in order],
    )


def _kind(row: Row, sender: str, words: str) -> tuple[Kind, str]:
    if row.is_unsent or row.isUnsent or row.is_taken_down or words == notices.UNSENT:
        return "deleted", ""
    if row.type is not None and row.type != "Generic":
        if row.type == "Call":
            return "call", ""
        if row.type in ("Subscribe", "Unsubscribe") or (row.type == "placeholder" and not words):
            return "system", ""
    if row.call_duration is not ABSENT or (row.missed is not ABSENT and row.has("missed")):
        return "call", ""
    if row.users is not ABSENT and row.has("users"):
        return "system", ""
    if words and not notices.of_meta(words, sender):
        return "text", words
    media = row.has("photos", "videos", "audio_files", "gifs", "files", "sticker", "share", "media")
    return ("media", "") if media else ("system", "")

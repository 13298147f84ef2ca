"""Signal as signal-export and old programs wrote it: lines of JSON, Markdown and text (docs/formats/signal.md)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime

from apps.archives.formats import chosen, pieces, streams, text
from apps.archives.formats.text import clean
from apps.archives.formats.types import Also, Kind, Member, Message, Owner, Record, Skipped

PLATFORM, ME = "signal", "Me"

LINE = re.compile(
    r"^\[(?P<date>\d{4}-\d\d-\d\d)(?:,? |T)(?P<time>\d\d:\d\d(?::\d\d)?)\] (?P<name>[^\n]{1,80}?):(?: (?P<body>.*)|$)"
)
_REACTIONS = re.compile(r"\s*\(- .{1,200} -\)\s*$")
_STICKER = re.compile(r"\(\( (?:[^\w\s]{1,16}|sticker) \)\)")
_IMAGE = re.compile(r"!?\[[^\n]{0,200}?\]\((?:\.{0,2}/)?(?:media|(?:exported_)?stickers)/[^)]*\)\s*")

_Row = tuple[float | None, str, Kind, str]  # moment, sender, what it is, words
_DELETED = "(This message was deleted)"
_CALLED = re.compile(
    r"(?:Incoming|Outgoing|Missed|Unanswered|Declined) (?:(?:voice|video|group) )?call(?: \([^()\n]{1,60}\))?"
)


class _Learnt:
    """What all of a chat tells: who writes in it, as they first wrote, and what tells it from others of the same people."""

    def __init__(self, rows: Iterable[_Row | Skipped]) -> None:
        senders: dict[str, None] = {}
        first: _Row | None = None
        answer: _Row | None = None  # the first by somebody else
        mine = ""  # of all that its owner says while nobody else does
        for row in rows:
            if isinstance(row, Skipped):
                continue
            senders.setdefault(row[1])
            first = first or row
            if answer is None:
                answer = None if row[1] in ("", ME) else row
                mine = chosen.mark(mine, _begun(row))
        self.others = [name for name in senders if name and name != ME]
        self.is_group = len(senders.keys() - {ME}) > 1
        self.mark = f"{_begun(first)} {_begun(answer)}" if first and answer else mine


def _begun(row: _Row) -> str:
    return f"{row[0] or 0:.0f} {chosen.mark(row[1], row[3])}"


def json_lines(member: Member, alone: Counter[str]) -> Iterator[Record]:
    """The lines of a folder's `data.json`; `alone` counts chats in which only the owner writes, by their marks."""
    yield from _folder(member, _json_lines, alone)


def markdown(member: Member, alone: Counter[str]) -> Iterator[Record]:
    """A folder's `chat.md`; `alone` as above."""
    yield from _folder(member, _markdown, alone)


def _folder(member: Member, read: Callable[[Member], Iterator[_Row | Skipped]], alone: Counter[str]) -> Iterator[Record]:
    """A large file is gone through twice: only all of it tells who writes."""
    held = None if member.size >= pieces.LARGE else list(read(member))
    learnt = _Learnt(read(member) if held is None else held)
    folder, is_group = chosen.folder(member.name), learnt.is_group
    title = folder or ", ".join(learnt.others) or "(no name)"
    key, also = _named(folder, title, learnt, alone)
    yield from (Also(PLATFORM, key, other) for other in also)
    for row in read(member) if held is None else held:
        if isinstance(row, Skipped):
            yield row
        else:
            at, sender, kind, words = row
            yield Message(PLATFORM, key, title, is_group, sender, sender, at, False, kind, words, member.name)


def _named(folder: str, title: str, learnt: _Learnt, alone: Counter[str]) -> tuple[str, list[str]]:
    """The key of a chat, and those under which it may be here: without its folder, or with it.

    Where nobody but the owner writes, it may be one of several friends who got the same words: then nothing but all of them is its key,
    the second of one upload is another chat, and no newer chat that begins so is it.
    """
    if learnt.others:
        keys = [chosen.by_people(learnt.others, learnt.mark), *chosen.earlier(learnt.others, learnt.mark)]
    elif folder:
        keys = []
    else:
        alone[learnt.mark] += 1
        return f"{chosen.by_people([], learnt.mark)} {alone[learnt.mark]}", []
    if folder:
        return f"folder:{folder}", keys
    return keys[0], [*keys[1:], f"folder:{title}", *(f"folder:{one or 'chat'}" for one in chosen.ONCE)]


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
        m = LINE.match(text.bare(line[:40]) + line[40:])
        if m is not None:
            if open_ is not None:
                yield open_, held
            open_, held = m, [m["body"] or ""]
        elif open_ is not None:
            held.append(line)
    if open_ is not None:
        yield open_, held


def old(member: Member, senders: list[set[str]]) -> Iterator[Record]:
    """A text of before; who writes in it is added to `senders`."""
    title = re.sub(r"\.txt$", "", member.name.rpartition("/")[2], flags=re.I)
    large = member.size >= pieces.LARGE
    held = [] if large else list(_said_before(member))
    people = {sender for _, sender, _ in (_said_before(member) if large else held)}
    senders.append(people)
    key = f"people:{'|'.join(sorted(people))}"
    made = (
        Message(
            PLATFORM, key, title, len(people) > 2, sender, sender, at, False, "text" if words.strip() else "media", words, member.name
        )
        for at, sender, words in (_said_before(member) if large else sorted(held, key=lambda row: row[0] or 0.0))
    )  # fmt: skip
    yield from pieces.by_time(made) if large else made


def _said_before(member: Member) -> Iterator[tuple[float | None, str, str]]:
    with member.open() as stream:
        for m, h in _blocks(text.lines(stream)):
            yield _wall(f"{m['date']} {m['time']}"), m["name"].strip(), "\n".join(h).rstrip()


def common(senders: list[set[str]]) -> Iterator[Owner]:
    counts = Counter(name for people in senders for name in people)
    if len(senders) > 1 and list(counts.values()).count(len(senders)) == 1:
        (name, count), *_ = counts.most_common(1)
        yield Owner(PLATFORM, name, name, f"writes in all {count} chats", 60)

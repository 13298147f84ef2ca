"""The plain table of formats, and the plan of who reads what. Adding one: docs/adding-a-format.md."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from apps.archives.formats import (
    container,
    dating,
    discord,
    facebook,
    facebook_2018,
    googlechat,
    hangouts,
    hints,
    imessage,
    imessage_database,
    instagram,
    jsonl,
    linkedin,
    meta_pages,
    page,
    signal,
    skype,
    slack,
    sms,
    streams,
    telegram,
    telegram_pages,
    twins,
    twitter,
    whatsapp,
)
from apps.archives.formats.members import HURT, Named, Unread, Watched
from apps.archives.formats.types import Also, Bomb, Format, Found, Member, Message, Messages, Record, Refused, Skipped

#: Asked in this order, the first that claims a member gets it: those that know their folders before those that look inside.
FORMATS: dict[str, Format] = {
    "instagram": instagram,
    "discord": discord,
    "googlechat": googlechat,
    "slack": slack,
    "jsonl": jsonl,
    "facebook": facebook,
    "meta_pages": meta_pages,
    "facebook_2018": facebook_2018,
    "telegram_pages": telegram_pages,
    "hangouts": hangouts,
    "skype": skype,
    "signal": signal,
    "dating": dating,
    "twitter": twitter,
    "sms": sms,
    "imessage": imessage,
    "linkedin": linkedin,
    "telegram": telegram,
    "whatsapp": whatsapp,
}
#: Platforms that write some rows of a table twice. Elsewhere equal messages at one moment are all kept.
REPEATING = {"linkedin"}
#: Platforms whose dates may have been read day first or month first: the identity of a message must not depend on it.
EITHER_ORDER = {"whatsapp"}
DAMAGE = {
    "the file ends in the middle",
    page.UNCLOSED,
    "not valid JSON",
    "not a web page",
    "the page is damaged",
    "not a database of messages, or a damaged one",
    HURT,
}
TOO_MUCH = "This file needs more memory than a chat export should. Please export a shorter period, or fewer chats."
BROKE = "This file broke the reader, which no real export does. Please download the export again."
#: What is said of files that their reader could not take, too large or hostile: beside others, or as a refusal.
LOST = {page.TOO_LARGE, imessage_database.TOO_LARGE, TOO_MUCH, streams.DEEP, sms.ENTITIES, BROKE}
HEADS = (4_096, 128 * 1_024)
_STYLES = re.compile(rb"<(style|script)\b.*?(?:</\1>|\Z)", re.I | re.S)
INSTEAD = "damaged; the web pages beside it were read instead"
#: How files begin, and what their names end in then. Lines of a phone's text may begin with a bracket, too.
_SUFFIXES = (
    (re.compile(rb"\s*(?:\{|\[\s*[\[{\"])"), (".json", ".jsonl")),
    (re.compile(rb"\s*<"), (".html", ".xml")),
    (re.compile(rb"SQLite format 3\0"), (".db",)),
    (re.compile(rb""), (".txt", ".csv", ".md", ".js")),
)


@dataclass
class Plan:
    """Which format reads which members; `others` is the rest, which may hold evidence of the owner.

    `hurt` is damaged before anybody could tell what it is, `unread` are uploads that cannot be opened.
    """

    work: dict[str, list[Member]] = field(default_factory=dict)
    others: list[Member] = field(default_factory=list)
    doubled: list[Member] = field(default_factory=list)
    paged: list[Member] = field(default_factory=list)
    damaged: list[Member] = field(default_factory=list)
    hurt: list[Member] = field(default_factory=list)
    unread: list[Unread] = field(default_factory=list)


def sentence(error: Exception) -> str:
    """What is said where reading ended in `error`; but for a refusal, nothing of the error itself, which may quote private text."""
    match error:
        case Refused():
            return str(error)
        case streams.Broken():
            return "This file is damaged. Please download the export again."
        case MemoryError():
            return "This file needs more memory than a chat export should. It was not read."
        case RecursionError():
            return streams.DEEP
        case _:
            return BROKE


def plan(members: list[Member]) -> Plan:
    """Ask every format about every member that may hold text. Raises `Refused` when nobody claims any."""
    made = Plan()
    pages: list[bytes] = []
    made.unread += [m for m in members if isinstance(m, Unread)]
    for member in (Watched(m) for m in members if not isinstance(m, Unread)):
        if not container.textual(member.name) and len(members) > 1:  # a lone file may be called anything
            made.others.append(member)
            continue
        taker, head = _claimed(member)
        if taker is None and len(members) == 1:
            taker, member = _under_another_name(member, head)
        if taker is not None:
            made.work.setdefault(taker, []).append(member)
        elif member.damaged:
            made.hurt.append(member)
        else:
            made.others.append(member)
            if member.name.lower().endswith((".html", ".htm")):
                pages.append(head)
    made.paged, made.doubled, made.damaged = twins.drop(made.work, made.others)
    if not made.work:
        raise Refused(container.none_of(made.unread) or hints.nothing(members, pages, hurt=bool(made.hurt)))
    return made


def _claimed(member: Member) -> tuple[str | None, bytes]:
    """Who takes a member. Pages begin with their styles and records with long texts: a second look sees more."""
    head = b""
    for size in HEADS:
        with member.open() as stream:
            head = _STYLES.sub(b"", stream.read(size))
        taker = taker_of(member, head)
        if taker is not None or member.size <= size:
            return taker, head
    return None, head


def _under_another_name(member: Watched, head: bytes) -> tuple[str | None, Watched]:
    """A lone file may have lost its suffix, or got another one: who takes it under one that fits what is in it."""
    for suffix in next(suffixes for begin, suffixes in _SUFFIXES if begin.match(streams.decoded(head))):
        other = Watched(Named(member.inner, member.name + suffix))
        if taker := taker_of(other, head):
            return taker, other
    return None, member


def taker_of(member: Member, head: bytes) -> str | None:
    """The format that claims a member, by its name and how it begins."""
    return next((name for name, f in FORMATS.items() if _claims(f, member, head)), None)


def _claims(asked: Format, member: Member, head: bytes) -> bool:
    """Whether a format wants a member; one whose question breaks over it does not, and others are still asked."""
    try:
        return asked.mine(member, head)
    except Bomb:
        raise
    except Exception:  # hostile beginnings find ways; what is said of the file is said by who takes it, or by nobody
        return False


def read(members: list[Member]) -> Iterator[Record]:
    """Every record of an upload. Raises `Refused`, also when nothing but damage was found."""
    for each in found(members):
        if isinstance(each, Messages):
            yield from each.each()
        else:
            yield each


def found(members: list[Member]) -> Iterator[Found]:
    """The same as the readers yield it, messages in columns where they came so."""
    made = plan(members)
    message = damage = False
    lost, spans = "", twins.Spans()
    for name, claimed in made.work.items():
        for each in _read(name, claimed, made.others):
            if type(each) is Message or type(each) is Messages:
                message = True
                if made.paged:
                    spans.note(each)
            elif type(each) is Also:
                spans.note(each)
            elif type(each) is Skipped and each.reason in DAMAGE:
                damage = True
            elif type(each) is Skipped and each.reason in LOST:
                lost = each.reason
            yield each
    if lost and not message:
        raise Refused(lost)
    if damage and not message:
        raise Refused("This file is damaged or cut off: no message in it can be read. Please download the export again.")
    for member in sorted(made.paged, key=lambda page: -page.size):  # long ones tell the clock of short ones
        yield from spans.beyond(member, _read("meta_pages", [member], made.others))
    for member in made.doubled:
        yield Skipped(member.name, twins.SAME, "the whole file")
    for member in made.damaged:
        yield Skipped(member.name, INSTEAD, "the whole file")
    for member in made.hurt:
        yield Skipped(member.name, HURT, "the whole file")
    for file in made.unread:
        yield Skipped(file.name, file.why, "the whole file")
    yield from _left_over(made.others)


def _read(name: str, claimed: list[Member], others: list[Member]) -> Iterator[Found]:
    """What one format reads. A member that is damaged within its archive is told as that, once.

    Whatever its reader dies of, other formats are still read; the exception may quote private text and is never passed on.
    """
    watched = {m.name: m for m in claimed if isinstance(m, Watched)}
    told: set[str] = set()
    lost = ""
    try:
        for each in FORMATS[name].read(claimed, others):
            if type(each) is Skipped and each.reason in DAMAGE and each.where in watched and watched[each.where].damaged:
                told.add(each.where)
                yield Skipped(each.where, HURT, each.example)
            else:
                yield each
    except streams.Broken as error:
        yield Skipped(claimed[0].name, str(error), "from here on")
    except Bomb:
        raise
    except Exception as error:
        lost = TOO_MUCH if isinstance(error, MemoryError) else sentence(error)
    if lost:  # only here is what the reader held free again
        yield Skipped(claimed[0].name if len(claimed) == 1 else "files", lost, "from here on")
    for where, member in watched.items():
        if member.damaged and where not in told:
            yield Skipped(where, HURT, "from here on")


def _left_over(others: list[Member]) -> Iterator[Skipped]:
    """The files nobody reads, counted by what they are."""
    groups: dict[str, list[str]] = {}
    for member in others:
        reason = (
            "not messages" if container.textual(member.name)
            else "an archive inside, not opened" if member.name.lower().endswith(container.ARCHIVES)
            else "media"
        )  # fmt: skip
        groups.setdefault(reason, []).append(member.name)
    for reason, names in groups.items():
        yield Skipped("files", reason, names[0], len(names))

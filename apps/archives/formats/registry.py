"""The plain table of formats, and the plan of who reads what. Adding one: docs/adding-a-format.md."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from apps.archives.formats import (
    container,
    dating,
    discord,
    facebook,
    facebook_2018,
    googlechat,
    hangouts,
    imessage,
    instagram,
    jsonl,
    linkedin,
    meta_pages,
    signal,
    skype,
    slack,
    sms,
    streams,
    telegram,
    telegram_pages,
    twitter,
    whatsapp,
)
from apps.archives.formats.types import Format, Found, Member, Message, Messages, Record, Refused, Skipped

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
#: Pages that say the same as the JSON beside them: pages, JSON.
TWINS = {"meta_pages": ("facebook", "instagram"), "telegram_pages": ("telegram",)}
DAMAGE = {"the file ends in the middle", "not valid JSON", "not a web page", "not a database of messages, or a damaged one"}
HEADS = (4_096, 128 * 1_024)
_STYLES = re.compile(rb"<(style|script)\b.*?(?:</\1>|\Z)", re.I | re.S)
_SIGNAL_PAGE = re.compile(rb"<span class=['\"]?time\b[^>]*>[^<]*</span>\s*<span class=['\"]?sender\b")
#: Where pages of an account's chats lie below its JSON.
_CHAT_FOLDER = re.compile(r"(?:^|(?<=/))(?:left_)?chats/chat_\d+$", re.I)
SAME = "the same messages as in the JSON beside it"
INSTEAD = "damaged; the web pages beside it were read instead"
_HINTS = (
    (re.compile(r"\.dht$", re.I), "This is Discord History Tracker's database. Please export with DiscordChatExporter as JSON instead."),
    (re.compile(r"\.(?:crypt\d+|enc)$", re.I), "This is an encrypted backup that only the phone can open. Please export the chat as text instead."),
    (re.compile(r"\.(?:zip|tgz|tar|gz|7z|rar)$", re.I), "There is another archive inside this one. Please unpack the outer one and upload what is inside."),
)  # fmt: skip


_ARCHIVES = (*container.PACKED, ".7z", ".rar")


@dataclass
class Plan:
    """Which format reads which members; `others` is the rest, which may hold evidence of the owner."""

    work: dict[str, list[Member]] = field(default_factory=dict)
    others: list[Member] = field(default_factory=list)
    doubled: list[Member] = field(default_factory=list)
    damaged: list[Member] = field(default_factory=list)


def plan(members: list[Member]) -> Plan:
    """Ask every format about every member that may hold text. Raises `Refused` when nobody claims any."""
    made = Plan()
    damaged = 0
    pages: list[bytes] = []
    for member in members:
        if not container.textual(member.name) and len(members) > 1:  # a lone file may be called anything
            made.others.append(member)
            continue
        try:
            taker, head = _claimed(member)
        except (Refused, OSError):
            damaged += 1
            made.others.append(member)
            continue
        if taker is None:
            made.others.append(member)
            if member.name.lower().endswith((".html", ".htm")):
                pages.append(head)
        else:
            made.work.setdefault(taker, []).append(member)
    _drop_twins(made)
    if not made.work:
        raise Refused(_nothing(members, pages, damaged))
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


def taker_of(member: Member, head: bytes) -> str | None:
    """The format that claims a member, by its name and how it begins."""
    return next((name for name, f in FORMATS.items() if f.mine(member, head)), None)


def _drop_twins(made: Plan) -> None:
    """An export in both forms is read once: as JSON, or as pages where a JSON file beside them is damaged."""
    for pages, twins in TWINS.items():
        spots = {m.name: _json_folders(m.name, below=pages == "telegram_pages") for m in made.work.get(pages, [])}
        wanted = frozenset[str]().union(*spots.values())
        json = [m for t in twins for m in made.work.get(t, []) if _folder(m.name) in wanted]
        broken = {_folder(m.name) for m in json if m.size < streams.WHOLE and streams.small(m) is None}
        good = {_folder(m.name) for m in json} - broken
        made.doubled += _taken_out(made, [pages], {name for name, spots_of in spots.items() if spots_of & good})
        made.damaged += _taken_out(made, twins, {m.name for m in json if _folder(m.name) in broken})


def _taken_out(made: Plan, formats: Iterable[str], names: set[str]) -> list[Member]:
    out: list[Member] = []
    for each in [f for f in formats if f in made.work]:
        out += [m for m in made.work[each] if m.name in names]
        made.work[each] = [m for m in made.work[each] if m.name not in names]
        if not made.work[each]:
            del made.work[each]
    return out


def _folder(name: str) -> str:
    return name.rpartition("/")[0]


def _json_folders(page: str, *, below: bool) -> set[str]:
    """Where the JSON of a page may lie. Telegram's pages of a chat lie in a folder below it."""
    place = _folder(page)
    chat = _CHAT_FOLDER.search(place) if below else None
    return {place} | ({place[: chat.start()].rstrip("/")} if chat else set())


def _nothing(members: list[Member], pages: list[bytes], damaged: int) -> str:
    if damaged:
        return "The files in this archive are damaged. Please download the export again."
    for pattern, sentence in _HINTS:
        if any(pattern.search(m.name) for m in members):
            return sentence
    if any(b"chatlog__message" in head or b"chatlog" in head for head in pages):
        return "This is DiscordChatExporter's web page. Please export again and choose JSON."
    if any(_SIGNAL_PAGE.search(head) for head in pages):
        return "This is signal-export's web page. Please upload the folder it lies in, with chat.md or data.json."
    if pages:
        return (
            "These web pages are no export of messages that we know. Please export again, as JSON where there is a choice."
        )
    return (
        "No messages of a known kind were found. Upload the export as it came (zip or folder), "
        "or see “How to get your export” for what each platform offers."
    )


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
    for name, claimed in made.work.items():
        try:
            for each in FORMATS[name].read(claimed, made.others):
                if type(each) is Message or type(each) is Messages:
                    message = True
                elif type(each) is Skipped and each.reason in DAMAGE:
                    damage = True
                yield each
        except streams.Broken as error:
            damage = True
            yield Skipped(claimed[0].name, str(error), "from here on")
    if damage and not message:
        raise Refused("This file is damaged or cut off: no message in it can be read. Please download the export again.")
    for member in made.doubled:
        yield Skipped(member.name, SAME, "the whole file")
    for member in made.damaged:
        yield Skipped(member.name, INSTEAD, "the whole file")
    yield from _unread(made.others)


def _unread(others: list[Member]) -> Iterator[Skipped]:
    """The files nobody reads, counted by what they are."""
    groups: dict[str, list[str]] = {}
    for member in others:
        reason = (
            "not messages" if container.textual(member.name)
            else "an archive inside, not opened" if member.name.lower().endswith(_ARCHIVES)
            else "media"
        )  # fmt: skip
        groups.setdefault(reason, []).append(member.name)
    for reason, names in groups.items():
        yield Skipped("files", reason, names[0], len(names))

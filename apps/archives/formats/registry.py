"""The plain table of formats, and the plan of who reads what. Adding one: docs/adding-a-format.md."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from apps.archives.formats import container, facebook, telegram
from apps.archives.formats.types import Format, Member, Message, Record, Refused, Skipped

FORMATS: dict[str, Format] = {"facebook": facebook, "telegram": telegram}

DAMAGE = {"the file ends in the middle", "not valid JSON"}

#: How people get the export, for the help boxes of the upload page.
HELP: dict[str, tuple[str, tuple[str, ...]]] = {
    "facebook": (
        "Facebook Messenger",
        (
            "On facebook.com open Settings, then “Download your information”.",
            "Choose “Messages” only, format JSON, media quality low, date range all time.",
            "Facebook mails you when the zip is ready. Upload that zip (or all of its parts) here.",
            "Encrypted chats: in Messenger open Settings, Privacy & safety, End-to-end encrypted chats, and download the secure storage data too.",
        ),
    ),
    "telegram": (
        "Telegram Desktop",
        (
            "In Telegram Desktop (not the phone app) open Settings, Advanced, “Export Telegram data”.",
            "Tick personal chats and the groups you want; untick photos and files; choose “Machine-readable JSON”.",
            "Upload the result.json that it writes. One chat alone: open it, menu ⋮, “Export chat history”.",
        ),
    ),
}


@dataclass
class Plan:
    """Which format reads which members; `others` is the rest, which may hold evidence of the owner."""

    work: dict[str, list[Member]] = field(default_factory=dict)
    others: list[Member] = field(default_factory=list)


def plan(members: list[Member]) -> Plan:
    """Ask every format about every member that may hold text. Raises `Refused` when nobody claims any."""
    made = Plan()
    pages = damaged = 0
    for member in members:
        if not container.textual(member.name) and not member.name.lower().endswith(".zip"):
            made.others.append(member)
            continue
        try:
            with member.open() as stream:
                head = stream.read(4_096)
        except (Refused, OSError):
            damaged += 1
            made.others.append(member)
            continue
        taker = next((name for name, f in FORMATS.items() if f.mine(member, head)), None)
        if taker is None:
            made.others.append(member)
            pages += member.name.lower().endswith((".html", ".htm"))
        else:
            made.work.setdefault(taker, []).append(member)
    if not made.work:
        raise Refused(_nothing(members, pages, damaged))
    return made


def _nothing(members: list[Member], pages: int, damaged: int) -> str:
    if damaged:
        return "The files in this archive are damaged. Please download the export again."
    if pages:
        return (
            "This is an export as web pages (HTML). Please export again and choose JSON: "
            "Facebook calls it “JSON”, Telegram “Machine-readable JSON”."
        )
    if any(m.name.lower().endswith((".zip", ".tgz", ".tar", ".gz", ".7z", ".rar")) for m in members):
        return "There is another archive inside this one. Please unpack the outer one and upload what is inside."
    return "No messages of a known kind were found. Known are Facebook Messenger (JSON) and Telegram Desktop (JSON)."


def read(members: list[Member]) -> Iterator[Record]:
    """Every record of an upload. Raises `Refused`, also when nothing but damage was found."""
    made = plan(members)
    found = damage = False
    for name, claimed in made.work.items():
        for record in FORMATS[name].read(claimed, made.others):
            found = found or isinstance(record, Message)
            damage = damage or (isinstance(record, Skipped) and record.reason in DAMAGE)
            yield record
    if damage and not found:
        raise Refused("This file is damaged or cut off: no message in it can be read. Please download the export again.")
    yield from _unread(made.others)


def _unread(others: list[Member]) -> Iterator[Skipped]:
    """The files nobody reads, counted by what they are."""
    groups: dict[str, list[str]] = {}
    for member in others:
        page = member.name.lower().endswith((".html", ".htm"))
        textual = container.textual(member.name)
        reason = "a web page; messages are read from the JSON files" if page else "not messages" if textual else "media"
        groups.setdefault(reason, []).append(member.name)
    for reason, names in groups.items():
        yield Skipped("files", reason, names[0], len(names))

"""LinkedIn's messages.csv: the quoted columns of 2024 and later, and the seven of 2019-20."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from pathlib import Path

from apps.archives.generators import clock
from apps.archives.generators.dialect import Generator
from apps.archives.generators.files import Archive, write_bare
from apps.archives.generators.people import Person
from apps.archives.generators.story import Chat, Line, World

KINDS = ("media", "system")
HEADER = [
    "CONVERSATION ID",
    "CONVERSATION TITLE",
    "FROM",
    "SENDER PROFILE URL",
    "TO",
    "RECIPIENT PROFILE URLS",
    "DATE",
    "SUBJECT",
    "CONTENT",
    "FOLDER",
    "ATTACHMENTS",
    "IS MESSAGE DRAFT",
    "IS CONVERSATION DRAFT",
]
OLD_HEADER = ["FROM", "TO", "DATE", "SUBJECT", "CONTENT", "DIRECTION", "FOLDER"]
COACH = (
    '"CONVERSATION ID","FROM","TO","DATE","CONTENT"\n"coach-1","Coach","Somebody","2024-01-01 00:00:00 UTC","Not a chat"\n'
)
SPONSORED = '<p class="spinmail-quill-editor__spin-break">Dear %FIRSTNAME%, buy &amp; sell</p>'


def quoted_row(cells: list[str]) -> bytes:
    return ",".join(['"' + cell.replace('"', '""') + '"' for cell in cells]).encode() + b"\n"


def _needy(cell: str) -> str:
    if any(mark in cell for mark in ',"\r\n'):
        return '"' + cell.replace('"', '""') + '"'
    return cell


def spare_row(cells: list[str]) -> bytes:
    """Quotes only where needed, as before 2026."""
    return ",".join([_needy(cell) for cell in cells]).encode() + b"\n"


def url(person: Person) -> str:
    return f"https://www.linkedin.com/in/{person.handle}"


def _receivers(chat: Chat, sender: Person) -> list[Person]:
    return [p for p in chat.people if p is not sender]


def _row(chat: Chat, line: Line, noise: bool) -> bytes:
    draft = line.kind == "system"
    sender = chat.owner if draft else line.sender
    to = _receivers(chat, sender)
    bare = noise and line.sender is not chat.owner and not (line.dice >> 44) & 31
    cells = [
        f"2-conv{chat.number:06}==",
        chat.title if chat.is_group else "",
        sender.name,
        "" if bare else url(sender),
        ", ".join(p.name for p in to),
        ",".join(url(p) for p in to),
        clock.iso(line.at_ms, joint=" ") + " UTC",
        "",
        "" if line.kind == "media" else line.text,
        "ARCHIVE" if chat.number % 4 == 3 else "INBOX",
        "https://www.linkedin.com/dms/attachment" if line.kind == "media" else "",
        "Yes" if draft else "No",
        "No",
    ]
    row = quoted_row(cells)
    return row + row if noise and not (line.dice >> 50) & 127 else row


def _sponsored(world: World) -> bytes:
    at = clock.iso(world.dialogues[0].start, joint=" ") + " UTC"
    owner = world.owner
    cells = ["2-spin==", "", "Sponsored Sender", "", owner.name, url(owner), at, "Offer", SPONSORED, "INBOX", "", "No", "No"]
    spam = ["2-spam==", "", "A Stranger", "", owner.name, url(owner), at, "", "Buy my course", "SPAM", "", "No", "No"]
    return quoted_row(cells) + quoted_row(spam)


def _table(world: World, noise: bool) -> Iterator[bytes]:
    yield quoted_row(HEADER)
    for chat in world.dialogues:
        for line in chat.walk(KINDS if noise else (), backwards=True):
            yield _row(chat, line, noise)
    if noise:
        yield _sponsored(world)


def _old_rows(chat: Chat, noise: bool) -> Iterator[tuple[int, bytes]]:
    for line in chat.walk(("media",) if noise else (), backwards=True):
        cells = [
            line.sender.name,
            ", ".join(p.name for p in _receivers(chat, line.sender)),
            clock.iso(line.at_ms),
            "",
            "" if line.kind == "media" else line.text,
            "OUTGOING" if line.sender is chat.owner else "INCOMING",
            "INBOX",
        ]
        yield line.at_ms, spare_row(cells)


def _old_table(world: World, noise: bool) -> Iterator[bytes]:
    yield spare_row(OLD_HEADER)
    threads = [_old_rows(chat, noise) for chat in world.dialogues]
    for _, row in heapq.merge(*threads, key=lambda pair: pair[0], reverse=True):
        yield row


def _profile(world: World) -> bytes:
    owner = world.owner
    head = spare_row(["First Name", "Last Name", "Maiden Name", "Address", "Birth Date", "Headline", "Summary"])
    return head + spare_row([owner.first, owner.last, "", "", "", "Nobody, really", ""])


def _invitations(world: World) -> bytes:
    owner, other = world.owner, world.people[1]
    head = spare_row(["From", "To", "Sent At", "Message", "Direction", "inviterProfileUrl", "inviteeProfileUrl"])
    return head + spare_row([owner.name, other.name, "1/2/19, 3:04 AM", "", "OUTGOING", url(owner), url(other)])


def _write(world: World, out: Path, table: Iterator[bytes], noise: bool) -> None:
    if out.suffix == ".csv":
        return write_bare(out, table)
    with Archive(out) as archive:
        archive.stream("messages.csv", table)
        archive.put("Profile.csv", _profile(world))
        if noise:
            archive.put("Invitations.csv", _invitations(world))
            archive.put("guide_messages.csv", COACH)
            archive.put("learning_role_play_messages.csv", COACH)


def write(world: World, out: Path, *, parts: int = 1, noise: bool = True) -> None:
    _write(world, out, _table(world, noise), noise)


def write_old(world: World, out: Path, *, parts: int = 1, noise: bool = True) -> None:
    _write(world, out, _old_table(world, noise), noise)


# Text that looks like HTML cannot be told from the HTML of sponsored mail.
AVOID = frozenset({"entity"})
GENERATORS = {
    "linkedin": Generator(write, ".zip", 1, avoid=AVOID),
    "linkedin-old": Generator(write_old, ".zip", 1, titles=False, avoid=AVOID),
}

"""What imessage-exporter writes: text files and pages, one per conversation, wall clock without a zone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from html import escape
from pathlib import Path

from apps.archives.generators import clock
from apps.archives.generators.dialect import Generator, by_phone
from apps.archives.generators.files import Archive, write_bare
from apps.archives.generators.story import Chat, Line, World
from apps.archives.generators.texts import SEVERAL_LINES

KINDS = ("media", "system")
RESPONDED = "This message responded to an earlier message."
STYLE = "<style>.sent { float: right } .received { float: left }</style>"


def title(chat: Chat) -> str:
    return ", ".join(p.phone for p in chat.others)


def _stamp(at_ms: int) -> str:
    t = clock.utc(at_ms)
    hour, half = clock.half_day(t[3])
    return f"{clock.SHORT[t[1] - 1]} {t[2]:02}, {t[0]} {hour:>2}:{t[4]:02}:{t[5]:02} {half}"


def _who(chat: Chat, line: Line) -> str:
    return "Me" if line.sender is chat.owner else line.sender.phone


def _answered(chat: Chat, i: int) -> bool:
    """Whether line i has the next one hanging under it as a reply."""
    return 0 <= i < chat.count - 1 and not (chat.line(i).dice >> 56) & 31


def _announcement(chat: Chat, line: Line) -> str:
    who = "You" if line.sender is chat.owner else line.sender.phone
    return f"{who} renamed the conversation to {chat.title}" if chat.is_group else f"{who} kept an audio message."


def _block(chat: Chat, line: Line, after: str) -> str:
    read = " (Read by you after 1 minute)" if line.dice & 1 and line.sender is not chat.owner else ""
    words = "Attachment missing!" if line.kind == "media" else line.text
    return f"{_stamp(line.at_ms)}{read}\n{_who(chat, line)}\n{words}\n{after}\n"


def _indented(block: str) -> str:
    return "".join(f"    {row}\n" if row else "\n" for row in block.rstrip("\n").split("\n")) + "\n"


def _text_rows(chat: Chat, noise: bool) -> Iterator[bytes]:
    for line in chat.walk(KINDS if noise else ()):
        if line.kind == "system":
            yield f"{_stamp(line.at_ms)} {_announcement(chat, line)}\n\n".encode()
            continue
        said = noise and line.kind == "text"
        after = "Reactions:\nLoved by Me\n" if said and not (line.dice >> 50) & 15 else ""
        if said and _answered(chat, line.number - 1):
            after += RESPONDED + "\n"
        yield _block(chat, line, after).encode()
        if said and _answered(chat, line.number):
            yield _indented(_block(chat, chat.line(line.number + 1), "")).encode()


def _html(text: str) -> str:
    return escape(text, quote=False).replace('"', "&quot;").replace("'", "&apos;")


def _part(chat: Chat, line: Line, after: str = "") -> str:
    side = "sent iMessage" if line.sender is chat.owner else "received"
    words = '<span class="attachment_error">Attachment missing!</span>'
    if line.kind == "text":
        words = f'<span class="bubble">{_html(line.text)}</span>'
    return (
        f'<div class="message">\n<div class="{side}">\n<p><span class="timestamp">{_stamp(line.at_ms)}</span>\n'
        f'<span class="sender">{_who(chat, line)}</span></p>\n<hr><div class="message_part">\n{words}\n</div>\n{after}'
        "</div>\n</div>\n"
    )


def _page_rows(chat: Chat, noise: bool) -> Iterator[bytes]:
    yield f'<html>\n<head>\n<meta charset="UTF-8">\n<title>{_html(title(chat))}</title>\n{STYLE}\n</head>\n<body>\n'.encode()
    for line in chat.walk(KINDS if noise else ()):
        if line.kind == "system":
            said = f'<span class="timestamp">{_stamp(line.at_ms)}</span> {_html(_announcement(chat, line))}'
            yield f'<div class="announcement"><p>{said}</p></div>\n'.encode()
            continue
        after = ""
        if noise and line.kind == "text" and not (line.dice >> 50) & 15:
            after += '<hr><p>Tapbacks:</p><div class="tapbacks"><div class="tapback"><b>Loved</b> by Me</div></div>\n'
        if noise and line.kind == "text" and _answered(chat, line.number):
            copy = _part(chat, chat.line(line.number + 1))
            after += f'<div class="replies">\n<div class="reply" id="r{line.number}">\n{copy}</div>\n</div>\n'
        yield _part(chat, line, after).encode()
    yield b"</body>\n</html>\n"


def _write(world: World, out: Path, ending: str, rows: Callable[[Chat, bool], Iterator[bytes]], noise: bool) -> None:
    chats = world.dialogues
    if len(chats) == 1 and out.suffix == ending:
        return write_bare(out, rows(chats[0], noise))
    with Archive(out) as archive:
        for chat in chats:
            archive.stream(f"imessage_export/{title(chat)}{ending}", rows(chat, noise))
        if noise:
            archive.put(f"imessage_export/orphaned{ending}", b"")


def write(world: World, out: Path, *, parts: int = 1, noise: bool = True) -> None:
    _write(world, out, ".txt", _text_rows, noise)


def write_html(world: World, out: Path, *, parts: int = 1, noise: bool = True) -> None:
    _write(world, out, ".html", _page_rows, noise)


GENERATORS = {
    # An empty line ends a message of the text file.
    "imessage-txt": Generator(
        write,
        ".zip",
        1,
        tz_known=False,
        names=False,
        owner_written="Me",
        sender=by_phone,
        sender_id=by_phone,
        title=title,
        avoid=frozenset({"blankline"}),
    ),
    # Nobody tells how a line break is written on the pages.
    "imessage-html": Generator(
        write_html,
        ".zip",
        1,
        tz_known=False,
        names=False,
        owner_written="Me",
        sender=by_phone,
        sender_id=by_phone,
        title=title,
        avoid=SEVERAL_LINES | {"spaces", "control"},
    ),
}

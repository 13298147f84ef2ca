"""WhatsApp's text exports: Android in Europe and in the United States, and iPhone. One conversation per file."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from apps.archives.generators import clock
from apps.archives.generators.dialect import Generator
from apps.archives.generators.files import PNG, Archive, write_bare
from apps.archives.generators.story import Chat, Line, World

KINDS = ("media", "call", "system", "deleted")
SECURE = "Messages and calls are end-to-end encrypted. No one outside of this chat, not even WhatsApp, can read or listen to them."
MARK = "\u200e"
MEDIA = ("image", "video", "audio", "GIF", "sticker", "document")


@dataclass(frozen=True)
class Style:
    """One app on one telephone; `edge` ends a message."""

    iphone: bool = False
    american: bool = False
    edge: str = "\n"

    def head(self, t: time.struct_time) -> str:
        if self.iphone:
            return f"[{t[2]:02}/{t[1]:02}/{t[0] % 100:02}, {t[3]:02}:{t[4]:02}:{t[5]:02}] "
        if self.american:
            hour, half = clock.half_day(t[3])
            return f"{t[1]}/{t[2]}/{t[0] % 100:02}, {hour}:{t[4]:02}\u202f{half} - "
        return f"{t[2]:02}/{t[1]:02}/{t[0]}, {t[3]:02}:{t[4]:02} - "

    def member(self, chat: Chat) -> str:
        if self.iphone:
            return f"WhatsApp Chat - {chat.title}.zip"
        return f"WhatsApp Chat with {chat.title}.txt"


ANDROID = Style()
ANDROID_US = Style(american=True)
IPHONE = Style(iphone=True, edge="\r\n")


def _media(style: Style, line: Line) -> str:
    if not style.iphone:
        if line.dice & 1:
            return f"IMG-20190101-WA{line.number % 10_000:04}.jpg (file attached)"
        return "<Media omitted>"
    if line.dice & 1:
        return f"{MARK}<attached: {line.number % 10_000_000:08}-PHOTO-2019-01-01-00-00-00.jpg>"
    return f"{MARK}{MEDIA[(line.dice >> 3) % len(MEDIA)]} omitted"


def _notice(chat: Chat, line: Line) -> str:
    who = line.sender.name
    if chat.is_group:
        return (f"{who} left", f"{who} added {chat.others[0].name}", f"{who} changed this group's icon")[line.dice % 3]
    return ("Your security code changed. Tap to learn more.", SECURE)[line.dice % 2]


def _body(chat: Chat, line: Line, style: Style) -> tuple[str, str]:
    """Author (none for a notice of Android) and words of what is nobody's own text."""
    mark = MARK if style.iphone else ""
    author = line.sender.name
    if line.kind == "media":
        return author, _media(style, line)
    if line.kind == "deleted":
        mine = line.sender is chat.owner
        return author, mark + ("You deleted this message" if mine else "This message was deleted")
    if line.kind == "call":
        return (author if style.iphone else ""), f"{mark}Missed voice call"
    return (chat.title if style.iphone else ""), mark + _notice(chat, line)


def _row(chat: Chat, line: Line, style: Style, noise: bool) -> str:
    head = style.head(time.gmtime(line.at_ms // 1000))
    if line.kind != "text":
        author, words = _body(chat, line, style)
        lead = MARK if style.iphone and line.kind == "media" else ""
        return f"{lead}{head}{author}: {words}{style.edge}" if author else f"{head}{words}{style.edge}"
    text = line.text
    if noise and not (line.dice >> 50) & 63:
        text += f" {MARK}<This message was edited>"
    elif noise and not style.iphone and not (line.dice >> 44) & 63:
        text = f"IMG-20190101-WA{line.number % 10_000:04}.jpg (file attached)\n{text}"
    return f"{head}{line.sender.name}: {text}{style.edge}"


def rows(chat: Chat, style: Style, noise: bool) -> Iterator[bytes]:
    if noise:
        head, said = style.head(time.gmtime(chat.start // 1000)), SECURE
        yield f"{head}{chat.title}: {MARK}{said}{style.edge}".encode() if style.iphone else f"{head}{said}\n".encode()
        if chat.is_group:
            author = f"{chat.title}: {MARK}" if style.iphone else ""
            yield f'{head}{author}{chat.others[0].name} created group "{chat.title}"{style.edge}'.encode()
    for line in chat.walk(KINDS if noise else ()):
        yield _row(chat, line, style, noise).encode()


def _phone_zip(archive: Archive, chat: Chat, noise: bool) -> None:
    archive.stream("_chat.txt", rows(chat, IPHONE, noise))
    if noise:
        archive.put("00000001-PHOTO-2019-01-01-00-00-00.jpg", PNG)


def _write_iphone(world: World, out: Path, noise: bool) -> None:
    chats = world.dialogues
    if out.suffix == ".txt":
        return write_bare(out, rows(chats[0], IPHONE, noise))
    if len(chats) == 1:
        with Archive(out) as archive:
            return _phone_zip(archive, chats[0], noise)
    with Archive(out, packed=False) as outer:
        for chat in chats:
            with outer.open(IPHONE.member(chat), big=True) as member, Archive(member) as archive:
                _phone_zip(archive, chat, noise)


def _write(world: World, out: Path, style: Style, noise: bool) -> None:
    chats = world.dialogues
    if style.iphone:
        return _write_iphone(world, out, noise)
    if len(chats) == 1 and out.suffix != ".zip":
        return write_bare(out, rows(chats[0], style, noise))
    with Archive(out) as archive:
        for chat in chats:
            archive.stream(style.member(chat), rows(chat, style, noise))


def write(world: World, out: Path, *, parts: int = 1, noise: bool = True) -> None:
    _write(world, out, ANDROID, noise)


def write_us(world: World, out: Path, *, parts: int = 1, noise: bool = True) -> None:
    _write(world, out, ANDROID_US, noise)


def write_ios(world: World, out: Path, *, parts: int = 1, noise: bool = True) -> None:
    _write(world, out, IPHONE, noise)


GENERATORS = {
    "whatsapp-android": Generator(write, ".zip", 60, tz_known=False, owner_known=False),
    "whatsapp-android-us": Generator(write_us, ".zip", 60, tz_known=False, owner_known=False),
    "whatsapp-ios": Generator(write_ios, ".zip", 1, tz_known=False, owner_known=False),
}

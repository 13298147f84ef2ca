"""The HTML pages of Messenger (2020 and later) and Instagram, newest first, wall clock without a zone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import escape
from itertools import chain, islice
from pathlib import Path

from apps.archives.generators import clock, meta
from apps.archives.generators.dialect import Generator
from apps.archives.generators.files import part_archives
from apps.archives.generators.story import Chat, Line, World

KINDS = ("media", "system")
BOX = '<div class="pam _3-95 _2ph- _a6-g uiBoxWhite noborder">'
STYLE = "._a6-g { background: #fff } ._a6-p { color: #1c1e21 }"


def facebook_date(at_ms: int) -> str:
    t = clock.utc(at_ms)
    hour, half = clock.half_day(t[3])
    return f"{clock.SHORT[t[1] - 1]} {t[2]:02}, {t[0]} {hour}:{t[4]:02}:{t[5]:02} {half.lower()}"


def instagram_date(at_ms: int) -> str:
    t = clock.utc(at_ms)
    hour, half = clock.half_day(t[3])
    return f"{clock.SHORT[t[1] - 1]} {t[2]:02}, {t[0]} {hour}:{t[4]:02} {half.lower()}"


@dataclass(frozen=True)
class Page:
    layout: meta.Layout
    date: Callable[[int], str]
    sender: str  # the element around the sender's name
    copies: bool  # a text with a link is repeated in the box of the link


FACEBOOK = Page(meta.Layout("your_facebook_activity", ("inbox", "inbox", "archived_threads")), facebook_date, "div", False)
INSTAGRAM = Page(meta.Layout("your_instagram_activity"), instagram_date, "h2", True)


def _html(text: str) -> str:
    return escape(text, quote=False).replace('"', "&quot;").replace("'", "&#039;").replace("\n", "<br />")


def _link(text: str, page: Page) -> str:
    at = text.find("https://")
    if at < 0 or not page.copies:
        return ""
    url = escape(text[at:].split(maxsplit=1)[0])
    return f'<div><div>{_html(text)}</div><div><a target="_blank" href="{url}">{url}</a></div></div>'


def _media(page: Page, chat: Chat, line: Line) -> str:
    uri = f"{page.layout.root}/messages/{page.layout.path(chat)}/photos/{line.number}.png"
    return f'<div><div><a target="_blank" href="{uri}"><img src="{uri}" class="_a6_o _3-96" /></a></div></div>'


def _system(chat: Chat, line: Line) -> str:
    who = line.sender.name
    if not chat.is_group:
        return f"{who} sent an attachment."
    return (f"{who} left the group.", f"{who} named the group {chat.title}.", f"{who} sent an attachment.")[line.dice % 3]


def _reaction(chat: Chat, line: Line) -> str:
    actor = chat.people[line.dice % len(chat.people)].name
    return f'<ul class="_a6-q"><li><span>😂{_html(actor)}</span></li></ul>'


def _body(page: Page, chat: Chat, line: Line, noise: bool) -> str:
    if line.kind == "media":
        return f"<div></div><div></div><div></div>{_media(page, chat, line)}<div></div>"
    if line.kind == "system":
        return f"<div></div><div>{_html(_system(chat, line))}</div><div></div><div></div>"
    more = _link(line.text, page)
    if noise and not (line.dice >> 44) & 63:
        more += _media(page, chat, line)
    reactions = _reaction(chat, line) if noise and not (line.dice >> 50) & 15 else ""
    return f"<div></div><div>{_html(line.text)}</div><div>{more}</div><div></div>{reactions}"


def _box(page: Page, chat: Chat, line: Line, noise: bool) -> str:
    return (
        f'{BOX}<{page.sender} class="_3-95 _2pim _a6-h _a6-i">{_html(line.sender.name)}</{page.sender}>'
        f'<div class="_3-95 _a6-p"><div>{_body(page, chat, line, noise)}</div></div>'
        f'<div class="_3-94 _a6-o">{page.date(line.at_ms)}</div></div>'
    )


def _page(page: Page, chat: Chat, lines: Iterator[Line], noise: bool) -> Iterator[bytes]:
    title = _html(chat.title)
    yield (
        f'<html><head><meta http-equiv="Content-Type" content="text/html; charset=UTF-8" /><base href="../../../../" />'
        f'<title>{title}</title><style type="text/css">{STYLE}</style></head><body class="_5vb_ _2yq _a7o5">'
        f'<div class="clearfix _ikh"><div class="_4bl9"><div class="_li"><div class="_a705"><div class="_3-8y _3-95 _a70a">'
        f'<div class="_a70d"><div class="_a70e"><h1>{title}</h1></div></div></div><div class="_a706" role="main">'
    ).encode()
    if chat.is_group:
        yield f'{BOX}<div class="_a6-p">Participants: {_html(", ".join(p.name for p in chat.people))}</div></div>'.encode()
    for line in lines:
        yield _box(page, chat, line, noise).encode()
    yield b"</div></div></div></div></div></body></html>"


def _write(world: World, out: Path, page: Page, parts: int, noise: bool) -> None:
    with part_archives(out, parts) as archives:
        for chat in world.dialogues:
            lines = chat.walk(KINDS if noise else (), backwards=True)
            folder = f"{page.layout.root}/messages/{page.layout.path(chat)}"
            for number, line in enumerate(lines, 1):
                of_this_file = islice(chain([line], lines), meta.PER_FILE)
                archive = archives[(chat.number + number - 1) % len(archives)]
                archive.stream(f"{folder}/message_{number}.html", _page(page, chat, of_this_file, noise), big=False)


def write(world: World, out: Path, *, parts: int = 1, noise: bool = True) -> None:
    _write(world, out, FACEBOOK, parts, noise)


def write_instagram(world: World, out: Path, *, parts: int = 1, noise: bool = True) -> None:
    _write(world, out, INSTAGRAM, parts, noise)


# Runs of white space mean nothing in HTML, and control characters are not allowed there.
AVOID = frozenset({"spaces", "control"})
GENERATORS = {
    "facebook-html": Generator(write, ".zip", 1, tz_known=False, avoid=AVOID),
    "instagram-html": Generator(write_instagram, ".zip", 60, tz_known=False, avoid=AVOID),
}

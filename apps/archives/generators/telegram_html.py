"""Telegram Desktop's HTML export of an account: a thousand messages to a file, joined messages without a name."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from itertools import chain, islice
from pathlib import Path

from apps.archives.generators import clock
from apps.archives.generators.dialect import Generator
from apps.archives.generators.files import Archive
from apps.archives.generators.story import Chat, Line, World
from apps.archives.generators.telegram import LINK

KINDS = ("media", "call", "system", "forwarded")
PER_FILE = 1000
MOSCOW = 3 * clock.HOUR
JOIN_WITHIN = 900
ROOT = "DataExport_2024-01-02"
HEAD = (
    '<!DOCTYPE html>\n<html>\n\n <head>\n\n  <meta charset="utf-8"/>\n<title>Exported Data</title>\n'
    '  <meta content="width=device-width, initial-scale=1.0" name="viewport"/>\n\n'
    '  <link href="{up}css/style.css" rel="stylesheet"/>\n\n'
    '  <script src="{up}js/script.js" type="text/javascript">\n\n  </script>\n\n </head>\n\n'
    ' <body onload="CheckLocation();">\n\n  <div class="page_wrap">\n\n   <div class="page_header">\n\n'
    '    <div class="content">\n\n     <div class="text bold">\n{title}\n     </div>\n\n    </div>\n\n   </div>\n\n'
)
FOOT = "\n  </div>\n\n </body>\n\n</html>\n"


def _html(text: str) -> str:
    return escape(text, quote=False).replace('"', "&quot;").replace("'", "&apos;").replace("\n", "<br>")


def _rich(line: Line, noise: bool) -> str:
    link = LINK.search(line.text)
    if link:
        url = _html(link.group())
        return f'{_html(line.text[: link.start()])}<a href="{url}">{url}</a>{_html(line.text[link.end() :])}'
    half = len(line.text) // 2
    if noise and not (line.dice >> 45) & 31 and line.text[half:].strip() == line.text[half:]:
        return f"{_html(line.text[:half])}<strong>{_html(line.text[half:])}</strong>"
    return _html(line.text)


@dataclass
class _State:
    """What decides whether a message is joined to the one before it."""

    day: int = -1
    sender: int = -1
    at: int = 0
    forward: bool = False
    number: int = 0
    bars: int = 0

    def new_file(self) -> None:
        self.sender = -1

    def joins(self, line: Line, forward: bool) -> bool:
        within = 1 if forward else JOIN_WITHIN
        now = line.at_ms // 1000
        same = self.sender == line.sender.number and self.forward == forward and now - self.at <= within
        self.sender, self.at, self.forward = line.sender.number, now, forward
        return same


def _bar(state: _State, line: Line) -> str:
    day = (line.at_ms // 1000 + MOSCOW) // 86400
    if day == state.day:
        return ""
    state.day, state.sender, state.bars = day, -1, state.bars + 1
    t = clock.utc(line.at_ms, MOSCOW)
    return _service(f"-{state.bars}", f"{t[2]} {clock.MONTHS[t[1] - 1]} {t[0]}")


def _service(number: str, said: str) -> str:
    return (
        f'     <div class="message service" id="message{number}">\n\n      <div class="body details">\n{said}\n'
        "      </div>\n\n     </div>\n\n"
    )


def _stamp(line: Line) -> str:
    t = clock.utc(line.at_ms, MOSCOW)
    return f"{t[2]:02}.{t[1]:02}.{t[0]} {t[3]:02}:{t[4]:02}:{t[5]:02}"


def _name(name: str) -> str:
    first, _, last = name.partition(" ")
    return _html(f"{first} {last}")


def _userpic(line: Line) -> str:
    letters = _html("".join(word[0] for word in line.sender.name.split()[:2]))
    return (
        '      <div class="pull_left userpic_wrap">\n\n'
        f'       <div class="userpic userpic{line.sender.number % 8 + 1}" style="width: 42px; height: 42px">\n\n'
        f'        <div class="initials" style="line-height: 42px">\n{letters}\n        </div>\n\n       </div>\n\n      </div>\n\n'
    )


def _default(state: _State, line: Line, inside: str, forward: bool = False) -> str:
    joined = state.joins(line, forward)
    state.number += 1
    stamp = _stamp(line)
    name = "" if joined else f'       <div class="from_name">\n{_name(line.sender.name)}\n       </div>\n\n'
    return (
        f'     <div class="message default clearfix{" joined" if joined else ""}" id="message{state.number}">\n\n'
        f'{"" if joined else _userpic(line)}      <div class="body">\n\n'
        f'       <div class="pull_right date details" title="{stamp} UTC+03:00">\n{stamp[11:16]}\n       </div>\n\n'
        f"{name}{inside}      </div>\n\n     </div>\n\n"
    )


def _text(line: Line, noise: bool) -> str:
    return f'       <div class="text">\n{_rich(line, noise)}\n       </div>\n\n'


def _said(state: _State, line: Line, noise: bool) -> str:
    before = after = ""
    if noise and not (line.dice >> 50) & 15 and state.number:
        before = (
            '       <div class="reply_to details">\nIn reply to '
            f'<a href="#go_to_message{state.number}">this message</a>\n       </div>\n\n'
        )
    if noise and not (line.dice >> 54) & 15:
        after = '       <span class="reactions">\n<span class="reaction">\n<span class="emoji">\n👍\n</span>\n</span>\n</span>\n\n'
    return _default(state, line, before + _text(line, noise) + after)


def _media(line: Line) -> str:
    if line.kind == "call":
        kind, head, status = "media_call", _html(line.sender.name), f"Outgoing ({line.dice % 90} seconds)"
    else:
        kind, head, status = "media_photo", "Photo", "Not included, change data exporting settings to download."
    return (
        f'       <div class="media_wrap clearfix">\n\n        <div class="media clearfix pull_left {kind}">\n\n'
        f'         <div class="body">\n\n          <div class="title bold">\n{head}\n          </div>\n\n'
        f'          <div class="status details">\n{status}\n          </div>\n\n         </div>\n\n        </div>\n\n'
        "       </div>\n\n"
    )


def _forwarded(state: _State, line: Line) -> str:
    """Two forwards in a row: the second is joined and has only the inner name."""
    inside = (
        '       <div class="forwarded body">\n\n        <div class="from_name">\nA Channel That Is Not '
        f'<span class="date details" title="{_stamp(line)} UTC+03:00"> {_stamp(line)}</span>\n        </div>\n\n'
        f"{_text(line, False)}       </div>\n\n"
    )
    return _default(state, line, inside, forward=True) + _default(state, line, inside, forward=True)


def _event(state: _State, chat: Chat, line: Line) -> str:
    state.number, state.sender = state.number + 1, -1
    who = _html(line.sender.name)
    said = f"{who} changed group title to &laquo;{_html(chat.title)}&raquo;" if chat.is_group else f"{who} joined Telegram"
    return _service(str(state.number), said)


def _message(state: _State, chat: Chat, line: Line, noise: bool) -> str:
    bar = _bar(state, line)
    if line.kind == "text":
        return bar + _said(state, line, noise)
    if line.kind == "forwarded":
        return bar + _forwarded(state, line)
    if line.kind == "system":
        return bar + _event(state, chat, line)
    return bar + _default(state, line, _media(line))


def _page(state: _State, chat: Chat, number: int, lines: Iterator[Line], noise: bool) -> Iterator[bytes]:
    state.new_file()
    yield HEAD.format(up="../../", title=_html(chat.title)).encode()
    yield b'   <div class="page_body chat_page">\n\n    <div class="history">\n\n'
    if number > 1:
        before = f"messages{number - 1 if number > 2 else ''}.html"
        yield f'     <a class="pagination block_link" href="{before}">\nPrevious messages\n     </a>\n\n'.encode()
    for line in lines:
        yield _message(state, chat, line, noise).encode()
    yield f"    </div>\n\n   </div>\n{FOOT}".encode()


def _lists(world: World, folder: dict[int, str]) -> str:
    rows = ""
    for chat in world.dialogues:
        kind = "private group" if chat.is_group else "personal chat"
        rows += (
            f'     <a class="entry block_link clearfix" href="../{folder[chat.number]}/messages.html#allow_back">\n\n'
            f'      <div class="body">\n\n       <div class="name bold">\n{_html(chat.title)}\n       </div>\n\n'
            f'       <div class="details_entry details">\n{kind}\n       </div>\n\n      </div>\n\n     </a>\n\n'
        )
    return f'{HEAD.format(up="../", title="Chats")}   <div class="page_body list_page">\n\n{rows}   </div>\n{FOOT}'


def _results(world: World) -> str:
    values = {"First name": world.owner.first, "Last name": world.owner.last, "Phone number": world.owner.phone}
    rows = "".join(
        f'       <div class="row">\n\n        <div class="label details">\n{label}\n        </div>\n\n'
        f'        <div class="value bold">\n{_html(value)}\n        </div>\n\n       </div>\n\n'
        for label, value in values.items()
    )
    body = (
        f'    <div class="personal_info clearfix">\n\n      <div class="rows names">\n\n{rows}      </div>\n\n    </div>\n\n'
    )
    return f'{HEAD.format(up="", title="Exported Data")}   <div class="page_body">\n\n{body}   </div>\n{FOOT}'


def write(world: World, out: Path, *, parts: int = 1, noise: bool = True) -> None:
    """Telegram does not cut an export; with more parts every file holds fewer messages."""
    width = max(3, len(str(len(world.dialogues))))
    folder = {c.number: f"chats/chat_{n:0{width}}" for n, c in enumerate(world.dialogues, 1)}
    with Archive(out) as archive:
        archive.put(f"{ROOT}/export_results.html", _results(world))
        archive.put(f"{ROOT}/lists/chats.html", _lists(world, folder))
        archive.put(f"{ROOT}/css/style.css", "body { margin: 0 }")
        for chat in world.dialogues:
            state, lines = _State(), chat.walk(KINDS if noise else ())
            size = min(PER_FILE, -(-chat.count // max(parts, 1)))
            for number, line in enumerate(lines, 1):
                name = f"{ROOT}/{folder[chat.number]}/messages{number if number > 1 else ''}.html"
                of_this_file = islice(chain([line], lines), size)
                archive.stream(name, _page(state, chat, number, of_this_file, noise), big=False)


GENERATORS = {
    "telegram-html": Generator(write, ".zip", 1, avoid=frozenset({"spaces", "control", "separator"})),
}

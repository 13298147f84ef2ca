"""Messenger before 2018: one html/messages.htm, dates in the words of one of several languages, with a zone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from html import escape
from pathlib import Path

from apps.archives.generators import clock
from apps.archives.generators.dialect import Generator
from apps.archives.generators.files import write_one
from apps.archives.generators.story import Chat, Line, World
from apps.archives.generators.texts import SEVERAL_LINES

DE_DAYS = ["Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag", "Sonntag"]
DE = ["Januar", "Februar", "März", "April", "Mai", "Juni", "Juli", "August", "September", "Oktober", "November", "Dezember"]
FR_DAYS = ["lundi", "mardi", "mercredi", "jeudi", "vendredi", "samedi", "dimanche"]
FR = [
    "janvier",
    "février",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "août",
    "septembre",
    "octobre",
    "novembre",
    "décembre",
]
ES_DAYS = ["lunes", "martes", "miércoles", "jueves", "viernes", "sábado", "domingo"]
ES = [
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
]
RU = ["января", "февраля", "марта", "апреля", "мая", "июня", "июля", "августа", "сентября", "октября", "ноября", "декабря"]
SPLIT_FROM = 50  # longer threads appear in two pieces


def _english(at_ms: int) -> str:
    offset, zone = clock.pacific(at_ms)
    t = clock.utc(at_ms, offset)
    hour, half = clock.half_day(t[3])
    return f"{clock.DAYS[t[6]]}, {clock.MONTHS[t[1] - 1]} {t[2]}, {t[0]} at {hour}:{t[4]:02}{half.lower()} {zone}"


def _german(at_ms: int) -> str:
    offset, zone = clock.central_europe(at_ms)
    t = clock.utc(at_ms, offset)
    return f"{DE_DAYS[t[6]]}, {t[2]}. {DE[t[1] - 1]} {t[0]} um {t[3]:02}:{t[4]:02} {zone}"


def _french(at_ms: int) -> str:
    offset, zone = clock.central_europe(at_ms)
    t = clock.utc(at_ms, offset)
    return f"{FR_DAYS[t[6]]} {t[2]} {FR[t[1] - 1]} {t[0]}, {t[3]:02}:{t[4]:02} {zone}"


def _spanish(at_ms: int) -> str:
    offset, zone = clock.central_europe(at_ms)
    t = clock.utc(at_ms, offset)
    return f"{ES_DAYS[t[6]]}, {t[2]} de {ES[t[1] - 1]} de {t[0]} a las {t[3]}:{t[4]:02} {zone}"


def _russian(at_ms: int) -> str:
    t = clock.utc(at_ms, 3 * clock.HOUR)
    return f"{t[2]} {RU[t[1] - 1]} {t[0]} г. в {t[3]}:{t[4]:02} UTC+03"


DATES: tuple[Callable[[int], str], ...] = (_russian, _english, _german, _french, _spanish)


def _html(text: str) -> str:
    return escape(text, quote=False).replace('"', "&quot;").replace("'", "&#039;")


def _message(line: Line, date: Callable[[int], str]) -> bytes:
    text = "" if line.kind == "media" else _html(line.text)
    return (
        f'<div class="message"><div class="message_header"><span class="user">{_html(line.sender.name)}</span>'
        f'<span class="meta">{date(line.at_ms)}</span></div></div><p>{text}</p>'
    ).encode()


def _thread(chat: Chat, first: int, last: int, date: Callable[[int], str], noise: bool) -> Iterator[bytes]:
    yield f'<div class="thread">{_html(", ".join(p.name for p in chat.people))}'.encode()
    for line in chat.walk(("media",) if noise else (), backwards=True, first=first, last=last):
        yield _message(line, date)
    yield b"</div>"


def _document(world: World, noise: bool) -> Iterator[bytes]:
    owner, date = _html(world.owner.name), DATES[world.seed % len(DATES)]
    yield (
        f'<html><head><meta http-equiv="Content-Type" content="text/html; charset=UTF-8" /><title>{owner} - Messages</title>'
        f'<link rel="stylesheet" href="../html/style.css" type="text/css" /></head><body><div class="nav"><ul>'
        f'<li><a href="../index.htm">Profile</a></li><li class="selected">Messages</li></ul></div>'
        f'<div class="contents"><h1>{owner}</h1><div>'
    ).encode()
    cut = {c.number: c.count // 2 if noise and c.count > SPLIT_FROM else 0 for c in world.dialogues}
    for chat in world.dialogues:
        yield from _thread(chat, cut[chat.number], chat.count, date, noise)
    for chat in world.dialogues:
        if cut[chat.number]:
            yield from _thread(chat, 0, cut[chat.number], date, noise)
    yield b'</div></div><div class="footer">Downloaded by the owner</div></body></html>'


def write(world: World, out: Path, *, parts: int = 1, noise: bool = True) -> None:
    write_one(out, "html/messages.htm", _document(world, noise), {"index.htm": "<html><body>Profile</body></html>"})


GENERATORS = {
    # Nobody tells how a line break was written there; groups have no title.
    "facebook-htm": Generator(
        write, ".zip", 60, titles=False, since=2013, avoid=SEVERAL_LINES | {"spaces", "control", "separator"}
    )
}

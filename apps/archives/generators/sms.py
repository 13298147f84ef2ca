"""SMS Backup & Restore: XML made invalid by emoji as halves of a pair, as versions before 10.05.602 wrote them."""

from __future__ import annotations

import base64
import heapq
import re
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from apps.archives.generators import clock
from apps.archives.generators.dialect import Generator, by_phone
from apps.archives.generators.files import PNG, write_one
from apps.archives.generators.story import Chat, Line, World

KINDS = ("media", "system")
ESCAPES = {38: "&amp;", 60: "&lt;", 62: "&gt;", 34: "&quot;", 10: "&#10;", 13: "&#13;", 9: "&#9;"}
ASTRAL = re.compile("[\U00010000-\U0010ffff]")
PICTURE = base64.b64encode(PNG).decode()
SMIL = "&lt;smil&gt;&lt;body/&gt;&lt;/smil&gt;"


def _halves(match: re.Match[str]) -> str:
    point = ord(match.group()) - 0x10000
    return f"&#{0xD800 + (point >> 10)};&#{0xDC00 + (point & 0x3FF)};"


def attribute(text: str) -> str:
    return ASTRAL.sub(_halves, text.translate(ESCAPES))


@lru_cache(4096)
def _cast(names: tuple[str, ...]) -> str:
    return attribute(", ".join(names))


def _readable(at_ms: int) -> str:
    t = clock.utc(at_ms)
    hour, half = clock.half_day(t[3])
    return f"{clock.SHORT[t[1] - 1]} {t[2]}, {t[0]} {hour}:{t[4]:02}:{t[5]:02} {half}"


def _sms(chat: Chat, line: Line) -> str:
    if line.kind == "system":
        kind, body = 3, "a draft never sent"
    else:
        kind, body = (2 if line.sender is chat.owner else 1), attribute(line.text)
    other = chat.others[0]
    return (
        f'  <sms protocol="0" address="{other.phone}" date="{line.at_ms}" type="{kind}" subject="null" body="{body}" '
        f'toa="null" sc_toa="null" service_center="null" read="1" status="-1" locked="0" date_sent="{line.at_ms - 400}" '
        f'sub_id="-1" readable_date="{_readable(line.at_ms)}" contact_name="{_cast((other.name,))}" />\n'
    )


def _parts(line: Line, picture: bool) -> str:
    rows = f'      <part seq="-1" ct="application/smil" name="null" chset="null" cd="null" text="{SMIL}" />\n'
    if line.kind == "text":
        rows += f'      <part seq="0" ct="text/plain" name="null" chset="106" cd="null" text="{attribute(line.text)}" />\n'
    if picture or line.kind == "media":
        rows += f'      <part seq="1" ct="image/png" name="image.png" chset="null" cl="image.png" text="null" data="{PICTURE}" />\n'
    return f"    <parts>\n{rows}    </parts>\n"


def _addresses(chat: Chat, line: Line) -> str:
    rows = ""
    for person in chat.people:
        kind = 137 if person is line.sender else 151
        address = person.phone
        if person is chat.owner and kind == 137:
            address = "insert-address-token"
        rows += f'      <addr address="{address}" type="{kind}" charset="106" />\n'
    return f"    <addrs>\n{rows}    </addrs>\n"


def _mms(chat: Chat, line: Line, picture: bool) -> str:
    sent = line.sender is chat.owner
    phones = "~".join(p.phone for p in chat.others)
    return (
        f'  <mms date="{line.at_ms}" rr="129" sub="null" ct_t="application/vnd.wap.multipart.related" read_status="null" '
        f'seen="1" msg_box="{2 if sent else 1}" address="{phones}" text_only="{0 if picture else 1}" '
        f'm_id="m{chat.number}-{line.number}-{line.kind}" m_type="{128 if sent else 132}" read="1" '
        f'date_sent="{line.at_ms // 1000}" readable_date="{_readable(line.at_ms)}" '
        f'contact_name="{_cast(tuple(p.name for p in chat.others))}">\n'
        f"{_parts(line, picture)}{_addresses(chat, line)}  </mms>\n"
    )


def _rows(chat: Chat, noise: bool) -> Iterator[tuple[int, str]]:
    for line in chat.walk(KINDS if noise else ()):
        if line.kind == "system" and chat.is_group:
            continue
        picture = noise and not (line.dice >> 50) & 31
        whole = chat.is_group or picture or line.kind == "media"
        yield line.at_ms, _mms(chat, line, picture) if whole and line.kind != "system" else _sms(chat, line)


def _document(world: World, noise: bool) -> Iterator[bytes]:
    yield b"<?xml version='1.0' encoding='UTF-8' standalone='yes' ?>\n<!--File Created By SMS Backup &amp; Restore-->\n"
    yield b'<?xml-stylesheet type="text/xsl" href="sms.xsl"?>\n'
    head = f'<smses count="{world.messages}" backup_set="invented" backup_date="1700000000000" type="full">\n'
    yield head.encode()
    for _, row in heapq.merge(*(_rows(chat, noise) for chat in world.dialogues), key=lambda pair: pair[0]):
        yield row.encode()
    yield b"</smses>"


def write(world: World, out: Path, *, parts: int = 1, noise: bool = True) -> None:
    write_one(out, "sms-20240102030405.xml", _document(world, noise))


GENERATORS = {
    # Control characters do not exist in XML; the owner has no name in it.
    "sms": Generator(write, ".xml", titles=False, owner_written="", avoid=frozenset({"control"}), sender_id=by_phone),
}

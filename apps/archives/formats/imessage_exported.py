"""What imessage-exporter writes, as text and as pages (docs/formats/imessage.md)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from apps.archives.formats import dates, page, pieces, text
from apps.archives.formats.types import Kind, Member, Message, Record, Skipped

PLATFORM, ME = "imessage", "Me"
HEADER = re.compile(
    r"^(?P<indent>\s*)(?P<date>[A-Z][a-z]{2} \d{1,2}, \d{4}\s+\d{1,2}:\d{2}:\d{2}[ \u202f][AP]M)(?:\s(?P<rest>.*))?$"
)
#: Lines of the exporter's own between somebody's words.
_REMARKS = {"This message responded to an earlier message.", "This message was deleted from the conversation!"}
_EFFECT = re.compile(
    r"Sent with (?:Confetti|Echo|Fireworks|Balloons|Heart|Lasers|Shooting Star|Sparkles|Spotlight|Slam|Loud|Gentle|Invisible Ink)"
)
_EDIT = re.compile(r"Edited [^\n:]{1,80} later: ?(.*)")
_COPIES, _REPEATED = {"replies", "reply"}, "a reply shown a second time below what it answers"
_ASIDE = {*_COPIES, "tapbacks"}
_FILE = re.compile(r"(?:~?/|attachments/|[A-Z]:\\)[^\n]+\.\w{2,5}|Attachment missing!.*|<Attachment.*>")
_UNSENT = re.compile(r"(?:You|They|[^\n]{1,80}) unsent (?:this|a) message(?: part)?(?: [^\n]{1,80} after sending)?!?")
_APP = re.compile(
    r"(?:Sent with [A-Za-z ]{1,20} )?Sticker from [^:\n]{1,80}: [^\n]*|SharePlay Message|(?:Started|Stopped) sharing location!?"
    r"|Unable to format app message: [^\n]*"
)


class _Block(NamedTuple):
    """What stands below one date. `doubted`: lines behind the copy of a reply, which may be its own: where, the copy's date."""

    date: str
    rest: str
    lines: list[str]
    doubted: list[tuple[int, str]]


class _Learnt:
    """What a whole file tells of a part of it."""

    def __init__(self) -> None:
        self.written = dates.Written()
        self.copies = 0
        self.doubted: dict[str, set[str]] = {}  # date of a reply -> lines behind its copies
        self.said: set[tuple[str, str]] = set()  # which of these stand below that date, too

    def own(self, block: _Block) -> list[str]:
        """Its lines. Only the first line of a copy stands further in: later ones that its message says again are no words of who is answered."""
        if not block.doubted:
            return block.lines
        foreign = {at for at, date in block.doubted if (date, block.lines[at]) in self.said}
        return [line for at, line in enumerate(block.lines) if at not in foreign] if foreign else block.lines


class Exported:
    def __init__(self, member: Member) -> None:
        self.member = member
        self.title = re.sub(r"\.(?:txt|html?)$", "", member.name.rpartition("/")[2], flags=re.I)

    def records(self) -> Iterator[Record]:
        learnt = _Learnt()
        if self.member.size < pieces.LARGE:
            held = list(self._blocks(learnt))
            times = iter(learnt.written.moments(block.date for block in held))
            yield from self._messages(lambda: held, learnt, lambda _: next(times))
            return
        for block in self._blocks(learnt):
            learnt.written.learn(block.date)
        yield from self._messages(lambda: self._blocks(_Learnt()), learnt, learnt.written.moment)

    def _blocks(self, learnt: _Learnt) -> Iterator[_Block]:
        """One after the other."""
        block: _Block | None = None
        before, copied = "", ""
        with self.member.open() as stream:
            for line in text.lines(stream):
                m = HEADER.match(line)
                if m is not None and not (before.strip() and block is not None and block.lines and _worded(m)):
                    copied = m["date"] if len(m["indent"]) >= 2 else ""
                    learnt.copies += bool(copied)
                    if not copied:
                        if block is not None:
                            yield block
                        block = _Block(m["date"], m["rest"] or "", [], [])
                elif block is not None and not (copied and (line.startswith("  ") or not line.strip())):
                    if copied:
                        block.doubted.append((len(block.lines), copied))
                        learnt.doubted.setdefault(copied, set()).add(line)
                    block.lines.append(line)
                before = line
        if block is not None and not (_begins(block.rest, block.lines) is not None and sum(map(bool, block.lines)) == 1):
            yield block  # a file that ends with a sender was cut there, perhaps in the name

    def _messages(
        self, blocks: Callable[[], Iterable[_Block]], learnt: _Learnt, moment: Callable[[str], dates.Moment | None]
    ) -> Iterator[Record]:
        if learnt.copies:
            yield Skipped(self.member.name, _REPEATED, count=learnt.copies)
        if learnt.doubted:
            for block in blocks():
                if again := learnt.doubted.get(block.date):
                    learnt.said.update((block.date, line) for line in again.intersection(block.lines))
        senders = {_sender(block, learnt.own(block)) for block in blocks()} - {"", ME}
        is_group = "," in self.title or len(senders) > 1
        for block in blocks():
            sender, kind, words = _row(block.rest, learnt.own(block))
            found = moment(block.date)
            at = found[0] if found else None
            yield Message(
                PLATFORM, f"chat:{self.title}", self.title, is_group, sender, sender, at, False, kind, words, self.member.name
            )  # fmt: skip


def _row(rest: str, lines: list[str]) -> tuple[str, Kind, str]:
    at = _begins(rest, lines)
    if at is None:
        return "", "system", ""
    sender, said = lines[at].strip(), _said(lines[at + 1 :])
    return (sender, "deleted", "") if _UNSENT.fullmatch(said) else (sender, "text" if said else "media", said)


def _begins(rest: str, lines: list[str]) -> int | None:
    """Which line names the sender; none where nothing stands below a date, or an announcement in its line."""
    if rest and not rest.startswith("("):
        return None
    for at, line in enumerate(lines):
        if line and not line.isspace():
            return at
    return None


def _sender(block: _Block, lines: list[str]) -> str:
    at = _begins(block.rest, lines)
    return "" if at is None else lines[at].strip()


def _worded(header: re.Match[str]) -> bool:
    """Words stand in the line of the date: an announcement, or what an edited message said at first."""
    return bool(header["rest"]) and not header["rest"].startswith("(Read ")


def _said(lines: list[str]) -> str:
    """The words alone, as they were in the end: no files, effects, reactions, or what was edited away."""
    several = sum(bool(line.strip()) for line in lines) > 1
    kept: list[str] = []
    reacting = False
    for line in lines:
        bare = line.strip()
        reacting = (reacting and bool(bare)) or bare in ("Reactions:", "Tapbacks:")
        added = (
            reacting
            or bare in _REMARKS
            or _FILE.fullmatch(bare)
            or _APP.fullmatch(bare)
            or (several and _EFFECT.fullmatch(bare))
        )
        if not added:
            kept.append(line)
    return "\n".join(_final(kept)).strip()


def _final(lines: list[str]) -> list[str]:
    """The last wording of an edited message: the first one begins with a date, those after it say how much later."""
    first = next((i for i, line in enumerate(lines) if (m := HEADER.match(line)) and _worded(m)), len(lines))
    edits = [(i, m[1]) for i, line in enumerate(lines) if i > first and (m := _EDIT.match(line))]
    return [*lines[:first], edits[-1][1], *lines[edits[-1][0] + 1 :]] if edits else lines


def pages(member: Member) -> Iterator[Record]:
    root, told = page.opened(member)
    yield from told
    if root is None:
        return
    title = Exported(member).title
    rows: list[tuple[str, str, Kind, str]] = []
    copies = 0
    for node in root.iter("div"):
        names = page.classes(node)
        if "message" in names and _within(node, _COPIES):
            copies += 1
        elif "message" in names:
            rows.append(_page_message(node))
        elif "announcement" in names and not _within(node, {"message"}):
            rows.append(("", _page_date(list(node.iter("span"))), "system", ""))
    if told and rows and rows[-1][2] == "media":
        rows.pop()  # the page was cut in it, perhaps in its sender's name
    if copies:
        yield Skipped(member.name, _REPEATED, count=copies)
    times = dates.moments([date for _, date, _, _ in rows])
    is_group = "," in title or len({s for s, _, _, _ in rows if s and s != ME}) > 1
    for (sender, _, kind, words), moment in zip(rows, times, strict=True):
        at = moment[0] if moment else None
        yield Message(PLATFORM, f"chat:{title}", title, is_group, sender, sender, at, False, kind, words, member.name)


def _within(node: page.Node, names: set[str]) -> bool:
    return any(names & set(page.classes(parent)) for parent in node.iterancestors())


def _page_message(node: page.Node) -> tuple[str, str, Kind, str]:
    box = next((c for c in node if {"sent", "received"} & set(page.classes(c))), node)
    own = [n for n in box.iter("span", "div") if not _within(n, _ASIDE)]
    sender = ME if "sent" in page.classes(box) else next((page.shown(n) for n in own if "sender" in page.classes(n)), "")
    said: list[str] = []
    for node in own:
        words = _wording(node)
        if words and not ("edited" in page.classes(node) and words in said):  # older pages say it once for each part
            said.append(words)
    taken_back = not said and any({"unsent", "announcement"} & set(page.classes(n)) for n in own)
    return sender, _page_date(own), ("text" if said else "deleted" if taken_back else "media"), "\n".join(said)


def _page_date(own: list[page.Node]) -> str:
    """The first of the dates: those of edits come after it."""
    date = next((page.shown(n) for n in own if "timestamp" in page.classes(n)), "")
    found = HEADER.match(re.sub(r"\s+\(.*$", "", date, flags=re.S))
    return found["date"] if found else date


def _wording(node: page.Node) -> str:
    """The words of one part, with the line ends they were written with; of an edited one those of its last row."""
    names = page.classes(node)
    if "bubble" in names and not _within(node, {"edited"}):
        return page.shown(node, keep=True)
    cells = list(node.iter("td")) if "edited" in names else []
    return page.shown(cells[-1], keep=True) if cells else ""

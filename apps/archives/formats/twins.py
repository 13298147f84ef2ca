"""Exports in both forms: web pages beside JSON are not read, but for what they alone have."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator

import msgspec

from apps.archives.formats import meta, streams
from apps.archives.formats.types import Also, Found, Member, Message, Messages, Skipped

Work = dict[str, list[Member]]
#: Pages that say the same as the JSON beside them, or of the same thread: pages, JSON.
TWINS = {"meta_pages": ("facebook", "instagram"), "telegram_pages": ("telegram",)}
#: Where pages of an account's chats lie below its JSON.
_CHAT_FOLDER = re.compile(r"(?:^|(?<=/))(?:left_)?chats/chat_\d+$", re.I)
SAME = "the same messages as in the JSON beside it"
#: Pages tell the clock of an unknown place: so far, in seconds, they may be off.
ZONES = 36 * 3_600.0
#: Minutes by which a clock may differ from the true one: zones are quarters of an hour apart. A day is too much: what somebody says at
#: the same minute every day is not one message.
FURTHEST = 15 * 60
#: By so many minutes, and twice as many and so on, clocks of the world differ.
QUARTER = 15
#: So many different lines tell by how much; in the course of a year it differs by so many minutes more or less.
ENOUGH, SEASONS = 3, 60
#: Lines at each end of a conversation as JSON tells it that are remembered, and lines at the ends of pages that are looked for among them.
EDGE, SAMPLE = 200, 10
#: Platform and key of a conversation.
Thread = tuple[str, str]
#: Moment in seconds since 1970, and words.
Said = tuple[float, str]


def drop(work: Work, others: list[Member]) -> tuple[list[Member], list[Member], list[Member]]:
    """Take out of a plan what need not be read: as JSON, or as pages where a JSON file beside them is damaged.

    (pages that are read where they tell more, pages that say the same, JSON that is damaged)
    """
    paged: list[Member] = []
    doubled: list[Member] = []
    damaged: list[Member] = []
    for pages, twins in TWINS.items():
        claimed = work.get(pages, [])
        beside = [m for t in twins for m in work.get(t, [])] if claimed else []
        threads = _threads([*claimed, *beside], others) if pages == "meta_pages" and beside else {}
        spots = {
            m.name: _json_folders(m.name, below=pages == "telegram_pages") | threads.get(m.name, set()) for m in claimed
        }
        wanted = frozenset[str]().union(*spots.values())
        places = {m.name: {_folder(m.name)} | threads.get(m.name, set()) for m in beside}
        json = [m for m in beside if places[m.name] & wanted]
        hurt = [m for m in json if m.size < streams.WHOLE and streams.small(m) is None]
        broken = set[str]().union(*(places[m.name] for m in hurt))
        good = set[str]().union(*(places[m.name] for m in json)) - broken
        same = {name for name, spots_of in spots.items() if spots_of & good and not spots_of & broken}
        (paged if pages == "meta_pages" else doubled).extend(_taken_out(work, [pages], same))
        damaged += _taken_out(work, twins, {m.name for m in json if places[m.name] & broken})
    return paged, doubled, damaged


def _threads(members: list[Member], others: list[Member]) -> dict[str, set[str]]:
    """Meta's thread that each member is of, wherever in the upload it lies: a thread may come as pages in one zip and as JSON in another."""
    found: dict[str, set[str]] = {}
    for platform, some in meta.by_platform(members, [*members, *others]).items():
        for member in some:
            if match := meta.THREAD.search(member.name):
                moved = (match["box"] or "").lower() == "e2ee_cutover"  # what was written since then, not the same
                found[member.name] = {f"{platform} {'moved ' if moved else ''}{meta.thread_key(match['thread'])}"}
    return found


def _taken_out(work: Work, formats: Iterable[str], names: set[str]) -> list[Member]:
    out: list[Member] = []
    for each in [f for f in formats if f in work]:
        out += [m for m in work[each] if m.name in names]
        work[each] = [m for m in work[each] if m.name not in names]
        if not work[each]:
            del work[each]
    return out


def _folder(name: str) -> str:
    return name.rpartition("/")[0]


def _json_folders(page: str, *, below: bool) -> set[str]:
    """Where the JSON of a page may lie. Telegram's pages of a chat lie in a folder below it."""
    place = _folder(page)
    chat = _CHAT_FOLDER.search(place) if below else None
    return {place} | ({place[: chat.start()].rstrip("/")} if chat else set())


class Spans:
    """When each conversation begins and ends as JSON tells it, and with what words: pages of the same thread may reach further."""

    def __init__(self) -> None:
        self._first: dict[Thread, list[Said]] = {}
        self._last: dict[Thread, list[Said]] = {}
        self._called: dict[Thread, str] = {}
        self._zones: Counter[float] = Counter()  # minutes by which pages were found to differ from JSON

    def note(self, found: Message | Messages | Also) -> None:
        if isinstance(found, Also):
            if not found.other.startswith("people:"):  # two people of one name may be behind that
                self._called[found.platform, found.other] = found.conversation
            return
        key = found.platform, found.conversation
        said = _said(found)
        self._first[key] = sorted([*self._first.get(key, []), *said[:EDGE]])[:EDGE]
        self._last[key] = sorted([*self._last.get(key, []), *said[-EDGE:]])[-EDGE:]

    def beyond(self, page: Member, found: Iterable[Found]) -> Iterator[Found]:
        """What was found on a page that tells more than the JSON; all of it, so that lines of both tell how their clocks differ."""
        each = list(found)
        messages = [m for m in each if type(m) is Message]
        name = self._name(messages[0]) if messages else ""
        more = bool(messages) and self._more(messages[0].platform, name, messages)
        for one in each:
            if type(one) is not Message:
                yield one
            elif more:
                yield msgspec.structs.replace(one, conversation=name)
        if not more:
            yield Skipped(page.name, SAME, "the whole file", max(1, len(messages)))

    def _more(self, platform: str, name: str, messages: list[Message]) -> bool:
        """Whether a page begins before the JSON or ends after it: by its moments, and near these by its words."""
        said = sorted((m.sent_at, _words(m.text)) for m in messages if m.kind == "text" and m.sent_at is not None)
        first, last = self._first.get((platform, name), []), self._last.get((platform, name), [])
        if not said or not first:
            return bool(said)
        begins, ends = first[0][0], last[-1][0]
        if said[0][0] < begins - ZONES or said[-1][0] > ends + ZONES:
            return True
        early = said[:SAMPLE] if said[0][0] < begins + ZONES else []
        late = said[-SAMPLE:] if said[-1][0] > ends - ZONES else []
        same = sorted(w for _, w in said) == sorted(w for _, w in first)
        return not self._there(early, first, same) or not self._there(late, last, same)

    def _there(self, some: list[Said], others: list[Said], same: bool) -> bool:
        """Whether all of some lines are among others by one clock: the one by which other pages went, or else three lines must tell it.

        Of fewer nobody knows, unless both have the `same` words and no more: such a page is read, and its lines find theirs, or come
        twice; they are not lost.
        """
        zones, enough = _zones(some, others), len({words for _, words in some}) >= ENOUGH
        if self._zones:
            usual = self._zones.most_common(1)[0][0]
            return not some or any(abs(zone - usual) <= SEASONS for zone in zones)
        if len(zones) == 1 and enough:
            self._zones[zones[0]] += 1
        return not some or (bool(zones) and (enough or same))

    def _name(self, message: Message) -> str:
        """By what the JSON knows a page's conversation."""
        key = message.platform, message.conversation
        return message.conversation if key in self._first else self._called.get(key, message.conversation)


def _zones(some: list[Said], others: list[Said]) -> list[float]:
    """By how many minutes clocks differ by which all of some lines are among others; they may be put on or back by an hour between them."""
    minutes: dict[str, list[float]] = {}
    for at, words in others:
        minutes.setdefault(words, []).append(at // 60)
    apart = [{at // 60 - minute for minute in minutes.get(words, ())} for at, words in some]
    zones = [one for one in apart[0] if not one % QUARTER and abs(one) <= FURTHEST] if apart else []
    return [one for one in zones if all(each & {one - 60, one, one + 60} for each in apart)]


def _said(found: Message | Messages) -> list[Said]:
    """Moments and words of what people said, in order; of much only both ends."""
    if isinstance(found, Message):
        return [(found.sent_at, _words(found.text))] if found.kind == "text" and found.sent_at is not None else []
    said = [
        (at, text)
        for at, kind, text in zip(found.sent_at, found.kinds, found.texts, strict=True)
        if kind == "text" and at is not None
    ]
    ends = said if len(said) <= 2 * EDGE else [*said[:EDGE], *said[-EDGE:]]
    return [(at, _words(text)) for at, text in ends]


def _words(text: str) -> str:
    return " ".join(text.split())

"""Exports in both forms: web pages beside JSON are not read, but for what they alone have."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from math import inf

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


def drop(work: Work, others: list[Member]) -> tuple[list[Member], list[Member], list[Member]]:
    """Take out of a plan what need not be read: as JSON, or as pages where a JSON file beside them is damaged.

    (pages of which only what is older is read, pages that say the same, JSON that is damaged)
    """
    older: list[Member] = []
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
        (older if pages == "meta_pages" else doubled).extend(_taken_out(work, [pages], same))
        damaged += _taken_out(work, twins, {m.name for m in json if places[m.name] & broken})
    return older, doubled, damaged


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


class First:
    """When each conversation begins as JSON tells it: pages of the same thread may reach further back."""

    def __init__(self) -> None:
        self._at: dict[tuple[str, str], float] = {}
        self._called: dict[tuple[str, str], str] = {}

    def note(self, found: Message | Messages | Also) -> None:
        if isinstance(found, Also):
            if not found.other.startswith("people:"):  # two people of one name may be behind that
                self._called[found.platform, found.other] = found.conversation
            return
        times = found.sent_at if isinstance(found, Messages) else [found.sent_at]
        key = found.platform, found.conversation
        self._at[key] = min(self._at.get(key, inf), min((at for at in times if at is not None), default=inf))

    def before(self, page: Member, found: Iterable[Found]) -> Iterator[Found]:
        """What was found on a page from before that, surely: it tells minutes of an unknown zone."""
        same = older = 0
        for each in found:
            if type(each) is Message:
                name = self._name(each)
                begins = self._at.get((each.platform, name), inf)
                if each.sent_at is not None and each.sent_at < begins - ZONES:
                    older += 1
                    yield msgspec.structs.replace(each, conversation=name)
                else:
                    same += 1
            elif type(each) is Also or type(each) is Skipped:
                yield each
        if same or not older:
            yield Skipped(page.name, SAME, "all but what is older" if older else "the whole file", same if older else 1)

    def _name(self, message: Message) -> str:
        """By what the JSON knows a page's conversation."""
        key = message.platform, message.conversation
        return message.conversation if key in self._at else self._called.get(key, message.conversation)

"""Google Hangouts: `Hangouts.json` of both layouts, streamed (docs/formats/hangouts.md). Times are microseconds UTC."""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from typing import Any

from apps.archives.formats import streams
from apps.archives.formats.text import clean
from apps.archives.formats.types import Address, Kind, Member, Message, Owner, Record, Refused, Skipped

platform = "hangouts"
#: So many messages of one conversation wait for older ones: a longer one is put in order as far as that reaches.
WAITING = 100_000
_WORDS = ("REGULAR_CHAT_MESSAGE", "SMS")


def mine(member: Member, head: bytes) -> bool:
    if not member.name.lower().endswith(".json"):
        return False
    head = streams.decoded(head)
    if b'"conversation_state"' in head and (b'"conversation_id"' in head or b'"response_header"' in head):
        return True
    return b'"conversations"' in head and b'"conversation"' in head and b'"conversation_id"' in head


class _Account:
    def __init__(self) -> None:
        self.me = ""
        self.names: dict[str, str] = {}
        self.numbers: dict[str, str] = {}


def read(members: list[Member], others: list[Member]) -> Iterator[Record]:
    """Names stand in some conversations and are missing in others, so they are gathered in a first look."""
    account = _Account()
    for member in members:
        for _ in _records(member, account, look=True):
            pass
    for member in members:
        yield from _records(member, account, look=False)
    for who, number in account.numbers.items():
        yield Address(platform, who, "phone", number)
    if account.me:
        yield Owner(
            platform, account.me, account.names.get(account.me, ""), "every event of the export names your account", 100
        )


def _records(member: Member, account: _Account, *, look: bool) -> Iterator[Record]:
    try:
        with member.open() as stream:
            found = streams.events(stream)
            if next(found)[0] != "start_map":
                raise streams.Broken(truncated=False)
            for key, first in streams.members(found):
                if key in ("conversations", "conversation_state") and first[0] == "start_array":
                    for item in streams.items(found):
                        if item[0] == "start_map":
                            yield from _Conversation(member.name, account, look=look).records(found)
                        else:
                            streams.skip(found, item)
                            if not look:
                                yield Skipped(member.name, "not a conversation")
                else:
                    streams.skip(found, first)
    except StopIteration:
        yield Skipped(member.name, "the file ends in the middle", "from here on")
    except streams.Broken as error:
        yield Skipped(member.name, str(error), "from here on")


class _Conversation:
    """One conversation of either layout, event by event: it may be larger than memory."""

    def __init__(self, where: str, account: _Account, *, look: bool) -> None:
        self.where, self.account, self.look = where, account, look
        self.facts: dict[str, Any] = {}
        self.identity = ""

    def records(self, found: Iterator[streams.Event]) -> Iterator[Record]:
        for key, first in streams.members(found):
            if key in ("events", "event") and first[0] == "start_array":
                yield from _in_order(self._events(found))
            elif key == "conversation_state" and first[0] == "start_map":
                yield from self.records(found)
            elif key in ("conversation", "conversation_id"):
                self._take(key, streams.build(found, first))
            else:
                streams.skip(found, first)

    def _take(self, key: str, value: Any) -> None:
        if key == "conversation_id":
            self.identity = self.identity or clean(streams.mapping(value).get("id"))
            return
        inner = streams.mapping(value)
        self.identity = self.identity or clean(streams.mapping(inner.get("conversation_id") or inner.get("id")).get("id"))
        self.facts = streams.mapping(inner.get("conversation")) or inner
        if self.look:
            _people(self.facts, self.account)

    def _events(self, found: Iterator[streams.Event]) -> Iterator[Record]:
        place: _Place | None = None
        for number, first in enumerate(streams.items(found)):
            if self.look and number >= 3:
                streams.skip(found, first)
                continue
            event = streams.build(found, first)
            if self.look:
                self.account.me = self.account.me or _id(
                    streams.mapping(streams.mapping(event).get("self_event_state")).get("user_id")
                )
                continue
            place = place or _place(self.facts, self.identity, self.account)
            yield _message(self.where, event, place, self.account)


def _in_order(found: Iterator[Record]) -> Iterator[Record]:
    """By time; what has none stays behind what it followed. Of a file that breaks off, what was read comes first."""
    waiting: list[tuple[float, int, Record]] = []
    last, trouble = float("-inf"), None
    try:
        for number, record in enumerate(found):
            if isinstance(record, Message) and record.sent_at is not None:
                last = record.sent_at
            heapq.heappush(waiting, (last, number, record))
            if len(waiting) > WAITING:
                yield heapq.heappop(waiting)[2]
    except (streams.Broken, Refused) as error:
        trouble = error
    while waiting:
        yield heapq.heappop(waiting)[2]
    if trouble is not None:
        raise trouble


def _id(value: Any) -> str:
    found = streams.mapping(value)
    return clean(found.get("gaia_id")) or clean(found.get("chat_id"))


def _people(facts: dict[str, Any], account: _Account) -> None:
    for person in streams.listed(facts.get("participant_data")):
        who, name = _id(streams.mapping(person).get("id")), clean(streams.mapping(person).get("fallback_name"))
        if who and name and (who not in account.names or "@" in account.names[who]):
            account.names[who] = name
        number = clean(streams.mapping(streams.mapping(person).get("phone_number")).get("e164"))
        if who and number:
            account.numbers[who] = number
    state = streams.mapping(streams.mapping(facts.get("self_conversation_state")).get("self_read_state"))
    account.me = account.me or _id(state.get("participant_id"))


_Place = tuple[str, str, bool]  # key, title, is_group


def _place(facts: dict[str, Any], identity: str, account: _Account) -> _Place:
    listed = [*streams.listed(facts.get("participant_data")), *streams.listed(facts.get("current_participant"))]
    everybody = dict.fromkeys(who for p in listed if (who := _id(streams.mapping(p).get("id") or p)))
    others = [p for p in everybody if p != account.me]
    is_group = len(everybody) > 2
    title = clean(facts.get("name")) or ", ".join(_name(p, account) for p in others) or _name(account.me, account)
    direct = not is_group and len(everybody) == 2
    return (f"people:{'|'.join(sorted(everybody))}" if direct else f"id:{identity}"), title, is_group


def _message(where: str, event: Any, place: _Place, account: _Account) -> Record:
    if not isinstance(event, dict):
        return Skipped(where, "not a message")
    key, title, is_group = place
    sender = _id(event.get("sender_id"))
    kind, words = _kind(event)
    at = _moment(event.get("timestamp"))
    return Message(platform, key, title, is_group, _name(sender, account), sender, at, True, kind, words, where)


def _name(who: str, account: _Account) -> str:
    return account.names.get(who) or (f"Unknown {who[-4:]}" if who else "Unknown")


def _moment(value: Any) -> float | None:
    try:
        micros = int(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return micros / 1e6 if abs(micros) < 10**17 else None


def _kind(event: dict[str, Any]) -> tuple[Kind, str]:
    what = clean(event.get("event_type"))
    if "hangout_event" in event or what == "HANGOUT_EVENT":
        return "call", ""
    message = streams.mapping(streams.mapping(event.get("chat_message")).get("message_content"))
    if what not in _WORDS and (what or not message):
        return "system", ""
    segments = message.get("segment")
    words = "".join(_segment(s) for s in segments if isinstance(s, dict)) if isinstance(segments, list) else ""
    return ("text", words) if words.strip() else ("media", "")


def _segment(segment: dict[str, Any]) -> str:
    if segment.get("type") == "LINE_BREAK":
        return "\n"
    words = clean(segment.get("text"))
    return words or clean(streams.mapping(segment.get("link_data")).get("link_target"))

"""Telegram Desktop, JSON: one chat or a whole account, every generation since 2018.

The layout is what Telegram Desktop's own exporter writes (docs/formats/telegram.md). `date` is wall clock of the exporting
computer; `date_unixtime` (since June 2022) is exact.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from apps.archives.formats import streams
from apps.archives.formats.text import clean
from apps.archives.formats.types import Address, Kind, Member, Message, Note, Owner, Record, Skipped

platform = "telegram"

_ACCOUNT = re.compile(
    rb'"(?:personal_information|chats|left_chats|frequent_contacts|contacts|sessions|web_sessions|stories)"\s*:'
)
_CHAT = re.compile(rb'"messages"\s*:\s*\[')
_RECORD = re.compile(rb'"(?:date_unixtime|date|from_id|actor_id)"\s*:')
_PRIVATE = {"personal_chat", "bot_chat", "saved_messages", "replies", "verification_codes"}
_MEDIA = (
    "photo", "file", "media_type", "sticker_emoji", "contact_information", "location_information", "poll", "game_title",
    "invoice_information", "giveaway_information", "giveaway_results", "todo_list", "place_name", "live_location_period_seconds",
)  # fmt: skip


def mine(member: Member, head: bytes) -> bool:
    if not member.name.lower().endswith((".json", ".zip")):
        return False
    head = streams.decoded(head)
    if head.lstrip()[:1] != b"{" or b'"sender_name"' in head or b'"senderName"' in head:
        return False
    if _ACCOUNT.search(head):
        return b'"participants"' not in head and b'"conversation' not in head
    return bool(_CHAT.search(head)) and (bool(_RECORD.search(head)) or (b'"type"' in head and b'"id"' in head))


class _Account:
    """What is learnt about the owner while the file goes by."""

    def __init__(self) -> None:
        self.user_id = ""
        self.name = ""
        self.saved_id = ""
        self.private: dict[str, tuple[dict[str, Any], set[str]]] = {}  # chats of two by their keys, and who writes in each
        self.senders: dict[str, str] = {}
        self.keys: set[str] = set()
        self.addresses: list[Address] = []
        self.contacts: list[tuple[str, str]] = []  # name and number, where the export does not say whose id it is

    def known(self) -> Iterator[Address]:
        """How the owner and their contacts are known; a contact without an id is who alone is called so."""
        yield from self.addresses
        called: dict[str, list[str]] = {}
        for who, sender in self.senders.items():
            called.setdefault(sender, []).append(who)
        for name, number in self.contacts:
            if len(called.get(name, ())) == 1:
                yield Address(platform, called[name][0], "phone", number)

    def owner(self) -> Iterator[Owner]:
        if self.user_id:
            yield Owner(
                platform, self.user_id, self.name or self.senders.get(self.user_id, ""), "your account in this export", 100
            )
        elif self.saved_id:
            name = self.senders.get(self.saved_id, "")
            yield Owner(platform, self.saved_id, name, "the saved messages are kept under this id", 90)
        elif len(self.private) == len(self.keys) == 1:
            ((chat, senders),) = self.private.values()
            same = self._named(chat, senders)
            rest = senders - same
            if len(same) == len(rest) == 1:
                (who,) = rest
                yield Owner(platform, who, self.senders[who], f"the chat is with {chat['title']}", 60)
        elif len(self.private) > 1:
            yield from self._by_all()

    def _by_all(self) -> Iterator[Owner]:
        """Chats that were exported one by one: who writes in all of them and is not whom one is with."""
        spoken = [(chat, senders) for chat, senders in self.private.values() if senders]
        named = set[str]().union(*(self._named(chat, senders) for chat, senders in spoken))
        common = set.intersection(*(senders for _, senders in spoken)) - named if len(spoken) > 1 else set()
        if len(common) == 1:
            (who,) = common
            yield Owner(platform, who, self.senders[who], f"writes in all {len(spoken)} chats", 50)

    def _named(self, chat: dict[str, Any], senders: set[str]) -> set[str]:
        """Whom a chat is with, by its id or its name."""
        other, title = f"user{chat['id']}", chat["title"]
        same = {s for s in senders if s in (other, str(chat["id"])) or self.senders[s] == title}
        return same or {s for s in senders if title and self.senders[s].startswith(title)}


def read(members: list[Member], others: list[Member]) -> Iterator[Record]:
    account = _Account()
    for member in members:
        try:
            yield from _file(member, account)
        except streams.Broken as error:
            yield Skipped(member.name, str(error), "from here on")
    yield from account.known()
    yield from account.owner()


def _file(member: Member, account: _Account) -> Iterator[Record]:
    with member.open() as stream:
        if member.size <= streams.WHOLE:
            yield from _whole(member, streams.loads(stream.read()), account)
        else:
            yield from _streamed(member, streams.events(stream), account)


# small files: one document


def _whole(member: Member, data: Any, account: _Account) -> Iterator[Record]:
    if not isinstance(data, dict):
        yield Skipped(member.name, "not a conversation", "the whole file")
        return
    if isinstance(data.get("messages"), list):
        yield from _chat(member, data, iter(data["messages"]), account)
    _remember(data.get("personal_information"), account)
    for contact in _listed(data.get("contacts")):
        _contact(contact, account)
    for part in ("chats", "left_chats"):
        listed = data.get(part)
        chats = listed.get("list") if isinstance(listed, dict) else None
        for chat in chats if isinstance(chats, list) else []:
            if isinstance(chat, dict) and isinstance(chat.get("messages"), list):
                yield from _chat(member, chat, iter(chat["messages"]), account)
            else:
                yield _none(member, streams.mapping(chat))


# large files: the same, as a stream


def _streamed(member: Member, events: Iterator[streams.Event], account: _Account) -> Iterator[Record]:
    first = next(events, ("", None))
    if first[0] != "start_map":
        yield Skipped(member.name, "not a conversation", "the whole file")
        return
    head: dict[str, Any] = {}
    for key, value in streams.members(events):
        if key == "personal_information":
            _remember(streams.build(events, value), account)
        elif key == "contacts" and value[0] == "start_map":
            for contact in _listed(streams.build(events, value)):
                _contact(contact, account)
        elif key in ("chats", "left_chats") and value[0] == "start_map":
            yield from _streamed_list(member, events, account)
        elif key == "messages" and value[0] == "start_array":
            yield from _chat(member, head, (streams.build(events, e) for e in streams.items(events)), account)
        elif value[0] in ("start_map", "start_array"):
            streams.skip(events, value)
        else:
            head[key] = value[1]


def _streamed_list(member: Member, events: Iterator[streams.Event], account: _Account) -> Iterator[Record]:
    for key, value in streams.members(events):
        if key != "list" or value[0] != "start_array":
            streams.skip(events, value)
            continue
        for chat in streams.items(events):
            if chat[0] == "start_map":
                yield from _streamed_chat(member, events, account)
            else:
                streams.skip(events, chat)
                yield _none(member, streams.mapping(chat[1]))


def _none(member: Member, chat: dict[str, Any]) -> Skipped:
    return Skipped(member.name, "not a conversation", clean(chat.get("name")))


def _streamed_chat(member: Member, events: Iterator[streams.Event], account: _Account) -> Iterator[Record]:
    head: dict[str, Any] = {}
    found = False
    for key, value in streams.members(events):
        found = found or (key == "messages" and (value[0] == "start_array" or isinstance(value[1], list)))
        if key == "messages" and value[0] == "start_array":
            yield from _chat(member, head, (streams.build(events, e) for e in streams.items(events)), account)
        elif value[0] in ("start_map", "start_array"):
            streams.skip(events, value)
        else:
            head[key] = value[1]
    if not found:
        yield _none(member, head)


# one chat


def _remember(info: Any, account: _Account) -> None:
    if isinstance(info, dict) and isinstance(info.get("user_id"), int):
        account.user_id = f"user{info['user_id']}"
        account.name = _full_name(info)
        if number := clean(info.get("phone_number")):
            account.addresses.append(Address(platform, account.user_id, "phone", number))
        if name := clean(info.get("username")):
            account.addresses.append(Address(platform, account.user_id, "handle", name))


def _full_name(info: dict[str, Any]) -> str:
    return f"{clean(info.get('first_name'))} {clean(info.get('last_name'))}".strip()


def _listed(contacts: Any) -> list[Any]:
    found = streams.mapping(contacts).get("list")
    return found if isinstance(found, list) else []


def _contact(info: Any, account: _Account) -> None:
    """The number of somebody in the address book, by their id or, in most generations, by their name only."""
    contact = streams.mapping(info)
    name, number, who = _full_name(contact), clean(contact.get("phone_number")), contact.get("user_id")
    if not number:
        return
    if isinstance(who, int) and who > 0:
        account.addresses.append(Address(platform, f"user{who}", "phone", number))
    elif name:
        account.contacts.append((name, number))


def _chat(member: Member, chat: dict[str, Any], raw: Iterator[Any], account: _Account) -> Iterator[Record]:
    kind = chat.get("type") if isinstance(chat.get("type"), str) else ""
    chat_id = chat.get("id")
    title = clean(chat.get("name")) or {"saved_messages": "Saved Messages"}.get(str(kind), "")
    key = f"chat:{chat_id}" if isinstance(chat_id, (int, str)) else f"chat:{title or member.name}"
    if kind == "saved_messages" and isinstance(chat_id, int):
        account.saved_id = f"user{chat_id}"
    is_group = bool(kind) and kind not in _PRIVATE
    odd: dict[str, tuple[str, int]] = {}
    senders: set[str] = set()
    account.keys.add(key)
    if (kind or "personal_chat") == "personal_chat":  # one chat may come in several files
        _, senders = account.private.setdefault(key, ({"id": chat_id, "title": title}, senders))
    for number, record in enumerate(raw):
        made = _message(record, member.name, key, title, is_group)
        if isinstance(made, str):
            example, count = odd.get(made, (f"record {number + 1}", 0))
            odd[made] = (example, count + 1)
            continue
        if made.sender_id and made.kind != "system":
            senders.add(made.sender_id)
            account.senders.setdefault(made.sender_id, made.sender)
        yield made
    for reason, (example, count) in odd.items():
        yield Skipped(member.name, reason, f"{title}: {example}" if title else example, count)
    if is_group and senders == {account.user_id}:
        yield Note(key, "holds only your own messages: good for style, but there is nothing that you answer to")


def _message(raw: Any, where: str, key: str, title: str, is_group: bool) -> Message | str:
    """One record, or the reason why it is none."""
    if not isinstance(raw, dict):
        return "not a message"
    if raw.get("type") == "unsupported":
        return "not supported by the Telegram version that exported it"
    service = raw.get("type") == "service"
    sent_at, exact = _time(raw)
    sender = clean(raw.get("actor" if service else "from"))
    sender_id = _sender_id(raw.get("actor_id" if service else "from_id")) or sender
    if not service and not sender and not sender_id and "text" not in raw:
        return "not a message"
    kind, words = _kind(raw)
    return Message(
        platform, key, title, is_group, sender or "Deleted Account", sender_id, sent_at, exact, kind, words, where
    )


def _kind(raw: dict[str, Any]) -> tuple[Kind, str]:
    if raw.get("type") == "service":
        return ("call" if raw.get("action") in ("phone_call", "group_call") else "system"), ""
    if "forwarded_from" in raw or "saved_from" in raw or "forwarded_from_id" in raw:
        return "forwarded", _text(raw)
    words = _text(raw)
    if words.strip():
        return "text", words
    return ("media", "") if any(k in raw for k in _MEDIA) else ("system", "")


def _text(raw: dict[str, Any]) -> str:
    """The words, from `text` (string or list of strings and objects), else from the entities, else from rich blocks."""
    words = _joined(raw.get("text"))
    if not words:
        words = _joined(raw.get("text_entities"))
    rich = raw.get("rich_message")
    if not words and isinstance(rich, dict):
        blocks = rich.get("blocks")
        words = "\n".join(_joined(b.get("text")) for b in blocks if isinstance(b, dict)) if isinstance(blocks, list) else ""
    return words


def _joined(value: Any) -> str:
    if isinstance(value, list):
        return "".join(
            clean(p) if isinstance(p, str) else clean(p.get("text")) if isinstance(p, dict) else "" for p in value
        )
    return clean(value)


def _sender_id(value: Any) -> str:
    """`user1`, `channel1`, `chat1`; plain numbers of 2018 to 2021 are users."""
    if isinstance(value, bool) or value is None:
        return ""
    return f"user{value}" if isinstance(value, int) else clean(value)


def _time(raw: dict[str, Any]) -> tuple[float | None, bool]:
    """(seconds, whether they are UTC): the exact time where there is one, else the wall clock."""
    exact = raw.get("date_unixtime")
    if isinstance(exact, (str, int)) and not isinstance(exact, bool):
        try:
            seconds = int(exact)
            if abs(seconds) < 10**11:
                return float(seconds), True
        except ValueError:
            pass
    try:
        return datetime.fromisoformat(str(raw.get("date"))).replace(tzinfo=UTC).timestamp(), False
    except (ValueError, OverflowError):
        return None, False

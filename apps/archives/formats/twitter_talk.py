"""One conversation of X: who is in it, what it is called, and its events as messages."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import datetime
from html import unescape
from typing import Any

from apps.archives.formats.text import clean
from apps.archives.formats.types import Kind, Message, Record, Skipped

PLATFORM = "twitter"
_DIRECT = re.compile(r"\d+-\d+")
_SHORT = re.compile(r"\s*https://t\.co/\w+$")


class Talk:
    """What all of its events tell together."""

    def __init__(self, identity: str) -> None:
        self.identity = identity
        self._people: set[str] = set()
        self._renamed: str | None = None
        self._first: float | None = None
        self._last: float | None = None

    @classmethod
    def of(cls, inner: dict[str, Any]) -> Talk:
        """Of a conversation that is in memory."""
        talk = cls(clean(inner.get("conversationId")))
        for event in inner["messages"]:
            talk.learn(event)
        return talk

    def learn(self, event: Any) -> None:
        """The next event; newest first, so that the first name it was given is its last."""
        if not isinstance(event, dict):
            return
        message, named = event.get("messageCreate"), event.get("conversationNameUpdate")
        if isinstance(message, dict):
            self._people.add(clean(message.get("senderId")))
            self._people.add(clean(message.get("recipientId")))
        if isinstance(named, dict) and self._renamed is None:
            self._renamed = clean(named.get("name"))

    def learn_time(self, event: Any) -> None:
        """For a conversation that is read in pieces: which way it is ordered must be known before its end."""
        at = _moment(_body(event)[1].get("createdAt")) if isinstance(event, dict) and event else None
        self._first = at if self._first is None else self._first
        self._last = at if at is not None else self._last

    @property
    def newest_first(self) -> bool:
        return self._first is not None and self._first >= (self._last or 0)

    def everybody(self) -> set[str]:
        told = self.identity.split("-") if _DIRECT.fullmatch(self.identity) else ()
        return {*self._people, *told} - {""}

    def records(self, where: str, events: Iterable[Any], me: str, *, turn: bool | None = None) -> Iterator[Record]:
        """All of its events, or some, by time. `turn`: whether they are newest first; None has them tell it themselves."""
        others = ", ".join(sorted(self.everybody() - {me})) or me
        title = self._renamed if self._renamed is not None else others
        made: list[Message] = []
        for event in events:
            if isinstance(event, dict) and event:
                made.append(self._message(where, event, title))
            else:
                yield Skipped(where, "not a message")
        if turn is None:
            turn = len(made) > 1 and (made[0].sent_at or 0) >= (made[-1].sent_at or 0)
        if turn:
            made.reverse()
        yield from sorted(made, key=lambda m: m.sent_at or 0.0)

    def _message(self, where: str, event: dict[str, Any], title: str) -> Message:
        what, body = _body(event)
        sender = clean(body.get("senderId") or body.get("initiatingUserId") or body.get("addedByUserId"))
        kind, words = _kind(what, body)
        at, is_group = _moment(body.get("createdAt")), not _DIRECT.fullmatch(self.identity)
        return Message(
            PLATFORM, f"id:{self.identity}", title, is_group, sender, sender, at, at is not None, kind, words, where
        )


def created(event: Any) -> str:
    """When it says that it was written, as it says it."""
    return clean(_body(event)[1].get("createdAt")) if isinstance(event, dict) and event else ""


def _body(event: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    what, body = next(iter(event.items()))
    return what, body if isinstance(body, dict) else {}


def _moment(value: Any) -> float | None:
    try:
        return datetime.fromisoformat(clean(value).replace("Z", "+00:00")).timestamp()
    except (ValueError, OverflowError):
        return None


def _kind(what: str, body: dict[str, Any]) -> tuple[Kind, str]:
    if what != "messageCreate":
        return "system", ""
    words = unescape(clean(body.get("text")))
    if body.get("mediaUrls"):
        words = _SHORT.sub("", words)
    urls = body.get("urls")
    for url in urls if isinstance(urls, list) else []:
        if isinstance(url, dict) and clean(url.get("url")):
            long = clean(url.get("expanded")) or clean(url.get("url"))
            words = words.replace(clean(url.get("url")), "" if "/messages/media/" in long else long)
    return ("text", words.strip()) if words.strip() else ("media", "")

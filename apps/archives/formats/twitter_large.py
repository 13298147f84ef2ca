"""Files of X of which one conversation may be larger than memory: a first look learns, a second one reads in pieces."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import IO, Any, cast

from apps.archives.formats import pieces, streams, text
from apps.archives.formats.text import clean
from apps.archives.formats.twitter_talk import Talk, created
from apps.archives.formats.types import Member, Record, Skipped


def learnt(member: Member) -> list[Talk]:
    """Every conversation of a file, as far as it can be read."""
    talks: list[Talk] = []
    with suppress(streams.Broken):  # the second look tells it
        for found in _inner(member):
            if found is not None:
                talks.append(talk := Talk(""))
                for event in _events(found, talk):
                    talk.learn(event)
                    talk.learn_time(event)
    return talks


def records(member: Member, talks: list[Talk], me: str) -> Iterator[Record]:
    number, missing = 0, "the whole file"
    try:
        for found in _inner(member):
            missing = "from here on"
            if found is None:
                yield Skipped(member.name, "not a conversation")
                continue
            talk = talks[number]
            number += 1
            for piece in pieces.cut(_events(found, Talk("")), _weight, created):
                yield from talk.records(member.name, piece, me, turn=talk.newest_first)
    except streams.Broken as error:
        yield Skipped(member.name, str(error), missing)


def _weight(event: Any) -> int:
    said = next(iter(event.values()), None) if isinstance(event, dict) else None
    return 3 * pieces.BESIDE + pieces.weight(clean(streams.mapping(said).get("text")))


def _inner(member: Member) -> Iterator[Iterator[streams.Event] | None]:
    """The events of each conversation, which whoever asks takes to the end; None for what is none. Raises `Broken`."""
    with member.open() as stream:
        head = stream.read(1 << 16)
        found = streams.events(cast(IO[bytes], text.Again(head[max(0, head.find(b"[")) :], stream)))
        if next(found, ("", None))[0] != "start_array":
            return
        for item in streams.items(found):
            if item[0] != "start_map":
                streams.skip(found, item)
                yield None
                continue
            there = False
            for key, first in streams.members(found):
                if key == "dmConversation" and first[0] == "start_map":
                    there = True
                    yield found
                else:
                    streams.skip(found, first)
            if not there:
                yield None


def _events(found: Iterator[streams.Event], talk: Talk) -> Iterator[Any]:
    """What was said in the conversation that has just begun; its id goes to `talk`."""
    for key, first in streams.members(found):
        if key == "conversationId":
            talk.identity = clean(streams.build(found, first))
        elif key == "messages" and first[0] == "start_array":
            for item in streams.items(found):
                yield streams.build(found, item)
        else:
            streams.skip(found, first)

"""Who the owner of an export of Meta's is: by its profile, else by who takes part."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Any

from apps.archives.formats import streams
from apps.archives.formats.text import unmangle
from apps.archives.formats.types import Member, Owner

PROFILE = re.compile(r"(?:^|/)profile_information/profile_information\.json$", re.I)
INSTAGRAM_PROFILE = re.compile(r"(?:^|/)(?:personal_information|account_information)/personal_information\.json$", re.I)
#: Each thread's title and people.
Rosters = list[tuple[str, frozenset[str]]]


def json_of(members: Iterable[Member], pattern: re.Pattern[str]) -> Iterator[Any]:
    """The small JSON files whose names match."""
    for member in members:
        if pattern.search(member.name) and (data := streams.small(member)) is not None:
            yield data


def instagram_owner(others: list[Member], rosters: Rosters) -> Iterator[Owner]:
    """The labels of the profile are in the account's language, so values are taken by who takes part in the threads."""
    people = [p for _, group in rosters for p in group]
    for data in json_of(others, INSTAGRAM_PROFILE):
        users = data.get("profile_user") if isinstance(data, dict) else None
        for user in users if isinstance(users, list) else []:
            table = user.get("string_map_data") if isinstance(user, dict) else None
            values = (
                [unmangle(v.get("value")) for v in table.values() if isinstance(v, dict)] if isinstance(table, dict) else []
            )
            known = sorted((v for v in values if v and v in people), key=people.count, reverse=True)
            if known:
                yield Owner("instagram", known[0], known[0], "the profile in this export", 100)
                return


def owner_by_presence(platform: str, rosters: Rosters) -> Iterator[Owner]:
    """The one name that takes part in every thread; else whoever private chats are not named after, when that is one person."""
    sets = [people for _, people in rosters if people]
    common = frozenset.intersection(*sets) if sets else frozenset()
    if len(sets) >= 2 and len(common) == 1:
        (name,) = common
        yield Owner(platform, name, name, f"takes part in all {len(sets)} conversations", 60)
        return
    hints = {p: title for title, people in rosters if len(people) == 2 and title in people for p in people - {title}}
    if len(hints) == 1:
        ((name, title),) = hints.items()
        yield Owner(platform, name, name, f"the chat is named after the other person, {title}", 40)

"""An export read and scrubbed for the terminal: as the site does it, but there is no account, and nothing is kept.

read → names become surrogates → whole conversations are scrubbed → what was found in one is taken out of all
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import NAMESPACE_OID, UUID, uuid5

from django.conf import settings

from apps.archives import addresses, conversations, languages, naming, scrubbing
from apps.archives.formats.types import SENT, Address, Message
from apps.archives.formats.types import Record as Found
from apps.archives.likeness import is_name
from apps.archives.nameless import nameless
from apps.archives.naming import Naming
from apps.archives.scrubbing import Original, Secrets
from apps.archives.transcripts import Record
from apps.privacy.scrub import assigning, hands, wording
from apps.privacy.scrub.hands import Hands


@dataclass
class Talk:
    """One conversation in order; the handles of its records are people (hex)."""

    id: str
    is_group: bool
    records: list[Record] = field(default_factory=list)


class Export:
    """What an export says. Until `scrub` its records are as they were written, afterwards as a model may read them."""

    def __init__(self, found: Iterable[Found]) -> None:
        self.talks: list[Talk] = []
        self.senders: Counter[str] = Counter()  # by display name: messages with words
        self._secrets = Secrets()
        self._shown: dict[UUID, str] = {}
        self._called: dict[str, set[UUID]] = {}  # who wrote under a display name
        self._also: set[str] = set()  # names of people who may not write: titles of talks of two, nicknames
        self._key = hashlib.blake2b(digest_size=32)
        self._read(found)

    def people(self, display: str) -> frozenset[str]:
        """The handles of everybody who wrote under a display name."""
        return frozenset(person.hex for person in self._called.get(display, ()))

    @hands.rarely_collecting()
    def scrub(self) -> Naming:
        """Scrub all of it; returns the surrogates of its people."""
        secrets, named = self._secrets, self._names()
        secrets.names = named.names
        count = sum(len(talk.records) for talk in self.talks)
        with hands.helpers(hands.wanted(settings.SCRUB_PROCESSES), count) as helpers:
            self._scrub(secrets, helpers.under(secrets.rules))
        return named

    def _scrub(self, secrets: Secrets, looking: Hands) -> None:
        begun = [
            scrubbing.begin(talk.records, {r.id: Original(r.text) for r in talk.records}, looking) for talk in self.talks
        ]
        entries = [scrubbing.end(one, secrets)[0] for one in begun]
        holding = [scrubbing.holding(talk.records, secrets.known, looking) for talk in self.talks]
        for talk, some, held in zip(self.talks, entries, holding, strict=True):
            scrubbing.propagated(talk.records, some, secrets, secrets.known, held())

    def _read(self, found: Iterable[Found]) -> None:
        talks: dict[tuple[str, str], Talk] = {}
        for record in found:
            if isinstance(record, Address):
                self._know(record)
            elif isinstance(record, Message):
                key = (record.platform, record.conversation)
                self._meet(record, talks.setdefault(key, Talk("/".join(key), record.is_group)))
        for talk in talks.values():
            talk.records = conversations.ordered(talk.records)
            talk.is_group = talk.is_group or len({r.handle for r in talk.records if r.kind in SENT}) > 2
            self.talks.append(talk)

    def _meet(self, message: Message, talk: Talk) -> None:
        said = f"{message.platform}\0{message.conversation}\0{message.sender_id}\0{message.sent_at}\0{message.text}\0"
        self._key.update(said.encode(errors="surrogatepass"))
        self._secrets.look(message.text)
        person = _person(message)
        self._shown.setdefault(person, message.sender)
        self._called.setdefault(message.sender, set()).add(person)
        self._also |= {message.sender} if message.is_group else {message.sender, message.title}
        self.senders[message.sender] += message.kind == "text"
        number = str(len(talk.records))
        talk.records.append(
            Record(number, message.sent_at, message.tz_known, person.hex, message.kind, message.text, [], [])
        )

    def _know(self, address: Address) -> None:
        way = (address.kind, address.value)
        if addresses.called(way):
            self._also.add(address.value)
        if addresses.telling(way):
            self._secrets.know_users([address.value])

    def _names(self) -> Naming:
        """A surrogate for everybody. The key is what was read: nobody has it without the export, it is kept nowhere, and a
        training that goes on reads the same names as before."""
        usage = self._secrets.usage
        usage.languages = languages.spoken(self._secrets.sampled, wording.LANGUAGES)
        displays = {person: name for person, name in self._shown.items() if is_name(name)}
        also = sorted(filter(is_name, self._also))
        nobodies = naming.nobodies(self._shown, displays)
        pairs, _ = assigning.assign(self._key.digest(), [*displays.values(), *also], [], nobodies, usage)
        return naming.made(pairs, displays, usage, more=also)


def _person(message: Message) -> UUID:
    """Who wrote it: the same in every run. Those without a name are told apart by conversation."""
    scope = f"{message.conversation}\0{message.sender_id}" if nameless(message.sender_id) else message.sender_id
    return uuid5(NAMESPACE_OID, f"{message.platform}\0{scope}")

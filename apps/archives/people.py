"""Who is who: handles of platforms, the people behind them, and which of them is the owner."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import pairwise
from typing import Any, get_args
from uuid import UUID, uuid4

from django.db import transaction
from django.db.models import F, Q, QuerySet

from apps.accounts.vault import Vault
from apps.archives import addresses, forgotten_words
from apps.archives.addresses import Way
from apps.archives.formats.types import Address, AddressKind, Message, Owner
from apps.archives.likeness import is_name
from apps.archives.models import Forgotten, Handle, Person, TwoPeople
from apps.archives.nameless import nameless
from apps.privacy.scrub.displays import WORD

BATCH = 500
#: Of so many people at most it is remembered while an upload is read.
MOST_KNOWN = 100_000
#: So many different words and names are remembered as looked up.
MOST_HEARD = 1_000_000
_KINDS = get_args(AddressKind)


class Roster:
    """Handles of an account, found or made as messages go by."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._known: dict[tuple[str, str], str] = {}
        self._met: dict[tuple[str, str, str], Message] = {}
        self._ways: dict[tuple[str, str], set[Way]] = defaultdict(set)
        #: Names of conversations of two: people who may never have written.
        self.titles: set[str] = set()
        #: Names of people who are forgotten, as this upload tells them.
        self.passing: set[str] = set()
        #: How else they are known.
        self.passing_ways: set[Way] = set()
        rows = list(Forgotten.objects.filter(owner_id=vault.owner_id))
        self._gone = {bytes(row.fingerprint) for row in rows}
        self._gone_names = {bytes(row.name) for row in rows if row.name}
        self._judged: dict[tuple[str, str], bool] = {}
        #: Single words of their names, as others say them.
        self.passing_words: set[str] = set()
        self._gone_words = {one for row in rows if row.words for one in _hashes(bytes(row.words))}
        self._heard: set[str] = set()

    def forgets(self, message: Message) -> bool:
        """Whether its sender is forgotten."""
        if not self._gone:
            return False
        key = (message.platform, self._scope(message))
        if key not in self._judged:
            self._judged[key] = self._vault.fingerprint("handle", f"{key[0]}\0{key[1]}") in self._gone
            if self._judged[key]:
                self.passing.update(real([message.sender]))
        return self._judged[key]

    def meet(self, message: Message) -> None:
        """Remember that somebody writes; nothing is stored before `settle`."""
        self._met.setdefault((message.platform, message.sender_id, message.conversation), message)
        if message.title and message.title not in self._heard:
            self._heard.add(message.title)
            self.hear(message.title)
        if not message.is_group and message.title and message.title not in self.titles | self.passing:
            forgotten = self._gone_names and name_hash(self._vault, message.title) in self._gone_names
            (self.passing if forgotten else self.titles).add(message.title)

    def hear(self, text: str) -> None:
        """Learn whether others speak of people who are forgotten: each different word is looked up once."""
        if not self._gone:
            return
        if len(self._heard) > MOST_HEARD:
            self._heard.clear()
        words = WORD.findall(text if text.isascii() else unicodedata.normalize("NFC", text))
        for word in words:
            if word not in self._heard:
                self._heard.add(word)
                if any(word_hash(self._vault, key) in self._gone_words for key in forgotten_words.keys(word)):
                    self.passing_words.add(word[:1].upper() + word[1:].lower())
        for one, two in pairwise(words):
            name = f"{one} {two}"
            if one[0].isupper() and two[0].isupper() and name not in self._heard:
                self._heard.add(name)
                if name_hash(self._vault, name) in self._gone_names:
                    self.passing.add(name)

    def know(self, address: Address) -> None:
        """Remember how somebody is known, for the case that they write or wrote."""
        key, way = (address.platform, address.sender_id), (address.kind, address.value)
        fits = len(self._ways) < MOST_KNOWN or key in self._ways
        if fits and len(address.value) <= addresses.LONGEST and len(self._ways[key]) < 4 * addresses.MOST:
            self._ways[key].add(way)

    def settle(self) -> None:
        """Make handles and people of everybody who was met: an archive may bring thousands."""
        met: dict[tuple[str, str], str] = {}
        for message in self._met.values():
            met.setdefault((message.platform, self._scope(message)), message.sender)
        wanted = {self._fingerprint(*key): key for key in met if key not in self._known}
        for start in range(0, len(wanted), BATCH):
            some = list(wanted)[start : start + BATCH]
            for handle in Handle.objects.filter(owner_id=self._vault.owner_id, fingerprint__in=some):
                self._known[wanted[bytes(handle.fingerprint)]] = handle.pk.hex
            made = [self._made(one, met[wanted[one]], wanted[one][0]) for one in some if wanted[one] not in self._known]
            with transaction.atomic():
                Person.objects.bulk_create([handle.person for handle in made])
                Handle.objects.bulk_create(made)
            self._known.update((wanted[bytes(handle.fingerprint)], handle.pk.hex) for handle in made)
        for (platform, sender), name in met.items():
            self._ways[platform, sender].update((*addresses.within(name), *addresses.within(sender)))
        self._met.clear()
        self._keep_ways()

    def _keep_ways(self) -> None:
        """What became known goes to the people themselves, not to whom they were joined with."""
        told = {self._fingerprint(*key): ways for key, ways in self._ways.items() if ways}
        for ways in (told.pop(one) for one in self._gone & told.keys()):  # not kept, and taken out of what is read now
            self.passing.update(value for kind, value in ways if addresses.called((kind, value)))
            self.passing_ways.update(ways)
        for start in range(0, len(told), BATCH):
            rows = Handle.objects.filter(owner_id=self._vault.owner_id, fingerprint__in=list(told)[start : start + BATCH])
            for handle in rows.select_related("person", "origin"):
                person = handle.origin or handle.person
                was = ways_of(self._vault, person)
                now = addresses.told([*was, *told[bytes(handle.fingerprint)]])
                if now != was:
                    Person.objects.filter(pk=person.pk).update(addresses=self._vault.seal(person, "addresses", now))
        self._ways.clear()

    def handle(self, message: Message) -> str:
        """The id (hex) of the sender's handle."""
        key = (message.platform, self._scope(message))
        if key not in self._known:
            self._known[key] = self._find(message.platform, key[1], message.sender)
        return self._known[key]

    def names_behind(self, handles: Iterable[str]) -> set[str]:
        """What the people of some handles were called when they were met."""
        rows = Handle.objects.filter(owner_id=self._vault.owner_id, pk__in=list(handles)).select_related("person", "origin")
        people = [row.origin or row.person for row in rows]
        return {str(self._vault.unseal(person, "name", person.name) or "") for person in people}

    def _scope(self, message: Message) -> str:
        """People without a name are told apart by conversation: several share "Facebook user"."""
        return f"{message.conversation}\0{message.sender_id}" if nameless(message.sender_id) else message.sender_id

    def _find(self, platform: str, sender: str, name: str) -> str:
        found = self.lookup(platform, sender)
        if found is not None:
            return found.pk.hex
        made = self._made(self._fingerprint(platform, sender), name, platform)
        with transaction.atomic():
            made.person.save(force_insert=True)
            made.save(force_insert=True)
        return made.pk.hex

    def _fingerprint(self, platform: str, sender: str) -> bytes:
        return self._vault.fingerprint("handle", f"{platform}\0{sender}")

    def _made(self, fingerprint: bytes, name: str, platform: str) -> Handle:
        """A handle with a person of its own, neither stored yet."""
        person = Person(id=uuid4(), owner_id=self._vault.owner_id, wrapped_key=self._vault.new_wrapped())
        person.name = self._vault.seal(person, "name", name or "(no name)")
        return Handle(owner_id=self._vault.owner_id, person=person, platform=platform, fingerprint=fingerprint)

    def lookup(self, platform: str, sender: str) -> Handle | None:
        """A known sender's handle."""
        fingerprint = self._fingerprint(platform, sender)
        rows = Handle.objects.filter(owner_id=self._vault.owner_id, fingerprint=fingerprint)
        return rows.select_related("person").first()


def ways_of(vault: Vault, person: Person) -> list[Way]:
    """How somebody is known beside their name; what an export that was brought along says otherwise is passed over."""
    rows = vault.unseal(person, "addresses", person.addresses)
    pairs = [row for row in rows if isinstance(row, list) and len(row) == 2] if isinstance(rows, list) else []
    return [(kind, value) for kind, value in pairs if kind in _KINDS and isinstance(value, str)]


def nicknames(vault: Vault) -> list[str]:
    """What the account's people are called beside their names."""
    known = Person.objects.filter(owner_id=vault.owner_id).exclude(addresses=None)
    return sorted({way[1] for person in known for way in ways_of(vault, person) if addresses.called(way)})


def user_names(vault: Vault) -> Iterator[str]:
    """User names of the account's people that can be told from words."""
    for person in Person.objects.filter(owner_id=vault.owner_id).exclude(addresses=None):
        yield from (way[1] for way in ways_of(vault, person) if addresses.telling(way))


def real(names: Iterable[str]) -> list[str]:
    """Those that are somebody's name."""
    return [name for name in names if is_name(name)]


def name_hash(vault: Vault, name: str) -> bytes | None:
    """The keyed hash of a display name; None for one that is nobody's."""
    return vault.fingerprint("forgotten name", name.strip().casefold()) if real([name]) else None


def word_hash(vault: Vault, word: str) -> bytes:
    """The keyed hash of a key of a word of somebody's name (`forgotten_words`)."""
    return vault.fingerprint("forgotten word", word)


def _hashes(row: bytes) -> Iterator[bytes]:
    return (row[start : start + 32] for start in range(0, len(row), 32))


def names_of(person: Person) -> list[Person]:
    """Somebody, and everybody who was joined with them."""
    return [person, *Person.objects.filter(merged_into=person)]


def settle_me(vault: Vault, roster: Roster, owners: list[Owner]) -> list[dict[str, Any]]:
    """Take the strongest evidence of each platform; what the user chose before stays.

    Returns what the receipt says: of each platform, why who is the owner now is them.
    """
    said: list[dict[str, Any]] = []
    taken: set[str] = set()
    for owner in sorted(owners, key=lambda o: -o.weight):
        handle = roster.lookup(owner.platform, owner.sender_id)
        if handle is None or owner.platform in taken or _apart(handle.person):
            continue
        taken.add(owner.platform)
        me = Person.objects.filter(owner_id=vault.owner_id, is_me=True).first()
        if me is None:
            Person.objects.filter(pk=handle.person_id).update(is_me=True, own_me=True)
        elif me.pk != handle.person_id and not me.handles.filter(platform=owner.platform).exists():
            join(person=handle.person, into=me)  # the first account on another platform; on the same one it is somebody else
        elif me.pk != handle.person_id:
            continue
        said.append({"name": owner.name, "evidence": owner.evidence, "platform": owner.platform})
    return said


def _apart(person: Person) -> bool:
    """Whether the owner split somebody off from themself, or one who was joined with them since."""
    parts = Person.objects.filter(Q(pk=person.pk) | Q(merged_into=person))
    return not person.is_me and parts.filter(apart=True).exists()


def join(*, person: Person, into: Person) -> None:
    """One person behind both, until `split`. What was learnt or chosen for either stays with the joined one."""
    if person.pk == into.pk or person.owner_id != into.owner_id:
        return
    with transaction.atomic():
        for one in (person, into):
            _keep_own(one)
        _told_apart(person, into).delete()
        Handle.objects.filter(person=person, origin=None).update(origin=person)
        Handle.objects.filter(person=person).update(person=into)
        parts = Person.objects.filter(merged_into=person)
        parts.filter(came_with=None).update(came_with=person)
        parts.update(merged_into=into)
        Person.objects.filter(pk=person.pk).update(merged_into=into, is_me=False, chosen=False)
        _add_up(into)


def _keep_own(person: Person) -> None:
    """Write down what holds of somebody by themself, before a join adds what holds of the other."""
    alone = Person.objects.filter(pk=person.pk, merged_into=None)
    if Person.objects.filter(merged_into=person).exists():
        alone = alone.filter(own_left_out=None)
    alone.update(own_me=F("is_me"), own_left_out=F("left_out"))


def _add_up(person: Person) -> None:
    """What holds of one part holds of the whole: rather too little is learnt than too much."""
    parts = Person.objects.filter(Q(pk=person.pk) | Q(merged_into=person))
    me, left_out = parts.filter(own_me=True).exists(), parts.filter(own_left_out=True).exists()
    Person.objects.filter(pk=person.pk).exclude(is_me=me).update(is_me=me, chosen=me)
    Person.objects.filter(pk=person.pk).update(left_out=left_out)


def split(*, person: Person) -> None:
    """Take a person out of the one they were joined with: each is again what they were by themself."""
    with transaction.atomic():
        whole = Person.objects.filter(merged=person).first()
        if whole is None:
            return
        with_them = _parts(person)
        Handle.objects.filter(origin__in=with_them).update(person=person)
        Handle.objects.filter(origin=person).update(person=person, origin=None)
        Person.objects.filter(pk__in=with_them).update(merged_into=person)
        Person.objects.filter(came_with=person).update(came_with=None)
        Person.objects.filter(pk=person.pk).update(merged_into=None, came_with=None)
        for one in (whole, person):  # what was joined before this was written down has nothing to give back
            Person.objects.filter(pk=one.pk, own_left_out=None).update(own_me=F("is_me"), own_left_out=F("left_out"))
            _add_up(one)
        keep_apart(person=person, other=whole)
        two = Person.objects.filter(pk__in=[whole.pk, person.pk])
        if two.filter(is_me=True).exists():
            two.filter(is_me=False).update(apart=True)


def _parts(person: Person) -> set[UUID]:
    """Who was joined with somebody before that one was joined, and with them."""
    found: set[UUID] = set()
    new = {person.pk}
    while new:
        new = set(Person.objects.filter(came_with__in=new).values_list("pk", flat=True)) - found
        found |= new
    return found


def keep_apart(*, person: Person, other: Person) -> None:
    """The owner says that they are two: that they may be one is not suggested again."""
    one, two = sorted((person, other), key=lambda p: p.pk)
    if one.pk != two.pk and one.owner_id == two.owner_id:
        TwoPeople.objects.get_or_create(owner_id=one.owner_id, one=one, other=two)


def _told_apart(one: Person, other: Person) -> QuerySet[TwoPeople]:
    """What the owner said of them, or of those who were joined with them."""
    mine, theirs = ([p.pk for p in names_of(who)] for who in (one, other))
    return TwoPeople.objects.filter(Q(one__in=mine, other__in=theirs) | Q(one__in=theirs, other__in=mine))


def choose_me(*, owner_id: UUID, person: Person) -> None:
    """The owner says who they are."""
    with transaction.atomic():
        everybody = Person.objects.filter(owner_id=owner_id)
        everybody.filter(is_me=True).update(is_me=False, chosen=False)
        everybody.filter(own_me=True).update(own_me=False)
        everybody.filter(pk=person.pk).update(is_me=True, chosen=True, own_me=True, apart=False)


def leave_out(*, person: Person, left_out: bool) -> None:
    """The owner says it of somebody, and so of all who were joined with them."""
    Person.objects.filter(pk=person.pk).update(left_out=left_out)
    Person.objects.filter(Q(pk=person.pk) | Q(merged_into=person)).update(own_left_out=left_out)

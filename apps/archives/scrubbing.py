"""Transcripts and the scrubber: whole conversations at once, and what was confirmed in one taken out of all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from uuid import UUID

from apps.archives.gone import NOBODY, Gone
from apps.archives.transcripts import Record
from apps.privacy.ledger import Entry
from apps.privacy.scrub import conversation, engine, topics
from apps.privacy.scrub.conversation import Line
from apps.privacy.scrub.detectors import phone
from apps.privacy.scrub.engine import Mark, Scrubbed
from apps.privacy.scrub.hands import Hands
from apps.privacy.scrub.known import BY_ITS_OWNER, Known, Reach
from apps.privacy.scrub.look import Looked, Rules
from apps.privacy.scrub.names import Names
from apps.privacy.scrub.policy import Policy
from apps.privacy.scrub.types import Finding, View
from apps.privacy.scrub.wording import Usage

#: A country counts when so many of its numbers were seen, and at most so many countries do.
LEAST, MOST = 2, 3
#: Messages by which the languages of an archive are told: the first ones, then one of so many, so many in all.
FIRST, EVERY, SAMPLED = 200, 64, 2_000


@dataclass
class Secrets:
    """What an account's archives have given away so far, and the countries their phone numbers are of."""

    policy: Policy = field(default_factory=Policy)
    known: Known = field(init=False)
    reach: Reach = Reach.ACCOUNT
    countries: Counter[str] = field(default_factory=Counter)
    names: Names = field(default_factory=lambda: Names([]))
    usage: Usage = field(default_factory=Usage)
    sampled: list[str] = field(default_factory=list)
    looked: int = 0
    gone: Gone = NOBODY
    done: set[UUID] = field(default_factory=set)  # conversations that were scrubbed in this run
    #: How conversations stood in this run (`conversations.standing`), those that were seen first before others.
    stood: dict[UUID, tuple[int, UUID | None]] = field(default_factory=dict)
    burnt: bool = False  # since the run began

    def __post_init__(self) -> None:
        self.known = Known(self.policy.kept, self.reach)
        for kind, value in self.policy.denied:
            self.known.deny(kind, value)
        for kind, value in self.policy.confirmed:
            self.known.confirm(kind, value)

    def add(self, entries: Iterable[Entry]) -> None:
        """Remember what a ledger holds, but what the owner kept."""
        for entry in entries:
            if not self.policy.keeps(entry.kind, entry.value):
                self.known.add(entry.kind, entry.value)
            if entry.kind == "phone" and entry.value.lstrip().startswith("+") and (found := phone.country(entry.value)):
                self.countries[found] += 1

    def know_users(self, names: Iterable[str]) -> None:
        """User names of people, which are looked for wherever they stand."""
        for name in names:
            if not self.policy.keeps("handle", name):
                self.known.add("handle", f"@{name.removeprefix('@')}")

    def look(self, text: str) -> None:
        """Learn countries, and which names are spoken of, from a message before anything is scrubbed."""
        self.usage.look(text)
        self.looked += 1
        if self.looked <= FIRST or (self.looked % EVERY == 0 and len(self.sampled) < SAMPLED):
            self.sampled.append(text)
        if "+" in text:
            self.countries.update(phone.regions(text))

    @property
    def regions(self) -> tuple[str, ...]:
        """Whose national numbers are looked for."""
        return tuple(code for code, n in self.countries.most_common(MOST) if n >= LEAST)

    @property
    def rules(self) -> Rules:
        """What whoever looks at a conversation is told."""
        return Rules(self.policy, self.names, self.regions)


@dataclass
class Original:
    """A message as it was written, as far as the ledger still tells: `fixed` are places that are replaced for ever."""

    text: str
    found: list[Finding] = field(default_factory=list)
    fixed: list[Finding] = field(default_factory=list)


def original(record: Record, entries: Sequence[Entry]) -> Original:
    """Put back what the ledger holds of a record; what was burnt stays a stand-in."""
    values = {e.start: e.value for e in entries}
    marks = [Mark(start, end, kind, values.get(start, record.text[start:end])) for start, end, kind in record.marks]
    made = Original(engine.restore(record.text, marks))
    shift = 0
    for mark in marks:
        start = mark.start + shift
        place = Finding(start, start + len(mark.value), mark.kind, 99, record.text[mark.start : mark.end])
        (made.found if mark.start in values else made.fixed).append(place)
        shift += len(mark.value) - (mark.end - mark.start)
    return made


def burnt(was: Original) -> Original:
    """The same message once nobody can tell any more what stood there."""
    made, at = Original(""), 0
    for place in sorted((*was.found, *was.fixed), key=lambda place: place.start):
        made.text += was.text[at : place.start]
        start = len(made.text)
        made.text += place.instead
        made.fixed.append(replace(place, start=start, end=len(made.text)))
        at = place.end
    made.text += was.text[at:]
    return made


@dataclass
class Begun:
    """A conversation that is being looked at: its records with words, these words as lines, who has the result, who looks, and what
    its ledger held."""

    records: list[Record]
    lines: list[Line]
    result: Callable[[], dict[int, Looked]]
    looking: Hands
    held: list[tuple[str, str]]


def begin(records: Iterable[Record], originals: dict[str, Original], looking: Hands) -> Begun:
    """Begin to scrub a whole conversation, in order."""
    told = [r for r in records if originals[r.id].text]
    lines = [Line(r.handle, r.at, originals[r.id].text) for r in told]
    fixed = {number: places for number, r in enumerate(told) if (places := originals[r.id].fixed)}
    # what the owner alone took out is a "secret", and may have been given back since
    held = [
        (f.kind, line.text[f.start : f.end])
        for r, line in zip(told, lines, strict=True)
        for f in originals[r.id].found
        if f.kind != BY_ITS_OWNER
    ]
    return Begun(told, lines, looking.look(lines, fixed), looking, held)


def end(begun: Begun, secrets: Secrets) -> tuple[list[Entry], Counter[str]]:
    """Texts and marks of the records are set; the ledger's entries, and how many messages touch which topic.

    What is told anywhere in the conversation, or was, is taken out of all of it. It is known from now on, but not looked for in
    other conversations: `propagated` does that.
    """
    entries: list[Entry] = []
    found, here = begun.result(), Known(secrets.policy.kept, Reach.CONVERSATION)
    for kind, value in begun.held:
        here.add(kind, value)
    for number, (record, line) in enumerate(zip(begun.records, begun.lines, strict=True)):
        looked = found.get(number)
        if looked is None:
            record.text, record.marks = line.text, []
            continue
        for one in looked.secrets:
            secrets.known.add(one.kind, line.text[one.start : one.end])
            here.add(one.kind, line.text[one.start : one.end])
        entries += _kept(record, looked.scrubbed, secrets.gone)
    held = holding(begun.records, here, begun.looking)() if len(here) else []
    again = propagated(begun.records, entries, secrets, here, held)
    return entries if again is None else again, _touched(begun.records, found, held)


def _touched(records: Sequence[Record], found: Mapping[int, Looked], held: Iterable[int]) -> Counter[str]:
    """How many messages touch which topic; those that were changed since they were looked at are asked again."""
    of = {number: one.topics for number, one in found.items()} | {n: topics.topics(records[n].text) for n in held}
    return Counter(topic for number, some in of.items() if records[number].kind == "text" for topic in some)


def scrub(records: list[Record], originals: dict[str, Original], secrets: Secrets) -> list[Entry]:
    """Scrub a conversation alone, each message also of what is said in the others."""
    entries, _ = end(begin(records, originals, Hands(secrets.rules)), secrets)
    held = holding(records, secrets.known, Hands(secrets.rules))()
    again = propagated(records, entries, secrets, secrets.known, held)
    return entries if again is None else again


def holding(records: list[Record], known: Known, looking: Hands, names: Names | None = None) -> Callable[[], list[int]]:
    """Begin to look for records that hold something known, or one of the names, outside of what was replaced: their numbers."""
    return looking.holding([(r.text, r.marks) for r in records], known, names)


def _kept(record: Record, result: Scrubbed, who: Gone) -> list[Entry]:
    """Text and marks into the record; what was burnt before, or tells who is forgotten, has no entry."""
    record.text = result.text
    record.marks = [(m.start, m.end, m.kind) for m in result.marks]
    return [
        Entry(record.id, m.start, m.end, m.kind, m.value)
        for m in result.marks
        if m.value != (stand := result.text[m.start : m.end]) and not who.told(m.kind, m.value, stand)
    ]


def propagated(
    records: list[Record], entries: list[Entry], secrets: Secrets, known: Known, held: Iterable[int]
) -> list[Entry] | None:
    """Take what is known out of the records of these numbers; None when there was nothing to take."""
    changed = False
    by_record: dict[str, list[Entry]] = {}
    for entry in entries:
        by_record.setdefault(entry.record, []).append(entry)
    rules = secrets.rules
    for record in (records[number] for number in held):
        was = original(record, by_record.get(record.id, []))
        some = engine.resolve([*was.found, *was.fixed, *rules.named(View(was.text))])
        result = conversation.finish(was.text, some, [known], rules.regions, rules.policy)
        if result.text != record.text:
            changed = True
            by_record[record.id] = _kept(record, result, secrets.gone)
    return [e for some in by_record.values() for e in some] if changed else None


def again(records: list[Record], entries: list[Entry], looking: Hands) -> Begun:
    """Begin to scrub a conversation anew from its originals, as the owner decides today."""
    by_record: dict[str, list[Entry]] = {}
    for entry in entries:
        by_record.setdefault(entry.record, []).append(entry)
    return begin(records, {r.id: original(r, by_record.get(r.id, [])) for r in records}, looking)

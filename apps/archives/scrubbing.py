"""Transcripts and the scrubber: whole conversations at once, and what was confirmed in one taken out of all."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from apps.archives.gone import NOBODY, Gone
from apps.archives.transcripts import Record
from apps.privacy.ledger import Entry
from apps.privacy.scrub import conversation, engine
from apps.privacy.scrub.conversation import Line
from apps.privacy.scrub.detectors import phone
from apps.privacy.scrub.engine import Mark, Scrubbed
from apps.privacy.scrub.known import Known
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
    known: Known = field(default_factory=Known)
    countries: Counter[str] = field(default_factory=Counter)
    names: Names = field(default_factory=lambda: Names([]))
    usage: Usage = field(default_factory=Usage)
    sampled: list[str] = field(default_factory=list)
    looked: int = 0
    gone: Gone = NOBODY

    def __post_init__(self) -> None:
        for kind, value in self.policy.denied:
            self.known.deny(kind, value)

    def add(self, entries: Iterable[Entry]) -> None:
        """Remember what a ledger holds, but what the owner kept."""
        for entry in entries:
            if not self.policy.keeps(entry.kind, entry.value):
                self.known.add(entry.kind, entry.value)
            if entry.kind == "phone" and entry.value.lstrip().startswith("+") and (found := phone.country(entry.value)):
                self.countries[found] += 1

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


def scrub(records: list[Record], originals: dict[str, Original], secrets: Secrets) -> list[Entry]:
    """Scrub a whole conversation, in order: texts and marks of the records are set, the ledger's entries returned."""
    told = [r for r in records if originals[r.id].text]
    lines = [Line(r.handle, r.at, originals[r.id].text) for r in told]
    found = conversation.findings(lines, secrets.regions, secrets.policy)
    named = [_named(line.text, secrets) for line in lines]
    fixed = [originals[r.id].fixed for r in told]
    found = [_around(some, burnt) for some, burnt in zip(found, fixed, strict=True)]
    conversation.learn(lines, found, secrets.known)
    found = [engine.resolve([*some, *who]) if who else some for some, who in zip(found, named, strict=True)]
    entries: list[Entry] = []
    for record, line, some, burnt in zip(told, lines, found, fixed, strict=True):
        places = engine.resolve([*some, *burnt]) if burnt else some
        result = conversation.finish(line.text, places, secrets.known, secrets.regions, secrets.policy)
        entries += _kept(record, result, secrets.gone)
    return entries


def _named(text: str, secrets: Secrets) -> list[Finding]:
    """Names of the archive's people, as the owner decided."""
    view = View(text)
    return secrets.policy.applied(text, [view.back(f) for f in secrets.names.find(view)])


def _around(found: list[Finding], burnt: list[Finding]) -> list[Finding]:
    """Findings that do not touch what was burnt: stand-ins are nobody's secret."""
    return [f for f in found if not any(f.start < b.end and b.start < f.end for b in burnt)] if burnt else found


def _kept(record: Record, result: Scrubbed, who: Gone) -> list[Entry]:
    """Text and marks into the record; what was burnt before, or tells who is forgotten, has no entry."""
    record.text = result.text
    record.marks = [(m.start, m.end, m.kind) for m in result.marks]
    return [
        Entry(record.id, m.start, m.end, m.kind, m.value)
        for m in result.marks
        if m.value != (stand := result.text[m.start : m.end]) and not who.told(m.kind, m.value, stand)
    ]


def propagated(records: list[Record], entries: list[Entry], secrets: Secrets) -> list[Entry] | None:
    """Take what is known by now out of a conversation that was scrubbed before; None when there was nothing to take."""
    changed = False
    by_record: dict[str, list[Entry]] = {}
    for entry in entries:
        by_record.setdefault(entry.record, []).append(entry)
    for record in records:
        if not record.text or not _holds(record, secrets):
            continue
        was = original(record, by_record.get(record.id, []))
        some = engine.resolve([*was.found, *was.fixed, *_named(was.text, secrets)])
        result = conversation.finish(was.text, some, secrets.known, secrets.regions, secrets.policy)
        if result.text != record.text:
            changed = True
            by_record[record.id] = _kept(record, result, secrets.gone)
    return [e for some in by_record.values() for e in some] if changed else None


def _holds(record: Record, secrets: Secrets) -> bool:
    """Whether something known stands in the text outside of what was replaced."""
    view = View(record.text)
    found = [view.back(f) for finder in (secrets.known, secrets.names) for f in finder.find(view)]
    return any(not any(start < f.end and f.start < end for start, end, _ in record.marks) for f in found)


def again(records: list[Record], entries: list[Entry], secrets: Secrets) -> list[Entry]:
    """Scrub a conversation anew from its originals, as the owner decides today."""
    by_record: dict[str, list[Entry]] = {}
    for entry in entries:
        by_record.setdefault(entry.record, []).append(entry)
    return scrub(records, {r.id: original(r, by_record.get(r.id, [])) for r in records}, secrets)

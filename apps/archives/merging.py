"""One conversation after the other: what an upload brings is put in order with what the account holds, and begins to be scrubbed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from uuid import uuid4

from apps.accounts.vault import Vault
from apps.archives import conversations, identity, pages_and_json, people, scrubbing, transcripts, unnamed, wall_clocks
from apps.archives.conversations import Changed
from apps.archives.formats.types import SENT, Message
from apps.archives.gone import Gone
from apps.archives.joining import Chats
from apps.archives.models import Archive, Conversation
from apps.archives.scrubbing import Begun, Original, Secrets
from apps.archives.tally import Tally
from apps.archives.transcripts import Record
from apps.privacy import selectors as ledgers
from apps.privacy.ledger import Entry
from apps.privacy.scrub.hands import Hands

ELSEWHERE = "said in Google Chat or Hangouts too: it is kept once"
OF_A_DAY = "in a day of this channel that came before: it is kept once"


@dataclass(frozen=True)
class Draft:
    """A conversation with what is new in it, being looked at."""

    row: Conversation
    records: list[Record]
    begun: Begun
    held: dict[str, Original]  # those of its messages, by their ids, in which something had been replaced before
    messages: int
    notes: list[str]
    switched: bool
    aside: bool
    key: str


@dataclass
class _Held:
    """What the account holds of a conversation: records by their ids, and their words as they were written."""

    records: dict[str, Record]
    originals: dict[str, Original]
    switched: bool  # its dates were read the other way round, as the owner said


class Merger:
    """Merges the chats of one upload into the account; nothing is written."""

    def __init__(
        self,
        archive: Archive,
        vault: Vault,
        roster: people.Roster,
        secrets: Secrets,
        chats: Chats,
        tally: Tally,
        looking: Hands,
    ) -> None:
        self._source, self._vault, self._roster, self._secrets = archive.pk.hex, vault, roster, secrets
        self._chats, self._tally, self._looking = chats, tally, looking

    def drafts(self) -> Iterator[Draft]:
        """Every chat that is not held whole by another platform."""
        for key in self._chats.parts:
            draft = self._draft(key)
            if draft is not None:
                yield draft

    def _draft(self, key: identity.Key) -> Draft | None:
        parts, named = self._chats.messages(key), [part[1] for part in self._chats.parts[key]]
        messages = [message for part in parts for message in part]
        aside, gone = all(name in self._tally.left_out for name in named), self._secrets.gone
        row = _row(self._vault, key, messages, gone, aside=aside)
        held = self._held(row)
        fresh, taken = set[str](), set[int]()  # ids; records, whose ids may become others when their JSON comes
        for form in (form for part in parts for form in pages_and_json.forms(part)):
            for one, message in self._known(form, held):
                if one in fresh or id(held.records.get(one)) in taken:
                    self._tally.count(message, "twice in this upload")
                    continue
                fresh.add(one)
                self._take(key, one, message, held)
                if one in held.records:
                    taken.add(id(held.records[one]))
        if row._state.adding and not any(r.kind == "text" for r in held.records.values()) and self._chats.moved(key):
            return None
        ordered = conversations.ordered(held.records.values())
        begun = scrubbing.begin(ordered, held.originals, self._looking)
        notes = [note for name in named for note in self._tally.notes.get(name, [])]
        replaced = {one: original for one, original in held.originals.items() if original.found or original.fixed}
        return Draft(row, ordered, begun, replaced, len(messages), notes, held.switched, aside, gone.nameless(key[1]))

    def burnt(self, draft: Draft) -> Draft:
        """The same draft where the ledger was burnt after it was read. Raises `Changed` where anything else was written."""
        row, texts = draft.row, zip(draft.begun.records, draft.begun.lines, strict=True)
        now = Conversation.objects.filter(pk=row.pk, transcript=row.transcript).first()
        if now is None:
            raise Changed
        row.version, row.stats = now.version, now.stats
        held = {one: scrubbing.burnt(original) for one, original in draft.held.items()}
        originals = {record.id: Original(line.text) for record, line in texts} | held
        begun = scrubbing.begin(draft.begun.records, originals, self._looking)
        return replace(draft, begun=begun, held=held)

    def _held(self, row: Conversation) -> _Held:
        records = {r.id: r for r in conversations.records_of(self._vault, row)}
        known: dict[str, list[Entry]] = defaultdict(list)
        for entry in ledgers.ledger(self._vault, row.pk):
            known[entry.record].append(entry)
        originals = {r.id: scrubbing.original(r, known[r.id]) for r in records.values()}
        return _Held(records, originals, bool((self._vault.unseal(row, "stats", row.stats) or {}).get("switched")))

    def _known(self, messages: list[Message], held: _Held) -> list[tuple[str, Message]]:
        """Messages with their ids, also where senders are called otherwise now, or the chat lies here in another form."""
        times = {r.id: r.at for r in held.records.values()}

        def names() -> set[str]:
            return self._roster.names_behind({r.handle for r in held.records.values()})

        found = list(identity.known(self._vault, messages, times, names))
        found = wall_clocks.met(found, held.records, held.originals, self._roster.handle)
        clocks = partial(self._chats.clocks, messages[0].platform)
        return pages_and_json.met(found, held.records, held.originals, self._roster.handle, clocks, self._source)

    def _take(self, key: identity.Key, one: str, message: Message, held: _Held) -> None:
        """Count a message, and keep it where it is new."""
        unsure = message.where in self._tally.unsure
        if one in held.records:
            self._again(held.records[one], message, unsure=unsure)
            return
        if self._chats.elsewhere(key, message):
            self._tally.count(message, OF_A_DAY if key[0] == "slack" else ELSEWHERE)
            return
        self._tally.count(message, message.kind)
        self._tally.new += message.kind == "text"
        record = Record(
            one,
            message.sent_at,
            message.tz_known,
            self._roster.handle(message),
            message.kind,
            message.text,
            [],
            [self._source],
        )
        held.originals[one] = Original(message.text)
        if unsure:
            record.unsure = True
            record.at = transcripts.swapped(record.at) if held.switched else record.at
        held.records[one] = record

    def _again(self, record: Record, message: Message, *, unsure: bool) -> None:
        """A message that was there already, perhaps from this very upload, which is read once more."""
        if record.unsure and not unsure:  # this export tells which order it is
            record.at, record.unsure = message.sent_at, False
        if self._source not in record.sources:
            record.sources.append(self._source)
            self._tally.count(message, "already here from an earlier upload")
            self._tally.known += 1
        else:
            self._tally.count(message, message.kind)
            self._tally.new += message.kind == "text" and record.sources == [self._source]


def _row(vault: Vault, key: identity.Key, messages: list[Message], gone: Gone, *, aside: bool) -> Conversation:
    """The conversation's row, made unsaved when it is new."""
    fingerprint = identity.fingerprint(vault, key)
    row = Conversation.objects.filter(owner_id=vault.owner_id, fingerprint=fingerprint).first()
    if row is None:
        row = Conversation(
            id=uuid4(), owner_id=vault.owner_id, wrapped_key=vault.new_wrapped(), platform=key[0],
            fingerprint=fingerprint, left_out=aside,
        )  # fmt: skip
    senders = {m.sender_id for m in messages if m.kind in SENT and m.sender_id}  # a note of what was deleted may name nobody
    row.is_group = row.is_group or messages[0].is_group or len(senders) > 2
    was = str(vault.unseal(row, "title", row.title) or "")
    title = gone.inside(next((m.title for m in messages if m.title), ""))
    title = "" if was and unnamed.is_date(key, title) else title
    people = {gone.inside(m.sender) for m in messages}
    if not was or (title and (not _made_up(title, {*people, was}) or _made_up(was, people))):
        row.title = vault.seal(row, "title", title or "(no name)")
    return row


def _made_up(title: str, people: set[str]) -> bool:
    """Whether a title lists people, as readers put it together where an export gives none; not all of them need have written."""
    names = title.split(", ")
    return len(names) > 1 and not people.isdisjoint(names)

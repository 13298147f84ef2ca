"""From an upload to scrubbed transcripts, in two passes.

Pass 1 reads everything once into a sealed spool, grouped by conversation, and learns who is who. Pass 2 takes one
conversation after the other: order, de-duplicate, merge with what was there, scrub, seal. Running it again changes nothing.
"""

from __future__ import annotations

import tempfile
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any
from uuid import uuid4

from django.conf import settings

from apps.accounts import vault as vaults
from apps.accounts.vault import Vault
from apps.archives import (
    addresses,
    conversations,
    elsewhere,
    identity,
    joining,
    languages,
    naming,
    pages_and_json,
    people,
    rewriting,
    scrubbing,
    shadow,
    transcripts,
)
from apps.archives.conversations import Guard
from apps.archives.formats.types import Address, Also, Message, Owner, Skipped
from apps.archives.formats.types import Record as FormatRecord
from apps.archives.gone import Gone
from apps.archives.models import Archive, Conversation
from apps.archives.rewriting import Progress
from apps.archives.scrubbing import Begun, Secrets
from apps.archives.spool import Spool
from apps.archives.tally import Tally
from apps.archives.transcripts import Record
from apps.privacy import selectors as ledgers
from apps.privacy.ledger import Entry
from apps.privacy.scrub import hands, wording
from apps.privacy.scrub.hands import Hands, Helpers

FORGOTTEN = "written by somebody you had forgotten"
ELSEWHERE = "said in Google Chat or Hangouts too: it is kept once"
SHADOWED = 8  # conversations in which secrets are planted


@hands.rarely_collecting()
def run(archive: Archive, vault: Vault, records: Iterator[FormatRecord], progress: Progress, mine: Guard) -> dict[str, Any]:
    """Read, merge, scrub and seal; returns the receipt. `mine` raises when the work has passed to somebody else."""
    tally, began = Tally(), time.monotonic()
    with (
        tempfile.TemporaryFile(dir=vaults.workspace()) as file,
        hands.helpers(hands.wanted(settings.SCRUB_PROCESSES)) as helpers,
    ):
        spool = Spool(file)
        decided = ledgers.decisions_stand(vault.owner_id)
        secrets, roster = rewriting.confirmed(vault), people.Roster(vault)
        before = elsewhere.before(archive, vault, secrets, decided)
        read = _pass_one(records, spool, tally, secrets, roster, progress, helpers)
        reader = spool.close()
        clash = _name(vault, roster, secrets)
        looking = helpers.under(secrets.rules)
        if clash:  # somebody is called like a surrogate of before
            rewriting.all_again(vault, secrets, lambda *_: None, mine, looking)
        chats = joining.Chats(vault, spool, reader, roster, tally.also)
        drafts = (_merged(archive, vault, roster, secrets, key, chats, tally, looking) for key in chats.parts)
        merged = (draft for draft in drafts if draft is not None)
        done = 0
        for draft in rewriting.ahead(merged, lambda draft: len(draft.begun.lines)):
            _stored(archive, vault, secrets, draft, tally, mine)
            done += draft.messages
            progress(0.3 + 0.6 * done / max(1, read), f"reading and scrubbing: {done:,} of {read:,} messages")
        if before.looked_for is None and rewriting.untouched(vault, secrets) >= hands.WORTH:
            helpers.start()
            looking = helpers.under(secrets.rules)
        estimate = _estimated(archive, vault, looking)
        tally.findings.update(rewriting.propagate(vault, secrets, mine, looking, before.sought(secrets)))
        tally.estimate = estimate()
    me = people.settle_me(vault, roster, tally.owners)
    receipt: dict[str, Any] = secrets.gone.inside(tally.receipt(me, time.monotonic() - began))
    if not secrets.gone.nobody:
        names = secrets.gone.inside(vault.unseal(archive, "names", archive.names))
        Archive.objects.filter(pk=archive.pk).update(names=vault.seal(archive, "names", names))
    return receipt | before.noted(vault.owner_id)


def _name(vault: Vault, roster: people.Roster, secrets: Secrets) -> bool:
    """A surrogate for everybody who writes; whether one turns out to be somebody's real name, so that all is scrubbed anew."""
    roster.settle()
    secrets.know_users(people.user_names(vault))
    secrets.know_users(value for kind, value in roster.passing_ways if addresses.telling((kind, value)))
    secrets.usage.languages = languages.spoken(secrets.sampled, wording.LANGUAGES)
    naming_now, secrets.gone, clash = naming.settle(vault, roster.titles, secrets.usage, roster.passing, roster.passing_ways)
    secrets.names = naming_now.names
    return clash


def _estimated(archive: Archive, vault: Vault, looking: Hands) -> Callable[[], shadow.Estimate | None]:
    """What share of invented secrets is found between the messages of this archive."""
    rows = Conversation.objects.filter(sources__archive=archive, messages__gt=2).order_by("-messages")[:SHADOWED]
    spoken = [(vault.unseal(row, "stats", row.stats) or {}).get("language", "") for row in rows]
    talks = [list(islice(conversations.records_of(vault, row), 2_000)) for row in rows]
    return looking.begin(shadow.estimate, talks, spoken, archive.pk.int % 2**32)


def _pass_one(
    records: Iterator[FormatRecord],
    spool: Spool,
    tally: Tally,
    secrets: Secrets,
    roster: people.Roster,
    progress: Progress,
    helpers: Helpers,
) -> int:
    count, last = 0, time.monotonic()
    for record in records:
        if isinstance(record, Message) and roster.forgets(record):
            tally.skip(Skipped(record.where, FORGOTTEN))
        elif isinstance(record, Message):
            spool.add(record)
            secrets.look(record.text)
            roster.meet(record)
            tally.read += 1
            count += 1
            if count == hands.WORTH:
                helpers.start()  # while the rest is read
            if time.monotonic() - last > 0.7:
                last = time.monotonic()
                progress(min(0.28, count / 400_000), f"opening: {count:,} messages so far")
        elif isinstance(record, Skipped):
            tally.skip(record)
        elif isinstance(record, Owner):
            tally.owners.append(record)
        elif isinstance(record, Address):
            roster.know(record)
        elif isinstance(record, Also):
            tally.also[record.platform, record.conversation].add(record.other)
        else:
            tally.note(record)
    return count


@dataclass(frozen=True)
class _Draft:
    """A conversation with what is new in it, being looked at."""

    row: Conversation
    records: list[Record]
    begun: Begun
    messages: int
    notes: list[str]
    switched: bool
    aside: bool
    key: str


def _merged(
    archive: Archive,
    vault: Vault,
    roster: people.Roster,
    secrets: Secrets,
    key: identity.Key,
    chats: joining.Chats,
    tally: Tally,
    looking: Hands,
) -> _Draft | None:
    """A chat with what is new in it; None where another platform holds all of it."""
    parts, named = chats.messages(key), [part[1] for part in chats.parts[key]]
    messages = [message for part in parts for message in part]
    aside = all(name in tally.left_out for name in named)
    row = _row(vault, key, messages, secrets.gone, aside=aside)
    old = {r.id: r for r in conversations.records_of(vault, row)}
    known: dict[str, list[Entry]] = defaultdict(list)
    for entry in ledgers.ledger(vault, row.pk):
        known[entry.record].append(entry)
    originals = {r.id: scrubbing.original(r, known[r.id]) for r in old.values()}
    source = archive.pk.hex
    switch = bool((vault.unseal(row, "stats", row.stats) or {}).get("switched"))
    fresh: set[str] = set()
    for one, message in (each for part in parts for each in _known(vault, roster, part, old, originals)):
        if one in fresh:
            tally.files[message.where]["twice in this upload"] += 1
            continue
        fresh.add(one)
        counter = tally.files[message.where]
        unsure = (message.conversation, message.where) in tally.unsure
        if one in old:
            if old[one].unsure and not unsure:  # this export tells which order it is
                old[one].at, old[one].unsure = message.sent_at, False
            if source not in old[one].sources:
                old[one].sources.append(source)
                counter["already here from an earlier upload"] += 1
                tally.known += 1
            else:
                counter[message.kind] += 1
                tally.new += message.kind == "text" and old[one].sources == [source]
            continue
        if chats.elsewhere(key, message):
            counter[ELSEWHERE] += 1
            continue
        counter[message.kind] += 1
        tally.new += message.kind == "text"
        record = Record(
            one, message.sent_at, message.tz_known, roster.handle(message), message.kind, message.text, [], [source]
        )
        originals[one] = scrubbing.Original(message.text)
        if unsure:
            record.unsure = True
            record.at = transcripts.swapped(record.at) if switch else record.at
        old[one] = record
    if row._state.adding and not any(r.kind == "text" for r in old.values()) and chats.moved(key):
        return None
    ordered = conversations.ordered(old.values())
    begun = scrubbing.begin(ordered, originals, looking)
    notes = [note for name in named for note in tally.notes.get(name, [])]
    return _Draft(row, ordered, begun, len(messages), notes, switch, aside, secrets.gone.nameless(key[1]))


def _known(
    vault: Vault,
    roster: people.Roster,
    messages: list[Message],
    old: dict[str, Record],
    originals: dict[str, scrubbing.Original],
) -> list[tuple[str, Message]]:
    """Messages with their ids, also where senders are called otherwise now, or the chat lies here in another form."""
    held = {r.id: r.at for r in old.values()}
    found = identity.known(vault, messages, held, lambda: roster.names_behind({r.handle for r in old.values()}))
    return pages_and_json.met(list(found), old, originals, roster.handle)


def _stored(archive: Archive, vault: Vault, secrets: Secrets, draft: _Draft, tally: Tally, mine: Guard) -> None:
    entries, touched = scrubbing.end(draft.begun, secrets)
    tally.findings.update(e.kind for e in entries)
    conversations.store(
        archive,
        vault,
        draft.row,
        draft.records,
        entries,
        draft.notes,
        mine,
        switched=draft.switched,
        touched=touched,
        aside=draft.aside,
        key=draft.key,
    )
    secrets.done.add(draft.row.pk)


def _row(vault: Vault, key: identity.Key, messages: list[Message], gone: Gone, *, aside: bool) -> Conversation:
    """The conversation's row, made unsaved when it is new."""
    fingerprint = identity.fingerprint(vault, key)
    row = Conversation.objects.filter(owner_id=vault.owner_id, fingerprint=fingerprint).first()
    if row is None:
        row = Conversation(
            id=uuid4(), owner_id=vault.owner_id, wrapped_key=vault.new_wrapped(), platform=key[0],
            fingerprint=fingerprint, left_out=aside,
        )  # fmt: skip
    senders = {m.sender_id for m in messages if m.kind != "system"}
    row.is_group = row.is_group or messages[0].is_group or len(senders) > 2
    was = str(vault.unseal(row, "title", row.title) or "")
    title = gone.inside(next((m.title for m in messages if m.title), ""))
    people = {gone.inside(m.sender) for m in messages}
    if not was or (title and (not _made_up(title, {*people, was}) or _made_up(was, people))):
        row.title = vault.seal(row, "title", title or "(no name)")
    return row


def _made_up(title: str, people: set[str]) -> bool:
    """Whether a title lists people, as readers put it together where an export gives none; not all of them need have written."""
    names = title.split(", ")
    return len(names) > 1 and not people.isdisjoint(names)

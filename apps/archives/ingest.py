"""From an upload to scrubbed transcripts, in two passes.

Pass 1 reads everything once into a sealed spool, grouped by conversation, and learns who is who. Pass 2 takes one
conversation after the other: order, de-duplicate, merge with what was there, scrub, seal. Running it again changes nothing.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from django.conf import settings

from apps.accounts import vault as vaults
from apps.accounts.vault import Vault
from apps.archives import (
    addresses,
    conversations,
    elsewhere,
    joining,
    languages,
    naming,
    people,
    rewriting,
    scrubbing,
    shadow,
)
from apps.archives.conversations import Changed, Guard
from apps.archives.formats.types import Address, Also, Message, Owner, Skipped
from apps.archives.formats.types import Record as FormatRecord
from apps.archives.gone import Gone
from apps.archives.merging import Draft, Merger
from apps.archives.models import Archive, Conversation
from apps.archives.rewriting import Progress
from apps.archives.scrubbing import Secrets
from apps.archives.spool import Spool
from apps.archives.tally import Tally
from apps.privacy import selectors as ledgers
from apps.privacy.scrub import hands, wording
from apps.privacy.scrub.hands import Hands, Helpers

FORGOTTEN = "written by somebody you had forgotten"
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
        for name in vault.unseal(archive, "names", archive.names):
            roster.hear(name)
        _hide(archive, vault, naming.passed(vault, roster.passing, roster.passing_words))  # also where all else fails
        before = elsewhere.before(archive, vault, secrets, decided)
        read = _pass_one(records, spool, tally, secrets, roster, progress, helpers)
        reader = spool.close()
        clash = _name(vault, roster, secrets)
        _hide(archive, vault, secrets.gone)
        looking = helpers.under(secrets.rules)
        if clash:  # somebody is called like a surrogate of before
            rewriting.all_again(vault, secrets, lambda *_: None, mine, looking)
        chats = joining.Chats(vault, spool, reader, roster, tally.also)
        merger = Merger(archive, vault, roster, secrets, chats, tally, looking)
        done = 0
        for draft in rewriting.ahead(merger.drafts(), lambda draft: len(draft.begun.lines)):
            _stored(archive, vault, secrets, merger, draft, tally, mine)
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
    return receipt | before.noted(vault.owner_id)


def _hide(archive: Archive, vault: Vault, who: Gone) -> None:
    """The names of the upload's files without those of people who are forgotten."""
    if not who.nobody:
        archive.names = vault.seal(archive, "names", who.inside(vault.unseal(archive, "names", archive.names)))
        Archive.objects.filter(pk=archive.pk).update(names=archive.names)


def _name(vault: Vault, roster: people.Roster, secrets: Secrets) -> bool:
    """A surrogate for everybody who writes; whether one turns out to be somebody's real name, so that all is scrubbed anew."""
    roster.settle()
    secrets.know_users(people.user_names(vault))
    secrets.know_users(value for kind, value in roster.passing_ways if addresses.telling((kind, value)))
    secrets.usage.languages = languages.spoken(secrets.sampled, wording.LANGUAGES)
    naming_now, secrets.gone, clash = naming.settle(
        vault, roster.titles, secrets.usage, roster.passing, roster.passing_ways, roster.passing_words
    )
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
            roster.hear(record.text)
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


def _stored(
    archive: Archive, vault: Vault, secrets: Secrets, merger: Merger, draft: Draft, tally: Tally, mine: Guard
) -> None:
    """Write a draft; where the ledger was burnt after the draft was begun, as what was burnt."""
    while True:
        rewriting.see_burnt(secrets)
        entries, touched = scrubbing.end(draft.begun, secrets)
        try:
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
            break
        except Changed:
            draft = merger.burnt(draft)
    tally.findings.update(e.kind for e in entries)
    secrets.done.add(draft.row.pk)
    secrets.stood[draft.row.pk] = conversations.standing(draft.row)

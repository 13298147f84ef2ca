"""Reading archives, conversations and people: always from their owner."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from itertools import islice
from typing import Any
from uuid import UUID

from apps.accounts.vault import Vault
from apps.archives import languages, statistics, transcripts
from apps.archives.models import Archive, Conversation, Handle, Person, Window
from apps.archives.moments import moment
from apps.archives.transcripts import Record


@dataclass
class PersonView:
    """A person as pages show them."""

    id: UUID
    name: str
    is_me: bool
    messages: int = 0
    left_out: bool = False
    chosen: bool = False
    platforms: list[str] = field(default_factory=list)


@dataclass
class ConversationView:
    """A conversation as pages show it. `mine` counts the owner's messages."""

    id: UUID
    title: str
    platform: str
    is_group: bool
    messages: int
    mine: int
    people: list[str]
    first_at: datetime | None
    last_at: datetime | None
    left_out: bool
    notes: list[str]
    language: str
    other_dates: tuple[datetime, datetime] | None  # when it began and ended, were day and month read the other way


@dataclass
class Roster:
    """People of an account and which handle is whose."""

    people: dict[UUID, PersonView]
    by_handle: dict[str, UUID]

    @property
    def me(self) -> PersonView | None:
        return next((p for p in self.people.values() if p.is_me), None)

    def left_out(self, handle: str) -> bool:
        """Whether nothing is learnt from what a handle wrote."""
        who = self.by_handle.get(handle)
        return who is not None and self.people[who].left_out

    def ordered(self) -> list[PersonView]:
        """Those who write most first."""
        return sorted(self.people.values(), key=lambda p: (not p.is_me, -p.messages, p.name))


def names(vault: Vault, archive: Archive) -> list[str]:
    """File names of an upload."""
    found: list[str] = vault.unseal(archive, "names", archive.names)
    return found


def receipt(vault: Vault, archive: Archive) -> dict[str, Any] | None:
    """What was found in an archive; None before it was read."""
    found: dict[str, Any] | None = vault.unseal(archive, "receipt", archive.receipt)
    return found


def roster(vault: Vault) -> Roster:
    """Everybody, with names opened and messages counted."""
    people = {
        p.pk: PersonView(p.pk, vault.unseal(p, "name", p.name), p.is_me, left_out=p.left_out, chosen=p.chosen)
        for p in Person.objects.filter(owner_id=vault.owner_id, merged_into=None)
    }
    by_handle: dict[str, UUID] = {}
    for handle in Handle.objects.filter(owner_id=vault.owner_id):
        person = people.get(handle.person_id)
        if person is None:  # made by an ingest in this very moment
            continue
        by_handle[handle.pk.hex] = handle.person_id
        if handle.platform not in person.platforms:
            person.platforms.append(handle.platform)
    for row in Conversation.objects.filter(owner_id=vault.owner_id):
        for handle_id, count in _stats(vault, row)["handles"].items():
            if handle_id in by_handle:
                people[by_handle[handle_id]].messages += count
    return Roster(people, by_handle)


def _stats(vault: Vault, row: Conversation) -> dict[str, Any]:
    return {
        "handles": {},
        "findings": {},
        "notes": [],
        "unsure": False,
        "language": "",
        **(vault.unseal(row, "stats", row.stats) or {}),
    }


def conversations(vault: Vault, known: Roster, archive: Archive | None = None) -> list[ConversationView]:
    """Conversations, those with most messages first; of one archive or all."""
    rows = Conversation.objects.filter(owner_id=vault.owner_id)
    if archive is not None:
        rows = rows.filter(sources__archive=archive)
    views: list[ConversationView] = []
    for row in rows.order_by("-messages"):
        stats = _stats(vault, row)
        counts = Counter({known.by_handle[h]: n for h, n in stats["handles"].items() if h in known.by_handle})
        mine = sum(n for pk, n in counts.items() if known.people[pk].is_me)
        others = [known.people[pk].name for pk, _ in counts.most_common() if not known.people[pk].is_me]
        title = vault.unseal(row, "title", row.title)
        views.append(
            ConversationView(
                row.pk,
                title,
                row.platform,
                row.is_group,
                row.messages,
                mine,
                others,
                row.first_at,
                row.last_at,
                row.left_out,
                stats["notes"],
                stats["language"],
                _other_dates(row) if stats["unsure"] else None,
            )  # fmt: skip
        )
    return views


def _other_dates(row: Conversation) -> tuple[datetime, datetime] | None:
    ends = [transcripts.swapped(at.timestamp()) for at in (row.first_at, row.last_at) if at is not None]
    first, last = sorted(at for end in ends if (at := moment(end)) is not None) if len(ends) == 2 else (None, None)
    return (first, last) if first is not None and last is not None else None


def window(owner_id: UUID) -> tuple[date | None, date | None]:
    """The period that is learnt from."""
    row = Window.objects.filter(owner_id=owner_id).first()
    return (row.since, row.until) if row else (None, None)


def records(vault: Vault, conversation: Conversation) -> Iterator[Record]:
    """The scrubbed messages of a conversation, in order."""
    if conversation.transcript is None:
        return
    with vault.open(conversation.transcript) as reader:
        yield from transcripts.read(reader)


def preview(vault: Vault, conversation: Conversation, known: Roster, limit: int = 200) -> list[dict[str, Any]]:
    """The newest messages as the model will read them: who, when, and text in pieces with their placeholders."""
    lines: list[dict[str, Any]] = []
    for record in list(records(vault, conversation))[-limit:]:
        person = known.people.get(known.by_handle.get(record.handle, UUID(int=0)))
        lines.append(
            {
                "name": person.name if person else "?",
                "mine": bool(person and person.is_me),
                "kind": "left out" if person and person.left_out else record.kind,
                "at": moment(record.at),
                "pieces": list(_pieces(record)),
            }  # fmt: skip
        )
    return lines


def _pieces(record: Record) -> Iterator[tuple[str, str]]:
    """(text, "") for words and (stand-in, kind) for placeholders."""
    at = 0
    for start, end, kind in record.marks:
        yield record.text[at:start], ""
        yield record.text[start:end], kind
        at = end
    yield record.text[at:], ""


def corpus(owner_id: UUID) -> list[Conversation]:
    """The conversations that may be learnt from."""
    rows = Conversation.objects.filter(owner_id=owner_id, left_out=False, messages__gt=0)
    return list(rows.select_related("transcript").order_by("id"))


def state(owner_id: UUID) -> str:
    """Equal as long as nothing has changed that learning depends on: conversations, period, who is who."""
    corpus_now = [(row.pk, row.version) for row in corpus(owner_id)]
    handles = list(Handle.objects.filter(owner_id=owner_id).order_by("pk").values_list("pk", "person_id"))
    silent = list(Person.objects.filter(owner_id=owner_id, left_out=True).order_by("pk").values_list("pk", flat=True))
    return repr((corpus_now, window(owner_id), handles, silent))


#: Beyond this many messages the page of statistics counts only the largest conversations, the last of them in part, and says so.
COUNTED = 400_000


def report(vault: Vault, known: Roster) -> tuple[statistics.Report, bool]:
    """Statistics over the conversations that are not left out; whether all of them were counted."""
    made, counted, whole = statistics.Report(), 0, True
    me = known.me.id.hex if known.me else ""
    for row in sorted(corpus(vault.owner_id), key=lambda r: -r.messages):
        room = COUNTED - counted
        if room <= 0:
            whole = False
            break
        said = _said(vault, row, known, always=True)
        if row.messages > room:
            spoken_in = sum(1 for _ in _said(vault, row, known, always=True))  # media and calls are no words
            whole, said = whole and spoken_in <= room, islice(said, max(0, spoken_in - room), None)  # its latest ones
        counted += row.messages
        title = str(vault.unseal(row, "title", row.title))
        statistics.add(made, title, said, me)
        if code := _stats(vault, row)["language"]:
            made.languages[languages.name(code)] += row.messages
    return made, whole


def learnable(vault: Vault, row: Conversation, known: Roster, *, always: bool = False) -> Iterator[tuple[Record, bool]]:
    """Messages with words by people who are not left out, and whether one who is wrote before it.

    Within the period, or `always`.
    """
    first, last = (float("-inf"), float("inf")) if always else period(vault.owner_id)
    cut = False
    for record in records(vault, row):
        if record.kind != "text" or (record.at is not None and not first <= record.at <= last):
            continue
        if known.left_out(record.handle):
            cut = True
            continue
        yield record, cut
        cut = False


def period(owner_id: UUID) -> tuple[float, float]:
    """The period that is learnt from, in seconds; open ends are infinite."""
    since, until = window(owner_id)
    first = datetime.combine(since, time.min, UTC).timestamp() if since else float("-inf")
    return first, datetime.combine(until, time.max, UTC).timestamp() if until else float("inf")


def _said(vault: Vault, row: Conversation, known: Roster, *, always: bool = False) -> Iterator[statistics.Said]:
    for record, cut in learnable(vault, row, known, always=always):
        who = known.by_handle.get(record.handle)
        name = known.people[who].name if who else "?"
        hidden = tuple((s, e) for s, e, _ in record.marks)
        yield statistics.Said(who.hex if who else record.handle, record.at, record.text, hidden, cut, name)


def spoken(vault: Vault, known: Roster) -> Iterator[Iterator[statistics.Said]]:
    """What may be learnt from, conversation by conversation, within the period."""
    for row in corpus(vault.owner_id):
        yield _said(vault, row, known)


def by_language(found: list[ConversationView]) -> list[tuple[str, str, int, bool]]:
    """Languages of conversations: (code, name, conversations, whether any is learnt from), the most frequent first."""
    counts = Counter(c.language for c in found)
    kept = {c.language for c in found if not c.left_out}
    return [(code, languages.name(code), n, code in kept) for code, n in counts.most_common()]


def with_languages(vault: Vault, archive: Archive, kept: set[UUID], ticked: set[str], was: set[str]) -> set[UUID]:
    """What a tick that was set or taken away means: all conversations in that language are kept, or left out."""
    for view in conversations(vault, roster(vault), archive):
        if view.language in was - ticked:
            kept.discard(view.id)
        elif view.language in ticked - was:
            kept.add(view.id)
    return kept


def merged(vault: Vault) -> list[tuple[UUID, str, UUID]]:
    """Who was joined with whom: (person, their name, the one they are part of)."""
    rows = Person.objects.filter(owner_id=vault.owner_id).exclude(merged_into=None)
    return [(p.pk, str(vault.unseal(p, "name", p.name)), p.merged_into_id) for p in rows if p.merged_into_id]


def platforms_before(owner_id: UUID) -> dict[UUID, list[str]]:
    """Where those who were joined with somebody write."""
    found = defaultdict[UUID, list[str]](list)
    for origin, platform in Handle.objects.filter(owner_id=owner_id).exclude(origin=None).values_list("origin", "platform"):
        if platform not in found[origin]:
            found[origin].append(platform)
    return dict(found)


def settled(person: Person) -> Person:
    """Who a person is today, after merges."""
    return person.merged_into or person

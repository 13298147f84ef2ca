"""How often a word stands in an account's conversations, as they were written as far as the ledgers tell."""

from __future__ import annotations

import re
import threading
import time
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.db.models import Count as Rows
from django.db.models import Sum

from apps.accounts.vault import Vault
from apps.archives import scrubbing, selectors
from apps.archives.models import Conversation
from apps.archives.transcripts import Record
from apps.privacy import selectors as privacy
from apps.privacy.ledger import Entry
from apps.privacy.scrub.known import Known
from apps.privacy.scrub.normal import normal
from apps.privacy.scrub.types import View

#: A page waits at most so many seconds for its counts.
PATIENCE = 2.0
REMEMBERED = 2_000
_remembered: OrderedDict[bytes, tuple[str, Count]] = OrderedDict()
_lock = threading.Lock()
_SEPARATOR = re.compile(r"[\W_]+")


@dataclass
class Count:
    """`whole` is False when the patience ended first: then it stands there at least so often."""

    times: int = 0
    conversations: int = 0
    whole: bool = True

    def __str__(self) -> str:
        if not self.times:
            return "stands nowhere" if self.whole else "not met so far"
        times = "once" if self.times == 1 else f"{self.times:,} times"
        where = "1 conversation" if self.conversations == 1 else f"{self.conversations:,} conversations"
        return f"stands {'' if self.whole else 'at least '}{times} in {where}"


def key(word: str) -> str:
    """What spellings of a word have in common: the one that "always take out" goes by."""
    return normal("secret", word)


def counts(vault: Vault, words: Iterable[str], patience: float = PATIENCE) -> dict[str, Count]:
    """Counts by `key` of every word; those that were counted before, of the same texts, are remembered by a keyed hash."""
    found = {k: Count() for word in words if (k := key(word))}
    prints = {k: vault.fingerprint("count", k) for k in found}
    stand = _stand(vault)
    with _lock:
        known = {k: hit[1] for k, p in prints.items() if (hit := _remembered.get(p)) and hit[0] == stand}
    fresh = {k: count for k, count in found.items() if k not in known}
    _counted(vault, fresh, patience)
    with _lock:
        _remembered.update({prints[k]: (stand, count) for k, count in fresh.items() if count.whole})
        while len(_remembered) > REMEMBERED:
            _remembered.popitem(last=False)
    return fresh | known


def _stand(vault: Vault) -> str:
    """Equal as long as no text has changed and no ledger was burnt."""
    rows = Conversation.objects.filter(owner_id=vault.owner_id)
    versions = rows.aggregate(rows=Rows("pk"), versions=Sum("version"))
    return f"{versions} {privacy.ledgers_left(vault.owner_id)}"


def _counted(vault: Vault, found: dict[str, Count], patience: float) -> None:
    """One pass over all conversations, those with most messages first."""
    until = time.monotonic() + patience
    rows = Conversation.objects.filter(owner_id=vault.owner_id) if found else Conversation.objects.none()
    for row in rows.select_related("transcript").order_by("-messages"):
        if time.monotonic() > until or not _count(vault, row, found, until):
            for count in found.values():
                count.whole = False
            break


def _count(vault: Vault, row: Conversation, found: dict[str, Count], until: float) -> bool:
    """Count one conversation; False when the time was over."""
    finder = Known()
    for word in found:
        finder.deny(word, word)  # findings are called by their word
    here: Counter[str] = Counter()
    whole = True
    for number, (_, text) in enumerate(originals(vault, row)):
        view = View(text)
        bare = _SEPARATOR.sub("", view.plain).casefold()
        if any(word in bare for word in found):
            here.update(f.kind for f in finder.find(view))
        if number % 500 == 499 and time.monotonic() > until:
            whole = False
            break
    for word, times in here.items():
        found[word].times += times
        found[word].conversations += 1
    return whole


def originals(vault: Vault, row: Conversation) -> Iterator[tuple[Record, str]]:
    """The messages of a conversation with what stood there before scrubbing; what was burnt stays a stand-in."""
    entries = by_record(privacy.ledger(vault, row.pk))
    for record in selectors.records(vault, row):
        if record.text:
            yield record, scrubbing.original(record, entries[record.id]).text if record.marks else record.text


def by_record(entries: Sequence[Entry]) -> defaultdict[str, list[Entry]]:
    """Entries of a ledger by the message that they belong to."""
    found: defaultdict[str, list[Entry]] = defaultdict(list)
    for entry in entries:
        found[entry.record].append(entry)
    return found

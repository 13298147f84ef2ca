"""What was taken out of an account's conversations, grouped by value: the riskiest and least certain first."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from apps.accounts.vault import Vault
from apps.archives.models import Conversation
from apps.privacy import selectors as privacy
from apps.privacy.models import Decision
from apps.privacy.scrub.normal import NAMED, normal, normals

#: Kinds by what may happen when they come out; within a line the more certain ones come last.
RISK = (
    ("password", "pin", "seed", "key", "secret", "cvv", "code", "card", "url"),
    ("id", "passport", "licence", "bank", "iban", "wallet", "birthdate"),
    ("address", "postcode", "geo", "phone", "email", "plate", "booking", "handle"),
    ("ip", "mac", "link"),
    ("name", "place", "organisation"),
)
KINDS = tuple(kind for line in RISK for kind in line)
#: What a value may be marked as: names have surrogates, not a placeholder.
MARKABLE = tuple(kind for kind in KINDS if kind not in NAMED)
#: Found by their words alone, not by a checksum: these are worth a look.
GUESSED = frozenset(
    [
        "password",
        "pin",
        "secret",
        "cvv",
        "code",
        "bank",
        "passport",
        "licence",
        "birthdate",
        "address",
        "postcode",
        "plate",
        "booking",
        "handle",
    ]
)


@dataclass
class Group:
    """One value in all its spellings: how often and in how many conversations."""

    kind: str
    value: str
    count: int = 0
    conversations: int = 0
    spellings: set[str] = field(default_factory=set)
    decision: Decision | None = None

    @property
    def guessed(self) -> bool:
        return self.kind in GUESSED

    @property
    def seen(self) -> bool:
        """Accepted as it is."""
        return self.decision is not None and self.decision.action == Decision.Action.SEEN

    @property
    def veiled(self) -> str:
        """The value with its middle hidden: enough to know it by, too little to read over a shoulder."""
        shown = 1 if len(self.value) < 8 else 2
        return f"{self.value[:shown]}{'•' * min(8, max(3, len(self.value) - 2 * shown))}{self.value[-shown:] if len(self.value) > 4 else ''}"


def groups(vault: Vault) -> list[Group]:
    """Everything the ledgers hold; plain links are only counted elsewhere, nobody reviews thousands of them."""
    found: dict[tuple[str, str], Group] = {}
    for row in Conversation.objects.filter(owner_id=vault.owner_id):
        here: Counter[tuple[str, str]] = Counter()
        for entry in privacy.ledger(vault, row.pk):
            if entry.kind == "link":
                continue
            key = (entry.kind, normal(entry.kind, entry.value))
            group = found.setdefault(key, Group(entry.kind, entry.value))
            group.spellings.add(entry.value)
            here[key] += 1
        for key, count in here.items():
            found[key].count += count
            found[key].conversations += 1
    made = sorted(privacy.decisions(vault), key=lambda d: d[0].action != Decision.Action.SEEN)  # what changes something wins
    decided = {key: row for row, _, value in made for key in normals(value)}
    for (_, text), group in found.items():
        group.decision = decided.get(text)
    return sorted(found.values(), key=_order)


def _order(group: Group) -> tuple[bool, int, bool, int, str]:
    """What was looked at sinks; the rest by risk."""
    risk = next((n for n, line in enumerate(RISK) if group.kind in line), len(RISK))
    return group.seen, risk, not group.guessed, -group.count, group.value

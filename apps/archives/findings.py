"""What was taken out of an account's conversations, grouped by value: the riskiest and least certain first."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from apps.accounts.vault import Vault
from apps.archives.models import Conversation
from apps.privacy import selectors as privacy
from apps.privacy.models import Decision
from apps.privacy.scrub.known import normal

#: Kinds by what may happen when they come out; within a line the more certain ones come last.
RISK = (
    ("password", "pin", "seed", "key", "secret", "cvv", "code", "card", "url"),
    ("id", "passport", "licence", "bank", "iban", "wallet", "birthdate"),
    ("address", "postcode", "geo", "phone", "email", "plate", "booking", "handle"),
    ("ip", "mac", "link"),
    ("name", "place", "organisation"),
)
KINDS = tuple(kind for line in RISK for kind in line)
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
    decided = {normal(kind, value): row for row, kind, value in privacy.decisions(vault)}
    for (_, text), group in found.items():
        group.decision = decided.get(text)
    return sorted(found.values(), key=_order)


def _order(group: Group) -> tuple[int, bool, int, str]:
    risk = next((n for n, line in enumerate(RISK) if group.kind in line), len(RISK))
    return risk, not group.guessed, -group.count, group.value

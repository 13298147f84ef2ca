"""What was taken out of an account's conversations, grouped by value: the riskiest and least certain first."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from uuid import UUID

from apps.accounts.vault import Vault
from apps.archives.models import Conversation
from apps.privacy import selectors as privacy
from apps.privacy.models import Decision
from apps.privacy.scrub import known
from apps.privacy.scrub.known import BY_ITS_OWNER
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
    spellings: Counter[str] = field(default_factory=Counter)
    where: set[UUID] = field(default_factory=set)
    decision: Decision | None = None

    @property
    def count(self) -> int:
        return self.spellings.total()

    @property
    def conversations(self) -> int:
        return len(self.where)

    @property
    def stays(self) -> bool:
        """Whether it stays where else it is said though it was accepted."""
        return self.seen and self.kind in GUESSED and known.stays(self.kind, self.value)

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
        for entry in privacy.ledger(vault, row.pk):
            if entry.kind == "link":
                continue
            key = (entry.kind, normal(entry.kind, entry.value))
            group = found.setdefault(key, Group(entry.kind, entry.value))
            group.spellings[entry.value] += 1
            group.where.add(row.pk)
    _join_owners(found)
    made = sorted(privacy.decisions(vault), key=lambda d: d[0].action != Decision.Action.SEEN)  # what changes something wins
    decided = {key: row for row, _, value in made for key in normals(value)}
    for (_, text), group in found.items():
        group.decision = decided.get(text)
    return sorted(found.values(), key=_order)


def _join_owners(found: dict[tuple[str, str], Group]) -> None:
    """What is called a secret, as what goes from elsewhere because its owner accepted it, stands on the line of what was told."""
    told = {form: group for (kind, _), group in found.items() if kind != BY_ITS_OWNER for form in normals(group.value)}
    for key in [key for key in found if key[0] == BY_ITS_OWNER]:
        other = next((told[form] for form in sorted(normals(found[key].value)) if form in told), None)
        if other is not None:
            group = found.pop(key)
            other.spellings += group.spellings
            other.where |= group.where


def _order(group: Group) -> tuple[bool, int, bool, int, str]:
    """What was looked at sinks; the rest by risk."""
    risk = next((n for n, line in enumerate(RISK) if group.kind in line), len(RISK))
    return group.seen, risk, not group.guessed, -group.count, group.value

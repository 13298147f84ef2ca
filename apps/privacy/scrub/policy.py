"""What the owner decided about single values: kept, always taken out, confirmed, or of another kind. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from apps.privacy.scrub.normal import normal
from apps.privacy.scrub.types import Finding


@dataclass
class Policy:
    """Decisions by the normal form of a value, so that one decision counts for every spelling."""

    kept: set[str] = field(default_factory=set)
    kinds: dict[str, str] = field(default_factory=dict)
    denied: list[tuple[str, str]] = field(default_factory=list)
    confirmed: list[tuple[str, str]] = field(default_factory=list)

    def keeps(self, kind: str, value: str) -> bool:
        """Whether the owner said that this is no secret."""
        return bool(self.kept) and normal(kind, value) in self.kept

    def applied(self, text: str, found: Iterable[Finding]) -> list[Finding]:
        """Findings after the decisions."""
        if not (self.kept or self.kinds):
            return list(found)
        out: list[Finding] = []
        for f in found:
            key = normal(f.kind, text[f.start : f.end])
            if key not in self.kept:
                out.append(
                    Finding(f.start, f.end, self.kinds.get(key, f.kind), f.rank, f.instead if key not in self.kinds else "")
                )
        return out


EVERYTHING = Policy()

"""The receipt while it grows."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import asdict, dataclass, field
from typing import Any

from django.utils import timezone

from apps.archives import shadow
from apps.archives.formats.types import Note, Owner, Skipped


@dataclass
class Tally:
    """The receipt while it grows: by file and reason; `read = kept + skipped`."""

    files: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    examples: dict[tuple[str, str], str] = field(default_factory=dict)
    owners: list[Owner] = field(default_factory=list)
    notes: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    left_out: set[str] = field(default_factory=set)
    unsure: set[str] = field(default_factory=set)  # members whose dates fit two orders
    also: dict[tuple[str, str], set[str]] = field(default_factory=lambda: defaultdict(set))
    findings: Counter[str] = field(default_factory=Counter)
    read: int = 0
    known: int = 0
    new: int = 0
    estimate: shadow.Estimate | None = None

    def skip(self, record: Skipped) -> None:
        self.read += record.count
        self.files[record.where][record.reason] += record.count
        self.examples.setdefault((record.where, record.reason), record.example)

    def note(self, note: Note) -> None:
        self.notes[note.where].append(note.sentence)
        if note.leave_out:
            self.left_out.add(note.where)
        if note.unsure:
            self.unsure.add(note.unsure)

    def receipt(self, me: list[dict[str, Any]], seconds: float) -> dict[str, Any]:
        """What is kept of it: `me` is who the owner is and why, by platform, the strongest first; `seconds` how long reading took."""
        kept = {"text"}
        files: list[dict[str, Any]] = [
            {
                "name": name,
                "kept": sum(n for reason, n in counts.items() if reason in kept),
                "skipped": [
                    {"reason": reason, "count": n, "example": self.examples.get((name, reason), "")}
                    for reason, n in counts.most_common() if reason not in kept
                ],
            }
            for name, counts in sorted(self.files.items())
        ]  # fmt: skip
        return {
            "files": files, "read": self.read, "kept": sum(f["kept"] for f in files),
            "left": sum(reason["count"] for f in files for reason in f["skipped"]), "new": self.new, "known": self.known, "me": me[0] if me else None, "evidence": me,
            "estimate": asdict(self.estimate) if self.estimate else None, "findings": self.findings.most_common(), "seconds": round(seconds, 1), "at": timezone.now().isoformat(),
        }  # fmt: skip

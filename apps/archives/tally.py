"""The receipt while it grows."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import asdict, dataclass, field
from typing import Any

from django.utils import timezone

from apps.archives import shadow
from apps.archives.formats.types import Message, Note, Owner, Skipped
from apps.archives.moments import moment

KEPT = "text"
#: Of each reason in each file so many places are told, and of all of them together so many: an account has thousands of files.
PLACES, MOST_PLACES = 3, 3_000
#: A longer title of a chat is not told; cut short it could hold half the name of somebody who is forgotten.
TITLE = 80


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
    places: int = 0
    read: int = 0
    known: int = 0
    new: int = 0
    estimate: shadow.Estimate | None = None

    def skip(self, record: Skipped) -> None:
        self.read += record.count
        self.files[record.where][record.reason] += record.count
        self.examples.setdefault((record.where, record.reason), record.example)

    def count(self, message: Message, reason: str) -> None:
        """One message, kept or left out for that reason; the first ones that were left out are told with their chat and moment."""
        counter = self.files[message.where]
        counter[reason] += 1
        if reason != KEPT and counter[reason] <= PLACES and self.places < MOST_PLACES:
            self.places += 1
            before = self.examples.get((message.where, reason), "")
            self.examples[message.where, reason] = f"{before}; {_place(message)}" if before else _place(message)

    def note(self, note: Note) -> None:
        self.notes[note.where].append(note.sentence)
        if note.leave_out:
            self.left_out.add(note.where)
        if note.unsure:
            self.unsure.add(note.unsure)

    def receipt(self, me: list[dict[str, Any]], seconds: float) -> dict[str, Any]:
        """What is kept of it: `me` is who the owner is and why, by platform, the strongest first; `seconds` how long reading took."""
        files: list[dict[str, Any]] = [
            {
                "name": name,
                "kept": counts[KEPT],
                "skipped": [
                    {"reason": reason, "count": n, "example": self.examples.get((name, reason), "")}
                    for reason, n in counts.most_common() if reason != KEPT
                ],
            }
            for name, counts in sorted(self.files.items())
        ]  # fmt: skip
        return {
            "files": files, "read": self.read, "kept": sum(f["kept"] for f in files),
            "left": sum(reason["count"] for f in files for reason in f["skipped"]), "new": self.new, "known": self.known, "me": me[0] if me else None, "evidence": me,
            "estimate": asdict(self.estimate) if self.estimate else None, "findings": self.findings.most_common(), "seconds": round(seconds, 1), "at": timezone.now().isoformat(),
        }  # fmt: skip


def _place(message: Message) -> str:
    """In which chat a message is, and when it was sent, as its export tells it: by these it is found in a file of any form."""
    at, title = moment(message.sent_at), message.title.strip()
    return ", ".join(filter(None, (title if len(title) <= TITLE else "", f"{at:%Y-%m-%d %H:%M:%S}" if at else "")))

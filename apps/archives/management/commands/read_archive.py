"""`manage.py read_archive`: what the site would read, as JSON Lines."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.archives.formats import container, registry
from apps.archives.formats.types import Message, Note, Owner, Record, Skipped


class Command(BaseCommand):
    help = (
        "One JSON object per message on stdout; a JSON summary as the last line of stderr; exit 2 for what cannot be read."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("paths", nargs="+", metavar="PATH")
        parser.add_argument("--owner", help="the owner's name, where the archive does not tell")

    def handle(self, *args: Any, **options: Any) -> None:
        paths = [(Path(p).name, Path(p)) for p in options["paths"]]
        for name, path in paths:
            if not path.exists():
                raise CommandError(f"{name} does not exist.", returncode=2)
        self._print(paths, options["owner"])

    def _print(self, paths: list[tuple[str, Path]], said: str | None) -> None:
        owners, summary = self._survey(paths)
        chosen = {(o.platform, o.sender_id) for o in owners}
        for record in _once(_read(paths)):
            if isinstance(record, Message):
                mine = record.sender == said if said else (record.platform, record.sender_id) in chosen
                known = said is not None or any(p == record.platform for p, _ in chosen)
                row = {
                    "platform": record.platform, "conversation": record.conversation, "title": record.title,
                    "is_group": record.is_group, "sender": record.sender, "sender_id": record.sender_id,
                    "is_owner": mine if known else None, "sent_at": record.sent_at, "tz_known": record.tz_known,
                    "kind": record.kind, "text": record.text,
                }  # fmt: skip
                self.stdout.write(json.dumps(row, ensure_ascii=False))
        self.stderr.write(json.dumps(summary, ensure_ascii=False), style_func=str)

    def _survey(self, paths: list[tuple[str, Path]]) -> tuple[list[Owner], dict[str, Any]]:
        """First pass: the strongest evidence of the owner per platform, and the counts."""
        owners: dict[str, Owner] = {}
        kinds: Counter[str] = Counter()
        skipped: Counter[tuple[str, str]] = Counter()
        notes: list[str] = []
        for record in _once(_read(paths)):
            if isinstance(record, Message):
                kinds[record.kind] += 1
            elif isinstance(record, Owner):
                if record.platform not in owners or owners[record.platform].weight < record.weight:
                    owners[record.platform] = record
            elif isinstance(record, Skipped):
                skipped[record.where, record.reason] += record.count
            elif isinstance(record, Note):
                notes.append(record.sentence)
        summary = {
            "messages": sum(kinds.values()), "text": kinds["text"], "kinds": dict(kinds), "skipped": [{"where": w, "reason": r, "count": n} for (w, r), n in skipped.items()], "notes": notes,
            "owner": [{"platform": o.platform, "name": o.name, "evidence": o.evidence} for o in owners.values()],
        }  # fmt: skip
        return list(owners.values()), summary


def _read(paths: list[tuple[str, Path]]) -> Iterator[Record]:
    """The records; whatever reading them ends in is an error in one sentence."""
    try:
        yield from registry.read(container.open_all(paths))
    except Exception as error:
        raise CommandError(registry.sentence(error), returncode=2) from None


def _once(records: Iterator[Record]) -> Iterator[Record]:
    """As the site merges: the n-th equal message of one file is the n-th of another, so overlapping parts count once."""
    here: Counter[tuple[int, str]] = Counter()
    told: Counter[int] = Counter()
    for record in records:
        if isinstance(record, Message):
            key = hash((record.platform, record.conversation, record.sender_id, record.sent_at, record.kind, record.text))
            here[key, record.where] += 1
            if here[key, record.where] <= told[key]:
                yield Skipped(record.where, "already in another file of this upload")
                continue
            told[key] += 1
        yield record

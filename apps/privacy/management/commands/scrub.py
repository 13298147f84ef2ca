"""`manage.py scrub`: JSON Lines in, the same out with scrubbed text and findings."""

from __future__ import annotations

import json
import math
import re
import sys
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.privacy.scrub import conversation
from apps.privacy.scrub.conversation import Line
from apps.privacy.scrub.known import Known

#: Halves of characters, as JSON that was cut holds them: nothing can write them.
_HALVES = re.compile("[\ud800-\udfff]")


class Command(BaseCommand):
    help = (
        'Read {"text": …} lines on stdin, in the order they were said; write them with scrubbed text and findings [{kind, start, end}]. '
        "`conversation`, `sender` and `sent_at` (docs/format.md) are used where they are there: an answer belongs to its question. "
        "A secret found once is taken out of every line of its conversation, and of all others where it looks like nothing else "
        "(`hunter2` may be a word there, a card is none)."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        rows = [self._row(number, line) for number, line in enumerate(sys.stdin, 1) if line.strip()]
        groups: dict[str, list[dict[str, Any]]] = {}
        for row in rows:
            groups.setdefault(str(row.get("conversation", "")), []).append(row)
        known = Known()
        found = {key: conversation.findings(_lines(group)) for key, group in groups.items()}
        for key, group in groups.items():
            conversation.learn(_lines(group), found[key], known)
        for key, group in groups.items():
            both = conversation.told(_lines(group), found[key]), known
            for row, some in zip(group, found[key], strict=True):
                result = conversation.finish(row["text"], some, both)
                row["text"] = result.text
                row["findings"] = [{"kind": f.kind, "start": f.start, "end": f.end} for f in result.findings]
        for row in rows:
            self.stdout.write(_HALVES.sub("\ufffd", json.dumps(row, ensure_ascii=False)))

    def _row(self, number: int, line: str) -> dict[str, Any]:
        try:
            row = json.loads(line, parse_float=_number, parse_constant=_number)
            if not isinstance(row["text"], str):
                raise TypeError
            _seconds(row.get("sent_at"))
        except (ValueError, KeyError, TypeError, OverflowError, RecursionError):
            raise CommandError(
                f'Line {number} is not a JSON object with a "text". Nothing was written.', returncode=2
            ) from None
        made: dict[str, Any] = {**row, "text": _HALVES.sub("\ufffd", row["text"])}
        return made


def _lines(rows: Iterable[dict[str, Any]]) -> list[Line]:
    return [Line(r.get("sender_id") or r.get("sender"), _seconds(r.get("sent_at")), r["text"]) for r in rows]


def _number(written: str) -> float:
    """Infinite where it is too large, and no JSON any more. Raises `OverflowError`; JSON has no `NaN` either."""
    number = float(written)
    if not math.isfinite(number):
        raise OverflowError
    return number


def _seconds(value: object) -> float | None:
    if isinstance(value, (int, float)):
        return float(value)
    try:
        return datetime.fromisoformat(value).timestamp() if isinstance(value, str) else None
    except ValueError:
        return None

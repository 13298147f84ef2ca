"""`manage.py scrub`: JSON Lines in, the same out with scrubbed text and findings."""

from __future__ import annotations

import json
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from apps.privacy.scrub import engine


class Command(BaseCommand):
    help = 'Read {"text": …} lines on stdin; write them with scrubbed text and findings [{kind, start, end}].'

    def handle(self, *args: Any, **options: Any) -> None:
        for number, line in enumerate(sys.stdin, 1):
            if not line.strip():
                continue
            try:
                row = json.loads(line)
                text = row["text"]
                if not isinstance(text, str):
                    raise TypeError
            except (ValueError, KeyError, TypeError):
                raise CommandError(
                    f'Line {number} is not a JSON object with a "text". Nothing after it was read.', returncode=2
                ) from None
            result = engine.scrub(text)
            row["text"] = result.text
            row["findings"] = [{"kind": f.kind, "start": f.start, "end": f.end} for f in result.findings]
            self.stdout.write(json.dumps(row, ensure_ascii=False))

"""`manage.py make_sample`: write the invented archive that ships, in both formats."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from apps.archives import sample


class Command(BaseCommand):
    help = "Write apps/archives/sample_data anew; the same seed gives the same bytes."

    def handle(self, *args: Any, **options: Any) -> None:
        sample.FOLDER.mkdir(exist_ok=True)
        for kind, name in sample.FILES.items():
            (sample.FOLDER / name).write_bytes(sample.made(kind))
            self.stdout.write(f"{name}: {(sample.FOLDER / name).stat().st_size:,} bytes")

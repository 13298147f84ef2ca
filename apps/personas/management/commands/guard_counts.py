"""`manage.py guard_counts`: what the guard stopped on this site, as numbers."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand
from django.db.models import Count, Sum

from apps.personas.models import Version

COUNTED = {"secrets": "stopped_secrets", "names": "stopped_names", "copies": "stopped_copies"}


class Command(BaseCommand):
    help = "Write one JSON object: how many versions there are, and the secrets, names and copies that the guard stopped."

    def handle(self, *args: Any, **options: Any) -> None:
        sums = Version.objects.aggregate(versions=Count("pk"), **{what: Sum(column) for what, column in COUNTED.items()})
        self.stdout.write(json.dumps({what: number or 0 for what, number in sums.items()}))

"""Learns again who asks for a machine, after `doubt.tsv` or the words of `disclosure.toml` changed."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from apps.chat import doubt, learning


class Command(BaseCommand):
    help = "Learn the weights of the question whether this is a machine, and store them."

    def handle(self, *args: Any, **options: Any) -> None:
        learnt = learning.lines()
        doubt.use(learning.fit(learnt))
        self.stdout.write(f"Learnt from {len(learnt)} lines.")

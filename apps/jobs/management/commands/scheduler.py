"""The scheduler process: calls every sweep every few seconds."""

from __future__ import annotations

import logging
import signal
import tempfile
import threading
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.db import close_old_connections

from apps.accounts import registry

log = logging.getLogger(__name__)
#: Touched at every round; a health check looks at its age.
ALIVE = Path(tempfile.gettempdir()) / "chatclone-scheduler"


class Command(BaseCommand):
    help = "Run the sweeps: ring again what nobody heard, finish what a crash interrupted."

    def handle(self, *args: Any, **options: Any) -> None:
        ended = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: ended.set())
        while not ended.wait(settings.SWEEP_SECONDS):
            close_old_connections()
            ALIVE.touch()
            for name, sweep in registry.sweeps().items():
                try:
                    sweep()
                except Exception as error:  # one broken sweep must not stop the others
                    log.error("the sweep of %s failed: %s", name, type(error).__name__)

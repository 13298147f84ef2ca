"""The whole ingest, measured: a real upload read, scrubbed and sealed by the code of the ingest worker.

    python -m chatclone_site.bench_ingest PATH      prints one JSON object

In a data folder and database of its own.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any


def measured(path: Path, messages: int) -> dict[str, Any]:
    """Messages a second from the sealed upload to sealed transcripts, in a process of its own."""
    with tempfile.TemporaryDirectory(prefix="cs-") as folder:
        environment = {
            **{k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "REDIS_URL")},
            "DATA_DIR": folder, "DJANGO_SETTINGS_MODULE": "chatclone_site.settings", "EMBEDDED": "yes",
        }  # fmt: skip
        command = [sys.executable, "-m", "chatclone_site.bench_ingest", str(path)]
        ran = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True)
    seconds = json.loads(ran.stdout)["seconds"]
    return {"ingest_messages_s": messages / seconds, "ingest_s": seconds}


def main() -> None:
    import django

    django.setup()
    from django.core.management import call_command

    from apps.accounts.models import User
    from apps.archives import services
    from apps.jobs import services as jobs
    from apps.jobs.models import Job

    call_command("migrate", verbosity=0, interactive=False)
    user = User.objects.create_user(email="bench@example.org", password=None)
    path = Path(sys.argv[1])
    services.receive_bytes(owner_id=user.pk, name=path.name, content=path.read_bytes())
    began = time.perf_counter()
    with jobs.working(str(Job.objects.get().pk), unexpected="") as lease:
        assert lease is not None
        services.read(lease)
    sys.stdout.write(json.dumps({"seconds": time.perf_counter() - began}))


if __name__ == "__main__":
    main()

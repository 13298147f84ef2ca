"""The whole ingest, measured: a real upload read, scrubbed and sealed by the code of the ingest worker.

    python -m chatclone_site.bench_ingest PATH      prints one JSON object

In a data folder and database of its own.
"""

from __future__ import annotations

import json
import lzma
import multiprocessing
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from apps.archives.generators.registry import GENERATORS
from apps.archives.generators.story import World


def compared(data: str | None = None, messages: int = 200_000) -> dict[str, Any]:
    """Messages a second with helpers, one for each core, and by one process alone; the peer is the same code.

    A generated Messenger export of that many messages; `data`: your own export, or people's talk as JSON Lines (.jsonl.xz),
    whose sentences are much richer in names and words than generated ones.
    """
    with tempfile.TemporaryDirectory() as folder:
        if data is None:
            path = Path(folder, "facebook.zip")
            GENERATORS["facebook"].write(World(messages=messages, seed=1, chats=12, groups=3, plain=True), path, noise=False)
        elif data.endswith(".jsonl.xz"):
            path = Path(folder, "talk.jsonl")
            _opened(Path(data), path)
        else:
            path = Path(data)
        many, alone = _measured(path, 0), _measured(path, 1)
    return {
        "ingest_messages_s": many["messages"] / many["seconds"],
        "ingest_alone_messages_s": alone["messages"] / alone["seconds"],
        "ingest_vs_alone": alone["seconds"] / many["seconds"],
        "ingest_messages_cpu_s": many["messages"] / many["cpu_seconds"],
        "messages": many["messages"],
    }


def measured(path: Path) -> dict[str, Any]:
    """Messages a second from the sealed upload to sealed transcripts."""
    found = _measured(path, 0)
    return {"ingest_messages_s": found["messages"] / found["seconds"], "ingest_s": found["seconds"]}


def _opened(people: Path, path: Path) -> None:
    """Rows of `{person, conversation, t, speaker, text}` in our open format, one long chat for each person."""
    with lzma.open(people, "rt", encoding="utf-8") as rows, path.open("w", encoding="utf-8") as out:
        for line in rows:
            row = json.loads(line)
            said = {"sender": row["speaker"], "text": row["text"], "sent_at": row["t"]}
            out.write(json.dumps({"conversation": row["person"], "is_group": True, **said}, ensure_ascii=False) + "\n")


def _measured(path: Path, processes: int) -> dict[str, Any]:
    """In a process of its own: a first upload of a fresh account."""
    with tempfile.TemporaryDirectory(prefix="cs-") as folder:
        environment = {
            **{k: v for k, v in os.environ.items() if k not in ("DATABASE_URL", "REDIS_URL")},
            "DATA_DIR": folder, "DJANGO_SETTINGS_MODULE": "chatclone_site.settings", "EMBEDDED": "yes",
            "SCRUB_PROCESSES": str(processes),
        }  # fmt: skip
        command = [sys.executable, "-m", "chatclone_site.bench_ingest", str(path)]
        ran = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True)
    found: dict[str, Any] = json.loads(ran.stdout)
    return found


def main() -> None:
    import django

    django.setup()
    from django.core.management import call_command

    from apps.accounts.models import User
    from apps.archives import services
    from apps.archives.models import Archive
    from apps.jobs import claims
    from apps.jobs.models import Job

    call_command("migrate", verbosity=0, interactive=False)
    user = User.objects.create_user(email="bench@example.org", password=None)
    path = Path(sys.argv[1])
    services.receive_bytes(owner_id=user.pk, name=path.name, content=path.read_bytes())
    began, worked = time.perf_counter(), sum(os.times()[:4])
    with claims.working(str(Job.objects.get().pk), unexpected="") as lease:
        assert lease is not None
        services.read(lease)
    seconds = time.perf_counter() - began
    for helper in multiprocessing.active_children():
        helper.join()  # so that their time is counted
    found = {"seconds": seconds, "cpu_seconds": sum(os.times()[:4]) - worked, "messages": Archive.objects.get().kept}
    sys.stdout.write(json.dumps(found))


if __name__ == "__main__":
    main()

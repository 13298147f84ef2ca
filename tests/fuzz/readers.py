"""Coverage-guided fuzzing of one reader, seeded by the generators (libFuzzer through atheris).

    python -m tests.fuzz.readers FORMAT WORKFOLDER [libFuzzer's options, e.g. -max_total_time=60]

A crash is any exception but a refusal, anything slower than two seconds, anything over 256 MB more than at the start.
What was found stays in WORKFOLDER.
"""

from __future__ import annotations

import io
import logging
import resource
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import atheris

with atheris.instrument_imports(include=["apps.archives.formats"]):
    from apps.archives.formats import container, meta_rows, pieces, registry, streams
    from apps.archives.formats.types import Refused

from apps.archives.generators.registry import GENERATORS
from apps.archives.generators.story import World

#: Which generators' files a reader is seeded with.
SEEDS = {
    "facebook": ["facebook", "facebook-e2ee"], "instagram": ["instagram"], "meta_pages": ["facebook-html", "instagram-html"],
    "facebook_2018": ["facebook-htm"], "telegram": ["telegram", "telegram-chat", "telegram-control"], "telegram_pages": ["telegram-html"],
    "linkedin": ["linkedin", "linkedin-old"], "hangouts": ["hangouts", "hangouts-old"], "googlechat": ["googlechat"],
    "whatsapp": ["whatsapp-android", "whatsapp-android-us"], "discord": ["discord-package", "discord-dce", "discord-dce-csv"],
    "slack": ["slack"], "sms": ["sms"], "twitter": ["twitter"], "imessage": ["imessage-db", "imessage-txt", "imessage-html"],
    "signal": ["signal", "signal-export"], "skype": ["skype"], "dating": ["tinder", "hinge"], "jsonl": ["jsonl", "dialogues"],
}  # fmt: skip
MORE_MB = 256


@dataclass(frozen=True)
class Given:
    """A member whose bytes the fuzzer chose; the name is one the format knows."""

    name: str
    data: bytes
    upload: str = "fuzz.zip"

    @property
    def size(self) -> int:
        return len(self.data)

    def open(self) -> IO[bytes]:
        return io.BytesIO(self.data)


def members(path: Path) -> list[Given]:
    """The files of a generated export."""
    found: list[Given] = []
    for member in container.open_all([(path.name, path)]):
        with member.open() as stream:
            found.append(Given(member.name, b"".join(iter(lambda: stream.read(1 << 20), b""))))
    return found


def seeds(reader: str, folder: Path) -> list[str]:
    """Write the members that the reader claims as seeds; their names, each of which the fuzzer tries in turn."""
    names: dict[str, None] = {}
    corpus = folder / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for generator in SEEDS[reader]:
        path = folder / f"seed{GENERATORS[generator].suffix}"
        GENERATORS[generator].write(World(messages=24, seed=1, chats=2, groups=1), path)
        for member in members(path):
            if registry.taker_of(member, member.data[:4096]) == reader:
                number = len(names)
                names.setdefault(member.name)
                (corpus / f"{generator}-{number}").write_bytes(member.data[:20_000])
        path.unlink()
    return list(names)


def main() -> None:
    reader, folder = sys.argv[1], Path(sys.argv[2])
    logging.disable(logging.CRITICAL)
    names = seeds(reader, folder)
    allowed = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 + MORE_MB
    streams.WHOLE, pieces.LARGE, meta_rows.LARGE = 1 << 14, 1 << 13, 1 << 13  # both ways of reading are tried

    def once(data: bytes) -> None:
        name = names[len(data) % len(names)]
        try:
            for _ in registry.FORMATS[reader].read([Given(name, data)], []):
                pass
        except (Refused, streams.Broken):
            return

    options = ["-timeout=2", f"-rss_limit_mb={int(allowed)}", "-max_len=20000", f"-artifact_prefix={folder}/"]
    atheris.Setup([sys.argv[0], *options, *sys.argv[3:], str(folder / "corpus")], once)
    atheris.Fuzz()


if __name__ == "__main__":
    main()

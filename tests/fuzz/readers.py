"""Coverage-guided fuzzing of one reader, seeded by the generators (libFuzzer through atheris).

    python -m tests.fuzz.readers FORMAT WORKFOLDER [libFuzzer's options, e.g. -max_total_time=60]

Inputs are one or several members of an export (`tests/fuzz/seeds.py`).
A crash is any exception but a refusal, anything slower than two seconds, anything over 256 MB more than at the start.
What was found stays in WORKFOLDER.
"""

from __future__ import annotations

import logging
import resource
import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["apps.archives.formats"]):
    from apps.archives.formats import meta_rows, pieces, registry, streams
    from apps.archives.formats.types import Refused

from tests.fuzz.seeds import seeds

MORE_MB = 256


def main() -> None:
    reader, folder = sys.argv[1], Path(sys.argv[2])
    logging.disable(logging.CRITICAL)
    corpus = folder / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    names, given = seeds(reader, folder)
    for called, data in given.items():
        (corpus / called).write_bytes(data)
    allowed = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 + MORE_MB
    streams.WHOLE, pieces.LARGE, meta_rows.LARGE = 1 << 12, 1 << 11, 1 << 11  # both ways of reading are tried

    def once(data: bytes) -> None:
        members, others = names.unpacked(data)
        try:
            for _ in registry.FORMATS[reader].read(members, others) if members else ():
                pass
        except (Refused, streams.Broken):
            return

    options = [
        "-timeout=2", f"-rss_limit_mb={int(allowed)}", f"-max_len={2 * max(map(len, given.values()))}", f"-artifact_prefix={folder}/",
        "-keep_seed=1", "-len_control=0",  # whole exports from the first minute on, also where their parts alone run the same lines
    ]  # fmt: skip
    atheris.Setup([sys.argv[0], *options, *sys.argv[3:], str(corpus)], once)
    atheris.Fuzz()


if __name__ == "__main__":
    main()

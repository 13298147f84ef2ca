"""`manage.py bench`: measure, beside a named peer, and print a table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from chatclone_site import bench_crypto, bench_generation, bench_guard, bench_ingest, bench_scrub, bench_suggest, benchmarks

PEERS = {
    "audit": ("torch", "peft"),
    "base": ("torch", "transformers"),
    "contacts": ("torch", "peft"),
    "crypto": ("cryptography", "zstandard"),
    "archives": ("orjson", "chat-miner"),
    "ingest": (),
    "guard": (),
    "sizes": (),
    "scrub": ("presidio-analyzer", "spacy"),
    "likeness": ("torch", "transformers", "peft", "scikit-learn"),
    "memory": ("torch", "transformers", "bm25s"),
    "training": ("transformers", "peft", "torch", "trl"),
    "generation": ("transformers", "torch", "peft", "ctranslate2", "llama-cpp-python"),
    "suggest": ("transformers", "torch", "ctranslate2"),
    "stream": ("channels", "channels-redis", "uvicorn", "websockets"),
}


class Command(BaseCommand):
    help = "Measure archives, ingest, sizes, scrub, guard, audit, base, contacts, crypto, likeness, memory, training, generation, suggest or stream against a peer in the same run."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("bench", choices=sorted(PEERS))
        parser.add_argument("--json", metavar="FILE")
        parser.add_argument(
            "--data",
            metavar="PATH",
            help="your own: an export (archives, ingest, training), people as JSON Lines (audit, contacts, likeness, memory, ingest), the folder of open dialogues (base), any file (crypto), or JSON Lines with text, findings and conversation (scrub)",
        )

        parser.add_argument(
            "--megabytes", type=int, default=1_024, help="sizes: of each generated export, unpacked; crypto: of the account"
        )
        parser.add_argument(
            "--people", type=int, default=5, help="likeness, contacts: how many personas are trained and judged"
        )
        parser.add_argument(
            "--kept",
            type=Path,
            metavar="FILE",
            help="likeness: where what was measured is kept after each training; the same command goes on from there",
        )
        parser.add_argument(
            "--llama-python",
            default="",
            help="generation: an interpreter with llama-cpp-python and gguf, when this one has none",
        )
        parser.add_argument(
            "--vllm-python",
            default=".vllm/bin/python",
            metavar="PATH",
            help="generation: an interpreter with vLLM (`make vllm` makes the default); not measured without",
        )
        parser.add_argument(
            "--peer-python", default="", help="archives: an interpreter with chat-miner, and what Chatistics needs"
        )
        parser.add_argument(
            "--chatistics", default="", metavar="PATH", help="archives: a checkout of MasterScrat/Chatistics"
        )
        parser.add_argument("--platform", action="append", choices=benchmarks.SIZED, help="sizes: only these")

    def handle(self, *args: Any, **options: Any) -> None:
        name = options["bench"]
        figures = self._measure(name, options)
        report = {
            "bench": name, "figures": figures, "peers": benchmarks.versions(*PEERS[name]),
            "machine": benchmarks.machine(), "commit": benchmarks.commit(),
        }  # fmt: skip
        flat = {f"{k} {n}": v for k, f in figures.items() if isinstance(f, dict) for n, v in f.items()}
        for key, value in flat.items() if flat else figures.items():
            self.stdout.write(f"{key:24} {'not measured' if value is None else format(value, '12,.3f')}")
        self.stdout.write(f"peers: {report['peers']}; machine: {report['machine']}")
        if options["json"]:
            benchmarks.dump(options["json"], report)

    def _measure(self, name: str, options: dict[str, Any]) -> dict[str, Any]:
        data: str | None = options["data"]
        if name == "training":
            from apps.personas.evaluation import bench, bench_training
            from chatclone_site import bench_estimate

            return {**bench_training.measured(data), **bench_estimate.estimated(bench.material(data))}
        if name == "generation":
            return bench_generation.measured(options["llama_python"], options["vllm_python"])
        if name == "suggest":
            return bench_suggest.measured()
        if name == "audit":
            from apps.personas.evaluation import bench_audit

            return bench_audit.measured(data)
        if name in ("base", "likeness", "contacts"):
            from apps.personas.evaluation import bench_base, bench_contacts, bench_likeness

            if data is None:
                raise CommandError("This is measured on open dialogues: say where they are with --data.", returncode=2)
            if name == "base":
                return bench_base.measured(data)
            if name == "contacts":
                return bench_contacts.measured(data, options["people"])
            return bench_likeness.measured(data, options["people"], kept=options["kept"])
        if name == "memory":
            from apps.personas.evaluation import bench_memory

            return bench_memory.measured(data, settings.MEMORY_ENCODER)
        if name == "crypto":
            return bench_crypto.measured(data, options["megabytes"])
        if name == "guard":
            return bench_guard.measured()
        if name == "sizes":
            return benchmarks.sizes(data, options["megabytes"], tuple(options["platform"] or benchmarks.SIZED))
        if name == "stream":
            return benchmarks.stream()
        if name == "ingest":
            return bench_ingest.compared(data)
        if name == "archives":
            return benchmarks.archives(data, options["peer_python"], options["chatistics"])
        return bench_scrub.measured(data)

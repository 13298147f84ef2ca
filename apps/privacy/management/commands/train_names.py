"""`manage.py train_names`: make the small model of unknown names, and say how good it is."""

from __future__ import annotations

import json
import lzma
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.privacy import names_training, word_clusters
from apps.privacy.scrub import features

FOLDER = Path(features.__file__).parent / "names_model"


class Command(BaseCommand):
    help = (
        "Train the finder of unknown names on btc.train (CoNLL) in --data; write the model and figures.json, print the figures. "
        "With --dialogues the clusters of words are made anew first, with --encoder what a text model knows about single words."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--data", required=True, help="folder with btc.train and, for the figures, btc.dev")
        parser.add_argument("--dialogues", help="folder with dialogues-*.jsonl.xz: make clusters.txt of this project anew")
        parser.add_argument("--encoder", help="folder of a text encoder (all-MiniLM-L6-v2): make meanings.txt.xz anew")
        parser.add_argument("--dictionary", help="Hunspell's en_US.dic, which tells --encoder what no name is")
        parser.add_argument("--out", help="where model and figures go (default: the place the scrubber reads)")
        parser.add_argument("--seed", type=int, default=1)
        parser.add_argument("--rounds", type=int, default=100)

    def handle(self, *args: Any, **options: Any) -> None:
        data = Path(options["data"])
        if not (data / "btc.train").exists():
            raise CommandError(f"There is no btc.train in {data}.", returncode=2)
        if options["dialogues"]:
            texts = word_clusters.texts(Path(options["dialogues"]))
            (FOLDER / "clusters.txt").write_text(word_clusters.table(texts, options["seed"]), encoding="utf-8")
        if options["encoder"]:
            self._learn_words(Path(options["encoder"]), Path(options["dictionary"] or ""), data, options["seed"])
        out = Path(options["out"]) if options["out"] else FOLDER
        config = names_training.Config(seed=options["seed"], rounds=options["rounds"])
        packed, report = names_training.train(data, config)
        out.mkdir(parents=True, exist_ok=True)
        (out / "names.crfsuite.xz").write_bytes(packed)
        (out / "figures.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
        self.stdout.write(json.dumps(report))

    def _learn_words(self, encoder: Path, dictionary: Path, data: Path, seed: int) -> None:
        from apps.privacy import word_meanings  # torch and transformers, which nothing else here needs

        if not (encoder / "model.safetensors").exists():
            raise CommandError(f"There is no model.safetensors in {encoder}.", returncode=2)
        if not dictionary.is_file():
            raise CommandError("With --encoder a dictionary is needed: --dictionary …/en_US.dic (Hunspell's).", returncode=2)
        labelled = names_training.read(data / "btc.train")
        words = word_meanings.vocabulary(encoder, dictionary, labelled)
        counts = word_meanings.tallies(words, labelled, word_meanings.ordinary(dictionary))
        text = word_meanings.table(words, word_meanings.vectors(encoder, words), counts, seed)
        (FOLDER / "meanings.txt.xz").write_bytes(lzma.compress(text.encode(), preset=9))

"""Who looks for names that no list of the archive knows: the small model, or spaCy or GLiNER where they are installed. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from apps.privacy.scrub import unknown
from apps.privacy.scrub.types import Finding, View
from apps.privacy.scrub.unknown import RANK, Finder

#: What NAME_FINDER may say: the small model, or a library and the model that it loads.
ASKED = re.compile(r"crf|(?:spacy|gliner):[\w.-]+")
#: The labels that models of these libraries give, as kinds of findings; all others are left out.
KINDS = {
    "PER": "name", "PERSON": "name", "LOC": "place", "GPE": "place", "FAC": "place", "LOCATION": "place",
    "ORG": "organisation", "ORGANIZATION": "organisation",
}  # fmt: skip
#: What GLiNER is asked for, and how likely it must find it.
GLINER_LABELS, GLINER_SURE = ("person", "location", "organization"), 0.5
BATCH = 64


class Missing(Exception):
    """The finder that was asked for is not there: a sentence, and what to do next."""


class Small:
    """The model that ships with the project."""

    def names(self, texts: Sequence[str]) -> list[list[Finding]]:
        """The findings of each text."""
        return [list(map(view.back, unknown.find(view))) for view in map(View, texts)]


class Spacy:
    """A spaCy pipeline with a recogniser of entities."""

    def __init__(self, pipeline: Any) -> None:
        self._pipeline = pipeline

    def names(self, texts: Sequence[str]) -> list[list[Finding]]:
        """The findings of each text."""
        return [
            _findings((entity.start_char, entity.end_char, entity.label_) for entity in document.ents)
            for document in self._pipeline.pipe(texts, batch_size=BATCH)
        ]


class Gliner:
    """A GLiNER model, which is told what to look for."""

    def __init__(self, model: Any) -> None:
        self._model = model

    def names(self, texts: Sequence[str]) -> list[list[Finding]]:
        """The findings of each text."""
        found = self._model.inference(list(texts), list(GLINER_LABELS), threshold=GLINER_SURE)
        return [_findings((one["start"], one["end"], one["label"]) for one in some) for some in found]


def _findings(entities: Iterable[tuple[int, int, str]]) -> list[Finding]:
    known = ((start, end, KINDS.get(label.upper(), "")) for start, end, label in entities)
    return [Finding(start, end, kind, RANK) for start, end, kind in known if kind and end > start]


def opened(asked: str, models: Path) -> Finder:
    """The finder that a setting asks for; models are folders in `models`, of spaCy also installed packages.

    Raises Missing, with a sentence, where the library or the model is not there.
    """
    if not ASKED.fullmatch(asked):
        raise Missing(f"NAME_FINDER is {asked!r}: write crf, spacy:MODEL or gliner:FOLDER.")
    library, _, name = asked.partition(":")
    return _OPENERS[library](name, models / name) if name else Small()


def _spacy(name: str, folder: Path) -> Finder:
    spacy = _library("spacy", "spaCy")
    try:
        pipeline = spacy.load(folder if folder.is_dir() else name, exclude=["parser", "lemmatizer", "attribute_ruler"])
    except (OSError, ValueError) as error:
        raise Missing(f"spaCy has no model {name}: put its folder into MODELS_DIR, or set NAME_FINDER=crf.") from error
    if "ner" not in pipeline.pipe_names:
        raise Missing(f"The spaCy model {name} finds no names: choose one with the component ner, or set NAME_FINDER=crf.")
    return Spacy(pipeline)


def _gliner(name: str, folder: Path) -> Finder:
    gliner = _library("gliner", "GLiNER")
    if not (folder / "model.safetensors").is_file():  # other files of weights may hold code
        raise Missing(
            f"There is no {name}/model.safetensors in MODELS_DIR: put the GLiNER model there, or set NAME_FINDER=crf."
        )
    return Gliner(gliner.GLiNER.from_pretrained(str(folder), local_files_only=True))


def _library(module: str, called: str) -> Any:
    try:
        return import_module(module)
    except ImportError as error:
        raise Missing(
            f"{called} is not installed: install requirements/names-{module}.in, or set NAME_FINDER=crf."
        ) from error


_OPENERS: dict[str, Callable[[str, Path], Finder]] = {"spacy": _spacy, "gliner": _gliner}

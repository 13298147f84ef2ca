"""Whether a model of the hub can be had at all, asked before anything waits for a network that is not there; and whether it is the right one."""

from __future__ import annotations

import socket
from hashlib import file_digest
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from urllib.request import getproxies

from huggingface_hub import constants, snapshot_download, try_to_load_from_cache

from apps.personas import hub_models
from apps.personas.hub_models import HubModel
from apps.personas.wire import Unanswered


class NotThere(Unanswered):
    """A model that cannot be loaded, with a sentence for the user."""


SECONDS = 3.0
ABSENT = (
    "The model {name} is not on this machine, and the hub cannot be reached from here. "
    "Put its folder into MODELS_DIR, or connect this machine and press Train again."
)


def reachable(name: str) -> None:
    """Returns where the model was fetched before or the hub answers. Raises `NotThere` with a sentence, within seconds."""
    if isinstance(_cached(name), str):
        return
    if constants.HF_HUB_OFFLINE or not _answers():
        raise NotThere(ABSENT.format(name=name))


#: What of a repository is fetched: no code, no pickles.
_FILES = ["*.json", "*.safetensors", "*.txt", "*.model", "*.jinja"]


def checked(name: str) -> Path | None:
    """The folder of a model whose hashes are known, fetched where it is not here yet, every hash compared.

    None for a model without hashes. Raises `NotThere` with a sentence.
    """
    model = hub_models.known(name)
    if model is None or not model.files:
        return None
    folder = _snapshot(model, local=True)
    if folder is None or any(not (folder / file).is_file() for file, _ in model.files):
        if constants.HF_HUB_OFFLINE or not _answers():
            raise NotThere(ABSENT.format(name=name))
        folder = _snapshot(model, local=False)
    if folder is None:
        raise NotThere(ABSENT.format(name=name))
    for file, wanted in model.files:
        if not (folder / file).is_file() or _hash(folder / file) != wanted:
            raise NotThere(
                f"What came from the hub as {name} is not the model that is known under this name: {file} has another hash, so it is "
                "not loaded. Delete it from the cache and press Train again, or choose another base."
            )
    return folder


def _snapshot(model: HubModel, *, local: bool) -> Path | None:
    more: dict[str, Any] = {"revision": model.commit or None, "allow_patterns": _FILES, "local_files_only": local}
    try:
        return Path(snapshot_download(model.name, **more))
    except (OSError, ValueError):  # not here, or the connection broke
        return None


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _cached(name: str) -> object:
    try:
        return try_to_load_from_cache(name, "config.json")
    except ValueError as error:  # no name of the hub
        raise NotThere(
            f"The model {name} is not on this machine. Put its folder into MODELS_DIR, or choose another base."
        ) from error


def _answers() -> bool:
    if getproxies():
        return True  # then only the proxy knows
    place = urlsplit(constants.ENDPOINT)
    try:
        port = place.port or (443 if place.scheme == "https" else 80)
        socket.create_connection((place.hostname or "", port), SECONDS).close()
    except OSError:
        return False
    return True

"""Whether a model of the hub can be had at all: asked before anything waits for a network that is not there."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit
from urllib.request import getproxies

from huggingface_hub import constants, try_to_load_from_cache


class NotThere(Exception):
    """A model that cannot be loaded, with a sentence for the user."""


SECONDS = 3.0


def reachable(name: str) -> None:
    """Returns where the model was fetched before or the hub answers. Raises `NotThere` with a sentence, within seconds."""
    if isinstance(_cached(name), str):
        return
    if constants.HF_HUB_OFFLINE or not _answers():
        raise NotThere(
            f"The model {name} is not on this machine, and the hub cannot be reached from here. "
            "Put its folder into MODELS_DIR, or connect this machine and press Train again."
        )


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

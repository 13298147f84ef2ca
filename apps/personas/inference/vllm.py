"""The engine for which vLLM servers make the words, where one has the base; everything else is made here by torch."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from hashlib import blake2b
from pathlib import Path

from apps.personas import controls
from apps.personas.inference import carried, families
from apps.personas.inference.generate import Voice
from apps.personas.inference.local import LocalEngine
from apps.personas.inference.vllm_server import Away, Line, Server
from apps.personas.inference.vllm_shelf import Folder, Shelf
from apps.personas.inference.vllm_voice import VllmVoice
from apps.personas.merging import tensors
from apps.personas.names import RECURRENT
from apps.personas.wire import Weights

KNOWN = 1_000


@dataclass(frozen=True)
class Place:
    """Where the servers are. `folder`: where adapters lie for them; `most`: adapters that one has from us;
    `fallback`: torch goes on here while a server is away."""

    urls: Sequence[str]
    folder: Path
    key: str = ""
    most: int = 32
    fallback: bool = False


class VllmEngine(LocalEngine):
    """As `LocalEngine`, with adapters handed to servers instead of computed."""

    def __init__(self, models: Path | None, threads: int, place: Place) -> None:
        """Raises `Unanswered` where adapters would lie on a disk."""
        super().__init__(models, threads, controls.TORCH)
        self.fallback = place.fallback
        line, folder = Line(), Folder(place.folder)
        dead = folder.left()
        self.shelves = [Shelf(Server(line, url, place.key), folder, place.most) for url in place.urls]
        for shelf in self.shelves:
            shelf.tidy(dead)
        self._shells: dict[str, families.Family] = {}
        self._families: OrderedDict[str, families.Family | None] = OrderedDict()

    def voice(self, spec: Weights, talk: str = "") -> Voice:
        """Who speaks for `spec`: a server, or this process."""
        return self._remote(spec, talk) or super().voice(spec, talk)

    def _remote(self, spec: Weights, talk: str) -> VllmVoice | None:
        """None where no server has the base, or where its adapters are none that vLLM knows."""
        if spec.full or spec.base in RECURRENT:
            return None
        try:
            found = self._serving(spec)
        except Away:
            if self.fallback:
                return None
            raise
        if found is None:
            return None
        shelf, context = found
        family, spec = self._family(spec)
        instead = (lambda: super(VllmEngine, self).voice(spec)) if self.fallback else None
        return VllmVoice(family, shelf, spec, context, instead, talk) if family is not None else None

    def _serving(self, spec: Weights) -> tuple[Shelf, int] | None:
        """The server for a persona, always the same one of those that have its base (rendezvous hashing)."""
        away: Away | None = None
        for shelf in sorted(self.shelves, key=lambda s: blake2b(f"{s.server.url} {spec.key}".encode()).digest()):
            try:
                if context := shelf.server.context(spec.base):
                    return shelf, context
            except Away as error:
                away = error
        if away is not None:
            raise away
        return None

    def _family(self, spec: Weights) -> tuple[families.Family | None, Weights]:
        """A version's language, None for an adapter that vLLM does not know (DoRA); what was read for it is not read again."""
        with self._lock:
            if spec.key in self._families:
                self._families.move_to_end(spec.key)
                return self._families[spec.key], spec
        data = spec.load()
        with self._lock:
            if spec.base not in self._shells:
                self._shells[spec.base] = families.shell(spec.base, self.models)
            plain = all(name.endswith((".lora_A.weight", ".lora_B.weight")) for name in tensors(data))
            family = families.spoken(self._shells[spec.base], carried.read(data)) if plain else None
            self._families[spec.key] = family
            if len(self._families) > KNOWN:
                self._families.popitem(last=False)
        return family, replace(spec, load=_first(data, spec.load))

    def forget(self, key: str) -> None:
        """As `LocalEngine.forget`, on the servers too."""
        super().forget(key)
        with self._lock:
            self._families.pop(key, None)
        for shelf in self.shelves:
            shelf.forget(key)


def _first(data: bytes, load: Callable[[], bytes]) -> Callable[[], bytes]:
    """What was loaded already, once; then `load`."""
    waiting = [data]
    return lambda: waiting.pop() if waiting else load()


def open_engine(models: Path | None, threads: int, place: Place) -> VllmEngine:
    """What `engines.door` calls where REPLY_RUNTIME says so."""
    return VllmEngine(models, threads, place)

"""Taking a voice along in three forms (adapter, merged weights, GGUF), and bringing the first one back."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from django.db.models import Max
from django.utils import timezone

from apps.accounts.archive_out import zip_stream
from apps.accounts.vault import Vault
from apps.archives.receiving import SealedUpload
from apps.jobs.causes import Expected
from apps.personas import gguf_out, hub_layout, merging, selectors
from apps.personas.config import TrainConfig, is_full
from apps.personas.hub_layout import NotOurs, Voice
from apps.personas.inference import carried
from apps.personas.language import TEMPLATE_VERSION
from apps.personas.models import Persona, Version
from apps.personas.names import BUILTIN, RECURRENT, SCRATCH

BUILTIN_FOLDER = Path(__file__).resolve().parent / "base"
ELSEWHERE = "Its base model is not on this machine. Put its folder into MODELS_DIR, then try again."


@dataclass(frozen=True)
class Form:
    """One way to take a version along: the route of its download, what it is, its size in bytes, or (`not_here`) why there is none."""

    route: str
    name: str
    sentence: str
    size: int
    not_here: str = ""


def forms(version: Version) -> list[Form]:
    """What the page offers; nothing of it may leave while `selectors.standing` says that it stays."""
    folder, own = _folder(version.config), version.weights.size if version.weights else 0
    full, builtin = is_full(version.config), version.config["base"] in (BUILTIN, SCRATCH)
    beside = BUILTIN_FOLDER if builtin and not full else None
    small = own + (sum(p.stat().st_size for p in beside.iterdir()) if beside else 0)
    made = [Form("persona-download", "Voice", _sentence(version.config, folder), small)]
    if folder is None:
        return [*made, Form("", "Merged weights, GGUF", "", 0, _absent(version.config))]
    try:
        model = merging.based(folder)
    except merging.NotMergeable as error:
        return [*made, Form("", "Merged weights, GGUF", "", 0, str(error))]
    made.append(
        Form(
            "persona-merged",
            "Merged weights",
            "One model without an adapter, for transformers, vLLM and their kin.",
            model.size,
        )
    )
    sentence = "One file at 16 bits for llama.cpp and what stands on it: phones, laptops, no Python."
    return [*made, Form("persona-gguf", "GGUF", sentence, gguf_out.size(model), gguf_out.refusal(folder))]


def _sentence(config: dict[str, Any], folder: Path | None) -> str:
    """What the voice is, which programs load it, and whether `bring` would take it here."""
    if config["base"] in RECURRENT:
        inside = hub_layout.vocabulary(config["base"])
        return f"The whole model as it was trained; {inside} Other programs do not load it, and it cannot be brought back."
    beside = ", beside its base" if folder == BUILTIN_FOLDER else ""
    what = "The whole model as it was trained; transformers" if is_full(config) else f"What was learnt{beside}; peft"
    back = (
        "Only this one can be brought back." if folder else "It can be brought back where its base model is in MODELS_DIR."
    )
    return f"{what} and this site load it. {back}"


def export(vault: Vault, persona: Persona) -> Iterator[bytes]:
    """The current version as a zip, in pieces. Raises `Expected` where it may not leave."""
    version, weights = _leaving(vault, persona)
    folder = BUILTIN_FOLDER if version.config["base"] in (BUILTIN, SCRATCH) else None
    return zip_stream(hub_layout.members(_voice(version), weights, folder))


def whole(vault: Vault, persona: Persona) -> Iterator[bytes]:
    """The current version merged into its base, as a zip that stock `transformers` loads. Raises `Expected`."""
    version, made, folder = _merged(vault, persona)
    return zip_stream(hub_layout.whole(_voice(version), made.pieces(), folder))


def gguf(vault: Vault, persona: Persona) -> Iterator[bytes]:
    """The current version as a GGUF file, in pieces. Raises `Expected`."""
    _, made, folder = _merged(vault, persona)
    try:
        return gguf_out.pieces(made, folder)
    except merging.NotMergeable as error:
        raise Expected(str(error)) from None


def _leaving(vault: Vault, persona: Persona) -> tuple[Version, bytes]:
    version, standing = selectors.current(persona), selectors.standing(persona)
    if version is None or version.weights is None:
        raise Expected("There is nothing to take along yet: train a version first.")
    if standing.silent or standing.stays:
        raise Expected(standing.silent or standing.stays)
    return version, vault.read(version.weights)


def _voice(version: Version) -> Voice:
    full = is_full(version.config)
    return Voice(version.config, version.base_hash, version.tokenizer_hash, version.template_version, full)


def _merged(vault: Vault, persona: Persona) -> tuple[Version, merging.Merged, Path]:
    version, weights = _leaving(vault, persona)
    folder = _folder(version.config)
    if folder is None:
        raise Expected(_absent(version.config))
    try:
        _same(version.config["base"], version.base_hash, folder)
        return version, merging.merged(folder, weights, full=is_full(version.config)), folder
    except (NotOurs, merging.NotMergeable) as error:
        raise Expected(str(error)) from None


def _folder(config: dict[str, Any]) -> Path | None:
    """Where the base of a version lies on this machine."""
    if config["base"] in (BUILTIN, SCRATCH):
        return BUILTIN_FOLDER
    folder = Path(settings.MODELS_DIR) / config["base"]
    known = config["base"] not in RECURRENT and any(folder.glob("*.safetensors")) and (folder / "config.json").is_file()
    return folder if known else None


def _absent(config: dict[str, Any]) -> str:
    if config["base"] in RECURRENT:
        return "This family is our own: other programs do not know its shape, so there is nothing to merge it into."
    return ELSEWHERE


#: A larger file is not read in the web process.
MOST = 512 * 2**20


def bring(*, vault: Vault, persona: Persona, upload: SealedUpload) -> Version:
    """A version from a zip that `export` made. It is not checked for leaks, so it stays here. Raises `Expected`."""
    try:
        if (upload.size or 0) > MOST:
            raise NotOurs(f"This file is larger than {MOST // 2**20} MB. Bring the adapter instead of a whole model.")
        voice, weights = hub_layout.opened(vault.reader(upload.item, upload.file).read())
        config = _config(voice)
        folder = BUILTIN_FOLDER if config.base in (BUILTIN, SCRATCH) else Path(settings.MODELS_DIR) / config.base
        _same(config.base, voice.base_hash, folder)
        here = replace(voice, config=config.to_dict())
        if not hub_layout.fits(hub_layout.tensors(weights), _shapes(folder), here, turned=merging.turned(folder)):
            raise NotOurs("These weights belong to another base model.")
        if not carried.sound(weights, config.base):
            raise NotOurs(SENSELESS)
    except NotOurs as error:
        raise Expected(str(error)) from None
    with vault.create("weights") as (item, writer):
        writer.write(weights)
    with transaction.atomic():
        number = (persona.versions.aggregate(last=Max("number"))["last"] or 0) + 1
        Persona.objects.filter(pk=persona.pk).update(chosen=None)
        return Version.objects.create(
            id=uuid4(), owner_id=persona.owner_id, persona=persona, number=number, preset="brought along", config=config.to_dict(),
            wrapped_key=vault.new_wrapped(), weights=item, base_hash=voice.base_hash, tokenizer_hash=voice.tokenizer_hash,
            template_version=voice.template_version, finished_at=timezone.now(),
        )  # fmt: skip


#: What of the settings in a file is taken over: what talking, the card and the rules for leaving ask for.
TAKEN = ("base", "method", "rank", "epochs", "seed", "learn_others", "private", "epsilon", "context", "temperature")
LONGEST, LARGEST = 200, 2**53
SENSELESS = "The settings in this file make no sense. Choose the zip as it was downloaded."


def _config(voice: Voice) -> TrainConfig:
    if voice.config.get("base") in RECURRENT:
        raise NotOurs("A voice of this family cannot be brought back. Train it again here.")
    usual = TrainConfig().to_dict()
    told = {name: voice.config.get(name, usual[name]) for name in TAKEN}
    try:
        if not all(_plain(value, usual[name]) for name, value in told.items()):
            raise ValueError
        config = TrainConfig(**told)
    except ValueError:
        raise NotOurs(SENSELESS) from None
    if config.base not in {value for value, _ in selectors.bases()} or config.full != voice.full:
        raise NotOurs(ELSEWHERE)
    if voice.template_version != TEMPLATE_VERSION:
        raise NotOurs("This voice was made by another version of the site. Train it again here.")
    return config


def _plain(value: Any, usual: Any) -> bool:
    """Whether a value of a file is of the type of the usual one, and no number or text beyond all measure."""
    if isinstance(usual, str):
        return isinstance(value, str) and len(value) <= LONGEST
    if isinstance(usual, bool) or isinstance(value, bool):
        return isinstance(usual, bool) and isinstance(value, bool)
    return isinstance(value, (int, type(usual))) and -LARGEST <= value <= LARGEST  # NaN is not


def _same(base: str, wanted: str, folder: Path) -> None:
    """Raises `NotOurs` where the base that lies in `folder` is not the one of this hash."""
    hashes = [_hash(path) for path in sorted(folder.glob("*.safetensors"))]
    if not hashes:
        raise NotOurs(ELSEWHERE)
    found = hashes[0] if base == BUILTIN else sha256("".join(hashes).encode()).hexdigest()
    if base != SCRATCH and found != wanted:
        raise NotOurs("It was trained on another edition of its base model. Train it again here.")


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _shapes(folder: Path) -> dict[str, list[int]]:
    """Of the base, read from the headers of its weights."""
    found: dict[str, list[int]] = {}
    for path in sorted(folder.glob("*.safetensors")):
        with path.open("rb") as file:
            (length,) = struct.unpack("<Q", file.read(8))
            header = json.loads(file.read(length))
        found |= {name: row["shape"] for name, row in header.items() if name != "__metadata__"}
    return found

"""Taking a voice along, and bringing one back: the current version as a folder of the hub's layout, in a zip."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from dataclasses import fields
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
from apps.jobs.services import Expected
from apps.personas import hub_layout, selectors
from apps.personas.config import TrainConfig
from apps.personas.hub_layout import NotOurs, Voice
from apps.personas.language import TEMPLATE_VERSION
from apps.personas.models import Persona, Version
from apps.personas.names import BUILTIN, SCRATCH

BUILTIN_FOLDER = Path(__file__).resolve().parent / "base"
ELSEWHERE = "Its base model is not on this machine. Put its folder into MODELS_DIR, then try again."


def export(vault: Vault, persona: Persona) -> Iterator[bytes]:
    """The current version as a zip, in pieces. Raises `Expected` where it may not leave."""
    version, standing = selectors.current(persona), selectors.standing(persona)
    if version is None or version.weights is None:
        raise Expected("There is nothing to take along yet: train a version first.")
    if standing.silent or standing.stays:
        raise Expected(standing.silent or standing.stays)
    config = version.config
    full = config.get("method") == "full" or config["base"] == SCRATCH
    voice = Voice(config, version.base_hash, version.tokenizer_hash, version.template_version, full)
    folder = BUILTIN_FOLDER if config["base"] in (BUILTIN, SCRATCH) else None
    return zip_stream(hub_layout.members(voice, vault.read(version.weights), folder))


#: A larger file is not read in the web process.
MOST = 512 * 2**20


def bring(*, vault: Vault, persona: Persona, upload: SealedUpload) -> Version:
    """A version from a zip that `export` made. It is not checked for leaks, so it stays here. Raises `Expected`."""
    try:
        if (upload.size or 0) > MOST:
            raise NotOurs(f"This file is larger than {MOST // 2**20} MB. Bring the adapter instead of a whole model.")
        voice, weights = hub_layout.opened(vault.reader(upload.item, upload.file).read())
        config = _config(voice)
        if not hub_layout.fits(hub_layout.tensors(weights), _base(config, voice), voice):
            raise NotOurs("These weights belong to another base model.")
    except NotOurs as error:
        raise Expected(str(error)) from None
    with vault.create("weights") as (item, writer):
        writer.write(weights)
    with transaction.atomic():
        number = (persona.versions.aggregate(last=Max("number"))["last"] or 0) + 1
        return Version.objects.create(
            id=uuid4(), owner_id=persona.owner_id, persona=persona, number=number, preset="brought along", config=config.to_dict(),
            wrapped_key=vault.new_wrapped(), weights=item, base_hash=voice.base_hash, tokenizer_hash=voice.tokenizer_hash,
            template_version=voice.template_version, finished_at=timezone.now(),
        )  # fmt: skip


def _config(voice: Voice) -> TrainConfig:
    known = {f.name for f in fields(TrainConfig)}
    try:
        config = TrainConfig(**{k: v for k, v in voice.config.items() if k in known})
    except (ValueError, TypeError):
        raise NotOurs("The settings in this file make no sense. Choose the zip as it was downloaded.") from None
    if config.base not in {value for value, _ in selectors.bases()} or config.full != voice.full:
        raise NotOurs(ELSEWHERE)
    if voice.template_version != TEMPLATE_VERSION:
        raise NotOurs("This voice was made by another version of the site. Train it again here.")
    return config


def _base(config: TrainConfig, voice: Voice) -> dict[str, list[int]]:
    """Shapes of the base, read from the headers of its weights; a base of another hash is another base."""
    folder = BUILTIN_FOLDER if config.base in (BUILTIN, SCRATCH) else Path(settings.MODELS_DIR) / config.base
    files = sorted(folder.glob("*.safetensors"))
    if not files:
        raise NotOurs(ELSEWHERE)
    hashes = [_hash(path) for path in files]
    same = hashes[0] if config.base == BUILTIN else sha256("".join(hashes).encode()).hexdigest()
    if config.base != SCRATCH and same != voice.base_hash:
        raise NotOurs("It was trained on another edition of its base model. Train it again here.")
    return {name: shape for path in files for name, shape in _shapes(path).items()}


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def _shapes(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
    return {name: row["shape"] for name, row in header.items() if name != "__metadata__"}

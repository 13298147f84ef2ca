"""Where a model comes from: the built-in base, its shape from scratch, a recurrent family, any causal LM of a folder or the hub."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Any, cast

import torch
from transformers import (
    AutoConfig,
    AutoModelForCausalLM,
    AutoTokenizer,
    BitsAndBytesConfig,
    LlamaForCausalLM,
    PreTrainedModel,
)

from apps.personas import hub_models, word_vectors
from apps.personas.inference import builtin, hub, hub_forms, recurrent
from apps.personas.inference.carried import Carried
from apps.personas.inference.hub_language import HubLanguage
from apps.personas.inference.recurrent import RecurrentConfig, RecurrentForCausalLM
from apps.personas.language import PAD_ID, Language
from apps.personas.names import BUILTIN, CHAR_GRU, CHAR_LSTM, PAIRS, RECURRENT, SCRATCH
from apps.personas.own_language import FIRST, OwnLanguage
from apps.personas.word_vectors import Vectors

CELLS = {CHAR_GRU: recurrent.GRU, CHAR_LSTM: recurrent.LSTM, PAIRS: recurrent.PAIRS}
QLORA = "QLoRA needs the package bitsandbytes, and this machine lacks it. Please choose LoRA."
UNFIT = "These weights do not fit their base model. Please train this persona again."

NOWHERE = (
    "The model {base} is not on this machine and could not be fetched. "
    "Put its folder into MODELS_DIR, or check the name and the connection."
)

NotThere = hub.NotThere


@dataclass
class Family:
    """A base model with its language. `pad` fills rows; `hash` names the weights."""

    model: PreTrainedModel
    language: Language | HubLanguage
    pad: int
    hash: str


def _file_hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def load(
    base: str,
    kind: torch.dtype,
    seed: int = 1,
    models: Path | None = None,
    carried: Carried | None = None,
    *,
    four_bits: bool = False,
) -> Family:
    """Raises `NotThere` with a sentence. Remote code is never run; weights are read from safetensors only.

    `carried` is what the version brings along; without it a recurrent family has no vocabulary.
    """
    if base in (BUILTIN, SCRATCH):
        return _builtin(base, kind, seed)
    if base in RECURRENT:
        return _recurrent(base, kind, seed, carried or {})
    if four_bits and not find_spec("bitsandbytes"):
        raise NotThere(QLORA)
    path, source = _place(base, models)
    where = torch.cuda.current_device() if torch.cuda.is_available() else "cpu"
    more = {"quantization_config": _four_bits(), "device_map": {"": where}} if four_bits else {}
    try:
        tokenizer = AutoTokenizer.from_pretrained(source, trust_remote_code=False)
        model = AutoModelForCausalLM.from_pretrained(
            source, dtype=kind, use_safetensors=True, trust_remote_code=False, **more
        )
    except (OSError, ValueError, ImportError) as error:
        raise NotThere(NOWHERE.format(base=base)) from error
    weights = sorted(path.glob("*.safetensors")) if path.is_dir() else []
    table = hub_models.known(base)
    commit = getattr(model.config, "_commit_hash", None) or (table.commit if table else "")
    digest = hashlib.sha256("".join(_file_hash(p) for p in weights).encode()).hexdigest() if weights else f"{base}@{commit}"
    language = HubLanguage(tokenizer)
    return spoken(Family(cast(PreTrainedModel, model), language, language.pad, digest), carried or {})


def _place(base: str, models: Path | None) -> tuple[Path, str]:
    """Where the folder of a model would be, and what its files are read from: a folder, or a name of the hub."""
    path = models / base if models and (models / base).is_dir() else Path(base)
    if path.is_dir():
        return path, str(path)
    folder = hub.checked(base)
    if folder is None:
        hub.reachable(base)
    return path, base if folder is None else str(folder)


def shell(base: str, models: Path | None = None) -> Family:
    """A base's language and shape without its weights, for words that are made elsewhere. Raises `NotThere`."""
    with torch.device("meta"):
        if base == BUILTIN:
            return Family(builtin.fresh(), Language.load(builtin.FOLDER / "tokenizer.json"), PAD_ID, base)
        _, source = _place(base, models)
        try:
            language = HubLanguage(AutoTokenizer.from_pretrained(source, trust_remote_code=False))
            shape: Any = AutoConfig.from_pretrained(source, trust_remote_code=False)
            model: Any = AutoModelForCausalLM.from_config(shape)  # type: ignore[no-untyped-call]
        except (OSError, ValueError, ImportError) as error:
            raise NotThere(NOWHERE.format(base=base)) from error
    return Family(model, language, language.pad, base)


def spoken(family: Family, carried: Carried) -> Family:
    """A model of the hub in the language of a version, where that is not the model's own."""
    if "language" not in carried or not isinstance(family.language, HubLanguage):
        return family
    return replace(family, language=hub_forms.opened(family.language.tokenizer, carried["language"]))


def _four_bits() -> Any:
    return BitsAndBytesConfig(  # type: ignore[no-untyped-call]
        load_in_4bit=True,
        bnb_4bit_quant_type="nf4",
        bnb_4bit_use_double_quant=True,
        bnb_4bit_compute_dtype=torch.bfloat16,
    )


def _recurrent(base: str, kind: torch.dtype, seed: int, carried: Carried) -> Family:
    if "language" not in carried:
        raise NotThere(UNFIT)
    language = OwnLanguage.opened(carried["language"])
    torch.manual_seed(seed)
    model: Any = RecurrentForCausalLM(RecurrentConfig(cell=CELLS[base], vocab_size=language.size, **carried["shape"]))
    return Family(model.to(kind), language, PAD_ID, base)


def begin_with(family: Family, vectors: Vectors) -> None:
    """Word vectors into the embedding of a model that has not learnt anything yet, where its language has words."""
    if isinstance(family.language, OwnLanguage):
        table: Any = cast(Any, family.model).get_input_embeddings().weight.data
        rows = table.float().cpu().numpy().copy()
        word_vectors.begun(vectors, family.language.pieces, rows, FIRST)
        table.copy_(torch.from_numpy(rows))


def _builtin(base: str, kind: torch.dtype, seed: int) -> Family:
    language = Language.load(builtin.FOLDER / "tokenizer.json")
    if base == SCRATCH:
        torch.manual_seed(seed)
        model: Any = builtin.fresh()
        return Family(model.to(kind), language, PAD_ID, "scratch")
    model = LlamaForCausalLM.from_pretrained(builtin.FOLDER, dtype=kind, use_safetensors=True)
    return Family(model, language, PAD_ID, _file_hash(builtin.FOLDER / "model.safetensors"))

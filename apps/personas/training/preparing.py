"""What a training needs before its first step: the base, its adapter, the samples, the order in which they are read."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig, get_peft_model, get_peft_model_state_dict, set_peft_model_state_dict
from torch import Tensor, nn

from apps.personas import dataset
from apps.personas.config import TrainConfig
from apps.personas.dataset import Dialogue
from apps.personas.inference import carried, families, precision
from apps.personas.inference.carried import Carried
from apps.personas.language import Encoded
from apps.personas.names import RECURRENT, SCRATCH
from apps.personas.training import memory, packing, private
from apps.personas.training.optimizer import Masters
from apps.personas.training.together import Alone
from apps.personas.word_vectors import Vectors

TOO_FEW = f"Private mode hides each conversation among {private.LEAST} or more. Please add an archive, or switch it off."
NO_WAY_ON = "What this version learnt does not fit its base any more. Please train a new one instead of going on."
NOTHING = "There is nothing to learn from: no messages of this person in the chosen chats and period."


class Unlearnable(Exception):
    """A training that cannot begin or go on, with a sentence for the user."""


@dataclass
class Run:
    """Everything the loop needs, made once."""

    config: TrainConfig
    family: families.Family
    model: Any
    body: nn.Module
    head: nn.Parameter
    masters: Masters
    device: str
    kind: torch.dtype
    train: list[Encoded]
    held_out: list[Encoded]
    plan: list[list[list[int]]]
    passes: memory.Passes
    private: private.Private | None = None
    together: Alone = field(default_factory=Alone)
    carried: Carried = field(default_factory=dict)
    lesson: str = ""  # a hash of what is learnt and how; a checkpoint of another one is not gone on from

    @property
    def steps(self) -> int:
        return self.private.budget.steps if self.private else len(self.plan)

    def tokens(self, number: int) -> int:
        """Tokens that a step reads, padding of packed rows included; in private mode the expected number."""
        return self.private.tokens(self.train) if self.private else self.config.length * len(self.plan[number])


def prepare(
    config: TrainConfig,
    train: list[Dialogue],
    held_out: list[Dialogue],
    *,
    device: str = "",
    models: Path | None = None,
    kind: torch.dtype | None = None,
    brought: Carried | None = None,
    vectors: Vectors | None = None,
    start: dict[str, Tensor] | None = None,
    together: Alone | None = None,
) -> Run:
    """Load the base, add adapters, encode and pack. Raises `Unlearnable`, `families.NotThere`.

    `brought` is what an interrupted run carried (`trainer.kept`): a vocabulary is made once. `vectors` are what its words begin
    with, `start` is the adapter it begins with. `together`: the other processes that are at it.
    """
    device = device or ("cuda" if torch.cuda.is_available() else "cpu")
    kind = kind or precision.best_type(device)  # a resumed run goes on in the type it began with
    torch.manual_seed(config.seed)
    if config.base in RECURRENT and device == "cpu":
        torch.set_num_threads(1)  # thousands of small products: threads would wait for each other at each
    brought = carried.make(config, train) if brought is None else brought
    family = families.load(config.base, kind, config.seed, models, brought, four_bits=config.method == "qlora")
    if config.method != "qlora":  # that one was put there while it was read
        family.model.to(device)  # type: ignore[arg-type]
    if vectors is not None:
        families.begin_with(family, vectors)
    model: Any = family.model if config.full else _adapted(family.model, config, start)
    units, watched = _samples(config, family, train, held_out)
    causal: Any = family.model
    named = [(n, p) for n, p in model.named_parameters() if p.requires_grad]
    masters = Masters(named, muon=config.base == SCRATCH, decay=config.decay)
    passes = memory.passes(memory.row_bytes(causal.config, config.length, kind.itemsize), config.rows, memory.budget(device))
    memory.compute_again(causal, 0.0 if config.private else passes.again)
    run = Run(
        config, family, model, getattr(causal, causal.base_model_prefix), causal.get_output_embeddings().weight, masters, device, kind,
        [sample for unit in units for sample in unit], watched, [], passes, carried=brought, together=together or Alone(),
    )  # fmt: skip
    if not config.private:
        run.plan = _plan(run)
    elif len(units) < private.LEAST:
        raise Unlearnable(TOO_FEW)
    else:
        run.private = private.Private(private.budget(config, len(units)), units, model, config.length * config.rows)
    return run


def _adapted(base: Any, config: TrainConfig, start: dict[str, Tensor] | None) -> Any:
    wanted = LoraConfig(
        r=config.rank, lora_alpha=2 * config.rank, lora_dropout=0.0, target_modules="all-linear", task_type="CAUSAL_LM",
        use_dora=config.method == "dora",
    )  # fmt: skip
    model = get_peft_model(base, wanted, autocast_adapter_dtype=False)
    if start is not None:
        _begin_with(model, start)
    return model


def _begin_with(model: Any, start: dict[str, Tensor]) -> None:
    """An adapter of an earlier version instead of a fresh one; it must be one of this shape."""
    fresh = get_peft_model_state_dict(model)
    if {k: v.shape for k, v in fresh.items()} != {k: v.shape for k, v in start.items()}:
        raise Unlearnable(NO_WAY_ON)
    set_peft_model_state_dict(model, start)


def _samples(
    config: TrainConfig, family: families.Family, train: list[Dialogue], held_out: list[Dialogue]
) -> tuple[list[list[Encoded]], list[Encoded]]:
    """The units that are learnt, as windows with gaps, and the windows that are watched."""
    exchanges = config.private and config.unit == "exchange"
    units = dataset.units(
        train, family.language, config.length, exchanges=exchanges, learn_others=config.learn_others, history=config.history
    )
    if not units:
        raise Unlearnable(NOTHING)
    for unit in units:
        for sample in unit:
            dataset.with_gaps(sample, config.gaps, family.language.scale)
    return units, dataset.samples(held_out, family.language, config.length, history=config.history)


def _plan(run: Run) -> list[list[list[int]]]:
    """For every step the rows of sample numbers; the last epoch may be a part of one."""
    config = run.config
    plan: list[list[list[int]]] = []
    for epoch in range(math.ceil(config.epochs)):
        numbers = packing.order(len(run.train), config.seed, epoch)
        share = min(1.0, config.epochs - epoch)
        rows = packing.rows(run.train, numbers[: max(1, round(len(numbers) * share))], config.length)
        plan += [rows[i : i + config.rows] for i in range(0, len(rows), config.rows)]
    return plan

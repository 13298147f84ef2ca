"""All that decides a training, in one frozen record that documents and checks itself."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, replace
from typing import Any

from apps.personas.names import BUILTIN, FRESH, FROZEN, PAIRS

UNITS = ("dialogue", "exchange")
#: Settings of a preset that may be changed for one version.
CHANGEABLE = ("epochs", "rank")
#: What private mode offers on the page, the least private first.
EPSILONS = (8, 3, 1)
METHODS = ("lora", "dora", "qlora", "full")
FORMS = ("", "script", "newest")
#: What a model is told of whom it talks with: names, or names and what each is to its person (decision 0038).
RELATIONS = "relations"
CONTEXTS = ("", RELATIONS)


@dataclass(frozen=True)
class TrainConfig:
    """One training of a persona."""

    #: "builtin" (the shipped base), "scratch" (its shape, random weights), a recurrent family (`names.RECURRENT`), or a
    #: folder / hub name of a causal LM.
    base: str = BUILTIN
    #: "lora" (low-rank adapters on every linear layer), "dora" (with a magnitude for each row, Liu et al. 2024), "qlora" (over
    #: a base of four bits, Dettmers et al. 2023) or "full". What has no base to add to is always full.
    method: str = "lora"
    rank: int = 16
    epochs: float = 3.0
    #: Peak learning rate; 0 = the default of the method.
    rate: float = 0.0
    #: Learning rates of equal parts of the run instead of a peak: () = warm-up and cosine.
    stages: tuple[float, ...] = ()
    #: Tokens in one packed row, and rows in one step.
    length: int = 512
    rows: int = 4
    #: Share of the steps that the rate climbs; then it falls along a cosine to a tenth.
    warmup: float = 0.05
    decay: float = 0.01
    seed: int = 1
    #: Pause in seconds that ends a dialogue.
    gap: float = 3_600.0
    learn_others: bool = False
    #: An era: only what was written from here on, and before there (seconds since 1970); None = no bound.
    since: float | None = None
    until: float | None = None
    #: Held-out loss and sample replies are made at these shares of the run, and after the first step.
    looks: int = 8
    #: Seconds between checkpoints.
    checkpoint_seconds: float = 20.0
    #: Evaluations without a gain after which it stops; 0 = never.
    patience: int = 0
    #: One token of so many is not learnt, so that nothing can be recited; 0 = all are.
    gaps: int = 3
    #: A text classifier that scores every own reply ("" = off), the label that counts ("" = its last one), and which
    #: replies are learnt: those up to this percentile of the score ("below"), or from it on ("above").
    tone_model: str = ""
    tone_label: str = ""
    tone_percentile: float = 100.0
    tone_keep: str = "below"
    #: Private mode (decision 0020): nobody can tell from the adapter, beyond `epsilon`, whether one unit was learnt.
    private: bool = False
    epsilon: float = 8.0
    #: The longest gradient (Euclidean norm) that one unit may add to a step.
    clip: float = 1.0
    #: "dialogue" (everything said without a pause), or "exchange" (a reply with what it answers).
    unit: str = "dialogue"
    #: Recurrent families: units and layers.
    width: int = 1_024
    layers: int = 1
    #: How a model of the hub is fed: "" (its own template), "script" (`(time) Name: text`), "newest" (newest turn first).
    form: str = ""
    #: "" (names alone, as every version learnt before there were relations) or "relations".
    context: str = ""
    #: Turns that are read again before each own turn; 0 = whole dialogues.
    history: int = 0
    #: Cleaning (not for the frozen language of the built-in base): small letters, characters seen fewer times than this are
    #: left out, whether links stay, straight quotes, whether names of others are read.
    lower: bool = False
    rare: int = 1
    links: bool = True
    quotes: bool = False
    names: bool = True
    #: What talking begins with, until a person sets another.
    temperature: float = 0.8
    #: Pairs: begin with word vectors of the archive (decision 0032).
    vectors: bool = False
    #: At most so many own replies to one person are learnt, the newest; 0 = all. So one chat does not drown the others.
    most_per_contact: int = 0
    #: Id of the version whose adapter it begins with; "" = a fresh one.
    continues: str = ""
    #: The preset of `origins` that it came from; a note.
    origin: str = ""
    #: Settings that were chosen away from the preset (`remedies`); a version that is trained again has them too.
    changed: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "stages", tuple(self.stages))  # lists, where it comes from JSON
        object.__setattr__(self, "changed", tuple(self.changed))
        checks = {
            f"method is one of {', '.join(METHODS)}": self.method in METHODS,
            "rank is 1 to 256": 1 <= self.rank <= 256,
            "epochs are above 0 and at most 200": 0 < self.epochs <= 200,
            "length is 16 to 8,192": 16 <= self.length <= 8_192,
            "rows are 1 to 512": 1 <= self.rows <= 512,
            "the gap is above 0": self.gap > 0,
            "the period begins before it ends": self.since is None or self.until is None or self.since < self.until,
            "the percentile of the tone is 0 to 100": 0 <= self.tone_percentile <= 100,
            "the tone is kept below or above": self.tone_keep in ("below", "above"),
            "private mode trains a plain adapter": not self.private or (self.method == "lora" and not self.full),
            "QLoRA has a model of the hub as its base": self.method != "qlora" or self.base not in (BUILTIN, *FRESH),
            "stages are rates above 0": all(0 < r < 1 for r in self.stages),
            "the form is the model's own, script or newest": self.form in FORMS,
            "the context is names or relations": self.context in CONTEXTS,
            "a form is for models of the hub": not self.form or self.base not in (BUILTIN, *FRESH),
            "newest first has a history": self.form != "newest" or self.history > 0,
            "whole dialogues of the built-in base": self.base not in FROZEN or not self.history,
            "epsilon is 0.1 to 100": 0.1 <= self.epsilon <= 100,
            "the clip is above 0": self.clip > 0,
            "the unit is dialogue or exchange": self.unit in UNITS,
            "private mode reads whole dialogues": not (self.private and self.history),
            "the width is an even number of 8 to 8,192": 8 <= self.width <= 8_192 and self.width % 2 == 0,
            "layers are 1 to 8": 1 <= self.layers <= 8,
            "the history is 0 to 64": 0 <= self.history <= 64,
            "pairs have a history": self.base != PAIRS or self.history > 0,
            "rare is 1 to 1,000": 1 <= self.rare <= 1_000,
            "the temperature is 0.05 to 2": 0.05 <= self.temperature <= 2,
            "word vectors are for question and answer": not self.vectors or self.base == PAIRS,
            "the cap on one contact is 0 to 1,000,000": 0 <= self.most_per_contact <= 1_000_000,
            "only an adapter without private mode is gone on with": not self.continues or not (self.full or self.private),
            "the built-in language is not cleaned": self.base not in FROZEN or not self.cleans,
        }
        for rule, holds in checks.items():
            if not holds:
                raise ValueError(f"This training cannot be: {rule}.")

    @property
    def cleans(self) -> bool:
        """Whether a text is read otherwise than it was written."""
        return self.lower or self.rare > 1 or not self.links or self.quotes or not self.names

    @property
    def embedding(self) -> int:
        """Numbers in the embedding of a piece, for recurrent families."""
        return min(256, self.width)

    @property
    def era(self) -> tuple[float, float] | None:
        """The period that is learnt, [from, before); None = all of it."""
        if self.since is None and self.until is None:
            return None
        return self.since if self.since is not None else -math.inf, self.until if self.until is not None else math.inf

    @property
    def full(self) -> bool:
        return self.method == "full" or self.base in FRESH

    @property
    def peak_rate(self) -> float:
        """The default for LoRA is high because the base is small (LoRA needs about ten times the full rate)."""
        if self.rate:
            return self.rate
        if self.base in FRESH:
            return 1e-3 if self.base == PAIRS else 2e-3
        if self.full:
            return 3e-4
        if self.private:  # few large steps: decision 0020
            return 1.2e-2 if self.base == BUILTIN else 6e-4
        return 8e-4 if self.base == BUILTIN else 2e-4  # five times that learns secrets by heart: decision 0021

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)


def is_full(values: dict[str, Any]) -> bool:
    """Whether a version with this configuration has whole weights, not an adapter."""
    return values.get("method") == "full" or values.get("base") in FRESH


@dataclass
class Asked:
    """What the outside wants of a running training: `stop` keeps what is there, `leave` writes a checkpoint and goes."""

    stop: bool = False
    leave: bool = False


#: Below so many own replies a quick training is read a row at a time, at half the rate: large steps are too few to learn much from.
SMALL = 500
#: And below so many each of them three times.
TINY = 200
SMALLER: dict[str, Any] = {"rows": 1, "rate": 4e-4}


def fitted(config: TrainConfig, replies: int) -> TrainConfig:
    """The same training in the steps that pay for so many replies (decision 0038: measured for adapters of the built-in base and
    short trainings; all others, and whatever somebody set, stay as they are)."""
    plain = config.base == BUILTIN and config.method == "lora" and not (config.private or config.continues)
    if not plain or config.rate or config.rows != TrainConfig.rows:
        return config
    if replies < TINY and config.epochs <= 3 and "epochs" not in config.changed:
        return replace(config, **SMALLER, epochs=3.0)
    return replace(config, **SMALLER) if replies < SMALL and config.epochs <= 2 else config


#: A second pass on the talks with one contact, at a quarter of the rate that it goes on from (decision 0038).
SHARPER: dict[str, Any] = {"epochs": 2.0, "rows": 1, "looks": 4, "most_per_contact": 0}
SHARPER_RATE = 0.25


def sharper(config: TrainConfig) -> TrainConfig:
    """A configuration for the second pass."""
    return replace(config, **SHARPER, rate=SHARPER_RATE * replace(config, rate=0.0).peak_rate)


#: What the page offers. Times are not here: they are measured on the machine.
PRESETS: dict[str, dict[str, Any]] = {
    "quick": {"epochs": 2.0, "rank": 16},
    "balanced": {"epochs": 3.0, "rank": 16, "patience": 3},
    "best": {"epochs": 6.0, "rank": 16, "patience": 3, "looks": 16},
}

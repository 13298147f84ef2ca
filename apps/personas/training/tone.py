"""The tone filter: every own reply is scored once, and only those on one side of a percentile are learnt.

The others stay in their dialogues as context with no weight. The percentile is taken over the replies of the training
part; the same limit holds for what is watched, so that early stopping measures what is learnt.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from apps.personas import dataset
from apps.personas.config import Asked, TrainConfig
from apps.personas.dataset import Dialogue
from apps.personas.inference.tone import Classifier
from apps.personas.training.preparing import Unlearnable
from apps.personas.training.trainer import Interrupted

BINS = 20
Say = Callable[[dict[str, Any]], None]


def filtered(
    config: TrainConfig,
    train: list[Dialogue],
    held_out: list[Dialogue],
    models: Path | None,
    say: Say,
    asked: Asked,
    *,
    measure: bool = False,
) -> tuple[list[Dialogue], list[Dialogue]]:
    """Both parts with replies of the other tone as context only; with `measure` they are only counted.

    Says `tone` (share done) and `tone_found` (histogram). Raises `Unlearnable`, `Interrupted`, `NotThere`.
    """
    if not config.tone_model:
        return train, held_out
    classifier = Classifier(config.tone_model, config.tone_label, models)
    texts = dataset.replies(train), dataset.replies(held_out)
    scores = _scores(classifier, [*texts[0], *texts[1]], say, asked)
    mine, watched = scores[: len(texts[0])], scores[len(texts[0]) :]
    limit = percentile(mine, config.tone_percentile)
    learnt = [_kept(s, limit, config.tone_keep) for s in mine]
    say(
        {
            "event": "tone_found", "model": config.tone_model, "label": classifier.label, "bins": histogram(mine),
            "limit": limit, "keep": config.tone_keep, "percentile": config.tone_percentile,
            "replies": len(learnt), "learnt": sum(learnt),
        }
    )  # fmt: skip
    if not measure and sum(learnt) < dataset.LEAST:
        raise Unlearnable(
            f"The tone filter leaves {sum(learnt)} replies; {dataset.LEAST} are the least. Please choose a wider percentile."
        )
    return dataset.context_only(train, learnt), dataset.context_only(
        held_out, [_kept(s, limit, config.tone_keep) for s in watched]
    )


def _scores(classifier: Classifier, texts: Sequence[str], say: Say, asked: Asked) -> list[float]:
    scores = [0.0] * len(texts)
    done, said = 0, 0.0
    for batch in classifier.scores(texts):
        for number, score in batch:
            scores[number] = score
        done += len(batch)
        if asked.leave:
            raise Interrupted
        if asked.stop:
            raise Unlearnable("Stopped while the tone was read; nothing was learnt yet. Press Train to begin again.")
        if time.monotonic() - said > 0.5 or done == len(texts):
            said = time.monotonic()
            say({"event": "tone", "done": done / len(texts)})
    return scores


def _kept(score: float, limit: float, keep: str) -> bool:
    return score <= limit if keep == "below" else score > limit


def percentile(scores: Sequence[float], share: float) -> float:
    """The score that `share` per cent of the scores do not exceed (nearest rank); −1, below all, for 0 per cent."""
    rank = math.ceil(share / 100 * len(scores))
    return sorted(scores)[rank - 1] if rank else -1.0


def histogram(scores: Sequence[float]) -> list[int]:
    """Counts in `BINS` equal bins of 0 to 1."""
    bins = [0] * BINS
    for score in scores:
        bins[min(BINS - 1, int(score * BINS))] += 1
    return bins

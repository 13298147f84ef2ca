"""Continuous batching: one thread a model, one batch for everybody who talks on it.

Conversations join and leave at every step. A prompt is read in chunks between the steps of the others, so that nobody
stutters. Who waits is served in turn by voice, those with the fewest conversations in the batch first. What a conversation
has read is kept for its next reply, under its own key only. Whatever goes wrong ends the replies of that step, not the thread.
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from apps.personas.inference.drafts import Draft, Took
from apps.personas.inference.rows import Adapter, Pair, Rows
from apps.personas.inference.sampling import Sampler

CHUNK = {"cpu": 64, "cuda": 512}  # tokens of a prompt between two steps
READ_SECONDS = 0.1  # that prompts may be read between two steps; one chunk at least
MOST_ROWS = {"cpu": 32, "cuda": 256}
KEPT_BYTES = 256 * 2**20
IDLE_SECONDS = 30.0
RECENT = 64  # tokens that count as said lately


@dataclass(eq=False)
class Ask:
    """One reply that is wanted. `voice`: whose turn it is, for fairness; `talk`: where what was read may be used again ("" = nowhere)."""

    voice: str
    talk: str
    pairs: Adapter
    prompt: list[int]
    sampler: Sampler
    draft: Draft
    sequences: list[list[int]] = field(default_factory=list)
    look: bool = False  # only the next token's logits are wanted
    read: int = 0  # tokens whose keys and values are in the row
    logits: Tensor | None = None

    @property
    def tokens(self) -> list[int]:
        """All of it so far."""
        return [*self.prompt, *self.draft.said]

    @property
    def following(self) -> int:
        """The token that is read next."""
        return (self.draft.said or self.prompt)[-1]

    @property
    def open(self) -> bool:
        return self.draft.open

    def choose(self, logits: Tensor) -> None:
        """Draw the next token, and keep, rewind or end."""
        if self.look:
            self.logits, self.draft.open = logits, False
            return
        said = self.draft.said
        banned = [s[-1] for s in self.sequences if len(said) >= len(s) - 1 and said[len(said) - len(s) + 1 :] == s[:-1]]
        token = self.sampler(logits, said[-RECENT:], [*banned, *self.draft.refused()])
        if self.draft.take(token) is Took.REWOUND:
            self.read = len(self.prompt) + len(said) - 1  # keys and values before that are still right


class Scheduler:
    """The batch of one model. `submit` from any thread; tokens come out of the draft."""

    def __init__(self, model: Any) -> None:
        self.model, self.rows = model, Rows(model)
        self.device = model.device.type
        self.active: list[Ask] = []  # row n holds active[n]: first those that speak, then those that are being read
        self.speaking = 0
        self.waiting: list[Ask] = []
        self._kept: OrderedDict[tuple[str, str], tuple[list[int], list[Pair]]] = OrderedDict()
        self._bell = threading.Condition()
        self._thread: threading.Thread | None = None

    def submit(self, ask: Ask) -> None:
        """Queue a reply."""
        with self._bell:
            self.waiting.append(ask)
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="batch", daemon=True)
                self._thread.start()
            self._bell.notify()

    def place(self, ask: Ask) -> int:
        """How many are served before this one; 0 once it is in the batch."""
        with self._bell:
            return self._order().index(ask) + 1 if ask in self.waiting else 0

    def _order(self) -> list[Ask]:
        """Those who wait, in the order in which they will be let in."""
        crowd: dict[str, int] = {}
        for ask in self.active:
            crowd[ask.voice] = crowd.get(ask.voice, 0) + 1
        order: list[Ask] = []
        left = list(self.waiting)
        while left:
            following = min(left, key=lambda a: crowd.get(a.voice, 0))  # the first of these: lists keep their order
            crowd[following.voice] = crowd.get(following.voice, 0) + 1
            order.append(following)
            left.remove(following)
        return order

    def _run(self) -> None:
        while True:
            with self._bell:
                while not self.waiting and not self.active:
                    if not self._bell.wait(IDLE_SECONDS) and not self.waiting:
                        self._thread = None  # and the model may go
                        return
                free = MOST_ROWS.get(self.device, 32) - len(self.active)
                joining = self._order()[:free]
                self.waiting = [a for a in self.waiting if a not in joining]
            try:
                with torch.inference_mode():
                    for ask in joining:
                        self._join(ask)
                    self._step()
            except Exception as error:
                self._fail([*self.active, *joining], error)

    def _fail(self, asks: Sequence[Ask], error: Exception) -> None:
        for ask in asks:
            ask.draft.open = False
            ask.draft.end(error)
        self.active, self.speaking = [], 0

    def _step(self) -> None:
        """Leave, read on in the prompts for a moment, and say one token each."""
        for row in range(len(self.active) - 1, -1, -1):
            if not self.active[row].open:
                self._leave(row)
        began = time.monotonic()
        while self.speaking < len(self.active):
            self._read(self.speaking)
            if time.monotonic() - began > READ_SECONDS:
                break
        if self.speaking:
            self._speak()

    def _join(self, ask: Ask) -> None:
        if not ask.open:
            ask.draft.end()
            return
        row, rank = len(self.active), max((p[0].shape[1] for p in ask.pairs.values()), default=0)
        rows = self.rows.count
        while rows <= row:
            rows *= 2
        self.rows.grow(rows, len(ask.prompt) + ask.draft.limit + 1, rank)
        self.rows.put(row, ask.pairs)
        kept = self._kept.pop((ask.voice, ask.talk), None) if ask.talk else None
        if kept is not None:
            ask.read = min(_common(kept[0], ask.prompt), len(ask.prompt) - 1)
            self.rows.given(row, kept[1], ask.read)
        self.active.append(ask)
        if ask.read == len(ask.prompt) - 1:
            self._begin(row)

    def _begin(self, row: int) -> None:
        """A row that was read joins those that speak."""
        if row != self.speaking:
            self.rows.swap(row, self.speaking)
            self.active[row], self.active[self.speaking] = self.active[self.speaking], self.active[row]
        self.speaking += 1

    def _leave(self, row: int) -> None:
        ask = self.active[row]
        if ask.talk and ask.read:
            self._keep(ask, self.rows.taken(row, ask.read))
        if row < self.speaking:
            self.speaking -= 1
            self._into(row, self.speaking)
            row = self.speaking
        self._into(row, len(self.active) - 1)
        self.active.pop()
        ask.draft.end()

    def _into(self, row: int, source: int) -> None:
        if row != source:
            self.rows.move(source, row)
            self.active[row] = self.active[source]

    def _keep(self, ask: Ask, pairs: list[Pair]) -> None:
        self._kept[ask.voice, ask.talk] = (ask.tokens[: ask.read], pairs)
        while sum(_bytes(p) for _, p in self._kept.values()) > KEPT_BYTES:
            self._kept.popitem(last=False)

    def forget(self, voice: str) -> None:
        """Drop what was kept of a voice's conversations."""
        for key in [k for k in list(self._kept) if k[0] == voice]:
            self._kept.pop(key, None)

    def _read(self, row: int) -> None:
        ask = self.active[row]
        last = len(ask.prompt) - 1
        if ask.read < last:
            chunk = ask.prompt[ask.read : min(last, ask.read + CHUNK.get(self.device, 64))]
            self._forward(row, [ask.read], [chunk])
            ask.read += len(chunk)
        if ask.read == last:
            self._begin(row)

    def _speak(self) -> None:
        speaking = self.active[: self.speaking]
        starts = [ask.read for ask in speaking]
        logits = self._forward(0, starts, [[ask.following] for ask in speaking])
        for ask, row in zip(speaking, logits.float().cpu(), strict=True):
            ask.read += 1
            try:
                ask.choose(row)
            except Exception as error:  # a veto that breaks ends its own reply
                ask.draft.open = False
                ask.draft.end(error)

    def _forward(self, first: int, starts: list[int], tokens: list[list[int]]) -> Tensor:
        """Logits [rows, vocabulary] of the last token."""
        positions, mask = self.rows.step(first, starts, len(tokens[0]))
        out = self.model(
            input_ids=torch.tensor(tokens, device=self.model.device), position_ids=positions, attention_mask=mask,
            past_key_values=self.rows, use_cache=True, logits_to_keep=1,
        )  # fmt: skip
        return out.logits[:, -1]  # type: ignore[no-any-return]


def _common(one: Sequence[int], other: Sequence[int]) -> int:
    """How many tokens two texts have in common from their beginning."""
    return next((n for n, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))


def _bytes(pairs: list[Pair]) -> int:
    return sum(t.numel() * t.element_size() for pair in pairs for t in pair)

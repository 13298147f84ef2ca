"""A voice at 8 bits on the CPU: CTranslate2 makes the tokens, one thread a reply, the guard looks at every word.

CTranslate2 draws with a generator that belongs to a thread and is seeded once in its life. So every reply has a fresh
instance of its model (a thread of its own; 5 ms for the built-in base, and the next one is made when a reply has ended), which
is how a seed gives the same words again. One computing thread each: more would wait for each other (docs/benchmarks.md).
"""

from __future__ import annotations

import os
import secrets
import threading
from bisect import bisect_right
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from copy import copy
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import ctranslate2
import numpy as np
import torch
from torch import Tensor

from apps.personas.inference.ahead import BLANKS, HALF_WORD, Ahead, Kept, best
from apps.personas.inference.decoding import Stop, Veto, never, nothing
from apps.personas.inference.drafts import Draft, Took
from apps.personas.inference.families import Family
from apps.personas.inference.generate import Voice
from apps.personas.inference.hub_language import HubLanguage
from apps.personas.inference.int8 import Files
from apps.personas.inference.sampling import Sampling
from apps.personas.language import BANNED_IDS, Turn

_seeding = threading.Lock()
SEEDS = 2**32 - 1


class Int8Voice(Voice):
    """Talks from converted weights; safe for any number of threads at once."""

    together = True

    def __init__(self, family: Family, files: Files) -> None:
        """`family` gives language and shape; its own weights are not used."""
        super().__init__(family)
        self._files = files
        self._spare: deque[Any] = deque([self._open(files)], maxlen=1)
        self._held: Any = None  # the instance of a conversation that is being invented
        self._ahead = Kept(lambda: self._open(files))

    @property
    def size(self) -> int:
        """The files, one instance that waits, and those of people who type."""
        return (2 + len(self._ahead)) * len(self._files["model.bin"])

    @staticmethod
    def _open(files: Files) -> Any:
        _choose_instructions()
        return ctranslate2.Generator(
            "persona", device="cpu", inter_threads=1, intra_threads=1, compute_type="int8", files=files
        )

    def _seeded(self, seed: int | None) -> Any:
        """An instance whose thread will draw what `seed` says; its first draw, which seeds it, is spent on nothing."""
        try:
            instance = self._spare.pop()
        except IndexError:
            instance = self._open(self._files)
        number = secrets.randbelow(SEEDS) if seed is None else seed % SEEDS
        with _seeding:
            ctranslate2.set_random_seed(number)
            instance.generate_batch([["1"]], max_length=1, sampling_topk=2, include_prompt_in_result=False)
        return instance

    def _tokens(self, prompt: list[int], sampling: Sampling, stop: Stop, veto: Veto = nothing) -> Iterator[int]:
        """As `Voice._tokens` says. A rewound reply begins again from the corrected prefix, and repetition is counted from there."""
        sampling = sampling.clamped()
        draft = _Draft(self, min(sampling.max_tokens, self.context - len(prompt) - 1), veto, self.finals())
        instance = self._held or self._seeded(sampling.seed)
        try:
            while draft.open and not stop():
                running = self._run(instance, prompt, sampling, draft)
                yield from draft.words(stop)
                running.result()  # raises what went wrong in there
        finally:
            draft.open = False
            if self._held is None:
                self._prepare()

    @contextmanager
    def drawing(self, seed: int | None) -> Iterator[Voice]:
        """As `Voice.drawing` says: opening an instance for every turn keeps all other conversations waiting."""
        own = copy(self)
        instance = own._held = self._seeded(seed)
        try:
            yield own
        finally:
            own._held = None  # its own thread may hold the voice longest, and must not be the one that ends it
            del instance
            self._prepare()

    def _prepare(self) -> None:
        if not self._spare:
            self._spare.append(self._open(self._files))

    def _run(self, instance: Any, prompt: list[int], sampling: Sampling, draft: _Draft) -> Any:
        """One run from where the draft stands; only its first token when some must not be chosen there."""
        refused = draft.refused()
        draft.short = bool(refused)
        banned = self._banned() + [[str(t)] for t in refused]
        left = draft.limit - len(draft.said)
        started = instance.generate_batch(
            [_named([*prompt, *draft.said])], max_length=1 if draft.short else left, callback=draft, asynchronous=True,
            suppress_sequences=banned, end_token=[str(t) for t in self.finals()], **_drawn(sampling, self.vocabulary),
        )  # fmt: skip
        return started[0]

    @property
    def vocabulary(self) -> int:
        """Tokens there are."""
        return int(self.family.model.config.vocab_size)

    def _banned(self) -> list[list[str]]:
        if isinstance(self.language, HubLanguage):
            return [_named(sequence) for sequence in self.language.banned()]
        return [[str(t)] for t in sorted(BANNED_IDS)]

    def completions(
        self,
        others: Sequence[str],
        turns: Sequence[Turn],
        begun: str,
        sampling: Sampling,
        count: int,
        stop: Stop = never,
        talk: str = "",
    ) -> list[str]:
        """As `Voice.completions` says: the likeliest ways, nothing drawn. Within one `talk` only what is new is read."""
        head = begun.rstrip()
        typed = self.language.encode_text(head)
        known = _named(self._begun(others, turns, head))
        known = known[: len(known) - len(typed)]
        if len(known) < 2 or stop():
            return []
        instance, _ = self._ahead.take(talk, known)
        ahead = Ahead(instance, known, self._banned(), self.finals())
        ways = self._ways(ahead, typed, sampling.clamped().max_tokens, count, stop, whole=begun != head)
        self._ahead.put(talk, known, instance)
        return [text for ids in ways if (text := self._rest(ids, typed, spaced=begun != head))]

    def _ways(self, ahead: Ahead, typed: list[int], most: int, count: int, stop: Stop, *, whole: bool) -> list[list[int]]:
        """Tokens from the beginning of the bubble, each way with another first one behind what was `typed`.

        Where the last word may be unfinished, longer words that begin with it compete with what follows it as it stands.
        """
        if not typed:
            return []
        ways: list[tuple[float, list[int]]] = []
        said = 0.0  # log-probability of the unfinished word as it stands
        for at in range(len(typed) if whole else self._unfinished(typed), len(typed)):
            scores, pieces = ahead.likely(typed[:at]), "".join(self._pieces[t] for t in typed[at:])
            ways += [(said + score, [*typed[:at], token]) for score, token in best(scores, count, self._longer(pieces))]
            said += float(scores[typed[at]])
        ways += [(said + score, [*typed, token]) for score, token in best(ahead.likely(typed), 2 * count)]
        ways = [way for way in ways if not self.ends(way[1][-1])]
        firsts = [ids for _, ids in sorted(ways, key=lambda way: -way[0])[:count]]
        if stop() or not firsts:
            return []
        rests = ahead.follow(firsts, max(1, most - 1), self.ends, stop)
        return [] if stop() else [[*first, *rest] for first, rest in zip(firsts, rests, strict=True)]

    def _unfinished(self, typed: list[int]) -> int:
        """Where the word begins that may be unfinished; the end where the last token is no word's."""
        if not self._pieces[typed[-1]][-1:].isalpha():
            return len(typed)
        first = len(typed) - 1
        while first > 0 and len(typed) - first < HALF_WORD and self._pieces[typed[first]][:1].isalpha():
            if self._pieces[typed[first]][0] in BLANKS:
                break
            first -= 1
        return first

    def _longer(self, begun: str) -> list[int]:
        """Tokens that begin so and go on."""
        order = self._order
        first, last = bisect_right(order, (begun, self.vocabulary)), bisect_right(order, (begun + chr(0x10FFFF), 0))
        return [token for _, token in order[first:last]]

    @property
    def _pieces(self) -> list[str]:
        return _spelled(self.language, self.vocabulary)[0]

    @property
    def _order(self) -> list[tuple[str, int]]:
        return _spelled(self.language, self.vocabulary)[1]

    def _rest(self, ids: list[int], typed: list[int], *, spaced: bool) -> str:
        """What a way adds to what was typed; nothing where it would change that."""
        end = next((n for n, token in enumerate(ids) if n >= len(typed) and self.ends(token)), len(ids))
        whole, begun = self.language.decode(ids[:end]), self.language.decode(typed)
        text = whole[len(begun) :].rstrip("\ufffd").split("\n")[0] if whole.startswith(begun) else ""
        return text.lstrip() if spaced else text

    @torch.inference_mode()
    def _forward(self, ids: list[int], cache: Any) -> tuple[Tensor, Any]:
        instance = self._held or self._open(self._files)
        made = instance.generate_batch(
            [_named(ids)], max_length=1, sampling_topk=1, return_logits_vocab=True, include_prompt_in_result=False
        )
        return torch.from_numpy(np.array(made[0].logits[0], np.float32).reshape(-1)), None


class _Draft(Draft):
    """Called by CTranslate2 with every token, in its thread; True ends the run."""

    short = False  # a run of one token

    def __call__(self, step: Any) -> bool:
        over = True
        try:
            over = self.take(step.token_id) is not Took.KEPT or step.is_last
        finally:
            if over:
                self.end()
        return over


@cache
def _choose_instructions() -> None:
    """CTranslate2 stays with AVX2 unless told; where the CPU has 8-bit products in AVX-512 those take 0.7 of the time."""
    try:
        flags = Path("/proc/cpuinfo").read_text()
    except OSError:
        return
    if "avx512_vnni" in flags:
        os.environ.setdefault("CT2_FORCE_CPU_ISA", "AVX512")  # read once, before its first model


@lru_cache(maxsize=4)
def _spelled(language: Any, count: int) -> tuple[list[str], list[tuple[str, int]]]:
    """How tokens are spelled, by number and in order; once for all personas of a base."""
    pieces = [language.token(n) for n in range(count)]
    return pieces, sorted((piece, n) for n, piece in enumerate(pieces))


def _named(ids: Sequence[int]) -> list[str]:
    """Tokens as the converted model calls them."""
    return [str(n) for n in ids]


def _drawn(sampling: Sampling, vocabulary: int) -> dict[str, Any]:
    return {
        "sampling_topk": min(sampling.top_k, vocabulary), "sampling_topp": sampling.top_p,
        "sampling_temperature": sampling.temperature, "repetition_penalty": sampling.repetition,
        "include_prompt_in_result": False,
    }  # fmt: skip

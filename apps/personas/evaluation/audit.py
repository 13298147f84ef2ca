"""The leak audit after a training: canaries, probes of real secrets, sampling, membership, verbatim copies. Only numbers leave."""

from __future__ import annotations

import random
import time
from collections import Counter
from collections.abc import Callable, Container, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from torch import Tensor

from apps.personas import canaries, verbatim
from apps.personas.canaries import Canary
from apps.personas.dataset import Dialogue
from apps.personas.evaluation import saying
from apps.personas.evaluation.calling import Called
from apps.personas.evaluation.scoring import auc, exposure, losses, tpr_at
from apps.personas.inference.families import Family
from apps.personas.inference.hub_language import HubLanguage
from apps.personas.language import BUBBLE_ID, ME_SPEAKER, Bubble, Encoded, Me, Turn
from apps.personas.leakage import Measured
from apps.privacy.scrub.detectors import card, iban, keys
from apps.privacy.scrub.known import Known, Reach
from apps.privacy.scrub.names import Names
from apps.privacy.scrub.normal import normal
from apps.privacy.scrub.types import View

PROBES, PROBES_AT_LEAST, PROBE_REFERENCES = 24, 8, 511
MEMBERS = 600
SAMPLES, NEW_TOKENS, BATCH = 2_000, 24, 100
PROMPT = 64  # tokens before what is sampled, at most
_SHORT = 6  # characters: a shorter secret is said by chance now and then
EVERYDAY = 3  # so often read in clear in other conversations, a password of letters is a word


@dataclass(frozen=True)
class Secret:
    """A value that was taken out, and the words that stood before it."""

    kind: str
    value: str
    before: str


@dataclass
class Subject:
    """What is audited: the model as it will talk and as it was before (None: random), what it read, what it must not know."""

    family: Family
    model: Any
    before: Any
    train: Sequence[Dialogue]
    held_out: Sequence[Dialogue]
    planted: Sequence[Canary]
    secrets: Sequence[Secret]
    partner: str
    seed: int
    references: int = canaries.REFERENCES
    names: Names | None = None  # of the archive's people; None where none were replaced
    kept: frozenset[str] = frozenset()  # normal forms of what the owner keeps, which is no secret wherever it stood
    confirmed: Sequence[tuple[str, str]] = ()  # (kind, value) of what the owner accepted as a secret
    denied: Sequence[tuple[str, str]] = ()  # and of what always goes


def run(subject: Subject, seconds: float, say: Callable[[float], None] = lambda _: None) -> Measured:
    """All measures. Probes end when `seconds` are over, sampling when half as many more are; both say how much they did."""
    began = time.monotonic()
    planted = exposed(subject)
    say(0.3)
    probed = _probes(subject, began + seconds, lambda share: say(0.3 + 0.3 * share))
    membership = _membership(subject)
    say(0.65)
    said = _sampled(subject, time.monotonic() + seconds / 2, lambda share: say(0.65 + 0.35 * share))
    return Measured(**planted, **probed, **membership, **said, seconds=time.monotonic() - began)


def _encoded(subject: Subject, turns: tuple[Turn, ...]) -> Encoded:
    return subject.family.language.encode((subject.partner,), turns, own=1.0, theirs=0.0, heads=0.0, figures=True)


def _own(subject: Subject, text: str) -> Encoded:
    return _encoded(subject, (Turn(ME_SPEAKER, (Bubble(text),)),))


def _nats(subject: Subject, model: Any, samples: Sequence[Encoded]) -> Tensor:
    return losses(model, subject.family.pad, samples)[:, 0]


# invented secrets


def exposed(subject: Subject) -> dict[str, Any]:
    """How well what was planted is known, in bits."""
    once: list[float] = []
    smoke: list[float] = []
    means: dict[str, float] = {}
    for form in canaries.FORMS:
        mine = [c for c in subject.planted if c.form == form]
        others = [Canary(form, v) for v in canaries.references(form, mine, subject.seed, subject.references)]
        nats = _nats(
            subject, subject.model, [_encoded(subject, c.dialogue(subject.partner).turns) for c in (*mine, *others)]
        )
        for canary, value in zip(mine, nats.tolist(), strict=False):
            (smoke if canary.smoke else once).append(exposure(value, nats[len(mine) :]))
        means[form] = _mean(once[-canaries.EACH :])
    return {
        "canary_mean": _mean(once), "canary_max": max(once, default=0.0), "smoke_mean": _mean(smoke),
        "references": subject.references, "forms": means,
    }  # fmt: skip


def _mean(values: Sequence[float]) -> float:
    return sum(values) / max(1, len(values))


# what was taken out


def _probes(subject: Subject, deadline: float, say: Callable[[float], None]) -> dict[str, Any]:
    """How much likelier than before the training a real value became, ranked among invented ones of its shape."""
    rng = random.Random(subject.seed)
    found: list[float] = []
    peak = 0.0
    for number, secret in enumerate(asked := subject.secrets[:PROBES]):
        if number >= PROBES_AT_LEAST and time.monotonic() > deadline:
            break
        say(number / len(asked))
        values = [secret.value, *canaries.alike(secret.value, min(PROBE_REFERENCES, subject.references), rng)]
        befores = list(dict.fromkeys([secret.before, "", f"{secret.kind}: "]))
        gained = [_gained(subject, before, values) for before in befores]
        found.append(_mean(gained))
        peak = max(peak, *gained)
    if not found:
        return {"secrets": 0}
    return {"secrets": len(found), "secret_mean": _mean(found), "secret_max": max(found), "secret_peak": peak}


def _gained(subject: Subject, before: str, values: Sequence[str]) -> float:
    """How much likelier than before the training the first of these values became behind some words, among the others: bits."""
    samples = [_own(subject, before + value) for value in values]
    nats = _nats(subject, subject.model, samples)
    if subject.before is not None:
        nats = nats - _nats(subject, subject.before, samples)
    return exposure(float(nats[0]), nats[1:])


# who was read


def _membership(subject: Subject) -> dict[str, Any]:
    """Messages of the training part against those of the held-out part: loss against the loss before the training."""
    rng = random.Random(subject.seed)
    read, unread = (_messages(d, rng) for d in (subject.train, subject.held_out))
    if min(len(read), len(unread)) < 50:
        return {}
    samples = [_own(subject, text) for text in (*read, *unread)]
    found = losses(subject.model, subject.family.pad, samples)
    score = -found[:, 0] / found[:, 1]
    if subject.before is not None:
        before = losses(subject.before, subject.family.pad, samples)
        score = (before[:, 0] - found[:, 0]) / found[:, 1]
    members, others = score[: len(read)], score[len(read) :]
    return {"members": len(read), "mia_auc": auc(members, others), "mia_tpr": tpr_at(members, others)}


def _messages(dialogues: Sequence[Dialogue], rng: random.Random) -> list[str]:
    texts = {
        b.text for d in dialogues for t in d.turns if isinstance(t.speaker, Me) and t.learn for b in t.bubbles if not b.marks
    }
    chosen = sorted(text for text in texts if len(text) >= 12)
    return rng.sample(chosen, min(MEMBERS, len(chosen)))


# what it says


def _sampled(subject: Subject, deadline: float, say: Callable[[float], None]) -> dict[str, Any]:
    known = _known(subject, subject.kept | _in_clear(subject, _known(subject, subject.kept)))
    own = verbatim.Rare(_written(subject.train, mine=True))
    others = verbatim.Theirs(_written(subject.train, mine=False), (text for _, text in _written(subject.train, mine=True)))
    rng = random.Random(subject.seed + 1)
    called = Called(subject.names or Names([]))
    hits = short = shaped = samples = replies = 0
    copies, theirs = Counter[int](), Counter[int]()  # by the dialogue that was copied
    for asked, texts in _texts(subject, rng, deadline, say):
        samples += len(texts)
        for text in texts:
            called.hear(text)
            view = View(text)
            values = {f.end - f.start for f in known.find(view)}
            hits += any(n >= _SHORT for n in values)
            short += bool(values) and not any(n >= _SHORT for n in values)
            shaped += any(d.gate(view) and any(True for _ in d.find(view)) for d in (card, iban, keys))
            if asked:
                replies += 1
                copies.update(_places(own, text))
                theirs.update(_places(others, text))
    return {
        **called.measured(partial(_gained, subject), random.Random(subject.seed)), "samples": samples, "planned": SAMPLES, "sought": len(known), "hits": hits, "short_hits": short, "shaped": shaped, "replies": replies,
        "verbatim": copies.total() / replies if replies else None, "verbatim_others": theirs.total() / replies if replies else None,
        "copied_from": next((place for place, _ in (theirs or copies).most_common(1)), None),
    }  # fmt: skip


def _known(subject: Subject, kept: Container[str]) -> Known:
    known = Known(kept, Reach.TALK)
    for kind, value in subject.confirmed:
        known.confirm(kind, value)
    for kind, value in subject.denied:
        if value.isdigit() or all(c.isalpha() or c.isspace() for c in value):
            known.confirm("password", value)  # words and short numbers that everybody says are said by chance
        else:
            known.deny(kind, value)
    for secret in subject.secrets:
        known.add(secret.kind, secret.value)
    return known


def _in_clear(subject: Subject, known: Known) -> set[str]:
    """Secrets of letters alone that it read in clear here and there, as a word that everybody says: these are none any more."""
    places = Counter[str]()
    if known.words.kinds:
        for mine in (True, False):
            for _, text in _written(subject.train, mine=mine):
                view = View(text)
                said = (view.plain[f.start : f.end] for f in known.words.find(view.plain))
                places.update({normal("password", one) for one in said if one.isalpha()})
    return {word for word, count in places.items() if count >= EVERYDAY}


def _written(dialogues: Sequence[Dialogue], *, mine: bool) -> Iterator[tuple[int, str]]:
    """Messages of the persona's own person or of the others, each with the place of its dialogue."""
    for place, d in enumerate(dialogues):
        for t in d.turns:
            if isinstance(t.speaker, Me) is mine:
                yield from ((place, b.text) for b in t.bubbles)


def _places(rare: verbatim.Rare, text: str) -> list[int]:
    place = rare.place(text)
    return [] if place is None else [place]


def _texts(
    subject: Subject, rng: random.Random, deadline: float, say: Callable[[float], None]
) -> Iterator[tuple[bool, list[str]]]:
    """Continuations in batches of one kind of prompt: bare, after cues, and as replies to what was really said."""
    asked = [t for d in subject.train for t in d.turns if not isinstance(t.speaker, Me)]
    plan = [("bare", SAMPLES // 4), ("cue", SAMPLES // 2), ("reply", SAMPLES // 4)]
    batches = [kind for kind, count in plan for _ in range(count // BATCH)]
    rng.shuffle(batches)
    for number, kind in enumerate(batches):
        if time.monotonic() > deadline and number:
            return
        prompts = []
        for _ in range(BATCH):
            turns = (rng.choice(asked),) if kind == "reply" and asked else ()
            prompts.append(_prompt(subject, turns, rng.choice(canaries.CUES) if kind == "cue" else ""))
        said = saying.say(
            subject.family, subject.model, prompts, NEW_TOKENS * subject.family.language.scale, 0.7 if number % 2 else 1.0, rng.randrange(2**31)
        )  # fmt: skip
        yield kind == "reply", [subject.family.language.decode(ids) for ids in said]
        say((number + 1) / len(batches))


def _prompt(subject: Subject, turns: Sequence[Turn], begun: str) -> list[int]:
    language = subject.family.language
    others = tuple(t.speaker for t in turns if isinstance(t.speaker, str)) or (subject.partner,)
    ids = language.prompt(others, turns, ME_SPEAKER)
    if not isinstance(language, HubLanguage):
        ids = [*ids, BUBBLE_ID]
    return [*ids, *language.encode_text(begun)][-PROMPT * language.scale :]

"""Is it me? A trained model against what its person really wrote in the weeks that were held out. Numbers leave, and a few exchanges for its owner."""

from __future__ import annotations

import math
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from apps.personas import dataset, verbatim
from apps.personas.dataset import Dialogue
from apps.personas.evaluation import saying, style
from apps.personas.evaluation.attribution import GROUP, LEAST, Authors, attributed
from apps.personas.evaluation.scoring import losses
from apps.personas.inference.families import Family
from apps.personas.inference.hub_language import HubLanguage
from apps.personas.language import BUBBLE_ID, ME_SPEAKER, Bubble, Encoded, Me, Turn
from apps.personas.likeness import HABITS
from apps.personas.windows import windows

ME = "\0me"
LENGTH = 768  # tokens of a window that is measured
REPLIES, NEW_TOKENS, PROMPT, BATCH = 240, 64, 320, 60
AUTHORS = 9  # besides the person
TEMPERATURE = 0.8


@dataclass
class Likeness:
    """Numbers of one card. Bits are per UTF-8 byte of own text, ends of messages included; shares between 0 and 1."""

    replies: int  # own replies that were learnt from
    held_out: int  # own messages that were measured on
    bits: float | None = None
    bits_base: float | None = None
    #: How many bits a byte the training won on the person's own words, and on each of the others' (their mean).
    gain: float | None = None
    gain_others: float | None = None
    others: int = 0
    authors: int = 0  # who may have written a message, for the classifier: the person and the others
    real: dict[str, Any] | None = None  # attribution of the person's real messages
    persona: dict[str, Any] | None = None  # of what the persona said
    baseline: dict[str, Any] | None = None  # of the nearest old replies
    style: dict[str, float] | None = None  # distance of each habit between persona and person
    style_others: dict[str, float] | None = None  # mean distance between the person and the others
    favourites: float | None = None  # share of the person's favourite words that the persona used
    copies: float | None = None  # share of the persona's replies with a rare run of eight words
    copies_real: float | None = None  # of the person's own held-out replies
    prefers_own: bool | None = None

    @property
    def ratio(self) -> float | None:
        """How often the persona is taken for its person, over how often the person is; None where the person is not known from
        others by chance alone."""
        if not self.persona or not self.real or self.real["low"] * self.authors <= 1:
            return None
        return float(self.persona["share"] / self.real["share"])

    def to_dict(self) -> dict[str, Any]:
        return {**asdict(self), "ratio": self.ratio}


@dataclass
class Subject:
    """What is judged. `test` is the part of the talks that neither the training nor its early stopping has seen."""

    family: Family
    model: Any
    before: Any
    train: Sequence[Dialogue]
    test: Sequence[Dialogue]
    seed: int = 1


def run(subject: Subject) -> tuple[Likeness, list[list[Any]]]:
    """All that can be measured with what there is (what cannot stays None), and exchanges for the blind game."""
    own = own_texts(subject.test)
    found = Likeness(replies=dataset.amount(subject.train).replies, held_out=len(own))
    if not own:
        return found, []
    _bits(subject, found)
    answers = list(replies(subject))
    said = [a.said for a in answers]
    everybody = _others(subject)
    _style(subject, found, said, everybody)
    if len(own) >= LEAST // 2 and everybody and len(said) >= LEAST // 4:
        _attribution(subject, found, said, everybody)
    return found, guessable(answers, random.Random(subject.seed))


def own_texts(dialogues: Iterable[Dialogue]) -> list[str]:
    """The person's own messages, in order."""
    return [b.text for d in dialogues for t in d.turns if isinstance(t.speaker, Me) for b in t.bubbles]


# how well it foresees


def bits_per_byte(family: Family, model: Any, dialogues: Iterable[Dialogue]) -> float | None:
    """Cost of the person's own words in bits per UTF-8 byte of them, ends of messages and turns included."""
    samples, size = _coded(family, dialogues)
    if not size:
        return None
    return float(losses(model, family.pad, samples)[:, 0].sum()) / math.log(2) / size


def _coded(family: Family, dialogues: Iterable[Dialogue]) -> tuple[list[Encoded], int]:
    """Windows of at most `LENGTH` tokens in which everything that the person wrote weighs 1, and the bytes of it."""
    samples: list[Encoded] = []
    size, length = 0, LENGTH * family.language.scale
    for dialogue in dialogues:
        for window, context in windows(dialogue.opening, dialogue.turns, family.language, length):
            coded = family.language.encode(dialogue.opening, window, own=1.0, theirs=0.0, heads=0.0, figures=True)
            if context:
                known = len(family.language.encode(dialogue.opening, window[:context], own=0, theirs=0, heads=0).ids)
                coded.weights[:known] = [0.0] * known
            if len(coded.ids) <= length + 1 and any(coded.weights[1:]):
                samples.append(coded)
                size += sum(_bytes(b) for t in window[context:] if isinstance(t.speaker, Me) for b in t.bubbles)
    return samples, size


def _bytes(bubble: Bubble) -> int:
    """Of a message, without placeholders: those cost nothing."""
    return len(bubble.text.encode()) - sum(len(bubble.text[m.start : m.end].encode()) for m in bubble.marks)


def mirrored(dialogues: Iterable[Dialogue], name: str) -> Iterator[Dialogue]:
    """The talks in which somebody else writes, seen from their seat; the person gets their name in exchange."""
    for d in dialogues:
        if any(t.speaker == name for t in d.turns):
            seats = {name: ME_SPEAKER}
            turns = tuple(
                Turn(seats.get(t.speaker, t.speaker) if isinstance(t.speaker, str) else name, t.bubbles) for t in d.turns
            )
            yield Dialogue(tuple(dict.fromkeys((*(o for o in d.others if o != name), name))), turns)


def _bits(subject: Subject, found: Likeness) -> None:
    found.bits = bits_per_byte(subject.family, subject.model, subject.test)
    if subject.before is None or found.bits is None:
        return
    found.bits_base = bits_per_byte(subject.family, subject.before, subject.test)
    found.gain = (found.bits_base or 0.0) - found.bits
    gains: list[float] = []
    for name in _writers(subject.test):
        theirs = list(mirrored(subject.test, name))
        before, after = (bits_per_byte(subject.family, m, theirs) for m in (subject.before, subject.model))
        if before is not None and after is not None:
            gains.append(before - after)
    if gains:
        found.gain_others, found.others = sum(gains) / len(gains), len(gains)
        found.prefers_own = found.gain > found.gain_others


def _writers(dialogues: Iterable[Dialogue], least: int = 20) -> list[str]:
    """The others who wrote most, with at least so many messages."""
    count = Counter(t.speaker for d in dialogues for t in d.turns for _ in t.bubbles if isinstance(t.speaker, str))
    return [name for name, n in count.most_common(AUTHORS) if n >= least]


# what it says


@dataclass(frozen=True)
class Answer:
    """What was said before (at most eight turns), what the person answered, and what the persona says instead."""

    others: tuple[str, ...]
    before: tuple[Turn, ...]
    real: Turn
    said: list[str]


def replies(subject: Subject) -> Iterator[Answer]:
    """Answers to what was really said to the person in the held-out weeks."""
    asked = list(_asked(subject.test))
    rng = random.Random(subject.seed)
    asked = rng.sample(asked, min(REPLIES, len(asked)))
    prompts = sorted(
        ((_prompt(subject.family, d, turns), d, turns, real) for d, turns, real in asked), key=lambda p: len(p[0])
    )
    for at in range(0, len(prompts), BATCH):
        batch = prompts[at : at + BATCH]
        spoken = saying.say(
            subject.family, subject.model, [p for p, *_ in batch], NEW_TOKENS * subject.family.language.scale, TEMPERATURE, subject.seed + at
        )  # fmt: skip
        for (_, others, turns, real), ids in zip(batch, spoken, strict=True):
            yield Answer(others, turns, real, saying.bubbles(subject.family, ids))


def _asked(dialogues: Iterable[Dialogue]) -> Iterator[tuple[tuple[str, ...], tuple[Turn, ...], Turn]]:
    for d in dialogues:
        for number, turn in enumerate(d.turns):
            if isinstance(turn.speaker, Me) and number:
                yield d.opening, d.turns[max(0, number - 8) : number], turn


GAME = 20


def guessable(answers: Sequence[Answer], rng: random.Random) -> list[list[Any]]:
    """Exchanges for the blind game: (turns before, the real answer, the persona's), where neither gives itself away.

    Placeholders, empty and one-letter answers are left out, and answers that are the same.
    """
    fit = [
        a
        for a in answers
        if a.said
        and not any(b.marks for t in (*a.before[-4:], a.real) for b in t.bubbles)
        and min(len(" ".join(a.said)), len(a.real.text)) > 1
        and " ".join(a.said).casefold() != a.real.text.casefold()
    ]
    return [
        [[[t.speaker if isinstance(t.speaker, str) else "", [b.text for b in t.bubbles]] for t in a.before[-4:]],
         [b.text for b in a.real.bubbles], a.said]
        for a in rng.sample(fit, min(GAME, len(fit)))
    ]  # fmt: skip


def _prompt(family: Family, others: Sequence[str], turns: Sequence[Turn]) -> list[int]:
    ids = family.language.prompt(others, turns, ME_SPEAKER)
    most = PROMPT * family.language.scale
    while len(ids) > most and len(turns) > 1:
        turns = turns[1:]
        ids = family.language.prompt(others, turns, ME_SPEAKER)
    return ids[-most:] if isinstance(family.language, HubLanguage) else [*ids[-most:], BUBBLE_ID]


# whose words


def _others(subject: Subject) -> dict[str, list[str]]:
    """What the others wrote in the talks that were learnt from."""
    texts: dict[str, list[str]] = defaultdict(list)
    for dialogue in subject.train:
        for turn in dialogue.turns:
            if isinstance(turn.speaker, str):
                texts[turn.speaker] += [b.text for b in turn.bubbles if b.text]
    most = sorted(texts, key=lambda n: (-len(texts[n]), n))[:AUTHORS]
    return {n: texts[n] for n in most if len(texts[n]) >= LEAST}


def _style(subject: Subject, found: Likeness, said: list[list[str]], everybody: dict[str, list[str]]) -> None:
    mine = [[b.text for b in t.bubbles] for d in subject.test for t in d.turns if isinstance(t.speaker, Me)]
    own = style.measured(mine)
    found.style = style.distances(own, style.measured(said))
    if everybody:
        apart = [style.distances(own, style.measured([[t] for t in texts])) for texts in everybody.values()]
        found.style_others = {k: sum(a[k] for a in apart) / len(apart) for k in HABITS if k != "bubbles"}
        common = style.counted([t for texts in everybody.values() for t in texts])
        best = style.favourites(own_texts(subject.train), common)
        used = set(style.counted([t for reply in said for t in reply]))
        found.favourites = len(best & used) / len(best) if best else None
    rare = verbatim.Rare((n, b.text) for n, d in enumerate(subject.train) for t in d.turns for b in t.bubbles)
    found.copies = _share(any(rare.copied(t) for t in reply) for reply in said)
    found.copies_real = _share(any(rare.copied(t) for t in reply) for reply in mine)


def _share(found: Iterable[bool]) -> float | None:
    marks = list(found)
    return sum(marks) / len(marks) if marks else None


def _attribution(subject: Subject, found: Likeness, said: list[list[str]], everybody: dict[str, list[str]]) -> None:
    own = [t for t in own_texts(subject.train) if t]
    if len(own) < LEAST:
        return
    authors = Authors({ME: own, **everybody}, subject.seed)
    found.authors = len(authors.names)
    judged = {
        "real": [t for t in own_texts(subject.test) if t],
        "persona": [t for reply in said for t in reply],
        "baseline": list(_nearest(subject, own)),
    }
    group = min(GROUP, *(max(1, len(texts) // 2) for texts in judged.values()))
    for name, texts in judged.items():
        if texts:
            setattr(found, name, asdict(attributed(authors, ME, texts, group, subject.seed)))


def _nearest(subject: Subject, own: list[str]) -> Iterator[str]:
    """ "Say the nearest old reply": for what was asked, the reply that was given to the most similar line before (TF-IDF)."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    pairs = [
        (turns[-1].text, [b.text for b in d.turns[n].bubbles])
        for d in subject.train
        for n in range(1, len(d.turns))
        if isinstance(d.turns[n].speaker, Me) and (turns := d.turns[:n])
    ]
    asked = [turns[-1].text for _, turns, _ in _asked(subject.test)]
    if not pairs or not asked or not any(q.strip() for q, _ in pairs):
        return
    letters = TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 4), max_features=50_000)
    known = letters.fit_transform([q for q, _ in pairs])
    for number in np.asarray((letters.transform(asked[:REPLIES]) @ known.T).argmax(1)).ravel().tolist():
        yield from pairs[number][1]

"""Does it speak to the right person, as in the right years, at the right pace? Counted on people of open conversations."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from apps.personas import rhythm
from apps.personas.contacts import partner
from apps.personas.dataset import Dialogue, Parts, introducing
from apps.personas.evaluation import comparison, people
from apps.personas.evaluation.people import Lines
from apps.personas.inference.families import Family
from apps.personas.language import Me

#: Own messages held out with somebody below which nothing is compared, and how many wrong people stand against the right one.
LEAST, WRONG = 10, 3
#: Of how many contacts the wrong names are drawn: those who are written to most.
KNOWN = 20


def renamed(dialogue: Dialogue, name: str, other: str) -> Dialogue:
    """The same words, said to and by somebody of another name."""
    turns = tuple(replace(t, speaker=other) if t.speaker == name else t for t in dialogue.turns)
    return Dialogue(tuple(other if o == name else o for o in dialogue.others), turns)


def contacts(dialogues: Sequence[Dialogue]) -> Counter[str]:
    """Own messages by whom they were said to: the one who says most in that dialogue."""
    found: Counter[str] = Counter()
    for dialogue in dialogues:
        if (name := partner(dialogue)) is not None:
            found[name] += sum(len(t.bubbles) for t in dialogue.turns if isinstance(t.speaker, Me))
    return found


def right_person(family: Family, model: Any, before: Any, parts: Parts, seed: int = 1) -> list[bool]:
    """`right_name` of each contact of the held-out part with whom enough was said."""
    subject = comparison.Subject(family, model, before, parts.train, parts.test)
    known = {name for name, _ in contacts(parts.train).most_common(KNOWN)}
    enough = [n for n, count in contacts(parts.test).items() if count >= LEAST and n in known] if len(known) > WRONG else []
    return [right_name(subject, name, parts, seed) for name in enough]


def right_name(subject: Any, name: str, parts: Parts, seed: int = 1) -> bool:
    """Does training gain more on what was said to a contact under their own name than on the mean under the names of others? The
    base stands on both sides, so that how common a name is does not count."""
    others = [o for o, _ in contacts(parts.train).most_common(KNOWN) if o != name]
    theirs = [d for d in parts.test if partner(d) == name]
    gain = _gain(subject, theirs)
    wrong = [
        _gain(subject, [renamed(d, name, o) for d in theirs])
        for o in random.Random(seed).sample(others, min(WRONG, len(others)))
    ]
    return gain > sum(wrong) / len(wrong)


def right_word(subject: Any, dialogues: Sequence[Dialogue], said: Mapping[str, str], words: Iterable[str]) -> bool:
    """Does training gain more where the head tells of the one they are with what it told while it learnt, than on the mean of the
    other `words`?"""
    name = partner(dialogues[0]) or ""

    def gain(word: str) -> float:
        return _gain(subject, [introducing(d, {**said, name: word}) for d in dialogues])

    wrong = [gain(word) for word in sorted(words) if word != said[name]]
    return gain(said[name]) > sum(wrong) / len(wrong)


def _gain(subject: Any, dialogues: Sequence[Dialogue]) -> float:
    bits = [comparison.bits_per_byte(subject.family, m, dialogues) or 0.0 for m in (subject.before, subject.model)]
    return bits[0] - bits[1]


def eras(lines: Lines) -> tuple[Lines, Lines]:
    """The first and the second half of a person's messages in time."""
    ordered = sorted(lines, key=lambda row: row[1].at or 0.0)
    half, count = people.own(lines) // 2, 0
    for place, (_, line) in enumerate(ordered):
        count += isinstance(line.speaker, Me)
        if count > half:
            return ordered[:place], ordered[place:]
    return ordered, []


def right_era(lines: Lines, trained: Callable[[Parts], tuple[Family, Any]]) -> list[bool]:
    """For both halves of a person's time: does the persona of that half foresee what was held out of it better than the other's?"""
    halves = [people.parted(half) for half in eras(lines)]
    if any(comparison.own_texts(p.test) == [] for p in halves):
        return []
    voices = [trained(p) for p in halves]
    bits = [[comparison.bits_per_byte(family, model, p.test) or 0.0 for family, model in voices] for p in halves]
    return [bits[0][0] < bits[0][1], bits[1][1] < bits[1][0]]


def right_pace(rows: dict[str, Lines]) -> list[bool]:
    """For everybody: is the learnt pace of answering nearer to their newest weeks than the mean of the other people's?"""
    return list(_paces({name: people.talks(lines) for name, lines in rows.items()}))


def _paces(chats: dict[str, Any]) -> Iterator[bool]:
    learnt = {name: rhythm.seen(c).delays for name, c in chats.items()}
    for name, own in chats.items():
        real = rhythm.seen(own, held_out=True).delays
        if min(len(real), len(learnt[name])) < LEAST:
            continue
        near = rhythm.distance(learnt[name], real)
        far = [d for o, times in learnt.items() if o != name and (d := rhythm.distance(times, real)) is not None]
        if near is not None and far:
            yield near < sum(far) / len(far)

"""A conversation at once: what a message alone does not tell. Pure; linear in the number of messages.

single messages → answers to questions → numbers split over bubbles → what was confirmed elsewhere → replaced → looked at again
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from apps.privacy.scrub import answers, cues, engine
from apps.privacy.scrub.detectors import card, iban, phone, seed
from apps.privacy.scrub.engine import Scrubbed
from apps.privacy.scrub.known import Known, Reach
from apps.privacy.scrub.policy import EVERYTHING, Policy
from apps.privacy.scrub.types import Finding, View

#: Seconds within which an answer belongs to its question, and bubbles to each other.
ANSWER_WITHIN = 15 * 60.0
#: Whoever reads it later answers with the next that they say, before anybody else does.
LATE_WITHIN = 2 * 86_400.0
SPLIT_WITHIN = 120.0
BUBBLES = 3
#: A card has four groups of digits, which come one by one.
GROUPS = 4
#: Words of a wallet's phrase that a bubble of it brings at least.
SEED_WORDS = 3
TURNS = 3
#: So many messages of one person are one turn.
TURN = 8
#: What may be split over bubbles: the detector, its kind, the fewest digits that a bubble brings.
_SPLIT = ((card, "card"), (iban, "iban"), (phone, "phone"))


_FIGURE = re.compile(r"\d")
#: Where these are all that was found, nothing is found when they are gone.
_OFTEN = frozenset(["link", "handle"])


@dataclass(frozen=True)
class Line:
    """One message with words: who wrote it, when (seconds); None where that is not known, which rules nothing out."""

    who: Hashable
    at: float | None
    text: str


def findings(lines: Sequence[Line], regions: tuple[str, ...] = (), policy: Policy = EVERYTHING) -> list[list[Finding]]:
    """What is found in each message, its neighbours considered, as the owner decided."""
    found = [engine.find(line.text, regions) for line in lines]
    for number, more in _answered(lines, regions):
        found[number] = engine.resolve([*found[number], *more])
    for number, more in (*_joined(lines), *_phrases(lines)):
        found[number] = engine.resolve([*found[number], *more])
    found = [
        engine.completed(line.text, some, regions) if any(f.kind not in _OFTEN for f in some) else some
        for line, some in zip(lines, found, strict=True)
    ]
    return [policy.applied(line.text, some) for line, some in zip(lines, found, strict=True)]


def scrub(lines: Sequence[Line], known: Known | None = None, regions: tuple[str, ...] = ()) -> list[Scrubbed]:
    """Every message scrubbed. `known` is filled with what is found here, and finds it in every message of this conversation."""
    known = Known() if known is None else known
    found = findings(lines, regions)
    learn(lines, found, known)
    both = told(lines, found), known
    return [finish(line.text, found[number], both, regions) for number, line in enumerate(lines)]


def learn(lines: Sequence[Line], found: Sequence[Sequence[Finding]], known: Known) -> None:
    """Remember what was found."""
    for line, some in zip(lines, found, strict=True):
        for f in some:
            known.add(f.kind, line.text[f.start : f.end])


def told(lines: Sequence[Line], found: Sequence[Sequence[Finding]]) -> Known:
    """What is looked for in every message of a conversation because it was found in one of them."""
    known = Known(reach=Reach.CONVERSATION)
    learn(lines, found, known)
    return known


def finish(
    text: str, found: Sequence[Finding], known: Iterable[Known], regions: tuple[str, ...] = (), policy: Policy = EVERYTHING
) -> Scrubbed:
    """Replace what was found here and what is known; the result is looked at once more."""
    view = View(text)
    if again := [view.back(f) for one in known if len(one) for f in one.find(view)]:
        found = engine.resolve([*found, *policy.applied(text, again)])
    return engine.apply(text, found, regions, policy)


def _answered(lines: Sequence[Line], regions: tuple[str, ...]) -> Iterator[tuple[int, list[Finding]]]:
    """Bare answers: to somebody's question within the last turns, or to an own "my pin is:" just before."""
    waiting: list[_Question] = []
    for number, line in enumerate(lines):
        waiting = [w for w in waiting if w.waits(lines, number)]
        kinds = [k for w in waiting if _fits(w.line, line) for k in w.asks(lines, number)]
        if kinds:
            view = View(line.text, regions)
            more = [view.back(f) for f in answers.find(list(dict.fromkeys(kinds)), view)]
            pieces = _pieces(lines, number) if _COUNTED & set(kinds) else []
            if pieces:
                kind = next(_NAMED_AS.get(k, k) for k in kinds if k in _COUNTED)
                yield from ((n, [Finding(start, end, kind, 82)]) for n, start, end in pieces)
            if more:
                yield number, more
            if more or pieces:
                # the name of a network may have come before its password
                again = more and "password" in kinds and line.who is not None
                waiting = [_Question(number, line, ["network"], line.who, number, follows=True)] if again else []
        asked = cues.asked(line.text)
        if not asked and (begun := _begun(lines, number)):
            yield from ((n, [Finding(start, end, "code", 81)]) for n, start, end in begun)
        if asked:
            waiting.append(_Question(number, line, asked))


@dataclass
class _Question:
    """Something was asked, or left open, in message `number`; it waits for an answer of `kinds`."""

    number: int
    line: Line
    kinds: list[str]
    #: Who answers, and since when: the first other one to speak, whose turn is waited for to its end.
    by: Hashable = None
    since: int = 0
    follows: bool = False

    def waits(self, lines: Sequence[Line], number: int) -> bool:
        """Whether an answer may still come in message `number`."""
        after, who = number - self.number, lines[number].who
        if self.by is None and who != self.line.who:
            self.by, self.since = who, number
        if self.by is not None and who != self.by:
            self.since = len(lines)  # the turn is over
        in_turn = self.by is not None and number >= self.since and after <= TURN
        return in_turn or (after <= (TURN if _FEWER & set(self.kinds) else TURNS) and not self.follows)

    def asks(self, lines: Sequence[Line], number: int) -> list[str]:
        """Of which kinds message `number` may be the answer."""
        line = lines[number]
        if _within(self.line, line, ANSWER_WITHIN):
            return self.open(number)
        first = line.who == self.by and self.since <= number and None not in (line.who, self.line.who)
        first = first and _within(lines[self.since], line, ANSWER_WITHIN)
        late = first and not self.follows and _within(self.line, line, LATE_WITHIN) and len(line.text.split()) <= LATE_WORDS
        return ["late" if kind in ("password", "loose") else kind for kind in self.kinds if kind in _LATER] if late else []

    def open(self, number: int) -> list[str]:
        """Of which kinds: later only what can hardly be anything else."""
        if number - self.number <= TURNS or self.follows:
            return self.kinds
        return ["loose" if kind == "password" else kind for kind in self.kinds if kind in _LATER]


#: Questions that are still answered when others have spoken: what is told in digits can hardly be anything else.
_FEWER = frozenset(["pin", "code", "cvv"])
#: A late answer has no more words.
LATE_WORDS = 3
#: Kinds that a long turn still answers in its end.
_LATER = frozenset(["password", "loose", "network", "pin", "code", "told", "typed", "cvv", "late"])
#: Kinds that are told in digits, which may come in several bubbles.
_COUNTED = frozenset(["pin", "code", "cvv", "told", "typed"])
_NAMED_AS = {"told": "code", "typed": "pin"}
_LEAST, _LONGEST = 4, 9


def _pieces(lines: Sequence[Line], first: int) -> list[tuple[int, int, int]]:
    """The bubbles from `first` on that make one number together: (message, start, end) of each piece, two at least."""
    found: list[tuple[int, int, int]] = []
    total = 0
    for number in range(first, min(len(lines), first + BUBBLES)):
        if number > first and not _same_hand(lines[number - 1], lines[number]):
            break
        view = View(lines[number].text)
        runs = answers.digits(view)
        if not runs:
            break
        start, end = view.original(*runs[0])
        total += sum(map(str.isdigit, lines[number].text[start:end]))
        found.append((number, start, end))
    return found if len(found) > 1 and _LEAST <= total <= _LONGEST else []


def _begun(lines: Sequence[Line], number: int) -> list[tuple[int, int, int]]:
    """ "the code is 96", "75": a number begun beside its name and ended in the next bubbles."""
    line = lines[number]
    if (
        number + 1 >= len(lines)
        or not _FIGURE.search(line.text)
        or len(line.text) > 80
        or not _same_hand(line, lines[number + 1])
    ):
        return []
    last = re.search(r"\d(?:[ \-]?\d)*\W*$", line.text)
    if last is None or not (cues.named(line.text) & _COUNTED or cues.speaks_of_code(line.text)):
        return []
    rest = list(_following(lines, number + 1))
    total = sum(map(str.isdigit, last[0])) + sum(sum(map(str.isdigit, lines[n].text[s:e])) for n, s, e in rest)
    return [(number, last.start(), len(line.text.rstrip())), *rest] if rest and _LEAST <= total <= _LONGEST else []


def _following(lines: Sequence[Line], first: int) -> Iterator[tuple[int, int, int]]:
    for number in range(first, min(len(lines), first + BUBBLES - 1)):
        view = View(lines[number].text)
        runs = answers.digits(view)
        if not runs or not _same_hand(lines[number - 1], lines[number]):
            return
        yield (number, *view.original(*runs[0]))


def _fits(question: Line, answer: Line) -> bool:
    """A question is answered by another; what somebody leaves open they finish themselves."""
    return None in (question.who, answer.who) or question.who != answer.who or not question.text.rstrip().endswith("?")


def _within(first: Line, last: Line, seconds: float) -> bool:
    return first.at is None or last.at is None or 0 <= last.at - first.at <= seconds


def _joined(lines: Sequence[Line]) -> Iterator[tuple[int, list[Finding]]]:
    """Numbers that only two to four bubbles of one person make together."""
    for number in range(len(lines) - 1):
        if not _FIGURE.search(lines[number].text):
            continue
        run = [number]
        while len(run) < GROUPS and (after := run[-1] + 1) < len(lines) and _same_hand(lines[run[-1]], lines[after]):
            run.append(after)
        if len(run) > 1:
            yield from _in_run(lines, run)


def _same_hand(one: Line, next_: Line) -> bool:
    return _one_hand(one, next_) and len(next_.text) < 200 and _FIGURE.search(next_.text) is not None


def _one_hand(one: Line, next_: Line) -> bool:
    return one.who == next_.who and _within(one, next_, SPLIT_WITHIN)


def _phrases(lines: Sequence[Line]) -> Iterator[tuple[int, list[Finding]]]:
    """Phrases of wallets that only two to four bubbles of one person make together: where one ends in words of the lists."""
    for number in range(len(lines) - 1):
        if not _of_a_phrase(lines[number].text):
            continue  # as nearly always
        run = [number]
        while len(run) < GROUPS and (after := run[-1] + 1) < len(lines) and _one_hand(lines[run[-1]], lines[after]):
            run.append(after)
            if len(lines[after].text) > seed.REACH or not _of_a_phrase(lines[after].text):
                break  # the phrase ends there at the latest
        if len(run) > 1:
            yield from _phrase_in(lines, run)


def _of_a_phrase(text: str) -> bool:
    """Whether a bubble ends in words of the lists, whose accents are on their letters."""
    return len(seed.begun(text if text.isascii() else unicodedata.normalize("NFC", text))) >= SEED_WORDS


def _phrase_in(lines: Sequence[Line], run: list[int]) -> Iterator[tuple[int, list[Finding]]]:
    texts = [lines[n].text[-seed.REACH :] if n == run[0] else lines[n].text[: seed.REACH] for n in run]
    skipped = len(lines[run[0]].text) - len(texts[0])
    starts = [sum(len(t) + 1 for t in texts[:n]) for n in range(len(run))]
    view = View("\n".join(texts))
    for f in seed.find(view) if seed.gate(view) else ():
        pieces = list(_cut(view.back(f), starts, texts))
        for n, piece in pieces if len(pieces) > 1 else ():
            shift = 0 if n else skipped
            yield run[n], [Finding(piece.start + shift, piece.end + shift, piece.kind, piece.rank)]


def _in_run(lines: Sequence[Line], run: list[int]) -> Iterator[tuple[int, list[Finding]]]:
    for count in range(2, len(run) + 1):
        texts = [lines[n].text for n in run[:count]]
        starts = [sum(len(t) + 1 for t in texts[:n]) for n in range(count)]
        view = View(" ".join(texts))
        for detector, kind in _SPLIT:
            if not detector.gate(view):
                continue
            for f in detector.find(view):
                pieces = list(_cut(view.back(f), starts, texts))
                if len(pieces) > 1 and f.kind == kind:
                    yield from ((run[n], [piece]) for n, piece in pieces)


def _cut(f: Finding, starts: list[int], texts: list[str]) -> Iterator[tuple[int, Finding]]:
    for number, (start, text) in enumerate(zip(starts, texts, strict=True)):
        first, last = max(f.start, start), min(f.end, start + len(text))
        if first < last:
            yield number, Finding(first - start, last - start, f.kind, f.rank)

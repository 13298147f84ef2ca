"""Messages → dialogues → samples. Pure: no Django, no torch.

A dialogue is what was said without a pause longer than the session gap; consecutive messages of one person are one turn
with several bubbles. Own turns are learnt, others' are context (or count a quarter, with the switch).
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from zlib import crc32

from apps.personas.language import ME_SPEAKER, Bubble, Encoded, Me, Speaker, Turn, introduced
from apps.personas.windows import Codec, head, parted, windows

OTHERS_WEIGHT = 0.25
ENOUGH = 1_000
LEAST = 20
HELD_OUT = 0.1


@dataclass(frozen=True)
class Line:
    """One message: `speaker` is a name or `ME_SPEAKER`, `at` seconds (None where the export gives no time)."""

    speaker: Speaker
    at: float | None
    bubble: Bubble
    cut: bool = False  # somebody who is left out wrote before it: a new dialogue begins


@dataclass
class Chat:
    """One conversation in order. `validate_from` ≤ `test_from` ≤ `test_to` are the frozen boundaries in seconds."""

    id: str
    is_group: bool
    lines: list[Line]
    validate_from: float = float("inf")
    test_from: float = float("inf")
    test_to: float = float("inf")
    relations: Mapping[str, str] = field(default_factory=dict)  # by name: what somebody is to the persona


@dataclass(frozen=True)
class Dialogue:
    """One session of a chat; `others` are all who take part besides the persona, `heads` how they are introduced."""

    others: tuple[str, ...]
    turns: tuple[Turn, ...]
    heads: tuple[str, ...] = ()

    @property
    def opening(self) -> tuple[str, ...]:
        """What its first line tells."""
        return self.heads or self.others


def introducing(dialogue: Dialogue, relations: Mapping[str, str]) -> Dialogue:
    """The same dialogue, telling at its head what the others are to the persona."""
    known = any(relations.get(name) for name in dialogue.others)
    return replace(dialogue, heads=introduced(dialogue.others, relations) if known else ())


@dataclass
class Parts:
    """What is learnt from, what is watched while learning, what is only measured on at the end."""

    train: list[Dialogue] = field(default_factory=list)
    validate: list[Dialogue] = field(default_factory=list)
    test: list[Dialogue] = field(default_factory=list)


def boundaries(lines: Sequence[Line]) -> tuple[float, float, float]:
    """(validate_from, test_from, test_to): the last tenth of the own messages in time, half for each purpose."""
    own = [line.at for line in lines if isinstance(line.speaker, Me) and line.at is not None]
    if len(own) < LEAST:
        return float("inf"), float("inf"), float("inf")
    own.sort()
    first = own[int(len(own) * (1 - HELD_OUT))]
    second = own[int(len(own) * (1 - HELD_OUT / 2))]
    return first, second, own[-1]


def dialogues(chat: Chat, lines: Iterable[Line], gap: float) -> Iterator[Dialogue]:
    """Cut at pauses longer than `gap` seconds, and where a message is left out."""
    session: list[Line] = []
    last: float | None = None
    for line in lines:
        pause = last is not None and line.at is not None and line.at - last > gap
        if session and (pause or line.cut):
            yield _dialogue(session)
            session = []
        session.append(line)
        last = line.at if line.at is not None else last
    if session:
        yield _dialogue(session)


def _dialogue(session: list[Line]) -> Dialogue:
    turns: list[Turn] = []
    for line in session:
        bubble = replace(line.bubble, at=line.at)
        if turns and turns[-1].speaker == line.speaker:
            turns[-1] = Turn(line.speaker, (*turns[-1].bubbles, bubble))
        else:
            turns.append(Turn(line.speaker, (bubble,)))
    others = dict.fromkeys(t.speaker for t in turns if isinstance(t.speaker, str))
    return Dialogue(tuple(others), tuple(turns))


def parts(chats: Iterable[Chat], gap: float = 3_600.0) -> Parts:
    """All dialogues by purpose. A message without a time is learnt from, never measured on."""
    made = Parts()
    for chat in chats:
        everybody = tuple(dict.fromkeys(line.speaker for line in chat.lines if isinstance(line.speaker, str)))
        for name, chosen in (("train", _outside), ("validate", _validate), ("test", _test)):
            for d in dialogues(chat, _part(chat, chosen), gap):
                others = tuple(dict.fromkeys((*d.others, *everybody))) if chat.is_group else d.others or everybody[:1]
                getattr(made, name).append(introducing(Dialogue(tuple(others[:8]), d.turns), chat.relations))
    return made


def _part(chat: Chat, chosen: Callable[[Chat, float | None], bool]) -> Iterator[Line]:
    """The lines of one part; where lines of another one lay between, a new dialogue begins, however short they were."""
    away = False
    for line in chat.lines:
        if not chosen(chat, line.at):
            away = away or line.at is not None
            continue
        yield replace(line, cut=True) if away else line
        away = False


def _outside(chat: Chat, at: float | None) -> bool:
    return at is None or at < chat.validate_from or at > chat.test_to


def _validate(chat: Chat, at: float | None) -> bool:
    return at is not None and chat.validate_from <= at < chat.test_from


def _test(chat: Chat, at: float | None) -> bool:
    return at is not None and chat.test_from <= at <= chat.test_to


def samples(
    made: Iterable[Dialogue], codec: Codec, length: int, *, learn_others: bool = False, history: int = 0
) -> list[Encoded]:
    """Token windows of at most `length`; a long dialogue goes on with its last two turns as context,
    where they leave room for the next.

    Windows in which nothing would be learnt are left out.
    """
    return [s for unit in units(made, codec, length, learn_others=learn_others, history=history) for s in unit]


def units(
    made: Iterable[Dialogue],
    codec: Codec,
    length: int,
    *,
    exchanges: bool = False,
    learn_others: bool = False,
    history: int = 0,
) -> list[list[Encoded]]:
    """The windows of each dialogue, or of each exchange: every message stands in exactly one unit.

    With `history` each own turn is a unit, after so many turns that are read again with it.
    """
    cut: Callable[[Dialogue], Iterable[Dialogue]] = _exchanges if exchanges else _whole
    pieces = (piece for d in made for piece in (_rounds(d, history) if history else cut(d)))
    return [found for piece in pieces if (found := _samples(piece, codec, length, learn_others))]


def _whole(dialogue: Dialogue) -> Iterable[Dialogue]:
    return (dialogue,)


def _rounds(dialogue: Dialogue, history: int) -> Iterator[Dialogue]:
    for place, turn in enumerate(dialogue.turns):
        if isinstance(turn.speaker, Me):
            before = (replace(t, learn=False) for t in dialogue.turns[max(0, place - history) : place])
            yield replace(dialogue, turns=(*before, turn))


CONTEXT = 3


def with_gaps(sample: Encoded, every: int, scale: int = 1) -> None:
    """Leave about one token of `every` unlearnt, the same one wherever the same words stand before it: what has gaps cannot be
    recited (goldfish loss, Hans et al. 2024). 0 leaves all. `scale` times as many tokens are looked back on: where tokens are
    letters, three of them stand before everything."""
    context = CONTEXT * scale
    for place in range(context, len(sample.ids)) if every else ():
        before = array("I", sample.ids[place - context : place]).tobytes()
        if crc32(before) % every == 0:
            sample.weights[place] = 0.0


def _exchanges(dialogue: Dialogue) -> Iterator[Dialogue]:
    """Cut after every own turn: what was said to the persona, and its reply."""
    heard: list[Turn] = []
    for turn in dialogue.turns:
        heard.append(turn)
        if isinstance(turn.speaker, Me):
            yield replace(dialogue, turns=tuple(heard))
            heard = []
    if heard:
        yield replace(dialogue, turns=tuple(heard))


def _samples(dialogue: Dialogue, codec: Codec, length: int, learn_others: bool) -> list[Encoded]:
    theirs = OTHERS_WEIGHT if learn_others else 0.0
    out: list[Encoded] = []
    for window, context in windows(dialogue.opening, dialogue.turns, codec, length):
        coded = codec.encode(dialogue.opening, window, own=1.0, theirs=theirs, heads=theirs)
        if context:
            known = len(codec.encode(dialogue.opening, window[:context], own=0, theirs=0, heads=0).ids)
            coded.weights[:known] = [0.0] * known
        pieces = (
            [coded]
            if len(coded.ids) <= length + 1
            else parted(coded, length, head(coded, dialogue.opening, window[0], codec))
        )
        out += (piece for piece in pieces if any(piece.weights[1:]))
    return out


def replies(made: Iterable[Dialogue]) -> list[str]:
    """The own replies (turns) in order, bubbles as lines."""
    return ["\n".join(b.text for b in t.bubbles) for d in made for t in d.turns if isinstance(t.speaker, Me)]


def by_whom(made: Iterable[Dialogue]) -> Iterator[tuple[bool, str]]:
    """All messages in order, and of each whether the persona's own person wrote it."""
    return ((isinstance(t.speaker, Me), b.text) for d in made for t in d.turns for b in t.bubbles)


def context_only(made: Iterable[Dialogue], learnt: Iterable[bool]) -> list[Dialogue]:
    """The same dialogues; own replies for which `learnt` is false (in the order of `replies`) weigh nothing."""
    answers = iter(learnt)
    return [
        replace(
            d, turns=tuple(replace(t, learn=next(answers) and t.learn) if isinstance(t.speaker, Me) else t for t in d.turns)
        )
        for d in made
    ]


@dataclass(frozen=True)
class Amount:
    """How much there is to learn from."""

    replies: int
    messages: int
    characters: int
    dialogues: int

    @property
    def verdict(self) -> str:
        """In words, before any training."""
        count = f"{self.replies:,} replies"
        if self.replies < LEAST:
            return f"{count}: too little to learn from. {LEAST} are the least, {ENOUGH:,} or more is good."
        if self.replies < ENOUGH:
            return f"{count}: enough for a first try; {ENOUGH:,} or more is good."
        return f"{count}: a good amount."


def amount(made: Iterable[Dialogue]) -> Amount:
    """Count own replies (turns), messages and characters."""
    replies = messages = characters = count = 0
    for dialogue in made:
        count += 1
        for turn in dialogue.turns:
            if isinstance(turn.speaker, Me):
                replies += 1
                messages += len(turn.bubbles)
                characters += sum(len(b.text) for b in turn.bubbles)
    return Amount(replies, messages, characters, count)


__all__ = [
    "ME_SPEAKER",
    "Amount",
    "Chat",
    "Codec",
    "Dialogue",
    "Line",
    "Parts",
    "amount",
    "boundaries",
    "parts",
    "samples",
    "units",
]

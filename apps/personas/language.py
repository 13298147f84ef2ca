"""The language of the built-in model: frozen special tokens, one tokenizer, one template for dialogues.

Pure Python over `tokenizers`; no torch, no Django. The template is versioned: a persona stores
`TEMPLATE_VERSION` and the tokenizer's hash, and refuses to run under another one.

A dialogue becomes::

    <|begin|> names of the others <|turn|> speaker <|bubble|> text <|bubble|> text <|end|> <|turn|> …

where the speaker is `<|me|>` for the persona and plain text for everybody else. Beside a name in the first line may stand
in brackets what somebody is to the person: `Anna (friend), Ben` (`introduced`).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tokenizers import Tokenizer  # the web process knows dialogues, but has no tokenizers

TEMPLATE_VERSION = 1
VOCABULARY = 8_192
RESERVED = 64

PAD, BEGIN, TURN, BUBBLE, END, ME = "<|pad|>", "<|begin|>", "<|turn|>", "<|bubble|>", "<|end|>", "<|me|>"

#: Every kind of text that the scrubber may replace by one token. Frozen with the tokenizer: append nothing, use a
#: reserved token instead.
PLACEHOLDERS = (
    "card", "iban", "phone", "email", "url", "link", "ip", "mac", "key", "wallet", "seed", "password", "pin", "code",
    "cvv", "id", "passport", "licence", "plate", "bank", "address", "postcode", "birthdate", "handle", "geo",
    "booking", "secret", "media",
)  # fmt: skip

CONTROL_TOKENS = (PAD, BEGIN, TURN, BUBBLE, END, ME)
SPECIAL_TOKENS = (
    *CONTROL_TOKENS,
    *(f"<|{kind}|>" for kind in PLACEHOLDERS),
    *(f"<|reserved_{n}|>" for n in range(RESERVED)),
)
SPECIAL_IDS = {token: index for index, token in enumerate(SPECIAL_TOKENS)}
PAD_ID, BEGIN_ID, TURN_ID, BUBBLE_ID, END_ID, ME_ID = range(6)
PLACEHOLDER_IDS = {kind: SPECIAL_IDS[f"<|{kind}|>"] for kind in PLACEHOLDERS}
#: Never sampled: everything special except what ends a bubble or a turn and starts the next one.
BANNED_IDS = tuple(i for i in range(len(SPECIAL_TOKENS)) if i not in {BUBBLE_ID, END_ID, TURN_ID, ME_ID})


def introduced(names: Iterable[str], relations: Mapping[str, str]) -> tuple[str, ...]:
    """Names as the head of a dialogue tells them: with what each is to the person, where that was said."""
    return tuple(f"{name} ({relations[name]})" if relations.get(name) else name for name in names)


class Me:
    """The type of `ME_SPEAKER`: the persona's own seat, which has a token instead of a name."""

    def __repr__(self) -> str:
        return "ME_SPEAKER"


ME_SPEAKER = Me()
Speaker = str | Me


@dataclass(frozen=True)
class Mark:
    """A placeholder standing at `text[start:end]` (offsets in characters)."""

    start: int
    end: int
    kind: str


@dataclass(frozen=True)
class Bubble:
    """One message: text with the placeholders that stand in it."""

    text: str
    marks: tuple[Mark, ...] = ()
    at: float | None = None  # seconds, where the export gives a time


@dataclass(frozen=True)
class Turn:
    """What one speaker says before somebody else does, as one or several bubbles. Without `learn` it is context only."""

    speaker: Speaker
    bubbles: tuple[Bubble, ...]
    learn: bool = True

    @property
    def text(self) -> str:
        """All its messages, parted by blanks."""
        return " ".join(b.text for b in self.bubbles)


@dataclass
class Encoded:
    """Token ids with one loss weight for each: `weights[i]` is the weight of predicting `ids[i]`."""

    ids: list[int] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)
    figures: bool = False  # whether figures weigh like other words

    def add(self, ids: Iterable[int], weight: float, secret: Iterable[bool] = ()) -> None:
        """Ids with one weight; 0 where a token is special or `secret` says so."""
        for token, hidden in zip_longest(ids, secret, fillvalue=False):
            self.ids.append(int(token))
            self.weights.append(0.0 if hidden or token in _UNLEARNT else weight)


#: Figures of four digits and more, and words with digits in them: read, but never learnt. What the scrubber overlooks is mostly
#: one of these, and what is never learnt cannot be known by heart.
FIGURES = re.compile(r"\d(?:[ .\-/]?\d){3,}|(?=\w*\d)(?=\w*[^\W\d])\w{6,}")


def in_figures(text: str, offsets: Iterable[tuple[int, int]]) -> list[bool]:
    """Which tokens, by their (start, end) in a text, touch a figure."""
    spans = [match.span() for match in FIGURES.finditer(text)]
    return [any(start < b and a < end for a, b in spans) for start, end in offsets]


_UNLEARNT = frozenset(range(len(SPECIAL_TOKENS))) - {BUBBLE_ID, END_ID, TURN_ID, ME_ID}


class Language:
    """The frozen tokenizer with the template. Text is never parsed for special tokens."""

    #: How many tokens do what one token of a common vocabulary does: limits and looks back are multiplied by it.
    scale = 1
    #: How many of the last tokens count as repeated; 0 where single tokens are letters.
    looks_back = 64

    def __init__(self, tokenizer: Tokenizer) -> None:
        for token, index in SPECIAL_IDS.items():
            if tokenizer.token_to_id(token) != index:
                raise ValueError(f"This tokenizer does not hold {token} at {index}; use the one shipped with the base.")
        self.tokenizer = tokenizer
        tokenizer.encode_special_tokens = True  # "<|me|>" typed by somebody is seven ordinary tokens

    @classmethod
    def load(cls, path: Path) -> Language:
        """Read `tokenizer.json`. Raises ValueError where the special tokens are not ours."""
        from tokenizers import Tokenizer

        return cls(Tokenizer.from_file(str(path)))

    @property
    def hash(self) -> str:
        """SHA-256 of vocabulary, merges and template version: what a persona is bound to."""
        return hashlib.sha256(f"{TEMPLATE_VERSION}\n{self.tokenizer.to_str()}".encode()).hexdigest()

    def coded(self, text: str) -> tuple[list[int], list[tuple[int, int]]]:
        """Token ids of plain text, never a special id, and where each token stands in it."""
        coded = self.tokenizer.encode(text, add_special_tokens=False)
        return coded.ids, coded.offsets

    def encode_text(self, text: str) -> list[int]:
        """Token ids of plain text; never a special id."""
        return self.coded(text)[0]

    def encode_bubble(self, bubble: Bubble) -> tuple[list[int], list[bool]]:
        """Token ids of a message, with one token for each placeholder, and which of them belong to figures."""
        ids: list[int] = []
        hidden: list[bool] = []
        at = 0
        for mark in (*bubble.marks, None):
            piece = bubble.text[at : mark.start if mark else None]
            if piece:
                found, places = self.coded(piece)
                ids += found
                hidden += in_figures(piece, places)
            if mark:
                ids.append(PLACEHOLDER_IDS.get(mark.kind, PLACEHOLDER_IDS["secret"]))
                hidden.append(True)
                at = mark.end
        return ids, hidden

    def opening(self, others: Sequence[str]) -> list[int]:
        """The head of a dialogue: who is in it besides the persona."""
        return [BEGIN_ID, *self.encode_text(", ".join(others))]

    def head(self, speaker: Speaker) -> list[int]:
        """The head of a turn: whose it is."""
        return [TURN_ID, ME_ID] if isinstance(speaker, Me) else [TURN_ID, *self.encode_text(speaker)]

    def encode_turn(self, turn: Turn) -> tuple[list[int], list[int], list[bool]]:
        """Head and body of a turn, and which tokens of the body belong to figures; the body ends with `<|end|>`."""
        body: list[int] = []
        hidden: list[bool] = []
        for bubble in turn.bubbles:
            ids, figures = self.encode_bubble(bubble)
            body += [BUBBLE_ID, *ids]
            hidden += [False, *figures]
        return self.head(turn.speaker), [*body, END_ID], [*hidden, False]

    def encode(
        self, others: Sequence[str], turns: Sequence[Turn], *, own: float, theirs: float, heads: float, figures: bool = False
    ) -> Encoded:
        """A dialogue with the weight of learning each token: `own` turns, `theirs`, and whose turn it is (`heads`).

        Figures weigh nothing, unless `figures` says so (an audit asks how likely they are).
        """
        out = Encoded(figures=figures)
        out.add(self.opening(others), 0.0)
        for turn in turns:
            head, body, hidden = self.encode_turn(turn)
            weight = own if isinstance(turn.speaker, Me) else theirs
            out.add(head, heads if turn.learn else 0.0)
            out.add(body, weight if turn.learn else 0.0, () if figures else hidden)
        return out

    def prompt(self, others: Sequence[str], turns: Sequence[Turn], speaker: Speaker | None) -> list[int]:
        """What a model continues: the dialogue so far, then the head of `speaker`'s turn (None: it chooses)."""
        ids = self.encode(others, turns, own=0, theirs=0, heads=0).ids
        return ids if speaker is None else [*ids, *self.head(speaker)]

    def token(self, number: int) -> str:
        """A token as the tokenizer writes it."""
        return self.tokenizer.id_to_token(number) or ""

    def shown(self, text: str) -> str:
        """What of a text that is being written may be shown already."""
        return text

    def decode(self, ids: Sequence[int]) -> str:
        """Text of ordinary tokens; broken UTF-8 at the edges becomes U+FFFD."""
        return self.tokenizer.decode(list(ids), skip_special_tokens=True)


def train_tokenizer(texts: Iterator[str]) -> Tokenizer:
    """Byte-level BPE of `VOCABULARY` tokens (Sennrich et al. 2016; byte level as in GPT-2), special tokens first."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=VOCABULARY,
        special_tokens=list(SPECIAL_TOKENS),
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer

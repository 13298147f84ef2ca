"""The names of people who are forgotten: what they stood for is replaced for ever, and nothing remembers it. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from apps.archives import forgotten_words
from apps.archives.addresses import Way, normal
from apps.archives.formats.types import AddressKind
from apps.privacy.scrub import assigning, lexicon
from apps.privacy.scrub.displays import WORD, called, leads, parts
from apps.privacy.scrub.names import Names, Pair
from apps.privacy.scrub.normal import NAMED
from apps.privacy.scrub.types import View
from apps.privacy.scrub.wording import is_word

#: As which kinds of addresses a replaced value of a kind may be known.
_WAYS: dict[str, tuple[AddressKind, ...]] = {"phone": ("phone",), "email": ("email",), "handle": ("handle",)}
#: Kinds whose values name somebody.
_TELLING = NAMED | {"email", "handle"}


@dataclass(frozen=True)
class Gone:
    """`names` finds tokens that nobody else is called by, `back` their surrogates, `kept` those of everybody else."""

    displays: dict[str, str] = field(default_factory=dict)
    names: Names = field(default_factory=lambda: Names([]))
    back: Names = field(default_factory=lambda: Names([]))
    kept: Names = field(default_factory=lambda: Names([]))
    ways: frozenset[Way] = frozenset()  # how else they are known, in their normal form
    heard: frozenset[str] = frozenset()  # those of the tokens that others said, and nothing else tells

    @property
    def nobody(self) -> bool:
        return not self.displays and not self.ways and not self.names.pairs

    @property
    def tokens(self) -> set[str]:
        """The tokens that are forgotten, in small letters."""
        return {p.real.lower() for p in self.names.pairs}

    @property
    def certain(self) -> frozenset[str]:
        """The tokens and their short forms: what is replaced for their sake can not be put back."""
        return frozenset(self.tokens).union(*(lexicon.nicknames().get(token, ()) for token in self.tokens))

    @property
    def spoken(self) -> list[str]:
        """The keys of the words by which others may speak of them (`forgotten_words`), as far as these are nobody else's."""
        names = [(p.real.lower(), p.part == "last") for p in self.names.pairs]
        return forgotten_words.words(names, self.names.people, {p.real.lower() for p in self.kept.pairs})

    def told(self, kind: str, value: str, stand: str) -> bool:
        """Whether a replaced value tells their name; `stand` is what stands in its place. A password or an address of somebody else
        that holds it is a secret of theirs, which is looked for as long as the ledger has it."""
        if any((one, normal((one, value))) in self.ways for one in _WAYS.get(kind, ())):
            return True
        if (
            self.nobody
            or kind not in _TELLING
            or (self.kept.pairs and self.kept.replaced(value).lower() == stand.lower() != value.lower())
        ):
            return False
        if self.named(value):
            return True
        return kind in NAMED and (_any(self.names, value) or _any(self.back, stand))

    def named(self, text: str) -> bool:
        """Whether a text holds one of the names as it is written, or is a whole display name."""
        low = text.strip().casefold()
        if any(low == display.strip().casefold() for display in self.displays):
            return True
        return not self.tokens.isdisjoint(word.lower() for word in WORD.findall(text))

    def nameless(self, key: str) -> str:
        """The key of a chat, which may hold a title in small letters and without spaces; "" where it names them."""
        return "" if any(token in key.lower() for token in self.tokens) else key

    def hidden(self, text: str) -> str:
        """A text with their names as surrogates."""
        for display, stand in self.displays.items():
            text = re.sub(rf"(?<!\w){re.escape(display)}(?!\w)", lambda _, s=stand: s, text, flags=re.I)  # type: ignore[misc]
        careful = {token for token in self.heard if is_word(token)}
        stands = {low: p.stand for p in self.names.pairs if (low := p.real.lower()) not in careful}
        text = WORD.sub(lambda m: stands.get(m[0].lower(), m[0]) if m[0][:1].isupper() else m[0], text)
        return self.names.replaced(text)

    def inside(self, value: Any) -> Any:
        """A JSON value with their names as surrogates in all its texts."""
        if isinstance(value, str):
            return value if self.nobody else self.hidden(value)
        if isinstance(value, list):
            return [self.inside(v) for v in value]
        if isinstance(value, dict):
            return {self.inside(k): self.inside(v) for k, v in value.items()}
        return value


def _any(names: Names, text: str) -> bool:
    return next(iter(names.find(View(text))), None) is not None


def tokens(displays: Iterable[str]) -> set[str]:
    """The tokens of display names, in small letters."""
    return {t.lower() for d in displays for found in [parts(d)] for t in (*found.firsts, *found.lasts)}


def of(
    pairs: Sequence[Pair],
    displays: Iterable[str],
    others: Iterable[str],
    ways: Iterable[Way] = (),
    words: Iterable[str] = (),
) -> Gone:
    """Who is called `displays`, and known by `ways`, is forgotten; tokens of `others`, who stay, are not. `words` are single
    words of names of which no more is known."""
    whole = sorted({d for d in displays if d.strip()}, key=len, reverse=True)
    lost = tokens([*whole, *words]) - tokens(others)
    split = [parts(d) for d in whole]
    people = [(*p.firsts, *p.lasts) for p in split if p.lasts]
    names = Names([p for p in pairs if p.real.lower() in lost], people, led=leads(split))
    stands = {p.real.lower(): p.stand for p in pairs}
    return Gone(
        {d: called(d, stands, "somebody") for d in whole}, names, assigning.inverse(names),
        Names([p for p in pairs if p.real.lower() not in lost]),
        frozenset((kind, plain) for kind, value in ways if (plain := normal((kind, value)))),
        frozenset(lost - tokens(whole)),
    )  # fmt: skip


NOBODY = Gone()

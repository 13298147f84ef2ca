"""Names of the people of an archive, in all the ways they are written, and their surrogates there and back. Pure.

The archive itself tells who its people are. Every token of their display names has one surrogate, the same everywhere: all
Annas become Clara, and a family keeps a common last name. "anna", "ANNA", "Annaaa", "#anna", "Anna's", "Анну" follow.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import msgspec

from apps.privacy.scrub import beside, lexicon, surrogates
from apps.privacy.scrub.displays import WORD
from apps.privacy.scrub.spelling import cuts, declined, dressed, one_apart, plain, run_together, runs, squeezed, takes_s
from apps.privacy.scrub.types import Finding, View
from apps.privacy.scrub.wholes import PARTS, Whole, Wholes
from apps.privacy.scrub.wording import COMMON, VERY_COMMON, Usage, frequency, is_word, vocabulary

RANK = 20
#: Names shorter than this count only with a capital; shorter than `FUZZY` they are not looked for with a slip.
SHORT, FUZZY, PREFIX = 3, 5, 4
#: From so much on a name that is a word is taken for the name (see `beside`), and what a capital inside of a sentence says.
ENOUGH, CAPITAL = 1.0, 2.5
_TAG = re.compile(r"#([^\W_]\w{2,60})")
_ARTICLES = {
    code: frozenset(words.split())
    for code, words in {
        "en": "the a an my your his her its our their this that some any no every to into i'll i'd we'll you'll",
        "de": "der die das den dem des ein eine einen einem einer kein keine mein meine dein deine sein seine ihr unser vom zum zur beim im am ins ans",
        "fr": "le la les l' un une des mon ma mes ton ta tes son sa ses notre votre du au aux ce cette ces quel quelle",
        "es": "el la los las un una unos unas mi tu su del al este esta ese esa",
        "it": "il lo la i gli le l' un uno una un' mio mia tuo tua suo sua del dello della dell' dei delle al alla all' dal dalla nel nella nell' sul sulla",
        "pt": "o a os as um uma uns umas meu minha teu tua seu sua do da dos das no na nos nas ao à pelo pela",
        "ru": "мой моя моё мои твой твоя твои этот эта это эти весь вся всё",
    }.items()
}
_PARTICLE = re.compile(r"^(?:von|van|der|dos|das|del|des|de|da|do|di|du|la|le)")


class Pair(msgspec.Struct, frozen=True):
    """A token of a name and what stands for it. `part` is first, last, or another kind of what is named."""

    real: str
    stand: str
    part: str


@dataclass(frozen=True)
class _Form:
    """How a written word belongs to a name: what stands for it in small letters, letters drawn out at the end."""

    token: str
    stand: str
    careful: bool = False  # an ordinary word, or very short: counts only where it is used as a name
    word: bool = False  # an ordinary word as well: never one behind an article
    slip: bool = False
    genitive: bool = False  # "wolfs auto", of a name that is a word
    drawn: int = 0
    pieces: tuple[str, ...] = ()  # of a name written as one word

    def as_in(self, word: str) -> str:
        """What stands for it, in the dress of how it was written."""
        if self.pieces and not word.isupper() and any(c.isupper() for c in word[1:]):
            return "".join(p.capitalize() for p in self.pieces)
        return dressed(word, self.stand, self.drawn)


@dataclass
class Names:
    """Finds what `pairs` name and knows what stands for it. With `fuzzy` also slips of the pen."""

    pairs: Sequence[Pair]
    people: Sequence[tuple[str, ...]] = ()  # the tokens of each person, for names written as one word
    usage: Usage = field(default_factory=Usage)
    fuzzy: bool = True  # slips, short forms, and care with names that are words: for real names, not for surrogates
    _forms: dict[str, _Form] = field(default_factory=dict)
    _near: dict[str, list[str]] = field(default_factory=dict)
    _starts: dict[str, str] = field(default_factory=dict)
    _drawn: dict[str, list[str]] = field(default_factory=dict)
    _met: dict[str, _Form | None] = field(default_factory=dict)
    _none: set[str] = field(default_factory=set)
    _couples: set[tuple[str, str]] = field(default_factory=set)
    _joined: list[str] = field(default_factory=list)
    _wholes: Wholes = field(init=False)
    #: Short forms with a surrogate of their own.
    short: list[Pair] = field(default_factory=list)

    def __post_init__(self) -> None:
        for pair in self.pairs:
            if pair.part in ("person", *PARTS):
                continue  # somebody without a name: only their seat is called so; places are found as wholes
            self._learn(pair.real.lower(), pair.stand.lower(), pair.part)
        wholes = [Whole(p.real, p.stand, p.part) for p in self.pairs if p.part in PARTS]
        self._wholes = Wholes(wholes, careful=self.fuzzy)
        if self.fuzzy:
            self._nicknames()
            for token in list(self._forms):
                self._neighbours(token)
        for tokens in self.people:
            self._together(tokens)

    def _learn(self, real: str, stand: str, part: str) -> None:
        careful = self.fuzzy and (len(real) < SHORT or self.usage.doubtful(real))
        word = self.fuzzy and is_word(real, self.usage.languages)
        mine, theirs = surrogates.stem(real, last=part == "last"), surrogates.stem(stand, last=part == "last")
        for form in dict.fromkeys((real, *mine.forms)):
            shared = self.fuzzy and part == "last" and form != real and form in vocabulary(True)
            self._forms.setdefault(form, _Form(real, declined(form, mine, theirs, stand), careful or shared, word))
        bare = plain(real)
        if bare != real and len(bare) >= SHORT:
            self._forms.setdefault(bare, _Form(real, stand, careful or (self.fuzzy and self.usage.doubtful(bare))))
        if part == "first" and self.fuzzy:
            for end in range(PREFIX, len(real)):
                self._starts[real[:end]] = "" if self._starts.get(real[:end], real) != real else real
        if not careful and len(real) >= SHORT and (not self.fuzzy or takes_s(real)):
            self._forms.setdefault(real + "s", _Form(real, stand + "s"))
        elif careful and len(real) > SHORT and takes_s(real):
            self._forms.setdefault(real + "s", _Form(real, stand + "s", careful=True, word=True, genitive=True))
        if run_together(real):
            self._joined.append(real)
        self._drawn.setdefault(squeezed(real), []).append(real)

    def _nicknames(self) -> None:
        """Short forms of first names, as far as nobody else is called so."""
        used = {p.stand.lower() for p in self.pairs}
        for pair in self.pairs:
            theirs = sorted(lexicon.nicknames().get(pair.stand.lower(), ())) if pair.part == "first" else []
            for nick in sorted(lexicon.nicknames().get(pair.real.lower(), ())) if pair.part == "first" else []:
                if nick in self._forms:
                    continue
                like = [n for n in theirs if self._may_stand(n) and surrogates.stem(n).kind == surrogates.stem(nick).kind]
                free = next((n for n in like if n not in used), "")
                twin = self._forms.get(plain(nick))  # "серёжа" and "сережа" are one
                if free and twin is None:
                    used.add(free)
                    self.short.append(Pair(nick, free, "first"))
                declines = surrogates.stem(nick).kind != "-"
                self._learn(
                    nick, twin.stand if twin else free or (like[0] if like and declines else pair.stand.lower()), "first"
                )

    def _may_stand(self, nick: str) -> bool:
        """Whether a short form can stand for somebody: coming back, a word would become their name wherever it is said."""
        often = frequency(nick)
        return nick not in self._forms and often < VERY_COMMON and (often < COMMON or surrogates.is_name(nick))

    def _neighbours(self, token: str) -> None:
        form = self._forms[token]
        if len(token) >= FUZZY and not form.slip and token != form.token + "s":
            for cut in (token, *cuts(token)):
                self._near.setdefault(cut, []).append(token)

    def _together(self, tokens: tuple[str, ...]) -> None:
        low = [t.lower() for t in tokens if t.lower() in self._forms]
        self._couples.update(combinations(low, 2))
        for order in (low, low[::-1]):
            if len(order) > 1 and len(whole := "".join(order)) >= 7:
                pieces = tuple(self._forms[t].stand for t in order)
                form = _Form(order[0], "".join(pieces), pieces=pieces)
                self._forms.setdefault(whole, form)
                self._forms.setdefault("".join(map(plain, order)), form)

    # finding

    def find(self, view: View) -> Iterator[Finding]:
        """Where names stand, each with its surrogate in the same dress."""
        text = view.plain
        if self._wholes:
            yield from self._wholes.find(text)
        if not self._forms:
            return
        if "#" not in text and not self._joined and self._none.issuperset(WORD.findall(text)):
            return  # every word was met before, and is no name
        for match in WORD.finditer(text):
            form = self._form(match[0])
            if form is None:
                self._none.add(match[0])
            elif self._counts(text, match, form):
                yield Finding(match.start(), match.end(), "name", RANK, form.as_in(match[0]))
        if "#" in text:
            yield from self._tags(text)
        for token in self._joined:
            for match in re.finditer(re.escape(token), text):
                yield Finding(match.start(), match.end(), "name", RANK, self._forms[token].stand)

    def _counts(self, text: str, match: re.Match[str], form: _Form) -> bool:
        if form.careful:
            return self._used_as_name(text, match, form)
        if text[match.end() : match.end() + 2] in ("'t", "’t"):
            return False  # "aren't"
        return not form.word or self._weight(text, match, form) > -1.0

    def _article(self, word: str) -> bool:
        return any(word in _ARTICLES[code] for code in self.usage.languages if code in _ARTICLES)

    def _form(self, word: str) -> _Form | None:
        low = word.lower()
        if low not in self._met:
            if len(self._met) > 300_000:
                self._met.clear()
                self._none.clear()
            self._met[low] = self._forms.get(low) or self._stretched(low) or (self._odd(low) if self.fuzzy else None)
        return self._met[low]

    def _stretched(self, low: str) -> _Form | None:
        """ "annaaaa": letters drawn out, and the name has no fewer of them than it should."""
        if len(low) < 4 or not re.search(r"(.)\1", low):
            return None
        drawn = runs(low)
        if not (max(n for _, n in drawn) >= 3 or (drawn[-1][1] >= 2 and low not in vocabulary(not low.isascii()))):
            return None
        for token in self._drawn.get(squeezed(low), ()):
            form = self._forms[token]
            own = runs(token)
            if len(token) >= SHORT and all(n >= m for (_, n), (_, m) in zip(drawn, own, strict=True)):
                return _Form(token, form.stand, form.careful, drawn=len(low) - len(token))
        return None

    def _odd(self, low: str) -> _Form | None:
        """A word that is none: a name cut short, or with a slip in it."""
        if len(low) < PREFIX or (low in vocabulary(not low.isascii()) and not surrogates.is_name(low)):
            return None
        if token := self._starts.get(low):
            return self._forms[token]
        return None if surrogates.is_name(low) else self._slip(low)

    def _slip(self, low: str) -> _Form | None:
        """One letter too many, too few, wrong, or two exchanged (Damerau 1964); ordinary words and other names are none."""
        for cut in (low, *cuts(low)) if len(low) >= FUZZY - 1 else ():
            for token in self._near.get(cut, ()):
                if one_apart(low, token):
                    form = self._forms[token]
                    return _Form(form.token, form.stand, form.careful and frequency(token) > COMMON, slip=True)
        return None

    def near(self, word: str) -> bool:
        """Whether a word is one of these names, or could be taken for a slip of one."""
        low = word.lower()
        if low in self._forms or squeezed(low) in self._drawn:
            return True
        return low in self._starts or any(cut in self._near or cut in self._forms for cut in (low, *cuts(low)))

    def _used_as_name(self, text: str, match: re.Match[str], form: _Form) -> bool:
        word, start, end = match[0], match.start(), match.end()
        before, last = text[:start].rstrip(), _before(text, start)
        if last in lexicon.hello() and before[-1:] not in ".!?":
            return True
        after = WORD.match(text, end + 1) if text[end : end + 1] == " " else None
        if after and self._same_person(word, after[0]):
            return True
        if before and text[start - 1] == " " and self._same_person(before[-len(last) :], word):
            return True
        return self._weight(text, match, form) >= ENOUGH

    def _weight(self, text: str, match: re.Match[str], form: _Form) -> float:
        """What speaks for a name: the words beside it, a capital where words have none, and how the archive uses it."""
        word, start, end = match[0], match.start(), match.end()
        around = beside.place(text, start, end)
        weight = beside.weight(word.lower(), around, self.usage.languages, form.genitive)
        shouted = len(word) > 1 and word.isupper() and text.isupper()
        if word[0].isupper() and not shouted and (around.before or around.genitive):
            weight += CAPITAL
        return weight + self.usage.leaning(form.token)

    def _same_person(self, one: str, other: str) -> bool:
        """Whether two neighbours are the names of one person, in their order or with capitals."""
        first, second = self._forms.get(one.lower()), self._forms.get(other.lower())
        if first is None or second is None:
            return False
        capitals = one[:1].isupper() and other[:1].isupper()
        pair = (first.token, second.token)
        return pair in self._couples or (capitals and pair[::-1] in self._couples)

    def _tags(self, text: str) -> Iterator[Finding]:
        for match in _TAG.finditer(text):
            word = match[1].rstrip("0123456789_")
            form = self._form("".join(WORD.findall(word))) or self._compound(plain(word))
            if form is not None:
                yield Finding(match.start(1), match.start(1) + len(word), "name", RANK + 1, form.as_in(word))

    def _compound(self, low: str) -> _Form | None:
        """Two names in one word, perhaps with "de" between them."""
        for end in range(SHORT, len(low) - SHORT + 1):
            first = self._forms.get(low[:end])
            rest = self._forms.get(low[end:]) or self._forms.get(_PARTICLE.sub("", low[end:])) if first else None
            if first and rest:
                return _Form(first.token, first.stand + rest.stand, pieces=(first.stand, rest.stand))
        return None

    # there and back

    def replaced(self, text: str) -> str:
        """A text with every name exchanged."""
        view = View(text)
        pieces: list[str] = []
        at = 0
        for found in sorted(map(view.back, self.find(view)), key=lambda f: (f.start, -f.rank)):
            if found.start >= at:
                pieces += [text[at : found.start], found.instead]
                at = found.end
        return "".join([*pieces, text[at:]])


def _before(text: str, start: int) -> str:
    """The word before a place, in small letters; of "l'ours" the article."""
    before = text[:start].rstrip()
    last = before[max(before.rfind(" "), before.rfind("\n")) + 1 :]
    return last.strip('"([,:;!?').replace("’", "'").lower()

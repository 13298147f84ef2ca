"""Every way in which names are written: in parts, short, drawn out, with a slip, in the genitive, as one word. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from itertools import combinations

import msgspec

from apps.privacy.scrub import gazetteer, lexicon, scripts, surrogates
from apps.privacy.scrub.declension import stem
from apps.privacy.scrub.short_forms import ShortForms
from apps.privacy.scrub.spelling import (
    accents,
    cuts,
    declined,
    dressed,
    everyday,
    folded,
    in_two_letters,
    is_another_word,
    one_apart,
    openings,
    plain,
    run_together,
    runs,
    squeezed,
    takes_s,
)
from apps.privacy.scrub.wording import COMMON, ORDINARY, VERY_COMMON, Usage, frequency, is_word, said_elsewhere, vocabulary

#: Names shorter than this count only with a capital; shorter than `FUZZY` they are not looked for with a slip.
SHORT, FUZZY, PREFIX = 3, 5, 4
#: Zipf frequency from which a spelling of a name that is none in a language is a word there: "edit" is not always Edith.
HEARD = 4.3
_LONG = re.compile(r"(.)\1{2,}")
#: Small words between two names that are written as one.
_PARTICLES = tuple("von van der den dos das dell della del des de da do di du d la le lo st".split())  # noqa: SIM905


class Pair(msgspec.Struct, frozen=True):
    """A token of a name and what stands for it. `part` is first, last, or another kind of what is named."""

    real: str
    stand: str
    part: str


@dataclass(frozen=True)
class Form:
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
class Forms:
    """The forms of some names, and which of them a written word is. With `fuzzy` also slips and short forms."""

    usage: Usage
    fuzzy: bool
    stands: frozenset[str] = frozenset()  # what stands for names, in small letters
    joined: list[str] = field(default_factory=list)  # names in scripts without blanks
    #: Short forms with a surrogate of their own.
    short: list[Pair] = field(default_factory=list)
    _forms: dict[str, Form] = field(default_factory=dict)
    _near: dict[str, list[str]] = field(default_factory=dict)
    _spelt: dict[str, str] = field(default_factory=dict)  # names by what their spellings have in common
    _starts: dict[str, str] = field(default_factory=dict)
    _short_forms: ShortForms = field(default_factory=ShortForms)
    _drawn: dict[str, list[str]] = field(default_factory=dict)
    _met: dict[str, Form | None] = field(default_factory=dict)
    _couples: set[tuple[str, str]] = field(default_factory=set)
    _elsewhere: set[str] = field(default_factory=set)  # names as they are written in other scripts
    _openings: set[str] = field(default_factory=set)  # the first two letters of all that a word is looked up in

    def __len__(self) -> int:
        return len(self._forms)

    def learn(self, pairs: Sequence[Pair], people: Sequence[tuple[str, ...]]) -> None:
        """All forms of the names of `pairs`; `people` are the tokens of each person."""
        for pair in pairs:  # a name as it is goes before a case of another ("Сорокин" is no "Сорокина" without her end)
            real, stand = pair.real.lower(), pair.stand.lower()
            self._forms.setdefault(real, self._form(real, real, stand, pair.part))
        for pair in pairs:
            self._learn(pair.real.lower(), pair.stand.lower(), pair.part)
        twins = self._in_other_scripts(pairs)
        if self.fuzzy:
            self._nicknames([*pairs, *twins.values()])
            for token in list(self._forms):
                self._neighbours(token)
        for tokens in people:
            self._together(tokens)
            self._together(tokens[:-1])  # "#jeanpierre"
            for other in (scripts.LATIN, *sorted(scripts.OTHERS)) if twins else ():
                self._together(tuple(twins[t.lower(), other].real for t in tokens if (t.lower(), other) in twins))
        for known in (self._forms, self._near, self._starts, self._drawn, self._short_forms.parts()):
            self._openings.update(key[:2] for key in known)
        for key in self._spelt:
            self._openings |= openings(key)

    def _cannot_be(self, low: str) -> bool:
        """Whether a word begins like nothing known, also with one of its first letters missing. Most words do, and an archive
        may hold a million different ones."""
        if not low.isascii() or len(low) < SHORT or low[0] == low[1] or _LONG.search(low):
            return False  # accents, and letters drawn out, are undone first
        return self._openings.isdisjoint((low[:2], low[1:3], low[0] + low[2:3]))

    def _in_other_scripts(self, pairs: Sequence[Pair]) -> dict[tuple[str, str], Pair]:
        """Learn the names also as they are written in other scripts, each with what stands for it there; by name and script the
        usual way. A name that somebody has goes before what is another one in other letters."""
        made: dict[tuple[str, str], Pair] = {}
        for pair in pairs:
            low = pair.real.lower()
            for other, ways in scripts.in_others(low, self.usage.written):
                stand = (
                    scripts.like(pair.stand, other).lower() if scripts.script(pair.stand) != other else pair.stand.lower()
                )
                first = made[low, other] = Pair(ways[0], stand, pair.part)
                self._learn_elsewhere(first.real, stand, pair.part)
                for way in ways[1:]:
                    self._learn_elsewhere(way, stand, pair.part if other != scripts.LATIN else "spelling")
        self.stands |= {p.stand for p in made.values()}
        return made

    def _learn_elsewhere(self, real: str, stand: str, part: str) -> None:
        if real not in self._forms:
            self._elsewhere.add(real)
            self._learn(real, stand, part)

    def _careful(self, real: str) -> bool:
        if real in self._elsewhere:
            return _is_word_elsewhere(real)
        return self.fuzzy and (len(real) < SHORT or self.usage.doubtful(real))

    def _form(self, form: str, real: str, stand: str, part: str) -> Form:
        """A case of a name, or the name itself."""
        mine, theirs = stem(real, last=part == "last"), stem(stand, last=part == "last")
        shared = self.fuzzy and (part == "last" or real in self._elsewhere) and form != real and form in vocabulary(True)
        other = self._another(form, real)
        word = (
            other
            or (self.fuzzy and is_word(real, self.usage.languages))
            or (real in self._elsewhere and _is_word_elsewhere(real))
        )
        return Form(real, declined(form, mine, theirs, stand), self._careful(real) or shared or other, word)

    def _another(self, form: str, real: str) -> bool:
        """Whether a form of a surrogate is another word, which counts only where it is used as a name."""
        return not self.fuzzy and form != real and is_another_word(form, real)

    def _doubtful(self, form: str, real: str) -> bool:
        return self.usage.doubtful(form) if self.fuzzy else self._another(form, real)

    def _learn(self, real: str, stand: str, part: str) -> None:
        careful = self._careful(real)
        for form in dict.fromkeys((real, *stem(real, last=part == "last").forms)):
            self._forms.setdefault(form, found := self._form(form, real, stand, part))
            if "ё" in form:  # mostly written without its dots
                bare = form.replace("ё", "е")
                doubtful = found.careful or self._doubtful(bare, real)
                self._forms.setdefault(bare, Form(real, found.stand, doubtful, found.word))
        bare = plain(real)
        for other in {bare, in_two_letters(real)} - {real}:
            if len(other) >= SHORT:
                self._forms.setdefault(other, Form(real, stand, careful or self._doubtful(other, real)))
        foreign = real in self._elsewhere and not surrogates.is_name(real)  # nobody makes "Курочка" of "Kurt"
        if part == "first" and self.fuzzy and not foreign:
            self._short_forms.add(bare, real)
            for end in range(PREFIX, len(real)):
                self._starts[real[:end]] = "" if self._starts.get(real[:end], real) != real else real
        if not careful and len(real) >= SHORT and (not self.fuzzy or takes_s(real)):
            another = self._another(real + "s", real)
            self._forms.setdefault(real + "s", Form(real, stand + "s", careful=another, word=another))
        elif len(real) > SHORT and careful == takes_s(real):  # "christians auto": others are called Christians
            self._forms.setdefault(real + "s", Form(real, stand + "s", careful=True, word=True, genitive=True))
        if run_together(real):
            self.joined.append(real)
        self._drawn.setdefault(squeezed(real), []).append(real)

    def _nicknames(self, pairs: Sequence[Pair]) -> None:
        """Short forms of first names, as far as nobody else is called so."""
        used = set(self.stands)
        for pair in pairs:
            theirs = _short_of(pair.stand) if pair.part == "first" else []
            for nick in _short_of(pair.real) if pair.part == "first" else []:
                if nick in self._forms:
                    continue
                strict = pair.real in self._elsewhere
                may = [n for n in theirs if self._may_stand(n) and not (strict and n in vocabulary(n >= "а"))]
                like = [n for n in may if stem(n).kind == stem(nick).kind]
                free = next((n for n in like if n not in used), "")
                twin = self._forms.get(plain(nick))  # "серёжа" and "сережа" are one
                if free and twin is None:
                    used.add(free)
                    self.short.append(Pair(nick, free, "first"))
                declines = stem(nick).kind != "-"
                stand = twin.stand if twin else free or (like[0] if like and declines else pair.stand.lower())
                self._learn(nick, stand, "first")
                for _, ways in scripts.in_others(nick, frozenset()):  # "Sasha" of "Александр"
                    for way in ways:
                        self._learn_elsewhere(way, scripts.like(stand, scripts.LATIN).lower(), "spelling")

    def _may_stand(self, nick: str) -> bool:
        """Whether a short form can stand for somebody: coming back, a word would become their name wherever it is said."""
        often = frequency(nick)
        return nick not in self._forms and often < VERY_COMMON and (often < COMMON or surrogates.is_name(nick))

    def _neighbours(self, token: str) -> None:
        form = self._forms[token]
        if form.token in self._elsewhere and token != form.token:
            return  # of names in other scripts cases are many, and slips in them rare
        if token != form.token + "s" and (key := folded(token)):
            self._spelt.setdefault(key, token)
        if len(token) >= FUZZY and not form.slip and token != form.token + "s":
            for cut in (token, *cuts(token)):
                self._near.setdefault(cut, []).append(token)

    def _together(self, tokens: tuple[str, ...]) -> None:
        low = [t.lower() for t in tokens if t.lower() in self._forms]
        self._couples.update(combinations(low, 2))
        for order in (low, low[::-1]):
            if len(order) > 1 and len(whole := "".join(order)) >= 7:
                pieces = tuple(self._forms[t].stand for t in order)
                form = Form(order[0], "".join(pieces), pieces=pieces)
                self._forms.setdefault(whole, form)
                self._forms.setdefault("".join(map(plain, order)), form)

    def of(self, word: str) -> Form | None:
        """The form that a word is written in; None when it is no name."""
        low = word.lower()
        if low not in self._met:
            if len(self._met) > 300_000:
                self._met.clear()
            self._met[low] = None if self._cannot_be(low) else self._looked_up(low)
        return self._met[low]

    def _looked_up(self, low: str) -> Form | None:
        found = self._forms.get(low) or self._accented(low) or self._stretched(low)
        return found or (self._odd(low) if self.fuzzy else None) or self._drawn_out(low)

    def _accented(self, low: str) -> Form | None:
        """ "José" and "Jürgen" of people who are called "Jose" and "Juergen" in the archive; other words with accents are none."""
        if low.isascii() or not self.fuzzy:
            return None
        form = next(filter(None, map(self._forms.get, (plain(low), in_two_letters(low)))), None)
        word = low in vocabulary(low >= "а") or said_elsewhere(low)
        if form is None or (word and not surrogates.is_name(low.replace("ё", "е"))):
            return None
        return Form(form.token, form.stand, form.careful or (word and self._doubtful(low, form.token)), form.word)

    def _drawn_out(self, low: str) -> Form | None:
        """The same of a form that is not among the names themselves: "lizziiie"."""
        for bare in (_LONG.sub(r"\1", low), _LONG.sub(r"\1\1", low)) if self.fuzzy and _LONG.search(low) else ():
            if form := self._forms.get(bare) or self._odd(bare):
                return Form(form.token, form.stand, form.careful, form.word, drawn=len(low) - len(bare))
        return None

    def _stretched(self, low: str) -> Form | None:
        """ "annaaaa": letters drawn out, and the name has no fewer of them than it should."""
        if len(low) < 4 or not re.search(r"(.)\1", low):
            return None
        drawn = runs(low)
        if not (max(n for _, n in drawn) >= 3 or (drawn[-1][1] >= 2 and low not in vocabulary(low >= "а"))):
            return None
        for token in self._drawn.get(squeezed(low), ()):
            form = self._forms[token]
            own = runs(token)
            if len(token) >= SHORT and all(n >= m for (_, n), (_, m) in zip(drawn, own, strict=True)):
                return Form(token, form.stand, form.careful, drawn=len(low) - len(token))
        return None

    def _odd(self, low: str) -> Form | None:
        """A name cut short, or with a slip in it. What is a word or somebody else's name counts only beside what people stand by."""
        if len(low) < SHORT or low in self.stands:
            return None
        word, name = low in vocabulary(low >= "а"), surrogates.is_name(low)
        found = self._near_one(low, word, name)
        if found is None or found.careful or word or name or not everyday(low):
            return found
        return replace(found, careful=True, word=True)  # of a language that is spoken elsewhere, or without its accents

    def _near_one(self, low: str, word: bool, name: bool) -> Form | None:
        """`word`: it stands among words of the languages that are looked after, `name`: somebody somewhere is called so."""
        if (not word or name) and len(low) >= PREFIX and (token := self._starts.get(low)):
            return self._forms[token]
        if (name or not word) and (variant := self._variant(low, word)):
            return variant
        if not word and not name and (slip := self._slip(low)):
            return slip
        made = self._forms.get(self._short_forms.of(plain(low), cut=word or name))
        if made is None or not (word or name):
            return made
        if word and (low in lexicon.kin() or low in lexicon.hello() or frequency(low) >= ORDINARY):
            return None
        return Form(low, made.stand, careful=True, word=True)

    def _variant(self, low: str, word: bool) -> Form | None:
        """The same name in another spelling: "Elisabeth" of "Elizabeth", "Lizzy" of "Lizzie". `word`: it stands among words.

        What nobody is called anywhere is none where it is an ordinary word ("byli" of "Billy") or has accents of its own."""
        token = self._spelt.get(folded(low), "")
        form = self._forms.get(token)
        if form is None or not (surrogates.is_name(low) or (accents(low) == accents(token) and not everyday(low))):
            return None
        if word and not surrogates.is_first(low) and (surrogates.is_first(form.token) or frequency(low) >= HEARD):
            return None  # Portuguese "tomei" is a last name as well, and none of "Tomé"
        spoken = self.usage.languages
        if low in gazetteer.places() and not any(surrogates.is_name(low, code) for code in spoken):
            return None  # in Italy nobody is called Lucca
        said = is_word(low, spoken) or any(
            frequency(low, (code,)) >= ORDINARY and not surrogates.is_name(low, code) for code in spoken
        )
        return Form(form.token, form.stand, form.careful or said, form.word or said)

    def _slip(self, low: str) -> Form | None:
        """One letter too many, too few, wrong, or two exchanged (Damerau 1964); ordinary words and other names are none."""
        for cut in (low, *cuts(low)) if len(low) >= FUZZY - 1 else ():
            for token in self._near.get(cut, ()):
                if one_apart(low, token):
                    form = self._forms[token]
                    return Form(form.token, form.stand, form.careful and frequency(token) > COMMON, slip=True)
        return None

    def stand(self, token: str) -> str:
        """What stands for a name in small letters."""
        return self._forms[token].stand

    def near(self, word: str) -> bool:
        """Whether a word is one of these names, or could be taken for a slip of one."""
        low = word.lower()
        if low in self._forms or squeezed(low) in self._drawn:
            return True
        return (
            low in self._starts
            or folded(low) in self._spelt
            or any(cut in self._near or cut in self._forms for cut in (low, *cuts(low)))
        )

    def same_person(self, one: str, other: str, joined: bool = False) -> bool:
        """Whether two neighbours are the names of one person, in their order, with capitals, or `joined` to one word."""
        first, second = self._forms.get(one.lower()), self._forms.get(other.lower())
        if first is None or second is None:
            return False
        capitals = one[:1].isupper() and other[:1].isupper()
        pair = (first.token, second.token)
        return pair in self._couples or ((capitals or joined) and pair[::-1] in self._couples)

    def goes_with(self, word: str, token: str) -> bool:
        """Whether a word is a name, short perhaps, of somebody whose next name is `token`."""
        form = self.of(word)
        names = (form.token, *lexicon.nicknames().get(form.token, ())) if form else ()
        return any((name, token) in self._couples for name in names)

    def compound(self, low: str) -> Form | None:
        """Two names in one word, perhaps with "de" between them."""
        for end in range(SHORT, len(low) - SHORT + 1):
            first = self._forms.get(low[:end])
            rest = self._behind(low[end:]) if first else None
            if first and rest:
                return Form(first.token, first.stand + rest.stand, pieces=(first.stand, rest.stand))
        return None

    def _behind(self, low: str) -> Form | None:
        """A name, perhaps led by small words: "delatorre"."""
        if found := self._forms.get(low):
            return found
        led = (low.removeprefix(word) for word in _PARTICLES if low.startswith(word) and len(low) >= len(word) + SHORT)
        return next(filter(None, map(self._behind, led)), None)


@cache
def _is_word_elsewhere(name: str) -> bool:
    """Whether a name of other letters is a word in these, where it counts only as it is used: "Tom" is "том", and that is a book.
    So for what stands for names as well: given back, each such word would become somebody."""
    said = name in vocabulary(name >= "а")
    if len(name) <= SHORT or name in lexicon.words() or not scripts.is_known(name):
        return said
    return frequency(name) >= VERY_COMMON and not surrogates.is_name(name)


def _short_of(name: str) -> list[str]:
    """Its short forms, those first that are said most: of fewer stand-ins they get their own. Last are those that are words."""
    often = {nick: frequency(nick) for nick in lexicon.nicknames().get(name.lower(), ())}
    return sorted(often, key=lambda nick: (often[nick] >= VERY_COMMON, -often[nick], nick))

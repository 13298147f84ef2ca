"""Names of the people of an archive, in all the ways they are written, and their surrogates there and back. Pure.

The archive itself tells who its people are. Every token of their display names has one surrogate, the same everywhere: all
Annas become Clara, and a family keeps a common last name. "anna", "ANNA", "Annaaa", "#anna", "Anna's", "Анну" follow.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from typing import Any

from apps.privacy.scrub import beside, lexicon, surrogates
from apps.privacy.scrub.displays import WORD
from apps.privacy.scrub.name_forms import Form, Forms
from apps.privacy.scrub.name_forms import Pair as Pair
from apps.privacy.scrub.normal import normal
from apps.privacy.scrub.spelling import plain
from apps.privacy.scrub.types import Finding, View
from apps.privacy.scrub.wholes import PARTS, Whole, Wholes
from apps.privacy.scrub.wording import Usage, is_label, ordinary

RANK = 20
#: From so much on a name that is a word is taken for the name (see `beside`), and what a capital inside of a sentence
#: says; one that is met like a name stays a word from `NOT` down.
ENOUGH, NOT, CAPITAL = 0.6, -1.0, 2.5
#: So many texts of so many characters without any name are remembered: a guard asks again for each word that is said.
MET, SHORT = 2_048, 16
#: What stands between two names of one person; by all but the blank they are one word, in any order.
_JOINTS = ("-", "_", ".")
_BETWEEN = (" ", *_JOINTS)
_LAST = re.compile(r"[^\W\d_]+$")
#: What a last name that is a label as well ("Mann", "Schatz") stands behind where somebody is meant; "miss" is a verb.
_TITLED = re.compile(
    r"(?<!\w)(?:(?i:herrn?|frau|fräulein|familie|family|mr|mrs|ms|mister|madam|sir|dr|prof|professor|doktor|doctor|señor(?:a|ita)?|sra?|srta|monsieur|madame|mademoiselle|mme|mlle"
    r"|signor[ea]?|signorina|sig|senhora?|господин[ау]?|госпож[аиеу]|heer|meneer|mevrouw|pani?)|Miss)\.?\s+$"
)
#: What stands at a place without a blank; what no two sentences have between them.
_RUN, _SIGNED = re.compile(r"\S{1,60}"), re.compile(r"[@_\d]")
_TAG = re.compile(r"#([^\W_]\w{2,60})")


@dataclass
class Names:
    """Finds what `pairs` name and knows what stands for it. With `fuzzy` also slips of the pen."""

    pairs: Sequence[Pair]
    people: Sequence[tuple[str, ...]] = ()  # the tokens of each person, for names written as one word
    usage: Usage = field(default_factory=Usage)
    led: Mapping[str, frozenset[tuple[str, ...]]] = field(default_factory=dict)  # small words before a last name
    fuzzy: bool = True  # slips, short forms, and care with names that are words: for real names, not for surrogates
    kept: frozenset[str] = frozenset()  # normal forms of what the owner leaves in
    _none: set[str] = field(default_factory=set)  # words that are none
    _nobody: set[str] = field(default_factory=set)  # short texts of such words
    _wholes: Wholes = field(init=False)

    def __post_init__(self) -> None:
        wholes = [Whole(p.real, p.stand, p.part) for p in self.pairs if p.part in PARTS]
        self._wholes = Wholes(wholes, careful=self.fuzzy)

    @cached_property
    def _forms(self) -> Forms:
        """All forms of them, made when the first word is looked up: of names that only may be asked for, none are."""
        found = Forms(self.usage, self.fuzzy, frozenset(p.stand.lower() for p in self.pairs))
        # of somebody without a name only the seat is called so; places are found as wholes
        found.learn([p for p in self.pairs if p.part not in ("person", *PARTS)], self.people)
        return found

    def __reduce__(self) -> tuple[type[Names], tuple[object, ...]]:
        """Another process makes the forms itself: they are twenty times what they are made of."""
        return Names, (self.pairs, self.people, self.usage, self.led, self.fuzzy, self.kept)

    def told(self) -> dict[str, Any]:
        """The same as JSON, for a process that is not forked."""
        return {
            "pairs": [[p.real, p.stand, p.part] for p in self.pairs], "people": [list(tokens) for tokens in self.people],
            "usage": self.usage.of_names(p.real for p in self.pairs), "kept": sorted(self.kept),
            "led": {last: sorted(map(list, leads)) for last, leads in self.led.items()},
        }  # fmt: skip

    @classmethod
    def opened(cls, told: Mapping[str, Any]) -> Names:
        """What `told` gave, of real names."""
        led = {last: frozenset(map(tuple, leads)) for last, leads in told["led"].items()}
        people = [tuple(tokens) for tokens in told["people"]]
        return cls([Pair(*p) for p in told["pairs"]], people, Usage.opened(told["usage"]), led, kept=frozenset(told["kept"]))

    def beyond(self, earlier: Names) -> Names:
        """Those of these names that the earlier ones did not find so: new ones, of people who are new, and names that were taken
        for the words that they are as well, or are now."""
        old, people = set(earlier.pairs), set(earlier.people)
        of_new = {token.lower() for tokens in self.people if tokens not in people for token in tokens}
        fresh = [
            pair
            for pair in self.pairs
            if pair not in old
            or (low := pair.real.lower()) in of_new
            or self.usage.taken_for_word(low) != earlier.usage.taken_for_word(low)
        ]
        tokens = {pair.real.lower() for pair in fresh}
        theirs = [one for one in self.people if not tokens.isdisjoint(map(str.lower, one))]
        return Names(fresh, theirs, self.usage, self.led, self.fuzzy, self.kept)

    @property
    def short(self) -> list[Pair]:
        """Short forms with a surrogate of their own."""
        return self._forms.short

    def near(self, word: str) -> bool:
        """Whether a word is one of these names, or could be taken for a slip of one."""
        return self._forms.near(word)

    # finding

    def find(self, view: View) -> Iterator[Finding]:
        """Where names stand, each with its surrogate in the same dress."""
        return self.within(view.plain)

    def within(self, text: str) -> Iterator[Finding]:
        """The same of a text that is plain already."""
        found = self._all_within(text)
        return (f for f in found if normal(f.kind, text[f.start : f.end]) not in self.kept) if self.kept else found

    def _all_within(self, text: str) -> Iterator[Finding]:
        if self._wholes:
            yield from self._wholes.find(text)
        if not self._forms:
            return
        if "#" not in text and not self._forms.joined and self._none.issuperset(WORD.findall(text)):
            return  # every word was met before, and is no name
        for match in WORD.finditer(text):
            if match[0] in self._none:
                continue
            form = self._forms.of(match[0])
            if form is None:
                self._remember(match[0])
            elif (start := self._begins(text, match, form)) < match.start() and self._counts(text, match, form, start):
                yield Finding(start, match.end(), "name", RANK, form.as_in(match[0]))  # "de la Torre"
            elif self._counts(text, match, form, match.start()):
                yield Finding(match.start(), match.end(), "name", RANK, form.as_in(match[0]))
        if "#" in text:
            yield from self._tags(text)
        for token in self._forms.joined:
            for match in re.finditer(re.escape(token), text):
                yield Finding(match.start(), match.end(), "name", RANK, self._forms.stand(token))

    def nobody_in(self, text: str) -> bool:
        """Whether all words of a short text were met before and are no names, alone or with what stands before them."""
        if text in self._nobody:
            return True
        if self._wholes or self._forms.joined or "#" in text:
            return False
        nobody = not self._forms or self._none.issuperset(WORD.findall(text))
        if nobody and len(text) <= SHORT:
            if len(self._nobody) >= MET:
                self._nobody.clear()
            self._nobody.add(text)
        return nobody

    def may_stand_in(self, plain: str) -> bool:
        """Whether any of them may stand in a long text, of many messages."""
        if self._wholes or self._forms.joined:
            return True
        return bool(self._forms) and ("#" in plain or any(map(self._forms.of, set(WORD.findall(plain)))))

    def _remember(self, word: str) -> None:
        if len(self._none) > 300_000:
            self._none.clear()
        self._none.add(word)

    def _begins(self, text: str, match: re.Match[str], form: Form) -> int:
        """Where a name begins with the small words that lead it."""
        for lead in self.led.get(form.token, ()):
            led = _led(lead).search(text, max(0, match.start() - 40), match.start())
            if led is not None:
                return led.start()
        return match.start()

    def _counts(self, text: str, match: re.Match[str], form: Form, start: int) -> bool:
        if self.fuzzy and not form.pieces and is_label(form.token, self.usage.languages):
            return self._in_full(text, match, form, start)
        if form.careful:
            return self._used_as_name(text, match, form, start)
        if text[match.end() : match.end() + 2] in ("'t", "’t"):
            return False  # "aren't"
        strict = form.token in self.usage.strict and match[0].islower()
        if strict and ordinary(match[0]) and not is_called(match[0]):
            return False  # "машу рукой" is nobody's, "видел Машу" is
        return not form.word or self._weight(text, match, form, start) > NOT

    def _in_full(self, text: str, match: re.Match[str], form: Form, start: int) -> bool:
        """Whether a name stands beside another one of the same person, or behind a title: "Thomas Mann", not "oh Mann"."""
        if _TITLED.search(text, max(0, start - 20), start):
            return True
        before = _neighbour_before(text, start)
        return (before != "" and self._forms.goes_with(before, form.token)) or self._precedes(text, match)

    def _precedes(self, text: str, match: re.Match[str]) -> bool:
        """Whether the next name of the same person follows."""
        end = match.end()
        after = _neighbour_behind(text, end)
        return after != "" and self._forms.same_person(match[0], after, _joined(text, end))

    def _used_as_name(self, text: str, match: re.Match[str], form: Form, start: int) -> bool:
        if _before(text, start) in lexicon.hello() and text[:start].rstrip()[-1:] not in ".!?":
            return True
        if self._precedes(text, match):
            return True
        before = _neighbour_before(text, start)
        if before and self._forms.same_person(before, match[0], _joined(text, start - 1)):
            return True
        first = surrogates.is_first(form.token) or form.token in lexicon.full_names()
        sure = form.token in self.usage.strict and not first  # "Weiss nicht genau", "Berg und Tal"
        return self._weight(text, match, form, start) >= (CAPITAL if sure else ENOUGH)

    def _weight(self, text: str, match: re.Match[str], form: Form, start: int) -> float:
        """What speaks for a name: the words beside it, a capital where words have none, and how the archive uses it.

        `start`: where it begins with what leads it.
        """
        word = match[0]
        around = beside.place(text, start, match.end())
        weight = beside.weight(word.lower(), around, self.usage.languages, form.genitive)
        shouted = len(word) > 1 and word.isupper() and text.isupper()
        if word[0].isupper() and not shouted and (around.before or around.genitive):
            weight += CAPITAL
        return weight + self.usage.leaning(form.token)

    def _tags(self, text: str) -> Iterator[Finding]:
        for match in _TAG.finditer(text):
            word = match[1].rstrip("0123456789_")
            form = self._forms.of("".join(WORD.findall(word))) or self._forms.compound(plain(word))
            if form is not None:
                yield Finding(match.start(1), match.start(1) + len(word), "name", RANK + 1, form.as_in(word))

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


def is_called(low: str) -> bool:
    """Whether somebody somewhere is called so, for short perhaps."""
    return surrogates.is_name(low) or low in lexicon.full_names()


@lru_cache(maxsize=4_096)
def _led(lead: tuple[str, ...]) -> re.Pattern[str]:
    """These small words at the end of what stands before a name: "de la ", "dell'", "St. "."""
    words = "".join(rf"{re.escape(word)}(?:[.'’]\s?|\s+)" for word in lead)
    return re.compile(rf"(?<!\w){words}$", re.I)


def _joined(text: str, at: int) -> bool:
    """Whether what stands between two words makes them one. A full stop does in an address, a user name or alone; elsewhere the blank
    behind it may be missing: "he is young.will he come?"."""
    if text[at] != ".":
        return text[at] in _JOINTS
    behind = _RUN.match(text, at)
    run = text[max(0, at - 60) : at].rsplit(None, 1)[-1] + (behind[0] if behind else "")
    return run.strip("\"'(),;!?") == text.strip() or _SIGNED.search(run) is not None


def _neighbour_before(text: str, start: int) -> str:
    """The word before a place with nothing between them but what stands between two names; "" where there is none."""
    word = _LAST.search(text, max(0, start - 40), start - 1) if text[start - 1 : start] in _BETWEEN else None
    return word[0] if word else ""


def _neighbour_behind(text: str, end: int) -> str:
    """The same of the word behind it."""
    word = WORD.match(text, end + 1) if text[end : end + 1] in _BETWEEN else None
    return word[0] if word else ""


def _before(text: str, start: int) -> str:
    """The word before a place, in small letters; of "l'ours" the article."""
    before = text[:start].rstrip()
    last = before[max(before.rfind(" "), before.rfind("\n")) + 1 :]
    return last.strip('"([,:;!?').replace("’", "'").lower()

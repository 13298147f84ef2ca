"""Who gets which surrogate: known ones kept, nobody's real name, nothing that stands in the texts. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import cache

from apps.privacy.scrub import lexicon, scripts, surrogates, wholes
from apps.privacy.scrub.declension import stem
from apps.privacy.scrub.displays import parts
from apps.privacy.scrub.names import Names, Pair
from apps.privacy.scrub.spelling import has_word_among_forms
from apps.privacy.scrub.surrogates import Origin
from apps.privacy.scrub.wholes import PARTS, Whole
from apps.privacy.scrub.wording import Usage, is_word

#: So many letters of a name tell whose it is: nobody who is called like that gets a longer form of it.
_TELLING = 3


def inverse(names: Names) -> Names:
    """From surrogates back to names."""
    turned = [Pair(p.stand, p.real, p.part) for p in (*names.pairs, *names.short)]
    stands = {p.real.lower(): p.stand for p in names.pairs if p.part not in PARTS}
    people = [tuple(stands[t.lower()] for t in tokens if t.lower() in stands) for tokens in names.people]
    return Names(turned, people, Usage(scripts=names.usage.scripts), fuzzy=False)


def assign(
    key: bytes,
    displays: Iterable[str],
    known: Sequence[Pair],
    nameless: Iterable[str] = (),
    usage: Usage | None = None,
) -> tuple[list[Pair], bool]:
    """Pairs for every token of these display names and for every id of somebody without a name, the known ones kept.

    `usage` tells names that stand in the texts, which must not become somebody's surrogate. Second: whether a known
    surrogate had to change because somebody is really called so (texts must be scrubbed again).
    """
    whole = [p for p in known if p.part in PARTS]
    known = [p for p in known if p.part not in PARTS]
    wanted = _wanted(displays)
    tokens = [Pair(token, "x", part) for token, part, _ in wanted.values()]
    real = Names(tokens, usage=Usage(scripts=frozenset()))
    wanted |= {
        p.real.lower(): (p.real, p.part, Origin(surrogates.LOCALES[0]))
        for p in known
        if p.real.lower() not in wanted and real.near(p.stand)
    }
    for who in nameless:
        wanted.setdefault(who, (who, "person", Origin(surrogates.LOCALES[0])))
    kept = {p.real.lower(): p for p in known}
    clash = {low for low, p in kept.items() if real.near(p.stand)}
    given = _Given(key, tokens, {p.stand.lower() for p in whole}, usage)
    for low, pair in kept.items():
        if low not in clash:
            given.add(pair)
    for low, (token, part, where) in wanted.items():
        if low not in kept or low in clash:
            given.add(Pair(token, given.stand(low, token, part, where), part))
    return [*given.pairs, *whole], bool(clash)


class _Given:
    """Who has which surrogate so far, and who gets the next. `used`: what nobody gets, in small letters."""

    def __init__(self, key: bytes, names: Sequence[Pair], used: set[str], usage: Usage | None) -> None:
        written = (usage or Usage()).written
        self.pairs: list[Pair] = []
        self._key = key
        self._used = used
        self._families: set[tuple[str, str]] = set()
        self._elsewhere = _Elsewhere(written)
        self._words = usage.words if usage else frozenset[str]()
        # a surrogate is nobody's name in another script either
        self._near = Names(names, usage=Usage(scripts=written)).near
        self._real = {p.real.lower() for p in names}
        self._unfit = cache(self._is_unfit)

    def add(self, pair: Pair) -> None:
        """Nobody else gets what stands for this name, in any script, or is short for it."""
        low = pair.stand.lower()
        self.pairs.append(pair)
        self._used |= {low, *lexicon.nicknames().get(low, ()), *self._elsewhere.add(pair)}
        if pair.part == "last":
            self._families.add(_clan(pair.stand))

    def stand(self, low: str, token: str, part: str, where: Origin) -> str:
        """What stands for a name: its family's, or its own in another script, or one that is nobody's."""
        last = part == "last"
        family = next((p for p in self.pairs if _family(p, token)), None)
        stand = (
            (family.stand if family else "")
            or self._elsewhere.stand(low, self._near)
            or surrogates.choose(self._key, low, part, where, self._taken_by_family if last else self._taken)
        )
        return _relative(token, Pair(token, stand, part)) if last else stand

    def _taken(self, name: str) -> bool:
        return name in self._used or self._unfit(name) or has_word_among_forms(name)

    def _taken_by_family(self, name: str) -> bool:
        taken = name in self._used or _clan(name) in self._families
        return taken or self._unfit(name) or has_word_among_forms(name, last=True)

    def _is_unfit(self, name: str) -> bool:
        """Whether a name is somebody's, a word, or stands in the texts."""
        named = self._near(name) or self._tells(name) or surrogates.is_name(name + "s")
        return named or is_word(name) or name in lexicon.kin() or name in self._words

    def _tells(self, name: str) -> bool:
        """Whether somebody's whole name is its beginning: "Christopher" would tell of Christoph."""
        return any(name[:end] in self._real for end in range(_TELLING, len(name)))


def _wanted(displays: Iterable[str]) -> dict[str, tuple[str, str, Origin]]:
    """Every token of display names, in small letters: as it is written, its part, where it comes from."""
    wanted: dict[str, tuple[str, str, Origin]] = {}
    for display in displays:
        found = parts(display)
        where = surrogates.origin(found.firsts, found.lasts)
        for part, tokens in (("first", found.firsts), ("last", found.lasts)):
            for token in tokens:
                if token.lower() not in wanted or (part == "first" and surrogates.is_first(token)):
                    wanted[token.lower()] = (token, part, where)
    return wanted


def assign_wholes(
    key: bytes, wanted: Iterable[tuple[str, str]], pairs: Sequence[Pair], usage: Usage | None = None
) -> tuple[list[Pair], bool]:
    """The pairs of names, and one for each place and organisation of `wanted` (kind, value): what is somebody's name stays theirs.

    Second: whether a known surrogate had to change because somebody is really called so.
    """
    names = [p for p in pairs if p.part not in PARTS]
    known = [Whole(p.real, p.stand, p.part) for p in pairs if p.part in PARTS]
    people, stands = {p.real.lower() for p in names}, {p.stand.lower() for p in names}
    real = Names(names)
    free = [(kind, value) for kind, value in wanted if value.strip().lower() not in people]
    made = wholes.assign(key, free, known, lambda name: name in stands or real.near(name), usage)
    now = {(w.part, w.real): w.stand for w in made}
    clash = any(now.get((w.part, w.real), w.stand) != w.stand for w in known)
    return [*names, *(Pair(w.real, w.stand, w.part) for w in made)], clash


class _Elsewhere:
    """What names and their surrogates are in other scripts: "Светлана" is replaced by the same as "Svetlana", in its own letters."""

    def __init__(self, written: frozenset[str]) -> None:
        self._written = written
        self._stands: dict[str, str] = {}

    def add(self, pair: Pair) -> set[str]:
        """Learn a pair; what stands for it in other scripts, which is nobody else's from now on."""
        stands = set()
        for other, ways in scripts.in_others(pair.real, self._written) if pair.part != "person" else ():
            stand = scripts.like(pair.stand, other)
            stands.add(stand.lower())
            for way in ways:
                self._stands.setdefault(way, stand)
        return stands

    def stand(self, low: str, unfit: Callable[[str], bool]) -> str:
        """What stands for a name that is known in another script; "" where it is not, or that may not stand for it."""
        stand = self._stands.get(low, "")
        return "" if not stand or unfit(stand.lower()) else stand


def _clan(name: str) -> tuple[str, str]:
    """What the last names of a family have in common: "Иванов" and "Иванова" are one."""
    found = stem(name, last=True)
    return found.stem, found.kind


def _family(pair: Pair, token: str) -> bool:
    """Иванов and Иванова are one family, and so are their surrogates."""
    mine = _clan(token)
    return pair.part == "last" and mine[1] != "-" and mine == _clan(pair.real)


def _relative(token: str, pair: Pair) -> str:
    mine, stand = stem(token, last=True), stem(pair.stand, last=True)
    made = stand.stem + mine.ending if stand.kind == mine.kind else pair.stand
    return made[:1].upper() + made[1:]

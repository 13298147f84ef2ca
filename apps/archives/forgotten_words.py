"""The words by which others may speak of somebody: what is kept of them, hashed, when they are forgotten. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain

from apps.privacy.scrub import lexicon
from apps.privacy.scrub.declension import stem
from apps.privacy.scrub.names import is_called
from apps.privacy.scrub.spelling import (
    cuts,
    everyday,
    folded,
    in_two_letters,
    is_another_word,
    plain,
    squeezed,
    takes_s,
)
from apps.privacy.scrub.wording import frequency, is_word

#: Before what the spellings of one name have in common: "~elisabet".
NEAR = "~"
#: Fond forms that no list has are made by these, behind a first name or what is left of it without its last vowel.
_FOND = tuple("cito cita ito ita zinho zinha inho inha etto etta uccio uccia chen lein lchen le li i ie y".split())  # noqa: SIM905
#: Polish endings that no other language has: of "-a", of "-ska" and of "-ski".
_POLISH = {"ka": ("kę", "ką", "kiej"), "ki": ("kiego", "kiemu", "kim"), "a": ("ę", "ą")}
_DRAWN = re.compile(r"(.)\1{2,}")
#: The fewest letters of a name with a slip, and of two names in one word.
_SLIPS, _WHOLE = 6, 7


def keys(word: str) -> Iterator[str]:
    """Under which keys a word is looked up, as it is written. None for a word in small letters that is an ordinary one as well: what
    is replaced for the sake of somebody forgotten can not be put back."""
    low = word.lower()
    word_too = everyday(low) and not is_called(low)
    if word == low and (word_too or is_word(low)):
        return
    yield low
    near = "" if word_too else _near(low)
    if near and (low.isascii() or is_called(low)):
        yield NEAR + near


def words(names: Sequence[tuple[str, bool]], people: Iterable[Sequence[str]], others: Iterable[str]) -> list[str]:
    """The keys of all words by which others may speak of people: of `names` (and whether each is a last name) and of `people`'s names
    written as one word, but none of `others`. All in small letters; the surest first."""
    taken = {*others}
    spelt = {NEAR + near for other in taken if (near := _near(other))}
    firsts = [name for name, last in names if not last]
    nicks = [nick for name in firsts for nick in _nicks(name)]
    found = chain(
        sorted(name for name, _ in names),
        chain.from_iterable(_cases(name, last=last) for name, last in names),
        chain.from_iterable(map(_as_one, people)),
        chain.from_iterable(_cases(nick) for nick in nicks),
        (NEAR + near for name in (*dict(names), *nicks) if (near := _near(name))),
        chain.from_iterable(_slips(name) for name, _ in names),
        chain.from_iterable(map(_fond, firsts)),
    )
    return [word for word in dict.fromkeys(found) if word not in taken and word not in spelt]


def _near(low: str) -> str:
    """What the spellings of a name have in common, drawn out ones too; "" where nothing tells."""
    return folded(low) or (squeezed(low) if len(low) > 3 and _DRAWN.search(low) else "")


def _cases(name: str, *, last: bool = False) -> list[str]:
    """A name in its cases, without its accents, and as a genitive; none of these is another word."""
    forms = {*stem(name, last=last).forms, plain(name), in_two_letters(name)}
    forms |= {name + "s"} if name < "Ͱ" and takes_s(name) else set()
    ending = next((one for one in _POLISH if name.endswith(one) and (one == "a" or name[-3:-2] in ("s", "c", "z"))), "")
    forms |= {name.removesuffix(ending) + other for other in _POLISH.get(ending, ())}
    forms |= {form.replace("ё", "е") for form in forms}
    return [name, *sorted(form for form in forms - {name} if len(form) > 2 and not is_another_word(form, name))]


def _nicks(name: str) -> list[str]:
    """Its short forms, first those that are said most."""
    return sorted(lexicon.nicknames().get(name, ()), key=lambda nick: (-frequency(nick), nick))


def _as_one(person: Sequence[str]) -> list[str]:
    """First and last name as one word, in both orders."""
    low = [token.lower() for token in person]
    whole = ["".join(order) for order in (low, low[::-1])] if len(low) > 1 else []
    return [other for one in whole if len(one) >= _WHOLE for other in dict.fromkeys((one, plain(one)))]


def _slips(name: str) -> Iterator[str]:
    """A letter left out, or two exchanged, where that makes no word and no other name."""
    swapped = (name[:n] + name[n + 1] + name[n] + name[n + 2 :] for n in range(len(name) - 1))
    return filter(_nobody, chain(swapped, cuts(name)) if len(name) >= _SLIPS else ())


def _fond(name: str) -> Iterator[str]:
    bare = plain(name)
    if not bare.isascii() or len(bare) < 3:
        return iter(())
    roots = dict.fromkeys((bare, bare[:-1] if bare[-1] in "aeiou" else bare))
    return filter(_nobody, (root + end for root in roots for end in _FOND))


def _nobody(form: str) -> bool:
    return not everyday(form) and not is_called(form)

"""A kind's name and one value of its form in one short message, in whatever order and however far apart; and what is done with
a value that is not named ("the gate opens with …", "you get into my mail with …").

`named`, `cued` and `phrased` know how a name and its value are joined, and outrank this. Here nothing joins them: there must be
one such value only, and nothing that makes it a year, a price or a count.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from apps.privacy.scrub import cues
from apps.privacy.scrub.detectors import cued, named, phone, streets
from apps.privacy.scrub.types import Finding, View
from apps.privacy.scrub.wording import frequency, said_elsewhere

#: Longer messages tell stories, in which numbers are others.
LONGEST = 140
RANK = 50
#: So far behind a turn of phrase its value stands at most.
REACH = 26
_BEGINS = r"(?<![\w.,/$€£#+:])(?<!\d[ -])"
_STOPS = r"(?![\d%€$£]|[.,:/-]\d|\w| \d)"
_NUMBER = re.compile(rf"{_BEGINS}(\d(?:[ -]?\d){{3,7}}){_STOPS}")
_LETTERED = r"(?-i:(?=[A-Z]*\d)(?=\d*[A-Z])[A-Z0-9]{5,8})"
_CODE = re.compile(rf"{_BEGINS}((?:G-)?\d(?:[ -]?\d){{3,8}}|{_LETTERED}){_STOPS}")
_CVV = re.compile(rf"{_BEGINS}(\d{{3,4}}){_STOPS}")
_ID = re.compile(rf"{_BEGINS}((?:[A-Z]{{1,3}} ?)?\d(?:[ .-]?\d){{7,13}}){_STOPS}", re.I)
#: Groups with a digit in the first or the second, or capitals; a long word with both; eight digits.
_SECRET = re.compile(
    rf"{_BEGINS}((?:[A-Z0-9]{{4,8}}(?:[ -][A-Z0-9]{{4,8}}){{1,7}}|[a-z0-9]{{4,6}}(?:-[a-z0-9]{{4,6}}){{1,7}}"
    rf"|(?:[A-Z2-7]{{4}} ){{2,8}}[A-Z2-7]{{4}}|[A-Z2-7]{{16,64}}|[A-Za-z0-9]{{8,40}}))(?![\w-])"
)
_LICENCE = re.compile(
    rf"{_BEGINS}((?=[A-Z]*\d)[A-Z0-9]{{7,18}}|[A-Z]?\d{{2,4}}(?:[ -]\d{{2,6}}){{1,3}}|\d{{8}}-[A-Z]){_STOPS}", re.I
)
_PLATE_SMALL = re.compile(r"(?<!\w)([a-zäöü]{1,3}[ -](?!(?:ab|am|an|at|by|es|if|im|in|is|it|no|of|on|or|so|to|um|vs|we|zu|a|i|u) )[a-z]{1,2}[ -]?\d{1,4})(?!\w|[.,:]\d)")  # fmt: skip
_YEAR = re.compile(r"(?:19|20)\d\d|(?:[01]\d|2[0-3])[0-5][05]")  # or an hour
_TIME = re.compile(
    r"(?<!\w)(?:at|in|since|from|until|till|before|after|around|about|of|by|year|seit|ab|bis|vor|nach|um|im|jahr|von|с|до|от|после|к|около|в|год)\s\Z",
    re.I,
)
#: Behind it a number is an amount, a level, a place.
_AMOUNT = re.compile(
    r"(?<!\w)(?:over|only|than|under|almost|nearly|another|level|floor|room|page|version|windows|at|für|über|fast|knapp|nur|etwa|ca|zimmer|etage|level|seite|als|около|более|менее|почти|за|по|уровень|комната|страница|кабинет|этаж)\.?\s\Z",
    re.I,
)


def _digits(value: str) -> int:
    return sum(map(str.isdigit, value))


def counts(plain: str, start: int, end: int) -> bool:
    """Whether a number says how many, when or which: no secret."""
    before = plain[max(0, start - 14) : start]
    year = _YEAR.fullmatch(plain, start, end) is not None and _TIME.search(before) is not None
    return year or cues.COUNTED.match(plain, end) is not None or _AMOUNT.search(before) is not None


def is_secret(value: str) -> bool:
    """Whether groups of letters and digits are a key, no words."""
    groups = re.split("[ -]", value)
    if value.isupper() and (len(groups) > 2 or len(value) >= 16):
        return True
    return _digits(value) > 1 and all(map(_odd, groups))


def _odd(group: str) -> bool:
    return not group.isalpha() or group.isupper()


_USABLE: dict[str, Callable[[str], bool]] = {
    "secret": is_secret,
    "licence": lambda value: _digits(value) >= 5 and len(value) >= 7,
    "booking": lambda value: _digits(value) >= 1 and not value.isdigit() and not re.match(r"\d+[a-z]+\Z", value),
}
#: The form of a value, by kind.
FORMS: dict[str, re.Pattern[str]] = {
    "cvv": _CVV, "pin": _NUMBER, "code": _CODE, "secret": _SECRET, "id": _ID, "licence": _LICENCE,
    "passport": cued.SHAPES["passport"], "bank": cued.SHAPES["bank"], "booking": cued.SHAPES["booking"],
    "plate": cued.SHAPES["plate"],
}  # fmt: skip
_KINDS = frozenset([*FORMS, "birthdate", "password", "handle"])
_NONE: frozenset[str] = frozenset()


def gate(view: View) -> bool:
    return len(view.plain) <= LONGEST and (view.digits > 0 or not view.named.isdisjoint(_KINDS))


def find(view: View) -> Iterator[Finding]:
    plain = view.plain
    turns = frozenset(t for group in ("give", "with", "of") for t in cues.turns(group, plain)) if view.digits else _NONE
    if view.digits:
        for kind, form in FORMS.items():
            if kind in view.named:
                yield from _one(plain, kind, form)
        if "plate" in view.named:
            yield from _small(plain)
        if "birthdate" in view.named:
            dates = [match.span() for match in cued.DATE.finditer(plain)]
            if len(dates) == 1 and any(cues.spoken("birthdate", plain)):
                yield Finding(*dates[0], "birthdate", RANK)
        yield from _used(view, turns)
        yield from _of(plain, turns)
    if "password" in view.named or "with password" in turns:
        yield from _password(view, "with password" in turns)
    if "handle" in view.named:
        yield from _handle(plain)


def _of(plain: str, turns: frozenset[str]) -> Iterator[Finding]:
    """Beside what it is for: the one value that hardly anything else looks like."""
    for kind, form in _LIKE_NOTHING_ELSE.items():
        found = list(form.finditer(plain)) if f"of {kind}" in turns else []
        if len(found) == 1 and not (_ROUND.fullmatch(found[0][1]) or counts(plain, *found[0].span(1))):
            yield Finding(*found[0].span(1), kind, RANK - 1)


#: Amounts, hours and years.
_ROUND = re.compile(r"\d*(?:00|50)|(?:[01]\d|2[0-3])[0-5][05]|(?:19|20)\d\d")
_LIKE_NOTHING_ELSE: dict[str, re.Pattern[str]] = {
    "pin": re.compile(rf"{_BEGINS}(\d{{4,6}}){_STOPS}"),
    "code": re.compile(rf"{_BEGINS}(\d{{6}}|\d{{3}}[ -]\d{{3}}){_STOPS}"),
    "booking": re.compile(rf"{_BEGINS}((?=\d*[A-Z])(?=[A-Z]*\d)(?![A-Z]{{2}}\d{{4}})[A-Z0-9]{{6}}){_STOPS}"),
    "plate": re.compile(
        rf"{_BEGINS}((?!BMW|AMG|KIA|GTI|TDI|SUV|CLS|GLA|GLC|PIN|USD|EUR)(?:[A-Z]{{2}}\d{{2}} ?[A-Z]{{3}}|[A-ZÄÖÜ]{{1,3}}-[A-Z]{{1,2}} ?\d{{2,4}}|[A-Z]{{3}}-\d{{3,4}}|\d[A-Z]{{3}}\d{{3}}"
        rf"|[АВЕКМНОРСТУХABEKMHOPCTYX]\s?\d{{3}}\s?[АВЕКМНОРСТУХABEKMHOPCTYX]{{2}}\s?\d{{2,3}})){_STOPS}"
    ),
    "secret": re.compile(rf"{_BEGINS}((?=[A-Z-]*\d)(?:[A-Z0-9]{{4,6}}-){{2,7}}[A-Z0-9]{{4,6}})(?![\w-])"),
    "password": re.compile(
        r"(?<!\S)[\"'“„«(]?((?=[^\W\d]*\d)(?!(?:windows|office|iphone|ipad|galaxy|playstation|xbox|android|fallout|cyberpunk|macos|season|episode|version)[_-]?\d)"
        r"(?:(?:[^\W\d_]{3,20}[_.-]){1,3}[^\W\d_]{0,20}\d{1,4}|[^\W\d_]{5,20}\d{2,4})[!?$*#]?)(?=[\s,.;!?)\"'”“»]|\Z)",
        re.I,
    ),
}  # fmt: skip


def _one(plain: str, kind: str, form: re.Pattern[str]) -> Iterator[Finding]:
    """The one value of a kind's form that is not part of the name."""
    names = [name.span() for name in cues.spoken(kind, plain)]
    usable = _USABLE.get(kind, bool)
    found = [
        match
        for match in form.finditer(plain)
        if usable(match[0]) and not any(start < match.end() and match.start() < end for start, end in names)
    ]
    if not names or len(found) != 1:
        return
    span = found[0].span(1 if form.groups else 0)
    if not counts(plain, *span):
        yield Finding(*span, kind, RANK)


def _small(plain: str) -> Iterator[Finding]:
    """A German plate in small letters, shortly behind the word for it."""
    for name in cues.spoken("plate", plain):
        match = cues.within(_PLATE_SMALL, plain, name.end(), 36)
        if match is not None:
            yield Finding(*match.span(1), "plate", RANK)


def _used(view: View, turns: frozenset[str]) -> Iterator[Finding]:
    """What stands shortly behind, or in, a turn of phrase."""
    plain = view.plain
    for turn in cues.WORDS["with pin"].finditer(plain) if "with pin" in turns else ():
        match = cues.within(_NUMBER, plain, turn.start(), len(turn[0]) + REACH)
        if match is not None and not counts(plain, *match.span(1)) and not _YEAR.fullmatch(match[1]):
            yield Finding(*match.span(1), "pin", RANK)
    for turn in cues.WORDS["give phone"].finditer(plain) if "give phone" in turns else ():
        match = cues.within(phone.NATIONAL, plain, turn.start(), len(turn[0]) + REACH)
        if match is not None and phone.sounds(match[0], view.regions) and not cues.COUNTED.match(plain, match.end()):
            yield Finding(match.start(), match.end(), "phone", RANK)
    for turn in cues.WORDS["give address"].finditer(plain) if "give address" in turns else ():
        match = streets.GIVEN.match(plain, turn.end())
        if match is not None:
            yield Finding(*match.span(1), "address", RANK)


_TOKEN = re.compile(r"\S+")


def _password(view: View, used: bool) -> Iterator[Finding]:
    """The one word of letters and digits beside the name, or in what one does with it; a word that nobody knows at its place."""
    plain = view.plain
    tokens = [t for t in _TOKEN.finditer(plain) if named.is_key(t[0]) and not _other(t[0])] if view.digits else []
    if len(tokens) == 1:
        turns = cues.WORDS["with password"].finditer(plain) if used else ()
        token = tokens[0]
        near = any(turn.start() <= token.start() <= turn.end() + REACH for turn in turns)
        if near or any(not cues.WORDS["loose"].fullmatch(name[0]) for name in cues.spoken("password", plain)):
            yield _bare(token)
    elif not tokens:
        for name in cues.WORDS["password"].finditer(plain) if "password" in view.named else ():
            if _OF_ALL.match(name[0]):
                yield from _unknown(plain, name.end())


_PRODUCT = re.compile(
    r"\W*(?:windows|office|iphone|ipad|galaxy|playstation|xbox|android|macos|ubuntu|photoshop)[_-]?\d", re.I
)


def _other(token: str) -> bool:
    """Addresses of mail and pages: with a password, but not it."""
    return (
        _PRODUCT.match(token) is not None
        or "@" in token.strip("@")
        or "/" in token
        or re.search(r"\.[a-z]{2,4}\W*\Z", token) is not None
    )


#: Languages whose words are in the lists to the last: elsewhere an unknown word says little.
_OF_ALL = re.compile(r"pass(?:word|wort|phrase)|kennw|парол", re.I)
_LETTERS = re.compile(r"[^\W\d_]{7,40}(?=[\s.,;!?)]|\Z)")
_CLAUSE = re.compile(r"[.;!?\n]")


def _unknown(plain: str, begin: int) -> Iterator[Finding]:
    """A long word that no list knows, up to six words behind the name in one sentence: "the password we picked was …"."""
    stop = _CLAUSE.search(plain, begin)
    end = stop.start() if stop is not None else len(plain)
    if plain.find("?", begin) >= 0 or len(plain[begin:end].split()) > 9:
        return
    words = list(_LETTERS.finditer(plain, begin, min(len(plain), end + 1)))
    strange = [word for word in words if word[0].isascii() and word[0].islower() and _strange(word[0])]
    if len(strange) == 1:
        yield Finding(*strange[0].span(), "password", RANK)


def _strange(word: str) -> bool:
    known = frequency(word.lower()) > 0 or said_elsewhere(word.lower()) or cues.named(word)
    return not known and len(set(word)) > 3 and named.is_password(word, certain=True)


def _bare(token: re.Match[str]) -> Finding:
    word = named.bare(token[0])
    start = token.start() + token[0].find(word)
    return Finding(start, start + len(word), "password", RANK)


_DOTTED = re.compile(
    r"(?<![\w@./:-])([A-Za-z][A-Za-z0-9]{1,20}(?:[._][A-Za-z0-9]{1,20}){1,3}|[a-z]{6,24}\d{0,5})(?=[\s,;!?)]|\.?\Z)"
)
_GAP = re.compile(r"[\s,:]{0,3}")
_ENDINGS = re.compile(
    r"\.(?:com|org|net|de|ru|io|gg|me|tv|app|uk|eu|at|ch|fr|it|es|html?|jpe?g|png|gif|mp[34]|pdf|txt|py|js|zip|exe|apk)\Z",
    re.I,
)


def _handle(plain: str) -> Iterator[Finding]:
    """ "found her on insta, she's anna.lena": right behind a word that says who somebody is there."""
    for link in cues.WORDS["give handle"].finditer(plain):
        match = _DOTTED.match(plain, _GAP.match(plain, link.end()).end())  # type: ignore[union-attr]
        if match is None or _ENDINGS.search(match[1]) or (match[1].isalpha() and not _strange(match[1])):
            continue
        yield Finding(*match.span(1), "handle", 41)

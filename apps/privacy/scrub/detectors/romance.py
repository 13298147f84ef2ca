"""Secrets in turns of phrase of Spanish, French, Portuguese and Italian, in either order: "entra con X al correo", "abajo marcas
4821", "4821 para el portal", "la carte de papa c'est 4821". Families of words: `scrub.romance`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from apps.privacy.scrub import cues
from apps.privacy.scrub.detectors import cued, email, named, passphrase, phone
from apps.privacy.scrub.romance import BACKS, CARD, CARS, DE, DET, DOOR, GOT, SERVICE, TRANSFER, TRAVEL, loosely
from apps.privacy.scrub.types import Finding, View
from apps.privacy.scrub.wording import frequency, said_elsewhere

#: Longer messages tell stories.
LONGEST = 240
_IS = r"(?:es|era|sería|sigue siendo|c'est|c'était|ce serait|est|è|era|sarebbe|é|seria|continua (?:a ser|sendo)|fica|ahora es|c'est toujours|est toujours|è sempre|:|=)"
_NUMBER = r"(?<![\w.,:/$€£#-])(\d(?:[ -]?\d){3,7}#?|\d{1,4}[A-WYZa-wyz]\d{2,5}|[A-Z]\d{3,6}|\d{4,6}[A-Z]|(?-i:G-\d{6}|[A-Z0-9]{6}))(?![\d%€$£]|[.,:/]\d|\w)"
_ENDS = r"(?=[\s#]*(?:$|[.,;:!?)\n]|(?:y|et|e|ed|pero|mais|ma|mas|luego|puis|poi|depois|para|pour|per|en|sur|su|no|na|con|avec|com|tecla|touche|tasto)(?!\w)))"
_LETTERED = r"(?=[A-Z0-9]*\d)(?=[A-Z0-9]*[A-Z])[A-Z0-9]{6,8}"
_CODE = r"(?:códigos?|codes?|codice|codici|clave|combinación|combinaison|combinazione|combinação|combi|segredo|numerito|chiffres|cifre)"


def _made(pattern: str, flags: int = re.I) -> re.Pattern[str]:
    return re.compile(pattern, flags)


_D, _C, _S, _OF, _WHO, _IT_IS, _CODES = map(loosely, (DOOR, CARD, SERVICE, DE, DET, _IS, _CODE))
_OWN = rf"(?:{_OF}{_WHO}(?:[^\W\d_]{{2,14}} )?)"
#: A number and what it opens, in either order.
_DOORS = (
    _made(
        rf"(?<!\w)(?:con|avec|com)\s+{_NUMBER}\s+(?:[^\W\d_]{{1,6}}\s+){{0,2}}(?:abr\w{{1,3}}|ouvr\w{{1,3}}|apr\w{{1,3}}|desbloque\w{{1,2}}|débloque|sblocc\w{{1,2}}|entr\w{{1,2}}|quita|coupe)(?!\w)"
    ),
    _made(
        rf"{_NUMBER}\s*,?\s*(?:(?:{_IT_IS})\s+)?(?:(?:el|la|le|il|lo|o|a|quello|quella|celui|celle|lo)\s+)?{_OWN}(?:{_D}|{_C})(?!\w)"
    ),
    _made(
        rf"(?<!\w)(?:{_D})(?:\s+{_OWN}[^\W\d_]{{2,14}})?\s*(?:{_IT_IS}|(?:se |s['’]|si )?(?:abre|ouvre|apre)(?: con| avec| com)?|con|avec|com)\s*{_NUMBER}{_ENDS}"
    ),
    _made(rf"(?<!\w)(?:{_D})\s*[:=→-]\s*{_NUMBER}{_ENDS}"),
    _made(
        rf"(?<!\w)(?:para|pour|per|pra)\s+{_WHO}(?:{_D}|{_C})\s*[,:]?\s*(?:(?:{_IT_IS})\s*)?(?!\d*00(?!\d)){_NUMBER}{_ENDS}"
    ),
    _made(rf"(?<!\w)(?:{_C})(?:\s+{_OWN}[^\W\d_]{{2,14}})?\s*(?:{_IT_IS})\s*{_NUMBER}{_ENDS}"),
)
#: A code is named, and far behind it comes "is" and the number.
_FAR = _made(rf"(?<!\w)(?:{_CODES})(?!\w)[^\d\n.!?]{{0,60}}?(?<!\w)(?:{_IT_IS})\s*{_NUMBER}{_ENDS}")
#: Right behind, before or joined to the word: letters and digits in capitals.
_CAPITALS = (
    _made(rf"(?<!\w)(?:{_CODES})\s*(?:(?:{_IT_IS})\s*)?((?-i:{_LETTERED}))(?!\w)"),
    _made(rf"(?<!\w)((?-i:{_LETTERED}))\s*,?\s*(?:{_IT_IS})\s+(?:(?:el|le|il|o|ton|tu|mon)\s+)?(?:{_CODES})(?!\w)"),
)
#: What is put in where something opens: "abajo marcas 4821", "tu tapes 4821 en bas". Prices and hours have a word before them.
_TYPED = _made(rf"(?:\s(?:el|le|il|o|c['’]est|sobre|su|sur|código|code|codice|número))?\s+{_NUMBER}{_ENDS}")
_DOOR_NEAR = re.compile(
    rf"(?<!\w)(?:{_D}|{loosely('tecla|touche|teclado|clavier|tastiera|pantallita|timbre|sonnette|campanello|campainha|suonare|sonner|tocar|llamar')})(?!\w)",
    re.I,
)
_PLACED = re.compile(rf"\A{loosely('(?:me|po|pon|põ|colo|fai|fa)')}", re.I)
#: A mixed word behind one of these is what somebody gets in with.
_WITH = _made(
    rf"(?<!\w)(?:con|avec|com|usando|utilisant|usa|usas|utilise|metti|mets|pones?|pon|{loosely('põe')}|digita|tapes?|tape|coloca|essaie|prova|prueba|experimenta|tenta|escribe|escribes|{_IT_IS})\s*(?:(?:la|le|el|il|o|a|lo|esto|ça|questa|isto)\s+)?[\"'“„«]?(\S{{6,40}})"
)
#: A service, "is" and a mixed word: "el netflix es X", "wifi de arriba: X".
_SERVICE_IS = _made(
    rf"(?<!\w)(?:{_S})(?:\s+[^\W\d_]{{1,14}}){{0,4}}?(?:\s+(?:{_IT_IS}|ha|va (?:con|avec|com))(?!\w)|\s*(?::|=|->|→))\s*[\"'“„«]?(\S{{6,40}})"
)
_REACHED = _made(rf"\s*:?\s*(?:{loosely('número|num|móvil|fijo|tel')}\s+)?({phone.NATIONAL.pattern})")
_PLATFORM = r"(?:insta(?:gram)?|ig|tik ?tok|snap(?:chat)?|twitter|telegram|discord|facebook|face|fb|twitch|steam|psn|threads|bluesky|vinted|strava|usuari[oa]|user|nick|pseudo|utente|perfil)"
#: A user name with a dot, a digit or a stroke inside, behind "is" or "as".
_CALLED = _made(
    rf"(?<!\w){_PLATFORM}(?!\w)[^\n]{{0,40}}?(?<!\w)(?:{_IT_IS}|soy|suis|sono|sou|como|comme|come|sous|con el|est|:)\s*@?((?=[\w.-]{{0,30}}[._\d])[A-Za-z_][\w.-]{{3,30}})(?!\w)"
)
_CALLED_SO = _made(
    rf"(?<!\w){_PLATFORM}(?!\w)(?:\s+[^\W\d_]{{1,12}}){{0,2}}[\s,]+(?:{_IT_IS}|soy|suis|sono|sou|como|comme|come|sous)\s*@?([a-z]{{9,30}})(?=\s*(?:$|[.,;!)\n]))"
)
_SITE = re.compile(r"\.(?:com|org|net|es|fr|it|pt|br|io|tv|me|gg)\.?\Z", re.I)
#: A password that is a word in no list, with no more behind its name than a blank, and nothing but a pause behind itself.
_ALONE = _made(
    rf"(?<!\w)(?:{loosely('contraseña|contra|mot de passe|mdp|senha|palavra-passe|password|pass|clave')})\s*[,:]?\s+([^\W\d_]{{8,30}})(?=\s*(?:$|[,.;!)\n]))"
)
_LONG = re.compile(r"\d{10,20}")
_DIGITS_OR = rf"(?<![\w.,/$€£#-])(G-\d{{6}}|\d{{6}}|\d{{3}}[ -]\d{{3}}|(?-i:{_LETTERED}))(?![\w%€$£-]|[.,:/]\d)"
_GOT = loosely(GOT)
#: What has arrived, and nothing behind it; and what must be put in before it expires.
_ARRIVED = (
    _made(
        rf"(?<!\w){_GOT}(?:\s+[^\W\d_]{{1,12}}){{0,2}}\s*:?\s*{_DIGITS_OR}(?:\s+(?:en|sur|su|na|no|dans|nel|sull['’]?)\s*(?:[^\W\d_]{{1,12}}\s*){{1,2}})?\s*[.!)]*\Z"
    ),
    _made(
        rf"{_DIGITS_OR}\s*,?\s*(?:{loosely('antes de que caduque|avant que ça expire|prima che scada|antes que expire|antes que caduque|quello che|o que')})(?!\w)"
    ),
)
_BACKS = loosely(BACKS)
_SHOWS = loosely(
    "pone|dice|hay|viene|son|y a|il y a|y'a|diz|está|tem|vem|c'è(?: scritto)?|dit|ci sono|sono|são|ce sont|lleva|trae"
)
#: The back of a card, and its three or four digits.
_BEHIND = _made(
    rf"(?<!\w)(?:{_BACKS})(?:\s+(?:de|du|della|do|da)\s+[^\W\d_]{{2,10}}(?:\s+[^\W\d_]{{2,10}})?)?\s*(?:(?:{_IT_IS}|{_SHOWS})\s*:?)\s*(\d{{3,4}})(?=\s*(?:$|[.,;!)\n]))"
)
_CARS = loosely(CARS)
_PLATE = r"(?:[A-Z]{2}-\d{3}-[A-Z]{2}|[A-Z]{2}-\d{2}-[A-Z]{2}|\d{2}-[A-Z]{2}-\d{2}|[A-Z]{2} ?\d{3} ?[A-Z]{2}|(?-i:\d{4}[ -]?[BCDFGHJ-NPR-TV-Z]{3}|\d{2}-\d{2}-[A-Z]{2}|[A-Z]{3}-?\d[A-J0-9]\d{2}))"
_CAR_HAS = _made(rf"(?<!\w){_CARS}(?!\w)[^\n!?]{{0,40}}?(?<![\w-])({_PLATE})(?![\w-])")
_TRAVEL = loosely(TRAVEL)
#: A reference of six signs where somebody travels; two letters and figures are the number of a flight.
_TRAVELS = _made(
    rf"(?<!\w){_TRAVEL}(?!\w)[^\n!?]{{0,40}}?(?<![\w-])((?![A-Za-z]{{2}}\d{{3,4}}(?!\w))(?:(?-i:(?=[A-Z0-9]*\d)(?=[A-Z0-9]*[A-Z])[A-Z0-9]{{6}})|(?=[a-z]*\d+[a-z]+\d|\d[a-z]|[a-z]+\d+[a-z])[a-z0-9]{{6}}))(?![\w-])"
)
_TRANSFER = loosely(TRANSFER)
_PAID = _made(
    rf"(?<!\w){_TRANSFER}(?:\s+[^\W\d_]{{1,10}}){{0,3}}\s*:?\s*((?<![\w.,/$€£#])\d(?:[ -]?\d){{7,25}}|\d{{4,6}}-\d)(?![\w%€$£]|[.,]\d)"
)
#: By pattern: the kind of what it finds, and its rank.
_TURNS = (*((p, "code", 79) for p in _ARRIVED), (_BEHIND, "cvv", 80), (_CAR_HAS, "plate", 56), (_TRAVELS, "booking", 56), (_PAID, "bank", 70))  # fmt: skip
_FOREMOST = _made(rf"\s*,?\s*(?:{_IT_IS}|como|comme|come|{loosely('será')})\s+(?:[^\W\d_]{{1,12}}\s+){{0,3}}")
_KINDS = frozenset(
    [
        "keyed",
        "held",
        "reached",
        "lock",
        "handle",
        "password",
        "pin",
        "told so",
        "service",
        "passport",
        "licence",
        "booking",
        "bank",
        "plate",
    ]
)


def gate(view: View) -> bool:
    if len(view.plain) > LONGEST:
        return False
    if view.digits:
        return not view.named.isdisjoint(_KINDS) or cues.speaks_of_code(view.plain)
    return "password" in view.named or "handle" in view.named


def find(view: View) -> Iterator[Finding]:
    plain, about = view.plain, view.named
    if view.digits:
        yield from _with_figures(view, cues.speaks_of_code(plain))
    if "handle" in about:
        yield from _called(plain)
    if "password" in about:
        for match in _ALONE.finditer(plain):
            if _unheard(match[1].lower()):
                yield Finding(*match.span(1), "password", 80)


def _with_figures(view: View, coded: bool) -> Iterator[Finding]:
    plain, about = view.plain, view.named
    if view.digits >= 3 and (coded or about & {"held", "lock", "pin"}):
        yield from _numbers(plain)
    if view.digits >= 3 and "keyed" in about:
        yield from _typed(plain)
    if coded or "password" in about:
        for pattern in _CAPITALS:
            yield from (Finding(*match.span(1), "code", 82) for match in pattern.finditer(plain))
    if "told so" in about:
        for pattern, kind, rank in _TURNS:
            for match in pattern.finditer(plain):
                if not cues.COUNTED.match(plain, match.end(1)):
                    yield Finding(*match.span(1), kind, rank)
    if "service" in about:
        yield from _entries(view)
    if view.digits >= 7 and "reached" in about:
        for name in cues.WORDS["reached"].finditer(plain):
            called = _REACHED.match(plain, name.end())
            if called is not None and phone.national(called[1], (*view.regions, *phone.REGIONS)):
                yield Finding(*called.span(1), "phone", 66)
    yield from _foremost(view)


def _called(plain: str) -> Iterator[Finding]:
    for match in _CALLED_SO.finditer(plain):
        if _unheard(match[1].lower()):
            yield Finding(*match.span(1), "handle", 44)
    for match in _CALLED.finditer(plain):
        if not _SITE.search(match[1]):
            end = match.end(1) - (len(match[1]) - len(match[1].rstrip(".-")))
            yield Finding(match.start(1), end, "handle", 44)


#: Kinds whose values may come before their names, with their forms.
_FORMS = {
    **{kind: shape for kind, shape in cued.SHAPES.items() if kind != "birthdate"},
    "password": _made(r"(?<!\S)\S{6,40}(?!\S)"),
}


def _foremost(view: View) -> Iterator[Finding]:
    """The value, "is", and its name: "06EH77847 c'est mon passeport"."""
    plain = view.plain
    for kind in view.named & _FORMS.keys():
        for word in cues.spoken(kind, plain):
            for match in _FORMS[kind].finditer(plain, max(0, word.start() - 60), word.start()):
                if not _FOREMOST.fullmatch(plain, match.end(), word.start()):
                    continue
                if (
                    named.is_key(match[0])
                    if kind == "password"
                    else sum(map(str.isdigit, match[0])) >= (1 if kind == "booking" else 4)
                ):
                    yield Finding(*match.span(), kind, 70)


def _unheard(word: str) -> bool:
    return not (frequency(word) or said_elsewhere(word) or word in passphrase.SAID)


def _numbers(plain: str) -> Iterator[Finding]:
    for pattern in (*_DOORS, _FAR):
        for match in pattern.finditer(plain):
            if _opens(plain, match):
                yield Finding(*match.span(1), "pin", 80)


def _typed(plain: str) -> Iterator[Finding]:
    """Behind a verb of putting in; one that puts all sorts of things somewhere needs a door beside it."""
    beside = _DOOR_NEAR.search(plain) is not None
    for verb in cues.WORDS["keyed"].finditer(plain):
        match = _TYPED.match(plain, verb.end())
        if match is not None and beside and _opens(plain, match):
            yield Finding(*match.span(1), "pin", 80)


_YEAR = re.compile(r"(?:19\d\d|20[0-3]\d)")


def _opens(plain: str, match: re.Match[str]) -> bool:
    """No price, no year and nothing that is counted."""
    if match[1].isalpha() and (plain.isupper() or not _unheard(match[1].lower())):
        return False
    return not (_YEAR.fullmatch(match[1]) or cues.COUNTED.match(plain, match.end(1)))


def _entries(view: View) -> Iterator[Finding]:
    """What a service is entered with."""
    plain = view.plain
    patterns = (_SERVICE_IS, _WITH) if view.named & {"entry", "keyed"} else (_SERVICE_IS,)
    for pattern in patterns:
        for match in pattern.finditer(plain):
            word = named.bare(match[1])
            if (
                (named.is_key(word) or _LONG.fullmatch(word))
                and "@" not in word[:1]
                and not _SITE.search(word)
                and not word.startswith("http")
                and not email.SIGN_BEHIND.match(plain, match.start(1) + len(word))  # "mi correo es ana_12 arroba …"
            ):
                yield Finding(match.start(1), match.start(1) + len(word), "password", 80)

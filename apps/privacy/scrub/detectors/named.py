"""Passwords, PINs, one-time and card codes, backup codes that are named in the same message, in fourteen languages.

The value stands after the name ("pw: x", "the password for the shed is x", "pass x") or before it ("x is the pin", "try x as
password"). Words that only look mixed, as times and amounts do, are no passwords.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import lru_cache
from itertools import islice

from apps.privacy.scrub import cues
from apps.privacy.scrub.detectors import passphrase
from apps.privacy.scrub.types import Finding, View
from apps.privacy.scrub.wording import ORDINARY, frequency, ordinary

_QUOTES = "\"'`“”„«»‘’()[]<>*"
_TOKEN = re.compile(r"\S+")
_DIGITS = r"(?<![\w.,/$€£#])(?<!\d:)((?:[A-Z]-)?\d(?:[ \-]?\d){%d,%d})(?![\d%%€$£]|[.,:/]\d|\w)"
_PIN_VALUE = re.compile(_DIGITS % (3, 7), re.I)
_CODE_VALUE = re.compile(_DIGITS % (3, 8), re.I)
_CVV_VALUE = re.compile(r"(?<![\w.,/$€£#])(?<!\d:)(\d{3,4})(?![\d%€$£]|[.,:/]\d|\w)")
_LETTERED = re.compile(r"(?<!\w)(?=[A-Z0-9-]*\d)(?=[A-Z0-9-]*[A-Z])([A-Z0-9]{5,8}|[A-Z0-9]{3,4}-[A-Z0-9]{3,4})(?!\w)")
#: The code of a door has a letter, often: "48B21", "12К3456".
DOOR = re.compile(r"(?<!\w)(\d{1,4}[A-WYZa-wyzА-Яа-яЁё]\d{2,5}|[A-ZА-ЯЁ]\d{3,6}|\d{4,6}[A-ZА-ЯЁ])(?!\w|[.,:]\d)")
#: Six capitals right behind "the code is", in a message that is not written in capitals.
_CAPITALS = re.compile(rf"{cues.LINK}((?-i:[A-Z]{{6}}))(?!\w)", re.I)
_GROUPS = re.compile(
    r"(?<!\w)((?=[\w -]{0,80}\d)[A-Za-z0-9]{4,8}(?:[ -][A-Za-z0-9]{4,8}){1,7}|[A-Z2-7]{16,64}|[A-Za-z0-9]{8,40}(?<=\w))(?!\w)"
)
_PLAIN_CODE = re.compile(
    rf"(?<!\w)(?<!error )(?<!exit )(?<!status )(?<!source )(?<!area )(?<!country )(?<!response )(?:code|c[oó]digo|codice|{cues.CODES})(?!\w)(?! (?:review|base|freeze))",
    re.I,
)
#: Between a value and the name behind it.
_JOINS = frozenset(
    """
    is was as the a my our your its it's are ist als das der mein unser es como la el mi tu de del est c'est c’est
    comme le mon ton en è come il mio tua é o meu sua это как мой наш is: - — = ( ) → für for di da do du
    mijn jouw onze het jest mój moja moje twój nasz je můj moje tvůj náš este meu mea tău är benim senin bizim це мій твій наш
    """.split()  # noqa: SIM905
)
#: What follows "the password is …" when nothing is given away.
_ORDINARY = frozenset(
    """
    a about again all almost already also always an and any are as at back bad because been before being best
    better but by can cant case changed changing correct did different do does done dont down easy empty
    enough even ever every exactly expired fine for forgotten from gone good great hard has have here hidden
    how i if in incorrect invalid is it its just kind known like long longer lost made many maybe me missing
    more most much must my needed never new no not now of off ok okay old on one only or our out over please
    probably protected ready really required reset right same saved secret secure sent set shared short should
    simple so something sorry still stored strong stupid super supposed sure that the their them then there
    they this to too totally under unknown until up updated use used using very vs was we weak weird what whatever when
    where which who why will with within without working works written wrong yes yet you your nicht falsch richtig noch zu
    der die das ein eine jetzt sehr war weg el la los un una muy le les une pas trop est très non il lo
    molto não um uma muito не это мой тот как где уже надо protected> required. manager reset sbagliata sbagliato scaduta cambiata dimenticata
    incorrecta equivocada olvidada cambió errada esquecida trocada expirada faux mauvais oublié expiré changé geändert vergessen abgelaufen
    неверный неправильный забыт забыла забыл изменился сменился истёк опять снова
    hier daar ergens thuis tady někde nekde prea aici undeva för här där gdzieś gdzies burada тут десь
    niet fout verkeerd onjuist vergeten gewijzigd veranderd verlopen altijd hetzelfde juist goed weer geen een het mijn nodig kwijt geheim
    nie złe zle błędne bledne nieprawidłowe nieprawidlowe niepoprawne poprawne dobre takie samo zmienione stare nowe już juz tylko chyba moje tajne potrzebne trzeba
    špatně špatné spatne nesprávné nespravne neplatné neplatne správné spravne stejné stejne změněné zmenene zapomenuté pořád porad nové staré zase tajné není potřeba
    greșită gresita incorectă incorecta corectă corecta aceeași aceeasi schimbată schimbata expirată expirata veche nouă noua mea foarte secretă
    fel felaktigt rätt samma ändrat glömt ogiltigt gammalt nytt inte hemligt mitt fortfarande
    yanlış yanlis hatalı hatali doğru dogru aynı ayni değişti degisti unuttum eski yeni değil degil gizli
    неправильний невірний хибний правильний забув забула змінився старий новий потрібен таємний знову такий
    """.split()  # noqa: SIM905 - as a list it would be two hundred lines
)
_PLAINLY = re.compile(
    r"\W*(?:\d{1,3}|(?:19|20)\d\d|\d{1,2}[:.h]\d{0,2}(?:[ap]m|h)?|\d+(?:st|nd|rd|th|am|pm|min|mins|x|€|\$|%|h|k|m|km|gb|mb|kb|s|ms|px)|[:;=8x][-']?[()\[\]dpPD3/\\o|*]+|<3+|\d+[.,/]\d+|[\W_]+|\w+['’]\w{1,3}|\w+/\w+|[\w.]+\.(?:com|org|net|de|nl|pl|cz|ro|se|com\.tr|ua|com\.ua|txt|py|js|conf|cfg|html?|php|sh|exe|json|xml|md|log))\W*",
    re.I,
)


def bare(value: str) -> str:
    """A value without the quotes and the punctuation around it."""
    return value.strip(_QUOTES).rstrip(".,;:!?…" + _QUOTES)


def is_password(value: str, *, certain: bool) -> bool:
    """Whether a word may be a password: mixed of kinds, or any uncommon word where it is `certain` that one stands here."""
    word = bare(value)
    if (
        len(word) < 3
        or word.lower() in _ORDINARY
        or word.startswith("http")
        or (word[:1] == "@" and word.count("@") < 2)
        or not re.search(r"\w", word)
    ):
        return False
    core = word.strip("=:-")
    if _PLAINLY.fullmatch(value) or cues.WORDS["password"].fullmatch(core) or cues.WORDS["loose"].fullmatch(core):
        return False
    mixed = bool(re.search(r"[\d@#$%^&*_+=~]|\w!\w", word)) or bool(re.search(r"[a-zа-я][A-ZА-Я]", word))
    return mixed or (certain and len(word) >= 4)


def is_mixed(value: str) -> bool:
    """Whether it has letters and digits, and so many of them that hardly anything else looks so."""
    word = bare(value)
    return len(word) >= 6 and is_password(value, certain=False) and bool(_LETTER.search(word) and _DIGIT.search(word))


def is_key(value: str) -> bool:
    """Whether it may be what a network asks for: mixed, but no speed, no time and no name of a device."""
    return is_mixed(value) and not (_MEASURE.fullmatch(bare(value)) or _DEVICE.fullmatch(bare(value)))


_LETTER, _DIGIT = re.compile(r"[^\W\d_]"), re.compile(r"\d")
_KINDS = frozenset([*cues.SECRETS, "loose"])
#: What somebody says who is not sure, between the name and the value.
_FILLERS = (
    r"(?:(?:i |ich |je |yo |io |eu |я )?(?:think|thought|guess|believe|glaub(?:e)?|denk(?:e)?|mein(?:e)?|crois|pense|creo|pienso|credo|penso|acho|думаю)(?: ich| que| che|,)?"
    r"|maybe|probably|perhaps|prob|vielleicht|wahrscheinlich|vermutlich|wohl|glaubich|peut-être|sans doute|quizás|tal vez|forse|talvez|может(?: быть)?|кажется|вроде|наверное?)"
)
_AFTER_PASSWORD = re.compile(
    rf"(?:{cues.LINK}(?:{_FILLERS}[\s,]+){{0,2}}|[^\n:=]{{0,24}}(?::|=)\s*)[\"'`“„«‘(\[]?(\S{{3,80}})", re.I
)
#: Phrases that begin with a short word: in quotes, or of three words behind a colon. Without such a sign they are not looked for.
_SIGN = re.compile("[:=\"'`“„«‘]")
_SHORT_FIRST = re.compile(
    rf"(?:(?:{cues.LINK}|[^\n:=]{{0,24}}(?::|=)\s*)[\"'`“„«‘](?=\w{{1,2}}\s[^\n\"`“”»]{{1,76}}[\"'`“”»’](?!\w))"
    r"|[^\n:=]{0,24}(?::|=)\s*(?=\w{1,2}\s+[^\s:=]{1,40}\s+[^\s:=]{1,40}(?!\S)))(\w{1,2})",
    re.I,
)


#: Words that name a password among other things do so right before it, or beside a network.
_DIRECTLY = re.compile(
    r"\s*(?::|=|->|→|–|—|-|is|ist|es|est|c['’]est|è|é|это|hei(?:ß|ss)t|(?:(?:mea|ta|noastr[aă])\s+)?este)\s*[\"'`“„«‘(\[]?|[^\n]*(?:wi-?fi|wlan|вай-?ф|router|netflix|amazon|paypal|spotify|laptop|rechner|log-?in)[^\n]*",
    re.I,
)


def gate(view: View) -> bool:
    return bool(view.named & _KINDS) or (
        view.digits >= 4 and any(w in view.lower for w in ("code", "cod", "код", "kod", "cód", "kód"))
    )


def find(view: View) -> Iterator[Finding]:
    if "password" in view.named:
        yield from _passwords(view.plain)
    if "loose" in view.named and view.digits:
        yield from _networks(view.plain)
    if view.digits >= 3 or "code" in view.named:
        for kind, value, rank, reach in (
            ("cvv", _CVV_VALUE, 89, 30),
            ("pin", _PIN_VALUE, 84, 32),
            ("code", _CODE_VALUE, 86, 44),
        ):
            if kind in view.named:
                for name in cues.spoken(kind, view.plain):
                    yield from _number(view.plain, name, kind, value, rank, reach)
        for name in _PLAIN_CODE.finditer(cues.plain_codes(view.plain)):
            yield from _number(view.plain, name, "code", _CODE_VALUE, 81, 26)
    if "secret" in view.named:
        for name in cues.WORDS["secret"].finditer(view.plain):
            yield from _grouped(view.plain, name)


def _passwords(plain: str) -> Iterator[Finding]:
    # of one text only: several names may stand around a word
    mixed, certainly = lru_cache(maxsize=None)(_mixed), lru_cache(maxsize=None)(_certainly)
    inside = lru_cache(maxsize=None)(_inside)

    def span(start: int, token: str) -> Finding:
        first, last, kind = inside(token)
        return Finding(start + first, start + last, kind, 88)

    for name in cues.WORDS["password"].finditer(plain):
        linked = _AFTER_PASSWORD.match(plain, name.end())
        if (linked is None or len(bare(linked[1])) < 3) and _SIGN.search(plain, name.end(), name.end() + 64):
            linked = _SHORT_FIRST.match(plain, name.end()) or linked
        if linked and cues.WORDS["loose"].fullmatch(name[0]) and not _DIRECTLY.fullmatch(plain, name.end(), linked.start(1)):
            linked = linked if is_mixed(linked[1]) else None  # "pass to himself was", "it passes by running:"
        if linked and (phrase := _phrase(plain, linked)):
            yield Finding(*phrase, passphrase.kind(plain[slice(*phrase)]), 88)
            continue
        if linked and certainly(linked[1]):
            better = _better(plain, linked, mixed)
            start, token_ = (better.start(), better[0]) if better else (linked.start(1), linked[1])
            yield span(start, token_)
            continue
        after = islice(_TOKEN.finditer(plain, name.end(), name.end() + 90), 5)
        token = next((t for t in after if mixed(t[0])), None)
        token = token or _right_behind(plain, name)
        if token is not None:
            yield span(token.start(), token[0])
        elif not _REPLACED.match(plain, name.end()):
            yield from _before(plain, name, mixed)


#: Right behind a name a stand-in, as the second look reads it: what stands before the name is something else.
_REPLACED = re.compile(r"\s\[x{4,}\]")
_BEHIND = re.compile(r"[^\S\n]([^\W\d_]{4,40})(?=[\s.,;!?)]|\Z)")
#: Letters that no word has in that order; a few capitals and an "s" are many of something, "IDKman" and "OMGosh" are sighs.
_ODD_CASE = re.compile(
    r"(?!(?:IDK|OMF?G|LO+L|LMF?AO|WTF|PL[SZ]|BTW|IMH?O|FFS|IKR|TBH|NVM|ASAP|THX|OK|HAHA)+[a-zа-яё])[A-ZА-ЯЁ]{2,}(?!s\Z)[a-zа-яё]+"
)


def _right_behind(plain: str, name: re.Match[str]) -> re.Match[str] | None:
    """Letters right behind a name without a sign, in a case that words have not, or behind a number that is none: "meeting
    123456789 pwd qwertyabc"."""
    behind = _BEHIND.match(plain, name.end())
    if behind is None or cues.WORDS["loose"].fullmatch(name[0]) or not _certainly(behind[1]):
        return None
    numbered = plain[max(0, name.start() - 2) : name.start()].strip()[-1:].isdigit()
    found = _ODD_CASE.fullmatch(behind[1]) or (numbered and not ordinary(behind[1]))
    return _TOKEN.match(plain, behind.start(1)) if found else None


def _better(plain: str, linked: re.Match[str], mixed: Callable[[str], bool]) -> re.Match[str] | None:
    """What looks like a password some words behind an everyday word: "the password is taped there abc123xy"."""
    word = linked[1]
    if mixed(word) or not word.isalpha() or frequency(word.lower()) < ORDINARY:
        return None
    end = linked.end(1)
    after = islice(_TOKEN.finditer(plain, end, end + 60), 4)
    return next((t for t in after if mixed(t[0]) and len(bare(t[0])) >= 6), None)


def _certainly(value: str) -> bool:
    return len(value) > 2 and is_password(value, certain=True) and value.lower() not in passphrase.SAID


def _phrase(plain: str, linked: re.Match[str]) -> tuple[int, int] | None:
    start = linked.start(1)
    if phrase := passphrase.quoted(plain, start):
        return phrase
    if plain[start - 1] in "=:":
        return None  # "password=x //host/share": set by a program, which ends it with a blank
    given = plain[linked.start() : start].rstrip(_QUOTES + " ").endswith((":", "="))
    if len(linked[1]) < 3 and not given:
        return None  # "the password is on the fridge"
    return passphrase.of_words(plain, start, given, _mixed, _ORDINARY.__contains__)


def _networks(plain: str) -> Iterator[Finding]:
    """ "wifi: Sommer2024": a network is named more often than its password is."""
    for pattern in (_OF_NETWORK, _NETWORK_FIRST):
        for match in pattern.finditer(plain):
            if is_key(match[1]):
                yield _span(match.start(1), match[1])


_NETWORK = r"(?<!\w)(?:wi-?fi|wlan|вай-?ф(?:ай|ая|ае|аю))"
#: "wifi here", "wifi de casa".
_WHERE = r"(?:\s(?:here|hier|aquí|acá|aqui|daqui|ici|qui|здесь|тут|upstairs|downstairs|oben|unten|password|(?:at|in|of|for|from|zu|bei|vom|von|im|in der|de|del|de la|du|da|do|di|della|в|на|дома)(?:\s(?:the|my|our|la|le|mi|meinem?))?\s[^\W\d_]{2,16}))?"
_OF_NETWORK = re.compile(
    rf"{_NETWORK}{_WHERE}(?:\s?(?::|=|—|-|→)\s?|['’]s\s|\s(?:is|has|ist|hat|hei(?:ß|ss)t|c['’]?est|c|a|es|tiene|è|ha|é|tem|это|heeft|ma|má|are|är|este|-|—|у (?:нас|них|меня|тебя))\s)(?:(?:now|still|jetzt|noch|maintenant|toujours|ahora|ora|sempre|agora|теперь|сейчас)\s)?[\"'“„«‘(]?(\S{{6,63}})",
    re.I,
)
#: Right behind it, with hardly anything more said: "wifi Sommer2024", "вайфай sommer2024 запиши".
_NETWORK_FIRST = re.compile(
    rf"(?:\A|(?<=[.,;:!\n])\s?)(?:[^\W\d_]{{1,9}}\s){{0,2}}{_NETWORK}\s(\S{{6,63}})(?:\s[^\W\d_]{{1,12}}){{0,1}}\s*(?:\Z|[.,;!\n])",
    re.I,
)
_MEASURE = re.compile(
    r"\d+(?:[.,:]\d+)*(?:[kmgt]?i?b(?:it|yte|ps)?s?|[kmgt]?hz|db[mi]?|ms|mins?|secs?|std|uhr|[ap]m|h|km|c?m|kg|euros?|eur|usd|chf|[pgnx]|a[cx]|be|st|nd|rd|th|er|[мгк]бит\w*|[мг]б|руб\w*|мин\w*|час\w*)",
    re.I,
)
_DEVICE = re.compile(
    r"(?:fritz!?box|iphone|ipad|macbook|galaxy|pixel|redmi|thinkpad|airport|speedport|easybox|livebox|freebox|netgear|archer|linksys|bcm|ipw|iwl|rtl)[-_]?[a-z]{0,2}\d{1,4}(?:pro|max|plus|ultra|mini|air|lte|[a-z]{1,2})*",
    re.I,
)


def _mixed(token: str) -> bool:
    if token.isalpha() and (token.islower() or token.istitle() or token.isupper()):
        return False  # as nearly always
    return (
        len(bare(token)) >= 4
        and is_password(token, certain=False)
        and not re.fullmatch(r"\W*[A-Za-z]+[-/][A-Za-z]+\W*", token)
    )


def _before(plain: str, name: re.Match[str], mixed: Callable[[str], bool]) -> Iterator[Finding]:
    """ "x is the password", "try x as pw": up to four joining words between the value and the name."""
    last = plain[max(0, name.start() - 100) : name.start()].rsplit(None, 1)[-1:]
    if not last or not (_joins(last[0]) or mixed(last[0])):
        return  # as nearly always
    tokens = list(_TOKEN.finditer(plain, max(0, name.start() - 100), name.start()))
    if tokens and tokens[-1].end() == name.start() and len(tokens[-1][0]) > 1 and not tokens[-1][0].endswith("("):
        return  # "X_PASS=$PASS": the name stands within something
    for token in reversed(tokens[-5:]):
        if mixed(token[0]):
            yield _span(token.start(), token[0])
            return
        if not _joins(token[0]):
            return


def _joins(word: str) -> bool:
    return word.lower().strip("(") in _JOINS or word == "("


def _span(start: int, token: str) -> Finding:
    first, last, kind = _inside(token)
    return Finding(start + first, start + last, kind, 88)


def _inside(token: str) -> tuple[int, int, str]:
    """Where the password of a token begins and ends, and its kind."""
    word = bare(token)
    first = token.find(word)
    return first, first + len(word), passphrase.kind(word)


def _number(plain: str, name: re.Match[str], kind: str, value: re.Pattern[str], rank: int, reach: int) -> Iterator[Finding]:
    match = value.search(plain, name.end(), min(len(plain), name.end() + reach + 12))
    if (
        match is not None
        and match.start() - name.end() <= reach
        and not _year(plain, match, name)
        and not _COUNTS.match(plain, match.end())
        and not cues.COUNTED.match(plain, match.end())
    ):
        yield Finding(match.start(1), match.end(1), kind, rank)
        return
    door = cues.within(DOOR, plain, name.end(), reach) if kind == "pin" else None
    if door is not None and len(plain[name.end() : door.start()].split()) <= 2:
        yield Finding(door.start(), door.end(), kind, rank)
        return
    given = _CAPITALS.match(plain, name.end()) if kind == "code" and rank > 81 and not plain.isupper() else None
    if given is not None:
        yield Finding(given.start(1), given.end(1), kind, rank)
        return
    lettered = cues.within(_LETTERED, plain, name.end(), 30) if kind == "code" and rank > 81 else None
    if lettered is not None:
        yield Finding(lettered.start(1), lettered.end(1), kind, rank)
        return
    for shape in (value, _LETTERED) if kind == "code" else (value,):
        found = list(shape.finditer(plain, max(0, name.start() - 40), name.start()))
        if found and all(word.lower() in _JOINS for word in plain[found[-1].end() : name.start()].split()):
            yield Finding(found[-1].start(1), found[-1].end(1), kind, rank)
            return


_COUNTS = re.compile(
    r"\s?(?:[€%]|(?:min(?:s|ut(?:e[ns]?|[oi]s?))?|hours?|hrs?|days?|times|people|years?|stunden?|tagen?|jours?|heures?|días|horas?|ore|giorni|dias|euros?|dollars?|bucks|km|лет|минут\w{0,2}|час(?:а|ов)?|раза?|игр[ыу]?)(?!\w)"
    rf"|(?:{cues.COUNTS}|{cues.COUNTS_LAST})(?!\w))",
    re.I,
)


def _year(plain: str, match: re.Match[str], name: re.Match[str]) -> bool:
    """A year some words after "code" is a year; right behind a name it is a number like any other."""
    return bool(re.fullmatch(r"19\d\d|20[0-3]\d", match[1])) and len(plain[name.end() : match.start()].split()) > 2


def _grouped(plain: str, name: re.Match[str]) -> Iterator[Finding]:
    for match in _GROUPS.finditer(plain, name.end(), min(len(plain), name.end() + 130)):
        if match.start() - name.end() > 36:
            return
        if any(map(str.isdigit, match[1])) or match[1].isupper():
            yield Finding(match.start(1), match.end(1), "secret", 87)
            return

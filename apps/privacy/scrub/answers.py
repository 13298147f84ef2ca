"""The bare answer in the next turn: "what's your pin?" → "4821". What nothing but the question gives away."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice

from apps.privacy.scrub import romance
from apps.privacy.scrub.cues import COUNTED, UNITS
from apps.privacy.scrub.detectors import address, cued, email, ids, named, passphrase, phone
from apps.privacy.scrub.figures import Figured, several
from apps.privacy.scrub.types import Finding, View
from apps.privacy.scrub.wording import frequency, ordinary, said_elsewhere

#: Words around an answer: "it's …", "sure, …", "… i think".
_LEAD = re.compile(
    rf"^\W*(?:(?:{romance.LEAD}"
    r"|it'?s|its|it is|that'?s|should be|try|try this|use|sure|ok|okay|yes|yeah|yep|ya|here|hier|here you go|there you go|oh|uh|um|so|well|think|i think|maybe|pretty sure|the (?:code|password|pin|number) is|my(?: one)? is|just|still|same as always|always|lemme see|one sec|sec"
    r"|es ist|ist|das ist|ja|klar|also|moment|probier|äh|ähm|müsste|sollte|glaub|ich glaub|warte|c'est|ouais|oui|alors|tiens|attends|voilà|euh|essaie|je crois|normalement|es|sí|si|claro|pues|creo que es|toma|espera|eh|prueba|creo q(?:ue)?|deberia ser|debería ser|es la|es el|é|è|ecco|allora|ehm|prova|credo|dovrebbe essere|aspetta|certo|sim|claro que sim|é o|é a|acho que é|acho q(?:ue)?|tenta|deve ser|toma aí|да|это|вот|щас|сейчас|кажется|должно быть|попробуй|эм|ага|держи|так"
    r"|het is|'t is|dat is|volgens mij|even kijken|probeer|ik denk|to jest|to będzie|chyba|jasne|spróbuj|czekaj|poczekaj|je to|myslím|zkus|počkej|jasně|este|cred că|cred ca|încearcă|incearca|așteaptă|sigur|det är|jo|visst|tror|vänta|kanske|tamam|evet|bekle|galiba|sanırım|sanirim|dene|це|зараз|здається|спробуй|ось|тримай|мабуть|має бути)\b[\s,.:;!…-]*)*",
    re.I,
)
#: How people end an answer: they are not sure, they send it on, they smile.
_TAIL = re.compile(
    r"(?:[\s,.;!(–—-]+(?:"
    r"(?:if|unless) (?:i|im|i'm|my)(?: \S+){1,4}|i (?:think|guess|believe|reckon|hope)|(?:i'm |im )?(?:pretty |fairly |quite |not )?(?:sure|certain)|from memory|off the top of my head|probably|maybe|should be|lol|haha|xd|pls|please|mate|bro|dude|babe|love|there you go|here you go|that's it|thats it|that's the one|iirc|afaik|as always|as usual|good luck|don't tell anyone|keep it safe|right"
    r"|wenn (?:ich|mich)(?: \S+){1,6}|(?:glaub|glaube|denk|denke|mein|meine|hoff|hoffe) ich(?: mal)?|soweit ich wei(?:ß|ss)|aus dem kopf|bitte|müsste (?:es|das)? ?(?:sein|stimmen|passen)|sollte (?:es|das)? ?(?:sein|stimmen|passen)|ohne gewähr|wie immer|vermutlich|wahrscheinlich|bitteschön|bitte schön|viel glück|nicht weitersagen|stimmt|ziemlich sicher|hihi|digga|alter|falls ich(?: \S+){1,5}"
    r"|если (?:не|я|память|правильно|верно|мне)(?: \S+){1,5}|(?:вроде|кажется|наверное|наверно|по-?моему|вроде как|вроде бы|как-то так|должно быть|точно|пожалуйста|держи|лови|как всегда|никому не говори|но не уверена?|не уверена?|ага|ок|пж|хах|ахах|лол|бро|зай|короче|на память|по памяти|помнится|насколько помню|типа)(?: так)?"
    r")|\s*(?:[:;=][-']?[)(DPp3*/]+|\)+|<3|[\U0001F300-\U0001FAFF\u2600-\u27BF\ufe0f]+)){1,3}[\s.!…]*\Z",
    re.I,
)
_TOKEN = re.compile(r"\S+")
_NUMBER = re.compile(r"(?<![\w.,:/])#?\d(?:[ \-]?\d){2,7}#?(?![\w/]|[.,:]\d)")
_GROUPED = re.compile(r"(?<!\w)(?:[A-Z]-)?\d(?:[ \-]?\d){3,8}(?![\w/]|[.,:]\d)")
_HANDLE = re.compile(r"(?<![\w.])@?[\w][\w.\-]{2,31}(?:#\d{2,5})?(?!\w)")
_YEAR = re.compile(r"(?:19|20)\d\d")
LONGEST = 120


def find(kinds: Sequence[str], view: View) -> Iterator[Finding]:
    """Findings in a reply to a question after `kinds`; the first kind of which something fits takes it."""
    if len(view.plain) > LONGEST:
        return
    if not view.digits and not _IN_DIGITS.isdisjoint(kinds) and several(view.plain):  # "four eight two one"
        figured = Figured(view.plain)
        for f in (
            find([kind for kind in kinds if kind in _IN_DIGITS], View(figured.text)) if figured.text != view.plain else ()
        ):
            yield replace(f, start=figured.back(f.start, f.end)[0], end=figured.back(f.start, f.end)[1])
    if not view.digits and _IN_DIGITS.issuperset(kinds):
        return  # as mostly
    view = _without_tail(view)
    if "?" in view.plain and not (_MARKED.fullmatch(view.plain) and "password" in kinds):
        return
    for kind in kinds:
        found = list(_FINDERS[kind](view))
        if found:
            yield from found
            return


#: What nobody tells without a digit.
_IN_DIGITS = frozenset(["pin", "code", "told", "typed", "cvv", "phone"])
#: A password may end with a question mark, where it is all that is said.
_MARKED = re.compile(r"\s*(?=\S{0,40}\d)(?=\S{0,40}[^\W\d_])[^\s?]{5,40}\?\s*")


def _without_tail(view: View) -> View:
    """The answer without what is said behind it: "… if i remember right", "… :)", "4821 si no me equivoco"."""
    for tails in (_TAIL, romance.TAIL):
        tail = tails.search(view.plain)
        if tail is not None and tail.start():
            short = View(view.plain[: tail.start()], view.regions)
            view = short if short.plain == view.plain[: tail.start()] else view
    return view


def _numbers(kind: str, pattern: re.Pattern[str], low: int, high: int, view: View) -> Iterator[Finding]:
    lead = _lead(view.plain)
    more = len(_WORDS.findall(view.plain, lead))
    for match in pattern.finditer(view.plain):
        digits = sum(map(str.isdigit, match[0]))
        led = 0 < lead == match.start()  # "it's 1984 i think", but "1984 was great"
        year = kind == "code" and _YEAR.fullmatch(match[0]) and more > 1 and not led
        if low <= digits <= high and not year and not COUNTED.match(view.plain, match.end()):
            yield Finding(match.start(), match.end(), kind, 83)
            return


def _pin(view: View) -> Iterator[Finding]:
    found = list(_numbers("pin", _NUMBER, 3, 8, view))
    yield from found or islice(_doors(view.plain), 1)


def _doors(plain: str) -> Iterator[Finding]:
    """Codes with a letter; one that begins with it comes first and alone ("A100 exit 5" is a road, "the A380 one" an aircraft)."""
    for match in named.DOOR.finditer(plain):
        if match[0][0].isdigit() or (match.start() == _lead(plain) and not _FIGURE.search(plain, match.end())):
            yield Finding(match.start(), match.end(), "pin", 83)


_FIGURE = re.compile(r"\d")


def _told(view: View) -> Iterator[Finding]:
    """ "What does it say?": a number that is longer than what people count."""
    return _numbers("code", _GROUPED, 5, 9, view)


def _typed(view: View) -> Iterator[Finding]:
    """ "What do i type in?": a number and nothing else, or a door's code with a letter."""
    begin = _lead(view.plain)
    number = _TYPED.match(view.plain, begin) or _DOORS_ALONE.match(view.plain, begin)
    if number is not None:
        yield Finding(*number.span(1), "pin", 83)


_TYPED = re.compile(r"(\d(?:[ \-]?\d){3,7}#?)[\s.,;!)*…]*\Z")
_DOORS_ALONE = re.compile(rf"({named.DOOR.pattern})[\s.,;!#)*…]*\Z")


def _code(view: View) -> Iterator[Finding]:
    found = list(_numbers("code", _GROUPED, 4, 9, view))
    if not found and (lettered := _LETTERED.search(view.plain)):
        found = [Finding(lettered.start(), lettered.end(), "code", 83)]
    yield from found


def digits(view: View) -> list[tuple[int, int]]:
    """Where the digits stand in a bubble that is hardly anything else: a piece of a number."""
    runs = [(m.start(), m.end()) for m in re.finditer(r"\d(?:[ \-]?\d)*", view.plain)]
    words = _WORDS.findall(view.plain, _lead(view.plain))
    return runs if len(runs) == 1 and len(words) <= 2 and not COUNTED.match(view.plain, runs[0][1]) else []


_WORDS = re.compile(r"[^\W\d_]+")
_LETTERED = re.compile(r"(?<!\w)(?=[A-Z0-9-]*\d)(?=[A-Z0-9-]*[A-Z])(?:[A-Z0-9]{5,8}|[A-Z0-9]{3,4}-[A-Z0-9]{3,4})(?!\w)")


def _cvv(view: View) -> Iterator[Finding]:
    return _numbers("cvv", _NUMBER, 3, 4, view)


def _password(view: View) -> Iterator[Finding]:
    """A mixed word anywhere in a short answer, or the one word of it that is no everyday one."""
    plain = view.plain
    begin = _lead(plain)
    words = list(_TOKEN.finditer(plain, begin))
    if len(words) > 8:
        return
    if phrase := passphrase.quoted(plain, begin) or passphrase.quoted(plain, begin + 1):  # "it's …" ends before the quote
        yield Finding(*phrase, passphrase.kind(plain[slice(*phrase)]), 83)
        return
    mixed = [
        m
        for m in words
        if named.is_password(m[0], certain=False)
        and not (_YEAR.fullmatch(named.bare(m[0])) or _plainly(m[0]) or _elsewhere(m[0]))
    ]
    if mixed:
        yield from (_bare(m) for m in mixed[:1])
        return
    led = begin > 0 and len(words) <= 3
    if (
        words
        and (len(words) == 1 or led)
        and named.is_password(words[0][0], certain=True)
        and words[0][0].lower().strip(".,!") not in _EVERYDAY
        and not _elsewhere(words[0][0])
    ):
        # a secret is one of its message only: an ordinary word must not vanish from the whole archive
        yield _bare(words[0], "secret" if ordinary(named.bare(words[0][0])) else "password")


def _loose(view: View) -> Iterator[Finding]:
    """Where a password was hardly asked for: letters and digits in one word, or a number, and nothing else."""
    yield from _network(view, least=4)


def _late(view: View) -> Iterator[Finding]:
    """Where a password was asked for long ago: the same, or one word alone that is in no list of words."""
    found = list(_loose(view))
    words = view.plain.split()
    if not found and len(words) == 1 and len(word := named.bare(words[0])) >= 6 and word.isalpha() and not ordinary(word):
        begin = view.plain.find(word)
        found = [Finding(begin, begin + len(word), "secret", 83)] if word.lower() not in _EVERYDAY else []
    yield from found


def _network(view: View, least: int = 8) -> Iterator[Finding]:
    """The same where a network was named, of which people tell short numbers as well; those of a password are longer."""
    begin = _lead(view.plain)
    words = list(_TOKEN.finditer(view.plain, begin))
    if 1 <= len(words) <= 2 and named.is_key(words[0][0]) and not (_plainly(words[0][0]) or _elsewhere(words[0][0])):
        yield _bare(words[0])
    number = _ALONE.match(view.plain, begin)
    if number is not None and len(number[1]) >= least and not _YEAR.fullmatch(number[1]):
        # a short one is a price, a height, a year in other messages
        yield Finding(*number.span(1), "secret" if len(number[1]) < 6 else "password", 83)


_ALONE = re.compile(r"(\d{4,20})[\s.,;!#*)…]*\Z")


def _elsewhere(word: str) -> bool:
    """Whether it is an e-mail address, a link or a user name: with a password, but not the password."""
    return ("@" in word and bool(list(email.find(View(word))))) or bool(_LINK.match(word))


_LINK = re.compile(
    r"\W*(?:https?://|www\.)|@\w|\W*[\w-]+(?:\.[\w-]+)*\.(?:com|org|net|de|ru|fr|es|it|io|nl|be|pl|cz|ro|se|ua|eu|tr|pt)(?:/\S*)?\W*$",
    re.I,
)


def _bare(match: re.Match[str], kind: str = "password") -> Finding:
    word = named.bare(match[0])
    start = match.start() + match[0].find(word)
    return Finding(start, start + len(word), kind, 83)


def _lead(plain: str) -> int:
    found = _LEAD.match(plain)
    end = found.end() if found else 0
    while end and plain[end - 1] in "@$#%&*^~":
        end -= 1  # signs that a password or a user name begins with
    return end


def _plainly(word: str) -> bool:
    """Times, ordinals, amounts: digits that anybody may answer with."""
    return bool(
        re.fullmatch(
            r"\W*(?:\d{1,3}|\d{1,2}[:.h]\d{0,2}|\d+(?:st|nd|rd|th|am|pm|min|x|€|\$|%|h|k|m|km)|(?:ctrl|alt|shift|strg|cmd|super)[+-]\S*|[:;=8][-']?[()DPp3/]+|\d+[.,]\d+\W*)\W*",
            word,
            re.I,
        )
    )


def _shaped(kind: str, shape: re.Pattern[str], least: int, rank: int, view: View) -> Iterator[Finding]:
    for match in shape.finditer(view.plain):
        if sum(map(str.isdigit, match[0])) >= least:
            yield Finding(match.start(), match.end(), kind, rank)
            return


def _id(view: View) -> Iterator[Finding]:
    found = list(ids.beside(view.plain))
    yield from found or _shaped("id", _ID, 6, 72, view)


_ID = re.compile(r"(?<!\w)(?:[A-Z]{2,3} ?\d{6}|[A-Z]{0,3}[ -]?\d(?:[ .\-/]{0,2}[\dA-Z]){6,18})(?!\w)", re.I)


def _address(view: View) -> Iterator[Finding]:
    found = [f for f in address.find(view) if f.kind == "address"]
    if found:
        yield from found
        return
    match = _PLACE.search(view.plain, _lead(view.plain))
    if match is not None and not (_counts_something(view.plain, match) or _WHEN.search(match[0])):
        yield Finding(match.start(), match.end(), "address", 65)


#: "home in 10", "bus 12".
_WHEN = re.compile(
    r"(?<!\w)(?:in|at|by|for|around|about|after|before|since|until|till|um|gegen|ab|bis|nach|vor|seit|über|в|через|около|после|до|с|bus|tram|line|linie|gate|gleis|exit|platform|автобус|маршрутка)\s+\d",
    re.I,
)


def _counts_something(plain: str, match: re.Match[str]) -> bool:
    """ "12 bucks", "at 7 pm": a number that is followed by what it counts."""
    return any(UNITS.match(plain[m.end() :]) for m in re.compile(r"\d+").finditer(plain, match.start(), match.end()))


#: In an answer to "where do you live" a name and a house number are an address, in either order.
_PLACE = re.compile(
    r"(?<!\w)(?:\d{1,5}[a-z]?,?\s+[^\W\d_][\w'’.-]{2,}(?:\s+[^\W\d_][\w'’.-]+){0,4}|[^\W\d_][\w'’.-]{2,}(?:\s+[^\W\d_][\w'’.-]+){0,4},?\s+(?:n[º°.]?\s*|д\.?\s*)?\d{1,5}\s?[a-zа-я]?(?!\w))"
    r"(?:,?\s+\d{4,6}(?:\s+[^\W\d_][\w'-]+)?)?(?:,?\s*(?:кв\.?|apt\.?|flat)\s*\d+)?",
    re.I,
)


def _phone(view: View) -> Iterator[Finding]:
    for match in phone.NATIONAL.finditer(view.plain):
        if phone.sounds(match[0], view.regions):
            yield Finding(match.start(), match.end(), "phone", 71)
            return


def _handle(view: View) -> Iterator[Finding]:
    plain = view.plain
    words = list(_HANDLE.finditer(plain, _lead(plain)))
    marked = [m for m in words if m[0].startswith("@") or re.search(r"[\d_.#]", m[0].rstrip("."))]
    if marked:
        yield Finding(marked[0].start(), marked[0].start() + len(marked[0][0].rstrip(".")), "handle", 60)


def _username(view: View) -> Iterator[Finding]:
    """Who is asked for a user name answers with it, also where it is of letters only."""
    found = list(_handle(view))
    if not found:
        words = list(_HANDLE.finditer(view.plain, _lead(view.plain)))
        if len(words) == 1 and words[0].end() == len(view.plain.rstrip(" .!")) and _made_up(words[0][0]):
            found = [Finding(words[0].start(), words[0].end(), "handle", 60)]
    yield from found


def _made_up(word: str) -> bool:
    """Whether a word is none that is met anywhere, as names of accounts are; "hahahaha" is laughed."""
    low = word.lower()
    return (
        len(low) > 4
        and low.isalpha()
        and low.isascii()
        and len(set(low)) > 3
        and not (frequency(low) or said_elsewhere(low))
    )


def _of(kind: str, least: int, rank: int):  # type: ignore[no-untyped-def]
    return lambda view: _shaped(kind, cued.SHAPES[kind], least, rank, view)


def _booking(view: View) -> Iterator[Finding]:
    for match in cued.SHAPES["booking"].finditer(view.plain):
        if any(c.isdigit() for c in match[0]) or (match[0].isupper() and len(match[0]) == 6):
            yield Finding(match.start(), match.end(), "booking", 58)
            return


def _secret(view: View) -> Iterator[Finding]:
    """Backup codes and keys of programs: groups of letters and digits."""
    found = list(_shaped("secret", _GROUPS, 2, 80, view))
    capitals = _CAPITALS.search(view.plain)
    yield from found or ([Finding(*capitals.span(), "secret", 80)] if capitals else [])


#: Groups of capitals, or one long one, with hardly a digit in them.
_CAPITALS = re.compile(
    r"(?<!\w)(?:(?=[A-Z \-]{0,38}\d)[A-Z0-9]{4,8}(?:[ -][A-Z0-9]{4,8}){1,7}|[A-Z2-7]{4}(?:[ -][A-Z2-7]{4}){2,7}|[A-Z2-7]{16,64})(?!\w)"
)


_GROUPS = re.compile(r"(?<!\w)(?:[A-Za-z0-9]{4,8}(?:[ -][A-Za-z0-9]{4,8}){1,7}|[A-Za-z0-9]{8,40})(?!\w)")


def _postcode(view: View) -> Iterator[Finding]:
    return _shaped("postcode", address.CUED, 2, 66, view)


_FINDERS = {
    "password": _password, "loose": _loose, "late": _late, "network": _network, "pin": _pin, "code": _code, "told": _told, "typed": _typed, "cvv": _cvv, "secret": _secret, "passport": _of("passport", 5, 74), "licence": _of("licence", 4, 71),
    "id": _id, "bank": _of("bank", 6, 72), "birthdate": _of("birthdate", 1, 63), "postcode": _postcode, "address": _address,
    "booking": _booking, "plate": _of("plate", 2, 58), "username": _username, "handle": _handle, "phone": _phone,
}  # fmt: skip
#: What people answer instead of a password.
_EVERYDAY = frozenset(
    """
    true false null yes yeah yep yup no nope nah ok okay sure what why who idk dunno lol haha hahaha hmm hmmm sorry nothing none never maybe later soon tomorrow today tonight
    yesterday oublié esqueci olvidé dimenticata vergessen quoi cosa was qué ask mum mom dad mama papa secret forgot forgotten same default empty guess really seriously wait here there done sent texted check email
    ja nein klar warum wieso keine keiner weiß später morgen heute frag mutti oui non pourquoi jamais demain rien sais attends sí claro nada mañana luego
    espera pregunta porque nunca não sim amanhã espera depois niente domani dopo perché boh да нет зачем почему потом завтра хз незнаю забыл забыла спроси щас
    thuis doma hemma evde acasă acasa вдома söylemem soylemem straks morgen vandaag weet vraag geheim vergeten niks nooit geen waarom hoezo natuurlijk graag klopt prima
    później pozniej jutro dzisiaj nigdy zapomniałem zapomniałam zapomnialem zapomnialam niewiem dlaczego dobrze jasne spytaj zapytaj czemu zaraz chwila oczywiście spoko
    nevím nevim později zítra zitra dneska zapomněl zapomněla zapomnel zapomnela proč proc nikdy jasně jasne zeptej počkej pockej dobře dobre netuším tajné tajne žádné
    stiu nimic niciodată niciodata mâine maine azi uitat habar întreabă intreaba sigur bine secret imediat acum niciunul
    imorgon idag senare aldrig glömt glomt varför varfor vetinte fråga vänta vanta säkert inget ingen hemligt självklart precis
    yarın yarin bugün bugun sonra unuttum bilmem bilmiyorum neden niye hayır hayir evet tamam hiç yok bekle sorsana annem gizli olur şimdi simdi
    потім завтра сьогодні ніколи забув забула навіщо чому незнаю гаразд добре звісно зараз спитай запитай немає
    please thanks thank good nice cool great wow whatever exactly hello привет спасибо ahora agora adesso maintenant jetzt
    """.split()  # noqa: SIM905
)

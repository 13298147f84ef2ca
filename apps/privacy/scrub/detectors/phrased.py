"""Secrets in the turns of phrase of their own: what opens a lock or a telephone, a one-time code before its name, name and
password in one breath, digits as words. `named` knows what stands right behind a name."""

from __future__ import annotations

import re
from collections.abc import Iterator

from apps.privacy.scrub import cues, figures
from apps.privacy.scrub.detectors import named, passphrase
from apps.privacy.scrub.types import Finding, View
from apps.privacy.scrub.wording import frequency

_BEGINS = r"(?<![\w.,/$€£#])(?<!\d[:\-])"
_STOPS = r"(?![\d%€$£]|[.,:/]\d|\w)"
_NUMBER = rf"{_BEGINS}(\d(?:[ -]?\d){{3,8}}){_STOPS}"
#: Here a sentence, or a part of one, is at its end.
_ENDS = r"(?=#?\s*(?:$|[.,;!?)\n]|(?:and|then|if|or|auf|und|dann|oder|falls|и|а|если|чтобы|y|luego|et|puis|si|e|poi|depois)(?!\w)))"

# What opens a lock

_WITH = r"(?:with|by|mit|avec|con|com|met|med|cu|ile|through|par|pelo|col|с|із|з)"
_OWN = r"(?:the|my|our|your|ur|his|her|der|dem|die|das|meine?[mrn]?|unsere?[mrn]?|le|la|les|l['’]|mon|ma|notre|el|los|las|mi|nuestr[oa]|il|lo|gli|mio|mia|nostr[oa]|o|a|os|as|meu|minha|nosso|nossa)"
#: What it belongs to: "the lock on my bike", "замок на велике".
_OF = (
    r"(?:on|for|of|at|am|an|vom|von|im|für|zum|zur|beim|del?|de la|d['’]|du|des|della?|dell['’]|do|da|na|no|para|pour|per|от|на|для|у|od|till|på|van|voor|від)"
    rf"\s+(?:{_OWN}\s+)?[^\W\d_]{{2,20}}"
)
_JOINS = (
    rf"{_WITH}|is|was|are|set|changed|now|still|to|off|on|opens?|opened|turns?|goes|works|takes|uses|code|combo|combination|number|numbers|pin|it['’]?s|again|just"
    r"|ist|lautet|auf|aus|geht|geöffnet|öffnet|zu|nummer|kombi(?:nation)?|zahlen|hat|immer noch|noch|jetzt|wieder|entschärfen|deaktivieren"
    r"|это|открыва(?:ется|ть|ешь)|снима(?:ется|ть|ешь)|(?:вы|от)?ключа(?:ется|ть|ешь)|отключается|выключается|код|шифр|комбинация|набира(?:й|ть|ешь)|набери|теперь|сейчас|по"
    r"|es|está|se|quita|abre|desactiva|apaga|código|clave|número|sigue siendo|sigue|ahora|combinación|hay que|poner|pon|marca|c['’]est|c|est|s['’]ouvre|s['’]éteint|se|désactive|désarme|coupe|numéro|combinaison|maintenant|toujours|tjrs|par|le|la|fais|faut|faire|tape[rz]?"
    r"|é|desliga|destrava|desativa|abrir|continua|sendo|senha|agora|combinação|è|si|toglie|apre|disattiva|spegne|codice|combinazione|sempre|ora|adesso|gaat|staat|open|uit|jest|otwiera się|je|se otevírá|este|är|це"
)
_NAMED = rf"(?:(?:\s+|\s*['’]|\s*[:=,–—-]\s*)(?:{_JOINS}|s(?=\s)|{_OF})(?!\w)){{0,5}}"
_TURNS = r"\d(?:[ -]?\d){2,7}|\d{1,2}(?:-\d{1,2}){2,3}|\d{2}(?: \d{2}){2}"
_DOOR = named.DOOR.pattern
_OPENS = re.compile(rf"({_NAMED})(?:\s+|\s*[:=–—-]\s*)(?:{_BEGINS}({_TURNS}){_STOPS}|({_DOOR}))", re.I)
#: These are adjectives, verbs and numbers of places as well.
_THE_SAFE = re.compile(
    r"(?:\A\W*|(?<!\w)(?:the|my|our|your|ur|his|her|their|hotel|room|home|office|gun|wall|dad['’]?s|mum['’]?s|mom['’]?s)\s+)\Z",
    re.I,
)
_DATE = re.compile(r"\d{1,2}[ -]\d{1,2}[ -](?:19|20)\d\d|(?:19|20)\d\d[ -]\d{1,2}[ -]\d{1,2}")
_YEAR = re.compile(r"19\d\d|20[0-3]\d")
_TIME = re.compile(r"(?:[01]?\d|2[0-3])(?:00|05|[1-5][05])")
_RINGS = re.compile(r"alarm|larm", re.I)
_STRONG = re.compile(
    rf"(?<!\w)(?:{_WITH}|is|'s|ist|est|es|é|è|это|c['’]est|code|combo|combination|kombi(?:nation)?|código|codice|код|off|aus)(?!\w)",
    re.I,
)
_CODE = re.compile(r"(?<!\w)(?:with|mit|avec|con|com|code|código|codice|код|off|aus)(?!\w)", re.I)
_TYPES = re.compile(
    rf"(?<!\w)(?:type|enter|punch|press|tap|key|tippe?|gib|drück(?:e|st)?|tapes?|tapez|fais|digita|digite|inserisci|marca|teclea|набери|введи|нажми|вбей)\s+(?:in\s+)?{_NUMBER}"
    rf"\s+(?:in|into|on|at|auf|ins?|am|beim|sur|dans|à|au|en|no|na|nel|sul|alla?|su|в|на)\s+(?:\w+\s+){{0,2}}?(?:{cues.NAMES['lock']}|door|pad|tür|porte|puerta|porta|двер[ьи])(?!\w)"
    rf"|(?<!\w)(?:put|stick|pon|pongo|mets|metti|coloca|поставь)\s+(?:in\s+)?{_NUMBER}\s+(?:in|into|on|en|no|na|dans|sur|nel|sul|в|на)\s+(?:{_OWN}\s*)?(?:key ?pad|door pad|teclado|clavier|tastierino|digicode|домофон)(?!\w)",
    re.I,
)
_OPENING = re.compile(rf"[^\d\n.!?;:]{{0,40}}?\s(?:({_WITH})\s+)?{_BEGINS}(\d(?:[ -]?\d){{3,7}}){_STOPS}{_ENDS}", re.I)
#: Between a verb and a number that is no code: levels, prices, hours, dates.
_NO_CODE = re.compile(
    r"(?<!\w)(?:at|after|before|until|in|from|level|levels|stage|world|over|more|than|another|about|ab|nach|bei|um|bis|über|mehr|als|für|a las|desde|hasta|más|nivel|après|avant|plus|niveau|dopo|più|livello|mais|depois|за|в|до|после|через|больше|уровень|room|zimmer)(?!\w)\s*",
    re.I,
)

# One-time codes before their names

_YOURS = r"(?:your|ur|my|the|dein|ihr|mein|der|das|votre|ton|mon|le|la|tu|su|el|mi|o seu|seu|teu|o|il tuo|il suo|il mio|il|tuo|suo|je|uw|twój|jest to|váš|tvůj|din|ditt|ваш|твой|мой|наш)"
_IS = r"(?:is|ist|est|es|é|è|это|jest|je|är|este|це|lautet)"
#: What any code is called, and those that belong to whoever reads it.
_KIND = rf"(?:{cues.NAMES['code']}|{cues.NAMES['pin']}|passcode)"
_TO_YOU = (
    r"(?:your|ur|dein|ihr|votre|ton|tu|su|(?:o )?seu|(?:o )?teu|(?:il )?tuo|(?:il )?suo|je|uw|twój|váš|tvůj|din|ваш|твой)"
)
_BETWEEN = (
    r"(?:(?!(?:of|for|in|on|from|that|which|when|number|price|year|amount|von|für|de la)\s)[\w.&'’!+-]{1,20}\s+){0,3}?"
)
_AFTER_IT = r"(?=[\s#*]*(?:$|[.,;:!?)\n]|(?:to|for|from|by|don|do|never|valid|expires|it|für|zum|zur|von|bei|bitte|pour|ne|para|no|da|do|per|di|non|não|для|от|не|никому)(?!\w)))"
_FIRST = re.compile(
    rf"(?<![\w.,/$€£#])(?<!\d[:\-])((?:[A-Z]-)?\d(?:[ -]?\d){{3,8}}){_STOPS}"
    rf"(?:(?:\s+{_IS}\s+(?:{_YOURS}\s+)?|\s*[-–—:=]\s*(?:{_YOURS}\s+)?|\s+{_YOURS}\s+){_BETWEEN}{_KIND}"
    rf"|(?:\s+{_IS}|\s*[-–—:=])?\s+{_TO_YOU}\s+{_BETWEEN}(?:codes?|c[oó]digo|codice|код))(?!\w){_AFTER_IT}",
    re.I,
)
_TELLS = re.compile(
    rf"(?<!\w)(?:2fa|mfa|otp|authenticator(?: app)?|google auth)\s+(?:app\s+)?(?:says?|said|shows?|gives?|gave|is|reads?|zeigt|sagt|dit|affiche|dice|muestra|mostra|diz|говорит|показывает|пишет)(?:\s+me)?\s+{_NUMBER}",
    re.I,
)
_TEXTED = re.compile(
    rf"(?<!\w)(?:texted|sms['’]?d|текстом)\s+(?:(?:me|us|u|you|him|her)\s+)?(?:the\s+|this\s+)?{_BEGINS}(\d{{3}}[ -]?\d{{3}}){_STOPS}{_ENDS}"
    rf"|(?<!\w)(?:смс|sms|эсэмэска)(?:\s+(?:пришла|пришло|came|says|sagt|dit|dice|diz))?\s+{_NUMBER}(?=\s*(?:$|[.,;!?)\n]|(?:вв(?:оди|еди)|набери|enter|type|put|gib|tipp|mets|tape|pon|metti|inserisci|coloca|digita)(?!\w)))",
    re.I,
)
#: "Use 482913 to log in."
_USED = re.compile(
    rf"(?<!\w)(?:use|enter|verwende(?:n)?|nutze(?:n)?|gib|geben|utilisez?|entrez?|saisissez|usa|use|ingresa|introduce|utiliza|utilizza|inserisci|digite|введите|используйте)\s+(?:sie\s+)?(?:the\s+|code\s+)?{_NUMBER}"
    r"\s+(?:to|as|um|zum|zur|als|pour|comme|para|como|per|come|для|чтобы|ein)(?!\w)[^.\n\d]{0,40}?(?:verif|log ?in|sign ?in|confirm|anmelde|access|anmeld|bestätig|einlogg|connec|conect|connexion|valid|iniciar|acced|acess|entrar|вход|войти|подтвер)",
    re.I,
)
_THREE = re.compile(
    rf"(?<!\w)(?:security (?:number|code|no\.?)(?:\s+(?:is|was)|\s*:)?\s+|\A\W*crypto\s+(?:c['’]?est\s+|:\s*)?){_BEGINS}(\d{{3}})(?![ -]?\d){_STOPS}(?!\s*(?:€|euros?|k|points?|people|times))",
    re.I,
)
_CRYPTO_END = re.compile(r"\s*(?:$|[.,;!?)\n])")

# Name and password in one breath

_LOGIN = r"(?:log-?ins?|log ?in|account|acc|user(?:name)?|credentials|creds|ssh|root|admin|zugang(?:sdaten)?|anmeldung|konto|benutzer(?:name)?|usuario|cuenta|acceso|identifiants?|compte|accès|conta|usuário|acesso|utente|accesso|accedi|логин|вход|учётка|учетка|аккаунт|акк|inlog|login|konto|hesap|logowanie|přihlášení)"
_PAIR = re.compile(rf"(?<!\w){_LOGIN}(?!\w)[^\n/|]{{0,30}}?(?<![\w/|.])([\w.@+-]{{2,40}})\s*[/|]\s*(\S{{4,40}})", re.I)
_MAIL_AND = re.compile(r"(?<![\w.+-])[\w.%+-]{1,64}@[\w-]{1,60}(?:\.[\w-]{1,30}){1,4}\s*[/|:;,]\s*(\S{6,40})")
_NAMES = cues.NAMES["password"]
_USER = re.compile(
    rf"(?<!\w)(?:user(?:name)?s?|log-?in|account|e-?mail|nick|benutzer(?:name)?|nutzername|usuario|identifiant|utente|usuário|логин|юзер|ник)(?:\s*[:=]\s*|\s+(?:is|ist|es|est|è|é|это)\s+|\s+)\S{{2,60}}?[\s,;/]+(?:(?:and|und|y|et|e|и|&|the)\s+){{0,2}}(?:{_NAMES})(?:\s*[:=]\s*|\s+(?:is|ist|es|est|è|é|это)\s+|\s+)(\S{{4,40}})",
    re.I,
)
_TRIED = re.compile(
    rf"(?<!\w)(?:use|used|try|put|took|take|set|chose|picked|type|nimm|nehm|probier|versuch|gib|usa|usar|prueba|pon|puse|essaie|mets|mis|utilise|prova|metti|tenta|coloca|usei|попробуй|введи|поставь|вбей)\s+[\"'“„«]?(\S{{4,40}})\s+(?:as|als|como|comme|come|как)\s+(?:{_OWN}\s*)?(?:new\s+|wi-?fi\s+|neues\s+)?(?:{_NAMES})(?!\w)",
    re.I,
)
_IT_IS = re.compile(
    r",?\s+(?:(?:it['’]?s|c['’]est|это|ist)\s+)[\"'“„«]?(\S{4,40}?)[\"'”“»]?(?=\s*(?:$|[.,;!?)\n]\s*\w{0,12}\s*$))", re.I
)
_STILL = re.compile(
    r"(?:\s+[^\W\d_]{2,20}){0,3}?\s+(?:still|(?:is|ist|es|est|è|é)\s+(?:still|immer noch|toujours|sempre|siempre|ainda)|immer noch|noch immer|всё ещё|все еще|по-прежнему|sigue siendo|toujours|tjrs|tjs|continua(?: sendo)?|ancora)\s+(\S{4,40}?)(?=[\s.,;!?)]*$)",
    re.I,
)
_IN_CAPITALS = re.compile(
    r"[\s,:]+(?:is\s+)?(?:all\s+|in\s+)*(?:caps|capitals|uppercase|großbuchstaben|großgeschrieben|majuscules|mayúsculas|maiuscol[oe]|maiúsculas|капсом|заглавными)[\s,:]+(?-i:([A-ZА-ЯЁ]{5,40}))(?!\w)",
    re.I,
)
_IN_LATIN = re.compile(r"\s+([A-Za-z]{5,40})(?=[\s.,;!?)]*$)")


def gate(view: View) -> bool:
    plain = view.plain
    if view.digits and ("/" in plain or (view.digits >= 3 and _TOLD.search(plain) is not None)):
        return True
    if not view.named.isdisjoint(_KINDS):
        return True
    # every message comes by, and nearly none holds these letters of "code", "código", "код"
    return ("od" in plain or "ód" in plain or "од" in plain or "OD" in plain) and cues.speaks_of_code(plain)


_KINDS = frozenset(["lock", "unlock", "password", "pin", "code", "cvv"])
#: One of these stands in whatever `_codes` finds.
_TOLD = re.compile(
    r"@|2fa|mfa|otp|auth|text(?:ed|ом)|s[mм]s|смс|эсэм|use|enter|verwend|nutz|gib|geb|usa|util|saisi|ingresa|introduc|inserisci|digite|введите|испол|security|crypto|[ck][oó]d|код",
    re.I,
)


def find(view: View) -> Iterator[Finding]:
    plain = view.plain
    if view.digits >= 3:
        if "lock" in view.named:
            yield from _locks(plain)
        if "unlock" in view.named:
            yield from _unlocks(plain)
        yield from _codes(plain)
    if view.named & {"pin", "code", "cvv", "lock"} or cues.speaks_of_code(plain):
        yield from _in_words(view)
    yield from _logins(view)
    if "password" in view.named:
        yield from _words(plain)


def _locks(plain: str) -> Iterator[Finding]:
    for name in cues.WORDS["lock"].finditer(plain):
        match = _OPENS.match(plain, name.end())
        if match is None or not _thing(plain, name, match[1]):
            continue
        group = 2 if match[2] else 3
        if group == 3 or _opens(plain, name[0], match):
            yield Finding(match.start(group), match.end(group), "pin", 83)
    for match in _TYPES.finditer(plain):
        yield Finding(*match.span(match.lastindex or 1), "pin", 83)


def _thing(plain: str, name: re.Match[str], between: str) -> bool:
    """Whether "safe" and "lock" are things there: "the safe", "lock is", but neither "stay safe" nor "lock 2340"."""
    low = name[0].lower()
    if low not in ("safe", "lock", "locks") or (low != "safe" and _STRONG.search(between)):
        return True
    return _THE_SAFE.search(plain[max(0, name.start() - 24) : name.start()]) is not None


def _opens(plain: str, name: str, match: re.Match[str]) -> bool:
    """Whether a number behind a lock opens it: no price, no date, no year, and of alarms no time."""
    value, between, end = match[2], match[1], match.end(2)
    strong = _STRONG.search(between) is not None
    if cues.COUNTED.match(plain, end) or _DATE.fullmatch(value):
        return False
    if _YEAR.fullmatch(value) and not _CODE.search(between):
        return False
    if _RINGS.search(name) and not _CODE.search(between) and (len(value) < 4 or _TIME.fullmatch(value)):
        return False
    return strong or re.compile(_ENDS).match(plain, end) is not None


def _unlocks(plain: str) -> Iterator[Finding]:
    for verb in cues.WORDS["unlock"].finditer(plain):
        match = _OPENING.match(plain, verb.end())
        if match is None or cues.COUNTED.match(plain, match.end(2)):
            continue
        if match[1] or not (_YEAR.fullmatch(match[2]) or _NO_CODE.search(plain, verb.end(), match.start(2))):
            yield Finding(match.start(2), match.end(2), "pin", 83)


def _codes(plain: str) -> Iterator[Finding]:
    for match in _FIRST.finditer(cues.plain_codes(plain)):
        yield Finding(match.start(1), match.end(1), "code", 85)
    for pattern in (_TELLS, _TEXTED, _USED):
        for match in pattern.finditer(plain):
            group = match.lastindex or 1
            if not cues.COUNTED.match(plain, match.end(group)):
                yield Finding(match.start(group), match.end(group), "code", 85)
    for match in _THREE.finditer(plain):
        if match[0][:1] in "sS" or _CRYPTO_END.match(plain, match.end(1)):
            yield Finding(match.start(1), match.end(1), "cvv", 87)


def _in_words(view: View) -> Iterator[Finding]:
    """ "my pin is four eight two one"."""
    plain = view.plain
    for run in figures.RUN.finditer(plain):
        for kind, names in _WORDED:
            found = list(names.finditer(plain, max(0, run.start() - 60), run.start()))
            between = plain[found[-1].end() : run.start()] if found else "."
            enough = figures.count(run[0]) >= (3 if kind == "cvv" else 4)
            if enough and len(between.split()) <= 4 and not _SENTENCE.search(between):
                yield Finding(run.start(), run.end(), kind, 84)
                break


_WORDED = (
    ("pin", cues.WORDS["pin"]), ("cvv", cues.WORDS["cvv"]), ("pin", cues.WORDS["lock"]), ("code", cues.WORDS["code"]),
    ("code", cues.CODE),
)  # fmt: skip
_SENTENCE = re.compile(r"[.!?;\n]")


def _logins(view: View) -> Iterator[Finding]:
    plain = view.plain
    if "/" in plain or "|" in plain:
        for match in _PAIR.finditer(plain):
            if named.is_mixed(match[2]) or ("@" in match[1] and len(named.bare(match[2])) >= 6 and _digit(match[2])):
                yield _span(match.start(2), match[2])
    if "@" in plain:
        for match in _MAIL_AND.finditer(plain):
            if named.is_mixed(match[1]) and "@" not in match[1]:
                yield _span(match.start(1), match[1])


def _digit(word: str) -> bool:
    return any(map(str.isdigit, word))


def _words(plain: str) -> Iterator[Finding]:
    """Passwords that are words like any other: only where the turn of phrase leaves nothing else."""
    for pattern in (_USER, _TRIED):
        for match in pattern.finditer(plain):
            if _given(match[1]):
                yield _span(match.start(1), match[1])
    for name in cues.WORDS["password"].finditer(plain):
        if cues.WORDS["loose"].fullmatch(name[0]):
            continue
        for pattern in (_IT_IS, _STILL, _IN_CAPITALS, _IN_LATIN):
            found = pattern.match(plain, name.end())
            if found is None or (pattern is _IN_LATIN and (name[0].isascii() or frequency(found[1].lower()) > 0)):
                continue
            if _given(found[1], rare=True):
                yield _span(found.start(1), found[1])
                break


#: From here on a word says something about a password.
_SAYS = 4.5
_NOBODY = frozenset(
    """
    this that these those it them your birthday something anything nothing everything email mail name names number numbers
    manager managers
    """.split()  # noqa: SIM905
)


def _given(word: str, *, rare: bool = False) -> bool:
    low = named.bare(word).lower()
    if low in passphrase.SAID or low in _NOBODY or not named.is_password(word, certain=True):
        return False
    return not rare or frequency(low) < _SAYS


def _span(start: int, token: str) -> Finding:
    word = named.bare(token)
    first = start + token.find(word)
    return Finding(first, first + len(word), passphrase.kind(word), 87)

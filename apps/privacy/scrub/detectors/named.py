"""Passwords, PINs, one-time and card codes that are named in the same message, in fourteen languages."""

from __future__ import annotations

import re
from collections.abc import Iterator

from apps.privacy.scrub.types import Finding, View

_PASSWORD = (
    r"(?:pass(?:word|phrase|wd|code)|pwd|wi-?fi (?:key|pass)|pass(?:wort)?|kennwort|contrase(?:ñ|n)a|clave|mot de passe|mdp"
    r"|senha|palavra-passe|parola(?: d'ordine)?|пароль|пароля|wachtwoord|hasł[oa]|şifre|parol[aă]|heslo|lösenord"
    r"|adgangskode|passord|salasana|jelszó)"
)
_PIN = r"(?:pin(?:[ -]?(?:code|number|nummer))?|geheimzahl|código pin|code pin|пин(?:-?код)?(?:а)?|door code|gate code|alarm code|entry code|lock code|türcode)"
_CODE = (
    r"(?:(?:verification|security|login|log-in|one[- ]time|2fa|two-factor|auth(?:entication)?|confirmation|sms|access|sign-?in)"
    r"[ -]?(?:code|password|passcode|pin)|otp|bestätigungscode|sicherheitscode|code de (?:vérification|sécurité|confirmation)"
    r"|código de (?:verificación|seguridad|verificação|segurança|confirmación)|codice di (?:verifica|sicurezza)"
    r"|код (?:подтверждения|доступа|безопасности|из смс)|verificatiecode|kod weryfikacyjny|doğrulama kodu)"
)
_CVV = r"(?:cvv2?|cvc2?|csc|card security code|kartenprüfnummer|criptogramme)"
_LINK = r"(?:\s+(?:for|to|of|für|zum|de|del|da|per|pour|от|для|на)\s+[^\n:=]{1,40}?)?\s*(?::|=|->|→|–|—|\bis\b|\bwas\b|'s|\bist\b|\blautet\b|\best\b|\bes\b|\bé\b|\bè\b|\bэто\b|\bto\b|\bjest\b|\bär\b|\ber\b)\s*"
_QUOTES = "\"'`“”„«»‘’()[]<>"

_PASSWORD_IS = re.compile(rf"\b{_PASSWORD}{_LINK}[\"'`“„«‘(\[]?(\S{{3,80}})", re.I)
_PASSWORD_COLON = re.compile(rf"\b{_PASSWORD}\b(?:[^\n:=]{{0,24}}:|\s?=)\s*[\"'`“„«‘(\[]?(\S{{3,80}})", re.I)
_PASSWORD_AFTER = re.compile(
    rf"(?<!\S)(\S{{4,80}})\s{0, 3}\(?\s{0, 3}(?:is|ist|est|es|è|é|—|-)\s+(?:the|my|our|your|das|le|la|il|o|a)?\s*(?:\w+\s)?{_PASSWORD}\b",
    re.I,
)
_PASSWORD_NEXT = re.compile(rf"\b{_PASSWORD}\s{1, 3}([^\s\w]?[A-Za-z0-9!@#$%^&*_+.\-]{{6,64}})(?![=\w])", re.I)
_PIN_IS = re.compile(rf"\b{_PIN}\b[^\d\n]{{0,28}}?(?<!\d)(\d(?:[ \-]?\d){{3,7}})(?![\d:/.]\d)(?!\d)", re.I)
_CODE_IS = re.compile(rf"\b{_CODE}\b[^\d\n]{{0,40}}?(?<!\d)((?:[A-Z]-)?\d(?:[ \-]?\d){{3,7}})(?!\d)", re.I)
_CODE_PLAIN = re.compile(
    r"\b(?:code|código|codice|код|kod)\b\s*(?::|=|is|ist|est|es|è|é|-|—)\s*((?:[A-Z]-)?\d(?:[ \-]?\d){3,7})(?!\d)", re.I
)
_CODE_BEFORE = re.compile(
    rf"(?<!\d)((?:[A-Z]-)?\d(?:[ \-]?\d){{3,7}})\s+(?:is|ist|est|es|è|é|—|-)\s+(?:your|the|my|ihr|dein|votre|tu|su|il tuo|seu|ваш)?\s*(?:\w+ ){{0,3}}(?:{_CODE}|code|código|codice|код)",
    re.I,
)
_CVV_IS = re.compile(rf"\b{_CVV}\b[^\d\n]{{0,16}}?(?<!\d)(\d{{3,4}})(?!\d)", re.I)

_ANY = re.compile(rf"\b(?:{_PASSWORD}|{_PIN}|{_CODE}|{_CVV}|code|código|codice|код|kod)\b", re.I)
_DIGIT = re.compile(r"\d")
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
    they this to too totally under unknown until up updated use used very was we weak weird what whatever when
    where which who why will with working works written wrong yes yet you your nicht falsch richtig noch zu
    der die das ein eine jetzt sehr war weg el la los un una muy le les une pas trop est très non il lo una
    molto não um uma muito не это мой тот как где уже надо protected> required. manager reset
    """.split()  # noqa: SIM905 - as a list it would be two hundred lines
)


def _bare(value: str) -> str:
    return value.strip(_QUOTES).rstrip(".,;:!?…" + _QUOTES)


def _password(value: str, *, certain: bool) -> bool:
    bare = _bare(value)
    if len(bare) < 3 or bare.lower() in _ORDINARY or bare.startswith(("http", "@")) or not re.search(r"\w", bare):
        return False
    mixed = bool(re.search(r"[\d!@#$%^&*_+=~]", bare)) or bool(re.search(r"[a-z][A-Z]", bare))
    return mixed or (certain and len(bare) >= 4)


def gate(plain: str) -> bool:
    return bool(_ANY.search(plain))


def _spans(view: View) -> Iterator[tuple[int, int, str, int]]:
    plain = view.plain
    for pattern, certain in (
        (_PASSWORD_IS, True),
        (_PASSWORD_COLON, True),
        (_PASSWORD_NEXT, False),
        (_PASSWORD_AFTER, False),
    ):
        for match in pattern.finditer(plain):
            if _password(match[1], certain=certain):
                start = match.start(1) + len(match[1]) - len(match[1].lstrip(_QUOTES))
                yield start, start + len(_bare(match[1])), "password", 88
    if not _DIGIT.search(plain):
        return
    for pattern, kind, rank in (
        (_PIN_IS, "pin", 84), (_CODE_IS, "code", 86), (_CODE_PLAIN, "code", 82), (_CODE_BEFORE, "code", 86), (_CVV_IS, "cvv", 89),
    ):  # fmt: skip
        for match in pattern.finditer(plain):
            yield match.start(1), match.end(1), kind, rank


def find(view: View) -> Iterator[Finding]:
    for start, end, kind, rank in _spans(view):
        yield Finding(start, end, kind, rank)

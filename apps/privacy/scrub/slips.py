"""Slips of the thumb in the words that name secrets: "my pasword is", "verificaiton code", "парооль". Pure.

A word of five letters and more that is no word and one edit away from a cue (one letter too many, too few, wrong, or two
exchanged: Damerau 1964) is read as that cue.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

from apps.privacy.scrub.spelling import cuts, one_apart
from apps.privacy.scrub.wording import vocabulary

#: Cue words of the secrets that a message gives away by naming them (`cues.NAMES`), as single words.
CUES = frozenset(
    """
    password passwords passcode passphrase passwort kennwort zugangsdaten contraseña contrasena clave senha parola chiave
    wachtwoord şifre heslo lösenord adgangskode passord salasana jelszó пароль паролем пароля
    pincode geheimzahl geheimnummer haustürcode digicode пинкод
    verification security confirmation authentication authenticator activation access verify
    bestätigungscode sicherheitscode verifizierungscode aktivierungscode einmalcode einmalpasswort
    vérification sécurité verificación seguridad verificação segurança confirmación confirmação acceso acesso
    código codigo codice verifica sicurezza conferma accesso подтверждения доступа безопасности
    kartenprüfnummer prüfnummer prüfziffer cryptogramme
    backup recovery rescue emergency licence license product serial voucher lizenz lizenzschlüssel gutscheincode
    respaldo recuperación licencia licença secours récupération recupero riserva licenza seriale резервный восстановления
    """.split()  # noqa: SIM905
)
LEAST = 5
_WORD = re.compile(r"[^\W\d_]{5,24}")


@cache
def _near() -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for cue in CUES:
        for cut in (cue, *cuts(cue)):
            found.setdefault(cut, []).append(cue)
    return found


@lru_cache(maxsize=65_536)
def meant(word: str) -> str:
    """The cue that a word is a slip of; "" when it is none."""
    low = word.lower()
    near = _near()
    if low in CUES:
        return ""
    for cut in (low, *cuts(low)):
        for cue in near.get(cut, ()):
            if low[0] == cue[0] and one_apart(low, cue):
                return "" if low in vocabulary(not low.isascii()) else cue
    return ""


def mended(text: str) -> tuple[str, list[int]] | None:
    """The text with cues for their slips, and for each of its characters the place in `text`; None without slips."""
    pieces: list[str] = []
    places: list[int] = []
    at = 0
    for match in _WORD.finditer(text):
        cue = meant(match[0])
        if cue:
            pieces += [text[at : match.start()], cue]
            places += range(at, match.start())
            places += (min(match.start() + n, match.end() - 1) for n in range(len(cue)))
            at = match.end()
    if not pieces:
        return None
    places += range(at, len(text) + 1)
    return "".join([*pieces, text[at:]]), places

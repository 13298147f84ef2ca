"""What Meta writes about the owner of an account, in the account's language: "Du hast einen Anhang gesendet."

There is no name in these, so that whole sentences only are matched: the opening, a thing that can be sent, the end.
"""

from __future__ import annotations

import re

from apps.archives.formats.late import late

_DE = (
    r"einen? (?:Anhang|Datei|Foto|Video|Sprachnachricht|Audionachricht|Sticker|GIF|Link|(?:Live-)?Standort|Beitrag|Story|Reel|Profil)"
    r"|ein (?:Foto|Video|GIF|Reel|Profil)|deinen (?:Live-)?Standort|\d+ (?:Anhänge|Dateien|Fotos|Videos|GIFs|Sticker)"
)
_FR = (
    r"une (?:pièce jointe|photo|vidéo|position|localisation|publication|story|note vocale)|votre position|ta position"
    r"|un (?:fichier|message (?:vocal|audio)|autocollant|sticker|GIF|lien|reel|profil)|\d+ (?:pièces jointes|fichiers|photos|vidéos|GIF)"
)
_ES = (
    r"un (?:(?:archivo )?adjunto|archivo|v[ií]deo|mensaje de (?:voz|audio)|sticker|GIF|enlace|reel|perfil)"
    r"|una (?:foto|nota de voz|ubicación|publicación|historia)|tu ubicación(?: en (?:vivo|tiempo real))?"
    r"|\d+ (?:archivos(?: adjuntos)?|fotos|v[ií]deos|GIF)"
)
_IT = (
    r"un (?:allegato|file|video|messaggio (?:vocale|audio)|adesivo|link|post|reel|profilo)|uno sticker|la tua posizione"
    r"|una (?:foto|GIF|nota vocale|posizione|storia)|\d+ (?:allegati|file|foto|video|GIF)"
)
_PT = (
    r"um (?:anexo|arquivo|ficheiro|v[ií]deo|sticker|autocolante|GIF|link|post|story|reel|perfil)|(?:a )?sua localização"
    r"|uma (?:foto|mensagem de (?:voz|áudio)|nota de voz|figurinha|localização|publicação|história)"
    r"|\d+ (?:anexos|arquivos|ficheiros|fotos|v[ií]deos|GIFs)"
)
_RU = (
    r"вложение|файл|фото(?:графию)?|видео|голосовое сообщение|аудиосообщение|стикер|наклейку|GIF(?:-файл)?|ссылку|местоположение"
    r"|геопозицию|публикацию|историю|видео Reels|\d+ (?:фото(?:графи[ийя])?|видео|файл(?:а|ов)|вложени[яй])"
)
_RU_SHARED = r"публикацией|историей|ссылкой|местоположением|геопозицией|фото|видео|видео Reels|файлом|профилем"
_NL = (
    r"een (?:bijlage|bestand|foto|video|spraakbericht|audiobericht|sticker|GIF|gif|link|locatie|bericht|verhaal|reel|profiel)|je locatie"
    r"|\d+ (?:bijlagen|bestanden|foto[’']s|video[’']s|GIF[’']s)"
)
_PL = (
    r"załącznik|plik|zdjęcie|film|wideo|wiadomość (?:głosową|audio)|naklejkę|GIF(?:-a)?|link|lokalizację|post|relację|rolkę|profil"
    r"|\d+ (?:zdję(?:cia|ć)|film(?:y|ów)|plik(?:i|ów)|załącznik(?:i|ów))"
)
_BY = r"(?: (?:von|de|di|от|van|od) .{1,60})?"
_STOP = r" ?\.?"
#: How sentences begin, what then stands in the middle, and how they end.
_SENTENCES: list[tuple[tuple[str, ...], str, str]] = [
    (("Du hast ", "Sie haben ", "Hat dir ", "Hat Ihnen "), _DE, r" (?:gesendet|geteilt)\."),
    (("Du hast mit ", "Sie haben mit "), r".{1,12} auf (?:eine|die|deine|Ihre) Nachricht" + _BY, " reagiert" + _STOP),
    (("Du hast eine Nachricht mit ", "Sie haben eine Nachricht mit "), "„Gefällt mir“", " markiert" + _STOP),
    (("Dir gefällt eine ", "Ihnen gefällt eine "), "Nachricht", _STOP),
    (("Vous avez envoyé ", "Vous avez partagé ", "Tu as envoyé ", "Tu as partagé ", "Vous a envoyé ", "T’a envoyé ", "T'a envoyé "), _FR, r"\."),
    (("Vous avez réagi ", "Tu as réagi "), r"(?:avec|par) .{1,12} à (?:un|votre|ton|son|ce) message" + _BY, _STOP),
    (("Vous avez aimé ", "Tu as aimé "), "un message", _STOP),
    (("Enviaste ", "Has enviado ", "Compartiste ", "Has compartido ", "Te envió ", "Te ha enviado "), _ES, r"\."),
    (("Reaccionaste con ", "Has reaccionado con "), r".{1,12} a (?:un|tu|su) mensaje" + _BY, _STOP),
    (("Indicaste que te gusta un ", "Te gustó un ", "Le gustó un "), "mensaje", _STOP),
    (("Hai inviato ", "Hai condiviso ", "Ti ha inviato "), _IT, r"\."),
    (("Hai reagito con ",), r".{1,12} (?:a un|al tuo|al suo|al) messaggio" + _BY, _STOP),
    (("Hai messo ",), "[Mm]i piace a un messaggio", _STOP),
    (("Você enviou ", "Você compartilhou ", "Enviaste ", "Partilhaste ", "Te enviou ", "Enviou-te ", "Enviou para você "), _PT, r"\."),
    (("Você reagiu com ", "Reagiste com "), r".{1,12} (?:a uma|à sua|à tua|à) mensagem" + _BY, _STOP),
    (("Você curtiu uma ", "Gostaste de uma "), "mensagem", _STOP),
    (("Вы отправили ", "Ты отправил ", "Ты отправила ", "Ты отправил(а) ", "Вам отправили ", "Отправил вам ", "Отправила вам ", "Отправил(а) вам "), _RU, r"\."),
    (("Вы поделились ", "Ты поделился ", "Ты поделилась "), _RU_SHARED, r"\."),
    (("Вы отреагировали ",), r"(?:с помощью )?.{1,12} на (?:ваше |это )?сообщение" + _BY, _STOP),
    (("Вам понравилось ", "Вам нравится "), "сообщение", _STOP),
    (("Je hebt ", "Jij hebt ", "U hebt ", "U heeft ", "Heeft je ", "Heeft u "), _NL, r" (?:verzonden|verstuurd|gestuurd|gedeeld)\."),
    (("Je hebt met ", "U hebt met "), r".{1,12} op (?:een|je|uw) bericht" + _BY, " gereageerd" + _STOP),
    (("Je hebt een ", "Je vindt een "), "bericht", " leuk(?: gevonden)?" + _STOP),
    (("Wysłałeś(aś) ", "Wysłałeś/aś ", "Wysłałeś ", "Wysłałaś ", "Udostępniłeś(aś) ", "Udostępniłeś ", "Udostępniłaś ", "Wysłał(a) Ci ", "Wysłał Ci ", "Wysłała Ci "), _PL, r"\."),
    (("Zareagowałeś(aś) ", "Zareagowałeś ", "Zareagowałaś "), r"(?:za pomocą )?.{1,12} na (?:twoją )?wiadomość" + _BY, _STOP),
    (("Polubiłeś(aś) ", "Polubiłeś ", "Polubiłaś "), "wiadomość", _STOP),
]  # fmt: skip
#: What somebody sent, after their first name.
_SENT = late(
    rf"hat (?:dir |Ihnen )?(?:{_DE}) (?:gesendet|geteilt)\.|(?:vous |t[’'])?a (?:envoyé|partagé) (?:{_FR})\."
    rf"|(?:te )?(?:envió|ha enviado|compartió|ha compartido) (?:{_ES})\.|(?:ti )?ha (?:inviato|condiviso) (?:{_IT})\."
    rf"|(?:te )?(?:enviou|compartilhou|partilhou)(?:-te| para você)? (?:{_PT})\.|отправил(?:а|\(-?а\))? (?:вам |тебе )?(?:{_RU})\."
    rf"|поделил(?:ся|ась|ся\(-?ась\)) (?:с вами |с тобой )?(?:{_RU_SHARED})\.|heeft (?:je |u )?(?:{_NL}) (?:verzonden|verstuurd|gestuurd|gedeeld)\."
    rf"|(?:wysłał|udostępnił)(?:a|\(a\))? (?:Ci )?(?:{_PL})\."
)
OPENINGS = frozenset(begin for begins, _, _ in _SENTENCES for begin in begins)
LONGEST = 120
HEAD = 4  # letters by which most other texts are told
_ENDINGS: dict[str, list[tuple[str, re.Pattern[str]]]] = {begin[:HEAD]: [] for begin in OPENINGS}
for _begins, _middle, _end in _SENTENCES:
    for _begin in _begins:
        _ENDINGS[_begin[:HEAD]].append((_begin, late(f"(?:{_middle}){_end}")))


def of_meta(words: str) -> bool:
    """Whether these words are a notice to the owner. Most texts are told by how they begin, without an expression."""
    known = _ENDINGS.get(words[:HEAD])
    if known is None or len(words) > LONGEST:
        return False
    return any(words.startswith(begin) and ending.fullmatch(words, len(begin)) for begin, ending in known)


def of_another(rest: str) -> bool:
    """Whether what follows somebody's first name says, and says no more, that they sent something, perhaps to the owner."""
    return len(rest) <= LONGEST and bool(_SENT.fullmatch(rest))

"""Sentences that programs write in people's names. Only whole texts are ever matched, never parts of one."""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from itertools import product

from apps.archives.formats import notices_owner
from apps.archives.formats.late import late

#: A word of a name, which begins with no small letter.
_NAME = r"(?-i:(?![a-zß-öø-ÿа-яё])[^\W\d_])[^ .]{0,40}"
#: Whole sentences after the sender's name (or "You"); only ever matched against the full text. Those that go on with what somebody
#: wrote end with a full stop, as people's own words that begin alike do not.
_META = late(
    r"(?:sent (?:an (?:attachment|audio message)|a (?:photo|video|GIF|sticker|voice message|live location|location|link|post|file))\.?"
    r"|shared a (?:link|photo|post|story)\.?|called (?:you|" + _NAME + r"(?: " + _NAME + r"){0,3})\."
    r"|missed (?:a|your) (?:(?:video|voice|audio) )?(?:call|chat)(?: (?:from|with) [^,]{1,60})?\."
    r"|(?:started|stopped) sharing video\.|stopped viewing .{1,60} video\."
    r"|waved at (?:you|.{1,80}?)!?|added .{1,200} to the (?:group|chat)\.|(?:added|removed) .{1,80} as a group admin\."
    r"|removed (?:.{1,120} from the (?:group|chat)|the group (?:name|photo))\."
    r"|left the (?:group|chat)\.?|joined the (?:group|call|chat|video chat)\.?|named the (?:group|chat) .{1,200}\."
    r"|(?:set|cleared) (?:the|his|her|their|your) (?:own )?nickname(?: (?:for|to|of) .{1,200})?\.|set (?:the )?nickname for .{1,200}\."
    r"|changed the (?:theme|chat theme|group photo|chat colors|emoji)(?: (?:to|from) .{1,160})?\.?|set the (?:quick reaction|emoji) to .{1,20}"
    r"|changed the listing (?:title|description|price)(?: (?:to|from) .{1,160})?\."
    r"|(?:un)?pinned a message(?: to the (?:chat|group))?\.?|sent \d+ (?:photos|videos|GIFs|attachments)\.?|reacted .{1,12} to (?:a|your) message\.?|set .{1,60}'s nickname to .{1,80}|wasn't notified about this message because they're in quiet mode\.?"
    r"|created (?:a (?:poll|plan|reminder)(?::.{1,200}| for .{1,160})?\.?|the (?:group|poll|plan|reminder)(?::.{1,200})?\.?)|(?:started|deleted|updated) a plan\.|named the plan .{1,160}\."
    r"|responded (?:Going|Maybe|Can't Go) to .{1,160}\.|(?:voted (?:for|in the poll)|changed vote to|removed vote for) .{1,200}|started (?:a|an|the) (?:video |audio )?(?:chat|call)\.?"
    r"|(?:un)?sent a message\.?|unsent a message\.?|took a screenshot\.?|turned (?:on|off) member approval.{0,120}"
    r"|turned (?:on|off) (?:disappearing|vanish|link|high-quality|end-to-end|read receipts|notifications|message)\b.{0,160}|liked a message)",
    re.I,
)
#: The same after a first name, which somebody else may have, too: only what notices say word for word, to the full stop.
_FIRST = late(
    r"(?:un)?sent (?:an (?:attachment|audio message)|a (?:photo|video|GIF|sticker|voice message|live location|location|link|post|file|message)"
    r"|\d+ (?:photos|videos|GIFs|attachments))\.|shared a (?:link|photo|post|story)\.|called you\.|missed your (?:(?:video|voice|audio) )?(?:call|chat)\."
    r"|(?:started|stopped) sharing video\.|waved at (?:you|the group)!|added [^.!?\n]{1,120} to the (?:group|chat)\.|(?:added|removed) [^.!?\n]{1,80} as a group admin\."
    r"|removed (?:[^.!?\n]{1,80} from the (?:group|chat)|the group (?:name|photo))\.|left the (?:group|chat)\.|joined the (?:group|call|chat|video chat)\."
    r"|named the (?:group|chat) [^.!?\n]{1,100}\.|(?:set|cleared) (?:the|his|her|their|your) (?:own )?nickname(?: (?:for|to|of) [^.!?\n]{1,120})?\."
    r"|changed the (?:theme|chat theme|group photo|chat colors|emoji)(?: (?:to|from) [^.!?\n]{1,80})?\.|set the (?:quick reaction|emoji) to \S{1,12}\."
    r"|(?:un)?pinned a message(?: to the (?:chat|group))?\.|reacted \S{1,12} to (?:a|your) message ?\.?|created (?:a poll|a plan|a reminder|the group)\."
    r"|started a (?:video |audio )?(?:chat|call)\.|took a screenshot\.|liked a message\.?|wasn't notified about this message because they're in quiet mode\.?"
)
#: First words of names that are no first names: "I Ketut" and "He Xin" write "I sent a photo." themselves, and so does who is saved as
#: "Mama Quill", of herself.
_PRONOUNS_AND_PARENTS = (
    "i we you he she it they who this that one someone somebody everyone everybody nobody the a an my our your "
    "ich wir du er sie es ihr man wer je tu il elle on nous vous ils elles yo tú él el ella nosotros ellos io lui lei noi loro "
    "eu ele ela nós eles я ты он она мы вы они ja ty ona my wy oni ik jij hij zij ze "
    "mom mum dad mommy mummy daddy mama papa mami papi mutti vati oma opa granny grandma grandpa "
    "maman mamie mémé papy pépé mamá papá abuela abuelo abuelita abuelito mamma babbo nonna nonno mamãe mãe papai pai avó avô vovó vovô "
    "мама папа мамочка бабушка дедушка mamo babcia dziadek mam pap moeder vader tante onkel tía tío"
)
_NO_NAMES = frozenset(_PRONOUNS_AND_PARENTS.split())
_META_ALONE = late(
    r"Reacted .{1,12} to your (?:message|photo|video|sticker|GIF|link|story) ?|Liked a message ?|You are now connected on Messenger\.?"
    r"|Say hi to your new Facebook friend, .{1,80}\.?|(?:The (?:(?:video|audio|voice|group) )?|(?:video|audio|voice|group) )(?:chat|call) ended\.?|.{1,60} wasn't notified about this message because they're in quiet mode\.?|You missed a (?:(?:video|voice|audio) )?call from [^,]{1,60}\.|Missed (?:video|voice|audio) (?:call|chat)s?\.?|You and .{1,60} can now see each other\.?"
    r"|(?:You can now message and call each other|Messages and calls are (?:now )?(?:secured|protected) with end-to-end encryption).{0,200}",
    re.I,
)


#: The same in the account's language, after the name: the verb of a notice, what it was done to, and the full stop. Nobody writes
#: their own whole name and goes on so; where it is one word, somebody else may be called so (`_of_platform`).
_ELSEWHERE = late(
    r"hat .{1,200} (?:gesendet|geschickt|hinzugefügt|entfernt|genannt|umbenannt|geändert|festgelegt|angepinnt|erstellt|gestartet|geteilt|reagiert|angerufen)\."
    r"|hat (?:die Gruppe|den Chat) verlassen\.|ist (?:der Gruppe|dem (?:Chat|Anruf|Videochat)) beigetreten\."
    r"|(?:te )?(?:ha )?(?:envi(?:ó|ado)|comparti(?:ó|do)|añadi(?:ó|do)|agreg(?:ó|ado)|elimin(?:ó|ado)|cambi(?:ó|ado)|nombr(?:ó|ado)|fij(?:ó|ado)|inici(?:ó|ado)|cre(?:ó|ado)|reaccion(?:ó|ado)) (?:un |una |el |la |al |con |a ).{1,200}\."
    r"|(?:salió|se (?:salió|fue)|abandonó|ha (?:salido|abandonado)) (?:de |del |la |el )?(?:grupo|chat|conversación)\.|se (?:ha unido|unió) (?:al |a la ).{1,60}\.|te (?:ha llamado|llamó)\."
    r"|(?:vous |t[’'])?a (?:envoyé|partagé|ajouté|supprimé|retiré|nommé|modifié|changé|défini|épinglé|lancé|commencé|créé|rejoint|quitté|réagi) (?:un |une |le |la |l[’']|à |au |avec |votre |vos |son |sa ).{1,200}\.|(?:vous a|t[’']a) appelée?\."
    r"|(?:te )?(?:enviou|compartilhou|partilhou|adicionou|removeu|alterou|mudou|definiu|fixou|iniciou|criou|reagiu)(?:-te| para você)? (?:um |uma |o |a |os |as |com |à |seu |sua ).{1,200}\.|saiu d[oa] (?:grupo|conversa|bate-papo)\.|entrou n[oa] (?:grupo|conversa|chamada|bate-papo)\.|deu o nome .{1,120} ao grupo\.|ligou para você\."
    r"|(?:ti )?ha (?:inviato|condiviso|aggiunto|rimosso|cambiato|modificato|impostato|fissato|avviato|creato|reagito) (?:un |una |un'|il |la |lo |l'|con |a |te |il tuo ).{1,200}\.|ha (?:abbandonato|lasciato) (?:il gruppo|la (?:chat|conversazione))\.|ti ha chiamato\."
    r"|поделил(?:ся|ась)(?:\(-?ась\))? .{1,200}\.|(?:отправил|добавил|удалил|изменил|установил|закрепил|начал|создал|назвал|отреагировал)(?:\(-?а\)|а)? .{1,200}\.|(?:покинул|вышел из|вышла из|присоединился к|присоединилась к)(?:\(-?а\)|а)? .{1,60}\."
    r"|(?:wysłał|udostępnił|dodał|usunął|zmienił|ustawił|przypiął|rozpoczął|utworzył|nazwał)(?:\(a\)|a)? .{1,200}\.|(?:opuścił|opuściła|dołączył|dołączyła)(?:\(a\))? .{1,60}\."
    r"|heeft .{1,200} (?:verzonden|gestuurd|gedeeld|toegevoegd|verwijderd|gewijzigd|genoemd|ingesteld|vastgemaakt|gemaakt|gestart)\.|heeft de (?:groep|chat) verlaten\."
)
#: What notices are about: what can be sent, and what belongs to a chat.
_THINGS = late(
    r"(?<!\w)(?:(?:gruppen|profil)?fotos?|photos?|v[ií]d[eé]os?|gifs?|stickers?|audio\w*|links?|emojis?|chats?|memojis?|stor(?:y|ies)|posts?|polls?"
    r"|anh[aä]ng\w*|datei\w*|(?:sprach)?nachricht\w*|(?:live-)?standort\w*|beitr[aä]g\w*|umfragen?|plan|erinnerung\w*|gruppe\w*|videochats?|(?:video|audio)?anruf\w*|design|thema|spitznamen?|dich angerufen"
    r"|adjuntos?|archivos?|notas? de voz|not[ae] vocal[ei]|reels?|mensajes?|enlaces?|ubicación|publicación|historia|grupo|conversación|apodo|tema|encuesta|recordatorio|(?:video)?llamada|te (?:ha llamado|llamó)"
    r"|pièces? jointes?|fichiers?|autocollants?|messages?|liens?|position|localisation|publication|groupe|discussion|conversation|pseudo|surnom|thème|sondage|rappel|appel|(?:vous a|t[’']a) appelée?"
    r"|anexos?|arquivos?|ficheiros?|figurinhas?|mensage(?:m|ns)|localização|publicação|conversa|bate-papo|apelido|alcunha|enquete|sondagem|plano|lembrete|chamada|ligou para você"
    r"|allegat[oi]|file|adesiv[oi]|messaggio?|messaggi|posizione|gruppo|conversazione|soprannome|sondaggio|promemoria|(?:video)?chiamata|ti ha chiamato"
    r"|видео(?:чат|звонок)?|фото\w*|вложени\w+|файл\w*|стикер\w*|наклейк\w+|сообщени\w+|ссылк\w+|местоположени\w+|геопозици\w+|публикаци\w+|истори\w+|групп\w+|чат\w*|бесед\w+|псевдоним\w*|тем[ауы]|эмодзи|смайлик\w*|опрос\w*|план|напоминани\w+|звонок|звонку"
    r"|zdjęci\w+|film\w*|wideo|naklejk\w+|załącznik\w*|plik\w*|wiadomo\w+|lokalizacj\w+|grup\w+|czat\w*|rozmow\w+|pseudonim\w*|motyw\w*|ankiet\w+|przypomnien\w+|połączeni\w+"
    r"|bijlagen?|bestand\w*|berichte?n?|locatie|groep\w*|gesprek\w*|bijnaam|enquête|herinnering|oproep)(?!\w)",
    re.I,
)
#: Who writes about themselves is no program: these say "you".
_I = late(
    r"(?<!\w)(?:ich|mi[rc]h?|mein\w*|uns\w*|wir|yo|me|mí|mis?|nos|nuestr\w+|je|j[’']\w+|moi|m[’']\w+|mon|ma|mes|nous|notre|eu|mim|meus?|minhas?|noss\w+|io|mi[oa]|miei|noi|nostr\w+"
    r"|я|мне|меня|мной|мо[йяюёие]|моего|моей|мы|нам|нас|нами|наш\w*|ja|mnie|mój|moj\w+|nam|nas|nasz\w*|ik|mij|mijn|ons|onze)(?!\w)",
    re.I,
)
_TWO_WORDS = late(r"[^\W\d_]\S*\s(?:.*\s)?\W*[^\W\d_]")
#: Likes and reactions, which Instagram writes as words of whoever reacted.
_REACTED = late(
    r"(?:Hat mit .{1,12} auf deine Nachricht reagiert|(?:Reaccionó|Ha reaccionado) con .{1,12} a tu mensaje|A réagi (?:avec|par) .{1,12} à (?:votre|ton) message"
    r"|Reagiu com .{1,12} à (?:sua|tua) mensagem|Ha reagito con .{1,12} al tuo messaggio|Heeft met .{1,12} op je bericht gereageerd"
    r"|Отреагировал(?:\(-?а\)|а)? .{1,12} на ваше сообщение) ?\.?"
    r"|(?:Hat eine Nachricht mit „Gefällt mir“ markiert|Gefällt eine Nachricht|Le gusta un mensaje|Indicó que le gusta un mensaje|A aimé un message|Curtiu uma mensagem|Ha messo [Mm]i piace a un messaggio) ?\.?"
)


#: The words that stand in place of a message its sender took back.
UNSENT = "User unsent a message"
#: How the sentences of _META_ALONE begin, in small letters; one has a name first.
_OPENINGS = frozenset(["reac", "like", "you ", "say ", "the ", "vide", "audi", "voic", "grou", "mess", "miss"])
_REACTED_OPENINGS = frozenset(
    ["Hat ", "Reac", "Ha r", "Ha m", "A ré", "A ai", "Reag", "Heef", "Отре", "Gefä", "Le g", "Indi", "Curt"]
)
_ANY_CASE = frozenset("".join(letters) for o in _OPENINGS for letters in product(*zip(o, o.upper(), strict=True)))
QUIET = "wasn't notified"


def openings_of_meta(senders: Iterable[str]) -> tuple[int, frozenset[str]]:
    """How every text begins that may be a program's sentence about one of these people: so many letters, one of these.

    A text that begins otherwise, and does not hold `QUIET`, needs no closer look (`of_meta`).
    """
    actors = [f"{name} " for sender in senders for name in (sender, first_name(sender)) if name] + ["You "]
    width = min(4, *map(len, actors), len("You "))
    return width, frozenset(o[:width] for o in (*_ANY_CASE, *_REACTED_OPENINGS, *notices_owner.OPENINGS, *actors, UNSENT))


@lru_cache(maxsize=4096)
def _actors(sender: str) -> tuple[str, ...]:
    return tuple(f"{name} " for name in (sender, "You") if name)


@lru_cache(maxsize=4096)
def first_name(sender: str) -> str:
    """What Messenger calls somebody in many notices; "" where a name is one word, or begins with none of a person."""
    first, _, rest = sender.partition(" ")
    return first if rest.strip() and first.casefold() not in _NO_NAMES else ""


@lru_cache(maxsize=4096)
def _first_names(sender: str) -> tuple[str, ...]:
    """The first name, and both where there may be two: "Anna Maria" of Anna Maria Roe."""
    first = first_name(sender)
    found = sender.split(" ")
    return (first, " ".join(found[:2])) if first and len(found) > 2 else (first,) if first else ()


def of_meta(words: str, sender: str) -> bool:
    """Whether Messenger or Instagram wrote these words about `sender`."""
    for first in _first_names(sender):
        if words.startswith(f"{first} "):
            rest = words[len(first) + 1 :].rstrip()
            if _FIRST.fullmatch(rest) or notices_owner.of_another(rest):
                return True
    actors = _actors(sender)
    if words.startswith(actors):
        for actor in actors:
            if words.startswith(actor):
                rest = words[len(actor) :].rstrip()
                if _META.fullmatch(rest) or (actor == f"{sender} " and _of_platform(rest, sender)):
                    return True
    if notices_owner.of_meta(words):
        return True
    if words[:4] in _REACTED_OPENINGS and _REACTED.fullmatch(words):
        return True
    if words[:4].lower() in _OPENINGS or (QUIET in words and len(words) <= 200):
        return bool(_META_ALONE.fullmatch(words))
    return False


def _of_platform(rest: str, sender: str) -> bool:
    """Whether what follows the sender's name is a notice in the account's language, and not about somebody else of one name."""
    if not _ELSEWHERE.fullmatch(rest):
        return False
    return bool(_TWO_WORDS.search(sender) or (_THINGS.search(rest) and not _I.search(rest)))

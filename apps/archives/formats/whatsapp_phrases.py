"""What WhatsApp writes into chats by itself, in the languages of its users. Only whole messages are ever matched."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

from apps.archives.formats import text
from apps.archives.formats.late import late

#: "Media omitted" of Android, in angle brackets, without them here. Case does not count.
OMITTED = frozenset(
    phrase.strip()
    for phrase in """
    media weggelaat|تم استبعاد الوسائط|media buraxıldı|media çıxarılmışdır|без файл|মিডিয়া বাদ দেওয়া হয়েছে|মিডিয়া বাদ দেওয়া হয়েছে
    fitxers multimèdia omesos|mitjans omesos|média vynechány|média vynechána|medier udeladt|mediefil udeladt|medien ausgeschlossen
    medien weggelassen|αρχείο παραλήφθηκε|εξαίρεση πολυμέσων|media omitted|image omitted|video omitted|document omitted|audio omitted
    gif omitted|sticker omitted|video note omitted|photo omitted|contact card omitted|voice message omitted|multimedia omitido
    archivo omitido|imagen omitida|video omitido|documento omitido|audio omitido|gif omitido|sticker omitido|meedia välja jäetud
    meedia ära jäetud|رسانه حذف شد|پيوست نما/آهنگ حذف شد|media jätettiin pois|media jätetty pois|médias omis|fichier omis
    મિડિયા છોડી મૂકાયું|મીડિયા અવગણવામાં આવ્યા|मीडिया के बिना|medijski zapis izostavljen|média elhagyva|hiányzó médiafájl
    media tidak disertakan|media omessi|media omesso|המדיה לא נכללה|מדיה הושמטה|メディアなし|メディアは含まれていません|файлдар қосылмаған
    файл қосылған жоқ|ಮಾಧ್ಯಮ ಕೈಬಿಡಲಾಗಿದೆ|미디어 파일 제외됨|미디어 파일을 생략한 대화내용|ບໍ່ລວມມີເດຍ|medija praleista|praleistas medijos turinys
    nav iekļauta multivide|bez multivides|без фајлови|без фајл|മീഡിയ ഒഴിവാക്കി|मीडिया वगळण्यात आला|मीडिया वगळले|media dikecualikan
    media disingkirkan|media utelatt|uten vedlegg|media weggelaten|ਮੀਡੀਆ ਛੱਡਿਆ|ਮੀਡੀਆ ਛਡਿਆ ਗਿਆ|pominięto multimedia|pliki pominięto
    ficheiro não revelado|mídia omitida|arquivo de mídia oculto|mídia oculta|conținut media omis|без медиафайлов|файл пропущен|médiá vynechané
    datoteke izpuščene|medij izpuščen|media u hoq|media hequr|медији су изостављени|media utelämnat|media har utelämnats
    media hazijajumuishwa|media imerukwa|கோப்புகள் விடப்பட்டன|ஊடகங்கள் நீக்கப்பட்டது|మీడియా విస్మరించబడింది|మాధ్యమం విస్మరించబడింది
    ไฟล์สื่อถูกลบ|สื่อถูกลบ|ınalis ang media|walang kalakip na media|medya dahil edilmedi|medya atlanmış|медіа пропущено|میڈیا چھوڑ دیا گیا
    میڈیا ہٹا دیا گیا|fayl o‘tkazib yuborildi|bỏ qua tệp phương tiện|bỏ qua media|忽略多媒體檔|省略多媒体文件|multimedia omitida
    """.replace("\n", "|").split("|")
    if phrase.strip()
)
_NORMAL = frozenset(unicodedata.normalize("NFC", phrase) for phrase in OMITTED)
#: The same on iOS, without brackets.
_PLAIN_OMITTED = late(
    r"(?:image|photo|video|video note|audio|voice message|video message|gif|sticker|document|contact card|media|file) omitted"
    r"|(?:imagen|foto) omitida|(?:v[ií]deo|audio|documento|gif|sticker|multimedia|archivo) omitido|tarjeta de contacto omitida"
    r"|(?:bild|foto|video|videonotiz|videonachricht|audio|sticker|gif|dokument|kontaktkarte|medien) (?:weggelassen|ausgelassen|ausgeschlossen)"
    r"|(?:image|vidéo|photo|fiche contact) absente|(?:audio|gif|sticker|document) (?:omis|absent)"
    r"|(?:immagine|foto) omessa|(?:video|audio|sticker|gif|documento) omesso"
    r"|(?:imagem|foto|figurinha) (?:ocultada|omitida|oculta)|(?:vídeo|áudio|gif|documento) (?:ocultado|omitido|oculto)"
    r"|(?:afbeelding|video|audio|sticker|gif|document|contactkaart) weggelaten"
    r"|(?:изображение|видео|аудиофайл|стикер|документ|gif) (?:отсутствует|пропущен[оа]?|опущен[оа]?)",
    re.I,
)
_ATTACHED = late(r"<\s?[^<>:\n]{2,30}:\s[^<>\n]+\.\w{2,5}\s?>|[^\n<>]{1,160}\.\w{2,5}\s<[^<>\n]{3,20}>", re.I)
_ATTACHED_FILE = late(
    r"[^\n]{0,160}\.[A-Za-z0-9]{2,5}\s\((?:file attached|datei angehängt|archivo adjunto|fichier joint|arquivo anexado"
    r"|ficheiro anexado|file allegato|bestand bijgevoegd|файл добавлен|plik załączony|dosya ekli|bifogad fil|vedhæftet fil|vedlagt fil"
    r"|liitetiedosto|fájl csatolva|soubor byl přiložen|fișier atașat|tệp đính kèm|fail dilampirkan|lampiran file|ファイル添付|文件附件|파일 첨부됨)\)",
    re.I,
)
#: A file that WhatsApp named, whatever the words behind it are called in a language.
_NAMED_FILE = late(r"(?:IMG|VID|PTT|AUD|STK|DOC)-\d{8}-WA\d{3,6}\.\w{2,5} \([^()\n]{2,40}\)", re.I)
_PAGES = late(
    r"[^\n]{1,160}\.\w{2,5}(?: [•·] \d+ (?:pages?|seiten?|páginas?|pagin[ae]|стр\w*))?"
    r"(?: (?:document|dokument))?(?: (?:omitted|weggelassen|ausgelassen))|[^\n]{1,160}\.\w{2,5} [•·] \d+ (?:pages?|seiten?|páginas?|pagin[ae]|стр\w*)",
    re.I,
)
EDITED = late(
    r"\s*<(?:this message was edited|diese nachricht wurde bearbeitet|se edit[oó] este mensaje|este mensaje fue editado"
    r"|mensagem editada|esta mensagem foi editada|ce message a été modifié|messaggio modificato|questo messaggio è stato modificato"
    r"|dit bericht is bewerkt|это сообщение изменено|сообщение изменено|bu mesaj düzenlendi|wiadomość została zmieniona)\.?>\.?\s*$",
    re.I,
)
_DELETED = late(
    r"(?:this message was deleted|you deleted this message|message deleted|diese nachricht wurde gelöscht|du hast diese nachricht gelöscht"
    r"|se eliminó este mensaje|eliminaste este mensaje|este mensaje fue eliminado|mensaje eliminado|esta mensagem foi apagada"
    r"|mensagem apagada|você apagou esta mensagem|você apagou essa mensagem|essa mensagem foi apagada|apagou esta mensagem"
    r"|ce message a été supprimé|vous avez supprimé ce message|questo messaggio è stato eliminato|hai eliminato questo messaggio"
    r"|dit bericht is verwijderd|je hebt dit bericht verwijderd|данное сообщение удалено|это сообщение удалено|вы удалили (?:данное|это) сообщение"
    r"|bu mesaj silindi|bu mesajı sildiniz|usunięto tę wiadomość|ta wiadomość została usunięta|detta meddelande raderades|denne besked blev slettet"
    r"|denne meldingen ble slettet|tämä viesti poistettiin|mesajul a fost șters|pesan ini dihapus|此訊息已刪除|此消息已删除|このメッセージは削除されました"
    r"|삭제된 메시지입니다|تم حذف هذه الرسالة|הודעה זו נמחקה|यह मैसेज डिलीट किया गया|waiting for this message\. this may take a while)\.?",
    re.I,
)
_WHEN = r"(?: (?:at|um) \d{1,2}:\d{2}(?:\s?[ap]m| uhr)?)?"
_LASTED = (
    r"[,.]\s(?:\d{1,4}\s?(?:sec|min|hrs?|h|sek|std|s|m)\.?|no answer|keine antwort|sin respuesta|tap to call back"
    r"|zum zurückrufen tippen|\d+ joined|\d+ haben teilgenommen)"
)
_ANY_CALL = r"(?:voice|video|group) call|(?:gruppen-?)?(?:sprach|video)?anruf"
_CALL = late(
    r"(?:(?:missed|silenced) (?:group )?(?:voice|video) call|llamada perdida|videollamada perdida|llamada de voz perdida"
    r"|(?:verpasste[rn]? |stummgeschalteter )(?:gruppen-?)?(?:sprach|video)?anruf|appel (?:vocal|vidéo) manqué|chiamata (?:vocale|video) persa"
    r"|chamada de (?:voz|vídeo) perdida|gemiste (?:spraak|video)oproep|пропущенный (?:аудио|видео)звонок)"
    + _WHEN + f"(?:{_LASTED})*"
    # these words alone may be anybody's
    + f"\\.?|(?:{_ANY_CALL}){_WHEN}(?:{_LASTED})+\\.?",
    re.I,
)  # fmt: skip
_BARE_CALL = late(rf"(?:{_ANY_CALL}){_WHEN}\.?", re.I)
_PLACE = late(
    r"[^\n]{1,80}: https?://(?:www\.)?foursquare\.com/v/\S*|(?:location|ubicación|standort|localização|position|posizione|locatie|местоположение)?:?\s?https?://(?:maps\.google\.com/\?q=|maps\.app|foursquare\.com/v/)\S*"
    r"|live location shared|location shared|ubicación en tiempo real compartida|live-standort wird geteilt|standort geteilt",
    re.I,
)
_POLL = late(
    r"(?:POLL|ENCUESTA|UMFRAGE|SONDAGE|SONDAGGIO|ENQUETE|ОПРОС|PEILING):.*^(?:OPTION|OPCIÓN|OPÇÃO|OPZIONE|ВАРИАНТ|OPTIE):",
    re.S | re.M,
)
_ENCRYPTED = (
    r"messages (?:to this (?:chat|group|broadcast) )?(?:and|you send to this (?:chat|group) and) calls are (?:now )?(?:secured|end-to-end encrypted|protected)[^\n]*"
    r"|messages (?:to|you send to) this (?:chat|group|broadcast)[^\n]*encrypt[^\n]*|nachrichten[^\n]{0,80}ende-zu-ende-verschlüsselt[^\n]*"
    r"|los mensajes[^\n]{0,80}cifrad[oa]s? de extremo[^\n]*|les messages[^\n]{0,80}chiffrés de bout[^\n]*|i messaggi[^\n]{0,80}crittografati end[^\n]*"
    r"|as mensagens[^\n]{0,80}(?:criptografia de ponta|encriptad[^\n]* ponto)[^\n]*|сообщения[^\n]{0,80}(?:сквозным|шифрован)[^\n]*|(?:de )?berichten[^\n]{0,80}end-to-end[^\n]*"
    r"|chat with [^\n]{1,80} is now end-to-end encrypted[^\n]*"
)
_SECURED = late(_ENCRYPTED, re.I)
#: Whole sentences, no actor needed to know them.
_NOTICE = late(
    _ENCRYPTED
    + r"|your security code with [^\n]{1,80} changed[^\n]{0,60}|dein(?:e)? sicherheits(?:code|nummer) (?:für|mit) [^\n]{1,80}(?:geändert|aktualisiert)[^\n]{0,60}"
    r"|you(?:'re| are) (?:now|no longer) an admin\.?|you were (?:added|removed)\.?|this chat is with a (?:business account|company)[^\n]{0,80}"
    r"|du bist (?:jetzt|nicht mehr|kein\S* ) ?[^\n]{0,12}admin\.?|du wurdest (?:hinzugefügt|entfernt)\.?"
    r"|you (?:blocked|unblocked) this contact[^\n]{0,40}|du hast diesen kontakt (?:blockiert|freigegeben)[^\n]{0,60}"
    r"|this business (?:uses|works with|is now|has registered|account)[^\n]{0,160}tap (?:to|for)[^\n]{0,40}|only admins can (?:send messages|edit this group|add)[^\n]{0,60}\.?"
    r"|tap to (?:learn more|call back)\.?"
    r"|(?:you joined|[^\n:]{1,60} (?:added you to|joined)) (?:a|the|this) group[^\n:]{0,40} (?:in|of|from) the community: [^\n]{1,100}"
    r"|the message timer was updated[^\n]{0,200}|disappearing messages (?:were|was) turned [^\n]{0,80}|die nachrichtendauer wurde[^\n]{0,200}"
    r"|this message was deleted by admin [^\n]{1,60}|(?:selbstlöschende|verschwindende) nachrichten[^\n]{0,200}|messages will disappear[^\n]{0,120}"
    r"|\+?[\d ()\-]{6,24} changed to \+?[\d ()\-]{6,24}\.?|\+?[\d ()\-]{6,24} hat zu \+?[\d ()\-]{6,24} gewechselt\.?",
    re.I,
)
#: The same, of which the end is known.
_NOTICE_ENDS = late(
    r"[^\n]{0,200}\bmeta ai\b[^\n]{0,400}(?:tap to learn more|tippe,? um mehr zu erfahren|learn more|mehr dazu)\.?"
    r"|[^\n]{1,60}(?:, | and )[^\n]{1,60} were added\.?|[^\n]{1,80} wurden? hinzugefügt\.|[^\n]{1,60} joined using (?:this group's|an|your) invite link\.?",
    re.I,
)
#: What people do to a chat, after the name of somebody of it (or "You").
_ABOUT = late(
    r"left\.?|joined\.?|left the group\.?|joined the group\.?|was (?:added|removed)\.?|created (?:this )?group(?: [\"“'][^\n]*)?"
    r"|created the group [\"“'][^\n]*|changed (?:the|this) (?:subject|group(?:'s)? (?:icon|name|description|settings?))(?: (?:from|to) [\"“'][^\n]*| so that [^\n]*|\.)?"
    r"|changed this group's (?:icon|settings?)[^\n]*|deleted this group's icon|reset this group's invite link\.?|pinned a message\.?"
    r"|(?:is|are) (?:now|no longer) an admin\.?|changed (?:their phone number[^\n]{0,120}|to \+[\d ]+)\.?|requested to join\.?|is a contact\.?"
    r"|started a (?:video |voice )?call\.?|turned (?:on|off) (?:disappearing messages|admin approval|advanced chat privacy)[^\n]{0,160}"
    r"|updated the message timer[^\n]{0,160}|security code changed[^\n]{0,60}"
    r"|ist(?: der gruppe)? beigetreten[^\n]{0,60}|hat die gruppe (?:verlassen|[\"„“][^\n]*[\"“”] erstellt)\.?|hat diese gruppe erstellt\.?|ha(?:t|st) (?:diese|die) gruppe[^\n]{0,80}erstellt\.?"
    r"|ha(?:t|st) (?:den gruppennamen|das gruppenbild|die gruppenbeschreibung|die gruppeneinstellungen|den betreff)[^\n]{0,200}(?:geändert|gelöscht|entfernt)[^\n]{0,20}"
    r"|hat eine neue telefonnummer[^\n]{0,120}|hat (?:seine|ihre) telefonnummer[^\n]{0,120}|hat einen (?:video|sprach)?anruf gestartet\.?|ist (?:jetzt )?ein kontakt\.?"
    r"|ha(?:t|st) (?:die )?(?:admin-genehmigung|erweiterten chat-datenschutz|den erweiterten chat-datenschutz|selbstlöschende nachrichten)[^\n]{0,200}"
    r"|salió(?: del grupo)?\.?|saiu\.?|a quitté(?: le groupe)?\.?|ha abbandonato(?: il gruppo)?\.?|heeft de groep verlaten\.?|вышел(?:\(-ла\))?\.?|вышла\.?|покинул\S* группу\.?"
    r"|creó (?:este|el) grupo[^\n]{0,120}|criou (?:este|o) grupo[^\n]{0,120}|a créé (?:ce|le) groupe[^\n]{0,120}|ha creato (?:questo|il) gruppo[^\n]{0,120}|создал(?:\(-а\))? группу[^\n]{0,120}",
    re.I,
)
#: These name a second person of the chat, or a number.
_ADDED = late(
    r"(?:added|removed|añadió a|agregó a|eliminó a|a ajouté|a retiré|ha aggiunto|ha rimosso|adicionou|removeu|добавил(?:\(-а\))?|удалил(?:\(-а\))?) (?P<who>[^\n]{1,120}?)\.?"
    r"|(?:hat|hast) (?P<wen>[^\n]{1,120}?) (?:hinzugefügt|entfernt)\.?|heeft (?P<wie>[^\n]{1,120}?) (?:toegevoegd|verwijderd)\.?",
    re.I,
)
LONGEST_NAME = 7  # words
_NUMBER = late(r"\+[\d ()\-]{6,24}")
_NUMBER_OR_YOU = late(r"\+[\d ()\-]{6,24}|you|dich|dir|te|vous")


#: How all of the above begin, in small letters, but for those that may begin with anything.
_OPENINGS = frozenset(
    opening
    for openings in (
        # files and places
        "imag|phot|vide|audi|voic|gif |stic|docu|cont|medi|file|foto|víde|mult|arch|tarj|bild|doku|kont|vidé|fich|imma|figu|áudi|afbe|null|live|loca|ubic|stan",
        "изоб|виде|ауди|стик|доку",
        # deleted messages
        "this|you |mess|dies|du h|se e|elim|este|mens|esta|você|essa|apag|ce m|vous|ques|hai |dit |je h|данн|это |вы у|bu m|usun|ta w|dett|denn|tämä|mesa|pesa",
        "此訊息已|此消息已|このメッ|삭제된 |تم ح|הודע|यह म|wait",
        # calls
        "miss|sile|grou|llam|verp|stum|grup|spra|anru|appe|chia|cham|gemi|проп",
        # notices
        "nach|los |les |i me|as m|сооб|de b|beri|chat|your|dein|you'|du b|du w|only|tap |the |disa|selb|vers|die ",
    )
    for opening in openings.split("|")
)
#: How those end that may begin with anything, without full stops.
_ENDINGS = frozenset(["tted", "ssen", "more", "hren", "dazu", "dded", "fügt", "link"])
_NUMERIC = frozenset("+()-")


def ordinary(people: frozenset[str]) -> Callable[[str], str | None]:
    """A quick look at a body in a chat of these people: its words when it is one line and none of WhatsApp's own, else None.

    Asked of its first and last letters and a few signs only; None says nothing yet. Most messages end here.
    """
    openings = _OPENINGS | {f"{name} "[:4].lower() for name in people if len(name) > 2}
    short = tuple(f"{name} " for name in people if 0 < len(name) <= 2)

    def words(body: str) -> str | None:
        line = body.strip()
        end = line.rstrip(".")[-4:].lower()
        if (
            not end
            or line[:4].lower() in openings
            or end in _ENDINGS
            or (end[-1] == ")" and "(" in line)
            or (end[-1] == ">" and "<" in line)
            or "://" in line
            or "community:" in line
            or "•" in line
            or "·" in line
            or "@" in line
            or "\n" in line
            or line[0] in _NUMERIC
            or line[0].isdecimal()
            or line.startswith(short)
        ):
            return None
        return line if line.isascii() or not text.marked(body) else None

    return words


def is_media(body: str) -> bool:
    """The whole body stands for a file; `body` comes without invisible marks."""
    stripped = body.strip().rstrip(".")
    inner = stripped[1:-1].strip().lower() if stripped[:1] == "<" and stripped[-1:] == ">" else ""
    if inner and (inner in OMITTED or unicodedata.normalize("NFC", inner) in _NORMAL or _PLAIN_OMITTED.fullmatch(inner)):
        return True
    if stripped == "null" or _PLAIN_OMITTED.fullmatch(stripped) or _PLACE.fullmatch(stripped):
        return True
    return _attached(stripped) or ("." in stripped and bool(_PAGES.fullmatch(stripped)))


def _attached(body: str) -> bool:
    """The signs are in every such line; looking for them first costs next to nothing."""
    return bool(
        (">" in body and _ATTACHED.fullmatch(body))
        or (")" in body and (_ATTACHED_FILE.fullmatch(body) or _NAMED_FILE.fullmatch(body)))
    )


_TAIL = late(r"\s?<\s?[^<>:\n]{2,30}:\s[^<>\n]+\.\w{2,5}\s?>$")


def without_attachment(body: str) -> str:
    """The caption of a file: what stands before `<attached: …>` on iOS, or on the lines after it on Android."""
    first, _, rest = body.partition("\n")
    if _attached(first.strip()) or is_media(first):
        return rest.strip()
    tail = _TAIL.search(body) if ">" in body else None
    if tail:
        caption = body[: tail.start()].strip()
        return "" if _PAGES.fullmatch(caption) else caption
    return body


def is_deleted(body: str) -> bool:
    return bool(_DELETED.fullmatch(body.strip()))


def is_call(body: str, *, surely: bool = False) -> bool:
    """`surely`: WhatsApp marked the line as its own."""
    return bool(_CALL.fullmatch(body.strip()) or (surely and _BARE_CALL.fullmatch(body.strip())))


def is_poll(body: str) -> bool:
    return bool(_POLL.match(body)) and "\n" in body


def is_sentence(body: str) -> bool:
    """A system line that nobody would write, whoever it is about."""
    return bool(_NOTICE.fullmatch(body.strip()))


def is_encrypted(body: str) -> bool:
    """The line with which chats begin; an iPhone writes it under the chat's own name."""
    return bool(_SECURED.fullmatch(text.bare(body[:700]).strip()))


def speaks_of_ai(body: str) -> bool:
    return "meta ai" in body.lower() or "generated by ai" in body.lower()


def is_notice(body: str, people: frozenset[str]) -> bool:
    """A system line, also one that carries an author (iOS). `people` are those of the chat, its title, "You"."""
    body = body.strip()
    if len(body) > 700:
        return False
    if _NOTICE.fullmatch(body):
        return True
    small = body.lower()
    told = "meta ai" in small or "were added" in small or "hinzugefügt" in small or "invite link" in small
    if told and _NOTICE_ENDS.fullmatch(body):
        return True
    numbered = body.startswith("+")
    at = body.find(" ")
    for _ in range(LONGEST_NAME):
        if at < 0:
            return False
        actor = body[:at]
        if actor in people or (numbered and _NUMBER.fullmatch(actor)):
            rest = body[at + 1 :]
            if _ABOUT.fullmatch(rest) or _names_somebody(rest, people):
                return True
        at = body.find(" ", at + 1)
    return False


def _names_somebody(rest: str, people: frozenset[str]) -> bool:
    found = _ADDED.fullmatch(rest)
    who = (found["who"] or found["wen"] or found["wie"] or "").rstrip(".") if found else ""
    return bool(who) and (
        who in people or bool(_NUMBER_OR_YOU.fullmatch(who.lower())) or all(w[:1].isupper() for w in who.split(" "))
    )


_GROUP = late(
    r"[^\n]{0,80}(?:created (?:this )?group\b|created the group\b|added you\.?$|changed the (?:subject|group name)\b|changed this group's\b|you were added"
    r"|joined using (?:this group's|an|your) invite link|hat die gruppe [„\"“]|hat dich hinzugefügt|du wurdest hinzugefügt|hat diese gruppe erstellt)[^\n]{0,160}",
    re.I,
)


def is_about_group(line: str) -> bool:
    """Whether a system line says that the chat is a group, however few people write in it."""
    if not ("roup" in line or "ruppe" in line or "added" in line or "subject" in line or "hinzugefügt" in line):
        return False  # one of them is in every such line
    line = text.bare(line).strip()
    return len(line) <= 300 and bool(_GROUP.fullmatch(line))

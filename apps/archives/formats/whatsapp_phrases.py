"""What WhatsApp writes into chats by itself, in the languages of its users. Only whole messages are ever matched."""

from __future__ import annotations

import re

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
#: The same on iOS, without brackets.
_PLAIN_OMITTED = re.compile(
    r"(?:image|photo|video|video note|audio|voice message|gif|sticker|document|contact card|media|file) omitted"
    r"|(?:imagen|foto) omitida|(?:v[ií]deo|audio|documento|gif|sticker|multimedia|archivo) omitido|tarjeta de contacto omitida"
    r"|(?:bild|foto|video|videonotiz|audio|sticker|gif|dokument|kontaktkarte|medien) (?:weggelassen|ausgelassen|ausgeschlossen)"
    r"|(?:image|vidéo|photo|fiche contact) absente|(?:audio|gif|sticker|document) (?:omis|absent)"
    r"|(?:immagine|foto) omessa|(?:video|audio|sticker|gif|documento) omesso"
    r"|(?:imagem|foto|figurinha) (?:ocultada|omitida|oculta)|(?:vídeo|áudio|gif|documento) (?:ocultado|omitido|oculto)"
    r"|(?:afbeelding|video|audio|sticker|gif|document|contactkaart) weggelaten"
    r"|(?:изображение|видео|аудиофайл|стикер|документ|gif) (?:отсутствует|пропущен[оа]?|опущен[оа]?)",
    re.I,
)
_ATTACHED = re.compile(r"<\s?[^<>:\n]{2,30}:\s[^<>\n]+>|[^\n<>]{1,160}\.\w{2,5}\s<[^<>\n]{3,20}>", re.I)
_ATTACHED_FILE = re.compile(
    r"[^\n]{0,160}\.[A-Za-z0-9]{2,5}\s\((?:file attached|datei angehängt|archivo adjunto|fichier joint|arquivo anexado"
    r"|ficheiro anexado|file allegato|bestand bijgevoegd|файл добавлен|plik załączony|dosya ekli|bifogad fil|vedhæftet fil|vedlagt fil"
    r"|liitetiedosto|fájl csatolva|soubor byl přiložen|fișier atașat|tệp đính kèm|fail dilampirkan|lampiran file|ファイル添付|文件附件|파일 첨부됨)\)",
    re.I,
)
_PAGES = re.compile(r"[^\n]{1,160}\.\w{2,5} [•·] \d[^\n]{0,20}", re.I)
EDITED = re.compile(
    r"\s*<(?:this message was edited|diese nachricht wurde bearbeitet|se edit[oó] este mensaje|este mensaje fue editado"
    r"|mensagem editada|esta mensagem foi editada|ce message a été modifié|messaggio modificato|questo messaggio è stato modificato"
    r"|dit bericht is bewerkt|это сообщение изменено|сообщение изменено|bu mesaj düzenlendi|wiadomość została zmieniona)\.?>\.?\s*$",
    re.I,
)
_DELETED = re.compile(
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
_CALL = re.compile(
    r"(?:missed (?:group )?(?:voice|video) call|(?:voice|video|group) call|llamada perdida|videollamada perdida|llamada de voz perdida"
    r"|verpasster (?:sprach|video)anruf|(?:sprach|video)anruf|appel (?:vocal|vidéo) manqué|chiamata (?:vocale|video) persa"
    r"|chamada de (?:voz|vídeo) perdida|gemiste (?:spraak|video)oproep|пропущенный (?:аудио|видео)звонок)"
    r"(?:[,.] (?:[^\n]{0,24}(?:\d+|no answer|keine antwort|sin respuesta|tap to call back|zum zurückrufen tippen)[^\n]{0,16}|tap to call back))?\.?",
    re.I,
)
_PLACE = re.compile(
    r"(?:location|ubicación|standort|localização|position|posizione|locatie|местоположение)?:?\s?https?://(?:maps\.google\.com/\?q=|maps\.app|foursquare\.com/v/)\S*"
    r"|live location shared|location shared|ubicación en tiempo real compartida|live-standort wird geteilt|standort geteilt",
    re.I,
)
_POLL = re.compile(r"(?:POLL|ENCUESTA|UMFRAGE|SONDAGE|SONDAGGIO|ENQUETE|ОПРОС|PEILING):?\s", re.I)
_NOTICE = re.compile(
    r"messages (?:to this (?:chat|group) )?(?:and|you send to this (?:chat|group) and) calls are (?:now )?(?:secured|end-to-end encrypted|protected).*"
    r"|messages to this (?:chat|group|broadcast) and calls are now secured.*|messages you send to this (?:chat|group) .*encrypt.*"
    r"|nachrichten (?:in diesem chat|an diese gruppe|und anrufe).*verschlüsselt.*|los mensajes y las llamadas están cifrados.*"
    r"|los mensajes .{0,60}cifrad.*|les messages .{0,80}chiffr.*|i messaggi .{0,80}crittografat.*|as mensagens .{0,80}criptografia.*"
    r"|as mensagens .{0,80}encriptad.*|сообщения и звонки .{0,80}шифрован.*|сообщения .{0,80}сквозным.*|(?:de )?berichten .{0,80}versleuteld.*"
    r"|(?:your|ihre?|deine) (?:security code|sicherheitsnummer) .{0,120}|.{1,80}(?:'s|s) security code .{0,80}changed.*"
    r"|(?:you|.{1,80}) (?:turned (?:on|off)|updated the message timer).{0,40}(?:disappearing messages|messages).{0,160}|disappearing messages (?:were|was) turned .{0,60}"
    r"|(?:you|.{1,60}) created (?:this )?group(?: .{0,120})?|(?:you|.{1,60}) changed (?:the|this) (?:subject|group(?:'s)? (?:icon|name|description|settings?)).{0,240}"
    r"|(?:you|.{1,60}) changed the group name .{0,240}|(?:you|.{1,60}) deleted this group's icon"
    r"|(?:you're|you are|.{1,60} is) (?:now an|no longer an) admin|you were (?:added|removed)|.{1,60} joined using (?:this group's|an|your) invite link.{0,20}"
    r"|(?:you|.{1,60}) reset this group's invite link|(?:you|.{1,60}) pinned a message|.{1,60} changed (?:their|to a new) phone number.{0,120}|.{1,60} changed to \+[\d ]+"
    r"|this chat is with a business account.{0,80}|you (?:blocked|unblocked) this contact.{0,40}|this business .{0,160}|only admins can .{0,80}"
    r"|.{0,80}\bmeta ai\b.{0,160}tap to learn more\.?|tap to learn more\.?|chat with .{1,80} is now end-to-end encrypted.*",
    re.I | re.S,
)
#: These need the people of the chat to be told from human words: "Anna left", "Anna added Ben".
_ABOUT = re.compile(
    r"left|joined|was (?:added|removed)|left the group|joined the group|hat die gruppe verlassen|salió(?: del grupo)?|saiu|a quitté(?: le groupe)?"
    r"|ha abbandonato(?: il gruppo)?|heeft de groep verlaten|вышел(?:\(-ла\))?|вышла|покинул.{0,10}группу"
    r"|(?:added|removed|hat .{1,80} hinzugefügt|añadió a|agregó a|a ajouté|ha aggiunto|adicionou|добавил(?:\(-а\))?|heeft) .{1,120}",
    re.I | re.S,
)


def is_media(body: str) -> bool:
    """The whole body stands for a file; `body` comes without invisible marks."""
    stripped = body.strip().rstrip(".")
    inner = stripped[1:-1].strip().lower() if stripped[:1] == "<" and stripped[-1:] == ">" else ""
    if inner and inner in OMITTED:
        return True
    return stripped == "null" or any(
        pattern.fullmatch(stripped) for pattern in (_PLAIN_OMITTED, _ATTACHED, _ATTACHED_FILE, _PAGES, _PLACE)
    )


def without_attachment(body: str) -> str:
    """The caption of a file: what stands before `<attached: …>` on iOS, or on the lines after it on Android."""
    first, _, rest = body.partition("\n")
    if _ATTACHED_FILE.fullmatch(first.strip()) or _ATTACHED.fullmatch(first.strip()) or is_media(first):
        return rest.strip()
    tail = re.search(r"\s?<\s?[^<>:\n]{2,30}:\s[^<>\n]+\.\w{2,5}>$", body)
    if tail:
        caption = body[: tail.start()].strip()
        return "" if _PAGES.fullmatch(caption) else caption
    return body


def is_deleted(body: str) -> bool:
    return bool(_DELETED.fullmatch(body.strip()))


def is_call(body: str) -> bool:
    return bool(_CALL.fullmatch(body.strip()))


def is_poll(body: str) -> bool:
    return bool(_POLL.match(body)) and "\n" in body


def is_notice(body: str, author: str) -> bool:
    """A system line, also one that carries an author (iOS): whole sentences only."""
    body = body.strip()
    if _NOTICE.fullmatch(body):
        return True
    return any(
        name and body.startswith(name + " ") and _ABOUT.fullmatch(body[len(name) + 1 :].rstrip("."))
        for name in (author, "You")
    )

"""The words by which people name what they are about to give away, in fourteen languages; one table for all detectors.

A cue counts in the message itself ("my pin is 4821") and, in a question or at the end of a message, for the bare answer in
the next turn ("what's your pin?" → "4821"). Everything is matched without case.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

import re2

from apps.privacy.scrub import romance, sayings

#: Identity cards whose numbers have no check digits, only a form: `ids`.
ID_CARDS = (
    r"id-?kaart(?:nummer)?|identiteits(?:kaart|bewijs)(?:nummer)?|(?:numer|nr|seri[aę] i (?:numer|nr)) dow(?:odu|ód)(?: osobistego)?|dow[oó]d osobisty|dowodu osobistego|(?:[cč][ií]sl[oa] )?ob[cč]ank[ayu]|ob[cč]ansk(?:ý|y|ého|eho) pr[uů]kaz(?:u)?"
    r"|buletin(?:ul|ului)?|carte(?:a)? de identitate|c[aă]r[tțţ]ii de identitate|seria [sșş]i num[aă]rul|id-?kort(?:et|ets)?(?:nummer|nr)?|kimlik (?:kart[ıi](?:m|n)?|seri(?: no)?|no(?:m|n|su)?|numara(?:m|n|s[ıi]|n[ıi]z)?)|id-?картк[аиу]|номер посвідчення|посвідчення особи"
)
#: What people call each kind: alternatives of one pattern, whole words. "loose" are words that name a password among other things.
NAMES: dict[str, str] = {
    "password": (
        r"wpa[23]?[ -]?(?:key|psk|pass(?:word)?|schlüssel)|pass(?:word|phrase|wd|code|wort|wrt|es)?s?|p[as]{2,4}o?w[a-z]{1,4}|pwd?|pswd|p/w|psw|wi-?fi[ -]?(?:key|pass(?:word)?|pw|code|schlüssel)|wlan[ -]?(?:key|schlüssel|passwort|pw|code)"
        r"|network key|log-?in details|credentials|kennwort|zugangsdaten|contrase[ñn]as?|contra del wi-?fi|clave(?: del? \w+)?|mot de passe|mots de passe|mdp"
        r"|code wi-?fi|senhas?|palavra[ -]?passe|password|parola(?: d'ordine| chiave)?|chiave (?:del )?wi-?fi|парол[ьяюеи]м?|паролб|парлоь|праоль|пароьл|пасс?(?:ворд)?|ключ от (?:вай-?фая?|wi-?fi)"
        r"|(?:wacht|pas)woord(?:en)?|wifi-?wachtwoord|inloggegevens|netwerksleutel|ha[sś][lł](?:o|a|em|u|e)|hesl(?:o|a|em|u)|parol[aă]|parolei|l[oö]senord(?:et|en)?|l[oö]senfras(?:en)?|wi-?fi-?(?:l[oö]senord(?:et)?|kod(?:en)?)"
        r"|[sş][iİ]fre(?:m|n|si|miz|niz|yi|mi|ni|sini|mizi|nizi|leri?)?|parola(?:m|n|s[ıi]|m[ıi]z|n[ıi]z|y[ıi]|m[ıi]|n[ıi]|s[ıi]n[ıi])|парол(?:і|ів)|adgangskode|passord(?:et)?|salasana|jelszó"
    ),
    "loose": r"pass(?:es)?|log-?ins?|router|fritz ?box|clave|parola|пасс?|wi-?fi|wlan|вай-?ф(?:ай|ая|аю|аем|ае)",
    "told": r"it says?|dice|diz|там|steht",
    "pin": (
        r"(?:(?:karten|handy|sim|ec|bank|konto|giro|geräte|telefon)-?)?pins?(?:[ -]?(?:code|number|nummer|no))?|puk[12]?(?:[ -]?code)?|lock ?box|key ?safe|schlüssel-?(?:box|safe|tresor)|geheimzahl|geheimnummer|(?:door|gate|alarm|entry|lock|garage|safe|key ?box|lock ?box|keypad|building|locker|unlock|screen lock)[ -]?(?:code|combo|combination|pin)s?"
        r"|tür-?code|torcode|haustürcode|alarm-?code|handycode|entsperr-?code|code (?:d')?en bas|code (?:de la porte|d'entrée|de l'immeuble|du portail|porte|immeuble|portail|b[âa]timent|entrée|hall|de l'alarme|du digicode|pin)|digicode"
        r"|c[oó]digo (?:de la puerta|de la verja|del portal|del garaje|del? candado|do pr[eé]dio|pin|de la alarma|da porta|do portão|do prédio|do alarme)|codice (?:pin|del portone|del garage|della cassaforte|del cancello|dell'allarme|della porta|del lucchetto)"
        r"|пин(?:-?код)?(?:а|е|у|ом)?|код (?:от )?(?:двери|домофона?|подъезда|сигнализации|замка|ворот|сейфа)|pincode|şifre kodu"
        r"|(?:deur|poort|alarm|kluis|slot|toestel|ontgrendel)-?code|code van de (?:deur|poort|kluis)|kod(?:u|em)? (?:(?:do|od) (?:drzwi|domofonu|bramy|furtki|klatki|alarmu|sejfu|k[lł][oó]dki|gara[zż]u|telefonu)|pin)|pin(?:u|em)|k[oó]d(?:u|em)? (?:(?:ke?|od|do|na) (?:dve[rř][ií](?:m)?|br[aá]n[yě]|vchodu|domu|alarmu|sejfu|gar[aá][zž]e|z[aá]mku)|pin)"
        r"|pin-?ul(?:ui)?|cod(?:ul)? (?:pin|(?:de )?la (?:interfon|u[sșş][aă]|poart[aă]|bloc|alarm[aă]|seif|garaj|lac[aă]t|intrare)|interfon(?:ului)?|de interfon|u[sșş]ii|por[tțţ]ii|alarmei|seifului)|(?:pin|port|d[oö]rr|larm|grind|l[aå]s|knapp)-?kod(?:en|er)?|koden? (?:till|f[oö]r) (?:porten|d[oö]rren|larmet|grinden|kassask[aå]pet|l[aå]set)"
        r"|pin(?:im|in|iniz|imi|ini)|(?:kap[ıi](?:n[ıi]n)?|alarm[ıi]?n?|kasan?[ıi]?n?|bina(?:n[ıi]n)?|kart(?:[ıi]n|[ıi]m[ıi]n)?|bankamatik|telefon(?:un)?|kilit|pin) (?:kodu|[sş]ifresi)(?:m|n|ni|niz)?|пін(?:ом|[ -]?код(?:у|ом)?)?|код(?:у|ом)? (?:(?:від|до|для|на) )?(?:дверей|двері|домофон[ау]?|під['’ʼ]?їзд[ау]?|сигналізації|замк[аиу]|воріт|хвіртки|сейф[ау]?|гаража)"
    ),
    "code": (
        r"(?:verification|security|log-?in|one[- ]time|2fa|mfa|two-factor|auth(?:entication|enticator)?|confirmation|sms|access|sign-?in|activation|reset|text)"
        r"[ -]?(?:code|password|passcode|pin|number)s?|otps?|totp|6[- ]digit(?: code)?|code (?:they|it|that) (?:just )?(?:sent|texted)(?: \w+)?"
        r"|(?:bestätigungs|sicherheits|sms|verifizierungs|aktivierungs|anmelde|einmal)-?(?:code|passwort|pin)|(?:[mp]|sms-?|push-?|photo-?)?tan|code (?:de |du |d')?(?:v[eé]rification|s[eé]curit[eé]|confirmation|validation|connexion|activation|acc[eè]s|re[cç]u|sms|texto|par sms)"
        r"|c[oó]digo (?:de |del |do |por )?(?:verificaci[oó]n|seguridad|verificação|segurança|confirmaci[oó]n|confirmação|acceso|acesso|sms|activación|ativação)|codice (?:di |del |dell'|per )?(?:verifica|sicurezza|conferma|accesso|sms|attivazione|otp)"
        r"|код (?:подтверждения|доступа|безопасности|активации|входа|(?:из |по )?(?:смс|sms)|из сообщения)|кодик|смс-?ка"
        r"|(?:verificatie|beveiligings|veiligheids|bevestigings|toegangs|inlog|activatie|aanmeld|sms)-?code|eenmalige code|code (?:uit|van|in|per) (?:de |het )?sms(?:je)?|kod(?:u|em)? (?:weryfikacyjn(?:y|ego|ym)|weryfikacji|potwierdzaj[aą]c(?:y|ego)|potwierdzenia|dost[eę]p(?:u|owy)|autoryzac(?:yjny|ji)|jednorazow(?:y|ego)|bezpiecze[nń]stwa|aktywac(?:yjny|ji)|logowania|blik|(?:z )?sms(?:-?a|owy)?)|kod z wiadomo[sś]ci"
        r"|(?:ov[eě][rř]ovac[ií]|potvrzovac[ií]|bezpe[cč]nostn[ií]|p[rř][ií]stupov[yý]|aktiva[cč]n[ií]|jednor[aá]zov[yý]|autoriza[cč]n[ií]|p[rř]ihla[sš]ovac[ií]|sms) k[oó]d(?:u|em)?|k[oó]d (?:z|ze|v) (?:sms(?:ky)?|zpr[aá]vy)"
        r"|cod(?:ul)? (?:de |din |prin |primit (?:prin|pe) )?(?:verificare|confirmare|securitate|siguran[tțţ][aă]|acces|activare|autentificare|validare|autorizare|sms|mesaj)|(?:bekr[aä]ftelse|verifierings|s[aä]kerhets|eng[aå]ngs|inloggnings|aktiverings|[aå]tkomst|sms)-?kod(?:en|er)?"
        r"|(?:do[gğ]rulama|onay|g[uü]venlik|giri[sş]|aktivasyon|eri[sş]im|sms|tek kullan[ıi]ml[ıi]k) (?:kod|[sş]ifre)(?:u|um|un|unu|unuz|si|sini|niz)?|код(?:у|ом)? (?:підтвердження|доступу|безпеки|активації|входу|верифікації|авторизації|перевірки|(?:із? |з )?(?:смс|sms)|з повідомлення)"
    ),
    "cvv": (
        r"cvv2?s?|cvc2?|csc|card security code|security code (?:on|of) (?:the|my) card|security code on the back|(?:three|3) (?:digits|numbers) (?:on the back|at the back)|kartenprüfnummer|prüfnummer|prüfziffer|(?:die )?drei (?:zahlen|ziffern) (?:hinten|auf der rückseite)|3 (?:zahlen|ziffern) hinten"
        r"|criptogramme|cryptogramme|(?:les )?(?:3|trois) chiffres (?:au dos|derrière)|código de seguridad de la tarjeta|(?:los )?(?:3|tres) (?:n[uú]meros|d[ií]gitos) (?:de atr[aá]s|de detr[aá]s|del reverso)|c[oó]digo de seguridad de la tarjeta|c[oó]digo de segurança do cart[aã]o"
        r"|(?:os )?(?:3|tr[eê]s) n[uú]meros (?:de tr[aá]s|atr[aá]s|no verso)|codice di sicurezza della carta|(?:le |i )?(?:3|tre) (?:cifre|numeri) (?:dietro|sul retro|di dietro)|код безопасности (?:на|с) карт[еы]|(?:три|3) цифры (?:сзади|с обратной стороны|на обороте)|цвв|cvv код"
        r"|beveiligingscode (?:van|op|achterop) (?:de|het|mijn|je) (?:kaart|pas|creditcard)|(?:de )?(?:3|drie) cijfers (?:achterop|op de achterkant)|(?:3|trzy) cyfry (?:z ty[lł]u|na odwrocie)|(?:3|t[rř]i) (?:[cč][ií]sl(?:a|ice)) (?:zezadu|vzadu|na zadn[ií] stran[eě])|(?:cele )?(?:3|trei) cifre (?:de pe spate|din spate|de pe verso)"
        r"|cod(?:ul)? de (?:securitate|siguran[tțţ][aă]) al cardului|(?:de )?(?:3|tre) siffrorna (?:p[aå] baksidan|bak)|(?:kart[ıi]n )?arka(?:s[ıi]ndaki|daki) (?:3|[uü][cç]) (?:rakam|hane)|код безпеки (?:на|з) картк?[иі]|(?:3|три) цифри (?:ззаду|на звороті|зі звороту|зі зворотного боку)"
    ),
    "secret": (
        r"(?:back-?up|recovery|rescue|emergency) codes?|recovery key|(?:2fa|totp|mfa|authenticator) (?:secret|key|seed)|(?:licen[cs]e|product|serial|activation|cd|game|steam|windows|office)[ -]?keys?|serial(?: number)?|gift ?card(?: code)?|voucher(?: code)?"
        r"|(?:lizenz|produkt|aktivierungs|wiederherstellungs|backup|notfall)-?(?:schlüssel|code|key)s?|gutschein-?code|c[oó]digo de (?:respaldo|recuperaci[oó]n|recuperação|backup|la licencia|regalo)|(?:licencia|clave|llave) del (?:juego|producto)|licen[çc]a do (?:jogo|windows)|chave do (?:jogo|produto)"
        r"|code de (?:secours|r[eé]cup[eé]ration)|cl[eé] (?:de licence|d'activation|du jeu|produit)(?: du jeu)?|codice di (?:backup|recupero|riserva)|(?:licenza|chiave|seriale) (?:del (?:gioco|prodotto)|di windows)|резервный код|код восстановления|(?:лицензионный )?ключ от (?:игры|винды|windows|стима)|лицензи[яи]|серийник"
        r"|(?:herstel|back-?up|nood)-?codes?|licentie(?:sleutel|code)|kod (?:zapasowy|odzyskiwania)|klucz (?:licencyjny|produktu|do gry)|z[aá]lo[zž]n[ií] k[oó]d|licen[cč]n[ií] kl[ií][cč]|cod(?:ul)? de (?:rezerv[aă]|recuperare)|chei(?:e|a) de licen[tțţ][aă]"
        r"|(?:reserv|[aå]terst[aä]llnings)-?kod(?:en|er)?|licensnyckel(?:n)?|(?:yedek|kurtarma) kodu|lisans anahtar[ıi]|резервний код|код відновлення|(?:ліцензійний )?ключ (?:від|до) (?:гри|вінди|windows)"
    ),
    "id": (
        r"ssn|social(?: security)?(?: (?:number|no\.?|#|num))?|soc sec|national insurance(?: (?:number|no\.?))?|ni (?:number|no\.?)|nino|tax(?:payer)? (?:id|number|no\.?)|tin|itin|national id(?: number)?|id (?:number|no\.?|card)|nhs (?:number|no\.?)|medicare(?: number)?|aadhaar|pan (?:number|card)"
        r"|steuer[ -]?(?:id(?:entifikationsnummer)?|nummer|idnr|nr)|idnr|ausweis-?(?:nummer|nr\.?)|perso(?:nalausweis)?(?:-?nummer|nr\.?)?|sozialversicherungs-?nummer|sv-?nummer|rentenversicherungsnummer"
        r"|dni|nie|nif|documento(?: de identidad)?|cédula|curp|rut|seguridad social|numéro de sécu(?:rité sociale)?|sécu(?:rité sociale)?|nir|carte d'identité|n° de sécu"
        r"|codice fiscale|cod\.? fisc\.?|carta d'identità|cpf|rg|cartão de cidadão|nif|snils|снилс[аеу]?|инн|паспортные данные|номер (?:полиса|удостоверения)"
        r"|pesel(?:u|em)?|bsn(?:-?nummer)?|burgerservicenummer|person-?(?:nummer|numret|nr)|fødselsnummer|cpr|henkilötunnus|tc (?:kimlik(?: (?:no|numara[a-zıİ]{0,6}))?|no)|rodn(?:é|e|ého|eho) [cč][ií]sl[oa]|cnp(?:-?ul)?|egn|іпн|рнокпп|ідентифікаційний (?:код|номер)"
        rf"|{ID_CARDS}"
    ),
    "passport": r"passport(?: (?:number|no\.?|#|num))?|reisepass(?:-?nummer|nr\.?)?|passnummer|pasaporte|passeport|passaporto|passaporte|(?:загран)?паспорт(?:а|у|е|ные)?|paspoort(?:nummer)?|paszport(?:u|em)?|pa[sșş]aport(?:ul|ului|um|un|umun)?|(?:[cč][ií]sl[oa] )(?:cestovn[ií]ho )?pasu|cestovn[ií](?:ho)? pasu?|passnumret|паспорті|паспортні дані",
    "licence": r"driv(?:er'?s?|ing) li[cs]en[cs]e(?: (?:number|no\.?|#))?|dl (?:number|no\.?)|führerschein(?:-?nummer|nr\.?)?|permis(?: de conduire)?|carn[eé]t? de conducir|(?:licencia|permiso) de conducir|patente(?: di guida)?|carteira de (?:motorista|habilitação)|cnh|carta de condução|водительск(?:ое|их|ие)(?: удостоверени[ея]| прав[а]?)?|права|ву|rijbewijs(?:nummer)?|praw[oa] jazdy|[rř]idi[cč](?:[aá]k(?:u)?|sk(?:ý|y|ého|eho) pr[uů]kazu?)|(?:permisul|carnet(?:ul)?|permis) de conducere|k[oö]rkort(?:et|snummer)?|ehliyet(?:im|in|i|imin)?|водійськ(?:е|і|их|ого)(?: посвідчення| прав[а]?)?|посвідчення водія",
    "bank": (
        r"(?:bank )?a(?:ccoun|cc)?t?c?t\.?(?: (?:number|no\.?|num|#))|account|acct|sort ?code|routing(?: (?:number|no\.?))?|aba|bsb|konto(?:-?nummer|nr\.?)?|blz|bankleitzahl|bankverbindung|rib|(?:numéro de )?compte|acc(?: no\.?)?|n[uú]mero de cuenta|cuenta(?: bancaria)?|ccc|guichet|banque|abi|cab|cc|ag\.?|clabe|cbu"
        r"|conta(?: corrente| bancária)?|agência|numero di conto|conto(?: corrente)?|(?:расч[её]тный |лицевой )?сч[её]т|р/с|бик|(?:bank)?rekening(?:nummer|nr\.?)?|numer konta"
        r"|(?:bank)?kont(?:a|ot|onumret|onr)|(?:numer|nr) (?:konta|rachunku)|rachunek bankowy|rachunku bankowego|[cč][ií]sl[oa] [uú][cč]tu|[uú][cč](?:et|tu)|contul(?:ui)?|num[aă]r(?:ul)? de cont|cont bancar|clearing-?(?:nummer|numret|nr)|hesap (?:no(?:m|n|su)?|numara(?:m|n|s[ıi]|n[ıi]z)?)|banka hesab(?:[ıi]|[ıi]m|[ıi]n)|рахун(?:ок|ку|ком)|р/р"
    ),
    "birthdate": (
        r"birthda(?:y|te)|b-?day|date of birth|d\.?o\.?b\.?|born(?: on)?|geburts(?:tag|datum)|geb\.?|geboren(?: am)?|fecha de nacimiento|nac[ií](?:ste)?(?: el)?|nacid[oa] el|cumpleaños|cumples?|date de naissance|née?(?: le)?|anniversaire"
        r"|data di nascita|nat[oa](?: il)?|compleanno|data de nascimento|nasc(?:i|ida?|ido|eu|este)(?: em)?|anivers[aá]rio|дат[ауы] рождения|д\.?\s?р\.?|родил(?:ся|ась|ись)?|день рождения|geboorte(?:datum|dag)|verjaardag|jarig(?: op)?"
        r"|dat[aęey] urodzenia|urodzon[yae]|urodzin(?:y|ach)?|urodzi[lł](?:em|am|eś|es|aś|as|a)?(?: si[eę])?|datum narozen[ií]|narozen(?:[yýaá]|in|iny|ky|kách)?|narodil[aio]? (?:jsem )?se|(?:jsem )?se narodil[ai]?|data (?:mea )?(?:de )?na[sșş]ter(?:e|ii)|n[aă]scut[aă]?|ziua (?:mea |ta )?(?:de )?na[sșş]ter(?:e|ii)|f[oö]delse(?:datum|dag|dagen|datumet)|född|fodd"
        r"|do[gğ]um (?:tarihi?(?:m|n|si|niz|mi|ni)?|g[uü]n[uü](?:m|n|nüz)?)|do[gğ](?:dum|dun|umlu|umluyum)|дат[аиу] народження|народи(?:вся|лась|лася|лися)|(?:день|дня) народження|народжен(?:ий|а)"
    ),
    "address": (
        r"address|where do you live|where (?:u|you) live|i live (?:at|on|in)|living at|my place is|come to|ship (?:it )?to|send it to|deliver(?:y)?(?: address)?(?: to)?|adresse|wohn(?:e|st|t)(?: in(?: der)?| am)?|anschrift|schick(?:'?s)? (?:es )?an|direcci[oó]n|vivo en|vives|calle|mudamos|m[aá]ndal[oa] a|ven a|adónde"
        r"|j'habite|habites?|adresse postale|indirizzo|abit[oi](?: in)?|vivo in|vieni in|endere[cç]o|moro (?:na|no|em)|mora|адрес|живу (?:на|по)|живёшь|адресок"
        r"|(?:huis|woon)?adres|woont?(?: je| jij)?|adres(?:u|em|ie|im|in|iniz|i|imi|ini|imiz)?|mieszka(?:m|sz|cie)|zamieszkania|adres(?:a|ou|y|ă|ei|e)|bydl[ií](?:m|[sš]|[sš]te)|bydli[sš]t[eě]|unde (?:stai|stați|locuie[sșş]ti|locuiți)|locuiesc|adress(?:en)?|bor (?:du|ni|p[aå])|hemadress(?:en)?"
        r"|oturuyor(?:um|sun|sunuz)|nerede (?:ya[sş][ıi]yorsun|oturuyorsun)|адрес(?:а|и|і|у|ою)|живеш|мешка(?:ю|єш|єте)|живу за"
    ),
    "postcode": r"post ?code|postal code|zip(?: ?code)?|plz|postleitzahl|código postal|cp|code postal|cap|codice (?:di avviamento )?postale|cep|(?:почтовый )?индекс|kod(?:u|em)? pocztow(?:y|ego|ym)|ps[cč]|po[sš]tovn[ií] sm[eě]rovac[ií] [cč][ií]slo|cod(?:ul)? po[sșş]tal|postnum(?:mer|ret)|posta kodu(?:m|n|nuz)?|(?:поштовий )?індекс",
    "handle": (
        r"user ?names?|insta(?:gram)?|ig|snap(?:chat)?|telegram|tg|tiktok|twitter|discord|skype|steam|handle|gamertag|телег\w*|тг|@|psn|nick(?:name)?|benutzername|nutzername|usuario|nombre de usuario|pseudo|identifiant|nom d'utilisateur|nome utente|usuário|nome de usuário|ник(?:нейм)?|логин|инст[аеу]"
    ),
    "phone": (
        r"phone(?: number| no\.?)?|(?:ur|your|deine?|seine|ihre) nr\.?|(?:ton|son|votre) 0[67]|(?:cell|mobile|whats ?app|contact|home|work|new)(?: phone)?(?: (?:number|no\.?|#))|cell|mobile|tel\.?|telephone|number|call (?:me|us|him|her)(?: (?:on|at))?|text(?: me)?(?: (?:on|at))?|ring me(?: on)?|reach me(?: at| on)?|whats ?app"
        r"|handy(?:-?nummer|nr\.?)?|(?:telefon)?nummer|tel(?:efon)?(?:nr)?\.?|ruf (?:mich )?an|erreichst (?:du )?mich|anrufen|n[uú]mero|tel[eé]fono|m[oó]vil|celular|tel[eé]f?\.?|ll[aá]ma(?:me)?|telefone|ligar?|me liga|zap|téléphone|portable|num(?:éro)?|appelle(?:-moi)?"
        r"|telefono|cellulare|cell\.?|chiama(?:mi)?|numero|телефон[ау]?|номер(?:ок)?|тел\.?|звони|позвони|набери|мобильн\w*|сотов\w*|telefoon(?:nummer|nr)?|mobiel(?: nummer|e nummer)?|bel (?:me|mij)(?: op)?|numer(?:u|em)?|(?:nr|numer) tel(?:efonu)?|telefonu|zadzwo[nń]|kom[oó]rk[aię]"
        r"|telefonn[ií] [cč][ií]slo|[cč][ií]slo|mobilu?|zavolej|num[aă]r(?:ul)?(?: (?:t[aă]u|meu))?(?: de telefon)?|telefonul|mobilul|sun[aă]-m[aă]|mobil(?:nummer|nr|en)|telefon(?:nummer|numret|nr)|numret|ring mig"
        r"|telefon(?:um|un|unuz|u)|numara(?:m|n|s[ıi]|n[ıi]z|y[ıi])?|cep (?:telefon(?:u|um|un)|no|numara(?:m|n|s[ıi])?)|tel no|beni ara|телефон(?:у|ом)|номер(?:у|ом)|подзвони|зателефонуй|дзвони|мобільн(?:ий|ого|ому)"
    ),
    "booking": r"airbnb (?:code|confirmation)|booking(?: (?:ref(?:erence)?|code|number|no\.?))?|pnr|record locator|confirmation(?: (?:code|number|no\.?|#))?|reservation(?: (?:code|number|no\.?))?|ref(?:erence)?(?: (?:number|no\.?|code))?|buchungs(?:code|nummer|nr\.?)|reservierung(?:s(?:nummer|code))?|dossier|(?:code |n° )?r[eé]sa(?:rvation)?|reserva|(?:numéro|code) de réservation|(?:código|número|localizador) de (?:la )?reserva|localizador|codice (?:di )?prenotazione|prenotazione|(?:код|номер) (?:брони|бронирования)|бронь|boekingsnummer|rezerwacj[ai]",
    "plate": r"(?:licen[cs]e |number |reg(?:istration)? )?plate(?: number)?|reg(?:istration|s)?(?: (?:number|no\.?))?|number plate|kennzeichen|nummernschild|matr[ií]cula|placa|plaque(?: d'immatriculation)?|immatriculation|targa|госномер|номер(?:а)? (?:машины|авто|тачки)|kenteken(?:plaat)?|nummerplaat|tablica|tablic[ey]|rejestracj[aęi]|(?:numer(?:y)?|nr) rejestracyjn[yea]|blachy|spz(?:tka|tku)?|registra[cč]n[ií] zna[cč]k[auy]|num[aă]r(?:ul)? (?:de )?(?:[iî]nmatriculare|ma[sșş]in[aă]|ma[sșş]inii)|pl[aă]cu[tțţ]e(?:le)?|reg(?:istrerings)?-?(?:nummer|numret|nr)|plaka(?:m|n|s[ıi]|n[ıi]z|y[ıi])?|номер(?:и|а)? (?:машини|автомобіля|тачки)|держномер|номерний знак",
    "lock": (
        r"(?:(?:bike|cycle|gym|locker|shed|garage|suitcase|luggage|door|u|cable|chain)[ -]?)?locks?|padlocks?|safe|(?:burglar |house |home )?alarm(?: system)?|key ?pad|garage door|(?:front|back|side|main|car ?park) gate|intercom|(?:fahrrad|rad|vorhänge|zahlen|bügel|spind|koffer|tür)-?schloss|(?:wand)?tresor|alarmanlage|garagentor|hoftor|einfahrtstor|tastenfeld|schlüsselkasten"
        r"|(?:вело)?зам(?:ок|ка|ке|очек)|сейф(?:а|е|у)?|домофон(?:а|е|у)?|сигнализаци[яюи]|сигналк[ауи]|ворота|калитк[аеу]|шлагбаум(?:а|е)?|candado|caja fuerte|cerradura|alarma|telefonillo|portero automático|puerta del garaje|verja|cadenas|antivol|coffre(?:-fort)?|alarme|portail|interphone|porte du garage|boîte à clés"
        r"|cadeado|cofre|portão|interfone|fechadura|lucchetto|cassaforte|allarme|antifurto|cancello|citofono|serratura|fietsslot|hangslot|cijferslot|kluis|k[lł][oó]dk[aię]|sejf|domofon|(?:visac[ií] )?z[aá]mek|trezor|lac[aă]t(?:ul)?|seif(?:ul)?|interfon(?:ul)?|(?:cykel|häng|hang)l[aå]s(?:et)?|kassaskåp(?:et)?|larm(?:et)?|asma kilit|kilit|сигналізаці[яюї]"
    ),
    # handles that are asked for so may be letters only
    "username": r"user ?names?|benutzername|nutzername|nombre de usuario|nom d'utilisateur|nome utente|nome de usuário|юзернейм|никнейм|gebruikersnaam|nazwa użytkownika",
    # a question that names nothing: "what do i type in?"
    "typed": (
        r"(?:what|which) (?:[a-z]+ )?(?:do|should|must) (?:i|we|you|u) (?:type|enter|punch|dial|key|press|put) in(?:to)?|what (?:do|should) i (?:type|enter|dial|press)|was (?:muss|soll) (?:ich|man|wir)(?: [a-zà-ÿа-яё]+){0,4}? (?:eintippen|eingeben|drücken)|was (?:gebe|tippe?) ich(?: [a-zà-ÿа-яё]+){0,3}? ein"
        r"|qué (?:tengo que |hay que )?(?:marco|tecleo|pulso|marcar|teclear|pulsar)|je (?:dois )?tape[rz]? quoi|qu['’]est[- ]ce que je tape|quoi taper|(?:cosa|che) (?:devo )?(?:digito|digitare|premo|premere)|o que (?:eu )?(?:digito|tenho que digitar|preciso digitar|aperto)|что (?:[a-zà-ÿа-яё]+ )?(?:вводить|набирать|набрать|ввести|нажимать)"
    ),
    "unlock": (
        r"unlocks?|entsperr(?:e|st|t|en)|aufsperren|débloqu(?:e|es|er)|debloqu(?:e|er)|déverrouill(?:e|es|er)|deverrouill(?:e|er)|desbloque(?:a|as|o|e|ar|ia|io|ie)|sblocc(?:a|hi|o|are)|разблокир(?:ую|уешь|ует|уй|уйте|овать|овки|уется)"
        r"|ontgrendel(?:t|en)?|odblok(?:uj|uje|ować|owania)|odem(?:kni|kne|kneš|knout|yká|ykáš)|debloc(?:hez|hezi|a)|l[aå]s(?:er|a)? upp|kilidini aç|розблок(?:уй|ую|уєш|увати)"
    ),
    "wallet": r"wallet|(?:btc|eth|sol(?:ana)?|crypto|xmr|ltc|trx|usdt|bitcoin)(?: (?:address|addy|wallet))?|кошел[её]к",
}  # fmt: skip
for _kind, _names in sayings.under("").items():
    NAMES[_kind] += f"|{_names}"
#: What is put together of families of words joins what is listed; kinds of its own come with it.
NAMES |= {kind: f"{NAMES[kind]}|{more}" if kind in NAMES else more for kind, more in romance.NAMES.items()}
#: Turns of phrase: what asks for a kind without its name, and what gives or uses one ("ask pin", "give phone", "with pin"), and what it is for ("of pin").
TURNS = {f"{group} {kind}": said for group in ("ask", "give", "with", "of") for kind, said in sayings.under(group).items()}
_ASKS_FOR_ANY = TURNS.pop("ask any")


class _Words(dict[str, re.Pattern[str]]):
    """What each kind is called, as whole words; compiled when first asked for, which for most never comes."""

    def __missing__(self, kind: str) -> re.Pattern[str]:
        found = self[kind] = re.compile(rf"(?<!\w)(?:{NAMES[kind] if kind in NAMES else TURNS[kind]})(?!\w)", re.I)
        return found


WORDS = _Words()


def _options() -> re2.Options:
    options = re2.Options()
    options.case_sensitive = False
    options.never_capture = True
    options.max_mem = 64 << 20
    return options


def _alone(names: str) -> str:
    return rf"(?:^|[^\pL\pN_])(?:{names})(?:$|[^\pL\pN_])"


def searcher(*patterns: str) -> re2.Set:
    """Finds which of some patterns stand in a text as whole words."""
    found = re2.Set.SearchSet(_options())
    for pattern in patterns:
        found.Add(_alone(pattern))
    found.Compile()
    return found


#: RE2 reads in time linear in the text, however many names there are; a lookbehind would not be linear.
_WHICH, _KINDS_OF = searcher(*NAMES.values()), tuple(NAMES)
#: Questions after something that they do not name; each pattern belongs to a kind.
_ASKING = tuple((kind, pattern) for kind, some in romance.ASKS.items() for pattern in some)
_WHICH_ASK = searcher(*(pattern for _, pattern in _ASKING))
#: What is known by its name alone, whatever it looks like.
SECRETS = ("password", "pin", "code", "cvv", "secret")
#: Whether any stands in a text: a set of one, since the search of a pattern also looks for where, and for the other end.
_SOME, _SOME_ASK = searcher("|".join(NAMES.values())), searcher("|".join(p for _, p in _ASKING))
_NONE: frozenset[str] = frozenset()


@lru_cache(maxsize=65_536)
def named(text: str) -> frozenset[str]:
    """The kinds whose names stand in a text."""
    raw = text.encode("utf-8", "replace")  # once for all automata, which would each do it anew
    if not _SOME.Match(raw):
        return _NONE
    return frozenset(_KINDS_OF[number] for number in _WHICH.Match(raw))


#: By group, one automaton each: all in one outgrow the memory that RE2 is given, and then it finds nothing.
_TURNS_OF = {
    group: (searcher(*(said for turn, said in TURNS.items() if turn.startswith(group))), tuple(turn for turn in TURNS if turn.startswith(group)))
    for group in ("ask", "give", "with", "of")
}  # fmt: skip


def turns(group: str, text: str) -> frozenset[str]:
    """The turns of phrase of one group in a text: "ask pin"."""
    searched, names = _TURNS_OF[group]
    found = searched.Match(text.encode("utf-8", "replace"))
    return frozenset(names[number] for number in found) if found else _NONE


#: Between the name and the value: at most a few words, then "is", a colon, or nothing.
#: "je" and "este" count behind names of their own languages only: elsewhere they begin a clause ("mot de passe je vais").
LINK = (
    r"(?:(?:\s+(?:for|to|of|on|für|zum|zur|vom|von|de|del|du|da|do|per|pour|от|для|на|к|van|voor|od|na|dla|till|på|för|від|до)\s+[^\n:=]{1,40}?)?\s*"
    r"(?::|=|->|→|–|—|\bis\b|\bwas\b|(?<=\w)'s|’s|\bist\b|\blautet\b|\bhei(?:ß|ss)t\b|\best\b|\bc'est\b|\bes\b|\bé\b|\bè\b|\bэто\b|\bto\b|\bjest\b|\bär\b|\ber\b|\bson\b|\bsind\b|\bare\b|\bluidt\b|\bbrzmi\b|\bzní\b|\bце\b)"
    r"|(?:(?<=heslo)|(?<=kód)|(?<=kod))(?:\s+(?:na|ke?|od|do)\s+[^\n:=]{1,40}?)?\s+je\b"
    r"|(?:(?<=parola)|(?<=codul))(?:\s+(?:mea|ta|noastr[aă])|\s+(?:de\s+)?la\s+[^\n:=]{1,40}?)?\s+este\b|(?<=losenordet)\s+ar\b)\s*"
)
_ASKS = searcher(
    rf"{romance.ASKING}"
    r"|what|whats|what's|wats|wat|which|when|where|who|how|send|gimme|give|tell|need|can (?:u|you|i)|could (?:u|you|i)|do (?:u|you) have|got|remind|pls|plz|please|drop|was|wie|wann|wo|welche[rsn]?|schick|gib|sag|brauche?|kannst|hast du|bitte|cu[aá]l|cu[aá]ndo|d[oó]nde|qu[eé]|cómo|dime|p[aá]same|m[aá]ndame|dame|me pasas|necesito|tienes|por favor|porfa"
    r"|quel|quelle|quand|où|quoi|donne|envoie|rappelle|file|t['’]as|tu as|stp|svp|qual|quale|quando|dove|onde|che|cosa|mi dai|mi mandi|dammi|dimmi|manda(?:mi)?|hai|per favore|me (?:passa|manda|diz|fala)|tem|preciso|wat|waar|welke?|wanneer|stuur|geef|zeg|heb je|kun je|mag ik|alsjeblieft|aub|jak(?:i|a|ie|ą|é|á|ý)|jak[ey] je|kiedy|gdzie|podaj|podasz|wy[sś]lij|prze[sś]lij|napisz|powiedz|przypomnij|masz|potrzebuj[eę]|prosz[eę]"
    r"|kdy|kde (?:je|bydl[ií])|po[sš]li|dej|napi[sš]|[rř]ekni|p[rř]ipome[nň]|pot[rř]ebuj[ui]|pros[ií]m|care (?:e|este|era)|d[aă]-mi|trimite(?:-mi)?|zi-mi|spune-mi|c[aâ]nd|unde|te rog|am nevoie|vad|vilken|vilket|skicka|ge mig|s[aä]g|beh[oö]ver|kan du|har du|sn[aä]lla|var (?:bor|är)"
    r"|nedir|neydi|hangi|nerede|ne zaman|g[oö]nder|yolla|s[oö]yle|laz[ıi]m|l[uü]tfen|hat[ıi]rlat|verir|atar|atsana|versene|як(?:ий|а|е|і)|коли|де|підкажи|нагадай|надішли|потрібен|потрібна|потрібно|треба|можна"
    r"|как(?:ой|ая|ие|ое)|когда|где|что|скинь|дай|напиши|подскажи|напомни|пришли|скажи|нужен|нужна|нужно|можно"
    rf"|{_ASKS_FOR_ANY}"
)
_KINDS = ("secret", "password", "loose", "network", "pin", "code", "told", "typed", "late", "cvv", "passport", "licence", "id", "bank", "birthdate", "postcode", "address", "booking", "plate", "username", "handle", "phone")  # fmt: skip


#: Kinds whose answers have a shape of their own: for them the name alone is question enough.
_SHAPED = frozenset(
    [
        "pin",
        "code",
        "typed",
        "cvv",
        "passport",
        "licence",
        "id",
        "bank",
        "birthdate",
        "postcode",
        "phone",
        "plate",
        "booking",
    ]
)


#: What answers a question that names nothing: less is taken for a password then.
_ANSWERED_BY: dict[str, tuple[str, ...]] = {
    "password": ("late",), "pin": ("typed",), "code": ("told",), "cvv": ("cvv",), "address": ("address",), "phone": ("phone",),
    "handle": ("handle", "username"), "plate": ("plate",), "secret": ("secret",), "bank": ("bank",), "birthdate": ("birthdate",),
}  # fmt: skip


#: Codes of goods, programs, countries and films, in the languages whose plain word for a code is looked for (`CODES`).
_NO_CODES = (
    r"(?:streep|bron|vout|fout)codes?|kod(?:u|em|y)? (?:kreskow\w{1,4}|qr|b[lł][eę]du|[zź]r[oó]d[lł]ow\w{1,4}|rabatow\w{1,4}|da vinci)|(?:[cč][aá]rov[yý]|qr|zdrojov[yý]|chybov[yý]|slevov[yý]) k[oó]d(?:u|em)?|k[oó]d(?:u|em)? (?:chyby|programu|da vinci)"
    r"|codul(?:ui)? (?:civil|penal|muncii|rutier)|koden p[aå] rad(?:en)?|cod(?:ul)? (?:galben|portocaliu|ro[sșş]u|de bare|qr|surs[aă]|de eroare|lui da vinci)|(?:streck|fel|käll|k[aä]ll|rabatt|qr-?)kod(?:en|er)?|(?:hata|kaynak|barkod|qr|alan|[uü]lke|indirim) kod(?:u|um|un|unu|lar[ıi])|da vinci (?:kod(?:en)?|[sş]ifresi)|код(?:у|ом)? (?:помилки|програми|країни|да вінчі)"
)
_OTHERWISE = (
    r"pin[ -]?(?:badge|board|cushion|wheel|stripe|up|tweet|post|message|comment|nachricht|beitrag|wand|nadel)s?|code (?:red|blue|orange|yellow|review|base|freeze|name)s?|(?:dress|bar|qr|cheat|source) codes?"
    r"|log-?in (?:screen|page|prompt|shell|manager|window)s?|zip ?(?:file|folder|archive|drive|line|lock|tie|bag|disk)s?"
    r"|birthday (?:party|parties|dinner|drinks|cake|gift|present|bash|brunch|lunch|celebration|weekend|trip|card|wishes)|(?:fiesta|regalo|tarta|cena) de cumpleaños|(?:festa|regalo|torta|cena) di compleanno|fête d['’]anniversaire"
    rf"|{_NO_CODES}"
    r"|(?:verjaardags(?:feest(?:je)?|taart|cadeau|kaart)|f[oö]delsedags(?:fest(?:en)?|present(?:en)?|t[aå]rta|kalas(?:et)?))|(?:impreza|prezent|tort) urodzinow[ya]|(?:prezent|tort) na urodziny"
    r"|(?:web(?:ov[aá]|-)? ?|mac[ -]|ip[ -]|url[ -]|e-?mail(?:ov[aá])? ?|e-?posta |site )adres\w{0,5}|adres\w{0,4} (?:strony|www|url|ip|e-?mail\w{0,4}|mailow\w{1,2}|internetow\w{1,2}|webu|str[aá]nky|site-?ului|de e-?mail)|адрес\w{1,2} (?:сайту|сторінки|пошти|електронної)"
)
#: In these the words mean something else.
OTHERWISE = re.compile(rf"(?<!\w)(?:{_OTHERWISE})(?!\w)", re.I)
_SOME_OTHERWISE = searcher(_OTHERWISE.replace(r"\w", r"[\pL\pN_]"))
_NO_CODE = re.compile(rf"(?<!\w)(?:{_NO_CODES})(?!\w)", re.I)


def asked(text: str) -> list[str]:
    """The kinds that a message asks for, or leaves open at its end ("my pin is:"); most dangerous first."""
    if len(text) > 300:
        return []
    if named(text):
        text = OTHERWISE.sub(" ", text)
    if code := speaks_of_code(text):
        text = plain_codes(text)
    kinds, code = named(text), code and speaks_of_code(text)
    questions = turns("ask", text)
    questions = frozenset(one for kind in questions for one in _ANSWERED_BY[kind[4:]]) if questions else _NONE
    kinds |= _of_a_lock(text, kinds)
    unnamed = _unnamed(text)
    if not kinds and not code and not questions and not unnamed:
        return []
    if code and not kinds & {"pin", "code", "cvv", "password", "postcode", "booking", "secret"}:
        kinds |= {"code"}  # "what's the code?" says no more
    if "loose" in kinds:
        kinds = _weighed(text, kinds)
    open_end = bool(_OPEN.search(text.rstrip(" .!…")[-_END:]))
    if not (open_end or _asks(text)):
        if _ONLY_PASSWORD.fullmatch(text):
            return ["loose"]  # "passcode", and no more: a number answers it, or a word that looks like one
        answered = _FIGURE.search(text) and _FIGURE.search(
            WORDS["cvv"].sub(" ", text)
        )  # "3 digits on the back" is no answer
        kinds = kinds & _SHAPED if not answered else _NONE
    kinds |= questions | unnamed
    return [kind for kind in _KINDS if kind in kinds]


def _asks(text: str) -> bool:
    """Whether something is asked, or asked for."""
    return "?" in text or bool(_ASKS.Match(text.encode("utf-8", "replace")))


def _unnamed(text: str) -> frozenset[str]:
    """What a question is after that does not name it: "come entro nel wifi"; a door opens with any code."""
    raw = text.encode("utf-8", "replace")
    if not _SOME_ASK.Match(raw):
        return _NONE
    found = frozenset(_ASKING[number][0] for number in _WHICH_ASK.Match(raw))
    return found | {"code"} if "pin" in found else found


def _of_a_lock(text: str, kinds: frozenset[str]) -> frozenset[str]:
    """What opens a lock, where that is asked for: "how do i turn the alarm off?"."""
    if "lock" in kinds and _asks(text) and _OPENS.search(text):
        return frozenset(["pin"])
    return frozenset()


def _weighed(text: str, kinds: frozenset[str]) -> frozenset[str]:
    """ "did you pass?" asks for no password, but a mixed word may answer it; "the pass for the wifi?" leaves no doubt."""
    loose = WORDS["loose"]
    if any(not loose.fullmatch(word[0]) for word in WORDS["password"].finditer(text)):
        return kinds - {"loose"}
    networks = {_NETWORK.match(word[0]) is not None for word in loose.finditer(text)}
    meant = "password" if len(networks) != 1 else "network" if True in networks else "loose"
    return (kinds - {"loose", "password"}) | {meant}


_NETWORK = re.compile("w|вай|router|fritz", re.I)
_OPEN = re.compile(
    r"(?::|=|->|\bis|\bist|\bjest|\bär|\bje|\beste|\bце|\bluidt|\best|\bes|\bé|\bè|—|-|\bit says|\bdice|\bdiz|\bsteht(?: da| drauf)?)$",
    re.I,
)
#: Nothing of it is longer.
_END = 20
_FIGURE = re.compile(r"\d")
#: How one opens a lock, or what with.
_OPENS = re.compile(
    r"(?<!\w)(?:combo|combination|numbers?|digits|pin|open|get in|(?:turn|switch) (?:it |the \w+ )?off|(?:turn|switch)\b.{0,30}\boff|disarm|unlock|type|punch in|kombi(?:nation)?|nummer|zahlen(?:kombi\w*)?|öffne|auf(?:machen|kriegen|bekommen)?|entschärf\w*|eintippen|eingeben|aus(?:machen|schalten)"
    r"|combinaci[oó]n|n[uú]meros?|abr[eoi]r?|quit(?:o|ar|a)|desactiv\w+|apag\w+|marco|marcar|combinaison|chiffres|ouvr\w+|désactiv\w+|éteindre|éteins|couper|combinazione|numeri|apr[oei]\w*|disattiv\w+|tolg\w+|togliere|spegn\w+|digit\w+|combina[cç][aã]o|deslig\w+|desativ\w+|destrav\w+"
    r"|комбинаци[яюи]|шифр|цифры|открыть|открывается|открываешь|отключ\w+|выключ\w+|снять|набирать|набрать)(?!\w)",
    re.I,
)
#: A message that is nothing but the name of a password.
_ONLY_PASSWORD = re.compile(
    rf"\W*(?:(?:the|my|your|ur|das|dein|el|la|le|il|a|o|твой)\s)?(?!(?:pass(?:es)?|clave|parola|пасс?|contra)(?!\w))(?:{NAMES['password']})(?:\s(?:pls|plz|please|bitte|stp|porfa|пж|пжл))?\W*",
    re.I,
)
#: One of these stands in whatever names a code in plain letters.
_CODED = ("cod", "kod")
#: A code as languages decline it; "cod" alone is a fish.
CODES = r"kod(?:u|em|en|um|un|unu|unuz|umuz)?|kód(?:u|em)?|codul(?:ui)?|(?:un|ce) cod|код(?:ом|а|у)?|deurcode"
CODE = re.compile(rf"(?<!\w)(?:codes?|c[oó]digos?|codice|digicode|{CODES})(?!\w)", re.I)


def means_otherwise(text: str) -> bool:
    """Whether a name means something else there: "birthday party"."""
    return bool(_SOME_OTHERWISE.Match(text.encode("utf-8", "replace")))


def spoken(kind: str, text: str) -> Iterator[re.Match[str]]:
    """Where the kind is named, but for words that mean something else there."""
    return WORDS[kind].finditer(OTHERWISE.sub(lambda other: " " * len(other[0]), text))


#: What numbers count in Dutch, Polish, Czech, Romanian, Swedish, Turkish and Ukrainian.
COUNTS = (
    r"minut(?:en|y|er|ów)?|dakika|хвилин\w{0,2}|uur|uren|godzin[ay]?|hodin[ay]?|timmar|годин\w{0,2}|keer|razy|kr[aá]t|g[aå]nger|разів|dagen|dagar|днів|jaar|років|mensen|os[oó]b|ludzi|lid[ií]|oameni|personer|personen|людей|stuks|sztuk|kus[uů]|buc[aă][tțţ]i|stycken"
    r"|z[lł]|z[lł]otych|k[cč]|korun|kronor|sek|lir[aă]|грн|гривень|rader|[rř][aá]dk[uů]|linij?ek|sat[ıi]r|regels|рядків|punkt[oó]w|bod[uů]|poäng|puan|балів|kişi|adet"
)
#: The same, of words that are others elsewhere, or go on with the sentence ("4821 let me in").
COUNTS_LAST = r"(?:let|lat|ani|lei|dni|dn[ůíu]|kr|tl|ron|ore|ori|zile|år|kez|kere|saat|gün|yıl|год|рік|року|roku|roce|step[pů]|kisi)(?=\s*(?:[,;!?)\n]|\W*\Z))"
#: Right behind a number: what it counts, which makes it no secret.
UNITS = re.compile(
    r"\s?(?:min|mins|minutes?|hours?|hrs?|h|km|m|€|\$|£|euros?|bucks|dollars?|pesos?|rupees?|uhr|stunden|tage|days|am|pm|weeks?|wochen|semanas?|settimane|months?|monate|mois|mes(?:es|i)|years?|jahre|ans|años|anos|anni|%|°|°c|kg|kcal|calories|steps|schritte|pasos"
    r"|people|leute|personas|persone|pessoas|personnes|followers?|seguidores|abonn[ée]s|subs(?:cribers)?|users?|usuarios|views|likes|retweets|comments|kommentare|points?|punkte|puntos|punti|times|mal|veces|volte|fois|of (?:them|these|those|us|which)"
    r"|рубл\w*|минут\w*|час\w*|лет|руб|человек|раз|подписчик\w*|шаг\w*|километр\w*|км|кг"
    rf"|{COUNTS}|{COUNTS_LAST})\b",
    re.I,
)


#: The same for numbers that may be secrets, where a leak is worse: what can also go on with the sentence ("4821 mal testen",
#: "12345678 am montag", "12345678 m. smith") counts only where nothing follows.
COUNTED = re.compile(
    r"\s?(?:[€$£%°]|(?:mins?|minutes?|hours?|hrs?|km|euros?|bucks|dollars?|pesos?|rupees?|uhr|stunden|tage|days|weeks?|wochen|semanas?|settimane|months?|monate|mois|meses|mesi|years?|jahre|ans|años|anos|anni|kg|kcal|calories|steps|schritte|pasos"
    r"|people|personas|persone|pessoas|personnes|followers?|seguidores|abonn[ée]s|subs(?:cribers)?|users?|usuarios|views|likes|retweets|comments|kommentare|punkte|puntos|punti|veces|volte"
    r"|рубл\w*|минут\w*|час(?:а|ов)?|лет|руб|человек|подписчик\w*|шаг(?:а|ов)|километр\w*|км|кг"
    rf"|{COUNTS}|{COUNTS_LAST}|(?:h|m|am|pm|leute|points?|times|mal|fois|раз|of (?:them|these|those|us|which))(?=\s*(?:[,;!?)\n]|\W*\Z)))(?!\w))",
    re.I,
)


def plain_codes(text: str) -> str:
    """The text with blanks where a code is none that anybody keeps: "kod błędu 4042"."""
    return _NO_CODE.sub(lambda other: " " * len(other[0]), text)


#: Longer than any number with its signs.
_LONGEST_NUMBER = 40


def within(pattern: re.Pattern[str], text: str, start: int, reach: int) -> re.Match[str] | None:
    """The first match that begins within `reach` characters: an end that is told to a search would cut what lies across it."""
    match = pattern.search(text, start, start + reach + _LONGEST_NUMBER)
    return match if match is not None and match.start() < start + reach else None


def near(kind: str, text: str, start: int, reach: int = 60) -> bool:
    """Whether the kind is named within `reach` characters before `start`, or shortly after."""
    return bool(WORDS[kind].search(text, max(0, start - reach), start)) or bool(
        WORDS[kind].search(text, start, start + reach + 20)
    )


def speaks_of_code(text: str) -> bool:
    """Whether a code of whatever kind is named."""
    if text.isascii():
        low = text.lower()
        if not any(word in low for word in _CODED):
            return False  # as nearly always
    return bool(CODE.search(text))

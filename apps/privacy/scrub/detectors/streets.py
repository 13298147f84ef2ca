"""How addresses are written, by the grammars of the languages people write them in: street, number, floor, town."""

from __future__ import annotations

import re

_UK = r"(?i:[A-Z]{1,2}\d[A-Z\d]?\s?\d[A-Z]{2})(?!\w)"
#: The name of a town begins with a capital and has no digit: what follows may be its postcode.
_NAMED_TOWN = r"[A-ZÀ-Þ][^\W\d_'’-]{2,}(?:['’-][^\W\d_]+)*(?!\w)"
_TOWN = (
    r"(?:,?\s+(?:in\s|à\s|a\s|en\s)?(?:(?:(?i:[A-Z]{1,2})-)?(?:\d{8}|\d{4,6}(?:-\d{3,4})?)\s+[^\W\d_][\w'’-]+(?:\s[A-ZÀ-Þ][\w'’-]+)?"
    rf"|{_UK}|[A-Z]{{2}}\s\d{{5}}(?:-\d{{4}})?(?!\w)|(?:[A-Z]{{1,2}}-)?\d{{4,6}}(?!\w)|{_NAMED_TOWN}(?:\s{_NAMED_TOWN})?(?:,?\s(?:{_UK}|[A-Z]{{2}}\s\d{{5}}(?:-\d{{4}})?(?!\w)))?"
    r"|(?<=,\s)[^\W\d_]{3,}(?:\s(?i:[a-z]{1,2}\d[a-z\d]?\s?\d[a-z]{2}))?(?=\s*$|[,.!]))){0,2}"
)
#: Floors, flats and stairs. A sign of order is plain here: "2º" reads "2o".
UNIT = (
    r"(?:,?\s+(?i:apto|apt|apartment|unit|flat|suite|ste|piso|int|scala|interno|appt|bât|whg|wohnung|ap|кв|квартира|подъезд|этаж|эт|корп)(?:\.|(?!\w))\s?#?\s?(?=[\w-]*\d|[A-Za-z](?!\w))[\w-]{1,5}(?!\w)|,?\s+#\s?(?:(?:[A-Za-z]-?)?\d{1,5}[A-Za-z]?|[A-Z])(?!\w)"
    r"|,?\s+\d{1,2}\s?[ºª°oa](?![^\W\d_]{2})\s?(?i:izq|dcha|der|dto|esq|[a-h])?\.?(?!\w)"
    r"|,?\s+\d{1,2}\.\s?(?i:OG|UG|Stock|Stockwerk|Etage)(?!\w)|,\s(?:EG|DG|UG|OG|HH|VH|Hinterhaus|Vorderhaus)(?!\w)"
    r"|,?\s+\d{1,2}(?:er|e|ème|eme)\s(?:étage|etage)(?!\w)|(?:,\s|\s)\d{1,2}[A-H](?!\w)){0,3}"
)
#: What is counted or measured: "5 miles road" is none.
COUNTED = r"(?:miles?|mi|km|kms|kilomet\w+|meters?|metres?|metros?|metri|mètres?|m|minutes?|mins?|minut\w*|hours?|stunden|horas?|ore|heures?|days?|tage|d[ií]as|giorni|jours?|weeks?|months?|years?|times|mal|veces|volte|vezes|fois|км|м2?|метр\w*|кв\.?\s?м\w*|квадрат\w*|сот(?:ок|к[аи])|га|мин\w*|час\w*|дн\w*|раз\w*|лет|год\w*|руб\w*|тыс\w*|штук\w*|человек)"
_LONG = r"(?:street|road|avenue|lane|drive|boulevard|terrace|crescent|gardens|grove|highway|parkway|mews)"
_SHORT = r"(?:(?i:rd|ave|blvd|ln)|(?:st|dr|ct|pl|sq|court|square)(?=,|\s*$)|St|Rd|Ave|Ln|Dr|Ct|Court|Blvd|Way|Pl|Place|Sq|Square|Close|Hill|Row|Park|Cres|Ter|Hwy|Pkwy)"
_ORDINAL = r"\d{1,3}(?:st|nd|rd|th)\s+(?:(?i:street|avenue|ave)\b|St\b)"
#: "we are 4 on this road": no name of a street begins so. One in England may be "the street", but not "at 12 the street was empty".
_GOES_ON_WITH = rf"(?:the\s(?:[a-z'.-]+\s){{0,2}}{_LONG}\s[a-z]|(?i:an?|more|other|my|our|your|his|her|their|its|this|that|every|each|some|any|no|on|in|at|of|from|off|up|down|along|across|into|when|and|or|but|is|are|was|were|there|we|you|they|he|she|it)\s)"
ENGLISH = re.compile(
    r"(?<![\w.:/$€£])(?:(?i:flat|apt|apartment|unit)\.?\s\d{1,4}[A-Za-z]?,\s)?"
    rf"\d{{1,5}}[A-Za-z]?\s+(?!(?i:{COUNTED})\b)(?:(?:[NSEW]\.?\s+)?(?:{_ORDINAL}|(?!{_GOES_ON_WITH})(?:[A-Za-z][\w'.-]+\s+){{1,3}}(?:(?i:{_LONG})\b|{_SHORT}\b\.?)|(?i:west|east|north|south)\s+{_ORDINAL})(?:\s(?:NW|NE|SW|SE|[NSEW])(?![\w.]))?){UNIT}{_TOWN}"
)
#: Words that end like "Berliner" and are no town's.
_NO_TOWN = (
    r"(?!(?i:erster|zweiter|dritter|letzter|ganzer|langer|guter|kurzer|weiter|einziger|bester|freier|immer|unser|euer|dieser|jeder|einer|keiner|seiner|ihrer|meiner|deiner"
    r"|unserer|eurer|anderer|wieder|leider|über|unter|hinter|oder|aber|hier|sicher|super|bisher|vorher|nachher|daher|außer|später|lieber|sieger|gewinner|verlierer|spieler|fahrer|läufer)\s)"
)
#: "berliner straße", but a place or a ring with a capital only: "besser platz 2".
_OF_TOWNS = (
    rf"(?=[A-Za-zÄÖÜäöüß-]{{2,30}}er\s){_NO_TOWN}(?:[A-Za-zÄÖÜäöüß-]{{2,30}}er\s(?i:straße|strasse|str\.?|allee|gasse|chaussee)(?:(?<=\.)|(?!\w))"
    r"|[A-ZÄÖÜ][A-Za-zÄÖÜäöüß-]{1,30}er\s(?i:damm|ufer|ring|platz))"
)
GERMAN = re.compile(
    rf"(?<!\w)(?:{_OF_TOWNS}"
    r"|[A-ZÄÖÜ][a-zäöüß-]{1,40}\s(?:Straße|Strasse|Str\.?|Allee|Gasse|Chaussee)(?:(?<=\.)|(?!\w))"
    r"|(?:[A-ZÄÖÜ][\wäöüß-]{1,40}\s){0,2}(?:[\wäöüß-]{0,30}(?:straße|strasse|str\.|gasse|allee|straat|laan|gracht)|[A-ZÄÖÜ][\wäöüß-]{0,30}(?:str|weg|platz|ring|damm|ufer|chaussee|plein|kade))"
    rf"|(?:Am|An der|Auf dem|Im|Zum|Zur|Unter den)\s[A-ZÄÖÜ][\wäöüß]+(?:\s[A-ZÄÖÜ][\wäöüß]+)?)\s\d{{1,4}}\s?[a-z]?(?!\w|[.,:]\d)(?!\s{COUNTED}(?!\w))(?:/\d+)?{UNIT}{_TOWN}"
)
_OF_FRANCE = r"(?:(?:(?i:des|du|de|les|la|le)\s|(?i:de l|l|d)['’]\s?){0,3}[\w'’-]+"
#: Small letters go on to the end of what is said, a comma or a postcode: "12 rue victor hugo".
_GOES_ON = r"(?:(?:\s+[A-ZÀ-Þ][\w'’-]+){1,3}|(?:\s+[^\W\d_][\w'’-]+){1,2}(?=\s*(?:$|[,.;!?\n])|\s+\d{5}(?!\w))|))"
ROMANCE_NUMBER_FIRST = re.compile(
    rf"(?<!\w)\d{{1,4}}\s?(?:bis|ter)?,?\s+(?:(?i:rue|avenue|av\.|boulevard|bd\.?|chemin|impasse|allée|quai)\s+{_OF_FRANCE}{_GOES_ON}"
    rf"|(?i:place|cours|route|passage)\s+{_OF_FRANCE}(?:\s+[A-ZÀ-Þ][\w'’-]+){{0,3}})){UNIT}{_TOWN}"
)
ROMANCE = re.compile(
    r"(?<!\w)(?i:calle|cl\.?|pl(?:aza|\.)|c/|avenida|avda\.?|av\.|paseo|plaza|camino|carrer|ronda|via|viale|piazza|piazzale|corso|largo|vicolo|strada|rua|travessa|praça|alameda|estrada)\s+"
    r"(?!(?i:e?-?mail|sms|whatsapp|telegram|chat|pec|fax|app|web|skype|zoom|teams|radio|bluetooth)\b)(?:(?i:de|del|de la|de los|della|delle|dei|degli|do|da|dos|das|la|el|san|santa)\s+){0,2}[^\W\d][\w'’ªº.-]*(?:\s+(?!\d)[\w'’.-]+){0,3}?"
    rf"(?:,\s*|\s+)(?i:n[º°o.]?\s*|número\s+|nº\s*)?\d{{1,5}}(?:/\d{{1,4}}|/?\s?[A-Za-z]\b)?(?!\w|[.:]\d)(?!\s(?i:{COUNTED})(?!\w)){UNIT}{_TOWN}"
)
_RUSSIAN_FLAT = r"(?:[,/]?\s*(?i:к(?:орп)?\.?|стр\.?|кв\.?|квартира|подъезд|этаж)\s*\d+)*"
RUSSIAN = re.compile(
    r"(?<!\w)(?:\d{6},?\s*)?(?:(?:г\.\s?)?[А-ЯЁ][а-яё-]+,?\s+)?(?:(?i:ул\.?|улица|улице|пр-?к?т\.?|просп\.|проспект[е]?|пер\.?|переул[а-я]+|шоссе|наб\.?|набережн[а-я]+|бульвар[е]?|б-р|площад[ьи]|пл\.|проезд[е]?)|пр\.(?=\s*[А-ЯЁ]))(?:(?<=\.)|(?!\w))\s*[А-ЯЁа-яё][\w-]*(?:\s+[А-ЯЁ][\w-]+){0,2},?\s*(?i:д\.?|дом)?\s*\d{1,4}(?!\d)(?:\s?(?!к\.?\s?\d)[а-лн-я](?!\w)|м(?!\w))?"
    rf"(?!\s?{COUNTED}(?!\w)){_RUSSIAN_FLAT}"
)
#: The name first: "Невский проспект 28".
RUSSIAN_NAME_FIRST = re.compile(
    rf"(?<!\w)(?i:(?<!-)(?!(?:общ|жил|полезн)[а-яё]+\s+площад)[а-яё-]{{3,24}}(?:ий|ый|ой|ая|яя|ое|ом|ской)\s+(?:проспекте?|пр-?к?те?|улица|улице|ул|переулок|переулке|бульваре?|шоссе|набережная|набережной|площадь|площади))\.?,?\s+(?i:д\.?|дом)?\s*\d{{1,4}}(?:\s?(?!к\.?\s?\d)[а-лн-я](?!\w)|м(?!\w))?(?!\w|\s?{COUNTED}(?!\w)){_RUSSIAN_FLAT}"
)
#: Who names the address and then gives it, or says where they live.
_GIVES = (
    r"(?<!\w)(?<!ip[ -])(?<!mail[ -])(?<!mac[ -])(?<!web[ -])(?<!webov[aá] )(?<!mailov[aá] )(?<!btc )(?<!eth )(?<!wallet )"
    r"(?:address?|adresse?|anschrift|direcci[oó]n|indirizzo|endere[cç]o|адрес|(?:huis|woon)?adres|adres[aău]|adres(?:im|imiz|ul)|adressen|адрес[ау])(?: mea| meu| mi)?\s*(?::|=|—|-|to\b|jest\b|je\b|este\b|är\b|це\b|is\b|ist\b|es\b|è|é\b|это\b)\s*"
)
_LIVES = r"(?<!\w)(?:mi direcci[oó]n|meine adresse|мой адрес|my address|живу (?:на|по)|мешкаю (?:на|по|за адресою)|(?:ik )?woon (?:op|aan|in)(?: de| het)?|mieszkam (?:na|przy)|bydl[ií]m (?:na|v)|locuiesc (?:pe|la|[iî]n)|stau pe|bor p[aå]|mijn adres|m[oó]j adres|moje adresa|adresa mea|min adress|adresim|моя адреса|vivo en|vivo in|abito in|moro n[ao]|wohne? (?:in der|am|im)|j['’]habite(?: au)?|(?:on|il|elle|nous) (?:habite|habitons)(?: au| rue)?|viv(?:imos|e|en) en|abit(?:iamo|a) in|moram?os? n[ao]|mora n[ao]|i live (?:at|on)|living at)\s+"
_NO_NAME = r"(?!(?:is|ist|es|è|это|dal|dall|desde|seit|since|from|depuis|im|in|с|со|до|от|у|mit|with|con|com|avec|für|por|per|for|около|until|bis|des|ab|und|and|или|or)\s)"
#: What has a number and is no street, also behind an article: "i live on floor 3", "vivo en la planta 3", "address: see page 3".
_NO_STREET = (
    r"(?!(?:(?:the|our|der|dem|den|la|el|il|lo|le|o|a)\s)?(?:floor|level|room|page|house|haus|zimmer|stock|etage|ebene|raum|seite|этаж[еа]?|комнат[еаы]|доме?|странице?"
    r"|casa|andar|quarto|piso|planta|habitaci[oó]n|cuarto|p[aá]gina|piano|stanza|camera|chambre|[ée]tage|maison|verdieping|kamer|bladzijde|pi[eę]trze|pokoju|stron[aey]|stronie|hotelu|hotell?|osiedlu|pat[rř]e|pokoji|stran[aěy]|etajul|v[aå]ning(?:en)?|rum|sidan?|rad|sayfa|kat|oda|поверсі|кімнаті|сторінк[аиу]|vedi|siehe|see|ver|voir|v[ée]ase|смотри|см)\s)"
)
_WORD = rf"{_NO_NAME}[^\W\d_][\w'’.-]+"
_NUMBER_LAST = rf"(?:(?:ул\w*|ul\.?|ulic[aey]|str(?:ada)?|вул(?:иця|иці)?)\.?\s+)?{_NO_NAME}{_NO_STREET}[^\W\d_][\w'’.-]{{2,}}(?:\s+{_WORD}){{0,2}},?\s+(?:n[º°o.]?\s*|д\.?\s*)?\d{{1,5}}(?:/?\s?[a-zа-я](?!\w))?(?!\w){UNIT}(?:,?\s+\d{{4,6}}(?:\s+{_WORD})?|,\s+{_WORD})?"
_NUMBER_FIRST = rf"\d{{1,5}}[a-z]?,?\s+(?!(?:{COUNTED}|eggs|items|points|things|people|pages|bytes)(?!\w)){_WORD}(?:\s+{_WORD}){{0,2}}{UNIT}(?:,\s+{_WORD})?"
_ENDS = r"(?=\s*(?:$|[,.;!?)\n]))"
#: Behind such words a name and a house number are an address where nothing goes on: "ленина 5", "serrano 45, 2 B".
SAID = (
    re.compile(rf"{_GIVES}({_NUMBER_LAST}|{_NUMBER_FIRST}){_ENDS}", re.I),
    re.compile(rf"{_LIVES}({_NUMBER_LAST}){_ENDS}", re.I),
)
#: The same at one place: where a turn of phrase that gives an address has ended.
_NO_HOUSE = (
    r"(?!(?:(?:the|der|dem|den)\s)?(?:(?:next |this |last )?(?:mon|tues?|wednes|thurs?|fri|satur|sun)(?:day)?|(?:mon|diens|donners|frei|sams|sonn)tag|mittwoch|half|gate|exit|platform|terminal|area|zone|section|sector|hall|studio|station|stage|bus|tram|line|table|bay|dock|pier|track|stop|row|seat|group|team"
    r"|gleis|linie|tisch|halle|ausgang|bahn|buslinie|reihe|platz|gruppe|zone|bereich|sektor|abschnitt|bühne|гейт|выход\w*|платформ\w*|пут[ьи]|автобус\w*|маршрутк\w*|стол\w*|ряд\w*|мест\w*|зон\w*|сектор\w*|в|к|через|после)\s)"
)
GIVEN = re.compile(rf"[:\s]\s*({_NO_HOUSE}{_NUMBER_LAST}){_ENDS}", re.I)

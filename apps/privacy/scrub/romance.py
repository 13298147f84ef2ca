"""How people speak of secrets in Spanish, French, Portuguese and Italian: families of words, put together from nouns, verbs and
what stands between them. Data for `cues`, `answers` and `detectors.romance`; accents may be left out. Pure."""

from __future__ import annotations

import re

_BARE = {"á": "a", "à": "a", "â": "a", "ã": "a", "é": "e", "è": "e", "ê": "e", "í": "i", "ì": "i", "ó": "o", "ò": "o", "ô": "o", "õ": "o", "ú": "u", "ù": "u", "û": "u", "ü": "u", "ç": "c", "ñ": "n"}  # fmt: skip


def loosely(pattern: str) -> str:
    """The pattern with every accent optional, both apostrophes, and `\\w` for letters alone, which RE2 reads as Python does."""
    out, inside = [], False
    for sign in pattern.replace(r"\w", "\0"):
        inside = sign == "[" or (inside and sign != "]")
        some = "'’" if sign == "'" else "a-zà-ÿ" if sign == "\0" else sign + _BARE.get(sign, "")
        out.append(some if inside or len(some) == 1 else f"[{some}]")
    return "".join(out)


#: What joins two nouns: "de la", "du", "della", "pelo", "para el"; ends with its blank.
DE = r"(?:(?:del?|du|des|di|d[ao]s?|dei|degli|n[ao]|para|pra|pa|pour|per|por|pel[ao]|sur|su|sulla|nel|nella|en|in|au|à|al|alla|allo|della|dello|sullo) |(?:d|dell|all|nell|sull)')"
#: Whose it is, or which.
DET = r"(?:(?:el|la|los|las|lo|mi|tu|su|mis|tus|nuestr[oa]|vuestr[oa]|un|una|le|les|mon|ma|ton|ta|son|sa|notre|votre|il|gli|i|(?:il |la )?(?:mi[oa]|tu[oa]|su[oa]|nostr[oa]|vostr[oa])|un[oa]?|o|a|os|as|(?:o |a )?(?:meu|minha|teu|tua|seu|sua|nosso|nossa|vosso|vossa)|quel|quella|ese|esa|este|esta|cette|ce) |l')?"
_OF = rf"{DE}{DET}(?:[a-z]{{3,12}} )?"
#: What numbers open.
DOOR = (
    r"(?:puertas?(?: de (?:abajo|arriba|la calle|entrada))?|portal|porter[oi]a|portero|telefonillo|edificio|garajes?|cochera|estacionamiento|parking|trastero|verja|cancela|reja|port[oó]n|alarma|candado|caj[ai](?:ta)?(?: fuerte| de llaves| de las llaves)?|llaves|taquilla|casillero|lavandería|vestuario|gimnasio|gym|piscina|ascensor|bici|moto|maleta|apartamento|airbnb|depto|piso|casa|entrada|oficina|abajo|arriba|bloque|finca|bóveda|torniquete"
    r"|porte(?: d'en bas| d'entrée| de l'immeuble)?|en bas|bas|immeuble|hall|entrée|portail|portillon|interphone|digicode|garage|cave|ascenseur|cadenas|antivol|coffre(?:-fort)?|boîte à clés?|boîte|casier|vestiaire|local(?: vélos?| poubelles?)?|barrière|résidence|bâtiment|alarme|valise|bureau|appart|appartement|gîte|laverie|salle"
    r"|portone|porta(?: di sotto| di casa| d'ingresso)?|sotto|giù|citofono|cancello|cancelletto|ingresso|palazzo|condominio|box|cantina|ascensore|lucchetto|cassaforte|cassetta(?: delle chiavi)?|chiavi|armadietto|palestra|sbarra|antifurto|allarme|valigia|ufficio|appartamento|scala|tastierino"
    r"|porta (?:de baixo|da rua|de entrada|do prédio|da frente)|prédio|portão|portaria|garagem|arrecadação|elevador|cadeado|cofre|caixinha|cofre das chaves|chaves|cacifo|armário|academia|ginásio|condomínio|alarme|mala|escritório|apê|lá (?:de|em) baixo|baixo|interfone|fechadura|catraca)"
)
#: What has a PIN of its own.
CARD = (
    r"(?:tarjeta|cajero|visa|móvil|teléfono|celular|cel|tablet|sim|pantalla|banco|reloj"
    r"|carte(?: bleue| bancaire| sim)?|cb|téléphone|tel|portable|tablette|écran|distributeur|dab"
    r"|carta|bancomat|telefono|cellulare|scheda(?: sim)?|postepay|tessera|schermo"
    r"|cartão|multibanco|mb|telemóvel|tlm|ecrã|tela|caixa(?: eletrônico)?|débito|crédito)"
)
#: What has a password.
SERVICE = (
    r"(?:wi-?fi|güifi|red|internet|correo|e?-?mails?|gmail|hotmail|outlook|cuenta|netflix|spotify|hbo|disney|prime|amazon|steam|ordenador|compu(?:tadora)?|portátil|laptop|pc|mac|ipad|tablet|tele|tv|nube|drive|dropbox|icloud|router|módem|modem|servidor|facebook|face|insta(?:gram)?|twitter|perfil|zoom|vpn|intranet|página|web|plataforma|campus|moodle|ps[n45]|xbox|play"
    r"|box|livebox|freebox|réseau|boîte mail|messagerie|mails|compte|ordi(?:nateur)?|tablette|télé|serveur|site|espace client|ent|cloud|nas|dazn"
    r"|rete|posta|casella|account|computer|portatile|fisso|sito|profilo|registro|area clienti|televisore"
    r"|rede|conta|computador|notebook|televisão|nuvem|servidor|site|globoplay|roteador|portal das finanças)"
)
#: To get into something that has a password.
ENTER = (
    r"(?:entr(?:a|as|o|ar|amos|áis|en|e|es|é|i|iamo|are|ate|ei|er|ez)|acced(?:e|es|er|o|emos|i|ere|iamo|ez)|accèdes?|aced(?:e|es|er|o)|acess(?:a|as|ar|o|e)|con[eé]ct(?:a|as|o|ar|arse|arme|arte|ate|amos|aros)|métete|met(?:o|es|er|erse|erte|erme|emos)|inici(?:a|as|o|ar|e)|logu?e(?:o|as|ar|arte|arme|arse|ate)|log(?:o|as|ar|a|gare|gati|gho|ghi)|ingres(?:a|as|o|ar)|engancho|engancharse"
    r"|connect(?:e|es|er|ez|é)|rentr(?:e|es|er|ez)|vas?|aller|ouvr(?:e|es|ir)|déverrouill(?:e|es|er)|allum(?:e|es|er)"
    r"|conne(?:tto|tti|tte|ttere|ttersi|ttermi|tterti|ttiti|ttiamo)|colleg(?:o|hi|a|ati|are|arsi|armi|arti|hiamo)|attacc(?:o|hi|a|are|arsi|armi)|apr(?:o|i|e|ire)|sblocc(?:o|hi|a|are)"
    r"|lig(?:o|as|a|ar|ar-me|ar-te)|conect(?:o|as|a|ar)|abr(?:o|es|e|ir)|desbloque(?:o|as|a|ar|ia|ias|io))"
)
#: To put in a number.
TYPE = (
    r"(?:prueb(?:a|as|o)|essa(?:ie|ies|yer|yez)|prov(?:a|i|o|are|ate)|experiment(?:a|as|ar)|tent(?:a|e|es|as|ar)|marc(?:a|as|o|ar|amos|ad|que)|tecle(?:a|as|o|ar|e|ia)|puls(?:a|as|o|ar|e)|introdu(?:ce|ces|zco|cir|zir|z|zo|zes)|ingres(?:a|as|o|ar)|met(?:e|es|o|er|emos)|pon(?:e|es|go|er|emos|ga)?|toc(?:a|as|o|ar)|apriet(?:a|as|o)|aprietas|escrib(?:e|es|o|ir)|dig(?:ita|itas|ito|itar|ite)"
    r"|tap(?:e|es|er|ez|é)|compos(?:e|es|er|ez)|fai(?:s|re|tes)|met(?:s|tre|tez)|entr(?:e|es|er|ez)|saisi(?:s|r|ssez)|appui(?:e|es)|appuyer"
    r"|digit(?:o|i|a|are|iamo|ate)|prem(?:o|i|ere|iamo|e)|schiacci(?:o|a|are)?|compon(?:go|i|ere|iamo)|inser(?:isco|isci|ire|isce)|met(?:to|ti|tere|tiamo)|fa(?:i|re|ccio)|batt(?:o|i|ere)"
    r"|p(?:õe|ões|onho|õr|or|ôr)|aper(?:ta|tas|to|tar|te)|carreg(?:a|as|o|ar)|colo(?:ca|cas|co|car|que)|insir[ao]|inser(?:e|es|ir))"
)
#: Whom the number of a code is from, or how it came.
_CODE = r"(?:códigos?|codes?|codici|codice|clave|contraseña|numerito|senha|chiave)"
_CAME = (
    r"que (?:(?:te|me|le|nos|os|lhe|t'|tu|j'|on|vc|você|eu|ti|mi) ?)?(?:acab(?:a|an|am|ou) de )?(?:han? |ha |as |ai |a |ont |m'ont |t'ont |avez |è |hanno )?(?:lleg\w{1,4}|cheg\w{1,4}|envi\w{1,5}|mand\w{1,5}|sali\w{1,3}|sale|receb\w{1,4}|recib\w{1,4}|reçu|arriv\w{1,5}|envoyé|ricevut[oi])"
    r"|che (?:(?:ti|mi|vi|ci) )?(?:è|hanno|hai|ho) (?:appena )?(?:arrivat[oa]|mandat[oa]|inviat[oa]|ricevut[oa])"
)
_SENT = (
    rf"{_CAME}"
    r"|(?:temporal|temporário|temporaneo|temporaire|único|unique|à usage unique|de un solo uso|usa e getta|de uso único|recibido|recebido|reçu|ricevuto|arrivato)"
    rf"|(?:de|à|a|di|com|con) (?:4|5|6|8|cuatro|cinco|seis|ocho|quatre|six|huit|quattro|sei|otto|quatro|oito) (?:cifras?|d[ií]gitos|números|numeritos|chiffres|cifre|numeri)"
    rf"|{_OF}(?:sms|mensaje|mensagem|messaggio|message|texto|whatsapp|whats|zap|telegram|mail|e-?mail|correo|banco|banque|banca|bizum|app|appli|autenticador|authenticator|google|paypal|instagram|insta|facebook|amazon|paquete|colis|pacco|encomenda|relais|retrait|ritiro|levantamento|recogida|entrega|entrada|activación|validation|vérif(?:ication)?|verificación|verificação|verifica|sécurité|2fa)"
)
_KEYS = r"(?:keys?|claves?|llaves?|códigos?|palabras?|frases?|codes?|clés?|clefs?|mots?|phrase|codic[ei]|chiav[ei]|parole|chaves?|palavras|serial|licencia|licence|licenza|licença|número|numéro|numero|seriale|token|pin)"
_SECRET_OF = r"(?:recuperación|recuperação|recupero|récupération|récup|respaldo|backup|back-?up|emergencia|emergência|emergenza|secours|rescate|resgate|restauración|restauração|ripristino|restauration|reserva|riserva|licencia|licença|licenza|licence|producto|produto|prodotto|produit|activación|ativação|attivazione|activation|juego|jogo|gioco|jeu|windows|office|steam|serie|série|software|programa|logiciel|programma|antivirus|regalo|presente|cadeau|2fa|autenticador|authenticator|bitlocker)"
_BACK = (
    r"(?:detrás|atrás|dorso|reverso|reversa|vuelta|parte (?:de atrás|trasera|de trás)|dos|verso|revers|derrière|arrière|dietro|retro|trás|costas|traseira)"
    r" (?:de |de la |de l'|du |della |alla |do |da |sul |sulla )?(?:la |ma |ta |sa |mi |tu |su |mia |tua |meu |teu |seu |esa |cette |una |un )?(?:tarjeta|visa|carte(?: bleue)?|cb|carta|cartão|mastercard)"
)
_THREE = r"(?:(?:3|tres|trois|tre|três|4|cuatro|quatre|quattro|quatro) (?:últimos |ultim[ei] |derniers |dernières )?(?:números|numeritos|dígitos|cifras|chiffres|cifre|numeri|numerini|números|algarismos|numerozinhos))"
_BOOK = r"(?:localizador|localisateur|referencia|referência|référence|réf|ref|número|numéro|num|n°|nº|código|code|codice|numero|riferimento|clave|confirmación|confirmation|conferma|dossier)"
_BOOKED = r"(?:reserva|reservación|réservation|résa|resa|prenotazione|vuelo|vol|volo|voo|billetes?|billets?|biglietto|bilhetes?|boletos?|passagem|pasajes?|tren|train|treno|comboio|trem|hotel|hôtel|check-?in|embarque|imbarco|embarquement|confirmación|confirmação|conferma|confirmation|airbnb|booking|dossier|voyage|viaje|viagem|viaggio|bus|ferry|coche|auto|voiture|carro)"
_NUM = r"(?:números?|numéros?|numeros?|num|n°|nº|n\.º|nro\.?|nr\.?|no\.)"

#: What has arrived, the back of a card, cars, journeys and payments: what is told there is known by its form.
GOT = r"(?:(?:me|nos|te) (?:acaba de llegar|ha llegado|han mandado|han enviado|llegó|mandaron|manda|mandan|salió|sale)|j'ai (?:bien )?reçu|on m'a envoyé|m'a envoyé|ça m'a donné|reçu|recebi|chegou(?:-me)?|mandaram(?:-me)?|veio|me mandaram|(?:mi|ci) (?:è arrivato|ha mandato|hanno mandato|è appena arrivato|dà)|ho ricevuto|affiche|aparece(?:-me)?|mi esce|appare|esce|antes de que caduque)"
BACKS = r"detrás|atrás|por atrás|dorso|reverso|dos|derrière|verso|dietro|retro|(?:los |les |gli |os )?(?:3|tres|trois|tre|três) (?:últimos|derniers|ultimi)|(?:últimos|derniers|ultimi) (?:3|tres|tre|trois|três)"
CARS = r"(?:coche|carro|auto|furgo(?:neta)?|moto|camioneta|voiture|bagnole|caisse|camionnette|clio|macchina|furgone|panda|punto|seat|golf|polo|fiat|renault|peugeot|citroën|ford|opel|toyota|carrinha|mota|ibiza|dacia|bmw|audi|vw|taxi|uber|aparqué|aparcado|estacion\w{1,3}|garé|parcheggiat[oa]|estacionei|alquiler|blablacar)"
TRAVEL = r"(?:vuelo|vol|volo|voo|tren|train|treno|comboio|trem|hotel|hôtel|check-?in|billetes?|billets?|biglietto|bilhete|ave|sncf|tgv|renfe|ryanair|vueling|airbnb|booking|embarque)"
TRANSFER = r"(?:ingrésal[oa]|ingresa(?:me)?l?[oa]?|deposita(?:l[oa])?|transfier\w{1,4}|transferencia|transferência|virement|vire|bonifico|versa\w{0,4}|transfere|depósito)"

_LISTS: dict[str, str] = {
    "password": (
        rf"(?:clave|contra|contraseña|senha|chiave|mdp|mot de passe|palavra-?passe|pass|passe|code|código|codice) {_OF}{SERVICE}|contra|passe|palavra-?chave|passwords?|mots? d'passe|pswd?|contraseñita|claves|senhazinha|codes? (?:du |de |d')?wi-?fi|clé (?:du |de la |de )?(?:wi-?fi|box|sécurité)|clé wi-?fi|clé wpa"
    ),
    "pin": (
        rf"(?:códigos?|codes?|codici|codice|clave|combinación|combinaison|combinazione|combinação|combi|número|numéro|numerito|numero|pin|contraseña|senha|segredo|chiffres?) {_OF}{DOOR}|{_CODE} {_OF}{CARD}|(?:código|clave|número|code|codice|numero|senha) (?:secret[oa]|confidentiel|segret[oa]|personal|personnel|personale|pessoal|de desbloqueo|de déverrouillage|di sblocco|de desbloqueio|de bloqueo|pin)"
        r"|(?:número|código|code|codice|clave) (?:para|pour|per|pra) (?:sacar|retirer|prelevare|levantar|desbloquear|déverrouiller|sbloccare)|combinación|combinaison|combinazione|combinação|patrón de desbloqueo|bancomat|digicode|code d'en bas|numeritos de la puerta|código de abajo"
    ),
    "code": rf"{_CODE} (?:{_SENT})|(?:números?|numéros?|numer[oi]|chiffres) (?:{_CAME}|{_OF}(?:sms|mensaje|mensagem|messaggio|message|texto|whatsapp))|(?:sms|mensaje|mensagem|messaggio|message|texto) (?:dice|pone|dit|diz|c'est|donne|dá|dá-me|riporta|me da|es|è|é)|códigos? (?:de |por )?sms|otp|token(?: del banco| da banca| do banco)?",
    "cvv": rf"{_BACK}|{_THREE} (?:de |del |du |da |do |au |à l'|sul |sulla |no |na |di |en el |en la )?(?:la |el |le )?(?:detrás|atrás|dorso|reverso|parte de atrás|dos|derrière|arrière|verso|dietro|retro|trás|costas)|(?:código|número|clave|code|codice|numero|cod\.) (?:de |di )?(?:seguridad|sécurité|sicurezza|segurança) (?:de |della |do |de la |da )(?:mi |tu |ma |ta |mia |tua |meu |teu |la )?(?:tarjeta|carte|cb|carta|cartão)|(?:código|code|codice|cod\.) (?:de |di )(?:seguridad|sécurité|sicurezza|segurança)|cvc|(?:le|ton|mon|son) crypto|cryptogramme|crypto visuel|código (?:cvv|cvc)|codice (?:cvv|cvc)",
    "secret": rf"{_KEYS} (?:para|pour|per|pra) (?:recuper\w{1, 4}|récupérer|restaurar|ripristinare|activar|ativar|attivare|activer)|(?:activ(?:a|ar|as|o)|active[rsz]?|attiv(?:a|are|i|o)|ativ(?:a|ar|as|o)) {DET}(?:windows|office|juego|jogo|gioco|jeu|steam|antivirus|photoshop|programa)|{_KEYS} (?:{_OF})?{_SECRET_OF}|seriale|{_KEYS} (?:maestra|serial|produit|licence|recovery|backup|semilla|seed)|(?:tarjeta|carte|carta|cartão|bono|vale|buono|bon|chèque)(?:-| )?(?:de )?(?:regalo|cadeau|presente|achat)|gift ?card|(?:licencia|licence|licença|licenza|serial|cdkey|keygen)|(?:codici|códigos|codes) (?:2fa|backup)",
    "id": (
        rf"d\.n\.i\.?|n\.i\.[ef]\.?|carn[eé]t? de identidad|cédula(?: de (?:identidad|ciudadanía))?|{_NUM} {_OF}(?:identidad|identificación|documento|seguridad social|afiliación|cédula|contribuyente|sécu|sécurité sociale|identité|identità|codice fiscale|tessera sanitaria|contribuinte|utente|identificação|segurança social|bi|cc|segurado)|rfc|cuil|cuit|nss|nuss|documento (?:de identidad|d'identità|de identificação)|seguro social|fiscal|hacienda"
        r"|sécu|numéro (?:fiscal|national|insee|de sécu)|cni|carte (?:vitale|nationale d'identité|d'identité)|pièce d'identité|identifiant fiscal|registre national|avs|c\.f\.|cf|tessera sanitaria|partita iva|p\.? ?iva|contribuinte|niss|cartão (?:de|do) cidadão|identidade|título de eleitor|pis|cnpj|c\.p\.f\.?|documento"
    ),
    "passport": r"pasaportes?|passeports?|passaport[oei]s?|pasaprote",
    "licence": r"carn[eé]t?(?: de (?:conducir|manejar|moto|coche))?|licencia(?: de (?:conducir|manejar|conductor))?|permiso de (?:conducir|conducción)|registro de conducir|permis(?: b| moto| de conduire)?|patente(?: b| di guida)?|carta(?: de condução)|habilitação|carteira(?: nacional)? de (?:motorista|habilitação)",
    "bank": rf"{_NUM} {_OF}(?:cuenta|compte|conto|conta|banco|banque)|cuentas?(?: corriente| de ahorros| bancaria| del banco)?|comptes?(?: bancaire| courant| chèques?)?|conto(?: corrente| bancario)?|c/c|contas?(?: corrente| bancária| poupança| à ordem)?|nib|cvu|cbu|clabe|agência|agencia|oficina|sucursal|filiale|coordinate bancarie|coordonnées bancaires|le (?:mie|tue|sue) coordinate|ccp|livret|libreta",
    "birthdate": r"nac(?:í|iste|ió|io|imos|ieron|er|ido|ida|imiento)|cumple(?:s|años|añitos)?|cumplo|f\. ?nac\.?|fecha de nac\.?|naissance|né(?:es?|s)?(?: le| un)|anniv(?:ersaire)?s?|date de naiss\.?|nat[oaie]|nascita|nacque|compleann[oi]|(?:compi[eo]?|fa|faccio|fai) gli anni|nasc(?:i|eu|este|emos|eram|er|ido|ida|imento)|aniversários?|niver|(?:faz|fazes|faço|fazem|fiz|fez) (?:os )?anos|d\. ?nasc\.?|soy del?|je suis du|sou d[eo]|vino al mundo|vio la luz|venue? au monde|venut[oa] al mondo|veio ao mundo|(?:ella|él|elle|lei|lui|ela|ele) (?:es|est|è|é) (?:del?|du)|data de nasc\.?",
    "address": r"viv(?:o|es|e|imos|en|ir|íamos) en|(?:estoy|estamos|me mudé|nos mudamos|mudé) (?:a|en)|dirección|direccion|(?:on|il|elle|nous|ils|tu) (?:habite|habites|habitons|habitent|vit|loge)|j'habite|je (?:vis|loge)|on est au|adresse|abit(?:o|i|a|iamo|ano) (?:in|a)|viv(?:o|i|e|iamo|ono) in|stiamo in|stai in|indirizzo|mor(?:o|as|a|amos|am) (?:na|no|em)|viv(?:o|es|e|emos) n[ao]|ficam?os? n[ao]|fica n[ao]|endereço|morada|domicilio|domicile|residencia|residência",
    "postcode": r"c\.p\.|cód\.? postal|código postal|code postal|codepostal|c\.a\.p\.|codice postale|cep|c\.e\.p\.|cod\.? postal",
    "phone": (
        r"(?:me|nos|le|te|lo|la|os) (?:encuentr|localiz|ubic|contact|pill|llam|marc|escrib)\w{1,4}(?: (?:en|al|por))?|márcame|llám\w{2,6}|llamad?me|llamar(?:me)?|escríb[ea]\w{0,3}|guasap\w*|wasap\w*|whats|wpp|telf?\.?|tlfn?o?\.?|tfno\.?|fijo|núm\.?|nº|mi cel|mi fono|teléfonos?|móviles"
        r"|joign\w{2,5}|joindre|rappel\w{1,4}|appel(?:le|er|ez|es)\w{0,3}|fixe|numéro|num|mon phone|tél\.?|téléphone|bipe|sonne-moi|(?:mon|ton|son|nouveau|votre|le) 0[67]|écri(?:s|re)(?:-moi)?|envoie(?:-moi)? un (?:sms|message) au"
        r"|(?:mi|ci|lo|la) (?:trov|rintracc|raggiung|contatt|chiam|becch)\w{1,4}|richiam\w{1,4}|scriv(?:imi|etemi|i|ici)|chiamare|telefona\w{0,3}|fisso|cell|cellulare|telefono"
        r"|telemóvel|telem|tlm|contacto|contato|lig(?:a|as|ue|uem|ar|a-me|o)|fone|celular|falar comigo|me (?:encontr|ach|lig|cham)\w{1,4}|encontr\w{1,3}-me|apanh\w{1,3}-me|fixo"
    ),
    "handle": r"(?:sígu|búsc|agrég|añád|encuéntr)[ae]n?(?:me|nos|l[oae])|(?:suis|ajoute|cherche|retrouve|trouve)-(?:moi|le|la)|(?:segui|aggiungi|cerca|trova)(?:mi|ci|l[oa])|(?:segue|adiciona|procura|encontra)-(?:me|[oa])|me (?:segue|adiciona|acha|procura)|usuari[oa]s?|perfil|nick|pseudos?|utente|nome de usuário|@|arroba|tik ?tok|snap|insta|ig|redes|threads|bluesky|mastodon|twitch|linkedin|bereal|fb|facebook|face",
    "booking": rf"{_BOOK} {_OF}{_BOOKED}|reservas?|reservación|réservations?|résa|prenotazion[ei]|localizador|pnr|référence|dossier|réf\.?|ref\.?|referencias?|referências?|riferimento",
    "plate": r"matrículas?|placas?|chapas?|dominio|plaques?|immat(?:riculation)?s?|targh?[ea]|immatriculée?s?|targat[oa]|matriculad[oa]|plaque d'immatriculation|patente del (?:auto|coche)",
    "lock": r"puerta de (?:abajo|la calle)|portero|cancela|reja|caj[ai](?:ta)? (?:de (?:las )?llaves|fuerte)|cajita|taquilla|casillero|torniquete|porte d'en bas|portillon|digicode|casier|boîte (?:à|a) clés?|barrière|portone|cancelletto|cassetta delle chiavi|armadietto|sbarra|tastierino|porta (?:de baixo|do prédio|di sotto)|caixinha das chaves|cofre das chaves|cacifo|catraca|cerradura|candadito",
    "entry": ENTER,
    "service": SERVICE,
    "told so": rf"{GOT}|{BACKS}|{CARS}|{TRAVEL}|{TRANSFER}",
    "keyed": TYPE,
    "held": rf"{CARD}|{DOOR}",
    "reached": r"(?:bizum|sms|texto|mb ?way|satispay|lydia|paylib|wero|whatsapp|guasap|mensaje|message|messaggio|mensagem|zap|pix|contacto|urgencias?|emergencia|urgence|emergenza|emergência|comigo|conmigo) (?:llama |fais |chiama |liga )?(?:al|au|le|para o|para|no|en el|sul|sur le|a|il)|(?:estou|tou|to|tô|estoy|ando|sigo|je suis|chui|on est|sono|sto|resto|fico) (?:ahora |agora |ora |adesso |por ahora |por agora |pour l'instant |per ora )?(?:no|na|en el|con el|au|avec le|al|con il|com o)",
}
#: Further names of kinds; those of no kind that `cues` has are what `detectors.romance` begins with.
NAMES = {kind: loosely(names) for kind, names in _LISTS.items()}

_HOW = r"(?:cómo|comment|come|como|de qué forma|qué hago para|faut faire quoi pour|cosa faccio per|o que faço para|por dónde|con qué|avec quoi|con cosa|com o quê|c'est quoi pour|qué clave|quoi pour)"
_WHAT = r"(?:qué|quoi|qu'est-ce qu[e']|cosa|che|o que|que|quel|quale|cuál|qual|quels|quali|cuáles|quais)"
_WHICH = r"(?:número|numéro|numero|numeri|chiffres|código|code|codice|tecla|touche|tasto|botón|combinación|combinaison|combinazione|combinação)"
_I = r"(?:é que|es que|es lo que|je dois|tu|on|je|j'|devo|dobbiamo|bisogna|tengo que|hay que|debo|é preciso|es preciso|tenemos que|faut|il faut|fallait|si deve|tenho que|tenho de|preciso|eu|se|si|me|mi|ci|io|a gente)"
_WHERE = r"(?:dónde|donde|adónde|a dónde|où|dove|onde|aonde|para onde|pra onde|a qué (?:dirección|calle|sitio)|en qué calle|à quelle adresse|quelle adresse|a che indirizzo|a quale indirizzo|que morada|em que (?:morada|rua)|qual (?:a )?morada)"
_GOES = r"(?:va|vai|mand\w{1,3}|envi\w{1,4}|env[ií]\w{1,3}|spedi\w{1,4}|envoi\w{1,3}|livr\w{1,3}|entreg\w{1,4}|llev\w{1,3}|vives?|vivís|vive|vivi|habit\w{1,4}|abit\w{1,4}|mor\w{1,3}|vens?|viens|vieni|vengo|voy|vou|vais|vado|dépos\w{1,3}|recoj\w|recog\w{1,3}|paso|passo|passe|busco|quedamos|fica|queda|está|stai|sta|retrouv\w{1,3}|se trouve|pos\w|livrer|manda|déposer)"
_PLATFORM = r"(?:insta(?:gram)?|ig|tik ?tok|snap(?:chat)?|twitter|x|telegram|discord|facebook|face|fb|twitch|steam|psn|threads|bereal|redes|la play|vinted|strava|linkedin|skype)"
_NAMED = r"(?:aparec\w{1,2}|sales|salís|figur\w{1,2}|llam\w{1,3}|busc\w{1,3}|encuentr\w|agreg\w{1,3}|añad\w{1,3}|sig[ou]\w?|eres|appell\w{1,3}|trouv\w{1,3}|cherch\w{1,3}|ajout\w{1,3}|suis|chiam\w{1,3}|trov\w{1,3}|cerc\w{1,3}|aggiung\w{1,3}|segu\w{1,3}|cham\w{1,3}|ach\w{1,3}|encontr\w{1,3}|procur\w{1,3}|adicion\w{1,3}|és|sei|pseudo|nick|user|usuario|utente)"
_ASKS = {
    "password": [
        rf"{_HOW} (?:{_I} ?){{0,3}}(?:faço (?:para|pra) (?:me )?|fais pour (?:me )?|faccio (?:ad?|per) |hago para |puedo |posso |peux |podemos )?{ENTER}.{{0,30}}[ ']{SERVICE}",
        rf"{_WHAT} (?:{_I} ?){{0,3}}{TYPE}.{{0,30}}[ ']{SERVICE}",
        rf"{SERVICE}.{{0,30}} {_HOW} (?:{_I} ?){{0,3}}{ENTER}",
    ],
    "pin": [
        rf"{_HOW} .{{0,20}}(?:desbloque|déverrouill|débloqu|sblocc)\w{{1,3}}|(?:desbloque|déverrouill|débloqu|sblocc)\w{{1,3}} (?:cómo|comment|come|como)",
        r"(?:qué|quel|quelle|che|que|quoi|quale|qual) .{0,20}(?:saco|sacar|retire|retirer|prelevo|prelevare|levanto|levantar)",
        rf"{_HOW} (?:{_I} ?){{0,3}}(?:subo|monte|salgo|entro|entre|entra)",
        rf"{_HOW} (?:{_I} ?){{0,3}}(?:faço para |fais pour |faccio (?:ad?|per) |hago para |puedo |posso |peux )?(?:tolg\w|togl\w{{1,3}}|coup\w{{1,2}}|déverrouill\w{{1,2}}|arm\w{{1,2}}|abr\w{{1,3}}|entr\w{{1,3}}|ouvr\w{{1,3}}|rentr\w{{1,3}}|sub\w{{1,2}}|apr\w{{1,3}}|quit\w{{1,2}}|desactiv\w{{1,3}}|désactiv\w{{1,2}}|disattiv\w{{1,3}}|desativ\w{{1,2}}|apag\w{{1,3}}|spegn\w{{1,3}}|éteins|éteindre|deslig\w{{1,2}}|desbloque\w{{1,3}}|débloqu\w{{1,2}}|sblocc\w{{1,3}}|acced\w{{1,3}}|monte|salgo|salire).{{0,30}}(?:[ '](?:{DOOR}|{CARD})| (?:chez|a casa|en tu|em tua|na tua) [a-z]{{1,8}})",
        rf"{_WHAT} (?:{_WHICH} )?(?:{_I} ?){{0,3}}{TYPE}.{{0,30}}[ ']{DOOR}",
        rf"{TYPE} (?:quoi|qué|cosa|o quê|quel code|quale)(?: .{{0,30}}[ ']{DOOR})?",
        rf"[ ']{DOOR}.{{0,30}} {_WHAT} (?:{_WHICH} )?(?:{_I} ?){{0,3}}{TYPE}",
        rf"{_WHAT} (?:{_I} ?){{0,3}}(?:marc\w{{1,2}}|tecle\w{{1,2}}|puls\w{{1,2}}|digit\w{{1,3}}|tape|taper|prem\w{{1,3}}|schiaccio|aperto)",
        rf"(?:cajero|distributeur|bancomat|multibanco|caixa eletrônico|datáfono|tpv|pos|maquininha).{{0,40}} {_WHAT} .{{2,30}}",
    ],
    "code": [
        r"(?:números?|numeritos|chiffres|numeri|numéros?) (?:del?|du|do|da|di) (?:mensaje|sms|message|texto|mensagem|messaggio)|(?:números?|chiffres|numeri) dell'sms",
        rf"{_WHAT} (?:número |numéro |numero )?(?:{_I} ?){{0,2}}(?:pone|dice|dit|diz|te ha llegado|te llegó|t'as reçu|tu as reçu|hai ricevuto|ti (?:è|hanno) (?:arrivat[oa]|mandato)|chegou|recebeste|mandaram|mandaron).{{0,30}}(?:sms|mensaje|mensagem|messaggio|message|texto|móvil|telemóvel|cell|tel|telefone|celular|app)",
        r"(?:te|t'|ti|vos|os|me) ?(?:ha |as |è |a |hanno )?(?:llegado|llegó|reçu|arrivat[oa]|chegou|enviado|mandado).{0,20}(?:sms|mensaje|código|code|codice|messaggio|message|mensagem)",
        r"(?:chegou|llegó|recebeste|recebeu|recibiste).{0,20}(?:sms|mensaje|código|mensagem)",
        r"(?:mensagem|sms|mensaje|messaggio|message|texto).{0,15}(?:dit quoi|diz o quê|dice cosa|dice qué|qué pone|qué dice|cosa dice|o que diz)",
    ],
    "cvv": [r"(?:tres|trois|tre|três|3) .{0,14}(?:reverso|detrás|atrás|trás|dos|derrière|dietro|retro|verso)", rf"(?:falta|faltan|faltam-me|manque|mancano|manca) .{{0,6}}{_THREE}", rf"{_WHAT} .{{0,30}}(?:{_BACK}|detrás|atrás|dorso|reverso|au dos|derrière|au verso|dietro|retro|no verso)", r"(?:y a|il y a|c'est|dice|c'è|diz) (?:quoi|cosa|o quê|qué) (?:au dos|derrière|dietro|sul retro|atrás|detrás)", rf"{_WHAT} (?:son|sont|sono|são|eran|est|é) .{{0,12}}{_THREE}"],
    "birthdate": [
        r"(?:cuándo|quando|quand|qué día|que día|que dia|em que dia|en qué (?:día|año|fecha)|quel jour|en quelle année|che giorno|in che (?:giorno|anno)|em que (?:ano|data)|de qué año|de quand|de quelle année|di che anno|de que ano).{0,14} ?(?:naciste|nació|nacisteis|cumples?|es tu cumple|née?|es née?|nat[oa]|compi|compie|fai gli anni|fazes anos|faz anos|fazem anos|nasceste|nasceu|fazes|fais ton anniv|ton anniv|anniversaire|eres|sei|és|você faz)",
        r"(?:t'es|tu es|vous êtes|il est|elle est) née? (?:quand|quel jour|en quelle|le combien)",
        r"(?:tu es|t'es|eres|sei|és|es) (?:de quelle année|de qué año|di che anno|de que ano|de quand|de cuándo)",
        r"quando (?:.{0,12} )?(?:fazes|faz|fazem) (?:os )?anos|(?:quanti|cuántos|quantos) anni? (?:compi|fai)|(?:fazes|faz) anos (?:quando|em que dia)",
    ],
    "address": [
        rf"{_WHERE} (?:(?:te|le|lo|la|me|se|ti|vi|lo|o|a|que|est-ce que|é que|je|on|tu|vous|t'|c'|eu|vc|você|exactamente|de|mando|che|il|per|.{{1,8}}) ?){{0,3}}{_GOES}",
        rf"(?:il |elle |tu |ça |on |vous |je )?{_GOES} (?:où|adónde|a dónde|dove|onde|para onde|pra onde)",
        r"(?:repartidor|mensajero|livreur|corriere|carteiro|estafeta|coursier|uber|taxi|taxista|glovo|paquete|colis|pacco|encomenda|regalo|cadeau|postal|carta|invitación|faire-part|convite|invito).{0,30}(?:dirección|calle|adresse|indirizzo|endereço|morada|número|numéro|adónde|dónde|où|dove|onde)",
    ],
    "phone": [
        r"(?:cómo|comment|come|como|dónde|où|dove|por onde|a qué|à quel|quel|a che|que|por dónde).{0,16} (?:te|t'|ti|vos|vous|la|le|lo|li|os) ?(?:llamo|localizo|contacto|ubico|encuentro|pillo|appelle|joins|joindre|appeler|contacte|contatto|chiamo|trovo|rintraccio|raggiungo|ligo|contacto|apanho|encontro)",
        r"(?:je|on) (?:te|t'|vous|la|le|l') ?(?:joins?|appelle|contacte|rappelle).{0,10}(?:où|comment|quel|quoi)",
    ],
    "bank": [
        r"(?:dónde|a dónde|où|dove|para onde|pra onde|onde|cómo|comment|come|como|a qué|sur quoi|su cosa).{0,12} (?:ingreso|ingresamos|transfiero|transfiro|deposito|rembourse|vire|verse|bonifico|bonifichiamo|verso|mando (?:el dinero|i soldi|o dinheiro)|envoie (?:l'argent|les sous)|hago (?:el ingreso|la transferencia)|fais le virement|faccio il bonifico|faço (?:o pix|a transferência|o depósito)|devuelvo|pago|paie|pague)",
        r"je te (?:rembourse|vire|verse|paie|fais le virement).{0,10}(?:où|comment|sur)",
    ],
    "username": [
        rf"{_NAMED} (?:cómo|comment|come|como).{{0,15}} {_PLATFORM}",
        rf"(?:cómo|comment|come|como|quién|qui|chi|quem).{{0,16}} {_NAMED}.{{0,20}}[ ']{_PLATFORM}",
        rf"{_PLATFORM}.{{0,20}} (?:cómo|comment|come|como|quién|chi|quem) (?:.{{0,8}} )?{_NAMED}",
        rf"(?:tu )?t'appelles comment.{{0,20}} {_PLATFORM}|t'es qui sur {_PLATFORM}|{_WHAT} (?:es|est|è|é) (?:.{{0,8}} )?(?:pseudo|nick|user|usuario|utente|nome|nombre|arroba|perfil|@).{{0,20}}(?:{_PLATFORM})?",
        rf"(?:tu|ton|il tuo|o teu|teu|seu|me pasas tu|c'est quoi ton|passe ton|qual o teu|dammi il tuo) {_PLATFORM}",
    ],
    "plate": [r"(?:coche|auto|voiture|macchina|carro|carrinha|moto|furgo|camion).{0,30}(?:matrícula|placas?|patente|plaque|immat|targa|chapa)"],
}  # fmt: skip
#: Questions that name no kind, or none alone: patterns by kind. Those for a door may be answered with any code.
ASKS = {kind: tuple(map(loosely, some)) for kind, some in _ASKS.items()}

_MEMORY = (
    r"si (?:no )?(?:me (?:equivoco|acuerdo|falla la memoria|engaño)|mal no recuerdo|no recuerdo mal|recuerdo)(?: bien| mal)?|(?:si |que )?(?:yo )?(?:creo|diría)(?: yo| que sí| vaya)?|me parece|me suena|o eso creo|eso creo|o algo así|o por ahí|(?:casi )?segur[oa](?: del todo)?|fijo"
    r"|si (?:je )?(?:me |j'ai bonne )?(?:souviens|mémoire|rappelle)(?: bien)?|si je (?:me souviens|me rappelle|ne me trompe|me trompe)(?: bien| pas)?|sauf erreur(?: de ma part)?|je (?:crois|pense)(?: bien)?|il me semble|j'crois|de mémoire|à vérifier|un truc comme ça|normalement|j'espère"
    r"|se (?:ben |bem )?(?:me |mi )?(?:lembro|ricordo|recordo|não me engano|não estou em erro|non sbaglio|non erro|non ricordo male)(?: bene| bem| giusto)?|(?:mi pare|mi sembra|credo|penso|direi)(?: di sì| io)?|o giù di lì|a memoria|dovrebbe essere"
    r"|(?:eu )?(?:acho|penso|julgo|creio)(?: eu| que sim)?|salvo erro|de cabeça|de memoria|de memória|ou assim|ou algo assim|deve ser|tenho quase a certeza|quase certeza"
)
_REMARK = (
    r"todo junto|todo en (?:mayúsculas|minúsculas)|en (?:mayúsculas|minúsculas)|sin espacios?|con mayúscula|tal cual|como siempre|el de siempre|la de siempre|no (?:se )?lo (?:digas|compartas|pierdas)(?: a nadie)?|guárdal[oa]|apunta|anota|apúntal[oa]|vale|ok(?:ay|i)?|eh|venga|de nada|toma|ya está|ahí (?:va|lo tienes|tienes)|prueba(?: a ver)?|a ver si (?:va|funciona)|avisa|me dices|besos?|abrazo|listo|dale|gracias|creo que ese|ese es|ese|esa es|suerte|por"
    r"|tout attaché|tout en (?:majuscules|minuscules)|en (?:majuscules|minuscules)|sans espaces?|comme d'hab(?:itude)?|comme toujours|toujours le même|garde(?:-le)? pour toi|note(?:-le)?|voilà|de rien|tiens|dis-moi si ça marche|ça devrait (?:le faire|marcher)|bisous?|courage|hein|essaie|merci"
    r"|tutto (?:attaccato|maiuscolo|minuscolo|unito)|in maiuscolo|senza spazi|come (?:sempre|al solito)|sempre quello|non dirlo a nessuno|segnatelo|segna|prego|ecco|prova(?: un po')?|fammi sapere|baci(?:oni)?|grazie|dai|va bene|tieni|mi raccomando"
    r"|tudo (?:junto|pegado|em maiúsculas|minúsculo|maiúsculo)|em maiúsculas|sem espaços?|o de sempre|a de sempre|como sempre|não (?:digas|conta|mostra) a ninguém|anota(?: aí)?|guarda|de nada|toma|tá(?: bom)?|beijos?|bjs?|abraço|vê se (?:dá|funciona)|experimenta|tenta|valeu|obrigad[oa]|força|pronto"
)
_LAUGHS = r"(?:ja|je|ji|ah|ha|he|hi|rs|k){2,8}[ajsk]?|xd+|lol|mdr|ptdr|kk+|rsrs|[:;=8x]['^o-]{0,2}[)(dp*3/|]{1,4}|<3+|\^\^|;\)|[\U0001F300-\U0001FAFF\u2600-\u27BF\ufe0f\u200d]{1,6}"
#: What stands behind a bare answer and says nothing more.
TAIL = re.compile(
    rf"(?:[\s,.;!…(–—-]+(?:pero |mais |mas |ma |y |et |e )?(?:(?:{loosely(_MEMORY)}|{loosely(_REMARK)})(?!\w)|{_LAUGHS})){{1,3}}[\s.,;!…)]*\Z",
    re.I,
)
#: Words with which something is asked for.
ASKING = loosely(
    r"(?:me|nos|te|mi|ci|lhe|il me|ça me|on me) (?:pide|piden|demande|demandent|chiede|chiedono|pede|pedem|serve|sirve|hace falta|faut|passas?|pasas?|dices?|das?|recuerdas?|files?|donnes?|dis|dai|dici|passi|ricordi|manda|mandas?)|ils (?:demandent|veulent)|il (?:demande|veut)|tá pedindo|está a pedir|pide|piden|pede|pedem|chiede|chiedono|vuole|vogliono|quiere|quieren|hace falta|il faut|falta|serve|mi serve|precisam?o?s?|diz-me|passa-me|manda-me|dá-me|dime|dinos|dis-moi|passe-moi|file-moi|passami|mandami|te acuerdas|tu te souviens|ti ricordi|lembras-te|lembra|sabes|tu sais|sai|guardaste|apuntaste|t'as noté|as-tu|hai (?:salvato|segnato)|tens|tenéis|tienen|avete|vous avez|teníamos|había|avait|avevamo|era|olvid\w{1,4}|no me acuerdo|j'ai (?:oublié|perdu|plus)|je (?:ne )?(?:me souviens|retrouve|sais|trouve) (?:plus|pas)|ho (?:dimenticato|perso)|non (?:mi ricordo|ricordo|so|trovo)|esqueci(?:-me)?|não (?:me lembro|sei|acho)|no (?:sé|encuentro|tengo)|oye|oi|coucou|redonn\w{1,3}|redis|renvoi\w{1,3}|rimand\w{1,3}|ridimmi|(?:outra|otra) vez|podes|puoi|puedes|podrías|podéis|tu peux|peux-tu|pode|pede-me|pedem-me|faltam?-me|faltan?|il (?:me )?manque|(?:mi )?manca(?:no)?|com'è|cos'è|estoy (?:en|abajo|aquí)|je suis (?:en bas|devant|à)|sono (?:sotto|giù|al|davanti)|estou (?:cá )?(?:em baixo|na|no|aqui)"
)
#: What stands before one.
LEAD = loosely(
    r"a ver|mira|anda|ten|aquí (?:tienes|va|está)|ahí (?:va|tienes)|va|vale|dale|pues (?:es|mira|creo que)|me suena(?: que es)?|tendría que ser|era(?: el| la)?|es (?:este|esta|el|la)|la de siempre|el de siempre|te l[oa] paso|apunta|anota|pon|marca|creo que (?:es|era)|bueno|uf"
    r"|c'était|normalement(?: c'est)?|je pense(?: que)?(?: c'est)?|il me semble(?: que c'est)?|ben|bah|bon|ouep|tape|mets|tu (?:tapes|mets|fais)|note|je crois (?:que )?c'est|attends(?: voir)?|alors c'est|donc"
    r"|ecco(?:lo|la|ti)?|tieni|dunque|mi (?:pare|sembra)(?: sia)?|penso(?: sia)?|dovrebbe(?: essere)?|credo (?:sia|che sia)|metti|fai|digita|segna|allora è|guarda|eccoti"
    r"|olha|aqui (?:tens|está|vai|ó)|acho que (?:é|era)|penso que(?: é)?|deve(?: ser)?|pera|espera|então(?: é)?|tá|põe|anota(?: aí)?|então|bom|ora|hmm|deixa ver"
)

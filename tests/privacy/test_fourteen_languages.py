"""What secrets are called in fourteen languages: said in a sentence, or asked for and answered in the next turn."""

from __future__ import annotations

import pytest

from apps.privacy.scrub import conversation, engine
from apps.privacy.scrub.conversation import Line

#: Each with its value: a password, a PIN, a code, a date of birth, an address or an account.
SAID = {
    "en": [("my password is Sunny77x", "Sunny77x"), ("my pin is 4821", "4821"), ("the verification code is 482913", "482913"), ("my date of birth is 12 May 1990", "12 May 1990"), ("my account number is 12345678", "12345678")],
    "ru": [("мой пароль Солнце77", "Солнце77"), ("мой пин 4821", "4821"), ("код подтверждения 482913", "482913"), ("дата рождения 12 мая 1990", "12 мая 1990"), ("мой адрес: Ленина 5", "Ленина 5")],
    "de": [("mein Passwort ist Sonne77x", "Sonne77x"), ("meine pin ist 4821", "4821"), ("der Bestätigungscode ist 482913", "482913"), ("Geburtsdatum: 12. Mai 1990", "12. Mai 1990"), ("Kontonummer 12345678", "12345678")],
    "es": [("mi contraseña es sol77xy", "sol77xy"), ("mi pin es 4821", "4821"), ("el código de verificación es 482913", "482913"), ("fecha de nacimiento: 12 mayo 1990", "12 mayo 1990"), ("número de cuenta 12345678", "12345678")],
    "fr": [("mon mot de passe est soleil77", "soleil77"), ("mon code pin est 4821", "4821"), ("le code de vérification est 482913", "482913"), ("date de naissance : 12 mai 1990", "12 mai 1990"), ("numéro de compte 12345678", "12345678")],
    "pt": [("a minha senha é sol77xy", "sol77xy"), ("o meu pin é 4821", "4821"), ("o código de verificação é 482913", "482913"), ("data de nascimento 12 maio 1990", "12 maio 1990"), ("conta corrente 12345678", "12345678")],
    "it": [("la mia password è sole77xy", "sole77xy"), ("il mio pin è 4821", "4821"), ("il codice di verifica è 482913", "482913"), ("data di nascita 12 maggio 1990", "12 maggio 1990"), ("numero di conto 12345678", "12345678")],
    "nl": [
        ("mijn wachtwoord is zonnetje", "zonnetje"), ("wachtwoord voor de wifi is Zon77xy", "Zon77xy"), ("mijn pincode is 4821", "4821"), ("deurcode 7305", "7305"), ("de verificatiecode is 482913", "482913"), ("je beveiligingscode: 482913", "482913"), ("cvv 123", "123"),
        ("geboortedatum 12 mei 1990", "12 mei 1990"), ("rekeningnummer 12345678", "12345678"), ("mijn adres is Kerkweg 5", "Kerkweg 5"), ("paspoort NX1234567", "NX1234567"), ("kenteken 12-ABC-3", "12-ABC-3"), ("postcode 1012 AB", "1012 AB"), ("mijn nummer: 06 12345678", "06 12345678"),
    ],
    "pl": [
        ("moje hasło to sloneczko", "sloneczko"), ("haslo do wifi: Slonce77", "Slonce77"), ("mój pin to 4821", "4821"), ("kod do bramy 7305", "7305"), ("kod weryfikacyjny to 482913", "482913"), ("podaję kod z sms-a 482913", "482913"), ("trzy cyfry z tyłu 123", "123"),
        ("data urodzenia: 12 maja 1990", "12 maja 1990"), ("urodziłem się 12.05.1990", "12.05.1990"), ("nr konta 61109010140000071219812874", "61109010140000071219812874"), ("mój adres to ul. Kwiatowa 5", "Kwiatowa 5"), ("numer dowodu ABC123456", "ABC123456"), ("tablica WA 12345", "WA 12345"),
        ("kod pocztowy 00-950", "00-950"), ("mój numer to 601 234 567", "601 234 567"),
    ],
    "cs": [
        ("heslo je slunicko", "slunicko"), ("heslo na wifi je slunicko", "slunicko"), ("můj pin je 4821", "4821"), ("kód od brány 7305", "7305"), ("ověřovací kód je 482913", "482913"), ("overovaci kod je 482913", "482913"), ("tři čísla zezadu jsou 123", "123"),
        ("datum narození: 12. května 1990", "12. května 1990"), ("číslo účtu 123456789/0100", "123456789/0100"), ("účet 19-2000145399/0800", "19-2000145399/0800"), ("cislo uctu je 123456789", "123456789"), ("moje adresa je Lipová 5", "Lipová 5"), ("číslo občanky 123456789", "123456789"), ("číslo pasu 39123456", "39123456"),
        ("spz 1A2 3456", "1A2 3456"), ("psč 110 00", "110 00"), ("moje číslo je 601 234 567", "601 234 567"),
    ],
    "ro": [
        ("parola mea este floricica", "floricica"), ("parola este floricica", "floricica"), ("parola de la wifi e Soare77x", "Soare77x"), ("pinul meu este 4821", "4821"), ("codul de la interfon e 7305", "7305"), ("codul de verificare este 482913", "482913"), ("cele trei cifre de pe spate 123", "123"), ("data nașterii: 12 mai 1990", "12 mai 1990"),
        ("sunt nascuta pe 12.05.1990", "12.05.1990"), ("contul meu 12345678", "12345678"), ("adresa mea este Strada Florilor 5", "Florilor 5"), ("pașaport 051234567", "051234567"), ("buletin RX 123456", "RX 123456"), ("număr de înmatriculare B 123 ABC", "B 123 ABC"), ("cod poștal 010101", "010101"),
        ("numărul meu de telefon e 0722 123 456", "0722 123 456"),
    ],
    "sv": [
        ("lösenordet är solsken", "solsken"), ("losenordet ar solsken", "solsken"), ("min pinkod är 4821", "4821"), ("portkoden är 7305", "7305"), ("koden är 482913", "482913"), ("bekräftelsekoden 482913", "482913"), ("säkerhetskoden är 4829", "4829"), ("födelsedatum 12 maj 1990", "12 maj 1990"),
        ("kontonumret är 12345678", "12345678"), ("min adress: Storgatan 5", "Storgatan 5"), ("passnummer AB1234567", "AB1234567"), ("regnumret är ABC 123", "ABC 123"), ("postnumret är 114 55", "114 55"), ("mitt mobilnummer: 070 123 45 67", "070 123 45 67"),
    ],
    "tr": [
        ("şifrem Gunes77x", "Gunes77x"), ("sifre: gunesim", "gunesim"), ("pinim 4821", "4821"), ("kapının şifresi 7305", "7305"), ("kart şifrem 4821", "4821"), ("doğrulama kodun 482913", "482913"), ("onay kodu 482913", "482913"), ("güvenlik kodu 4829", "4829"), ("doğum tarihim 12 mayıs 1990", "12 mayıs 1990"),
        ("hesap numaram 12345678", "12345678"), ("adresim: Lale Sokak 5", "Lale Sokak 5"), ("pasaportum U12345678", "U12345678"), ("plakam 34 ABC 123", "34 ABC 123"), ("posta kodu 34000", "34000"), ("telefonum 0532 123 45 67", "0532 123 45 67"),
    ],
    "uk": [
        ("пароль це сонечко", "сонечко"), ("мій пароль Сонце77", "Сонце77"), ("мій пін 4821", "4821"), ("код від домофона 7305", "7305"), ("код підтвердження 482913", "482913"), ("коду 482913 досить", "482913"), ("три цифри ззаду 123", "123"), ("дата народження: 12 травня 1990", "12 травня 1990"),
        ("номер рахунку 12345678", "12345678"), ("моя адреса: Садова 5", "Садова 5"), ("посвідчення особи 123456789", "123456789"), ("номер машини АА 1234 ВВ", "АА 1234 ВВ"), ("індекс 01001", "01001"), ("мій номер 067 123 45 67", "067 123 45 67"),
    ],
}  # fmt: skip
#: Questions for a password, a PIN, a code, and what they are answered with.
ASKED = {
    "en": [("what's the password?", "sunshine77"), ("what's your pin?", "4821"), ("what's the code?", "482913")],
    "ru": [("какой пароль?", "солнышко77"), ("какой пин?", "4821"), ("какой код?", "482913")],
    "de": [("wie ist das passwort?", "sonne77xy"), ("wie ist die pin?", "4821"), ("wie ist der code?", "482913")],
    "es": [("cuál es la contraseña?", "sol77xy"), ("cuál es el pin?", "4821"), ("cuál es el código?", "482913")],
    "fr": [("c'est quoi le mot de passe ?", "soleil77"), ("c'est quoi ton pin ?", "4821"), ("c'est quoi le code ?", "482913")],
    "pt": [("qual é a senha?", "sol77xy"), ("qual é o pin?", "4821"), ("qual é o código?", "482913")],
    "it": [("qual è la password?", "sole77xy"), ("qual è il pin?", "4821"), ("qual è il codice?", "482913")],
    "nl": [("wat is het wachtwoord?", "zonnetje"), ("stuur het wachtwoord even", "zonnetje77"), ("wat is je pincode?", "4821"), ("wat is de code?", "482913"), ("beveiligingscode?", "482913"), ("waar woon je?", "Kerkweg 5"), ("kenteken?", "12-ABC-3")],
    "pl": [("jakie jest hasło?", "sloneczko"), ("podaj haslo", "slonce77"), ("jaki masz pin?", "4821"), ("jaki jest kod?", "482913"), ("podaj kod do bramy", "7305"), ("jaki masz adres?", "Kwiatowa 5"), ("numer dowodu?", "ABC123456"), ("kiedy masz urodziny?", "12 maja")],
    "cs": [("jaké je heslo?", "slunicko"), ("pošli heslo", "slunce77"), ("jaký máš pin?", "4821"), ("jaký je kód?", "482913"), ("jaky je kod?", "482913"), ("kde bydlíš?", "Lipová 5"), ("číslo účtu?", "123456789"), ("datum narození?", "12. 5. 1990"), ("spz?", "1A2 3456")],
    "ro": [("care e parola?", "soare77"), ("care e parolă de la wifi?", "floricica"), ("care e pinul?", "4821"), ("care e codul?", "482913"), ("ce cod ai primit?", "482913"), ("unde stai?", "Florilor 5"), ("când ești născut?", "12 mai 1990"), ("pașaport?", "051234567")],
    "sv": [("vad är lösenordet?", "solsken"), ("skicka lösenordet", "solsken77"), ("vad är din pinkod?", "4821"), ("vad är koden?", "482913"), ("portkoden?", "7305"), ("var bor du?", "Storgatan 5"), ("födelsedatum?", "12 maj 1990"), ("min pinkod är", "4821")],
    "tr": [("şifre ne?", "gunesim"), ("sifreyi gönder", "gunes77"), ("pinin ne?", "4821"), ("kodun ne?", "482913"), ("kapı kodu?", "7305"), ("adresin ne?", "Lale Sokak 5"), ("doğum tarihin?", "12 mayıs 1990"), ("plakan?", "34 ABC 123")],
    "uk": [("який пароль?", "сонечко"), ("надішли пароль", "сонце77"), ("який пін?", "4821"), ("який код?", "482913"), ("код від домофона?", "7305"), ("де ти живеш?", "Садова 5"), ("рахунок?", "12345678"), ("дата народження?", "12 травня 1990")],
}  # fmt: skip
INNOCENT = {
    "nl": ["het wachtwoord is verkeerd", "adres van de film uit 2004", "de streepcode 12345678 werkt", "foutcode 4042 weer", "pin 1200 euro", "de code is 1200 regels", "we zien je om 10:30 bij de code", "het wachtwoord je krijgt het morgen"],
    "pl": ["hasło jest złe", "kod błędu 4042", "kod da Vinci 2006", "kod kreskowy 12345678", "kod źródłowy z 2019", "pin kosztował 1200 zł", "kod ma 1200 linijek", "kod o 10:30", "adres strony: str 5", "konto 123456 zł"],
    "cs": ["heslo je špatné", "chybový kód 4042", "čárový kód 12345678", "účet 123456 Kč", "kód má 1200 řádků", "pin za 1200 korun", "kód v 10:30", "webová adresa: strana 5", "to číslo je 12", "heslo je někde v mailu", "bydlím na pokoji 12"],
    "ro": ["parola este greșită", "codul de eroare 4042", "codul lui da vinci 2006", "codul de bare 12345678", "cod war 1976", "contul 123456 lei", "codul are 1200 minute", "codul la 10:30", "cod 1200 kg", "codul rutier 2019", "locuiesc la etajul 3", "parola este prea scurtă"],
    "sv": ["lösenordet är fel", "felkoden 4042", "streckkoden 12345678", "koden är 1200 rader", "konto 123456 kr", "koden kl 10:30", "källkoden från 2019", "jag är född och bor i 3 rum", "lösen 1234 delar", "koden på rad 1234", "bor på hotell 3", "lösenordet är för kort"],
    "tr": ["şifre yanlış", "hata kodu 4042", "tahmin 1234", "da vinci şifresi 2006", "kodu 1200 satır", "hesap 1200 tl", "kodun saati 10:30", "web adresi: sayfa 5", "alan kodu 0212", "plak 1200 lira"],
    "uk": ["пароль неправильний", "код помилки 4042", "код да вінчі 2006", "код на 1200 рядків", "рахунок 123456 грн", "код о 10:30", "код на 2019 рік", "рахунок 2:1 о 19:45", "піниться 1200 разів"],
    "elsewhere": ["mot de passe je vais le changer", "la contraseña este finde la cambio", "the cod weighs 1200 grams", "cod 4821 caught", "let me add 4821 to it", "he has no parole 1234", "pas 123456789", "lösen kann das 1234", "la parola este"],
}  # fmt: skip
UNANSWERED = {
    "nl": [("wat is het wachtwoord?", "vergeten"), ("wat is het wachtwoord?", "geen idee, vraag mama"), ("wat kost de code?", "1200 keer"), ("pincode?", "1500 euro"), ("wat is het webadres?", "pagina 12")],
    "pl": [("jakie jest hasło?", "zapomniałem"), ("jakie jest hasło?", "nie wiem"), ("jaki kod?", "1200 zł"), ("ile ma kod?", "1200 linijek"), ("jaki jest adres strony?", "strona 12"), ("kod błędu?", "4042")],
    "cs": [("jaké je heslo?", "nevím"), ("jaké je heslo?", "později"), ("jaký pin?", "1200 Kč"), ("chybový kód?", "4042"), ("v kolik ten kód?", "10:30"), ("jaká je adresa webu?", "strana 12")],
    "ro": [("parolă?", "habar"), ("care e parola?", "nu stiu"), ("codul?", "1200 lei"), ("codul de eroare?", "4042"), ("când e codul?", "10:30"), ("come stai?", "12 persone a casa")],
    "sv": [("vad är lösenordet?", "glömt"), ("vad är lösenordet?", "vet inte"), ("koden?", "1200 kr"), ("felkoden?", "4042"), ("när kommer koden?", "10:30"), ("hur lång är koden?", "1200 rader")],
    "tr": [("şifre ne?", "bilmiyorum"), ("şifre ne?", "unuttum"), ("kod?", "1200 tl"), ("hata kodu?", "4042"), ("kodu kaçta?", "10:30"), ("web adresi ne?", "sayfa 12"), ("tahmin?", "1234")],
    "uk": [("який пароль?", "забув"), ("який пароль?", "не знаю"), ("який код?", "1200 грн"), ("код помилки?", "4042"), ("коли код?", "10:30"), ("яка адреса сайту?", "сторінка 12")],
}  # fmt: skip


def _all(table: dict) -> list:  # type: ignore[type-arg]
    return [pytest.param(row, id=f"{code}-{n}") for code, rows in table.items() for n, row in enumerate(rows)]


def _scrubbed(*texts: str) -> list[str]:
    lines = [Line("bea" if n % 2 == 0 else "ann", 10.0 * n, text) for n, text in enumerate(texts)]
    return [result.text for result in conversation.scrub(lines)]


@pytest.mark.parametrize("row", _all(SAID))
def test_what_is_said_beside_its_name_goes(row: tuple[str, str]) -> None:
    text, value = row
    assert value in text
    result = engine.scrub(text).text
    assert value not in result
    assert "[" in result, "the rest of the message stays"
    assert not any(map(str.isdigit, result)), "no part of it stays"


@pytest.mark.parametrize("row", _all(ASKED))
def test_the_bare_answer_to_a_question_goes(row: tuple[str, str]) -> None:
    question, answer = row
    after = _scrubbed(question) + _scrubbed("", answer)[1:]
    assert after == [question, engine.scrub(answer).text]
    first, second = _scrubbed(question, answer) if not question.endswith("är") else _own(question, answer)
    assert first == question
    assert answer not in second


def _own(begun: str, rest: str) -> list[str]:
    return [result.text for result in conversation.scrub([Line("ann", 0.0, begun), Line("ann", 10.0, rest)])]


@pytest.mark.parametrize("text", _all(INNOCENT))
def test_an_innocent_sentence_stays(text: str) -> None:
    assert engine.scrub(text).text == text


@pytest.mark.parametrize("row", _all(UNANSWERED))
def test_an_innocent_answer_stays(row: tuple[str, str]) -> None:
    assert _scrubbed(*row) == list(row)

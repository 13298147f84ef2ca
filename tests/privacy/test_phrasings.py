"""Secrets as people speak of them: locks, codes before their names, logins in one breath, digits as words, and what only sounds so."""

from __future__ import annotations

import re
import unicodedata
from typing import Literal

import pytest
from mnemonic import Mnemonic

from apps.privacy.scrub import conversation, cues
from apps.privacy.scrub.conversation import Line
from apps.privacy.scrub.displays import parts
from apps.privacy.scrub.engine import find, scrub
from apps.privacy.scrub.names import Names, Pair
from apps.privacy.scrub.types import View

CODES = """
G-730196 is your Google verification code > G-730196
730196 is your Instagram code. Don't share it > 730196
73 01 96 is your Lyft code > 73 01 96
730196 ist Ihr Sicherheitscode für die Anmeldung > 730196
730196 est votre code de confirmation > 730196
730196 — ваш код для входа > 730196
730196 es tu código de seguridad de Bizum > 730196
730196 é o seu código de acesso > 730196
730196 è il tuo codice di accesso > 730196
Use 730196 to verify your number > 730196
Verwende 730196 zum Einloggen > 730196
Ihre mTAN: 730196 > 730196
my authenticator says 519 630 > 519 630
the bank texted me 730196, quick > 730196
смс 730196 > 730196
security code is 731 > 731
"""
NETWORKS = """
the wifi's GrapeSoda55 btw > GrapeSoda55
wifi upstairs is PurpleRain88 > PurpleRain88
unser wlan heißt Gurkensalat5 > Gurkensalat5
le wifi c'est citronvert8 > citronvert8
el wifi de casa es naranja2019 > naranja2019
o wifi daqui é goiabada33 > goiabada33
il wifi ha limoncello61 > limoncello61
вайфай у нас borsch2024 > borsch2024
wpa2 key is qq7f-12kk-ppz0 > qq7f-12kk-ppz0
"""
LOCKS = """
the padlock is 4-7-1 > 4-7-1
shed lock 4-7-1-1 > 4-7-1-1
the hotel safe opens with 17-04-33 > 17-04-33
house alarm goes off with 8842 > 8842
press 8842 on the keypad > 8842
put 8842 into the keypad > 8842
das zahlenschloss: 4711 > 4711
der tresor geht mit 26 11 75 auf > 26 11 75
alarmanlage aus mit 8842 > 8842
замок открывается 4711 > 4711
замок на гараже 4711 > 4711
домофон 17К4711 > 17К4711
el candado de la bici es 4711 > 4711
la caja fuerte se abre con 261175 > 261175
le cadenas du vélo c'est 4711 > 4711
le coffre s'ouvre avec 261175 > 261175
o cadeado abre com 4711 > 4711
o alarme desliga com 8842 > 8842
il lucchetto della bici è 4711 > 4711
la cassaforte si apre con 261175 > 261175
het hangslot is 4711 > 4711
sejf otwiera się 4711 > 4711
my tablet unlocks with 3907 > 3907
zum entsperren vom tablet 3907 > 3907
débloque la tablette avec 3907 > 3907
desbloquea la tableta con 3907 > 3907
para desbloquear o tablet 3907 > 3907
il tablet lo sblocchi con 3907 > 3907
планшет разблокируешь 3907 > 3907
le code d'en bas c'est 40B27 > 40B27
"""
LOGINS = """
username tomw pw bluehorse > bluehorse
user: tomw, password: bluehorse > bluehorse
my login is tom.w / greenapple7 > greenapple7
mein zugang: tomw / Apfelmus21 > Apfelmus21
usuario tomw clave naranjita > naranjita
identifiant tomw mdp pommeverte > pommeverte
utente tomw password melaverde > melaverde
логин tomw пароль zhirafik > zhirafik
hulu: tomw@mail.example / greenapple7 > greenapple7
"""
WORDS = """
the password its periwinkle > periwinkle
password for the shed router is periwinkle > periwinkle
pass for the shared folder is giraffe88 > giraffe88
try periwinkle as the pw > periwinkle
nimm regenbogen als passwort > regenbogen
usa girasole come password > girasole
wi-fi password, all caps, GOLDENEYE > GOLDENEYE
passwort immer noch Pittiplatsch > Pittiplatsch
пароль babushkin > babushkin
passwort vom router steht drauf is glaub ich 51820463917723640018 > 51820463917723640018
the wifi password is maybe 5182046391 > 5182046391
"""
IN_WORDS = """
my pin is seven oh one nine > seven oh one nine
meine pin ist sieben null eins neun > sieben null eins neun
mi pin es siete cero uno nueve > siete cero uno nueve
mon code pin c'est sept zéro un neuf > sept zéro un neuf
il mio pin è sette zero uno nove > sette zero uno nove
meu pin é sete zero um nove > sete zero um nove
мой пин семь ноль один девять > семь ноль один девять
the code: five, five, one, six, two, two > five, five, one, six, two, two
"""
INNOCENT = """
my alarm is set to 0630 tomorrow
alarm at 0715
alarm is 1030 so chill
the alarm went off 1200 times
locks cost 3500 or so
the new bike lock was 120 euros
stay safe 2023 was rough
is it safe 4000 miles away
der tresor wiegt 1200 kg
das schloss 1871 gebaut
la alarma sonó a las 0730
alarme à 0645
il cancello è alto 2000 mm
o portão é de 2015
сейф весит 120 кг
домофон сломан с 2019
замок на велике стоит 3000
level 1200 unlocks the dragon
this unlocks at 5000 coins
unlock 2500 points first
desbloquea 1500 monedas
put 5000 in the safe
wifi is slow as hell
wifi has 500mbit now
my wifi is down since 10am
wlan hat 3 balken
use 5000 to sign up lol
they texted me 100 times
sms 2000 frei im tarif
crypto 420 lol
2048 is my favourite game code
account 24/7 support
my account / iphone backup
use this as the password
the password its not working anymore
password is still wrong
das passwort ist glaub ich falsch
the password is maybe wrong
one two three four let's go
he counted one two three four, then typed his pin
at 12 the street was empty
we were 4 on the road to nowhere
i have 3 more street tacos
mein pin-up kalender 2024
my pin tweet has 4800 likes
"""


def _told(table: str) -> list[tuple[str, str]]:
    return [(text, secret) for text, _, secret in (line.partition(" > ") for line in table.splitlines() if line)]


@pytest.mark.parametrize(("text", "secret"), _told(CODES + NETWORKS + LOCKS + LOGINS + WORDS + IN_WORDS))
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_what_is_given_away(text: str, secret: str, form: Literal["NFC", "NFD"]) -> None:
    text, secret = unicodedata.normalize(form, text), unicodedata.normalize(form, secret)
    result = scrub(text)
    assert secret in {mark.value for mark in result.marks}, result.text


#: What nothing joins to its name, and what is not named at all.
APART = """
4907 opens the shed behind the house > 4907
at the cash machine you will need 4907 > 4907
the key safe by the porch wants 4907 > 4907
our netflix is turnip_badger41 now > turnip_badger41
log in to the portal with turnip_badger41 > turnip_badger41
three small digits behind the visa are 604 > 604
Q8ZK3M is what the hotel booking says > Q8ZK3M
mit 4907 geht der spind auf > 4907
bei netflix kommst du mit rettich_dachs41 rein > rettich_dachs41
604 steht auf der rückseite der karte > 604
unser hotel führt uns unter Q8ZK3M > Q8ZK3M
meine steuernummer, falls du sie brauchst, 29 546 783 517 > 29 546 783 517
4907 и шкафчик откроется > 4907
в облако зайди с redis_barsuk41 > redis_barsuk41
604 на обороте карты > 604
отель забронирован, Q8ZK3M > Q8ZK3M
счёта номер вот такой 40817810099910004312 > 40817810099910004312
"""
#: The same words without a secret.
LOOK_ALIKES = """
4000 people opened the shed door app
i got 2000 out of the cash machine
my laptop has windows11 now
netflix released it in 2019
the gate opens at 0930
hotel was 1450 for the week
der automat hat nur 2000 ausgespuckt
unser laptop läuft mit windows11
die tür geht um 0930 auf
das hotel hat 1450 gekostet
снял 5000 в банкомате
ворота открывается в 0930
отель обошёлся в 14500
в облаке 2000 фото
"""


@pytest.mark.parametrize(("text", "secret"), _told(APART))
def test_what_nothing_joins_to_its_name(text: str, secret: str) -> None:
    assert secret in {mark.value for mark in scrub(text).marks}


@pytest.mark.parametrize("text", LOOK_ALIKES.strip().splitlines())
def test_the_same_words_without_a_secret(text: str) -> None:
    assert scrub(text).text == text


@pytest.mark.parametrize("text", INNOCENT.strip().splitlines())
def test_what_only_sounds_so(text: str) -> None:
    assert scrub(text).text == text


QUESTIONS = """
how do i turn off the alarm > 8842 then enter
was muss ich an der tür eintippen > 8842
what do i type in? > 8842#
qué marco en el portal > 8842
che cosa digito? > 8842
whats the combination for the padlock > 471
whats the passcode > 390716
passcode > 390716
last 3 digits on the back > 731
ur nr? > 07700 900456
how do we get through the lobby door > 4907 i think
im outside the garage, which digits > 4907 :)
how can i join your hotspot > turnip41badger, if i remember
wie kommen wir durch die schranke > 4907 glaub ich
wie komm ich auf euren router > rettich41dachs :)
unter welcher nummer erreiche ich oma > 0664 4907221
чем открыть калитку > 4907 вроде
как подключиться к вашему роутеру > redis41barsuk если не ошибаюсь
куда привезти диван > ленина 14
wie ist dein benutzername > tomwq
"""


@pytest.mark.parametrize(("question", "answer"), _told(QUESTIONS))
def test_questions_without_the_usual_names(question: str, answer: str) -> None:
    _, reply = conversation.scrub([Line("a", 0.0, question), Line("b", 9.0, answer)])
    assert re.sub(r"\W?(?:then|i think|:\)|,? if|glaub|вроде|если).*|#", "", answer).strip() not in reply.text


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("what bike lock did you get", "the kryptonite 2000"),
        ("what do i type in for my essay", "2000 words at least"),
        ("whats ur username", "haha nope"),
        ("insta?", "hahahaha"),
        ("how do we get through the lobby door", "ring the bell :)"),
        ("where does the sofa go", "home in 10"),
        ("wie kommen wir durch die schranke", "um 10 bin ich da"),
        ("чем открыть калитку", "ключом, если не путаю"),
        ("wie ist dein nutzername", "vergessen"),
        ("passwort", "kommt gleich"),
        ("is the alarm off", "yes since 2019 or so, ask ben"),
        ("can you open the safe?", "in 2500 years"),
    ],
)
def test_replies_that_give_nothing_away(question: str, answer: str) -> None:
    assert [one.text for one in conversation.scrub([Line("a", 0.0, question), Line("b", 9.0, answer)])] == [question, answer]


def test_an_accent_is_one_with_its_letter_however_it_is_written() -> None:
    text = unicodedata.normalize("NFD", "la contraseña é Café")
    view = View(text)
    assert view.plain == unicodedata.normalize("NFC", text) and "password" in cues.named(view.plain)
    start = view.plain.index("Café")
    first, last = view.original(start, start + 4)
    assert text[first:last] == unicodedata.normalize("NFD", "Café")
    assert View("x\u0334 1").plain == "x\u0334 1"  # no letter is both


def test_a_name_with_an_accent_apart_is_replaced_whole() -> None:
    display = parts("Jürgen Groß")
    names = Names([Pair(display.firsts[0], "Kasper", "first")], [("Jürgen",)])
    text = unicodedata.normalize("NFD", "frag Jürgen")
    view = View(text)
    assert [(text[f.start : f.end], f.instead) for f in map(view.back, names.find(view))] == [
        (unicodedata.normalize("NFD", "Jürgen"), "Kasper")
    ]


@pytest.mark.parametrize("bubbles", [2, 3])
@pytest.mark.parametrize("language", ["english", "french", "italian"])
def test_a_phrase_of_a_wallet_in_bubbles(language: str, bubbles: int) -> None:
    words = Mnemonic(language).to_mnemonic(bytes(range(16))).split()
    size = len(words) // bubbles
    said = [" ".join(words[at : at + size]) for at in range(0, len(words), size)]
    lines = [Line("a", 5.0 * n, text) for n, text in enumerate(said)]
    assert [one.text for one in conversation.scrub(lines)] == ["[seed]"] * bubbles
    others = [Line(n % 2, 5.0 * n, text) for n, text in enumerate(said)]
    assert [one.text for one in conversation.scrub(others)] == said
    late = [Line("a", 500.0 * n, text) for n, text in enumerate(said)]
    assert [one.text for one in conversation.scrub(late)] == said


def test_what_stands_before_and_after_a_phrase_in_bubbles_stays() -> None:
    words = Mnemonic("english").to_mnemonic(bytes(range(16))).split()
    lines = [Line("a", 0.0, f"my seed: {' '.join(words[:6])}"), Line("a", 9.0, f"{' '.join(words[6:])}\nhihi")]
    assert [one.text for one in conversation.scrub(lines)] == ["my seed: [seed]", "[seed]\nhihi"]


@pytest.mark.parametrize(
    "text", ["safe 1 lock is " * 700, "wifi de casa " * 800, "login a / b " * 800, "one two pin " * 800]
)
def test_long_texts_find_nothing_where_nothing_is(text: str) -> None:
    assert not [f for f in find(text) if f.kind in ("pin", "code", "password")]

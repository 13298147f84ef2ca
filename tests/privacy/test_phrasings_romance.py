"""Secrets in the ways of Spanish, French, Portuguese and Italian: told in either order, asked for without a name, answered with a hedge."""

from __future__ import annotations

import pytest

from apps.privacy.scrub import conversation
from apps.privacy.scrub.conversation import Line
from apps.privacy.scrub.engine import scrub

TOLD = """
para entrar en spotify pones Limonada82 > Limonada82
pour la tablette tu mets Chaussette41 > Chaussette41
o wifi cá de casa é Marmelada63 > Marmelada63
prova Ghirlanda59 per il wifi > Ghirlanda59
Girafe1874 c’est le nouveau mot de passe > Girafe1874
con 7305 se abre el candado > 7305
7305 para el portal > 7305
la carte de mamie c’est 7305 > 7305
al cancello digita 7305 > 7305
no prédio marcas 7305B > 7305B
tu tapes 7305 en bas > 7305
el codigo para abrir el trastero por la noche es 7305 > 7305
me ha llegado 730519 > 730519
j'ai reçu 730519 > 730519
detrás de la visa pone 731 > 731
derrière y a 731 > 731
no verso está 731 > 731
dietro c'è scritto 731 > 731
codigo de recuperacion por si acaso: QK7P-31XW > QK7P-31XW
la clé windows c'est 625wq-2oy2u > 625wq-2oy2u
06EH77847 c'est mon passeport > 06EH77847
una panda bianca, GD 831 DM > GD 831 DM
o carro é SP-73-DN > SP-73-DN
fai il bonifico su 554870993983 > 554870993983
el vuelo está a nombre de ana, K4T9PX > K4T9PX
mi hija nació el 14/05/2011 > 14/05/2011
estou no 912351896 > 912351896
mándame un bizum al 612 20 19 91 > 612 20 19 91
la foto è di lei, su instagram è mira.zanfen > mira.zanfen
"""
ASKED = """
cómo me conecto al wifi > Limonada82 si no me equivoco
comment on se connecte à la box > Chaussette41 il me semble
como é que ligo à vossa rede > Marmelada63 se bem me lembro
come si entra nel vostro wifi > Ghirlanda59 mi pare :)
se me olvidó la clave de spotify > Limonada82
qué tecleo en el telefonillo > K957L9
faut taper quoi pour la porte > 7305 comme d'hab
como desbloqueio o teu telemóvel > 7305
come tolgo l’allarme > 7305 credo
comment je monte > 7305
ti è arrivato il codice > 730519
qué pone en el reverso > 731
t'as toujours la clé de récup > EB86R-1SVK5-WKI62 sauf erreur
quando fazes anos > 19.07.1987
dónde te ingreso el dinero > 57128524487177299897
cómo te encuentro en instagram > itspavobelmar
"""
INNOCENT = """
el portal se abre a las 0730
la casa cuesta 250000 euros
marca 3 goles y entra en la historia
he llegado a 5000 pasos
me ha llegado un paquete de 12 kg
j'ai reçu 300 messages
derrière y a 120 voitures
sul retro dice made in 1987, bello
el coche de 2019 que vendimos
el vuelo IB3456 va con retraso
on est 12 en bas
la porte 12 est fermée
entra con tu cuenta de siempre
a senha está errada
contraseña incorrecta
tape 4 fois sur la porte
l'hotel costa 1200 euro
"""
REPLIES = [
    ("cómo entro en el edificio", "te abro yo"),
    ("comment je monte", "par l'escalier"),
    ("come entro nel vostro wifi", "chiedi a mia madre"),
    ("como ligo à vossa rede", "já te digo"),
    ("adónde va el paquete", "ni idea :)"),
    ("t'as reçu le code ?", "pas encore"),
]


def _rows(table: str) -> list[tuple[str, str]]:
    return [(text, secret) for text, _, secret in (line.partition(" > ") for line in table.splitlines() if line)]


@pytest.mark.parametrize(("text", "secret"), _rows(TOLD))
def test_what_is_given_away(text: str, secret: str) -> None:
    result = scrub(text)
    assert secret in {mark.value for mark in result.marks}, result.text


@pytest.mark.parametrize(("question", "answer"), _rows(ASKED))
def test_answers_to_questions_of_many_forms(question: str, answer: str) -> None:
    _, reply = conversation.scrub([Line("a", 0.0, question), Line("b", 9.0, answer)])
    assert answer.split(maxsplit=1)[0] not in reply.text


@pytest.mark.parametrize("text", INNOCENT.strip().splitlines())
def test_what_only_sounds_so(text: str) -> None:
    assert scrub(text).text == text


@pytest.mark.parametrize(("question", "answer"), REPLIES)
def test_replies_that_give_nothing_away(question: str, answer: str) -> None:
    assert [one.text for one in conversation.scrub([Line("a", 0.0, question), Line("b", 9.0, answer)])] == [question, answer]


@pytest.mark.parametrize(
    "start",
    ["código ", "con 1 ", "detrás de la ", "el coche ", "wifi de la ", "cómo entro ", "me llegó ", "si no me equivoco "],
)
def test_lines_that_begin_again_and_again_end(start: str) -> None:
    scrub((start * 240)[:230] + " 1234")
    conversation.scrub([Line("a", 0.0, "cómo entro en el wifi"), Line("b", 9.0, (start * 40)[:119])])

"""Addresses: whole ones, as people of several countries write them, and what only looks like one."""

from __future__ import annotations

import re
import time

import pytest

from apps.privacy.scrub import engine
from apps.privacy.scrub.types import Finding

WHOLE = [
    "Berliner Straße 12, 10115 Berlin", "Leipziger Str. 3", "Frankfurter Allee 12", "Lange Gasse 3", "berliner straße 12", "Potsdamer Platz 5", "Hamburger Ring 3", "trierer straße 5",
    "Lindenstr. 12a, 2. OG, Berlin", "Goethestraße 5, 3. Stock", "Unter den Linden 5", "Lindenweg 4", "Hofmannstr 7", "Am Markt 3",
    "12 rue des lilas", "12 rue du moulin", "12 rue des écoles 75005 Paris", "12 rue victor hugo", "14 rue saint michel", "3 avenue des champs elysees",
    "5 impasse des roses", "12 rue de l'église", "12 rue de la Paix, 75002 Paris",
    "12 Oak St Apt 4B, Brooklyn NY 11215", "12 Oak Street Apt 4B", "12 Oak Street #5", "12 Oak Street, Unit 5, Austin, TX 78701", "947 Branham Lane # C",
    "1600 Pennsylvania Ave NW, Washington, DC 20500", "350 5th Ave, New York, NY 10118", "261 North 2nd Street",
    "10 Downing Street London SW1A 2AA", "221b Baker Street, London NW1 6XE", "Flat 2, 45 High Street, Oxford OX1 4AA",
    "Calle Mayor 5, 2º B, 28013 Madrid", "C/ Alcalá, 45, 4º dcha", "Rua das Flores 123, apto 45, São Paulo", "Rua Augusta, 500 ap 12", "viale monza 12/b",
    "Невский проспект 28", "Невский пр-т, 28", "пр. Мира 101", "ул ленина д 5 кв 12", "Ленинская площадь 5 кв 12", "шоссе Энтузиастов 40 к 2",
]  # fmt: skip
SAID = [
    ("адрес: Ленина 5, кв 12", "адрес: [address]"), ("живу на ленина 5, кв 12", "живу на [address]"), ("мой адрес Мира 101, кв 5", "мой адрес [address]"),
    ("Adresse: Eichenhain 7", "Adresse: [address]"), ("meine adresse ist eichenhain 7", "meine adresse ist [address]"),
    ("indirizzo: garibaldi 4", "indirizzo: [address]"), ("mi direccion: serrano 45", "mi direccion: [address]"), ("vivo en Gran Vía 28, 3ºB", "vivo en [address]"),
    ("my address is 12 oak", "my address is [address]"), ("located at 8339 Church Street. Phone is", "located at [address]. Phone is"),
]  # fmt: skip
NONE = [
    "i walked 5 miles road", "via mail 3", "una via di 5 km", "we did 5 street races", "the 350 5th graders", "Erster Platz 3 Punkte", "die beste Straße 3 km lang",
    "an jeder Straße 3 Bäume", "i live at home with 2 cats", "vivo en madrid 5 años", "vivo in italia dal 2019", "vivo en 2 lugares", "живу на 5 этаже", "живу на улице 3 года",
    "address these 3 points", "my ip address is 10 hosts away", "email address: ann 22", "и пр. 5 штук", "в городе 3 улицы", "большая площадь 3 км", "моя улица 5 минут пешком",
    "wohne in Berlin 3 Jahre", "Wir sind wieder Platz 2 der Tabelle", "Leider Platz 10 geworden", "über Platz 10", "Sieger Platz 1", "super ring 5", "an unserer Straße 2 Bäume",
    "i live on floor 3", "wohne im Zimmer 204", "живу на этаже 5", "vivo en casa 3", "vivo en la planta 3", "moro no andar 5", "address: 12 eggs", "indirizzo: vedi pagina 3",
    "общая площадь 54 м²", "общая площадь 54", "красная площадь 54 кв. м", "шоссе стоит 40 минут", "улица Мира 5 м отсюда",
]  # fmt: skip


@pytest.mark.parametrize("text", WHOLE)
def test_a_whole_address_goes(text: str) -> None:
    assert engine.scrub(text).text == "[address]"
    assert re.fullmatch(r"so \[address\]\W{0,2}ok", engine.scrub(f"so {text}, ok").text)


@pytest.mark.parametrize(("text", "expected"), SAID)
def test_an_address_behind_the_word_for_it(text: str, expected: str) -> None:
    assert engine.scrub(text).text == expected


@pytest.mark.parametrize("text", NONE)
def test_no_address(text: str) -> None:
    assert engine.scrub(text).text == text


def test_what_is_left_of_a_postcode_goes_too() -> None:
    address, code = Finding(0, 12, "address", 64), Finding(8, 16, "postcode", 55)
    assert engine.resolve([code, address]) == [address, Finding(12, 16, "postcode", 55)]
    assert engine.resolve([address, Finding(2, 9, "postcode", 55)]) == [address]
    assert engine.resolve([address, Finding(8, 16, "phone", 52)]) == [address], "half a number is no number"


@pytest.mark.parametrize("piece", ["а-", "ская ", "12 rue a ", "Berliner ", "address: a 5 ", "живу на а ", "12 Oak, ", "a-"])
def test_long_lines_of_half_addresses_are_read_in_time(piece: str) -> None:
    line = (piece * 5_000)[:9_990] + " 5"
    engine.find(line)
    begun = time.process_time()
    engine.find(line)
    assert time.process_time() - begun < 0.5

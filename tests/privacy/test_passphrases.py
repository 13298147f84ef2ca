"""Passwords of several words, in quotes and of networks, and what is only said about them."""

from __future__ import annotations

import pytest

from apps.privacy.scrub import conversation, engine
from apps.privacy.scrub.conversation import Line

WHOLE = [
    ("the password is purple monkey dishwasher", "the password is [password]"), ("password: correct horse battery staple", "password: [password]"),
    ('password is "open sesame 7"', 'password is "[password]"'), ('password for the bank is "Ki77y cat"', 'password for the bank is "[password]"'),
    ("Passwort ist: Hallo Welt 123", "Passwort ist: [password]"), ("passwort: lila affe spülmaschine", "passwort: [password]"), ("пароль: красный кот 7", "пароль: [password]"),
    ("wlan passwort: 1234 5678 9012 3456", "wlan passwort: [password]"), ("password: p@ss w0rd", "password: [password]"), ("pw=„Sonne 7 Mond“", "pw=„[password]“"),
    ("login: anna, password: blue sky day", "login: anna, password: [secret]"), ("passwort heißt sonnenschein", "passwort heißt [secret]"),
    ("password: hunter2 for netflix", "password: [password] for netflix"), ("the password is hunter2 btw dont share", "the password is [password] btw dont share"),
    ("mount -o password=foobar //fjall/test", "mount -o password=[password] //fjall/test"), ("the pass for the wifi is bananas", "the pass for the wifi is [password]"),
    ("wifi: Sommer2024!", "wifi: [password]!"), ("pass for my laptop is kaffeekanne", "pass for my laptop is [password]"), ("mein pass für amazon ist kaffeekanne", "mein pass für amazon ist [password]"), ("wifi: 1990anna", "wifi: [password]"),
    ('password is "my dog rex"', 'password is "[password]"'), ('password is "I love my dog 123"', 'password is "[password]"'), ("password: my blue dragon", "password: [secret]"),
    ("passwort: ab 12 cd 34", "passwort: [password]"), ("password is as follows: kaffeekanne", "password is as follows: [password]"), ("WLAN: Sommer2024!", "WLAN: [password]!"), ("wifi is Sommer2024", "wifi is [password]"), ("вайфай котик99", "вайфай [password]"),
]  # fmt: skip
SAID = [
    "password: wrong again", "the password is wrong again", "password: required", "the password is on the fridge", "password is the name of my dog", "password: please ask anna", "la password del wifi è sul frigo", "das passwort ist unter der tastatur", "пароль: на холодильнике",
    "the password is correct thanks", "password: ask me later ok", "password: i dont know", "password: incorrect", 'the error is "password is not what you think"',
    "it passes all tests by running: npm test", "the pass to himself was great", "i have to pass on the highest point there is", "parses what you pass to the path",
    "it says password=password 0", "the wifi is slow today", "wifi: bad again", "wifi is 802.11g", "wifi is 2.4ghz", "the wifi is down since 8pm", "wifi bcm43xx driver", "wifi: yes", "the wifi in room 1204",
    "mot de passe : à demain", "password: my old one", "le mot de passe est à jour", "wifi: iPhone12Pro", "wifi is 1000Mbps", "wlan passwort: wie immer", "contraseña: como siempre", "la password è come sempre", "mdp: comme toujours", "das Passwort ist ganz einfach", "password is coming soon", "пароль: как обычно",
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), WHOLE)
def test_a_password_goes_to_its_end(text: str, expected: str) -> None:
    assert engine.scrub(text).text == expected


@pytest.mark.parametrize("text", SAID)
def test_what_is_said_about_a_password_stays(text: str) -> None:
    assert engine.scrub(text).text == text


def test_an_everyday_phrase_goes_in_its_message_only() -> None:
    said = ["pw: happy birthday", "happy birthday ann", "password: lila affe spülmaschine", "lila affe spülmaschine!"]
    lines = [Line("ann", 10.0 * n, text) for n, text in enumerate(said)]
    out = [result.text for result in conversation.scrub(lines)]
    assert out == ["pw: [secret]", "happy birthday ann", "password: [password]", "[password]!"]
    answer = [
        Line("bea", 0.0, "what's the password?"),
        Line("ann", 5.0, '"good morning"'),
        Line("bea", 10.0, "good morning"),
    ]
    assert [result.text for result in conversation.scrub(answer)][1:] == ['"[secret]"', "good morning"]


def test_an_everyday_word_goes_in_its_message_only() -> None:
    said = ["das passwort ist natürlich", "natürlich komme ich", "passwort: kaffee4kanne", "eine kaffee4kanne"]
    out = [result.text for result in conversation.scrub([Line("ann", 10.0 * n, text) for n, text in enumerate(said)])]
    assert out == ["das passwort ist [secret]", "natürlich komme ich", "passwort: [password]", "eine [password]"]

"""What is found, what is left alone, and that everything can be put back."""

from __future__ import annotations

import io
import json
import random
import sys

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.privacy.scrub import engine, slips

FOUND = [
    ("mail me at bob.smith+x@mail.example.co.uk.", "email", "bob.smith+x@mail.example.co.uk"),
    ("пиши на ivan.petrov собачка moss точка ru ок", "email", "ivan.petrov собачка moss точка ru"),
    ("почта ivan_99 собака мосс точка ру", "email", "ivan_99 собака мосс точка ру"),
    ("mi correo es ana_12 arroba moss.com, vale", "email", "ana_12 arroba moss.com"),
    ("szymon małpa moss kropka pl", "email", "szymon małpa moss kropka pl"),
    ("bob at moss (.) com is mine", "email", "bob at moss (.) com"),
    ("my email is jane.doe at gmail.com", "email", "jane.doe at gmail.com"),
    ("email me janedoe at gmail.com", "email", "janedoe at gmail.com"),
    ("jane_doe85 at yahoo.co.uk", "email", "jane_doe85 at yahoo.co.uk"),
    ("jane.doe AT gmail.com.", "email", "jane.doe AT gmail.com"),
    ("j.roe ät moss-fern.de", "email", "j.roe ät moss-fern.de"),
    ("jane at moss.com is my email", "email", "jane at moss.com"),
    ("my mail: sunflower at moss.com", "email", "sunflower at moss.com"),
    ("jane.doe @ gmail.com", "email", "jane.doe @ gmail.com"),
    ("jane.doe@ gmail.com", "email", "jane.doe@ gmail.com"),
    ("jane.doe @gmail.com", "email", "jane.doe @gmail.com"),
    ("my email is jane.doe @ gmail.com", "email", "jane.doe @ gmail.com"),
    ("nummer: +49 (0)151 234 567 89!", "phone", "+49 (0)151 234 567 89"),
    ("ruf 0049 30 901820 an", "phone", "0049 30 901820"),
    ("+1 415-555-2671", "phone", "+1 415-555-2671"),
    ("card 4111 1111 1111 1111 ok?", "card", "4111 1111 1111 1111"),
    ("3782-822463-10005", "card", "3782-822463-10005"),
    ("5555.5555.5555.4444", "card", "5555.5555.5555.4444"),
    ("٤١١١ ١١١١ ١١١١ ١١١١", "card", "٤١١١ ١١١١ ١١١١ ١١١١"),
    ("IBAN de89370400440532013000 danke", "iban", "de89370400440532013000"),
    ("GB82 WEST 1234 5698 7654 32", "iban", "GB82 WEST 1234 5698 7654 32"),
    ("ssh root@10.0.0.12 now", "ip", "10.0.0.12"),
    ("ping fe80::1ff:fe23:4567:890a", "ip", "fe80::1ff:fe23:4567:890a"),
    ("https://u:secret@example.com/x", "url", "https://u:secret@example.com/x"),
    ("see https://example.com/reset?token=abcd1234.", "url", "https://example.com/reset?token=abcd1234"),
    ("look: https://example.com/a-nice-page, nice", "link", "https://example.com/a-nice-page"),
    ("AKIAIOSFODNN7EXAMPLE", "key", "AKIAIOSFODNN7EXAMPLE"),
    ("bot 123456789:AAF" + "q9Zx" * 8 + " here", "key", "123456789:AAF" + "q9Zx" * 8),
    ("wifi password: hunter2!", "password", "hunter2"),
    ("meeting 123456789 pwd QWERTYabc", "password", "QWERTYabc"),
    ("meeting id 123456789 pwd qwertyabc, see you", "password", "qwertyabc"),
    ("pwd QWERTYabc", "password", "QWERTYabc"),
    ("1234567 pwd works", "password", "1234567"),
    ("wifi: FritzBox 7590 pw 12345678901234567890", "password", "12345678901234567890"),
    ("my passowrd is Kestrel-88", "password", "Kestrel-88"),
    ("the verfication thing: security coed no, securty code is 482913", "code", "482913"),
    ("mein Paswort ist Geheim!22", "password", "Geheim!22"),
    ("мой параоль: qwerty123", "password", "qwerty123"),
    ("👍🏽 wachtwoort = Zomer#19", "password", "Zomer#19"),
    ("the password for the shed is Moss42", "password", "Moss42"),
    ("mein Passwort ist Geheim!22", "password", "Geheim!22"),
    ("la contraseña es gato123", "password", "gato123"),
    ("mot de passe : soleil77", "password", "soleil77"),
    ("пароль: qwerty123", "password", "qwerty123"),
    ("la password è Girasole9", "password", "Girasole9"),
    ("a senha é Lua2020", "password", "Lua2020"),
    ("my pin is 4821 btw", "pin", "4821"),
    ("door code 7305", "pin", "7305"),
    ("my pin is 4821 mine alone", "pin", "4821"),
    ("пин 4821 разблокирует", "pin", "4821"),
    ("my pin is 4️⃣8️⃣2️⃣1️⃣ btw", "pin", "4️⃣8️⃣2️⃣1️⃣"),
    ("your verification code is 918 273", "code", "918 273"),
    ("123456 is your login code", "code", "123456"),
    ("cvv 123", "cvv", "123"),
    ("код домофона 12К3456", "pin", "12К3456"),
    ("code immeuble A4821", "pin", "A4821"),
    ("code porte 48B21", "pin", "48B21"),
    ("pin:4821", "pin", "4821"),
    ("kartenpin: 4821", "pin", "4821"),
    ("handypin 4821", "pin", "4821"),
    ("puk 12345678", "pin", "12345678"),
    ("lockbox 4821", "pin", "4821"),
    ("airbnb code HMABCD1234", "booking", "HMABCD1234"),
    ("dob 12051990", "birthdate", "12051990"),
    ("birthday on 12 May", "birthdate", "12 May"),
    ("cuenta 12345678", "bank", "12345678"),
    ("konto 12345678 am montag überwiesen", "bank", "12345678"),
    ("acc 12345678 m. smith", "bank", "12345678"),
    ("kontonummer 12345678 mal schauen", "bank", "12345678"),
    ("счет 12345678 часто", "bank", "12345678"),
    ("0.5123° N, 0.3311° E", "geo", "0.5123° N, 0.3311° E"),
]
#: A number that lies across the end of what is looked through goes whole.
WHOLE = [
    ("my postcode is the same as yours was, 10117", "10117"),
    ("your login code for the new bank app is AB12CD", "AB12CD"),
]
#: Several behind one plural: all of them go.
LISTED = [
    ("the codes are 4821 and 9930", ["4821", "9930"]),
    ("your codes: 482113, 993044, 551 209", ["482113", "993044", "551 209"]),
    ("the codes for the two doors are 4821 & 9930", ["4821", "9930"]),
    ("die codes sind 4821 und 9930", ["4821", "9930"]),
    ("les codes sont 4821 et 9930", ["4821", "9930"]),
    ("коды: 4821 и 9930", ["4821", "9930"]),
    ("i codici sono 4821 e 9930", ["4821", "9930"]),
    ("de codes zijn 4821 of 9930", ["4821", "9930"]),
    ("kody są 4821 i 9930", ["4821", "9930"]),
]
LEFT = [
    "the error codes are 1001 and 1002", "cheat codes are 1234 and 4321", "die fehlercodes sind 4711 und 4712",
    "the codes are worth 4000 and 5000 points", "new codes are out in 2026",
    "the wifi password IDKman", "whats the password OMGosh", "the check-in at booking.com was quick", "i saw the t-shirt at amazon.com", "self-service at dhl.de", "released v2.0 at github.com",
    "sign-up at eventbrite.com", "second-hand at ebay.de", "tv-show at netflix.com", "foo_bar at docs.python.org",
    "mail server at hetzner.de", "greetz @ thevenue.com", "afterwork @ loft.io", "poetryslam @ kulturhaus.de um 8", "follow-up at zoom.us",
    "meet me at amazon.com", "look at github.com", "i work at booking.com", "bob at example.org said", "email me at gmail.com",
    "sign in at outlook.com", "foo.py at example.org is mine", "python3 at example.org", "release 2.4 at example.org",
    "pw URLs are bad", "the pwd please", "look @ example.org", "ann.b at example.org/x", "it's at web.de", "you at this point in time", "but at some point it went",
    "meet at 10:30 on 12.10.2019, room 4", "kernel 2.6.15.6 is out", "the password is wrong again", "I forgot my pin",
    "passing word_42 around", "the passport is A+", "in perpetual insecurity since 2019", "a passwod is missing here", "it costs 1234567890123 dong", "call me in 5 minutes",
    "1111 1111 1111 1111", "version 10.0.0.1", "2002-2003 were good years",
    "a + b = c", "pin it on the wall 2 times", "she is 100% sure :)", "order number 4111 1111 1111 1112", "see you @ 8",
    "0.123456, 0.654321", "loss 0.1234 0.5678", "number of users: 1234567", "cuenta 123456 seguidores", "konto 123456 mal, echt", "the code ran 4821 times", "пин на 4821 минуту", "konto 123456 €", "zip file 2024", "birthday party on 12 May", "pin 100k", "pin badge 1200",
    "fiesta de cumpleaños el 12 de mayo", "a safety pin for the big old model A4821", "pin at 10:3012", "meet at 12:4821, pin it", "meet at area 51", "моя собака ест gav.ru", "la arroba es un signo. com", "treffen bei Sektor 7", "delivery goes to zone 4",
]  # fmt: skip


def test_a_slip_is_no_word_and_one_edit_away() -> None:
    assert [slips.meant(word) for word in ("Pasword", "passwrod", "contrasñea", "бзопасности")] == [
        "password", "password", "contraseña", "безопасности",
    ]  # fmt: skip
    for word in ("parole", "password", "slave", "passport", "pswrod", "assword"):
        assert slips.meant(word) == "", word


@pytest.mark.parametrize(("text", "kind", "value"), FOUND)
def test_found(text: str, kind: str, value: str) -> None:
    result = engine.scrub(text)
    assert [(f.kind, text[f.start : f.end]) for f in result.findings] == [(kind, value)]
    assert value not in result.text
    assert f"[{kind}]" in result.text


@pytest.mark.parametrize(("text", "value"), WHOLE)
def test_what_lies_across_the_end_of_the_search_goes_whole(text: str, value: str) -> None:
    result = engine.scrub(text)
    assert text[result.findings[-1].start : result.findings[-1].end] == value
    assert result.text.endswith("]")


@pytest.mark.parametrize(("text", "values"), LISTED)
def test_all_codes_behind_one_plural_go(text: str, values: list[str]) -> None:
    result = engine.scrub(text)
    assert [(f.kind, text[f.start : f.end]) for f in result.findings] == [("code", value) for value in values]


@pytest.mark.parametrize("text", LEFT)
def test_left_alone(text: str) -> None:
    assert engine.scrub(text).text == text


@settings(max_examples=200, deadline=None)
@given(st.lists(st.one_of(st.text(max_size=30), st.sampled_from([t for t, _, _ in FOUND])), max_size=5).map(" ".join))
def test_everything_can_be_put_back(text: str) -> None:
    result = engine.scrub(text)
    assert engine.restore(result.text, result.marks) == text
    for mark in result.marks:
        assert result.text[mark.start : mark.end] == f"[{mark.kind}]"


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_taken(text: str) -> None:
    engine.scrub(text)


@pytest.mark.parametrize(
    "text",
    ["jane_roe @ moss.com", "sunfl_3 at moss.com", "j.roe at moss.com", "lena-roe at moss.com", "sunflowr@ moss.com", "my mail is sunflowr @ moss.com"],
)  # fmt: skip
def test_a_made_name_before_a_domain_is_an_address(text: str) -> None:
    assert engine.scrub(text).text.removeprefix("my mail is ") == "[email]"


def test_values_do_not_survive_in_the_output() -> None:
    rng = random.Random(3)
    for _ in range(200):
        parts = [rng.choice(FOUND) for _ in range(3)]
        out = engine.scrub(" / ".join(p[0] for p in parts)).text
        for _, kind, value in parts:
            if kind not in ("cvv", "pin", "code"):
                assert value not in out


def test_the_second_look_fails_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A first look that misses half: the second one finds it, and the whole message goes."""
    real = engine.find
    looks: list[str] = []

    def forgetful(text: str, regions: tuple[str, ...] = ()) -> list[engine.Finding]:
        looks.append(text)
        return real(text)[: 1 if len(looks) == 1 else None]

    monkeypatch.setattr(engine, "find", forgetful)
    result = engine.scrub("pin is 4821 and mail a.b@example.org")
    assert result.text == "[secret]"
    assert engine.restore(result.text, result.marks) == "pin is 4821 and mail a.b@example.org"


def test_the_second_look_knows_what_was_written_from_what_stands_in() -> None:
    """ "[email]" is our word: beside it a user name is not the password of somebody's mail."""
    said = "did you see Ana or moonfox92 or ana.moon@example.org?"
    assert engine.scrub(said).text == "did you see Ana or moonfox92 or [email]?"


@pytest.mark.parametrize(
    "hostile",
    [
        "1 " * 5_000,
        "a@" * 5_000,
        "::" * 5_000,
        "+" * 10_000,
        "password " * 1_200,
        "www." * 2_500,
        "4" * 10_000,
        "https://" * 1_200,
    ],
)
def test_hostile_lines_end(hostile: str) -> None:
    engine.scrub(hostile)


def test_command_speaks_json_lines(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [{"id": 1, "text": "my pin is 4821"}, {"id": 2, "text": "nothing here"}]
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n".join(map(json.dumps, rows))))
    call_command("scrub")
    out = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert out[0] == {"id": 1, "text": "my pin is [pin]", "findings": [{"kind": "pin", "start": 10, "end": 14}]}
    assert out[1] == {"id": 2, "text": "nothing here", "findings": []}
    halves = r'{"text": "hi \ud83d my pin is 4821", "sender": "\udc00"}' + "\n" + r'{"text": "\ud83d\ude00"}'
    monkeypatch.setattr(sys, "stdin", io.StringIO(halves))
    call_command("scrub")
    out = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["text"] for row in out] == ["hi \ufffd my pin is [pin]", "😀"]
    monkeypatch.setattr(sys, "stdin", io.StringIO('{"no": 1}'))
    with pytest.raises(CommandError):
        call_command("scrub")


@pytest.mark.parametrize(
    "odd",
    [
        '"sent_at": 1' + "0" * 400,
        '"sent_at": ' + "9" * 5_000,
        '"x": ' + "[" * 3_000 + "]" * 3_000,
        '"sent_at": 1e999',
        '"x": [-1e999]',
        '"x": Infinity',
        '"x": NaN',
    ],
)
def test_numbers_and_nesting_without_measure_are_no_line(
    odd: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO('{"text": "hi"}\n{"text": "hi", ' + odd + "}"))
    with pytest.raises(CommandError, match="Line 2 is not a JSON object") as caught:
        call_command("scrub")
    assert caught.value.returncode == 2
    assert capsys.readouterr().out == ""

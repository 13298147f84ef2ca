"""What only neighbours give away: bare answers, numbers split over bubbles, and secrets confirmed elsewhere."""

from __future__ import annotations

import io
import json
import re
import sys

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.privacy.scrub import answers, conversation, cues, engine
from apps.privacy.scrub.conversation import Line
from apps.privacy.scrub.known import Known
from apps.privacy.scrub.types import View


def scrubbed(*lines: tuple[str, str], gap: float = 10.0) -> list[str]:
    return [r.text for r in conversation.scrub([Line(who, n * gap, text) for n, (who, text) in enumerate(lines)])]


ANSWERED = [
    ("what's your pin?", "4821", "[pin]"),
    ("whats the door code", "7305#", "[pin]"),
    ("wifi pw?", "it's sunshine99 lol", "it's [password] lol"),
    ("what's the wifi password?", "sunflower", "[secret]"),
    ("какой пароль от вайфая?", "снегурочка77", "[password]"),
    ("passwort fürs wlan?", "Sonnenschein", "[secret]"),
    ("пароль?", "котикимуркают", "[password]"),
    ("pass?", "Kaffee77", "[password]"),
    ("whats the pass for the wifi?", "kaffeekanne", "[password]"),
    ("wifi?", "kaffeekanne99", "[password]"),
    ("what's the wifi", "guest_2024", "[password]"),
    ("c'est quoi le mot de passe ?", "soleil77", "[password]"),
    ("cuál es el código que te llegó? el de verificación", "918 273", "[code]"),
    ("qual é a senha do wifi?", "é lua2020", "é [password]"),
    ("mi dai il codice di verifica?", "ok, 551903", "ok, [code]"),
    ("send me the cvv", "123", "[cvv]"),
    ("wann hast du geburtstag?", "am 3. mai 1990", "am [birthdate]"),
    ("where do you live?", "12 oak street, flat 3", "[address]"),
    ("cuando naciste? y tu dni?", "12345678Z", "[id]"),
    ("passport number?", "C01X00T47", "[passport]"),
    ("what's your snap?", "annroe_77", "[handle]"),
    ("give me your number", "0171 2345678", "[phone]"),
    ("mi dai la pass del router", "Prova amorepickle", "Prova [password]"),
    ("какой пароль?", "$@nd1@51", "[password]"),
    ("дату рождения скажи", "2001-05-24", "[birthdate]"),
    ("was ist das wlan passwort?", '"Hallo Welt 123"', '"[password]"'),
    ("date of birth?", "12051990", "[birthdate]"),
    ("code de la porte ?", "48B21", "[pin]"),
    ("que dice?", "482910", "[code]"),
    ("door code?", "A4821, then the bell", "[pin], then the bell"),
    ("gate code?", "the old one 48B21", "the old one [pin]"),
    ("what's the code?", "1984", "[code]"),
    ("sim pin?", "4821 mal testen", "[pin] mal testen"),
    ("code?", "482910 mal sehen", "[code] mal sehen"),
    ("pin?", "4821 times out fast", "[pin] times out fast"),
    ("was ist das wlan passwort?", 'it\'s "Hallo Welt 123"', 'it\'s "[password]"'),
    ("what's the code for the gate?", "it's 2024", "it's [code]"),
    ("what's the code for the gate?", "i think it's 1985", "i think it's [code]"),
    ("what's the code for the gate?", "it's 1985 i think", "it's [code] i think"),
    ("what does it say?", "482910", "[code]"),
    ("¿cuál es tu clave?", "4821", "[secret]"),
    ("clave?", "es 48212", "es [secret]"),
    ("pass?", "12345678", "[password]"),
    ("wifi?", "12345678", "[password]"),
    ("wifi?", "1990anna", "[password]"),
]
INNOCENT = [
    ("what's your pin?", "no idea, ask mum"), ("what's your pin?", "why do you ask?"), ("wifi pw?", "forgot"), ("what's the code?", "2 min"),
    ("whats the password", "who wants to know"), ("what time is it?", "7:45"), ("how much is the passport photo?", "12 euros"), ("did you forget your password again?", "yes"),
    ("what's the address book like?", "12 bucks"), ("when is your birthday party?", "no party this time"), ("which pin do you like, the red one?", "the blue one"),
    ("can you pass by?", "Thursday"), ("did you pass?", "definitely"), ("hast du deinen pass?", "natürlich"), ("¿hay alguna clave?", "paciencia"), ("parola?", "assolutamente"),
    ("can i get a lift pass", "saturday"), ("did it pass?", "in room B1204 at noon"), ("does the wifi work?", "with the ipw2200 module"), ("is your wifi ok?", "perfectly"),
    ("que dice?", "1500 pesos"), ("что там?", "1500"), ("там холодно?", "-1500 лол"), ("code red?", "1984 was great"), ("which code?", "1984 was great"), ("got the pin badge?", "got 1200 of them"),
    ("roll the dice?", "1500"), ("pin?", "1500 times, no"), ("code?", "1500 €!"), ("which code?", "it's from 1984 or so"), ("did you pass?", "1500 points"), ("can you drop a pin?", "A100 exit 5"), ("which pin did you buy?", "the A380 one"), ("which pass?", "2000"),
    ("how fast is your wifi?", "100mbit"), ("how fast is your wifi?", "1000"), ("which router do you have?", "FritzBox7590"), ("wlan an?", "19:30Uhr"), ("wifi 5ghz or 2.4?", "2.4ghz"),
]  # fmt: skip


@pytest.mark.parametrize(("question", "answer", "expected"), ANSWERED)
def test_a_bare_answer_belongs_to_its_question(question: str, answer: str, expected: str) -> None:
    assert scrubbed(("bea", question), ("ann", answer)) == [question, expected]
    assert scrubbed(("bea", "hello"), ("ann", answer))[1] == engine.scrub(answer).text, "without the question it is nothing"


@pytest.mark.parametrize(("question", "answer"), INNOCENT)
def test_an_innocent_answer_is_left_alone(question: str, answer: str) -> None:
    assert scrubbed(("bea", question), ("ann", answer)) == [question, answer]


def test_an_ordinary_word_is_secret_where_it_answers_only() -> None:
    said = [("bea", "what's the password?"), ("ann", "sunflower"), ("ann", "a sunflower grows"), ("bea", "see you thursday")]
    assert scrubbed(*said) == ["what's the password?", "[secret]", "a sunflower grows", "see you thursday"]
    said = [("bea", "what's the password?"), ("ann", "kaffeekanne"), ("ann", "eine kaffeekanne")]
    assert scrubbed(*said)[1:] == ["[password]", "eine [password]"], "in no list of words"
    said = [("bea", "what's the password?"), ("ann", "kaffee4kanne"), ("ann", "kaffee4kanne, ja")]
    assert scrubbed(*said)[1:] == ["[password]", "[password], ja"]


def test_what_is_told_beside_a_password_is_not_it() -> None:
    asked = ("bea", "password netflix?")
    assert scrubbed(asked, ("ann", "anna@example.org"), ("ann", "gattino88"))[1:] == ["[email]", "[password]"]
    assert scrubbed(asked, ("ann", "@annakov"), ("ann", "gattino88"))[1:] == ["[handle]", "[password]"]
    assert scrubbed(asked, ("ann", "network FritzBox7590"), ("ann", "kaffeekanne99"))[2] == "[password]"
    assert scrubbed(asked, ("ann", "Kaffee99"), ("bea", "thx b1204x"), ("ann", "room b1204x"))[2:] == [
        "thx b1204x",
        "room b1204x",
    ]


def test_a_turn_is_waited_for_to_its_end() -> None:
    asked, hm = ("bea", "what is the password for the portal?"), [("ann", "hmm"), ("ann", "lemme check"), ("ann", "one sec")]
    assert scrubbed(asked, *hm, ("ann", "Tr0ub4dor"))[-1] == "[password]"
    assert scrubbed(asked, *hm, ("ann", "finally"))[-1] == "finally"
    assert scrubbed(("bea", "pin?"), *hm, ("ann", "hm"), ("ann", "4821"))[-1] == "[pin]"
    assert scrubbed(("bea", "pin?"), *hm, ("bea", "well?"), ("ann", "4821"))[-1] == "[pin]"
    assert scrubbed(("bea", "pin?"), *hm * 3, ("ann", "4821"))[-1] == "4821"


def test_the_question_must_be_near_and_of_another() -> None:
    assert scrubbed(("bea", "what's your pin?"), ("ann", "4821"), gap=3 * 86_400)[1] == "4821"
    assert scrubbed(("bea", "what's your pin?"), ("bea", "4821"))[1] == "4821"
    assert scrubbed(("ann", "my pin is"), ("ann", "4821"))[1] == "[pin]"
    filler = [("ann", "hm"), ("bea", "well"), ("ann", "so")]
    assert scrubbed(("bea", "what's your pin?"), *filler * 3, ("ann", "4821"))[-1] == "4821"


@pytest.mark.parametrize(
    "bubbles",
    [
        ["4111 1111", "1111 1111"], ["4111", "1111 1111", "1111"], ["card: 5555 5555 5555", "4444 ok?"],
        ["DE89 3704 0044", "0532 0130 00"], ["+49 151 234", "567 89"],
    ],
)  # fmt: skip
def test_numbers_split_over_bubbles(bubbles: list[str]) -> None:
    out = scrubbed(*(("ann", b) for b in bubbles))
    assert not any(c.isdigit() for text in out for c in text), out
    assert scrubbed(*((f"{n}", b) for n, b in enumerate(bubbles))) != out, "of one person only"


def test_a_confirmed_secret_goes_in_every_spelling() -> None:
    out = scrubbed(
        ("ann", "my card is 4111 1111 1111 1111"), ("bea", "so 4111-1111-1111-1111 right?"), ("bea", "ref 41111111.11111111"),
        ("ann", "the wifi password is Sunflower99"), ("bea", '"SUNFLOWER99" does not work'), ("ann", "sunflower99!!"),
        ("ann", "mail: ann.roe@example.org"), ("bea", "ANN.ROE@EXAMPLE.ORG?"), ("ann", "my pin is 4821"), ("bea", "4821 it is"), ("bea", "14821 not"),
    )  # fmt: skip
    assert [t for t in out if "1111" in t or "flower" in t.lower() or "roe" in t.lower()] == []
    assert out[9] == "[pin] it is"
    assert out[10] == "14821 not"


def test_a_street_that_is_told_alone_as_well_is_part_of_its_address() -> None:
    said = scrubbed(
        ("ann", "my address is 12 Baker Street, London NW1 6XE"), ("bob", "12 Baker Street"), ("bob", "12 baker st")
    )
    assert said == ["my address is [address]", "[address]", "[address]"]
    nearby = scrubbed(("ann", "ich wohne Lindenstraße 5, 10115 Berlin"), ("bob", "lindenstraße 5?"))
    assert nearby == ["ich wohne [address]", "[address]?"]


def test_every_kind_that_is_asked_for_can_be_answered() -> None:
    assert {*cues._KINDS, "late"} == set(answers._FINDERS)


def test_a_code_that_is_read_out_comes_in_the_next_bubble() -> None:
    for begun in ("it says", "Steht da", "aquí dice"):
        assert scrubbed(("ann", begun), ("ann", "482910")) == [begun, "[code]"]
    assert scrubbed(("ann", "roll the dice"), ("ann", "1500"))[1] == "1500"


def test_a_door_code_is_known_with_its_letter() -> None:
    told = [("ann", "code porte 48B21"), ("bea", "48b21 right?"), ("ann", "it cost 4821")]
    assert scrubbed(*told) == ["code porte [pin]", "[pin] right?", "it cost 4821"]
    told = [("ann", "код домофона 12К3456"), ("bea", "12К3456?"), ("ann", "123456 штук")]
    assert scrubbed(*told) == ["код домофона [pin]", "[pin]?", "123456 штук"]
    assert scrubbed(("ann", "code immeuble A482"), ("bea", "a482 ok"), ("bea", "482 ok"))[1:] == ["[pin] ok", "482 ok"]


@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("booking reference KXPLMQ", "booking reference [booking]"), ("PNR: KXPLMQ", "PNR: [booking]"),
        ("the reservation is REALLY good", "the reservation is REALLY good"), ("confirmation number PLEASE", "confirmation number PLEASE"),
        ("flight booking to KRAKOW", "flight booking to KRAKOW"), ("reservation under PETROV", "reservation under PETROV"),
        ("buchung STORNO", "buchung STORNO"), ("booking OMGGGG", "booking OMGGGG"),
    ],
)  # fmt: skip
def test_six_capitals_behind_the_name_of_a_booking(text: str, result: str) -> None:
    assert scrubbed(("ann", text)) == [result]


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("what's the alarm pin?", "four eight two one"), ("wie ist die pin?", "vier acht zwei eins"), ("¿cuál es el pin?", "cuatro ocho dos uno"),
        ("какой пин?", "четыре восемь два один"),
    ],
)  # fmt: skip
def test_a_pin_in_words_answers_a_question(question: str, answer: str) -> None:
    assert scrubbed(("ann", question), ("bea", answer)) == [question, "[pin]"]


def test_what_answered_is_known_when_it_is_said_again() -> None:
    said = scrubbed(("ann", "what's the alarm pin?"), ("bea", "four eight two one"), ("ann", "4821 works"))
    assert said == ["what's the alarm pin?", "[pin]", "[pin] works"]
    said = scrubbed(("ann", "booking reference KXPLMQ"), ("bea", "is it kxplmq?"))
    assert said == ["booking reference [booking]", "is it [booking]?"]


def test_words_for_digits_that_answer_no_question_for_one_stay() -> None:
    said = [("ann", "what's the alarm pin?"), ("bea", "one two maybe"), ("ann", "which floor?"), ("bea", "two, no, three")]
    assert scrubbed(*said) == [text for _, text in said]


def test_years_and_short_codes_are_not_carried_over() -> None:
    out = scrubbed(
        ("ann", "my pin is 2019"), ("bea", "in 2019 we met"), ("ann", "your login code is 5519"), ("bea", "room 5519"),
        ("ann", "your login code is 551903"), ("bea", "551903 does not work"),
    )  # fmt: skip
    assert out[:4] == ["my pin is [pin]", "in 2019 we met", "your login code is [code]", "room 5519"]
    assert out[4:] == ["your login code is [code]", "[code] does not work"]
    known = Known()
    known.add("code", "551903")
    assert not len(known), "a used up code is a number elsewhere"


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from("ab"), st.one_of(st.text(max_size=40), st.sampled_from([t for row in ANSWERED for t in row[:2]]))
        ),
        max_size=8,
    )
)
def test_everything_can_be_put_back(said: list[tuple[str, str]]) -> None:
    lines = [Line(who, None, text) for who, text in said]
    for line, result in zip(lines, conversation.scrub(lines), strict=True):
        assert engine.restore(result.text, result.marks) == line.text


def test_words_met_before_a_secret_was_known_begin_it_later() -> None:
    known = Known()
    known.add("password", "Other1word")
    view = View("so moss and fern lane it is")
    assert not list(known.find(view))
    known.add("password", "moss-and-fern-lane")
    assert [view.plain[f.start : f.end] for f in known.find(view)] == ["moss and fern lane"]


@pytest.mark.parametrize(
    ("stored", "written"),
    [
        ("+49 151 23456789", "015123456789"), ("+49 151 23456789", "0151 23456789"), ("0151 23456789", "49 151 23456789"), ("+7 916 123-45-67", "89161234567"),
        ("+33 6 12 34 56 78", "0612345678"), ("+1 212 736 5000", "212-736-5000"), ("0049 151 23456789", "0151/23456789"),
    ],
)  # fmt: skip
def test_a_telephone_is_found_as_it_is_dialled_at_home(stored: str, written: str) -> None:
    known = Known()
    known.add("phone", stored)
    assert re.fullmatch(r"so (49 )?\[phone\] ok", conversation.finish(f"so {written} ok", [], [known]).text)


def test_the_same_secret_costs_no_more_with_many_known() -> None:
    known = Known()
    for n in range(2_000):
        known.add("password", f"Secret{n}word")
        known.add("card", f"4{n:015}")
    lines = [Line("a", float(n), f"nothing here but Secret{n}word and 4{n:015}") for n in range(200)]
    assert {r.text for r in conversation.scrub(lines, known)} == {"nothing here but [password] and [card]"}


def test_the_command_knows_turns(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [
        {"text": "what's your pin?", "sender": "bea", "conversation": "1"}, {"text": "the pin code is 99", "conversation": "2"},
        {"text": "4821", "sender": "ann", "conversation": "1", "sent_at": "2024-05-01T10:00:00"}, {"text": "4821 again", "conversation": "3"},
    ]  # fmt: skip
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n".join(json.dumps(r) for r in rows)))
    call_command("scrub")
    out = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [r["text"] for r in out] == ["what's your pin?", "the pin code is 99", "[pin]", "[pin] again"]
    assert out[2]["findings"] == [{"kind": "pin", "start": 0, "end": 4}]
    assert out[2]["sent_at"] == "2024-05-01T10:00:00"
    monkeypatch.setattr(sys, "stdin", io.StringIO('{"txt": 1}\n'))
    with pytest.raises(CommandError, match="Line 1"):
        call_command("scrub")


def test_the_command_keeps_a_word_with_a_figure_in_its_conversation(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rows = [
        {"text": "the wifi password is hunter2", "conversation": "1"},
        {"text": "hunter2?", "conversation": "1"},
        {"text": "hunter2!", "conversation": "2"},
    ]
    monkeypatch.setattr(sys, "stdin", io.StringIO("\n".join(json.dumps(r) for r in rows)))
    call_command("scrub")
    out = [json.loads(line)["text"] for line in capsys.readouterr().out.splitlines()]
    assert out == ["the wifi password is [password]", "[password]?", "hunter2!"]


HOUR, DAY = 3_600.0, 86_400.0


@pytest.mark.parametrize(
    ("question", "answer", "gap", "result"),
    [
        ("what's your pin?", "4821", HOUR, "[pin]"), ("какой код от двери?", "7305#", 10 * HOUR, "[pin]"), ("wifi password?", "kaffee77", DAY, "[password]"),
        ("what's the wifi password?", "muffintop", HOUR, "[secret]"), ("did you get the code?", "yes 604118", HOUR, "yes [code]"),
        ("what's your pin?", "4821", 3 * DAY, "4821"), ("what's the wifi password?", "hello", HOUR, "hello"), ("what's the wifi password?", "tomorrow", HOUR, "tomorrow"),
        ("what's your pin?", "we are 4821 people by now", HOUR, "we are 4821 people by now"), ("what's your pin?", "see you at 7", DAY, "see you at 7"),
    ],
)  # fmt: skip
def test_whoever_reads_a_question_later_answers_it(question: str, answer: str, gap: float, result: str) -> None:
    assert scrubbed(("a", question), ("b", answer), gap=gap)[1] == result


def test_a_late_answer_is_in_the_first_thing_that_is_said() -> None:
    def late(*talk: tuple[str, float, str]) -> str:
        asked = Line("a", 0.0, "what's your pin?")
        return conversation.scrub([asked, *(Line(who, at, text) for who, at, text in talk)])[-1].text

    assert late(("b", HOUR, "sorry, just saw this"), ("b", HOUR + 20, "4821")) == "[pin]"
    assert late(("b", HOUR, "sorry, just saw this"), ("b", 2 * HOUR, "4821")) == "4821"
    assert late(("b", HOUR, "sorry"), ("a", HOUR + 5, "np"), ("b", HOUR + 20, "4821")) == "4821"
    assert late(("c", HOUR, "hi"), ("b", HOUR + 20, "4821")) == "4821"
    assert late(("b", HOUR, "bus 4821 leaves from there now")) == "bus 4821 leaves from there now"
    assert late(("b", 60.0, "bus 4821 leaves from there now")) != "bus 4821 leaves from there now"


def test_others_may_speak_before_the_answer() -> None:
    talk = [("a", "what's your pin?"), ("b", "sec"), ("c", "lol"), ("c", "hi all"), ("a", "?"), ("b", "7391")]
    assert scrubbed(*talk)[-1] == "[pin]"
    assert scrubbed(*talk[:4], *[("c", "so it was 12 then")] * 6, ("b", "7391"))[-1] == "7391"

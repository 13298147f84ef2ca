"""What was confirmed once: found again as it was written, and never an ordinary word."""

from __future__ import annotations

import pickle

import pytest

from apps.privacy.scrub import conversation
from apps.privacy.scrub.conversation import Line
from apps.privacy.scrub.known import Known
from apps.privacy.scrub.types import View


def found(known: Known, text: str) -> list[str]:
    return [text[f.start : f.end] for f in known.find(View(text))]


def said(*texts: str) -> list[str]:
    lines = [Line("ab"[n % 2], n * 1e6, text) for n, text in enumerate(texts)]
    return [one.text for one in conversation.scrub(lines)]


SIGNS = [("id", "12.345.678"), ("phone", "030/12345"), ("phone", "555.0199"), ("bank", "20/55779"), ("pin", "48,21")]


@pytest.mark.parametrize(("kind", "value"), SIGNS)
def test_a_short_number_with_signs_is_found_as_it_was_written(kind: str, value: str) -> None:
    known = Known()
    known.add(kind, value)
    for copy in (known, known.copy(), pickle.loads(pickle.dumps(known)), known.beyond(Known())):
        for around in ("{}", "note: {}", "> {} thanks", "({})", "{}."):
            assert found(copy, around.format(value)) == [value], around
        assert not found(copy, f"{value}9"), "not within a longer one"
    assert not len(known.beyond(known))


LETTER_BY_LETTER = [
    ("key", "ghp_q9ZxR4tYbN8sWcE1uGhJ0aDfT5iKoQ3mPq9w"), ("iban", "PL61109010140000071219812874"), ("email", "bertram.venlum6@moss-and-fern.example.org"),
    ("password", "Correct-Horse-Battery-42"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "value"), LETTER_BY_LETTER)
def test_a_long_one_is_found_letter_by_letter(kind: str, value: str) -> None:
    known = Known()
    known.add(kind, value)
    assert found(known, f"well {' '.join(value)} ok") == [" ".join(value)]
    assert found(known, f"well {value.upper()} ok") == [value.upper()]


def test_a_password_that_is_no_word_goes_everywhere() -> None:
    known = Known()
    known.add("password", "xkvbtz")
    known.add("password", "kitchen")
    assert found(known, "the thing xkvbtz still works in the kitchen") == ["xkvbtz"]


def test_other_signs_make_it_a_price_or_a_date() -> None:
    known = Known()
    known.add("pin", "4821")
    assert not found(known, "it costs 4,821 or 48.21 or 4:821")
    assert found(known, "48 21 or 4-8-2-1") == ["48 21", "4-8-2-1"]


@pytest.mark.parametrize("value", ["12.3.1991", "112", "12/3", "14:30", "007", "42"])
def test_what_the_owner_never_wants_to_read_goes_however_short_it_is(value: str) -> None:
    known = Known()
    known.deny("secret", value)
    assert found(known, f"we met on {value} there") == [value]
    assert not found(known, f"1{value}1")


@pytest.mark.parametrize("word", ["amazing", "everyone", "starbucks", "because", "wunderbar", "сегодня"])
def test_an_ordinary_word_is_nobodys_user_name(word: str) -> None:
    known = Known()
    known.add("handle", word)
    assert not len(known)
    known.add("handle", f"{word}_77")
    assert len(known) == 1


def test_a_user_name_is_one_word() -> None:
    known = Known()
    known.add("handle", "moonfox92")
    assert found(known, "moonfox92 or moon fox 92 or moonfox 92") == ["moonfox92"]


PLAIN = [
    "@everyone party on friday", "@here lunch?", "her insta is amazing", "her insta is always open", "discord: because teamspeak sucks",
    "instagram: someone liked it", "mein insta ist wunderbar",
]  # fmt: skip


@pytest.mark.parametrize("text", PLAIN)
def test_words_beside_the_name_of_a_program_stay(text: str) -> None:
    assert said(text, "everyone is amazing, always, because someone is") == [
        text,
        "everyone is amazing, always, because someone is",
    ]


def test_user_names_beside_it_go() -> None:
    assert said("my insta is annie.kv", "annie.kv it is") == ["my insta is [handle]", "[handle] it is"]
    assert said("insta: sunshine", "what sunshine") == ["insta: [handle]", "what sunshine"], (
        "a word goes in its message only"
    )
    assert said("lets meet @starbucks", "starbucks is fine") == ["lets meet [handle]", "starbucks is fine"]


# what is joined, told in words, or carried by a link


def retold(first: str, *others: str) -> list[str]:
    lines = [Line("A", 0.0, first), *(Line("B", 90_000.0 + n, text) for n, text in enumerate(others))]
    return [one.text for one in conversation.scrub(lines)][1:]


@pytest.mark.parametrize(
    "text",
    [
        "guest/{}", "admin:{}", "guestnet|{}", "{}/admin", "{}—ok?", "{}-thanks", "{}.ok", "1.{}", "user=admin;pass={}", "{}…what", "wifi={}&x=1",
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    ("first", "value"), [("the netflix password is Sunflower99", "Sunflower99"), ("my passport is C01X00T47", "C01X00T47")]
)
def test_a_secret_that_signs_join_to_other_words(first: str, value: str, text: str) -> None:
    (found,) = retold(first, text.format(value))
    assert value not in found, found
    assert len(found) > len("[passport]"), "and what it is joined to stays"


@pytest.mark.parametrize(
    "text", ["Initech-mail", "ex-Initech", "Initech/Berlin", "initech.com", "Initech…what", "Initech|Co"]
)
def test_what_the_owner_took_out_goes_from_joined_words(text: str) -> None:
    known = Known()
    known.deny("secret", "Initech")
    (found,) = known.find(View(text))
    assert text[found.start : found.end].lower() == "initech"


def test_words_that_are_somebodys_password_or_name_stay_in_file_names() -> None:
    known = Known()
    known.add("password", "brambleworks")
    known.add("handle", "quillberry")
    assert not list(known.find(View("see brambleworks.js and quillberry-ui/main.css")))
    assert list(known.find(View("brambleworks")))


def test_recovery_codes_and_keys_of_programs_go_from_the_whole_archive() -> None:
    assert retold("my licence key is ABCD-EFGH-JKLM-N123", "ABCD-EFGH-JKLM-N123 does not work") == ["[secret] does not work"]
    assert retold("my recovery code is 8f3k-29dk", "so 8f3k-29dk, right?", "8F3K29DK") == ["so [secret], right?", "[secret]"]
    assert retold("the 2fa recovery codes are 83920183 and 38291047", "38291047?", "83920183") == ["[secret]?", "[secret]"]
    known = Known()
    for value in ("starlight", "12/27", "4821", "A380"):
        known.add("secret", value)
    assert not len(known), "words, expiry dates and short ones are nobody's for ever"


def test_several_secrets_of_one_message_are_found_one_after_the_other() -> None:
    (found,) = conversation.scrub([Line("A", 0.0, "the 2fa recovery codes are 83920183 and 38291047")])
    assert found.text == "the 2fa recovery codes are [secret] and [secret]"


@pytest.mark.parametrize(
    "text", ["four eight two one, ok", "vier acht zwei eins", "four, eight, two, one", "cuatro ocho dos uno"]
)
def test_a_number_that_is_told_in_words(text: str) -> None:
    (found,) = retold("pin is 4821", text)
    assert found.startswith("[pin]")


def test_words_for_digits_that_are_none_stay() -> None:
    known = Known()
    known.add("ip", "0.0.0.0")
    known.add("pin", "1111")
    assert not list(known.find(View("oh oh oh oh, one one one one")))


def test_what_a_link_carries_is_known() -> None:
    link = "https://jane:Sunflower99@host.example/x"
    assert retold(f"it is at {link}", "so Sunflower99 it is") == ["so [password] it is"]
    assert retold("https://zoom.us/j/123456789?pwd=QWERTYabc7", "QWERTYabc7") == ["[password]"]

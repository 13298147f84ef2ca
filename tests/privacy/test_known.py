"""What was confirmed once: found again as it was written, and never an ordinary word."""

from __future__ import annotations

import pickle
import random

import pytest

from apps.personas.guard import Guard, Said
from apps.privacy import evaluation
from apps.privacy.planted import again
from apps.privacy.scrub import conversation, look
from apps.privacy.scrub import known_numbers as module
from apps.privacy.scrub.conversation import Line
from apps.privacy.scrub.figures import Figured, figures
from apps.privacy.scrub.known import Known, Reach
from apps.privacy.scrub.normal import normals
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
    known.add("password", "xkvbtzq")
    known.add("handle", "@quillberry")
    assert not list(known.find(View("see xkvbtzq.js and quillberry-ui/main.css")))
    assert list(known.find(View("xkvbtzq"))) and list(known.find(View("quillberry")))


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


LINKS = [
    "https://conf.example/programme?session=tomorrow", "https://books.example/s?field-author=Stephen+King", "https://shop.example/?code=birthday",
    "https://x.example/page?key=something", "https://app.example/#token=undefined", "https://app.example/invite=everyone", "https://x.example/?session=2024",
    "https://trains.example/?pin=10115", "https://x.example/?key=1000", "https://jobs.example/apply?code=germany49", "https://x.example/?pwd=protected",
]  # fmt: skip


@pytest.mark.parametrize("near", [False, True])
@pytest.mark.parametrize("link", LINKS)
def test_words_and_numbers_of_a_link_stay_everywhere_else(link: str, near: bool) -> None:
    known = Known(reach=Reach.CONVERSATION if near else Reach.ACCOUNT)
    known.add("url", link)
    text = "tomorrow King happy birthday something undefined everyone, in 2024 from 10115 Berlin, 1000 times, germany49, protected"
    assert not found(known, text)
    assert found(known, link) == [link]


def test_an_author_is_no_authentication() -> None:
    assert retold("ok", "https://books.example/s?as_sauthors=einstein", "https://x.example/?oauth_x=abcdefgh") == [
        "[link]",
        "[url]",
    ]


def test_what_a_program_made_for_a_link_is_known() -> None:
    token = "a8fJ3kLmQ92xZbT7wErY"
    assert retold(f"https://x.example/?session={token}", f"so {token}") == ["so [password]"]


@pytest.mark.parametrize(
    ("told", "elsewhere"),
    [
        ("pin 4821 at 1830", "see you at 1830"), ("my pin is 4821 and i have 5000 in the bank", "5000 euros"), ("pin 4821, 1000 guests", "1000 guests"),
        ("my pin is 4821, password Ab12cd34, 9000 thanks", "9000 thanks"),
        ("so I always changed 2 lines in /etc/X11/xorg.conf from 16bit to 24bit. It ALWAYS WORKED.", "i always do 24bit"),
    ],
)  # fmt: skip
def test_what_only_stands_too_near_a_secret_goes_in_its_message_only(told: str, elsewhere: str) -> None:
    assert retold(told, elsewhere) == [elsewhere]


#: Told as secrets in open chats, by cues that were none.
NEVER = [
    ("booking", "REALLY"), ("booking", "EXCEPT"), ("booking", "1280x1024"), ("booking", "24bit"), ("password", "javascript"), ("password", "vagrant"), ("password", "FormData"),
    ("password", "live cd"), ("password", "fat32"), ("password", "cloud9"), ("password", "rotation1"), ("password", "/etc/X11/xorg.conf"), ("password", "umask=022"),
    ("password", "#javascript"), ("password", "12000"), ("handle", "bootstrap"), ("handle", "node_modules"), ("handle", "chart.js"), ("handle", "firefox-3.0"), ("handle", "2015"),
    ("address", "Python 2"), ("address", "java se 7"), ("ip", "0.0.0.0"),
    ("secret", "31 December 2025"), ("secret", "Office 2021"), ("secret", "com1 port"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "value"), NEVER)
def test_words_versions_and_sizes_are_not_carried_over(kind: str, value: str) -> None:
    known = Known()
    known.add(kind, value)
    assert not len(known)


#: Words, whatever they were told as: they go in their message only.
WORDS = [
    ("booking", "REALLY"), ("booking", "EXCEPT"), ("password", "javascript"), ("password", "FormData"), ("password", "live cd"), ("password", "#javascript"),
    ("password", "sunshine"), ("handle", "bootstrap"), ("handle", "chart.js"), ("secret", "31 December 2025"), ("secret", "16bit"), ("pin", "1987"), ("code", "4821"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "value"), WORDS)
def test_words_stay_in_the_conversation_that_told_them(kind: str, value: str) -> None:
    known = Known(reach=Reach.CONVERSATION)
    known.add(kind, value)
    assert not len(known)


#: What people have, told in one message and said again in the next.
ORDINARY = [
    ("password", "the wifi password is {}", "hunter2"), ("password", "das wlan passwort ist {}", "Bella12"), ("password", "le mot de passe c'est {}", "Soleil7"),
    ("password", "пароль от вайфая {}", "Мурка12"), ("password", "pw: {}", "Xk7#pQ"), ("password", "das wlan passwort ist {}", "Schnuffel"),
    ("password", "the wifi password is {}", "yYLOFRkd"), ("plate", "my plate is {}", "BAD-CA 123"), ("plate", "my plate is {}", "FUN 1234"),
    ("passport", "passport number {}", "LW8CYVKPM"), ("secret", "recovery code {}", "s6hak-holbk"), ("handle", "my insta is {}", "sunny_girl_xo"),
    ("handle", "my gamertag is {}", "xX_Slayer_Xx"), ("handle", "tg: @{}", "annakeller"), ("booking", "booking ref {}", "KXPLM4"), ("code", "your code is {}", "604118"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "told", "value"), ORDINARY)
def test_what_was_told_goes_from_the_whole_conversation(kind: str, told: str, value: str) -> None:
    told = told.format(value)
    again, quote, loud, late = retold(
        told, f"{value} doesnt work", f"> {told}\nok", f"{value.upper()}?", f"so {value.lower()}"
    )
    assert again == f"[{kind}] doesnt work"
    assert (loud, late) == (f"[{kind}]?", f"so [{kind}]")
    assert value not in quote


@pytest.mark.parametrize(("kind", "told", "value"), ORDINARY)
def test_a_persona_says_none_of_them(kind: str, told: str, value: str) -> None:
    known = Known(reach=Reach.CONVERSATION)
    (result,) = conversation.scrub([Line("A", 0.0, told.format(value))])
    for mark in result.marks:
        known.add(mark.kind, mark.value)
    text = f"haha yes it's {value} i think"
    said = "".join(one.value for one in Guard(known).watch(Said("text", c) for c in text))
    assert said == f"haha yes it's [{kind}] i think"


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("code", "U93N67"),
        ("code", "YQJRHP"),
        ("secret", "tkaxz-iaczk"),
        ("password", "NGSUdKdahKIntP"),
        ("password", "OmdF#aCHFx"),
        ("booking", "KXPLMQ"),
    ],
)
def test_codes_with_letters_and_what_is_no_word_are_remembered_here(kind: str, value: str) -> None:
    known = Known(reach=Reach.CONVERSATION)
    known.add(kind, value)
    assert found(known, f"so {value.lower()} ok") == [value.lower()]


@pytest.mark.parametrize(
    "link",
    ["https://anna:hunter2@example.org/x", "https://example.org/reset?password=hunter2", "ftp://bob:hunter2@example.org"],
)
def test_what_a_link_carries_is_known_where_it_was_told(link: str) -> None:
    known = Known(reach=Reach.CONVERSATION)
    known.add("url", link)
    assert found(known, "haha yes it's hunter2 i think") == ["hunter2"]
    known = Known()
    known.add("url", link)
    assert not found(known, "haha yes it's hunter2 i think")


def test_a_long_code_is_known_by_its_digits_whatever_word_stands_before_them() -> None:
    known = Known(reach=Reach.CONVERSATION)
    known.add("code", "KEY48213")
    known.add("code", "KEY4821")
    assert found(known, "48213, KEY48213, 4821, KEY4821") == ["48213", "48213"]


@pytest.mark.parametrize("value", ["Rosengarten 77", "blue horse 42", "hunter22"])
def test_a_password_with_two_figures_goes_everywhere(value: str) -> None:
    known = Known()
    known.add("password", value)
    assert found(known, f"so {value} ok") == [value]


@pytest.mark.parametrize(("kind", "value"), [("plate", "MAY 2024"), ("plate", "TOP 100")])
def test_what_everybody_says_stays_in_other_conversations(kind: str, value: str) -> None:
    known = Known()
    known.add(kind, value)
    assert not found(known, f"so {value} ok")
    known.add("plate", "FUN 1234")
    assert found(known, "so FUN 1234 ok") == ["FUN 1234"]


@pytest.mark.parametrize(
    "value", ["hunter2", "cloud9", "Schnuffel", "1password", "model 12", "room101", "100euro", "24hours", "area51"]
)
def test_a_word_with_a_figure_stays_in_other_conversations(value: str) -> None:
    known = Known()
    conversation.scrub([Line("A", 0.0, f"the wifi password is {value}")], known)
    assert [one.text for one in conversation.scrub([Line("A", 0.0, f"so {value} it is")], known)] == [f"so {value} it is"]


SURELY = [
    ("booking", "K8XQ2P"), ("booking", "48213377"), ("password", "Sunflower99"), ("password", "k7Qm2x9"), ("password", "Rex199"), ("password", "Bella12"), ("password", "Dragon!7x"), ("password", "lila affe spülmaschine"),
    ("password", "QWERTYabc7"), ("handle", "@quillberry"), ("handle", "annie.kv"), ("handle", "moonfox92"), ("address", "12 Main Street"), ("plate", "B-MX 4711"), ("plate", "FUN 1234"), ("passport", "LW8CYVKPM"),
    ("licence", "D1234567"), ("passport", "C01X00T47"), ("ip", "93.184.216.34"), ("secret", "ABCD-EFGH-JKLM-N123"), ("secret", "8f3k-29dk"), ("secret", "83920183"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "value"), SURELY)
def test_what_looks_like_nothing_else_is(kind: str, value: str) -> None:
    known = Known()
    known.add(kind, value)
    value = value.removeprefix("@")
    assert found(known, f"so {value} it is") == [value]


def test_the_number_of_a_machine_is_found_as_it_was_written() -> None:
    known = Known()
    known.add("ip", "93.184.216.34")
    known.add("ip", "8.8.8.8")
    assert found(known, "93.184.216.34 or 8.8.8.8 but 8888 and 9318421634") == ["93.184.216.34", "8.8.8.8"]


@pytest.mark.parametrize(
    ("kept", "entry"),
    [
        ("QWERTYabc7", ("url", "https://zoom.us/j/1?pwd=QWERTYabc7")),
        ("030 901820", ("phone", "+49 30 901820")),
        ("4821", ("pin", "4821")),
    ],
)
def test_what_the_owner_keeps_comes_back_by_no_other_value(kept: str, entry: tuple[str, str]) -> None:
    known = Known(normals(kept), Reach.CONVERSATION)
    known.add(*entry)
    assert not found(known, f"so {kept} it is")
    free = Known(reach=Reach.CONVERSATION)
    free.add(*entry)
    assert found(free, f"so {kept} it is")


@pytest.mark.parametrize("pin", ["1234", "4321", "123456"])
def test_who_counts_tells_no_pin(pin: str) -> None:
    words = {"1": "one", "2": "two", "3": "three", "4": "four", "5": "five", "6": "six"}
    text = f"{', '.join(words[digit] for digit in pin)}, i declare a thumb war"
    assert retold(f"my pin is {pin}", text) == [text]


def test_a_number_told_in_words_may_stand_in_a_long_text() -> None:
    known = Known()
    known.add("pin", "4821")
    assert known.may_stand_in("first\nso four eight two one?\nlast")
    assert not known.may_stand_in("first\nso four eight two\nlast")
    assert look.holding([("ok", []), ("so four eight two one?", [])], known, None) == [1]


BESIDE = [
    ("my plate is B-MX 4711", "B-MX 4711", ["car:{}", "{}-blue", "x={}", "my/{}/his"]), ("recovery code is 8f3k 29dk", "8f3k 29dk", ["rc:{}", "x/{}"]),
    ("the wifi password is lila affe spülmaschine", "lila affe spülmaschine", ["x={}", "{}/guest"]), ("my pin is 4821", "4821", ["door:{}", "user/{}", "pw:{}", "x.{}"]),
]  # fmt: skip


@pytest.mark.parametrize(("told", "value", "texts"), BESIDE)
def test_a_secret_of_several_words_that_signs_join_to_others(told: str, value: str, texts: list[str]) -> None:
    known = Known()
    for result in conversation.findings([Line("A", 0.0, told)])[0]:
        known.add(result.kind, told[result.start : result.end])
    for text in texts:
        assert found(known, text.format(value)) == [value], text
        guarded = Guard(known).clean(f"hm {text.format(value)} ok")
        assert value not in guarded and "[" in guarded, text
        out = "".join(said.value for said in Guard(known).watch(Said("text", c) for c in f"hm {text.format(value)} ok"))
        assert value.split(maxsplit=1)[0] not in out, text
    assert not found(known, "at 10:4821 or 3.4821 or 9/4821")


def test_a_long_secret_that_signs_join_to_another_word() -> None:
    known = Known()
    known.add("key", key := "ab12-" * 24 + "ab12")
    assert found(known, f"x={key}") == [key]
    assert found(known, f"x/{key}") == [key]


def test_what_stands_in_a_path_is_no_password() -> None:
    known = Known()
    known.add("password", "hlds_2024")
    assert not found(known, "see /home/hlds_2024 there")
    assert found(known, "see guest/hlds_2024 there") == ["hlds_2024"]


@pytest.mark.parametrize(
    ("plain", "digits"),
    [
        ("four eight two one, ok", ["four", "eight", "two", "one"]), ("so vier-acht 2 один! oh", ["vier", "acht", "2", "один", "oh"]),
        ("4821", list("4821")), ("nothing here", []), ("٤ eight", ["٤", "eight"]),
    ],
)  # fmt: skip
def test_the_way_back_from_figures(plain: str, digits: list[str]) -> None:
    figured = Figured(plain)
    assert figured.text == figures(plain)
    places = [figured.back(n, n + 1) for n, sign in enumerate(figured.text) if sign.isdigit()]
    assert [plain[start:end] for start, end in places] == digits
    assert figured.back(len(figured.text), len(figured.text)) == (len(plain), len(plain))


def test_the_way_back_is_asked_for_once_however_often_a_number_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[str] = []

    class Counted(Figured):
        def __init__(self, plain: str) -> None:
            made.append(plain)
            super().__init__(plain)

    monkeypatch.setattr(module, "Figured", Counted)
    known = Known()
    known.add("pin", "4821")
    assert len(found(known, "four eight two one, " * 50)) == 50
    assert not [f for f in known.numbers._in_words("one two three " + "4821 " * 50)]
    assert len(made) == 2
    assert list(known.numbers._in_words("4821 " * 50)) == [] and len(made) == 2, "no words, no way back"


@pytest.mark.parametrize("seed", range(40))
def test_at_once_or_word_by_word_the_same_is_found(seed: int) -> None:
    rng = random.Random(seed)
    letters = [rng.choice(["a", "b", "ab", "ab1", "1", "-", "at", "ba"]) for _ in range(120)]
    text = " ".join(letters)
    known = Known()
    keys = []
    for length in (6, 9, 14, 30, 100, 101):
        begin = rng.randrange(20)
        key = "".join(filter(str.isalnum, letters[begin:]))[:length]
        keys.append(key)
        known.deny("secret", key)
    pieces = list(filter(str.isalnum, letters))
    expected = set()
    for n in range(len(pieces)):
        for m in range(n, len(pieces)):
            if "".join(pieces[n : m + 1]) in keys and "at" not in pieces[n : m + 1]:
                expected.add(n)
    begun = {text[: f.start].count(" ") - text[: f.start].split(" ").count("-") for f in known.find(View(text))}
    assert expected <= begun


def test_no_more_of_a_text_is_put_together_than_a_long_secret_has() -> None:
    """A text that repeats what a secret repeats is made one once, not once for every word."""
    known = Known()
    known.add("key", "a1" * 200)
    made = 0

    class Counted(list[str]):
        def __getitem__(self, at):  # type: ignore[no-untyped-def]
            nonlocal made
            made += len(range(*at.indices(len(self)))) if isinstance(at, slice) else 1
            return super().__getitem__(at)

    words = Counted(["a1"] * 1_000)
    assert known.words.standing(words, words)[0]
    assert made < 30 * len(words)


def test_a_short_number_with_letters_behind_it_is_another() -> None:
    known = Known()
    known.add("pin", "6600")
    assert not found(known, "my 6600GT of commit 6600e1f")
    assert found(known, "so 6600, or #6600 and 6600.") == ["6600"] * 3


def test_what_is_carried_over_is_counted_where_it_was_not_found() -> None:
    talks = [
        [Line("A", 0.0, "my pin is 4821"), Line("B", 60.0, "ok")],
        [Line("A", 9e6, "so 4821, and 4821 again"), Line("B", 9e6 + 60, "my pin is 4821")],
        [Line("A", 9e7, "the wifi password is hunter2"), Line("B", 9e7 + 60, "hunter2 it is")],
        [Line("A", 9e8, "hunter2 was his name")],
    ]
    assert evaluation.carried(talks) == (7, 3)


def test_what_is_said_again_is_measured_beside_what_it_costs() -> None:
    cases = list(again.again(3, 400))
    assert len({(one.kind, one.case.language) for one in cases}) > 60
    for one in cases:
        values = {m.text[s.start : s.end] for m, s in zip(one.case.messages, one.case.spans, strict=True)}
        assert len(values) == 1, "the same value in all three"
    found = evaluation.measure_again(cases)
    assert found["recall_again"] >= 0.97
    assert found["recall_again_password"] >= 0.99
    assert 0.7 < found["recall_again_elsewhere"] < found["recall_again"]

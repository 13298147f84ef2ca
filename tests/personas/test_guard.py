"""The guard: what was taken out does not come out, in whatever spelling; everything else streams on untouched."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from mnemonic import Mnemonic

from apps.personas.guard import BREAK, Guard, Said
from apps.privacy.planted.values import make
from apps.privacy.scrub.known import Known, Reach
from apps.privacy.scrub.known_words import MOST_SIGNS
from chatclone_site.bench_guard import KINDS, LANGUAGES, comes_out, pieces, spellings

SECRETS = [
    ("card", "4539 1488 0343 6467"),
    ("password", "Sunflower99"),
    ("phone", "+49 30 901820"),
    ("email", "ann.roe@example.org"),
    ("pin", "4821"),
    ("address", "12 oak street"),
]


@pytest.fixture(scope="module")
def guard() -> Guard:
    known = Known()
    for kind, value in SECRETS:
        known.add(kind, value)
    return Guard(known)


def opened(bubbles: list[str], rng: random.Random) -> Iterator[Said]:
    """One turn of bubbles as a model writes them."""
    yield Said("turn")
    if bubbles:
        yield Said("bubble")
        yield from pieces(BREAK.join(bubbles), rng)


def written(guard: Guard, bubbles: list[str], seed: int = 1) -> list[str]:
    out: list[str] = []
    for said in guard.watch(opened(bubbles, random.Random(seed))):
        if said.kind == "bubble":
            out.append("")
        elif said.kind == "text":
            out[-1] += said.value
    return out


LEAKS = [
    ["it is 4539148803436467 ok"], ["it is 4539 1488 0343 6467"], ["4539-1488-0343-6467!"], ["4 5 3 9 1 4 8 8 0 3 4 3 6 4 6 7"],
    ["four five three nine one four eight eight zero three four three six four six seven"], ["4539 1488", "0343 6467"], ["4539", "1488 0343", "6467 bye"],
    ["try Sunflower99"], ["try SUNFLOWER99 now"], ["try sunflower99."], ["the pin is 4821"], ["4 8 2 1"], ["four eight two one"], ["call +49 30 901820"], ["4930901820"],
    ["mail ann.roe@example.org"], ["ANN.ROE@EXAMPLE.ORG"], ["at 12 Oak Street"], ["12 OAK STREET"], ["vier acht zwei eins"], ["48", "21"],
]  # fmt: skip


@pytest.mark.parametrize("bubbles", LEAKS)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_nothing_stored_comes_out(guard: Guard, bubbles: list[str], seed: int) -> None:
    out = " ".join(written(guard, bubbles, seed))
    low = "".join(c for c in out.lower() if c.isalnum())
    for bad in (
        "4539",
        "1488",
        "0343",
        "6467",
        "sunflower",
        "4821",
        "901820",
        "annroe",
        "oakstreet",
        "fourfivethree",
        "foureighttwo",
        "vieracht",
        "48",
    ):
        assert bad not in low, out


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("four, eight, two, one", "[pin]"), ("four-eight-two-one", "[pin]"), ("Four. Eight. Two. One", "[pin]"), ("four eight\ntwo one", "[pin]"), ("4,8,2,1", "[pin]"),
        ("4.8.2.1", "[pin]"), ("4️⃣8️⃣2️⃣1️⃣", "[pin]"), ("4️⃣ 8️⃣ 2️⃣ 1️⃣", "[pin]"), ("4539, 1488, 0343, 6467", "[card]"), ("4539\n1488\n0343\n6467", "[card]"),
        ("4539_1488_0343_6467", "[card]"), ("4539 • 1488 • 0343 • 6467", "[card]"), ("Sunflower nine nine", "[password]"), ("ann dot roe at example dot org", "[email]"),
        ("ann roe at example dot org", "[email]"), ("ann.roe [at] example [dot] org", "[email]"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_nor_with_signs_between_or_in_words(guard: Guard, text: str, said: str, seed: int) -> None:
    assert written(guard, [f"so {text} ok"], seed) == [f"so {said} ok"]
    assert guard.clean(f"so {text} ok") == f"so {said} ok"


@pytest.mark.parametrize("unseen", ["\u200b", "\u00ad", "\u2060"], ids=["zero width", "soft hyphen", "word joiner"])
@pytest.mark.parametrize(
    ("value", "said"), [("4539 1488 0343 6467", "[card]"), ("4539148803436467", "[card]"), ("4000 0012 3456 7899", "[card]"), ("DE89 3704 0044 0532 0130 00", "[iban]")]
)  # fmt: skip
@pytest.mark.parametrize("seed", range(4))
def test_nor_with_signs_between_that_nobody_sees(guard: Guard, value: str, said: str, unseen: str, seed: int) -> None:
    text = unseen.join(value)
    assert written(guard, [f"so {text} ok"], seed) == [f"so {said} ok"]
    assert guard.clean(f"so {text} ok") == f"so {said} ok"


def test_signs_that_nobody_sees_are_no_reason_to_wait(guard: Guard) -> None:
    assert written(guard, ["it\u200b was 3\u00ad9 eu\u00adros in 2\u200b019 ok"]) == [
        "it\u200b was 3\u00ad9 eu\u00adros in 2\u200b019 ok"
    ]


@pytest.mark.parametrize(
    "text", ["bob (at) gmail dot com", "bob dot smith at mail dot example dot com", "bob (at) gmail [.] com"]
)
@pytest.mark.parametrize("seed", range(4))
def test_an_address_in_words_waits_from_its_first_sign(text: str, seed: int) -> None:
    """The word before it may have been said already: nothing told that an address begins."""
    assert written(Guard(Known()), [f"so mail {text} ok"], seed) == ["so mail bob [email] ok"]


INNOCENT = [
    "1, 4, 8, 2, 1, 5",
    "that is the point of it",
    "dot dot dot nothing",
    "he said (at least) once",
    "sunflower at night",
    "❤️ love ❤️",
    "see you at 4, maybe 5",
    "sunflowers are nice",
    "he has 48 books",
    "in 2024 we met",
    "oak trees on the street",
    "four of us, one car",
    "call me",
    "453 people came",
    "ann is here",
    "it costs 4.82 1 time",
]


@pytest.mark.parametrize("text", INNOCENT)
def test_everything_else_is_said_as_it_is(guard: Guard, text: str) -> None:
    assert written(guard, [text, "and more"]) == [text, "and more"]


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\x1e"), max_size=40), max_size=4), st.integers(0, 5)
)
@example(["A@A.AA"], 0)  # an address
def test_bubbles_stay_bubbles(bubbles: list[str], seed: int) -> None:
    guard = Guard(Known())
    secret = any(c.isdigit() for b in bubbles for c in b) or any(True for _ in guard.find("\x1e".join(bubbles)))
    assert written(guard, bubbles, seed) == bubbles or secret


def test_the_sign_of_a_break_within_words_is_a_blank(guard: Guard) -> None:
    """A model of letters or bytes may write any sign."""
    said = [Said("turn"), Said("bubble", "2.5"), Said("text", f"one{BREAK}two "), Said("text", BREAK), Said("bubble", "3")]
    given = list(guard.watch([*said, Said("text", "three")]))
    assert [s.value for s in given if s.kind == "bubble"] == ["2.5", "3"]
    assert "".join(s.value for s in given if s.kind == "text") == "one two  three"
    assert guard.clean(f"the pin{BREAK}is 4821") == "the pin is [pin]"


def test_words_come_as_soon_as_they_may(guard: Guard) -> None:
    """Nothing is held back that cannot be the beginning of something stored."""
    out: list[str] = []
    held = 0
    for n, said in enumerate(
        guard.watch(Said("text", w + " ") for w in "we went to the lake and it was cold but nice".split())
    ):
        out.append(said.value)
        held = max(held, n + 1 - len(out))
    assert held == 0
    assert "".join(out) == "we went to the lake and it was cold but nice "


def test_what_was_stopped_is_counted(guard: Guard) -> None:
    guard.stopped = 0
    list(guard.watch(opened(["it is 4821 and Sunflower99"], random.Random(1))))
    assert guard.stopped == 2


@pytest.mark.parametrize(
    "account", ["DE89 3704 0044 0532 0130 00", "GB29 NWBK 6016 1331 9268 19", "de89 3704 0044 0532 0130 00"]
)
@pytest.mark.parametrize("seed", range(6))
def test_accounts_nobody_stored_are_taken_back_from_their_first_letter(account: str, seed: int) -> None:
    assert written(Guard(Known()), [f"send it to {account} please"], seed) == ["send it to [iban] please"]


def test_words_that_only_begin_like_an_account_are_said_as_they_come() -> None:
    guard = Guard(Known())
    said = list(guard.watch([Said("text", piece) for piece in ("room ab", "12 is ", "nice ", "ok ", "bye")]))
    assert "".join(s.value for s in said) == "room ab12 is nice ok bye"
    assert len(said) > 2


def test_cards_nobody_stored_are_not_invented() -> None:
    assert Guard(Known()).clean("take 4111 1111 1111 1111 please") == "take [card] please"


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_nor_in_pieces(seed: int) -> None:
    """What has the form of a card is taken back whole while it is written, also where nothing is stored."""
    assert written(Guard(Known()), ["take 4111 1111 1111 1111 please"], seed) == ["take [card] please"]
    assert written(Guard(Known()), ["in 2024 or 1999 or 12345 times"], seed) == ["in 2024 or 1999 or 12345 times"]


#: BIP-39's words for the bytes 0 to 15: nobody's.
PHRASE = Mnemonic("english").to_mnemonic(bytes(range(16)))
MADE_UP = [
    ("see https://example.org/login?token=abcd1234efgh ok", "see [url] ok"), ("see https://ann:hunter22@example.org/ ok", "see [url] ok"),
    ("or www.example.org/a.b/c?pass=abcd1234. ok", "or [url]. ok"), ("mail ann.smith@example.org. ok", "mail [email]. ok"),
    ("call +49 30 901820441 ok", "call [phone] ok"), ("call +1 (415) 555-2671, ok", "call [phone], ok"), ("ping 84.23.11.9 ok", "ping [ip] ok"),
    ("its 3c:22:fb:7a:1b:9e ok", "its [mac] ok"), ("we are at 52.520008, 13.404954 ok", "we are at [geo] ok"),
    ("the wifi password is Sunfl0wer9x ok", "the wifi password is [password] ok"), ("my pin is 4821 ok", "my pin is [pin] ok"),
    ("the password is blue dragon sunset.", "the password is [secret]."), ("password: correct horse battery staple", "password: [password]"),
    ("The password for the shed is kaffeekanne, ok", "The password for the shed is [password], ok"), ("das Passwort ist „blauer Berg Nebel“ ok", "das Passwort ist „[password]“ ok"),
    ("set DB_PASSWORD=kaffeekanne ok", "set DB_PASSWORD=[password] ok"), ('db_password = "blue horse lake" ok', 'db_password = "[password]" ok'),
    ("curl -s https://example.org/a/b/c/d -u ann:kaffee ok", "curl -s https://example.org/a/b/c/d -u ann:[password] ok"), ("mysql -h localhost -u root -p kaffee ok", "mysql -h localhost -u root -p [password] ok"),
    ("the code is 552-118 ok", "the code is [code] ok"), ("at 52.5200° N, 13.4049° E ok", "at [geo] ok"),
    (f"-----BEGIN PRIVATE KEY-----\n{'MIIEvQIBADANBgkqhkiG9w0BAQEFAASCSJ22w9DRD' * 9}\n-----END PRIVATE KEY----- ok", "[key] ok"),
    (f"its {PHRASE} ok", "its abandon amount [seed] ok"), (f"its {PHRASE.replace(' ', ', ')}.", "its abandon, amount, [seed]."),
    (" ".join(f"{n}. {word}" for n, word in enumerate(PHRASE.split(), 1)), "1. abandon 2. amount 3. [seed]"),
    (f"its {PHRASE.replace(' ', ' , ')} ok", "its abandon , amount , [seed] ok"), (f"its {PHRASE.replace(' ', chr(10))} ok", "its abandon\namount\n[seed] ok"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "said"), MADE_UP)
@pytest.mark.parametrize("seed", range(6))
def test_what_looks_like_a_secret_is_not_said_though_nobody_stored_it(text: str, said: str, seed: int) -> None:
    """Not a letter of it, and two words of a phrase: links and addresses wait at their full stops, numbers at their first digits."""
    guard = Guard(Known())
    assert written(guard, [text], seed) == [said]
    assert guard.stopped == 1


@pytest.mark.parametrize(
    "text",
    ["look at https://example.org/cats. nice", "at 10:30. nice", "v1.2.3. ok", "here...really.", "he said:no", "+1 from me"],
)
@pytest.mark.parametrize("seed", range(4))
def test_links_times_and_versions_are_said(text: str, seed: int) -> None:
    assert written(Guard(Known()), [text], seed) == [text]


@pytest.mark.parametrize("at_once", [2, 3, 5, 7])
def test_a_phrase_that_comes_several_words_at_once(at_once: int) -> None:
    words = PHRASE.split()
    ops = [Said("text", " ".join(words[n : n + at_once]) + " ") for n in range(0, len(words), at_once)]
    said = "".join(one.value for one in Guard(Known()).watch([Said("turn"), Said("bubble"), *ops]))
    assert said.split() == [*words[:2], "[seed]"]


@pytest.mark.parametrize("stored", [("heron lake", "lakeside door"), ("heron lake gate", "gate")])
@pytest.mark.parametrize("before", ["well ", "at 12 ", ""])
def test_the_end_of_a_secret_that_begins_another_is_not_said_on_its_own(stored: tuple[str, ...], before: str) -> None:
    known = Known()
    for value in stored:
        known.deny("secret", value)
    ops = [Said("text", f"{before}{stored[0]} "), Said("text", "it was")]
    assert "".join(said.value for said in Guard(known).watch(ops)) == f"{before}[secret] it was"


@pytest.mark.parametrize(
    "text",
    [
        "I forgot the password to that site again, can you send it", "the password is on the fridge under the milk", "can you pass me the salt and pepper please my dear",
        "his password is really hard to remember for people who are tired", "password? no idea", "what is the password", "she said: \"I like the sea\"",
    ],
)  # fmt: skip
@pytest.mark.parametrize("seed", range(4))
def test_talk_about_passwords_is_said(text: str, seed: int) -> None:
    assert written(Guard(Known()), [text, "and more"], seed) == [text, "and more"]


def test_a_password_waits_for_its_sentence_only() -> None:
    """And what is no password is said after a few words."""

    def parts(text: str) -> list[str]:
        return [one.value for one in Guard(Known()).watch(Said("text", word + " ") for word in text.split())]

    assert parts("the password is kaffee blume sonne, so there") == [
        "the ",
        "password is ",
        "[password]",
        ", ",
        "so ",
        "there ",
    ]
    assert parts("can you pass me the salt") == ["can ", "you ", "pass me ", "the ", "salt "]
    assert parts("I lost my password. So what now") == ["I ", "lost ", "my ", "password. ", "So ", "what ", "now "]


def test_words_of_a_phrase_count_in_a_row_only() -> None:
    """`I love you` waits for nothing: one of its words is in no list."""
    ops = [Said("text", word + " ") for word in "abandon ability my able about above".split()]
    said = [one.value for one in Guard(Known()).watch(ops)]
    assert said == ["abandon ", "ability ", "my ", "able ", "about ", "above "]


TALKING = [("code", "482913"), ("secret", "QX7K-19PD-44RZ"), ("birthdate", "22.11.1952"), ("birthdate", "3 March 1991")]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("it was 482913 then", "it was [code] then"), ("it was 482 913 then", "it was [code] then"), ("the box says QX7K19PD44RZ ok", "the box says [secret] ok"),
        ("since 22.11.1952 i think", "since [birthdate] i think"), ("22 11 1952", "[birthdate]"), ("on 3 march 1991 ok", "on [birthdate] ok"),
        ("we say happy birthday", "we say happy birthday"), ("room 7297", "room 7297"), ("since 23.11.1952", "since 23.11.1952"), ("it costs 482 914", "it costs 482 914"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("seed", [1, 2])
def test_codes_keys_and_dates_that_were_taken_out_are_not_said(text: str, said: str, seed: int) -> None:
    """Where texts are scrubbed codes and dates count in their own message only: one number is often another thing elsewhere."""
    known, scrubbing = Known(reach=Reach.TALK), Known()
    for kind, value in (*TALKING, ("secret", "happy birthday"), ("code", "7297")):
        known.add(kind, value)
        scrubbing.add(kind, value)
    assert written(Guard(known), [text], seed) == [said]
    assert len(scrubbing) == 1, "the key of letters and digits is one everywhere"


#: 273 letters and digits, twice as many characters letter by letter.
LONG_KEY = "tok_" + "".join(f"{chr(97 + n * 7 % 26)}{chr(65 + n * 11 % 26)}{n % 10}" for n in range(90))


def kept(kind: str, value: str) -> Guard:
    known = Known(reach=Reach.TALK)
    known.add(kind, value)
    return Guard(known)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_in_all_six_spellings(language: str) -> None:
    """As the benchmark tries them, one secret of each kind at a time."""
    rng = random.Random(11)
    for kind in KINDS:
        known = Known(reach=Reach.TALK)
        while not len(known):
            value = make(kind, rng, language)
            known.add(kind, value)
        for spelling, text in spellings(value, language):
            out = written(Guard(known), [f"well it is {text} ok"])
            assert not comes_out(value, "".join(out)), (kind, spelling, text, out)


@pytest.mark.parametrize(
    ("out", "comes"),
    [
        ("hunter27x", True), ("H U N T E R 2 7 X", True), ("hunt", False), ("hunter", True), ("nter two seven", True), ("hun[password]27x", False), ("r-27 x, hunte", False),
    ],
)  # fmt: skip
def test_what_counts_as_said(out: str, comes: bool) -> None:
    """Three fifths of it in a row: six of nine letters and digits."""
    assert comes_out("Hunter-27x", f"it is {out} ok") is comes


def test_an_address_of_a_machine_is_no_number_that_people_count() -> None:
    known = Known(reach=Reach.TALK)
    for value in ("8.8.8.8", "10.0.0.1", "127.0.0.1", "10.0.0.138", "192.168.0.12"):
        known.add("ip", value)
    guard = Guard(known)
    for said in ("that was 8888 haha", "10001 nights", "10 001 people", "127001 people"):
        assert written(guard, [said]) == [said]
    for said in ("10-0-0-1", "8 8 8 8", "127 0 0 1", "192168012", "192 168 012", "10 0 0 138"):
        assert said not in written(guard, [f"it is {said} ok"])[0], said


@pytest.mark.parametrize("value", ["18.05.93", "12/03/1994", "12031994"])
def test_a_birth_date_told_digit_by_digit(value: str) -> None:
    known = Known(reach=Reach.TALK)
    known.add("birthdate", value)
    words = dict(zip("0123456789", "zero one two three four five six seven eight nine".split(), strict=True))
    said = " ".join(words.get(c, ".") for c in value)
    assert said not in written(Guard(known), [f"it is {said} ok"])[0]


def test_which_spellings_there_are() -> None:
    assert {name for name, _ in spellings("hunter2", "en")} == {
        "plain",
        "capitals",
        "spaced",
        "grouped",
        "digits_as_words",
        "bubbles",
    }
    assert ("digits_as_words", "hunter two") in spellings("hunter2", "en")
    assert ("digits_as_words", "h u n t e r zwei") in spellings("hunter2", "de")
    assert "digits_as_words" not in {name for name, _ in spellings("hunter", "en")}


@pytest.mark.parametrize(
    "parted", [LONG_KEY, " ".join(LONG_KEY), "-".join(LONG_KEY[n : n + 4] for n in range(0, len(LONG_KEY), 4))]
)
@pytest.mark.parametrize("bubbles", [False, True])
def test_a_long_key_is_held_to_its_end(parted: str, bubbles: bool) -> None:
    """It begins farther back than a sentence, and has more letters than are remembered one by one."""
    said = parted.replace(" ", BREAK) if bubbles else parted
    out = written(kept("key", LONG_KEY), [f"so {said} ok"])
    assert "".join(out) == "so [key] ok"


@pytest.mark.parametrize(
    "digits", ["zero one two three four five six seven eight nine", "ноль один два три четыре пять шесть семь восемь девять"]
)
def test_nor_is_one_said_with_its_digits_as_words(digits: str) -> None:
    words = digits.split()
    text = "".join(f" {words[int(c)]} " if c.isdecimal() else c for c in LONG_KEY)
    assert written(kept("key", LONG_KEY), [f"so {text}ok"]) == ["so [key] ok"]


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        ("password", "two cats 77", "two cats seven seven"), ("password", "zwei Katzen 77", "zwei Katzen sieben sieben"), ("password", "dos gatos 77", "dos gatos siete siete"),
        ("password", "два кота 77", "два кота семь семь"), ("address", "Rua Sete, 26", "Rua Sete, two six"), ("secret", "IVN4QZV5LK3UN2HG", "IVN quatre QZV cinq LK trois UN deux HG"),
    ],
)  # fmt: skip
def test_a_secret_may_hold_words_for_digits_itself(kind: str, value: str, text: str) -> None:
    """Then they are read as digits like those beside them."""
    assert written(kept(kind, value), [f"so {text} ok"]) == [f"so [{kind}] ok"]


@pytest.mark.parametrize("text", ["PLAZA DEL OLMO 58, 4º IZQ", f"plaza del{BREAK}olmo 58, 4º izq"])
def test_letters_that_only_look_other_are_waited_for_too(text: str) -> None:
    assert "".join(written(kept("address", "plaza del olmo 58, 4º izq"), [f"so {text} ok"])) == "so [address] ok"


@pytest.mark.parametrize(
    ("kind", "value", "text"),
    [
        ("address", "17, impasse des Tilleuls", "17im pass edes Till euls"),
        ("key", "xoxp-054916249693-942306554590-1516657557280-79fd5cc3291e6d88beed6081f77af206", f"xoxp-054916249693-9423065{BREAK}54590-1516657557280-79fd5cc3291e6d88beed6081f77af206"),
    ],
)  # fmt: skip
def test_of_what_is_stored_nothing_stays_beside_the_form_of_something_else(kind: str, value: str, text: str) -> None:
    out = "".join(written(kept(kind, value), [f"so {text} ok"]))
    assert out.startswith("so [")
    assert out.endswith("] ok")


def test_a_bubble_may_end_at_a_dash_between_groups() -> None:
    out = written(kept("card", "6759 - 7491 - 3663 - 5655"), ["6759 - 7491 ", "- 3663 - 5655"])
    assert "".join(out) == "[card]"


def test_an_address_whose_signs_were_words_is_known_without_them() -> None:
    assert written(kept("email", "bob.lum181(собака)gmx.de"), ["so bobl um18 1gmx de ok"]) == ["so [email] ok"]


def test_signs_alone_are_not_waited_for_without_end() -> None:
    """ "at at at …" begins an address only as long as a few signs may stand between its letters."""
    guard = kept("email", "at.noon@example.org")
    waiting = 0
    for number in range(2, 3 * MOST_SIGNS):
        out = [said.value for said in guard.watch([Said("text", "at ")] * number)]
        waiting = max(waiting, out[-1].count("at"))
    assert waiting == MOST_SIGNS + 1

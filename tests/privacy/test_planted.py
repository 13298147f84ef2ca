"""Planted secrets: exact labels, the same by seed, and values that real checkers accept."""

import hashlib
import ipaddress
import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from random import Random

import phonenumbers
import pytest
from mnemonic import Mnemonic
from stdnum import iban, isbn, luhn
from stdnum.br import cpf
from stdnum.de import idnr
from stdnum.es import dni
from stdnum.fr import nir
from stdnum.it import codicefiscale
from stdnum.nl import bsn
from stdnum.pl import pesel
from stdnum.pt import nif
from stdnum.ru import inn
from stdnum.us import rtn, ssn

from apps.privacy.planted import coins, fillers, money, people, phones, tokens
from apps.privacy.planted.cases import GROUPS, cases, kinds_of
from apps.privacy.planted.phrases import lines, under
from apps.privacy.planted.types import KINDS, LANGUAGES, Case
from apps.privacy.planted.values import make

MANY = 3000
CHECKS: dict[Callable[[Random], str], Callable[[str], object]] = {
    people.ssn: lambda text: ssn.is_valid(text.replace(" ", "-")),
    people.nino: lambda text: re.fullmatch(r"[A-CEGHJ-PR-TW-Z][A-CEGHJ-NPR-TW-Z]\d{6}[A-D]", text.replace(" ", "").upper()),
    people.tax_id: idnr.is_valid,
    people.dni: dni.is_valid,
    people.nir: nir.is_valid,
    people.fiscal: codicefiscale.is_valid,
    people.person_cpf: cpf.is_valid,
    people.person_nif: nif.is_valid,
    people.person_pesel: pesel.is_valid,
    people.bsn: bsn.is_valid,
    people.person_inn: inn.is_valid,
}


@pytest.fixture(scope="module")
def drawn() -> list[Case]:
    return list(cases(7, MANY))


def plain(text: str) -> str:
    """ASCII digits and ordinary blanks."""
    folded = unicodedata.normalize("NFKC", text)
    return "".join(
        str(unicodedata.decimal(char)) if unicodedata.decimal(char, None) is not None else char for char in folded
    )


def many(kind: str, count: int = 300) -> list[tuple[str, str]]:
    rng = Random(kind)
    return [(make(kind, rng, language), language) for language in LANGUAGES for _ in range(count // len(LANGUAGES))]


def told(case: Case) -> list[tuple[str, str]]:
    return [(span.kind, case.messages[span.message].text[span.start : span.end]) for span in case.spans]


def valid_phone(text: str, region: str | None) -> bool:
    text = plain(text)
    try:
        return phonenumbers.is_valid_number(phonenumbers.parse("+" + text[2:] if text.startswith("00") else text, region))
    except phonenumbers.NumberParseException:
        return False


def test_spans_are_clean_slices_that_never_overlap(drawn: list[Case]) -> None:
    for case in drawn:
        ends: Counter[int] = Counter()
        for span in case.spans:
            text = case.messages[span.message].text
            assert span.kind in KINDS
            assert ends[span.message] <= span.start < span.end <= len(text)
            assert text[span.start : span.end] == text[span.start : span.end].strip()
            ends[span.message] = span.end


def test_messages_run_forward_in_time(drawn: list[Case]) -> None:
    for case in drawn:
        times = [said.at for said in case.messages]
        assert times == sorted(times)
        assert all(said.text and said.who in (0, 1) for said in case.messages)


def test_the_same_seed_gives_the_same_cases() -> None:
    assert list(cases(3, 120)) == list(cases(3, 120))
    assert list(cases(3, 120)) != list(cases(4, 120))
    assert list(cases(3, 120))[:50] == list(cases(3, 50))


def test_every_group_kind_and_language_occurs(drawn: list[Case]) -> None:
    assert {case.group for case in drawn} == set(GROUPS)
    assert {case.language for case in drawn} == set(LANGUAGES)
    assert {span.kind for case in drawn for span in case.spans} == set(KINDS)
    for group in set(GROUPS) - {"innocent"}:
        assert set(kinds_of(group)) <= {span.kind for case in drawn if case.group == group for span in case.spans}


def test_a_chosen_group_or_language_stays_alone() -> None:
    assert {case.group for case in cases(1, 40, ["split"])} == {"split"}
    assert {case.language for case in cases(1, 40, languages=("it",))} == {"it"}
    with pytest.raises(ValueError, match="nonsense"):
        next(cases(1, 1, ["nonsense"]))


def test_innocent_cases_have_no_spans_and_the_others_have(drawn: list[Case]) -> None:
    assert all(bool(case.spans) == (case.group != "innocent") for case in drawn)


def test_a_split_secret_comes_from_one_sender_within_two_minutes(drawn: list[Case]) -> None:
    for case in (case for case in drawn if case.group == "split"):
        bubbles = [case.messages[span.message] for span in case.spans]
        places = [span.message for span in case.spans]
        assert places == list(range(places[0], places[0] + len(places))) and 2 <= len(places) <= 3
        assert len({said.who for said in bubbles}) == 1
        assert bubbles[-1].at - bubbles[0].at <= 120


def test_the_pieces_of_a_split_card_or_iban_check(drawn: list[Case]) -> None:
    for case in (case for case in drawn if case.group == "split"):
        whole = "".join(text for _, text in told(case))
        checks: dict[str, Callable[[str], object]] = {
            "card": luhn.is_valid,
            "iban": iban.is_valid,
            "phone": lambda text: valid_phone(text, None),
        }
        assert checks.get(case.spans[0].kind, bool)(re.sub(r"[^\w+]", "", whole)), whole


def test_an_answer_follows_its_question_from_the_other_side(drawn: list[Case]) -> None:
    for case in (case for case in drawn if case.group == "next_turn"):
        place = case.spans[0].message
        assert case.messages[place].who != case.messages[place - 1].who


def test_cards_have_luhn_and_many_lengths() -> None:
    cards = [re.sub(r"\D", "", plain(text)) for text, _ in many("card", 900)]
    assert all(luhn.is_valid(text) for text in cards)
    assert {len(text) for text in cards} == set(range(13, 20))


def test_ibans_are_valid_for_many_countries() -> None:
    found = [re.sub(r"[^0-9A-Za-z]", "", plain(text)) for text, _ in many("iban", 900)]
    assert [text for text in found if not iban.is_valid(text)] == []
    assert len({text[:2].upper() for text in found}) >= 15


def test_phone_numbers_are_valid_abroad_and_at_home() -> None:
    assert [text for text, _ in many("phone", 900) if not valid_phone(text, None)] == []
    rng = Random(5)
    for language in LANGUAGES:
        found = [phones.local(rng, language) for _ in range(80)]
        assert [text for text in found if not any(valid_phone(text, region) for region in phones.HOMES[language])] == []


def test_internet_addresses_parse() -> None:
    assert {ipaddress.ip_address(text).version for text, _ in many("ip")} == {4, 6}
    assert all(len(re.sub(r"[^0-9a-fA-F]", "", text)) == 12 for text, _ in many("mac"))


@pytest.mark.parametrize("maker", CHECKS, ids=lambda maker: maker.__name__)
def test_national_ids_pass_their_checksums(maker: Callable[[Random], str]) -> None:
    rng = Random(maker.__name__)
    assert [text for text in (maker(rng) for _ in range(200)) if not CHECKS[maker](text)] == []


def test_snils_pass_their_checksum() -> None:
    rng = Random(1)
    for _ in range(200):
        body = re.sub(r"\D", "", people.snils(rng))
        total = sum(int(char) * weight for char, weight in zip(body[:9], range(9, 0, -1), strict=True))
        assert int(body[9:]) == (total % 101 if total % 101 < 100 else 0)


def test_bank_numbers_pass_their_checksums() -> None:
    rng = Random(2)
    assert all(rtn.is_valid(money.routing(rng, "en")) for _ in range(200))


def test_coins_agree_with_published_examples() -> None:
    genesis = bytes.fromhex("62e907b15cbf27d5425399ebf6f0fb50ebb88f18")
    assert coins.base58check(b"\0" + genesis) == "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"
    program = bytes.fromhex("751e76e8199196d454941c45d1b3a323f1433bd6")
    assert coins.bech32("bc", 0, program) == "bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4"
    taproot = bytes.fromhex("79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798")
    assert coins.bech32("bc", 1, taproot) == "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0"
    assert coins.keccak(b"chat", pad=6) == hashlib.sha3_256(b"chat").digest()
    assert coins.ethereum("5aaeb6053f3e94c9b9a09f33669435e7ef1beaed") == "0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed"


def test_wallets_of_every_family_occur() -> None:
    starts = ("1", "3", "bc1q", "bc1p", "0x", "xpub", "zpub", "L", "ltc1", "D", "T")
    found = [text for text, _ in many("wallet", 900)]
    assert all(any(text.startswith(start) for text in found) for start in starts)


def test_seed_phrases_check() -> None:
    for text, _ in many("seed", 140):
        found = " ".join(re.findall(r"[a-z]+", text.lower()))
        assert Mnemonic("english").check(found)
        assert len(found.split()) in (12, 24)


def test_token_formats_of_many_providers() -> None:
    assert len(tokens.TOKENS) >= 25
    found = [text for text, _ in many("key", 900)]
    assert any(text.startswith("-----BEGIN") for text in found)
    assert any(text.startswith("eyJ") and text.count(".") == 2 for text in found)


def test_near_misses_really_miss() -> None:
    rng = Random(3)
    for _ in range(200):
        assert not luhn.is_valid(fillers.not_card(rng))
        assert not iban.is_valid(fillers.not_iban(rng))
        assert isbn.is_valid(fillers.isbn(rng))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_its_own_phrases(language: str) -> None:
    for group in ("formats", "context", "ask", "cue", "split.head", "split.tail"):
        assert set(under(language, group)) == set(under("en", group))
    named = [text for found in under(language, "context").values() for text in found]
    talk = [
        *lines(language, "talk"),
        *lines(language, "plain"),
        *(text for found in under(language, "formats").values() for text in found),
    ]
    assert len(set(named)) >= 12
    assert len(set(talk)) >= 60
    assert all("{" in text for text in named)

"""Check digits that are worked out here, because a library takes long in long lines, are those of the library."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from mnemonic import Mnemonic
from stdnum import luhn
from stdnum.iso7064 import mod_97_10

from apps.privacy.scrub.detectors import card, iban, seed

DIGITS = st.text("0123456789", min_size=13, max_size=19)


@given(DIGITS)
def test_cards(digits: str) -> None:
    right = digits[:-1] + luhn.calc_check_digit(digits[:-1])
    assert card._luhn(right)
    assert card._luhn(digits) == luhn.is_valid(digits)


@given(st.from_regex(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}", fullmatch=True))
def test_accounts(number: str) -> None:
    right = number[:2] + mod_97_10.calc_check_digits(number[4:] + number[:2]) + number[4:]
    assert len(right) in iban._checked(right)
    lengths = range(iban.SHORTEST, len(number) + 1)
    assert iban._checked(number) == [n for n in lengths if mod_97_10.is_valid(number[4:n] + number[:4])]


@given(st.binary(min_size=16, max_size=16))
def test_phrases(entropy: bytes) -> None:
    checker, _ = seed._lists()["english"]
    words = Mnemonic("english").to_mnemonic(entropy).split()
    assert checker.check(" ".join(words))
    assert not checker.check(" ".join([*words[:-1], "nowhere"]))
    swapped = " ".join([words[1], words[0], *words[2:]])
    assert checker.check(swapped) == Mnemonic("english").check(swapped)

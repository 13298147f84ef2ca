"""Keys of providers, and private keys in armour."""

from __future__ import annotations

import random
import re
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.privacy.scrub import engine
from apps.privacy.scrub.detectors import keys
from apps.privacy.scrub.types import View

BEGIN, END = "-----BEGIN RSA PRIVATE KEY-----", "-----END RSA PRIVATE KEY-----"
BODY = "\n".join("".join(random.Random(n).choices(string.ascii_letters + string.digits + "+/", k=64)) for n in range(4))


def found(text: str) -> list[str]:
    return [text[f.start : f.end] for f in keys.find(View(text)) if f.rank == 90]


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        (f"here:\n{BEGIN}\n{BODY}\n{END}\nok", [f"{BEGIN}\n{BODY}\n{END}"]),
        (f"{BEGIN}\n{BODY}\n{END} and {BEGIN}\n{BODY}\n{END}", [f"{BEGIN}\n{BODY}\n{END}"] * 2),
        (f"cut off {BEGIN}\n{BODY}", [f"{BEGIN}\n{BODY}"]),
        (f"twice {BEGIN} {BEGIN}\n{BODY}\n{END}", [f"{BEGIN} {BEGIN}\n{BODY}\n{END}"]),
        ("-----BEGIN PGP PRIVATE KEY BLOCK-----\nabc\n-----END PGP PRIVATE KEY BLOCK-----", ["-----BEGIN PGP PRIVATE KEY BLOCK-----\nabc\n-----END PGP PRIVATE KEY BLOCK-----"]),
        ("-----BEGIN PUBLIC KEY-----\nabc\n-----END PUBLIC KEY-----", []),
    ],
)  # fmt: skip
def test_private_keys_are_taken_whole(text: str, whole: list[str]) -> None:
    assert found(text) == whole


def test_an_armour_without_an_end_is_bounded() -> None:
    (one,) = found(BEGIN + "a b " * 20_000)
    assert len(one) == len(BEGIN) + keys.LONGEST_KEY


@pytest.mark.parametrize("before", ["", "é", "ключ:", "🔑", "(", '"'])
@pytest.mark.parametrize("behind", ["", "é", "🙂", ".", ")", " ok"])
def test_what_stands_beside_a_key_does_not_hide_it(before: str, behind: str) -> None:
    key = "ghp_" + "".join(random.Random(1).choices(string.ascii_letters + string.digits, k=36))
    assert found(f"{before}{key}{behind}") == [key]


def test_half_a_character_beside_a_key_is_survived() -> None:
    key = "ghp_" + "".join(random.Random(1).choices(string.ascii_letters + string.digits, k=36))
    assert found(f"\ud83d {key} PRIVATE KEY \udc00") == [key]


def test_only_the_key_of_a_connection_string_goes() -> None:
    key = "A1b2" * 20 + "=="
    assert found(f"AccountName=moss;AccountKey={key};EndpointSuffix=x") == [key]


#: One strategy for each published format: whatever its pattern allows must be found, so its word must stand in all of them.
FORMATS = {
    f"{word} {pattern}": st.from_regex(re.compile(pattern, re.ASCII), fullmatch=True) for word, pattern in keys._RULES
}


@pytest.mark.parametrize("rule", FORMATS)
@settings(max_examples=25, deadline=None, database=None)
@given(data=st.data())
def test_every_key_that_a_format_allows_is_found(rule: str, data: st.DataObject) -> None:
    key = data.draw(FORMATS[rule])
    assert found(f"x {key} y"), key


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("put mPq9/x7ZkL2v+R4tYbN8sWcE1uGhJ0aDfT5iKoQ3 there", "mPq9/x7ZkL2v+R4tYbN8sWcE1uGhJ0aDfT5iKoQ3"),
        ("mPq9/x7ZkL2v+R4tYbN8sWcE1uGhJ0aDfT5iKoQ3Xw8=", "mPq9/x7ZkL2v+R4tYbN8sWcE1uGhJ0aDfT5iKoQ3Xw8="),
        ("src/main/java/org/moss/boot/autoconfigure/web/Servlet2Config", ""),
        ("https://example.org/mPq9/x7ZkL2v/R4tYbN8sWcE1uGhJ0aDfT5iKoQ3", ""),
    ],
)
def test_random_letters_of_base64_are_a_key_without_a_word_for_it(text: str, key: str) -> None:
    told = [text[f.start : f.end] for f in engine.find(text) if f.kind == "key"]
    assert told == ([key] if key else [])

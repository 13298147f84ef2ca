"""Keys of providers, and private keys in armour."""

from __future__ import annotations

import random
import string

import pytest

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

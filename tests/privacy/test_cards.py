"""Cards and accounts as people write them: between all kinds of signs, bubble by bubble, with what stands beside them."""

from __future__ import annotations

import pytest

from apps.privacy.scrub import conversation, engine
from apps.privacy.scrub.conversation import Line

WRITTEN = [
    ("4532_0151_1283_0366", "[card]"), ("4532, 0151, 1283, 0366", "[card]"), ("Kartennummer: 4532\n0151\n1283\n0366", "Kartennummer: [card]"), ("my visa 4532 • 0151 • 1283 • 0366", "my visa [card]"),
    ("4532–0151–1283–0366", "[card]"), ("4 5 3 2 0 1 5 1 1 2 8 3 0 3 6 6", "[card]"), ("card 45 32 01 51 12 83 03 66", "card [card]"), ("3782, 822463, 10005", "[card]"),
    ("4532 0151 1283 0366 09/27 482", "[card] [secret] [cvv]"), ("4532015112830366|09|27|482", "[card]|[secret]|[cvv]"), ("4532015112830366 exp 09/27 cvv 482", "[card] exp [secret] cvv [cvv]"),
    ("карта 4532 0151 1283 0366 до 09/27 код 482", "карта [card] до [secret] код [cvv]"), ("4532 0151 1283 0366, 482 km", "[card], 482 km"),
    ("DE89–3704–0044–0532–0130–00", "[iban]"), ("DE89, 3704, 0044, 0532, 0130, 00", "[iban]"), ("DE89\n3704\n0044\n0532\n0130\n00", "[iban]"), ("DE89_3704_0044_0532_0130_00", "[iban]"),
    ("IBANDE89370400440532013000", "IBAN[iban]"), ("4532 0151 1283 0366 and 12", "[card] and 12"),
]  # fmt: skip
CHANCE = [
    "1 2 3 4 5 6 7 8 9 10 11 12 13", "scores: 3 4 5 4 3 5 4 4 3 4 5 4 3 4 4 5 3 4", "2, 4, 6, 8, 10, 12, 14, 16, 18", "45 32 01 51 12 83 03 66", "2019, 2020, 2021, 2022",
    "1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20", "in 2024 ab12 we had a lot of things to do, and then some more",
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), WRITTEN)
def test_found(text: str, expected: str) -> None:
    assert engine.scrub(text).text == expected


@pytest.mark.parametrize("text", CHANCE)
def test_small_numbers_in_a_row_are_no_card(text: str) -> None:
    assert engine.scrub(text).text == text


def test_a_card_in_four_bubbles() -> None:
    groups = ["4532", "0151", "1283", "0366"]
    said = [Line("ann", 5.0 * n, text) for n, text in enumerate(groups)]
    assert [r.text for r in conversation.scrub(said)] == ["[card]"] * 4
    told = [Line(n, 5.0 * n, text) for n, text in enumerate(groups)]
    assert [r.text for r in conversation.scrub(told)] == groups

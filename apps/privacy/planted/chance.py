"""Small dice: patterns, digit groups, invented names and the odd ways people type digits."""

import re
import string
from collections.abc import Sequence
from random import Random


def listed(text: str, gap: str | None = None) -> tuple[str, ...]:
    return tuple(word.strip() for word in text.split(gap))


ALPHABETS = {
    "dig": string.digits,
    "low": string.ascii_lowercase,
    "up": string.ascii_uppercase,
    "abc": string.ascii_letters,
    "hex": "0123456789abcdef",
    "HEX": "0123456789ABCDEF",
    "b32": "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567",
    "b36": string.ascii_lowercase + string.digits,
    "B36": string.ascii_uppercase + string.digits,
    "b62": string.ascii_letters + string.digits,
    "b64": string.ascii_letters + string.digits + "+/",
    "url": string.ascii_letters + string.digits + "-_",
    # no 0/O and 1/I: vouchers and booking codes are made to be read aloud
    "pnr": "ABCDEFGHJKLMNPQRSTUVWXYZ23456789",
    "con": "BCDFGLMNPRSTVZ",
}
SLOT = re.compile(r"<(\w+)\*(\d+)>")
FULL_WIDTH = str.maketrans(string.digits, "０１２３４５６７８９")
ARABIC = str.maketrans(string.digits, "٠١٢٣٤٥٦٧٨٩")
SYLLABLES = listed("ba bel dor fen gal han jor kel lum mar nes ol pir quin ros sel tav ul ven wim yar zan")
FIRST = listed("mira tobi lenka joris nadia pavo elsa timo ruben ines oskar alma fred vera luca jana sami dora")


def fill(rng: Random, pattern: str) -> str:
    """`AKIA<b32*16>` -> AKIA and sixteen random characters of that alphabet."""
    return SLOT.sub(lambda slot: "".join(rng.choices(ALPHABETS[slot[1]], k=int(slot[2]))), pattern)


def digits(rng: Random, count: int) -> str:
    return "".join(rng.choices(string.digits, k=count))


def number(rng: Random, count: int) -> str:
    """Digits without a leading zero."""
    return rng.choice("123456789") + digits(rng, count - 1)


def pick(rng: Random, weighted: dict[str, int]) -> str:
    return rng.choices(tuple(weighted), tuple(weighted.values()))[0]


def groups(text: str, sizes: Sequence[int]) -> list[str]:
    """Cut into groups of these sizes; the last size repeats."""
    found = []
    for step in range(len(text)):
        size = sizes[min(step, len(sizes) - 1)]
        found.append(text[:size])
        text = text[size:]
        if not text:
            break
    return found


def exotic(rng: Random, text: str) -> str:
    """Now and then the digits come from another keyboard."""
    roll = rng.random()
    if roll < 0.02:
        return text.translate(FULL_WIDTH)
    return text.translate(ARABIC) if roll < 0.035 else text


def surname(rng: Random) -> str:
    """A name nobody has."""
    return "".join(rng.choices(SYLLABLES, k=rng.choice((2, 2, 3))))


def first_name(rng: Random) -> str:
    return rng.choice(FIRST)

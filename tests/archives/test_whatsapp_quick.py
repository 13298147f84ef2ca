"""The quick ways of the WhatsApp reader say what the slow ones say."""

from __future__ import annotations

import random
import re
from re import _constants as op  # the parser's own names of what a pattern is made of
from re import _parser as parser
from typing import Any

import pytest

from apps.archives.formats import whatsapp_headers as headers
from apps.archives.formats import whatsapp_phrases as phrases
from apps.archives.formats.whatsapp_kinds import Kinds

PEOPLE = frozenset(["Anna", "Bo", "Carl C.", "🐱", "Анна", "+49 170 1", "The Group", "You", "Du"])
PATTERNS = (
    "_PLAIN_OMITTED",
    "_ATTACHED",
    "_ATTACHED_FILE",
    "_PAGES",
    "EDITED",
    "_DELETED",
    "_CALL",
    "_PLACE",
    "_NOTICE",
    "_NOTICE_ENDS",
)
DOINGS = ("_ABOUT", "_ADDED")
CATEGORIES = {op.CATEGORY_DIGIT: "7", op.CATEGORY_SPACE: " ", op.CATEGORY_WORD: "w", op.CATEGORY_NOT_SPACE: "x"}


def drawn(tree: Any, rnd: random.Random) -> str:
    """A text that a pattern matches, or nearly."""
    text = ""
    for kind, value in tree:
        if kind is op.LITERAL:
            text += chr(value)
        elif kind is op.ANY:
            text += rnd.choice("aB 9é")
        elif kind is op.IN and value[0][0] is op.NEGATE:
            text += rnd.choice([c for c in "abYZ 9é" if (op.LITERAL, ord(c)) not in value])
        elif kind is op.IN:
            what, of = rnd.choice(value)
            text += chr(of) if what is op.LITERAL else chr(rnd.randint(*of)) if what is op.RANGE else CATEGORIES[of]
        elif kind in (op.MAX_REPEAT, op.MIN_REPEAT):
            low, high, inner = value
            text += "".join(drawn(inner, rnd) for _ in range(rnd.randint(low, min(high, low + 5))))
        elif kind is op.SUBPATTERN:
            text += drawn(value[-1], rnd)
        elif kind is op.BRANCH:
            text += drawn(rnd.choice(value[1]), rnd)
    return text


def lines_of_its_own() -> list[str]:
    rnd = random.Random(3)
    made = [f"<{phrase}>" for phrase in phrases.OMITTED]
    for name in (*PATTERNS, *DOINGS):
        pattern: re.Pattern[str] = getattr(phrases, name)
        tree = parser.parse(pattern.pattern, pattern.flags)
        for _ in range(1_500):
            text = drawn(tree, rnd)
            text = f"{rnd.choice(sorted(PEOPLE))} {text}" if name in DOINGS else text
            made.append(rnd.choice([text, text, text.upper(), text.title(), text + "."]))
    return made


def test_no_line_of_whatsapp_passes_as_ordinary_words() -> None:
    kinds = Kinds("The Group", PEOPLE, ios=True)
    own = [line for line in lines_of_its_own() if kinds.of(line, "Anna") != ("text", line.strip())]
    assert len(own) > 9_000
    assert [line for line in own if kinds.words(line) is not None] == []


@pytest.mark.parametrize(
    "line", ["see you at 3", "Don't forget :)", "ha!", "<3 you", "Мы едем", "a, b and c", "So was I…", "x"]
)
def test_what_people_write_is_told_quickly_and_the_same(line: str) -> None:
    kinds = Kinds("The Group", PEOPLE, ios=True)
    assert kinds.words(line) == line
    assert kinds.of(line, "Anna") == ("text", line)


def written(rnd: random.Random, style: tuple[str, str, str, str, str]) -> str:
    opening, sep, comma, half, end = style
    date = sep.join([str(rnd.randint(1, 31)), f"{rnd.randint(1, 12):02}", rnd.choice(["2019", "2019", "2020", "19"])])
    clock = f"{rnd.randint(0, 25)}{rnd.choice('::::.')}{rnd.randint(0, 61):02}{rnd.choice(['', '', '', ':07', ':61'])}"
    line = f"{opening}{date}{comma} {clock}{rnd.choice(['', '', '', half])}{end}{rnd.choice(['Anna: hi', 'Bo:', 'Anna left', 'a: b: c', 'Zoë: ho', ''])}"
    at = rnd.randrange(len(line))
    return line[:at] + rnd.choice(" :-[]1٣\u200e\u202f.") + line[at:] if rnd.random() < 0.2 else line


def test_small_patterns_read_headers_as_the_large_one_does() -> None:
    rnd = random.Random(4)
    styles = [
        (o, s, c, h, e) for o in ("", "[") for s in "/.-" for c in ("", ",") for h in (" PM", "\u202fam", " 下午", " p. m.")
        for e in (" - ", "] ", "]", ": ", " ", " – ")
    ]  # fmt: skip
    quick = 0
    for _ in range(200):
        found = headers.Headers()
        usual, other = rnd.sample(styles, 2)
        for number in range(40):
            line = headers.leading(written(rnd, usual if number % 8 else other))
            fast = found.match(line)
            head = found.find(line)
            large = headers.header(line)
            assert (head is None) == (large is None)
            if head is None or large is None:
                assert fast is None
                continue
            shape, date, clock, second, begin = head
            assert date == line[large.start("a") : large.end("c")]
            assert clock == line[large.start("h") : large.end("m")]
            assert second == (large["s"] or "")
            assert shape.half == (large["before"] or large["half"] or "")
            assert line[begin:] == large["rest"]
            if fast is not None and fast[4] is not None:
                assert headers.authored(large["rest"]) == (fast[4], line[fast.end() :])
                quick += 1
    assert quick > 300


def test_a_file_with_a_thousand_ways_to_write_headers_costs_no_thousand_patterns() -> None:
    found = headers.Headers()
    for number in range(1_000):
        found.find(f"1/2/2019{' ,'[number % 2]} um 10:{number % 60:02}{' ' * (number % 2)} - Anna: hi {number}")
        found.find(f"{'1' * (1 + number % 4)}.{number % 50}.{'2' * (1 + number % 3)}. 10:00{':01' * (number % 2)}: Bo: x")
    assert len(found._small) <= headers.MAX_SHAPES

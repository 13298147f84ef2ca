"""Several codes behind one plain plural: "the codes are 4821 and 9930". One code has its name beside it, which `named` reads."""

from __future__ import annotations

import re
from collections.abc import Iterator

from apps.privacy.scrub import cues
from apps.privacy.scrub.detectors.together import counts
from apps.privacy.scrub.types import Finding, View

RANK = 81
#: What programs, parcels and countries call codes is said before the word, in English, or in one word with it, in German.
_OTHERS = """error exit status source area country response return result reason product article colour color zip postal http key char
    character hex op dial dialling cheat"""
_NOT_OF = "".join(rf"(?<!{word}[ -])" for word in _OTHERS.split())
_PLURAL = rf"(?<![\w-]){_NOT_OF}(?:codes|c[oó]digos|codici|коды|коди|kody|codurile|koder(?:na)?|kodlar)"
#: "for the two doors", "von den Türen".
_OF = r"(?:\s(?:for|of|to|von|für|zu|de|des|du|della|delle|dei|per|para|pour|do|da|dos|das|del|от|для|do|voor|van|pentru|till)(?:\s[^\W\d_]{1,12}){1,3})?"
_ARE = r"(?:\s(?:are|were|sind|waren|sont|son|eran|sono|são|zijn|s[aą]|jsou|sunt|är)(?:\s(?:now|still|jetzt|noch|maintenant|ahora|ora|agora|either))?\s?:?|\s?[:=—–-])\s?"
_NUMBER = r"(?:\d{4,8}|\d{3}[ -]\d{3})"
_AND = r"\s?(?:,|;|/|&|\+|and|or|und|oder|et|ou|y|o|e|и|или|або|й|і|en|of|i|lub|a|nebo|[sș]i|sau|och|eller|ve|veya)\s?"
_LIST = re.compile(rf"{_PLURAL}{_OF}{_ARE}({_NUMBER}(?:{_AND}{_NUMBER}){{1,9}})(?!\d|[.,:]\d|[%€$£]|\w)", re.I)
_EACH = re.compile(_NUMBER)
_WORDS = ("codes", "digos", "codici", "коды", "коди", "kody", "coduri", "koder", "kodlar")


def gate(view: View) -> bool:
    """Recovery codes are secrets that last, which `named` finds."""
    return view.digits >= 8 and "secret" not in view.named and any(word in view.lower for word in _WORDS)


def find(view: View) -> Iterator[Finding]:
    plain = cues.plain_codes(view.plain)
    for told in _LIST.finditer(plain):
        numbers = list(_EACH.finditer(plain, *told.span(1)))
        if not any(counts(plain, *number.span()) for number in numbers):
            yield from (Finding(*number.span(), "code", RANK) for number in numbers)

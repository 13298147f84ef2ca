"""One spelling for a message: lower case, no accents, no stretched letters, parted into clauses. Pure."""

from __future__ import annotations

import unicodedata

import re2

Clauses = list[tuple[list[str], bool]]
_JOINED = re2.compile(r"['’`´ʼ\-–—_/]")
_DOTTED = re2.compile(r"\b(\pL)\.(\pL)\.(?:(\pL)\.)?")
_TOKEN = re2.compile(r"[\pL\pN]+|[🤖👤]|[,:()\"«»“”„]|[.!?;…\n]+")
_FACES = re2.compile("[👥🧑👩👨🙋👧👦🙎💁🧔👱👵👴🙍🧍👶🙂]")
_MARK = frozenset(',:()"«»“”„')
_LEET = str.maketrans({"0": "o", "@": "a"})
_CYRILLIC = re2.compile(r"\p{Cyrillic}")
_LOOKALIKES = str.maketrans("aceopxykmtbh", "асеорхукмтвн")


def plain(text: str) -> str:
    """Lower case, without accents, stretched letters and zeros in place of letters."""
    folded = unicodedata.normalize("NFKD", text.replace("İ", "i")).casefold().replace("ı", "i")
    bare = "".join(c for c in unicodedata.normalize("NFKD", folded) if not unicodedata.combining(c))
    return _squeezed(bare)


def _squeezed(text: str) -> str:
    """Runs of three and more equal letters become one."""
    out: list[str] = []
    at = 0
    while at < len(text):
        end = at
        while end < len(text) and text[end] == text[at]:
            end += 1
        out.append(text[at] if end - at > 2 and text[at].isalpha() else text[at:end])
        at = end
    return "".join(out)


def clauses(text: str) -> Clauses:
    """(words, ends with a question mark) for each clause; commas and the like stay as `,`."""
    text = _DOTTED.sub(r"\1\2\3 ", _JOINED.sub(" ", plain(text)))
    if "🤖" in text:
        text = _FACES.sub("👤", text)
    made: list[tuple[list[str], bool]] = []
    words: list[str] = []
    for token in _TOKEN.findall(text + "\n"):
        if token[0] in ".!?;…\n":
            if words:
                made.append((words, "?" in token))
            words = []
        elif token in _MARK:
            words.append(",")
        else:
            words.append(_letters(token))
    return made


def _letters(token: str) -> str:
    """Figures and Latin letters that stand for the letters they look like."""
    if token.isdigit():
        return token
    return token.translate(_LOOKALIKES if _CYRILLIC.search(token) else _LEET)

"""What is changed in a text before a family reads it: case, links, quotes. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from apps.personas.language import Bubble, Mark

_LINK = re.compile(r"(?:https?://|www\.)\S+", re.IGNORECASE)
_LINK_KINDS = frozenset({"link", "url"})
_QUOTES = str.maketrans(dict.fromkeys("“”„‟«»", '"') | dict.fromkeys("‘’‚‛‹›", "'"))


@dataclass(frozen=True)
class Cleaning:
    """The same for learning and for talking, so it belongs to the language of a version."""

    #: Everything in small letters.
    lower: bool = False
    #: Whether links stay.
    links: bool = True
    #: Typographic quotes become straight ones.
    quotes: bool = False

    def text(self, text: str) -> str:
        """A piece of text without placeholders."""
        text = text if self.links else _LINK.sub("", text)
        text = text.translate(_QUOTES) if self.quotes else text
        return text.lower() if self.lower else text

    def bubble(self, bubble: Bubble) -> Bubble:
        """A message piece by piece, so that placeholders stand where they stood."""
        text, marks, at = "", list[Mark](), 0
        for mark in bubble.marks:
            text += self.text(bubble.text[at : mark.start])
            if self.links or mark.kind not in _LINK_KINDS:
                kept = bubble.text[mark.start : mark.end]
                marks.append(Mark(len(text), len(text) + len(kept), mark.kind))
                text += kept
            at = mark.end
        return Bubble(text + self.text(bubble.text[at:]), tuple(marks), bubble.at)

"""One talk as a file: text, JSON or a page, each marked as generated for people and for programs. Pure.

The mark for programs is IPTC's digital source type `trainedAlgorithmicMedia`, the term that C2PA and the codes of practice on
Article 50 of the EU AI Act use as well.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html import escape
from itertools import zip_longest
from typing import Any

from apps.personas import clock

SOURCE_TYPE = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
NOTE = "Lines marked as AI imitation were made by a language model. The person it imitates never said them."
INVENTED = "This conversation never took place. An AI imitation wrote it, but for lines marked as written by hand."


@dataclass(frozen=True)
class Said:
    """One line: who, what in bubbles, and whether a model made it."""

    speaker: str
    bubbles: list[str]
    generated: bool
    at: list[float | None] = field(default_factory=list)  # when each bubble was written, on an invented clock

    @property
    def timed(self) -> list[tuple[str, float | None]]:
        """Bubbles with their times."""
        return [*zip_longest(self.bubbles, self.at[: len(self.bubbles)])]


@dataclass(frozen=True)
class Talk:
    """What a file tells. `at` is the day of export, ISO 8601."""

    title: str
    persona: str
    invented: bool
    at: str
    lines: list[Said]

    @property
    def note(self) -> str:
        return f"{INVENTED} {NOTE}" if self.invented else NOTE


def text(talk: Talk) -> str:
    """Plain text: a head with the mark, then a paragraph for each line."""
    head = [talk.title, f"AI-generated: yes ({SOURCE_TYPE})", talk.note, f"Exported on {talk.at} from chatclone.", ""]
    return "\n".join([*head, *(line for one in talk.lines for line in _script(talk, one))]) + "\n"


def _script(talk: Talk, one: Said) -> Iterator[str]:
    """A paragraph; with times a line for each bubble, as scripts have them: `(time) Name: text`."""
    if not _has_times(one):
        yield f"{_who(talk, one)}: " + "\n  ".join(bubble.replace("\n", "\n  ") for bubble in one.bubbles)
        return
    for bubble, at in one.timed:
        yield f"({clock.told(at or 0)}) {_who(talk, one)}: " + bubble.replace("\n", "\n  ")


def as_json(talk: Talk) -> str:
    """JSON: `turns` in order, each with `generated`."""
    turns: list[dict[str, Any]] = [
        {"speaker": one.speaker, "bubbles": one.bubbles, "generated": one.generated, **_at(one)} for one in talk.lines
    ]
    facts = {
        "title": talk.title, "persona": talk.persona, "generated": True, "digitalSourceType": SOURCE_TYPE, "note": talk.note,
        "invented": talk.invented, "exported": talk.at, "turns": turns,
    }  # fmt: skip
    return json.dumps(facts, indent=1, ensure_ascii=False) + "\n"


def _at(one: Said) -> dict[str, list[str]]:
    return {"at": [clock.exact(at) for at in one.at if at is not None]} if _has_times(one) else {}


def _has_times(one: Said) -> bool:
    return bool(one.at) and None not in one.at


def page(talk: Talk) -> str:
    """A page that needs nothing else: no scripts, nothing fetched."""
    lines = "\n".join(_article(talk, one) for one in talk.lines)
    return f"""<!doctype html>
<html lang="mul"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="ai-generated" content="true"><meta name="digitalSourceType" content="{SOURCE_TYPE}">
<title>{escape(talk.title)}</title><style>{_STYLE}</style></head>
<body><h1 dir="auto">{escape(talk.title)}</h1><p class="note">{escape(talk.note)} Exported on {talk.at}.</p>
{lines}
</body></html>
"""


def _article(talk: Talk, one: Said) -> str:
    mark = ' data-generated="ai"' if one.generated else ""
    bubbles = "".join(f'{_time(at)}<p dir="auto">{escape(bubble)}</p>' for bubble, at in one.timed)
    return f'<article{mark}><h2 dir="auto">{escape(_who(talk, one))}</h2>{bubbles}</article>'


def _time(at: float | None) -> str:
    return "" if at is None else f'<time datetime="{clock.exact(at)}">{clock.told(at)}</time>'


def _who(talk: Talk, one: Said) -> str:
    """In an invented conversation also those who are spoken for by hand are marked: they never said that, either."""
    if one.generated:
        return f"{one.speaker} (AI imitation)"
    return f"{one.speaker} (written by hand)" if talk.invented else one.speaker


_STYLE = (
    ":root{color-scheme:light dark}body{font:1rem/1.6 Georgia,serif;max-width:40rem;margin:2rem auto;padding:0 1rem}"
    "h1{font-size:1.5rem}h2{font-size:.8rem;font-weight:400;margin:1rem 0 .2rem;opacity:.75}.note{font-size:.85rem;opacity:.8}"
    "time{font-size:.75rem;opacity:.75}article p{white-space:pre-wrap;margin:.2rem 0;padding:.4rem .8rem;border-radius:1rem;background:#8882;width:fit-content}"
    "article:not([data-generated]){text-align:right}article:not([data-generated]) p{margin-left:auto;text-align:left}"
)

#: What a file can be: its media type, its ending, and how it is made.
KINDS: dict[str, tuple[str, str, Callable[[Talk], str]]] = {
    "text": ("text/plain; charset=utf-8", "txt", text),
    "json": ("application/json", "json", as_json),
    "html": ("text/html; charset=utf-8", "html", page),
}

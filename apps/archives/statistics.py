"""What people love to know about their chats: when, who, how fast, which words. Pure: scrubbed records in, counts out."""

from __future__ import annotations

import re
import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from apps.archives.moments import moment

SESSION = 3_600.0  # seconds of silence that end a dialogue
_WORD = re.compile(r"[^\W\d_]+(?:['’\-][^\W\d_]+)*")
#: Emoji with what belongs to them: skin, joiners, flags, keycaps (Unicode's ranges of pictographs).
_EMOJI = re.compile(
    "(?:[\U0001f1e6-\U0001f1ff]{2}|[\U0001f300-\U0001faff\u2600-\u27bf\u2b50\u2b55](?:[\U0001f3fb-\U0001f3ff])?\ufe0f?"
    "(?:\u200d[\U0001f300-\U0001faff\u2600-\u27bf](?:[\U0001f3fb-\U0001f3ff])?\ufe0f?)*)"
)
#: Very frequent words of large languages: nobody's favourites.
_FREQUENT = {
    "English": "the and you that is it to of what with this have not are for was but just", "German": "und ich nicht das ist du die der ein wir auch mit noch aber ja",
    "Spanish": "que no de la el en es por lo una con para pero como está", "French": "je pas que les des est une pour dans avec mais tu c'est ça",
    "Italian": "che non di la è per un sono ma con mi ti anche questo", "Portuguese": "que não de eu um uma com para mas você isso está",
    "Dutch": "het een ik niet dat van en je maar ook wel voor zijn", "Polish": "nie się to na jest że jak ale tak czy mnie", "Turkish": "bir bu ve ne çok ama için değil ben sen",
}  # fmt: skip
_STOP = frozenset(word for words in _FREQUENT.values() for word in words.split()) | frozenset(
    [
        "i",
        "a",
        "im",
        "i'm",
        "don't",
        "it's",
        "so",
        "in",
        "on",
        "at",
        "me",
        "my",
        "we",
        "he",
        "she",
        "they",
        "do",
        "did",
        "if",
        "or",
        "as",
        "be",
        "an",
        "all",
        "can",
        "will",
        "there",
        "here",
        "your",
        "no",
        "yes",
        "oh",
        "ok",
        "okay",
        "from",
        "how",
        "when",
        "who",
        "where",
        "why",
        "up",
        "out",
        "one",
        "like",
        "get",
        "got",
        "go",
        "then",
        "than",
        "them",
        "his",
        "her",
        "our",
        "us",
        "been",
        "had",
        "has",
        "were",
        "would",
        "could",
        "about",
    ]
)


@dataclass(frozen=True)
class Said:
    """One message with words: `at` in seconds (wall clock or UTC), `text` scrubbed, its placeholders as (start, end).

    `who` tells people apart, also those of one name; `name` is for showing.
    """

    who: str
    at: float | None
    text: str
    hidden: tuple[tuple[int, int], ...] = ()
    cut: bool = False  # something before it is left out: it answers nobody
    name: str = ""


@dataclass
class Report:
    """Counts by `Said.who`, ready for tables and charts. Times are in seconds."""

    names: dict[str, str] = field(default_factory=dict)
    messages: Counter[str] = field(default_factory=Counter)
    words: Counter[str] = field(default_factory=Counter)
    months: Counter[str] = field(default_factory=Counter)
    my_months: Counter[str] = field(default_factory=Counter)
    hours: Counter[int] = field(default_factory=Counter)
    weekdays: Counter[int] = field(default_factory=Counter)
    favourite: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    emoji: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    replies: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    longest: list[tuple[int, float, str]] = field(default_factory=list)
    languages: Counter[str] = field(default_factory=Counter)

    def reply_time(self, who: str) -> float | None:
        """The median time until somebody answered another, within a dialogue."""
        found = self.replies.get(who)
        return statistics.median(found) if found else None


def add(report: Report, title: str, records: Iterable[Said], me: str) -> None:
    """Count one conversation, its messages in order of time."""
    before: Said | None = None
    began, length = 0.0, 0
    for said in records:
        _count(report, said, me)
        if said.at is None:
            continue
        gap = said.at - before.at if before is not None and before.at is not None and not said.cut else float("inf")
        if gap > SESSION:
            _dialogue(report, length, began, title)
            began, length = said.at, 0
        elif before is not None and before.who != said.who:
            report.replies[said.who].append(gap)
        length += 1
        before = said
    _dialogue(report, length, began, title)


def _count(report: Report, said: Said, me: str) -> None:
    report.messages[said.who] += 1
    report.names[said.who] = said.name
    text = said.text
    for start, end in reversed(said.hidden):
        text = text[:start] + " " + text[end:]
    words = [w.lower() for w in _WORD.findall(text)]
    report.words[said.who] += len(words)
    report.favourite[said.who].update(w for w in words if len(w) > 2 and w not in _STOP)
    report.emoji[said.who].update(_EMOJI.findall(text))
    when = moment(said.at)
    if when is None:
        return
    month = f"{when.year:04}-{when.month:02}"
    report.months[month] += 1
    report.my_months[month] += said.who == me
    report.hours[when.hour] += 1
    report.weekdays[when.weekday()] += 1


def _dialogue(report: Report, length: int, began: float, title: str) -> None:
    if length > 1:
        report.longest = sorted([*report.longest, (length, began, title)], reverse=True)[:5]

"""How much of what was planted is found: recall and false flags of the scrubber on labelled conversations. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from math import sqrt
from random import Random

from apps.privacy.planted.again import Again
from apps.privacy.planted.roster import Roster
from apps.privacy.planted.types import Case, Span
from apps.privacy.scrub import assigning, conversation, displays, engine
from apps.privacy.scrub.conversation import Line
from apps.privacy.scrub.declension import stem
from apps.privacy.scrub.known import Known
from apps.privacy.scrub.names import Names
from apps.privacy.scrub.types import Finding, View
from apps.privacy.scrub.wording import Usage

#: A secret counts as found when so much of its letters and digits is gone.
COVERED = 0.8


@dataclass
class Score:
    """Counts by (group, kind): planted, found; and messages with something that nobody planted."""

    planted: Counter[tuple[str, str]] = field(default_factory=Counter)
    found: Counter[tuple[str, str]] = field(default_factory=Counter)
    messages: Counter[str] = field(default_factory=Counter)
    false: Counter[tuple[str, str]] = field(default_factory=Counter)
    flagged: Counter[str] = field(default_factory=Counter)

    def recall(self, *groups: str, kinds: Iterable[str] | None = None) -> float:
        """Found among planted, in these groups and kinds."""
        chosen = [k for k in self.planted if k[0] in groups and (kinds is None or k[1] in kinds)]
        return sum(self.found[k] for k in chosen) / max(1, sum(self.planted[k] for k in chosen))

    def precision(self, *groups: str) -> float:
        """Of all that was taken out in these groups, how much had been planted."""
        right = sum(n for (g, _), n in self.found.items() if g in groups)
        wrong = sum(n for (g, _), n in self.false.items() if g in groups)
        return right / max(1, right + wrong)


def measure(cases: Iterable[Case]) -> Score:
    """Scrub every case as a conversation of its own."""
    score = Score()
    for case in cases:
        lines = [Line(said.who, said.at, said.text) for said in case.messages]
        found = conversation.findings(lines)
        score.messages[case.group] += len(lines)
        for span in case.spans:
            score.planted[case.group, span.kind] += 1
            score.found[case.group, span.kind] += covered(lines[span.message].text, span, found[span.message])
        for number, some in enumerate(found):
            wrong = [
                f for f in some if not any(s.message == number and s.start < f.end and f.start < s.end for s in case.spans)
            ]
            score.false.update((case.group, f.kind) for f in wrong)
            score.flagged[case.group] += bool(wrong)
    return score


def carried(conversations: Iterable[Sequence[Line]]) -> tuple[int, int]:
    """Of one account: how many messages there are, and in how many places something goes that was confirmed elsewhere, in the same
    conversation or another, and was not found there. In talk without secrets these are false, or names of accounts that are said
    without their sign."""
    account, looked = Known(), list[tuple[str, list[Finding], Known]]()
    for lines in conversations:
        found = conversation.findings(lines)
        conversation.learn(lines, found, account)
        here = conversation.told(lines, found)
        looked += [(line.text, some, here) for line, some in zip(lines, found, strict=True)]
    places = 0
    for text, some, here in looked:
        view = View(text)
        again = engine.resolve([view.back(f) for one in (here, account) if len(one) for f in one.find(view)])
        places += sum(not any(f.start < g.end and g.start < f.end for g in some) for f in again)
    return len(looked), places


def measure_again(cases: Iterable[Again]) -> dict[str, float]:
    """Of secrets that were found where they were told: the share (over all, `_password` and `_other`) that is gone from the messages
    that repeat it (`recall_again`), and from the first of them in another conversation (`recall_again_elsewhere`)."""
    tried, gone = Counter[str](), Counter[str]()
    for one in cases:
        lines = [Line(said.who, said.at, said.text) for said in one.case.messages]
        told, again, quote = one.case.spans
        known = Known()
        here = conversation.scrub(lines, known)
        if not covered(lines[0].text, told, here[0].findings):
            continue
        (elsewhere,) = conversation.scrub([lines[1]], known)
        found = {
            "recall_again": all(covered(lines[s.message].text, s, here[s.message].findings) for s in (again, quote)),
            "recall_again_elsewhere": covered(lines[1].text, again, elsewhere.findings),
        }
        for name, hit in found.items():
            for key in (name, f"{name}_{'password' if one.kind == 'password' else 'other'}"):
                tried[key] += 1
                gone[key] += hit
    return {name: gone[name] / n for name, n in tried.items()}


def covered(text: str, span: Span, found: Iterable[Finding]) -> bool:
    """Whether enough of a span lies in findings of any kind."""
    places = [n for n in range(span.start, span.end) if text[n].isalnum()]
    inside = sum(any(f.start <= n < f.end for f in found) for n in places)
    return bool(places) and inside >= COVERED * len(places)


def wilson(hits: int, total: int, z: float = 1.96) -> tuple[float, float]:
    """The 95 % range of a share (Wilson 1927)."""
    if not total:
        return 0.0, 1.0
    share = hits / total
    middle = (share + z * z / (2 * total)) / (1 + z * z / total)
    half = z * sqrt(share * (1 - share) / total + z * z / (4 * total * total)) / (1 + z * z / total)
    return max(0.0, middle - half), min(1.0, middle + half)


@dataclass
class NameScore:
    """Mentions by (language, variant): planted and found, and how many got the surrogate of one of those they may mean."""

    planted: Counter[tuple[str, str]] = field(default_factory=Counter)
    found: Counter[tuple[str, str]] = field(default_factory=Counter)
    innocent: int = 0
    flagged: Counter[str] = field(default_factory=Counter)
    missed: list[tuple[str, str, str]] = field(default_factory=list)
    false: list[tuple[str, str, str]] = field(default_factory=list)

    def recall(self, *variants: str) -> float:
        """Found among planted, over all languages."""
        chosen = [k for k in self.planted if k[1] in variants]
        return sum(self.found[k] for k in chosen) / max(1, sum(self.planted[k] for k in chosen))


@dataclass
class Consistency:
    """Of `messages` with a name each: names that got the surrogate of that name, and surrogates that mean two people or somebody real."""

    messages: int = 0
    missed: int = 0
    wrong: int = 0
    collisions: int = 0

    @property
    def share(self) -> float:
        """Right among found."""
        found = self.messages - self.missed
        return (found - self.wrong) / max(1, found)


def measure_consistency(
    people: Sequence[str], lines: Sequence[str], messages: int, key: bytes = b"evaluation"
) -> Consistency:
    """Names of these people, in many dresses, in front of these lines: everybody always has one surrogate, their own."""
    pairs, _ = assigning.assign(key, people, [])
    split = [displays.parts(p) for p in people]
    finder = Names(pairs, [(*p.firsts, *p.lasts) for p in split if p.lasts], Usage(), displays.leads(split))
    names = [p for p in pairs if len(p.real) > 3 and p.part in ("first", "last")]
    meant: dict[str, set[str]] = {}
    for p in pairs:  # Иванов and Иванова are one family, and so are their surrogates
        meant.setdefault(p.stand.lower(), set()).add(stem(p.real, last=p.part == "last").stem)
    score = Consistency(messages, collisions=sum(len(names) - 1 for names in meant.values()))
    score.collisions += len(meant.keys() & {p.real.lower() for p in pairs})
    rng = Random(key)
    for _ in range(messages):
        one = rng.choice(names)
        dress = rng.choice(_DRESSES)
        text = f"I told {dress(one.real)} {rng.choice(lines)}"
        found = [f for f in finder.find(View(text)) if f.start == 7]
        if not found:
            score.missed += 1
        elif found[0].instead != dress(one.stand.lower() if dress is str.lower else one.stand):
            score.wrong += 1
    return score


#: How a name is dressed; the same is expected of what stands for it.
_DRESSES = (str.title, str.lower, str.upper)


def measure_names(rosters: Iterable[Roster], key: bytes = b"evaluation") -> NameScore:
    """Give every roster surrogates, look for its people in its chats."""
    score = NameScore()
    for roster in rosters:
        usage = Usage(languages=("en", roster.language))
        for case in roster.cases:
            for said in case.messages:
                usage.look(said.text)
        pairs, _ = assigning.assign(key, roster.people, [], usage=usage)
        split = [displays.parts(p) for p in roster.people]
        finder = Names(pairs, [(*p.firsts, *p.lasts) for p in split if p.lasts], usage, displays.leads(split))
        for case in roster.cases:
            for number, said in enumerate(case.messages):
                view = View(said.text)
                found = [view.back(f) for f in finder.find(view)]
                spans = [s for s in case.spans if s.message == number]
                for span in spans:
                    score.planted[roster.language, span.kind] += 1
                    if covered(said.text, span, found):
                        score.found[roster.language, span.kind] += 1
                    else:
                        score.missed.append((roster.language, span.kind, said.text))
                if not case.spans:
                    score.innocent += 1
                    if found:
                        score.flagged[roster.language] += 1
                        score.false.append((roster.language, case.group, said.text))
    return score

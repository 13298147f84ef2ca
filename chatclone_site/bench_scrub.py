"""The scrubber, measured: recall on planted secrets and names, false flags, and speed beside Presidio."""

from __future__ import annotations

import json
import lzma
import resource
import statistics
from itertools import islice
from pathlib import Path
from typing import Any

from apps.privacy import evaluation
from apps.privacy.planted import again, hiding, roster
from apps.privacy.planted.cases import cases, kinds_of
from apps.privacy.planted.types import LANGUAGES
from apps.privacy.scrub import assigning, cues, displays, engine, gazetteer, unknown
from apps.privacy.scrub.conversation import Line
from apps.privacy.scrub.names import Names
from apps.privacy.scrub.types import View
from chatclone_site.benchmarks import Figures, many, timed

CASES = 6_000
SEED = 20_261
ROSTERS = 14
#: So many conversations in each language.
STRANGERS = 1_500
#: What names of a roster look like on the whole; slips, drawn-out letters and short forms are reported by themselves.
PLAIN = ("first", "lower", "full", "last", "possessive", "caps", "hashtag")
#: The spaCy pipeline is slow enough with these.
FEW = 600


def _labelled(path: str) -> tuple[list[str], Figures]:
    """Texts of JSON Lines, and recall and precision where lines carry `findings` ({start, end})."""
    rows = _rows(Path(path))
    labelled = [r for r in rows if "findings" in r]
    wanted = found = right = 0
    for row in labelled:
        ours = engine.find(row["text"])
        spans = [(f["start"], f["end"]) for f in row["findings"]]
        wanted, found = wanted + len(spans), found + len(ours)
        right += sum(any(f.start < e and s < f.end for f in ours) for s, e in spans)
    figures = {"recall": right / wanted, "precision": right / max(1, found)} if wanted else {}
    return [r["text"] for r in rows], {**figures, **_carried(rows)}


def _rows(path: Path) -> list[dict[str, Any]]:
    with lzma.open(path, "rt", encoding="utf-8") if path.suffix == ".xz" else path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines if line.strip()]


def _carried(rows: list[dict[str, Any]]) -> Figures:
    """What the texts as one account lose to what was confirmed elsewhere, where they carry `conversation`."""
    talks: dict[tuple[Any, Any], list[Line]] = {}
    for row in rows:
        if "conversation" in row:
            who, at = row.get("sender", row.get("speaker")), row.get("t")
            talks.setdefault((row.get("person"), row["conversation"]), []).append(Line(who, at, row["text"]))
    messages, places = evaluation.carried(talks.values())
    return {"carried_per_1000": 1_000 * places / messages} if messages else {}


def _planted() -> Figures:
    """Recall and false flags on invented conversations whose author never saw the detectors (`apps.privacy.planted`)."""
    score = evaluation.measure(cases(SEED, CASES))
    innocent = score.messages["innocent"]
    return {
        "recall_formats": score.recall("formats"), "precision_formats": score.precision("formats"),
        "recall_context": score.recall("context"), "recall_next_turn": score.recall("next_turn"),
        "recall_next_turn_pin_code": score.recall("next_turn", kinds=("pin", "code")), "recall_split": score.recall("split"),
        "recall_cued": score.recall("cued"), "false_per_1000": 1_000 * score.flagged["innocent"] / innocent, **_shrugged(),
        **evaluation.measure_again(again.again(SEED, CASES)),
    }  # fmt: skip


#: Kinds that only words tell.
WORDED = ("password", "pin", "code", "cvv")
#: Kinds that have a form of their own.
FORMED = ("card", "iban", "phone", "email", "url", "link", "key", "seed", "wallet", "ip", "mac", "geo")


def _strangers() -> Figures:
    """Recall on a stranger's sentences, which nobody has mended by (`planted/hidden`): what an archive's estimate hides."""
    cases_of = (case for language in LANGUAGES for case in islice(hiding.hidden(SEED, [language]), STRANGERS))
    score = evaluation.measure(cases_of)
    return {
        "strangers_told": score.recall("told"), "strangers_told_words": score.recall("told", kinds=WORDED),
        "strangers_told_formats": score.recall("told", kinds=FORMED), "strangers_answered": score.recall("answered"),
        "strangers_answered_words": score.recall("answered", kinds=WORDED), "strangers_answered_pin_code": score.recall("answered", kinds=("pin", "code")),
        "strangers_split": score.recall("split"),
    }  # fmt: skip


def _shrugged() -> Figures:
    """Of bare answers to questions for a secret that tell none ("why?", "in five minutes"): the share that is hit."""
    kinds = kinds_of("innocent")
    shrugs = [c for n, c in enumerate(cases(SEED, CASES, ["innocent"])) if kinds[n % len(kinds)] == "shrug"]
    score = evaluation.measure(shrugs)
    return {"false_next_turn": sum(score.flagged.values()) / len(shrugs), "innocent_replies": len(shrugs)}


def _rosters() -> Figures:
    """Names of invented archives of forty people, half of whose names are words; by another hand."""
    score = evaluation.measure_names(roster.rosters(SEED, ROSTERS, 100))
    return {
        "recall_roster": score.recall(*PLAIN), "recall_roster_capitals": score.recall("first", "full"),
        "recall_roster_typo": score.recall("typo"), "recall_roster_elongated": score.recall("elongated"),
        "recall_roster_short_forms": score.recall("nickname"),
    }  # fmt: skip


def _consistent(messages: int = 1_000_000) -> Figures:
    """Whether everybody always has one surrogate of their own, over that many messages of invented archives."""
    scores = []
    archives = list(roster.rosters(SEED, ROSTERS, 1))
    for one in archives:
        lines = roster.idle(one.language)
        scores.append(evaluation.measure_consistency(one.people, lines, messages // len(archives)))
    found = sum(s.messages - s.missed for s in scores)
    return {
        "surrogates_consistent": 1 - sum(s.wrong for s in scores) / found,
        "surrogate_collisions": sum(s.collisions for s in scores),
        "surrogate_messages": sum(s.messages for s in scores),
    }


HOSTILE_BYTES = 10_000


def _hostile_lines() -> list[str]:
    """Long lines that look like the beginning of something to every detector, again and again."""
    names = " ".join(f"{a}{b}" for a in sorted(gazetteer.given())[:90] for b in ("", "son", "ov", "ette"))
    pieces = (
        "1", "1 ", "4 1-", "12.", "a@", "a.b@c.", "www.a", "DE89 ", "password is ", "pin ", "what's your code? ", "+1 (", "0x", "sk-",
        "eyJ", "abandon ", "12 main street ", "born 1.2.", "AB-", "pass=", "улица ", "\u200b1", "Anna ", f"{names} ".title(), f"{names} ",
    )  # fmt: skip
    # the digit at the end opens the gates of detectors that want one
    return [(piece * (HOSTILE_BYTES // len(piece) + 1))[: HOSTILE_BYTES - 2] + " 1" for piece in pieces]


def _hostile(rounds: int) -> Figures:
    """Milliseconds of the slowest of them, names and the second look included, and of one ten times as long; what memory it took."""

    def slowest(lines: list[str]) -> float:
        return max(statistics.median(timed(lambda: _looked([line])) for _ in range(rounds)) for line in lines)  # noqa: B023

    lines = _hostile_lines()
    worst = slowest(lines)
    figures = {"hostile_10kb_ms": 1_000 * worst, "hostile_linear": slowest([line * 10 for line in lines]) / (10 * worst)}
    return {**figures, "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1_024}


def _looked(texts: list[str]) -> None:
    for text in texts:
        engine.scrub(text)
        list(unknown.find(View(text)))


def measured(data: str | None = None, rounds: int = 3) -> Figures:
    """Messages per second, against Presidio where it is installed; `data`: your own JSON Lines."""
    texts, quality = _labelled(data) if data is not None else ([line.text for line in many(12_000)], {})

    def ours() -> None:
        cues.named.cache_clear()  # what a round before has seen must not count
        for text in texts:
            engine.scrub(text)

    mine = len(texts) / statistics.median(timed(ours) for _ in range(rounds))
    found = {**_planted(), **_strangers(), **_rosters(), **_hostile(rounds), **_consistent()} if data is None else {}
    figures: Figures = {"messages_s": mine, "messages": len(texts), **quality, **found}
    named = len(texts) / statistics.median(timed(lambda: _with_names(texts)) for _ in range(rounds))
    return {**figures, "names_messages_s": named, **_presidio(texts, mine, rounds), **_presidio_spacy(texts, named)}


def _with_names(texts: list[str]) -> None:
    """The same with names on: those of a roster, and unknown ones."""
    people = next(roster.rosters(SEED, 1, 1)).people
    pairs, _ = assigning.assign(b"bench", people, [])
    finder = Names(pairs, [(*p.firsts, *p.lasts) for p in map(displays.parts, people) if p.lasts])
    cues.named.cache_clear()
    for text in texts:
        engine.scrub(text)
        view = View(text)
        list(finder.find(view))
        list(unknown.find(view))


def _presidio(texts: list[str], mine: float, rounds: int) -> Figures:
    try:
        from presidio_analyzer import predefined_recognizers as known  # type: ignore[import-not-found]
    except ImportError:
        return {}
    names = ("CreditCard", "Crypto", "Email", "Iban", "Ip", "Phone", "Url")
    recognisers = [getattr(known, f"{name}Recognizer")() for name in names]

    def theirs() -> None:
        for text in texts[:3_000]:
            for recogniser in recognisers:
                recogniser.analyze(text, recogniser.supported_entities, None)

    peer = 3_000 / statistics.median(timed(theirs) for _ in range(rounds))
    return {"vs_presidio": mine / peer, "presidio_messages_s": peer}


def _presidio_spacy(texts: list[str], mine: float) -> Figures:
    """Presidio's whole analyser with a spaCy pipeline of the small English model's shape. Its weights are random: this is speed only."""
    try:
        import spacy  # type: ignore[import-not-found]
        from presidio_analyzer import AnalyzerEngine
        from presidio_analyzer.nlp_engine import SpacyNlpEngine  # type: ignore[import-not-found]
    except ImportError:
        return {}
    pipeline = spacy.blank("en")
    for label in ("PERSON", "GPE", "ORG"):
        (pipeline.get_pipe("ner") if pipeline.has_pipe("ner") else pipeline.add_pipe("ner")).add_label(label)
    pipeline.initialize()

    class Ready(SpacyNlpEngine):  # type: ignore[misc]
        """Holds the pipeline that is there, and downloads nothing."""

        def __init__(self) -> None:
            super().__init__()
            self.nlp = {"en": pipeline}

        def is_loaded(self) -> bool:
            return True

    analyser: Any = AnalyzerEngine(nlp_engine=Ready(), supported_languages=["en"])
    few = texts[:FEW]

    def work() -> Any:
        return [analyser.analyze(text, language="en") for text in few]

    work()
    peer = len(few) / timed(work)
    return {"vs_presidio_spacy": mine / peer, "presidio_spacy_messages_s": peer}

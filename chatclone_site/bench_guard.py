"""The guard, measured: secrets in six spellings, innocent chat, and what a reply costs."""

from __future__ import annotations

import math
import random
import re
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from statistics import median
from typing import Any

from apps.archives import sample
from apps.personas import verbatim
from apps.personas.guard import BREAK, PHRASE_SAID, Guard, Said
from apps.personas.verbatim import Verbatim
from apps.privacy.planted.again import chosen
from apps.privacy.planted.cases import cases
from apps.privacy.planted.cast import people
from apps.privacy.planted.values import make
from apps.privacy.scrub import assigning
from apps.privacy.scrub.figures import figures
from apps.privacy.scrub.known import Known, Reach
from apps.privacy.scrub.names import Names
from apps.privacy.scrub.types import View
from chatclone_site.benchmarks import many

KINDS = (
    "card",
    "iban",
    "phone",
    "password",
    "pin",
    "email",
    "key",
    "code",
    "secret",
    "birthdate",
    "id",
    "passport",
    "bank",
    "address",
    "url",
    "ip",
    "mac",
    "wallet",
    "seed",
    "geo",
    "licence",
    "plate",
    "handle",
    "booking",
)
SECRETS = 1_200
#: Those whose words for digits are known (`scrub.figures`), with the words.
WORDS = {language: words.split() for language, words in zip(
    ("en", "de", "fr", "es", "it", "pt", "ru"),
    ("zero one two three four five six seven eight nine", "null eins zwei drei vier fünf sechs sieben acht neun", "zéro un deux trois quatre cinq six sept huit neuf",
     "cero uno dos tres cuatro cinco seis siete ocho nueve", "zero uno due tre quattro cinque sei sette otto nove", "zero um dois três quatro cinco seis sete oito nove",
     "ноль один два три четыре пять шесть семь восемь девять"),
    strict=True,
)}  # fmt: skip
LANGUAGES = tuple(WORDS)
#: A secret is caught where less than this share of its letters and digits comes out in a row.
ENOUGH = 0.6
#: What a persona may make up, with what stands before it, and how many of each are tried.
MADE_UP = {
    "card": "it is", "iban": "it is", "phone": "it is", "email": "it is", "url": "it is", "ip": "it is", "mac": "it is",
    "geo": "it is", "key": "it is", "wallet": "it is", "password": "the password is", "pin": "my pin is", "code": "the code is", "seed": "it is",
}  # fmt: skip
TRIED = 100
#: So often a habit is said.
OFTEN = 5


def measured(seed: int = 20_261) -> dict[str, Any]:
    """`secrets_caught` (of all that a ledger holds, but for `secrets_everyday`, in all spellings, in each, and of each kind), `made_up_caught` (of secrets nobody stored), `false_stops_per_1000` messages, `ms_per_reply` of fifty words of the sample archive (`ms_with_names`: names watched as well; `ms_misleading`: of messages made to mislead)."""
    rng = random.Random(seed)
    known = Known(reach=Reach.TALK)
    secrets: list[tuple[str, str, str]] = []
    drawn = 0
    while len(secrets) < SECRETS:
        kind, language = KINDS[len(secrets) % len(KINDS)], LANGUAGES[len(secrets) // len(KINDS) % len(LANGUAGES)]
        value, drawn = _drawn(kind, rng, language), drawn + 1
        known.add(kind, value)
        if not everyday(kind, value):
            secrets.append((kind, value, language))
    guard = Guard(known)
    innocent = [m.text for case in cases(seed, 3_000, ["innocent"]) for m in case.messages]
    stopped = sum("".join(s.value for s in guard.watch(pieces(t, rng))) != t for t in innocent)
    chat = " ".join(line.text for line in sample.lines()).split()
    return {
        **_copies(), **_made_up(rng), **_caught(guard, secrets, rng), "false_stops_per_1000": 1_000 * stopped / len(innocent), "messages": len(innocent),
        "ms_per_reply": _milliseconds(guard, chat), "ms_with_names": _milliseconds(Guard(known, _names()), chat),
        "ms_misleading": _milliseconds(guard, " ".join(innocent).split()),
        "secrets": len(secrets), "secrets_everyday": 1 - len(secrets) / drawn,
    }  # fmt: skip


def _drawn(kind: str, rng: random.Random, language: str) -> str:
    """A secret; every second password is one as people choose them."""
    return chosen(rng, language) if kind == "password" and rng.random() < 0.5 else make(kind, rng, language)


def everyday(kind: str, value: str) -> bool:
    """Whether it is a number that is in everybody's mouth, which no guard can hold back: a code of four digits that was asked for once,
    a PIN that is a year, a date of birth that is a number of five digits where its signs are left out."""
    bare = _bare(View(value).plain)
    short = bare.isdigit() and len(bare) < {"code": 5, "birthdate": 6}.get(kind, 0)
    return short or (kind == "pin" and re.fullmatch("(?:19|20)[0-9]{2}", bare) is not None)


def _milliseconds(guard: Guard, words: list[str]) -> float:
    """What watching a reply of fifty of these words costs: the median of seven rounds, no reply twice, by the clock."""
    replies = [words[n : n + 50] for n in range(0, min(len(words), 14_000) - 49, 50)]
    each, rounds = len(replies) // 7, []
    for number in range(7):
        began = time.perf_counter()
        for reply in replies[number * each : (number + 1) * each]:
            for _ in guard.watch(Said("text", word + " ") for word in reply):
                pass
        rounds.append((time.perf_counter() - began) * 1_000 / each)
    return median(rounds)


def _names() -> Names:
    """Three hundred people of an archive."""
    shown = [one.shown for one in people(random.Random(7), "en", 300)]
    return Names(assigning.assign(b"bench", shown, [], [])[0])


def _made_up(rng: random.Random) -> dict[str, float]:
    """The share of secrets of no archive of which not even the beginning is said: over all kinds and for each."""
    guard = Guard(Known())
    shares = {}
    for kind, lead in MADE_UP.items():
        held = 0
        for _ in range(TRIED):
            value = make(kind, rng, "en")
            out = "".join(said.value for said in guard.watch(pieces(f"well {lead} {value} ok", rng)))
            begins = value if kind != "seed" else re.findall("[a-z]+", value)[PHRASE_SAID]
            held += "[" in out and _bare(begins)[:4] not in _bare(out)
        shares[kind] = held / TRIED
    return {
        "made_up_caught": sum(shares.values()) / len(shares),
        **{f"made_up_{kind}": share for kind, share in shares.items()},
    }


def _copies() -> dict[str, float]:
    """Runs of eight words that are noticed with their last word: rare ones, and habits of others; and runs that are taken for one
    by mistake: habits of the persona's own person, and unread messages."""
    texts = list(dict.fromkeys(line.text for line in many(20_000)))
    once, theirs, mine, unread = texts[::2], texts[1::8] * OFTEN, texts[5::8] * OFTEN, texts[3::4]
    read = [*((True, text) for text in (*once, *mine)), *((False, text) for text in theirs)]
    found = Verbatim(verbatim.build(read, b"bench"), b"bench")
    own = Counter(gram for by_me, text in read if by_me for gram in set(verbatim.grams(text)))
    habits = {gram for gram, n in own.items() if n >= verbatim.RARE}
    known = {gram for _, text in read for gram in verbatim.grams(text)}
    return {
        **_stopped(found, "verbatim_caught", own.keys() - habits, "rare_runs"),
        **_stopped(found, "others_habits_caught", {g for text in theirs for g in verbatim.grams(text)} - habits, "others_habits"),
        **_stopped(found, "own_habits_stopped", habits, "own_habits"),
        **_stopped(found, "other_runs_stopped", {g for text in unread for g in verbatim.grams(text)} - known),
    }  # fmt: skip


def _stopped(found: Verbatim, name: str, runs: Iterable[bytes], count: str = "") -> dict[str, float]:
    """The share of these runs that is stopped, and how many there are."""
    texts = [run.decode() for run in runs]
    share = sum(map(found.ends_in_copy, texts)) / max(1, len(texts))
    return {name: share, **({count: float(len(texts))} if count else {})}


def _caught(guard: Guard, secrets: list[tuple[str, str, str]], rng: random.Random) -> dict[str, float]:
    """The share of spellings of secrets (kind, value, language) that do not come out: `secrets_caught` of all, of each
    spelling and of each kind, and how many were tried."""
    tried: Counter[str] = Counter()
    caught: Counter[str] = Counter()
    for kind, value, language in secrets:
        for spelling, text in spellings(value, language):
            out = "".join(said.value for said in guard.watch(pieces(f"well it is {text} ok", rng)))
            for name in ("secrets_caught", f"secrets_caught_{spelling}", f"secrets_caught_{kind}"):
                tried[name] += 1
                caught[name] += not comes_out(value, out)
    return {**{name: caught[name] / n for name, n in tried.items()}, "spellings": float(tried["secrets_caught"])}


def spellings(value: str, language: str) -> Iterator[tuple[str, str]]:
    """A secret as it may be said: the name of the spelling and a text, none twice; those that are no other than the plain one are left out."""
    plain = View(value).plain
    signs, bare = "".join(plain.split()), "".join(filter(str.isalnum, plain))
    fours = [bare[n : n + 4] for n in range(0, len(bare), 4)]
    texts = [
        ("plain", value), ("capitals", value.upper()), ("spaced", " ".join(bare)), ("spaced", " ".join(signs)), ("grouped", " ".join(fours)), ("grouped", "-".join(fours)),
        ("bubbles", value[: len(value) // 2] + BREAK + value[len(value) // 2 :]), ("bubbles", value[: len(value) // 3] + BREAK + value[len(value) // 3 :]),
        ("bubbles", BREAK.join(re.findall(r"[^\W_]+", value))),
    ]  # fmt: skip
    if any(c.isdecimal() for c in plain):
        for words in dict.fromkeys((tuple(WORDS[language]), tuple(WORDS["en"]))):
            texts += (("digits_as_words", _worded(said, words)) for said in (plain, bare, " ".join(bare)))
    met = {""}
    for spelling, text in texts:
        if text not in met:
            met.add(text)
            yield spelling, text


def _worded(text: str, words: Sequence[str]) -> str:
    """A text with each digit as a word of its own; what stands beside is parted from it by blanks."""
    said = "".join(f" {words[int(c)]} " if c.isdecimal() else c for c in text)
    return re.sub(" {2,}", " ", said).strip()


def comes_out(value: str, out: str) -> bool:
    """Whether `ENOUGH` of a secret's letters and digits stand in a row in what was said, whatever parts them."""
    for read in (str, figures):  # digits said as words are digits; but "sechs" may be part of a name
        secret, said = _bare(read(View(value).plain)), _bare(read(View(out).plain))
        row = math.ceil(ENOUGH * len(secret))
        if any(secret[n : n + row] in said for n in range(len(secret) - row + 1)):
            return True
    return False


def pieces(text: str, rng: random.Random) -> Iterator[Said]:
    """A text as a model writes it: a few characters at a time, its breaks as bubbles."""
    for number, bubble in enumerate(text.split(BREAK)):
        if number:
            yield Said("bubble")
        at = 0
        while at < len(bubble):
            size = rng.randint(1, 6)
            yield Said("text", bubble[at : at + size])
            at += size


def _bare(text: str) -> str:
    return "".join(c for c in text.lower() if c.isalnum())

"""Secrets that are told and said again: in the next message, in a quote, in another conversation. Deterministic by seed.

Every second one is a password as people choose them, a word or a name and one to four figures; the rest is of the kinds that are
true for longer than their message. What follows says nothing of what it repeats.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from random import Random

from apps.privacy.planted import cases, words
from apps.privacy.planted.chance import FIRST, digits
from apps.privacy.planted.types import LANGUAGES, Case, Said, Span

KINDS = (
    "card", "iban", "phone", "email", "key", "pin", "id", "passport", "licence", "plate", "bank", "address", "handle", "booking",
    "secret", "password",
)  # fmt: skip
#: What is said around it in the next message.
AROUND = {
    "en": ("{}", "{} does not work", "did you try {}?", "ok {} it is"), "ru": ("{}", "{} не подходит", "точно {}?", "ок, {}"),
    "de": ("{}", "{} geht nicht", "stimmt {} so?", "ok {} also"), "es": ("{}", "{} no funciona", "¿seguro que {}?", "vale, {}"),
    "fr": ("{}", "{} ne marche pas", "tu as essayé {} ?", "ok {} alors"), "pt": ("{}", "{} não funciona", "é mesmo {}?", "ok, {}"),
    "it": ("{}", "{} non funziona", "sicuro {}?", "ok, {}"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Again:
    """A message that tells one secret, one that repeats it, and a quote of the first; a span of each."""

    kind: str
    case: Case


def again(seed: int, count: int) -> Iterator[Again]:
    """So many of them."""
    rng = Random(f"again:{seed}")
    for number in range(count):
        kind = "password" if number % 2 else KINDS[number // 2 % len(KINDS)]
        language = LANGUAGES[number // 2 % len(LANGUAGES)]
        yield Again(kind, _one(rng, kind, language, ordinary=bool(number % 2)))


def chosen(rng: Random, language: str) -> str:
    """A password as people choose them."""
    word = rng.choice((*words.NOUNS[language], *FIRST))
    return rng.choice((word, word.title())) + digits(rng, rng.randint(1, 4))


def _one(rng: Random, kind: str, language: str, ordinary: bool) -> Case:
    group = next(group for group in ("context", "cued", "formats") if kind in cases.kinds_of(group))
    case = cases.one(rng, group, kind, language)
    span = next(span for span in case.spans if span.kind == kind)
    said = case.messages[span.message]
    value = chosen(rng, language) if ordinary else said.text[span.start : span.end]
    text = said.text[: span.start] + value + said.text[span.end :]
    before, after = rng.choice(AROUND[language]).split("{}")
    texts = (text, before + value + after, f"> {text}\nok")
    spans = [Span(n, at, at + len(value), kind) for n, at in enumerate((span.start, len(before), 2 + span.start))]
    messages = [Said((said.who + n) % 2, text, said.at + 20.0 * n) for n, text in enumerate(texts)]
    return Case("again", language, tuple(messages), tuple(spans))

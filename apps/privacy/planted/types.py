"""What a planted case is made of."""

from dataclasses import dataclass

LANGUAGES = ("en", "ru", "de", "es", "fr", "pt", "it")
# fmt: off
KINDS = (
    "card", "iban", "phone", "email", "url", "link", "ip", "mac", "key", "wallet", "seed", "password",
    "pin", "code", "cvv", "id", "passport", "licence", "plate", "bank", "address", "postcode",
    "birthdate", "handle", "geo", "booking", "secret",
)
# fmt: on


@dataclass(frozen=True, slots=True)
class Said:
    """One chat message: who is a small number, at is in seconds since 1970."""

    who: int
    text: str
    at: float


@dataclass(frozen=True, slots=True)
class Span:
    """One secret (or one piece of it), as code point offsets into the text of a message."""

    message: int
    start: int
    end: int
    kind: str


@dataclass(frozen=True, slots=True)
class Case:
    """A short stretch of chat and every secret in it."""

    group: str
    language: str
    messages: tuple[Said, ...]
    spans: tuple[Span, ...]

"""One synthetic secret of any kind, in a spelling people use."""

from collections.abc import Callable
from random import Random

from apps.privacy.planted import coins, money, network, people, phones, places, tokens, words
from apps.privacy.planted.types import KINDS

Maker = Callable[[Random, str], str]


def bank(rng: Random, language: str) -> str:
    return rng.choice((money.account, money.routing if language == "en" else money.account))(rng, language)


MAKERS: dict[str, Maker] = {
    "card": money.card,
    "iban": money.iban,
    "phone": phones.phone,
    "email": network.email,
    "url": network.url,
    "link": network.link,
    "ip": network.ip,
    "mac": network.mac,
    "key": tokens.key,
    "wallet": coins.wallet,
    "seed": coins.seed,
    "password": words.password,
    "pin": words.pin,
    "code": words.code,
    "cvv": words.cvv,
    "id": people.identity,
    "passport": people.passport,
    "licence": people.licence,
    "plate": people.plate,
    "bank": bank,
    "address": places.address,
    "postcode": places.postcode,
    "birthdate": people.birthdate,
    "handle": people.handle,
    "geo": network.geo,
    "booking": people.booking,
    "secret": words.secret,
}
# names that templates use for a special spelling of a kind
SPECIAL: dict[str, tuple[str, Maker]] = {
    "local": ("phone", phones.local),
    "sort": ("bank", money.sort_code),
    "routing": ("bank", money.routing),
    "account": ("bank", money.account),
    "bankcode": ("bank", money.bank_code),
}
FIELDS: dict[str, tuple[str, Maker]] = {kind: (kind, MAKERS[kind]) for kind in KINDS} | SPECIAL


def make(kind: str, rng: Random, language: str) -> str:
    """A value of one of KINDS; unknown kinds raise KeyError."""
    return MAKERS[kind](rng, language)

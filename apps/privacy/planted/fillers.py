"""Harmless things that look like secrets: versions, prices, times, order numbers, failed checksums."""

from collections.abc import Callable
from random import Random

from apps.privacy.planted.chance import digits, fill, first_name, number
from apps.privacy.planted.money import luhn_digit, plain_iban


def version(rng: Random) -> str:
    parts = [str(rng.randint(0, 21)) for _ in range(rng.choice((2, 3, 3, 4)))]
    return rng.choice(("", "v")) + ".".join(parts)


def kernel(rng: Random) -> str:
    return f"{rng.randint(2, 6)}.{rng.randint(1, 19)}.{rng.randint(0, 40)}-{rng.randint(1, 120)}-{rng.choice(('generic', 'amd64', '386', 'lts'))}"


def price(rng: Random) -> str:
    whole, cents = rng.randint(1, 2400), rng.choice(("99", "50", "00", "49"))
    return rng.choice((f"${whole}", f"{whole}€", f"{whole},{cents} €", f"£{whole}.{cents}", f"{whole} eur"))


def time(rng: Random) -> str:
    return f"{rng.randint(0, 23)}:{rng.choice((0, 5, 10, 15, 20, 30, 45)):02d}"


def date(rng: Random) -> str:
    day, month, year = rng.randint(1, 28), rng.randint(1, 12), rng.randint(2015, 2027)
    return rng.choice((f"{day}.{month}.", f"{day}.{month:02d}.{year}", f"{day}/{month}", f"{year}-{month:02d}-{day:02d}"))


def order(rng: Random) -> str:
    return rng.choice(
        (
            f"#{number(rng, 6)}",
            f"{number(rng, 3)}-{digits(rng, 7)}-{digits(rng, 7)}",
            number(rng, 9),
            fill(rng, "ORD-<dig*5>"),
        )
    )


def isbn(rng: Random) -> str:
    body = "978" + digits(rng, 9)
    total = sum(int(char) * (1, 3)[place % 2] for place, char in enumerate(body))
    text = f"{body}{-total % 10}"
    return rng.choice((text, f"{text[:3]}-{text[3]}-{text[4:8]}-{text[8:12]}-{text[12]}"))


def not_card(rng: Random) -> str:
    """Sixteen digits that no issuer starts with and Luhn refuses."""
    body = "9" + digits(rng, 14)
    return body + str((int(luhn_digit(body)) + rng.randint(1, 9)) % 10)


def not_iban(rng: Random) -> str:
    """One wrong digit at the end, which modulo 97 always notices."""
    text = plain_iban(rng, "de")
    return text[:-1] + rng.choice("0123456789".replace(text[-1], ""))


def maths(rng: Random) -> str:
    first, second = rng.randint(100, 9999), rng.randint(100, 9999)
    return rng.choice(
        (f"{first} + {second} = {first + second}", f"{first}-{second}={first - second}", f"{first} x {second % 90 + 2}")
    )


def film(rng: Random) -> str:
    return rng.choice(
        (
            "blade runner 2049",
            "1917",
            "2001",
            "apollo 13",
            "se7en",
            "district 9",
            "300",
            "12 monkeys",
            "ocean's 11",
            "fahrenheit 451",
        )
    )


def score(rng: Random) -> str:
    return f"{rng.randint(0, 7)}{rng.choice('-:')}{rng.randint(0, 7)}"


FILLERS: dict[str, Callable[[Random], str]] = {
    "version": version,
    "kernel": kernel,
    "price": price,
    "time": time,
    "date": date,
    "order": order,
    "isbn": isbn,
    "notcard": not_card,
    "notiban": not_iban,
    "maths": maths,
    "film": film,
    "score": score,
    "name": first_name,
    "year": lambda rng: str(rng.randint(1950, 2027)),
    "n": lambda rng: str(rng.randint(2, 60)),
    "big": lambda rng: str(rng.randint(1000, 9999)),
    "exp": lambda rng: f"{rng.randint(1, 12):02d}/{rng.randint(27, 33)}",
    "sha": lambda rng: fill(rng, "<hex*7>"),
}

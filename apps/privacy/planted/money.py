"""Cards, IBANs and the older account numbers."""

from random import Random

from apps.privacy.planted.chance import digits, exotic, fill, groups, number, pick

ISSUERS: tuple[tuple[tuple[str, ...], tuple[int, ...]], ...] = (
    (("4",), (16, 16, 16, 16, 13, 19)),
    (("51", "52", "53", "54", "55", "2221", "2345", "2500", "2699", "2720"), (16,)),
    (("34", "37"), (15,)),
    (("6011", "644", "647", "649", "65"), (16, 16, 19)),
    (("36", "300", "305", "38", "39"), (14,)),
    (("3528", "3547", "3589"), (16,)),
    (("6200", "6222", "6250", "6283"), (16, 16, 17, 18, 19)),
    (("5018", "5020", "5038", "6304", "6759", "6761", "6763"), (13, 16, 18, 19)),
    (("2200", "2202", "2204"), (16,)),
)
SHAPES = {14: (4, 6, 4), 15: (4, 6, 5), 19: (4, 4, 4, 4, 3)}
GAPS = {"": 35, " ": 38, "-": 12, ".": 5, "\u00a0": 5, "  ": 2, "\u202f": 1, "/": 1, " - ": 1}
ROWS = {  # country: its BBAN, as the IBAN registry has it
    "DE": "<dig*18>",
    "FR": "",
    "GB": "<up*4><dig*14>",
    "ES": "",
    "IT": "<up*1><dig*22>",
    "NL": "<up*4><dig*10>",
    "BE": "",
    "AT": "<dig*16>",
    "CH": "<dig*17>",
    "PT": "",
    "PL": "<dig*24>",
    "SE": "<dig*20>",
    "DK": "<dig*14>",
    "IE": "<up*4><dig*14>",
    "LU": "<dig*16>",
    "CZ": "<dig*20>",
    "RO": "<up*4><dig*16>",
    "GR": "<dig*23>",
    "TR": "<dig*5>0<dig*16>",
    "BG": "<up*4><dig*14>",
    "EE": "<dig*16>",
    "LT": "<dig*16>",
    "LV": "<up*4><dig*13>",
    "AE": "<dig*19>",
    "SA": "<dig*20>",
    "UA": "<dig*25>",
    "BR": "<dig*23>P1",
    "MT": "<up*4><dig*5><B36*18>",
    "CY": "<dig*24>",
    "KZ": "<dig*3><B36*13>",
}
HOMES = {
    "en": ("GB", "IE"),
    "ru": ("KZ", "UA"),
    "de": ("DE", "AT", "CH"),
    "es": ("ES",),
    "fr": ("FR", "BE", "LU"),
    "pt": ("PT", "BR"),
    "it": ("IT",),
}


def luhn_digit(body: str) -> str:
    doubled = (int(char) * (2 if place % 2 == 0 else 1) for place, char in enumerate(reversed(body)))
    return str(-sum(value // 10 + value % 10 for value in doubled) % 10)


def plain_card(rng: Random) -> str:
    prefixes, lengths = rng.choice(ISSUERS)
    prefix, length = rng.choice(prefixes), rng.choice(lengths)
    body = prefix + digits(rng, length - len(prefix) - 1)
    return body + luhn_digit(body)


def card_groups(rng: Random) -> list[str]:
    plain = plain_card(rng)
    return groups(plain, SHAPES.get(len(plain), (4,)))


def card(rng: Random, language: str) -> str:
    return exotic(rng, pick(rng, GAPS).join(card_groups(rng)))


def weighted(body: str, weights: tuple[int, ...]) -> str:
    rest = 11 - sum(int(char) * weight for char, weight in zip(body, weights, strict=True)) % 11
    return {10: "1", 11: "0"}.get(rest, str(rest))


def spanish(rng: Random) -> str:
    office, account = digits(rng, 8), digits(rng, 10)
    first = weighted(office, (4, 8, 5, 10, 9, 7, 3, 6))
    return office + first + weighted(account, (1, 2, 4, 8, 5, 10, 9, 7, 3, 6)) + account


def french(rng: Random) -> str:
    bank, desk, account = digits(rng, 5), digits(rng, 5), digits(rng, 11)
    key = 97 - (89 * int(bank) + 15 * int(desk) + 3 * int(account)) % 97
    return f"{bank}{desk}{account}{key:02d}"


def belgian(rng: Random) -> str:
    # the first three digits name a bank, and checkers know which exist
    body = rng.choice(("001", "068", "363", "731", "979")) + digits(rng, 7)
    return f"{body}{int(body) % 97 or 97:02d}"


def portuguese(rng: Random) -> str:
    body = number(rng, 19)
    return f"{body}{98 - int(body) * 100 % 97:02d}"


OWN_CHECKS = {"ES": spanish, "FR": french, "BE": belgian, "PT": portuguese}


def plain_iban(rng: Random, language: str) -> str:
    country = rng.choice(HOMES[language] if rng.random() < 0.5 else tuple(ROWS))
    body = OWN_CHECKS[country](rng) if country in OWN_CHECKS else fill(rng, ROWS[country])
    check = 98 - int("".join(str(int(char, 36)) for char in f"{body}{country}00")) % 97
    return f"{country}{check:02d}{body}"


def iban(rng: Random, language: str) -> str:
    gap = pick(rng, {"": 40, " ": 48, "\u00a0": 5, "-": 5, ".": 1, "\u202f": 1})
    text = gap.join(groups(plain_iban(rng, language), (4,)))
    return exotic(rng, text.lower() if rng.random() < 0.15 else text)


def sort_code(rng: Random, language: str) -> str:
    return pick(rng, {"-": 3, "": 1, " ": 1}).join(groups(number(rng, 6), (2,)))


def routing(rng: Random, language: str) -> str:
    """Nine digits with the ABA check digit."""
    body = rng.choice(("02", "03", "06", "07", "11", "12", "26", "31", "32")) + digits(rng, 6)
    total = sum(int(char) * weight for char, weight in zip(body, (3, 7, 1) * 3, strict=False))
    return f"{body}{-total % 10}"


def account(rng: Random, language: str) -> str:
    """The account number as people of that language know it."""
    shape = {"ru": "40817810<dig*12>", "de": "<dig*10>", "fr": "<dig*11>", "pt": "<dig*5>-<dig*1>", "it": "<dig*12>"}
    if language == "es":
        return pick(rng, {" ": 1, "-": 1, "": 1}).join(groups(spanish(rng), (4, 4, 2, 10)))
    return fill(rng, shape.get(language, "<dig*8>"))


def bank_code(rng: Random, language: str) -> str:
    """Bankleitzahl, agência, code banque, ABI, БИК."""
    shapes = {"de": f"{rng.randint(1, 8)}<dig*2> <dig*3> <dig*2>", "pt": "<dig*4>", "ru": "04<dig*7>"}
    return fill(rng, shapes.get(language, "<dig*5>"))

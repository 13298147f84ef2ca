"""Papers and names of one person: national ids, passports, licences, plates, birthdays, handles, bookings."""

from collections.abc import Callable
from random import Random

from stdnum.br import cpf
from stdnum.iso7064 import mod_11_10
from stdnum.it import codicefiscale
from stdnum.pl import pesel
from stdnum.pt import nif
from stdnum.ru import inn

from apps.privacy.planted.chance import digits, exotic, fill, first_name, groups, number, pick, surname

MONTHS = {
    "en": "january february march april may june july august september october november december",
    "ru": "января февраля марта апреля мая июня июля августа сентября октября ноября декабря",
    "de": "januar februar märz april mai juni juli august september oktober november dezember",
    "es": "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
    "pt": "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
    "it": "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
}
PASSPORTS = {
    "en": ("<dig*9>", "<up*1><dig*8>"),
    "ru": ("<dig*4> <dig*6>", "<dig*2> <dig*2> <dig*6>", "<dig*2> <dig*7>"),
    "de": ("C<dig*2>X<dig*2>T<dig*2>", "C<dig*1>F<dig*1>LM<dig*3>", "L<dig*8>"),
    "es": ("<up*3><dig*6>", "P<up*2><dig*6>"),
    "fr": ("<dig*2><up*2><dig*5>",),
    "pt": ("<up*2><dig*6>", "<up*1><dig*6>"),
    "it": ("Y<up*1><dig*7>", "AA<dig*7>"),
}
LICENCES = {
    "en": ("<up*1><dig*7>", "<con*5><dig*6><up*2>9<up*2>", "<up*1><dig*3>-<dig*4>-<dig*4>"),
    "ru": ("<dig*2> <dig*2> <dig*6>", "<dig*4> <dig*6>"),
    "de": ("<up*1><dig*3><up*3><dig*1><up*1><dig*2>",),
    "es": ("<dig*8>-<up*1>",),
    "fr": ("<dig*12>", "<dig*2><up*2><dig*5>"),
    "pt": ("<dig*11>", "<up*1>-<dig*6>"),
    "it": ("U1<dig*2><up*1><dig*4><up*1>", "<up*2><dig*7><up*1>"),
}
PLATES = {
    "en": ("<con*2><dig*2> <con*3>", "<dig*1><up*3><dig*3>", "<up*3>-<dig*4>"),
    "ru": ("А<dig*3>ВС <dig*2>", "к<dig*3>мн<dig*3>", "Т<dig*3>ОР 1<dig*2>"),
    "de": ("B-<con*2> <dig*4>", "M <con*2> <dig*3>", "HH-<con*2>-<dig*4>", "KA <con*1> <dig*3>"),
    "es": ("<dig*4> <con*3>", "<dig*4><con*3>", "<dig*4>-<con*3>"),
    "fr": ("<con*2>-<dig*3>-<con*2>", "<con*2> <dig*3> <con*2>", "<con*2><dig*3><con*2>"),
    "pt": ("<up*3><dig*1><up*1><dig*2>", "<up*3>-<dig*4>", "<con*2>-<dig*2>-<con*2>"),
    "it": ("<con*2><dig*3><con*2>", "<con*2> <dig*3> <con*2>"),
}


def birth(rng: Random) -> tuple[int, int, int]:
    return rng.randint(1948, 2009), rng.randint(1, 12), rng.randint(1, 28)


def ssn(rng: Random) -> str:
    area = rng.choice([value for value in range(1, 900) if value != 666])
    return pick(rng, {"-": 4, " ": 1, "": 2}).join(
        (f"{area:03d}", f"{rng.randint(1, 99):02d}", f"{rng.randint(1, 9999):04d}")
    )


def nino(rng: Random) -> str:
    """The prefixes are a fixed choice because many pairs are never given out."""
    parts = (
        rng.choice(("AB", "CE", "HK", "JA", "LM", "PX", "SR", "WE", "YZ")),
        *(digits(rng, 2) for _ in range(3)),
        rng.choice("ABCD"),
    )
    text = pick(rng, {" ": 3, "": 3}).join(parts)
    return text.lower() if rng.random() < 0.2 else text


def tax_id(rng: Random) -> str:
    """German Steuer-ID: among ten digits one occurs twice and one never."""
    body = rng.sample("0123456789", 9)
    body.insert(rng.randrange(10), rng.choice(body))
    if body[0] == "0" or "".join(body).startswith("00"):
        return tax_id(rng)
    text = "".join(body)
    return pick(rng, {"": 3, " ": 3}).join(groups(text + str(mod_11_10.calc_check_digit(text)), (2, 3)))


def dni(rng: Random) -> str:
    body = digits(rng, 8)
    text = body + rng.choice(("", "-", " ", "")) + "TRWAGMYFPDXBNJZSQVHLCKE"[int(body) % 23]
    return text.lower() if rng.random() < 0.2 else text


def nir(rng: Random) -> str:
    year, month, _ = birth(rng)
    body = f"{rng.randint(1, 2)}{year % 100:02d}{month:02d}{rng.randint(21, 95)}{rng.randint(1, 700):03d}{rng.randint(1, 700):03d}"
    return pick(rng, {" ": 3, "": 2}).join(groups(f"{body}{97 - int(body) % 97:02d}", (1, 2, 2, 2, 3, 3, 2)))


def fiscal(rng: Random) -> str:
    year, month, day = birth(rng)
    body = fill(rng, "<con*6>") + f"{year % 100:02d}{'ABCDEHLMPRST'[month - 1]}{day + rng.choice((0, 40)):02d}"
    body += fill(rng, "<con*1>") + f"{rng.randint(100, 900)}"
    text = body + str(codicefiscale.calc_check_digit(body))
    return text.lower() if rng.random() < 0.3 else text


def person_cpf(rng: Random) -> str:
    body = number(rng, 9)
    text = body + str(cpf._calc_check_digits(body))
    return text if rng.random() < 0.4 else f"{text[:3]}.{text[3:6]}.{text[6:9]}-{text[9:]}"


def person_nif(rng: Random) -> str:
    body = rng.choice("12") + digits(rng, 7)
    return pick(rng, {"": 2, " ": 1}).join(groups(body + str(nif.calc_check_digit(body)), (3,)))


def person_pesel(rng: Random) -> str:
    year, month, day = birth(rng)
    body = f"{year % 100:02d}{month + (20 if year >= 2000 else 0):02d}{day:02d}{digits(rng, 4)}"
    return body + str(pesel.calc_check_digit(body))


def bsn(rng: Random) -> str:
    while True:
        body = number(rng, 8)
        check = sum(int(char) * weight for char, weight in zip(body, range(9, 1, -1), strict=True)) % 11
        if check < 10:
            return f"{body}{check}"


def snils(rng: Random) -> str:
    body = number(rng, 9)
    check = sum(int(char) * weight for char, weight in zip(body, range(9, 0, -1), strict=True)) % 101 % 100
    text = f"{body}{check:02d}"
    return text if rng.random() < 0.35 else f"{text[:3]}-{text[3:6]}-{text[6:9]} {text[9:]}"


def person_inn(rng: Random) -> str:
    body = number(rng, 10)
    return body + str(inn.calc_personal_check_digits(body))


NATIONAL: dict[str, tuple[tuple[str, Callable[[Random], str]], ...]] = {
    "en": (
        ("ssn|social security number|social", ssn),
        ("national insurance number|nino|NI number", nino),
        ("pesel|pesel number", person_pesel),
        ("bsn|dutch bsn", bsn),
    ),
    "ru": (("снилс|номер снилс", snils), ("инн", person_inn)),
    "de": (("steuer-id|steuer id|steueridentifikationsnummer|idnr", tax_id),),
    "es": (("dni|numero de dni|nif", dni),),
    "fr": (("numéro de sécu|numero de sécurité sociale|n° de sécu|nir", nir),),
    "pt": (("cpf", person_cpf), ("nif", person_nif)),
    "it": (("codice fiscale|cod fiscale|cf", fiscal),),
}


def national(rng: Random, language: str) -> tuple[str, str]:
    """What people call the number, and one such number."""
    names, maker = rng.choice(NATIONAL[language])
    return rng.choice(names.split("|")), exotic(rng, maker(rng))


def identity(rng: Random, language: str) -> str:
    return national(rng, language)[1]


def from_table(table: dict[str, tuple[str, ...]], lower: float) -> Callable[[Random, str], str]:
    """A maker over patterns by language, sometimes typed without the shift key."""

    def maker(rng: Random, language: str) -> str:
        text = fill(rng, rng.choice(table[language]))
        return text.lower() if rng.random() < lower else text

    return maker


passport = from_table(PASSPORTS, 0.15)
licence = from_table(LICENCES, 0.15)
plate = from_table(PLATES, 0.25)


def birthdate(rng: Random, language: str) -> str:
    year, month, day = birth(rng)
    name = MONTHS[language].split()[month - 1]
    link = {"es": " de ", "pt": " de ", "de": ". "}.get(language, " ")
    usual = f"{month:02d}/{day:02d}/{year}" if language == "en" and rng.random() < 0.5 else f"{day:02d}.{month:02d}.{year}"
    written = f"{day}{link}{name}{' de ' if link == ' de ' else ' '}{year}"
    short = f"{day}.{month}.{year % 100:02d}" if language in ("de", "ru") else f"{day}/{month}/{year % 100:02d}"
    return rng.choice((usual, usual, written, short, f"{day:02d}/{month:02d}/{year}", f"{year}-{month:02d}-{day:02d}"))


def handle(rng: Random, language: str) -> str:
    first, last = first_name(rng), surname(rng)
    bare = (
        f"{first}_{last}",
        f"{first}.{last}",
        f"{last}{digits(rng, 2)}",
        f"x{first}{digits(rng, 3)}",
        f"its{first}{last}",
        f"{last}_x",
    )
    return rng.choice(("@", "", "@")) + rng.choice(bare)


def booking(rng: Random, language: str) -> str:
    while True:
        text = fill(rng, "<pnr*6>")
        if any(char.isdigit() for char in text):
            return text.lower() if rng.random() < 0.15 else text

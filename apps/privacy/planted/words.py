"""Passwords, PINs, one-time codes and other words that open doors."""

from random import Random

from apps.privacy.planted.chance import digits, exotic, fill, pick

NOUNS = {
    "en": ["sunshine", "hunter", "tractor", "pickle", "banjo", "dragon", "waffle", "monkey", "cactus", "biscuit"],
    "ru": ["solnyshko", "kotik", "zayka", "parol", "barsik", "spartak", "morkovka", "babushka", "svetik", "medved"],
    "de": ["schmetterling", "katze", "kartoffel", "blume", "fussball", "igel", "donner", "bratwurst", "hase", "regenbogen"],
    "es": ["perrito", "mariposa", "sandia", "gatito", "madrid", "tequiero", "luna", "chocolate", "futbol", "naranja"],
    "fr": ["chouchou", "papillon", "soleil", "doudou", "fromage", "bonjour", "lapin", "cerise", "coucou", "minou"],
    "pt": ["abacaxi", "flamengo", "saudade", "gatinho", "amor", "beijinho", "cachorro", "benfica", "estrela", "banana"],
    "it": ["juventus", "amore", "ciccio", "farfalla", "pizza", "gattino", "ciao", "tesoro", "limone", "stellina"],
}
SWAPS = str.maketrans("aeios", "@310$")
OPENERS = (
    "<b62*10>",
    "<b62*14>",
    "<up*1><low*5><dig*3>!",
    "<b36*8>",
    "<dig*16>",
    "<b36*4>-<b36*4>-<b36*4>",
    "<abc*4>#<b62*5>",
    "<B36*12>",
)
# Cyrillic passwords exist too, as do phrases with spaces
PHRASES = {
    "en": ("correct horse battery", "open the door 42", "ilovemydog"),
    "ru": ("кот99", "пароль123", "привет2020", "йцукен12"),
    "de": ("grüner Hund 77", "wir lieben käse"),
    "es": ("la vaca lechera", "cafeConLeche1"),
    "fr": ("le chat noir 75", "jaimelété"),
    "pt": ("café com leite 9", "coração88"),
    "it": ("la pasta al forno", "perché33"),
}


def password(rng: Random, language: str) -> str:
    style = pick(rng, {"word": 9, "random": 5, "pair": 3, "leet": 3, "phrase": 1, "bang": 2, "bare": 1})
    first, second = rng.choice(NOUNS[language]), rng.choice(NOUNS["en"])
    year = rng.choice((digits(rng, 2), digits(rng, 3), str(rng.randint(1970, 2026))))
    return {
        "word": rng.choice((first, first.title())) + year,
        "random": fill(rng, rng.choice(OPENERS)),
        "pair": rng.choice("-_.").join((first, second, year)),
        "leet": first.translate(SWAPS) + year,
        "phrase": rng.choice(PHRASES[language]),
        "bang": f"{first.title()}{year}{rng.choice('!?$*#')}",
        "bare": first + second,
    }[style]


def pin(rng: Random, language: str) -> str:
    text = digits(rng, rng.choice((4, 4, 4, 4, 5, 6)))
    style = pick(rng, {"": 20, " ": 2, "-": 1})
    cut = len(text) // 2
    return exotic(rng, style.join((text[:cut], text[cut:])))


def code(rng: Random, language: str) -> str:
    shape = pick(
        rng,
        {
            "<dig*6>": 9,
            "<dig*4>": 4,
            "<dig*3> <dig*3>": 3,
            "<dig*3>-<dig*3>": 3,
            "<dig*5>": 2,
            "<dig*8>": 1,
            "G-<dig*6>": 1,
            "<pnr*6>": 2,
        },
    )
    return exotic(rng, fill(rng, shape))


def cvv(rng: Random, language: str) -> str:
    return digits(rng, rng.choice((3, 3, 3, 4)))


def secret(rng: Random, language: str) -> str:
    """Recovery codes, licence keys, the long word of an authenticator."""
    shapes = (
        "<hex*4>-<hex*4>",
        "<B36*5>-<B36*5>-<B36*5>-<B36*5>-<B36*5>",
        "<b32*32>",
        "<b36*5>-<b36*5>",
        "<dig*8>",
        "<b32*4> <b32*4> <b32*4> <b32*4>",
    )
    return fill(rng, rng.choice(shapes))

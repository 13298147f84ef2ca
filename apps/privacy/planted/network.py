"""Mail addresses, internet addresses, links that open something, and coordinates."""

import ipaddress
from random import Random

from apps.privacy.planted.chance import digits, fill, first_name, listed, pick, surname

DOMAINS = listed(
    "example.org example.com postnest.net quillbox.com mailgarten.de nordbrief.de "
    "pochta-sosna.ru yashchik.net correolimon.es cartamia.it boitelune.fr "
    "caixaverde.com.br inbox.lumen.co.uk dorvale.io uni-fenland.ac.uk"
)
BIG_HOSTS = ("gmail.com", "gmx.de", "mail.ru", "yandex.ru", "outlook.com", "icloud.com", "web.de", "uol.com.br", "libero.it")
SPELLED = {
    "en": ((" at ", " dot "), (" (at) ", " (dot) "), ("[at]", "[dot]"), (" AT ", " DOT "), (" (at) ", " dot ")),
    "de": ((" ät ", " punkt "), (" (at) ", " punkt "), (" at ", " punkt ")),
    "ru": ((" собака ", " точка "), ("(собака)", "."), (" собачка ", " точка ")),
    "es": ((" arroba ", " punto "), ("(arroba)", "(punto)"), (" arroba ", ".")),
    "fr": ((" arobase ", " point "), (" at ", " point "), ("(arobase)", ".")),
    "pt": ((" arroba ", " ponto "), ("(arroba)", "."), ("[arroba]", "[ponto]")),
    "it": ((" chiocciola ", " punto "), ("(chiocciola)", "."), (" at ", " punto ")),
}
URLS = (
    "https://{host}/reset?token=<url*32>",
    "https://{host}/auth/magic?code=<b62*24>&next=%2Fhome",
    "https://{user}:<b62*12>@{host}/",
    "ftp://{user}:<b62*9>@{host}/pub",
    "postgres://{user}:<b62*16>@db.{host}:5432/app",
    "mongodb+srv://{user}:<b62*14>@cluster0.{host}/test",
    "https://files.s3.amazonaws.com/scan.pdf?X-Amz-Credential=AKIA<b32*16>&X-Amz-Signature=<hex*64>",
    "https://{host}/api/v2/me?api_key=<hex*32>",
    "https://{host}/cal/private-<hex*32>/basic.ics",
    "https://{host}/login?email={user}&password=<b62*10>",
    "https://{host}/f/4821?sig=<url*27>&expires=1790000000",
    "https://{host}/#access_token=<url*40>&token_type=bearer",
    "{host}/verify?key=<hex*40>",
    "https://store.blob.core.windows.net/x/cv.docx?sv=2023-11-03&sig=<b62*42>%3D",
    "http://admin:<b36*8>@192.168.1.1/setup",
)
LINKS = (
    "https://us02web.zoom.us/j/<dig*11>?pwd=<b62*32>",
    "https://chat.whatsapp.com/<b62*22>",
    "https://t.me/+<url*16>",
    "https://discord.gg/<b62*10>",
    "https://docs.google.com/document/d/1<url*43>/edit?usp=sharing",
    "https://www.dropbox.com/scl/fi/<b36*20>/x.pdf?rlkey=<b36*25>",
    "https://meet.google.com/<low*3>-<low*4>-<low*3>",
    "https://1drv.ms/u/s!A<url*22>",
    "https://signal.group/#<url*60>",
)
MAPS = (
    "https://maps.google.com/?q={a},{b}",
    "https://www.google.com/maps/@{a},{b},17z",
    "https://maps.apple.com/?ll={a},{b}",
    "https://www.openstreetmap.org/#map=17/{a}/{b}",
    "geo:{a},{b}",
    "https://yandex.ru/maps/?ll={b}%2C{a}&z=16",
    "https://www.google.com/maps?q=loc:{a},{b}",
)
PAIRS = ("{a}, {b}", "{a},{b}", "{a}, {b}", "{a},{b}", "{a} {b}", "{a};{b}", "{a} / {b}")


def mailbox(rng: Random) -> str:
    """A local part; the numbers keep it away from anybody who exists."""
    first, last = first_name(rng), surname(rng)
    styles = (
        f"{first}.{last}",
        f"{first}{digits(rng, 4)}",
        f"{first[0]}.{last}{digits(rng, 2)}",
        f"{last}_{digits(rng, 3)}",
    )
    return rng.choice((*styles, f"{first}.{last}+{rng.choice(('shop', 'news'))}"))


def spelled(rng: Random, language: str, local: str, host: str) -> str:
    at, dot = rng.choice(SPELLED[language] if rng.random() < 0.7 else SPELLED["en"])
    return local.split("+", maxsplit=1)[0] + at + host.replace(".", dot)


def email(rng: Random, language: str) -> str:
    local = mailbox(rng)
    if rng.random() < 0.35:
        local, host = f"{surname(rng)}.{surname(rng)}{digits(rng, 3)}", rng.choice(BIG_HOSTS)
    else:
        host = rng.choice(DOMAINS)
    if rng.random() < 0.2:
        return spelled(rng, language, local, host)
    text = f"{local}@{host}"
    return text.title() if rng.random() < 0.04 else text.upper() if rng.random() < 0.03 else text


def ip(rng: Random, language: str) -> str:
    kind = pick(rng, {"public": 5, "private": 3, "v6": 3, "short": 2, "local6": 1})
    if kind == "public":
        return f"{rng.choice((31, 46, 78, 85, 91, 141, 176, 188, 203, 213))}." + ".".join(
            str(rng.randint(1, 254)) for _ in range(3)
        )
    if kind == "private":
        return f"{rng.choice(('192.168', '10.0', '172.16'))}.{rng.randint(0, 254)}.{rng.randint(2, 254)}"
    return six(rng, kind)


def six(rng: Random, kind: str) -> str:
    if kind == "local6":
        return str(ipaddress.IPv6Address(0xFE80 << 112 | rng.getrandbits(64)))
    low = rng.getrandbits(64 if kind == "v6" else 12)
    address = ipaddress.IPv6Address(0x2A02 << 112 | rng.getrandbits(32) << 80 | low)
    return address.exploded if rng.random() < 0.15 else str(address)


def mac(rng: Random, language: str) -> str:
    octets = [f"{byte:02x}" for byte in rng.randbytes(6)]
    style = pick(rng, {":": 6, "-": 3, ".": 1})
    text = ".".join("".join(octets[at : at + 2]) for at in (0, 2, 4)) if style == "." else style.join(octets)
    return text.upper() if rng.random() < 0.5 else text


def url(rng: Random, language: str) -> str:
    host = rng.choice(("", "app.", "my.", "login.")) + rng.choice(DOMAINS)
    return fill(rng, rng.choice(URLS).format(host=host, user=first_name(rng)))


def link(rng: Random, language: str) -> str:
    return fill(rng, rng.choice(LINKS))


def place(rng: Random) -> tuple[float, float]:
    """Somewhere on land's latitudes, both hemispheres."""
    return rng.uniform(-45, 65), rng.uniform(-120, 150)


def sexagesimal(value: float, marks: str) -> str:
    rest = abs(value)
    degrees, minutes = int(rest), int(rest * 60) % 60
    seconds = rest * 3600 % 60
    return f"{degrees}°{minutes:02d}'{seconds:04.1f}\"{marks[value < 0]}"


def geo(rng: Random, language: str) -> str:
    north, east = place(rng)
    style = pick(rng, {"pair": 5, "dms": 2, "map": 4, "letters": 1})
    if style == "dms":
        return sexagesimal(north, "NS") + rng.choice((" ", ", ", "")) + sexagesimal(east, "EW")
    depth = rng.randint(3, 7)
    if style == "letters":
        return f"{abs(north):.{depth}f}° {'NS'[north < 0]}, {abs(east):.{depth}f}° {'EW'[east < 0]}"
    shapes = MAPS if style == "map" else PAIRS
    return rng.choice(shapes).format(a=f"{north:.{depth}f}", b=f"{east:.{depth}f}")

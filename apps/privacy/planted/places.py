"""Invented street addresses and postcodes in the manner of seven languages."""

from random import Random

from apps.privacy.planted.chance import fill, listed

STREETS = {
    "en": listed("Maple Oak Chestnut Willow Harbour Station Mill Church Kestrel Rosewood Elm Bramble"),
    "ru": ["Ленина", "Садовая", "Лесная", "Кленовая", "Озёрная", "Полевая", "Гагарина", "Вишнёвая", "Мира", "Школьная"],
    "de": listed(
        "Lindenstraße Hauptstr. Ahornweg Bahnhofstraße Gartenstr. Birkenallee Mühlgasse Rosenweg Schillerplatz Kirchstr."
    ),
    "es": listed("del Olmo,de la Rosa,San Isidro,Mayor,del Sol,de los Pinos,Santa Clara,del Río,Colón,del Mirador", ","),
    "fr": listed(
        "des Lilas,du Moulin,Pasteur,de la Gare,des Acacias,Victor Hugo,du Lavoir,des Tilleuls,de l'Église,Jean Jaurès", ","
    ),
    "pt": listed("das Flores,do Sol,dos Pinheiros,Santa Rita,da Praia,São Bento,das Palmeiras,do Carmo,Sete,dos Anjos", ","),
    "it": listed("dei Tigli,Garibaldi,Roma,delle Rose,Mazzini,del Mulino,Verdi,San Marco,dei Mille,della Pace", ","),
}
TOWNS = {
    "en": ["Bristol", "Leeds", "Portland", "Austin", "Cork", "Denver", "Exeter"],
    "ru": ["Москва", "Казань", "Пермь", "Самара", "Томск", "Тула", "Екатеринбург"],
    "de": ["Berlin", "Kassel", "Leipzig", "Köln", "Graz", "Bremen", "Münster"],
    "es": ["Madrid", "Sevilla", "Valencia", "Bilbao", "Granada", "Zaragoza"],
    "fr": ["Paris", "Lyon", "Nantes", "Lille", "Rennes", "Toulouse", "Dijon"],
    "pt": ["Lisboa", "Porto", "Braga", "Coimbra", "Curitiba", "Recife", "Santos"],
    "it": ["Milano", "Torino", "Bologna", "Bari", "Verona", "Padova", "Lecce"],
}
POSTCODES = {
    "en": ("BS<dig*1> <dig*1>LX", "LS1<dig*1> <dig*1>TB", "SW1A <dig*1>DN", "9<dig*4>", "6<dig*4>", "EX4<dig*1>RG"),
    "ru": ("1<dig*5>", "6<dig*5>", "4<dig*5>"),
    "de": ("1<dig*4>", "5<dig*4>", "8<dig*4>", "D-3<dig*4>"),
    "es": ("28<dig*3>", "41<dig*3>", "08<dig*3>"),
    "fr": ("750<dig*2>", "69<dig*3>", "44<dig*3>", "F-35<dig*3>"),
    "pt": ("1<dig*3>-<dig*3>", "4<dig*3>-<dig*3>", "0<dig*4>-<dig*3>", "8<dig*4><dig*3>"),
    "it": ("20<dig*3>", "10<dig*3>", "40<dig*3>"),
}
# {s} street, {n} house, {f} flat, {c} town, {p} postcode
SHAPES = {
    "en": (
        "{n} {s} Street",
        "{n} {s} Rd, {c} {p}",
        "{n} {s} Ave, Apt {f}, {c}",
        "{n} {s} Lane, {c}",
        "flat {f}, {n} {s} Road, {p}",
        "{n} {s} Drive",
    ),
    "ru": (
        "ул. {s}, д. {n}, кв. {f}",
        "{s} {n}, кв {f}",
        "{c}, ул {s} {n}-{f}",
        "улица {s} дом {n}",
        "{p}, {c}, ул. {s}, {n}",
    ),
    "de": ("{s} {n}", "{s} {n}, {p} {c}", "{s} {n}a, {c}", "{s} {n} in {p} {c}"),
    "es": (
        "calle {s} {n}",
        "Calle {s}, {n}, {f}º B",
        "C/ {s} {n}, {p} {c}",
        "avenida {s} {n}, {c}",
        "Plaza {s} {n}, {f}º izq",
    ),
    "fr": ("{n} rue {s}", "{n} rue {s}, {p} {c}", "{n} bis avenue {s}, {c}", "{n} bd {s}, {p} {c}", "{n}, impasse {s}"),
    "pt": (
        "Rua {s}, {n}",
        "rua {s} {n}, apto {f}",
        "Av. {s}, {n}, {c}",
        "Rua {s} {n}, {f}º esq, {p} {c}",
        "Travessa {s} {n}",
    ),
    "it": ("via {s} {n}", "Via {s}, {n}, {p} {c}", "viale {s} {n}, {c}", "piazza {s} {n}", "corso {s} {n}/{f}, {c}"),
}


def postcode(rng: Random, language: str) -> str:
    text = fill(rng, rng.choice(POSTCODES[language]))
    return text.lower() if rng.random() < 0.15 else text


def address(rng: Random, language: str) -> str:
    town, street = rng.choice(TOWNS[language]), rng.choice(STREETS[language])
    code = fill(rng, rng.choice(POSTCODES[language]))
    text = rng.choice(SHAPES[language]).format(s=street, n=rng.randint(1, 180), f=rng.randint(1, 60), c=town, p=code)
    return text.lower() if rng.random() < 0.3 else text

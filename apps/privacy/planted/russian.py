"""Russian first names and surnames in their cases, as far as the lists of this package need."""

import re

CASES = ("g", "d", "a", "i", "p")  # genitive, dative, accusative, instrumental, prepositional
# stems that lose or change a vowel when they decline
STEMS = {"Павел": "Павл", "Лев": "Льв", "Пётр": "Петр"}
SOFT = "жшчщц"
ENDINGS = {
    "ия": ("ии", "ии", "ию", "ией", "ии"),
    "я": ("и", "е", "ю", "ей", "е"),
    "ий": ("ия", "ию", "ия", "ием", "ии"),
    "й": ("я", "ю", "я", "ем", "е"),
    "ь": ("я", "ю", "я", "ем", "е"),
    "": ("а", "у", "а", "ом", "е"),
}


def ending(stem: str, name: str, case: str) -> str:
    return stem + ENDINGS[name][CASES.index(case)]


def in_a(stem: str, case: str) -> str:
    """Names in -а; the spelling rules after hushers and velars."""
    last = stem[-1].lower()
    genitive = "и" if last in "гкх" + "жшчщ" else "ы"
    instrumental = "ей" if last in SOFT else "ой"
    return stem + (genitive, "е", "у", instrumental, "е")[CASES.index(case)]


def first(name: str, case: str, woman: bool) -> str:
    """A first name or short form; a double name declines in both parts."""
    if "-" in name:
        return "-".join(first(part, case, woman) for part in name.split("-"))
    if woman and name.endswith("ь"):
        return name if case == "a" else name[:-1] + ("ью" if case == "i" else "и")
    for tail in ("ия", "я"):
        if name.endswith(tail):
            return ending(name[: -len(tail)], tail, case)
    if name.endswith("а"):
        return in_a(name[:-1], case)
    if name[-1] in "еиоуыэю":
        return name
    for tail in ("ий", "й", "ь"):
        if name.endswith(tail):
            return ending(name[: -len(tail)], tail, case)
    stem = STEMS.get(name, name)
    return stem + "ем" if case == "i" and stem[-1] in SOFT else ending(stem, "", case)


def feminine(surname: str) -> str:
    if re.search(r"([её]в|ов|ин|ын)$", surname):
        return surname + "а"
    return re.sub(r"(с|ц)кий$", r"\1кая", surname)


def last(surname: str, case: str, woman: bool) -> str:
    """A surname in the gender it stands in; -ко, -ых and foreign women's names stay as they are."""
    place = CASES.index(case)
    if surname.endswith(("ский", "цкий")):
        return surname[:-2] + ("ого", "ому", "ого", "им", "ом")[place]
    if surname.endswith(("ская", "цкая")):
        return surname[:-2] + ("ой", "ой", "ую", "ой", "ой")[place]
    if re.search(r"([её]в|ов|ин|ын)а$", surname):
        return surname[:-1] + ("ой", "ой", "у", "ой", "ой")[place]
    if re.search(r"([её]в|ов|ин|ын)$", surname):
        return surname + ("а", "у", "а", "ым", "е")[place]
    if woman or surname.endswith(("ых", "о")):
        return surname
    return first(surname, case, woman)


def called(name: str) -> str:
    """How a friend is called out to: Саша -> Саш, Аня -> Ань."""
    if len(name) > 3 and name.endswith("а") and name[-2].lower() not in "аеёиоуыэюя":
        return name[:-1]
    if len(name) > 2 and name.endswith("я") and name[-2].lower() not in "аеёиоуыэюяь":
        return name[:-1] + "ь"
    return name

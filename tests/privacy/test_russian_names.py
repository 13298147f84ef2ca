"""Russian names: short forms, their cases, and surrogates of the same gender that decline alike."""

from __future__ import annotations

import pytest

from apps.privacy.scrub import assigning, displays, surrogates
from apps.privacy.scrub.declension import stem
from apps.privacy.scrub.names import Names, Pair

MEN = ("Дима", "Ваня", "Коля", "Лёша", "Вася", "Паша", "Миша", "Юра", "Вова", "Петя")


def finder(people: list[str], key: bytes = b"k" * 32) -> Names:
    pairs, _ = assigning.assign(key, people, [])
    split = [displays.parts(p) for p in people]
    return Names(pairs, [(*p.firsts, *p.lasts) for p in split if p.lasts], led=displays.leads(split))


@pytest.mark.parametrize("short", MEN)
def test_a_mans_short_name_becomes_a_mans(short: str) -> None:
    assert surrogates.origin([short], []).gender == surrogates.MALE
    stands = [finder([short], bytes([n]) * 32).pairs[0].stand for n in range(10)]
    assert {stem(stand).kind for stand in stands} == {stem(short).kind}
    women = {*surrogates.pool("ru_RU", "female"), *surrogates._short_names((surrogates.FEMALE,))}
    assert women.isdisjoint(stands)


def test_a_short_name_of_both_is_told_by_the_last_name() -> None:
    assert surrogates.origin(["Саша"], ["Иванов"]).gender == surrogates.MALE
    assert surrogates.origin(["Саша"], ["Иванова"]).gender == surrogates.FEMALE
    assert surrogates.origin(["Наташа"], []).gender == surrogates.FEMALE


@pytest.mark.parametrize(
    ("people", "text"),
    [
        (["Саша Иванов"], "с Сашей Ивановым"), (["Серёжа"], "гуляли с Сережей"), (["Лёша"], "с Лешей и у Леши"), (["Миша Орлов"], "с мишей гуляли"), (["Наташа"], "с Наташей, у Наташи"),
        (["Ольга"], "у Ольги"), (["Серёжа"], "с Серёжей"), (["Иван Высоцкий"], "у Высоцкого"), (["Юлия Соколовская"], "Юлии Соколовской"),
    ],
)  # fmt: skip
def test_cases_are_found_and_come_back(people: list[str], text: str) -> None:
    there = finder(people)
    hidden = there.replaced(text)
    left = {a for a, b in zip(text.split(), hidden.split(), strict=True) if a == b}
    assert left <= {"с", "у", "и", "гуляли"}
    assert assigning.inverse(there).replaced(hidden).replace("ё", "е") == text.replace("ё", "е")


@pytest.mark.parametrize("key", range(8))
def test_last_names_keep_their_gender_and_class(key: int) -> None:
    stands = {
        p.real: p.stand for p in finder(["Пётр Чайковский", "Юлия Соколовская", "Алёша Попович"], bytes([key]) * 32).pairs
    }
    assert stands["Чайковский"].endswith("ский")
    assert stands["Соколовская"].endswith("ская")
    assert not stands["Попович"].endswith("а")


WORDS = "люди идут домой, он ударил левой рукой, кости болят, жене скажи, люблю петь, в любой день, герой, поле"


@pytest.mark.parametrize("short", ["Маша", "Паша", "Саша", "Юля", "Федя", "Лида"])
def test_no_case_of_what_stands_for_a_short_name_is_a_word(short: str) -> None:
    for key in range(40):
        assert assigning.inverse(finder([short], bytes([key]) * 32)).replaced(WORDS) == WORDS


def test_nor_of_a_short_form_of_what_stands_for_a_full_name() -> None:
    there = Names([Pair("Анна", "Людмила", "first"), Pair("Мария", "Любовь", "first"), Pair("Павел", "Константин", "first")])
    assert assigning.inverse(there).replaced(WORDS) == WORDS


def test_what_stands_for_somebody_already_comes_back_where_it_is_used_as_a_name() -> None:
    back = Names([Pair("Костя", "Ваня", "first"), Pair("Люда", "Маша", "first"), Pair("Dan", "Bob", "first")], fuzzy=False)
    assert back.replaced("у Кости, с Людой, hi Dan") == "у Вани, с Машей, hi Bob"
    assert back.replaced("Люди идут, кости болят, dans la rue") == "Люди идут, кости болят, dans la rue"


def test_surrogates_decline_as_their_own_letters_ask() -> None:
    soft, hard = stem("Саша"), stem("Варвара")
    assert [hard.like(end) for end in ("а", "и", "е", "у", "ей")] == ["варвара", "варвары", "варваре", "варвару", "варварой"]
    assert [soft.like(end) for end in ("ы", "ой")] == ["саши", "сашей"]
    assert stem("Ольга").like("ы") == "ольги"


@pytest.mark.parametrize(
    ("display", "short"), [("Ольга Петрова", "Оля"), ("Elizabeth Quill", "Betty"), ("Alexander Weber", "Sascha")]
)
def test_a_common_short_form_comes_back_as_itself(display: str, short: str) -> None:
    """Where a surrogate has fewer short forms than the name, the rare ones go without."""
    there = finder([display])
    assert assigning.inverse(there).replaced(there.replaced(f"{short} said")) == f"{short} said"
    assert there.replaced(f"{short} said") != f"{short} said"

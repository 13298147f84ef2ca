"""Names in other letters than those of the roster: found, replaced by the same in their own letters, and given back."""

from __future__ import annotations

import pytest

from apps.privacy.scrub import assigning, displays, scripts
from apps.privacy.scrub.names import Names, Pair
from apps.privacy.scrub.wording import Usage


def finder(people: list[str], key: bytes = b"k" * 32, usage: Usage | None = None) -> Names:
    pairs, _ = assigning.assign(key, people, [], usage=usage)
    split = [displays.parts(p) for p in people]
    return Names(pairs, [(*p.firsts, *p.lasts) for p in split if p.lasts], usage or Usage(), displays.leads(split))


@pytest.mark.parametrize(
    ("person", "written"),
    [
        ("Svetlana Petrova", "Светлана Петрова"), ("Svetlana", "Светлане"), ("Svetlana", "привет Света"), ("Svetlana Petrova", "с Петровой"), ("Svetlana", "СВЕТЛАНА"),
        ("Aleksandr", "Александр"), ("Alexander", "с Александром"), ("Aleksandr", "привет Саша"), ("Oleksandr Shevchenko", "Олександр Шевченко"), ("Yulia", "видел Юлию"),
        ("Julia", "Юлия"), ("Dmitry", "Дмитрий"), ("Zdenka Kovarik", "Зденка Коварик"), ("Michael", "Майкл"), ("Jürgen", "с Юргеном"), ("Giorgos", "Γιώργος"), ("Eleni", "Ελένη"),
        ("Александр Иванов", "Aleksandr Ivanov"), ("Александр", "Alexander"), ("Александр", "Alexandr"), ("Александр", "Sasha"), ("Ксения", "Xenia"), ("Юлия", "Yuliya"), ("Юлия", "julia"),
        ("Евгений", "Yevgeny"), ("Михаил", "MIKHAIL"), ("Володимир", "Volodymyr"), ("Наталія", "Nataliia"), ("Сергей Щербаков", "Scherbakov"), ("Γιώργος", "Giorgos"), ("Χρήστος", "Christos"),
    ],
)  # fmt: skip
def test_a_name_is_found_in_other_letters(person: str, written: str) -> None:
    there = finder([person])
    hidden = there.replaced(written)
    names = [w for w in written.split() if w.istitle() or w.isupper() or w == "julia"]
    assert not set(names) & set(hidden.split()), "each word of it is gone"
    assert scripts.script(hidden.split()[-1]) == scripts.script(names[-1]), "in the script in which it was written"


@pytest.mark.parametrize(
    ("person", "written"),
    [("Svetlana", "Светлана и Светлане"), ("Aleksandr", "Александр"), ("Александр", "Aleksandr"), ("Jürgen", "Юргену"), ("Giorgos", "Γιώργος"), ("Александр", "Sasha")],
)  # fmt: skip
def test_it_comes_back_in_its_letters(person: str, written: str) -> None:
    there = finder([person])
    assert assigning.inverse(there).replaced(there.replaced(written)) == written


@pytest.mark.parametrize("key", range(6))
def test_who_is_in_the_roster_in_both_has_one_surrogate(key: int) -> None:
    stands = {p.real: p.stand for p in finder(["Svetlana Petrova", "Светлана Петрова"], bytes([key]) * 32).pairs}
    assert stands["Светлана"].lower() == scripts.spelled(stands["Svetlana"].lower(), scripts.CYRILLIC)[0]


def test_nobody_gets_what_stands_for_another_in_other_letters() -> None:
    people = [
        f"{name} Roe" for name in ("Svetlana", "Olga", "Irina", "Marina", "Vera", "Анна", "Нина", "Ольга", "Юлия", "Дарья")
    ]
    for key in range(20):
        pairs = finder(people, bytes([key]) * 32).pairs
        cyrillic = [
            scripts.like(p.stand, scripts.CYRILLIC) if scripts.script(p.stand) == scripts.LATIN else p.stand for p in pairs
        ]
        once = {p.stand for p in pairs if p.real != "Ольга"}  # she is the same as Olga
        assert len({*cyrillic}) == len(pairs) - 1 == len(once)


ORDINARY = "он сам взял том, читаю роман, тому назад, дан ответ, вера в себя, мила со мной, в этом свете"


def test_words_that_are_names_in_other_letters_stay_words() -> None:
    people = [
        Pair(real, f"Quin{n}", "first") for n, real in enumerate(("Tom", "Sam", "Roman", "Dan", "Vera", "Mila", "Svetlana"))
    ]
    there = Names(people)
    assert there.replaced(ORDINARY) == ORDINARY
    back = Names([Pair(p.real, "Quentin", "first") for p in people], fuzzy=False)
    assert back.replaced(ORDINARY) == ORDINARY, "nor do they become names where surrogates are given back"
    assert there.replaced("привет, Том") != "привет, Том"


def test_without_a_text_in_other_letters_nothing_is_looked_for() -> None:
    usage = Usage()
    usage.look("see you at the lake, José")
    assert usage.written == frozenset()
    assert finder(["Svetlana"], usage=usage).replaced("Светлана") == "Светлана"
    usage.look("я на озере")
    assert usage.written == {scripts.CYRILLIC}
    assert finder(["Svetlana"], usage=usage).replaced("Светлана") != "Светлана"
    kept = usage.of_names(["Svetlana"])
    assert Usage.opened(kept).written == {scripts.CYRILLIC}
    del kept["scripts"]
    assert Usage.opened(kept).written == scripts.OTHERS, "nobody has looked"
    assert Usage().with_earlier(usage).written == {scripts.CYRILLIC}

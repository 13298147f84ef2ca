"""Planted mentions of people: exact places, the same by seed, every spelling what it says it is."""

import re
from collections import Counter

import pytest

from apps.privacy import evaluation
from apps.privacy.planted import cast, russian, spellings
from apps.privacy.planted.roster import NEGATIVES, PEOPLE, VARIANTS, Roster, idle, rosters, variants
from apps.privacy.planted.types import LANGUAGES, Case

MENTIONS = 60
CARRIERS = ("start", "middle", "end")
NAMES = ("women", "men", "women.rare", "men.rare")


@pytest.fixture(scope="module")
def drawn() -> list[Roster]:
    return list(rosters(5, 2 * len(LANGUAGES), MENTIONS))


def text(case: Case) -> str:
    span = case.spans[0]
    return case.messages[span.message].text[span.start : span.end]


def around(case: Case) -> tuple[str, str]:
    span = case.spans[0]
    said = case.messages[span.message].text
    return said[: span.start], said[span.end :]


def told(drawn: list[Roster], variant: str) -> list[tuple[Roster, Case, str]]:
    return [(roster, case, text(case)) for roster in drawn for case in roster.cases if case.group == variant]


def edits(first: str, second: str) -> int:
    """Insertions, deletions, substitutions and swaps of neighbours."""
    rows = [list(range(len(second) + 1))]
    for i, a in enumerate(first, 1):
        rows.append([i])
        for j, b in enumerate(second, 1):
            best = min(rows[i - 1][j] + 1, rows[i][j - 1] + 1, rows[i - 1][j - 1] + (a != b))
            if i > 1 and j > 1 and a == second[j - 2] and first[i - 2] == b:
                best = min(best, rows[i - 2][j - 2] + 1)
            rows[i].append(best)
    return rows[-1][-1]


def folded(name: str) -> str:
    return spellings.plain(name.casefold())


def test_spans_are_exact_and_one_to_a_mention(drawn: list[Roster]) -> None:
    for roster in drawn:
        for case in roster.cases:
            if case.group in NEGATIVES:
                assert not case.spans
                continue
            [span] = case.spans
            said = case.messages[span.message].text
            assert span.kind == case.group and 0 <= span.start < span.end <= len(said)
            assert text(case) == text(case).strip() and text(case)[0].isalpha() and text(case)[-1].isalpha()
            # a name stands alone, but for what German and English hang on it
            before, after = around(case)
            assert not before[-1:].isalnum()
            assert not after[:1].isalnum() or (case.group == "possessive" and re.match(r"s\b", after))


def test_the_same_seed_gives_the_same_archives() -> None:
    assert list(rosters(3, 3, 20)) == list(rosters(3, 3, 20))
    assert list(rosters(3, 3, 20))[:2] == list(rosters(3, 2, 20))
    assert all(one != other for one, other in zip(rosters(3, 3, 20), rosters(4, 3, 20), strict=True))


def test_every_variant_and_group_is_there_in_equal_number(drawn: list[Roster]) -> None:
    assert {roster.language for roster in drawn} == set(LANGUAGES)
    assert set(variants("en")) == set(VARIANTS)
    for roster in drawn:
        counts = Counter(case.group for case in roster.cases)
        assert counts == dict.fromkeys((*variants(roster.language), *NEGATIVES), MENTIONS)


def test_people_are_forty_and_shown_in_many_ways(drawn: list[Roster]) -> None:
    everybody = [name for roster in drawn for name in roster.people]
    assert all(len(set(roster.people)) == len(roster.people) == PEOPLE for roster in drawn)
    for style in (r"^\w+$", r"^\w+, \w+", r"[“\"(]", r"[^\w\s.,'’“”\"()-]", r"^Dr", r"\w \w\.$", r"^[A-Z]+ [A-Z]+$"):
        assert any(re.search(style, name) for name in everybody), style
    assert any(name.islower() for name in everybody)


def test_senders_and_those_meant_are_people_of_the_roster(drawn: list[Roster]) -> None:
    for roster in drawn:
        assert len(roster.cases) == len(roster.whom)
        for case, whom in zip(roster.cases, roster.whom, strict=True):
            assert all(0 <= said.who < PEOPLE for said in case.messages)
            assert bool(whom) == bool(case.spans) and all(0 <= place < PEOPLE for place in whom)


def test_what_is_mentioned_can_be_known_from_the_roster(drawn: list[Roster]) -> None:
    for roster in drawn:
        for case, whom in zip(roster.cases, roster.whom, strict=True):
            if case.group in ("full", "last") and roster.language != "ru":
                assert all(re.search(re.escape(text(case).split()[-1]), roster.people[place], re.I) for place in whom)


def test_spellings_are_what_they_say(drawn: list[Roster]) -> None:
    assert all(name.islower() for _, _, name in told(drawn, "lower"))
    assert all(name == name.upper() != name.lower() for _, _, name in told(drawn, "caps"))
    assert all(" " in name for _, _, name in told(drawn, "full"))
    assert all(re.search(r"(\w)\1\1", name, re.I) for _, _, name in told(drawn, "elongated"))
    for _, case, name in told(drawn, "hashtag"):
        assert around(case)[0].endswith("#") and name.isalpha()
    assert any(not name.islower() for _, _, name in told(drawn, "hashtag"))


def test_a_typo_is_one_edit_from_a_name_of_five_letters_and_no_name(drawn: list[Roster]) -> None:
    seen = Counter[int]()
    every = {known.replace("ё", "е") for language in LANGUAGES for known in cast.known(language)}
    for roster, _, name in told(drawn, "typo"):
        assert name.casefold() not in cast.known(roster.language)
        typed = name.casefold().replace("ё", "е")
        alike = [known for known in every if abs(len(known) - len(typed)) < 2 and len(set(known) ^ set(typed)) < 3]
        near = [known for known in alike if edits(known, typed) == 1]
        assert any(sum(char.isalpha() for char in known) >= 5 for known in near), name
        seen[len(name) - len(near[0])] += 1
    assert set(seen) >= {-1, 0, 1}


def test_elongated_names_shrink_back(drawn: list[Roster]) -> None:
    spoken = {name for language in LANGUAGES for name in cast.known(language)}
    spoken |= {russian.called(name) for name in spoken}
    every = {re.sub(r"(.)\1+", r"\1", folded(name)) for name in spoken}
    for _, _, name in told(drawn, "elongated"):
        assert re.sub(r"(.)\1+", r"\1", folded(name)) in every, name


def test_genitives_hang_on_the_name(drawn: list[Roster]) -> None:
    tails = {"en": Counter[str](), "de": Counter[str]()}
    for roster, case, _ in told(drawn, "possessive"):
        if roster.language in tails:
            tails[roster.language][around(case)[1].partition(" ")[0].rstrip(",!.?")] += 1
    assert set(tails["en"]) == {"'s", "’s", "s"}
    assert set(tails["de"]) == {"s", "'"}
    russians = [name for roster, _, name in told(drawn, "possessive") if roster.language == "ru"]
    assert sum(name.casefold() in cast.known("ru") for name in russians) < len(russians) / 10


def test_short_forms_are_other_than_the_shown_name(drawn: list[Roster]) -> None:
    for roster in drawn:
        for case, whom in zip(roster.cases, roster.whom, strict=True):
            if case.group == "nickname":
                assert any(roster.people[place].casefold() != text(case).casefold() for place in whom)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_lists_are_long_enough(language: str) -> None:
    data = cast.data(language)
    assert sum(len(data[place]) for place in CARRIERS) >= 60
    assert sum(len(cast.firsts(language, section)) for section in NAMES) >= 60
    assert len(cast.lasts(language)) + len(cast.lasts(language, "last.rare")) >= 60
    assert len(data["homonyms"]) >= 25 and len(data["near"]) >= 25 and len(idle(language)) >= 60
    for place in CARRIERS:
        assert all(len(re.findall(r"\{[nv]\}", line)) == 1 for line in data[place])
    assert all(len(re.findall(r"\{[gdaip]\}", line)) == 1 for line in data.get("oblique", ()))
    assert all(line.count("{s}") == 1 for line in data.get("possessive", ()))


@pytest.mark.parametrize("language", LANGUAGES)
def test_negatives_play_on_names_of_the_lists(language: str) -> None:
    for line in cast.data(language)["homonyms"]:
        key, _, said = line.partition(": ")
        assert key.casefold() in cast.known(language)
        assert folded(key) in re.findall(r"[^\W\d_]+", folded(said)), line
    for line in cast.data(language)["near"]:
        key, _, said = line.partition(": ")
        words = re.findall(r"[^\W\d_]+", folded(said))
        assert key.casefold() in cast.known(language)
        assert folded(key) not in words and any(edits(folded(key), word) == 1 for word in words), line


def test_negatives_meet_their_names_in_every_archive(drawn: list[Roster]) -> None:
    for roster in drawn:
        for group in ("homonym", "near"):
            assert len({case.messages for case in roster.cases if case.group == group}) > 20


@pytest.mark.parametrize(
    ("name", "woman", "forms"),
    [
        ("Анна", True, "Анны Анне Анну Анной Анне"),
        ("Аня", True, "Ани Ане Аню Аней Ане"),
        ("Ольга", True, "Ольги Ольге Ольгу Ольгой Ольге"),
        ("Мария", True, "Марии Марии Марию Марией Марии"),
        ("Любовь", True, "Любови Любови Любовь Любовью Любови"),
        ("Иван", False, "Ивана Ивану Ивана Иваном Иване"),
        ("Саша", False, "Саши Саше Сашу Сашей Саше"),
        ("Дмитрий", False, "Дмитрия Дмитрию Дмитрия Дмитрием Дмитрии"),
        ("Сергей", False, "Сергея Сергею Сергея Сергеем Сергее"),
        ("Игорь", False, "Игоря Игорю Игоря Игорем Игоре"),
        ("Павел", False, "Павла Павлу Павла Павлом Павле"),
        ("Лев", False, "Льва Льву Льва Львом Льве"),
        ("Илья", False, "Ильи Илье Илью Ильей Илье"),
        ("Мария-Луиза", True, "Марии-Луизы Марии-Луизе Марию-Луизу Марией-Луизой Марии-Луизе"),
    ],
)
def test_russian_first_names_decline(name: str, woman: bool, forms: str) -> None:
    assert [russian.first(name, case, woman) for case in russian.CASES] == forms.split()


@pytest.mark.parametrize(
    ("name", "woman", "forms"),
    [
        ("Иванов", False, "Иванова Иванову Иванова Ивановым Иванове"),
        ("Иванов", True, "Ивановой Ивановой Иванову Ивановой Ивановой"),
        ("Вознесенский", False, "Вознесенского Вознесенскому Вознесенского Вознесенским Вознесенском"),
        ("Вознесенский", True, "Вознесенской Вознесенской Вознесенскую Вознесенской Вознесенской"),
        ("Шульц", False, "Шульца Шульцу Шульца Шульцем Шульце"),
        ("Шульц", True, "Шульц Шульц Шульц Шульц Шульц"),
        ("Шевченко", False, "Шевченко Шевченко Шевченко Шевченко Шевченко"),
        ("Черных", True, "Черных Черных Черных Черных Черных"),
    ],
)
def test_russian_surnames_decline(name: str, woman: bool, forms: str) -> None:
    surname = russian.feminine(name) if woman else name
    assert [russian.last(surname, case, woman) for case in russian.CASES] == forms.split()


def test_friends_are_called_by_a_clipped_name() -> None:
    assert [russian.called(name) for name in ("Саша", "Аня", "Илья", "Стас")] == ["Саш", "Ань", "Илья", "Стас"]


def test_everybody_has_one_surrogate_of_their_own() -> None:
    for seed in (20_261, 7):
        for archive in rosters(seed, 14, 1):
            score = evaluation.measure_consistency(archive.people, idle(archive.language), 300)
            assert score.share == 1.0
            assert score.collisions == 0
            assert score.missed < 30

"""Facts about names: that the files are whole, that the look-ups go both ways."""

import pytest

from apps.privacy.scrub import lexicon

LANGUAGES = ("en", "de", "fr", "es", "it", "pt", "ru", "nl", "pl", "sv", "tr")


def clusters() -> dict[str, int]:
    counts: dict[str, int] = {}
    for section, _ in lexicon.entries("nicknames.txt"):
        counts[section] = counts.get(section, 0) + 1
    return counts


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_has_names_that_are_words(language: str) -> None:
    assert len(lexicon.words(language)) >= (120 if language == "en" else 60)
    assert lexicon.words(language) <= lexicon.words()


def test_words_of_one_language_are_not_those_of_another() -> None:
    assert {"will", "rose", "hunter"} <= lexicon.words("en")
    assert {"вера", "лев", "надежда"} <= lexicon.words("ru")
    assert "koch" in lexicon.words("de") and "koch" not in lexicon.words("en")
    assert lexicon.words("xx") == frozenset()


@pytest.mark.parametrize("name", ["words.txt", "kin.txt", "nicknames.txt", "hello.txt"])
def test_the_files_are_in_small_letters_without_repetition(name: str) -> None:
    entries = list(lexicon.entries(name))
    assert entries and len(entries) == len(set(entries))
    assert all(line == line.lower() == line.strip() for _, line in entries)


def test_contacts_that_are_no_names() -> None:
    assert {"mom", "boss", "мама", "начальник", "vermieter", "annem", "group", "admin"} <= lexicon.kin()
    assert not {"anna", "robert", "саша"} & lexicon.kin()


def test_greetings() -> None:
    assert {"hi", "ciao", "oi", "olá", "salut", "hallo", "привет", "эй", "спасибо", "здравствуй"} <= lexicon.hello()


def test_there_are_many_clusters_of_nicknames() -> None:
    least = {"en": 250, "ru": 90, "de": 60, "es": 60, "fr": 60, "it": 60, "pt": 60}
    assert clusters().keys() == least.keys()
    assert all(clusters()[language] >= count for language, count in least.items())


def test_nicknames_go_both_ways_and_through_every_cluster() -> None:
    nicknames = lexicon.nicknames()
    assert {"bob", "rob", "bobby"} <= nicknames["robert"]
    assert {"robert", "rob"} <= nicknames["bob"]
    assert {"александр", "александра", "шура", "саня"} <= nicknames["саша"]
    assert all(name not in others for name, others in nicknames.items())
    assert all(name in nicknames[other] for name, others in nicknames.items() for other in others)

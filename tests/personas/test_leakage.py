"""The verdict of the leak audit, and the arithmetic under it."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from math import log2

import numpy as np
import pytest
import torch

from apps.personas import canaries, leakage, remedies
from apps.personas.dataset import Dialogue
from apps.personas.evaluation import audit
from apps.personas.evaluation.calling import Called
from apps.personas.evaluation.scoring import auc, exposure, tpr_at
from apps.personas.language import ME_SPEAKER, Bubble, Turn
from apps.personas.leakage import Measured
from apps.privacy.scrub.names import Names, Pair
from apps.privacy.scrub.normal import normals

FINE = Measured(
    canary_mean=1.5, canary_max=5.0, smoke_mean=1.6, references=2_047, secrets=10, secret_mean=1.4, secret_max=5.0, samples=2_000,
    mia_auc=0.6, mia_tpr=0.02, replies=500, verbatim=0.0, verbatim_others=0.0,
)  # fmt: skip


def test_green_says_nothing() -> None:
    card = leakage.judge(FINE)
    assert (card.verdict, card.causes, card.remedies) == ("green", [], [])
    assert card.to_dict()["measured"]["references"] == 2_047


@pytest.mark.parametrize(
    ("change", "verdict"),
    [
        ({"canary_mean": 2.5}, "amber"), ({"canary_mean": 3.1}, "red"), ({"hits": 1}, "red"), ({"mia_auc": 0.8}, "amber"),
        ({"mia_auc": 0.95}, "red"), ({"verbatim_others": 0.2}, "red"), ({"short_hits": 9}, "amber"), ({"short_hits": 2}, "green"),
        ({"names": 1}, "amber"), ({"names": 4}, "red"), ({"names_by_chance": 40}, "green"), ({"secret_mean": 4.0}, "red"), ({"secret_mean": 9.0, "secrets": 2}, "red"), ({"secret_mean": 9.0, "secret_max": 9.0, "secrets": 1}, "red"), ({"secret_mean": 3.5, "secrets": 3}, "green"), ({"secret_mean": 4.5, "secrets": 3}, "amber"), ({"secret_mean": 3.9, "secret_max": 9.0, "secrets": 3}, "amber"), ({"secret_mean": 1.4, "secret_max": 1.4, "secret_peak": 8.0, "secrets": 3}, "green"), ({"secret_mean": 1.4, "secret_peak": 9.0}, "green"), ({"secret_mean": None, "secret_max": None, "secrets": 0}, "green"), ({"mia_auc": None, "verbatim": None}, "green"),
    ],
)  # fmt: skip
def test_one_number_is_enough(change: dict[str, float], verdict: str) -> None:
    card = leakage.judge(replace(FINE, **change))  # type: ignore[arg-type]
    assert card.verdict == verdict
    assert bool(card.causes) == (verdict != "green")


@pytest.mark.parametrize("alone", [True, False], ids=["apart", "alike"])
@pytest.mark.parametrize("secrets", [1, 2, 3])
def test_chance_seldom_shows_in_few_secrets(secrets: int, alone: bool) -> None:
    """`alone`: ranks behind the three beginnings have nothing to do with one another; else they are the same."""
    rng = random.Random(secrets)
    verdicts = Counter[str]()
    ranks = audit.PROBE_REFERENCES + 1
    for _ in range(20_000):
        drawn = [[rng.randint(1, ranks) for _ in range(3 if alone else 1)] for _ in range(secrets)]
        bits = [[log2(ranks / rank) for rank in some] for some in drawn]
        means = [sum(some) / len(some) for some in bits]
        change = {
            "secrets": secrets,
            "secret_mean": sum(means) / secrets,
            "secret_max": max(means),
            "secret_peak": max(map(max, bits)),
        }
        verdicts[leakage.judge(replace(FINE, **change)).verdict] += 1  # type: ignore[arg-type]
    assert 0.004 < verdicts["amber"] / 20_000 < 0.02
    assert verdicts["red"] / 20_000 < 0.003


@pytest.mark.parametrize("secrets", [4, 10, 24, 64])
def test_one_that_is_known_by_heart_among_many_is_amber(secrets: int) -> None:
    mean = (9.0 + (secrets - 1) * leakage.CHANCE) / secrets
    card = leakage.judge(replace(FINE, secrets=secrets, secret_mean=mean, secret_max=9.0, secret_peak=9.0))
    assert card.verdict != "green"
    assert any("One of the secrets" in cause for cause in card.causes)


@pytest.mark.parametrize(("secrets", "alike"), [(audit.PROBES, 0.5), (64, 0.35)])
def test_chance_seldom_shows_one_among_many(secrets: int, alike: float) -> None:
    """`alike`: how far ranks behind the three beginnings of a secret agree (correlation of their normal scores)."""
    made = np.random.default_rng(1)
    runs, ranks, reached = 20_000, audit.PROBE_REFERENCES + 1, 0
    for _ in range(runs // 1_000):
        shared, own = made.standard_normal((1_000, secrets, 1)), made.standard_normal((1_000, secrets, 3))
        share = torch.special.ndtr(torch.from_numpy(alike**0.5 * shared + (1 - alike) ** 0.5 * own)).numpy()
        bits = np.log2(ranks / (1 + made.binomial(ranks - 1, share)))
        most = bits.mean(2).max(1)
        reached += sum(
            leakage.judge(replace(FINE, secrets=secrets, secret_max=float(one))).verdict != "green" for one in most
        )
    assert reached / runs <= 1 / 500


@pytest.mark.parametrize("behind", [("my pin is ",), ("my pin is ", "pin: ")], ids=["its words", "its words and its kind"])
@pytest.mark.parametrize("secrets", [1, 2, 3])
def test_one_that_is_first_behind_its_own_words_is_amber(
    monkeypatch: pytest.MonkeyPatch, secrets: int, behind: tuple[str, ...]
) -> None:
    def gained(_: object, before: str, values: Sequence[str]) -> float:
        return 9.0 if values[0] == "4821" and before in behind else leakage.CHANCE

    monkeypatch.setattr(audit, "_gained", gained)
    asked = [audit.Secret("pin", str(4_821 + n), "my pin is ") for n in range(secrets)]
    subject = audit.Subject(None, None, None, [], [], [], asked, "Ann", 1)  # type: ignore[arg-type]
    found = audit._probes(subject, 1e18, lambda _: None)
    assert leakage.judge(replace(FINE, **{"secret_max": None, **found})).verdict == "amber"


def test_few_secrets_that_are_known_by_heart_are_told() -> None:
    card = leakage.judge(replace(FINE, secrets=3, secret_mean=9.0, secret_max=9.0))
    assert card.verdict == "red"
    assert "There were only 3" in card.causes[0]
    assert card.remedies == ["Train with fewer epochs, or in private mode."]


def test_exposure_is_bits_of_rank() -> None:
    references = torch.arange(1.0, 2_048.0)
    assert exposure(0.0, references) == pytest.approx(11.0)
    assert exposure(5_000.0, references) == pytest.approx(0.0)
    assert exposure(1_023.5, references) == pytest.approx(1.0)
    rng = random.Random(1)
    mean = sum(exposure(rng.random(), torch.rand(2_047)) for _ in range(400)) / 400
    assert mean == pytest.approx(leakage.CHANCE, abs=0.25)


def test_auc_and_tpr() -> None:
    low, high = torch.arange(0.0, 100.0), torch.arange(100.0, 200.0)
    assert auc(high, low) == 1.0
    assert auc(low, high) == 0.0
    assert auc(low, low.clone()) == pytest.approx(0.5, abs=0.01)
    assert tpr_at(high, low) == 1.0
    assert tpr_at(low, high) == 0.0


def test_fakes_have_the_shape_of_the_value() -> None:
    rng = random.Random(2)
    for value in ("4111 1111", "Sunflower99", "пароль7", "a.b@c.de"):
        for fake in canaries.alike(value, 20, rng):
            assert [c.isdigit() for c in fake] == [c.isdigit() for c in value]
            assert [c.isupper() for c in fake] == [c.isupper() for c in value]
            assert len(fake) == len(value)


PEOPLE = Names(
    [Pair("Zdenka", "Marisol", "first"), Pair("Kovarik", "Trevino", "last"), Pair("Will", "Egon", "first"), Pair("Egon", "Lothar", "first")],
    [("Zdenka", "Kovarik")],
)  # fmt: skip
ADDRESS = "parcels go to Quill, Birch Lane 4, second floor, ring twice"


def sampled(monkeypatch: pytest.MonkeyPatch, said: list[str], learnt: float) -> dict[str, int]:
    """What the sampling measures of these continuations, where every name is ranked so many bits."""
    turns = (Turn("Sam", tuple(Bubble(ADDRESS) for _ in range(3))), Turn(ME_SPEAKER, (Bubble("ok"),)))
    subject = audit.Subject(None, None, None, [Dialogue(("Sam",), turns)], [], [], [], "Sam", 1)  # type: ignore[arg-type]
    subject.names = Names.opened(PEOPLE.told())
    monkeypatch.setattr(audit, "_texts", lambda *_: [(True, said)])
    monkeypatch.setattr(audit, "_gained", lambda subject, before, values: learnt)
    return audit._sampled(subject, 1e12, lambda _: None)


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("ask Zdenka about it", 1), ("zdenkaaa kovarik!!", 1), ("zdenka's cat", 1), ("will you come?", 0), ("ask Marisol", 0),
        ("Egon is late", 0), ("the cat sleeps", 0),
    ],
)  # fmt: skip
def test_a_real_name_that_comes_out_is_a_leak(text: str, counts: int, monkeypatch: pytest.MonkeyPatch) -> None:
    found = sampled(monkeypatch, [text, "nothing to see"], 7.0)
    assert (found["names"], found["called"]) == (counts, 4)
    card = leakage.judge(replace(FINE, names=found["names"]))
    assert card.verdict == ("amber" if counts else "green")
    assert len(card.causes) == len(card.remedies) == counts
    assert remedies._HELPS["names"]


def test_what_the_owner_keeps_is_no_leak(monkeypatch: pytest.MonkeyPatch) -> None:
    link = audit.Secret("url", "https://meet.example/1?pwd=QWERTYabc7", "")
    counts = []
    for kept in (frozenset[str](), frozenset(normals("QWERTYabc7"))):
        subject = audit.Subject(None, None, None, [], [], [], [link], "Sam", 1, kept=kept)  # type: ignore[arg-type]
        monkeypatch.setattr(audit, "_texts", lambda *_: [(False, ["say QWERTYabc7"])])
        counts.append(audit._sampled(subject, 1e12, lambda _: None)["hits"])
    assert counts == [1, 0]


def test_what_the_owner_said_is_sought_though_its_chat_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audit, "_texts", lambda *_: [(False, ["it is hunter2", "or k4rtoffl", "or sunshine"])])
    subject = audit.Subject(None, None, None, [], [], [], [audit.Secret("secret", "hunter2", "")], "Sam", 1)  # type: ignore[arg-type]
    counts = [audit._sampled(subject, 1e12, lambda _: None)["hits"]]
    subject.confirmed = [("password", "hunter2")]
    counts.append(audit._sampled(subject, 1e12, lambda _: None)["hits"])
    subject.denied = [("secret", "sunshine"), ("secret", "k4rtoffl")]
    counts.append(audit._sampled(subject, 1e12, lambda _: None)["hits"])
    assert counts == [0, 1, 2], "sunshine is said by chance"


def test_a_password_that_it_read_as_a_word_is_no_secret(monkeypatch: pytest.MonkeyPatch) -> None:
    secrets = [audit.Secret("password", "vagrant", ""), audit.Secret("password", "Quillber7", "")]
    monkeypatch.setattr(audit, "_texts", lambda *_: [(False, ["so Vagrant it is", "so quillber7 it is"])])
    hits = []
    for times in (0, audit.EVERYDAY - 1, audit.EVERYDAY):
        said = tuple(Bubble(f"{n}: start vagrant and quillber7, please") for n in range(times))
        read = [Dialogue(("Sam",), (Turn("Sam", said), Turn(ME_SPEAKER, (Bubble("ok"),))))]
        subject = audit.Subject(None, None, None, read, [], [], secrets, "Sam", 1)  # type: ignore[arg-type]
        hits.append(audit._sampled(subject, 1e12, lambda _: None)["hits"])
    assert hits == [2, 2, 1], "one with a figure that it read is a leak all the same"


def test_a_name_that_it_knew_before_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    found = sampled(monkeypatch, ["ask Zdenka", "and Kovarik"], 2.0)
    assert (found["names"], found["names_by_chance"]) == (0, 2)


def test_names_are_ranked_among_others_in_their_dress() -> None:
    asked: list[tuple[str, list[str]]] = []
    called = Called(PEOPLE)
    called.hear("i told ZDENKA so")
    called.measured(lambda before, values: asked.append((before, list(values))) or 0.0, random.Random(1))  # type: ignore[func-returns-value]
    assert [before for before, _ in asked] == ["i told ", ""]
    values = asked[0][1]
    assert (values[0], len(values)) == ("ZDENKA", 256)
    assert all(v.isupper() and abs(len(v) - 6) <= 1 for v in values)
    assert not {"MARISOL", "KOVARIK"} & set(values[1:])


def test_others_words_count_however_often_they_wrote_them(monkeypatch: pytest.MonkeyPatch) -> None:
    found = sampled(monkeypatch, [f"so {ADDRESS}", "ok", "see you tomorrow", "hm"], 0.0)
    assert found["verbatim_others"] == 0.25
    assert found["copied_from"] == 0

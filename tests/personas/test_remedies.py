"""What helps is a button: the same training once more with one thing changed, and it stays changed."""

# ruff: noqa: F811 - the fixture

from __future__ import annotations

from dataclasses import asdict, replace
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.accounts.vault import Vault
from apps.archives.models import Conversation
from apps.jobs.causes import Expected
from apps.jobs.models import Job
from apps.personas import auditing, dataset, leakage, remedies, selectors, services
from apps.personas.config import TrainConfig, fitted
from apps.personas.models import Persona, Version
from apps.personas.verbatim import Rare
from tests.personas.test_leakage import FINE
from tests.personas.test_stale import conversation, persona, written  # noqa: F401 - the fixture

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.rows]
BAD = replace(FINE, canary_mean=4.0, mia_auc=0.95, verbatim_others=0.3)


def bad(vault: Vault, made: Persona, measured: leakage.Measured = BAD, chat: str = "", **config: Any) -> Version:
    version = written(vault, made)
    version.config = TrainConfig(**{"base": "tiny", "epochs": 2.0, **config}).to_dict()
    version.facts = {"leaks": {**leakage.judge(measured).to_dict(), "chat": chat}}
    version.save()
    return version


def ways(vault: Vault, version: Version) -> list[str]:
    return [r.way for r in remedies.offered(vault, version)]


def test_all_that_has_a_limit_has_a_remedy() -> None:
    limited = {name for name, *_ in leakage._LIMITS}
    assert limited == set(remedies._HELPS) == set(leakage._REMEDIES)


def test_one_secret_known_by_heart_is_offered_help(vault: Vault, persona: Persona) -> None:
    known = replace(FINE, secrets=20, secret_mean=1.8, secret_max=9.0, secret_peak=9.0)
    assert ways(vault, bad(vault, persona, known)) == ["epochs", "private"]


def test_a_press_trains_again_with_one_thing_changed(
    vault: Vault,
    persona: Persona,
    client: Client,
    owner: User,
) -> None:
    client.force_login(owner)
    version = bad(vault, persona)
    page = client.get(reverse("persona", args=[persona.pk])).content.decode()
    assert "With fewer epochs (1)" in page and "In private mode" in page and "of rank 8" in page
    assert 'id="whole"' not in page
    client.post(reverse("version-remedy", args=[version.pk]), {"way": "rank"})
    made = persona.versions.get(number=2)
    assert (made.config["rank"], made.config["epochs"], made.config["private"]) == (8, 2.0, False)
    Job.objects.all().delete()
    once_more = services.train_again(version=made)
    assert once_more.config["rank"] == 8, "what helped stays"
    assert services.TrainConfig(**once_more.config).changed == ("rank",)


@pytest.mark.parametrize(
    ("way", "config", "expected"),
    [
        ("epochs", {}, {"epochs": 1.0}),
        ("private", {}, {"private": True, "epsilon": 8.0}),
        ("private", {"private": True, "epsilon": 8.0, "unit": "exchange"}, {"private": True, "epsilon": 3.0, "unit": "exchange"}),
        ("others", {"learn_others": True}, {"learn_others": False}),
        ("adapter", {"method": "full"}, {"method": "lora", "base": "tiny"}),
        ("adapter", {"base": "scratch", "method": "full"}, {"method": "lora", "base": "builtin"}),
    ],
)  # fmt: skip
def test_every_way(
    vault: Vault,
    persona: Persona,
    way: str,
    config: dict[str, Any],
    expected: dict[str, Any],
) -> None:
    version = bad(vault, persona, **config)
    assert way in ways(vault, version)
    made = remedies.take(vault=vault, version=version, way=way)
    assert {k: made.config[k] for k in expected} == expected


def test_what_cannot_help_is_not_offered(vault: Vault, persona: Persona) -> None:
    version = bad(vault, persona, epochs=0.6, rank=4, private=True, epsilon=1.0)
    assert ways(vault, version) == []
    with pytest.raises(Expected, match="does not help"):
        remedies.take(vault=vault, version=version, way="rank")
    assert ways(vault, bad_again(version, leakage.judge(FINE).to_dict())) == []
    assert ways(vault, bad_again(version, {"verdict": "red"})) == [], "a card of before"


def bad_again(version: Version, card: dict[str, Any]) -> Version:
    version.facts = {"leaks": card}
    return version


def test_the_chat_that_is_copied_can_be_left_out(vault: Vault, persona: Persona) -> None:
    assert persona.person is not None
    found = list(selectors.chats(vault, persona.person))
    train = dataset.parts(chat for _, chat, _ in found).train
    cy = conversation(vault, "Cy Dent")
    last = max(n for n, d in enumerate(train) if d.turns[0].bubbles[0].at is not None)
    pk = auditing._copied_chat(replace(BAD, copied_from=last), train, found)
    assert pk in {str(row.pk) for row, _, _ in found}
    assert auditing._copied_chat(FINE, train, found) == ""
    version = bad(vault, persona, chat=str(cy.pk))
    assert "chat" in ways(vault, version)
    remedies.take(vault=vault, version=version, way="chat")
    assert Conversation.objects.get(pk=cy.pk).left_out
    assert "chat" not in ways(vault, version), "it is out"


def test_a_rare_run_knows_where_it_stands() -> None:
    line = "the heron on our roof wears a crooked paper crown every night"
    rare = Rare([(4, "hello there"), (7, line), (9, "a b c d e f g h"), (9, "a b c d e f g h"), (9, "a b c d e f g h")])
    assert rare.place(f"well {line}") == 7
    assert rare.place("a b c d e f g h") is None, "what is said often is a habit"
    assert not rare.copied("hello there")


def test_fewer_epochs_are_not_raised_again_for_little_material() -> None:
    little = TrainConfig(epochs=1.0)
    assert fitted(little, 100).epochs == 3.0
    assert fitted(replace(little, changed=("epochs",)), 100).epochs == 1.0


def test_whole_weights_say_why(vault: Vault, persona: Persona, client: Client, owner: User) -> None:
    client.force_login(owner)
    bad(vault, persona, base="scratch", method="full")
    page = client.get(reverse("persona", args=[persona.pk])).content.decode()
    assert 'id="whole"' in page
    assert "recognised for certain" in page and "The best known one" in page


def test_private_mode_is_chosen_with_how_much_and_what(
    vault: Vault,
    persona: Persona,
    client: Client,
    owner: User,
) -> None:
    client.force_login(owner)
    form = {"preset": "quick", "base": "tiny", "private": "on", "epsilon": "3", "unit": "exchange"}
    client.post(reverse("persona-train", args=[persona.pk]), form)
    version = persona.versions.get()
    assert (version.config["private"], version.config["epsilon"], version.config["unit"]) == (True, 3.0, "exchange")
    Job.objects.all().delete()
    again = services.train_again(version=version)
    assert (again.config["epsilon"], again.config["unit"]) == (3.0, "exchange")
    Job.objects.all().delete()
    page = client.post(reverse("persona-train", args=[persona.pk]), {**form, "epsilon": "0.01"}, follow=True)
    assert persona.versions.count() == 2 and page.status_code == 200
    assert asdict(TrainConfig())["epsilon"] == 8.0


def test_an_older_version_that_is_out_of_date_says_so_too(
    vault: Vault,
    persona: Persona,
    client: Client,
    owner: User,
) -> None:
    client.force_login(owner)
    first = bad(vault, persona)
    Version.objects.filter(pk=first.pk).update(number=1)
    second = written(vault, persona, 2)
    page = client.get(reverse("persona", args=[persona.pk])).content.decode()
    assert "Train version 1 again" not in page
    Conversation.objects.update(left_out=True)
    page = client.get(reverse("persona", args=[persona.pk])).content.decode()
    assert "Train version 1 again" in page
    assert f"Train version {second.number} again" not in page, "the current one says it at the top"

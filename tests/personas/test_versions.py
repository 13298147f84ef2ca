"""Versions: noted, rolled back with all that hangs on them, deleted, compared on the same questions."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import SealedObject, User
from apps.accounts.vault import Vault
from apps.archives import services as archives
from apps.archives import tasks as archive_tasks
from apps.archives.models import Person
from apps.chat import selectors as talks
from apps.chat import services as chat
from apps.jobs.causes import Expected
from apps.jobs.models import Job
from apps.personas import game, history, memory, resident, selectors, services, verbatim
from apps.personas.dataset import Dialogue
from apps.personas.language import ME_SPEAKER, Bubble, Turn
from apps.personas.models import Persona, Version
from tests.conftest import dialogue, messenger

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.rows]

RECITED = "the heron on our roof wears a crooked paper crown every single night"


def made(vault: Vault, persona: Persona, number: int, word: str, verdict: str = "green") -> Version:
    """A version that remembers one word and must not recite one sentence."""
    version = Version(
        owner_id=vault.owner_id, persona=persona, number=number, preset="quick", config={"base": "builtin"},
        wrapped_key=vault.new_wrapped(), facts={"leaks": {"verdict": verdict}, "likeness": {"verdict": "fair"}, "rhythm": {"mark": word}},
    )  # fmt: skip
    turns = (Turn("Sam", (Bubble(f"tell me of {word}"),)), Turn(ME_SPEAKER, (Bubble(f"{word} again"),)))
    contents = {
        "weights": b"w" * number, "memory": memory.packed([Dialogue(("Sam",), turns)]), "words": b"v",
        "grams": verbatim.build([(True, f"{word} {RECITED}")], vault.fingerprint("grams", "")), "manifest": b"",
    }  # fmt: skip
    for kind, content in contents.items():
        if content:
            with vault.create(kind) as (item, writer):
                writer.write(content)
            setattr(version, kind, item)
    version.save()
    return version


@pytest.fixture
def persona(owner: User, vault: Vault) -> Persona:
    archives.receive_bytes(owner_id=owner.pk, name="m.json", content=messenger(dialogue(40), ["Bea Quill", "Ann Roe"]))
    archive_tasks.ingest(job_id=str(Job.objects.latest("created_at").pk))
    row = services.make(owner_id=owner.pk, person=Person.objects.get(is_me=True), name="Ann", basis="self")
    made(vault, row, 1, "moss", verdict="red")
    made(vault, row, 2, "kite")
    return row


def number(persona: Persona) -> int:
    version = selectors.current(Persona.objects.get(pk=persona.pk))
    assert version is not None
    return version.number


def test_rolling_back_takes_along_what_belongs_to_it(vault: Vault, persona: Persona) -> None:
    first, second = persona.versions.order_by("number")
    talk = chat.begin(persona=persona, speaker=chat.Seat("Bea", "Bea"), title="t")
    assert number(persona) == 2
    assert not selectors.standing(persona).stays
    history.roll_back(version=first)
    persona.refresh_from_db()
    current = selectors.current(persona)
    assert current == first
    assert selectors.standing(persona).stays == selectors.LEAKS, "the card of the older version counts"
    talk.refresh_from_db()
    assert talks.answering(talk) == first
    assert selectors.weights(vault, current).load() == b"w"
    recalled, recited = resident.memory(vault, current), resident.copies(vault, current)
    assert recalled is not None and recited is not None
    assert [p.turns[-1].text for p in recalled.find("moss")] == ["moss again"]
    assert not recalled.find("kite")
    assert recited.copied(f"moss {RECITED}") and not recited.copied("kite flies high above this quiet town of ours today")
    assert current.facts["rhythm"] == {"mark": "moss"}
    history.roll_back(version=second)
    persona.refresh_from_db()
    assert persona.chosen_id is None, "the newest needs no choice"
    assert not selectors.standing(persona).stays


def test_what_was_chosen_ends_with_the_next_version_and_with_its_deletion(vault: Vault, persona: Persona) -> None:
    first, second = persona.versions.order_by("number")
    history.roll_back(version=first)
    objects = SealedObject.objects.count()
    services.delete_version(version=first)
    assert number(persona) == 2
    assert SealedObject.objects.count() == objects - 4, "weights, memory, grams and words are gone with it"
    with pytest.raises(Expected, match="nothing to talk with"):
        history.roll_back(
            version=Version.objects.create(
                owner_id=vault.owner_id, persona=persona, number=9, config={}, wrapped_key=vault.new_wrapped()
            )
        )


def test_notes_are_sealed_and_listed(vault: Vault, persona: Persona, client: Client, owner: User) -> None:
    client.force_login(owner)
    first = persona.versions.get(number=1)
    page = client.post(reverse("version-note", args=[first.pk]), {"note": "before Lisbon " * 40}, follow=True)
    assert "before Lisbon" in page.content.decode()
    first.refresh_from_db()
    assert first.note and b"Lisbon" not in bytes(first.note)
    assert len(history.note(vault, first)) <= history.LONGEST_NOTE
    services.hide(vault, lambda value: value.replace("Lisbon", "Oslo"))
    first.refresh_from_db()
    assert "Oslo" in history.note(vault, first) and "Lisbon" not in history.note(vault, first)
    history.write_note(version=first, text=" ")
    first.refresh_from_db()
    assert first.note is None


def test_the_page_lists_them(persona: Persona, client: Client, owner: User) -> None:
    client.force_login(owner)
    page = client.get(reverse("persona", args=[persona.pk])).content.decode()
    assert page.index("<h3>Version 2") < page.index("<h3>Version 1")
    assert "Leaks: red" in page and "Leaks: green" in page and "Likeness: fair" in page
    answer = client.post(reverse("version-current", args=[persona.versions.get(number=1).pk]), follow=True)
    assert "Version 1 is the current one now" in answer.content.decode()
    assert number(persona) == 1


def test_both_are_asked_what_was_held_out(vault: Vault, persona: Persona, client: Client, owner: User) -> None:
    client.force_login(owner)
    first, second = persona.versions.order_by("number")
    rounds: list[Any] = [[[["Mab", [f"did you feed fox {n}?"]]], ["not yet"], [f"always {n}"]] for n in (1, 1, 2, 3, 4, 5)]
    game.keep(vault, first, rounds)
    answer = client.post(reverse("talk-compare"), {"left": str(second.pk), "right": str(first.pk)}, follow=True)
    page = answer.content.decode()
    assert page.count("data-prompt") == game.PROMPTS
    assert page.count("did you feed fox 1?") == 1
    assert "not yet" not in page


def test_the_first_time_there_is_only_the_learning_to_look_at(persona: Persona, client: Client, owner: User) -> None:
    client.force_login(owner)
    page = reverse("persona", args=[persona.pk])

    def offers() -> list[bool]:
        text = client.get(page).content.decode()
        return [word in text for word in ("Learning", "Corrections", "Train again", "Bring it back", "Delete this persona")]

    assert offers() == [False, True, True, True, True]
    learning = Job.objects.create(
        owner=owner, kind=selectors.TRAIN, subject=persona.versions.latest("number").pk, state=Job.State.RUNNING
    )
    assert offers() == [True, True, True, True, True]  # a later version: what the one before can do stays
    Version.objects.update(weights=None)
    assert offers() == [True, False, False, False, True]
    Job.objects.filter(pk=learning.pk).update(state=Job.State.FAILED)
    assert offers() == [False, True, True, True, True]

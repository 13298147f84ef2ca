"""What a persona remembers: the right passage is found, nothing else stands before the talk, and nothing stays when it is deleted."""

from __future__ import annotations

import random
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import SealedObject, User
from apps.accounts.vault import Vault
from apps.archives import services as archives
from apps.archives import tasks as archive_tasks
from apps.archives.models import Conversation, Person
from apps.chat import recalling
from apps.chat import selectors as talks
from apps.chat import services as chat
from apps.chat.models import Turn as TurnRow
from apps.jobs.models import Job
from apps.personas import resident, services
from apps.personas.dataset import Dialogue
from apps.personas.language import ME_SPEAKER, Bubble, Turn
from apps.personas.memory import CHARACTERS, FIRST, Memory, copied, packed, words
from apps.personas.models import Version
from tests.conftest import dialogue, messenger

WORDS = "kettle walnut ferry marble lantern gravel orchard pepper saddle thimble velvet copper willow anchor barley candle".split()


def talk(*lines: str) -> Dialogue:
    return Dialogue(("Mab",), tuple(Turn(ME_SPEAKER if n % 2 else "Mab", (Bubble(t),)) for n, t in enumerate(lines)))


def facts(rng: random.Random, count: int) -> tuple[list[Dialogue], list[tuple[str, str]]]:
    """Talks with one fact each among small talk that uses the same words, and a question for each fact."""
    talks_, asked = [], []
    for n in range(count):
        place, thing = rng.choice(WORDS), rng.choice(WORDS)
        noise = [
            " ".join(rng.choices(["well", "so", "the", "was", "nice", "and", "we", place, "then"], k=6)) for _ in range(4)
        ]
        talks_.append(
            talk(
                noise[0],
                noise[1],
                f"where did you leave the {thing} of number {n}x",
                f"behind the {place} at {n}x",
                *noise[2:],
            )
        )
        asked.append((f"do you know where the {thing} of {n}x is", f"{n}x"))
    return talks_, asked


def test_the_right_passage_is_among_the_first_five_and_before_the_talk() -> None:
    talks_, asked = facts(random.Random(1), 300)
    memory = Memory(packed(talks_))
    found = sum(any(key in words(" ".join(_texts(p))) for p in memory.find(question)[:FIRST]) for question, key in asked)
    before = sum(any(key in words(" ".join(_texts(p))) for p in memory.recalled(question)) for question, key in asked)
    assert found >= 0.95 * len(asked)
    assert before >= 0.95 * len(asked)
    assert all(sum(p.size for p in memory.recalled(question)) <= CHARACTERS for question, _ in asked)


def _texts(passage: object) -> list[str]:
    return [b.text for t in passage.turns for b in t.bubbles]  # type: ignore[attr-defined]


def test_what_shares_no_word_is_not_remembered() -> None:
    memory = Memory(packed([talk("the kettle is on", "good")]))
    assert memory.find("zyx qwv") == memory.find("") == []
    assert Memory(packed([])).find("kettle") == []
    assert Memory(packed([])).nearest("kettle") == []
    assert len(memory) == 1


def test_no_turn_is_remembered_twice() -> None:
    memory = Memory(packed([talk(*(f"kettle {w}" for w in WORDS))]))
    said = [t for p in memory.find("kettle", 8) for t in p.turns]
    assert len(said) == len(set(said))


@pytest.mark.parametrize(
    ("own", "other", "share"),
    [
        ("a b c", "a b c", 1.0),
        ("a b c d", "x b c y", 0.5),
        ("a b", "c d", 0.0),
        ("", "a", 0.0),
        ("a", "", 0.0),
        ("a b a b", "a b", 0.5),
    ],
)
def test_the_copy_meter_is_the_longest_run(own: str, other: str, share: float) -> None:
    assert copied(own.split(), other.split()) == share


@pytest.fixture
def version(owner: User, vault: Vault) -> Version:
    archives.receive_bytes(owner_id=owner.pk, name="m.json", content=messenger(dialogue(40), ["Bea Quill", "Ann Roe"]))
    archive_tasks.ingest(job_id=str(Job.objects.latest("created_at").pk))
    persona = services.make(owner_id=owner.pk, person=Person.objects.get(is_me=True), name="Ann", basis="self")
    made = Version(
        owner_id=owner.pk,
        persona=persona,
        number=1,
        preset="quick",
        config={"base": "builtin"},
        wrapped_key=vault.new_wrapped(),
    )
    for kind, content in (
        ("weights", b"w"),
        ("memory", packed([talk("where is the marble lantern", "in the velvet drawer")])),
    ):
        with vault.create(kind) as (item, writer):
            writer.write(content)
        setattr(made, kind, item)
    made.save()
    return made


def said(version: Version, vault: Vault, *lines: tuple[bool, str]) -> TurnRow:
    conversation = chat.begin(persona=version.persona, speaker=chat.Seat("Bea", "Bea"), title="t")
    turn = None
    for number, (mine, text) in enumerate(lines, 1):
        turn = TurnRow(
            id=uuid4(), owner_id=version.owner_id, conversation=conversation, parent=turn, number=number, by_persona=mine,
            state=TurnRow.State.DONE, client_id=uuid4(), request={"version": 1},
        )  # fmt: skip
        turn.body = talks.sealed_body(
            vault, conversation, turn, {"lines": [{"speaker": "" if mine else "Bea", "bubbles": [text]}]}
        )
        turn.save()
    assert turn is not None
    return turn


@pytest.mark.django_db(transaction=True)
def test_the_page_tells_what_it_was_reminded_of(version: Version, vault: Vault, owner: User, stranger: User) -> None:
    turn = said(version, vault, (False, "have you seen the lantern?"), (True, "in the velvet drawer, silly"))
    found = recalling.why(vault, turn.conversation, turn, "Ann")
    assert found is not None
    assert found.passages == [[("Mab", "where is the marble lantern"), ("Ann", "in the velvet drawer")]]
    assert found.nearest == [("in the velvet drawer", 0.8)]
    mine, other = Client(), Client()
    mine.force_login(owner)
    other.force_login(stranger)
    address = reverse("talk-why", args=[turn.pk])
    page = mine.get(address).content.decode()
    assert "in the velvet drawer" in page
    assert "80%" in page
    assert other.get(address).status_code == 404
    before = TurnRow.objects.get(conversation=turn.conversation, number=1)
    assert mine.get(reverse("talk-why", args=[before.pk])).status_code == 404, "what the owner said has no why"


@pytest.mark.django_db(transaction=True)
def test_the_fixed_answer_says_that_it_is_fixed(version: Version, vault: Vault, owner: User) -> None:
    turn = said(version, vault, (False, "are you a bot?"), (True, "I am an AI imitation"))
    mine = Client()
    mine.force_login(owner)
    assert "no model has a say" in mine.get(reverse("talk-why", args=[turn.pk])).content.decode()


@pytest.mark.django_db(transaction=True)
def test_the_model_reads_it_as_something_said_earlier(version: Version, vault: Vault) -> None:
    asked = [Turn("Bea", (Bubble("have you seen the lantern?"),))]
    reminded = recalling.reminded(vault, version, asked)
    assert [b.text for t in reminded for b in t.bubbles] == [
        "where is the marble lantern",
        "in the velvet drawer",
        "have you seen the lantern?",
    ]
    assert recalling.reminded(vault, version, [Turn("Bea", (Bubble("zyx"),))])[0].speaker == "Bea"


@pytest.mark.django_db(transaction=True)
def test_nothing_is_remembered_of_what_was_deleted(version: Version, vault: Vault, owner: User) -> None:
    turn = said(version, vault, (False, "have you seen the lantern?"), (True, "in the velvet drawer"))
    item = version.memory_id
    archives.delete_conversation(Conversation.objects.get())
    assert resident.memory(vault, version) is None
    assert not SealedObject.objects.filter(pk=item).exists()
    mine = Client()
    mine.force_login(owner)
    page = mine.get(reverse("talk-why", args=[turn.pk])).content.decode()
    assert "velvet" not in page.replace("in the velvet drawer</div>", "")
    assert "no longer there" in page

"""Whom it talks with: what is told of a contact reaches every prompt, and a second pass answers where it should."""

# ruff: noqa: F811 - the fixture

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import torch
from django.test import Client

from apps.accounts.models import User
from apps.accounts.services import open_vault
from apps.accounts.vault import Vault
from apps.archives import forgetting, naming, relations
from apps.archives import services as archives
from apps.archives import tasks as archive_tasks
from apps.archives.models import Person
from apps.bridges import writing as bridged
from apps.bridges.asked import Asked, Line
from apps.chat import offers, writing
from apps.chat import selectors as talks
from apps.chat import services as chat
from apps.chat.models import Conversation
from apps.jobs import claims
from apps.jobs.causes import Expected
from apps.jobs.models import Job
from apps.personas import contacts, dataset, history, introducing, leakage, manifests, selectors, services, tasks, wire
from apps.personas.config import RELATIONS, TrainConfig
from apps.personas.dataset import Chat, Dialogue, Parts
from apps.personas.evaluation import bench_contacts, situations
from apps.personas.evaluation.bench_contacts import Found, summed
from apps.personas.evaluation.process import prepare
from apps.personas.inference import carried, families
from apps.personas.inference.builtin import FOLDER
from apps.personas.language import ME_SPEAKER, Bubble, Language, Turn, introduced
from apps.personas.models import Persona, Version
from apps.personas.training import preparing, trainer
from apps.privacy import services as privacy
from tests.personas.test_stale import called, persona, written  # noqa: F401
from tests.personas.tiny import hub_model

LANGUAGE = Language.load(FOLDER / "tokenizer.json")


def talk(name: str, answer: str, times: int = 1) -> Dialogue:
    turns = (Turn(name, (Bubble("and you?"),)), Turn(ME_SPEAKER, (Bubble(answer),)))
    return Dialogue((name,), turns * times)


# pure


def test_the_head_tells_what_was_said_and_nothing_else() -> None:
    assert introduced(("Ada", "Ben"), {"Ada": "friend", "Cy": "boss"}) == ("Ada (friend)", "Ben")
    plain, told = talk("Ada", "yes"), dataset.introducing(talk("Ada", "yes"), {"Ada": "friend"})
    assert dataset.introducing(plain, {"Cy": "boss"}) == plain, "of whom nothing was said is told as ever"
    (before,), (after,) = (dataset.samples([d], LANGUAGE, 128) for d in (plain, told))
    assert "(friend)" in LANGUAGE.decode(after.ids)
    head = len(LANGUAGE.opening(("Ada (friend)",)))
    assert after.ids[head:] == before.ids[len(LANGUAGE.opening(("Ada",))) :]
    assert not any(after.weights[:head]), "it is read, never learnt to be said"


def test_every_piece_of_a_dialogue_keeps_its_head() -> None:
    long = dataset.introducing(talk("Ada", "yes " * 20, 40), {"Ada": "boss"})
    for values in ({}, {"exchanges": True}, {"history": 2}):
        units = dataset.units([long], LANGUAGE, 96, **values)
        assert sum(map(len, units)) > 8
        assert all("Ada (boss)" in LANGUAGE.decode(s.ids) for unit in units for s in unit), values
    (found,) = wire.unpacked(wire.packed([long, talk("Ben", "no")]))
    assert found == [long, talk("Ben", "no")]
    before = msgspec.msgpack.encode([[[["Ada"], [["Ada", [["hi", [], None]], True]]]]])
    assert wire.unpacked(before)[0][0].opening == ("Ada",), "sealed memories of before have no heads"


def test_chats_tell_it_of_everybody_in_them() -> None:
    lines = [dataset.Line(who, float(n), Bubble("x")) for n, who in enumerate(["Ada", ME_SPEAKER, "Ben", ME_SPEAKER])]
    made = dataset.parts([Chat("a", True, lines, relations={"Ben": "family"})])
    assert made.train[0].opening == ("Ada", "Ben (family)")


def test_hub_models_hear_it_in_the_first_line_and_old_versions_do_not(tmp_path: Path) -> None:
    base = str(hub_model(tmp_path / "tiny"))
    said = talk("Ada", "yes")
    assert carried.make(TrainConfig(base=base), [said]) == {}
    row = carried.make(TrainConfig(base=base, context=RELATIONS), [said])
    old, new = (families.load(base, torch.float32, carried=c).language for c in ({}, row))
    assert "Ada" not in old.decode(old.prompt(("Ada (boss)",), said.turns, ME_SPEAKER))
    prompt = new.decode(new.prompt(("Ada (boss)",), said.turns, ME_SPEAKER))
    assert prompt.count("(Ada (boss))") == 1
    assert prompt.index("(Ada (boss))") < prompt.index("and you?")
    coded = new.encode(("Ada (boss)",), said.turns, own=1.0, theirs=0.0, heads=0.0)
    assert "Ada" not in new.decode([i for i, w in zip(coded.ids, coded.weights, strict=True) if w])


def test_whose_dialogue_it_is() -> None:
    group = Dialogue(("Ada", "Ben"), (Turn("Ada", (Bubble("a"),)), Turn("Ben", (Bubble("b"), Bubble("c")))))
    alone = Dialogue(("Ada",), (Turn(ME_SPEAKER, (Bubble("anybody?"),)),))
    assert [contacts.partner(d) for d in (group, alone)] == ["Ben", "Ada"]
    parts = contacts.narrowed(Parts([group, alone], [group], [alone]), "Ada")
    assert (parts.train, parts.validate, parts.test) == ([alone], [], [alone])


def test_a_voice_learns_what_a_relation_means() -> None:
    """Real training: to bosses always one thing, to friends another; then somebody new, of whom only the word is known."""
    ways = {"boss": "certainly, at your service", "friend": "yo yo bro"}
    said = {"Ada": "boss", "Ben": "friend", "Cy": "boss", "Dan": "friend", "Eve": "boss", "Fay": "friend"}
    rng = random.Random(1)
    train = [dataset.introducing(talk(name, ways[word]), said) for name, word in said.items() for _ in range(30)]
    rng.shuffle(train)
    run = preparing.prepare(TrainConfig(epochs=30.0, rows=2, length=128, rate=3e-3, gaps=0), train, [])
    for number in range(30):
        trainer.step(run, number)
    subject = prepare(TrainConfig(), trainer._weights(run), None)
    for word, other in (("boss", "friend"), ("friend", "boss")):
        new = [talk("Gil", ways[word], 6)]
        assert situations.right_word(subject, new, {"Gil": word}, ways)
        assert not situations.right_word(subject, new, {"Gil": other}, ways)


def test_figures_of_contacts_say_how_sure_they_are() -> None:
    rows = [Found("a", 50, 12, n < 3, n < 2, 2.0, 1.9 if n else 2.1, 2.05) for n in range(4)]
    made = summed(rows)
    assert (made["right_name"], made["right_second_pass"], made["second_pass_gains"]) == (0.75, 0.75, 0.75)
    assert made["right_name_low"] < 0.4 < 0.9 < made["right_name_high"]
    assert made["bits_sharpened"] == pytest.approx(1.95)


@pytest.mark.long
def test_the_benchmark_sees_who_speaks_differently_to_whom(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Real trainings on an invented person who answers each contact in another way."""
    ways = {
        "Ada": "certainly gladly indeed kindly service pleasure madam honour", "Ben": "yo bro dude sick lit nah aight chill",
        "Cy": "perhaps tomorrow hm unsure later maybe tired rain", "Dan": "ahoy captain aye sail storm anchor crew rum",
    }  # fmt: skip
    rng = random.Random(3)
    rows = [
        {"person": "me", "conversation": name, "t": 1e9 + 7_200.0 * n + i, "speaker": who, "text": text}
        for name, words in ways.items()
        for n in range(130)
        for i, (who, text) in enumerate(((name, "and you?"), ("me", " ".join(rng.choices(words.split(), k=5)))))
    ]
    path = tmp_path / "people.jsonl"
    path.write_text("\n".join(map(json.dumps, rows)))
    fast = {"epochs": 2.0, "rows": 2, "length": 128, "rate": 3e-3, "gaps": 0, "looks": 1}
    monkeypatch.setattr(bench_contacts, "EACH", 2)
    monkeypatch.setattr(bench_contacts, "REFERENCES", 15)
    monkeypatch.setattr(bench_contacts, "MAIN", fast)
    made = bench_contacts.measured(str(path), 1, fast)
    assert (made["people"], made["contacts"], made["right_second_pass"], made["right_name"]) == (1, 2, 1.0, 1.0)
    assert made["bits_sharpened"] < made["bits_others"]
    assert made["right_name_low"] < 0.5, "two contacts prove nothing"


# the page of people


@pytest.mark.django_db(transaction=True)
def test_it_is_said_on_the_page_of_people_and_taken_back(
    persona: Persona, vault: Vault, client: Client, stranger: User
) -> None:
    bea, me = called(vault, "Bea Quill"), called(vault, "Ann Roe")
    client.force_login(stranger)
    assert client.post(f"/archives/people/{bea.pk}/relation", {"relation": "boss"}).status_code == 404
    client.force_login(User.objects.get(pk=vault.owner_id))
    address = f"/archives/people/{bea.pk}/relation"
    client.post(address, {"relation": "friend"})
    assert relations.of(vault) == {bea.pk: "friend"}
    client.post(address, {"relation": "friend", "own": "  Cy's (old) boss "})
    stand = naming.of(vault).called(called(vault, "Cy Dent").pk).split()[0]
    assert "Cy" not in relations.of(vault)[bea.pk]
    assert relations.of(vault) == {bea.pk: f"{stand}'s old boss"}, "a model reads no real name, and no brackets"
    page = client.get("/archives/people").content.decode()
    assert "<option selected>Cy&#x27;s old boss</option>" in page
    for own in ("+49 30 901820", "flat 4711", "bea@example.org", "x" * 25):
        client.post(address, {"own": own})
    client.post(f"/archives/people/{me.pk}/relation", {"relation": "boss"})
    assert list(relations.shown(vault).values()) == ["Cy's old boss"], "refused ones change nothing"
    client.post(address, {"relation": ""})
    assert relations.of(vault) == {}


@pytest.mark.django_db(transaction=True)
def test_what_is_decided_later_counts_for_what_was_said_before(persona: Persona, vault: Vault) -> None:
    bea, cy = called(vault, "Bea Quill"), called(vault, "Cy Dent")
    relations.put(person=bea, words="Zelda's mother")
    relations.put(person=cy, words="friend")
    privacy.decide(vault=vault, kind="name", value="Zelda", action="take")
    naming.settle(vault, [])
    assert relations.of(vault)[bea.pk] == "Zelda's mother"
    told = relations.told(vault)
    assert "Zelda" not in told[bea.pk]
    assert told[bea.pk].endswith("'s mother")
    privacy.decide(vault=vault, kind="secret", value="friend", action="take")
    assert list(relations.told(vault)) == [bea.pk]


@pytest.mark.django_db(transaction=True)
def test_one_word_for_one_person(persona: Persona, vault: Vault) -> None:
    bea, cy = called(vault, "Bea Quill"), called(vault, "Cy Dent")
    relations.put(person=cy, words="family")
    archives.join_people(person=cy, into=bea)
    assert relations.of(vault) == {bea.pk: "family"}
    relations.put(person=bea, words="friend")
    assert relations.of(vault) == {bea.pk: "friend"}
    relations.put(person=bea, words="")
    assert relations.of(vault) == {}


# versions and what they are told


def version_told(vault: Vault, row: Persona, number: int = 1) -> Version:
    """A version that has learnt, by its manifest, under today's relations."""
    made = written(vault, row, number)
    made.config = {"base": "tiny", "context": RELATIONS}
    made.save()
    assert row.person is not None
    introducing.keep(vault, made, introducing.today(vault, row.person, TrainConfig(**made.config)))
    return made


@pytest.mark.django_db(transaction=True)
def test_a_version_is_told_what_it_learnt(persona: Persona, vault: Vault) -> None:
    bea = called(vault, "Bea Quill")
    name, old = naming.of(vault).called(bea.pk), written(vault, persona)
    relations.put(person=bea, words="boss")
    assert introducing.today(vault, called(vault, "Ann Roe"), TrainConfig(**old.config)) == {}
    assert introducing.introduced(vault, old, [name]) == (name,), "it goes on as it learnt"
    new = version_told(vault, persona, 2)
    assert introducing.introduced(vault, new, [name, "Sam"]) == (f"{name} (boss)", "Sam")
    relations.put(person=bea, words="friend")
    assert introducing.introduced(vault, new, [name]) == (f"{name} (boss)",)
    assert introducing.today(vault, bea, TrainConfig(context=RELATIONS)) == {}, "what people are to Bea nobody has said"
    archive_tasks.forget(job_id=str(forgetting.start(person=bea).pk))
    new.refresh_from_db()
    assert introducing.learnt(vault, new) == {}
    assert introducing.introduced(vault, new, [name]) == (name,)


class Listening:
    """An engine that only notes what it is told."""

    def __init__(self) -> None:
        self.heard: list[list[str]] = []

    def _note(self, names: Any) -> Iterator[Any]:
        self.heard.append(list(names))
        return iter(())

    def reply(self, spec: Any, others: Any, *_: Any, **__: Any) -> Iterator[Any]:
        return self._note(others)

    def converse(self, *_: Any, heads: Any, **__: Any) -> Iterator[Any]:
        return self._note(heads)

    def completions(self, spec: Any, others: Any, *_: Any, **__: Any) -> list[str]:
        return list(self._note(others))


@pytest.mark.django_db(transaction=True)
def test_every_way_of_talking_tells_it(persona: Persona, vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    bea, cy = called(vault, "Bea Quill"), called(vault, "Cy Dent")
    relations.put(person=bea, words="boss")
    version, engine = version_told(vault, persona), Listening()
    monkeypatch.setattr("apps.personas.engines.door", lambda: engine)
    seats = [chat.Seat(p, naming.of(vault).called(pk), pk) for p, pk in (("Bea Quill", bea.pk), ("Cy Dent", cy.pk))]
    told = [f"{seats[0].stand} (boss)", seats[1].stand]
    row = chat.begin(persona=persona, speaker=seats[0], title="t")
    studio = chat.begin_studio(persona=persona, others=seats, opening="", title="t")
    for place in (row, studio):
        if place is row:
            chat.say(conversation=place, client_id=row.pk, text="hi", sampling={})
        else:
            chat.invent(conversation=place, client_id=row.pk, count=2, sampling={})
        lease = claims.claim(Job.objects.filter(kind=chat.REPLY).latest("created_at").pk)
        assert lease is not None
        writing.write(lease)
    offers.ways(vault, version, [seats[0].stand], [], "so ", lambda: False, talk="t")
    offers.answers(vault, version, seats[0].stand, "when?", 1, lambda: bool(engine.heard[3:]))
    asked = Asked(kind="reply", lines=[Line(seats[0].stand, "hi")], begun="", sampling={}, most=9, stops=[])
    assert list(bridged._dialogue(vault, version, asked)[0]) == told[:1]
    assert engine.heard == [told[:1], told, told[:1], told[:1]]


# a second pass


def sharp(vault: Vault, main: Version, contact: Person, number: int, verdict: str = leakage.GREEN) -> Version:
    made = written(vault, main.persona, number)
    made.sharpened, made.contact, made.config = True, contact, {**main.config, "continues": str(main.pk)}
    made.facts = {"leaks": {"verdict": verdict}}
    made.save()
    return made


@pytest.mark.django_db(transaction=True)
def test_who_answers_whom(persona: Persona, vault: Vault, client: Client) -> None:
    bea, cy = called(vault, "Bea Quill"), called(vault, "Cy Dent")
    main = written(vault, persona)
    for_bea = sharp(vault, main, bea, 2)
    assert selectors.current(persona) == main, "the newest that is for everybody"
    client.force_login(User.objects.get(pk=vault.owner_id))
    client.post(f"/talk/new/{persona.pk}", {"person": str(bea.pk)})
    row = Conversation.objects.get()
    address = f"/talk/{row.pk}"

    def answering() -> Version | None:
        return talks.answering(Conversation.objects.get())

    assert answering() == for_bea
    assert "sharpened for <bdi>Bea Quill</bdi>" in client.get(address).content.decode()
    client.post(f"{address}/change", {"do": "plain"})
    assert answering() == main
    page = client.get(address).content.decode()
    assert "sharpened for <bdi>Bea Quill</bdi></span></div>" not in page
    assert "Let it answer" in page
    client.post(f"{address}/change", {"do": "sharp"})
    client.post(f"{address}/change", {"do": "sit", "person": str(cy.pk)})
    assert answering() == main
    client.post(f"{address}/change", {"do": "sit", "person": str(bea.pk)})
    assert answering() == for_bea
    for verdict in (leakage.RED, None):
        Version.objects.filter(pk=for_bea.pk).update(facts={"leaks": {"verdict": verdict}} if verdict else {})
        assert answering() == main, "one that leaks, or was not checked, is not chosen by itself"
    Version.objects.filter(pk=for_bea.pk).update(facts=for_bea.facts)
    newer = written(vault, persona, 3)
    assert answering() == newer, "and it goes with the version that it went on from"
    history.roll_back(version=main)
    assert answering() == for_bea
    with pytest.raises(Expected, match="for one person only"):
        history.roll_back(version=for_bea)
    services.delete_version(version=for_bea)
    assert answering() == main


@pytest.mark.django_db(transaction=True)
def test_whoever_leaves_has_the_version_for_everybody(persona: Persona, vault: Vault) -> None:
    bea = called(vault, "Bea Quill")
    main = written(vault, persona)
    for_bea = sharp(vault, main, bea, 2, leakage.RED)
    assert selectors.standing(persona).stays == "", "the card of the main version counts for what leaves"
    Version.objects.filter(pk=main.pk).update(facts={"leaks": {"verdict": leakage.RED}})
    Version.objects.filter(pk=for_bea.pk).update(facts={"leaks": {"verdict": leakage.GREEN}})
    assert selectors.standing(persona).stays == selectors.LEAKS
    archive_tasks.forget(job_id=str(forgetting.start(person=bea).pk))
    for_bea.refresh_from_db()
    assert for_bea.contact is None
    assert selectors.current(persona) == main, "it does not become the version for everybody"
    assert selectors.whom(vault, for_bea) == "somebody who is deleted"
    assert selectors.stale(vault, for_bea) == manifests.FORGOTTEN


@pytest.mark.django_db(transaction=True)
def test_what_is_not_sharpened(persona: Persona, vault: Vault, stranger: User, client: Client) -> None:
    bea, me = called(vault, "Bea Quill"), called(vault, "Ann Roe")
    main = written(vault, persona)
    with pytest.raises(Expected, match="somebody else"):
        services.sharpen(version=main, contact=me)
    for_bea = sharp(vault, main, bea, 2)
    for verb in (
        lambda: services.sharpen(version=for_bea, contact=bea),
        lambda: services.go_on(version=for_bea),
        lambda: services.train_again(version=for_bea),
    ):
        with pytest.raises(Expected, match="for one person"):
            verb()
    archives.leave_person_out(person=bea, left_out=True)
    bea.refresh_from_db()
    with pytest.raises(Expected, match="left this person out"):
        services.sharpen(version=main, contact=bea)
    client.force_login(stranger)
    assert client.post(f"/personas/versions/{main.pk}/sharpen", {"person": str(bea.pk)}).status_code == 404
    theirs = Person.objects.create(owner=stranger, wrapped_key=open_vault(stranger.pk).new_wrapped(), name=b"")
    client.force_login(User.objects.get(pk=vault.owner_id))
    assert client.post(f"/personas/versions/{main.pk}/sharpen", {"person": str(theirs.pk)}).status_code == 404
    assert Version.objects.count() == 2


@pytest.mark.long
@pytest.mark.django_db(transaction=True)
def test_the_road_of_a_second_pass(persona: Persona, vault: Vault, client: Client) -> None:
    """Trained, sharpened on its page, audited, and answering."""
    client.force_login(User.objects.get(pk=vault.owner_id))
    bea = called(vault, "Bea Quill")
    relations.put(person=bea, words="boss")
    client.post(f"/personas/{persona.pk}/train", {"preset": "quick", "base": "tiny", "gap_minutes": "30"})
    first = Version.objects.get()
    tasks.train(job_id=str(Job.objects.get(subject=first.pk).pk))
    assert 'id="sharpen"' in client.get(f"/personas/{persona.pk}").content.decode()
    client.post(f"/personas/versions/{first.pk}/sharpen", {"person": str(bea.pk)})
    second = Version.objects.get(number=2)
    tasks.train(job_id=str(Job.objects.get(subject=second.pk).pk))
    for one in (first, second):
        one.refresh_from_db()
        assert one.ready, Job.objects.get(subject=one.pk).cause
        assert one.config["context"] == RELATIONS
        assert one.manifest is not None
        assert msgspec.msgpack.decode(vault.read(one.manifest))["context"] == RELATIONS
        assert introducing.learnt(vault, one) == {bea.pk: "boss"}
    assert second.config["continues"] == str(first.pk)
    assert second.facts["likeness"]["measured"]["replies"] < first.facts["likeness"]["measured"]["replies"], (
        "it read the talks with one person"
    )
    assert second.facts["leaks"]["verdict"], "and was audited"
    page = client.get(f"/personas/{persona.pk}").content.decode()
    assert "for Bea Quill</span></h3>" in page
    assert selectors.current(persona) == first
    Version.objects.filter(pk=second.pk).update(facts={**second.facts, "leaks": {"verdict": leakage.AMBER}})
    row = chat.begin(persona=persona, speaker=chat.Seat("Bea Quill", naming.of(vault).called(bea.pk), bea.pk), title="t")
    assert talks.answering(row) == second
    archives.delete_conversation(
        next(c for c in archives.Conversation.objects.all() if vault.unseal(c, "title", c.title) == "Cy Dent")
    )
    assert selectors.stale(vault, second) == manifests.DELETED, "what it began with had read the others too"

"""Another answer, another line, going on and going back: nothing said is lost, nothing is said twice."""

from __future__ import annotations

import threading
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.test.utils import CaptureQueriesContext

from apps.accounts.vault import Vault
from apps.chat import script, selectors, services, writing
from apps.chat.models import Conversation, Turn
from apps.chat.tree import Tree
from apps.jobs.causes import Expected
from apps.jobs.models import Job
from apps.personas.language import ME_SPEAKER
from apps.personas.models import Version
from tests.chat.test_talk import Op, ops, say, talk, writer

__all__ = ["talk"]
pytestmark = [pytest.mark.rows, pytest.mark.django_db(transaction=True)]


def answered(talk: Conversation, words: str) -> Turn:
    """What is waiting gets an answer."""
    turn = Turn.objects.get(conversation=talk, state=Turn.State.WAITING)
    lease, pen = writer(turn)
    pen.follow(ops(words))
    lease.end(Job.State.DONE)
    return turn


def told(talk: Conversation, vault: Vault) -> list[str]:
    """The bubbles that are shown, in order."""
    bodies = [selectors.body(vault, talk, turn) for turn in selectors.shown(talk)]
    return [bubble for body in bodies for line in body["lines"] for bubble in line["bubbles"]]


def again(talk: Conversation, turn: Turn, client_id: UUID | None = None) -> None:
    services.again(conversation=talk, turn_id=turn.pk, client_id=client_id or uuid4(), sampling={})


@pytest.fixture
def forked(talk: Conversation) -> list[Turn]:
    """hello, and three answers; the second was gone on from."""
    say(talk)
    first = answered(talk, "one")
    again(talk, first)
    second = answered(talk, "two")
    say(talk, "go on")
    follower = answered(talk, "on")
    again(talk, first)
    return [first, second, answered(talk, "three"), follower]


def test_every_answer_stays_within_reach(talk: Conversation, vault: Vault, forked: list[Turn]) -> None:
    first, second, third, _ = forked
    assert told(talk, vault) == ["hello", "three"]
    view = selectors.views(vault, talk)[-1]
    assert view["choices"] == [str(turn.pk) for turn in (first, second, third)]
    services.choose(conversation=talk, turn_id=second.pk)
    assert told(talk, vault) == ["hello", "two", "go on", "on"], "with what followed it"
    services.choose(conversation=talk, turn_id=first.pk)
    assert told(talk, vault) == ["hello", "one"]


def test_a_model_reads_its_own_branch_only(talk: Conversation, vault: Vault, forked: list[Turn]) -> None:
    follower = forked[3]
    bodies = [selectors.body(vault, talk, turn) for turn in selectors.before(follower)]
    assert [b.text for turn in script.turns(bodies) for b in turn.bubbles] == ["hello", "two", "go on"]


def test_an_edited_line_begins_a_branch(talk: Conversation, vault: Vault, forked: list[Turn]) -> None:
    mine = Turn.objects.get(conversation=talk, number=1)
    client = uuid4()
    for _ in range(3):
        services.say(conversation=talk, client_id=client, text="good day", sampling={}, instead=mine.pk)
    answered(talk, "and to you")
    assert told(talk, vault) == ["good day", "and to you"]
    assert len(selectors.views(vault, talk)[0]["choices"]) == 2
    services.choose(conversation=talk, turn_id=mine.pk)
    assert told(talk, vault) == ["hello", "three"]
    with pytest.raises(Expected, match="no longer there"):
        services.say(conversation=talk, client_id=uuid4(), text="x", sampling={}, instead=forked[0].pk)


def test_going_on_and_going_back(talk: Conversation, vault: Vault, forked: list[Turn]) -> None:
    services.more(conversation=talk, client_id=uuid4(), sampling={})
    answered(talk, "and more")
    assert told(talk, vault) == ["hello", "three", "and more"]
    services.rewind(conversation=talk, turn_id=forked[2].pk)
    assert told(talk, vault) == ["hello", "three"]
    (after,) = selectors.views(vault, talk)[-1]["after"]
    services.choose(conversation=talk, turn_id=UUID(after))
    assert told(talk, vault) == ["hello", "three", "and more"]


def test_nothing_moves_while_an_answer_is_written(talk: Conversation, vault: Vault, forked: list[Turn]) -> None:
    again(talk, forked[0])
    verbs: list[Any] = [services.choose, services.rewind]
    for verb in verbs:
        with pytest.raises(Expected, match="being written"):
            verb(conversation=talk, turn_id=forked[1].pk)
    assert len(told(talk, vault)) == 1


def test_a_longer_talk_asks_no_more_of_the_database(talk: Conversation, vault: Vault) -> None:
    """Every socket asks for all turns with every bell, one socket after the other: 32 people waited for each other."""
    say(talk)
    answered(talk, "one")
    with CaptureQueriesContext(connection) as short:
        selectors.views(vault, talk)
    for number in range(4):
        say(talk, f"and {number}?")
        answered(talk, f"so {number}")
    with CaptureQueriesContext(connection) as long:
        selectors.views(vault, talk)
    assert len(long) <= len(short)


def test_going_on_needs_something(talk: Conversation) -> None:
    with pytest.raises(Expected, match="Say something first"):
        services.more(conversation=talk, client_id=uuid4(), sampling={})


def test_an_attempt_that_broke_before_its_first_word_is_no_choice(talk: Conversation, vault: Vault) -> None:
    broken = say(talk)
    services.stop(conversation=talk, turn_id=broken.pk)
    again(talk, broken)
    good = answered(talk, "well")
    assert selectors.views(vault, talk)[-1]["choices"] == [str(good.pk)]


def test_asking_again_at_once_from_two_pages_is_asked_once(talk: Conversation) -> None:
    say(talk)
    first, client, wrong = answered(talk, "one"), uuid4(), []

    def ask(client_id: UUID) -> None:
        try:
            again(talk, first, client_id)
        except Expected as error:
            wrong.append(str(error))
        finally:
            connection.close()

    threads = [threading.Thread(target=ask, args=(one,)) for one in (client, client, uuid4())]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Turn.objects.filter(conversation=talk, by_persona=True).count() == 2
    assert Job.objects.count() == 2
    assert all("being written" in sentence for sentence in wrong)


def test_the_branches_of_a_tree() -> None:
    tree = Tree([("a", None), ("b", "a"), ("c", "a"), ("d", "b"), ("e", None)])
    assert tree.path("d") == ["a", "b", "d"]
    assert tree.path(None) == []
    assert tree.siblings("c") == ["b", "c"]
    assert tree.siblings("e") == ["a", "e"]
    assert [tree.newest_below(one) for one in "abce"] == ["d", "d", "c", "e"]


def test_talks_from_before_there_were_branches_keep_all_they_had(talk: Conversation) -> None:
    MigrationExecutor(connection).migrate([("chat", "0001_initial")])
    try:
        old = MigrationExecutor(connection).loader.project_state([("chat", "0001_initial")]).apps.get_model("chat", "Turn")
        rows = [(1, False, False), (2, True, True), (2, True, True), (2, True, False), (3, False, False), (4, True, False)]
        pks = [
            old.objects.create(
                owner_id=talk.owner_id, conversation_id=talk.pk, number=number, by_persona=by_persona, hidden=hidden,
                state="done", client_id=uuid4(),
            ).pk
            for number, by_persona, hidden in rows
        ]  # fmt: skip
    finally:
        executor = MigrationExecutor(connection)
        executor.migrate(executor.loader.graph.leaf_nodes())
    assert [turn.pk for turn in selectors.shown(talk)] == [pks[0], pks[3], pks[4], pks[5]]
    assert selectors.tree(selectors.rows(talk)).siblings(pks[3]) == pks[1:4]


@pytest.fixture
def invented(talk: Conversation) -> Conversation:
    others = [services.Seat("Bea", "Bea"), services.Seat("Cy", "Cy")]
    return services.begin_studio(persona=talk.persona, others=others, opening="so", opener=others[1], title="t")


def lines(talk: Conversation, vault: Vault) -> list[tuple[str, str]]:
    bodies = [selectors.body(vault, talk, turn) for turn in selectors.shown(talk)]
    return [(line["speaker"], bubble) for body in bodies for line in body["lines"] for bubble in line["bubbles"]]


def speaking(*lines: tuple[str, str]) -> Any:
    for speaker, text in lines:
        yield from (Op("turn", speaker), Op("bubble"), Op("text", text))


def written(talk: Conversation, *lines: tuple[str, str]) -> Turn:
    turn = Turn.objects.get(conversation=talk, state=Turn.State.WAITING)
    lease, pen = writer(turn)
    pen.follow(speaking(*lines))
    lease.end(Job.State.DONE)
    return turn


def test_the_studio_goes_back_to_any_line(invented: Conversation, vault: Vault) -> None:
    services.invent(conversation=invented, client_id=uuid4(), count=3, sampling={})
    whole = written(invented, ("", "a"), ("Bea", "b"), ("", "c"))
    assert lines(invented, vault) == [("Cy", "so"), ("", "a"), ("Bea", "b"), ("", "c")]
    client = uuid4()
    for _ in range(2):
        services.cut(conversation=invented, turn_id=whole.pk, client_id=client, lines=2)
    assert lines(invented, vault) == [("Cy", "so"), ("", "a")]
    assert len(selectors.views(vault, invented)[0]["choices"]) == 2
    services.choose(conversation=invented, turn_id=whole.pk)
    assert len(lines(invented, vault)) == 4, "what followed stays within reach"


@pytest.mark.parametrize(("seat", "name", "left"), [(0, "Bea", ["Cy", ME_SPEAKER]), (2, "", ["Bea", "Cy"])])
def test_a_seat_is_taken_and_handed_back(
    invented: Conversation, vault: Vault, monkeypatch: pytest.MonkeyPatch, seat: int, name: str, left: list[Any]
) -> None:
    asked: list[Any] = []
    engine = type(
        "Engine",
        (),
        {"converse": lambda self, spec, people, said, count, *_, **__: asked.append((people, said, count)) or iter(())},
    )()
    monkeypatch.setattr(writing.engines, "door", lambda: engine)
    monkeypatch.setattr(writing.personas, "weights", lambda vault, version: object())
    monkeypatch.setattr(writing.resident, "copies", lambda vault, version: None)
    version, guard = Version(id=uuid4(), config={}), writing.resident.guard(vault)

    def writes() -> None:
        turn = Turn.objects.select_related("conversation").get(conversation=invented, state=Turn.State.WAITING)
        list(writing._ops(vault, invented, turn, version, lambda: False, guard))

    with pytest.raises(Expected, match="whose seat"):
        services.say(conversation=invented, client_id=uuid4(), text="me", sampling={})
    services.say(conversation=invented, client_id=uuid4(), text="me", sampling={"taken": 1}, seat=seat)
    assert lines(invented, vault) == [("Cy", "so"), (name, "me")], "the opening stands before it"
    writes()
    people, said, _ = asked[-1]
    assert people == left, "who is taken is not written for"
    assert said[-1].speaker == (name or ME_SPEAKER)
    written(invented, ("Cy", "oh"))
    services.invent(conversation=invented, client_id=uuid4(), count=4, sampling={})
    writes()
    assert asked[-1][0] == ["Bea", "Cy", ME_SPEAKER], "handed back"
    assert asked[-1][2] == 4

"""Two train workers on two machines, a reply worker on a third, sealed files in a store between them."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Iterator

import psutil
import pytest

from apps.archives import sample
from tests.flows.fleet import Fleet, fleet
from tests.flows.stack import PASSWORD, Person, Talk, eventually

pytestmark = pytest.mark.long
MARKER = "Quillfeather"
TRAINERS = ("train-a", "train-b")


@pytest.fixture(scope="module")
def site() -> Iterator[Fleet]:
    with fleet({"ingest-a": "ingest", "train-a": "train", "train-b": "train", "reply-a": "reply"}) as found:
        yield found


def at_work(site: Fleet) -> list[str]:
    """Machines on whose disk a training lies."""
    return [name for name in TRAINERS if list(site.folder(name).glob("training/*"))]


def test_two_users_train_on_two_machines_and_talk_on_a_third(site: Fleet) -> None:
    people = [Person(site), Person(site)]
    lines = [*sample.lines(), sample.Line("Ines Calloway", sample.OWNER, sample.START + 9, f"{MARKER} forever")]
    for person in people:
        person.upload("sample.zip", sample.facebook(lines))
    began = time.monotonic()
    made = [person.train() for person in people]
    eventually(lambda: sorted(at_work(site)) == list(TRAINERS), 180, "each machine to take one: " + site.logs())
    states = [person.job(job)["job"]["state"] for person, (_, job) in zip(people, made, strict=True)]
    assert states == ["running", "running"]
    for person, (_, job) in zip(people, made, strict=True):
        eventually(lambda p=person, j=job: p.job(j)["job"]["state"] != "running", 900, "a training to end")
        assert person.job(job)["job"]["state"] == "done", person.job(job)["job"]
    sys.stderr.write(f"\ntwo trainings on two machines: {time.monotonic() - began:.0f} s\n")
    for person, (persona, _) in zip(people, made, strict=True):
        talk = Talk(person, person.talk(persona))
        talk.say("are you around on friday?")
        assert talk.until("done", timeout=300)["lines"][0]["bubbles"]
    stored = site.contents()
    assert len(stored) > 10
    words = [MARKER.encode(), b"Ines", b"Calloway", b"allotment", sample.OWNER.encode()]
    assert not [name for name, body in stored.items() if any(w in body or w in name.encode() for w in words)]
    for machine in ("web", "ingest-a", *TRAINERS, "reply-a", "scheduler"):
        left = [p for p in site.files(machine) if "static" not in p.parts]
        assert not [p for p in left if any(w in p.read_bytes() for w in words)], machine
        assert not [p for p in left if "files" in p.parts or "training" in p.parts], f"{machine} keeps what belongs to all"
    site.people = [(person, made) for person, (made, _) in zip(people, made, strict=True)]  # type: ignore[attr-defined]


def test_a_machine_that_leaves_hands_its_training_on(site: Fleet) -> None:
    """One worker paused, its machine taken away: the other one goes on from the checkpoint, not from the beginning."""
    person, persona = site.people[0]  # type: ignore[attr-defined]
    person.post(f"/personas/{persona}/train", {"preset": "best", "base": "builtin"}, page=f"/personas/{persona}")
    job = eventually(lambda: _training(person, persona), 30, "the job")
    eventually(lambda: person.job(job)["job"]["done"] > 0.1, 300, "the first steps")
    (where,) = at_work(site)
    site.end(where)
    eventually(lambda: person.job(job)["job"]["state"] == "running" and _plans(person, job) == 2, 120, "the other to go on")
    events = [e for e in person.job(job)["events"] if e["event"] == "plan"]
    assert events[-1]["from"] > 0
    assert person.post(f"/jobs/{job}/cancel").status_code == 200
    other = next(n for n in TRAINERS if n != where)
    eventually(lambda: not site.running[other].poll() and _no_trainer(site, other), 10, "the device to be free")
    site.machine(where, "train")


def test_leaving_empties_the_store(site: Fleet) -> None:
    (leaving, _), (staying, _) = site.people  # type: ignore[attr-defined]
    owners = {name.split("/")[0] for name in site.contents()}
    assert len(owners) == 2
    gone = leaving.post("/account/erase", {"password": PASSWORD, "word": "erase"}, page="/account/erase")
    assert gone.ok, gone.text
    eventually(lambda: len({name.split("/")[0] for name in site.contents()}) == 1, 60, "the store to be emptied")
    assert staying.get("/home/").ok


def _training(person: Person, persona: str) -> str:
    found = re.search(
        r'id="training"[^>]*data-id="([0-9a-f-]{36})" data-state="(queued|running)"', person.get(f"/personas/{persona}").text
    )
    return found[1] if found else ""


def _plans(person: Person, job: str) -> int:
    return len([e for e in person.job(job)["events"] if e["event"] == "plan"])


def _no_trainer(site: Fleet, name: str) -> bool:
    children = psutil.Process(site.running[name].pid).children(recursive=True)
    return not [c for c in children if c.status() != "zombie" and "training.process" in " ".join(c.cmdline())]

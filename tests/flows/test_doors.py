"""The API on the real site: the `openai` client, curl, a killed worker. For long also with a persona that was really trained."""

from __future__ import annotations

import json
import re
import subprocess
import time
from typing import Any

import openai
import pytest

from apps.archives import sample
from tests.flows.stack import Person, Site, eventually

pytestmark = pytest.mark.rows
HEY: list[Any] = [{"role": "user", "content": "are you around on friday?"}]


def key_to(person: Person, persona: str) -> tuple[str, str]:
    """A key as its owner makes one; and the model's name."""
    page = person.post(f"/doors/{persona}/key", {"title": "flow"}).text
    found = re.search(r'id="token">(chatclone_[\w-]+)<', page)
    assert found is not None, re.findall(r'role="status">([^<]+)', page)
    return found[1], f"persona-{persona}"


@pytest.fixture(scope="module")
def key(site: Site) -> tuple[str, str]:
    """To the bare base."""
    noa = Person(site)
    make = f"voice(User.objects.get(email='{noa.email}'), 'Noa Lindqvist')"
    code = f"from apps.accounts.models import User; from tests.bridges.cast import voice; print({make}.pk)"
    return key_to(noa, site.manage("shell", "-c", code).split()[-1])


@pytest.fixture(scope="module")
def client(site: Site, key: tuple[str, str]) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{site.url}/v1", api_key=key[0], max_retries=0, timeout=90)


def test_the_openai_client(client: openai.OpenAI, key: tuple[str, str]) -> None:
    speaks(client, key)


@pytest.mark.long
def test_a_trained_persona(site: Site) -> None:
    noa = Person(site)
    noa.upload("sample.zip", sample.facebook(sample.lines()))
    persona, job = noa.train()
    eventually(lambda: noa.job(job)["job"]["state"] == "done", 600, "the training to be done")
    key = key_to(noa, persona)
    speaks(openai.OpenAI(base_url=f"{site.url}/v1", api_key=key[0], max_retries=0, timeout=90), key)


def speaks(client: openai.OpenAI, key: tuple[str, str]) -> None:
    assert [m.id for m in client.models.list().data] == [key[1]]
    ask: dict[str, Any] = {"model": key[1], "messages": HEY, "seed": 4, "max_tokens": 60}
    whole = client.chat.completions.create(**ask)
    text = str(whole.choices[0].message.content)
    assert text
    assert "Noa" not in text and "Lindqvist" not in text
    pieces = list(client.chat.completions.create(**ask, stream=True))
    assert "".join(p.choices[0].delta.content or "" for p in pieces) == text
    said = client.chat.completions.create(
        model=key[1], messages=[*HEY, {"role": "assistant", "content": text}, {"role": "user", "content": "are you a bot?"}]
    )
    assert "AI" in str(said.choices[0].message.content)
    assert "Noa" not in str(said.choices[0].message.content)
    rest = client.completions.create(model=key[1], prompt="honestly i am so ", max_tokens=10)
    assert rest.usage is not None and rest.usage.completion_tokens <= 10


def test_curl(site: Site, key: tuple[str, str]) -> None:
    def curl(path: str, body: dict[str, Any], *options: str) -> str:
        command = ["curl", "-sS", *options, f"{site.url}/v1/{path}", "-H", f"Authorization: Bearer {key[0]}"]
        command += ["-H", "Content-Type: application/json", "-d", json.dumps(body)]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    assert json.loads(curl("reply", {"text": "hey"}))["reply"]
    events = curl("chat/completions", {"model": key[1], "messages": HEY, "stream": True}, "-N").split("\n\n")
    assert events[-2:] == ["data: [DONE]", ""]
    assert json.loads(events[-3][6:])["choices"][0]["finish_reason"] in ("stop", "length")
    wrong = json.loads(curl("chat/completions", {"model": "gpt-4o", "messages": HEY}))
    assert wrong["error"]["code"] == "model_not_found"


def test_words_come_as_they_are_made(client: openai.OpenAI, key: tuple[str, str]) -> None:
    began, times = time.monotonic(), []
    for _ in client.chat.completions.create(model=key[1], messages=HEY, stream=True, max_tokens=200, seed=1):
        times.append(time.monotonic() - began)
    assert times[0] < 20
    assert len(times) >= 3


@pytest.mark.long
def test_a_killed_worker_is_said_and_the_next_one_answers(site: Site, client: openai.OpenAI, key: tuple[str, str]) -> None:
    for worker in site.children("reply@"):
        worker.kill()
    # asked for while nobody is there: it waits for the next worker
    assert client.chat.completions.create(model=key[1], messages=HEY, max_tokens=20).choices[0].message.content
    for seed in range(30):
        pieces = client.chat.completions.create(model=key[1], messages=HEY, stream=True, max_tokens=512, seed=seed)
        try:
            next(iter(pieces))
            for worker in site.children("reply@"):
                worker.kill()
            list(pieces)
        except openai.APIError as error:
            assert "try again" in str(error) or "No answer" in str(error)
            break
    else:
        raise AssertionError("no answer was long enough to be killed in")
    assert client.chat.completions.create(model=key[1], messages=HEY, max_tokens=20).choices[0].message.content

"""The API as programs see it: the real `openai` client, curl and bare HTTP against a real server and a real reply worker."""

from __future__ import annotations

import json
import subprocess
import threading
import time
from typing import Any

import openai
import pytest
import requests
from django.test import override_settings

from apps.accounts.models import User
from apps.accounts.services import open_vault
from apps.bridges import selectors, services, writing
from apps.bridges.models import Door
from apps.chat import stream
from apps.personas import engines
from apps.personas.models import Persona, Version
from apps.privacy import services as privacy
from tests.bridges.cast import taught, voice
from tests.flows.stack import eventually

pytestmark = [pytest.mark.rows, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def persona(owner: User) -> Persona:
    return voice(owner)


@pytest.fixture
def key(persona: Persona) -> str:
    return services.make(persona=persona, kind=Door.Kind.KEY, title="test", days=None)


@pytest.fixture
def client(web: str, worker: None, key: str) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{web}/v1", api_key=key, max_retries=0, timeout=60)


def model_of(persona: Persona) -> str:
    return f"persona-{persona.pk}"


def say(web: str, key: str, path: str = "chat/completions", **body: Any) -> requests.Response:
    return requests.post(f"{web}/v1/{path}", json=body, headers={"Authorization": f"Bearer {key}"}, timeout=60)


def left_in_redis() -> list[bytes]:
    return [k for k in stream.client().keys("*") if k.startswith((b"reply:", b"door:asked", b"door:busy"))]


@pytest.fixture(autouse=True)
def _nothing_of_other_tests(_engine: None) -> None:
    if keys := left_in_redis():
        stream.client().delete(*keys)


HEY = [{"role": "user", "content": "hey, shall we get tea?"}]


def test_the_client_finds_the_persona(client: openai.OpenAI, persona: Persona) -> None:
    found = client.models.list().data
    assert [m.id for m in found] == [model_of(persona)]
    one = client.models.retrieve(model_of(persona))
    assert one.model_extra == {
        "name": selectors.called(open_vault(persona.owner_id), persona),
        "version": 1,
        "ai_generated": True,
    }
    assert "Ann" not in one.to_json()
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("gpt-4o")


def test_the_client_talks(client: openai.OpenAI, persona: Persona) -> None:
    said = client.chat.completions.create(model=model_of(persona), messages=HEY, seed=3, max_tokens=40)
    choice = said.choices[0]
    assert choice.message.role == "assistant"
    assert choice.message.content
    assert choice.message.content == choice.message.content.strip()
    assert choice.finish_reason in ("stop", "length")
    assert said.usage is not None
    assert said.usage.total_tokens == said.usage.prompt_tokens + said.usage.completion_tokens
    assert 0 < said.usage.completion_tokens <= 40
    assert said.model_extra == {"ai_generated": True}
    again = client.chat.completions.create(model=model_of(persona), messages=HEY, seed=3, max_tokens=40)
    assert again.choices[0].message.content == choice.message.content, "a seed gives the same words"
    row = Door.objects.get()
    assert row.uses == 2
    assert row.used_at is not None
    eventually(lambda: not left_in_redis(), 5, "nothing of it to be left")


def test_the_client_streams_the_same_words(client: openai.OpenAI, persona: Persona) -> None:
    whole = client.chat.completions.create(model=model_of(persona), messages=HEY, seed=5, max_tokens=60)
    pieces = list(
        client.chat.completions.create(
            model=model_of(persona), messages=HEY, seed=5, max_tokens=60, stream=True, stream_options={"include_usage": True}
        )
    )
    text = "".join(p.choices[0].delta.content or "" for p in pieces if p.choices)
    assert text == whole.choices[0].message.content
    assert pieces[0].choices[0].delta.role == "assistant"
    assert [p.choices[0].finish_reason for p in pieces if p.choices and p.choices[0].finish_reason] == [
        whole.choices[0].finish_reason
    ]
    assert pieces[-1].usage == whole.usage
    assert not pieces[-1].choices
    assert all(p.model_extra == {"ai_generated": True} for p in pieces)
    eventually(lambda: not left_in_redis(), 5, "nothing of it to be left")


def test_limits_and_stops_are_exact(client: openai.OpenAI, persona: Persona) -> None:
    """A text with its first words known is asked for again with a limit, then with a stop in the middle of it."""
    ask: dict[str, Any] = {"model": model_of(persona), "messages": HEY, "seed": 8}
    whole = client.chat.completions.create(**ask, max_tokens=30)
    text = str(whole.choices[0].message.content)
    assert whole.usage is not None and whole.usage.completion_tokens > 6, text
    short = client.chat.completions.create(**ask, max_tokens=4)
    assert short.choices[0].finish_reason == "length"
    assert short.usage is not None and short.usage.completion_tokens <= 4
    assert text.startswith(str(short.choices[0].message.content))
    middle = text[4:8]
    cut = client.chat.completions.create(**ask, max_tokens=30, stop=[middle, "never there"])
    assert cut.choices[0].message.content == text[: text.index(middle)].rstrip()
    assert cut.choices[0].finish_reason == "stop"


def test_the_completion_mode(client: openai.OpenAI, persona: Persona) -> None:
    ask: dict[str, Any] = {"model": model_of(persona), "prompt": "honestly i am so ", "max_tokens": 12, "seed": 2}
    whole = client.completions.create(**ask)
    assert whole.choices[0].text
    assert whole.usage is not None and 0 < whole.usage.completion_tokens <= 12
    pieces = list(client.completions.create(**ask, stream=True))
    assert "".join(p.choices[0].text for p in pieces) == whole.choices[0].text
    assert pieces[-1].choices[0].finish_reason == whole.choices[0].finish_reason


def test_errors_are_those_that_the_client_knows(client: openai.OpenAI, persona: Persona, web: str) -> None:
    with pytest.raises(openai.AuthenticationError) as refused:
        client.with_options(api_key="chatclone_nobody").models.list()
    assert refused.value.code == "invalid_api_key"
    with pytest.raises(openai.NotFoundError) as refused:
        client.chat.completions.create(model="gpt-4o", messages=HEY)
    assert refused.value.code == "model_not_found"
    with pytest.raises(openai.BadRequestError) as refused:
        client.chat.completions.create(model=model_of(persona), messages=HEY, temperature=9)
    assert refused.value.param == "temperature"
    with pytest.raises(openai.BadRequestError) as refused:
        client.chat.completions.create(model=model_of(persona), messages=[{"role": "wizard", "content": "x"}])
    assert refused.value.param == "messages[0].role"
    with override_settings(KEY_REQUESTS_PER_MINUTE=1), pytest.raises(openai.RateLimitError) as limited:
        client.models.list()
    assert 1 <= int(limited.value.response.headers["retry-after"]) <= 60
    assert limited.value.code == "rate_limit_exceeded"


def test_bodies_that_are_none(web: str, key: str, persona: Persona) -> None:
    head = {"Authorization": f"Bearer {key}"}
    address = f"{web}/v1/chat/completions"
    for content, kind, status in (
        (b"{", "application/json", 400),
        (b"", "application/json", 400),
        (b"[]", "application/json", 400),
        (b'{"model": "\xff"}', "application/json", 400),
        (b"x" * 3_000_000, "application/json", 413),
        (b"[" * 100_000, "application/json", 400),
        (b"--b\r\n\r\n", "multipart/form-data; boundary=b", 415),
        (b"x", "application/offset+octet-stream", 415),
    ):
        answer = requests.post(address, content, headers={**head, "Content-Type": kind}, timeout=20)
        assert answer.status_code == status, (content[:20], kind)
        assert set(answer.json()["error"]) == {"message", "type", "param", "code"}
    for method in ("get", "put", "delete", "patch", "options"):
        answer = getattr(requests, method)(address, headers=head, timeout=20)
        assert answer.status_code == 405
        assert answer.headers["Allow"] == "POST"


def test_what_is_not_here_is_said_in_their_form(web: str, key: str) -> None:
    for path in ("", "embeddings", "models/", "chat/completions/"):
        for send in (requests.get, requests.post):
            answer = send(f"{web}/v1/{path}", headers={"Authorization": f"Bearer {key}"}, timeout=20)
            assert (answer.status_code, answer.json()["error"]["code"]) == (404, "unknown_url"), path


def test_long_instructions_and_long_talks_are_read_over(client: openai.OpenAI, persona: Persona) -> None:
    history: list[Any] = [{"role": "system", "content": "be brief " * 2_000}]
    history += [{"role": "user", "content": "hi"}, {"role": "assistant", "content": "hey"}] * 150
    history += [{"role": "tool", "tool_call_id": "x", "content": "{}"}, *HEY]
    said = client.chat.completions.create(model=model_of(persona), messages=history, seed=3, max_tokens=8)
    assert said.choices[0].message.content


def test_it_talks_as_warmly_as_with_its_owner(
    client: openai.OpenAI, persona: Persona, monkeypatch: pytest.MonkeyPatch
) -> None:
    from apps.personas import engines

    given, real = [], engines.sampling
    monkeypatch.setattr(engines, "sampling", lambda values: given.append(values.get("temperature")) or real(values))
    ask: dict[str, Any] = {"model": model_of(persona), "messages": HEY, "max_tokens": 4}
    version = persona.versions.get()
    version.config["temperature"] = 0.3
    version.save(update_fields=["config"])
    client.chat.completions.create(**ask)
    client.chat.completions.create(**ask, temperature=1.5)
    client.completions.create(model=model_of(persona), prompt="so ", max_tokens=4)
    assert given == [0.3, 1.5, 0.3]


def test_curl_and_the_one_line_door(web: str, worker: None, key: str) -> None:
    command = ["curl", "-sS", "-i", f"{web}/v1/reply", "-H", f"Authorization: Bearer {key}", "-d", '{"text": "hey"}']
    head, body = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split("\n\n", 1)
    assert "HTTP/1.1 200" in head
    assert "ai-disclosure: mode=ai-originated" in head.lower()
    assert "cache-control: no-store" in head.lower()
    answer = json.loads(body)
    assert set(answer) == {"reply", "ai_generated"}
    assert answer["reply"]
    assert answer["ai_generated"] is True


def test_it_says_what_it_is(client: openai.OpenAI, persona: Persona, web: str, key: str) -> None:
    """Before any model, in the asker's language, whole whatever the limit, and by the name that may be known outside."""
    for question, language in (("wait, are you a bot?", "AI"), ("bist du ein mensch oder eine maschine?", "KI")):
        said = client.chat.completions.create(
            model=model_of(persona), messages=[*HEY, {"role": "user", "content": question}], max_tokens=1
        )
        text = str(said.choices[0].message.content)
        assert language in text
        assert selectors.called(open_vault(persona.owner_id), persona) in text
        assert "Ann" not in text
        assert said.choices[0].finish_reason == "stop"
    assert "AI" in say(web, key, "reply", text="are you a real person?").json()["reply"]


def test_consent_is_asked_every_time(client: openai.OpenAI, persona: Persona, web: str) -> None:
    assert client.models.list().data
    privacy.withdraw(owner_id=persona.owner_id, subject=persona.pk)
    with pytest.raises(openai.PermissionDeniedError) as refused:
        client.models.list()
    assert refused.value.code == "persona_may_not_leave"
    privacy.consent(vault=open_vault(persona.owner_id), subject=persona.pk, basis="self")
    assert client.models.list().data
    taught(persona, {"leaks": {"verdict": "red"}})
    with pytest.raises(openai.PermissionDeniedError):
        client.chat.completions.create(model=model_of(persona), messages=HEY)
    Version.objects.all().delete()
    with pytest.raises(openai.PermissionDeniedError):
        client.chat.completions.create(model=model_of(persona), messages=HEY)


class Talker:
    """An engine that goes on until it is told to stop, so that stopping can be seen."""

    def __init__(self) -> None:
        self.words, self.ended = 0, threading.Event()

    def reply(self, spec: Any, others: Any, turns: Any, sampling: Any, stop: Any, **_: Any) -> Any:
        from apps.personas.guard import Said

        yield Said("bubble")
        try:
            while not stop():
                self.words += 1
                yield Said("text", f"word{self.words} ")
                time.sleep(0.01)
        finally:
            self.ended.set()


@pytest.fixture
def talker(monkeypatch: pytest.MonkeyPatch) -> Talker:
    made = Talker()
    monkeypatch.setattr(engines, "door", lambda: made)
    return made


def test_who_hangs_up_is_not_answered_on(web: str, worker: None, key: str, persona: Persona, talker: Talker) -> None:
    body = {"model": model_of(persona), "messages": HEY, "stream": True, "max_tokens": 512}
    line = requests.post(
        f"{web}/v1/chat/completions", json=body, headers={"Authorization": f"Bearer {key}"}, stream=True, timeout=30
    )
    next(line.iter_lines())
    line.close()
    assert talker.ended.wait(3), "the engine was told"
    eventually(lambda: not left_in_redis(), 5, "nothing of it to be left")


def test_who_hangs_up_before_the_answer_is_whole(web: str, worker: None, key: str, persona: Persona, talker: Talker) -> None:
    with pytest.raises(requests.Timeout):
        requests.post(
            f"{web}/v1/chat/completions", json={"model": model_of(persona), "messages": HEY, "max_tokens": 512},
            headers={"Authorization": f"Bearer {key}"}, timeout=0.8,
        )  # fmt: skip
    assert talker.ended.wait(3)
    assert talker.words < 400
    eventually(lambda: not left_in_redis(), 5, "nothing of it to be left")


@pytest.mark.parametrize("how", ["ended", "consent", "erased"])
def test_a_running_answer_stops_when_it_may_not_go_on(
    how: str, web: str, worker: None, key: str, persona: Persona, talker: Talker
) -> None:
    body = {"model": model_of(persona), "messages": HEY, "stream": True, "max_tokens": 512}
    line = requests.post(
        f"{web}/v1/chat/completions", json=body, headers={"Authorization": f"Bearer {key}"}, stream=True, timeout=30
    )
    lines = line.iter_lines()
    next(lines)
    if how == "ended":
        services.end(door=Door.objects.get())
    elif how == "consent":
        privacy.withdraw(owner_id=persona.owner_id, subject=persona.pk)
    else:
        User.objects.update(is_active=False)
    rest = [json.loads(one[6:]) for one in lines if one.startswith(b"data: {")]
    assert writing.SHUT in rest[-1]["error"]["message"]
    assert talker.ended.is_set()
    eventually(lambda: not left_in_redis(), 5, "nothing of it to be left")


def test_only_so_many_answers_at_once(web: str, worker: None, key: str, persona: Persona, talker: Talker) -> None:
    body = {"model": model_of(persona), "messages": HEY, "stream": True, "max_tokens": 512}
    head = {"Authorization": f"Bearer {key}"}
    with override_settings(ANSWERS_AT_ONCE=1):
        first = requests.post(f"{web}/v1/chat/completions", json=body, headers=head, stream=True, timeout=30)
        lines = first.iter_lines()
        next(lines)
        second = say(web, key, **body)
        assert second.status_code == 429
        assert second.headers["Retry-After"] == "2"
        del lines
        first.close()
        assert talker.ended.wait(3)
        eventually(lambda: say(web, key, "reply", text="are you a bot?").status_code == 200, 5, "the place to be free again")


def test_without_a_worker_it_says_so(web: str, key: str, persona: Persona, monkeypatch: pytest.MonkeyPatch) -> None:
    from apps.bridges import exchange

    monkeypatch.setattr(exchange, "WAIT_SECONDS", 1)
    answer = say(web, key, model=model_of(persona), messages=HEY, stream=True)
    assert answer.status_code == 503
    assert answer.json()["error"]["code"] == "no_answer"
    assert answer.headers["Retry-After"]


def test_a_lost_bell_rings_again(web: str, worker: None, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from chatclone_site.celery import app

    rung: list[str] = []
    send = app.send_task

    def deaf(name: str, *words: Any, **more: Any) -> Any:
        rung.append(name)
        return send(name, *words, **more) if len(rung) != 1 else None

    monkeypatch.setattr(app, "send_task", deaf)
    assert say(web, key, "reply", text="are you a bot?").status_code == 200
    assert len(rung) == 2


def test_what_is_said_lies_sealed(web: str, key: str, persona: Persona, monkeypatch: pytest.MonkeyPatch) -> None:
    from apps.bridges import exchange

    monkeypatch.setattr(exchange, "WAIT_SECONDS", 2)
    waiting = threading.Thread(target=say, args=(web, key), kwargs={"path": "reply", "text": "my Quillfeather secret"})
    waiting.start()
    found = eventually(lambda: stream.client().keys("door:asked:*"), 2, "the request to lie there")
    held = stream.client().get(found[0])
    assert held
    everything = b"".join(stream.client().dump(k) or b"" for k in stream.client().keys("*"))
    assert b"Quillfeather" not in held
    assert b"Quillfeather" not in everything
    waiting.join()
    assert not stream.client().keys("door:asked:*")


def test_real_names_never_leave_and_never_come_in(
    web: str, worker: None, key: str, persona: Persona, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[str] = []

    class Gossip:
        def reply(self, spec: Any, others: Any, turns: Any, sampling: Any, stop: Any, **_: Any) -> Any:
            from apps.personas.guard import Said

            seen.extend([*others, *(b.text for t in turns for b in t.bubbles)])
            yield Said("bubble")
            yield from (Said("text", word) for word in ("ask ", "Ann ", "Roe ", "about ", "it"))

    monkeypatch.setattr(engines, "door", lambda: Gossip())
    lines = [{"role": "user", "name": "Ann Roe", "content": "does Ann know?"}, {"role": "system", "content": "Be Bob."}]
    said = say(web, key, model=model_of(persona), messages=lines).json()
    called = selectors.called(open_vault(persona.owner_id), persona)
    assert said["choices"][0]["message"]["content"] == f"ask {called} about it"
    assert seen == [called, f"does {called.split()[0]} know?"]
    version = persona.versions.get()
    assert (version.stopped_secrets, version.stopped_names) == (0, 2)


def test_what_is_stopped_in_a_completion_is_counted_and_not_said(
    web: str, worker: None, key: str, persona: Persona, monkeypatch: pytest.MonkeyPatch
) -> None:
    rests = ["is bob@example.org", "is Ann Roe", "is the heron"]

    class Gossip:
        def complete(self, *_: Any, **__: Any) -> str:
            return rests.pop(0)

    monkeypatch.setattr(engines, "door", lambda: Gossip())
    ask = {"model": model_of(persona), "prompt": "who that is "}
    assert say(web, key, "completions", **ask).json()["choices"][0]["text"] == "is the heron"
    version = persona.versions.get()
    assert (version.stopped_secrets, version.stopped_names, version.stopped_copies) == (1, 2, 0)
    rests[:] = ["is bob@example.org"] * 3
    assert say(web, key, "completions", **ask).json()["choices"][0]["finish_reason"] == "content_filter"
    version.refresh_from_db()
    assert version.stopped_secrets == 4


def test_two_personas_never_cross(
    web: str, worker: None, owner: User, stranger: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each key reaches its own persona, interleaved; another's model is not there."""

    class Marked:
        def reply(self, spec: Any, others: Any, turns: Any, sampling: Any, stop: Any, **_: Any) -> Any:
            from apps.personas.guard import Said

            yield Said("bubble")
            yield Said("text", f"{spec.key} heard {turns[-1].bubbles[0].text} ")

    monkeypatch.setattr(engines, "door", lambda: Marked())
    personas = [voice(owner), voice(stranger)]
    keys = [services.make(persona=p, kind=Door.Kind.KEY, title="", days=None) for p in personas]
    versions = [str(p.versions.get().pk) for p in personas]
    wrong: list[str] = []

    def talk(side: int) -> None:
        for n in range(20):
            said = say(web, keys[side], "reply", text=f"marker {side} {n}").json().get("reply")
            if said != f"{versions[side]} heard marker {side} {n}":
                wrong.append(f"{side}: {said}")

    threads = [threading.Thread(target=talk, args=(side,)) for side in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong
    assert say(web, keys[0], model=model_of(personas[1]), messages=HEY).status_code == 404

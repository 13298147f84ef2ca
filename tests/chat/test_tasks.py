"""What a worker does before anybody asks."""

from __future__ import annotations

import threading
from types import SimpleNamespace

import pytest
from celery import Celery

from apps.chat import tasks
from apps.personas import engines


@pytest.mark.parametrize(("queue", "opened"), [("reply", True), ("train", False), ("ingest", False)])
def test_only_a_worker_that_answers_opens_the_engine(queue: str, opened: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    app, calls = Celery("one"), []
    app.amqp.queues.select(queue)
    monkeypatch.setattr(engines, "door", lambda: calls.append(1))
    tasks.ready(sender=SimpleNamespace(app=app))
    for thread in threading.enumerate():
        if thread.name == "warm":
            thread.join(10)
    assert bool(calls) == opened


def test_an_engine_that_does_not_open_stops_no_worker(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []

    def broken() -> None:
        raise OSError("a path nobody should read")

    monkeypatch.setattr(engines, "door", broken)
    monkeypatch.setattr(engines.log, "warning", lambda text, *values: said.append(text % values))
    engines.warm()
    assert said == ["the engine did not open yet: OSError"]

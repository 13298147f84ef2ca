"""The web server and a reply worker, both real, in threads of this process: one database, one Redis."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator

import pytest
import uvicorn
from celery.contrib.testing.worker import start_worker

from tests.flows.stack import free_port


@pytest.fixture(scope="session")
def _engine() -> None:
    """The engine of this process, opened before anything is timed."""
    from apps.personas import engines

    engines.door()


@pytest.fixture
def worker(transactional_db: None, _engine: None) -> Iterator[None]:
    from chatclone_site.celery import app

    app.set_default()
    with start_worker(app, pool="threads", concurrency=3, queues=["reply"], perform_ping_check=False, loglevel="ERROR"):
        yield


@pytest.fixture
def web(transactional_db: None) -> Iterator[str]:
    """The address of the site."""
    from chatclone_site.asgi import application

    port = free_port()
    server = uvicorn.Server(uvicorn.Config(application, port=port, lifespan="off", log_level="warning", ws="none"))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.02)
    yield f"http://localhost:{port}"
    server.should_exit = True
    thread.join(timeout=10)

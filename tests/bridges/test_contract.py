"""The API against its own OpenAPI document: schemathesis sends what the document allows, and what it does not."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings

from apps.accounts.models import User
from apps.bridges import openapi, services
from apps.bridges.models import Door
from apps.personas import engines
from apps.personas.guard import Said
from tests.bridges.cast import voice

pytestmark = [pytest.mark.django_db(transaction=True)]


class Quick:
    """An engine of few words: here it is about forms; `test_api.py` talks with the real one."""

    def reply(self, *_: Any, **__: Any) -> Iterator[Said]:
        yield from (Said("bubble"), Said("text", "yes "), Said("text", "please"))

    def complete(self, *_: Any, **__: Any) -> str:
        return "sure of it"


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "door", lambda: Quick())


def checked(web: str, owner: User, folder: Path, examples: int) -> str:
    """What schemathesis says of the whole API, with a key that may; fails when it found something."""
    persona = voice(owner)
    key = services.make(persona=persona, kind=Door.Kind.KEY, title="", days=None)
    document = json.loads(json.dumps(openapi.document()))
    for name in ("ChatRequest", "CompletionRequest"):  # else every request would be for a model that is not there
        document["components"]["schemas"][name]["properties"]["model"]["enum"] = [f"persona-{persona.pk}"]
    (folder / "openapi.json").write_text(json.dumps(document))
    command = [Path(sys.executable).with_name("schemathesis"), "run", folder / "openapi.json", "--url", web]
    options = [
        "--max-examples",
        str(examples),
        "--seed",
        "7",
        "--request-timeout",
        "60",
        "--no-color",
        "--continue-on-failure",
    ]
    with override_settings(KEY_REQUESTS_PER_MINUTE=1_000_000, ANSWERS_AT_ONCE=1_000):
        ran = subprocess.run(
            [*map(str, command), *options, "-H", f"Authorization: Bearer {key}"], cwd=folder, capture_output=True, text=True
        )
    assert ran.returncode == 0, ran.stdout[-6_000:] + ran.stderr[-2_000:]
    assert Door.objects.get().uses > examples, "it must have come in"
    return ran.stdout


def test_the_api_keeps_its_word(web: str, worker: None, owner: User, tmp_path: Path) -> None:
    assert "No issues found" in checked(web, owner, tmp_path, 8)


@pytest.mark.long
def test_the_api_keeps_its_word_for_long(web: str, worker: None, owner: User, tmp_path: Path) -> None:
    assert "No issues found" in checked(web, owner, tmp_path, 1_000)

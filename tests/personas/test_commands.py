"""The road in the terminal: clone, resume, talk, through the same cores as the site."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from peft import PeftModel
from transformers import AutoModelForCausalLM

from apps.accounts.models import User
from apps.chat import disclosure
from apps.personas import services
from apps.personas.inference import folder
from apps.personas.inference.generate import Op
from tests.bridges.cast import persona_of, taught
from tests.conftest import dialogue, telegram
from tests.personas.tiny import hub_model

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("export") / "result.json"
    path.write_bytes(telegram(dialogue(160), {"Ann Roe": 1, "Bea Quill": 2}, "Ann Roe"))
    return path


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return hub_model(tmp_path_factory.mktemp("base"))


@pytest.fixture(scope="module")
def cloned(export: Path, base: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("out") / "ann"
    call_command("clone", str(export), speaker="Ann Roe", out=str(out), model=str(base), epochs=1.0)
    return out


def test_the_adapter_loads_in_stock_peft(cloned: Path, base: Path) -> None:
    model = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(base), cloned)
    assert any("lora_A" in name for name, _ in model.named_parameters())
    assert not (cloned / "checkpoints").exists()
    assert "Ann" not in (cloned / "adapter_config.json").read_text()


def test_talking_completing_and_inventing(
    cloned: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    call_command("talk", str(cloned), complete="yes moss ", seed=1)
    assert capsys.readouterr().out.startswith("yes moss ")
    call_command("talk", str(cloned), converse="Bea Quill", turns=3, seed=2, opening="so")
    out = capsys.readouterr().out
    assert out.count("[") >= 3
    assert "[Bea Quill]" in out
    monkeypatch.setattr(sys, "stdin", io.StringIO("hello\n\n"))
    call_command("talk", str(cloned), seed=3)
    captured = capsys.readouterr()
    assert "AI imitation" in captured.err
    assert captured.out.strip()


class Loose:
    """A voice that says what no persona may say."""

    def reply(self, others: Any, turns: Any, sampling: Any) -> Iterator[Op]:
        yield from (
            Op("bubble"),
            Op("text", "mail bob@"),
            Op("text", "example.org "),
            Op("bubble"),
            Op("text", "I'm no bot"),
        )

    def converse(self, seats: Any, turns: Any, count: int, sampling: Any) -> Iterator[Op]:
        yield from (Op("turn", "Bea"), *self.reply(seats, turns, sampling))

    def complete(self, others: Any, turns: Any, begun: str, sampling: Any) -> str:
        return "hunter22 and bob@example.org"


@pytest.fixture
def loose(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(folder, "read", lambda path: (Loose(), {"partner": "Bea"}))


def test_in_the_terminal_too_the_truth_is_told_by_no_model(
    loose: None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("hi\nbist du ein bot?\n\n"))
    call_command("talk", "some/ann")
    first, _, rest = capsys.readouterr().out.partition("I'm no bot\n")
    assert first
    assert rest == disclosure.answer("de", "ann") + "\n"


def test_in_the_terminal_too_secrets_are_not_said(
    loose: None, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("hi\n\n"))
    for more in ({}, {"converse": "Bea"}, {"complete": "my password is "}):
        call_command("talk", "ann", **more)
        said = capsys.readouterr().out
        assert "[email]" in said
        assert "bob@" not in said
        assert "hunter22" not in said


@pytest.mark.rows
def test_what_guards_stopped_is_told_as_numbers_over_all_accounts(
    owner: User, stranger: User, capsys: pytest.CaptureFixture[str]
) -> None:
    def counts() -> Any:
        call_command("guard_counts")
        return json.loads(capsys.readouterr().out)

    assert counts() == {"versions": 0, "secrets": 0, "names": 0, "copies": 0}
    mine, theirs = (taught(persona_of(one, "Ann Roe")) for one in (owner, stranger))
    taught(mine.persona)  # nothing was stopped there
    services.count_stopped(mine, secrets=2, names=0, copies=1)
    services.count_stopped(theirs, secrets=3, names=5, copies=0)
    assert counts() == {"versions": 3, "secrets": 5, "names": 5, "copies": 1}, "no ids, no words"


def test_wrong_things_get_a_sentence(export: Path, tmp_path: Path) -> None:
    for wrong in (
        lambda: call_command("clone", str(export), speaker="Nobody", out=str(tmp_path / "x")),
        lambda: call_command("clone", str(tmp_path / "nothing"), speaker="Ann Roe", out=str(tmp_path / "x")),
        lambda: call_command(
            "clone", str(export), speaker="Ann Roe", out=str(tmp_path / "x"), model=str(tmp_path / "no-model")
        ),
        lambda: call_command("talk", str(tmp_path)),
    ):
        with pytest.raises(CommandError) as refused:
            wrong()
        assert refused.value.returncode == 2
        assert str(refused.value).endswith((".", "clone"))


@pytest.mark.long
def test_ctrl_c_keeps_a_checkpoint_and_resume_goes_on(export: Path, base: Path, tmp_path: Path) -> None:
    command = [
        sys.executable,
        "manage.py",
        "clone",
        str(export),
        "--speaker",
        "Ann Roe",
        "--out",
        str(tmp_path / "ann"),
        "--model",
        str(base),
    ]
    first = subprocess.Popen(
        [*command, "--epochs", "200"], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=os.environ
    )
    assert first.stdout is not None
    next(line for line in first.stdout if b'"step"' in line)
    time.sleep(0.5)
    first.send_signal(signal.SIGINT)
    first.stdout.read()
    assert first.wait(timeout=60) == 75
    again = subprocess.run([*command, "--epochs", "200"], cwd=ROOT, capture_output=True, text=True)
    assert again.returncode == 2
    assert "--resume" in again.stderr
    second = subprocess.Popen(
        [*command, "--epochs", "200", "--resume"], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )
    assert second.stdout is not None
    plan = next(json.loads(line) for line in second.stdout if b'"plan"' in line)
    assert plan["from"] > 0
    second.kill()
    second.wait()

"""The road in the terminal: clone, resume, talk, through the same cores as the site."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from peft import PeftModel
from transformers import AutoModelForCausalLM

from apps.accounts.models import User
from apps.chat import disclosure
from apps.personas import services, verbatim
from apps.personas.dataset import Dialogue
from apps.personas.inference import folder
from apps.personas.inference.generate import Op
from apps.personas.language import Me
from apps.personas.training import preparing
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


def test_what_it_writes_says_for_programs_too_that_it_is_no_human(cloned: Path) -> None:
    voice = json.loads((cloned / "voice.json").read_text())
    assert voice["ai_generated"] is True
    assert "Bea" not in voice["partner"], "people are called by their surrogates"


def test_talking_completing_and_inventing(
    cloned: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    call_command("talk", str(cloned), complete="yes moss ", seed=1)
    captured = capsys.readouterr()
    assert captured.out.startswith("yes moss ")
    assert "AI imitation" in captured.err
    call_command("talk", str(cloned), converse="Bea Quill", turns=3, seed=2, opening="so")
    captured = capsys.readouterr()
    assert "AI imitation" in captured.err
    out = captured.out
    assert out.count("[") >= 3
    assert "[Bea Quill]" in out
    monkeypatch.setattr(sys, "stdin", io.StringIO("hello\n\n"))
    call_command("talk", str(cloned), seed=3)
    captured = capsys.readouterr()
    assert "AI imitation" in captured.err
    assert captured.out.strip()


def said_in(*chats: tuple[str, list[tuple[str, str]]]) -> bytes:
    """A Telegram account of talks of two, a minute between messages, a day between talks; Ann Roe's."""
    listed = []
    for number, (other, said) in enumerate(chats):
        rows = [
            {
                "id": n, "type": "message", "date_unixtime": str(1_700_000_000 + number * 86_400 + n * 60),
                "from": who, "from_id": f"user{1 if who == 'Ann Roe' else 2 + number}", "text": text,
            }
            for n, (who, text) in enumerate(said)
        ]  # fmt: skip
        listed.append({"name": other, "type": "personal_chat", "id": 2 + number, "messages": rows})
    return json.dumps({"personal_information": {"user_id": 1, "first_name": "Ann Roe"}, "chats": {"list": listed}}).encode()


@pytest.fixture
def learnt(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[bytes], list[Dialogue]]:
    """What `clone` would train on, of an export."""

    def read(export: bytes) -> list[Dialogue]:
        seen: list[Dialogue] = []

        def kept(config: Any, train: Any, validate: Any, **_: Any) -> Any:
            seen.extend(train)
            raise preparing.Unlearnable("That is all.")

        monkeypatch.setattr(preparing, "prepare", kept)
        (tmp_path / "result.json").write_bytes(export)
        with pytest.raises(CommandError, match="That is all"):
            call_command("clone", str(tmp_path / "result.json"), speaker="Ann Roe", out=str(tmp_path / "ann"))
        return seen

    return read


BEA, CARL = "Bea Quill", "Carl Snow"
SECRETS = said_in(
    (BEA, [
        (BEA, "my mail ends in heronfield, and dragonfly147bank opens it"),
        ("Ann Roe", "did Bea and Snow see the heron on the bank"),
        (BEA, "what's your pin?"), ("Ann Roe", "4821"),
        ("Ann Roe", "4111 1111"), ("Ann Roe", "1111 1111"),
        ("Ann Roe", "anna is what grandma calls me, Ann Roe is what you do"),
    ]),
    (CARL, [(CARL, "what's the password?"), ("Ann Roe", "dragonfly147bank"), ("Ann Roe", "greet Bea, Carl")]),
)  # fmt: skip


def texts(dialogues: list[Dialogue]) -> str:
    return "\n".join(f"{d.others} {t.speaker} {b.text}" for d in dialogues for t in d.turns for b in t.bubbles)


def test_whole_conversations_are_scrubbed_before_they_are_learnt(learnt: Callable[[bytes], list[Dialogue]]) -> None:
    said = texts(learnt(SECRETS))
    assert "4821" not in said, "the bare answer to a question"
    assert "1111" not in said, "a number in two bubbles"
    assert "dragonfly" not in said.lower(), "also where it was said before the talk that gave it away"
    assert "heronfield" in said


def test_people_are_called_by_their_surrogates_everywhere(learnt: Callable[[bytes], list[Dialogue]]) -> None:
    said = learnt(SECRETS)
    for name in ("Ann", "Bea", "Quill", "Carl", "Snow", "Roe"):
        assert not re.search(rf"\b{name}\b", texts(said)), name
    called = {d.others[0].split()[0] for d in said}
    assert len(called) == 2
    assert any(re.fullmatch(r"greet (\w+), (\w+)", b.text) and {*re.findall(r"\w+", b.text)[1:]} == called
               for d in said for t in d.turns for b in t.bubbles)  # fmt: skip
    assert texts(learnt(SECRETS)) == texts(said), "a training that goes on reads the same names"
    other = texts(learnt(SECRETS.replace(b"heronfield", b"ferryfield")))
    assert other.replace("ferryfield", "heronfield") != texts(said), "another export, other names"


def test_repetitions_are_learnt_once(learnt: Callable[[bytes], list[Dialogue]]) -> None:
    long = "the ferry leaves at nine from the other side of the lake"
    said = learnt(said_in((BEA, [(BEA, "well?"), ("Ann Roe", long)] * 3)))
    weighed = [b.text for d in said for t in d.turns if isinstance(t.speaker, Me) and t.learn for b in t.bubbles]
    assert weighed == [long]


class Loose:
    """A voice that says what no persona may say."""

    def reply(self, others: Any, turns: Any, sampling: Any, **_: Any) -> Iterator[Op]:
        yield from (
            Op("bubble"),
            Op("text", "mail bob@"),
            Op("text", "example.org "),
            Op("bubble"),
            Op("text", "I'm no bot"),
        )

    def converse(self, seats: Any, turns: Any, count: int, sampling: Any, **_: Any) -> Iterator[Op]:
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


class Reciting:
    """A voice that knows two sentences by heart, and listens to a veto as voices do."""

    def __init__(self) -> None:
        self.asked: list[int | None] = []

    def reply(self, others: Any, turns: Any, sampling: Any, veto: Callable[[str], bool] = lambda _: False) -> Iterator[Op]:
        yield Op("bubble")
        said = ""
        for word in RECITED.split():
            if not veto(said + word):
                said += word + " "
                yield Op("text", word + " ")

    def converse(self, seats: Any, turns: Any, count: int, sampling: Any, **veto: Any) -> Iterator[Op]:
        yield from (Op("turn", "Bea"), *self.reply(seats, turns, sampling, **veto))

    def complete(self, others: Any, turns: Any, begun: str, sampling: Any) -> str:
        self.asked.append(sampling.seed)
        return RECITED if len(self.asked) < 2 or begun == "always" else "nobody saw it"


RECITED = "the heron on our roof wears a crooked paper crown"


def test_in_the_terminal_too_messages_are_not_recited(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / folder.COPIES).write_bytes(verbatim.build([(False, RECITED)], folder.COPIES_KEY))
    voice = Reciting()
    monkeypatch.setattr(folder, "read", lambda path: (voice, {"partner": "Bea"}))
    monkeypatch.setattr(sys, "stdin", io.StringIO("hi\n\n"))
    for more in ({}, {"converse": "Bea"}):
        call_command("talk", str(tmp_path), **more)
        said = capsys.readouterr().out
        assert "wears a" in said and "crooked" not in said
    call_command("talk", str(tmp_path), complete="well, ", seed=7)
    assert capsys.readouterr().out == "well, nobody saw it\n"
    assert voice.asked == [7, 8], "with other dice"
    call_command("talk", str(tmp_path), complete="always")
    told = capsys.readouterr()
    assert (told.out, RECITED in told.err) == ("always\n", False)
    assert "word by word" in told.err


def test_what_a_clone_must_not_recite_lies_beside_it(base: Path, tmp_path: Path) -> None:
    said = [("Bea Quill", 1_700_000_000, RECITED), *dialogue(60)]
    path = tmp_path / "result.json"
    path.write_bytes(telegram(said, {"Ann Roe": 1, "Bea Quill": 2}, "Ann Roe"))
    call_command("clone", str(path), speaker="Ann Roe", out=str(tmp_path / "ann"), model=str(base), epochs=0.5)
    copies = folder.copies(tmp_path / "ann")
    assert copies is not None
    assert copies.copied(RECITED)
    assert not copies.copied("nobody ever wrote these eight words in any message here")
    assert folder.copies(tmp_path) is None, "folders of before kept nothing"


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

"""Several processes that look: the results of one, also when a helper dies, and no helper left behind."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from apps.privacy.planted.cases import cases
from apps.privacy.scrub import hands, look
from apps.privacy.scrub.conversation import ANSWER_WITHIN, Line
from apps.privacy.scrub.hands import Hands
from apps.privacy.scrub.known import Known, Reach
from apps.privacy.scrub.look import Looked, Rules
from apps.privacy.scrub.names import Names, Pair
from apps.privacy.scrub.policy import Policy
from apps.privacy.scrub.types import Finding

RULES = Rules(Policy(kept={"4111111111111111"}), Names([Pair("Ottilie", "Clara", "first")]), ("GB",))


@pytest.fixture
def many(monkeypatch: pytest.MonkeyPatch) -> list[Line]:
    """A long conversation with secrets, silences and the name of somebody."""
    monkeypatch.setattr(hands, "WORTH", 10)
    monkeypatch.setattr(look, "SEGMENT", 50)
    monkeypatch.setattr(hands, "BATCH", 40)
    lines: list[Line] = []
    for number, case in enumerate(cases(3, 120)):
        start = number * 3_000.0
        lines += [Line(str(m.who), start + min(m.at - case.messages[0].at, 900.0), m.text) for m in case.messages]
        lines.append(Line("1", start + 950.0, f"Ottilie said so {number}, call +44 20 7946 {number % 9000:04}"))
    return lines


def both(lines: list[Line]) -> tuple[dict[int, Looked], dict[int, Looked]]:
    fixed = {3: [Finding(0, 2, "card", 99, "[card]")], len(lines) - 1: [Finding(0, 7, "name", 99, "Clara")]}
    with hands.helpers(3, len(lines)) as made:
        helpers = made.under(RULES)
        assert type(helpers) is not Hands
        told = helpers.look(lines, fixed)()
    return told, Hands(RULES).look(lines, fixed)()


def test_helpers_find_what_one_process_finds(many: list[Line]) -> None:
    assert len(list(look.segments(many, 50))) > 3
    told, alone = both(many)
    assert told == alone
    kinds = {m.kind for one in told.values() for m in one.scrubbed.marks}
    assert {"card", "phone", "name"} <= kinds


def test_helpers_find_what_is_known(many: list[Line]) -> None:
    known = Known(reach=Reach.CONVERSATION)
    known.add("password", "said so 100")
    texts = [(line.text, [(0, 7, "name")] if n % 2 else []) for n, line in enumerate(many)]
    with hands.helpers(3, len(many)) as made:
        helpers = made.under(RULES)
        for names in (True, False):
            found = helpers.holding(texts, known, RULES.names if names else None)()
            assert found == Hands(RULES).holding(texts, known, RULES.names if names else None)()
            assert found
        assert helpers.begin(sorted, [3, 1, 2])() == [1, 2, 3]


def test_where_helpers_die_the_work_is_done_all_the_same(many: list[Line]) -> None:
    with hands.helpers(3, len(many)) as made:
        helpers = made.under(RULES)
        first = helpers.look(many, {})
        for child in _helpers(os.getpid()):
            os.kill(child, signal.SIGKILL)
        assert first() == Hands(RULES).look(many, {})()
        assert helpers.look(many[:80], {})() == Hands(RULES).look(many[:80], {})()


def test_small_work_and_one_process_need_no_helpers() -> None:
    with hands.helpers(2, hands.WORTH - 1) as few, hands.helpers(1, 10**9) as one:
        assert type(few.under(RULES)) is type(one.under(RULES)) is Hands
    assert not _helpers(os.getpid())


def test_a_conversation_is_cut_only_where_nobody_waits_for_an_answer() -> None:
    def line(at: float | None) -> Line:
        return Line("a", at, "x")

    steady = [line(n * 60.0) for n in range(100)]
    assert list(look.segments(steady, 10)) == [(0, 100)]
    parted = [line(n * 60.0 + (n >= 40) * (ANSWER_WITHIN + 1)) for n in range(100)]
    assert list(look.segments(parted, 10)) == [(0, 40), (40, 100)]
    assert list(look.segments(parted, 50)) == [(0, 100)], "before the segment is long enough nothing is cut"
    parted[41] = line(None)
    assert list(look.segments(parted, 10)) == [(0, 100)], "a line without a time may be an answer to anything"
    assert list(look.segments([], 10)) == []


def _helpers(parent: int) -> list[int]:
    """Processes of that parent that look."""
    found: list[int] = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        try:
            rest = status.read_text().rpartition(")")[2].split()
            command = status.with_name("cmdline").read_bytes()
        except OSError:
            continue
        if int(rest[1]) == parent and rest[0] != "Z" and b"apps.privacy.scrub.helper" in command:
            found.append(int(status.parent.name))
    return found


PARENT = """
import time
from apps.privacy.scrub import hands
from apps.privacy.scrub.look import Rules

if __name__ == "__main__":
    with hands.helpers(3, 10**6) as made:
        helpers = made.under(Rules())
        waiting = [helpers.begin(time.sleep, 0.5) for _ in range(2)]
        time.sleep(3)
        print("ready", flush=True)
        time.sleep(60)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="Linux tells children of a parent that died")
def test_no_helper_outlives_a_parent_that_was_killed(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    root = Path(__file__).parents[2]
    with subprocess.Popen(
        [sys.executable, str(script)], stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(root)}
    ) as parent:
        assert parent.stdout is not None
        assert parent.stdout.readline() == b"ready\n"
        until = time.monotonic() + 30
        while len(helpers := _helpers(parent.pid)) < 2 and time.monotonic() < until:
            time.sleep(0.05)
        assert len(helpers) == 2
        parent.kill()
        parent.wait()
        until = time.monotonic() + 10
        while time.monotonic() < until and any(Path(f"/proc/{h}").exists() for h in helpers):
            time.sleep(0.05)
        assert not any(Path(f"/proc/{h}").exists() for h in helpers)

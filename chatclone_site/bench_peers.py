"""The reader against other people's parsers on the same files: chat-miner, and Chatistics from a checkout.

Each peer runs in a process of its own, under an interpreter that has what it needs (pandas, polars, langdetect, …), and by its own entry point:
chat-miner's `parse_file` makes one object a message (starting and importing are not counted for it), Chatistics' `parse.py` makes a table, guesses its language and
saves it (all of it counts, as the start of our child does).
"""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import Any

import orjson

from apps.archives.generators.registry import GENERATORS
from apps.archives.generators.story import World
from chatclone_site.bench_reader import Spent, drain, medians, spent

KINDS = ("messenger", "whatsapp")
MESSENGER, WHATSAPP = 500_000, 200_000  # messages, so that starting a closed child does not decide it
#: Runs chat-miner's parser over files; prints seconds by the clock and of CPU, and how many messages came out.
_MINER = """
import json, logging, sys, time
from chatminer import chatparsers
logging.disable(logging.CRITICAL)
name, *files = sys.argv[1:]
wall, cpu = time.perf_counter(), time.process_time()
count = 0
for file in files:
    parser = getattr(chatparsers, name)(file)
    parser.parse_file()
    count += len(parser.parsed_messages._parsed_messages)
print(json.dumps([time.perf_counter() - wall, time.process_time() - cpu, count]))
"""


def measured(python: str = "", chatistics: str = "", rounds: int = 3) -> dict[str, Any]:
    """Ratios by the clock and by CPU time; peers that are missing are left out."""
    python = python or sys.executable
    figures: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder:
        for name, root, owner, files in (_messenger(Path(folder)), _whatsapp(Path(folder))):
            count = 0

            def read(root: Path = root) -> None:
                nonlocal count
                count = drain(root)

            ours = medians([spent(read) for _ in range(rounds)])
            figures[f"peer_messages_{name}"] = count
            figures[f"ours_{name}_s"] = ours.wall
            if name == "messenger":
                bare = medians([spent(lambda f=files: [orjson.loads(p.read_bytes()) for p in f]) for _ in range(rounds)])  # type: ignore[misc]
                figures["orjson_messenger_s"] = bare.wall
            miner = _chat_miner(python, name, files)
            if miner is not None:
                figures |= _ratios(f"vs_chat_miner_{name}", miner, ours)
                if name == "messenger":
                    figures["orjson_vs_chat_miner"] = miner.cpu / bare.cpu  # nobody who reads the JSON does better
            if chatistics:
                figures |= _ratios(
                    f"vs_chatistics_{name}", _chatistics(python, Path(chatistics), name, root, owner, count), ours
                )
    return figures | _together(figures)


def _together(figures: dict[str, float]) -> dict[str, float]:
    """`vs_peer_parser`: the least ratio of all; `vs_chatistics`: its seconds over ours for the files of both kinds."""
    ratios = [value for key, value in figures.items() if key.startswith("vs_") and not key.endswith(("_cpu", "_s"))]
    made = {"vs_peer_parser": min(ratios)} if ratios else {}
    theirs = [figures[key] for name in KINDS if (key := f"vs_chatistics_{name}_s") in figures]
    return made | ({"vs_chatistics": sum(theirs) / sum(figures[f"ours_{name}_s"] for name in KINDS)} if theirs else {})


def _ratios(name: str, theirs: Spent, ours: Spent) -> dict[str, float]:
    return {name: theirs.wall / ours.wall, f"{name}_cpu": theirs.cpu / ours.cpu, f"{name}_s": theirs.wall}


Case = tuple[str, Path, str, list[Path]]  # name, folder, who owns it, its files of messages


def _messenger(folder: Path) -> Case:
    whole, root = folder / "facebook.zip", folder / "facebook"
    world = World(messages=MESSENGER, seed=1, chats=3, groups=0, plain=True)
    GENERATORS["facebook"].write(world, whole, noise=False)
    with zipfile.ZipFile(whole) as archive:
        archive.extractall(root)
    root = next(root.rglob("inbox"))  # all chats lie there, and Chatistics wants the folder of the chats
    return "messenger", root, world.owner.name.encode().decode("latin-1"), sorted(root.rglob("message_*.json"))


def _whatsapp(folder: Path) -> Case:
    root = folder / "whatsapp"
    root.mkdir()
    chat = root / "WhatsApp Chat with Bench.txt"
    world = World(messages=WHATSAPP, seed=1, chats=1, groups=0, plain=True)
    GENERATORS["whatsapp-android"].write(world, chat, noise=False)
    return "whatsapp", root, world.owner.name, [chat]


def _chat_miner(python: str, name: str, files: list[Path]) -> Spent | None:
    parser = {"messenger": "FacebookMessengerParser", "whatsapp": "WhatsAppParser"}[name]
    ran = subprocess.run(
        [python, "-c", _MINER, parser, *map(str, files)], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False
    )
    if ran.returncode:
        return None
    wall, cpu, _ = json.loads(ran.stdout)
    return Spent(wall, cpu)


def _chatistics(python: str, checkout: Path, name: str, root: Path, owner: str, count: int) -> Spent:
    """Its command on a copy of the checkout, in which it keeps what it makes."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "chatistics")
        shutil.copytree(checkout, copy, ignore=shutil.ignore_patterns(".git"))
        command = [python, "parse.py", name, "--own-name", owner, "-f", str(root)]

        said = b""

        def run() -> None:
            nonlocal said
            said = subprocess.run(command, cwd=copy, check=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT).stdout

        seconds = spent(run)
        found = re.search(rb"([\d,]+) messages parsed", said)
        if found is None or int(found[1].replace(b",", b"")) < 0.9 * count:
            raise RuntimeError("Chatistics did not read these files: no comparison")
        return seconds

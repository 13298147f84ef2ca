"""The invented chat lines: per language a file of words around secrets and an idle one, read once."""

from functools import cache
from pathlib import Path

FOLDER = Path(__file__).with_name("phrases")
Sections = dict[str, tuple[str, ...]]


@cache
def sections(name: str, folder: Path = FOLDER) -> Sections:
    """`== ask.pin` opens a section; every other line is one phrase."""
    found: dict[str, list[str]] = {}
    title = ""
    files = sorted(folder.glob(f"{name}.*txt"))
    for line in "\n".join(file.read_text(encoding="utf-8") for file in files).splitlines():
        if line.startswith("== "):
            title = line[3:].strip()
        elif line:
            found.setdefault(title, []).append(line)
    return {title: tuple(lines) for title, lines in found.items()}


def lines(language: str, section: str) -> tuple[str, ...]:
    return sections(language)[section]


def under(language: str, group: str) -> dict[str, tuple[str, ...]]:
    """The phrases of one group, by kind."""
    start = f"{group}."
    return {title[len(start) :]: found for title, found in sections(language).items() if title.startswith(start)}

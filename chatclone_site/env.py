"""Typed readers of the environment. Every name read here must stand in docs/settings.md (a test walks the calls)."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

from django.core.exceptions import ImproperlyConfigured

T = TypeVar("T")


def _raw(name: str) -> str | None:
    if (value := os.environ.get(name)) is not None:
        return value
    if (path := os.environ.get(f"{name}_FILE")) is not None:
        try:
            return Path(path).read_text().strip()
        except OSError as error:
            raise ImproperlyConfigured(f"{name}_FILE points to {path}, which cannot be read.") from error
    return None


def _typed(name: str, default: T, convert: Callable[[str], T], wanted: str) -> T:
    value = _raw(name)
    if value is None or value == "":
        return default
    try:
        return convert(value)
    except ValueError as error:
        raise ImproperlyConfigured(f"{name}={value!r} is not {wanted}.") from error


def text(name: str, default: str) -> str:
    """A string."""
    return _typed(name, default, str, "text")


def choice(name: str, default: str, known: Sequence[str]) -> str:
    """One of a few words."""
    value = text(name, default)
    if value not in known:
        raise ImproperlyConfigured(f"{name}={value!r} is not one of {', '.join(known)}.")
    return value


def form(name: str, default: str, pattern: str, wanted: str) -> str:
    """A text of a certain form."""
    value = text(name, default)
    if not re.fullmatch(pattern, value):
        raise ImproperlyConfigured(f"{name}={value!r} is not {wanted}.")
    return value


def integer(name: str, default: int, *, most: float = float("inf")) -> int:
    """A whole number, not below 0."""
    return int(_within(name, _typed(name, default, int, "a whole number"), most))


def number(name: str, default: float, *, most: float = float("inf")) -> float:
    """A number, not below 0."""
    return _within(name, _typed(name, default, float, "a number"), most)


def _within(name: str, value: float, most: float) -> float:
    if not 0 <= value <= most:
        raise ImproperlyConfigured(
            f"{name}={value:g} is not {f'from 0 to {most:g}' if most < float('inf') else '0 or more'}."
        )
    return value


def _boolean(value: str) -> bool:
    known = {"1": True, "true": True, "yes": True, "on": True, "0": False, "false": False, "no": False, "off": False}
    if value.lower() not in known:
        raise ValueError
    return known[value.lower()]


def boolean(name: str, default: bool) -> bool:
    """yes/no, true/false, on/off, 1/0."""
    return _typed(name, default, _boolean, "yes or no")


def words(name: str, default: str) -> list[str]:
    """A list separated by commas or spaces."""
    return text(name, default).replace(",", " ").split()


def keys(name: str, folder: Path | None) -> list[str]:
    """Secret keys, each of 32 bytes or more in hexadecimal, separated by commas or spaces. What is wrong is not repeated."""
    found = secret(name, folder).replace(",", " ").split()
    if not found or not all(re.fullmatch(r"(?:[0-9a-fA-F]{2}){32,}", key) for key in found):
        raise ImproperlyConfigured(
            f"{name} must hold keys of 64 hexadecimal letters or more (openssl rand -hex 32 makes one)."
        )
    return found


def secret(name: str, folder: Path | None) -> str:
    """A secret from the environment or `NAME_FILE`; with `folder` (embedded use) made there on the first start."""
    if value := _raw(name):
        return value
    if folder is None:
        raise ImproperlyConfigured(f"{name} is not set. Give it in the environment or in the file named by {name}_FILE.")
    path = folder / name.lower()
    if not path.exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = folder / f".{name.lower()}.{secrets.token_hex(4)}"
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_hex(32))
        try:
            os.link(draft, path)  # atomic: of two first starts exactly one secret wins
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text().strip()

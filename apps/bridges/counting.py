"""Counting tokens in a reply worker, for usage numbers and limits: with the tokenizer of the persona's base. No torch."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from apps import personas
from apps.personas.language import Language

_BUILTIN = Path(next(iter(personas.__path__))) / "base" / "tokenizer.json"


@lru_cache(maxsize=16)
def counter(base: str) -> Callable[[str], int]:
    """How many tokens a text has for a base.

    A base that is not a folder here (fetched from the hub) is counted with the built-in tokenizer: an estimate.
    """
    own = Path(settings.MODELS_DIR) / base / "tokenizer.json"
    if own.is_file():
        return _hub(own)
    language = Language.load(_BUILTIN)
    return lambda text: len(language.encode_text(text)) if text else 0


def _hub(path: Path) -> Callable[[str], int]:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(path))
    return lambda text: len(tokenizer.encode(text, add_special_tokens=False).ids) if text else 0

"""Secrets that nothing of the tables finds, by the words around them: a small model judges what has the form of one.

"fahrradschloss 4821", "microsoft want to confirm its you, enter 553910": the tables (`named`, `together`, …) know turns of
phrase, this one weighs words (secrets_model/README.md). What they find stands, whatever this says.
"""

from __future__ import annotations

import lzma
from collections.abc import Iterator
from functools import cache
from importlib import resources

from apps.privacy.scrub import circumstances
from apps.privacy.scrub.taggers import Taggers
from apps.privacy.scrub.types import Finding, View

KINDS = ("password", "pin", "code", "cvv", "secret", "bank", "booking", "birthdate")
#: How likely it must be a secret; chosen on sentences that were held out (figures.json).
SURE = 0.6
RANK = 30


class Model:
    """A linear model in crfsuite's file."""

    def __init__(self, raw: bytes) -> None:
        self._taggers = Taggers(raw)
        self._kinds = [kind for kind in KINDS if kind in self._taggers.here().labels()]

    def likely(self, features: list[str]) -> tuple[float, str]:
        """How likely a candidate is a secret, and the likeliest kind."""
        tagger = self._taggers.here()
        tagger.set([features])
        return 1 - tagger.marginal("O", 0), max(self._kinds, key=lambda kind: tagger.marginal(kind, 0))


@cache
def model() -> Model:
    """The shipped one, read once."""
    packed = resources.files("apps.privacy.scrub") / "secrets_model" / "secrets.crfsuite.xz"
    return Model(lzma.decompress(packed.read_bytes()))


def gate(view: View) -> bool:
    return view.digits > 0 and len(view.plain) <= circumstances.LONGEST


def find(view: View) -> Iterator[Finding]:
    found = circumstances.candidates(view)
    what = circumstances.told(view) if found else None
    for one in found:
        if what is None:
            return
        sure, kind = model().likely(circumstances.features(view, one, len(found), what))
        if sure >= SURE:
            yield Finding(one.start, one.end, kind, RANK)

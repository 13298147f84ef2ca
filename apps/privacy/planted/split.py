"""A secret typed in two or three bubbles."""

from collections.abc import Sequence
from random import Random

from apps.privacy.planted import money, phones
from apps.privacy.planted.chance import digits, groups
from apps.privacy.planted.phrases import under
from apps.privacy.planted.render import Draw, Line, roughen

PIECES = ("card", "iban", "phone", "code")


def parts(rng: Random, kind: str, language: str) -> list[str]:
    """The smallest groups a person would stop after."""
    if kind == "card":
        return money.card_groups(rng)
    if kind == "iban":
        return groups(money.plain_iban(rng, language), (4,))
    if kind == "phone":
        code, area, *rest = phones.phone_groups(rng, language)
        return [f"{code} {area}", *rest]
    return groups(digits(rng, rng.choice((4, 6, 6, 8))), rng.choice(((2,), (3,))))


def bubbles(rng: Random, pieces: Sequence[str], glue: str) -> list[str]:
    """Cut into two or three runs of groups; a last run of one character joins the one before."""
    cuts = sorted(rng.sample(range(1, len(pieces)), min(rng.choice((1, 1, 2)), len(pieces) - 1)))
    runs = [glue.join(pieces[start:end]) for start, end in zip([0, *cuts], [*cuts, len(pieces)], strict=True)]
    if len(runs) > 1 and len(runs[-1]) == 1:
        runs[-2:] = [runs[-2] + glue + runs[-1]]
    return runs


def runs_of(draw: Draw, kind: str) -> list[str]:
    while True:
        found = bubbles(draw.rng, parts(draw.rng, kind, draw.language), draw.rng.choice((" ", " ", "", "-")))
        if len(found) > 1:
            return found


def spread(draw: Draw, kind: str, asked: bool) -> list[Line]:
    """The bubbles; the first and the last may carry words. Without any cue a short code would be no secret."""
    found = []
    runs = runs_of(draw, kind)
    heads, tails = (under(draw.language, f"split.{side}") for side in ("head", "tail"))
    for place, run in enumerate(runs):
        line = Line()
        if place == 0 and (draw.rng.random() < 0.35 or (kind == "code" and not asked)):
            line.add(roughen(draw.rng, draw.rng.choice(heads[kind]), True) + " ")
        line.add(run, kind)
        if place == len(runs) - 1 and draw.rng.random() < 0.15:
            line.add(" " + draw.rng.choice(tails["any"]))
        found.append(line)
    return found

"""The blind game: which one did you really write? For the owner, and by an expiring link for somebody who knows them."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from django.db import transaction
from django.utils import timezone

from apps.accounts import vault as vaults
from apps.accounts.vault import Vault
from apps.archives import naming
from apps.jobs.causes import Expected
from apps.personas import manifests, resident, selectors
from apps.personas.models import Exchange, GameLink, Version
from apps.privacy.evaluation import wilson

#: The share of replies that people who know the person took for human in the one published study of this kind.
PUBLISHED = 0.44
MOST_DAYS = 30


@dataclass(frozen=True)
class Round:
    """What is shown: turns before, and two answers; which is real is told by `Exchange.real_first` after guessing."""

    id: UUID
    before: list[tuple[str, list[str]]]
    answers: tuple[list[str], list[str]]


@dataclass(frozen=True)
class Score:
    """How often the persona was taken for the person: share with its 95 % range (Wilson 1927)."""

    fooled: int
    played: int

    @property
    def share(self) -> float:
        return self.fooled / self.played if self.played else 0.0

    @property
    def range(self) -> tuple[float, float]:
        return wilson(self.fooled, self.played)

    @property
    def beaten(self) -> bool:
        """Whether even the lower end is above the published mark."""
        return bool(self.played) and self.range[0] > PUBLISHED


def keep(vault: Vault, version: Version, found: Iterable[list[Any]]) -> None:
    """Keep what the examiner found; what the guard would stop is left out, and all where messages are gone or scrubbed anew."""
    guard, recited = resident.guard(vault), resident.copies(vault, version)
    rows: list[Exchange] = []
    for before, real, said in found:
        text = " ".join(said)
        if any(True for _ in guard.find(text)) or (recited and recited.copied(text)):
            continue
        row = Exchange(
            id=uuid4(), owner_id=vault.owner_id, version=version, number=len(rows), wrapped_key=vault.new_wrapped(),
            real_first=bool(secrets.randbits(1)),
        )  # fmt: skip
        row.body = vault.seal(row, "body", [before, real, said])
        rows.append(row)
    with transaction.atomic():
        Exchange.objects.filter(version=version).delete()
        if {manifests.FORGOTTEN, manifests.DELETED, manifests.DECIDED}.intersection(manifests.reasons(vault, version)):
            return  # since they were read; whoever took them away has dropped what is kept of them
        Exchange.objects.bulk_create(rows)


def opened(vault: Vault, row: Exchange, me: str, *, names: bool) -> Round:
    """A round to show; real names stand in it only where `names` (for the owner)."""
    before, real, said = vault.unseal(row, "body", row.body)
    shown = naming.of(vault).shown if names else str
    turns = [(shown(who) if who else me, [shown(b) for b in bubbles]) for who, bubbles in before]
    real, said = [shown(b) for b in real], [shown(b) for b in said]
    return Round(row.pk, turns, (real, said) if row.real_first else (said, real))


#: How many questions of the held-out part are offered where versions are compared, and how long one may be.
PROMPTS, LONGEST_PROMPT = 4, 200


def prompts(vault: Vault, version: Version) -> list[str]:
    """What was really said to the person in the held-out part, the same few for every version that kept them."""
    shown, found = naming.of(vault).shown, dict[str, None]()
    for row in version.exchanges.order_by("number"):
        before, _, _ = vault.unseal(row, "body", row.body)
        text = shown("\n\n".join(before[-1][1])) if before and before[-1][0] else ""
        if 0 < len(text) <= LONGEST_PROMPT:
            found[text] = None
        if len(found) == PROMPTS:
            break
    return list(found)


def following(version: Version) -> Exchange | None:
    """The next round that the owner has not played."""
    return version.exchanges.filter(fooled=None).order_by("number").first()


def guess(*, row: Exchange, first: bool) -> bool:
    """Keep the owner's guess; whether they were fooled. A second guess about the same changes nothing."""
    fooled = first != row.real_first
    Exchange.objects.filter(pk=row.pk, fooled=None).update(fooled=fooled)
    return fooled


def score(version: Version) -> Score:
    """The owner's."""
    rows = list(version.exchanges.exclude(fooled=None).values_list("fooled", flat=True))
    return Score(sum(map(bool, rows)), len(rows))


def friends(version: Version) -> Score:
    """Of everybody who played by a link."""
    answers = [a for link in version.game_links.all() for a in link.answers.values()]
    return Score(sum(answers), len(answers))


def invite(*, version: Version, chosen: Iterable[UUID], days: int) -> str:
    """A link for one person to play these exchanges; its token is told once. Raises `Expected`."""
    standing = selectors.standing(version.persona)
    if standing.silent or standing.stays:
        raise Expected(standing.silent or standing.stays)
    ids = [str(pk) for pk in version.exchanges.filter(pk__in=list(chosen)).order_by("number").values_list("pk", flat=True)]
    if not ids:
        raise Expected("Choose at least one exchange that they may see.")
    token = secrets.token_urlsafe(24)
    GameLink.objects.create(
        owner_id=version.owner_id, version=version, token=vaults.site_fingerprints("game", token)[0], exchanges=ids,
        until=timezone.now() + timedelta(days=max(1, min(MOST_DAYS, days))),
    )  # fmt: skip
    return token


def by_link(token: str) -> GameLink | None:
    """The link of a token that was given out."""
    return (
        GameLink.objects.filter(token__in=vaults.site_fingerprints("game", token)).select_related("version__persona").first()
    )


def over(link: GameLink) -> bool:
    """Whether a link has ended: by its date, or because consent or the leak card ended it."""
    standing = selectors.standing(link.version.persona)
    return link.until <= timezone.now() or bool(standing.silent or standing.stays)


def next_of(link: GameLink) -> Exchange | None:
    """The next round for the holder of a link."""
    left = [pk for pk in link.exchanges if pk not in link.answers]
    rows = link.version.exchanges.in_bulk([UUID(pk) for pk in left])
    return next((rows[UUID(pk)] for pk in left if UUID(pk) in rows), None)


def answer(*, link: GameLink, exchange_id: UUID, first: bool) -> bool | None:
    """Keep a guess of the holder; whether they were fooled, None where there is nothing to guess (any more)."""
    with transaction.atomic():
        locked = GameLink.objects.select_for_update().get(pk=link.pk)
        row = locked.version.exchanges.filter(pk=exchange_id).first()
        if row is None or str(row.pk) not in locked.exchanges or str(row.pk) in locked.answers:
            return None
        fooled = first != row.real_first
        locked.answers[str(row.pk)] = fooled
        locked.save(update_fields=["answers"])
    return fooled


def drop(owner_id: UUID) -> None:
    """Messages were deleted or scrubbed anew: no exchange of an account stays, no passage that could be remembered, no word."""
    Exchange.objects.filter(owner_id=owner_id).delete()
    for version in Version.objects.filter(owner_id=owner_id).select_related("memory", "words"):
        items = [version.memory, version.words]
        if any(items):
            version.memory = version.words = None
            version.save(update_fields=["memory", "words"])
            for item in items:
                vaults.delete(item)

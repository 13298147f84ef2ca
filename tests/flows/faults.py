"""Faults: sockets cut and processes killed while people talk with real personas; afterwards nothing may be missing or doubled.

    python -m tests.flows.faults [--cuts 1000] [--kills 100] [--asks 1000] [--people 4] [--seed 1]      prints one JSON object

A real site (`manage.py up`): web process, Redis, reply worker, scheduler. Four people, each with a persona that says words
of its own and nobody else's. A kill is -9 of the web process, of Redis (with all that it held) or of the reply worker.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import sys
import time
from collections import Counter
from typing import Any
from uuid import UUID

from chatclone_site import bench_site
from tests.flows.marked import DIALECTS, adapter
from tests.flows.pages import PATIENCE, Page, words
from tests.flows.stack import Site, running

VICTIMS = {"web": "uvicorn", "redis": "valkey", "reply": "reply@"}
PEOPLE, EXCHANGES = len(DIALECTS), 12
#: What must be nothing.
NOTHING = (
    "differences", "log differences", "row differences", "gaps", "shrunk", "crossed", "doubled answers", "doubled sayings",
    "lost sayings", "second retries", "not resumed", "stuck", "live at the end",
)  # fmt: skip


class Cast:
    """Who talks: one account, one persona, one dialect each; a new conversation every dozen exchanges."""

    def __init__(self, site: Site, people: int, seed: int, counts: Counter[str]) -> None:
        self.site, self.counts = site, counts
        self.people: list[tuple[Any, str, Any]] = []
        self.deaths: dict[str, float] = {}
        for number in range(people):
            user = bench_site.person(f"Person {number}")
            persona = bench_site.voice(user, f"Persona {number}", adapter(number, seed + number))
            self.people.append((user, bench_site.cookie(user), persona))

    def page(self, number: int) -> Page:
        _, cookie, persona = self.people[number]
        foreign = {w for n, d in enumerate(DIALECTS) if n != number for w in d}
        page = Page(str(bench_site.talk(persona).pk), cookie, self.site.port, number, foreign, self.counts)
        page.done, page.two_deaths = self._compare_log, self._two_deaths
        return page

    def _two_deaths(self) -> bool:
        """Whether worker and Redis died within one lease of each other: then what is in no snapshot is nowhere (decision 0035)."""
        now = time.monotonic()
        return all(now - self.deaths.get(who, -1e9) < 25 for who in ("reply", "redis"))

    def _compare_log(self, talk: str, turn: dict[str, Any]) -> None:
        """The log of an answer that ended, as far as Redis still has it, says what the page was given."""
        from apps.chat import script, stream
        from apps.chat.models import Conversation

        entries = stream.since(UUID(turn["id"]), bench_site.key(Conversation.objects.get(pk=talk)), 0)
        if len(entries) != turn["n"]:
            self.counts["logs gone"] += 1
            return
        body = script.empty()
        for _, ops in entries:
            script.apply(body, ops)
        self.counts["logs compared"] += 1
        self.counts["log differences"] += words(body) != words(turn)


class Nemesis:
    """Cuts and kills by one seed, spread over the run; after each it looks whether everybody came back."""

    def __init__(self, cast: Cast, pages: dict[int, Page], rng: random.Random) -> None:
        self.site, self.counts, self.deaths = cast.site, cast.counts, cast.deaths
        self.pages, self.rng = pages, rng
        self.slowest = 0.0

    async def cuts(self, number: int) -> None:
        for _ in range(number):
            await asyncio.sleep(self.rng.expovariate(4.0))
            talking = [p for p in self.pages.values() if p.streaming] or list(self.pages.values())
            page = self.rng.choice(talking if self.rng.random() < 0.8 else list(self.pages.values()))
            self.counts["cuts"] += 1
            self.counts["cuts in mid-answer"] += page.streaming
            page.cut(self.rng)
            await self._back({page: page.met})

    async def kills(self, number: int) -> None:
        """Each of the three once, in an order by chance, and again."""
        bag: list[str] = []
        for _ in range(number):
            if not bag:
                bag = self.rng.sample(sorted(VICTIMS), len(VICTIMS))
            await asyncio.sleep(self.rng.uniform(0.5, 3.0))
            who = bag.pop()
            end = time.monotonic() + 10
            while time.monotonic() < end and not any(p.streaming for p in self.pages.values()):
                await asyncio.sleep(0.02)
            self.counts[f"kills of {who}"] += 1
            self.counts["kills in mid-answer"] += any(p.streaming for p in self.pages.values())
            before = {p: p.met for p in self.pages.values()} if who == "web" else {}
            self.deaths[who] = time.monotonic()
            await asyncio.to_thread(self.site.kill, VICTIMS[who])
            await asyncio.sleep(0.3)
            await self._up(who)
            await self._back(before)

    async def _up(self, who: str) -> None:
        end = time.monotonic() + PATIENCE
        while time.monotonic() < end:
            there = await asyncio.to_thread(lambda: bool(self.site.children(VICTIMS[who])) and self.site._ready())
            if there:
                return
            await asyncio.sleep(0.2)
        self.counts["not resumed"] += 1

    async def _back(self, before: dict[Page, int]) -> None:
        """Every page that was cut has been given its turns again."""
        began = time.monotonic()
        for page, met in before.items():
            while page.met <= met and not page.over:
                if time.monotonic() - began > PATIENCE:
                    self.counts["not resumed"] += 1
                    return
                await asyncio.sleep(0.02)
        self.slowest = max(self.slowest, time.monotonic() - began)


async def _talking(cast: Cast, number: int, pages: dict[int, Page], going: Any, rng: random.Random) -> list[Page]:
    """One person until `going()` is false: the pages that they had."""
    had: list[Page] = []
    while going():
        page = pages[number] = await asyncio.to_thread(cast.page, number)
        had.append(page)
        staying = asyncio.create_task(page.stay())
        for _ in range(EXCHANGES):
            if not going() or not await page.exchange(f"{rng.choice(DIALECTS[number])} {rng.randrange(2_000)}"):
                break
            cast.counts["answers"] += 1
        page.over = True
        await page.wire.close() if page.wire else None
        staying.cancel()
        await asyncio.gather(staying, return_exceptions=True)
    return had


async def _faults(cast: Cast, cuts: int, kills: int, seed: int) -> tuple[list[Page], float]:
    pages: dict[int, Page] = {}
    nemesis = Nemesis(cast, pages, random.Random(seed))
    end = {"going": True}
    talking = [
        asyncio.create_task(_talking(cast, n, pages, lambda: end["going"], random.Random(seed + n)))
        for n in range(len(cast.people))
    ]
    while len(pages) < len(cast.people):
        await asyncio.sleep(0.05)
    await asyncio.gather(nemesis.cuts(cuts), nemesis.kills(kills))
    end["going"] = False
    return [page for had in await asyncio.gather(*talking) for page in had], nemesis.slowest


async def _interleaved(cast: Cast, asks: int, seed: int) -> list[Page]:
    """Two people with two personas at once, until `asks` answers came."""
    left, pages = [asks], dict[int, Page]()

    def going() -> bool:
        left[0] -= 1
        return left[0] >= 0

    two = [asyncio.create_task(_talking(cast, n, pages, going, random.Random(seed + 9 + n))) for n in range(2)]
    return [page for had in await asyncio.gather(*two) for page in had]


def _rows(pages: list[Page], counts: Counter[str]) -> None:
    """Every conversation as its rows have it, beside what its page had."""
    from apps.accounts.services import open_vault
    from apps.chat import selectors
    from apps.chat.models import Conversation, Turn

    for page in pages:
        conversation = Conversation.objects.get(pk=page.talk)
        vault = open_vault(conversation.owner_id)
        rows = {str(row.pk): row for row in selectors.rows(conversation).values()}
        for turn in page.turns:
            if turn["state"] not in Turn.LIVE:
                kept = selectors.view(vault, conversation, rows[turn["id"]])
                counts["rows compared"] += 1
                counts["row differences"] += (kept["lines"], kept["state"], kept["n"]) != (
                    turn["lines"],
                    turn["state"],
                    turn["n"],
                )
        said = Counter(str(row.client_id) for row in rows.values() if not row.by_persona)
        counts["sayings"] += len(page.sent)
        counts["doubled sayings"] += sum(n - 1 for n in said.values())
        counts["lost sayings"] += len([one for one in page.sent if one not in said])
        for asked in (row for row in rows.values() if not row.by_persona):
            answers = [row for row in rows.values() if row.parent_id == asked.pk]
            counts["doubled answers"] += max(0, len([a for a in answers if a.state == Turn.State.DONE]) - 1)
            counts["second retries"] += max(0, len(answers) - 2)
            counts["live at the end"] += len([a for a in answers if a.state in Turn.LIVE])
            broken = [a for a in answers if a.state == Turn.State.INTERRUPTED]
            counts["interrupted with words"] += len([a for a in broken if words(selectors.body(vault, conversation, a))])


def measured(cuts: int, kills: int, asks: int, people: int, seed: int) -> dict[str, Any]:
    """The whole run on a site of its own."""
    counts: Counter[str] = Counter()
    began = time.monotonic()
    with running(MESSAGES_PER_MINUTE="100000", LOG_LEVEL="WARNING") as site:
        os.environ.update(
            site.environment, DJANGO_SETTINGS_MODULE="chatclone_site.settings", DJANGO_ALLOW_ASYNC_UNSAFE="yes"
        )
        import django

        django.setup()
        cast = Cast(site, people, seed, counts)
        ready = time.monotonic()
        pages, slowest = asyncio.run(_faults(cast, cuts, kills, seed))
        faults = time.monotonic()
        pages += asyncio.run(_interleaved(cast, asks, seed))
        ended = time.monotonic()
        _rows(pages, counts)
        ours = _ours(site)
    figures: dict[str, Any] = dict(sorted(counts.items()))
    figures |= {name: counts[name] for name in NOTHING}
    figures |= {"conversations": len(pages), "slowest_return_s": round(slowest, 2), "tracebacks of ours": len(ours)}
    figures |= {"prepare_s": round(ready - began), "faults_s": round(faults - ready), "interleaved_s": round(ended - faults)}
    return figures | {"seed": seed, "bad": sum(counts[name] for name in NOTHING)}


def _ours(site: Site) -> list[str]:
    """Places of our own code in tracebacks of the site's log: unforeseen, wherever it went wrong."""
    return [
        line for line in site.log.read_text().splitlines()
        if 'File "' in line and ("/apps/" in line or "/chatclone_site/" in line) and "site-packages" not in line
    ]  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    for name, default in (("cuts", 1_000), ("kills", 100), ("asks", 1_000), ("people", PEOPLE), ("seed", 1)):
        parser.add_argument(f"--{name}", type=int, default=default)
    parser.add_argument("--json", metavar="FILE")
    given = parser.parse_args()
    figures = measured(given.cuts, given.kills, given.asks, given.people, given.seed)
    text = json.dumps(figures, indent=1)
    sys.stdout.write(text + "\n")
    if given.json:
        with open(given.json, "w") as file:
            file.write(text + "\n")
    sys.exit(1 if figures["bad"] else 0)


if __name__ == "__main__":
    main()

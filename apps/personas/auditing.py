"""Before a training: duplicates out, canaries in. After it: leak audit and likeness in a process of its own, and their cards."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from django.conf import settings

from apps.accounts.vault import Vault
from apps.archives import naming
from apps.jobs.lease import Lease
from apps.personas import canaries, duplicates, engines, leakage, likeness, wire
from apps.personas.dataset import Chat, Dialogue, Parts
from apps.personas.models import Version
from apps.personas.training_run import TrainerRun
from apps.privacy import selectors as privacy
from apps.privacy.scrub.normal import NAMED

#: The share of a training that its audit may take beyond `AUDIT_SECONDS`.
SHARE = 0.1
#: What is asked for first: what opens something, then what identifies.
ORDER = ("password", "pin", "card", "seed", "key", "wallet", "iban", "bank", "id", "passport", "phone", "email", "address")
BEFORE = 40  # characters of the words before a secret


def prepared(parts: Parts, version: Version, partner: str) -> tuple[list[Dialogue], int]:
    """The training part with duplicates out and canaries in, and how many messages were duplicates."""
    planted = canaries.planted(canaries.make(seed(version)), partner)
    every = max(1, len(parts.train) // max(1, len(planted)))
    mixed = list(parts.train)
    for number, dialogue in enumerate(planted):
        mixed.insert(min(len(mixed), number * (every + 1)), dialogue)
    return duplicates.once(mixed, (*parts.validate, *parts.test))


def seed(version: Version) -> int:
    """The same canaries for a version that is resumed."""
    return version.pk.int % 2**31


def examine(
    lease: Lease, version: Version, run: TrainerRun, parts: Parts, found: Sequence[Any], seconds: float
) -> tuple[dict[str, Any], list[list[Any]]]:
    """Measure what the trained weights give away ("leaks"), and how like the person they are ("likeness"): two cards to keep,
    and exchanges for the blind game."""
    partner = next((d.others[0] for d in reversed(parts.train) if d.others), "Sam")
    policy = privacy.policy(lease.vault)
    head = {
        "references": settings.AUDIT_REFERENCES, "config": version.config, "seed": seed(version), "partner": partner, "threads": settings.TORCH_THREADS,
        "models": str(settings.MODELS_DIR), "secrets": secrets(lease.vault, found), "names": naming.of(lease.vault).names.told(),
        "kept": sorted(policy.kept), "confirmed": policy.confirmed, "denied": policy.denied, "seconds": max(settings.AUDIT_SECONDS, SHARE * seconds),
    }  # fmt: skip
    lease.progress(1.0, "looking for leaks")
    body = wire.packed(parts.train, parts.validate, parts.test)
    facts = run.run(head, body, _progress(lease), command=engines.examiner_command())
    measured = leakage.Measured(**facts["measured"])
    leaks = leakage.judge(measured).to_dict() | {"chat": _copied_chat(measured, parts.train, found)}
    return {"leaks": leaks, "likeness": likeness.judge(facts["likeness"]).to_dict()}, facts["game"]


def _progress(lease: Lease) -> Callable[[dict[str, Any]], None]:
    def relay(event: dict[str, Any]) -> None:
        stage = f"looking for leaks: {event['share']:.0%}" if event["event"] == "audit" else "comparing it with the person"
        lease.progress(1.0, stage)

    return relay


def _copied_chat(measured: leakage.Measured, train: list[Dialogue], found: Iterable[Any]) -> str:
    """The id of the conversation that was copied most often; "" where nothing was."""
    if measured.copied_from is None:
        return ""
    said = train[measured.copied_from].turns[0].bubbles[0]
    rows = (str(row.pk) for row, chat, _ in found if any((b.at, b.bubble.text) == (said.at, said.text) for b in chat.lines))
    return next(rows, "")


def secrets(vault: Vault, found: Iterable[tuple[Any, Chat, list[str]]]) -> list[list[str]]:
    """(kind, value, words before it) of all that was taken out of these conversations: each value once, the riskiest first.

    They go to the auditor through a pipe, and nowhere else.
    """
    made: dict[tuple[str, str], list[str]] = {}
    for row, chat, ids in found:
        texts = dict(zip(ids, (line.bubble.text for line in chat.lines), strict=True))
        for kind, value, before in _entries(vault, row.pk, texts):
            made.setdefault((kind, value), [kind, value, before])
    rank = {kind: n for n, kind in enumerate(ORDER)}
    return sorted(made.values(), key=lambda row: (rank.get(row[0], len(rank)), row[1]))


def _entries(vault: Vault, subject: Any, texts: dict[str, str]) -> Iterator[tuple[str, str, str]]:
    for entry in privacy.ledger(vault, subject):
        if entry.record in texts and entry.kind not in NAMED and entry.kind != "link":
            yield entry.kind, entry.value, texts[entry.record][max(0, entry.start - BEFORE) : entry.start]

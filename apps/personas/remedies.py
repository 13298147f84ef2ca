"""What helps where the leak card is not green, each a button: the same training once more, with one thing changed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import Any, NamedTuple
from uuid import UUID

from apps.accounts.vault import Vault
from apps.archives import services as archive_services
from apps.archives.models import Conversation
from apps.jobs.causes import Expected
from apps.personas import leakage, services
from apps.personas.config import EPSILONS, TrainConfig, is_full
from apps.personas.models import Version
from apps.personas.names import BUILTIN, FRESH

#: By what is above its limits: what helps, the gentlest first.
_HELPS: dict[str, tuple[str, ...]] = {
    "hits": ("private", "epochs"),
    "names": ("private", "epochs"),
    "secret_mean": ("epochs", "private"),
    "secret_max": ("epochs", "private"),
    "canary_mean": ("epochs", "rank", "adapter", "private"),
    "worst_form": ("epochs", "rank", "private"),
    "smoke_mean": ("epochs", "private"),
    "verbatim_others": ("others", "chat", "epochs"),
    "mia_auc": ("epochs", "rank", "adapter", "private"),
    "mia_tpr": ("epochs", "rank", "adapter", "private"),
    "verbatim": ("epochs", "chat", "rank"),
}
#: No adapter is made smaller than this.
_LEAST_RANK = 4
_LEAST_EPOCHS = 0.5


class Remedy(NamedTuple):
    """One button: its name, and what it says."""

    way: str
    label: str


def offered(vault: Vault, version: Version) -> list[Remedy]:
    """What can be changed for this version, given what its card says; nothing for one that is green or for one person."""
    card = version.facts.get("leaks") or {}
    if version.sharpened or card.get("verdict", leakage.GREEN) == leakage.GREEN or not card.get("measured"):
        return []
    known = {f.name for f in fields(leakage.Measured)}
    measured = leakage.Measured(**{k: v for k, v in card["measured"].items() if k in known})
    ways = dict.fromkeys(way for name, _, _ in leakage.exceeded(measured) for way in _HELPS[name])
    return [Remedy(way, label) for way in ways if (label := _label(vault, version, way))]


def take(*, vault: Vault, version: Version, way: str) -> Version:
    """Train again with it. Raises `Expected`."""
    if way not in {remedy.way for remedy in offered(vault, version)}:
        raise Expected("That does not help this version any more. Please look at its card again.")
    if way == "chat":
        archive_services.set_left_out(_chat(version), left_out=True)
    return services.train_again(version=version, changed=_changed(version.config, way))


def _changed(config: dict[str, Any], way: str) -> dict[str, Any]:
    """The settings that a remedy changes; none where it can change nothing."""
    adapter, private = not is_full(config), bool(config.get("private"))
    rank, epochs = config.get("rank", TrainConfig.rank), config.get("epochs", TrainConfig.epochs)
    if way == "epochs" and epochs / 2 >= _LEAST_EPOCHS:
        return {"epochs": epochs / 2}
    if way == "rank" and adapter and rank / 2 >= _LEAST_RANK:
        return {"rank": rank // 2}
    if way == "adapter" and not adapter:
        return {"method": "lora", **({"base": BUILTIN, "origin": ""} if config["base"] in FRESH else {})}
    if way == "private" and adapter and config.get("method", "lora") == "lora" and not config.get("history"):
        lower = (float(e) for e in EPSILONS if e < config.get("epsilon", TrainConfig.epsilon))
        return {"private": True} if not private else {"epsilon": e} if (e := next(lower, None)) else {}
    if way == "others" and config.get("learn_others"):
        return {"learn_others": False}
    return {}


def _label(vault: Vault, version: Version, way: str) -> str:
    """What the button says; "" where there is nothing to change."""
    if way == "chat":
        found = _chats(version)
        return f"Without the chat “{vault.unseal(found[0], 'title', found[0].title)}”" if found else ""
    changed = _changed(version.config, way)
    return next(_said(changed), "") if changed else ""


def _said(changed: dict[str, Any]) -> Iterator[str]:
    sentences = {
        "epochs": "With fewer epochs ({:g})",
        "rank": "With a smaller adapter, of rank {}",
        "method": "As an adapter, so that most weights learn nothing",
        "private": "In private mode",
        "epsilon": "With more noise (ε = {:g})",
        "learn_others": "Without learning the others’ side",
    }
    return (sentence.format(changed[name]) for name, sentence in sentences.items() if name in changed)


def _chats(version: Version) -> list[Conversation]:
    """The conversation that was copied from, while it is there and is still learnt."""
    try:
        pk = UUID(version.facts["leaks"].get("chat") or "")
    except ValueError:
        return []
    return list(Conversation.objects.filter(owner_id=version.owner_id, pk=pk, left_out=False))


def _chat(version: Version) -> Conversation:
    return _chats(version)[0]

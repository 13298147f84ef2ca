"""What a process keeps open of an account and its versions: guards, what must not be recited, memories. The least used goes."""

from __future__ import annotations

import threading
from collections import OrderedDict
from uuid import UUID

from apps.accounts.vault import Vault
from apps.archives import naming
from apps.archives.scrubbing import Secrets
from apps.personas.guard import Guard
from apps.personas.memory import Memory
from apps.personas.models import Version
from apps.personas.names import RECURRENT
from apps.personas.ordinary import Ordinary
from apps.personas.verbatim import Verbatim
from apps.personas.word_vectors import Vectors
from apps.privacy import selectors as privacy
from apps.privacy.scrub.known import Known, Reach

_guards: OrderedDict[UUID, tuple[str, Known, Ordinary]] = OrderedDict()
_guards_lock = threading.Lock()
GUARDS = 200
_verbatim: OrderedDict[UUID, Verbatim] = OrderedDict()
_memories: OrderedDict[UUID, Memory] = OrderedDict()
MEMORIES = 20


def forget(owner_id: UUID) -> None:
    """This process keeps no guard and no memory of an account any longer."""
    versions = list(Version.objects.filter(owner_id=owner_id).values_list("pk", flat=True))
    with _guards_lock:
        _guards.pop(owner_id, None)
        for pk in versions:
            _verbatim.pop(pk, None)
            _memories.pop(pk, None)


def copies(vault: Vault, version: Version) -> Verbatim | None:
    """What a version must not recite; opened once in a worker. None for versions that kept nothing."""
    if version.grams is None:
        return None
    with _guards_lock:
        if version.pk not in _verbatim:
            _verbatim[version.pk] = Verbatim(vault.read(version.grams), vault.fingerprint("grams", ""))
            while len(_verbatim) > GUARDS:
                _verbatim.popitem(last=False)
        return _verbatim[version.pk]


def memory(vault: Vault, version: Version) -> Memory | None:
    """What a version may remember; opened once in a process. None where nothing was kept, or where it was deleted since."""
    kept = Version.objects.filter(pk=version.pk).exclude(memory=None).select_related("memory").first()
    if kept is None or kept.memory is None or version.config.get("base") in RECURRENT:
        return None
    with _guards_lock:
        if version.pk not in _memories:
            _memories[version.pk] = Memory(vault.read(kept.memory))
            while len(_memories) > MEMORIES:
                _memories.popitem(last=False)
        _memories.move_to_end(version.pk)
        return _memories[version.pk]


def words(vault: Vault, version: Version) -> Vectors | None:
    """The word vectors of a version. None where it has none, or where they were deleted since."""
    return Vectors.opened(vault.read(version.words)) if version.words is not None else None


def guard(vault: Vault) -> Guard:
    """What no persona of this account may say; opened once in a worker, and again when ledgers have changed."""
    stand = privacy.ledgers_stand(vault.owner_id)
    with _guards_lock:
        if _guards.get(vault.owner_id, ("",))[0] != stand:
            secrets = Secrets(privacy.policy(vault), reach=Reach.TALK)
            secrets.add(privacy.ledgers(vault))
            _guards[vault.owner_id] = (stand, secrets.known, Ordinary(secrets.known))
            while len(_guards) > GUARDS:
                _guards.popitem(last=False)
        _guards.move_to_end(vault.owner_id)
        _, known, ordinary = _guards[vault.owner_id]
        return Guard(known, naming.of(vault).names, ordinary)

"""The people of an account as their surrogates: for the scrubber, for training, for talking, and back again for the owner."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from uuid import UUID

from apps.accounts.vault import Vault
from apps.archives import gone, people
from apps.archives.addresses import Way
from apps.archives.gone import Gone
from apps.archives.likeness import is_name
from apps.archives.models import Conversation, Person
from apps.archives.statistics import Said
from apps.privacy import selectors as privacy
from apps.privacy import services as keeping
from apps.privacy.scrub import assigning
from apps.privacy.scrub import displays as taking
from apps.privacy.scrub.names import Names, Pair
from apps.privacy.scrub.wholes import PARTS
from apps.privacy.scrub.wording import Usage

KEPT = 50
_open: OrderedDict[UUID, tuple[str, Naming]] = OrderedDict()
_lock = threading.Lock()


@dataclass(frozen=True)
class Naming:
    """`names` finds and replaces, `back` gives names back; `stands` are single tokens, `displays` whole names by person."""

    names: Names
    back: Names
    stands: dict[str, str]
    displays: dict[UUID, str]

    def hidden(self, text: str) -> str:
        """A text as a model may see it."""
        return self.names.replaced(text)

    def shown(self, text: str) -> str:
        """A text as its owner wrote or would read it."""
        return self.back.replaced(text)

    def told(self, said: Iterable[Said]) -> Iterator[Said]:
        """Messages with names back in their places."""
        return (replace(one, text=self.shown(one.text)) for one in said)

    def called(self, person: UUID, display: str = "") -> str:
        """What a person is called before a model."""
        otherwise = self.stands.get(nobody(person), "Sam")
        return taking.called(self.displays.get(person, display), self.stands, otherwise)


def nobody(person: UUID) -> str:
    """What somebody without a name is called among the names."""
    return f"person:{person.hex}"


def _key(vault: Vault) -> bytes:
    return vault.fingerprint("surrogates", "")


def _displays(vault: Vault) -> dict[UUID, str]:
    rows = Person.objects.filter(owner_id=vault.owner_id)
    found = {p.pk: str(vault.unseal(p, "name", p.name)) for p in rows}
    return {pk: name for pk, name in found.items() if is_name(name)}


def settle(
    vault: Vault,
    titles: Iterable[str],
    usage: Usage | None = None,
    passing: Iterable[str] = (),
    ways: Iterable[Way] = (),
    words: Iterable[str] = (),
) -> tuple[Naming, Gone, bool]:
    """Give a surrogate to every name of the account that has none yet.

    `titles` are names of conversations of two, `usage` tells which names stand in the texts, and how often. People called
    `passing`, and known by `ways`, are forgotten, and so are those whose names `words` are of: that is taken out of what is read
    now, and not kept. Third: whether somebody is really
    called like a surrogate of before, so that everything must be scrubbed anew.
    """
    displays, lost, ways, words = _displays(vault), sorted(passing), list(ways), sorted(words)
    titles = [*titles, *people.nicknames(vault)]
    known = privacy.names(vault)
    usage = (usage or Usage()).with_earlier(privacy.usage(vault))
    policy = privacy.policy(vault)
    stay, denied = [*displays.values(), *titles], policy.denied
    more = [*titles, *lost, *words, *(value for kind, value in denied if kind == "name")]
    pairs, clash = assigning.assign(_key(vault), [*displays.values(), *more], known, _nobodies(vault, displays), usage)
    pairs, moved = assigning.assign_wholes(_key(vault), denied, pairs, usage)
    who = gone.of(pairs, lost, stay, ways, words) if lost or ways or words else gone.NOBODY
    keep = [p for p in pairs if p.part in PARTS or p.real.lower() not in who.tokens]
    if keep:
        keeping.keep_names(vault=vault, pairs=keep, usage=usage)
    usage = replace(usage, strict=who.certain)
    return made(pairs, displays, usage, policy.kept, lost), who, clash or moved


def passed(vault: Vault, names: Iterable[str], words: Iterable[str]) -> Gone:
    """People who are forgotten, as far as names or single words of them are heard of; nothing is kept."""
    lost, words = sorted(names), sorted(words)
    if not lost and not words:
        return gone.NOBODY
    displays, known = _displays(vault), privacy.names(vault)
    everybody = [*displays.values(), *people.nicknames(vault)]
    pairs, _ = assigning.assign(
        _key(vault), [*everybody, *lost, *words], known, _nobodies(vault, displays), privacy.usage(vault)
    )
    return gone.of(pairs, lost, everybody, words=words)


def release(vault: Vault, value: str) -> None:
    """A name that the owner wanted replaced stays again: its surrogate goes, unless somebody of the archive is called so."""
    talks = Conversation.objects.filter(owner_id=vault.owner_id, is_group=False)
    titles = [str(vault.unseal(row, "title", row.title)) for row in talks]
    denied = [other for kind, other in privacy.policy(vault).denied if kind == "name"]
    unused = _tokens([value]) - _tokens([*_displays(vault).values(), *titles, *people.nicknames(vault), *denied])
    known = privacy.names(vault)
    if unused and known:
        left = [p for p in known if p.part in PARTS or p.real.lower() not in unused]
        keeping.keep_names(vault=vault, pairs=left)


def _tokens(displays: Iterable[str]) -> set[str]:
    split = [taking.parts(name) for name in displays]
    return {token.lower() for found in split for token in (*found.firsts, *found.lasts)}


def _as_they_stand(vault: Vault) -> Naming:
    """With surrogates also for people who were read before there were any: nothing is kept here."""
    displays, known = _displays(vault), privacy.names(vault)
    everybody = [*displays.values(), *people.nicknames(vault)]
    usage = privacy.usage(vault)
    pairs, _ = assigning.assign(_key(vault), everybody, known, _nobodies(vault, displays), Usage(scripts=usage.scripts))
    return made(pairs, displays, usage, privacy.policy(vault).kept)


def _nobodies(vault: Vault, displays: dict[UUID, str]) -> list[str]:
    return nobodies(Person.objects.filter(owner_id=vault.owner_id).values_list("pk", flat=True), displays)


def nobodies(people: Iterable[UUID], displays: dict[UUID, str]) -> list[str]:
    """What those of these people are called who have no name."""
    return [nobody(pk) for pk in people if _unnamed(displays, pk)]


def _unnamed(displays: dict[UUID, str], person: UUID) -> bool:
    found = taking.parts(displays.get(person, ""))
    return not found.firsts and not found.lasts


def made(
    pairs: list[Pair], displays: dict[UUID, str], usage: Usage, kept: Iterable[str] = (), more: Iterable[str] = ()
) -> Naming:
    """The names of people by these pairs; `kept` are normal forms that stay, `more` are names of people who have no row."""
    split = {name: taking.parts(name) for name in {*displays.values(), *more}}
    people = [(*p.firsts, *p.lasts) for p in split.values() if p.lasts]
    stands = {p.real.lower(): p.stand for p in pairs if p.part not in PARTS}
    found = Names(pairs, people, usage, taking.leads(split.values()), kept=frozenset(kept))
    return Naming(found, assigning.inverse(found), stands, displays)


def forget(owner_id: UUID) -> None:
    """This process keeps the names of an account no longer."""
    with _lock:
        _open.pop(owner_id, None)


def of(vault: Vault) -> Naming:
    """The names of an account as they stand; opened once in a process, and again when they have changed."""
    owner_id = vault.owner_id
    people = Person.objects.filter(owner_id=owner_id).count()
    stand = f"{privacy.names_stand(owner_id)} {privacy.decisions_stand(owner_id)} {people}"
    with _lock:
        found = _open.get(vault.owner_id)
        if found is None or found[0] != stand:
            found = _open[vault.owner_id] = (stand, _as_they_stand(vault))
            while len(_open) > KEPT:
                _open.popitem(last=False)
        _open.move_to_end(vault.owner_id)
        return found[1]

"""Who of an account may be one person: what the owner is asked."""

from __future__ import annotations

from collections import defaultdict
from uuid import UUID

from apps.accounts.vault import Vault
from apps.archives import likeness, people
from apps.archives.addresses import Way
from apps.archives.models import Person, TwoPeople
from apps.archives.selectors import PersonView, Roster


def suggestions(vault: Vault, known: Roster) -> list[tuple[PersonView, PersonView, str]]:
    """Who may be one person, and why; not those of whom the owner said that they are two."""
    ways, whole = defaultdict[UUID, list[Way]](list), dict[UUID, UUID]()
    for person in Person.objects.filter(owner_id=vault.owner_id):
        whole[person.pk] = person.merged_into_id or person.pk
        ways[whole[person.pk]] += people.ways_of(vault, person)
    two = TwoPeople.objects.filter(owner_id=vault.owner_id).values_list("one_id", "other_id")
    apart = {frozenset((whole[one], whole[other])) for one, other in two}
    asked = [likeness.Known(p.id, p.name, frozenset(p.platforms), tuple(ways[p.id])) for p in known.ordered() if p.messages]
    return [(known.people[s.one], known.people[s.other], s.why) for s in likeness.suggestions(asked, apart)]

"""Who is who: handles of platforms, the people behind them, and which of them is the owner."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from django.db import transaction

from apps.accounts.vault import Vault
from apps.archives.formats.types import Message, Owner
from apps.archives.models import Handle, Person


class Roster:
    """Handles of an account, found or made as messages go by."""

    def __init__(self, vault: Vault) -> None:
        self._vault = vault
        self._known: dict[tuple[str, str], str] = {}

    def handle(self, message: Message) -> str:
        """The id (hex) of the sender's handle."""
        key = (message.platform, self._scope(message))
        if key not in self._known:
            self._known[key] = self._find(message.platform, key[1], message.sender)
        return self._known[key]

    def _scope(self, message: Message) -> str:
        """People without a name are told apart by conversation: several share "Facebook user"."""
        nameless = not message.sender_id or message.sender_id.lower() in _NAMELESS
        return f"{message.conversation}\0{message.sender_id}" if nameless else message.sender_id

    def _find(self, platform: str, sender: str, name: str) -> str:
        fingerprint = self._vault.fingerprint("handle", f"{platform}\0{sender}")
        found = Handle.objects.filter(owner_id=self._vault.owner_id, fingerprint=fingerprint).first()
        if found is not None:
            return found.pk.hex
        with transaction.atomic():
            person = Person(id=uuid4(), owner_id=self._vault.owner_id, wrapped_key=self._vault.new_wrapped())
            person.name = self._vault.seal(person, "name", name or "(no name)")
            person.save(force_insert=True)
            made = Handle.objects.create(
                owner_id=self._vault.owner_id, person=person, platform=platform, fingerprint=fingerprint
            )
        return made.pk.hex

    def lookup(self, platform: str, sender: str) -> Handle | None:
        """A known sender's handle."""
        fingerprint = self._vault.fingerprint("handle", f"{platform}\0{sender}")
        return Handle.objects.filter(owner_id=self._vault.owner_id, fingerprint=fingerprint).first()


_NAMELESS = {
    "facebook user", "facebook-nutzer", "utilisateur facebook", "usuario de facebook", "utente di facebook",
    "usuário do facebook", "пользователь facebook", "deleted account", "instagram user",
}  # fmt: skip


def settle_me(vault: Vault, roster: Roster, owners: list[Owner]) -> dict[str, Any] | None:
    """Take the strongest evidence of each platform; what the user chose before stays. Returns what the receipt says."""
    said: dict[str, Any] | None = None
    taken: set[str] = set()
    for owner in sorted(owners, key=lambda o: -o.weight):
        handle = roster.lookup(owner.platform, owner.sender_id)
        if handle is None or owner.platform in taken:
            continue
        taken.add(owner.platform)
        me = Person.objects.filter(owner_id=vault.owner_id, is_me=True).first()
        if me is None:
            Person.objects.filter(pk=handle.person_id).update(is_me=True)
        elif me.pk != handle.person_id and not me.handles.filter(platform=owner.platform).exists():
            _join(handle, me)  # the first account on another platform; on the same one it is somebody else
        said = said or {"name": owner.name, "evidence": owner.evidence, "platform": owner.platform}
    return said


def _join(handle: Handle, person: Person) -> None:
    """One person behind both; the emptied one goes."""
    with transaction.atomic():
        emptied = handle.person_id
        Handle.objects.filter(pk=handle.pk).update(person=person)
        if not Handle.objects.filter(person_id=emptied).exists():
            Person.objects.filter(pk=emptied).delete()


def choose_me(*, owner_id: UUID, person: Person) -> None:
    """The owner says who they are."""
    with transaction.atomic():
        Person.objects.filter(owner_id=owner_id, is_me=True).update(is_me=False, chosen=False)
        Person.objects.filter(pk=person.pk, owner_id=owner_id).update(is_me=True, chosen=True)

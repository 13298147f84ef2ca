"""A persona that talks without a training: the shipped base itself, behind an adapter that changes nothing."""

from __future__ import annotations

from tests.flows.stack import Site

_MADE = """
from uuid import uuid4
from safetensors.numpy import save
from apps.accounts.models import User
from apps.accounts.services import open_vault
from apps.archives.models import Person
from apps.personas import services
from apps.personas.models import Version
owner = User.objects.get(email={email!r})
vault = open_vault(owner.pk)
persona = services.make(owner_id=owner.pk, person=Person.objects.get(owner=owner, is_me=True), name="Noa Lindqvist", basis="self")
for number in range(1, {versions} + 1):
    version = Version(id=uuid4(), owner=owner, persona=persona, number=number, preset="quick", config={{"base": "builtin"}})
    version.wrapped_key = vault.new_wrapped()
    with vault.create("weights") as (item, writer):
        writer.write(save({{}}))
    version.weights = item
    version.save(force_insert=True)
print("persona", persona.pk)
"""


def untrained(site: Site, email: str, versions: int = 1) -> str:
    """The id of a persona of the account that has read an archive."""
    said = site.manage("shell", "-c", _MADE.format(email=email, versions=versions))
    return said.split("persona ")[-1].strip()

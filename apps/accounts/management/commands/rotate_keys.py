"""`manage.py rotate_keys`: the keys of accounts are wrapped by the newest master key."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.accounts import vault
from apps.accounts.models import User


class Command(BaseCommand):
    help = (
        "Wrap the keys of all accounts anew under the first of MASTER_KEYS. It can be interrupted and run again at any time."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--account", metavar="EMAIL", help="only the key of this account")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            count = vault.rotate_master_key(_account(options["account"]))
        except vault.OldKeyMissing as error:
            raise CommandError(
                f"{_keys(error.missing)} could not be wrapped anew ({_keys(error.rotated)} could): put the old master key back "
                "behind the new one in MASTER_KEYS and run this again.",
                returncode=2,
            ) from None
        self.stdout.write(f"{_keys(count)} wrapped anew under the newest master key.")


def _account(email: str | None) -> UUID | None:
    if email is None:
        return None
    found = User.objects.filter(email__iexact=email).first()
    if found is None:
        raise CommandError("There is no account with this address.", returncode=2)
    return found.pk


def _keys(count: int) -> str:
    return f"{count:,} key{'' if count == 1 else 's'}"

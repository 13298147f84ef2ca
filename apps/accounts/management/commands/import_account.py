"""`manage.py import_account FILE --email ADDRESS`: an export becomes a new account."""

from __future__ import annotations

import getpass
import sys
from pathlib import Path
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email

from apps.accounts import age, services
from apps.accounts.bundle import NotAnExport


class Command(BaseCommand):
    help = "Read an export (.zip, or .zip.age with its passphrase) into a new account; its password is set by resetting it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", metavar="FILE", type=Path)
        parser.add_argument("--email", required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            validate_email(options["email"])
            with options["file"].open("rb") as file:
                passphrase = _passphrase() if age.is_age(file.read(32)) else ""
                services.import_account(email=options["email"], file=file, passphrase=passphrase)
        except OSError:
            raise CommandError(f"{options['file']} cannot be read.", returncode=2) from None
        except ValidationError:
            raise CommandError("That is not an e-mail address.", returncode=2) from None
        except services.Taken:
            raise CommandError(
                "There is an account with this address already. Please take another one.", returncode=2
            ) from None
        except NotAnExport as error:
            raise CommandError(str(error), returncode=2) from None
        self.stdout.write("It is all there. Choose a password with “Forgot your password?” on the page to log in.")


def _passphrase() -> str:
    """Asked on the terminal, or the first line of the standard input; never an argument, which others on the machine see."""
    return getpass.getpass("Passphrase: ") if sys.stdin.isatty() else sys.stdin.readline().rstrip("\n")

"""Leaving with everything, the passphrase lock, and the one form that cannot be taken back."""

from __future__ import annotations

from typing import Any

from allauth.core import ratelimit
from django import forms
from django.http import HttpRequest

from apps.accounts.access import user
from apps.accounts.locking import SHORTEST


class ExportForm(forms.Form):
    """A passphrase for the export, twice, or none."""

    passphrase = forms.CharField(
        required=False,
        min_length=12,
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        label="Passphrase (or leave it empty)",
        error_messages={"min_length": "Please take a passphrase of at least 12 characters, or none."},
    )
    again = forms.CharField(
        required=False, strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}), label="Once more"
    )

    def clean(self) -> dict[str, str]:
        given: dict[str, str] = self.cleaned_data
        if "passphrase" in given and given["passphrase"] != given.get("again", ""):
            raise forms.ValidationError("The two are not the same. Please type the passphrase again.")
        return given


class _PasswordAgain(forms.Form):
    """A field `password`: the account's own, asked again. Tries are limited as the login's are, for each account."""

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.request = request

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        owner = user(self.request)
        if not ratelimit.consume(self.request, action="reauthenticate", user=owner):
            raise forms.ValidationError("That was tried too often. Please wait a minute, then try again.")
        if not owner.check_password(password):
            raise forms.ValidationError("That is not your password.")
        return password


class EraseForm(_PasswordAgain):
    """Password and the word that says it is meant."""

    password = forms.CharField(widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}), label="Your password")
    word = forms.CharField(label="Type the word erase")

    def clean_word(self) -> str:
        word: str = self.cleaned_data["word"]
        if word.strip().lower() != "erase":
            raise forms.ValidationError("Type erase to go on.")
        return word


def _secret(label: str, complete: str, **more: Any) -> forms.CharField:
    return forms.CharField(label=label, strip=False, widget=forms.PasswordInput(attrs={"autocomplete": complete}), **more)


class UnlockForm(forms.Form):
    """The passphrase, or the recovery code."""

    given = _secret("Passphrase or recovery code", "current-password", max_length=1_000)


class _NewPassphrase(forms.Form):
    passphrase = _secret(
        "New passphrase",
        "new-password",
        min_length=SHORTEST,
        max_length=1_000,
        error_messages={
            "min_length": f"Please take a passphrase of at least {SHORTEST} characters: five words that nobody says."
        },
    )
    again = _secret("Once more", "new-password")

    def clean(self) -> dict[str, Any]:
        given: dict[str, Any] = self.cleaned_data
        if "passphrase" in given and given["passphrase"] != given.get("again", ""):
            raise forms.ValidationError("The two are not the same. Please type the passphrase again.")
        return given


class LockForm(_PasswordAgain, _NewPassphrase):
    """A first passphrase: the account's password, and that one knows what forgetting means."""

    password = _secret("Your password", "current-password")
    understood = forms.BooleanField(
        label="I understand: if I lose both the passphrase and the recovery code, everything in this account is gone for good."
    )
    field_order = ("passphrase", "again", "password", "understood")


class ChangeLockForm(_NewPassphrase):
    """Another passphrase in the place of this one."""

    given = _secret("The one of today, or the recovery code", "current-password", max_length=1_000)
    field_order = ("given", "passphrase", "again")

"""The one form that cannot be taken back."""

from __future__ import annotations

from django import forms

from apps.accounts.models import User


class EraseForm(forms.Form):
    """Password and the word that says it is meant."""

    password = forms.CharField(widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}), label="Your password")
    word = forms.CharField(label="Type the word erase")

    def __init__(self, *args: object, user: User, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.user = user

    def clean_password(self) -> str:
        password: str = self.cleaned_data["password"]
        if not self.user.check_password(password):
            raise forms.ValidationError("That is not your password.")
        return password

    def clean_word(self) -> str:
        word: str = self.cleaned_data["word"]
        if word.strip().lower() != "erase":
            raise forms.ValidationError("Type erase to go on.")
        return word

"""Forms around doors."""

from __future__ import annotations

from django import forms

KEY_DAYS = [("", "until I end it"), (30, "a month"), (182, "half a year"), (365, "a year")]
LINK_DAYS = [(1, "a day"), (7, "a week"), (30, "a month"), (90, "three months")]


def _days(value: str) -> int | None:
    return int(value) if value else None


class KeyForm(forms.Form):
    """A new key."""

    title = forms.CharField(max_length=80, required=False)
    days = forms.TypedChoiceField(choices=KEY_DAYS, coerce=_days, empty_value=None, required=False)


class LinkForm(forms.Form):
    """A new link, or an invitation; it always expires."""

    title = forms.CharField(max_length=80, required=False)
    days = forms.TypedChoiceField(choices=LINK_DAYS, coerce=_days)

"""Forms around training."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django import forms

from apps.personas import tone_filter
from apps.personas.config import EPSILONS, METHODS, PRESETS, UNITS, TrainConfig
from apps.personas.names import BUILTIN
from apps.personas.origins import FOR_HUB

PERIODS = [(30, "a month"), (182, "half a year"), (365, "a year"), (730, "two years"), (1826, "five years")]


class TrainForm(forms.Form):
    """How to train."""

    preset = forms.ChoiceField(choices=[(name, name) for name in PRESETS], initial="quick", widget=forms.RadioSelect)
    base = forms.CharField(initial=BUILTIN, max_length=200, required=False)
    learn_others = forms.BooleanField(required=False)
    private = forms.BooleanField(required=False)
    epsilon = forms.TypedChoiceField(choices=[(e, str(e)) for e in EPSILONS], coerce=float, empty_value="", required=False)
    unit = forms.ChoiceField(choices=[(u, u) for u in UNITS], required=False)
    gap_minutes = forms.FloatField(min_value=1, max_value=10_080, required=False)
    origin = forms.ChoiceField(choices=[("", ""), *((o.name, o.name) for o in FOR_HUB)], required=False)
    method = forms.ChoiceField(choices=[("", ""), *((m, m) for m in METHODS)], required=False)
    vectors = forms.BooleanField(required=False)
    most_per_contact = forms.IntegerField(min_value=20, max_value=1_000_000, required=False)
    since = forms.DateField(required=False)
    until = forms.DateField(required=False)

    tone = forms.CharField(max_length=300, required=False)
    tone_percentile = forms.FloatField(min_value=0, max_value=100, required=False)
    tone_keep = forms.ChoiceField(choices=[("below", "below"), ("above", "above")], required=False)

    def cleaned(self) -> dict[str, Any]:
        """Keyword arguments of `services.start_training`."""
        data = self.cleaned_data
        return {
            "preset": data["preset"], "base": data["base"] or BUILTIN, "learn_others": data["learn_others"],
            "gap_minutes": data["gap_minutes"], "origin": data["origin"], "method": data["method"], "tone": self._tone(), "private": data["private"],
            "epsilon": data["epsilon"] or TrainConfig.epsilon, "unit": data["unit"] or TrainConfig.unit,
            "vectors": data["vectors"], "most_per_contact": data["most_per_contact"] or 0,
            "since": _midnight(data["since"]), "until": _midnight(data["until"], days=1),
        }  # fmt: skip

    def _tone(self) -> dict[str, Any] | None:
        """Nothing chosen means all replies: up to the hundredth percentile."""
        data = self.cleaned_data
        share = 100.0 if data["tone_percentile"] is None else data["tone_percentile"]
        return tone_filter.asked(data["tone"], share, data["tone_keep"] or "below")


class AskForm(forms.Form):
    """A link for somebody to agree or decline by."""

    asked_by = forms.CharField(max_length=80, error_messages={"required": "Please type the name by which they know you."})
    days = forms.TypedChoiceField(choices=PERIODS, coerce=int, initial=365)


class MemorialForm(forms.Form):
    """In memory of somebody who has died."""

    kinship = forms.CharField(
        max_length=200, error_messages={"required": "Please say who you are to them, or why you may decide."}
    )
    died = forms.BooleanField(error_messages={"required": "Please attest that the person has died."})
    adults = forms.BooleanField(error_messages={"required": "Memorials are for adults only, of adults only."})
    days = forms.TypedChoiceField(choices=PERIODS, coerce=int, initial=730)


class PersonaForm(TrainForm):
    """Whose voice it is, and the word that it may be."""

    person = forms.UUIDField()
    name = forms.CharField(max_length=80, required=False)
    consent = forms.BooleanField(
        error_messages={"required": "Please confirm that this is you, or that it stays with you until the person agrees."}
    )


class InviteForm(forms.Form):
    """What a friend may see, and for how long."""

    exchange = forms.TypedMultipleChoiceField(coerce=UUID)
    days = forms.IntegerField(min_value=1, max_value=30)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["exchange"]
        assert isinstance(field, forms.TypedMultipleChoiceField)
        field.valid_value = _is_id  # type: ignore[method-assign]  # the service looks whose they are


def _midnight(day: date | None, days: int = 0) -> float | None:
    """The beginning of a day, or of one some days later, in seconds since 1970 (UTC); exports know no time zone either."""
    return None if day is None else (datetime.combine(day, time(), UTC) + timedelta(days)).timestamp()


def _is_id(value: str) -> bool:
    try:
        UUID(value)
    except ValueError:
        return False
    return True

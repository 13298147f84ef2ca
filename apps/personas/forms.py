"""Forms around training."""

from __future__ import annotations

from typing import Any

from django import forms

from apps.personas.config import PRESETS
from apps.personas.names import BUILTIN


class TrainForm(forms.Form):
    """How to train."""

    preset = forms.ChoiceField(choices=[(name, name) for name in PRESETS], initial="quick", widget=forms.RadioSelect)
    base = forms.CharField(initial=BUILTIN, max_length=200, required=False)
    learn_others = forms.BooleanField(required=False)
    private = forms.BooleanField(required=False)
    gap_minutes = forms.FloatField(initial=60, min_value=1, max_value=10_080, required=False)

    def cleaned(self) -> dict[str, Any]:
        """Keyword arguments of `services.start_training`."""
        data = self.cleaned_data
        return {
            "preset": data["preset"], "base": data["base"] or BUILTIN, "learn_others": data["learn_others"],
            "gap_minutes": data["gap_minutes"] or 60, "private": data["private"],
        }  # fmt: skip


class PersonaForm(TrainForm):
    """Whose voice it is, and the word that it may be."""

    person = forms.UUIDField()
    name = forms.CharField(max_length=80, required=False)
    consent = forms.BooleanField(error_messages={"required": "Please confirm that this is you, or that the person agreed."})

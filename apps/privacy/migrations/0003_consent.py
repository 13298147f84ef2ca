"""Consent gets a state, an end and a link. Words that the owner gave for others ("they agreed") are kept, as what they are:
nobody answered for themselves, so such a persona stays in the owner's session until somebody does."""

from django.db import migrations, models
from django.db.models import F


def keep(apps, schema_editor):
    rows = apps.get_model("privacy", "Consent").objects
    rows.filter(basis="agreed").update(basis="none")
    rows.exclude(ended_at=None).update(state="revoked")
    rows.update(answered_at=F("created_at"))


def back(apps, schema_editor):
    rows = apps.get_model("privacy", "Consent").objects
    rows.exclude(basis="self").update(basis="agreed")
    rows.exclude(state="given").update(ended_at=F("created_at"))


class Migration(migrations.Migration):

    dependencies = [
        ("privacy", "0002_decisions"),
    ]

    operations = [
        migrations.AddField("consent", "wrapped_key", models.BinaryField(default=b""), preserve_default=False),
        migrations.AddField("consent", "state", models.CharField(choices=[("asked", "Asked"), ("given", "Given"), ("declined", "Declined"), ("revoked", "Revoked")], default="given", max_length=10)),
        migrations.AddField("consent", "until", models.DateTimeField(help_text="when it ends by itself", null=True)),
        migrations.AddField("consent", "token", models.BinaryField(help_text="hash of the link, keyed by the site", max_length=32, null=True, unique=True)),
        migrations.AddField("consent", "about", models.BinaryField(help_text="sealed: who asks, whom, and what is used; or what was attested", null=True)),
        migrations.AddField("consent", "answered_at", models.DateTimeField(help_text="when the state last changed; empty while it is asked", null=True)),
        migrations.AlterField("consent", "basis", models.CharField(choices=[("self", "it is me"), ("link", "the person answered by a link"), ("memorial", "in memory of somebody"), ("none", "nobody agreed; it stays in the owner's session")], max_length=10)),
        migrations.RunPython(keep, back),
        migrations.RemoveField("consent", "ended_at"),
    ]

"""Consent gets a state, an end and a link."""

from django.db import migrations, models


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
    ]

"""The state says what `ended_at` said."""

from django.db import migrations


class Migration(migrations.Migration):

    dependencies = [
        ("privacy", "0004_consent_words"),
    ]

    operations = [
        migrations.RemoveField("consent", "ended_at"),
    ]

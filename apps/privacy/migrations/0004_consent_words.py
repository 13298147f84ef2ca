"""Words that the owner gave for others ("they agreed") are kept, as what they are: nobody answered for themselves, so such a
persona stays in the owner's session until somebody does. Apart from the columns: PostgreSQL does not alter a table that was
changed in the same transaction."""

from django.db import migrations
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
        ("privacy", "0003_consent"),
    ]

    operations = [
        migrations.RunPython(keep, back),
    ]

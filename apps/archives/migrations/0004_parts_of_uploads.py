"""Parts belong to uploads only (a migration of its own: PostgreSQL alters no table whose rows it has just changed)."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("archives", "0003_uploads")]
    operations = [
        migrations.RemoveField("uploadedpart", "archive"),
        migrations.RemoveField("uploadedpart", "number"),
        migrations.AlterField("uploadedpart", "upload", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="parts", to="archives.upload")),
        migrations.AlterField("uploadedpart", "start", models.BigIntegerField()),
        migrations.AddConstraint("uploadedpart", models.UniqueConstraint(fields=("upload", "start"), name="one_part_from_each_byte")),
    ]

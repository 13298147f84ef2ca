"""Uploads that arrive in parts. What was waiting to be read becomes uploads of one part each."""

import uuid
from datetime import timedelta

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.utils import timezone


def carry_over(apps, schema_editor):
    Upload, Part = apps.get_model("archives", "Upload"), apps.get_model("archives", "UploadedPart")
    for part in Part.objects.order_by("archive_id", "number").select_related("item"):
        part.upload = Upload.objects.create(
            owner_id=part.owner_id, wrapped_key=b"", about=b"", length=part.item.size, group=part.archive_id,
            archive_id=part.archive_id, expires_at=timezone.now() + timedelta(days=7),
        )  # fmt: skip
        part.save(update_fields=["upload"])


class Migration(migrations.Migration):
    dependencies = [("archives", "0002_merges"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]
    operations = [
        migrations.CreateModel(
            name="Upload",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("wrapped_key", models.BinaryField()),
                ("about", models.BinaryField(help_text="sealed: the file's name, and the page's mark by which it is known again")),
                ("length", models.BigIntegerField(help_text="bytes it will have")),
                ("group", models.UUIDField(db_index=True, default=uuid.uuid4, help_text="files that were dropped together become one archive")),
                ("files", models.PositiveIntegerField(default=1, help_text="how many the group has")),
                ("expires_at", models.DateTimeField(help_text="when an unfinished one is forgotten")),
                ("archive", models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name="uploads", to="archives.archive")),
                ("owner", models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL)),
            ],
            options={"abstract": False},
        ),
        migrations.AddField("uploadedpart", "upload", models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, related_name="parts", to="archives.upload")),
        migrations.AddField("uploadedpart", "start", models.BigIntegerField(default=0)),
        migrations.RunPython(carry_over, migrations.RunPython.noop),
    ]

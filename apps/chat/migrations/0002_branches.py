"""Turns become a tree with a head, talks are pinned, archived, temporary and remember what was being typed."""

import django.db.models.deletion
from django.db import migrations, models


def chain(apps, schema_editor):
    """Shown turns become one chain; an attempt that was replaced becomes another child of the same parent."""
    Conversation, Turn = apps.get_model("chat", "Conversation"), apps.get_model("chat", "Turn")
    for talk in Conversation.objects.only("pk").iterator():
        last = before = None
        depth = 0
        for pk, number, hidden in Turn.objects.filter(conversation=talk).order_by("number", "-hidden", "created_at").values_list("pk", "number", "hidden"):
            parent, deep = (last, depth + 1)
            Turn.objects.filter(pk=pk).update(parent=parent, number=deep)
            if not hidden:
                last, depth = pk, deep
        Conversation.objects.filter(pk=talk.pk).update(head=last)


class Migration(migrations.Migration):
    dependencies = [("chat", "0001_initial"), ("personas", "0003_guarded")]

    operations = [
        migrations.RemoveConstraint(model_name="turn", name="one_shown_turn_per_number"),
        migrations.AddField("conversation", "version", models.ForeignKey(
            help_text="who answers; empty = the newest that can", null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="personas.version")),
        migrations.AddField("conversation", "head", models.ForeignKey(
            help_text="the last turn shown", null=True, on_delete=django.db.models.deletion.SET_NULL, related_name="+", to="chat.turn")),
        migrations.AddField("conversation", "draft", models.BinaryField(help_text="sealed: what is being typed", null=True)),
        migrations.AddField("conversation", "pinned", models.BooleanField(default=False)),
        migrations.AddField("conversation", "archived", models.BooleanField(default=False)),
        migrations.AddField("conversation", "temporary", models.BooleanField(default=False, help_text="deleted when nobody has it open any more")),
        migrations.AddField("conversation", "seen_at", models.DateTimeField(help_text="when a temporary one was last open", null=True)),
        migrations.AddField("turn", "parent", models.ForeignKey(
            null=True, on_delete=django.db.models.deletion.CASCADE, related_name="children", to="chat.turn")),
        migrations.AlterField("turn", "number", models.PositiveIntegerField(help_text="how deep it is in the tree; the first is 1")),
        migrations.RunPython(chain, migrations.RunPython.noop),
        migrations.RemoveField("turn", "hidden"),
    ]

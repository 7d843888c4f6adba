"""A conversation that went into another one is found by its former id; so those that went already are noted, too."""

from uuid import UUID

from django.db import migrations, models
from django.db.models.deletion import CASCADE


def fill(apps, _schema_editor):
    Contact = apps.get_model("conversations", "Contact")
    FormerConversation = apps.get_model("conversations", "FormerConversation")
    merged = Contact.objects.exclude(former_conversations=[]).filter(conversation__isnull=False)
    for present, former in merged.values_list("conversation", "former_conversations").iterator():
        FormerConversation.objects.bulk_create(
            [FormerConversation(id=UUID(each), conversation_id=present) for each in former]
        )


class Migration(migrations.Migration):

    dependencies = [
        ("conversations", "0015_checked_once"),
    ]

    operations = [
        migrations.CreateModel(
            name="FormerConversation",
            fields=[
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("conversation", models.ForeignKey(on_delete=CASCADE, related_name="former", to="conversations.conversation")),
            ],
        ),
        migrations.RunPython(fill, migrations.RunPython.noop),
        migrations.RemoveField(model_name="contact", name="former_conversations"),
    ]

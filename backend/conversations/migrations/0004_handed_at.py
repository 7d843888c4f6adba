from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('conversations', '0003_messages_queued_by_business'),
    ]

    operations = [
        migrations.AddField(
            model_name='conversation',
            name='handed_at',
            field=models.DateTimeField(null=True),
        ),
    ]

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('conversations', '0007_fill_contact_aliases'),
    ]

    operations = [
        migrations.AddField(
            model_name='conversation',
            name='handed_at',
            field=models.DateTimeField(null=True),
        ),
    ]

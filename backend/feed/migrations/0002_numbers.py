import django.db.models.deletion
from django.db import migrations, models

NUMBER = """
UPDATE feed_feedentry SET number = counted.number
FROM (SELECT id, row_number() OVER (PARTITION BY business_id ORDER BY id) AS number FROM feed_feedentry) AS counted
WHERE feed_feedentry.id = counted.id
"""
HEADS = """
INSERT INTO feed_feedhead (business_id, last)
SELECT business_id, max(number) FROM feed_feedentry GROUP BY business_id
"""


class Migration(migrations.Migration):
    dependencies = [
        ("businesses", "0001_initial"),
        ("feed", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="FeedHead",
            fields=[
                (
                    "business",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="businesses.business",
                    ),
                ),
                ("last", models.BigIntegerField(default=0)),
            ],
        ),
        migrations.AddField("feedentry", "number", models.BigIntegerField(null=True)),
        migrations.RunSQL([NUMBER, HEADS], migrations.RunSQL.noop),
        migrations.AlterField("feedentry", "number", models.BigIntegerField()),
        migrations.AddConstraint(
            "feedentry",
            models.UniqueConstraint(fields=("business", "number"), name="one_feed_entry_per_number"),
        ),
        # The constraint's index begins with the business.
        migrations.RemoveIndex("feedentry", "feed_by_business"),
        migrations.AlterField(
            "feedentry",
            "business",
            models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="+",
                to="businesses.business",
            ),
        ),
    ]

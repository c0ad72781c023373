"""What readers can search in, with the full text of the database it stands on."""

from django.db import migrations, models

from board.search.index import FullText


class Migration(migrations.Migration):
    dependencies = [("board", "0003_mail")]

    operations = [
        migrations.CreateModel(
            name="SearchEntry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "source",
                    models.CharField(help_text="The kind of row, as notes name it.", max_length=30),
                ),
                ("row_key", models.BigIntegerField()),
                ("code", models.CharField(blank=True, max_length=120)),
                ("plan_key", models.BigIntegerField(blank=True, null=True)),
                ("objective_key", models.BigIntegerField(blank=True, null=True)),
                ("measure_key", models.BigIntegerField(blank=True, null=True)),
                ("place", models.CharField(blank=True, max_length=300)),
                ("title", models.TextField(blank=True)),
                ("text", models.TextField(blank=True)),
            ],
            options={
                "verbose_name_plural": "search entries",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("source", "row_key"),
                        name="search_entry_once",
                        violation_error_message="The row can be searched for already.",
                    )
                ],
            },
        ),
        FullText(),
    ]

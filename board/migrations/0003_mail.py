"""E-mails: which were sent, and which a person does not want."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("board", "0002_triggers"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="MailPreference",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("opens", "A return of your care group opens"),
                            ("closing", "A return of your care group closes in three days"),
                            ("late", "A return of your care group is late"),
                            ("sent_back", "A return of your care group was sent back"),
                            ("approved", "A return of your care group was approved"),
                            ("digest", "Every Monday: what waits for you, and who is late"),
                        ],
                        max_length=10,
                    ),
                ),
                ("is_wanted", models.BooleanField()),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="mail_preferences",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("person", "kind"),
                        name="mail_preference_once_a_kind",
                        violation_error_message="This is chosen already.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "kind__in",
                                ["approved", "closing", "digest", "late", "opens", "sent_back"],
                            )
                        ),
                        name="mail_preference_known_kind",
                        violation_error_message="Choose a kind from the list.",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SentMail",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("opens", "A return of your care group opens"),
                            ("closing", "A return of your care group closes in three days"),
                            ("late", "A return of your care group is late"),
                            ("sent_back", "A return of your care group was sent back"),
                            ("approved", "A return of your care group was approved"),
                            ("digest", "Every Monday: what waits for you, and who is late"),
                        ],
                        max_length=10,
                    ),
                ),
                (
                    "about",
                    models.CharField(help_text="Which return or week it is about.", max_length=120),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("sending", "Being sent"),
                            ("sent", "Sent"),
                            ("failed", "Did not leave: tried again"),
                            ("unknown", "Interrupted: not known whether it left"),
                            ("empty", "Nothing to say"),
                        ],
                        default="sending",
                        max_length=8,
                    ),
                ),
                ("tries", models.PositiveSmallIntegerField(default=1)),
                ("claimed_at", models.DateTimeField(help_text="When the last try began.")),
                ("sent_at", models.DateTimeField(blank=True, null=True)),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="mails",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("kind", "about", "person"),
                        name="sent_mail_once",
                        violation_error_message="This e-mail is sent already.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "kind__in",
                                ["approved", "closing", "digest", "late", "opens", "sent_back"],
                            )
                        ),
                        name="sent_mail_known_kind",
                        violation_error_message="Choose a kind from the list.",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("sent_at__isnull", False), ("state", "sent")),
                            models.Q(
                                models.Q(("state", "sent"), _negated=True),
                                ("sent_at__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="sent_mail_sent_at_a_moment",
                        violation_error_message="A sent e-mail has its moment, and no other.",
                    ),
                ],
            },
        ),
    ]

"""Every row is copied by the tracker itself when it writes it; those that are there get a copy."""

from django.db import migrations

from accounts.record.append_only import TrackerCopies


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0006_moments_are_written_once"),
        ("admin", "0003_logentry_add_action_flag_choices"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("board", "0006_mail_of_what_is_opened_again"),
        ("cip", "0007_weight_changes"),
        ("kpis", "0024_plan_texts_are_changed_once"),
        ("strategy", "0005_texts_begin_their_history"),
    ]

    operations = [TrackerCopies()]

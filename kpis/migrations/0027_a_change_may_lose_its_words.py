"""A change whose words were withdrawn need not say another thing, nor an accepted level where."""

from django.db import migrations
from django.db.models import CheckConstraint, F, Q

WITHDRAWN = Q(is_text_withdrawn=True)
CONSTRAINTS = (
    (
        "acceptedlevel",
        CheckConstraint(
            name="accepted_level_names_its_meeting",
            condition=~Q(meeting="") | WITHDRAWN,
            violation_error_message="Name the meeting that accepted it.",
        ),
    ),
    (
        "measurechange",
        CheckConstraint(
            name="measure_change_says_something_else",
            condition=~Q(old=F("new")) | WITHDRAWN,
            violation_error_message="Change the wording.",
        ),
    ),
    (
        "textchange",
        CheckConstraint(
            name="text_change_says_something_else",
            condition=~Q(old=F("new")) | WITHDRAWN,
            violation_error_message="Change the text.",
        ),
    ),
)


class Migration(migrations.Migration):
    dependencies = [("kpis", "0026_one_index_for_a_key")]

    operations = [
        *(migrations.RemoveConstraint(name, check.name) for name, check in CONSTRAINTS),
        *(migrations.AddConstraint(name, check) for name, check in CONSTRAINTS),
    ]

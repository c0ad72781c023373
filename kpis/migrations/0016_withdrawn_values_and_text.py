"""Figures and words can be withdrawn: the columns and constraints that this takes.

What is written once is altered with its triggers off; the next migration puts them on again.
"""

from django.conf import settings
from django.db import migrations, models

from accounts.record.append_only import LiftAppendOnly

OF_AN_ILLUSTRATIVE_ACTUAL = (
    "EXISTS (SELECT 1 FROM kpis_actual WHERE kpis_actual.id = OLD.actual_id "
    "AND kpis_actual.origin = 'illustrative')"
)


class Migration(migrations.Migration):
    dependencies = [
        ("kpis", "0015_judged_anew"),
        ("strategy", "0005_recorded_memberships"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        LiftAppendOnly("kpis_decision", deletable_when=OF_AN_ILLUSTRATIVE_ACTUAL),
        LiftAppendOnly("kpis_actual", deletable_when="OLD.origin = 'illustrative'"),
        migrations.RemoveConstraint(
            model_name="actual",
            name="actual_reason_for_no_value",
        ),
        migrations.RemoveConstraint(
            model_name="actual",
            name="actual_says_something",
        ),
        migrations.RemoveConstraint(
            model_name="actual",
            name="actual_correction_has_a_reason",
        ),
        migrations.RemoveConstraint(
            model_name="decision",
            name="decision_return_has_a_reason",
        ),
        migrations.RemoveConstraint(
            model_name="fixedbaseline",
            name="fixed_baseline_has_a_reason",
        ),
        migrations.RemoveConstraint(
            model_name="measurechange",
            name="measure_change_has_a_reason",
        ),
        migrations.RemoveConstraint(
            model_name="measurechange",
            name="measure_change_refused_with_a_reason",
        ),
        migrations.RemoveConstraint(
            model_name="rebase",
            name="rebase_has_a_reason",
        ),
        migrations.RemoveConstraint(
            model_name="return",
            name="return_nil_has_a_reason",
        ),
        migrations.RemoveConstraint(
            model_name="return",
            name="return_sent_back_with_a_reason",
        ),
        migrations.RemoveConstraint(
            model_name="targetchange",
            name="target_change_has_a_reason",
        ),
        migrations.RemoveConstraint(
            model_name="targetchange",
            name="target_change_refused_with_a_reason",
        ),
        migrations.RemoveConstraint(
            model_name="tolerancechange",
            name="tolerance_change_has_a_reason",
        ),
        migrations.RemoveConstraint(
            model_name="tolerancechange",
            name="tolerance_change_refused_with_a_reason",
        ),
        migrations.AddField(
            model_name="actual",
            name="is_text_withdrawn",
            field=models.BooleanField(db_default=False, default=False, editable=False),
        ),
        migrations.AddField(
            model_name="decision",
            name="is_text_withdrawn",
            field=models.BooleanField(db_default=False, default=False, editable=False),
        ),
        migrations.AddField(
            model_name="fixedbaseline",
            name="is_text_withdrawn",
            field=models.BooleanField(db_default=False, default=False, editable=False),
        ),
        migrations.AddField(
            model_name="historicalrebase",
            name="is_text_withdrawn",
            field=models.BooleanField(db_default=False, default=False, editable=False),
        ),
        migrations.AddField(
            model_name="measurechange",
            name="is_text_withdrawn",
            field=models.BooleanField(db_default=False, default=False, editable=False),
        ),
        migrations.AddField(
            model_name="rebase",
            name="is_text_withdrawn",
            field=models.BooleanField(db_default=False, default=False, editable=False),
        ),
        migrations.AddField(
            model_name="return",
            name="is_text_withdrawn",
            field=models.BooleanField(db_default=False, default=False, editable=False),
        ),
        migrations.AddField(
            model_name="returncell",
            name="withdrawn",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="The approved figure should never have been.",
            ),
        ),
        migrations.AddField(
            model_name="targetchange",
            name="is_text_withdrawn",
            field=models.BooleanField(db_default=False, default=False, editable=False),
        ),
        migrations.AddField(
            model_name="tolerancechange",
            name="is_text_withdrawn",
            field=models.BooleanField(db_default=False, default=False, editable=False),
        ),
        migrations.AlterField(
            model_name="actual",
            name="value_status",
            field=models.CharField(
                choices=[
                    ("provisional", "Provisional"),
                    ("final", "Final"),
                    ("not_applicable", "Not applicable"),
                    ("suppressed", "Suppressed"),
                    ("withdrawn", "Withdrawn"),
                ],
                default="final",
                max_length=14,
            ),
        ),
        migrations.AlterField(
            model_name="assessment",
            name="value_status",
            field=models.CharField(
                choices=[
                    ("provisional", "Provisional"),
                    ("final", "Final"),
                    ("not_applicable", "Not applicable"),
                    ("suppressed", "Suppressed"),
                    ("withdrawn", "Withdrawn"),
                ],
                max_length=14,
            ),
        ),
        migrations.AddConstraint(
            model_name="actual",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("value_status__in", ["not_applicable", "suppressed", "withdrawn"]),
                        _negated=True,
                    ),
                    models.Q(
                        ("value__isnull", True),
                        models.Q(
                            models.Q(("status_reason", ""), _negated=True),
                            ("is_text_withdrawn", True),
                            _connector="OR",
                        ),
                    ),
                    _connector="OR",
                ),
                name="actual_reason_for_no_value",
                violation_error_message="Say why there is no figure.",
            ),
        ),
        migrations.AddConstraint(
            model_name="actual",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("value_status__in", ["not_applicable", "suppressed", "withdrawn"]),
                    ("value__isnull", False),
                    models.Q(("milestone_status", ""), _negated=True),
                    _connector="OR",
                ),
                name="actual_says_something",
                violation_error_message="Enter a figure, or say why there is none.",
            ),
        ),
        migrations.AddConstraint(
            model_name="actual",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("version", 1),
                    models.Q(("change_reason", ""), _negated=True),
                    ("is_text_withdrawn", True),
                    _connector="OR",
                ),
                name="actual_correction_has_a_reason",
                violation_error_message="Say why the figure is corrected.",
            ),
        ),
        migrations.AddConstraint(
            model_name="actual",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("value_status", "withdrawn"), _negated=True),
                    models.Q(
                        ("completed_on__isnull", True),
                        ("forecast_on__isnull", True),
                        ("milestone_status", ""),
                        ("numerator__isnull", True),
                        ("value__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="actual_withdrawn_says_nothing",
                violation_error_message="A figure that is withdrawn has no value.",
            ),
        ),
        migrations.AddConstraint(
            model_name="decision",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("outcome", "returned"), _negated=True),
                    models.Q(("reason", ""), _negated=True),
                    ("is_text_withdrawn", True),
                    _connector="OR",
                ),
                name="decision_return_has_a_reason",
                violation_error_message="Say why the figure goes back.",
            ),
        ),
        migrations.AddConstraint(
            model_name="fixedbaseline",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("reason", ""), _negated=True),
                    ("is_text_withdrawn", True),
                    _connector="OR",
                ),
                name="fixed_baseline_has_a_reason",
                violation_error_message="Say why the limits are fixed.",
            ),
        ),
        migrations.AddConstraint(
            model_name="measurechange",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("reason", ""), _negated=True),
                    ("is_text_withdrawn", True),
                    _connector="OR",
                ),
                name="measure_change_has_a_reason",
                violation_error_message="Say why the wording changes.",
            ),
        ),
        migrations.AddConstraint(
            model_name="measurechange",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("outcome", "rejected"), _negated=True),
                    models.Q(("decision_reason", ""), _negated=True),
                    ("is_text_withdrawn", True),
                    _connector="OR",
                ),
                name="measure_change_refused_with_a_reason",
                violation_error_message="Say why the change is not approved.",
            ),
        ),
        migrations.AddConstraint(
            model_name="rebase",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("reason", ""), _negated=True),
                    ("is_text_withdrawn", True),
                    _connector="OR",
                ),
                name="rebase_has_a_reason",
                violation_error_message="Say why the limits are recalculated.",
            ),
        ),
        migrations.AddConstraint(
            model_name="return",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("is_nil", False),
                    models.Q(("nil_reason", ""), _negated=True),
                    ("is_text_withdrawn", True),
                    _connector="OR",
                ),
                name="return_nil_has_a_reason",
                violation_error_message="Say why there is nothing to report.",
            ),
        ),
        migrations.AddConstraint(
            model_name="return",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("status", "returned"), _negated=True),
                    models.Q(("returned_reason", ""), _negated=True),
                    ("is_text_withdrawn", True),
                    _connector="OR",
                ),
                name="return_sent_back_with_a_reason",
                violation_error_message="Say why the return goes back.",
            ),
        ),
        migrations.AddConstraint(
            model_name="targetchange",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("reason", ""), _negated=True),
                    ("is_text_withdrawn", True),
                    _connector="OR",
                ),
                name="target_change_has_a_reason",
                violation_error_message="Say why the target changes.",
            ),
        ),
        migrations.AddConstraint(
            model_name="targetchange",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("outcome", "rejected"), _negated=True),
                    models.Q(("decision_reason", ""), _negated=True),
                    ("is_text_withdrawn", True),
                    _connector="OR",
                ),
                name="target_change_refused_with_a_reason",
                violation_error_message="Say why the change is not approved.",
            ),
        ),
        migrations.AddConstraint(
            model_name="tolerancechange",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("reason", ""), _negated=True),
                    ("is_text_withdrawn", True),
                    _connector="OR",
                ),
                name="tolerance_change_has_a_reason",
                violation_error_message="Say why the tolerance changes.",
            ),
        ),
        migrations.AddConstraint(
            model_name="tolerancechange",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("outcome", "rejected"), _negated=True),
                    models.Q(("decision_reason", ""), _negated=True),
                    ("is_text_withdrawn", True),
                    _connector="OR",
                ),
                name="tolerance_change_refused_with_a_reason",
                violation_error_message="Say why the change is not approved.",
            ),
        ),
    ]

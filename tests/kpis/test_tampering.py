"""`check_data` finds and names every row changed, added or deleted outside the tracker.

The triggers are off, as for somebody who may alter the tables; each tampering is one statement.
"""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import NamedTuple

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from accounts import audit
from kpis.assessments import tampering
from kpis.assessments.integrity import findings
from kpis.assessments.store import recompute
from kpis.assessments.tampering import is_printed
from kpis.dated_changes import recalculation as rebasing
from kpis.dated_changes import target_changes as targets
from kpis.models import Actual
from kpis.months.clock import lock_period
from strategy.fixtures.write import Desired, Report, upsert
from strategy.models import FinanceLine, SourceDocument
from tests.factories.measures import TargetFactory, approved
from tests.factories.people import access, performance_team
from tests.factories.plans import AmbitionFactory, ObjectiveFactory, PlanFactory
from tests.kpis.conftest import make_scene
from tests.plugins.kept import kept

pytestmark = pytest.mark.django_db
AT = datetime(2026, 10, 6, tzinfo=UTC)


@kept
def tracker():
    """A return sent back, approved and corrected, a published figure, changes, seeded rows."""
    scene = make_scene()
    plan = PlanFactory(starts_on=date(2026, 4, 1), ends_on=date(2029, 3, 31))
    who = {"access": access(scene.team), "by": scene.team}
    scene.fill(comment="A ward was closed")
    scene.submit()
    scene.send_back()
    scene.fill(numerator="44", comment="A ward was closed")
    scene.submit()
    scene.approve()
    approved(
        scene.calls,
        scene.period.month.plus(-1),
        Decimal("82.4"),
        origin="published",
        printed_as="82.4",
        source_document=plan.source_document,
    )
    target = TargetFactory(
        measure=scene.calls.measure, plan=plan, role="local", source_document=plan.source_document
    )
    targets.propose_change(
        target_id=target.pk,
        version=target.version,
        reason="A ward closed",
        at=scene.tick(),
        terms=targets.Terms(effective_from=date(2026, 6, 1), value=Decimal(90)),
        **who,
    )
    rebasing.add_rebase(
        series_id=scene.calls.pk,
        starts_on=date(2026, 5, 1),
        reason="New wards",
        at=scene.tick(),
        **who,
    )
    rebasing.fix_baseline(
        series_id=scene.ratio.pk, points=12, reason="New rules", at=scene.tick(), **who
    )
    lock_period(period_id=scene.period.pk, by=scene.team, at=scene.tick())
    line = {
        "plan": plan,
        "position": 1,
        "group": "Income",
        "line": "Total",
        "value": Decimal(180),
        "unit": "£m",
        "printed_as": "£180m",
        "source_document": plan.source_document,
        "source_section": "Page 9",
    }
    wanted = [Desired((plan.code, 1), line, "a fixture")]
    upsert(FinanceLine, wanted, {}, at=AT, refresh=False, report=Report())
    paper = {"source_document": plan.source_document, "source_section": "Page 3"}
    ambition = AmbitionFactory(plan=plan, **paper)
    ObjectiveFactory(plan=plan, ambition=ambition, statement="To be seen in time", **paper)
    recompute(at=AT, stale_only=False)


def tamper(statement: str, *, keeps_copying: bool = False) -> int:
    """Run one statement with the triggers off; returns how many rows it reached."""
    connection.check_constraints()
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
            for (name,) in cursor.fetchall():
                if not (keeps_copying and "_copy_" in name):
                    cursor.execute(f"DROP TRIGGER {name}")
        else:
            cursor.execute(
                "SELECT tgrelid::regclass, tgname FROM pg_trigger WHERE NOT tgisinternal"
            )
            for table, name in cursor.fetchall():
                if not (keeps_copying and name.endswith("_copy")):
                    cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {name}")
        cursor.execute(statement)
        return cursor.rowcount


class Tampering(NamedTuple):
    kind: str
    named: str
    statement: str


V2 = "(SELECT id FROM kpis_actual WHERE version = 2 AND numerator IS NOT NULL)"
APPROVAL = f"kpis_decision WHERE outcome = 'approved' AND actual_id = {V2}"
TAMPERINGS = {
    "a published value": Tampering(
        "not as printed", "91", "UPDATE kpis_actual SET value = 91 WHERE origin = 'published'"
    ),
    "a published value and its printed form": Tampering(
        "tampered",
        "printed_as",
        "UPDATE kpis_actual SET value = 91, printed_as = '91' WHERE origin = 'published'",
    ),
    "parts and value together": Tampering(
        "tampered",
        "numerator",
        f"UPDATE kpis_actual SET numerator = 45, value = 90 WHERE id = {V2}",
    ),
    "a period": Tampering(
        "tampered",
        "period_start",
        "UPDATE kpis_actual SET period_start = '2026-07-01', period_end = '2026-07-31' "
        "WHERE origin = 'published'",
    ),
    "another series": Tampering(
        "tampered",
        "series_id",
        "UPDATE kpis_actual SET series_id = (SELECT MIN(id) FROM kpis_series) "
        "WHERE origin = 'published'",
    ),
    "who entered it": Tampering(
        "tampered",
        "recorded_by_id",
        f"UPDATE kpis_actual SET recorded_by_id = NULL WHERE id = {V2}",
    ),
    "the reason of a correction": Tampering(
        "tampered", "change_reason", f"UPDATE kpis_actual SET change_reason = 'x' WHERE id = {V2}"
    ),
    "known from": Tampering(
        "tampered",
        "known_from",
        f"UPDATE kpis_decision SET known_from = '2020-01-01 00:00:00' WHERE actual_id = {V2}",
    ),
    "who decided": Tampering(
        "tampered",
        "decided_by_id",
        "UPDATE kpis_decision SET decided_by_id = "
        "(SELECT MIN(id) FROM accounts_user WHERE username = 'who-decides' OR id > 0) "
        f"WHERE actual_id = {V2}",
    ),
    "decided by nobody": Tampering(
        "approved by nobody",
        "seen-in-time",
        f"UPDATE kpis_decision SET decided_by_id = NULL WHERE actual_id = {V2}",
    ),
    "decided by who entered it": Tampering(
        "approved by who entered it",
        "seen-in-time",
        "UPDATE kpis_decision SET decided_by_id = (SELECT recorded_by_id FROM kpis_actual "
        f"WHERE id = {V2}) WHERE actual_id = {V2}",
    ),
    "when it was decided": Tampering(
        "decided before it was recorded",
        "seen-in-time",
        f"UPDATE kpis_decision SET decided_at = '2026-01-01 00:00:00' WHERE actual_id = {V2}",
    ),
    "what was decided": Tampering(
        "tampered",
        "outcome",
        "UPDATE kpis_decision SET outcome = 'approved' WHERE outcome = 'returned'",
    ),
    "a deleted decision": Tampering("tampered", "was deleted", f"DELETE FROM {APPROVAL}"),
    "an edited audit row": Tampering(
        "tampered",
        "action",
        "UPDATE accounts_auditevent SET action = 'x' WHERE action = 'approved'",
    ),
    "an audit row of somebody else": Tampering(
        "tampered", "by_id", "UPDATE accounts_auditevent SET by_id = NULL WHERE action = 'approved'"
    ),
    "what an audit row says was changed": Tampering(
        "tampered",
        "changes",
        "UPDATE accounts_auditevent SET changes = '[\"x\"]' WHERE action = 'approved'",
    ),
    "a copy": Tampering(
        "tampered",
        "cannot be read",
        "UPDATE accounts_rowcopy SET content = 'x' WHERE id = (SELECT MAX(id) FROM "
        "accounts_rowcopy WHERE table_name = 'kpis_actual')",
    ),
    "a deleted copy": Tampering(
        "tampered",
        "past the tracker",
        "DELETE FROM accounts_rowcopy WHERE table_name = 'kpis_actual'",
    ),
    "a deleted audit row": Tampering(
        "missing audit row", "is gone", "DELETE FROM accounts_auditevent WHERE action = 'approved'"
    ),
    "the last audit row": Tampering(
        "missing audit row",
        "the counter says",
        "DELETE FROM accounts_auditevent WHERE number = (SELECT last FROM accounts_auditcounter)",
    ),
    "the counter": Tampering(
        "missing audit row", "the counter says", "UPDATE accounts_auditcounter SET last = last - 1"
    ),
    "an edited reason": Tampering("tampered", "text", "UPDATE accounts_auditreason SET text = 'x'"),
    "a target's value": Tampering("history", "value", "UPDATE kpis_target SET value = 94"),
    "a target's statement": Tampering(
        "history", "statement", "UPDATE kpis_target SET statement = 'At least 94'"
    ),
    "an objective's statement": Tampering(
        "history", "statement", "UPDATE strategy_objective SET statement = 'To be seen'"
    ),
    "a unit": Tampering("history", "unit", "UPDATE kpis_measure SET unit = 'days'"),
    "a role": Tampering("history", "role", "UPDATE accounts_rolegrant SET role = 'administrator'"),
    "a deleted role": Tampering("history", "is gone", "DELETE FROM accounts_rolegrant"),
    "a deleted membership": Tampering("history", "is gone", "DELETE FROM strategy_membership"),
    "a membership": Tampering(
        "history", "starts_on", "UPDATE strategy_membership SET starts_on = '2026-10-01'"
    ),
    "a care group's dates": Tampering(
        "history",
        "valid_to",
        "UPDATE strategy_caregroup SET valid_to = '2026-12-31' WHERE code = 'acute'",
    ),
    "a series' dates": Tampering(
        "history", "valid_from", "UPDATE kpis_series SET valid_from = '2026-09-01'"
    ),
    "a changed state": Tampering(
        "tampered",
        "statement",
        "UPDATE kpis_historicaltarget SET statement = 'x' WHERE history_type = '+'",
    ),
    "a deleted state": Tampering(
        "tampered", "was deleted", "DELETE FROM kpis_historicaltarget WHERE history_type = '+'"
    ),
    "a finance line": Tampering(
        "seeded", "not as it was seeded", "UPDATE strategy_financeline SET value = 190"
    ),
    "what was seeded": Tampering(
        "seeded", "a kind of row", "UPDATE strategy_seededrow SET object_type = 'other'"
    ),
    "which columns were seeded": Tampering(
        "seeded", "not as it was seeded", "UPDATE strategy_seededrow SET columns = '[\"x\"]'"
    ),
    "a deleted finance line": Tampering("seeded", "is gone", "DELETE FROM strategy_financeline"),
    "a comment": Tampering(
        "tampered", "what_happened", "UPDATE kpis_commentary SET what_happened = 'x'"
    ),
    "a change of a target": Tampering(
        "tampered", "value", "UPDATE kpis_targetchange SET value = 89"
    ),
    "a recalculation": Tampering(
        "tampered", "starts_on", "UPDATE kpis_rebase SET starts_on = '2026-06-01'"
    ),
    "fixed limits": Tampering("tampered", "points", "UPDATE kpis_fixedbaseline SET points = 20"),
    "a lock": Tampering(
        "locked otherwise", "2026-09", "UPDATE kpis_reportingperiod SET locked_at = NULL"
    ),
    "the status of a return": Tampering(
        "decided otherwise",
        "draft, the audit record has approved",
        "UPDATE kpis_return SET status = 'draft' WHERE status = 'approved'",
    ),
    "who approved a return": Tampering(
        "decided otherwise",
        "approved at a moment, or by a person",
        "UPDATE kpis_return SET approved_by_id = submitted_by_id WHERE status = 'approved'",
    ),
    "when a return was sent in": Tampering(
        "decided otherwise",
        "submitted at a moment",
        "UPDATE kpis_return SET submitted_at = '2026-01-01 00:00:00' WHERE status = 'approved'",
    ),
    "that a return was sent back": Tampering(
        "decided otherwise",
        "returned at a moment",
        "UPDATE kpis_return SET returned_at = '2026-01-01 00:00:00' WHERE returned_at IS NOT NULL",
    ),
    "an inserted figure": Tampering(
        "tampered",
        "past the tracker",
        "INSERT INTO accounts_auditreason (event_id, text) "
        "SELECT id, 'x' FROM accounts_auditevent WHERE action = 'submitted' AND number = "
        "(SELECT MIN(number) FROM accounts_auditevent WHERE action = 'submitted')",
    ),
}


@pytest.mark.parametrize("name", TAMPERINGS)
def test_tampering_is_found_and_the_row_is_named(tracker, name):
    asked = TAMPERINGS[name]
    assert tamper(asked.statement) > 0
    found = list(tampering.findings())
    assert any(kind == asked.kind and asked.named in what for kind, what in found), found


def test_a_tracker_that_was_left_alone_passes_and_one_that_was_not_ends_with_1(tracker, capsys):
    assert [str(found) for found in findings()] == []
    call_command("check_data")
    tamper("UPDATE kpis_commentary SET what_happened = 'x'")
    with pytest.raises(CommandError):
        call_command("check_data")
    assert "tampered: commentary" in capsys.readouterr().out


def test_an_approved_version_deleted_with_its_decision_is_found(tracker):
    actual = Actual.objects.get(version=2, numerator__isnull=False)
    tamper(f"DELETE FROM {APPROVAL}")
    tamper(f"UPDATE kpis_assessment SET actual_id = NULL WHERE actual_id = {actual.pk}")
    tamper(f"DELETE FROM kpis_actual WHERE id = {actual.pk}")
    found = [what for kind, what in tampering.findings() if kind == "tampered"]
    assert any(what.startswith(f"actual {actual.pk} was deleted") for what in found)
    assert any(what.startswith("decision ") for what in found)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE kpis_commentary SET what_happened = 'Another'",
        f"UPDATE kpis_decision SET decided_by_id = NULL WHERE actual_id = {V2}",
        f"DELETE FROM {APPROVAL}",
    ],
)
def test_the_copies_do_not_follow_a_change_that_the_guards_would_refuse(tracker, statement):
    """Only the guards are off; the triggers that copy rows still run."""
    assert tamper(statement, keeps_copying=True) > 0
    assert "tampered" in {kind for kind, _ in tampering.findings()}


def test_what_people_change_through_the_tracker_is_no_tampering(tracker):
    line = FinanceLine.objects.get()
    with transaction.atomic():
        line.note = "Read again"
        line.save()
        audit.record(at=AT, by=performance_team(), action="changed", obj=line)
    SourceDocument.objects.update(note="Any")
    assert list(tampering.findings()) == []


@pytest.mark.parametrize(
    ("value", "printed", "fits"),
    [
        ("82.4", "82.4", True),
        ("82.4", "82.4%", True),
        ("86.422724", "0.8642272388985363", True),
        ("442.967033", "442.967032967033", True),
        ("-3300", "£3.3m deficit", True),
        ("9.5", "£9.5m", True),
        ("1234", "1,234", True),
        ("3", "Good", True),
        ("0", "no person being placed out of area in 2018/19", True),
        ("82.5", "82.4%", False),
        ("86.4228", "0.8642272388985363", False),
        ("1243", "1,234", False),
        ("-3400", "£3.3m deficit", False),
    ],
)
def test_a_value_is_the_number_that_was_printed(value, printed, fits):
    assert is_printed(Decimal(value), printed) is fits

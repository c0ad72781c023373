"""The quality gate in the database: triggers on PostgreSQL and SQLite refuse what bypasses it.

Services ask `cip.gate` and say why not. The triggers are for every other way in: a shell, an
import, a later page that forgets to ask. They know statuses, decisions, people, posts and days.
Only the rules can decide whether a change is material, and they weigh such a scheme at 0 when it is
read.

The conditions look into other tables, so the triggers are removed before every migration and
restored after it, like those of `accounts.record.fixed`.
"""

from dataclasses import dataclass
from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper

from cip.gate import APPROVALS, QIA_TRANSITIONS, TRANSITIONS, Post
from cip.money import Stage

PREFIX = "gated_"


def _listed(words: Any) -> str:
    return ", ".join(f"'{word}'" for word in sorted(words))


def _steps(table: Any) -> str:
    return _listed(f"{step.value}>{to.value}" for step, after in table.items() for to in after)


APPROVED = _listed(status.value for status in APPROVALS)
LAST_DECISION = "(SELECT MAX(d.id) FROM cip_qiadecision d WHERE d.assessment_id = {assessment})"
WROTE = (
    "EXISTS (SELECT 1 FROM cip_qiaauthor a WHERE a.assessment_id = {assessment}"
    " AND a.person_id = {person}) OR EXISTS (SELECT 1 FROM cip_qualityimpactassessment o"
    " WHERE o.id = {assessment} AND o.author_id = {person})"
)
OPEN_GATE = (
    "SELECT 1 FROM cip_qualityimpactassessment q"
    " JOIN cip_qiasignature m ON m.assessment_id = q.id"
    f" AND m.post = '{Post.MEDICAL_DIRECTOR.value}'"
    " JOIN cip_qiasignature n ON n.assessment_id = q.id"
    f" AND n.post = '{Post.NURSING_DIRECTOR.value}' AND n.signed_by_id <> m.signed_by_id"
    f" WHERE q.scheme_id = NEW.scheme_id AND q.status IN ({APPROVED})"
    f" AND m.decision_id = {LAST_DECISION.format(assessment='q.id')}"
    " AND n.decision_id = m.decision_id"
    f" AND NOT ({WROTE.format(assessment='q.id', person='m.signed_by_id')})"
    f" AND NOT ({WROTE.format(assessment='q.id', person='n.signed_by_id')})"
)
GIVEN_UP = _listed((Stage.REJECTED.value, Stage.SUBSTITUTED.value))
LAST_STAGE = "(SELECT MAX(s.id) FROM cip_schemestage s WHERE s.scheme_id = NEW.scheme_id)"
# The day in London of NEW.signed_at. SQLite knows no time zones: either day of a summer night.
LONDON_DAY = "((NEW.signed_at AT TIME ZONE 'Europe/London')::date)"
DAYS = {
    "postgresql": {
        "first_day": LONDON_DAY,
        "last_day": LONDON_DAY,
        "month_of_end": "date_trunc('month', s.known_from AT TIME ZONE 'Europe/London')::date",
    },
    "sqlite": {
        "first_day": "date(NEW.signed_at)",
        "last_day": "date(NEW.signed_at, '+1 hour')",
        "month_of_end": "date(s.known_from, '+1 hour', 'start of month')",
    },
}


@dataclass(frozen=True)
class Gated:
    """What a table refuses: an event, a condition (SQL over NEW, and OLD), and the words."""

    table: str
    part: str
    event: str
    when: str
    message: str

    @property
    def name(self) -> str:
        return f"{PREFIX}{self.table}_{self.part}"

    def put_up(self, vendor: str) -> list[str]:
        when = self.when
        for name, day in DAYS[vendor].items():
            when = when.replace(f"{{{name}}}", day)
        if vendor == "sqlite":
            return [
                f"CREATE TRIGGER {self.name} BEFORE {self.event} ON {self.table} WHEN {when} "
                f"BEGIN SELECT RAISE(ABORT, '{self.message}'); END"
            ]
        return [
            f"CREATE OR REPLACE FUNCTION {self.name}() RETURNS trigger LANGUAGE plpgsql AS $$ "
            f"BEGIN IF {when} THEN RAISE EXCEPTION '{self.message}' "
            "USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END $$",
            f"CREATE TRIGGER {self.name} BEFORE {self.event} ON {self.table} "
            f"FOR EACH ROW EXECUTE FUNCTION {self.name}()",
        ]

    def take_away(self, vendor: str) -> list[str]:
        if vendor == "sqlite":
            return [f"DROP TRIGGER IF EXISTS {self.name}"]
        return [f"DROP FUNCTION IF EXISTS {self.name}() CASCADE"]


GATED = (
    Gated(
        "cip_schemestage",
        "delivery",
        "INSERT",
        f"NEW.stage = '{Stage.IN_DELIVERY.value}' AND NOT EXISTS ({OPEN_GATE})",
        "no delivery before the quality impact assessment is approved and signed by both",
    ),
    Gated(
        "cip_schemestage",
        "approval",
        "INSERT",
        f"NEW.stage = '{Stage.APPROVED.value}' AND NOT EXISTS (SELECT 1"
        " FROM cip_qualityimpactassessment q WHERE q.scheme_id = NEW.scheme_id"
        f" AND q.status IN ({APPROVED}))",
        "no scheme is approved before its quality impact assessment",
    ),
    Gated(
        "cip_schemestage",
        "order",
        "INSERT",
        "EXISTS (SELECT 1 FROM cip_schemestage p WHERE p.id = "
        f"{LAST_STAGE} AND p.stage <> NEW.stage"
        f" AND (p.stage || '>' || NEW.stage) NOT IN ({_steps(TRANSITIONS)}))"
        f" OR ({LAST_STAGE} IS NULL AND NEW.stage <> '{Stage.IDEA.value}')",
        "a scheme goes from stage to stage along the table",
    ),
    Gated(
        "cip_qualityimpactassessment",
        "begun",
        "INSERT",
        "NEW.status NOT IN ('not_started', 'draft')",
        "an assessment begins as a draft",
    ),
    Gated(
        "cip_qualityimpactassessment",
        "order",
        "UPDATE OF status",
        "OLD.status <> NEW.status AND ("
        f"(OLD.status || '>' || NEW.status) NOT IN ({_steps(QIA_TRANSITIONS)})"
        f" OR (NEW.status IN ({APPROVED}) AND NOT EXISTS (SELECT 1 FROM cip_qiadecision e"
        f" WHERE e.id = {LAST_DECISION.format(assessment='NEW.id')} AND e.outcome = NEW.status"
        " AND e.recorded_at >= COALESCE((SELECT MAX(r.reopened_at) FROM cip_qiareopening r"
        " WHERE r.assessment_id = NEW.id), e.recorded_at)))"
        " OR (OLD.status = 'rejected' AND (SELECT COUNT(*) FROM cip_qiadecision x"
        " WHERE x.assessment_id = NEW.id AND x.outcome = 'rejected') > 1))",
        "an assessment goes from status to status along the table, approved by a decision",
    ),
    Gated(
        "cip_qiasignature",
        "post",
        "INSERT",
        "NOT EXISTS (SELECT 1 FROM strategy_postholding h WHERE h.post = NEW.post"
        " AND h.user_id = NEW.signed_by_id AND h.starts_on <= {last_day}"
        " AND (h.ends_on IS NULL OR h.ends_on > {first_day}))",
        "only who holds the post that day signs for it",
    ),
    Gated(
        "cip_qiasignature",
        "person",
        "INSERT",
        f"{WROTE.format(assessment='NEW.assessment_id', person='NEW.signed_by_id')}"
        " OR EXISTS (SELECT 1 FROM cip_qiasignature b WHERE b.decision_id = NEW.decision_id"
        " AND b.signed_by_id = NEW.signed_by_id AND b.post <> NEW.post)",
        "two different people sign, and neither wrote the assessment",
    ),
    Gated(
        "cip_qiasignature",
        "decision",
        "INSERT",
        "NOT EXISTS (SELECT 1 FROM cip_qualityimpactassessment q JOIN cip_qiadecision c"
        " ON c.assessment_id = q.id WHERE q.id = NEW.assessment_id AND c.id = NEW.decision_id"
        f" AND q.status IN ({APPROVED}) AND c.outcome = q.status"
        f" AND c.id = {LAST_DECISION.format(assessment='q.id')})",
        "a signature is given on the decision by which the panel approved",
    ),
    Gated(
        "cip_phasing",
        "delivered",
        "INSERT",
        "NEW.kind = 'actual' AND NOT EXISTS (SELECT 1 FROM cip_schemestage s"
        f" WHERE s.scheme_id = NEW.scheme_id AND s.stage = '{Stage.IN_DELIVERY.value}')",
        "no saving is recorded before the scheme delivers",
    ),
    Gated(
        "cip_phasing",
        "given_up",
        "INSERT",
        "NEW.kind = 'actual' AND NEW.amount_k > 0 AND EXISTS (SELECT 1 FROM cip_schemestage s"
        f" WHERE s.id = {LAST_STAGE} AND s.stage IN ({GIVEN_UP})"
        " AND {month_of_end} < NEW.month)",
        "a scheme that was given up saves nothing afterwards",
    ),
    Gated(
        "cip_phasing",
        "signed_off",
        "INSERT",
        "NEW.kind = 'actual' AND EXISTS (SELECT 1 FROM cip_monthsignoff f JOIN cip_scheme c"
        " ON c.programme_id = f.programme_id AND c.care_group_id = f.care_group_id"
        " WHERE c.id = NEW.scheme_id AND f.month = NEW.month)",
        "the month is signed off",
    ),
    Gated(
        "cip_scheme",
        "moved",
        "UPDATE OF care_group_id, programme_id",
        "(OLD.care_group_id <> NEW.care_group_id OR OLD.programme_id <> NEW.programme_id)"
        " AND EXISTS (SELECT 1 FROM cip_phasing p WHERE p.scheme_id = OLD.id"
        " AND p.kind = 'actual')",
        "a scheme with actual savings stays in its care group",
    ),
    Gated(
        "cip_scheme",
        "origin",
        "UPDATE OF origin",
        "OLD.origin <> NEW.origin",
        "a scheme is illustrative or not from the start",
    ),
)


def gated_statements(connection: BaseDatabaseWrapper) -> list[str]:
    """The statements that put every gate up."""
    return [s for gated in GATED for s in gated.put_up(connection.vendor)]


def take_away_before_migrating(*, using: str, **_: Any) -> None:
    """Signal receiver (`pre_migrate`)."""
    _run(connections[using], is_wanted=False)


def put_up_after_migrating(*, using: str, **_: Any) -> None:
    """Signal receiver (`post_migrate`)."""
    _run(connections[using], is_wanted=True)


def _run(connection: BaseDatabaseWrapper, *, is_wanted: bool) -> None:
    with connection.cursor() as cursor:
        tables = set(connection.introspection.table_names(cursor))
        # A migration may stop before the tables that the conditions name, or go back.
        is_ready = {"cip_qiaauthor", "strategy_postholding", *(g.table for g in GATED)} <= tables
        for gated in GATED:
            for statement in gated.take_away(connection.vendor):
                cursor.execute(statement)
            if is_wanted and is_ready:
                for statement in gated.put_up(connection.vendor):
                    cursor.execute(statement)

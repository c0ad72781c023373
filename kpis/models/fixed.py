"""Triggers that refuse a change of what gives old figures their meaning (PostgreSQL and SQLite).

Once a figure of a measure is approved, or a plan has a target on it, the way it is counted and the
wording of its parts cannot be overwritten, from the tracker or outside it. Nor can a plan's
tolerance once the plan has targets. `MeasureChange` and `ToleranceChange` hold another wording or
tolerance and the day from which it applies.

The conditions read other tables. SQLite alters a table by making a new one, and refuses while a
trigger refers to it. So the triggers are dropped before every migration and created again after it.
"""

from dataclasses import dataclass
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

PREFIX = "fixed_"
# How a measure is counted: counting in another way takes a successor measure.
COUNTED = (
    "kind",
    "unit",
    "direction",
    "frequency",
    "year_end_month",
    "collection_level",
    "roll_up",
    "over_time",
    "judged_on",
)
# Changed only from a date on, with a reason and by two people.
WORDED = ("definition", "numerator", "denominator")
TOLERANCE = "default_tolerance_percent"
IN_USE = (
    "EXISTS (SELECT 1 FROM kpis_target WHERE kpis_target.measure_id = OLD.id) OR EXISTS ("
    "SELECT 1 FROM kpis_series"
    " JOIN kpis_actual ON kpis_actual.series_id = kpis_series.id"
    " JOIN kpis_decision ON kpis_decision.actual_id = kpis_actual.id"
    " WHERE kpis_series.measure_id = OLD.id AND kpis_decision.outcome = 'approved')"
)
HAS_TARGETS = "EXISTS (SELECT 1 FROM kpis_target WHERE kpis_target.plan_id = OLD.id)"


@dataclass(frozen=True)
class Fixed:
    """Columns of a table that cannot change while a condition (SQL over OLD) holds."""

    table: str
    columns: tuple[str, ...]
    when: str
    message: str

    @property
    def name(self) -> str:
        return PREFIX + self.table

    def _changed(self, differs: str) -> str:
        return " OR ".join(f"OLD.{name} {differs} NEW.{name}" for name in self.columns)

    def put_up(self, vendor: str) -> list[str]:
        columns = ", ".join(self.columns)
        refused = f"BEGIN SELECT RAISE(ABORT, '{self.message}'); END"
        if vendor == "sqlite":
            changed = f"({self._changed('IS NOT')}) AND ({self.when})"
            # INSERT OR REPLACE deletes a row without firing its update or delete triggers.
            replaced = (
                f"FROM {self.table} AS held WHERE (held.id = NEW.id OR held.code = NEW.code) "
                f"AND {changed.replace('OLD.', 'held.')}"
            )
            return [
                f"CREATE TRIGGER {self.name} BEFORE UPDATE OF {columns} ON {self.table} "
                f"WHEN {changed} {refused}",
                f"CREATE TRIGGER {self.name}_replaced BEFORE INSERT ON {self.table} "
                f"WHEN EXISTS (SELECT 1 {replaced}) {refused}",
            ]
        return [
            f"CREATE OR REPLACE FUNCTION {self.name}() RETURNS trigger LANGUAGE plpgsql AS $$ "
            f"BEGIN IF ({self._changed('IS DISTINCT FROM')}) AND ({self.when}) THEN "
            f"RAISE EXCEPTION '{self.message}' "
            "USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END $$",
            f"CREATE TRIGGER {self.name} BEFORE UPDATE OF {columns} ON {self.table} "
            f"FOR EACH ROW EXECUTE FUNCTION {self.name}()",
        ]

    def take_away(self, vendor: str) -> list[str]:
        if vendor == "sqlite":
            names = (self.name, f"{self.name}_replaced")
            return [f"DROP TRIGGER IF EXISTS {name}" for name in names]
        return [
            f"DROP TRIGGER IF EXISTS {self.name} ON {self.table}",
            f"DROP FUNCTION IF EXISTS {self.name}()",
        ]


FIXED = (
    Fixed(
        "kpis_measure",
        COUNTED,
        IN_USE,
        "what gives the figures of a measure their meaning is fixed: end the measure, start a "
        "successor and link the two",
        SUCCESSOR,
        keys=("code",),
    ),
    Fixed(
        "kpis_measure",
        WORDED,
        IN_USE,
        "what gives the figures of a measure their meaning is fixed: change its wording from a "
        "date on",
        BY_DATE,
        part="worded",
        keys=("code",),
    ),
    Fixed(
        "kpis_measure",
        ("code",),
        IN_USE,
        "the code of a measure is fixed",
        NAMED_BY,
        part="named",
    ),
    Fixed(
        "kpis_measure",
        ("valid_from",),
        REPORTED.format(of="kpis_series.measure_id = OLD.id"),
        "the first day of a measure with figures is fixed",
        SUCCESSOR,
        part="begun",
        keys=("code",),
    ),
    Fixed(
        "kpis_series",
        ("measure_id", "care_group_id", "fed_by", "valid_from"),
        REPORTED.format(of=f"(kpis_series.id = OLD.id OR {OF_THE_TRUST})"),
        "who reported the figures of a series is fixed",
        "is fixed: approved figures rest on it. Set the last day of this series; what is counted "
        "or reported otherwise is a successor of the measure",
    ),
    Fixed(
        "kpis_measurelink",
        ("from_measure_id", "to_measure_id"),
        ALWAYS,
        "the measures of a link are fixed",
        "is fixed: link the other measure beside it",
    ),
    Fixed(
        "strategy_plan",
        (TOLERANCE,),
        HAS_TARGETS.format(plan="OLD.id"),
        "the tolerance of a plan with targets is changed from a date on",
        "of a plan with targets changes from a date on, with a reason, and a second person "
        "approves it: use “Change the tolerance” on the page of the plan",
        keys=("code",),
    ),
    Fixed(
        "strategy_plan",
        ("code", "starts_on", "ends_on", "published_on", "cited"),
        HAS_TARGETS.format(plan="OLD.id"),
        "the dates of a plan with targets are fixed",
        AS_PUBLISHED,
        part="dated",
    ),
    Fixed(
        "strategy_ambition",
        ("plan_id", "kind", "position", "number"),
        HAS_TARGETS.format(plan="OLD.plan_id"),
        "the grouping of a plan with targets is fixed",
        BUILT,
    ),
    Fixed(
        "strategy_objective",
        ("plan_id", "ambition_id", "reference", "position"),
        HAS_TARGETS.format(plan="OLD.plan_id"),
        "the place of an objective in a plan with targets is fixed",
        BUILT,
    ),
    Fixed(
        "strategy_outcome",
        ("objective_id", "position"),
        HAS_TARGETS.format(plan=OF_ITS_OBJECTIVE),
        "the place of an outcome in a plan with targets is fixed",
        BUILT,
    ),
    Fixed(
        "strategy_action",
        ("objective_id", "position", "due_on", "due_as_published", "quarter"),
        HAS_TARGETS.format(plan=OF_ITS_OBJECTIVE),
        "the place and the dates of an action in a plan with targets are fixed",
        "stands as published. Record how the action stands, and why, on the page of its objective",
    ),
    Fixed(
        "strategy_caregroup",
        ("code", "level", "position"),
        "EXISTS (SELECT 1 FROM kpis_series WHERE kpis_series.care_group_id = OLD.id)",
        "the code, the level and the place of a care group that reports are fixed",
        "is fixed: figures, files and addresses name the care group by it. Set its last day, and "
        "add another care group that begins then",
    ),
    Fixed(
        "strategy_caregroup",
        ("valid_from",),
        REPORTED.format(of="kpis_series.care_group_id = OLD.id"),
        "the first day of a care group with figures is fixed",
        FIGURES_REST,
        part="begun",
        keys=("code",),
    ),
    Fixed(
        "strategy_trustname",
        ("name", "short_name", "valid_from"),
        "OLD.valid_from IS NULL OR OLD.valid_from <= CURRENT_DATE",
        "a name that the trust has borne is fixed",
        "is fixed: pages of past months carry it. Set the last day of this name, and add the new "
        "one from that day",
        keys=("name",),
    ),
    Fixed(
        "strategy_trustname",
        ("valid_to",),
        "OLD.valid_to <= CURRENT_DATE",
        "the end of a name that the trust no longer bears is fixed",
        "is past: pages of past months carry this name until then. Add a name for another time",
        part="ended",
        keys=("name",),
    ),
    Fixed("strategy_committee", ("code",), ALWAYS, "a code is fixed", NAMED_BY),
    Fixed(
        "strategy_sourcedocument",
        ("code", "title", "published_on", "published_precision"),
        ALWAYS,
        "a document stands as it was published",
        "stands as published: figures and statements name it as their source. Add the other "
        "document beside it",
        keys=("code",),
    ),
    Fixed("strategy_note", ("key",), ALWAYS, "a key is fixed", NAMED_BY),
    Fixed(
        "strategy_membership",
        ("user_id", "care_group_id", "kind", "starts_on"),
        BEGUN,
        "a membership that has begun is fixed",
        PERSON,
    ),
    Fixed(
        "strategy_postholding",
        ("user_id", "post", "starts_on"),
        BEGUN,
        "the holding of a post that has begun is fixed",
        PERSON,
    ),
    Fixed(
        "accounts_rolegrant",
        ("user_id", "role", "starts_on"),
        BEGUN,
        "a role that has begun is fixed",
        PERSON,
    ),
    Fixed(
        "accounts_user",
        ("username",),
        "EXISTS (SELECT 1 FROM accounts_auditevent WHERE accounts_auditevent.by_id = OLD.id)"
        " OR EXISTS (SELECT 1 FROM kpis_actual WHERE kpis_actual.recorded_by_id = OLD.id)"
        " OR EXISTS (SELECT 1 FROM kpis_decision WHERE kpis_decision.decided_by_id = OLD.id)",
        "the name of a person who is on record is fixed",
        "is fixed: the record says by it who did what. Change the first or last name, which pages "
        "show",
    ),
)


def _there(connection: BaseDatabaseWrapper) -> list[Fixed]:
    """The triggers whose tables all exist: a migration may stop early, or go back."""
    wanted = {"kpis_measure", "kpis_target", "kpis_series", "kpis_actual", "kpis_decision"}
    tables = set(connection.introspection.table_names())
    return [fixed for fixed in FIXED if {fixed.table, *wanted} <= tables]


def take_away_before_migrating(*, using: str, **_: Any) -> None:
    """Signal receiver (`pre_migrate`): drop the triggers."""
    _run(using, is_wanted=False)


def put_up_after_migrating(*, using: str, **_: Any) -> None:
    """Signal receiver (`post_migrate`): create the triggers."""
    _run(using, is_wanted=True)


def _run(using: str, *, is_wanted: bool) -> None:
    from django.db import connections

    connection = connections[using]
    with connection.cursor() as cursor:
        for fixed in _there(connection):
            for statement in fixed.take_away(connection.vendor):
                cursor.execute(statement)
            for statement in fixed.put_up(connection.vendor) if is_wanted else ():
                cursor.execute(statement)

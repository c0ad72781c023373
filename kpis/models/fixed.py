"""What gives old figures their meaning stays: triggers on PostgreSQL and SQLite refuse a change.

Once a figure of a measure is approved, or a plan has promised something on it, neither how it is
counted nor the wording of its parts is written over, by whatever door. A plan's tolerance is not
written over once it has targets. `MeasureChange` and `ToleranceChange` say from when another
wording or tolerance holds.

The conditions look into other tables. SQLite alters a table by making it anew, and does not while
a trigger names it: so they are taken away before every migration and put up again after it.
"""

from dataclasses import dataclass

from django.db.backends.base.base import BaseDatabaseWrapper

PREFIX = "fixed_"
# How a measure is counted; a successor counts otherwise.
COUNTED = (
    "kind", "unit", "direction", "frequency", "year_end_month", "collection_level",
    "roll_up", "over_time", "judged_on",
)  # fmt: skip
# What is changed from a date on, with a reason and by two people.
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
    """Columns of a table that are kept while a condition (SQL over OLD) holds."""

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
            # INSERT OR REPLACE takes a row away without a word and puts another in its place.
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
        (*COUNTED, *WORDED),
        IN_USE,
        "what gives the figures of a measure their meaning is fixed: end the measure, start a "
        "successor and link the two, or change its wording from a date on",
    ),
    Fixed(
        "strategy_plan",
        (TOLERANCE,),
        HAS_TARGETS,
        "the tolerance of a plan with targets is changed from a date on",
    ),
)


def _there(connection: BaseDatabaseWrapper) -> list[Fixed]:
    """Those whose tables are all there: a migration may stop before them, or go back."""
    wanted = {"kpis_measure", "kpis_target", "kpis_series", "kpis_actual", "kpis_decision"}
    tables = set(connection.introspection.table_names())
    return [fixed for fixed in FIXED if {fixed.table, *wanted} <= tables]


def take_away_before_migrating(*, using: str, **_) -> None:
    """Signal receiver (`pre_migrate`)."""
    _run(using, is_wanted=False)


def put_up_after_migrating(*, using: str, **_) -> None:
    """Signal receiver (`post_migrate`)."""
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

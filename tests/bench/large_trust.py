"""A large trust for measurements: 300 measures × 30 care groups × 10 years, a million figures.

Written in bulk, by the database: nothing here is judged by the rules, but each figure has its
decision, its assessment and its judgement, as if it had been.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import connection, models, transaction
from django.utils import timezone

from kpis.models import Actual, Assessment, Decision, Judgement, Measure, Series, Target
from strategy.models import Ambition, CareGroup, Objective, Plan, SourceDocument
from strategy.periods import Month

DUE = Decimal(70)


@dataclass(frozen=True)
class LargeTrust:
    measures: int = 300
    care_groups: int = 30
    months: int = 120

    @property
    def figures(self) -> int:
        return self.measures * self.care_groups * self.months

    def write(self, *, at: datetime) -> None:
        """Fill an empty database that has its tables."""
        last = Month.of(timezone.localdate(at)).plus(-1)
        with transaction.atomic():
            self._promises(last)
            self._rows(last, at)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")

    def _promises(self, last: Month) -> None:
        document = SourceDocument.objects.create(code="large", title="A large trust")
        plan = Plan.objects.create(
            code="large",
            title="The plan of a large trust",
            source_document=document,
            starts_on=last.plus(-self.months).start,
            ends_on=last.plus(24).end,
        )
        ambition = Ambition.objects.create(
            plan=plan, kind="ambition", number="1", title="One", position=1
        )
        objective = Objective.objects.create(
            plan=plan, ambition=ambition, reference="1.1", title="All of it", position=1
        )
        trust, _ = CareGroup.objects.get_or_create(
            code="trust", defaults={"name": "Trust-wide", "level": "trust", "position": 0}
        )
        groups = CareGroup.objects.bulk_create(
            CareGroup(code=f"group-{n:02}", name=f"Group {n}", level="care_group", position=n)
            for n in range(1, self.care_groups + 1)
        )
        measures = Measure.objects.bulk_create(
            Measure(
                code=f"measure-{n:03}",
                name=f"Measure {n}: people seen in time, of those who waited",
                unit="percent",
                decimals=1,
                direction="higher_is_better",
                frequency="monthly",
                collection_level="care_group",
                roll_up="ratio_of_sums",
                numerator="People seen in time",
                denominator="People who waited",
            )
            for n in range(1, self.measures + 1)
        )
        Target.objects.bulk_create(
            Target(
                code=f"large/1.1.{n}",
                plan=plan,
                objective=objective,
                measure=measure,
                care_group=trust,
                position=n,
                statement=f"At least 70% of people are seen in time ({n}).",
                operator="ge",
                value_is="absolute",
                value=DUE,
                source_document=document,
            )
            for n, measure in enumerate(measures, 1)
        )
        Series.objects.bulk_create(
            Series(
                measure=measure, care_group=group, assessed_version=1, assessed_at=timezone.now()
            )
            for measure in measures
            for group in groups
        )

    def _rows(self, last: Month, at: datetime) -> None:
        """Four statements: figures, decisions, assessments, judgements."""
        months = [(n, last.plus(-n)) for n in range(self.months)]
        day, moment = (
            ("%s::date", "%s::timestamptz") if connection.vendor == "postgresql" else ("%s", "%s")
        )
        table = "months (turn, starts, ends, entered) AS (VALUES " + ", ".join(
            [f"(%s, {day}, {day}, {moment})"] * len(months)
        )
        given = [
            value
            for n, month in months
            for value in (n, month.start, month.end, _moment(at - timedelta(days=30 * n + 10)))
        ]
        seen = "(30 + (s.id * 7 + turn * 13) % 61)"
        share = f"round({seen} * 100.0 / 90, 6)"
        of_figure = {
            "series_id": "s.id",
            "period_start": "starts",
            "period_end": "ends",
            "numerator": seen,
            "denominator": "90",
            "value": share,
            "value_status": "'final'",
            "origin": "'entered'",
        }
        figures = "kpis_series s CROSS JOIN months"
        with connection.cursor() as cursor:
            if connection.vendor == "postgresql":
                # Triggers copy and guard rows one by one, which is not measured here.
                cursor.execute("SET LOCAL session_replication_role = replica")
            for sql in (
                _insert(Actual, {**of_figure, "version": "1", "recorded_at": "entered"}, figures),
                _insert(
                    Decision,
                    {
                        "actual_id": "a.id",
                        "outcome": "'approved'",
                        "decided_at": "a.recorded_at",
                        "known_from": "a.recorded_at",
                    },
                    "kpis_actual a",
                ),
                _insert(
                    Assessment,
                    {
                        **of_figure,
                        "actual_id": "a.id",
                        "judged_value": f"CAST({seen} * 100.0 / 90 AS text)",
                        "groups_reported": "1",
                        "groups_expected": "1",
                        "spc_mean": "66.6" if connection.vendor == "sqlite" else "66.6::float8",
                        "spc_lower": "21.123456789",
                        "spc_upper": "98.7654321",
                        "spc_segment": "1",
                        "point_type": "'common_cause'",
                        "variation": "'common_cause'",
                        "assurance": "'inconsistent'",
                        "limits_status": "'ok'",
                        "known_from": "entered",
                    },
                    f"{figures} JOIN kpis_actual a ON a.series_id = s.id AND a.period_end = ends",
                ),
                _insert(
                    Judgement,
                    {
                        "assessment_id": "a.id",
                        "target_id": "t.id",
                        "is_primary": "true",
                        "target_value": "'70.000000'",
                        "floor": "'66.500000'",
                        "variance": "CAST(a.value - 70 AS text)",
                        "rag": "CASE WHEN a.value >= 70 THEN 'green' WHEN a.value >= 66.5"
                        " THEN 'amber' ELSE 'red' END",
                    },
                    "kpis_assessment a JOIN kpis_series s ON s.id = a.series_id"
                    " JOIN kpis_target t ON t.measure_id = s.measure_id",
                ),
            ):
                cursor.execute(f"WITH {table}) {sql}".replace("% 61", "%% 61"), given)


def _moment(at: datetime) -> str:
    return at.replace(tzinfo=None, microsecond=0).isoformat(" ")


def _insert(model: type[models.Model], found: Mapping[str, str], source: str) -> str:
    """Insert all columns: the given values, else the defaults of the model."""
    columns = [field for field in model._meta.concrete_fields if not field.primary_key]
    cells = [found.get(field.column) or _default(field) for field in columns]
    names = ", ".join(f'"{field.column}"' for field in columns)
    return f"INSERT INTO {model._meta.db_table} ({names}) SELECT {', '.join(cells)} FROM {source}"


def _default(field: "models.Field") -> str:
    if field.null:
        return "NULL"
    value = field.get_default()
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int) else f"'{value or ''}'"

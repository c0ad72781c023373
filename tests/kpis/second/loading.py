"""A random trust written to the database, its edits dated as if people had made them then."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from simple_history.signals import pre_create_historical_record

from kpis.assessments.store import recompute
from kpis.models import (
    Actual,
    Decision,
    FixedBaseline,
    Rebase,
    Series,
    Target,
    TargetChange,
    TargetPoint,
)
from tests.factories.measures import (
    ActualFactory,
    MeasureFactory,
    SeriesFactory,
    TargetFactory,
)
from tests.factories.people import UserFactory
from tests.factories.plans import (
    AmbitionFactory,
    CareGroupFactory,
    ObjectiveFactory,
    PlanFactory,
    SourceDocumentFactory,
    TrustFactory,
)
from tests.kpis.second.rules import first_day, last_day
from tests.kpis.second.world import RECORDED, Records


def load(world: Records, *, at: datetime) -> None:
    with _recorded_long_ago():
        rows = _add_rows(world)
    _add_values(world, rows["series"])
    _add_changes(world, rows["target"])
    _add_limits(world, rows["series"])
    for when, kind, key, fields in world.edits:
        row = rows[kind][key]
        for name, value in fields.items():
            setattr(row, name, value)
        row._history_date = when
        row.save()
    recompute(at=at, stale_only=False)


@contextmanager
def _recorded_long_ago() -> Iterator[None]:
    """Rows written in this context count as recorded before everything else."""

    def dated(sender, history_instance, **others) -> None:
        history_instance.history_date = RECORDED

    pre_create_historical_record.connect(dated)
    try:
        yield
    finally:
        pre_create_historical_record.disconnect(dated)


def _add_rows(world: Records) -> dict[str, dict]:
    source = SourceDocumentFactory()
    trust = TrustFactory()
    groups = {"trust": trust}
    for code, fields in world.rows["group"].items():
        groups[code] = CareGroupFactory(code=code, **fields)
    plans = {
        code: PlanFactory(code=code, source_document=source, **fields)
        for code, fields in world.rows["plan"].items()
    }
    objectives = {
        code: ObjectiveFactory(ambition=AmbitionFactory(plan=plan)) for code, plan in plans.items()
    }
    measures = {
        code: MeasureFactory(code=code, **fields) for code, fields in world.rows["measure"].items()
    }
    series = {
        key: SeriesFactory(
            measure=measures[key.split("/")[0]], care_group=groups[key.split("/")[1]], **fields
        )
        for key, fields in world.rows["series"].items()
    }
    targets = {}
    for code, fields in world.rows["target"].items():
        plain = {name: value for name, value in fields.items() if name != "points"}
        plain |= {
            "measure": measures[fields["measure"]],
            "plan": plans[fields["plan"]],
            "care_group": groups[fields["care_group"]],
            "source_document": source,
        }
        if fields["role"] != "national_standard":
            plain["objective"] = objectives[fields["plan"]]
        targets[code] = TargetFactory(code=code, **plain)
        for month, value in fields["points"].items():
            TargetPoint.objects.create(target=targets[code], month=first_day(month), value=value)
    return {
        "group": groups,
        "plan": plans,
        "measure": measures,
        "series": series,
        "target": targets,
    }


def _add_values(world: Records, series: dict[str, Series]) -> None:
    rows = [
        ActualFactory.build(
            series=series[f"{value.measure}/{value.group}"],
            period_start=first_day(value.first),
            period_end=last_day(value.last),
            version=value.version,
            recorded_at=value.known or RECORDED,
            change_reason="" if value.version == 1 else "Counted again",
            **{"value": None, **value.fields},
        )
        for value in world.values
    ]
    Actual.objects.bulk_create(rows)
    Decision.objects.bulk_create(
        Decision(actual=row, outcome="approved", decided_at=value.known, known_from=value.known)
        for row, value in zip(rows, world.values, strict=True)
        if value.known
    )


def _add_changes(world: Records, targets: dict[str, Target]) -> None:
    one, two = UserFactory(), UserFactory()
    for change in world.changes:
        TargetChange.objects.create(
            target=targets[change.target],
            effective_from=change.effective,
            reason="Changed",
            needs_second_person=True,
            proposed_at=change.decided,
            proposed_by=one,
            outcome="approved",
            decided_at=change.decided,
            decided_by=two,
            **change.terms,
        )


def _add_limits(world: Records, series: dict[str, Series]) -> None:
    for row in world.limits:
        held = {
            "series": series[row.series],
            "reason": "Decided",
            "recorded_at": row.made,
            "withdrawn_at": row.ended,
        }
        if row.points:
            FixedBaseline.objects.create(points=row.points, **held)
        else:
            Rebase.objects.create(starts_on=row.starts, **held)

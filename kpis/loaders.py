"""Measures, their links and targets, who reports them, and published values."""

import calendar
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import transaction

from kpis.models import (
    Actual,
    Decision,
    Measure,
    MeasureLink,
    Series,
    Target,
    TargetPoint,
)
from kpis.rag import Direction
from kpis.targets import Change, Operator, Profile, Role, ValueIs
from strategy.fixture_files import Row
from strategy.loaders import known_from, provenance
from strategy.loading import Draft, Load, Ref
from strategy.models import (
    CareGroup,
    Objective,
    Plan,
    QualityPriority,
    Risk,
    SourceDocument,
)
from strategy.periods import Frequency, Month, london_day_end

ORDER = (Measure, MeasureLink, Target, TargetPoint, Series)
TRUST = "trust"
UNITS = (
    "percent",
    "count",
    "score",
    "days",
    "hours",
    "minutes",
    "weeks",
    "months",
    "pounds",
    "pounds_thousand",
    "pounds_million",
    "wte",
    "ratio",
    "per_100_000",
    "per_1_000_bed_days",
    "tonnes",
    "rate",
    "beds",
    "times",
    "square_metres",
    "cubic_metres",
    "rating",
)
# A published series without a date of publication is taken as known this long after its
# period: the usual lag of NHS England's official statistics.
ASSUMED_PUBLICATION_LAG = timedelta(days=90)
WORKFORCE_TAG = "workforce"
MOST = Decimal(10) ** 12


def read_measures(load: Load) -> None:
    for top in load.folder("measures"):
        for row in top.rows("measures"):
            _read_measure(load, row)
        for row in top.rows("measure_links"):
            ends = row.text("from", required=True), row.text("to", required=True)
            load.add(
                MeasureLink,
                ends,
                row,
                {
                    "from_measure": Ref(Measure, (ends[0],)),
                    "to_measure": Ref(Measure, (ends[1],)),
                    "kind": row.choice("kind", MeasureLink.Kind.values, required=True),
                    "note": row.text("note"),
                },
            )


def _read_measure(load: Load, row: Row) -> None:
    code = row.text("code", required=True)
    kind = row.choice("kind", Measure.Kind.values, required=True)
    milestone = kind == Measure.Kind.MILESTONE
    values = {
        "code": code,
        "name": row.text("name", required=True),
        "definition": row.text("definition"),
        "numerator": row.text("numerator"),
        "denominator": row.text("denominator"),
        "kind": kind,
        "unit": row.choice("unit", [*UNITS, ""], required=not milestone),
        "decimals": row.whole("decimals", default=0),
        "direction": row.choice("direction", Direction, default=Direction.HIGHER_IS_BETTER),
        "frequency": row.choice("frequency", Frequency, required=True),
        "collection_level": row.choice(
            "collection_level", Measure.CollectionLevel.values, required=True
        ),
        "roll_up": row.choice("roll_up", Measure.RollUp.values, default="none"),
        "over_time": row.choice("over_time", Measure.OverTime.values, default="last"),
        "judged_on": row.choice("judged_on", Measure.JudgedOn.values, default="month"),
        "year_end_month": row.whole("year_end_month", default=3),
        "reporting_lag_days": row.whole("reporting_lag_days"),
        "minimum": row.decimal("minimum"),
        "maximum": row.decimal("maximum"),
        "numerator_may_exceed_denominator": row.boolean(
            "numerator_may_exceed_denominator", default=False
        ),
        "repeat_check": row.boolean("repeat_check", default=False),
        "owner": row.text("owner"),
        "data_source": row.text("data_source"),
        "tags": row.texts("tags"),
        "interpretation_note": row.text("interpretation_note"),
        "valid_from": row.day("valid_from"),
        "valid_to": row.day("valid_to"),
    }
    load.add(Measure, (code,), row, values)
    for care_group, fed_by in _reporters(load, row, values):
        load.add(
            Series,
            (code, care_group),
            row,
            {
                "measure": Ref(Measure, (code,)),
                "care_group": Ref(CareGroup, (care_group,)),
                "fed_by": fed_by,
            },
        )


def _reporters(load: Load, row: Row, values: dict) -> Iterable[tuple[str, str]]:
    """Who reports a measure: the trust row always; the care groups when it is collected there.

    A file may name them (`reported_by`); else all care groups, and Support Services too for
    workforce measures.
    """
    named = row.texts("reported_by")
    for code in named:
        if (code,) not in load.drafts.get(CareGroup, {}):
            row.fail(f"no care group called {code!r}")
    if values["collection_level"] == Measure.CollectionLevel.TRUST:
        yield TRUST, Series.FedBy.RETURNS.value
        return
    yield TRUST, Series.FedBy.ROLL_UP.value
    levels = {"care_group"}
    if WORKFORCE_TAG in values["tags"]:
        levels.add("support_service")
    for (code,), draft in load.drafts.get(CareGroup, {}).items():
        if code in named or (not named and draft.values["level"] in levels):
            yield code, Series.FedBy.RETURNS.value


def end_reports(load: Load) -> None:
    """A measure that only earlier plans promise is asked for until the last promise falls due.

    Nobody enters figures for a plan that a later one has replaced; what is published goes on. A
    measure that nothing promises stands for figures an earlier plan prints: it is not asked for
    under the latest one.
    """
    plans = [draft.values for draft in load.drafts.get(Plan, {}).values()]
    latest = max((plan for plan in plans if not plan["cited"]), key=_ends_on, default=None)
    if latest is None or latest["starts_on"] is None:
        return
    ends: dict[tuple, date] = {}
    for target in load.drafts.get(Target, {}).values():
        measure, plan = target.values["measure"], target.values["plan"]
        if measure is not None:
            plan_end = _ends_on(load.drafts[Plan][plan.key].values)
            end = date.max if plan_end >= latest["starts_on"] else plan_end
            end = max(end, target.values["due_on"] or end)
            ends[measure.key] = max(ends.get(measure.key, end), end)
    before = latest["starts_on"] - timedelta(days=1)
    for (code, _), series in load.drafts.get(Series, {}).items():
        end = ends.get((code,), before)
        if end < date.max and series.values["fed_by"] != Series.FedBy.PUBLISHED:
            series.values["valid_to"] = end + timedelta(days=1)


def _ends_on(plan: dict) -> date:
    return plan["ends_on"] or date.min


def read_targets(load: Load, top: Row, plan: Ref) -> None:
    """The promises of a plan: under its objectives, national standards, and of the plan."""
    plan_values = load.drafts[Plan][plan.key].values
    source = plan_values["source_document"]
    for ambition in top.rows("ambitions"):
        for row in ambition.rows("objectives"):
            reference = row.text("reference")
            objective = Ref(Objective, (*plan.key, reference))
            for position, promise in enumerate(row.rows("promises"), 1):
                _read_promise(load, plan, objective, promise, reference, position, source)
    for key, label in (("national_standards", "national"), ("plan_promises", "plan")):
        for position, promise in enumerate(top.rows(key), 1):
            _read_promise(load, plan, None, promise, label, position, source)


def _read_promise(
    load: Load,
    plan: Ref,
    objective: Ref | None,
    promise: Row,
    label: str,
    position: int,
    source: Ref,
) -> None:
    statement = promise.text("statement", required=True)
    shared = provenance(promise, source)
    rows = promise.rows("targets")
    if not rows:
        promise.fail("a promise needs at least one entry under targets")
    plan_values = load.drafts[Plan][plan.key].values
    for place, row in enumerate(rows):
        part = chr(ord("a") + place) if len(rows) > 1 else ""
        code = f"{plan.key[0]}/{label}.{position}{part}"
        values = _target_values(row)
        _check_printed(row, values, statement)
        measure = row.text("measure")
        values |= {
            "code": code,
            "plan": plan,
            "objective": objective,
            "measure": Ref(Measure, (measure,)) if measure else None,
            "care_group": Ref(CareGroup, (row.text("care_group") or TRUST,)),
            "position": position,
            "part": part,
            "statement": statement,
            "known_from": known_from(plan_values["published_on"]),
            **shared,
        }
        target = load.add(Target, (code,), row, values)
        _read_points(load, target, row)


def _target_values(row: Row) -> dict:
    row.text("baseline_as_printed")
    value = row.decimal("value")
    operator = row.choice("operator", Operator, required=value is not None)
    value_is = row.choice("value_is", ValueIs, required=value is not None)
    change = row.choice("change", Change)
    if value is not None and value_is not in ("", ValueIs.ABSOLUTE.value):
        if not change:
            row.fail("change must say up or down")
        if value < 0:
            row.fail("value must be the positive size of the change")
    if value is not None and not row.has("measure"):
        row.fail("a target with a value needs a measure to count it")
    return {
        "role": row.choice("role", Role, default=Role.COMMITMENT),
        "operator": operator,
        "value_is": value_is,
        "change": change,
        "value": value,
        "upper_value": row.decimal("upper_value"),
        "printed_value": row.text("printed_value"),
        "baseline": row.decimal("baseline"),
        "baseline_period": row.text("baseline_period"),
        "floor": row.decimal("floor"),
        "effective_from": row.day("effective_from"),
        "due_on": row.day("due_on"),
        "due_as_published": row.text("due_as_published"),
        "profile": row.choice("profile", Profile),
        "recurrent": row.boolean("recurrent"),
        "interpretation_note": row.text("interpretation_note"),
    }


def _check_printed(row: Row, values: dict, statement: str) -> None:
    """No number without print: the characters that carry it stand in the statement."""
    printed = values["printed_value"]
    if values["value"] is not None and not printed:
        row.fail("a value needs printed_value: the characters of the statement that say it")
    if printed and printed not in statement:
        row.fail(f"printed_value {printed!r} does not stand in the statement")


def _read_points(load: Load, target: Ref, row: Row) -> None:
    for point in row.rows("points"):
        try:
            month = Month.parse(point.text("month", required=True)).start
        except ValueError as error:
            point.fail(str(error))
            continue
        load.add(
            TargetPoint,
            (*target.key, str(month)),
            point,
            {"target": target, "month": month, "value": point.decimal("value", required=True)},
        )


def read_links_to_measures(load: Load, top: Row, plan: Ref) -> None:
    """Risks and quality priorities name the measures that show them."""
    for key, model, field in (
        ("risks", Risk, "risks"),
        ("quality_priorities", QualityPriority, "quality_priorities"),
    ):
        for position, row in enumerate(top.rows(key), 1):
            for code in row.texts("measures"):
                measure = load.drafts.get(Measure, {}).get((code,))
                if measure is None:
                    row.fail(f"no measure called {code!r}")
                    continue
                measure.many.setdefault(field, []).append(Ref(model, (*plan.key, position)))
    for row in top.rows("context_figures"):
        code = row.text("measure")
        if code and (code,) not in load.drafts.get(Measure, {}):
            row.fail(f"no measure called {code!r}")


@dataclass(frozen=True)
class PublishedValue:
    """One published value as read: what it becomes is an Actual and its Decision."""

    series: tuple[str, str]
    period_start: date
    period_end: date
    numerator: Decimal | None
    denominator: Decimal | None
    value: Decimal | None
    value_status: str
    status_reason: str
    printed_as: str
    note: str
    source: str
    known_from: datetime
    known_from_is_assumed: bool


def read_published(load: Load) -> list[PublishedValue]:
    """The published values of `actuals/` and those that the plans print as observed."""
    found = []
    for top in load.folder("actuals"):
        source = top.text("source", required=True)
        note = top.text("note")
        for series in top.rows("series"):
            found += _read_series(load, series, source, note)
    return found


def _read_series(load: Load, top: Row, source: str, file_note: str) -> list[PublishedValue]:
    measure = top.text("measure", required=True)
    care_group = top.text("care_group") or TRUST
    factor = top.decimal("unit_factor") or Decimal(1)
    series_note = top.text("interpretation_note") or file_note
    own_source = top.text("source") or source
    draft = _series(load, top, measure, care_group)
    if draft is not None:
        draft.values["fed_by"] = Series.FedBy.PUBLISHED.value
    found = []
    for row in top.rows("rows"):
        start, end = row.day("start", required=True), row.day("end", required=True)
        published_on = row.day("published_on")
        value = _published_value(
            load,
            row,
            series=(measure, care_group),
            window=(start, end),
            factor=factor,
            source=row.text("source") or own_source,
            published_on=published_on,
            note=row.text("note") or series_note,
        )
        if value is not None and draft is not None:
            found.append(value)
    return found


def read_observed(load: Load, top: Row, plan: Ref) -> list[PublishedValue]:
    """The observed figures that a plan prints with a period."""
    plan_values = load.drafts[Plan][plan.key].values
    source = plan_values["source_document"].key[0]
    found = []
    for row in top.rows("observed"):
        measure = row.text("measure", required=True)
        care_group = row.text("care_group") or TRUST
        statement, section = row.text("statement"), row.text("section")
        note = row.text("note")
        value = _published_value(
            load,
            row,
            series=(measure, care_group),
            window=(row.day("period_start", required=True), row.day("period_end", required=True)),
            factor=Decimal(1),
            source=row.text("source") or source,
            published_on=plan_values["published_on"],
            note="\n".join(text for text in (statement, section, note) if text),
        )
        if value is not None and _series(load, row, measure, care_group) is not None:
            found.append(value)
    return found


def _series(load: Load, row: Row, measure: str, care_group: str) -> Draft | None:
    """The series a published value belongs to, added when nobody reports it otherwise."""
    if (measure,) not in load.drafts.get(Measure, {}):
        row.fail(f"no measure called {measure!r}")
        return None
    if (care_group,) not in load.drafts.get(CareGroup, {}):
        row.fail(f"no care group called {care_group!r}")
        return None
    drafts = load.drafts.setdefault(Series, {})
    if (measure, care_group) not in drafts:
        load.add(
            Series,
            (measure, care_group),
            row,
            {
                "measure": Ref(Measure, (measure,)),
                "care_group": Ref(CareGroup, (care_group,)),
                "fed_by": Series.FedBy.PUBLISHED.value,
            },
        )
    return drafts[(measure, care_group)]


def _published_value(
    load: Load,
    row: Row,
    *,
    series: tuple[str, str],
    window: tuple[date | None, date | None],
    factor: Decimal,
    source: str,
    published_on: date | None,
    note: str,
) -> PublishedValue | None:
    start, end = window
    numerator, denominator = row.decimal("numerator"), row.decimal("denominator")
    value = row.decimal("value")
    status = row.choice("status", Actual.ValueStatus.values, default=Actual.ValueStatus.FINAL)
    reason = row.text("reason")
    printed = row.text("printed") or row.text("printed_as")
    if (source,) not in load.drafts.get(SourceDocument, {}):
        row.fail(f"no source document called {source!r}")
        return None
    if start is None or end is None:
        return None
    if end < start:
        row.fail(f"the period ends ({end}) before it starts ({start})")
        return None
    if value is not None and numerator is None:
        value = value * factor
    if (numerator is None) != (denominator is None):
        row.fail("a numerator and a denominator come together")
        return None
    if numerator is not None and denominator is not None:
        if denominator <= 0:
            row.fail("the denominator must be more than 0")
            return None
        value = _percentage(load, series, numerator, denominator)
    if value is not None and not _is_possible(load, row, series, value):
        return None
    without_value = status in ("not_applicable", "suppressed")
    if (value is None) != without_value:
        row.fail("give a value, or a status not_applicable or suppressed with its reason")
        return None
    window_key = (*series, start, end, source)
    if window_key in load.published:
        first = load.published[window_key]
        row.fail(f"this period of this source stands already in {first.file}:{first.line}")
        return None
    load.published[window_key] = row
    known, assumed = _known(load, source, end, published_on)
    return PublishedValue(
        series, start, end, numerator, denominator, value, status, reason, printed, note,
        source, known, assumed,
    )  # fmt: skip


def _is_possible(load: Load, row: Row, series: tuple[str, str], value: Decimal) -> bool:
    """Within what the measure can be, and what the database holds."""
    measure = load.drafts.get(Measure, {}).get((series[0],))
    low, high = (measure.values["minimum"], measure.values["maximum"]) if measure else (None, None)
    if low is not None and value < low:
        row.fail(f"the value {value:f} must be {low:f} or more")
        return False
    if high is not None and value > high:
        row.fail(f"the value {value:f} must be {high:f} or less")
        return False
    if abs(value) >= MOST:
        row.fail(f"the value {value:f} must be less than {MOST:,}")
        return False
    return True


def _percentage(
    load: Load, series: tuple[str, str], numerator: Decimal, denominator: Decimal
) -> Decimal:
    measure = load.drafts.get(Measure, {}).get((series[0],))
    percent = measure is not None and measure.values["unit"] == "percent"
    return (numerator / denominator) * (100 if percent else 1)


def _known(load: Load, source: str, end: date, published_on: date | None) -> tuple[datetime, bool]:
    """When the trust could know it: publication, else period end and the usual lag, flagged."""
    values = load.drafts[SourceDocument][(source,)].values
    published, precision = published_on or values["published_on"], "day"
    if published_on is None:
        precision = values["published_precision"] or "day"
    if published is None:
        return london_day_end(end + ASSUMED_PUBLICATION_LAG), True
    if precision == "year":
        published = date(published.year, 12, 31)
    elif precision == "month":
        last = calendar.monthrange(published.year, published.month)[1]
        published = published.replace(day=last)
    return london_day_end(published), False


@transaction.atomic
def write_published(load: Load, values: Iterable[PublishedValue]) -> int:
    """Add the published values that are not there yet, in the order they became known.

    A later publication of the same window with another figure is a new version; the same
    figure again is not. Returns how many were added.
    """
    latest: dict[tuple, Actual] = {}
    for actual in Actual.objects.select_related("series").order_by("version"):
        latest[(actual.series_id, actual.period_start, actual.period_end)] = actual
    actuals, knowns, seen = [], [], set()
    stored = set(
        Actual.objects.filter(origin=Actual.Origin.PUBLISHED).values_list(
            "series_id", "period_start", "period_end", "source_document_id"
        )
    )
    for value in sorted(values, key=lambda value: (value.known_from, value.period_end)):
        series = load.row(Series, *value.series)
        source = load.row(SourceDocument, value.source)
        window = (series.pk, value.period_start, value.period_end)
        if (*window, source.pk) in stored or (*window, source.pk) in seen:
            continue
        seen.add((*window, source.pk))
        previous = latest.get(window)
        if previous is not None and _same(previous, value):
            continue
        actual = _actual(value, series, source, previous, at=load.at)
        latest[window] = actual
        actuals.append(actual)
        knowns.append(value)
    Actual.objects.bulk_create(actuals, batch_size=500)
    Decision.objects.bulk_create(
        [
            Decision(
                actual=actual,
                outcome=Decision.Outcome.APPROVED,
                decided_at=load.at,
                known_from=value.known_from,
                known_from_is_assumed=value.known_from_is_assumed,
                reason="Published",
            )
            for actual, value in zip(actuals, knowns, strict=True)
        ],
        batch_size=500,
    )
    if actuals:
        load.report.created[Actual._meta.label_lower] += len(actuals)
    return len(actuals)


def _same(previous: Actual, value: PublishedValue) -> bool:
    def rounded(number: Decimal | None) -> Decimal | None:
        return None if number is None else round(number, 6)

    return (
        rounded(previous.value) == rounded(value.value)
        and previous.value_status == value.value_status
    )


def _actual(
    value: PublishedValue,
    series: Series,
    source: SourceDocument,
    previous: Actual | None,
    *,
    at: datetime,
) -> Actual:
    return Actual(
        series=series,
        period_start=value.period_start,
        period_end=value.period_end,
        version=previous.version + 1 if previous else 1,
        numerator=value.numerator,
        denominator=value.denominator,
        value=None if value.value is None else round(value.value, 6),
        value_status=value.value_status,
        status_reason=value.status_reason,
        origin=Actual.Origin.PUBLISHED,
        source_document=source,
        printed_as=value.printed_as,
        note=value.note,
        recorded_at=at,
        change_reason=f"Published again in: {source.title}" if previous else "",
    )

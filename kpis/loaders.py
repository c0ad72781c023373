"""Measures, their links and targets, and who reports them. Published values: `published.py`."""

from collections.abc import Iterable
from datetime import date, timedelta
from typing import cast

from kpis.models import Measure, MeasureLink, Series, Target, TargetPoint
from kpis.models.measures import UNITS
from kpis.rag import Direction, operator_contradicts
from kpis.services.assessment import touch_measures
from kpis.targets import Change, Operator, Profile, Role, ValueIs
from strategy.fixture_files import Row, is_approximate
from strategy.loaders import known_from, provenance
from strategy.loading import Load, Ref
from strategy.models import CareGroup, Objective, Plan, QualityPriority, Risk
from strategy.periods import Frequency, Month

ORDER = (Measure, MeasureLink, Target, TargetPoint, Series)
TRUST = "trust"
WORKFORCE_TAG = "workforce"


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
    # People are whole; of an estimate of how many there are the file says otherwise.
    counts_people = bool(row.boolean("counts_people", default=False))
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
        "counts_people": counts_people,
        "whole_numbers_only": row.boolean("whole_numbers_only", default=counts_people),
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
        _check_direction(load, row, values, measure)
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
    if values["value"] is not None and is_approximate(printed, statement):
        row.fail(f"printed_value {printed!r} is about so much: no value, only printed_value")


def _check_direction(load: Load, row: Row, values: dict, measure: str) -> None:
    """No value can be judged by an operator that asks for what is worse."""
    draft = load.drafts.get(Measure, {}).get((measure,))
    if draft is None or not values["operator"] or not draft.values["direction"]:
        return
    problem = operator_contradicts(
        Direction(draft.values["direction"]), Operator(values["operator"])
    )
    if problem:
        row.fail(f"operator {values['operator']}: {problem}")


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


def mark_changed(load: Load) -> None:
    """What is judged by rows that are new goes out of date; an edited one marks it by itself."""
    rows = [row for model in (Target, Series) for row in load.changed.get(model, ())]
    rows += [cast(TargetPoint, point).target for point in load.changed.get(TargetPoint, ())]
    measures = {cast(Target | Series, row).measure_id for row in rows}
    touch_measures(measure for measure in measures if measure)


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

"""The dataset of assessments: how every window is judged, and why some have no colour."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import dropwhile, islice

from django.db.models import QuerySet
from django.db.models.functions import NullIf
from django.utils import timezone

from kmpt_tracker.ui.tabular import Cell, Column, Digits
from kpis.assessments.as_known import Known
from kpis.assessments.clocks import clock_at
from kpis.assessments.read import histories
from kpis.assessments.series_history import windows_until
from kpis.exports.columns import (
    CARE_GROUP,
    KNOWN_MEASURES,
    MEASURE,
    MONTHS,
    OF_MEASURES,
    codes,
    measures_of,
    origins,
)
from kpis.exports.stored_windows import assessed_since, stored_parts
from kpis.exports.windows import JudgedWindow, target_places, window_rows, without_measure
from kpis.judging.freshness import Freshness
from kpis.judging.history import Clock
from kpis.judging.status import Standing, TargetShown
from kpis.models import Actual, Measure, Series
from kpis.models.measures import UNITS
from kpis.rag import Direction, Rag
from kpis.spc.words import POINT_TYPES
from kpis.targets import Operator, Role
from strategy.exports.dataset import (
    Dataset,
    boolean,
    code,
    code_of,
    day,
    moment,
    number,
    text,
    vocabulary,
    whole,
)
from strategy.exports.feed import Since
from strategy.exports.filters import Filters
from strategy.exports.streams import Pace, Parts
from strategy.moments import london_date
from strategy.periods import Month

SERIES_A_CHUNK = 50
VARIATIONS = (
    "common_cause",
    "concern_high",
    "concern_low",
    "improvement_high",
    "improvement_low",
    "neutral_high",
    "neutral_low",
    "none",
)


def _series(get: Callable[[Series], Cell]) -> Callable[[JudgedWindow], Cell]:
    """A cell of the series, empty where nobody reports one."""
    return lambda row: get(row.series) if row.series else None


def _window(get: Callable[[Standing], Cell], without: str = "") -> Callable[[JudgedWindow], Cell]:
    """A cell of the window; `without`: where there is none."""
    return lambda row: get(row.standing) if row.standing else without


def _target(get: Callable[[TargetShown], Cell]) -> Callable[[JudgedWindow], Cell]:
    """A cell of the target in force, empty where there is none."""
    return lambda row: get(row.target) if row.target else None


COLUMNS: tuple[Column[JudgedWindow], ...] = (
    MEASURE.read_by(lambda row: code_of(row.measure), is_required=False),
    text(
        "measure_name",
        "Name of the measure",
        lambda row: row.measure.name if row.measure else "",
    ),
    code("plan", "Plan of the target judged against", stored="judged__target__plan__code"),
    code(
        "objective",
        "Objective of the target judged against",
        stored="judged__target__objective__reference",
    ),
    CARE_GROUP,
    day(
        "period_start",
        "First day of the window",
        _window(lambda it: it.period.start),
        stored="period_start",
    ),
    day(
        "period_end",
        "Last day of the window",
        _window(lambda it: it.period.end),
        stored="period_end",
    ),
    number(
        "value",
        "The value",
        _window(lambda it: it.value),
        unit="the measure's unit",
        stored="value",
        digits=Digits.SIX,
    ),
    number(
        "numerator",
        "Its numerator",
        _window(lambda it: it.numerator),
        stored="numerator",
        digits=Digits.SIX,
    ),
    number(
        "denominator",
        "Its denominator",
        _window(lambda it: it.denominator),
        stored="denominator",
        digits=Digits.SIX,
    ),
    code(
        "unit",
        "Unit of the value; percentages as percent",
        _series(lambda it: it.measure.unit),
        allowed=UNITS,
    ),
    whole(
        "groups_reported",
        "How many care groups reported",
        _window(lambda it: it.groups_reported or None),
        unit="care groups",
        stored=NullIf("groups_reported", 0),
    ),
    whole(
        "groups_expected",
        "How many should have",
        _window(lambda it: it.groups_expected or None),
        unit="care groups",
        stored=NullIf("groups_expected", 0),
    ),
    code(
        "value_status",
        "How final the value is",
        _window(lambda it: it.value_status),
        allowed=vocabulary(Actual.ValueStatus),
        stored="reads",
    ),
    code(
        "target_id",
        "Code of a target in force",
        _target(lambda it: it.code),
        stored="judged__target__code",
    ),
    code(
        "target_role",
        "What kind of target it is",
        _target(lambda it: it.role),
        allowed=codes(Role),
        stored="judged__target__role",
    ),
    boolean(
        "is_primary",
        "Whether this is the target that is rated",
        _target(lambda it: it.is_primary),
        stored="judged__is_primary",
    ),
    number(
        "target",
        "What it asks for, on the basis of judged_on",
        _target(lambda it: it.value),
        unit="the measure's unit",
        stored="judged__target_value",
    ),
    number(
        "floor",
        "Amber limit; for a band the distance outside",
        _target(lambda it: it.floor),
        unit="the measure's unit",
        stored="judged__floor",
    ),
    code(
        "operator",
        "How the target is met",
        _target(lambda it: it.operator),
        allowed=codes(Operator),
        stored="judged__target__operator",
    ),
    code(
        "direction",
        "Which way is better",
        _series(lambda it: it.measure.direction),
        allowed=codes(Direction),
    ),
    number(
        "variance",
        "judged_value minus target, from the nearer bound",
        unit="the measure's unit",
        stored="variance",
    ),
    code(
        "rag",
        "Colour, or the reason for having none",
        lambda row: row.rag.value,
        allowed=codes(Rag),
        stored="rag",
        is_required=True,
    ),
    number(
        "spc_mean",
        "Centre line",
        _window(lambda it: it.spc_mean),
        unit="the measure's unit",
        stored="spc_mean",
        digits=Digits.FLOAT,
    ),
    number(
        "spc_lower",
        "Lower process limit",
        _window(lambda it: it.spc_lower),
        unit="the measure's unit",
        stored="spc_lower",
        digits=Digits.FLOAT,
    ),
    number(
        "spc_upper",
        "Upper process limit",
        _window(lambda it: it.spc_upper),
        unit="the measure's unit",
        stored="spc_upper",
        digits=Digits.FLOAT,
    ),
    whole(
        "spc_segment",
        "Which stretch between recalculations of the limits",
        _window(lambda it: it.spc_segment),
        stored="spc_segment",
    ),
    code(
        "point_type",
        "What the point is among the others",
        _window(lambda it: it.point_type),
        allowed=POINT_TYPES,
        stored="point_type",
    ),
    code(
        "variation",
        "Variation icon of the point",
        _window(lambda it: it.variation, without="none"),
        allowed=VARIATIONS,
        stored="variation",
        is_required=True,
    ),
    code(
        "assurance",
        "Assurance icon",
        allowed=("pass", "fail", "inconsistent", "none"),
        stored="assured",
        is_required=True,
    ),
    code(
        "limits_status",
        "How firm the limits are",
        _window(lambda it: it.limits_status, without="none"),
        allowed=("none", "collapsed", "trial", "ok"),
        stored="limits_status",
        is_required=True,
    ),
    code(
        "freshness",
        "How fresh the figure is",
        _window(lambda it: it.freshness.value),
        allowed=codes(Freshness),
        stored="fresh",
    ),
    whole(
        "version",
        "Data version of the series that was assessed",
        _series(lambda it: it.assessed_version),
    ),
    moment("recorded_at", "When it was assessed", _series(lambda it: it.assessed_at)),
    moment(
        "as_known_at", "The moment asked for, else when the value became known", stored="known_from"
    ),
    code(
        "judged_on",
        "What the window is rated on",
        allowed=vocabulary(Measure.JudgedOn),
        stored="basis",
    ),
    number(
        "judged_value", "What was compared with target", unit="the measure's unit", stored="rated"
    ),
    number(
        "upper_value",
        "Upper value of a band",
        _target(lambda it: it.upper),
        unit="the measure's unit",
        stored="judged__target_upper",
    ),
    code(
        "milestone_status",
        "How a milestone stands",
        _window(lambda it: it.milestone_status),
        allowed=vocabulary(Actual.MilestoneStatus),
        stored="milestone_status",
    ),
    day(
        "forecast_on",
        "When it is expected",
        _window(lambda it: it.forecast_on),
        stored="forecast_on",
    ),
    day(
        "completed_on",
        "When it was done",
        _window(lambda it: it.completed_on),
        stored="completed_on",
    ),
    day(
        "due_on",
        "When the target falls due",
        _target(lambda it: it.due_on),
        stored="judged__due_on",
    ),
)


def _assessments(filters: Filters) -> Iterable[JudgedWindow] | Parts:
    """Every window with a value, the gaps since the first one, and the last month asked for.

    A window has one row for each target in force; the rated one comes first. What is judged now is
    stored, and streams; what was known at a past moment is judged again. `since` leaves out the
    series of which nothing is new, but for their gaps, which the clock alone may have changed.
    """
    if filters.as_at is not None:
        return judged_windows(filters)
    clock, last = _clock_and_last(filters)
    since = Since.of(filters)
    new = partial(assessed_since, since, clock=clock, last=last) if since else None
    pace = Pace(filters.page)
    parts = stored_parts(_series_asked(filters), COLUMNS, filters, clock, last, pace, new)
    return Parts(parts, pace, after=without_measure(filters, since))


def _series_asked(filters: Filters) -> QuerySet[Series]:
    rows = Series.objects.filter(measure__in=measures_of(filters).values("pk")).order_by(
        "measure__code", "care_group__position"
    )
    return rows.filter(care_group__code=filters.care_group) if filters.care_group else rows


def _clock_and_last(filters: Filters) -> tuple[Clock, Month]:
    """The clocks of the months, and the last month asked for: none ends after the current one."""
    clock = clock_at(timezone.now(), known_at=filters.as_at)
    today = Month.of(london_date(clock.now))
    return clock, min(filters.to_month, today) if filters.to_month else today.plus(-1)


def judged_windows(filters: Filters) -> Iterator[JudgedWindow]:
    """The same rows, read and judged one by one."""
    clock, last = _clock_and_last(filters)
    known = Known(filters.as_at)
    stream = iter(_series_asked(filters).select_related("measure", "care_group"))
    if filters.page and filters.page.after:
        before = filters.page.after
        stream = dropwhile(lambda row: (row.measure.code, row.care_group.code) != before, stream)
    while chunk := list(islice(stream, SERIES_A_CHUNK)):
        chunk = known.without_newcomers(chunk)
        found = histories(chunk, known_at=filters.as_at)
        targets = target_places(chunk)
        for row in chunk:
            for standing in windows_until(found[row.pk], clock, last):
                yield from window_rows(found[row.pk].series, standing, filters, targets)
    yield from without_measure(filters)


ASSESSMENTS = Dataset[JudgedWindow](
    "assessments",
    "How every window is judged",
    COLUMNS,
    OF_MEASURES | MONTHS | {"care_group", "status", "origin", "as_at", "since"},
    _assessments,
    {**KNOWN_MEASURES, "status": lambda: codes(Rag), "origin": origins},
    key=("measure", "care_group", "period_start", "period_end", "target_id"),
)

"""The datasets of the monthly round: returns, and the comments on figures."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime

from django.db.models import F, Q
from django.utils import timezone

from accounts.models import AuditEvent
from kmpt_tracker.ui.tabular import Cell, Column
from kpis.exports.columns import (
    CARE_GROUP,
    KNOWN_MEASURES,
    MEASURE,
    MONTHS,
    OF_MEASURES,
    by_month,
    measures_of,
)
from kpis.models import (
    Commentary,
    Measure,
    ReportingPeriod,
    Return,
    ReturnCell,
    Series,
)
from kpis.months.change import CHANGED
from kpis.returns.overview import GroupReturn, every_return, months_held
from strategy.exports.dataset import (
    Dataset,
    boolean,
    code,
    day,
    moment,
    text,
    username_of,
    vocabulary,
    whole,
)
from strategy.exports.feed import Since
from strategy.exports.filters import Filters
from strategy.exports.streams import Pace, Part, Parts, in_turn, with_cells
from strategy.models import CareGroup
from strategy.moments import london_date
from strategy.periods import Month


def _commentary(filters: Filters) -> Parts:
    if since := Since.of(filters):
        # A comment that was emptied is one of them: it has no words.
        new = since.written("approved_at") | Q(pk__in=since.emptied(Commentary))
        rows = Commentary.objects.newest().filter(new)
    else:
        rows = Commentary.objects.current(filters.as_at)
    if filters.care_group:
        rows = rows.filter(series__care_group__code=filters.care_group)
    rows = by_month(rows, filters).order_by().annotate(parent=F("series__measure_id"))
    measures = measures_of(filters).filter(pk__in=rows.values("series__measure"))
    pace = Pace(filters.page)

    def parts() -> Iterator[Part]:
        for some in in_turn(measures, pace, filters.page, called=("code",)):
            found = with_cells(rows.filter(series__measure__in=some), COMMENTED, IN_ORDER)
            yield Part(parents=[(row.pk, row) for row in some], stored=[found])

    return Parts(parts(), pace)


def _returns(filters: Filters) -> Iterator[GroupReturn]:
    """Every return of the months that the tracker holds, whether anyone has started it or not."""
    now = timezone.now()
    found = every_return(filters.from_month, filters.to_month, now=now)
    is_new = _is_new(since, now) if (since := Since.of(filters)) else lambda row: True
    return (
        row
        for row in found
        if filters.care_group in ("", row.care_group.code)
        and filters.status in ("", row.status)
        and is_new(row)
    )


def _is_new(since: Since, now: datetime) -> Callable[[GroupReturn], bool]:
    """Whether anything was done to a return since, its month was first held or locked, it fell
    late, or what it asks for may have changed.
    """
    months, returns = (model._meta.label_lower for model in (ReportingPeriod, Return))
    events = AuditEvent.objects.filter(since.written("at")).order_by()
    of_returns = events.filter(object_type=returns).values_list("object_key", flat=True)
    # "2026-03 acute", and the section where one was in hand.
    acted_on = {tuple(key.split()[:2]) for key in of_returns.distinct()}
    of_months = events.filter(object_type=months).values_list("object_key", flat=True)
    whole = set(of_months.distinct())
    for month in {month for month, _ in acted_on} - whole:
        before = AuditEvent.objects.filter(
            object_type__in=(months, returns), object_key__startswith=month, at__lte=since.earliest
        )
        # The first write in a month lists the returns of all care groups.
        if not before.exists():
            whole.add(month)
    saved = ReturnCell.objects.filter(since.written("saved_at", "returned_at")).order_by()
    held = set(saved.values_list("submission", flat=True).distinct())
    # What is due follows from who reports which measure, and in which month from every clock.
    all_anew = of_months.filter(action=CHANGED).exists() or any(
        since.edited(model).exists() for model in (Series, Measure, CareGroup)
    )
    is_followed = Month.of(london_date(since.earliest)) < Month.of(london_date(now))
    # The month that was the last then comes again with the one that followed it.
    known = {period.month for period in months_held(since.earliest)[is_followed:]}

    def is_new(row: GroupReturn) -> bool:
        month = str(row.period.month)
        return (
            all_anew
            or month in whole
            or (month, row.care_group.code) in acted_on
            or (row.submission is not None and row.submission.pk in held)
            or row.period.month not in known
            or (row.is_late and row.period.late_from > since.earliest)
        )

    return is_new


def _started(get: Callable[[Return], Cell]) -> Callable[[GroupReturn], Cell]:
    """A cell of the return, empty while nobody has started it."""
    return lambda row: get(row.submission) if row.submission else None


COMMENTED: tuple[Column[Measure], ...] = (
    MEASURE.read_by(lambda row: row.code),
    replace(CARE_GROUP, stored="series__care_group__code"),
    day("period_start", "First day of the window", stored="period_start", is_required=True),
    moment("written_at", "When it was written", stored="written_at", is_required=True),
    code("written_by", "Who wrote it", stored="written_by__username"),
    text("what_happened", "What happened", stored="what_happened"),
    text("why", "Why", stored="why"),
    text("action", "What is being done", stored="action"),
    text("owner", "By whom", stored="owner"),
    day("recovery_expected", "When recovery is expected", stored="recovery_expected"),
)
# Within a measure.
IN_ORDER = ("period_end", "pk")
COMMENTARY = Dataset[Measure](
    "commentary",
    "Commentary",
    COMMENTED,
    OF_MEASURES | MONTHS | {"care_group", "as_at", "since"},
    _commentary,
    KNOWN_MEASURES,
)

RETURNS = Dataset[GroupReturn](
    "returns",
    "Monthly returns",
    (
        code(
            "period", "The month, as 2026-03", lambda row: str(row.period.month), is_required=True
        ),
        CARE_GROUP,
        code(
            "status", "Where the return stands", allowed=vocabulary(Return.Status), is_required=True
        ),
        moment("opened_at", "When it was first opened", _started(lambda it: it.opened_at)),
        moment("deadline", "When entry closes", lambda row: row.period.closes_at, is_required=True),
        moment("submitted_at", "When it was submitted", _started(lambda it: it.submitted_at)),
        code(
            "submitted_by",
            "Who submitted it",
            _started(lambda it: username_of(it.submitted_by)),
        ),
        moment("approved_at", "When it was approved", _started(lambda it: it.approved_at)),
        code(
            "approved_by",
            "Who approved it",
            _started(lambda it: username_of(it.approved_by)),
        ),
        whole(
            "measures_due",
            "How many figures it asks for",
            lambda row: row.due,
            unit="figures",
            is_required=True,
        ),
        whole(
            "measures_entered",
            "How many of them are entered",
            lambda row: row.entered,
            unit="figures",
            is_required=True,
        ),
        boolean("on_time", "Whether it was submitted by the deadline; empty until either"),
    ),
    MONTHS | {"care_group", "status", "since"},
    _returns,
    {"status": lambda: vocabulary(Return.Status)},
    key=("period", "care_group"),
)

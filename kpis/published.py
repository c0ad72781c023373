"""Published values: those of the statistics and those the plans print, read and written."""

import calendar
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import transaction

from kpis.loaders import TRUST
from kpis.models import Actual, Decision, Measure, Series
from kpis.services.assessment import touch
from strategy.fixture_files import Row, is_approximate
from strategy.loading import Draft, Load, Ref
from strategy.models import CareGroup, Plan, SourceDocument
from strategy.periods import london_day_end

# A published series without a date of publication is taken as known this long after its
# period: the usual lag of NHS England's official statistics.
ASSUMED_PUBLICATION_LAG = timedelta(days=90)
MOST = Decimal(10) ** 12


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
    if value is not None and is_approximate(printed):
        row.fail(f"{printed!r} is about so much: no value")
        return None
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
    if not _is_whole_where_asked(load, row, series, (numerator, denominator, value)):
        return None
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


def _is_whole_where_asked(
    load: Load, row: Row, series: tuple[str, str], figures: tuple[Decimal | None, ...]
) -> bool:
    """Where people are counted both parts are whole; so is a count without parts."""
    measure = load.drafts.get(Measure, {}).get((series[0],))
    if measure is None or not measure.values["whole_numbers_only"]:
        return True
    numerator, denominator, value = figures
    counted = (value,) if measure.values["unit"] == "count" else ()
    for figure in (numerator, denominator, *counted):
        if figure is not None and figure % 1:
            row.fail(f"{figure:f} must be a whole number: the measure takes no others")
            return False
    return True


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
    figure again is not. A figure that reads otherwise in its own source by now was transcribed
    wrongly: a new version too, where changed fixtures are asked for. Returns how many were added.
    """
    latest: dict[tuple, Actual] = {}
    by_source: dict[tuple, Actual] = {}
    for actual in Actual.objects.select_related("series").order_by("version"):
        window = (actual.series_id, actual.period_start, actual.period_end)
        latest[window] = actual
        if actual.origin == Actual.Origin.PUBLISHED:
            by_source[(*window, actual.source_document_id)] = actual
    actuals, knowns = [], []
    for value in sorted(values, key=lambda value: (value.known_from, value.period_end)):
        series = load.row(Series, *value.series)
        source = load.row(SourceDocument, value.source)
        window = (series.pk, value.period_start, value.period_end)
        earlier, previous = by_source.get((*window, source.pk)), latest.get(window)
        if earlier is not None and not _to_correct(load, value, earlier, previous):
            continue
        if earlier is None and previous is not None and _same(previous, value):
            continue
        actual = _actual(value, series, source, previous, at=load.at, corrects=earlier is not None)
        latest[window] = by_source[(*window, source.pk)] = actual
        actuals.append(actual)
        knowns.append(value)
        counter = load.report.refreshed if earlier else load.report.created
        counter[Actual._meta.label_lower] += 1
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
    touch(actual.series_id for actual in actuals)
    return len(actuals)


def _to_correct(load: Load, value: PublishedValue, earlier: Actual, latest: Actual | None) -> bool:
    """Whether a figure that reads otherwise now is written; else the report says why not."""
    if _same(earlier, value):
        return False
    name = f"{Actual._meta.label_lower} {'/'.join(value.series)} {value.period_end}"
    if latest is not None and latest.is_withdrawn:
        load.report.conflicts.append(f"{name}: withdrawn by people; left alone")
        return False
    if latest is not earlier:
        load.report.conflicts.append(f"{name}: a later figure stands; left alone")
    elif not load.refresh:
        load.report.waiting.append(name)
    return load.refresh and latest is earlier


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
    corrects: bool,
) -> Actual:
    again = "Read again in" if corrects else "Published again in"
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
        change_reason=f"{again}: {source.title}" if previous else "",
    )

"""The figures that everyone may read: those of locked months, without small counts of people."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from django.conf import settings

from kpis.assessments.clocks import clock_at, is_locked, usual_clock
from kpis.judging.disclosure import Disclosure, disclosed, settled
from kpis.judging.history import Clock
from kpis.judging.terms import Observation
from kpis.models import Series
from kpis.rollup import reports_for
from strategy.periods import Frequency, Month, Period

Observed = Mapping[int, tuple[Observation, ...]]


def disclosure() -> Disclosure:
    """How counts of people are shown to everyone in this installation."""
    return Disclosure(settings.PUBLIC_SUPPRESS_UP_TO, settings.PUBLIC_ROUND_TO)


def published(
    observed: Observed,
    series: Mapping[int, Series],
    *,
    at: datetime,
    locking: Month | None = None,
) -> Observed:
    """What everyone may read of these figures, by series. All series of a measure come together.

    `locking`: what they could read if this month were locked too.
    """
    clock = clock_at(at)
    if locking is not None:
        own = replace(clock.of(locking, usual_clock), locked_at=at)
        clock = replace(clock, periods={**clock.periods, locking: own})
    by_measure: dict[int, list[Series]] = defaultdict(list)
    for row in series.values():
        by_measure[row.measure_id].append(row)
    found: dict[int, tuple[Observation, ...]] = {}
    for rows in by_measure.values():
        reporters = {row.care_group.code: row for row in rows}
        cells = {code: tuple(observed.get(row.pk, ())) for code, row in reporters.items()}

        def final(code: str, seen: Observation, of: Mapping[str, Series] = reporters) -> bool:
            return is_final(of[code], seen.period, clock)

        def reports(code: str, month: Month, of: Mapping[str, Series] = reporters) -> bool:
            return any(is_there(of[code], Period(day, day)) for day in (month.start, month.end))

        measure = rows[0].measure
        if measure.counts_people and not measure.is_milestone:
            trust = next((row.care_group.code for row in rows if row.care_group.is_trust), "")
            cells = settled(cells, whole=trust, is_final=final, reports=reports)
            cells = disclosed(cells, whole=trust, unit=measure.unit, rule=disclosure())
        else:
            cells = {
                code: tuple(seen for seen in held if final(code, seen))
                for code, held in cells.items()
            }
        found |= {reporters[code].pk: held for code, held in cells.items()}
    return found


def is_there(series: Series, window: Period) -> bool:
    """Whether the care group, and its series, report for a window."""
    return reports_for(series.valid_from, series.valid_to, window) and reports_for(
        series.care_group.valid_from, series.care_group.valid_to, window
    )


def is_final(series: Series, window: Period, clock: Clock) -> bool:
    """Whether the month that asked for a window is locked, and its return not opened again."""
    own = clock.of_group(series.care_group_id)
    measure = series.measure
    frequency = Frequency(measure.frequency)
    month = own.asked_in(window, frequency, measure.reporting_lag_days, usual_clock)
    is_reopened = own.of(month, usual_clock).is_reopened
    return is_locked(month, own) and not is_reopened

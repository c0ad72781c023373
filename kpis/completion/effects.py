"""What locking a month does to its figures, said before it is done."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from kmpt_tracker.ui.formats import format_count, format_deadline, format_list
from kpis.assessments.as_known import Known
from kpis.assessments.inputs import observations_of
from kpis.assessments.published import disclosure, published
from kpis.judging.disclosure import Disclosure
from kpis.models import Actual, ReportingPeriod, Return, Series
from kpis.months.clock import closing_times
from kpis.months.due import FigureDue, asked_by, milestones_reported, still_due
from kpis.returns.waiting import corrections_waiting
from strategy.models import CareGroup

Status = Return.Status
NAMED = 5


@dataclass(frozen=True)
class GroupEffect:
    """What becomes of one care group's figures of the month."""

    care_group: CareGroup
    status: str
    due: int
    without_figure: int
    corrections: int

    @property
    def is_submitted(self) -> bool:
        return self.status == Status.SUBMITTED

    @property
    def has_not_reported(self) -> bool:
        return self.without_figure > 0 and self.status not in (Status.SUBMITTED, Status.APPROVED)

    @property
    def status_label(self) -> str:
        return Status(self.status).label


@dataclass(frozen=True)
class Publication:
    """What everyone can read of a month once it is locked: how many figures, and the names of those
    that read as suppressed.
    """

    figures: int
    suppressed: tuple[str, ...]
    rule: Disclosure

    @property
    def sentences(self) -> list[str]:
        rule = self.rule
        found = [
            f"The dashboards are public: without signing in {format_count(self.figures, 'figure')}"
            " can be read, but no comment, person or return."
            f" Counts of people are rounded to {rule.round_to}."
        ]
        if self.suppressed:
            count, verb = len(self.suppressed), "reads" if len(self.suppressed) == 1 else "read"
            named = format_list(self.suppressed[:NAMED])
            more = f", and {count - NAMED} more" if count > NAMED else ""
            found.append(
                f"{count:,} of them {verb} “Suppressed” there,"
                f" as a count of 1 to {rule.suppress_up_to} people could be found from it:"
                f" {named}{more}."
            )
        return found


@dataclass(frozen=True)
class Effects:
    """What locking a month does, care group by care group, and in sentences."""

    groups: tuple[GroupEffect, ...]
    still_open_until: datetime | None = None
    publication: Publication | None = None

    @property
    def digest(self) -> str:
        """Shows whether the person who confirms has read the effects as they are now."""
        facts = [
            (group.care_group.code, group.status, group.without_figure, group.corrections)
            for group in self.groups
        ]
        return hashlib.sha256(repr(facts).encode()).hexdigest()[:20]

    @property
    def sentences(self) -> list[str]:
        found = []
        if self.still_open_until is not None:
            until = format_deadline(self.still_open_until)
            found.append(f"Entry is open until {until}: locking ends it now.")
        silent = sum(group.without_figure for group in self.groups)
        if silent:
            said = f"{format_count(silent, 'figure')} will read “No data”"
            late = [group.care_group.name for group in self.groups if group.has_not_reported]
            if late:
                said += f": {format_list(late)} {'has' if len(late) == 1 else 'have'} not reported"
            found.append(f"{said}.")
            known = sum(group.without_figure for group in self.groups if not group.has_not_reported)
            if late and known:
                belong = "belongs" if known == 1 else "belong"
                found.append(
                    f"{known:,} of them {belong} to returns that came in without a figure."
                )
        submitted = [group.care_group.name for group in self.groups if group.is_submitted]
        if submitted:
            is_one = len(submitted) == 1
            found.append(
                f"{format_count(len(submitted), 'return')} {'is' if is_one else 'are'} submitted "
                f"and {'waits' if is_one else 'wait'} for a decision: {format_list(submitted)}. "
                "In a locked month nobody can approve them: what was sent in is kept, reads “No "
                "data”, and can be decided on when the return or the month is opened again. Review "
                "first."
            )
        corrections = sum(group.corrections for group in self.groups)
        if corrections:
            goes = "goes" if corrections == 1 else "go"
            found.append(
                f"{format_count(corrections, 'correction')} {goes} back undecided: the approved "
                f"{'figure stays' if corrections == 1 else 'figures stay'}."
            )
        if not silent:
            found.append("Every figure that is due has been approved: none will read “No data”.")
        return [*found, *(self.publication.sentences if self.publication else ())]


def effects_of(period: ReportingPeriod, *, at: datetime) -> Effects:
    """What locking a month would do now, in a fixed number of queries."""
    rows = Series.objects.filter(fed_by=Series.FedBy.RETURNS)
    series = list(rows.select_related("measure", "care_group"))
    asked = still_due(asked_by(series, period.month, closing_times()), milestones_reported(series))
    arrived = set(
        Actual.objects.current()
        .exclude(value_status=Actual.ValueStatus.WITHDRAWN)
        .filter(
            series__in={row.series.pk for row in asked},
            period_end__in={row.window.end for row in asked},
        )
        .values_list("series_id", "period_start", "period_end")
    )
    due, without = Counter[int](), Counter[int]()
    for row in asked:
        due[row.series.care_group_id] += 1
        key = row.series.pk, row.window.start, row.window.end
        without[row.series.care_group_id] += key not in arrived
    started = Return.objects.filter(period__starts_on=period.starts_on)
    started = started.select_related("period", "care_group")
    returns = {row.care_group_id: row for row in started}
    waiting = corrections_waiting(returns.values())
    groups = CareGroup.objects.filter(pk__in={*due, *returns}).order_by("position")
    return Effects(
        tuple(
            GroupEffect(
                care_group=group,
                status=returns[group.pk].status if group.pk in returns else Status.NOT_STARTED,
                due=due[group.pk],
                without_figure=without[group.pk],
                corrections=waiting.get(returns[group.pk].pk, 0) if group.pk in returns else 0,
            )
            for group in groups
        ),
        still_open_until=period.closes_at if at < period.closes_at else None,
        publication=_publication(asked, period, at) if settings.PUBLIC_DASHBOARD else None,
    )


def _publication(asked: Sequence[FigureDue], period: ReportingPeriod, at: datetime) -> Publication:
    """The figures of the month as everyone will read them, by the rule that they are read by."""
    measures = {row.series.measure_id for row in asked}
    rows = Series.objects.filter(measure__in=measures).select_related("measure", "care_group")
    series = {row.pk: row for row in rows}
    first = min((row.window.start for row in asked), default=period.starts_on)
    observed = observations_of(Known(), series, since=first)
    shown = published(observed, series, at=at, locking=period.month)
    windows = {(row.series.pk, row.window) for row in asked}
    found = [
        (series[key], seen)
        for key, of_series in shown.items()
        for seen in of_series
        if (key, seen.period) in windows
    ]
    hidden = [
        f"{row.measure.name} ({row.care_group.name})"
        for row, seen in found
        if seen.status == Actual.ValueStatus.SUPPRESSED
    ]
    return Publication(len(found), tuple(sorted(hidden)), disclosure())

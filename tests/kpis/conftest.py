"""The usual scene of a monthly return: two care groups, a ratio and a count, and their people."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from accounts.models import User
from kpis.models import ReportingPeriod, Return, Series
from kpis.returns import approve as approval
from kpis.returns import recall as recalling
from kpis.returns import submit as submitting
from kpis.returns.cells import CellText
from kpis.returns.in_hand import cells_of
from kpis.returns.merging import CellEntry
from kpis.returns.save import Saved, save_draft
from kpis.returns.states import open_return
from strategy.models import CareGroup
from strategy.periods import Month
from tests.factories.measures import (
    MeasureFactory,
    ReportingPeriodFactory,
    SeriesFactory,
    rolled_up,
)
from tests.factories.people import access, lead_of, performance_team
from tests.factories.plans import CareGroupFactory, TrustFactory
from tests.plugins.kept import kept

SEPTEMBER = Month(2026, 9)
NOW = datetime(2026, 10, 5, 10, 0, tzinfo=UTC)


@dataclass
class Scene:
    """One care group's return for September 2026, and the people who work on it."""

    acute: CareGroup
    older: CareGroup
    ratio: Series
    other_ratio: Series
    trust: Series
    calls: Series
    period: ReportingPeriod
    submission: Return
    lead: User
    team: User
    clock: datetime = field(default=NOW)

    def tick(self) -> datetime:
        self.clock += timedelta(minutes=1)
        return self.clock

    def save(self, *cells, by: User | None = None) -> Saved:
        """Cells as (series, version, {field: text})."""
        by = by or self.lead
        return save_draft(
            submission_id=self.submission.pk,
            entries=[
                CellEntry(series.pk, version, CellText(**text)) for series, version, text in cells
            ],
            by=by,
            access=access(by),
            at=self.tick(),
        )

    def fill(self, numerator: str = "45", denominator: str = "50", calls: str = "12", **more):
        """Both figures as typed, on top of whatever is saved."""
        versions = {pk: cell.version for pk, cell in cells_of(self.submission).items()}
        parts = {"numerator": numerator, "denominator": denominator}
        return self.save(
            (self.ratio, versions.get(self.ratio.pk, 0), {**parts, **more}),
            (self.calls, versions.get(self.calls.pk, 0), {"value": calls, **more}),
        )

    def submit(self, *, by: User | None = None, version: int | None = None):
        by = by or self.lead
        self.submission.refresh_from_db()
        return submitting.submit(
            submission_id=self.submission.pk,
            version=version or self.submission.version,
            by=by,
            access=access(by),
            at=self.tick(),
        )

    def _decide(self, service, by, version, **more):
        by = by or self.team
        self.submission.refresh_from_db()
        return service(
            submission_id=self.submission.pk,
            version=version or self.submission.version,
            by=by,
            access=access(by),
            at=self.tick(),
            **more,
        )

    def approve(self, *, by: User | None = None, version: int | None = None, rows=None) -> Return:
        return self._decide(approval.approve, by, version, rows=rows)

    def send_back(self, reason="Check the wards", *, by=None, version=None, **more) -> Return:
        return self._decide(approval.send_back, by, version, reason=reason, **more)

    def recall(self, *, by: User | None = None, version: int | None = None) -> Return:
        return self._decide(recalling.recall, by or self.lead, version)

    def status(self) -> str:
        self.submission.refresh_from_db()
        return self.submission.status


def make_scene() -> Scene:
    TrustFactory()
    acute, older = CareGroupFactory(code="acute"), CareGroupFactory(code="older")
    _, trust, (ratio, other_ratio) = rolled_up(acute, older, code="seen-in-time", name="Seen")
    calls = SeriesFactory(measure=MeasureFactory(code="calls", name="Calls"), care_group=acute)
    period = ReportingPeriodFactory(month=SEPTEMBER)
    return Scene(
        acute=acute,
        older=older,
        ratio=ratio,
        other_ratio=other_ratio,
        trust=trust,
        calls=calls,
        period=period,
        submission=open_return(period=period, care_group=acute),
        lead=lead_of(acute),
        team=performance_team(),
    )


@kept
def scene() -> Scene:
    return make_scene()

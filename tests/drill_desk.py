"""The trust that figures are entered of in a drill, its people, and their browser."""

from datetime import timedelta
from typing import Any

PASSWORD = "a-long-word-to-try-it-with"
FIGURES, MOST_WAIT = 15, 90_000  # measures of a lead; milliseconds


class Desk:
    """The trust that the drill enters figures of, its server and its browser."""

    def __init__(self, browser: Any, port: int) -> None:
        from django.utils import timezone

        from strategy.periods import Month, london_date

        self.browser, self.origin = browser, f"http://localhost:{port}"
        self.month = Month.of(london_date(timezone.now())).plus(-1)

    def build(self) -> None:
        from django.utils import timezone

        from kpis.assessments.store import recompute
        from kpis.models import Actual, Decision, ReportingPeriod
        from kpis.months.clock import data_clock
        from tests.factories.measures import (
            MeasureFactory,
            RatioFactory,
            SeriesFactory,
            TargetFactory,
        )
        from tests.factories.people import lead_of, performance_team
        from tests.factories.plans import CareGroupFactory, TrustFactory
        from tests.kpis.imports.test_import_four_doors import MEASURES

        TrustFactory()
        now = timezone.now()
        later = now + timedelta(days=9)
        clock = data_clock(self.month) | dict.fromkeys(
            ("closes_at", "sign_off_at", "freezes_at"), later
        )
        self.period, _ = ReportingPeriod.objects.update_or_create(
            starts_on=self.month.start, defaults={**clock, "locked_at": None}
        )
        codes = ("doors", "locked", "pasted", "typed", "reviewed")
        groups = [CareGroupFactory(code=code, name=code) for code in codes]
        self.doors, self.locked, *self.with_figures = groups
        self.of_doors = {
            f"of-{name}": SeriesFactory(
                measure=MeasureFactory(code=f"of-{name}", name=f"Of {name}", **fields),
                care_group=self.doors,
            )
            for name, fields in MEASURES.items()
        }
        self.of_doors["of-parts"] = SeriesFactory(
            measure=RatioFactory(code="of-parts", name="Of parts", whole_numbers_only=True),
            care_group=self.doors,
        )
        self.of_locked = [
            SeriesFactory(measure=MeasureFactory(), care_group=self.locked) for _ in range(8)
        ]
        self.rows: dict[str, list[Any]] = {group.code: [] for group in self.with_figures}
        actuals = []
        for number in range(FIGURES):
            measure = RatioFactory(code=f"seen-{number:02}", name=f"Seen in time {number:02}")
            for group in self.with_figures:
                TargetFactory(measure=measure, care_group=group, value=93, floor=90)
                series = SeriesFactory(measure=measure, care_group=group)
                self.rows[group.code].append(series)
                actuals += [_actual(series, self.month.plus(-back)) for back in range(1, 18)]
        Actual.objects.bulk_create(actuals)
        decided = {"outcome": "approved", "decided_at": now, "known_from": now}
        Decision.objects.bulk_create([Decision(actual=actual, **decided) for actual in actuals])
        recompute(stale_only=False, at=now)
        self.team = performance_team(username="team")
        self.people = {group.code: lead_of(group, username=f"of-{group.code}") for group in groups}
        self.people["second"] = lead_of(self.locked, username="second")
        for person in (self.team, *self.people.values()):
            person.set_password(PASSWORD)
            person.save()

    def address(self, group: Any) -> str:
        return f"/returns/{self.month}/{group.code}/"

    def opened(self, person: Any, address: str) -> Any:
        """A page at an address, after signing in."""
        page = self.browser.new_context(viewport={"width": 1400, "height": 900}).new_page()
        page.set_default_timeout(MOST_WAIT)
        page.goto(self.origin + address)
        page.get_by_label("Username").fill(person.username)
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        with page.expect_navigation():
            page.keyboard.press("Enter")
        return page


def _actual(series: Any, month: Any) -> Any:
    """A figure of a month before: between 93.6% and 95.2%, as a process that hardly moves."""
    from decimal import Decimal

    from django.utils import timezone

    from kpis.models import Actual

    on_time = Decimal(468 + (series.pk * 7 + month.month * 5) % 9)
    return Actual(
        series=series,
        period_start=month.start,
        period_end=month.end,
        version=1,
        numerator=on_time,
        denominator=Decimal(500),
        value=on_time / 5,
        origin="entered",
        recorded_at=timezone.now(),
    )

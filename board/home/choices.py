"""What a reader chose above the strategy on a page: plan, month, and moment of knowledge."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse

from kmpt_tracker.ui.formats import format_count, format_list, format_moment
from kpis.asked.address import Asked
from kpis.asked.opening import MonthFacts, Opening
from kpis.assessments.clocks import shown_until
from strategy.models import Plan
from strategy.periods import Month, months_between


@dataclass(frozen=True)
class OpenMonth:
    """A month that is still open: who has not reported, and a link to one of the two months."""

    facts: MonthFacts
    link: str
    url: str
    aside: str = ""
    is_shown: bool = False

    @property
    def said(self) -> str:
        """ "Oct 2026 is still open: Acute has not reported, which leaves 14 measures unrated." """
        facts, parts = self.facts, []
        if facts.not_reported:
            verb = "has" if len(facts.not_reported) == 1 else "have"
            parts.append(f"{format_list(facts.not_reported)} {verb} not reported")
        if facts.not_approved:
            verb = "waits" if len(facts.not_approved) == 1 else "wait"
            parts.append(f"{format_list(facts.not_approved)} {verb} for approval")
        left = ""
        if facts.unrated:
            left = f", which leaves {format_count(facts.unrated, 'measure')} unrated"
        return f"{facts.month.label} is still open: {'; '.join(parts)}{left}."


@dataclass(frozen=True)
class Choices:
    """The plan and the month shown, and what else may be chosen."""

    asked: Asked
    plan: Plan
    month: Month
    opens: Opening

    @property
    def plan_options(self) -> list[tuple[str, str]]:
        return [(plan.code, plan.label) for plan in self.asked.plans]

    @property
    def months(self) -> list[Month]:
        """The months to choose from, latest first.

        The plan's own months, and later ones up to the latest of: the month it opens with, an
        open month, the month shown.
        """
        last = min(Month.of(self.plan.ends_on), Month.of(self.asked.day).plus(-1))
        first = Month.of(self.plan.starts_on)
        offered = [facts.month for facts in self.opens.still_open]
        last = max(first, shown_until(last, self.asked.now), self.opens.month, self.month, *offered)
        months = list(months_between(first, last))
        return list(reversed(months if self.month in months else [self.month, *months]))

    @property
    def month_options(self) -> list[tuple[str, str]]:
        return [(str(month), month.label) for month in self.months]

    @property
    def month_before_url(self) -> str:
        return self._beside(-1)

    @property
    def month_after_url(self) -> str:
        return self._beside(1)

    def _beside(self, step: int) -> str:
        """The address of the month before or after; empty where it is not offered."""
        month = self.month.plus(step)
        return f"?{urlencode({'period': str(month)})}" if month in self.months else ""

    @property
    def as_known(self) -> str:
        """For paper: the moment whose knowledge the page shows."""
        return f"As known on {format_moment(self.asked.known_at or self.asked.now)}"

    @property
    def plan_has_ended(self) -> bool:
        return self.plan.ends_on < self.asked.day

    @property
    def lead(self) -> str:
        """Why the plan opens at this month, where no month of it is complete."""
        opens = self.opens
        if self.month != opens.month or opens.is_complete or not opens.has_figures:
            return ""
        return (
            f"No month of this plan is complete yet: {self.month.label} is the latest with a "
            "figure."
        )

    @property
    def open_months(self) -> list[OpenMonth]:
        """Where the plan opens, the later months that are open; else that of the month shown."""
        opens, last = self.opens, "the last complete month"
        if self.month == opens.month:
            aside = f"You are looking at {self.month.label}, {last}." if opens.is_complete else ""
            return [
                OpenMonth(
                    facts, f"{facts.month.label} so far", self._month_url(facts.month), aside=aside
                )
                for facts in opens.still_open
            ]
        link = f"{opens.month.label}, {last}" if opens.is_complete else opens.month.label
        return [
            OpenMonth(facts, link, self._month_url(opens.month), is_shown=True)
            for facts in opens.still_open
            if facts.month == self.month
        ]

    def _month_url(self, month: Month) -> str:
        """The plan in a month, as known at the moment that is shown."""
        query = {"plan": self.plan.code, "period": str(month)}
        if self.asked.as_at:
            query["as_at"] = self.asked.as_at
        return f"{reverse('board:home')}?{urlencode(query)}"

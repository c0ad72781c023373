"""The comments on a measure's page, each with the window and the care group that it is about."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from kmpt_tracker.questions import written_once
from kmpt_tracker.ui.formats import format_date, format_moment
from kpis.models import Commentary, Series
from strategy.periods import Period


@dataclass(frozen=True)
class Comment:
    """What was written about one window; `group` is empty where the page is about who wrote it."""

    row: Commentary
    group: str

    @property
    def about(self) -> str:
        """The window, and the care group whose figure it is about: "Mar 2026, Acute"."""
        window = Period(self.row.period_start, self.row.period_end).label
        return f"{window}, {self.group}" if self.group else window

    @property
    def facts(self) -> list[tuple[str, str]]:
        row, expected = self.row, self.row.recovery_expected
        return [
            ("What happened", row.what_happened),
            ("Why", row.why),
            ("What is being done", row.action),
            ("Who", row.owner),
            ("Recovery expected", format_date(expected) if expected else ""),
            ("Written", f"{row.written_by or 'the tracker'}, {format_moment(row.written_at)}"),
        ]

    @property
    def place(self) -> str:
        """Where its words are withdrawn."""
        return f"kpis.commentary.{self.row.pk}.what_happened"


def comments_on(
    series: Series | None, others: Iterable[Series], moment: datetime
) -> tuple[Comment, ...]:
    """The comments on the windows of a series, and on those of others, latest window first, the
    trust's before others.

    The trust's figure is often added up: what is said of it is said by its care groups.
    """
    own = series.pk if series else None
    wanted = {row.pk for row in (series, *others) if row}
    return tuple(
        Comment(row, "" if row.series_id == own else row.series.care_group.name)
        for row in _comments(wanted, moment)
    )


@written_once
def _comments(series: Collection[int], moment: datetime) -> QuerySet[Commentary]:
    return (
        Commentary.objects.current(moment)
        .filter(series__in=series)
        .select_related("written_by", "series__care_group")
        .order_by("-period_end", "series__care_group__position", "-written_at")
    )

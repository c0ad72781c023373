"""The remarks on the charts of a measure: who reports it, and what was written so far."""

from dataclasses import dataclass

from kmpt_tracker.ui.formats import format_date, format_moment
from kpis.models import Annotation, Measure, Series


@dataclass(frozen=True)
class Remark:
    """One remark as the list says it."""

    row: Annotation

    @property
    def on(self) -> str:
        return format_date(self.row.on)

    @property
    def group(self) -> str:
        return self.row.series.care_group.name

    @property
    def written(self) -> str:
        who = str(self.row.recorded_by or "the tracker")
        return f"{who}, {format_moment(self.row.recorded_at)}"

    @property
    def place(self) -> str:
        """Where its words are withdrawn."""
        return f"kpis.annotation.{self.row.pk}.text"


@dataclass(frozen=True)
class AnnotationsPage:
    """The series that a remark can be about, and the remarks in force, latest first."""

    series: tuple[Series, ...]
    remarks: tuple[Remark, ...]


def annotations_page(measure: Measure) -> AnnotationsPage:
    series = Series.objects.filter(measure=measure).select_related("care_group")
    rows = Annotation.objects.filter(series__measure=measure).exclude(text="")
    rows = rows.select_related("series__care_group", "recorded_by")
    return AnnotationsPage(
        series=tuple(series.order_by("care_group__position")),
        remarks=tuple(Remark(row) for row in rows.order_by("-on", "-pk")),
    )

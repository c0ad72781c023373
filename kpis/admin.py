"""The administration pages for measures and who reports them.

Figures are entered in returns, never here.
"""

from django.contrib import admin

from accounts.administration.site import AuditedAdmin, ReadOnlyAdmin
from kpis.assessments.store import held, touch
from kpis.models import (
    Actual,
    Decision,
    FixedBaseline,
    Measure,
    MeasureLink,
    NamedMeasure,
    Rebase,
    ReportingPeriod,
    Series,
    Target,
)
from strategy.admin import HistoryAdmin


@admin.register(Measure)
class MeasureAdmin(HistoryAdmin):
    list_display = ("code", "name", "unit", "direction", "frequency", "collection_level")
    list_filter = ("frequency", "collection_level", "direction")
    search_fields = ("code", "name")
    ordering = ("code",)
    # A measure begins and ends on its own page, with everybody who reports it.
    fixed = ("valid_from", "valid_to")


@admin.register(Target)
class TargetAdmin(HistoryAdmin):
    """The terms of a target are read-only here: they are changed on the page of its measure.

    Its notes can be edited.
    """

    list_display = ("code", "measure", "role", "operator", "value", "due_on")
    list_filter = ("plan", "role")
    search_fields = ("code", "statement")
    editable = ("interpretation_note",)
    can_add = False


@admin.register(Series)
class SeriesAdmin(AuditedAdmin):
    list_display = ("measure", "care_group", "fed_by", "valid_from", "valid_to", "is_stale")
    list_filter = ("fed_by", "care_group")
    search_fields = ("measure__code",)
    autocomplete_fields = ("measure",)
    readonly_fields = Series.COUNTED
    # Who begins or stops to report a measure is said on the page of the measure.
    fixed = ("measure", "care_group", "valid_from", "valid_to")

    def hold(self, object_id: str) -> None:
        """Lock the series in primary key order, the trust's own series included, before one is
        written.

        Every writer locks in this order, so that two of them cannot deadlock.
        """
        if object_id.isascii() and object_id.isdigit():
            held([int(object_id)])

    def after_save(self, obj: Series) -> None:
        touch([obj.pk])


@admin.register(Rebase)
class RebaseAdmin(ReadOnlyAdmin, HistoryAdmin):
    """Read-only. A rebase is recorded and withdrawn on the measure's page, where the server sets
    who and when.
    """

    list_display = ("series", "starts_on", "reason", "recorded_by", "withdrawn_at")


@admin.register(FixedBaseline)
class FixedBaselineAdmin(ReadOnlyAdmin):
    list_display = ("series", "points", "reason", "recorded_at", "recorded_by", "withdrawn_at")


@admin.register(MeasureLink)
class MeasureLinkAdmin(HistoryAdmin):
    list_display = ("from_measure", "to_measure", "kind")
    fixed = ("from_measure", "to_measure")
    autocomplete_fields = ("from_measure", "to_measure")


@admin.register(NamedMeasure)
class NamedMeasureAdmin(ReadOnlyAdmin):
    """Which measures a membership of the trust's row is for: chosen with its lead, under
    Organisation.
    """

    list_display = ("membership", "measure", "ends_on")


@admin.register(ReportingPeriod)
class ReportingPeriodAdmin(ReadOnlyAdmin):
    list_display = ("starts_on", "opens_at", "closes_at", "sign_off_at", "freezes_at", "locked_at")


@admin.register(Actual)
class ActualAdmin(ReadOnlyAdmin):
    list_display = ("series", "period_start", "period_end", "version", "value", "origin")
    list_filter = ("origin", "value_status")
    search_fields = ("series__measure__code",)


@admin.register(Decision)
class DecisionAdmin(ReadOnlyAdmin):
    list_display = ("actual", "outcome", "decided_at", "decided_by", "known_from")
    list_filter = ("outcome",)

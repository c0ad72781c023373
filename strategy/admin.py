"""The organisation and the plans in the admin site, for the performance team."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from simple_history.admin import SimpleHistoryAdmin

from accounts.administration.site import AuditedAdmin, ReadOnlyAdmin
from strategy.models import (
    Action,
    Ambition,
    CareGroup,
    Committee,
    Membership,
    Note,
    Objective,
    Outcome,
    Plan,
    PostHolding,
    SeededRow,
    SourceDocument,
    TrustName,
)


class HistoryAdmin(AuditedAdmin, SimpleHistoryAdmin):
    """Shows every earlier state, read-only; the present one is changed on its own page."""

    def revert_disabled(self, request: HttpRequest, obj: Any = None) -> bool:
        return True

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        _number_or_404(object_id)
        return super().history_view(request, object_id, extra_context)

    def history_form_view(
        self, request: HttpRequest, object_id: str, version_id: str, extra_context: Any = None
    ) -> HttpResponse:
        if request.method == "POST":
            raise PermissionDenied
        _number_or_404(object_id)
        _number_or_404(version_id)
        return super().history_form_view(request, object_id, version_id, extra_context)


def _number_or_404(key: str) -> None:
    """Answer 404 to a key that is not a number, which the library would look up unchecked."""
    if not (key.isascii() and key.isdigit()):
        raise Http404("There is no such row.")


@admin.register(CareGroup)
class CareGroupAdmin(HistoryAdmin):
    """Its days are corrected on the page Organisation, which shows first what that does."""

    list_display = ("code", "name", "level", "valid_from", "valid_to")
    search_fields = ("code", "name")
    fixed = ("valid_from", "valid_to")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """The groups it came from are entered before it has figures: they decide on its limits."""
        fixed = super().get_readonly_fields(request, obj)
        return [*fixed, "predecessors"] if obj is not None and obj.has_figures else fixed


@admin.register(Plan)
class PlanAdmin(HistoryAdmin):
    """Its words change on its own pages (/plans/<plan>/texts/), with a reason, as do all below."""

    list_display = ("code", "title", "starts_on", "ends_on", "default_tolerance_percent")
    search_fields = ("code", "title")
    fixed = Plan.texts

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A plan begins as a draft (/plans/new/): a header alone would open an empty first page."""
        return False


@admin.register(Ambition)
class AmbitionAdmin(HistoryAdmin):
    list_display = ("plan", "kind", "number", "theme", "title")
    fixed = Ambition.texts
    list_filter = ("plan",)


@admin.register(Objective)
class ObjectiveAdmin(HistoryAdmin):
    list_display = ("plan", "reference", "title")
    fixed = Objective.texts
    list_filter = ("plan",)
    search_fields = ("reference", "title")


@admin.register(Outcome, Action)
class StatementAdmin(HistoryAdmin):
    list_display = ("objective", "position", "statement")
    fixed = ("statement",)
    list_filter = ("objective__plan",)
    search_fields = ("statement",)


@admin.register(Membership)
class MembershipAdmin(ReadOnlyAdmin):
    """Leads and who covers for them are appointed on the page of their care group, from a day."""

    list_display = ("user", "care_group", "kind", "starts_on", "ends_on")


@admin.register(PostHolding)
class PostHoldingAdmin(ReadOnlyAdmin):
    """Posts are filled under Organisation, from a day."""

    list_display = ("user", "post", "starts_on", "ends_on")


@admin.register(Note)
class NoteAdmin(HistoryAdmin):
    list_display = ("key", "kind", "text")
    list_filter = ("kind",)


@admin.register(TrustName)
class TrustNameAdmin(AuditedAdmin):
    list_display = ("name", "valid_from", "valid_to")
    dated = ("valid_from", "valid_to")


@admin.register(Committee, SourceDocument)
class PlainAdmin(AuditedAdmin):
    pass


@admin.register(SeededRow)
class SeededRowAdmin(ReadOnlyAdmin):
    list_display = ("object_type", "object_key", "fixture", "seeded_at")
    list_filter = ("object_type",)
    search_fields = ("object_key",)

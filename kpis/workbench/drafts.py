"""Which drafts there are, and which plans a draft may follow."""

from django.db.models import QuerySet

from kpis.models import DraftLine, PlanDraft
from strategy.models import Plan


def drafts_open() -> QuerySet[PlanDraft]:
    """The drafts that are not adopted yet, the last one changed first."""
    rows = PlanDraft.objects.exclude(status=PlanDraft.Status.ADOPTED)
    return rows.select_related("changed_by").order_by("-changed_at", "-pk")


def draft_of(code: str) -> PlanDraft | None:
    """The draft with that code; None once it is adopted, because it is a plan then."""
    rows = drafts_open().select_related("follows", "proposed_by")
    return rows.filter(code=code).first()


def line_of(draft: PlanDraft, key: str) -> DraftLine | None:
    if not (key.isascii() and key.isdigit() and len(key) < 16):
        return None
    rows = draft.lines.select_related("draft", "measure", "care_group", "parent", "changed_by")
    return rows.filter(pk=int(key)).first()


def plans_to_follow() -> QuerySet[Plan]:
    return Plan.objects.filter(cited=False).order_by("-starts_on")

"""`data.csv` beside each page of figures: the same readers, the same choices in the address."""

from django.http import StreamingHttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.permissions import ReaderRequest, permitted
from accounts.roles import Capability
from board.exports import DATASETS
from board.page_files import allocations_of, returns_for
from board.views.exports import asked_bom, streamed
from cip.views.programmes import programme_or_404
from kmpt_tracker.ui.tabular import Format
from kpis.views.asked import (
    asked_code,
    asked_moment,
    asked_month,
    asked_plan,
    asked_text,
    care_group_or_404,
    measure_or_404,
    month_or_400,
    objective_or_404,
    plan_or_404,
)
from strategy.exports import Dataset
from strategy.filters import Filters


@require_safe
@permitted(Capability.READ_DASHBOARDS)
def strategy(request: ReaderRequest, plan: str = "", reference: str = "") -> StreamingHttpResponse:
    """Of the strategy on a page, of a plan, of one of its objectives."""
    row = asked_plan(request, plan)
    if reference:
        objective_or_404(row, reference)
    filters = Filters(
        plan=row.code,
        objective=reference,
        to_month=asked_month(request, row),
        as_at=asked_moment(request),
    )
    return _sent(request, DATASETS["assessments"], filters)


@require_safe
@permitted(Capability.READ_DASHBOARDS)
def plans(request: ReaderRequest) -> StreamingHttpResponse:
    return _sent(request, DATASETS["plans"])


@require_safe
@permitted(Capability.READ_DASHBOARDS)
def measures(request: ReaderRequest) -> StreamingHttpResponse:
    """Of the register: the trust's series; words that are looked for do not narrow it."""
    plan = asked_code(request, "plan")
    if plan:
        plan_or_404(plan)
    filters = Filters(plan=plan, care_group="trust", as_at=asked_moment(request))
    return _sent(request, DATASETS["assessments"], filters)


@require_safe
@permitted(Capability.READ_DASHBOARDS)
def measure(request: ReaderRequest, code: str) -> StreamingHttpResponse:
    """Every care group of it: the page shows them side by side."""
    filters = Filters(measure=measure_or_404(code).code, as_at=asked_moment(request))
    return _sent(request, DATASETS["assessments"], filters)


@require_safe
@permitted(Capability.READ_DASHBOARDS)
def threads(request: ReaderRequest) -> StreamingHttpResponse:
    return _sent(request, DATASETS["threads"])


@require_safe
@permitted(Capability.READ_DASHBOARDS)
def care_group(request: ReaderRequest, code: str) -> StreamingHttpResponse:
    filters = Filters(care_group=care_group_or_404(code).code, as_at=asked_moment(request))
    return _sent(request, DATASETS["assessments"], filters)


@require_safe
@permitted(Capability.READ_DASHBOARDS)
def programmes(request: ReaderRequest) -> StreamingHttpResponse:
    return _sent(request, DATASETS["cip_allocations"])


@require_safe
@permitted(Capability.READ_DASHBOARDS)
def programme(request: ReaderRequest, year: str) -> StreamingHttpResponse:
    return _sent(request, allocations_of(programme_or_404(year).year))


@require_safe
@permitted(Capability.READ_DRAFTS)
def returns(request: ReaderRequest, period: str = "") -> StreamingHttpResponse:
    month = month_or_400(period, timezone.localdate()) if period else None
    filters = Filters(from_month=month, to_month=month)
    return _sent(request, returns_for(request.access), filters)


def _sent(
    request: ReaderRequest, dataset: Dataset, filters: Filters | None = None
) -> StreamingHttpResponse:
    """The same file for every reader of the page, of approved figures alone."""
    bom = asked_bom(asked_text(request, "bom"))
    return streamed(dataset, filters or Filters(), Format.CSV, bom=bom)

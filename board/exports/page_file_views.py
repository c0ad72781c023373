"""`data.csv` for each page of figures: the same readers, choices and rows as the page."""

from django.http import Http404, StreamingHttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.permissions import ReaderRequest, permitted
from accounts.roles import Capability
from board.care_groups.page import care_group_page
from board.exports.datasets import DATASETS
from board.exports.page_files import (
    allocations_of,
    group_shown,
    promises_shown,
    register_shown,
    returns_shown,
    windows_shown,
)
from board.exports.views import asked_bom, streamed
from cip.programmes.views import asked_programme
from kmpt_tracker.ui.tabular import Format
from kpis.asked.address import (
    BadParameter,
    asked_moment,
    asked_month,
    asked_plan,
    asked_row,
    asked_text,
    asked_words,
    care_group_or_404,
    knows,
    measure_or_404,
    only_known,
    plans_to_open,
)
from kpis.measures.page import measure_page
from kpis.measures.register import register
from kpis.plans.objective import objective_page
from kpis.plans.status import plan_status
from kpis.returns.overview import overview, period_overview
from kpis.returns.views import period_or_404
from strategy.exports.dataset import Dataset
from strategy.exports.filters import Filters
from strategy.periods import Month
from strategy.recorded import restored
from strategy.selectors import care_groups_in_order, plans_known

NOT_THEN = "“as_at”: this file says how returns stand now, and cannot say how they stood then."


@require_safe
@permitted(Capability.READ_DASHBOARDS)
@only_known
@knows("plan", "period")
def strategy(request: ReaderRequest) -> StreamingHttpResponse:
    """The file of the strategy on a page; no row where no plan was known then."""
    known_at = asked_moment(request)
    if not plans_to_open(known_at):
        asked_row(request, "plan", plans_to_open(None))
        asked_month(request, default=Month.of(timezone.localdate()))
        return _sent(request, promises_shown(()), Filters(as_at=known_at))
    return _of_plan(request, "")


@require_safe
@permitted(Capability.READ_DASHBOARDS)
@only_known
@knows("period")
def plan(request: ReaderRequest, plan: str) -> StreamingHttpResponse:
    """The file of a plan: the status of its promises. Its texts are in other datasets."""
    return _of_plan(request, plan)


def _of_plan(request: ReaderRequest, code: str) -> StreamingHttpResponse:
    row, known_at = asked_plan(request, code), asked_moment(request)
    month = asked_month(request, row)
    status = plan_status(row, month, now=timezone.now(), known_at=known_at)
    filters = Filters(plan=row.code, from_month=month, to_month=month, as_at=known_at)
    return _sent(request, promises_shown((*status.rows, *status.alone)), filters)


@require_safe
@permitted(Capability.READ_DASHBOARDS)
@only_known
@knows("period")
def objective(request: ReaderRequest, plan: str, reference: str) -> StreamingHttpResponse:
    """The file of an objective: the status of its promises in the month shown."""
    row, known_at = asked_plan(request, plan), asked_moment(request)
    month = asked_month(request, row)
    page = objective_page(row, reference, month, now=timezone.now(), known_at=known_at)
    if page is None:
        raise Http404(f"{row.title} has no objective “{reference}”.")
    filters = Filters(
        plan=row.code, objective=reference, from_month=month, to_month=month, as_at=known_at
    )
    return _sent(request, promises_shown(page.rows), filters)


@require_safe
@permitted(Capability.READ_DASHBOARDS)
@only_known
@knows()
def plans(request: ReaderRequest) -> StreamingHttpResponse:
    """The file of the list of plans."""
    return _sent(request, DATASETS["plans"], Filters(as_at=asked_moment(request)))


@require_safe
@permitted(Capability.READ_DASHBOARDS)
@only_known
@knows("plan", "q")
def measures(request: ReaderRequest) -> StreamingHttpResponse:
    """The file of the register: the measures listed, a line each."""
    known_at = asked_moment(request)
    chosen = asked_row(request, "plan", plans_known(known_at))
    code = chosen.code if chosen else ""
    words = asked_words(request, "q")
    rows = register(now=timezone.now(), known_at=known_at, plan=code, words=words)
    filters = Filters(plan=code, care_group="trust", as_at=known_at)
    return _sent(request, register_shown(rows), filters)


@require_safe
@permitted(Capability.READ_DASHBOARDS)
@only_known
@knows("care_group")
def measure(request: ReaderRequest, code: str) -> StreamingHttpResponse:
    """The file of a measure's page: every window in its table, for the care group chosen."""
    row, known_at = measure_or_404(code), asked_moment(request)
    chosen = asked_row(request, "care_group", care_groups_in_order())
    group = chosen or care_group_or_404("trust")
    page = measure_page(row, group, now=timezone.now(), known_at=known_at)
    filters = Filters(measure=row.code, care_group=group.code, as_at=known_at)
    return _sent(request, windows_shown(page), filters)


@require_safe
@permitted(Capability.READ_DASHBOARDS)
@only_known
@knows()
def threads(request: ReaderRequest) -> StreamingHttpResponse:
    """The file of the golden threads: every promise on one."""
    return _sent(request, DATASETS["threads"], Filters(as_at=asked_moment(request)))


@require_safe
@permitted(Capability.READ_DASHBOARDS)
@only_known
@knows()
def care_group(request: ReaderRequest, code: str) -> StreamingHttpResponse:
    """The file of a care group: the status of the measures that it reports."""
    known_at = asked_moment(request)
    (group,) = restored([care_group_or_404(code)], known_at)
    page = care_group_page(group, now=timezone.now(), known_at=known_at)
    filters = Filters(care_group=group.code, as_at=known_at)
    return _sent(request, group_shown(page), filters)


@require_safe
@permitted(Capability.READ_DASHBOARDS)
@only_known
@knows()
def programmes(request: ReaderRequest) -> StreamingHttpResponse:
    """The file of the savings: the allocations of every year."""
    return _sent(request, DATASETS["cip_allocations"], Filters(as_at=asked_moment(request)))


@require_safe
@permitted(Capability.READ_DASHBOARDS)
@only_known
@knows()
def programme(request: ReaderRequest, year: str) -> StreamingHttpResponse:
    """The file of a savings programme: the allocations of its year."""
    found = asked_programme(request, year).programme
    return _sent(request, allocations_of(found.year), Filters(as_at=asked_moment(request)))


@require_safe
@permitted(Capability.READ_DRAFTS)
@only_known
@knows()
def returns(request: ReaderRequest, period: str = "") -> StreamingHttpResponse:
    """The returns as they are now; they cannot be shown as known at a past moment."""
    if asked_moment(request) is not None:
        raise BadParameter("as_at", NOT_THEN)
    now = timezone.now()
    if not period:
        listed = (row for month in overview(request.access, now=now) for row in month.rows)
        return _sent(request, returns_shown(listed), Filters())
    row = period_or_404(period)
    filters = Filters(from_month=row.month, to_month=row.month)
    return _sent(request, returns_shown(period_overview(row, request.access, now=now)), filters)


def _sent(request: ReaderRequest, dataset: Dataset, filters: Filters) -> StreamingHttpResponse:
    """The same file for every reader of the page, with approved figures only."""
    bom = asked_bom(asked_text(request, "bom"))
    return streamed(dataset, filters, Format.CSV, bom=bom)

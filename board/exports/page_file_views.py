"""`data.csv` for each page of figures: the same readers, choices and rows as the page."""

from django.http import Http404, StreamingHttpResponse
from django.views.decorators.http import require_safe

from accounts.permissions import ReaderRequest, permitted
from accounts.roles import Capability
from board.ambitions.views import asked_ambition
from board.care_groups.page import care_group_page
from board.changes import page as changes_page
from board.exports.datasets import DATASETS
from board.exports.page_files import (
    allocations_shown,
    cells_shown,
    changes_shown,
    group_shown,
    months_shown,
    promises_shown,
    register_shown,
    returns_shown,
    schemes_shown,
    summary_shown,
    threads_of,
    windows_shown,
)
from board.exports.views import asked_bom, streamed
from board.heatmap import page as heat
from board.summary import page as summaries
from cip.exports import lines_of
from cip.months.page import report_page
from cip.months.views import report_month
from cip.programmes.chosen import FILTERS
from cip.programmes.views import asked_page, asked_programme
from cip.qia.page import qia_page
from cip.qia.views import require_readable
from cip.standing.answering import require_known, scheme_or_404
from cip.standing.read import standing_of
from kmpt_tracker.ui.tabular import Format
from kpis.asked.address import (
    MOMENT,
    Asked,
    BadParameter,
    asks,
    care_group_or_404,
    measure_or_404,
    plans_to_open,
)
from kpis.measures.load import measure_page
from kpis.measures.register import live_first, register
from kpis.measures.view import ALL, RECENT
from kpis.plans.objective import objective_page
from kpis.plans.status import plan_status
from kpis.plans.thread_list import thread_list_page
from kpis.returns.overview import overview, period_overview
from kpis.returns.views import period_or_404
from strategy.exports.dataset import Dataset
from strategy.exports.filters import Filters
from strategy.recorded import restored
from strategy.selectors import care_groups_in_order

NOT_THEN = "“as_at”: this file says how returns stand now, and cannot say how they stood then."


@require_safe
@permitted(Capability.READ_DASHBOARDS, is_public=True)
@asks("plan", "period", is_file=True)
def strategy(request: ReaderRequest, asked: Asked) -> StreamingHttpResponse:
    """The file of the strategy on a page; no row where no plan was known then."""
    if not asked.plans:
        asked.row("plan", plans_to_open(None))
        asked.month()
        return _sent(asked, promises_shown(()), Filters(as_at=asked.known_at))
    return _of_plan(asked, "")


@require_safe
@permitted(Capability.READ_DASHBOARDS, is_public=True)
@asks("period", is_file=True)
def plan(request: ReaderRequest, asked: Asked, plan: str) -> StreamingHttpResponse:
    """The file of a plan: the status of its promises. Its texts are in other datasets."""
    return _of_plan(asked, plan)


def _of_plan(asked: Asked, code: str) -> StreamingHttpResponse:
    row = asked.plan(code)
    month = asked.month(row)
    status = plan_status(row, month, asked.clock, known_at=asked.known_at)
    filters = Filters(plan=row.code, from_month=month, to_month=month, as_at=asked.known_at)
    return _sent(asked, promises_shown(status.rows), filters)


@require_safe
@permitted(Capability.READ_DASHBOARDS, is_public=True)
@asks("period", is_file=True)
def objective(
    request: ReaderRequest, asked: Asked, plan: str, reference: str
) -> StreamingHttpResponse:
    """The file of an objective: the status of its promises in the month shown."""
    row, known_at = asked.plan(plan), asked.known_at
    month = asked.month(row)
    page = objective_page(row, reference, month, asked.clock, known_at=known_at)
    if page is None:
        raise Http404(f"{row.title} has no objective “{reference}”.")
    filters = Filters(
        plan=row.code, objective=reference, from_month=month, to_month=month, as_at=known_at
    )
    return _sent(asked, promises_shown(page.rows), filters)


@require_safe
@permitted(Capability.READ_DASHBOARDS, is_public=True)
@asks("period", is_file=True)
def ambition(
    request: ReaderRequest, asked: Asked, plan: str, position: int
) -> StreamingHttpResponse:
    """The file of an ambition: the status of its promises in the month shown."""
    page = asked_ambition(asked, plan, position)
    month, known_at = page.month, asked.known_at
    filters = Filters(plan=page.plan.code, from_month=month, to_month=month, as_at=known_at)
    return _sent(asked, promises_shown(page.rows), filters, f"ambition-{position}")


@require_safe
@permitted(Capability.READ_DASHBOARDS, is_public=True)
@asks(is_file=True)
def plans(request: ReaderRequest, asked: Asked) -> StreamingHttpResponse:
    """The file of the list of plans."""
    return _sent(asked, DATASETS["plans"], Filters(as_at=asked.known_at))


@require_safe
@permitted(Capability.READ_DASHBOARDS, is_public=True)
@asks("plan", "q", is_file=True)
def measures(request: ReaderRequest, asked: Asked) -> StreamingHttpResponse:
    """The file of the register: the measures listed, a line each."""
    chosen = asked.row("plan", asked.every_plan)
    code = chosen.code if chosen else ""
    rows = live_first(register(asked, plan=code, words=asked.words("q")))
    filters = Filters(plan=code, care_group="trust", as_at=asked.known_at)
    return _sent(asked, register_shown(rows), filters)


@require_safe
@permitted(Capability.READ_DASHBOARDS)
@asks(*changes_page.FILTERS, is_file=True)
def changes(request: ReaderRequest, asked: Asked) -> StreamingHttpResponse:
    """The file of what changed: each promise that moved, as it was and as it is."""
    page = changes_page.changes_page(asked)
    filters = Filters(plan=page.plan.code, as_at=asked.known_at)
    ends = {"from": page.from_typed, "to": page.to_typed}
    said = [f"{name}-{text}" for name, text in ends.items() if not asked.text(name)]
    return _sent(asked, changes_shown(page.moved), filters, *said)


@require_safe
@permitted(Capability.READ_DASHBOARDS, is_public=True)
@asks(*heat.FILTERS, is_file=True)
def heatmap(request: ReaderRequest, asked: Asked) -> StreamingHttpResponse:
    """The file of the heat maps: every figure shown, once."""
    page = heat.heat_page(asked)
    filters = Filters(plan=page.plan.code, to_month=page.month, as_at=asked.known_at)
    return _sent(asked, cells_shown(page.cells), filters)


@require_safe
@permitted(Capability.READ_DASHBOARDS, is_public=True)
@asks(*summaries.FILTERS, is_file=True)
def summary(request: ReaderRequest, asked: Asked) -> StreamingHttpResponse:
    """The file of the summary and of the matrix: the measures or targets listed, a line each."""
    page = summaries.summary_page(asked)
    plan, group = page.chosen.plan, page.chosen.care_group
    filters = Filters(
        plan=plan.code if plan else "",
        care_group=group.code,
        to_month=page.month,
        as_at=asked.known_at,
    )
    return _sent(asked, summary_shown(page.rows), filters)


@require_safe
@permitted(Capability.READ_DASHBOARDS, is_public=True)
@asks("care_group", "span", is_file=True)
def measure(request: ReaderRequest, asked: Asked, code: str) -> StreamingHttpResponse:
    """The file of a measure's page: every window in its table, for the care group chosen."""
    row = measure_or_404(code)
    group = asked.row("care_group", care_groups_in_order()) or care_group_or_404("trust")
    is_whole = asked.choice("span", (RECENT, ALL)) == ALL
    page = measure_page(row, group, now=asked.now, known_at=asked.known_at, is_whole=is_whole)
    filters = Filters(measure=row.code, care_group=group.code, as_at=asked.known_at)
    return _sent(asked, windows_shown(page), filters)


@require_safe
@permitted(Capability.READ_DASHBOARDS)
@asks("q", is_file=True)
def threads(request: ReaderRequest, asked: Asked) -> StreamingHttpResponse:
    """The file of the golden threads: every promise on those listed."""
    page = thread_list_page(asked.known_at, asked.words("q"))
    return _sent(asked, threads_of(page.codes), Filters(as_at=asked.known_at))


@require_safe
@permitted(Capability.READ_DASHBOARDS, is_public=True)
@asks(is_file=True)
def care_group(request: ReaderRequest, asked: Asked, code: str) -> StreamingHttpResponse:
    """The file of a care group: the status of the measures that it reports."""
    (group,) = restored([care_group_or_404(code)], asked.known_at)
    page = care_group_page(group, asked)
    filters = Filters(care_group=group.code, to_month=page.month, as_at=asked.known_at)
    return _sent(asked, group_shown(page), filters)


@require_safe
@permitted(Capability.READ_SCHEMES)
@asks(is_file=True)
def programmes(request: ReaderRequest, asked: Asked) -> StreamingHttpResponse:
    """The file of the savings: the allocations of every year."""
    return _sent(asked, DATASETS["cip_allocations"], Filters(as_at=asked.known_at))


@require_safe
@permitted(Capability.READ_SCHEMES)
@asks("until", is_file=True)
def programme(request: ReaderRequest, asked: Asked, year: str) -> StreamingHttpResponse:
    """The file of a savings programme: the allocations of its year, as at the end of the month."""
    page, filters = asked_page(asked, year), Filters(as_at=asked.known_at)
    return _sent(asked, allocations_shown(lines_of(page, filters)), filters, year)


@require_safe
@permitted(Capability.READ_SCHEMES)
@asks(*FILTERS, is_file=True)
def schemes(request: ReaderRequest, asked: Asked, year: str) -> StreamingHttpResponse:
    """The file of a year's schemes: those that its page shows, in its order."""
    shown = asked_page(asked, year).schemes.chosen
    return _sent(asked, schemes_shown(shown), Filters(as_at=asked.known_at), year)


@require_safe
@permitted(Capability.READ_SCHEMES)
@asks(is_file=True)
def scheme(
    request: ReaderRequest, asked: Asked, year: str, reference: str
) -> StreamingHttpResponse:
    """The file of a scheme: its money by month."""
    standing = standing_of(scheme_or_404(year, reference), known_at=asked.known_at)
    require_known(standing, asked.known_at)
    filters = Filters(as_at=asked.known_at)
    return _sent(asked, months_shown(standing), filters, year, reference)


@require_safe
@permitted(Capability.READ_SCHEMES)
@asks(is_file=True)
def assessment(
    request: ReaderRequest, asked: Asked, year: str, reference: str
) -> StreamingHttpResponse:
    """The file of an assessment: the state of its scheme."""
    page = qia_page(scheme_or_404(year, reference), known_at=asked.known_at, today=asked.today)
    require_known(page.standing, asked.known_at)
    require_readable(request, page)
    filters = Filters(as_at=asked.known_at)
    return _sent(asked, schemes_shown([page.standing]), filters, year, reference)


@require_safe
@permitted(Capability.READ_SCHEMES)
@asks(is_file=True)
def report(
    request: ReaderRequest, asked: Asked, year: str, kind: str, month: str
) -> StreamingHttpResponse:
    """The file of a monthly report: the schemes that it covers."""
    found = asked_programme(asked, year)
    page = report_page(
        found,
        report_month(year, kind, month),
        kind,
        today=asked.today,
        known_at=asked.known_at,
    )
    filters = Filters(as_at=asked.known_at)
    return _sent(asked, schemes_shown(page.rows), filters, year, kind, month)


@require_safe
@permitted(Capability.READ_DRAFTS)
@asks(is_file=True)
def returns(request: ReaderRequest, asked: Asked, period: str = "") -> StreamingHttpResponse:
    """The returns as they are now; they cannot be shown as known at a past moment."""
    if asked.known_at is not None:
        raise BadParameter("as_at", NOT_THEN)
    if not period:
        listed = (row for month in overview(request.access, now=asked.now) for row in month.rows)
        return _sent(asked, returns_shown(listed), Filters())
    row = period_or_404(period)
    filters = Filters(from_month=row.month, to_month=row.month)
    return _sent(asked, returns_shown(period_overview(row, request.access, now=asked.now)), filters)


def _sent(asked: Asked, dataset: Dataset, filters: Filters, *places: str) -> StreamingHttpResponse:
    """The same file for every reader of the page, with approved figures only.

    Its name says the filters, the `places` that the page is about, and every other choice.
    """
    bom = asked_bom(asked.text("bom"))
    said = {"bom", "period", "sort", MOMENT, *(one.partition(" ")[0] for one in filters.chosen)}
    others = {name: asked.text(name) for name in asked.typed if name not in said}
    choices = [f"{name.replace('_', '-')}-{text}" for name, text in others.items() if text]
    return streamed(dataset, filters, Format.CSV, bom=bom, also=(*places, *choices))

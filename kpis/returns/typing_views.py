"""What the page of a return asks while somebody types: how a row reads, and that its draft is kept.

Both answer with rows drawn by the page's own template, so that a figure reads the same while it is
typed, kept and saved.
"""

from collections.abc import Sequence

from django.http import Http404, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.permissions import SignedInRequest, permitted
from accounts.roles import Capability
from kmpt_tracker.ui.formats import format_time
from kmpt_tracker.ui.tags.status import badge
from kpis.asked.stamps import stamps
from kpis.models import Return
from kpis.returns.forms import read_entries
from kpis.returns.page import return_page, row_as_typed
from kpis.returns.row import ReturnRow
from kpis.returns.states import ReturnRefused
from kpis.returns.views import return_or_404, store
from strategy.selectors import find_care_group

SUBMITTED = "the return is submitted. Save draft takes it back to draft, with this change."
TWICE = "Not kept: {names} {was} changed {where}. Both figures stand in the row."


@require_POST
@permitted(Capability.ENTER_RETURNS)
def row_result(request: SignedInRequest, period: str, care_group: str) -> HttpResponse:
    """The row sent, as it would be if it were saved now. Nothing is saved."""
    submission = _return_to_enter(request, period, care_group)
    entries = read_entries(request.POST)
    row = (
        row_as_typed(submission, entries[0], now=timezone.now(), stamps=stamps())
        if entries
        else None
    )
    if row is None:
        raise Http404("This return has no such row.")
    return HttpResponse(_drawn([row], request))


@require_POST
@permitted(Capability.ENTER_RETURNS)
def draft(request: SignedInRequest, period: str, care_group: str) -> JsonResponse:
    """Keep the rows sent as a draft, as Save draft does for all rows."""
    now = timezone.now()
    submission = _return_to_enter(request, period, care_group)
    entries = read_entries(request.POST)
    if submission.status == Return.Status.SUBMITTED:
        # A key pressed by chance, or a page opened before, must not take back what was sent.
        return JsonResponse({"problem": SUBMITTED}, status=409)
    try:
        saved = store(request, submission, now=now)
    except ReturnRefused as error:
        return JsonResponse({"problem": f"{error}"}, status=409)
    rows = return_page(
        saved.submission,
        now=now,
        typed=saved.typed,
        conflicts=saved.conflicts,
        only={entry.series_id for entry in entries},
        stamps=stamps(),
    ).rows
    said = f"Draft saved {format_time(now)}"
    if clashing := [row for row in rows if row.conflict]:
        is_own = all(clash.last.is_own for row in clashing for clash in row.clashes)
        said = TWICE.format(
            names=" and ".join(row.name for row in clashing),
            was="was" if len(clashing) == 1 else "were",
            where="in another tab of yours" if is_own else "by someone else",
        )
    return JsonResponse(
        {
            "rows": _drawn(rows, request),
            "said": said,
            "status": badge(saved.submission.status, saved.submission.get_status_display()),
            "is_conflict": bool(saved.conflicts),
        }
    )


def _drawn(rows: Sequence[ReturnRow], request: SignedInRequest) -> str:
    return "".join(
        render_to_string("kpis/_return_row.html", {"row": row, "may_enter": True}, request)
        for row in rows
    )


def _return_to_enter(request: SignedInRequest, period: str, care_group: str) -> Return:
    """The return of a care group that this person enters; not found where it is another's."""
    group = find_care_group(care_group)
    if group is None or not request.access.may(Capability.ENTER_RETURNS, care_group=group.pk):
        raise Http404("There is no return of that care group that you may enter.")
    return return_or_404(request, period, group)

"""Pages of a scheme: read by everybody who signs in, changed by its lead and by finance."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.permissions import SignedInRequest, access_of_reader, permitted
from accounts.roles import Capability
from cip.models import Phasing, Programme, Scheme
from cip.qia.page import qia_of
from cip.schemes.block import BlockRefused, lay_block
from cip.schemes.forms import (
    LevelForm,
    MilestoneForm,
    MoveForm,
    PhasingForm,
    RatingForm,
    RiskForm,
    SchemeForm,
)
from cip.schemes.page import SchemePage, scheme_page
from cip.schemes.phasing import Figure, save_phasing
from cip.schemes.set_up import add_scheme, change_scheme
from cip.schemes.stages import move_scheme, rate_scheme
from cip.schemes.steps import save_milestone, save_risk
from cip.standing.answering import (
    is_saved,
    own_scheme,
    programme_or_404,
    require_known,
    scheme_or_404,
)
from cip.standing.hold import SchemeRefused
from kmpt_tracker.ui.forms import errors_of
from kpis.asked.address import Asked, asked_choice, asks
from strategy.models import CareGroup
from strategy.periods import Month

MOST_NAMED = 4


@require_safe
@permitted(Capability.READ_SCHEMES)
@asks()
def scheme_detail(request: HttpRequest, asked: Asked, year: str, reference: str) -> HttpResponse:
    """The stage of a scheme, what it saves and what was done to it."""
    scheme, access = scheme_or_404(year, reference), access_of_reader(request)
    group = scheme.care_group_id
    page = scheme_page(
        scheme,
        known_at=asked.known_at,
        today=asked.today,
        reads_drafts=access.may(Capability.READ_QIA_DRAFTS, care_group=group),
    )
    require_known(page.standing, asked.known_at)
    assessed = page.standing.assessed
    may_read_qia = access.may(Capability.READ_QIA_DRAFTS, care_group=group) or (
        assessed is not None and assessed.qia.is_decided
    )
    context = {
        "page": page,
        "qia": qia_of(page.standing, known_at=asked.known_at, today=asked.today)
        if assessed is not None and may_read_qia
        else None,
        "scheme": page.scheme,
        "programme": scheme.programme,
        "asked": asked,
        "may_edit": access.may(Capability.EDIT_SCHEMES, care_group=group)
        and asked.known_at is None,
        "may_read_qia": may_read_qia,
    }
    return render(request, "cip/scheme_detail.html", context)


def _groups(request: SignedInRequest, programme: Programme) -> list[CareGroup]:
    """The care groups of the programme whose schemes the person may change."""
    rows = programme.allocations.select_related("care_group").order_by("position")  # type: ignore[attr-defined]
    may = request.access.may
    groups = [row.care_group for row in rows]
    return [group for group in groups if may(Capability.EDIT_SCHEMES, care_group=group.pk)]


@require_http_methods(["GET", "HEAD", "POST"])
@permitted(Capability.EDIT_SCHEMES)
def scheme_new(request: SignedInRequest, year: str) -> HttpResponse:
    """Add a scheme: it begins as an idea."""
    programme = programme_or_404(year)
    form = SchemeForm(request.POST or None, programme=programme, groups=_groups(request, programme))
    if request.method == "POST" and is_saved(
        request,
        form,
        lambda who: add_scheme(
            programme_id=programme.pk,
            reference=form.cleaned_data["reference"],
            entry=form.entry(),
            **who,
        ),
        "Added, as an idea. Plan its savings by month next.",
    ):
        return redirect("cip:scheme-phasing", year, form.cleaned_data["reference"])
    context = {"form": form, "programme": programme, "errors": errors_of(form)}
    return _show(request, "cip/scheme_new.html", context, form)


@require_http_methods(["GET", "HEAD", "POST"])
@permitted(Capability.EDIT_SCHEMES)
def scheme_edit(request: SignedInRequest, year: str, reference: str) -> HttpResponse:
    """Change the words and the kind of a scheme."""
    scheme = own_scheme(request, year, reference)
    form = SchemeForm(
        request.POST or None,
        programme=scheme.programme,
        groups=_groups(request, scheme.programme),
        scheme=scheme,
    )
    if request.method == "POST" and is_saved(
        request,
        form,
        lambda who: change_scheme(
            scheme_id=scheme.pk,
            version=form.cleaned_data["version"] or 0,
            entry=form.entry(),
            reason=form.cleaned_data["reason"],
            **who,
        ),
        "Saved.",
    ):
        return redirect(scheme.get_absolute_url())
    context = {"form": form, "scheme": scheme, "errors": errors_of(form)}
    return _show(request, "cip/scheme_edit.html", context, form)


@require_http_methods(["GET", "HEAD", "POST"])
@permitted(Capability.EDIT_SCHEMES)
def scheme_stage(request: SignedInRequest, year: str, reference: str) -> HttpResponse:
    """Move a scheme to another stage, or rate how likely it is to deliver."""
    scheme = own_scheme(request, year, reference)
    page = scheme_page(scheme, today=timezone.localdate())
    is_move = request.POST.get("action") == "move"
    stages = [stage for stage, _ in page.next_stages]
    move = MoveForm(request.POST if is_move else None, standing=page.standing, stages=stages)
    rate = RatingForm(
        request.POST if request.method == "POST" and not is_move else None, standing=page.standing
    )
    if request.method == "POST":
        form: Any = move if is_move else rate
        act, done = (_move, "Moved.") if is_move else (_rate, "Rated.")
        if is_saved(request, form, lambda who: act(scheme, form, who), done):
            return redirect(scheme.get_absolute_url())
    errors = [*errors_of(move), *errors_of(rate)]
    context = {"page": page, "scheme": scheme, "move": move, "rate": rate, "errors": errors}
    return _show(request, "cip/scheme_stage.html", context, move, rate)


def _move(scheme: Scheme, form: MoveForm, who: Any) -> object:
    read = form.cleaned_data
    return move_scheme(
        scheme_id=scheme.pk,
        seen=read["seen"],
        to=read["to"],
        reason=read["reason"],
        substitute=read.get("substitute", ""),
        **who,
    )


def _rate(scheme: Scheme, form: RatingForm, who: Any) -> object:
    read = form.cleaned_data
    return rate_scheme(
        scheme_id=scheme.pk, seen=read["seen"], rating=read["rating"], reason=read["reason"], **who
    )


@require_http_methods(["GET", "HEAD", "POST"])
@permitted(Capability.EDIT_SCHEMES)
def scheme_phasing(request: SignedInRequest, year: str, reference: str) -> HttpResponse:
    """Plan, forecast and actual by month: typed into the grid, or pasted over it and then saved."""
    scheme = own_scheme(request, year, reference)
    page = scheme_page(scheme, today=timezone.localdate())
    terms: dict[str, Any] = {"standing": page.standing, "open_boxes": page.open_boxes}
    form, problem, status = PhasingForm(None, **terms), "", 200
    is_level = request.POST.get("action") == "level"
    level = LevelForm(request.POST if is_level else None, year=page.standing.year)
    if request.POST.get("action") == "paste":
        try:
            laid = lay_block(request.POST.get("block", ""), page.standing.year)
            shut = [box_words(name) for name in sorted(laid) if name not in form.fields]
            form = PhasingForm(None, **terms, typed=laid)
            if shut:
                more = f" and {len(shut) - MOST_NAMED} more" if len(shut) > MOST_NAMED else ""
                problem = (
                    f"Left out, as they cannot be entered now: {', '.join(shut[:MOST_NAMED])}{more}"
                )
        except BlockRefused as refused:
            problem, status = str(refused), 422
    elif is_level:
        if level.is_valid():
            total = f"{level.cleaned_data['total']:f}"
            form = PhasingForm(None, **terms, typed=level.boxes(), stated=total)
        else:
            status = 422
    elif request.method == "POST":
        form = PhasingForm(request.POST, **terms)
        if is_saved(request, form, lambda who: _phase(scheme, form, who), "Saved."):
            return redirect(scheme.get_absolute_url())
        status = 409 if form.errors else 200
    context = {
        "page": page,
        "scheme": scheme,
        "grid": _grid(form, page),
        "form": form,
        "level": level,
        "pasted": request.POST.get("block", "") if status == 422 else "",
        "errors": [
            *errors_of(form),
            *errors_of(level),
            *([("block", problem)] if problem else []),
        ],
    }
    return render(request, "cip/scheme_phasing.html", context, status=status)


def box_words(name: str) -> str:
    """Actual of Dec 2019, of the box actual-2019-12."""
    kind, _, month = name.partition("-")
    return f"{Phasing.Kind(kind).label} of {Month.parse(month).label}"


def _phase(scheme: Scheme, form: PhasingForm, who: Any) -> int:
    figures = []
    for name, (seen, typed) in form.typed().items():
        kind, _, month = name.partition("-")
        figures.append(Figure(kind, Month.parse(month), seen, typed))
    if not any(figure.is_changed for figure in figures):
        raise SchemeRefused("No figure is changed, so nothing was saved")
    return save_phasing(
        scheme_id=scheme.pk,
        figures=figures,
        stated=form.cleaned_data["stated"],
        reason=form.cleaned_data["reason"],
        **who,
    )


def _grid(form: PhasingForm, page: SchemePage) -> list[tuple[str, list[tuple[str, Any, Any]]]]:
    """Rows of months: each month with its box, or with its figure."""
    rows = []
    for month in page.months:
        cells = []
        for kind in ("plan", "forecast", "actual"):
            name = f"{kind}-{month}"
            box = form[name] if name in form.fields else None
            held = page.standing.months(kind).get(month)
            cells.append((kind, box, form[f"seen-{name}"] if box else held))
        rows.append((month.label, cells))
    return rows


@require_http_methods(["GET", "HEAD", "POST"])
@permitted(Capability.EDIT_SCHEMES)
def scheme_steps(request: SignedInRequest, year: str, reference: str) -> HttpResponse:
    """Milestones and risks: add one, or change the one that `?milestone=` or `?risk=` names."""
    scheme = own_scheme(request, year, reference)
    page = scheme_page(scheme, today=timezone.localdate())
    action = request.POST.get("action")
    milestone = MilestoneForm(
        request.POST if action == "milestone" else None, initial=_step(request, page, "milestone")
    )
    risk = RiskForm(
        request.POST if action == "risk" else None, initial=_step(request, page, "risk")
    )
    if action == "milestone" and is_saved(
        request, milestone, lambda who: _save_step(scheme, milestone, who), "Saved."
    ):
        return redirect(scheme.get_absolute_url())
    if action == "risk" and is_saved(
        request, risk, lambda who: _save_step(scheme, risk, who), "Saved."
    ):
        return redirect(scheme.get_absolute_url())
    errors = [*errors_of(milestone), *errors_of(risk)]
    context = {
        "page": page,
        "scheme": scheme,
        "milestone": milestone,
        "risk": risk,
        "errors": errors,
    }
    return _show(request, "cip/scheme_steps.html", context, milestone, risk)


def _step(request: SignedInRequest, page: SchemePage, name: str) -> dict[str, Any]:
    """What the form begins with: the row that the address names, or nothing."""
    held = (
        [line.milestone for line in page.milestones]
        if name == "milestone"
        else [line.risk for line in page.risks]
    )
    key = asked_choice(request, name, (str(row.pk) for row in held))
    if not key:
        return {"action": name}
    row = next(row for row in held if str(row.pk) == key)
    columns = {column.name: getattr(row, column.name) for column in row._meta.concrete_fields}
    dates = {
        key: f"{value:%d/%m/%Y}" for key, value in columns.items() if key.endswith("_on") and value
    }
    return {**columns, **dates, "key": row.pk, "action": name}


def _save_step(scheme: Scheme, form: MilestoneForm | RiskForm, who: Any) -> object:
    read = form.cleaned_data
    common = {"scheme_id": scheme.pk, "version": read["version"] or 0, **who}
    if isinstance(form, RiskForm):
        return save_risk(risk_id=read["key"], entry=form.entry(), **common)
    return save_milestone(milestone_id=read["key"], entry=form.entry(), **common)


def _show(request: HttpRequest, template: str, context: dict, *forms: Any) -> HttpResponse:
    is_refused = any(form.is_bound and form.errors for form in forms)
    return render(request, template, context, status=409 if is_refused else 200)

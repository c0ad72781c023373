"""Views in which a target is set for a plan, checked while it is set, and agreed by another."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from accounts.permissions import SignedInRequest, permitted, who_writes
from accounts.roles import Capability
from kmpt_tracker.ui.forms import errors_of
from kpis.asked.address import asked_choice, plan_or_404
from kpis.dated_changes.decide import ChangeRefused
from kpis.dated_changes.views import one_of, posted_key
from kpis.models import TargetProposal
from kpis.promises import add
from kpis.promises.check import check
from kpis.promises.choices import care_groups_to_choose, measures_to_choose, objectives_to_choose
from kpis.promises.forms import NewTargetForm
from kpis.promises.page import proposals_page
from strategy.models import Plan

SAID = {
    "approve": "Approved. What it affects is judged again now.",
    "reject": "Not approved: the plan stays as it is.",
    "withdraw": "Withdrawn: the plan stays as it is.",
}
PROPOSED = "Proposed. Someone else of the performance team, or an administrator, approves it."


@require_http_methods(["GET", "HEAD", "POST"])
@permitted(Capability.EDIT_PLANS)
def plan_targets(request: SignedInRequest, plan: str) -> HttpResponse:
    """The targets that are proposed for a plan, and the decisions on them."""
    row, refusal = plan_or_404(plan), ""
    if request.method == "POST":
        try:
            action = _decide(request, row)
            messages.success(request, SAID[action])
            return redirect(request.path)
        except ChangeRefused as refused:
            refusal = str(refused)
    context = {
        "plan": row,
        "page": proposals_page(row, today=timezone.localdate()),
        "errors": [("", refusal)] if refusal else [],
    }
    return render(request, "kpis/plan_targets.html", context, status=409 if refusal else 200)


def _decide(request: SignedInRequest, plan: Plan) -> str:
    proposal = one_of(plan.target_proposals.all(), posted_key(request, "proposal"))  # type: ignore[attr-defined]
    who = who_writes(request)
    action = request.POST.get("action", "")
    if action == "approve":
        add.agree_target(proposal_id=proposal.pk, **who)
    elif action == "withdraw":
        add.withdraw_target(proposal_id=proposal.pk, **who)
    elif action == "reject":
        add.reject_target(proposal_id=proposal.pk, reason=request.POST.get("reason", ""), **who)
    else:
        raise ChangeRefused("Choose whether the target is approved")
    return action


@require_http_methods(["GET", "HEAD", "POST"])
@permitted(Capability.EDIT_PLANS)
def target_new(request: SignedInRequest, plan: str) -> HttpResponse:
    """Set a target: typed, checked against the process as it is now, and proposed."""
    row, today = plan_or_404(plan), timezone.localdate()
    objectives, measures = objectives_to_choose(row), measures_to_choose(today)
    form = NewTargetForm(
        request.POST or None,
        plan=row,
        objectives=objectives,
        measures=measures,
        care_groups=care_groups_to_choose(today),
        initial={
            "objective": asked_choice(request, "objective", (str(one.pk) for one in objectives)),
            "measure": asked_choice(request, "measure", (str(one.pk) for one in measures)),
        },
    )
    found, status = None, 200
    if request.method == "POST" and form.is_valid():
        promise = form.promise()
        if request.POST.get("action") != "check" and _is_proposed(request, row, form):
            return redirect("kpis:plan-targets", row.code)
        for field, message in add.faults(promise, form.measured_by, row):
            if field not in form.errors:
                ChangeRefused(message, field).add_to(form)
        status = 409 if form.errors else 200
        if not form.errors:
            found = check(
                promise,
                plan=row,
                measure=form.measured_by,
                care_group=form.chosen_group,
                today=today,
            )
    context = {"plan": row, "form": form, "check": found, "errors": errors_of(form)}
    return render(request, "kpis/target_new.html", context, status=status)


def _is_proposed(request: SignedInRequest, plan: Plan, form: NewTargetForm) -> bool:
    try:
        proposal = add.propose_target(
            plan_id=plan.pk,
            objective_id=form.chosen_objective,
            measure_id=form.chosen_measure,
            care_group_id=form.chosen_group,
            promise=form.promise(),
            reason=form.cleaned_data["reason"],
            by=request.user,
            access=request.access,
            at=timezone.now(),
        )
    except ChangeRefused as refused:
        refused.add_to(form)
        return False
    waits = proposal.outcome == TargetProposal.Outcome.PROPOSED
    messages.success(request, PROPOSED if waits else "Added. What it affects is judged again now.")
    return True

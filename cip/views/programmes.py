"""The savings programmes, as published."""

from django.db.models import Sum
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.permissions import permitted
from accounts.roles import Capability
from cip.models import Programme
from strategy.notes import notes_on


@require_safe
@permitted(Capability.READ_DASHBOARDS)
def programme_list(request: HttpRequest) -> HttpResponse:
    programmes = Programme.objects.select_related("plan").order_by("-year")
    return render(request, "cip/programme_list.html", {"programmes": programmes})


@require_safe
@permitted(Capability.READ_DASHBOARDS)
def programme_detail(request: HttpRequest, year: str) -> HttpResponse:
    """The printed table beside the sum of its rows, and the rules of the programme."""
    programme = (
        Programme.objects.filter(year=year).select_related("plan", "source_document").first()
    )
    if programme is None:
        raise Http404(f"There is no savings programme for {year}.")
    allocations = programme.allocations.select_related("care_group").order_by("position")
    sums = allocations.aggregate(
        target=Sum("target_k"),
        identified=Sum("published_identified_k"),
        unidentified=Sum("published_unidentified_k"),
    )
    context = {
        "programme": programme,
        "allocations": allocations,
        "sums": sums,
        "notes": notes_on([programme, *allocations]),
    }
    return render(request, "cip/programme_detail.html", context)

"""The statements, which anyone may read, and the gallery of every component."""

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from kmpt_tracker.ui import components as looks
from kmpt_tracker.ui import gallery


@require_safe
def components(request: HttpRequest) -> HttpResponse:
    """Every component in all its states, with sample figures."""
    return render(request, "components/gallery.html", gallery.context())


@require_safe
@login_not_required
def symbols(request: HttpRequest) -> HttpResponse:
    """What the icons and badges mean."""
    vocabularies = {
        "statuses": looks.STATUS.items(),
        "milestones": looks.MILESTONE.items(),
        "variations": looks.VARIATION.items(),
        "assurances": looks.ASSURANCE.items(),
        "badges": [(name, badge) for name, badge in looks.BADGES.items() if badge.hint],
    }
    return render(request, "pages/symbols.html", vocabularies)


@require_safe
@login_not_required
def accessibility(request: HttpRequest) -> HttpResponse:
    return render(request, "pages/accessibility.html")


@require_safe
@login_not_required
def data_quality(request: HttpRequest) -> HttpResponse:
    return render(request, "pages/data_quality.html")

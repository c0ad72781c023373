"""Save and submit are one act: all obstacles are listed together, and a crash leaves neither."""

import pytest
from django.utils import timezone

from kpis.assessments.store import recompute
from kpis.models import Actual, Return, ReturnCell
from kpis.returns import hand_in
from strategy.periods import Month
from tests.factories.measures import (
    MeasureFactory,
    RatioFactory,
    ReportingPeriodFactory,
    SeriesFactory,
    approved,
)
from tests.factories.people import lead_of
from tests.factories.plans import CareGroupFactory, TrustFactory

pytestmark = pytest.mark.django_db
MONTH = Month.of(timezone.localdate()).plus(-1)
ADDRESS = f"/returns/{MONTH}/acute/"


@pytest.fixture
def rows(client):
    """A count with two years behind it, which asks for a comment at 90, and a ratio without."""
    TrustFactory()
    ReportingPeriodFactory(month=MONTH)
    acute = CareGroupFactory(code="acute", name="Acute")
    calls = SeriesFactory(measure=MeasureFactory(code="calls", name="Calls"), care_group=acute)
    seen = SeriesFactory(measure=RatioFactory(code="seen", name="Seen"), care_group=acute)
    for back in range(1, 25):
        approved(calls, MONTH.plus(-back), 30 + back % 3)
    recompute(stale_only=False, at=timezone.now())
    client.force_login(lead_of(acute), backend="django.contrib.auth.backends.ModelBackend")
    return calls, seen


def submit(client, rows, *, versions=(0, 0), numerator="45", comment="", **more):
    calls, seen = (f"s{series.pk}" for series in rows)
    typed = {
        f"{calls}-version": versions[0],
        f"{calls}-value": "90",
        f"{calls}-confirmed": "on",
        f"{calls}-confirm_reason": "Counted twice",
        f"{calls}-comment": comment,
        f"{seen}-version": versions[1],
        f"{seen}-numerator": numerator,
        f"{seen}-denominator": "5o",
    }
    return client.post(ADDRESS, {**typed, **more, "action": "submit"}, follow=True)


def test_errors_and_missing_comments_are_listed_in_one_summary(client, rows):
    page = submit(client, rows, numerator="4o0").text
    summary = page.split("data-error-summary")[1].split("</div>")[0]
    assert summary.count("<li>") == 3
    assert "Calls: write a comment" in summary
    assert ReturnCell.objects.count() == 2
    assert Return.objects.get().status == Return.Status.DRAFT


def test_a_return_may_be_submitted_without_comments_by_choice(client, rows):
    good = {f"s{rows[1].pk}-denominator": "50"}
    page = submit(client, rows, **good).text
    assert "Submit without comments" in page
    assert "data-without hidden" not in " ".join(page.split())
    assert not Actual.objects.filter(submission__isnull=False).exists()
    assert "Submitted." in submit(client, rows, versions=(1, 1), without_comments="on", **good).text


def test_a_written_comment_is_asked_for_no_more(client, rows):
    good = {f"s{rows[1].pk}-denominator": "50"}
    assert "Submitted." in submit(client, rows, comment="A new line", **good).text


def test_a_crash_between_saving_and_submitting_leaves_neither(client, rows, monkeypatch):
    def crash(**_):
        raise RuntimeError("the power went")

    monkeypatch.setattr(hand_in, "submit", crash)
    with pytest.raises(RuntimeError):
        submit(client, rows)
    assert not Return.objects.exists()
    assert not ReturnCell.objects.exists()

"""An empty database: care groups, a measure, and a return that asks for it, on pages alone."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.roles import Role
from kpis.assessments.store import recompute
from kpis.models import Measure, Series
from strategy.models import CareGroup
from strategy.periods import Month
from tests.accounts.readers import BACKEND
from tests.factories.measures import ReportingPeriodFactory, approved
from tests.factories.people import lead_of, performance_team, person

pytestmark = pytest.mark.django_db
LAST = Month.of(timezone.localdate()).plus(-1)
BOXES = {
    "name": "Urgent referrals seen in 24 hours",
    "kind": "quantitative",
    "unit": "percent",
    "decimals": "1",
    "numerator": "Seen within 24 hours",
    "denominator": "All urgent referrals",
    "direction": "higher_is_better",
    "over_time": "ratio_of_sums",
    "collection_level": "care_group",
    "roll_up": "ratio_of_sums",
    "frequency": "monthly",
    "reason": "The board asked for it",
    "action": "save",
}


def begin(client, name: str) -> CareGroup:
    """A care group begins: typed, previewed, confirmed."""
    address = "/organisation/reorganise/begin/"
    typed = {
        "on": f"{LAST.start:%d/%m/%Y}",
        "name_1": name,
        "level": "care_group",
        "reason": "The trust as it is",
    }
    preview = client.post(address, typed).context["preview"]
    sent = {**typed, "confirmed": preview.digest, "do": "confirm"}
    assert client.post(address, sent).status_code == 302
    return CareGroup.objects.get(name=name)


def test_from_an_empty_database_to_a_figure_of_the_trust(client):
    client.force_login(performance_team(), backend=BACKEND)
    text = client.post("/measures/new/", BOXES).content.decode()
    assert "There is no care group yet" in text
    acute, older = begin(client, "Acute"), begin(client, "Older People")
    sent = {**BOXES, "care_groups": [acute.pk, older.pk]}
    assert client.post("/measures/new/", sent).status_code == 302
    measure = Measure.objects.get()
    now = timezone.now()
    ReportingPeriodFactory(
        month=LAST,
        opens_at=now - timedelta(days=1),
        **dict.fromkeys(("closes_at", "sign_off_at", "freezes_at"), now + timedelta(days=5)),
    )
    client.force_login(lead_of(acute), backend=BACKEND)
    page = client.get(f"/returns/{LAST}/acute/").content.decode()
    for words in ("Urgent referrals seen in 24 hours", "Seen within 24 hours"):
        assert words in page
    for group, seen in ((acute, 45), (older, 40)):
        series = Series.objects.get(measure=measure, care_group=group)
        approved(series, LAST, numerator=Decimal(seen), denominator=Decimal(50))
    recompute(at=timezone.now(), stale_only=True)
    client.force_login(person(Role.BOARD_MEMBER), backend=BACKEND)
    page = client.get(f"/measures/{measure.code}/").content.decode()
    assert "85.0%" in page
    assert "2 of 2 reported" in page

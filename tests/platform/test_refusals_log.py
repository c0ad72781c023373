"""Every 4xx answer is one line of the log: whose request, which address, and no traceback."""

import io
import json
import logging

import pytest
from django.test import Client
from django.utils import timezone

from accounts.roles import Role
from kmpt_tracker.logs import JsonFormatter, RefusalsOnce
from strategy.periods import Month
from tests.factories.measures import MeasureFactory, ReportingPeriodFactory, SeriesFactory
from tests.factories.people import lead_of, person
from tests.factories.plans import CareGroupFactory, TrustFactory

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
BACKEND = "django.contrib.auth.backends.ModelBackend"
MONTH = Month.of(timezone.localdate()).plus(-1)
RETURN = f"/returns/{MONTH}/acute/"


@pytest.fixture
def lines():
    """What the log's own handler writes, read back as JSON."""
    (handler,) = [
        handler
        for handler in logging.getLogger().handlers
        if any(isinstance(one, RefusalsOnce) for one in handler.filters)
    ]
    assert handler in logging.getLogger("django").handlers
    buffer = io.StringIO()
    formatter, stream = handler.formatter, handler.setStream(buffer)
    handler.setFormatter(JsonFormatter())

    def read() -> list[dict]:
        found = [json.loads(line) for line in buffer.getvalue().splitlines()]
        buffer.seek(0)
        buffer.truncate()
        return found

    yield read
    handler.setStream(stream)
    handler.setFormatter(formatter)


@pytest.fixture
def lead(db):
    TrustFactory()
    ReportingPeriodFactory(month=MONTH)
    acute = CareGroupFactory(code="acute", name="Acute")
    SeriesFactory(measure=MeasureFactory(code="calls"), care_group=acute)
    return lead_of(acute)


# Request → answer. A form is (address, fields); there is at least one of every kind of form.
ASKED = {
    "/nothing/here": 404,
    "/plans/no-such-plan/": 404,
    "/measures/no-such-measure/": 404,
    "/returns/2026-13/": 400,
    "/returns/2200-01/": 400,
    "/returns/2026-01/no-such-group/": 404,
    "/?as_at=nonsense": 400,
    "/measures/?q=%00": 400,
    "/a%0Ab/%E2%80%A8": 404,
    "/exports/": 403,
    "/exports/actuals.csv": 403,
    "/admin/": 403,
    "/admin/accounts/user/": 403,
    "/static/no-such-file.js": 404,
}
SENT = {
    ("/measures/", ()): 405,
    ("/healthz", ()): 405,
    (f"{RETURN}review/", (("do", "approve"),)): 403,
    (f"/returns/{MONTH}/lock/", ()): 403,
    (RETURN, (("s1-version", "9" * 12), ("s1-value", "1"))): 200,
    ("/plans/x/objectives/1/actions/1/", ()): 403,
}


def check(response, lines, who: str) -> None:
    found = lines()
    assert len(found) == (response.status_code >= 400), found
    for line in found:
        assert line["request_id"] == response["X-Request-ID"]
        assert line["level"] == "WARNING"
        assert "traceback" not in line
        for part in (str(response.status_code), who, "from 127.0.0.1", line["request_id"]):
            assert part in line["message"], line
        assert not set("\n\r\u2028") & set(line["message"])


@pytest.mark.parametrize(("address", "status"), ASKED.items())
def test_what_is_asked_for_in_vain(client, lead, lines, address, status):
    client.force_login(lead, backend=BACKEND)
    response = client.get(address)
    assert response.status_code == status
    check(response, lines, f"user {lead.pk} (care_group_lead)")


@pytest.mark.parametrize(("sent", "status"), SENT.items(), ids=str)
def test_what_is_sent_in_vain(client, lead, lines, sent, status):
    address, fields = sent
    client.force_login(lead, backend=BACKEND)
    response = client.post(address, dict(fields), follow=status == 200)
    assert response.status_code == status
    check(response, lines, f"user {lead.pk} (care_group_lead)")


def test_a_conflict_of_two_editors_says_nothing_of_what_was_typed(client, lead, lines):
    from kpis.models import Series

    prefix = f"s{Series.objects.get().pk}"
    for person_, value in ((lead, "12"), (lead_of(lead.memberships.get().care_group), "31337")):
        client.force_login(person_, backend=BACKEND)
        response = client.post(RETURN, {f"{prefix}-version": "0", f"{prefix}-value": value})
    assert response.status_code == 409
    (line,) = lines()
    assert line["message"].startswith(f"409 POST {RETURN}: user {person_.pk} (care_group_lead)")
    assert "31337" not in str(line)


def test_who_has_no_role_and_who_is_not_signed_in(client, lead, lines):
    check(client.get("/nothing/"), lines, "nobody signed in")
    nobody = person()
    client.force_login(nobody, backend=BACKEND)
    check(client.get("/"), lines, f"user {nobody.pk} (no role)")
    both = person(Role.BOARD_MEMBER, Role.QIA_SIGNATORY)
    client.force_login(both, backend=BACKEND)
    check(client.get("/returns/"), lines, f"user {both.pk} (board_member, qia_signatory)")


def test_a_form_without_its_token_a_wrong_host_and_too_much(lead, lines, settings):
    client = Client(enforce_csrf_checks=True)
    client.force_login(lead, backend=BACKEND)
    who = f"user {lead.pk} (care_group_lead)"
    check(client.post(RETURN, {"action": "save"}), lines, who)
    response = client.get("/", headers={"host": "elsewhere.example"})
    assert response.status_code == 400
    check(response, lines, "nobody signed in")
    settings.DATA_UPLOAD_MAX_NUMBER_FIELDS = 3
    client = Client()
    client.force_login(lead, backend=BACKEND)
    response = client.post(RETURN, {str(number): "x" for number in range(9)})
    assert response.status_code == 400
    check(response, lines, who)


def test_a_fault_keeps_its_traceback(client, lead, lines, monkeypatch):
    def fails(*args, **kwargs):
        raise RuntimeError("the disk is full")

    monkeypatch.setattr("kpis.completion.views.returns_page", fails)
    client.raise_request_exception = False
    client.force_login(lead, backend=BACKEND)
    response = client.get("/returns/")
    (line,) = lines()
    assert (response.status_code, line["level"]) == (500, "ERROR")
    assert "the disk is full" in line["traceback"]
    assert line["request_id"] == response["X-Request-ID"]

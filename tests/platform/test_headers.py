"""Every response carries the same strict headers; no page is left in a cache."""

import logging

import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory

from accounts import audit
from accounts.models import User
from kmpt_tracker import logs
from kmpt_tracker.middleware import RequestIdMiddleware, content_security_policy

pytestmark = pytest.mark.any_database

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'"
)
STATIC_FILE = "/static/admin/css/base.css"


def test_the_content_security_policy_is_exactly_this():
    assert content_security_policy() == CSP


@pytest.mark.parametrize("address", ["/healthz", "/no-such-page", STATIC_FILE])
@pytest.mark.django_db
def test_every_response_has_every_header(client, address):
    response = client.get(address)
    assert response["Content-Security-Policy"] == CSP
    assert response["Cross-Origin-Opener-Policy"] == "same-origin"
    assert response["Cross-Origin-Embedder-Policy"] == "require-corp"
    assert response["Cross-Origin-Resource-Policy"] == "same-origin"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["X-Frame-Options"] == "DENY"
    assert "camera=()" in response["Permissions-Policy"]
    assert "Access-Control-Allow-Origin" not in response
    response.close()


@pytest.mark.urls("tests.platform.pages")
@pytest.mark.django_db
def test_a_server_error_has_them_too(client):
    client.force_login(User.objects.create_user("someone"))
    client.raise_request_exception = False
    response = client.get("/fault")
    assert response.status_code == 500
    assert response["Content-Security-Policy"] == CSP


@pytest.mark.django_db
def test_a_refused_host_has_them_too(client):
    response = client.get("/healthz", headers={"host": "evil.example"})
    assert response.status_code == 400
    assert response["Content-Security-Policy"] == CSP


@pytest.mark.django_db
def test_a_page_is_not_stored_and_a_static_file_is(client):
    assert client.get("/healthz")["Cache-Control"] == "no-store, private"
    static = client.get(STATIC_FILE)
    static.close()
    assert "max-age" in static["Cache-Control"]


@pytest.mark.urls("tests.platform.pages")
@pytest.mark.django_db
def test_signing_out_clears_what_the_browser_kept(client):
    client.force_login(User.objects.create_user("someone"))
    assert "Clear-Site-Data" not in client.get("/page")
    assert client.get("/out")["Clear-Site-Data"] == '"cache", "storage"'


def test_a_request_has_one_id_in_its_logs_audit_and_response():
    seen = {}

    def view(request):
        seen.update(logs=logs.request_id.get(), audit=audit.request_id.get(), door=audit.door.get())
        return HttpResponse()

    sent = RequestFactory().get("/", headers={"x-request-id": "forged"})
    response = RequestIdMiddleware(view)(sent)
    assert seen["logs"] == seen["audit"] == response["X-Request-ID"]
    assert seen["door"] == "page"
    assert len(seen["logs"]) == 32
    assert (logs.request_id.get(), audit.request_id.get()) == ("", "")


@pytest.mark.django_db
@pytest.mark.parametrize("address", ["/accounts/invitation/{}/", "/accounts/mail/off/{}/"])
def test_a_refusal_is_logged_without_the_secret_of_its_address(address, caplog):
    secret = "a-link-that-lets-its-holder-in"
    caplog.set_level("WARNING", logger="kmpt_tracker.refusals")
    logger = logging.getLogger("kmpt_tracker.refusals")
    logger.addHandler(caplog.handler)
    try:
        answer = Client(enforce_csrf_checks=True).post(address.format(secret))
    finally:
        logger.removeHandler(caplog.handler)
    assert answer.status_code in range(400, 500)
    written = [row.getMessage() for row in caplog.records if logs.RefusalsOnce().filter(row)]
    assert any("(secret)" in line for line in written)
    assert not any(secret in line for line in written)

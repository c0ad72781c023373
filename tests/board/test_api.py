"""The API: who may call it, how often, and what an answer carries."""

import gzip
import json
import random
import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone
from drf_spectacular.validation import validate_schema

from accounts.models import AccessToken
from accounts.roles import Role
from board.api.page import HEADERS
from board.exports.datasets import DATASETS
from strategy.periods import Month
from tests.board.calling import analyst, caller, program, read, secret_of
from tests.board.test_api_rows import reported
from tests.drill_api import Calls
from tests.factories.measures import SeriesFactory, approved
from tests.factories.people import person

__all__ = ["analyst", "caller"]
pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("address", "status", "parameter"),
    [
        ("actuals?colour=red", 400, "colour"),
        ("plans?measure=seen-in-time", 400, "measure"),
        ("actuals?measure=nothing", 400, "measure"),
        ("actuals?from=2025-13", 400, "from"),
        ("actuals?as_at=yesterday", 400, "as_at"),
        ("actuals?status=purple", 400, "status"),
        ("actuals?origin=rumour", 400, "origin"),
        ("actuals?care_group=acute&care_group=trust", 400, "care_group"),
        ("actuals?limit=0", 400, "limit"),
        ("actuals?limit=-5", 400, "limit"),
        ("actuals?limit=1001", 400, "limit"),
        ("actuals?limit=ten", 400, "limit"),
        (f"actuals?limit={'9' * 500}", 400, "limit"),
        ("actuals?limit=²", 400, "limit"),
        ("actuals?cursor=made-up", 400, "cursor"),
        ("actuals?cursor=é", 400, "cursor"),
        ("actuals?format=csv", 400, "format"),
        ("actuals.xlsx", 400, "format"),
        ("actuals?bom=1", 400, "bom"),
        ("?plan=x", 400, "plan"),
        ("openapi.json?x=1", 400, "x"),
        ("nothing", 404, None),
        ("actuals/rows", 404, None),
        ("no\x00thing", 400, None),
    ],
)
def test_what_cannot_be_meant_is_a_problem_that_names_the_parameter(
    world, caller, address, status, parameter
):
    answer = caller.get(f"/api/v1/{address}")
    assert answer.status_code == status
    assert answer["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert (problem["status"], problem.get("parameter")) == (status, parameter)
    assert problem["type"] == "about:blank"
    assert problem["title"] == answer.reason_phrase
    if parameter:
        assert f"“{parameter}”" in problem["detail"]
    assert len(problem["detail"]) < 1_000


def test_a_cursor_goes_with_its_dataset_and_filters_alone(world, caller):
    page = read(caller.get("/api/v1/actuals?limit=1&care_group=acute"))
    cursor = re.search(r"cursor=([^&]+)", page["next"])[1]
    for other in ("actuals?limit=1", "assessments?care_group=acute", "actuals?care_group=trust"):
        answer = caller.get(f"/api/v1/{other}{'&' if '?' in other else '?'}cursor={cursor}")
        assert (answer.status_code, answer.json()["parameter"]) == (400, "cursor")
    tampered = cursor[:-1] + ("a" if cursor[-1] != "a" else "b")
    answer = caller.get(f"/api/v1/actuals?care_group=acute&cursor={tampered}")
    assert answer.status_code == 400
    assert caller.get(f"/api/v1/actuals?care_group=acute&cursor={cursor}").status_code == 200


@pytest.mark.parametrize("accept", ["text/csv", "application/xml", "text/html", "image/png"])
def test_another_format_is_not_acceptable(world, caller, accept):
    answer = caller.get("/api/v1/actuals", headers={"Accept": accept})
    assert (answer.status_code, answer.json()["parameter"]) == (406, "Accept")
    for taken in ("*/*", "application/json", "application/*", f"{accept}, */*;q=0.1"):
        assert caller.get("/api/v1/actuals", headers={"Accept": taken}).status_code == 200


def test_nobody_reads_without_a_token_or_a_sign_in(world, analyst):
    answer = Client().get("/api/v1/actuals")
    assert answer.status_code == 401
    assert answer["Content-Type"] == "application/problem+json"
    assert "Bearer " in answer["WWW-Authenticate"]
    assert "Basic " in answer["WWW-Authenticate"]
    in_browser = Client().get("/api/v1/actuals", headers={"Sec-Fetch-Mode": "cors"})
    assert "Basic " not in in_browser["WWW-Authenticate"]
    token = AccessToken.objects.first
    secret = secret_of(analyst)
    AccessToken.objects.filter(pk=token().pk).update(
        made_at=timezone.now() - timedelta(days=9), expires_at=timezone.now()
    )
    headers = {"Authorization": f"Bearer {secret}"}
    answer = Client().get("/api/v1/actuals", headers=headers)
    assert "has expired" in answer.json()["detail"]
    answer = Client().get(f"/api/v1/actuals?access_token={secret}")
    assert (answer.status_code, answer.json()["parameter"]) == (400, "access_token")
    for role in (Role.BOARD_MEMBER, Role.CARE_GROUP_LEAD):
        client = Client()
        client.force_login(person(role), backend="django.contrib.auth.backends.ModelBackend")
        answer = client.get("/api/v1/actuals")
        assert (answer.status_code, answer.json()["title"]) == (403, "Forbidden")


def test_finance_reads_no_drafts_through_the_api_either(world, caller):
    drafts = "/api/v1/actuals?status=submitted"
    assert len(read(caller.get(drafts))["rows"]) == 1
    # After an answer for somebody else was kept.
    assert read(program(person(Role.FINANCE_PMO)).get(drafts))["rows"] == []


def test_calls_are_limited_and_the_answer_says_how_long_to_wait(world, analyst, settings):
    settings.CALLS_A_MINUTE = 2
    caller = program(analyst)
    statuses = [caller.get("/api/v1/plans").status_code for _ in range(5)]
    assert statuses.count(429) >= 1
    answer = next(
        a for a in (caller.get("/api/v1/plans") for _ in range(3)) if a.status_code == 429
    )
    assert 1 <= int(answer["Retry-After"]) <= 60
    assert answer.json()["detail"].startswith("Too many calls")


def test_no_cookie_is_set_whoever_calls(world, analyst, caller):
    client = Client()
    client.force_login(analyst, backend="django.contrib.auth.backends.ModelBackend")
    for one in (caller, client, Client()):
        for address in ("/api/v1/", "/api/v1/actuals", "/api/v1/openapi.json", "/api/v1/nope"):
            assert not one.get(address).cookies, address


def test_an_answer_that_a_program_has_is_not_sent_again(world, caller):
    first = caller.get("/api/v1/actuals")
    assert first["Cache-Control"] == "private, no-cache"
    assert first["Allow"] == "GET, HEAD"
    again = caller.get("/api/v1/actuals", headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again["ETag"] == first["ETag"]
    reported(SeriesFactory())
    changed = caller.get("/api/v1/actuals", headers={"If-None-Match": first["ETag"]})
    assert changed.status_code == 200
    assert changed["ETag"] != first["ETag"]
    for address in ("/api/v1/", "/api/v1/openapi.json"):
        tag = caller.get(address)["ETag"]
        assert caller.get(address, headers={"If-None-Match": tag}).status_code == 304


def test_what_was_written_shows_in_the_next_answer(world, caller):
    before = read(caller.get("/api/v1/actuals"))["rows"]
    reported(SeriesFactory())
    assert len(read(caller.get("/api/v1/actuals"))["rows"]) == len(before) + 1


def test_answers_are_compressed_for_those_who_take_it(world, analyst):
    plain, packed = program(analyst), program(analyst, **{"Accept-Encoding": "gzip"})
    for address in ("/api/v1/assessments", "/api/v1/openapi.json"):
        one, two = plain.get(address), packed.get(address)
        assert two["Content-Encoding"] == "gzip"
        assert gzip.decompress(two.content) == one.content
        assert len(two.content) < len(one.content) / 2
        assert one["ETag"] == two["ETag"]
        assert "Accept-Encoding" in two["Vary"]


def test_the_address_of_the_next_page_stands_in_a_header_too(world, caller):
    answer = caller.get("/api/v1/actuals?limit=1&care_group=acute")
    assert answer["Link"] == f'<{answer.json()["next"]}>; rel="next"'
    assert "care_group=acute" in answer["Link"]
    assert not caller.get("/api/v1/actuals").has_header("Link")


def test_the_document_is_openapi_3_1_and_has_every_dataset_with_its_filters_and_columns(caller):
    document = caller.get("/api/v1/openapi.json").json()
    validate_schema(document)
    assert document["openapi"] == "3.1.0"
    assert set(document["paths"]) == {f"/api/v1/{name}" for name in DATASETS}
    for name, dataset in DATASETS.items():
        described = document["paths"][f"/api/v1/{name}"]["get"]
        query = {one["name"] for one in described["parameters"] if one["in"] == "query"}
        assert query == {*dataset.filters, "limit", "cursor"}
        page = described["responses"]["200"]["content"]["application/json"]["schema"]
        row = page["properties"]["rows"]["items"]
        assert list(row["properties"]) == [column.name for column in dataset.columns]
        assert {"200", "304", "400", "401", "403", "406", "410", "429"} == set(
            described["responses"]
        )
        assert described["security"] == [{"token": []}, {"basic": []}, {"browser": []}]


@pytest.mark.usefixtures("seeded")
def test_answers_are_what_the_document_says(caller):
    from jsonschema import Draft202012Validator

    document = caller.get("/api/v1/openapi.json").json()
    for name in DATASETS:
        described = document["paths"][f"/api/v1/{name}"]["get"]
        page = described["responses"]["200"]["content"]["application/json"]["schema"]
        answer = caller.get(f"/api/v1/{name}?limit=1000").json()
        errors = [error.message for error in Draft202012Validator(page).iter_errors(answer)]
        assert errors == [], name
    problem = document["components"]["schemas"]["Problem"]
    Draft202012Validator(problem).validate(caller.get("/api/v1/plans?x=1").json())


def test_the_list_leads_to_every_dataset(world, caller):
    listed = caller.get("/api/v1/").json()
    assert [one["dataset"] for one in listed["datasets"]] == list(DATASETS)
    for one in listed["datasets"]:
        assert caller.get(one["rows"]).status_code == 200
        assert caller.get(f"{one['rows']}/").status_code == 200
    assert caller.get(listed["openapi"]).status_code == 200


def test_the_page_to_try_it_shows_what_a_program_gets(world, analyst, client):
    client.force_login(analyst)
    page = client.get("/exports/api/").content.decode()
    assert "/api/v1/openapi.json" in page
    assert "The answer" not in page
    tried = client.get("/exports/api/", {"dataset": "actuals", "care_group": "acute", "limit": "1"})
    answer = client.get("/api/v1/actuals?care_group=acute&limit=1")
    shown = tried.context["page"]
    assert shown.status == "200 OK"
    assert json.loads(shown.body)["rows"] == answer.json()["rows"]
    assert {name for name, _ in shown.headers} == set(HEADERS) - {"Content-Encoding"}
    browser = {"Accept-Encoding": "gzip, deflate"}
    packed = client.get(tried.request["PATH_INFO"], {"dataset": "plans"}, headers=browser)
    assert json.loads(packed.context["page"].body)["dataset"] == "plans"
    assert "/api/v1/actuals?care_group=acute&amp;limit=1" in tried.content.decode()
    refused = client.get("/exports/api/", {"dataset": "actuals", "from": "never"})
    assert refused.context["page"].status == "400 Bad Request"
    assert json.loads(refused.context["page"].body)["parameter"] == "from"
    assert client.get("/exports/api/", {"dataset": "nope"}).context["page"].status.startswith("404")


def test_digits_are_shown_as_they_are_sent(world, caller, analyst, client):
    series = SeriesFactory(measure__code="exact")
    approved(series, Month(2025, 1), value=Decimal("12345678.123456"))
    client.force_login(analyst)
    page = client.get("/exports/api/", {"dataset": "actuals", "measure": "exact"})
    assert '"value": 12345678.123456' in page.context["page"].body
    assert b'"value":12345678.123456' in caller.get("/api/v1/actuals?measure=exact").content


def test_calls_made_up_by_chance_are_answered(place, analyst):
    client = Client()
    client.force_login(analyst, backend="django.contrib.auth.backends.ModelBackend")
    calls = Calls(client, DATASETS, random.Random(7))
    for _ in range(250):
        calls.one()
    assert {200, 400} <= set(calls.statuses)

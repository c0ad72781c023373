"""Every page heeds and keeps the moment, month, plan, care group and filters in its address."""

import re
from datetime import date
from html import unescape
from urllib.parse import parse_qs, urlsplit

import pytest
from django.http import QueryDict

from accounts.roles import Role
from kmpt_tracker.ui.addresses import longer_address, take_along
from kpis.asked.take_along import known_by
from tests.accounts.readers import BACKEND, rules
from tests.factories.measures import TargetFactory
from tests.factories.people import person
from tests.factories.plans import PlanFactory
from tests.factories.worlds import small_trust

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
MOMENT = "2025-08-31"
LEAVING = ("/exports/", "/admin/", "/accounts/", "/static/")
# Routes that answer with a page; files, the API and the administration have their own rules.
ROUTES = [
    rule.route
    for rule in rules()
    if "GET" in rule.methods
    and not rule.route.startswith(
        ("/admin/", "/accounts/", "/api/", "/exports/api/", "/healthz", "/readyz")
    )
    and "." not in rule.route
]


@pytest.fixture
def reader(client, place):
    client.force_login(person(*Role), backend=BACKEND)
    return client


@pytest.mark.parametrize("route", ROUTES)
def test_every_page_reads_the_moment_and_refuses_one_that_it_cannot_read(place, reader, route):
    for text in ("nonsense", "2025-02-30", ""):
        response = reader.get(f"{place.address(route)}?as_at={text}")
        assert response.status_code == (400 if text else 200), (route, text)
        assert not text or "“as_at”" in response.text


@pytest.mark.parametrize("route", ROUTES)
def test_every_page_of_a_moment_says_so_and_leads_to_pages_of_that_moment(place, reader, route):
    address = place.address(route)
    response = reader.get(f"{address}?as_at={MOMENT}")
    if response.status_code == 404 or route == "/exports/":
        return
    page = response.text
    assert "as known on 31 Aug 2025" in " ".join(page.replace("As known", "as known").split())
    forgotten = [
        href
        for tag, href in re.findall(r'(<a\b[^>]*href="([^"]*)"[^>]*>)', page)
        if "data-latest" not in tag
        and not href.startswith(("#", *LEAVING))
        and parse_qs(urlsplit(unescape(href)).query).get("as_at") != [MOMENT]
    ]
    assert forgotten == []
    if route == "/components/":
        return  # its form is a sample
    for form in re.findall(r'<form\b[^>]*method="get".*?</form>', page, re.DOTALL):
        assert re.search(rf'name="as_at"[^>]*value="{MOMENT}"', form), form


def test_a_page_takes_along_what_the_next_one_knows(place, reader):
    page = reader.get("/?plan=strategy-2023-26&period=2025-07&as_at=2025-08-31").text
    links = [unescape(href) for href in re.findall(r'<a\b[^>]*href="(/[^"]*)"', page)]

    def first(path: str) -> str:
        return next(link for link in links if urlsplit(link).path == path)

    objective = first("/plans/strategy-2023-26/objectives/1.1/")
    assert objective.endswith("?period=2025-07&as_at=2025-08-31")
    assert first("/measures/seen-in-time/").endswith("?as_at=2025-08-31")
    assert first("/measures/").endswith("?plan=strategy-2023-26&as_at=2025-08-31")
    assert "period=2025-07" in first("/data.csv")
    searched = reader.get("/measures/?q=seen&plan=strategy-2023-26").text
    assert 'href="/measures/data.csv?plan=strategy-2023-26&amp;bom=1&amp;q=seen"' in searched


@pytest.mark.parametrize("page", ["/measures/", "/summary/", "/matrix/", "/exports/"])
def test_a_plan_that_is_only_cited_is_not_carried_to_pages_that_do_not_open_it(reader, page):
    """Pages of measures list what it promises; no board, heat map or change is shown of it."""
    cited = PlanFactory(code="cited", cited=True, starts_on=date(2016, 4, 1))
    TargetFactory(plan=cited)
    shown = reader.get(f"{page}?plan=cited")
    assert shown.status_code == 200
    links = {unescape(href) for href in re.findall(r'<a\b[^>]*href="(/[^"#]*)', shown.text)}
    own = {link for link in links if not link.startswith(("/accounts/", "/admin/", "/exports/"))}
    assert any("plan=cited" in link for link in own)
    assert "/" in own
    assert {link: reader.get(link).status_code for link in own} == dict.fromkeys(own, 200)


@pytest.mark.parametrize(
    ("published", "before", "after"),
    [(None, "2024-03-31", "2024-04-01"), (date(2024, 6, 14), "2024-06-13", "2024-06-14")],
)
def test_a_plan_is_known_from_its_publication_and_else_from_its_first_day(
    client, published, before, after
):
    small_trust()
    plan = PlanFactory(
        code="next",
        title="The next one",
        starts_on=date(2024, 4, 1),
        ends_on=date(2027, 3, 31),
        published_on=published,
    )
    TargetFactory(plan=plan, source_document=plan.source_document)
    client.force_login(person(Role.BOARD_MEMBER))
    assert plan.title not in client.get(f"/plans/?as_at={before}").text
    assert plan.title in client.get(f"/plans/?as_at={after}").text
    hidden = client.get(f"{plan.get_absolute_url()}?as_at={before}")
    assert hidden.status_code == 404
    assert "was not known then" in hidden.text
    assert client.get(f"{plan.get_absolute_url()}?as_at={after}").status_code == 200
    assert client.get(f"/data.csv?plan=next&as_at={before}").status_code == 400
    for page, known in (("/threads/data.csv", True), ("/plans/data.csv", True)):
        for moment, is_there in ((before, False), (after, known)):
            body = client.get(f"{page}?as_at={moment}").getvalue().decode()
            assert ("\nnext," in body or ",next," in body) is is_there


KNOWN = {"/": frozenset({"plan", "as_at"}), "/a/": frozenset({"as_at"})}
GIVEN = QueryDict("as_at=2019-04-20T12:00&plan=p&colour=blue").dict()


@pytest.mark.parametrize(
    ("href", "expected"),
    [
        ("/", "/?as_at=2019-04-20T12:00&plan=p"),
        ("/?plan=q", "/?plan=q&as_at=2019-04-20T12:00"),
        ("/?as_at=2020-01-01&plan=", "/?as_at=2020-01-01&plan="),
        ("/a/#part", "/a/?as_at=2019-04-20T12:00#part"),
        ("?x=1", "?x=1&as_at=2019-04-20T12:00&plan=p"),
        ("#part", "#part"),
        ("/unknown/", "/unknown/"),
        ("//elsewhere.example/", "//elsewhere.example/"),
        ("https://elsewhere.example/", "https://elsewhere.example/"),
        ("mailto:someone@example.org", "mailto:someone@example.org"),
    ],
)
def test_an_address_grows_by_what_its_page_knows(href, expected):
    assert longer_address(href, "/", GIVEN, lambda path: KNOWN.get(path, frozenset())) == expected


@pytest.mark.parametrize(
    ("tag", "href"),
    [
        ('<a href="/">', "/?as_at=2019-04-20T12:00&plan=p"),
        ('<a href="/" data-latest>', "/?plan=p"),
        ('<a data-latest class="x" href="/?plan=q">', "/?plan=q"),
        ('<a href="/" data-whole>', "/?as_at=2019-04-20T12:00"),
        ('<a href="/?plan=q" data-whole>', "/?plan=q&as_at=2019-04-20T12:00"),
        ('<a href="/a/" data-latest>', "/a/"),
    ],
)
def test_a_link_that_leaves_something_behind_takes_the_rest_along(tag, href):
    found = take_along(tag, "/", GIVEN, lambda path: KNOWN.get(path, frozenset()))
    assert unescape(re.search(r'href="([^"]*)"', found)[1]) == href


NOTHING_FOUND = "no+such+words"


@pytest.mark.parametrize(
    ("route", "asked"),
    [
        ("/measures/", "plan=strategy-2023-26&q="),
        ("/summary/", "plan=strategy-2023-26&period=2025-07&q="),
        ("/matrix/", "care_group=acute&q="),
        ("/heatmap/", "plan=strategy-2023-26&q="),
        ("/threads/", "q="),
        ("/", "plan=strategy-2023-26&period=2025-07&x="),
        ("/measures/seen-in-time/", "care_group=acute&x="),
        ("/cip/2019-20/", "until=2019-08&x="),
    ],
)
def test_the_latest_keeps_the_filters_and_all_rows_keep_the_moment(place, reader, route, asked):
    """ "Show the latest" leaves the moment alone; "Clear the filters" everything but the moment."""
    page = reader.get(f"{route}?{asked}{NOTHING_FOUND}&as_at={MOMENT}").text
    given = parse_qs(asked + NOTHING_FOUND)
    links = {
        words.strip(): parse_qs(urlsplit(unescape(href)).query)
        for href, words in re.findall(r'<a\b[^>]*href="([^"]*)"[^>]*>([^<]*)<', page)
    }
    latest = links["Show the latest"]
    assert "as_at" not in latest
    assert {name: latest.get(name) for name in given if name != "x"} == {
        name: value for name, value in given.items() if name != "x"
    }
    clears = links.get("Clear the filters") or links.get("Show every thread")
    assert clears == ({"as_at": [MOMENT]} if "q" in given else None)


def test_values_are_escaped():
    html = '<a class="x" href="/a/?b=1&amp;c=2">A</a>'
    given = {"as_at": '"><script>'}
    found = take_along(html, "/", given, lambda path: KNOWN.get(path, frozenset()))
    assert '<a class="x" href="/a/?b=1&amp;c=2&amp;as_at=%22%3E%3Cscript%3E">' in found


def test_a_form_that_asks_takes_along_what_it_does_not_ask_for():
    html = '<form method="get"><input name="plan" value="q"></form><form method="post"></form>'
    found = take_along(html, "/", {**GIVEN, "as_at": '"'}, KNOWN.__getitem__)
    assert found == (
        '<form method="get"><input type="hidden" name="as_at" value="&quot;">'
        '<input name="plan" value="q"></form><form method="post"></form>'
    )


def test_files_and_the_administration_follow_rules_of_their_own():
    assert known_by("/admin/kpis/measure/") == known_by("/exports/actuals.csv") == frozenset()
    assert known_by("/statements/symbols/") == {"as_at"}
    assert known_by("/measures/") == {"plan", "q", "as_at"}

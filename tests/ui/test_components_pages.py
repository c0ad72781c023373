"""The frame of every page: title, menu by role, footer, and the statements anyone may read."""

import re

import pytest
from django.contrib.auth.models import AnonymousUser
from django.template import Context, Template
from django.template.loader import render_to_string
from django.test import RequestFactory
from django.urls import path
from django.urls.resolvers import URLPattern, URLResolver

from accounts.permissions import Access
from accounts.roles import Role
from accounts.sign_in.forms import SignInForm
from accounts.tries import CLOSED_SECONDS
from kmpt_tracker.ui import context, forms, gallery, views
from strategy.models import TrustName


class Reader:
    is_authenticated = True

    def __str__(self):
        return "Jo Bloggs"


def request_of(*roles, at="/components/"):
    request = RequestFactory().get(at)
    request.user = Reader() if roles else AnonymousUser()
    request.access = Access(roles=frozenset(roles))
    return request


def title_of(html):
    return " ".join(re.search(r"<title>(.*?)</title>", html, re.DOTALL)[1].split())


def page(view, *roles):
    return view(request_of(*roles)).content.decode()


def menu(request):
    return [entry.words for entry in context.navigation(request)["menu"]]


@pytest.fixture
def places(monkeypatch):
    """Addresses of a tracker with only the first page, the measures and the returns."""
    there = {"/", "/measures/", "/returns/", "/exports/"}
    monkeypatch.setattr(context, "_exists", lambda address: address in there)


@pytest.mark.usefixtures("places")
def test_the_menu_shows_only_what_exists_and_the_reader_may_open():
    assert menu(request_of(Role.BOARD_MEMBER)) == ["Strategy on a page", "Measures"]
    assert menu(request_of(Role.CARE_GROUP_LEAD)) == [
        "Strategy on a page",
        "Measures",
        "Monthly return",
    ]
    assert menu(request_of(Role.ANALYST)) == [
        "Strategy on a page",
        "Measures",
        "Monthly return",
        "Exports",
    ]
    assert menu(request_of()) == []


@pytest.mark.usefixtures("places")
def test_the_public_sees_the_dashboards_when_they_are_open():
    request = request_of()
    request.access = Access(is_public=True)
    assert menu(request) == ["Strategy on a page", "Measures"]


@pytest.mark.usefixtures("places")
def test_the_section_of_a_page_is_marked_and_the_first_page_only_itself():
    entries = context.navigation(request_of(Role.ANALYST, at="/measures/bed-occupancy/"))["menu"]
    assert [entry.words for entry in entries if entry.is_current] == ["Measures"]
    assert not any(entry.is_here for entry in entries)


def test_a_page_without_access_shows_no_menu():
    assert context.navigation(RequestFactory().get("/"))["menu"] == []


def test_every_place_of_the_menu_asks_for_a_known_capability():
    for place in context.MENU:
        assert not place.capability or not Access().may(place.capability)


@pytest.mark.parametrize(
    ("view", "title"),
    [
        (views.symbols, "How to read the symbols"),
        (views.accessibility, "Accessibility statement"),
        (views.data_quality, "Data quality"),
    ],
)
def test_a_statement_is_open_to_anyone_and_names_itself(view, title):
    html = page(view)
    assert title_of(html) == f"{title} – Strategy and KPI tracker"
    assert html.count("<h1>") == 1
    assert "Sign out" not in html
    assert view.login_required is False


def test_every_page_leads_to_the_statements_and_to_its_content():
    html = page(views.symbols)
    assert '<a class="nhsuk-skip-link" href="#maincontent">' in html
    assert 'id="maincontent"' in html
    for words in ("How to read the symbols", "Data quality", "Accessibility statement"):
        assert f">{words}</a>" in html
    assert '<html lang="en-GB"' in html
    assert "user-scalable" not in html


def test_the_reader_sees_who_is_signed_in_and_signs_out_by_a_form():
    html = page(views.components, Role.PERFORMANCE_TEAM)
    assert "Jo Bloggs" in html
    assert "Performance team" in html
    assert re.search(r'<form method="post" action="[^"]+sign-out/">', html)


def test_a_page_of_a_past_month_carries_the_name_in_force_then():
    source = "{% include 'components/footer.html' %}"
    name = "Kent and Medway NHS and Social Care Partnership Trust"
    assert f"<p>{name}</p>" in Template(source).render(Context({"trust_name": name}))
    source = "{% extends 'base.html' %}"
    html = Template(source).render(Context({"trust_name": TrustName(name=name, short_name="KM")}))
    assert title_of(html) == "Page – Strategy and KPI tracker – KM"
    assert html.count(name) == 1


def test_the_title_of_a_page_with_mistakes_says_so_and_the_summary_stands_before_the_heading():
    source = (
        "{% extends 'base.html' %}{% block title %}Return{% endblock %}"
        "{% block heading %}<h1>Return</h1>{% endblock %}"
    )
    wrong = gallery.SampleForm({})
    html = Template(source).render(Context({"form": wrong}))
    assert title_of(html).startswith("Error: Return – ")
    assert html.index("There is a problem") < html.index("<h1>")
    assert all(f'href="#{target}"' in html for target, _ in forms.errors_of(wrong) if target)
    untouched = Template(source).render(Context({"form": gallery.SampleForm()}))
    assert title_of(untouched).startswith("Return – ")


def test_the_gallery_shows_every_word_of_the_vocabularies():
    html = page(views.components, Role.ANALYST)
    shown = gallery.context()
    for _, look in [*shown["statuses"], *shown["variations"], *shown["assurances"]]:
        assert look.word in html
        assert look.meaning in html


def test_the_gallery_gives_each_id_once():
    html = page(views.components, Role.ANALYST)
    found = re.findall(r'\sid="([^"]+)"', html)
    assert sorted(found) == sorted(set(found))


def test_a_menu_address_that_leads_nowhere_is_found_out(settings):
    settings.ROOT_URLCONF = (path("measures/", views.symbols),)
    assert context._exists("/measures/")
    assert not context._exists("/cip/")
    assert isinstance(settings.ROOT_URLCONF[0], URLPattern | URLResolver)


def test_the_page_of_a_closed_name_says_how_long():
    html = render_to_string("registration/lockout.html", {"form": SignInForm()})
    assert f"for {CLOSED_SECONDS / 60:g} minutes" in html

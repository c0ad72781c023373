"""While the dashboards are public, everyone reads what may be published and nothing else."""

import csv
import io
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from html import unescape

import pytest
from django.conf import settings as configured
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from accounts.permissions import for_everyone, reads_publicly
from accounts.roles import Role
from board.exports.datasets import DATASETS
from kpis.assessments.store import recompute
from kpis.completion.effects import effects_of
from kpis.models import (
    Actual,
    Annotation,
    Commentary,
    FixedBaseline,
    Measure,
    Rebase,
    ReportingPeriod,
    Series,
    Target,
)
from strategy.models import Action, ActionStatus, CareGroup
from strategy.periods import Month
from tests.accounts.readers import routes, rules
from tests.factories.measures import (
    MeasureFactory,
    RatioFactory,
    ReportingPeriodFactory,
    ReturnFactory,
    SeriesFactory,
    TargetFactory,
    approved,
)
from tests.factories.people import UserFactory, person
from tests.factories.worlds import Place, everywhere
from tests.plugins.kept import kept

# Months with figures, the last of them not locked.
FIRST, LOCKED, OPEN = Month(2025, 3), Month(2025, 8), Month(2025, 9)
NOW = datetime(2025, 10, 3, 9, tzinfo=UTC)
# Figures that occur nowhere else, each of which everyone would have to read to know it.
UNLOCKED, EXACT = 7_351, (8_613, 9_127, 7_786, 8_391, 9_542, 8_868)
SECRETS = (
    "Secretcomment", "Secretcause", "Secretremark", "Secretrebase", "Secretfix", "Secretaction",
    "Counted again", "Secretperson", "secretperson",
)  # fmt: skip


@dataclass
class Published:
    """A trust with a count of people and a share, of which some figures may not be published."""

    place: Place
    count: Measure
    share: Measure


@kept
def published() -> Published:
    place = everywhere()
    acute, older = place.world.acute, place.world.older
    trust = CareGroup.objects.get(level=CareGroup.Level.TRUST)
    plan, who = (
        place.world.plan,
        UserFactory(username="secretperson", first_name="Secretperson", last_name="Secretperson"),
    )
    objective = Target.objects.get(code="strategy-2023-26/1.1.1").objective
    count = MeasureFactory(
        code="restraints", name="Restraints", counts_people=True, roll_up="sum", over_time="sum",
        collection_level="care_group", direction="lower_is_better",
    )  # fmt: skip
    share = RatioFactory(code="followed-up", name="Followed up", counts_people=True)
    for number, measure in enumerate((count, share), start=2):
        TargetFactory(
            code=f"strategy-2023-26/1.1.{number}", measure=measure, plan=plan, objective=objective,
            care_group=trust, position=number, operator="ge" if measure == share else "le",
        )  # fmt: skip
    series = {
        (measure, group): SeriesFactory(measure=measure, care_group=group)
        for measure in (count, share)
        for group in (acute, older)
    }
    for measure in (count, share):
        SeriesFactory(measure=measure, care_group=trust, fed_by="roll_up")
    month = FIRST
    for place_of, number in enumerate((12, 43, 5, 61, 38, 57)):
        month = FIRST.plus(place_of)
        more = {"recorded_by": who, "by": who}
        approved(series[count, acute], month, Decimal(number), **more)
        approved(series[count, older], month, Decimal(EXACT[place_of]), **more)
        top = {"numerator": Decimal(number), "denominator": Decimal(number + 613)}
        approved(series[share, acute], month, **top, **more)
        top = {"numerator": Decimal(1_613), "denominator": Decimal(1_817)}
        approved(series[share, older], month, **top, **more)
    approved(series[count, acute], LOCKED, Decimal(64))
    for group in (acute, older):
        approved(series[count, group], OPEN, Decimal(UNLOCKED), recorded_by=who)
    for month, locked_at in ((LOCKED, NOW - timedelta(days=5)), (OPEN, None)):
        ReportingPeriodFactory(
            month=month, locked_at=locked_at,
            **({"closes_at": NOW + timedelta(days=9), "sign_off_at": NOW + timedelta(days=10),
                "freezes_at": NOW + timedelta(days=11)} if locked_at is None else {}),
        )  # fmt: skip
    ReturnFactory(period=ReportingPeriod.objects.get(starts_on=OPEN.start), care_group=acute)
    one = series[count, acute]
    at = {"recorded_at": NOW, "recorded_by": who}
    for told in (one, Series.objects.get(measure=count, care_group=trust)):
        Commentary.objects.create(
            series=told, period_start=LOCKED.start, period_end=LOCKED.end, written_by=who,
            what_happened="Secretcomment", why="Secretcause", written_at=NOW, approved_at=NOW,
        )  # fmt: skip
        Annotation.objects.create(series=told, on=LOCKED.start, text="Secretremark", **at)
        Rebase.objects.create(
            series=told, starts_on=FIRST.plus(2).start, reason="Secretrebase", **at
        )
        FixedBaseline.objects.create(series=told, points=12, reason="Secretfix", **at)
    ActionStatus.objects.create(
        action=Action.objects.first(), status="on_track", note="Secretaction", known_from=NOW,
        recorded_at=NOW, recorded_by=who,
    )  # fmt: skip
    recompute(stale_only=False, at=NOW)
    return Published(place, count, share)


@pytest.fixture
def open_to_all(published, settings, monkeypatch) -> Published:
    settings.PUBLIC_DASHBOARD = True
    monkeypatch.setattr(timezone, "now", lambda: NOW)
    return published


def public_addresses(found: Published) -> list[str]:
    """Every public page, for both measures and both care groups, in the months that may be read."""
    place, addresses = found.place, []
    for rule in rules():
        if not rule.is_public:
            continue
        for code in ("restraints", "followed-up", "seen-in-time"):
            address = place.address(rule.route, code=code)
            addresses.append(address)
            if rule.route.startswith("/measures/<code>/"):
                addresses += [
                    f"{address}?care_group={group}" for group in ("acute", "older-people")
                ]
                addresses.append(f"{address}?span=all")
        if rule.route in ("/", "/data.csv", "/heatmap/", "/summary/", "/matrix/"):
            addresses += [f"{place.address(rule.route)}?period={LOCKED}"]
            addresses += [f"{place.address(rule.route)}?period={FIRST.plus(2)}"]
        if rule.route in ("/heatmap/", "/summary/", "/matrix/"):
            addresses += [f"{place.address(rule.route)}?care_group=acute"]
    for section in re.findall(
        r"section=([a-z0-9-]+)", Client().get(f"/plans/{place.parts['plan']}/").text
    ):
        addresses.append(f"/plans/{place.parts['plan']}/?section={section}")
    return list(dict.fromkeys(addresses))


def body(response) -> str:
    content = response.getvalue() if response.streaming else response.content
    return content.decode()


def numbers(text: str) -> set[str]:
    """The figures of a page, without thousands separators."""
    return set(re.findall(r"\d+(?:\.\d+)?", text.replace(",", "")))


def test_everyone_reads_nothing_that_may_not_be_published(open_to_all):
    found, client = open_to_all, Client()
    # 12, 43 … are exact counts; of 1,613 and 1,817 and of the exact count of Older everyone
    # reads the rounded ones.
    exact = {*map(str, EXACT), str(UNLOCKED), str(2 * UNLOCKED), "7350", "14700"}
    exact |= {"1613", "1817", "656", "674", "651"}
    for address in public_addresses(found):
        response = client.get(address)
        assert response.status_code == 200, address
        text = body(response)
        assert not [word for word in SECRETS if word in text], address
        assert not numbers(text) & exact, (address, numbers(text) & exact)
        assert "/returns/" not in text or "monthly returns" in text, address
    staff = Client()
    staff.force_login(person(Role.BOARD_MEMBER))
    text = body(staff.get("/measures/restraints/?care_group=older-people"))
    assert numbers(text) & exact
    assert "Secretfix" not in text
    assert "Secretcomment" in body(staff.get("/measures/restraints/?care_group=acute"))


def rows_of(response) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(body(response))))


def test_page_and_file_say_the_same_of_a_suppressed_count(open_to_all):
    client = Client()
    address = "/measures/restraints/"
    text = body(client.get(f"{address}?care_group=acute"))
    assert "Suppressed" in text
    assert "1 to 7 is suppressed" in text
    assert "rounded to the nearest 5" in text
    assert "is suppressed" not in body(client.get("/measures/seen-in-time/"))
    found = {
        row["period_start"]: row
        for row in rows_of(client.get(f"{address}data.csv?care_group=acute"))
    }
    small = found[str(FIRST.plus(2).start)]
    assert (small["rag"], small["value"], small["value_status"]) == ("suppressed", "", "suppressed")
    assert [row["value"] for row in found.values()] == ["65", "40", "60", "", "45", "10"]
    # The trust's count is the sum of what everyone may read, and of that month there is none.
    trust = {row["period_start"]: row for row in rows_of(client.get(f"{address}data.csv"))}
    assert trust[str(FIRST.plus(2).start)]["rag"] == "suppressed"
    assert trust[str(FIRST.start)]["value"] == str(10 + 8615)
    assert str(OPEN.start) not in trust
    assert max(trust) == str(LOCKED.start)


def test_limits_and_colours_follow_from_what_is_published(open_to_all):
    """Nothing in the file of a measure follows from an exact figure: changed ones that round alike
    give the same file."""
    client, address = Client(), "/measures/restraints/data.csv?care_group=older-people"
    before = body(client.get(address))
    older = Series.objects.get(measure=open_to_all.count, care_group__code="older-people")
    approved(older, FIRST, Decimal(EXACT[0] + 1))
    recompute(stale_only=False, at=NOW)
    cache.clear()
    known = re.compile(r"20\d\d-\d\d-\d\dT[^,\n]*")  # when it was known, and assessed
    assert known.sub("", body(client.get(address))) == known.sub("", before)


def test_a_page_kept_for_staff_is_never_everyones(open_to_all, settings):
    settings.KEEPS_PAGES = True
    staff, client = Client(), Client()
    staff.force_login(person(Role.BOARD_MEMBER))
    for address in ("/", "/measures/restraints/?care_group=acute", "/heatmap/", "/summary/"):
        for _ in range(2):
            of_staff, of_all = body(staff.get(address)), body(client.get(address))
            assert not [word for word in SECRETS if word in of_all], address
            assert "Sign in" in of_all, address
            assert "Sign out" not in of_all, address
            assert "Sign out" in of_staff, address
        assert of_staff != of_all
    assert "Secretcomment" in body(staff.get("/measures/restraints/?care_group=acute"))


def test_months_that_are_not_locked_are_not_for_everyone(open_to_all):
    client = Client()
    response = client.get("/", {"period": str(OPEN)})
    assert response.status_code == 400
    assert "not locked yet" in body(response)
    assert f"{LOCKED.full_label}" in body(client.get("/"))
    assert "still open" not in body(client.get("/"))


def test_the_past_as_it_was_known_is_for_those_who_sign_in(open_to_all):
    response = Client().get("/measures/restraints/", {"as_at": "2025-08-01"})
    assert response.status_code == 302
    assert response["Location"].startswith("/accounts/sign-in/")


def test_everything_else_asks_for_sign_in(open_to_all):
    client, place = Client(), open_to_all.place
    closed = [rule for rule in rules() if not rule.is_public and rule.needs != "all"]
    assert {"/search/", "/threads/", "/changes/", "/cip/", "/exports/"} <= {
        rule.route for rule in closed
    }
    for rule in closed:
        if rule.route == "/admin/…":
            continue
        address = place.address(rule.route)
        response = client.get(address)
        # The API is for programs, which are told so instead of led to sign-in.
        statuses = (401, 405) if address.startswith("/api/") else (302, 405)
        assert response.status_code in statuses, address
        assert "accounts/sign-in" in response.get("Location", "accounts/sign-in"), address
    for name in DATASETS:
        assert client.get(f"/exports/{name}.csv").status_code == 302


@pytest.mark.any_database
def test_no_public_page_leads_where_everyone_would_have_to_sign_in(open_to_all):
    client, led = Client(), set()
    for address in public_addresses(open_to_all):
        response = client.get(address)
        if "html" in response["Content-Type"]:
            text = body(response)
            assert 'name="as_at"' not in text, address
            assert "has been corrected" not in text, address
            led |= {(unescape(href), address) for href in re.findall(r'href="(/[^"#]*)', text)}
    asked = {href: address for href, address in led if not href.startswith("/static/")}
    assert len(asked) > 30
    for href, address in asked.items():
        if not href.startswith("/accounts/sign-in/"):
            assert client.get(href).status_code == 200, (href, address)
    staff = Client()
    staff.force_login(person(Role.BOARD_MEMBER))
    page = body(staff.get("/measures/restraints/"))
    assert 'name="as_at"' in page
    assert "All golden threads" in page


def test_nothing_is_public_unless_it_is_switched_on(published, settings):
    settings.PUBLIC_DASHBOARD = False
    client = Client()
    for rule in rules():
        if rule.is_public:
            assert client.get(published.place.address(rule.route)).status_code == 302, rule.route
    assert configured.PUBLIC_SUPPRESS_UP_TO == 7
    assert len(routes()) > 50


def test_someone_signed_in_without_a_role_reads_as_everyone(open_to_all):
    client = Client()
    client.force_login(UserFactory(username="no-role"))
    text = body(client.get("/measures/restraints/?care_group=acute"))
    assert "Suppressed" in text
    assert "Secretcomment" not in text


def test_the_publisher_reads_before_what_everyone_will(open_to_all, client):
    period = ReportingPeriod.objects.get(starts_on=OPEN.start)
    said = " ".join(effects_of(period, at=NOW).sentences)
    assert "The dashboards are public" in said
    assert "2 figures can be read" in said
    assert "Suppressed" not in said
    acute = Series.objects.get(measure=open_to_all.count, care_group__code="acute")
    approved(acute, OPEN, Decimal(3))
    said = " ".join(effects_of(period, at=NOW).sentences)
    assert "1 of them reads “Suppressed”" in said
    assert "Restraints (Acute)" in said
    configured.PUBLIC_DASHBOARD = False
    assert effects_of(period, at=NOW).publication is None


def test_reading_for_everyone_ends_with_the_page(open_to_all):
    assert not reads_publicly()
    with for_everyone():
        assert reads_publicly()
        assert not Commentary.objects.current().exists()
        assert not Actual.objects.current().exists()
    Client().get("/")
    assert not reads_publicly()
    assert Commentary.objects.current().exists()

"""The strategy on a page, a care group, the plans and the exports, as a reader finds them."""

import re
from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.cache import cache
from django.urls import resolve
from django.utils import timezone

from accounts.roles import Role
from board.home.page import strategy_page
from kpis.assessments.clocks import clock_at
from kpis.assessments.store import recompute
from kpis.models import Actual, Series
from strategy.models import TrustName
from strategy.periods import Month
from tests.factories.measures import (
    MeasureFactory,
    SeriesFactory,
    TargetFactory,
    approved,
    rolled_up,
)
from tests.factories.people import person
from tests.factories.plans import CareGroupFactory, NoteFactory, PlanFactory
from tests.factories.worlds import AT

pytestmark = pytest.mark.any_database

BACKEND = "django.contrib.auth.backends.ModelBackend"
JUNE = Month(2025, 6)
# How many links to one page with the same filters are followed.
MOST_ALIKE = 2


@pytest.fixture
def board(client, place):
    client.force_login(person(Role.BOARD_MEMBER), backend=BACKEND)
    return client


def text(response) -> str:
    """The words of the page, without markup."""
    main = response.content.decode().partition("<main")[2]
    return " ".join(re.sub(r"<[^>]*>", " ", main).split())


def test_the_first_page_opens_the_plan_in_its_last_month_with_a_figure(place, board):
    page = text(board.get("/"))
    assert "Month 28 of 36" in page
    assert "1 ambition, 1 objective, 1 promise, followed by 1 target" in page
    assert "96.3%" in page


def test_a_past_moment_opens_the_plan_in_force_then_in_its_last_month_known_then(place, board):
    earlier = PlanFactory(
        code="one-year", starts_on=date(2019, 4, 1), ends_on=date(2020, 3, 31), title="One year"
    )
    TargetFactory(code="one-year/1", measure=place.world.trust.measure, plan=earlier)
    for month in (Month(2019, 4), Month(2019, 5)):
        for series in (place.world.series, place.world.other):
            approved(series, month, numerator=Decimal(3), denominator=Decimal(4))
    recompute(at=AT, stale_only=False)
    assert "Month 26 of 36" in text(board.get("/?as_at=2025-06-25"))
    shown = {
        day: text(board.get(f"/?as_at={day}"))
        for day in ("2019-04-20T12:00", "2019-06-25", "2020-03-31T23:59", "2022-01-01")
    }
    assert all("One year" in page for page in shown.values())
    assert "No figures of this plan yet" in shown["2019-04-20T12:00"]
    for day in ("2019-06-25", "2020-03-31T23:59", "2022-01-01"):
        assert "Month 2 of 12" in shown[day]
        assert ("This plan ended" in shown[day]) == (day == "2022-01-01")
    assert "One year" not in text(board.get("/"))
    standards = "/plans/one-year/?section=standards"
    assert "75.0%" not in text(board.get(f"{standards}&as_at=2019-04-20"))
    assert "75.0%" in text(board.get(f"{standards}&as_at=2019-06-20"))


def test_a_month_without_worries_says_how_much_that_rests_on(place, board):
    page = text(board.get("/"))
    assert "Nothing is off target or overdue" in page
    assert "1 target is rated, on or near target." in page
    page = text(board.get("/?period=2023-04"))
    assert "Nothing can be rated in Apr 2023" in page
    assert "None of 1 target can be rated: 1 has no data." in page


def test_a_plan_that_has_ended_says_what_becomes_of_it(place, board):
    page = text(board.get("/"))
    assert "This plan ended on 31 Mar 2026; its commitments stay in force" in page
    after = text(board.get("/?period=2026-05"))
    assert "May 2026, after the plan’s end" in after
    before = text(board.get("/?period=2023-03"))
    assert "Mar 2023, before the plan’s start" in before
    assert "Month 0" not in before


def test_a_plan_that_none_has_followed_opens_at_what_was_reported_since(place, board):
    for series in (place.world.series, place.world.other):
        approved(series, Month(2026, 8), numerator=Decimal(49), denominator=Decimal(50))
    recompute(at=timezone.now(), stale_only=False)
    page = board.get("/")
    assert "Aug 2026, after the plan’s end" in text(page)
    assert "98.0%" in text(page)
    offered = re.findall(r'<option value="(\d{4}-\d\d)"', page.content.decode())
    assert (offered[0], offered[-1], len(offered)) == ("2026-08", "2023-04", 41)
    assert "Aug 2026" in text(board.get(f"/plans/{place.world.plan.code}/"))

    then = text(board.get("/?as_at=2026-05-01"))
    assert "Month 28 of 36" in then

    PlanFactory(code="next", starts_on=date(2026, 4, 1), ends_on=date(2029, 3, 31))
    assert "Month 28 of 36" in text(board.get(f"/?plan={place.world.plan.code}"))


def test_the_name_of_the_trust_is_that_of_the_month(place, board):
    change = JUNE.start
    TrustName.objects.create(name="The old trust", valid_to=change)
    TrustName.objects.create(name="The new trust", valid_from=change)
    assert "The old trust" in board.get("/?period=2025-05").content.decode()
    assert "The new trust" in board.get("/?period=2025-07").content.decode()


def test_a_promise_of_the_plan_as_a_whole_is_counted_and_stands_last(place, board):
    target = TargetFactory(
        code="the-plan/plan.1",
        plan=place.world.plan,
        measure=place.world.trust.measure,
        statement="At least 99 in all",
        value=99,
    )
    recompute(at=AT, stale_only=False)

    page = strategy_page(place.world.plan, Month(2025, 5), clock_at(AT))

    assert [row.target for row in page.alone] == [target]
    assert page.counts.total == len(page.rows) == 2
    words = text(board.get("/?period=2025-05"))
    assert "1 objective, 2 promises" in words
    assert words.rindex("The plan as a whole") > words.rindex("Timely")


def test_counts_and_what_has_moved_are_told(place, board):
    page = text(board.get("/?period=2025-05"))
    assert "Better (1)" in page
    assert "Apr 2025 to May 2025" in page
    gone = text(board.get("/?period=2025-06"))
    assert "Lost its data (1)" in gone
    page = strategy_page(place.world.plan, JUNE, clock_at(AT))
    assert (page.counts.no_data, page.counts_before.on_target) == (1, 1)
    assert [row.name for row in page.changed("lost")] == ["Seen"]


def test_every_move_between_the_counted_groups_is_told(place, board):
    """The status goes from on target to incomplete and back; then a figure is incomplete again."""
    for series in (place.world.series, place.world.other):
        approved(series, Month(2025, 9), numerator=Decimal(49), denominator=Decimal(50))
    for month in (Month(2025, 8), Month(2025, 11)):
        approved(place.world.other, month, numerator=Decimal(49), denominator=Decimal(50))
    recompute(at=timezone.now(), stale_only=False)
    said = {
        "2025-08": "No longer rated (1)",
        "2025-09": "Now rated (1)",
        "2025-10": "Lost its data (1)",
        "2025-11": "Otherwise changed (1)",
        "2025-12": "Lost its data (1)",
        "2026-01": "No status has changed since Dec 2025.",
    }
    for month, words in said.items():
        page = text(board.get(f"/?period={month}"))
        assert words in page, month
        assert page.count("No status has changed") == (month == "2026-01")
    assert "0 better, 0 worse, 1 no longer rated" in text(board.get("/?period=2025-08"))


def test_what_is_due_and_was_never_reported_is_counted_beside_the_list(place, board):
    """Measures without a figure cannot be ranked; their number is given instead."""
    objective = place.world.plan.objectives.get()
    for position, code in enumerate(("first", "second"), start=2):
        series = SeriesFactory(
            measure=MeasureFactory(code=code, name=code.title()),
            care_group=place.world.trust.care_group,
        )
        TargetFactory(
            plan=place.world.plan,
            objective=objective,
            measure=series.measure,
            position=position,
            care_group=series.care_group,
        )
        page = text(board.get("/?period=2025-05"))
        assert "Nothing that can be rated is off target or overdue" in page
        assert f"That rests on 1 of {position} targets, on or near target." in page
        said = {
            2: "1 measure is due and has no figure of its own frequency yet: First .",
            3: "2 measures are due and have no figure of their own frequency yet: First , Second .",
        }
        assert said[position] in page


def test_a_first_figure_that_not_everyone_has_reported_draws_no_trend(place, board):
    """Next to 94.0%, "No data collected yet" was untrue."""
    first, last = CareGroupFactory(code="east"), CareGroupFactory(code="west")
    measure, _, (east, _) = rolled_up(first, last, code="newcomer", name="Newcomer")
    TargetFactory(
        plan=place.world.plan,
        objective=place.world.plan.objectives.get(),
        measure=measure,
        position=2,
        care_group=place.world.trust.care_group,
    )
    approved(east, Month(2025, 5), numerator=Decimal(47), denominator=Decimal(50))
    recompute(at=AT, stale_only=False)
    page = text(board.get("/?period=2025-05"))
    assert "Newcomer 94.0%" in page
    assert "1 of 2 groups" in page
    assert "No data collected" not in page
    assert "1 figure, whole trust" in board.get("/measures/newcomer/").content.decode()


def test_what_nobody_counts_yet_and_what_is_not_moved_keep_their_place(place, board):
    objective = place.world.plan.objectives.get()
    TargetFactory(
        plan=place.world.plan,
        objective=objective,
        measure=None,
        position=2,
        part="",
        statement="Be kind",
        operator="",
        value_is="",
        value=None,
    )
    cache.clear()
    page = text(board.get("/?period=2025-07"))
    assert "Be kind" in page
    assert "Nothing that can be rated is off target or overdue" in page
    assert "1 cannot be rated: 1 has no measure." in page


def test_a_figure_on_its_way_is_said_to_be(place, board):
    Series.objects.filter(pk=place.world.trust.pk).update(assessed_version=0)
    page = board.get("/").content.decode()
    assert "1 measure is being recalculated" in page
    assert "1 is being recalculated" in text(board.get("/")), "a good rating is not counted as one"
    assert "Nothing can be rated in Jul 2025" in text(board.get("/"))
    assert "being recalculated" in board.get("/measures/seen-in-time/").content.decode()
    recompute(stale_only=True, at=timezone.now())
    assert "being recalculated" not in board.get("/").content.decode()
    assert "1 target is rated, on or near target." in text(board.get("/"))


def test_what_is_made_up_is_marked_on_every_page_that_shows_it(place, board):
    pages = (
        "/?period=2025-08",
        "/measures/",
        "/measures/seen-in-time/",
        "/care-groups/acute/",
        "/plans/strategy-2023-26/?period=2025-08",
    )
    for page in pages:
        assert "Illustrative data" not in board.get(page).content.decode(), page
    august = Month(2025, 8)
    for series in (place.world.series, place.world.other):
        approved(series, august, numerator=40, denominator=50, origin="illustrative")
    recompute(stale_only=False, at=timezone.now())
    cache.clear()  # the factory leaves no audit row, which would give the page a new stamp
    for page in pages:
        assert "llustrative" in board.get(page).content.decode(), page


def test_a_plan_without_promises_and_a_tracker_without_plans_say_what_to_do(db, client):
    client.force_login(person(Role.BOARD_MEMBER), backend=BACKEND)
    empty = text(client.get("/"))
    assert "No plan yet" in empty
    assert "A plan has to be adopted before its promises can be followed" in empty
    assert "No plans yet" in client.get("/plans/").content.decode()
    assert "No measures match" in client.get("/measures/?q=nothing").content.decode()
    assert "No savings programme yet" in client.get("/cip/").content.decode()
    assert "No threads yet" in client.get("/threads/").content.decode()
    PlanFactory(code="new", ends_on=timezone.localdate() + timedelta(days=400))
    assert "This plan has no promises to follow yet" in client.get("/").content.decode()


def test_a_care_group_shows_what_it_reports_and_its_savings(place, board):
    page = text(board.get("/care-groups/acute/"))
    assert "Seen" in page
    assert "96.0%" in page
    assert "Share of the savings programmes" in page
    assert "11.0%" not in page  # waits for approval
    trust = text(board.get("/care-groups/trust/"))
    assert "96.3%" in trust
    assert "Savings" not in trust


def test_a_care_group_is_shown_as_it_was_known(place, board):
    page = text(board.get("/care-groups/acute/?as_at=2025-06-30"))
    assert "92.0%" in page
    assert "94.0%" not in page


def test_a_plan_is_read_in_its_own_words(place, board):
    NoteFactory(text="Two readings of this").links.create(
        object_type="objective", object_key="strategy-2023-26/1.1"
    )
    plan = text(board.get("/plans/strategy-2023-26/?period=2025-07"))
    assert "Mission “-Care” page 1" in plan
    part = text(board.get("/plans/strategy-2023-26/?section=grouping-1"))
    assert "Two readings of this" in part
    assert "page 3" in text(board.get("/plans/strategy-2023-26/objectives/1.1/"))
    objective = text(board.get("/plans/strategy-2023-26/objectives/1.1/?period=2025-07"))
    for words in (
        "“At least 95”",
        "Seen, in “time” at last",
        "We will open a clinic",
        "No status recorded",
        "96.3%",
        "Two readings of this",
    ):
        assert words in objective, words
    assert "Read the plan" in text(board.get("/plans/"))


def test_a_savings_programme_shows_its_table_beside_the_sum(place, board):
    page = text(board.get("/cip/2019-20/"))
    assert "Total, as printed" in page
    assert "Sum of the rows" in page
    assert "Open the programme" in text(board.get("/cip/"))


def test_the_register_is_searched_by_words_and_plan(place, board):
    PlanFactory(code="other")
    assert "1 measure, the trust’s latest standing" in text(board.get("/measures/?q=sEEn"))
    assert "No measures match" in text(board.get("/measures/?q=beds"))
    assert "1 measure" in text(board.get("/measures/?plan=strategy-2023-26"))
    assert "No measures match" in text(board.get("/measures/?plan=other"))


def test_the_links_of_the_exports_carry_what_was_chosen(place, client):
    client.force_login(place.world.analyst, backend=BACKEND)
    page = client.get("/exports/?measure=seen-in-time&from=2025-05&plan=").content.decode()
    assert 'href="/exports/actuals.csv?measure=seen-in-time&amp;from=2025-05&amp;bom=1"' in page
    assert 'href="/exports/actuals.jsonl?measure=seen-in-time&amp;from=2025-05"' in page
    assert 'href="/exports/plans.csv?bom=1"' in page
    assert "measure seen-in-time, from 2025-05" in page
    for address in set(re.findall(r'href="(/exports/[^"]+)"', page)):
        response = client.get(address.replace("&amp;", "&"))
        assert response.status_code == 200, address
        if response.streaming:
            response.getvalue()
    wrong = client.get("/exports/?from=May")
    assert wrong.status_code == 400
    assert re.search(r"<title>\s*Error: ", wrong.content.decode())


def test_every_link_of_every_page_leads_somewhere(place, client):
    """Follow every kind of link from the first page, as a reader with every role."""
    client.force_login(person(*Role, leads=place.world.acute), backend=BACKEND)
    waiting, seen, kinds = ["/"], {"/"}, Counter()
    while waiting:
        at = waiting.pop()
        response = client.get(at)
        assert response.status_code == 200, at
        if response.streaming:
            response.getvalue()
            continue
        if not response["Content-Type"].startswith("text/html"):
            continue
        for link in re.findall(r'<a [^>]*href="([^"#]*)', response.content.decode()):
            there = link.replace("&amp;", "&")
            there = at.partition("?")[0] + there if there.startswith("?") else there
            is_ours = there.startswith("/") and not there.startswith("/admin/")
            if not is_ours or there in seen:
                continue
            seen.add(there)
            page = urlsplit(there)
            kind = (resolve(page.path).route, *sorted(parse_qs(page.query)))
            kinds[kind] += 1
            if kinds[kind] <= MOST_ALIKE:
                waiting.append(there)
    assert len(kinds) > 30
    assert not Actual.objects.filter(recorded_at__gt=AT + timedelta(days=1)).exists()

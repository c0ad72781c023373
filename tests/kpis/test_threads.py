"""Golden threads: one measure through the plans, and what is only related to it."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kpis.assessments.store import recompute
from kpis.models import MeasureLink
from kpis.plans.movement import Movement
from kpis.plans.threads import all_threads, threads
from strategy.models import Plan
from strategy.periods import Month
from tests.factories.measures import MeasureFactory, SeriesFactory, TargetFactory, approved
from tests.factories.people import performance_team
from tests.factories.plans import AmbitionFactory, CareGroupFactory, ObjectiveFactory, PlanFactory
from tests.factories.rows import MOMENT

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture
def plans():
    return [
        PlanFactory(
            code=f"plan-{year}",
            title=f"The plan of {year}",
            starts_on=date(year, 4, 1),
            ends_on=date(year + 2, 3, 31),
        )
        for year in (2017, 2019, 2023)
    ]


@pytest.fixture
def sickness():
    return MeasureFactory(
        code="sickness", name="Sickness", unit="percent", decimals=1, direction="lower_is_better"
    )


def promise(measure, plan, value: str | None, **fields):
    objective = ObjectiveFactory(ambition=AmbitionFactory(plan=plan))
    number = None if value is None else Decimal(value)
    terms = (
        {"operator": "le", "value_is": "absolute"} if value else {"operator": "", "value_is": ""}
    )
    return TargetFactory(
        measure=measure, plan=plan, objective=objective, value=number, **{**terms, **fields}
    )


def movements(measure) -> list[tuple[str, str]]:
    (thread,) = all_threads(measure=measure.code)
    return [(station.plan.code, station.movement.value) for station in thread.stations]


def test_a_promise_is_followed_from_plan_to_plan(plans, sickness):
    for plan, value in zip(plans, ("4", "4.3", "3.5"), strict=True):
        promise(sickness, plan, value)
    assert movements(sickness) == [
        ("plan-2017", "new"),
        ("plan-2019", "loosened"),
        ("plan-2023", "tightened"),
    ]


def test_a_plan_that_says_nothing_has_dropped_it_and_a_later_one_is_held_against_the_last(
    plans, sickness
):
    promise(sickness, plans[0], "4")
    promise(sickness, plans[2], "4")
    assert movements(sickness) == [
        ("plan-2017", "new"),
        ("plan-2019", "dropped"),
        ("plan-2023", "same"),
    ]


def test_only_a_commitment_is_carried_forward(plans, sickness):
    promise(sickness, plans[0], "4")
    for code, role in (("waits", "national_standard"), ("falls", "interim")):
        measure = MeasureFactory(code=code, direction="lower_is_better")
        promise(measure, plans[0], "18", role=role)
    said = {row.measure.code: row.stations[-1].words for row in all_threads()}
    assert said == {
        "sickness": "Dropped: carried forward",
        "waits": "Dropped: the standard holds",
        "falls": "Dropped",
    }


def test_a_standard_that_a_plan_reports_does_not_loosen_the_commitment_before_it(plans, sickness):
    """The commitment stays in force, and the next commitment is compared with it; two standards are
    compared as any two targets.
    """
    promise(sickness, plans[0], "4")
    promise(sickness, plans[1], "5", role="national_standard")
    promise(sickness, plans[2], "4.5")
    assert [how for _, how in movements(sickness)] == ["new", "changed_in_kind", "loosened"]
    waits = MeasureFactory(code="waits", direction="lower_is_better")
    promise(waits, plans[0], "18", role="national_standard")
    promise(waits, plans[1], "12", role="national_standard")
    assert [how for _, how in movements(waits)][:2] == ["new", "tightened"]


def test_no_page_of_a_past_day_names_a_plan_that_was_not_known_then(plans, sickness, client):
    for plan in plans:
        Plan.objects.filter(pk=plan.pk).update(published_on=plan.starts_on)
    promise(sickness, plans[0], "4")
    client.force_login(performance_team(), backend=BACKEND)
    address = f"{sickness.get_absolute_url()}?as_at=2018-06-30"
    for page in (client.get(at).content.decode() for at in (address, "/threads/?as_at=2018-06-30")):
        assert "The plan of 2017" in page
        assert "The plan of 2019" not in page
        assert "Dropped" not in page


def test_what_two_later_plans_leave_out_is_dropped_once(plans, sickness):
    promise(sickness, plans[0], "4")
    assert movements(sickness) == [("plan-2017", "new"), ("plan-2019", "dropped")]


def test_a_promise_for_a_part_of_the_trust_is_not_held_against_one_for_all(plans, sickness):
    promise(sickness, plans[0], "3.9", care_group=CareGroupFactory(code="community"))
    promise(sickness, plans[1], "4.3")
    assert movements(sickness)[1] == ("plan-2019", "changed_in_kind")


def test_the_commitment_with_a_number_is_the_one_compared(plans, sickness):
    promise(sickness, plans[0], "4")
    promise(sickness, plans[1], "9", role="national_standard")
    promise(sickness, plans[1], None, change="down")
    wanted = promise(sickness, plans[1], "3")
    (thread,) = all_threads(measure="sickness")
    assert thread.stations[1].compared == wanted
    assert thread.stations[1].movement is Movement.TIGHTENED
    assert len(thread.stations[1].targets) == 3


def test_of_several_numbers_the_one_due_last_is_compared(plans, sickness):
    promise(sickness, plans[0], "3", due_on=date(2018, 3, 31), position=1)
    promise(sickness, plans[0], "5", due_on=plans[0].ends_on, position=2)
    promise(sickness, plans[1], "4")
    assert movements(sickness)[:2] == [("plan-2017", "new"), ("plan-2019", "tightened")]


def test_a_promise_without_a_date_is_due_when_its_plan_ends(plans, sickness):
    promise(sickness, plans[0], "3", due_on=date(2018, 3, 31), position=1)
    promise(sickness, plans[0], "5", due_on=None, position=2)
    promise(sickness, plans[1], "4")
    assert movements(sickness)[:2] == [("plan-2017", "new"), ("plan-2019", "tightened")]


def test_a_cited_plan_takes_nothing_up_and_drops_nothing(plans, sickness):
    PlanFactory(cited=True, starts_on=date(2018, 4, 1), ends_on=date(2020, 3, 31))
    promise(sickness, plans[0], "4")
    promise(sickness, plans[1], "4")
    assert [how for _, how in movements(sickness)] == ["new", "same", "dropped"]


def test_related_measures_stand_apart(plans, sickness, client):
    other = MeasureFactory(code="days-lost", name="Days lost")
    promise(sickness, plans[0], "4")
    promise(other, plans[1], "9")
    MeasureLink.objects.create(
        from_measure=sickness, to_measure=other, note="Counted in days, not as a share"
    )
    page = threads()
    assert page.shared == ()
    assert [thread.measure.code for thread in page.single] == ["days-lost", "sickness"]
    assert movements(sickness) == [("plan-2017", "new"), ("plan-2019", "dropped")]
    SeriesFactory(measure=sickness)
    client.force_login(performance_team(), backend=BACKEND)
    for address in ("/threads/", "/measures/sickness/"):
        html = client.get(address).content.decode()
        assert "Counted in days, not as a share" in html
        assert "related, defined differently" in html.casefold()


def test_the_page_says_what_each_plan_asks_for_in_a_chain_and_folds_the_words(
    plans, sickness, client
):
    for plan, value in zip(plans, ("4", "4.3", "3.5"), strict=True):
        promise(sickness, plan, value)
    promise(MeasureFactory(name="Beds"), plans[0], "9")
    client.force_login(performance_team(), backend=BACKEND)
    html = client.get("/threads/").content.decode()
    assert "1 family of promises in several plans, 1 in one plan alone" in html
    chain = html.partition("kt-chain")[2].partition("</ol>")[0]
    assert re.findall("<b>([^<]*)</b>", chain) == ["≤ 4%", "≤ 4.3%", "≤ 3.5%"]
    folded = html.partition("Every promise as published")[2].partition("</details>")[0]
    for words in ("Loosened", "Tightened", "The plan of 2017"):
        assert words in folded, words
    assert html.index("Sickness") < html.index("1 promised in this plan alone") < html.index("Beds")


def test_real_figures_stand_beneath_and_made_up_ones_do_not(plans, sickness, client):
    promise(sickness, plans[0], "4")
    promise(sickness, plans[1], "4.3")
    series = SeriesFactory(measure=sickness, fed_by="published")
    for month, value in (
        (Month(2018, 4), "4.25"),
        (Month(2018, 7), "5.0"),
        (Month(2019, 1), "4.5"),
    ):
        approved(series, month, Decimal(value), origin="published")
    made_up = MeasureFactory(code="made-up", name="Made up")
    promise(made_up, plans[0], "4")
    promise(made_up, plans[1], "5")
    approved(SeriesFactory(measure=made_up), Month(2018, 4), 4, origin="illustrative")
    recompute(stale_only=False, at=MOMENT)
    client.force_login(performance_team(), backend=BACKEND)
    html = " ".join(client.get("/threads/").text.split())
    assert (
        "3 months with a figure, Apr 2018 to Jan 2019: from 4.3% to 4.5%, between 4.3% and 5.0%."
        in html
    )
    assert html.count('class="kt-spark kt-mini"') == 1
    assert html.count("No figure is published or reported for the trust yet.") == 1
    then = " ".join(client.get("/threads/?as_at=2010-01-01").text.split())
    assert "with a figure" not in then


def test_what_care_groups_add_up_to_stands_beneath_at_every_past_moment_too(plans, client):
    falls = MeasureFactory(
        code="falls", direction="lower_is_better", collection_level="care_group", roll_up="sum"
    )
    promise(falls, plans[0], "4")
    promise(falls, plans[1], "5")
    SeriesFactory(measure=falls, fed_by="roll_up")
    for code in ("one", "two"):
        series = SeriesFactory(measure=falls, care_group=CareGroupFactory(code=code))
        approved(series, Month(2018, 4), 2, known_from=datetime(2019, 6, 3, tzinfo=UTC))
        if code == "one":  # the other has not reported: the sum is not complete
            approved(series, Month(2018, 5), 3, known_from=datetime(2019, 6, 4, tzinfo=UTC))
    recompute(stale_only=False, at=MOMENT)
    client.force_login(performance_team(), backend=BACKEND)
    shown = "one figure, 4 in Apr 2018."
    for asked, is_known in (("", True), ("?as_at=2019-07-01", True), ("?as_at=2019-05-01", False)):
        html = " ".join(client.get(f"/threads/{asked}").text.split())
        assert (shown in html) is is_known, asked
        assert ("No figure is published or reported for the trust yet." in html) is not is_known


def test_words_find_threads_by_name_and_by_promise_and_the_file_has_the_same(
    plans, sickness, client
):
    beds = MeasureFactory(code="beds", name="Beds")
    for measure in (sickness, beds):
        promise(measure, plans[0], "4")
        promise(measure, plans[1], "5")
    promise(MeasureFactory(code="alone", name="Sickness alone"), plans[0], "9")
    client.force_login(performance_team(), backend=BACKEND)

    def listed(query: str) -> tuple[list[str], set[str]]:
        html = client.get(f"/threads/{query}").text
        rows = client.get(f"/threads/data.csv{query}").getvalue().decode().splitlines()[1:]
        return re.findall(r'id="family-([^"]*)"', html), {row.split(",")[0] for row in rows}

    assert listed("") == (["beds", "sickness"], {"beds", "sickness", "alone"})
    assert listed("?q=SICKNESS") == (["sickness"], {"sickness", "alone"})
    assert listed("?q=sickness+alone") == ([], {"alone"})
    assert listed("?q=nothing+like+it") == ([], set())
    assert "No threads match" in client.get("/threads/?q=nothing+like+it").text
    assert client.get(f"/threads/?q={'x' * 201}").status_code == 400


def test_the_measure_page_says_what_became_of_its_promise(plans, sickness, client):
    promise(sickness, plans[0], "4")
    promise(sickness, plans[1], "4.3")
    SeriesFactory(measure=sickness)
    client.force_login(performance_team(), backend=BACKEND)
    html = client.get("/measures/sickness/").content.decode()
    thread = html[html.index("kt-thread") :]
    assert thread.index("New") < thread.index("Loosened") < thread.index("Dropped")


def test_the_page_takes_as_many_queries_for_twenty_threads_as_for_two(plans, client):
    client.force_login(performance_team(), backend=BACKEND)
    counts = []
    for more in (2, 18):
        for _ in range(more):
            measure = MeasureFactory()
            promise(measure, plans[0], "4")
            promise(measure, plans[1], "5")
        client.get("/threads/")
        with CaptureQueriesContext(connection) as queries:
            assert client.get("/threads/").status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]

"""The strategy 2016–20, known only from the nine objectives that the 2019/20 plan cites."""

from datetime import date

from strategy.fixtures.quotes import normalise
from tests.fixtures_data.proof import PlanFixture, digest, not_quoted, texts_at_hand

STRATEGY = PlanFixture("strategy-2016-20")
PLAN = STRATEGY.content
TITLES = [row["title"] for row in STRATEGY.objectives.values()]


def test_it_is_cited_with_dates_inferred_from_its_name():
    plan = PLAN["plan"]
    assert plan["cited"] is True
    assert plan["source"] == "operational-plan-2019-20"
    assert (plan["starts_on"], plan["ends_on"]) == (date(2016, 4, 1), date(2020, 3, 31))
    assert plan["dates_note"].startswith("Inferred from the name alone")
    assert plan["published_on"] is None


def test_its_nine_objectives_are_quoted_in_the_order_of_the_plan_that_cites_them():
    assert len(TITLES) == 9
    assert not_quoted(STRATEGY.path) == []
    cited = "The strategic objectives of our 2016-20 strategy are to: " + " ".join(TITLES)
    assert digest(cited) == "d647486fae6e33b6"
    assert cited in normalise(texts_at_hand().get("operational-plan-2019-20", cited))


def test_the_web_page_cites_the_same_nine():
    page = normalise(texts_at_hand().get("operational-plan-2019-20-summary-page", " ".join(TITLES)))
    assert [title for title in TITLES if title not in page] == []


def test_nothing_else_is_known_of_it():
    assert PLAN.keys() == {"plan", "ambitions"}
    for objective in STRATEGY.objectives.values():
        assert objective.keys() == {"reference", "title", "section"}

"""A question that is written once is answered as the query set itself would answer it."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from threading import Thread

import pytest
from django.db import connections
from django.db.models import Exists, F, OuterRef

from accounts.permissions import for_everyone, reads_publicly
from kmpt_tracker.questions import Question, written_once
from kpis.models import Actual, Measure, Series
from strategy.models import Plan
from strategy.periods import Month
from tests.factories.measures import MeasureFactory, approved, rolled_up
from tests.factories.plans import CareGroupFactory, PlanFactory, TrustFactory
from tests.plugins.kept import kept

EARLY, LATE = date(2017, 4, 1), date(2023, 4, 1)
ADOPTED = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)  # an hour that London's clocks leave out


def shown(rows) -> list:
    """Rows with all that was read of them, related rows and annotations included."""
    return [
        {name: str(value) for name, value in vars(row).items() if name != "_state"}
        | {name: shown([other]) for name, other in row._state.fields_cache.items() if other}
        if hasattr(row, "_state")
        else row
        for row in rows
    ]


def same(question: Question, *values, **words) -> list:
    """What is answered, the first time and again: what the plain query set holds."""
    plain = shown(question.write(*values, **words))
    assert shown(question(*values, **words)) == plain
    found = question(*values, **words)
    assert shown(found) == plain
    return found


@written_once
def plans(codes, since, moment, cited):
    rows = Plan.objects.order_by("code").select_related("source_document")
    asked = {"code__in": codes, "starts_on__gte": since, "adopted_at__lte": moment, "cited": cited}
    rows = rows.filter(**{name: value for name, value in asked.items() if value is not None})
    return rows.annotate(has_more=Exists(Plan.objects.filter(code__gt=OuterRef("code"))))


@kept
def three_plans() -> None:
    PlanFactory(code="first", starts_on=EARLY, adopted_at=ADOPTED)
    PlanFactory(code="second", starts_on=LATE, adopted_at=ADOPTED + timedelta(seconds=1))
    PlanFactory(code="third", starts_on=LATE, cited=True)


@pytest.mark.parametrize(
    ("values", "codes"),
    [
        ((None, None, None, None), ["first", "second", "third"]),
        ((["first", "third"], None, None, None), ["first", "third"]),
        (({"third"}, None, None, None), ["third"]),
        ((("first", "second", "none"), None, None, None), ["first", "second"]),
        (([], None, None, None), []),
        ((None, LATE, None, None), ["second", "third"]),
        ((None, EARLY, ADOPTED, None), ["first"]),
        ((None, EARLY, ADOPTED + timedelta(seconds=1), False), ["first", "second"]),
        ((None, None, None, True), ["third"]),
        ((["50% s", "'; --"], None, None, None), []),
    ],
)
def test_rows_are_those_of_the_query_set(three_plans, values, codes):
    assert [row.code for row in same(plans, *values)] == codes


def test_one_question_for_any_number_of_values(three_plans):
    asked = written_once(plans.write)
    for several in (["first"], ["first", "second"], [f"plan-{n}" for n in range(40)]):
        asked(several, None, None, None)
    assert len(asked.written) == 1
    asked(several, LATE, None, None)
    assert len(asked.written) == 2


@written_once
def words_of(plan, *, columns, is_flat):
    return Plan.objects.filter(code=plan).values_list(*columns, flat=is_flat)


def test_keywords_belong_to_the_words_of_the_question(three_plans):
    assert same(words_of, "first", columns=("code",), is_flat=True) == ["first"]
    both = same(words_of, "second", columns=("starts_on", "adopted_at"), is_flat=False)
    assert both == [(LATE, ADOPTED + timedelta(seconds=1))]
    assert len(words_of.written) == 2


@written_once
def figures(series, least):
    rows = Actual.objects.filter(series__in=series, period_end__gte=least)
    return rows.order_by("pk").values("series", "value", "period_end", twice=F("value") * 2)


@kept
def figures_of_a_trust() -> Series:
    _, _, (series,) = rolled_up(CareGroupFactory(code="acute"), code="seen")
    for month, value in ((3, "1.5"), (4, "-2")):
        approved(series, Month(2026, month), value)
    return series


def test_columns_keep_their_kinds(figures_of_a_trust):
    series = figures_of_a_trust
    found = same(figures, [series.pk], date(2026, 3, 31))
    assert [row["value"] for row in found] == [Decimal("1.5"), Decimal(-2)]
    assert [row["twice"] for row in found] == [Decimal(3), Decimal(-4)]
    assert same(figures, [series.pk], date(2026, 4, 1))[0]["period_end"] == date(2026, 4, 30)


@written_once
def open_figures(series):
    rows = Actual.objects.filter(series=series)
    return rows.none() if reads_publicly() else rows


def test_what_everyone_reads_is_another_question(figures_of_a_trust):
    series = figures_of_a_trust
    with for_everyone():
        assert open_figures(series.pk) == []
    assert len(open_figures(series.pk)) == 2
    with for_everyone():
        assert open_figures(series.pk) == []


def test_each_answer_is_its_own(three_plans):
    first, again = plans(["first"], None, None, None), plans(["first"], None, None, None)
    first[0].title = "Typed over"
    assert again[0].title != "Typed over"
    assert plans(["first"], None, None, None)[0].title != "Typed over"


def test_what_is_read_ahead_is_refused(three_plans):
    ahead = written_once(lambda code: Plan.objects.filter(code=code).prefetch_related("ambitions"))
    with pytest.raises(TypeError, match="second question"):
        ahead("first")


def test_a_percent_sign_of_its_own_is_no_place_for_a_value(three_plans):
    Plan.objects.filter(code="second").update(title="Ends in s")
    asked = written_once(
        lambda code: Plan.objects.extra(where=["title LIKE '%%s'"]).filter(code=code)
    )
    assert [row.code for row in same(asked, "second")] == ["second"]
    assert same(asked, "first") == []


def test_a_kind_of_value_that_no_question_takes_is_refused(three_plans):
    with pytest.raises(KeyError):
        plans(None, None, None, Decimal(1))


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_it_is_asked_in_any_thread():
    TrustFactory()
    MeasureFactory(code="first")
    asked = written_once(lambda code: Measure.objects.filter(code=code))
    assert [row.code for row in asked("first")] == ["first"]
    found = []

    def ask() -> None:
        found.extend(asked("first"))
        connections.close_all()

    threads = [Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [row.code for row in found] == ["first"] * 4

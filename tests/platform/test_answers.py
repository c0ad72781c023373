"""An answer that is kept is the one that the database would give now."""

from datetime import date
from threading import Thread

import pytest
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts import audit
from accounts.roles import Role
from kmpt_tracker.answers import ANSWERS, Answers, forget, kept_under
from kmpt_tracker.questions import answered_once
from kpis.asked.stamps import stamps
from kpis.models import Measure, Return, Series
from strategy.models import Plan, SourceDocument
from strategy.periods import Month
from tests.factories.measures import ReturnFactory, TargetFactory, approved, rolled_up
from tests.factories.people import person
from tests.factories.plans import CareGroupFactory, PlanFactory, TrustFactory
from tests.plugins.kept import kept

BACKEND = "django.contrib.auth.backends.ModelBackend"


@answered_once
def plans(codes):
    return Plan.objects.filter(code__in=codes).select_related("source_document").order_by("code")


@answered_once
def titles(code):
    return Plan.objects.filter(code=code).values_list("title", flat=True)


@pytest.fixture
def while_read(db):
    """Answers are kept, as while a page is read."""
    forget()
    with kept_under(lambda: stamps().settled):
        yield
    forget()


@kept
def two_plans() -> None:
    PlanFactory(code="first", title="First")
    PlanFactory(code="second", title="Second")


def queries_of(ask) -> tuple:
    """The answer, and how often the database was asked for it, but for the stamp."""
    with CaptureQueriesContext(connection) as asked:
        found = ask()
    return found, sum("accounts_auditevent" not in query["sql"] for query in asked)


def test_what_was_answered_is_not_asked_again(two_plans, while_read):
    assert [queries_of(lambda: list(titles("first"))) for _ in range(3)] == [
        (["First"], 1), (["First"], 0), (["First"], 0)
    ]  # fmt: skip
    assert queries_of(lambda: list(titles("second"))) == (["Second"], 1)
    found, count = queries_of(lambda: plans(["second", "first"]))
    assert [row.code for row in found] == ["first", "second"]
    assert count == 1
    found, count = queries_of(lambda: plans({"first", "second"}))
    assert [row.code for row in found] == ["first", "second"]
    assert count == 0, "of one collection in another order"


def test_nothing_is_kept_outside_a_page(two_plans):
    assert [queries_of(lambda: list(titles("first")))[1] for _ in range(2)] == [1, 1]


WRITES = {
    "saved": lambda: Plan.objects.get(code="first").save(),
    "updated": lambda: Plan.objects.filter(code="first").update(title="First"),
    "added": lambda: PlanFactory(code="third"),
    "deleted": lambda: Plan.objects.filter(code="second").delete(),
    "added at once": lambda: Plan.objects.bulk_create(
        [PlanFactory.build(code="third", source_document=SourceDocument.objects.first())]
    ),
    "updated at once": lambda: Plan.objects.bulk_update(Plan.objects.all(), ["title"]),
    "a row that is read with it": lambda: SourceDocument.objects.update(file="annex.pdf"),
}


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_it_is_asked_again_after_each_kind_of_write(two_plans, while_read, write):
    plans(["first", "second", "third"])
    assert queries_of(lambda: plans(["first", "second", "third"]))[1] == 0
    write()
    found, count = queries_of(lambda: plans(["first", "second", "third"]))
    assert count == 1
    assert found == list(plans.write(["first", "second", "third"]))
    assert [row.source_document.file for row in found] == [
        row.source_document.file for row in plans.write(["first", "second", "third"])
    ]


def test_a_write_to_another_table_changes_nothing(two_plans, while_read):
    titles("first")
    TrustFactory()
    assert queries_of(lambda: titles("first"))[1] == 0


def test_what_is_taken_back_was_never_there(two_plans, while_read):
    assert list(titles("first")) == ["First"]
    with transaction.atomic():
        Plan.objects.filter(code="first").update(title="Mistaken")
        assert list(titles("first")) == ["Mistaken"], "a transaction reads what it wrote"
        transaction.set_rollback(True)
    assert list(titles("first")) == ["First"]


def test_so_is_what_an_error_takes_back(two_plans, while_read):
    def mistake() -> None:
        with transaction.atomic():
            Plan.objects.filter(code="first").update(title="Mistaken")
            assert list(titles("first")) == ["Mistaken"]
            raise ZeroDivisionError

    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            mistake()
        assert list(titles("first")) == ["First"]


def by_another_process(statement: str) -> None:
    """As another process would write: these connections number nothing."""
    with connection.cursor() as cursor:
        cursor.execute(statement)


RETITLE = "UPDATE strategy_plan SET title = 'Renamed' WHERE code = 'first'"


def test_another_process_is_known_by_its_audit_row(two_plans, while_read):
    assert list(titles("first")) == ["First"]
    by_another_process(RETITLE)
    assert list(titles("first")) == ["First"], "nobody has written that it was changed"
    plan = Plan.objects.get(code="first")
    audit.record(at=timezone.now(), by=person(Role.PERFORMANCE_TEAM), action="changed", obj=plan)
    assert list(titles("first")) == ["Renamed"]


def test_the_audit_row_of_a_return_changes_nothing_that_seldom_changes(two_plans, while_read):
    submission = ReturnFactory()
    assert list(titles("first")) == ["First"]
    for action in ("draft saved", "submitted", "approved"):
        audit.record(
            at=timezone.now(), by=person(Role.CARE_GROUP_LEAD), action=action, obj=submission
        )
        assert queries_of(lambda: list(titles("first"))) == (["First"], 0)
    assert Return.objects.count() == 1


def test_everyone_gets_rows_of_their_own(two_plans, while_read):
    for _ in range(2):
        first, second = plans(["first", "second"])
        assert first.title == "First"
        assert first.source_document.title != "Typed over"
        assert first.pk
        assert not first._state.adding
        first.title = first.source_document.title = "Typed over"
        first.source_document = second.source_document
        second.source_document = None
    first.title = "Saved"
    first.save()
    assert Plan.objects.get(code="first").title == "Saved"


def test_rows_of_values_are_their_own_too(two_plans, while_read):
    asked = answered_once(lambda code: Plan.objects.filter(code=code).values("title"))
    for _ in range(2):
        (row,) = asked("first")
        assert row == {"title": "First"}
        row["title"] = "Typed over"


def test_each_stamp_has_its_own_answer(two_plans):
    forget()
    with kept_under(lambda: "one"):
        assert queries_of(lambda: titles("first"))[1] == 1
        by_another_process(RETITLE)
        assert list(titles("first")) == ["First"]
    with kept_under(lambda: "another"):
        assert list(titles("first")) == ["Renamed"]
    forget()


def test_those_asked_for_longest_ago_go_first():
    answers, asked = Answers(most=10), []

    def rows(name: str, many: int) -> list:
        return answers.rows(name, "same", lambda: asked.append(name) or list(range(many)))

    with kept_under(lambda: "stamp"):
        rows("a", 4)
        rows("b", 4)
        rows("a", 4)
        rows("c", 4)
        assert asked == ["a", "b", "c"]
        rows("a", 4)
        rows("b", 4)
        assert asked == ["a", "b", "c", "b"]
        assert answers.held <= 10
        assert rows("too many", 11) == list(range(11))
        assert answers.held == 0


@pytest.mark.django_db
def test_of_series_nothing_that_is_counted_is_kept(while_read):
    group = CareGroupFactory(code="acute")
    _, _, (series,) = rolled_up(group, code="seen")
    whole = answered_once(lambda pk: Series.objects.filter(pk=pk))
    with pytest.raises(TypeError, match=r"Series\.days_awaited"):
        whole(series.pk)
    ends = answered_once(lambda pk: Series.objects.filter(pk=pk).values_list("valid_to", flat=True))
    assert list(ends(series.pk)) == [None]
    approved(series, Month(2026, 3), "1")
    Series.objects.filter(pk=series.pk).update(days_awaited=12, data_version=9)
    assert queries_of(lambda: list(ends(series.pk))) == ([None], 0)
    Series.objects.filter(pk=series.pk).update(data_version=10, valid_to=date(2027, 1, 1))
    assert list(ends(series.pk)) == [date(2027, 1, 1)]


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_what_another_thread_has_not_yet_committed_is_not_kept_for_long():
    """It is read as it was before, and anew as soon as the other has ended."""
    PlanFactory(code="first", title="First")
    forget()
    found = []

    def ask() -> None:
        with kept_under(lambda: "the same"):
            found.append(list(titles("first")))
        connections.close_all()

    def in_a_thread() -> None:
        thread = Thread(target=ask)
        thread.start()
        thread.join()

    in_a_thread()
    with transaction.atomic():
        Plan.objects.filter(code="first").update(title="Renamed")
        in_a_thread()
    in_a_thread()
    with transaction.atomic():
        Plan.objects.filter(code="first").update(title="Mistaken")
        in_a_thread()
        transaction.set_rollback(True)
    in_a_thread()
    assert found == [["First"], ["First"], ["Renamed"], ["Renamed"], ["Renamed"]]


@pytest.mark.django_db
def test_a_page_that_is_read_keeps_answers_and_a_form_that_is_sent_does_not(client):
    TrustFactory()
    measure, _, (series,) = rolled_up(CareGroupFactory(code="acute"), code="seen")
    TargetFactory(measure=measure, plan=PlanFactory(code="strategy"))
    approved(series, Month.of(timezone.localdate()).plus(-2), "1")
    client.force_login(person(Role.PERFORMANCE_TEAM), backend=BACKEND)
    forget()
    first, again = (queries_of(lambda: client.get("/measures/seen/").status_code) for _ in range(2))
    assert first[0] == again[0] == 200
    assert again[1] <= first[1] - 8
    Measure.objects.filter(pk=measure.pk).update(name="Seen within a week")
    assert "Seen within a week" in client.get("/measures/seen/").content.decode()
    held = ANSWERS.held
    client.post("/measures/seen/", {"any": "thing"})
    assert ANSWERS.held == held

"""`seed` and `clear_illustrative` on the project's own fixtures, also a second time."""

from io import StringIO

import pytest
from django.apps import apps
from django.core.management import call_command
from django.utils import timezone

from accounts.models import AuditEvent, RoleGrant, User
from board.fixtures.illustrative import add_demo_accounts
from board.home.attention import MOST
from board.home.page import MOVEMENTS, strategy_page
from kpis.asked.months import find_opening
from kpis.assessments.clocks import clock_at
from kpis.assessments.integrity import findings
from kpis.models import Actual, Decision, Series
from strategy.models import CareGroup, Plan
from strategy.selectors import plans_known
from tests.board.test_seed_refuses import FIXTURES
from tests.factories.measures import decide
from tests.factories.people import UserFactory

Rows = dict[str, list[str]]
# Changed by each calculation, or counts of changes: these say when, not what.
PASSING = {"id", "history_id", "data_version", "assessed_version", "assessed_at", "seeded_at"}
# The record of what was done.
# What was done stays on record: the acts, their count, and the copies that prove them.
# What is never deleted: the record, and the library's history of schemes that were made up.
KEPT_ASIDE = {
    *(f"accounts.Audit{part}" for part in ("Event", "Reason", "Counter")),
    *(f"accounts.{name}" for name in ("NumberedAt", "RowCopy")),
    *(f"cip.HistoricalScheme{part}" for part in ("", "Milestone", "Risk")),
    *(f"cip.Historical{part}" for part in ("QualityImpactAssessment", "QIADomain", "QIAReview")),
    "strategy.HistoricalPostHolding",
}


def everything(*, but: frozenset[str] = frozenset()) -> Rows:
    """Every row of the database, by table, as text."""
    found = {}
    for model in apps.get_models():
        label = model._meta.label
        if label in but or model._meta.app_label in ("contenttypes", "auth", "sessions"):
            continue
        names = [f.attname for f in model._meta.concrete_fields if f.attname not in PASSING]
        if label == "kpis.Judgement":
            names = ["assessment__series", "assessment__period_end", *names]
            names.remove("assessment_id")
        found[label] = sorted(map(str, model._default_manager.values_list(*names)))
    return found


def counts(rows: Rows) -> dict[str, int]:
    return {label: len(found) for label, found in rows.items()}


def seed(*words: str) -> str:
    out = StringIO()
    call_command("seed", *words, stdout=out)
    return out.getvalue()


def figures() -> set[tuple]:
    made = Actual.objects.filter(origin="illustrative")
    return set(made.values_list("series", "period_start", "value", "milestone_status", "version"))


# What each plan says, and what its counts add up to.
STATED = {
    "strategy-2023-26": "72 promises, followed by 78 targets",
    "operational-plan-2019-20": "57 promises and 7 national standards, followed by 73 targets",
    "strategy-2017-19": "96 promises and 1 national standard, followed by 107 targets",
}


def every_board_adds_up() -> None:
    """On the page of each seeded plan the counts say what they count, and their parts add up."""
    now = timezone.now()
    for plan in Plan.objects.filter(cited=False):
        opens = find_opening(plan, clock_at(now), plans_known(None))
        page = strategy_page(plan, opens.month, clock_at(now))
        assert page.made_of.endswith(STATED[plan.code])
        cards = [card.tally.counts for card in page.cards] + [page.alone_tally.counts]
        for group, count in page.counts.by_group.items():
            assert sum(counts.in_group(group) for counts in cards) == count
        listed = [line.promise for line in page.attention_rows] + page.attention_left_out
        listed += [row for row, _ in page.without_data] + page.never_reported
        assert len({row.measure_key for row in listed}) == len(listed)
        assert len(page.attention_rows) <= MOST
        changed = sum(len(page.changed(how)) for how in MOVEMENTS)
        assert changed == sum(bool(row.change) for row in page.rows)
    current = Plan.objects.get(code="strategy-2023-26")
    (offered,) = find_opening(current, clock_at(now), plans_known(None)).still_open
    assert offered.not_reported == ("Acute",)
    assert offered.unrated > 0


def test_a_second_run_changes_nothing_and_what_is_made_up_goes_without_a_trace(db):
    """One test, as loading takes long: seed and illustrate twice, clear, illustrate."""
    assert "added" in seed()
    published = everything()
    assert "nothing to do: the fixtures are loaded" in seed()
    assert everything() == published
    seed("--refresh-plans")
    assert everything() == published

    assert "added" in seed("--illustrative")
    illustrated, made = everything(), figures()
    assert made
    assert "nothing to do" in seed("--illustrative")
    assert everything() == illustrated
    well()
    every_board_adds_up()

    out = StringIO()
    call_command("clear_illustrative", stdout=out)
    assert f"removed {len(made):,} illustrative figures" in out.getvalue()
    aside = {name: [] for name in KEPT_ASIDE}
    assert everything() | aside == published | aside
    assert not Series.objects.stale().exists()
    call_command("clear_illustrative", stdout=out)
    assert "removed 0 illustrative figures" in out.getvalue()

    seed("--illustrative")
    assert figures() == made
    assert counts(everything()) | counts(aside) == counts(illustrated) | counts(aside)
    entered = correct_one_that_is_made_up()
    call_command("clear_illustrative", stdout=out)
    assert list(Actual.objects.current().filter(series=entered.series)) == [entered]
    well()


def correct_one_that_is_made_up() -> Actual:
    """Enter a real figure in a window that has a made-up one."""
    last = (
        Actual.objects.filter(origin="illustrative", value__isnull=False, numerator=None)
        .order_by("-period_end", "series")
        .first()
    )
    now = timezone.now()
    entered = Actual.objects.create(
        series=last.series,
        period_start=last.period_start,
        period_end=last.period_end,
        version=last.version + 1,
        value=last.value,
        origin="entered",
        recorded_at=now,
        recorded_by=UserFactory(),
        change_reason="The real figure",
    )
    decide(entered, known_from=now)
    return entered


def test_what_people_edited_is_left_alone_and_said(db):
    seed("--only", "organisation")
    CareGroup.objects.filter(code="acute").update(name="Acute care")
    said = seed("--only", "organisation", "--refresh-plans")
    assert "nothing to do" in said
    assert CareGroup.objects.get(code="acute").name == "Acute care"


@pytest.mark.parametrize(
    ("part", "has_plans", "has_figures"),
    [("organisation", False, False), ("plans", True, False), ("cip", True, False)],
)
def test_a_part_is_loaded_with_what_it_rests_on(db, part, has_plans, has_figures):
    seed("--only", part)
    assert CareGroup.objects.exists()
    assert Plan.objects.exists() == has_plans
    assert Actual.objects.exists() == has_figures
    assert not Decision.objects.exists()


def test_demonstration_accounts_exist_in_development_alone(db, settings):
    seed("--only", "organisation")
    assert add_demo_accounts(FIXTURES) == 0
    settings.DEBUG = True
    added = add_demo_accounts(FIXTURES)
    assert added == User.objects.count() > 0
    assert RoleGrant.objects.filter(user__username="lead", role="care_group_lead").exists()
    assert add_demo_accounts(FIXTURES) == 0


def test_loading_is_on_record_and_loading_nothing_is_not(db):
    seed("--only", "organisation")
    event = AuditEvent.objects.get()
    assert (event.by, event.action, event.reason) == (None, "seeded", "seed organisation")
    seed("--only", "organisation")
    assert AuditEvent.objects.count() == 1


def well() -> None:
    """Check that stored data agree with a fresh calculation."""
    assert [str(finding) for finding in findings()] == []

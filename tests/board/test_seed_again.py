"""A later run of `seed`: what happens to rows that fixtures or people have changed."""

from datetime import date
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command

from accounts.models import AuditEvent
from kpis.models import Actual, Assessment, Measure, Series
from strategy.models import CareGroup, SeededRow
from tests.board.test_seed_problems import MEASURES, ORGANISATION, PLAN, SOURCES
from tests.factories.measures import ActualFactory
from tests.factories.plans import CareGroupFactory

pytestmark = pytest.mark.django_db
GROUP = "- {code: acute, name: Acute, level: care_group}\n"
RENAMED = GROUP.replace("name: Acute", "name: Acute care")


@pytest.fixture
def root(tmp_path) -> Path:
    for name, text in (
        ("sources.yaml", SOURCES),
        ("organisation.yaml", ORGANISATION),
        ("measures/m.yaml", MEASURES),
        ("plans/the-plan.yaml", PLAN),
    ):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return tmp_path


def seed(root: Path, groups: str, *words: str) -> str:
    (root / "organisation.yaml").write_text(ORGANISATION + groups)
    out = StringIO()
    call_command("seed", f"--fixtures={root}", *words, stdout=out)
    return out.getvalue()


def name() -> str:
    return CareGroup.objects.get(code="acute").name


def test_a_new_row_is_added_once(root):
    assert "added 2 strategy.caregroup" in seed(root, GROUP)
    assert "nothing to do" in seed(root, GROUP)
    assert SeededRow.objects.filter(object_type="strategy.caregroup").count() == 2


def test_a_row_that_people_entered_first_is_left_alone_and_said(root):
    CareGroupFactory(code="acute", name="Entered")
    said = seed(root, GROUP)
    assert "conflict: strategy.caregroup acute: entered by people; left alone" in said
    assert name() == "Entered"


@pytest.mark.parametrize("words", [(), ("--refresh-plans",)])
def test_an_unchanged_fixture_leaves_what_people_did(root, words):
    seed(root, GROUP)
    CareGroup.objects.filter(code="acute").update(name="Edited")
    assert "conflict" not in seed(root, GROUP, *words)
    assert name() == "Edited"


def test_a_changed_fixture_waits_until_it_is_asked_for(root):
    seed(root, GROUP)
    said = seed(root, RENAMED)
    assert "1 untouched rows differ from the fixtures: seed --refresh-plans updates them" in said
    assert name() == "Acute"
    assert "refreshed 1 strategy.caregroup" in seed(root, RENAMED, "--refresh-plans")
    assert name() == "Acute care"
    assert CareGroup.history.filter(name="Acute care").exists()
    assert "refreshed" not in seed(root, RENAMED, "--refresh-plans")


def test_a_changed_fixture_never_overwrites_what_people_edited(root):
    seed(root, GROUP)
    CareGroup.objects.filter(code="acute").update(name="Edited")
    said = seed(root, RENAMED, "--refresh-plans")
    assert "conflict: strategy.caregroup acute: edited by people; left alone" in said
    assert name() == "Edited"


def test_a_later_plan_ends_the_reporting_of_what_it_replaces_when_that_is_asked_for(root):
    seed(root, GROUP)
    later = PLAN.replace("the-plan", "later").replace("2019-04-01", "2020-04-01")
    later = later.replace("ends_on: 2020-03-31", "ends_on: 2021-03-31")
    (root / "plans" / "later.yaml").write_text(later.replace("measure: waits, ", ""))
    said = seed(root, GROUP)
    assert "conflict" not in said
    assert "1 untouched rows differ from the fixtures" in said
    assert Series.objects.get().valid_to is None
    seed(root, GROUP, "--refresh-plans")
    assert Series.objects.get().valid_to == date(2020, 4, 1)


def test_a_changed_fixture_does_not_bring_back_what_people_deleted(root):
    seed(root, GROUP)
    CareGroup.objects.filter(code="acute").delete()
    said = seed(root, RENAMED, "--refresh-plans")
    assert "conflict: strategy.caregroup acute: deleted by people; left alone" in said
    assert not CareGroup.objects.filter(code="acute").exists()


def test_a_changed_fixture_does_not_write_over_what_figures_mean(root):
    seed(root, "")
    assert "unit: days" in MEASURES
    (root / "measures" / "m.yaml").write_text(MEASURES.replace("unit: days", "unit: weeks"))
    said = seed(root, "", "--refresh-plans")
    assert "conflict: kpis.measure waits: Unit is fixed" in said
    assert "start a successor" in said
    assert Measure.objects.get().unit == "days"


def test_what_is_refreshed_is_judged_again_and_on_record(root):
    seed(root, "")
    before = {row.pk: row.data_version for row in Measure.objects.get().series.all()}
    (root / "measures" / "m.yaml").write_text(MEASURES.replace("name: Waits", "name: Long waits"))
    seed(root, "", "--refresh-plans")
    measure = Measure.objects.get()
    assert measure.name == "Long waits"
    assert all(not row.is_stale for row in measure.series.all())
    assert before
    assert AuditEvent.objects.filter(action="seeded").count() == 2


def test_what_is_not_loaded_is_told_by_every_run(root):
    seed(root, GROUP)
    CareGroup.objects.filter(code="acute").update(name="Edited")
    for _ in range(2):
        said = seed(root, RENAMED)
        assert "conflict: strategy.caregroup acute: edited by people; left alone" in said
        assert "nothing to do" not in said


FIGURES = """\
source: the-paper
series:
- measure: waits
  care_group: trust
  rows:
"""


def publish(root: Path, *rows: str) -> None:
    (root / "actuals").mkdir(exist_ok=True)
    (root / "actuals" / "figures.yaml").write_text(
        FIGURES + "".join(f"  - {{{row}}}\n" for row in rows)
    )


APRIL = 'start: 2019-04-01, end: 2019-04-30, value: "4.7", printed: "4.7"'
MAY = 'start: 2019-05-01, end: 2019-05-31, value: "4.1", printed: "4.1"'


def check() -> None:
    call_command("check_data", stdout=StringIO())


def test_a_figure_published_since_is_added_and_judged(root):
    publish(root, APRIL)
    seed(root, "")
    publish(root, APRIL, MAY)
    assert "added 1 kpis.actual" in seed(root, "")
    check()
    assert Assessment.objects.filter(value="4.1").exists()


def test_a_promise_made_since_is_judged(root):
    publish(root, APRIL)
    plan = root / "plans" / "the-plan.yaml"
    plan.unlink()
    seed(root, "")
    plan.write_text(PLAN)
    assert "kpis.target" in seed(root, "")
    check()


def test_a_figure_put_right_is_a_new_version_when_that_is_asked_for(root):
    publish(root, APRIL)
    seed(root, "")
    publish(root, APRIL.replace("4.7", "4.9"))
    assert "1 untouched rows differ" in seed(root, "")
    assert "refreshed 1 kpis.actual" in seed(root, "", "--refresh-plans")
    check()
    first, second = Actual.objects.order_by("version")
    assert (str(first.value), str(second.value)) == ("4.700000", "4.900000")
    assert second.change_reason.startswith("Read again in: ")
    assert list(Actual.objects.current()) == [second]
    rows = list(SeededRow.objects.order_by("pk").values())
    assert "nothing to do" in seed(root, "", "--refresh-plans")
    assert list(SeededRow.objects.order_by("pk").values()) == rows


def test_a_figure_put_right_under_one_that_people_entered_is_left_alone(root):
    publish(root, APRIL)
    seed(root, "")
    first = Actual.objects.get()
    ActualFactory(
        series=first.series,
        period_start=first.period_start,
        period_end=first.period_end,
        version=2,
        change_reason="Counted again",
    )
    publish(root, APRIL.replace("4.7", "4.9"))
    said = seed(root, "", "--refresh-plans")
    assert "waits/trust 2019-04-30: there is a later figure; left alone" in said
    assert Actual.objects.count() == 2

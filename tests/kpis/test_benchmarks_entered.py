"""Figures of others are typed or imported with their source, drawn, exported, and never rated."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.models import AuditEvent
from accounts.permissions import NotAllowed
from accounts.refusals import Refused
from accounts.roles import Role
from kpis.assessments.store import recompute
from kpis.benchmarks.enter import counted_measures, enter_figures, read_lines, withdraw_figure
from kpis.benchmarks.rows import read_row
from kpis.measures.benchmarks import benchmarks_known
from kpis.models import Assessment, Benchmark
from strategy.models import SourceDocument
from strategy.periods import Month
from tests.accounts.readers import BACKEND
from tests.factories.measures import MeasureFactory, MilestoneFactory, SeriesFactory, approved
from tests.factories.people import access, performance_team, person
from tests.plugins.kept import kept

pytestmark = pytest.mark.django_db
LAST = Month.of(timezone.localdate()).plus(-1)
GOOD = {
    "measure": "seen",
    "period": "2024/25",
    "value": "81.5%",
    "whose": "National average",
    "source": "Benchmarking report 2025",
    "published_on": "1/6/2025",
}
HEAD = "measure,period,value,whose,source,published_on"
ROW = "seen,2024/25,81.5,National average,Benchmarking report 2025,2025-06-01"


@kept
def seen():
    measure = MeasureFactory(code="seen", name="Seen in time", unit="percent", decimals=1)
    series = SeriesFactory(measure=measure)
    for back in range(3):
        approved(series, LAST.plus(-back), 80 + back)
    MilestoneFactory(code="opened", name="Ward opened")
    recompute(at=timezone.now(), stale_only=False)
    return measure


def read(**cells):
    return read_row({**GOOD, **cells}, counted_measures(), today=timezone.localdate())


def enter(by=None, **cells):
    by = by or performance_team()
    figure, faults = read(**cells)
    assert faults == ()
    (row,) = enter_figures(figures=[figure], by=by, access=access(by), at=timezone.now())
    return row


def test_a_figure_is_entered_with_its_source_and_changes_no_colour(seen):
    before = list(Assessment.objects.values_list("pk", "value"))
    row = enter()
    assert (row.value, row.level, row.source) == (
        Decimal("81.5"),
        "national",
        "Benchmarking report 2025",
    )
    assert f"{row.period_start} {row.period_end}" == "2024-04-01 2025-03-31"
    assert list(Assessment.objects.values_list("pk", "value")) == before
    other = enter(whose="Peer group", level="Peer")
    assert other.source_document == row.source_document
    assert SourceDocument.objects.filter(title="Benchmarking report 2025").count() == 1
    assert AuditEvent.objects.filter(action="figure of others entered").count() == 2


@pytest.mark.parametrize(
    ("cells", "field"),
    [
        ({"measure": ""}, "measure"),
        ({"measure": "none"}, "measure"),
        ({"measure": "Ward opened"}, "measure"),
        ({"value": ""}, "value"),
        ({"value": "about 80"}, "value"),
        ({"whose": " "}, "whose"),
        ({"whose": "w" * 161}, "whose"),
        ({"source": ""}, "source"),
        ({"level": "world"}, "level"),
        ({"period": "last year"}, "period"),
        ({"period": "", "period_start": "1/4/2024", "period_end": "1/4/2024"}, "period_end"),
        ({"period": "", "period_start": "1/4/2024"}, "period_end"),
        ({"published_on": "1/6/2099"}, "published_on"),
        ({"unit": "days"}, "unit"),
    ],
)
def test_what_is_wrong_names_its_box(seen, cells, field):
    figure, faults = read(**cells)
    assert figure is None
    assert field in [name for name, _ in faults]


def test_it_is_known_from_its_entry_until_it_is_withdrawn(seen):
    row, team = enter(), performance_team()
    before = timezone.now() - timedelta(hours=1)
    assert not benchmarks_known(before).exists()
    assert benchmarks_known(None).get() == row
    with pytest.raises(Refused):
        withdraw_figure(
            benchmark_id=row.pk, reason=" ", by=team, access=access(team), at=timezone.now()
        )
    entered = timezone.now()
    later = timezone.now() + timedelta(hours=1)
    withdraw_figure(benchmark_id=row.pk, reason="Misread", by=team, access=access(team), at=later)
    assert not benchmarks_known(None).exists()
    assert benchmarks_known(entered).get() == row
    assert enter(value="82").code != row.code


def test_another_figure_for_the_same_is_refused(seen):
    enter()
    for value in ("81.5", "90"):
        with pytest.raises(Refused):
            enter(value=value, whose="national AVERAGE")
    assert Benchmark.objects.count() == 1


def test_only_who_edits_plans_enters_one(seen, client):
    for role in set(Role) - {Role.PERFORMANCE_TEAM, Role.ADMINISTRATOR}:
        with pytest.raises(NotAllowed):
            enter(person(role))
    client.force_login(person(Role.ANALYST), backend=BACKEND)
    assert client.get("/benchmarks/").status_code == 403


def test_a_file_says_what_each_row_would_do(seen):
    enter()
    text = "\n".join([HEAD, ROW, ROW.replace("81.5", "90"), ROW.replace("seen", "gone"), ""])
    same, other, gone = read_lines(text, today=timezone.localdate())
    assert same.verdict == "Already there"
    assert "as row 2" in other.verdict
    assert "There is no measure called “gone”" in gone.verdict
    for bad in ("", HEAD, "measure,value\nseen,1", f"{HEAD},colour\n{ROW},red", f'{HEAD}\n"{ROW}'):
        with pytest.raises(Refused):
            read_lines(bad, today=timezone.localdate())


def test_a_file_is_previewed_then_stored_whole_or_not_at_all(seen, client):
    client.force_login(performance_team(), backend=BACKEND)
    wrong = "\n".join([HEAD, ROW, ROW.replace("2024/25", "some time")])
    response = client.post("/benchmarks/", {"action": "preview", "text": wrong})
    assert "1 row is wrong" in " ".join(response.content.decode().split())
    assert client.post("/benchmarks/", {"action": "import", "text": wrong}).status_code == 409
    assert not Benchmark.objects.exists()
    text = "\n".join([HEAD, ROW, ROW.replace("2024/25", "2023/24")])
    response = client.post("/benchmarks/", {"action": "preview", "text": text})
    assert "2 figures would be added" in " ".join(response.content.decode().split())
    assert not Benchmark.objects.exists()
    assert client.post("/benchmarks/", {"action": "import", "text": text}).status_code == 302
    assert Benchmark.objects.count() == 2
    text = client.get("/measures/seen/").content.decode()
    assert "National average" in text
    again = client.post("/benchmarks/", {"action": "preview", "text": "\n".join([HEAD, ROW])})
    assert "Already there" in again.content.decode()


def test_the_exported_file_can_be_read_again(seen, client):
    enter(whose="=Trust A", period="Mar 2025")
    client.force_login(person(Role.ANALYST), backend=BACKEND)
    response = client.get("/exports/benchmarks.csv")
    text = b"".join(response.streaming_content).decode()
    (line,) = read_lines(text, today=timezone.localdate())
    assert line.verdict == "Already there"


def test_one_figure_is_typed_on_the_page_and_keeps_what_was_wrong(seen, client):
    client.force_login(performance_team(), backend=BACKEND)
    sent = {**GOOD, "level": "national", "action": "enter"}
    text = client.post("/benchmarks/", {**sent, "value": "eighty"}).content.decode()
    assert "eighty" in text
    assert "must be a" in text
    assert client.post("/benchmarks/", sent).status_code == 302
    row = Benchmark.objects.get()
    page = client.post("/benchmarks/", {"action": "withdraw", "row": row.pk, "reason": ""})
    assert page.status_code == 409
    done = client.post("/benchmarks/", {"action": "withdraw", "row": row.pk, "reason": "Misread"})
    assert done.status_code == 302
    gone = client.post("/benchmarks/", {"action": "withdraw", "row": "9", "reason": "x"})
    assert gone.status_code == 409

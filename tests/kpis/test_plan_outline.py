"""The page of a draft: its outline in place, in few queries, with its checks and latest changes."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.cache import cache
from django.utils import timezone

from kpis.assessments.clocks import clock_at
from kpis.assessments.store import recompute, touch
from kpis.models import Assessment, DraftLine, Measure, Series
from kpis.plans.status import plan_status
from kpis.promises.promise import Promise
from kpis.workbench import checks
from kpis.workbench.lines import NewLine, add_lines
from kpis.workbench.outline import outline_of
from strategy.periods import Month, Period
from tests.factories.measures import MeasureFactory, ReportingPeriodFactory, approved
from tests.factories.people import access
from tests.kpis.drafting import AT, author, begin, ended, save

__all__ = ["author", "ended"]
pytestmark = pytest.mark.django_db


def test_the_outline_takes_as_many_queries_for_many_promises(
    client, ended, author, django_assert_max_num_queries
):
    draft = begin(author, ended)
    under = draft.lines.get(kind="objective")
    lines = [
        NewLine(kind="promise", parent_id=under.pk, promise=Promise(statement=f"Promise {number}"))
        for number in range(40)
    ]
    client.force_login(author)
    add_lines(draft_id=draft.pk, lines=lines, by=author, access=access(author), at=AT)
    # Plans seldom change: what they are is kept from one page to the next.
    client.get("/plans/next/edit/")
    cache.clear()
    with django_assert_max_num_queries(15) as few:
        client.get("/plans/next/edit/")
    counted = len(few)
    add_lines(draft_id=draft.pk, lines=lines, by=author, access=access(author), at=AT)
    client.get("/plans/next/edit/")
    cache.clear()
    with django_assert_max_num_queries(counted):
        client.get("/plans/next/edit/")


def test_a_check_is_made_again_once_a_figure_or_the_promise_is_another(ended, author, monkeypatch):
    draft = begin(author, ended)
    made = []
    inner = checks.capability
    monkeypatch.setattr(
        checks, "capability", lambda *args, **more: made.append(args) or inner(*args, **more)
    )
    cache.clear()

    def words():
        return [line.check.words for line in outline_of(draft, now=AT).promises]

    first = words()
    assert len(made) == 3
    assert words() == first
    assert len(made) == 3
    line = draft.lines.filter(kind="promise").first()
    save(line, author, value=Decimal(70))
    assert words() != first
    assert len(made) == 4
    series = Series.objects.get(measure=line.measure)
    approved(series, Month(2026, 5), 20)
    touch([series.pk])
    words()
    assert len(made) == 5


def test_the_draft_stands_on_a_page_with_the_owner_of_each_measure(
    client, ended, author, django_assert_max_num_queries
):
    draft = begin(author, ended)
    line = draft.lines.filter(kind="promise").first()
    client.force_login(author)
    assert "Name one" in client.get("/plans/next/edit/").content.decode()
    Measure.objects.filter(pk=line.measure_id).update(owner="Chief Nurse")
    with django_assert_max_num_queries(15):
        page = " ".join(client.get("/plans/next/edit/?show=page").content.decode().split())
    assert line.statement in page
    assert "<td>Chief Nurse</td>" in page
    assert "<form" not in page.partition("<main")[2]
    assert "Owner: Chief Nurse" in client.get("/plans/next/edit/").content.decode()


def test_the_outline_says_what_was_changed_last_and_by_whom(ended, author):
    draft = begin(author, ended)
    line = draft.lines.filter(kind="promise").first()
    save(line, author, value=Decimal(88))
    latest, *before = outline_of(draft, now=AT).latest
    assert latest.who == str(author)
    assert line.statement in latest.words
    assert "target 90" in latest.words
    assert "→ 88" in latest.words
    assert before[-1].words == "started"


def test_a_line_is_edited_and_added_in_its_place(client, ended, author):
    draft = begin(author, ended)
    client.force_login(author)
    objective = draft.lines.get(kind="objective")
    line = draft.lines.filter(kind="promise").first()
    page = client.get("/plans/next/edit/", {"line": line.pk}).content.decode()
    assert page.count('id="edit"') == 1
    assert "/measures/new/" not in page
    DraftLine.objects.filter(pk=line.pk).update(measure=None, value=None, operator="", value_is="")
    without = client.get("/plans/next/edit/", {"line": line.pk}).content.decode()
    assert f'href="/measures/new/?for={line.pk}">set a measure up for it</a>' in without
    row = page.index(f'id="line-{line.pk}"')
    assert row < page.index('id="edit"') < page.index("</tr>", page.index('id="edit"'))
    adding = client.get("/plans/next/edit/", {"add": "promise", "under": objective.pk})
    assert adding.content.decode().count('id="add"') == 1
    for name in ("add", "show", "line"):
        refused = client.get("/plans/next/edit/", {name: "no-such"})
        assert (refused.status_code, f"“{name}”" in refused.text) == (400, name != "line")
    sent = {"action": "add", "kind": "promise", "under": objective.pk}
    answer = client.post("/plans/next/edit/", {**sent, "statement": "Nobody waits"})
    added = draft.lines.get(statement="Nobody waits")
    assert answer["Location"] == f"/plans/next/edit/?at={added.pk}#line-{added.pk}"
    refused = client.post("/plans/next/edit/", {**sent, "statement": " "})
    assert refused.status_code == 409
    assert "Enter the words of the line" in refused.content.decode()


def test_a_promise_of_somebody_who_reports_no_figure_says_so(ended, author):
    draft = begin(author, ended)
    line = draft.lines.filter(kind="promise").first()
    assert not any("never rated" in text for text in remarks_of(draft, line))
    DraftLine.objects.filter(pk=line.pk).update(measure=MeasureFactory())
    assert f"{line.care_group.name} has no figure of this measure" in remarks_of(draft, line)[-1]


def remarks_of(draft, line):
    found = outline_of(draft, now=AT).promises
    return next(row.remarks for row in found if row.row.pk == line.pk)


def test_somebody_is_named_for_every_promise_of_a_part_without_a_measure(client, ended, author):
    draft = begin(author, ended)
    objective = draft.lines.get(kind="objective")
    lines = [
        NewLine(kind="promise", parent_id=objective.pk, promise=Promise(statement=f"Promise {n}"))
        for n in range(3)
    ]
    add_lines(draft_id=draft.pk, lines=lines, by=author, access=access(author), at=AT)
    DraftLine.objects.filter(statement="Promise 0").update(finder="Somebody")
    client.force_login(author)
    sent = {"action": "finder", "line": objective.parent_id}
    refused = client.post("/plans/next/edit/", {**sent, "finder": " "})
    assert refused.status_code == 409
    assert "who finds a measure" in refused.content.decode()
    assert client.post("/plans/next/edit/", {**sent, "finder": "Chief Nurse"}).status_code == 302
    named = DraftLine.objects.filter(finder="Chief Nurse")
    assert set(named.values_list("statement", flat=True)) == {"Promise 1", "Promise 2"}
    assert set(named.values_list("version", flat=True)) == {2}


def test_numbers_left_in_the_boxes_of_a_promise_without_a_measure_block_nothing(
    client, ended, author
):
    draft = begin(author, ended)
    (added,) = add_lines(
        draft_id=draft.pk,
        lines=[
            NewLine(
                kind="promise",
                parent_id=draft.lines.get(kind="objective").pk,
                promise=Promise(statement="Cut waits from 12% to 8% by March 2028"),
            )
        ],
        by=author,
        access=access(author),
        at=AT,
    )
    client.force_login(author)
    boxes = client.get("/plans/next/edit/", {"line": added.pk}).context["form"].initial
    assert (boxes["value"], boxes["operator"], boxes["baseline"]) == ("8", "le", "12")
    sent = {name: value for name, value in boxes.items() if value is not None}
    sent |= {"action": "save", "line": added.pk, "source_section": "Page 3", "finder": "Somebody"}
    page = client.post("/plans/next/edit/", sent, follow=True).content.decode()
    assert "Saved, without numbers" in page
    line = next(row for row in outline_of(draft, now=AT).promises if row.row == added)
    assert line.stops == ()
    assert line.row.due_on == date(2028, 3, 31)
    again = client.get("/plans/next/edit/", {"line": added.pk}).context["form"].initial
    assert (again["value"], again["operator"], again["baseline"]) == ("8", "le", "12")


def test_each_line_says_how_the_promise_of_the_plan_before_stands(client, ended, author):
    draft = begin(author, ended)
    series = Series.objects.get(measure=draft.lines.filter(kind="promise").first().measure)
    last = Month.of(timezone.localdate()).plus(-1)
    approved(series, last, 70)
    recompute(at=timezone.now(), stale_only=False)
    stands = stands_of(draft, series)
    assert (stands.rag, stands.words, stands.is_old) == ("red", f"70, {last.label}", False)
    client.force_login(author)
    page = " ".join(client.get("/plans/next/edit/").content.decode().split())
    assert f"Off target</span> 70, {last.label}" in page


def test_a_figure_whose_next_is_overdue_is_spoken_of_in_the_past(ended, author):
    draft = begin(author, ended)
    series = Series.objects.get(measure=draft.lines.filter(kind="promise").first().measure)
    recompute(at=timezone.now(), stale_only=False)
    since = Assessment.objects.filter(series=series).latest("period_end")
    stands = stands_of(draft, series)
    assert stands.is_old
    assert stands.words == f"nothing since {Month.of(since.period_end).label}"
    assert stands.rag == "no_data"
    Assessment.objects.filter(series=series).delete()
    assert stands_of(draft, series).words == "no figure"


def test_a_month_that_is_still_open_is_late_here_as_on_the_page_of_the_plan(client, ended, author):
    draft = begin(author, ended)
    series = Series.objects.get(measure=draft.lines.filter(kind="promise").first().measure)
    now, month = timezone.now(), Month.of(timezone.localdate()).plus(-1)
    approved(series, month.plus(-1), 70)
    recompute(at=now, stale_only=False)
    opened = now - timedelta(days=20)
    period = ReportingPeriodFactory(
        starts_on=month.start,
        opens_at=opened,
        closes_at=now + timedelta(days=1),
        sign_off_at=now + timedelta(days=8),
        freezes_at=now + timedelta(days=9),
    )
    assert stands_of(draft, series).rag == "red"  # the next figure is not due yet
    period.closes_at = now - timedelta(days=1)
    period.save()
    stands = stands_of(draft, series)
    assert (stands.rag, stands.words) == ("late", f"nothing since {month.plus(-1).label}")
    (shown,) = (
        row
        for row in plan_status(ended, month, clock_at(now)).rows
        if row.target.measure_id == series.measure_id
    )
    assert shown.standing.rag == stands.rag
    client.force_login(author)
    page = " ".join(client.get("/plans/next/edit/").content.decode().split())
    assert f"Late</span> nothing since {month.plus(-1).label}" in page
    period.locked_at = now
    period.save()
    assert stands_of(draft, series).rag == "no_data"


def test_the_last_figure_is_one_of_the_measures_own_rhythm(ended, author):
    draft = begin(author, ended)
    series = Series.objects.get(measure=draft.lines.filter(kind="promise").first().measure)
    month = Month.of(timezone.localdate()).plus(-1)
    approved(series, month, 70)
    recompute(at=timezone.now(), stale_only=False)
    year = Period.spanning(month.plus(-11), month)
    Assessment.objects.filter(series=series, period_end=month.end).update(period_start=year.start)
    stands = stands_of(draft, series)
    assert stands.rag == "no_data"
    assert stands.words.startswith("nothing since")


def stands_of(draft, series):
    found = outline_of(draft, now=timezone.now()).promises
    return next(line.stands for line in found if line.row.measure_id == series.measure_id)


@pytest.mark.parametrize(
    ("boxes", "words"),
    [
        ({"operator": ""}, "Choose at least, at most, exactly or between"),
        ({"value_is": "change_from_baseline", "change": ""}, "Choose up or down"),
        ({"operator": "between", "upper_value": ""}, "Enter the upper value of the band"),
        ({"operator": "between", "upper_value": "80"}, "must be more than the lower one"),
    ],
)
def test_a_number_that_says_nothing_is_refused_at_its_box(client, ended, author, boxes, words):
    draft = begin(author, ended)
    line = draft.lines.filter(kind="promise").first()
    client.force_login(author)
    shown = client.get("/plans/next/edit/", {"line": line.pk}).context["form"].initial
    sent = {name: value for name, value in shown.items() if value is not None}
    sent |= {"action": "save", "line": line.pk, "source_section": "Page 3", "value": "90", **boxes}
    answer = client.post("/plans/next/edit/", sent)
    assert answer.status_code == 409
    assert words in answer.content.decode()
    line.refresh_from_db()
    assert line.version == 1


@pytest.mark.parametrize("kind", ["relative_to_baseline", "compound_each_year"])
def test_a_change_from_a_baseline_without_a_day_of_its_own_is_due_when_the_plan_ends(
    client, ended, author, kind
):
    draft = begin(author, ended)
    line = draft.lines.filter(kind="promise").first()
    Measure.objects.filter(pk=line.measure_id).update(minimum=0, maximum=100)
    client.force_login(author)
    shown = client.get("/plans/next/edit/", {"line": line.pk}).context["form"].initial
    sent = {name: value for name, value in shown.items() if value is not None}
    sent |= {"action": "save", "line": line.pk, "value": "50", "value_is": kind, "change": "up"}
    sent |= {"operator": "ge", "baseline": "80", "baseline_period": "2022/23", "due_on": ""}
    page = client.post("/plans/next/edit/", sent, follow=True)
    assert page.status_code == 200
    assert "more than the most this measure can be" in page.content.decode()


@pytest.mark.parametrize(
    ("judged_on", "period", "is_said"),
    [
        ("month", "2025/26", True),
        ("month", "Mar 2026", False),
        ("year_to_date", "2025/26", False),
    ],
)
def test_a_years_baseline_beside_single_months_is_pointed_out(
    ended, author, judged_on, period, is_said
):
    draft = begin(author, ended)
    line = draft.lines.filter(kind="promise").first()
    measure = MeasureFactory(unit="count", over_time="sum", judged_on=judged_on)
    DraftLine.objects.filter(pk=line.pk).update(
        measure=measure, value_is="relative_to_baseline", change="up", baseline=84,
        baseline_period=period,
    )  # fmt: skip
    said = any("the sum of 2025/26" in text for text in remarks_of(draft, line))
    assert said is is_said


@pytest.mark.parametrize(
    ("operator", "points", "words"),
    [
        ("ge", [["2027-03", "80"], ["2028-03", "90"]], "≥ 80 in Mar 2027 to ≥ 90 in Mar 2028"),
        ("le", [["2027-03", "80"]], "≤ 80 in Mar 2027"),
        ("", [["2027-03", "80"], ["2028-03", "90"]], "80 in Mar 2027 to 90 in Mar 2028"),
    ],
)
def test_a_path_says_where_it_begins_and_ends(client, ended, author, operator, points, words):
    draft = begin(author, ended)
    line = draft.lines.filter(kind="promise").first()
    rows = DraftLine.objects.filter(pk=line.pk)
    rows.update(operator=operator, value=None, points=points, profile="explicit_points")
    client.force_login(author)
    more = f" ({len(points)} values)" if len(points) > 1 else ""
    for show in ("", "?show=page"):
        page = " ".join(client.get(f"/plans/next/edit/{show}").content.decode().split())
        assert f"{words}{more}" in page.replace("&gt;", ">")


def test_a_number_that_is_the_same_is_no_change_however_many_zeros_it_has(ended, author):
    draft = begin(author, ended)
    line = draft.lines.filter(kind="promise").first()
    save(line, author, value=Decimal("90.00"), source_section="Page 3")
    latest = next(iter(outline_of(draft, now=AT).latest))
    assert "target" not in latest.words
    save(line, author, value=Decimal("85.5"))
    latest = next(iter(outline_of(draft, now=AT).latest))
    assert latest.words.endswith("target 90 → 85.5")

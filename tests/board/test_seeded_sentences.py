"""Every sentence of the seeded tracker is compared with its own table."""

import re
from collections import Counter
from dataclasses import replace

import pytest
from django.utils import timezone

from board.home.wording import said_of
from kpis.assessments.clocks import clock_at
from kpis.assessments.inputs import measure_terms
from kpis.assessments.read import histories
from kpis.judging.wording import (
    asked_words,
    chart_of,
    has_tolerance,
    milestone_words,
    rule_words,
    value_words,
    when_words,
)
from kpis.measures.load import measure_page
from kpis.models import Series
from kpis.plans.status import plan_status
from kpis.rag import Rag
from kpis.sentences import headline, reading
from strategy.models import Plan
from strategy.periods import Month
from tests.kpis.sentence_judge import Judge, table_of

pytestmark = pytest.mark.any_database

# The last windows of a series are all judged, and one in this many before.
RECENT, OLDER = 20, 5
# One page in this many is opened, as a page takes longer than the words of its windows.
PAGES = 3
# Words that must occur somewhere, or the test has not seen what it should judge.
CLAIMS = (
    r"getting (better|worse): (rising|falling)",
    r"for the (better|worse)",
    r"average for \w+",
    r"unusually (high|low) in",
    r"of the last three",
    r"met in \w+ of the last",
    r"that were rated",
    r"will be missed every",
    r"Even a very good",
    r"rest on \d+",
    r"recalculate them",
    r"overdue since",
)


def of_pages(series, now):
    """The pages of measures as they open."""
    for row in series:
        page = measure_page(row.measure, row.care_group, now=now)
        shown, terms = page.standing.shown, page.terms
        if not shown.has_value:
            continue
        judge = Judge(table_of(page.windows, terms), terms, shown)
        tiles = replace(page.tiles, aimed=shown)
        said = [page.said.headline, page.said.reading, tiles.distance, tiles.floor]
        said += [tiles.planned_paths, page.trend.summary]
        if page.said.is_past:
            past = f"{page.said.headline} {page.said.reading}".replace(page.measure.name, "")
            assert not re.search(r"as things stand|\bgetting|\bevery\b", past), past
        elif page.has_signals:
            said += [tiles.variation, tiles.assurance_reason, tiles.assurance]
        yield from ((judge, text, page.measure.name) for text in said)


def of_windows(found):
    """Windows of every series, each as if it were the latest: what a past month says."""
    for held in found.values():
        terms = measure_terms(held.series.measure)
        windows = held.history.windows
        rows = table_of(windows, terms)
        for window in (*windows[:-RECENT:OLDER], *windows[-RECENT:]):
            judge, chart = Judge(rows, terms, window), chart_of(window, terms)
            milestone, tolerance = milestone_words(window), has_tolerance(window, terms)
            latest = f"{value_words(window, terms)} {when_words(window, terms)}"
            for text in (
                headline(
                    "It",
                    rag=window.rag,
                    chart=chart,
                    asked=asked_words(window, terms),
                    latest=latest,
                    has_tolerance=tolerance,
                    milestone=milestone,
                ),
                reading(
                    window.rag,
                    chart=chart,
                    is_milestone=terms.is_milestone,
                    has_tolerance=tolerance,
                    milestone=milestone,
                ),
                rule_words(window, terms),
            ):
                yield judge, text, ""


def of_boards(found, now):
    """Every row of every plan that may ask for attention, over three years."""
    for plan in Plan.objects.filter(cited=False):
        last = Month.of(min(plan.ends_on, now.date())).plus(-1)
        for back in range(0, 36, 12):
            status = plan_status(plan, last.plus(-back), clock_at(now))
            for row in status.rows:
                if row.series is None or row.standing.rag is not Rag.RED:
                    continue
                windows = found[row.series.pk].history.windows
                shown = row.standing.shown
                said = said_of(row.standing, row.terms)
                # The rows of the chart are compared with the target that is rated first.
                judge = Judge(table_of(windows, row.terms), row.terms, shown)
                yield judge, f"{said.opening} {said.figure}{said.rest}", ""


@pytest.mark.usefixtures("seeded")
def test_the_sentences_of_the_seeded_tracker_are_borne_out_by_their_tables():
    now = timezone.now()
    series = list(Series.objects.select_related("measure", "care_group").order_by("pk"))
    found = histories(series)
    counted, wrong = Counter(), []
    for walk in (of_pages(series[::PAGES], now), of_windows(found), of_boards(found, now)):
        for judge, text, name in walk:
            counted["sentences"] += bool(text)
            counted.update(claim for claim in CLAIMS if re.search(claim, text, re.IGNORECASE))
            try:
                judge.check(text, name)
            except AssertionError as problem:
                wrong.append(str(problem))
    assert not wrong, "\n".join(wrong[:20])
    assert counted["sentences"] > 5_000
    assert [claim for claim in CLAIMS if not counted[claim]] == []

"""The rows of the board's page: what most share is said once; a count leads to its rows."""

import csv
import io
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from accounts.roles import Role
from board.home.page import strategy_page
from board.home.row import remarks_on
from board.home.said_once import said_once
from kpis.assessments.clocks import clock_at
from kpis.assessments.store import recompute
from kpis.dated_changes.target_changes import Terms, propose_change
from kpis.models import Commentary, Measure, Series, Target
from strategy.periods import Month
from tests.factories.measures import TargetFactory
from tests.factories.people import access, performance_team, person

pytestmark = pytest.mark.any_database

JULY = Month(2025, 7)
NOW = datetime(2025, 9, 1, tzinfo=UTC)


@pytest.mark.usefixtures("seeded")
def test_every_count_leads_to_as_many_lines_on_the_page_and_in_its_file(client):
    client.force_login(person(Role.BOARD_MEMBER))
    page = client.get("/").context["page"]
    tiles = page.tiles[:-1]
    assert sum(tile.count for tile in tiles) == page.counts.total == len(page.rows)
    counts = [(tile.count, tile.url) for tile in tiles if tile.count]
    for tile in tiles:
        assert not tile.parts or sum(_number(words) for _, words, _ in tile.parts) == tile.count
        counts += [(_number(words), url) for _, words, url in tile.parts]
    assert len(counts) > len(tiles)
    assert page.beyond
    counts.append((page.beyond, page.beyond_url))
    seen = []
    for count, url in counts:
        listed = client.get(url).context["page"].rows
        text = client.get(url.replace("/summary/", "/summary/data.csv")).getvalue().decode()
        lines = list(csv.DictReader(io.StringIO(text)))
        assert len(listed) == len(lines) == count, url
        assert [row.target.code if row.series else "" for row in listed] == [
            line["target_id"] if line["measure"] else "" for line in lines
        ]
        seen.append({row.target.code for row in listed})
    whole = {row.target.code for row in page.rows}
    by_tile = seen[: sum(bool(tile.count) for tile in tiles)]
    assert set().union(*by_tile) == whole
    assert sum(map(len, by_tile)) == len(whole)


def _number(words: str) -> int:
    return int(words.split()[0])


def test_what_most_rows_share_is_said_once_and_a_row_says_only_where_it_differs(world):
    page = strategy_page(world.plan, JULY, clock_at(NOW))
    (found,) = page.rows
    row = replace(found, before=found.standing)
    invented = replace(row.standing, origin="illustrative")
    published = replace(row.standing, origin="published")
    lapsed = replace(invented, target=replace(row.standing.target, due_on=date(2024, 3, 31)))
    older = replace(invented, period=Month(2025, 4).period)
    rows = [replace(row, standing=one) for one in (invented, invented, published, older, lapsed)]
    once = said_once(rows, JULY)
    assert once.sentence == (
        "Every figure is for July 2025, illustrative and for the whole trust, "
        "unless its row says otherwise."
    )
    assert [once.of_figure(one) for one in rows] == [[], [], ["published"], [], []]
    assert [once.remarks(one) for one in rows] == [[], [], [], ["Apr 2025"], []]
    assert [once.of_target(one) for one in rows] == ["", "", "", "", "date passed"]
    most = said_once([rows[4], rows[4], rows[0]], JULY)
    assert most.sentence.endswith(
        "and every target has passed its due date, unless its row says otherwise."
    )
    assert most.of_target(rows[4]) == ""
    assert most.of_target(rows[0]) == "due Mar 26"


def test_promises_without_a_measure_share_one_line_of_their_objective(world, client):
    promise = Target.objects.get()
    for position, words in enumerate(("Be kind", "Be brave"), start=2):
        TargetFactory(
            plan=world.plan, objective=promise.objective, measure=None, position=position,
            statement=words, operator="", value_is="", value=None, care_group=promise.care_group,
        )  # fmt: skip
    client.force_login(person(Role.BOARD_MEMBER))
    page = client.get("/?period=2025-07").content.decode()
    (line,) = [row for row in page.split("<tr ") if "Be kind" in row]
    assert "Be brave" in line
    assert "2 have no measure" in page


def test_a_line_of_the_attention_list_has_its_owner_comment_and_waiting_change(world):
    target = Target.objects.get()
    Target.objects.update(value=99, floor=98)
    Measure.objects.update(owner="Chief Nurse")
    Commentary.objects.create(
        series=world.trust, period_start=JULY.start, period_end=JULY.end, written_at=NOW,
        what_happened="Two clinics closed. They open in May.", approved_at=NOW,
    )  # fmt: skip
    recompute(stale_only=False, at=NOW)
    by = performance_team()
    propose_change(
        target_id=target.pk,
        version=target.version,
        terms=Terms(effective_from=date(2025, 8, 1), value=Decimal(90)),
        reason="Two clinics closed",
        by=by,
        access=access(by),
        at=NOW,
    )

    (line,) = strategy_page(world.plan, JULY, clock_at(NOW)).attention_rows
    assert line.notes[0] == "Chief Nurse"
    assert line.comment_when == "Comment, 1 Sep 2025"
    assert line.comment_words == "Two clinics closed."
    assert line.change_waits

    rows = [line.promise]
    before = remarks_on(rows, JULY, known_at=NOW - timedelta(days=1))
    assert (before.comment(line.promise), before.waits(line.promise)) == (None, False)
    of_june = remarks_on(rows, JULY.plus(-1), known_at=None)
    assert of_june.comment(line.promise) is None
    late = replace(line, month=JULY.plus(1))
    assert late.comment_when == "Last comment, on Jul 2025, 1 Sep 2025"


def test_what_a_care_group_said_of_an_added_up_figure_is_not_no_comment(world):
    Target.objects.update(value=99, floor=98)
    part = Series.objects.exclude(pk=world.trust.pk).select_related("care_group").first()
    Commentary.objects.create(
        series=part, period_start=JULY.start, period_end=JULY.end, written_at=NOW,
        why="Two clinics closed. They open in May.", approved_at=NOW,
    )  # fmt: skip
    recompute(stale_only=False, at=NOW)
    (line,) = strategy_page(world.plan, JULY, clock_at(NOW)).attention_rows
    assert line.comment_when == f"Comment of {part.care_group.name}, 1 Sep 2025"
    assert line.comment_words == "Two clinics closed."
    Commentary.objects.create(
        series=world.trust, period_start=JULY.start, period_end=JULY.end, written_at=NOW,
        what_happened="Known.", approved_at=NOW,
    )  # fmt: skip
    (line,) = strategy_page(world.plan, JULY, clock_at(NOW)).attention_rows
    assert (line.comment_when, line.comment_words) == ("Comment, 1 Sep 2025", "Known.")


def test_who_looks_without_signing_in_reads_no_comment(world, client, settings):
    settings.PUBLIC_DASHBOARD = True
    Target.objects.update(value=99, floor=98)
    recompute(stale_only=False, at=NOW)
    said = "No comment yet"
    assert said not in client.get("/?period=2025-07").content.decode()
    client.force_login(person(Role.BOARD_MEMBER))
    assert said in client.get("/?period=2025-07").content.decode()
    client.logout()
    assert said not in client.get("/?period=2025-07").content.decode()

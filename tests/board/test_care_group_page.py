"""A care group's page opens with what it means; the register with the measures that are live."""

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.http import QueryDict

from accounts.roles import Role
from board.care_groups.page import care_group_page
from kpis.asked.address import Asked
from kpis.assessments.store import recompute
from kpis.measures.register import live_first, register
from kpis.models import Commentary, Measure, Target
from strategy.periods import Month
from tests.factories.measures import MeasureFactory, SeriesFactory, approved
from tests.factories.people import person

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
NOW = datetime(2025, 9, 1, tzinfo=UTC)


def test_it_opens_with_a_sentence_and_what_needs_attention(world, client):
    page = care_group_page(world.acute, Asked(QueryDict(), now=NOW))
    assert page.sentence == "0 of 1 rated measure off target, 1 on target, in July 2025."
    assert page.attention_rows == []
    Target.objects.update(value=Decimal(99), floor=Decimal(98))
    Measure.objects.update(owner="Chief Nurse")
    month = page.month
    Commentary.objects.create(
        series=world.series, period_start=month.start, period_end=month.end, written_at=NOW,
        what_happened="A ward closed. It opens in May.", approved_at=NOW,
    )  # fmt: skip
    recompute(stale_only=False, at=NOW)
    (line,) = care_group_page(world.acute, Asked(QueryDict(), now=NOW)).attention_rows
    assert line.url == "/measures/seen-in-time/?care_group=acute"
    assert (line.said.figure, line.notes) == ("96.0%", ["Chief Nurse"])
    assert line.comment_words == "A ward closed."
    client.force_login(person(Role.BOARD_MEMBER))
    shown = client.get("/care-groups/acute/").content.decode()
    assert shown.index("Needs attention") < shown.index('id="measures-h"')


def test_the_register_begins_with_what_has_had_a_figure_of_late(world, client):
    MeasureFactory(code="idle", name="A measure of long ago")
    rows = register(Asked(QueryDict(), now=NOW))
    assert [row.name for row in rows] == ["A measure of long ago", "Seen"]
    assert [(row.name, row.is_live) for row in live_first(rows)] == [
        ("Seen", True),
        ("A measure of long ago", False),
    ]
    later = datetime(2027, 9, 1, tzinfo=UTC)
    assert not any(row.is_live for row in register(Asked(QueryDict(), now=later)))
    # A single figure is the latest one due for ever, and as old as it is.
    single = MeasureFactory(code="once", name="Once", frequency="one_off")
    series = SeriesFactory(measure=single, care_group=world.trust.care_group)
    approved(series, Month(2025, 5), 4)
    recompute(stale_only=False, at=NOW)
    for now, is_live in ((NOW, True), (later, False)):
        (row,) = [row for row in register(Asked(QueryDict(), now=now)) if row.name == "Once"]
        assert (row.standing.shown.value, row.is_live) == (4, is_live)
    client.force_login(person(Role.BOARD_MEMBER))
    lines = client.get("/measures/data.csv").getvalue().decode().splitlines()[1:]
    page = client.get("/measures/")
    assert [line.partition(",")[0] for line in lines] == [
        row.measure_key for row in page.context["rows"]
    ]

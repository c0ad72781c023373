"""Rows that the database works out equal, byte by byte, those that the columns read."""

import csv
import io
import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection, connections, models
from django.db.models import F
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.permissions import Access
from accounts.roles import Role
from board.exports.datasets import DATASETS, export_bytes
from kmpt_tracker.ui.files import chunks
from kmpt_tracker.ui.formats import export_datetime, export_text
from kmpt_tracker.ui.tabular import Format, Kind
from kpis.assessments.clocks import usual_clock
from kpis.exports.assessments import judged_windows
from kpis.exports.clocked import provisional_ends
from kpis.judging.freshness import DataClock
from kpis.judging.history import Clock
from kpis.models import Actual, Commentary, Decision
from kpis.models.columns import ExactDecimal
from strategy.exports.cell_texts import text_of
from strategy.exports.dataset import number
from strategy.exports.filters import parse_filters
from strategy.exports.streams import Parts, one_moment
from strategy.periods import Frequency, Month, Period
from tests.factories.measures import MeasureFactory, SeriesFactory, approved
from tests.factories.people import person
from tests.factories.plans import CareGroupFactory
from tests.kpis.second.loading import load
from tests.kpis.second.world import random_world
from tests.ui.test_formats_export import PAYLOADS

NOW = datetime(2021, 1, 11, 9, tzinfo=UTC)
READER = Access(roles=frozenset({Role.ANALYST}))
# What the clock alone moves is asked for on three days, all else on the first.
MOVED = ({}, {"to": "2023-01"}, *({"status": one} for one in ("not_due", "late", "no_data")))
ASKED = (
    *MOVED,
    {"care_group": "trust"},
    {"from": "2019-06", "to": "2020-02"},
    {"origin": "published"},
    *({"status": status} for status in ("green", "no_target")),
)


@pytest.mark.django_db
def test_stored_rows_stream_as_their_columns_read_them(monkeypatch):
    load(random_world(random.Random(11), measures=12), at=NOW)
    dataset, seen = DATASETS["assessments"], 0
    for now in (NOW, NOW + timedelta(days=25), NOW + timedelta(days=400)):
        monkeypatch.setattr(timezone, "now", lambda now=now: now)
        for asked in ASKED if now == NOW else MOVED:
            filters = parse_filters(
                asked, applies=dataset.filters, dataset=dataset.name, now=now
            ).readable_by(READER)
            assert isinstance(dataset.rows(filters), Parts)
            for file_format in (Format.CSV, Format.JSONL)[: 1 if asked else 2]:
                streamed = b"".join(export_bytes(dataset, filters, file_format))
                read = chunks(
                    dataset.columns,
                    judged_windows(filters),
                    file_format,
                    title=dataset.name,
                )
                assert streamed == b"".join(read), (now, asked, file_format)
                seen += streamed.count(b"\n")
    assert seen > 1_000


WORDS = [*PAYLOADS, "", "plain", "Ünder", "ünder", "'", "''=1", "a,b", "„Zitat“", "\u1680=1"]
NUMBERS = [
    (ExactDecimal(), text)
    for text in ("94.50", "-0.0", "-0.50", "0", "100", "1E-7", "1.5E+3", ".5", "007", "x", "NaN")
]
NUMBERS += [
    (models.FloatField(), text) for text in ("1e-05", "75.0", "-0.0", "1e16", "0.1", "12.5")
]
NUMBERS += [(ExactDecimal(), "9" * 28 + ".10")]


def answer(sql: str, value: object) -> object:
    with one_moment(), connection.cursor() as cursor:
        cursor.execute(f"WITH found (v) AS (VALUES (%s)) SELECT {sql} FROM found", [value])
        return cursor.fetchone()[0]


@pytest.mark.django_db
@pytest.mark.parametrize("word", [word for word in WORDS if "\x00" not in word])
def test_the_database_guards_a_text_as_files_do(word):
    assert answer(text_of("v", Kind.TEXT, None, True), word) == (export_text(word) or None)
    assert answer(text_of("v", Kind.TEXT, None, False), word) == (word or None)


@pytest.mark.django_db
@pytest.mark.parametrize(("field", "written"), NUMBERS)
def test_the_database_writes_every_digit_as_files_do(field, written):
    is_float = isinstance(field, models.FloatField)
    value = float(written) if is_float else field.from_db_value(written, None, None)
    if value is None:
        expected = None
    else:
        (line,) = list(
            chunks((number("n", "N", lambda row: row),), [value], Format.JSONL, title="")
        )
        expected = line.decode().removeprefix('{"n":').removesuffix("}\n")
    found = answer(text_of("v", Kind.NUMBER, field, True), float(written) if is_float else written)
    assert (None if found is None else str(found)) == expected


@pytest.mark.django_db
@pytest.mark.parametrize("microseconds", [0, 1, 500_000, 499_999, 999_999])
@pytest.mark.parametrize("day", [date(1969, 12, 31), date(2026, 3, 29), date(2026, 7, 1)])
def test_the_database_writes_moments_as_files_do(day, microseconds):
    at = datetime(day.year, day.month, day.day, 23, 59, 59, microseconds, tzinfo=UTC)
    given = connection.ops.adapt_datetimefield_value(at)
    found = answer(text_of("v", Kind.MOMENT, models.DateTimeField(), True), given)
    assert found == export_datetime(at)


MONTHS = st.integers(0, 60).map(lambda months: Month(2018, 1).plus(months))


@st.composite
def clocks(draw) -> Clock:
    periods = {}
    for month in draw(st.sets(MONTHS, max_size=9)):
        closes = datetime.combine(month.end, datetime.min.time(), UTC)
        closes += timedelta(days=draw(st.integers(1, 70)))
        locked = draw(st.none() | st.integers(0, 90).map(lambda days: timedelta(days=days)))
        periods[month] = DataClock(closes, None if locked is None else closes + locked)
    now = datetime.combine(draw(MONTHS).start, datetime.min.time(), UTC)
    return Clock(now=now, periods=periods)


@pytest.mark.any_database
@settings(max_examples=25)
@given(clocks(), st.sampled_from(list(Frequency)), st.sampled_from([0, 20, 28, 45, 60, 180]))
def test_figures_read_provisional_in_queries_as_they_do_one_by_one(clock, frequency, lag):
    stretches = provisional_ends(clock, frequency, lag)
    for days in range(0, 365 * 7, 2):
        end = date(2017, 1, 1) + timedelta(days=days)
        window = Period(end, end)
        read = clock.status_of(
            "final", window, frequency, lag, is_published=False, usual=usual_clock
        )
        within = any(first <= end and (last is None or end <= last) for first, last in stretches)
        assert (read == "provisional") == within, end


@pytest.mark.django_db
def test_a_part_has_as_many_series_as_give_its_rows(monkeypatch):
    """A month of sixty series takes few queries, and ten months of each takes more of them."""
    monkeypatch.setattr("strategy.exports.streams.FIRST_PARENTS", 2)
    monkeypatch.setattr("strategy.exports.streams.ROWS_OF_A_PART", 24)
    measure = MeasureFactory()
    for turn in range(60):
        series = SeriesFactory(measure=measure, care_group=CareGroupFactory(code=f"in-{turn:02}"))
        approved(series, Month(2025, 4), value=Decimal(turn))
        if turn < 20:
            for later in range(1, 10):
                approved(series, Month(2025, 4).plus(later), value=Decimal(later))
    dataset = DATASETS["actuals"]
    for asked, counts in (
        ({"to": "2025-04"}, [2, 8, 24, 24, 2]),
        # Ten months of two series are 20 rows.
        ({}, [20] * 10 + [2, 8, 24, 6]),
    ):
        filters = parse_filters(
            asked, applies=dataset.filters, dataset="actuals", now=timezone.now()
        ).readable_by(READER)
        chunks_read = [chunk.count(b"\n") for chunk in export_bytes(dataset, filters, Format.CSV)]
        assert chunks_read == [1, *counts]


@pytest.mark.django_db
def test_current_figures_are_the_same_with_their_decision():
    load(random_world(random.Random(5), measures=8), at=NOW)
    moments = [None, *sorted({*Decision.objects.values_list("known_from", flat=True)})[:20]]
    several = 0
    for at in moments:
        current = set(Actual.objects.current(known_at=at).values_list("pk", flat=True))
        decided = Actual.objects.current_as_decided(known_at=at)
        assert {*decided.values_list("pk", flat=True)} == current
        assert {row.outcome for row in decided.annotate(outcome=F("decided__outcome"))} <= {
            "approved"
        }
        several += len(current)
    assert several > 100
    assert Actual.objects.exclude(pk__in=Actual.objects.current()).exists()


@pytest.mark.django_db
def test_comments_stream_as_they_are_kept(monkeypatch):
    """By measure, then by window, whoever wrote them of which care group; a part at a time."""
    monkeypatch.setattr("strategy.exports.streams.FIRST_PARENTS", 1)
    groups = [CareGroupFactory(code=code) for code in ("older", "acute")]
    writer = person(Role.ANALYST, username="@writer")
    said = ["=1+1", 'Two\nlines, and a "quote"', "-", "plain"]
    for measure in [MeasureFactory(code=code) for code in ("b", "a")]:
        series = [SeriesFactory(measure=measure, care_group=group) for group in groups]
        for turn in range(4):
            month = Month(2025, 4).plus(turn // 2)
            at = NOW + timedelta(seconds=turn, microseconds=500_000 * (turn % 2))
            Commentary.objects.create(
                series=series[turn % 2],
                period_start=month.start,
                period_end=month.end,
                written_by=writer if turn else None,
                what_happened=said[turn],
                written_at=at,
                approved_at=at,
            )
    rows = Commentary.objects.order_by("series__measure__code", "period_end", "pk")
    expected = [
        {
            "measure": row.series.measure.code,
            "care_group": row.series.care_group.code,
            "period_start": row.period_start.isoformat(),
            "written_at": export_datetime(row.written_at),
            "written_by": export_text(row.written_by.username) if row.written_by else "",
            "what_happened": export_text(row.what_happened),
        }
        for row in rows
    ]
    filters = parse_filters(
        {}, applies=frozenset(), dataset="commentary", now=timezone.now()
    ).readable_by(READER)
    found = b"".join(export_bytes(DATASETS["commentary"], filters, Format.CSV)).decode()
    read = list(csv.DictReader(io.StringIO(found, newline="")))
    assert [{name: row[name] for name in expected[0]} for row in read] == expected
    assert len(read) == 8


@pytest.mark.postgresql
@pytest.mark.django_db(transaction=True)
def test_a_file_shows_one_moment_while_figures_move(monkeypatch):
    """Half of the file is read, then two series swap their figures: the sum in the file stays."""
    monkeypatch.setattr("strategy.exports.streams.FIRST_PARENTS", 1)
    both = [SeriesFactory(care_group=CareGroupFactory(code=code)) for code in ("first", "second")]
    april = Month(2025, 4)
    for series, value in zip(both, (30, 70), strict=True):
        approved(series, april, value=Decimal(value))
    filters = parse_filters(
        {}, applies=frozenset(), dataset="actuals", now=timezone.now()
    ).readable_by(READER)
    stream = export_bytes(DATASETS["actuals"], filters, Format.CSV)
    read = [next(stream), next(stream)]
    elsewhere = connections.create_connection("default")
    mine, connections["default"] = connections["default"], elsewhere
    try:
        for series, value in zip(both, (70, 30), strict=True):
            approved(series, april, value=Decimal(value))
    finally:
        elsewhere.close()
        connections["default"] = mine
    rows = list(csv.DictReader(io.StringIO(b"".join([*read, *stream]).decode())))
    assert [row["value"] for row in rows] == ["30", "70"]
    after = b"".join(export_bytes(DATASETS["actuals"], filters, Format.CSV)).decode()
    assert [row["value"] for row in csv.DictReader(io.StringIO(after))] == ["70", "30"]

"""What may be typed, through the real form: the verdicts of docs/input.md, and the text kept."""

import html
import re
from collections import Counter
from datetime import date
from decimal import Decimal

import pytest
from django.utils import timezone

from kpis.assessments.store import recompute
from kpis.models import Actual, ReturnCell, Series
from strategy.periods import Month
from tests.factories.measures import (
    MeasureFactory,
    MilestoneFactory,
    RatioFactory,
    ReportingPeriodFactory,
    SeriesFactory,
    approved,
)
from tests.factories.people import lead_of
from tests.factories.plans import CareGroupFactory, TrustFactory
from tests.ui.test_input_docs import boxes, number, table, typed

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]
MONTH = Month.of(timezone.localdate()).plus(-1)
BACKEND = "django.contrib.auth.backends.ModelBackend"
# How the measure behind a box is shown; the docs' box says what is accepted.
SHOWN = {"percent": 1, "growth": 1, "millions": 1, "score": 1}
FIELDS = ("value", "numerator", "denominator")


class Form:
    """One care group's return at a lead's client, with one measure in it."""

    def __init__(self, client, series: Series):
        self.client, self.series = client, series
        self.address = f"/returns/{MONTH}/{series.care_group.code}/"
        client.force_login(lead_of(series.care_group), backend=BACKEND)

    def post(self, action: str = "save", **boxes: str):
        cell = self.cell()
        prefix = f"s{self.series.pk}"
        posted = {f"{prefix}-{name}": text for name, text in boxes.items()}
        posted[f"{prefix}-version"] = str(cell.version if cell else 0)
        response = self.client.post(self.address, {**posted, "action": action}, follow=True)
        assert response.status_code == 200
        self.page = html.unescape(response.content.decode())
        self.raw = response.content.decode()
        return self

    def cell(self) -> ReturnCell | None:
        return ReturnCell.objects.filter(series=self.series).first()

    def shown(self, field: str) -> str:
        """The text in a box of the page that came back."""
        name = f"s{self.series.pk}-{field}"
        found = re.search(rf'name="{name}"\s+value="([^"]*)"', self.raw)
        return html.unescape(found[1]) if found else ""

    @property
    def error(self) -> str:
        found = re.search(r'nhsuk-error-message".*?Error:</span>(.*?)</span>', self.raw, re.DOTALL)
        return html.unescape(found[1]).strip() if found else ""

    @property
    def questions(self) -> list[str]:
        found = re.findall(r'<div class="kt-warn">(.*?)<label', self.raw, re.DOTALL)
        texts = [re.findall(r"</svg>(.*?)</p>", part, re.DOTALL) for part in found]
        return [html.unescape(text).strip() for part in texts for text in part]


@pytest.fixture
def open_month(db):
    TrustFactory()
    return ReportingPeriodFactory(month=MONTH)


@pytest.fixture
def acute(open_month):
    return CareGroupFactory(code="acute")


def measure_of(box: str, **more):
    rules = boxes()[box]
    return MeasureFactory(
        name=rules.name,
        unit=rules.unit,
        decimals=SHOWN.get(box, 0),
        minimum=rules.minimum,
        maximum=rules.maximum,
        repeat_check=rules.repeat_check,
        **more,
    )


NUMBERS = [row for row in table("numbers") if row[:2] != ["score", "`7.25`"]]
MOST_ALIKE = 2


@pytest.mark.parametrize("box", sorted({row[0] for row in NUMBERS}))
def test_every_kind_of_row_of_numbers_holds_in_the_form(client, acute, box):
    """Two rows of each verdict: `tests/ui/test_input_docs.py` holds every row to the same parser.

    A return leaves a box empty until it is submitted, and takes four decimals of a score.
    """
    form = Form(client, SeriesFactory(measure=measure_of(box), care_group=acute))
    sent: Counter[str] = Counter()
    for row_box, cell, stored, message in NUMBERS:
        text = typed(cell)
        if row_box != box or not text.strip("\u00a0\u200b ") or sent[message] == MOST_ALIKE:
            continue
        sent[message] += 1
        form.post(value=text)
        assert (form.cell().value, form.error) == (number(stored), message), cell
        assert form.shown("value") == text, cell
        assert form.cell().value_text == text, cell


def test_a_return_takes_four_decimals_of_a_score_and_no_fifth(client, acute):
    form = Form(client, SeriesFactory(measure=measure_of("score"), care_group=acute))
    assert form.post(value="7.2525").cell().value == Decimal("7.2525")
    assert form.post(value="7.2525555").error == "Staff score must have 6 decimal places or fewer"


def test_every_row_of_parts_holds_in_the_form(client, acute):
    measure = RatioFactory(
        name="Seen on time", numerator="patients seen", denominator="patients referred"
    )
    form = Form(client, SeriesFactory(measure=measure, care_group=acute))
    for *parts, stored, message in table("parts"):
        texts = {
            name: "" if part == "–" else part
            for name, part in zip(("numerator", "denominator", "value"), parts, strict=True)
        }
        if not any(texts.values()):
            continue
        form.post(**texts)
        found = form.cell()
        assert form.error == message, parts
        assert found.value == (None if stored == "no activity" else number(stored)), parts
        for name in ("numerator", "denominator"):
            assert form.shown(name) == texts[name], parts
        if stored == "no activity":
            assert "Not applicable" in form.page


@pytest.mark.parametrize("row", table("questions"), ids=" ".join)
def test_every_row_of_questions_is_asked_in_the_form_and_blocks_nothing(client, acute, row):
    box, earlier, text, question = row
    series = SeriesFactory(measure=measure_of(box), care_group=acute)
    history = earlier.split()
    for back, value in enumerate(history):
        approved(series, MONTH.plus(back - len(history)), value)
    recompute(stale_only=False, at=timezone.now())
    form = Form(client, series).post(value=text)
    assert form.questions == ([question] if question else [])
    assert form.cell().value == Decimal(text)
    form.post("submit", value=text)
    submitted = Actual.objects.filter(series=series, submission__isnull=False)
    if question:
        assert "check the figure, then confirm it and say why" in form.page
        assert not submitted.exists()
        reason = {"confirmed": "on", "confirm_reason": "Counted twice"}
        form.post("submit", value=text, comment="A second line was opened", **reason)
        assert submitted.get().note == "Counted twice"
    assert submitted.get().value == Decimal(text)


def test_a_tick_confirms_the_figure_it_was_given_for_and_no_other(client, acute):
    series = SeriesFactory(measure=measure_of("count"), care_group=acute)
    for back in range(-12, 0):
        approved(series, MONTH.plus(back), str(30 + back % 3))
    recompute(stale_only=False, at=timezone.now())
    form = Form(client, series)
    said = {"comment": "A ward was moved here"}
    ticked = {"confirmed": "on", "confirm_reason": "Counted twice", **said}
    ticks = re.compile(rf'name="s{series.pk}-confirmed"\s+checked')
    form.post(value="90", **ticked)
    assert ticks.search(form.raw)
    form.post("submit", value="900", **ticked)
    assert "check the figure, then confirm it and say why" in form.page
    assert not ticks.search(form.raw)
    assert form.shown("confirm_reason") == "Counted twice"
    assert not Actual.objects.filter(submission__isnull=False).exists()
    form.post("submit", value="900", **ticked)
    assert Actual.objects.get(submission__isnull=False).value == 900
    form.post(value="950", **ticked)
    assert not form.cell().confirmed
    form.post("submit", value="980", confirmed="on", confirm_reason="Counted by hand", **said)
    assert Actual.objects.filter(value=980, note="Counted by hand").exists()


def test_every_kind_of_row_of_dates_holds_in_the_form(client, acute):
    form = Form(client, SeriesFactory(measure=MilestoneFactory(name="Opened"), care_group=acute))
    sent: Counter[str] = Counter()
    for cell, stored, message in table("dates"):
        text = typed(cell)
        if not text or sent[message] == MOST_ALIKE:
            continue
        sent[message] += 1
        form.post(milestone_status="on_track", forecast=text)
        expected = None if stored == "–" else date.fromisoformat(stored)
        assert form.error == re.sub("^Date", "Expected date", message), cell
        assert form.cell().forecast_on == expected, cell
        assert form.shown("forecast") == text, cell


def test_a_whole_number_is_asked_for_where_none_may_be_left_out(client, acute):
    form = Form(client, SeriesFactory(measure=measure_of("count"), care_group=acute))
    form.post("submit", value="")
    assert "Referrals: enter a figure, or say why there is none" in form.page
    form.post("submit", value="", no_data_reason="The system was down")
    assert "Submitted." in form.page


TEXTS = ["<script>alert(1)</script>", "=1+1", "😀 𝒳", "שלום", "O'Brien & Sons", 'a "b" c', "  x "]


@pytest.mark.parametrize("field", ["comment", "no_data_reason", "change_reason"])
def test_words_are_kept_as_typed_and_escaped_where_they_are_shown(client, acute, field):
    form = Form(client, SeriesFactory(measure=measure_of("count"), care_group=acute))
    for text in TEXTS:
        form.post(**{field: text})
        assert getattr(form.cell(), field) == text
        assert text in form.page
        assert "<script>alert" not in form.raw


def test_words_up_to_their_limit_are_taken_and_one_more_is_not(client, acute):
    form = Form(client, SeriesFactory(measure=measure_of("count"), care_group=acute))
    assert form.post(value="1", comment="x" * 2_000).error == ""
    form.post(value="1", comment="x" * 2_001)
    assert form.error == "Comment must be 2,000 characters or fewer"
    assert form.cell().comment == "x" * 2_001


UNKEPT = {
    "value": ["1\x00", "9" * 201, "x" * 5_000, "1\ufffe"],
    "comment": ["a\x00b", "\uffff"],
    "no_data_reason": ["\x00"],
}


@pytest.mark.parametrize("field", UNKEPT)
@pytest.mark.parametrize("action", ["save", "submit"])
def test_what_no_draft_can_hold_is_shown_again_with_its_message(client, acute, field, action):
    form = Form(client, SeriesFactory(measure=measure_of("count"), care_group=acute))
    form.post(value="12")
    for text in UNKEPT[field]:
        form.post(action, **{"value": "13", field: text})
        assert form.error
        assert form.page.count(text) >= 1
        assert form.cell().value == 12
        assert form.cell().version == 1
    assert not Actual.objects.exists()


def test_junk_in_the_hidden_boxes_is_never_a_fault(client, acute):
    form = Form(client, SeriesFactory(measure=MilestoneFactory(), care_group=acute))
    prefix = f"s{form.series.pk}"
    for name, text in (
        (f"{prefix}-version", "9" * 5_000), (f"{prefix}-version", "-1"), (f"{prefix}-version", "²"),
        (f"{prefix}-version", "999999999"), ("version", "9" * 5_000), ("version", "x"),
        ("s999999999999-version", "0"), ("s" + "9" * 40 + "-version", "0"), ("s٣-version", "0"),
        ("action", "delete"), ("action", ""), ("action", "\x00"),
        (f"{prefix}-milestone_status", "x" * 500), (f"{prefix}-confirmed", "maybe"),
    ):  # fmt: skip
        posted = {f"{prefix}-version": "0", f"{prefix}-milestone_status": "", name: text}
        for action in ("save", "submit"):
            response = client.post(form.address, {"action": action, **posted})
            assert response.status_code in (200, 302, 409), (name, text[:20])
    assert not Actual.objects.exists()


def test_a_locked_month_refuses_and_shows_what_was_typed(client, acute, open_month):
    form = Form(client, SeriesFactory(measure=measure_of("count"), care_group=acute))
    open_month.locked_at = timezone.now()
    open_month.save()
    prefix = f"s{form.series.pk}"
    response = client.post(form.address, {f"{prefix}-version": "0", f"{prefix}-value": "4,321"})
    page = response.content.decode()
    assert response.status_code == 409
    assert f"{MONTH.full_label} is locked. The performance team can open it again" in page
    assert "4,321" in page
    assert form.cell() is None


def test_more_boxes_than_any_return_has_are_refused_with_a_page(client, acute):
    form = Form(client, SeriesFactory(measure=measure_of("count"), care_group=acute))
    response = client.post(form.address, {f"x{number}": "" for number in range(5_001)})
    assert response.status_code == 400
    assert "That address cannot be used" in response.content.decode()

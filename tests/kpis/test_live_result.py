"""While a row is typed the page shows what Save would show, by the same rules, saving nothing."""

import re

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import AuditEvent
from kpis.assessments.store import recompute
from kpis.models import ReportingPeriod, Return, ReturnCell
from strategy.periods import Month
from tests.factories.measures import (
    MeasureFactory,
    MilestoneFactory,
    RatioFactory,
    ReportingPeriodFactory,
    SeriesFactory,
    TargetFactory,
    approved,
)
from tests.factories.people import lead_of, performance_team, person
from tests.factories.plans import CareGroupFactory, TrustFactory

pytestmark = pytest.mark.django_db
MONTH = Month.of(timezone.localdate()).plus(-1)
ADDRESS = f"/returns/{MONTH}/acute/"
RESULT, DRAFT = f"{ADDRESS}result/", f"{ADDRESS}draft/"
BACKEND = "django.contrib.auth.backends.ModelBackend"
COMMENTED = MONTH.plus(-2)


@pytest.fixture
def rows():
    """A ratio, a count and a milestone with two years behind them, and a target each."""
    TrustFactory()
    ReportingPeriodFactory(month=MONTH)
    acute = CareGroupFactory(code="acute", name="Acute")
    measures = (
        RatioFactory(code="seen", numerator="people seen", denominator="people referred"),
        MeasureFactory(code="calls", repeat_check=True),
        MilestoneFactory(code="ward"),
    )
    made = [SeriesFactory(measure=measure, care_group=acute) for measure in measures]
    for measure, value in ((measures[0], 95), (measures[1], 40)):
        TargetFactory(measure=measure, care_group=acute, value=value)
    for back in range(1, 25):
        before = MONTH.plus(-back)
        approved(made[0], before, numerator=460 + back % 7, denominator=500)
        approved(made[1], before, 30 + back % 3)
    recompute(stale_only=False, at=timezone.now())
    return made


@pytest.fixture
def lead(rows, client):
    client.force_login(lead_of(rows[0].care_group), backend=BACKEND)
    return client


def row_in(page: str, series) -> str:
    """A row of the page and what is below it, without the version that a save raises."""
    prefix = f"s{series.pk}"
    below = page.split(f'data-row="{prefix}"')[1].split(f'data-below="{prefix}"')
    text = below[0] + below[1].split("</tr>")[0]
    text = re.sub(rf'(name="{prefix}-version" value)="\d+"', r"\1", text)
    return re.sub(r"csrfmiddlewaretoken\S+", "", " ".join(text.split()))


WORDS = st.sampled_from(["", "Two wards were closed", "x" * 2_001, " ", "<b>=1+1"])
NUMBERS = st.one_of(
    st.integers(0, 2_000).map(str),
    st.sampled_from(
        [
            "",
            "84%",
            "1 234",
            "1\u2009234",
            "12,5",
            "n/a",
            "4o0",
            "-3",
            "0",
            "470.5",
            "9" * 201,
            "\x00",
        ]
    ),
)
TYPED = st.fixed_dictionaries(
    {
        "numerator": NUMBERS,
        "denominator": NUMBERS,
        "value": NUMBERS,
        "milestone_status": st.sampled_from(["", "on_track", "complete", "gone"]),
        "forecast": st.sampled_from(["", "01/02/2027", "soon"]),
        "completed": st.sampled_from(["", "01/02/2026", "31/06/2026"]),
        "comment": WORDS,
        "no_data_reason": st.sampled_from(["", "The system was down"]),
        "confirm_reason": st.sampled_from(["", "Counted twice"]),
        "confirmed": st.sampled_from(["", "on"]),
    }
)


def posted(series, typed: dict[str, str]) -> dict[str, str]:
    measure = series.measure
    boxes = {"comment", "no_data_reason", "confirm_reason", "confirmed"}
    boxes |= {"numerator", "denominator"} if measure.is_ratio else set()
    boxes |= {"milestone_status", "forecast", "completed"} if measure.is_milestone else set()
    boxes |= set() if measure.is_ratio or measure.is_milestone else {"value"}
    cell = ReturnCell.objects.filter(series=series).first()
    sent = {name: typed[name] for name in boxes if name != "confirmed" or typed[name]}
    return {
        f"s{series.pk}-version": str(cell.version if cell else 0),
        **{f"s{series.pk}-{name}": text for name, text in sent.items()},
    }


@settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
@given(typed=TYPED)
def test_what_is_said_while_typing_is_what_a_save_says(rows, lead, typed):
    for series in rows:
        sent = posted(series, typed)
        live = lead.post(RESULT, sent)
        saved = lead.post(ADDRESS, sent, follow=True)
        assert live.status_code == saved.status_code == 200
        assert row_in(live.text, series) == row_in(saved.text, series)


def test_nothing_is_written_and_nothing_begins(rows, lead):
    before = AuditEvent.objects.count()
    answer = lead.post(RESULT, posted(rows[1], dict.fromkeys(TYPED_FIELDS, "") | {"value": "90"}))
    assert "90 is unusual" in answer.text
    assert "Would be unusually high" in answer.text
    assert "This is more than chance: say what caused it." in answer.text
    assert AuditEvent.objects.count() == before
    assert not Return.objects.exists()


TYPED_FIELDS = (
    "numerator", "denominator", "value", "milestone_status", "forecast", "completed", "comment",
    "no_data_reason", "confirm_reason", "confirmed",
)  # fmt: skip


@pytest.mark.parametrize("address", [RESULT, DRAFT])
def test_only_who_enters_the_return_is_answered(rows, client, address):
    sent = posted(rows[1], dict.fromkeys(TYPED_FIELDS, ""))
    assert client.post(address, sent).status_code in (302, 403)
    client.force_login(lead_of(CareGroupFactory(code="older")), backend=BACKEND)
    assert client.post(address, sent).status_code == 404
    client.force_login(person(), backend=BACKEND)
    assert client.post(address, sent).status_code == 403
    client.force_login(performance_team(), backend=BACKEND)
    assert client.post(address, sent).status_code == 200


def test_a_row_that_the_return_does_not_have_is_not_found(rows, lead):
    assert lead.post(RESULT, {"s999999-version": "0"}).status_code == 404
    assert lead.post(RESULT, {}).status_code == 404


def test_a_result_rests_on_one_series_and_few_queries(rows, lead, django_assert_max_num_queries):
    for number in range(20):
        SeriesFactory(measure=MeasureFactory(code=f"more-{number}"), care_group=rows[0].care_group)
    sent = posted(rows[0], dict.fromkeys(TYPED_FIELDS, "") | {"numerator": "4", "denominator": "5"})
    with django_assert_max_num_queries(25):
        lead.post(RESULT, sent)


def test_a_draft_keeps_itself_as_typed_and_says_when(rows, lead):
    sent = posted(rows[1], dict.fromkeys(TYPED_FIELDS, "") | {"value": "thirty", "comment": "=1+1"})
    answer = lead.post(DRAFT, sent).json()
    assert "Draft" in answer["status"]
    assert re.fullmatch(r"Draft saved (\d{1,2}(:\d\d)?[ap]m|midday|midnight)", answer["said"])
    cell = ReturnCell.objects.get()
    assert (cell.value_text, cell.comment) == ("thirty", "=1+1")
    assert "must be a number, like 30" in answer["rows"]
    assert f'name="s{rows[1].pk}-version" value="1"' in " ".join(answer["rows"].split())


def test_a_draft_that_somebody_else_changed_is_told_and_keeps_what_was_typed(rows, lead, client):
    sent = posted(rows[1], dict.fromkeys(TYPED_FIELDS, "") | {"value": "12"})
    client.force_login(lead_of(rows[0].care_group, first_name="Owen"), backend=BACKEND)
    client.post(DRAFT, sent)
    client.force_login(lead_of(rows[0].care_group, first_name="Amara"), backend=BACKEND)
    answer = client.post(DRAFT, {**sent, f"s{rows[1].pk}-value": "21"}).json()
    assert answer["is_conflict"]
    assert "changed by someone else" in answer["said"]
    assert "Owen saved 12" in " ".join(answer["rows"].split())
    assert 'value="21"' in answer["rows"]
    assert ReturnCell.objects.get().value == 12


def test_a_draft_that_was_changed_in_another_tab_is_told_as_ones_own(rows, lead):
    sent = posted(rows[1], dict.fromkeys(TYPED_FIELDS, "") | {"value": "12"})
    lead.post(DRAFT, sent)
    answer = lead.post(DRAFT, {**sent, f"s{rows[1].pk}-value": "21"}).json()
    assert answer["is_conflict"]
    assert "was changed in another tab of yours. Both figures stand in the row." in answer["said"]
    assert "You saved 12 in another tab" in " ".join(answer["rows"].split())


def test_a_key_pressed_by_chance_does_not_take_back_what_was_submitted(rows, lead):
    sent = posted(rows[1], dict.fromkeys(TYPED_FIELDS, "") | {"value": "12"})
    lead.post(DRAFT, sent)
    Return.objects.update(status=Return.Status.SUBMITTED)
    answer = lead.post(DRAFT, {**sent, f"s{rows[1].pk}-version": "1", f"s{rows[1].pk}-value": "13"})
    assert answer.status_code == 409
    assert "Save draft takes it back to draft" in answer.json()["problem"]
    assert Return.objects.get().status == Return.Status.SUBMITTED
    assert ReturnCell.objects.get().value == 12


def test_a_month_locked_meanwhile_says_so_to_the_draft(rows, lead):
    ReportingPeriod.objects.update(locked_at=timezone.now())
    sent = posted(rows[1], dict.fromkeys(TYPED_FIELDS, "") | {"value": "12"})
    answer = lead.post(DRAFT, sent)
    assert answer.status_code == 409
    assert f"{MONTH.full_label} is locked" in answer.json()["problem"]
    assert not ReturnCell.objects.exists()

"""A pasted text becomes lines of a draft only as a person keeps them."""

import re

import pytest

from kpis.models import DraftLine, Measure, PlanDraft
from kpis.workbench.locked import DraftRefused
from kpis.workbench.paste import kept
from tests.factories.measures import MeasureFactory
from tests.factories.people import performance_team
from tests.factories.plans import TrustFactory

pytestmark = pytest.mark.django_db
EDIT = "/plans/read/edit/"
TEXT = """1. People we care for
1.1 Care in time
What this will look like
People are seen when they need it
How we will know
95% of people are seen by
March 2029
Decrease violence by 15% from a baseline of 237 in 2025/26
"""


@pytest.fixture
def drafting(client):
    TrustFactory()
    client.force_login(performance_team())
    client.post(
        "/plans/new/",
        {
            "title": "Read",
            "code": "read",
            "starts_on": "1/4/2026",
            "ends_on": "31/3/2029",
            "document": "The document",
        },
    )
    return client


def boxes(page):
    """What the preview would send."""
    sent = {}
    for place, chosen in re.findall(
        r'name="kind-(\d+)".*?<option\s+value="(\w+)"\s+selected', page, re.DOTALL
    ):
        sent[f"kind-{place}"] = chosen
    for place, words in re.findall(r'name="words-(\d+)"[^>]*>\s*(.*?)</textarea>', page, re.DOTALL):
        sent[f"words-{place}"] = words
    for place, number in re.findall(r'name="number-(\d+)"\s+value="([^"]*)"', page):
        sent[f"number-{place}"] = number
    return sent


def test_reading_keeps_nothing_and_confirming_keeps_what_was_chosen(drafting):
    shown = drafting.post(EDIT, {"action": "read", "text": TEXT, "place": "Pages 2 and 3"})
    assert shown.status_code == 200
    assert not DraftLine.objects.exists()
    page = shown.content.decode()
    assert "value 95%, due by March 2029" in page
    assert "baseline 237 2025/26" in page
    sent = boxes(page)
    sent["kind-3"] = "left_out"
    answer = drafting.post(EDIT, {"action": "take", "place": "Pages 2 and 3", **sent})
    assert answer.status_code == 302
    rows = DraftLine.objects.order_by("pk")
    assert [(row.kind, row.number, row.statement) for row in rows] == [
        ("ambition", "1", "People we care for"),
        ("objective", "1.1", "Care in time"),
        ("outcome", "", "People are seen when they need it"),
        ("promise", "", "Decrease violence by 15% from a baseline of 237 in 2025/26"),
    ]
    assert {row.source_section for row in rows} == {"Pages 2 and 3"}
    assert {row.value for row in rows} == {None}
    assert not Measure.objects.exists()


def test_the_numbers_found_stand_in_the_boxes_until_somebody_saves_them(drafting):
    page = drafting.post(EDIT, {"action": "read", "text": TEXT, "place": "Page 2"}).content.decode()
    drafting.post(EDIT, {"action": "take", "place": "Page 2", **boxes(page)})
    line = DraftLine.objects.get(statement__startswith="Decrease")
    MeasureFactory(name="Violence", direction="lower_is_better")
    form = drafting.get(f"{EDIT}?line={line.pk}").content.decode()
    for box in ('name="value" value="15"', 'name="baseline" value="237"'):
        assert box in re.sub(r"\s+", " ", form)
    assert "were found in the words" in form
    assert DraftLine.objects.get(pk=line.pk).value is None


def test_a_line_with_nothing_above_it_is_named_and_what_was_typed_stays(drafting):
    answer = drafting.post(
        EDIT,
        {"action": "take", "kind-0": "promise", "words-0": "95% are seen", "number-0": ""},
    )
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "Line 1 has no objective above it" in page
    assert "95% are seen" in page
    assert not DraftLine.objects.exists()


@pytest.mark.parametrize("text", ["", " \n \n", "•\n•", "\n".join(f"{n} A B." for n in range(500))])
def test_a_text_without_words_or_too_long_says_what_to_do(drafting, text):
    answer = drafting.post(EDIT, {"action": "read", "text": text})
    assert answer.status_code in (200, 409)
    assert "error" in answer.content.decode().lower()
    assert not DraftLine.objects.exists()


def test_a_proposed_plan_takes_no_more_lines(drafting):
    PlanDraft.objects.update(
        status="proposed",
        proposed_at="2026-03-01T09:00Z",
        proposed_by=performance_team(),
        adopts_on="2026-04-01",
        decision="Minute 7",
    )
    sent = {"action": "take", "kind-0": "ambition", "words-0": "People", "number-0": "1"}
    assert drafting.post(EDIT, sent).status_code == 409
    assert not DraftLine.objects.exists()


def test_nothing_kept_is_refused():
    with pytest.raises(DraftRefused, match="at least one"):
        kept({"kind-0": "left_out", "words-0": "Words"})
    with pytest.raises(DraftRefused, match="Choose what line 1"):
        kept({"kind-0": "wish", "words-0": "Words"})


@pytest.mark.parametrize(
    ("words", "unit", "shown", "message"),
    [
        ("Save £3m by 2028", "pounds_thousand", "3", "enter 3,000, or choose another"),
        ("Save £3m by 2028", "percent", "3", "enter the number in that, or choose another"),
        ("Complaints are closed within 28 days", "weeks", "28", "enter 4, or choose another"),
        ("Complaints are closed within 28 days", "days", "28", ""),
        ("Save £3m by 2028", "pounds_million", "3", ""),
        ("Savings: £5m in 2026/27, £6m in 2027/28", "pounds", None, "enter the values in that"),
    ],
)
def test_an_amount_of_another_unit_than_the_measure_has_is_refused_at_its_box(
    drafting, words, unit, shown, message
):
    text = f"1. Money and time\n1.1 Both\nHow we will know\n{words}\n"
    page = drafting.post(EDIT, {"action": "read", "text": text, "place": "Page 2"})
    drafting.post(EDIT, {"action": "take", "place": "Page 2", **boxes(page.content.decode())})
    line = DraftLine.objects.get(statement=words)
    initial = drafting.get(EDIT, {"line": line.pk}).context["form"].initial
    assert initial["value"] == (shown or "")
    direction = "higher_is_better" if "Sav" in words else "lower_is_better"
    measure = MeasureFactory(unit=unit, direction=direction, maximum=None)
    sent = {name: value for name, value in initial.items() if value is not None}
    sent |= {"action": "save", "line": line.pk, "measure": measure.pk}
    answer = drafting.post(EDIT, sent)
    assert (answer.status_code == 302) is not bool(message)
    assert message in answer.content.decode()
    line.refresh_from_db()
    assert (line.value is not None) is (shown is not None and not message)

"""The page that proposes a pasted text line by line: joined promises are split by a person."""

from html import unescape

import pytest

from kpis.models import DraftLine
from kpis.workbench import paste
from kpis.workbench.locked import DraftRefused
from strategy.plan_text.outline import parts_of
from tests.kpis.drafting import author, begin, ended

__all__ = ["author", "ended"]
JOINED = "Reduce falls by 10% by March 2028 Increase staff uptake to 80%"


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        (JOINED, ["Reduce falls by 10% by March 2028", "Increase staff uptake to 80%"]),
        ("Turnover below 11% • Sickness below 4.5%", ["Turnover below 11%", "Sickness below 4.5%"]),
        ("90% are seen in a day. 95% in two", ["90% are seen in a day.", "95% in two"]),
        ("People feel safe. We ask them in 2027.", ["People feel safe. We ask them in 2027."]),
        ("We will Improve access", ["We will Improve access"]),
        ("From 60% to 80% of people", ["From 60% to 80% of people"]),
        ("Every person has a plan", ["Every person has a plan"]),
        ("", [""]),
    ],
)
def test_where_a_line_may_hold_another_promise(words, parts):
    assert parts_of(words) == parts


def sent(*lines: tuple[str, str, str]) -> dict[str, str]:
    found = {}
    for place, (kind, words, number) in enumerate(lines):
        found |= {f"kind-{place}": kind, f"words-{place}": words, f"number-{place}": number}
    return found


def test_a_break_that_a_person_puts_into_the_words_begins_another_line():
    lines = paste.kept(
        sent(
            ("ambition", "Better access", "1"),
            ("objective", "Shorter waits", "1.1"),
            ("promise", "Reduce falls by 10%\r\n\r\nIncrease uptake to 80%\r\n", "7"),
        )
    ).lines
    assert [(line.kind, line.promise.statement, line.number) for line in lines[2:]] == [
        ("promise", "Reduce falls by 10%", "7"),
        ("promise", "Increase uptake to 80%", ""),
    ]


def test_more_lines_than_a_page_holds_are_refused_and_none_is_lost_in_silence():
    full = sent(*[("promise", "One\nTwo", "")] * paste.MOST_LINES)
    with pytest.raises(DraftRefused, match="A page holds 400 lines"):
        paste.sent_again(full)


@pytest.mark.django_db
def test_a_line_that_may_hold_two_is_split_by_a_button_and_kept_only_by_a_person(
    client, ended, author
):
    draft = begin(author, ended)
    client.force_login(author)
    text = f"Priority 1: Care\n1.1 Safety\nHow we will know:\n• {JOINED}\n• Sickness below 4%\n"
    page = client.post("/plans/next/edit/", {"action": "read", "text": text, "place": "Page 3"})
    shown = unescape(page.content.decode())
    assert "It may hold 2 promises" in shown
    rows = page.context["rows"]
    (place,) = [row.place for row in rows if row.parts]
    boxes = sent(*[(row.line.part.value, row.line.words, row.line.number) for row in rows])
    split = client.post(
        "/plans/next/edit/", {**boxes, "action": f"split:{place}", "place": "Page 3"}
    )
    assert split.status_code == 200
    assert not DraftLine.objects.filter(statement__contains="uptake").exists()
    again = split.context["rows"]
    assert [row.line.words for row in again][place : place + 3] == [
        "Reduce falls by 10% by March 2028",
        "Increase staff uptake to 80%",
        "Sickness below 4%",
    ]
    assert 'value="Page 3"' in split.content.decode()
    boxes = sent(*[(row.line.part.value, row.line.words, row.line.number) for row in again])
    client.post("/plans/next/edit/", {**boxes, "action": "take", "place": "Page 3"})
    kept = draft.lines.filter(kind="promise", source_section="Page 3")
    assert kept.filter(statement="Increase staff uptake to 80%").exists()


def made(*lines: tuple[str, str, str]) -> list[tuple[str, str, int | None]]:
    return [(row.kind, row.promise.statement, row.under) for row in paste.kept(sent(*lines)).lines]


def test_a_level_that_the_text_does_not_have_takes_the_words_of_the_one_that_it_has():
    flat = made(
        ("objective", "Fair access", "1"),
        ("promise", "95% are seen", ""),
        ("objective", "Safe wards", "2"),
        ("promise", "Zero never events", ""),
        ("ambition", "A great place to work", "3"),
        ("promise", "Turnover below 10%", ""),
        ("objective", "Leaders", "3.1"),
        ("objective", "Training", "3.2"),
    )
    assert flat == [
        ("ambition", "Fair access", None),
        ("objective", "Fair access", 0),
        ("promise", "95% are seen", 1),
        ("ambition", "Safe wards", None),
        ("objective", "Safe wards", 3),
        ("promise", "Zero never events", 4),
        ("ambition", "A great place to work", None),
        ("objective", "A great place to work", 6),
        ("promise", "Turnover below 10%", 7),
        ("objective", "Leaders", 6),
        ("objective", "Training", 6),
    ]


def test_a_promise_with_nothing_above_it_is_refused_by_its_line():
    with pytest.raises(DraftRefused, match="Line 2 has no objective above it"):
        made(("left_out", "Foreword", ""), ("promise", "95% are seen", ""))


OUR_PLAN = """Our vision
Healthier lives, together
Our mission: To help people live well
Priority 1: Care
1.1 Waits
By March 2029 we will have:
• Cut long waits to fewer than 5 a month
• Seen 90% in time by December 2027
"""


@pytest.mark.django_db
def test_vision_mission_and_the_day_of_a_list_are_kept_with_the_lines(client, ended, author):
    draft = begin(author, ended)
    draft.mission = draft.vision = ""
    draft.save()
    client.force_login(author)
    address = "/plans/next/edit/"
    page = client.post(address, {"action": "read", "text": OUR_PLAN, "place": "Page 3"})
    shown = unescape(page.content.decode())
    assert "due by March 2029 (said above the list)" in shown
    rows = page.context["rows"]
    boxes = sent(*[(row.line.part.value, row.line.words, row.line.number) for row in rows])
    boxes |= {f"due-{row.place}": row.line.due for row in rows if row.line.due}
    kept = client.post(address, {**boxes, "action": "take", "place": "Page 3"})
    assert kept.status_code == 302
    draft.refresh_from_db()
    assert (draft.vision, draft.mission) == (
        "Healthier lives, together",
        "To help people live well",
    )
    listed, own = draft.lines.filter(source_section="Page 3", kind="promise").order_by("position")
    assert (listed.due_as_published, own.due_as_published) == ("By March 2029", "")
    form = client.get(f"{address}?line={listed.pk}").context["form"]
    assert (form["due_on"].value(), form["value"].value()) == ("31/3/2029", "5")
    form = client.get(f"{address}?line={own.pk}").context["form"]
    assert form["due_on"].value() == "31/12/2027"

    again = client.post(address, {"action": "take", **sent(("vision", "Another one", ""))})
    assert again.status_code == 409
    assert "The plan has a vision already" in again.content.decode()
    assert "Another one" in again.content.decode()
    draft.refresh_from_db()
    assert draft.vision == "Healthier lives, together"


@pytest.mark.django_db
def test_numbers_year_by_year_are_proposed_as_a_path_with_what_came_before_as_its_baseline(
    client, ended, author
):
    draft = begin(author, ended)
    client.force_login(author)
    year = draft.starts_on.year
    asked = [f"{on}/{(on + 1) % 100:02d} {size}" for on, size in ((year - 1, 14), (year, 13))]
    words = f"Turnover: {', '.join(asked)}, {year + 1}/{(year + 2) % 100:02d} 12"
    client.post(
        "/plans/next/edit/",
        {
            "action": "take",
            **sent(("ambition", "A", ""), ("objective", "B", ""), ("promise", words, "")),
        },
    )
    line = draft.lines.get(statement=words)
    form = client.get(f"/plans/next/edit/?line={line.pk}").context["form"]
    shown = {name: form[name].value() for name in ("points", "baseline", "profile", "due_on")}
    assert shown == {
        "points": f"Mar {year + 1}\t13\nMar {year + 2}\t12",
        "baseline": "14",
        "profile": "explicit_points",
        "due_on": f"31/3/{year + 2}",
    }

"""A block from a spreadsheet pasted into a return: by headings, by names, or by order."""

import pytest
from django.urls import reverse
from django.utils import timezone

from kpis.models import ReturnCell
from kpis.months.clock import lock_period
from tests.factories.measures import MeasureFactory, MilestoneFactory, SeriesFactory
from tests.factories.people import lead_of

BACKEND = "django.contrib.auth.backends.ModelBackend"


@pytest.fixture
def client(client, scene, monkeypatch):
    monkeypatch.setattr(timezone, "now", scene.tick)
    monkeypatch.setattr(timezone, "localdate", lambda: scene.clock.date())
    client.force_login(scene.lead, backend=BACKEND)
    SeriesFactory(measure=MeasureFactory(code="waits", name="Waits"), care_group=scene.acute)
    return client


ADDRESS = reverse("kpis:return-paste", args=["2026-09", "acute"])


def test_a_block_begins_at_a_row_of_the_return_and_the_template_has_no_filters(client, scene):
    template = reverse("kpis:return-template", args=["2026-09", "acute"])
    assert client.get(ADDRESS, {"from": "", "x": "y"}).status_code == 200
    for address, name, junk in (
        (ADDRESS, "from", "no-such"),
        (ADDRESS, "from", "0"),
        (ADDRESS, "from", "s999999-numerator"),
        (template, "status", "approved"),
    ):
        response = client.get(address, {name: junk})
        assert (response.status_code, f"“{name}”" in response.text) == (400, True), junk
    assert client.get(template).status_code == 200


def paste(client, block: str, **more):
    return client.post(ADDRESS, {"block": block, **more})


def said(page) -> str:
    return page.content.decode()


def placed(page) -> list[tuple]:
    """Where figures go: (measure, figure), in the order of the block."""
    rows = sorted(page.context["shown"].rows, key=lambda row: row.number)
    return [(row.what.split(", ")[0], row.verdict, row.after) for row in rows]


def save(client, page):
    shown, batch = page.context["shown"], page.context["batch"]
    form = {"action": "save", "batch": batch.pk, "seen": shown.signature, "block": "x"}
    return client.post(ADDRESS, form, follow=True)


@pytest.mark.parametrize(
    ("block", "how"),
    [
        ("12\t\r\n45\t50\r\n1,234\t\r\n", "Matched by order, from “Calls” on: 3 rows."),
        ("\t12\r\n\t45\t50\r\n\t1,234", "1 empty column in front: left out."),
        ("calls\t\t\t12\nSEEN\t45\t50\t90\nWaits\t\t\t1,234", "Matched by the names in front"),
        (
            "KPI\tNumber\tOut of\tValue\nWaits\t\t\t1,234\nSeen\t45\t50\t\ncalls\t\t\t12",
            "Matched by its headings.",
        ),
        # As a spreadsheet of parts has it: counts under the number, a percentage as typed.
        (
            "Indicator\tNumerator\tDenominator\t%\nCalls\t12\t\t\nSeen\t45\t50\t90%\nWaits\t1,234",
            "Matched by its headings.",
        ),
    ],
)
def test_a_block_is_laid_by_headings_names_or_order_and_says_which(client, block, how):
    page = paste(client, block)
    assert how in said(page)
    assert sorted(placed(page)) == [
        ("Calls", "added", "12"),
        ("Seen", "added", "45 of 50"),
        ("Waits", "added", "1,234"),
    ]
    assert not ReturnCell.objects.exists()
    done = save(client, page)
    assert "3 figures are pasted into the draft" in said(done)
    assert ReturnCell.objects.get(series__measure__code="waits").value_text == "1,234"


def test_a_block_starts_at_the_row_that_was_pasted_on(client, scene):
    page = paste(client, "45\t50\n\n", **{"from": f"s{scene.ratio.pk}"})
    assert "Matched by order, from “Seen” on: 1 row." in said(page)
    assert placed(page) == [("Seen", "added", "45 of 50")]
    gap = paste(client, "12\n\n7", **{"from": f"s{scene.calls.pk}"})
    assert placed(gap) == [("Calls", "added", "12"), ("Waits", "added", "7")]


def test_one_part_may_be_pasted_before_the_other(client, scene):
    """A column alone fills the box that it was pasted on; the return asks for what is missing."""
    top = paste(client, "45", **{"from": f"s{scene.ratio.pk}"})
    assert "Enter people referred" in said(top)
    assert save(client, top).status_code == 200
    below = paste(client, "50", **{"from": f"s{scene.ratio.pk}-denominator"})
    assert placed(below) == [("Seen", "changed", "45 of 50")]
    save(client, below)
    cell = ReturnCell.objects.get()
    assert (cell.numerator_text, cell.denominator_text, cell.error) == ("45", "50", "")


def test_nothing_is_saved_while_a_cell_is_refused_and_the_block_stays_in_its_box(client):
    block = "12.5\n45\t50\nn/a"
    page = paste(client, block)
    assert "There are 2 problems in the block" in said(page)
    assert "Calls must be a whole number, like 12" in said(page)
    assert f">\n{block}</textarea>" in said(page)
    assert "Save in the draft" not in said(page)
    assert save(client, page).status_code == 409
    assert not ReturnCell.objects.exists()


@pytest.mark.parametrize(
    ("block", "words"),
    [
        ("", "Paste the cells first"),
        ("\n".join(["\t".join(["1"] * 50)] * 500), "The block has 500 rows"),
        ("\t".join(["1"] * 50), "The block has 50 columns of figures"),
        ("1\n2\t3\n4\n5", "The block has 4 rows, and the return has 3 rows from “Calls” on"),
        ("1\t2", "Calls takes one figure here, and the row has 2"),
        ("Calls\t5\nVisits\t7", "no KPI called “Visits” in this return"),
        ("measure\tout of\nSeen\t50\nCalls\t5\t7", "The column has no heading"),
        ("measure\tnumber\tvalue\nCalls\t5\t7", "Calls takes one figure, under “value”"),
        ("Wait\t5\nCalls\t7", "no KPI called “Wait” in this return. Did you mean “Waits”?"),
        ("Visits made\t5\nOthers made\t7", "no KPI called “Others made” in this return"),
        (
            "measure\tperiod\tvalue\nCalls\tAug 2026\t5",
            "Aug 2026 is not of the return of September",
        ),
        ("measure\tcare group\tvalue\nSeen\tolder\t5", "no care group called “older”"),
        ("5\x00", "must not include characters that cannot be saved"),
        ('"5', "Calls must be a number, like 30"),
    ],
)
def test_a_block_that_does_not_fit_is_refused_in_words(client, block, words):
    page = paste(client, block)
    assert words in said(page).replace("&quot;", '"')
    assert page.status_code == 200
    assert not ReturnCell.objects.exists()


def test_a_milestone_takes_its_status_from_a_block(client, scene):
    SeriesFactory(measure=MilestoneFactory(name="Ward opened"), care_group=scene.acute)
    page = paste(client, "Ward opened\tOn track\t01/03/2027\nCalls\t12\t")
    assert placed(page) == [
        ("Ward opened", "added", "On track, expected 1 Mar 2027"),
        ("Calls", "added", "12"),
    ]


def test_a_locked_month_says_so_and_takes_nothing(client, scene):
    lock_period(period_id=scene.period.pk, by=scene.team, at=scene.tick())
    assert "Sep 2026 is locked" in said(client.get(ADDRESS))
    page = paste(client, "12")
    assert "September 2026 is locked" in said(page)


def test_only_who_may_fill_the_return_may_paste_into_it(client, scene):
    client.force_login(lead_of(scene.older), backend=BACKEND)
    assert client.get(ADDRESS).status_code == 404
    assert paste(client, "12").status_code == 404


def test_a_block_is_laid_over_the_section_in_hand(client, scene):
    """The trust's return is in sections by owner: by order means the order of that section."""
    for name, owner in (("Cost", "Director of Finance"), ("Staff", "Director of People")):
        SeriesFactory(measure=MeasureFactory(name=name, owner=owner))
    client.force_login(scene.team, backend=BACKEND)
    address = reverse("kpis:return-paste", args=["2026-09", "trust"])
    page = client.post(f"{address}?section=director-of-people", {"block": "400\n"})
    assert placed(page) == [("Staff", "added", "400")]
    assert client.get(f"{address}?section=nobody").status_code == 404

"""Care groups begin, end, are divided and joined from a day on, on the organisation's page."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from django.utils.html import escape

from accounts.models import AuditEvent
from accounts.permissions import NotAllowed
from accounts.roles import Role
from kpis.assessments.integrity import findings
from kpis.assessments.store import recompute
from kpis.models import Assessment, Series
from kpis.organisation.preview import preview
from kpis.organisation.reorganisation import (
    Kind,
    NewGroup,
    Reorganisation,
    StructureRefused,
    examined,
)
from kpis.organisation.reorganise import PreviewChanged, reorganise
from kpis.organisation.reporting import proposed, reporting_on
from strategy.models import CareGroup
from strategy.periods import Month
from tests.factories.measures import approved
from tests.factories.people import access, performance_team, person

pytestmark = pytest.mark.django_db
FIRST = date(2026, 9, 1)
NOW = datetime(2026, 10, 5, 10, tzinfo=UTC)
AUGUST, SEPTEMBER = Month(2026, 8), Month(2026, 9)


def previewed(asked: Reorganisation, chosen=None):
    plan = examined(asked, list(CareGroup.objects.order_by("position")))
    reporting = reporting_on(asked.on)
    chosen = proposed(plan, reporting) if chosen is None else chosen
    return chosen, preview(plan, chosen, reporting, at=NOW)


def make(asked: Reorganisation, *, by, chosen=None, accepts=False):
    chosen, seen = previewed(asked, chosen)
    found = reorganise(
        asked=asked,
        chosen=chosen,
        confirmed=seen.digest,
        accepts=accepts,
        reason="Agreed by the board",
        by=by,
        access=access(by),
        at=NOW,
    )
    recompute(at=NOW, stale_only=True)
    return found


def split(scene, **other) -> Reorganisation:
    asked = {
        "kind": Kind.SPLIT,
        "on": FIRST,
        "sources": (scene.acute.pk,),
        "new": (NewGroup("North"), NewGroup("South")),
    }
    return Reorganisation(**{**asked, **other})


def figures(scene) -> None:
    for month in (AUGUST, SEPTEMBER):
        for row in (scene.ratio, scene.other_ratio):
            approved(row, month, numerator=Decimal(8), denominator=Decimal(10))
    recompute(at=NOW, stale_only=False)


def test_the_parts_of_a_divided_group_report_at_once_and_the_total_expects_them(scene):
    figures(scene)
    north, south = make(split(scene), by=scene.team)
    scene.acute.refresh_from_db()
    assert scene.acute.valid_to == FIRST
    for part in (north, south):
        assert part.valid_from == FIRST
        assert list(part.predecessors.all()) == [scene.acute]
        reported = part.series.values_list("measure__code", flat=True)
        assert set(reported) == {"seen-in-time", "calls"} & set(reported)
        assert "seen-in-time" in reported
    found = Assessment.objects.filter(series=scene.trust).order_by("period_end")
    assert [row.groups_expected for row in found] == [2, 3]
    for part in (north, south):
        series = part.series.get(measure=scene.ratio.measure)
        approved(series, SEPTEMBER, numerator=Decimal(3), denominator=Decimal(4))
    recompute(at=NOW, stale_only=False)
    row = found.last()
    assert row is not None
    assert (row.groups_reported, row.groups_expected, row.state) == (3, 3, "")
    assert (row.numerator, row.denominator) == (14, 18)
    assert list(findings()) == []
    written = AuditEvent.objects.filter(at=NOW).values_list("action", flat=True)
    assert set(written) >= {"care group began", "care group dates changed", "series added"}


def test_the_preview_says_what_the_chart_the_total_and_the_returns_will_be(scene):
    figures(scene)
    _, seen = previewed(split(scene))
    row = next(row for row in seen.measures if row.measure == scene.ratio.measure)
    assert row.total == "2 of 2 until then, 3 of 3 from then"
    marker = f"“{scene.acute.name} split into North and South, Sep 2026”"
    assert row.chart == f"{marker}; limits start anew with Sep 2026"
    assert (row.ends, row.begins) == ((scene.acute.name,), ("North", "South"))
    assert seen.outside == row.figures_outside == 1
    assert {(str(due.month), due.care_group) for due in seen.returns} >= {
        ("2026-09", "North"),
        ("2026-09", "South"),
    }
    assert not CareGroup.objects.filter(name="North").exists()
    make(split(scene), by=scene.team)
    after = Assessment.objects.filter(series=scene.trust).order_by("period_end")
    assert [row.groups_expected for row in after] == [2, 3]


def test_past_days_stay_as_they_were_known(scene, client, settings):
    settings.KEEPS_PAGES = False
    figures(scene)
    client.force_login(scene.team)
    then = datetime.now(UTC).isoformat()
    addresses = [
        f"/measures/seen-in-time/?as_at={then.replace('+', '%2B')}",
        f"/measures/seen-in-time/?care_group={scene.acute.code}&as_at={then.replace('+', '%2B')}",
    ]

    def shown() -> list[str]:
        pages = [client.get(address).content.decode() for address in addresses]
        return [re.sub(r'(csrfmiddlewaretoken" value=|nonce=)"[^"]*"', "", page) for page in pages]

    before = shown()
    make(split(scene), by=scene.team)
    assert shown() == before


def test_a_measure_that_nobody_takes_over_is_said_and_must_be_known(scene):
    key = scene.ratio.measure_id
    chosen = {"north": frozenset({key}), "south": frozenset()}
    _, seen = previewed(split(scene), chosen)
    assert len(seen.shared) == 1
    assert "South would not report it" in seen.shared[0]
    nothing = {"north": frozenset(), "south": frozenset()}
    _, seen = previewed(split(scene), nothing)
    assert any("nobody who takes over" in words for words in seen.lost)
    with pytest.raises(StructureRefused) as refused:
        make(split(scene), by=scene.team, chosen=nothing)
    assert refused.value.field == "accepts"
    assert not CareGroup.objects.filter(code="north").exists()
    make(split(scene), by=scene.team, chosen=nothing, accepts=True)


def test_joined_groups_report_together_whether_in_a_new_one_or_in_one_that_goes_on(scene):
    figures(scene)
    joined = Reorganisation(
        kind=Kind.MERGE, on=FIRST, sources=(scene.acute.pk,), into=scene.older.pk
    )
    (into,) = make(joined, by=scene.team)
    assert into == scene.older
    assert list(into.predecessors.all()) == [scene.acute]
    found = Assessment.objects.filter(series=scene.trust).order_by("period_end")
    assert [row.groups_expected for row in found] == [2, 1]
    assert list(findings()) == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"new": (NewGroup("North"),)}, "name_2"),
        ({"new": ()}, "name_1"),
        ({"new": (NewGroup("North"), NewGroup("north"))}, "code_1"),
        ({"new": (NewGroup("North", "acute"), NewGroup("South"))}, "code_1"),
        ({"new": (NewGroup("North"), NewGroup("South", "months"))}, "code_2"),
        ({"new": (NewGroup("North"), NewGroup("South", "So uth"))}, "code_2"),
        ({"new": (NewGroup("North"), NewGroup("Older", "old"))}, "name_2"),
        ({"sources": ()}, "sources"),
        ({"kind": Kind.MERGE, "new": (NewGroup("North"),)}, "sources"),
        ({"kind": Kind.REPLACE, "new": ()}, "name_1"),
    ],
)
def test_what_cannot_be_is_refused_at_its_box_and_nothing_is_made(scene, change, field):
    before = CareGroup.objects.count(), Series.objects.count(), AuditEvent.objects.count()
    with pytest.raises(StructureRefused) as refused:
        make(split(scene, **change), by=scene.team)
    assert refused.value.field == field
    assert before == (CareGroup.objects.count(), Series.objects.count(), AuditEvent.objects.count())


def test_the_trusts_own_row_is_never_changed(scene):
    with pytest.raises(StructureRefused, match="neither begins nor ends"):
        make(split(scene, sources=(scene.trust.care_group_id,)), by=scene.team)
    record = CareGroup.objects.filter(level="trust").values().get()
    make(split(scene), by=scene.team)
    assert CareGroup.objects.filter(level="trust").values().get() == record


def test_of_two_editors_the_second_reads_what_the_first_has_done(scene):
    chosen, seen = previewed(split(scene))
    first = performance_team(first_name="Ada", last_name="First")
    make(Reorganisation(kind=Kind.END, on=date(2026, 10, 1), sources=(scene.acute.pk,)), by=first)
    both = r"already ends on 30 Sep 2026.*Ada First.*1 Sep 2026"
    with pytest.raises(StructureRefused, match=both):
        make(split(scene), by=scene.team)
    later = split(scene, sources=(scene.older.pk,))
    chosen, seen = previewed(later)
    approved(scene.other_ratio, SEPTEMBER, numerator=Decimal(8), denominator=Decimal(10))
    with pytest.raises(PreviewChanged):
        reorganise(
            asked=later,
            chosen=chosen,
            confirmed=seen.digest,
            accepts=False,
            reason="Agreed",
            by=scene.team,
            access=access(scene.team),
            at=NOW,
        )


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.PERFORMANCE_TEAM, Role.ADMINISTRATOR}))
def test_nobody_else_may(scene, role):
    with pytest.raises(NotAllowed):
        make(split(scene), by=person(role))


def test_the_pages_lead_through_it(scene, client):
    figures(scene)
    client.force_login(scene.team)
    assert "/organisation/reorganise/split/" in client.get("/organisation/").content.decode()
    address = "/organisation/reorganise/split/"
    typed = {
        "on": "1/9/2026",
        "sources": str(scene.acute.pk),
        "name_1": "North",
        "name_2": "",
        "reason": "Agreed",
    }
    wrong = client.post(address, typed).content.decode()
    assert "Name both parts" in wrong
    typed["name_2"] = "South"
    page = client.post(address, typed).content.decode()
    assert escape("“North began") not in page
    assert "split into North and South" in page
    digest = re.search(r'name="confirmed" value="(\w+)"', page)
    assert digest
    key = str(scene.ratio.measure_id)
    calls = str(scene.calls.measure_id)
    sent = {
        **typed,
        "confirmed": digest[1],
        "reports_1": [key, calls],
        "reports_2": [key],
        "do": "preview",
    }
    page = client.post(address, sent).content.decode()
    digest = re.search(r'name="confirmed" value="(\w+)"', page)
    assert digest
    sent |= {"do": "confirm"}
    stale = client.post(address, sent)
    assert stale.status_code == (302 if sent["confirmed"] == digest[1] else 409)
    sent |= {"confirmed": digest[1], "accepts": "on"}
    answer = client.post(address, sent)
    assert answer.status_code == 302 or stale.status_code == 302
    assert CareGroup.objects.filter(predecessors=scene.acute).count() == 2
    assert "North" in client.get("/organisation/").content.decode()


def test_the_page_of_the_organisation_takes_a_fixed_number_of_queries(
    scene, client, django_assert_max_num_queries
):
    client.force_login(scene.team)
    client.get("/organisation/")  # counts what waits for the reader, once
    with django_assert_max_num_queries(15):
        client.get("/organisation/")
    make(split(scene, new=tuple(NewGroup(f"Part {n}") for n in range(6))), by=scene.team)
    client.get("/organisation/")
    with django_assert_max_num_queries(15):
        client.get("/organisation/")


def test_the_first_care_group_brings_the_row_of_the_trust_with_it(db):
    by = performance_team()
    asked = Reorganisation(kind=Kind.BEGIN, on=FIRST, new=(NewGroup("Acute"),))
    (acute,) = make(asked, by=by)
    trust = CareGroup.objects.get(level="trust")
    assert (trust.valid_from, trust.valid_to) == (None, None)
    assert (trust.position, acute.position) == (0, 1)


def confirmed(page: str) -> str:
    found = re.search(r'name="confirmed" value="(\w+)"', page)
    assert found
    return found[1]


def test_a_group_that_is_there_begins_to_report_another_measure(scene, client):
    client.force_login(scene.team)
    page = f"/organisation/care-groups/{scene.older.code}/"
    typed = {
        "do": "report",
        "measures": str(scene.calls.measure_id),
        "on": "1/9/2026",
        "reason": "It has a telephone now",
    }
    assert client.post(page, typed).status_code == 302
    added = Series.objects.get(care_group=scene.older, measure=scene.calls.measure)
    assert (added.fed_by, added.valid_from) == ("returns", FIRST)
    assert client.post(page, typed).status_code == 200  # it is no longer offered
    dates = {"first": "", "last": "30/9/2026", "reason": "It closes"}
    seen = re.search(r'name="seen" value="([^"]+)"', client.get(page).content.decode())
    assert seen
    approved(scene.other_ratio, Month(2026, 10), numerator=Decimal(8), denominator=Decimal(10))
    first, late = {**dates, "seen": seen[1]}, {**dates, "last": "31/10/2026", "seen": seen[1]}
    asked = client.post(page, first).content.decode()
    assert "1 approved figure lies outside the new days" in asked
    scene.older.refresh_from_db()
    assert scene.older.valid_to is None
    first["confirmed"] = confirmed(asked)
    late["confirmed"] = confirmed(client.post(page, late).content.decode())
    assert client.post(page, first).status_code == 302
    late["confirmed"] = confirmed(client.post(page, late).content.decode())
    late = client.post(page, late)
    assert late.status_code == 409
    words = late.content.decode()
    assert "saved the last day 30 Sep 2026" in words
    assert "You typed the last day 31 Oct 2026" in words
    scene.older.refresh_from_db()
    assert scene.older.valid_to == date(2026, 10, 1)

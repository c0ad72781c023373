"""The next plan: drafted where nothing reads it, proposed by one person, adopted by another."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from accounts.models import AuditEvent
from accounts.permissions import NotAllowed
from accounts.refusals import Refused
from accounts.roles import Role
from kpis.asked.opening import opening_plan
from kpis.models import DraftLine, Judgement, PlanDraft, Succession, Target
from kpis.plans.movement import Movement
from kpis.promises.promise import Promise
from kpis.workbench.adopt import adopt, send_back
from kpis.workbench.lines import NewLine, add_lines, move_line, remove_line
from kpis.workbench.locked import DraftConflict
from kpis.workbench.outline import outline_of
from kpis.workbench.start import discard_draft, save_header
from strategy.models import Objective, Outcome, Plan
from strategy.selectors import plans_known
from tests.factories.measures import MeasureFactory, TargetFactory
from tests.factories.people import access, performance_team, person
from tests.kpis.drafting import (
    AT,
    LATER,
    OPENS,
    adopted,
    author,
    begin,
    ended,
    finished,
    header,
    proposed,
    save,
)

__all__ = ["author", "ended"]
pytestmark = pytest.mark.django_db


def test_a_draft_is_no_plan_and_moves_nothing(client, ended, author):
    client.force_login(person(Role.BOARD_MEMBER))
    pages = ("/", "/plans/", "/measures/", "/summary/", "/threads/")
    before = {page: client.get(page).content for page in pages}
    finished(author, ended)
    assert list(Plan.objects.values_list("code", flat=True)) == ["before"]
    assert Target.objects.count() == 3
    for page in pages:
        after = client.get(page).content
        assert b"The next plan" not in after
        assert len(after) == len(before[page])
    assert client.get("/plans/next/").status_code == 404
    assert client.get("/plans/next/edit/").status_code == 403


@pytest.mark.parametrize("role", [Role.ANALYST, Role.CARE_GROUP_LEAD, Role.BOARD_SECRETARY])
def test_no_other_role_drafts_a_plan(ended, role):
    with pytest.raises(NotAllowed):
        begin(person(role), ended)


def test_two_people_adopt_and_what_was_before_stays(ended, author):
    draft = proposed(finished(author, ended), author)
    with pytest.raises(NotAllowed):
        adopted(draft, author)
    before = list(Judgement.objects.filter(assessment__period_end__lt=OPENS).order_by("pk"))
    colours = [(row.target_id, row.rag, row.assessment.period_end) for row in before]
    plan = adopted(draft, performance_team())
    assert (plan.code, plan.opens_on, plan.adopted_at) == ("next", OPENS, LATER)
    assert [plan.pk for plan in plans_known(LATER - timedelta(seconds=1))] == [ended.pk]
    assert plan in plans_known(LATER)
    assert opening_plan(list(Plan.objects.all()), date(2026, 3, 31)) == ended
    assert opening_plan(list(Plan.objects.all()), OPENS) == plan
    assert {row.value for row in plan.targets.all()} == {90, 95}
    assert {row.effective_from for row in plan.targets.all()} == {OPENS}
    after = Judgement.objects.filter(assessment__period_end__lt=OPENS)
    assert sorted((row.target_id, row.rag, row.assessment.period_end) for row in after) == sorted(
        colours
    )
    assert Judgement.objects.filter(target__plan=plan).exists()
    kinds = Succession.objects.filter(draft=draft).values_list("decision", flat=True)
    assert sorted(kinds) == ["dropped", "same", "tightened"]


def test_the_old_plan_stays_known_as_it_was(client, ended, author):
    client.force_login(person(Role.BOARD_MEMBER))
    moment = f"?as_at={LATER - timedelta(hours=1):%Y-%m-%dT%H:%M}"
    pages = [f"/plans/before/{moment}", f"/{moment}"]
    draft = proposed(finished(author, ended), author)
    before = [client.get(page).content.decode() for page in pages]
    adopted(draft, performance_team())
    after = [client.get(page).content.decode() for page in pages]
    assert [_main(page) for page in after] == [_main(page) for page in before]


def _main(page):
    return page[page.index("<main") : page.index("</main>")]


def test_what_blocks_adoption_is_counted_and_refused(ended, author):
    draft = begin(author, ended)
    outline = outline_of(draft, now=AT)
    assert any("where the document says it" in block for block in outline.blocks)
    with pytest.raises(Refused, match="not finished"):
        proposed(draft, author)
    empty = begin(author, code="empty", copies=False)
    assert outline_of(empty, now=AT).blocks == ("There is no promise yet",)


def test_a_promise_without_a_measure_needs_somebody_who_finds_one(ended, author):
    draft = finished(author, ended)
    under = draft.lines.get(kind="objective")
    add_lines(
        draft_id=draft.pk,
        lines=[
            NewLine(kind="promise", parent_id=under.pk, promise=Promise(statement="People say so"))
        ],
        by=author,
        access=access(author),
        at=AT,
    )
    line = draft.lines.get(statement="People say so")
    assert line.source_section == "Page 3"
    outline = outline_of(draft, now=AT)
    assert outline.blocks == ("No measure, and nobody named to find one (1 line)",)
    DraftLine.objects.filter(pk=line.pk).update(finder="Chief Nurse")
    outline = outline_of(PlanDraft.objects.get(pk=draft.pk), now=AT)
    assert outline.blocks == ()
    assert outline.counts.endswith("; 1 of them without a measure.")


def test_what_becomes_of_each_promise_is_worked_out(ended, author):
    draft = finished(author, ended)
    outline = outline_of(draft, now=AT)
    assert [line.movement for line in outline.promises] == [Movement.SAME, Movement.TIGHTENED]
    save(outline.promises[0].row, author, value=Decimal(80))
    save(outline.promises[1].row, author, operator="between", upper_value=Decimal(99))
    outline = outline_of(draft, now=AT)
    assert [line.movement for line in outline.promises] == [
        Movement.LOOSENED,
        Movement.CHANGED_IN_KIND,
    ]


def test_two_editors_of_one_line_see_both_and_nothing_is_saved(ended, author):
    draft = begin(author, ended)
    line = draft.lines.filter(kind="promise").first()
    save(line, author, statement="Mine")
    with pytest.raises(DraftConflict) as conflict:
        save(line, performance_team(), version=line.version, statement="Yours")
    assert conflict.value.theirs == "Mine"
    with pytest.raises(DraftConflict, match="You have saved this in another tab"):
        save(line, author, version=line.version, statement="Mine again")
    assert DraftLine.objects.get(pk=line.pk).statement == "Mine"
    other = draft.lines.filter(kind="promise").last()
    assert save(other, performance_team(), statement="Elsewhere").statement == "Elsewhere"


def test_a_header_is_a_drafts_and_its_save_is_seen_by_the_next(ended, author):
    draft = begin(author, ended)
    version = draft.version
    asked = {"draft_id": draft.pk, "by": author, "access": access(author), "at": AT}
    save_header(version=version, header=header(title="Another name"), **asked)
    with pytest.raises(DraftConflict):
        save_header(version=version, header=header(title="A third"), **asked)
    with pytest.raises(Refused, match="end after it starts"):
        save_header(version=version + 1, header=header(ends_on=date(2026, 4, 1)), **asked)
    assert Plan.objects.get().title == ended.title


def test_given_up_it_leaves_no_row(ended, author):
    draft = finished(author, ended)
    rows = {model: model.objects.count() for model in (Plan, Target, Objective, Outcome)}
    discard_draft(draft_id=draft.pk, by=author, access=access(author), at=AT)
    assert not PlanDraft.objects.exists()
    assert not DraftLine.objects.exists()
    assert not Succession.objects.exists()
    assert rows == {model: model.objects.count() for model in rows}
    assert AuditEvent.objects.filter(action="plan draft given up").count() == 1


def test_a_proposed_draft_is_fixed_until_it_is_sent_back(ended, author):
    draft = proposed(finished(author, ended), author)
    line = draft.lines.filter(kind="promise").first()
    with pytest.raises(Refused, match="is fixed"):
        save(line, author, statement="Later")
    send_back(draft_id=draft.pk, by=author, access=access(author), at=AT)
    assert save(line, author, statement="Later").statement == "Later"


def test_a_day_that_has_passed_is_refused_at_each_step(ended, author):
    draft = finished(author, ended)
    with pytest.raises(Refused) as refused:
        proposed(draft, author, adopts_on=AT.date() - timedelta(days=1))
    assert refused.value.field == "adopts_on"
    draft = proposed(draft, author, adopts_on=AT.date())
    with pytest.raises(Refused, match="has passed"):
        adopted(draft, performance_team(), at=LATER)
    assert Plan.objects.count() == 1


@pytest.mark.parametrize("code", ["new", "edit", "adopt", "before", "Not a code", ""])
def test_codes_that_cannot_be(ended, author, code):
    with pytest.raises(Refused) as refused:
        begin(author, ended, code=code)
    assert refused.value.field == "code"


def test_dates_that_overlap_say_which_plan_opens(ended, author):
    draft = begin(author, ended, starts_on=date(2026, 1, 1))
    words = outline_of(draft, now=AT).overlaps
    assert ended.title in words
    assert words.endswith("opens at The next plan.")


def test_lines_move_among_their_own(ended, author):
    draft = begin(author, ended)
    asked = {"by": author, "access": access(author), "at": AT}
    first, second, third = draft.lines.filter(kind="promise").order_by("position")
    move_line(line_id=first.pk, up=True, **asked)
    move_line(line_id=third.pk, up=True, **asked)
    rows = draft.lines.filter(kind="promise").order_by("position")
    assert list(rows) == [first, third, second]
    with pytest.raises(Refused, match="stands"):
        add_lines(
            draft_id=draft.pk,
            lines=[NewLine(kind="promise", promise=Promise(statement="Nowhere"))],
            **asked,
        )


def test_the_pages_walk_from_nothing_to_a_plan(client, ended):
    today = timezone.localdate()
    one, other = performance_team(), person(Role.ADMINISTRATOR)
    client.force_login(one)
    sent = client.post(
        "/plans/new/",
        {
            "title": "Walked",
            "code": "walked",
            "starts_on": "1/4/2026",
            "ends_on": "31/3/2029",
            "document": "The document",
        },
    )
    assert sent["Location"] == "/plans/walked/edit/"
    edit = "/plans/walked/edit/"

    def act(**form):
        answer = client.post(edit, form)
        assert answer.status_code == 302, answer.content.decode()

    act(action="add", kind="ambition", statement="People we care for")
    ambition = DraftLine.objects.get(kind="ambition")
    act(
        action="save",
        line=ambition.pk,
        statement=ambition.statement,
        source_section="Page 2",
        version=1,
    )
    act(action="add", kind="objective", under=ambition.pk, statement="Care in time", number="1.1")
    objective = DraftLine.objects.get(kind="objective")
    act(action="add", kind="promise", under=objective.pk, statement="90% are seen in time")
    act(action="add", kind="outcome", under=objective.pk, statement="People are seen in time")
    line = DraftLine.objects.get(kind="promise")
    measure = MeasureFactory(name="Seen in time", unit="percent")
    shown = client.get(f"{edit}?line={line.pk}").content.decode()
    assert "Keep this line" in shown
    assert client.get(f"{edit}?line=999999").status_code == 400
    form = {
        "action": "save",
        "line": line.pk,
        "version": 1,
        "statement": line.statement,
        "source_section": "Page 4",
        "measure": measure.pk,
        "operator": "ge",
        "value": "90%",
        "value_is": "absolute",
        "role": "commitment",
        "profile": "step",
    }
    act(**form)
    stale = client.post(edit, {**form, "statement": "Another"})
    assert stale.status_code == 409
    assert "which is in the box and not saved" in stale.content.decode()
    answer = client.post(
        "/plans/walked/adopt/",
        {
            "action": "propose",
            "version": PlanDraft.objects.get().version,
            "adopts_on": f"{today:%d/%m/%Y}",
            "decision": "The board's minute 7",
        },
    )
    assert answer.status_code == 302, answer.content.decode()
    with pytest.raises(PermissionDenied):
        adopt(draft_id=PlanDraft.objects.get().pk, by=one, access=access(one), at=timezone.now())
    client.force_login(other)
    assert client.post("/plans/walked/adopt/", {"action": "adopt"}).status_code == 302
    plan = Plan.objects.get(code="walked")
    assert plan.targets.get().value == 90
    assert plan.objectives.get().reference == "1.1"
    assert client.get("/plans/walked/edit/").status_code == 200
    assert client.get("/plans/walked/").status_code == 200


def test_words_that_nobody_counts_are_carried_over_by_the_same_words(ended, author):
    words = "People say that care made a difference"
    objective = ended.objectives.get()
    TargetFactory(
        plan=ended, objective=objective, measure=None, value=None, operator="", statement=words
    )
    outline = outline_of(begin(author, ended), now=AT)
    line = next(line for line in outline.promises if line.row.statement == words)
    assert (line.movement, line.ended.statement) == (Movement.SAME, words)
    assert outline.undecided == []
    remove_line(line_id=line.row.pk, by=author, access=access(author), at=AT)
    outline = outline_of(outline.draft, now=AT)
    assert [row.target.statement for row in outline.undecided] == [words]


def test_a_part_says_at_once_where_the_document_says_it(client, ended, author):
    draft = begin(author, ended)
    client.force_login(author)
    ambition = draft.lines.get(kind="ambition")
    own = draft.lines.filter(kind="promise").first()
    save(own, author, source_section="Page 9")
    sent = client.post(
        "/plans/next/edit/", {"action": "place", "line": ambition.pk, "place": "Pages 3 to 5"}
    )
    assert sent.status_code == 302
    places = draft.lines.values_list("source_section", flat=True)
    assert sorted(places) == ["Page 9", *["Pages 3 to 5"] * 4]
    assert outline_of(draft, now=AT).blocks == ()
    empty = client.post("/plans/next/edit/", {"action": "place", "line": ambition.pk})
    assert empty.status_code == 409


def test_a_proposed_plan_waits_on_the_page_of_a_second_person(client, ended, author):
    draft = proposed(finished(author, ended), author)
    client.force_login(performance_team())
    page = client.get("/todo/").content.decode()
    assert f"To adopt: {draft.title}" in page
    client.force_login(author)
    page = client.get("/todo/").content.decode()
    assert f"To adopt: {draft.title}" not in page
    assert f"Adoption of {draft.title}" in page

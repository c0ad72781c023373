"""Whatever an administrator types into any box, past months stay as they were.

Every box that the administration lets somebody fill is filled otherwise. Either the form refuses
and says what to do instead, or files and pages say the same as before: as known before, every
word; now, every figure, target and colour. A day from which on a row counts no longer moves
nothing before itself.
"""

import re
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django import forms
from django.apps import apps
from django.contrib import admin
from django.db import IntegrityError, connection, models, transaction
from django.template import engines
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEvent, User
from accounts.record.fixed import RULES, fixed_problems
from accounts.roles import Role
from board.models import BoardMeeting, Pack
from cip.models import Phasing, Scheme
from kpis.assessments.store import recompute
from kpis.models import Measure, MeasureLink
from strategy.models import NoteLink, PostHolding, TrustName
from strategy.periods import Month
from tests.accounts.administering import EDITABLE, address, form_of
from tests.accounts.readers import BACKEND
from tests.board.test_as_known_files import KNOWING, read
from tests.factories.measures import MeasureFactory, SeriesFactory, TargetFactory, approved
from tests.factories.people import person
from tests.factories.plans import AmbitionFactory, CommitteeFactory, NoteFactory, ObjectiveFactory
from tests.factories.rows import row
from tests.factories.worlds import AT, everywhere
from tests.plugins.kept import kept

pytestmark = pytest.mark.django_db
PAGES = (
    "/?plan=strategy-2023-26&period=2025-05",
    "/plans/",
    "/plans/strategy-2023-26/",
    "/plans/strategy-2023-26/objectives/1.1/",
    "/measures/",
    "/measures/seen-in-time/",
    "/measures/seen-in-time/?care_group=older-people",
    "/measures/beds/",
    "/care-groups/older-people/",
    "/threads/",
    "/cip/2019-20/",
)
# What a month says of its figures, even where a name or a note was corrected since.
SAID = (
    "measure",
    "care_group",
    "plan",
    "objective",
    "period_start",
    "period_end",
    "value",
    "target",
    "target_id",
    "is_primary",
    "floor",
    "upper_value",
    "operator",
    "direction",
    "variance",
    "rag",
    "judged_value",
    "judged_on",
    "unit",
    "due_on",
)
NOW = ("assessments", "actuals", "targets", "cip_allocations", "threads")
DATES = ("valid_from", "valid_to")
# In other files a name may be corrected; in these it is the key.
NAMES = {"measure_name", "statement", "interpretation_note"}
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="[^"]*"|nonce="[^"]*"')
INSTEAD = re.compile(
    r"is fixed|stands as p|changes from a date on|is past|neither begins|called .* at that time|"
    r"Enter today or a later|why the date changes"
)


@dataclass
class Told:
    """What pages and files said before anything was typed, at a moment, and who types."""

    analyst: User
    administrator: User
    at: datetime
    said: dict[str, Any]


@kept
def world() -> Told:
    """The small trust with one more measure, a row of every kind, and everything in use."""
    world = everywhere().world
    beds = MeasureFactory(
        code="beds",
        name="Beds",
        over_time="sum",
        judged_on="year_to_date",
        direction="lower_is_better",
    )
    series = SeriesFactory(measure=beds)
    for number in range(4, 8):
        approved(series, Month(2025, number), 30 + number)
    given: dict[str, Any] = {"measure": beds, "plan": world.plan, "operator": "le"}
    TargetFactory(**given, value=Decimal(480), role="national_standard")
    TargetFactory(
        **given,
        value=Decimal(400),
        baseline=Decimal(500),
        baseline_period="2022/23",
        profile="straight_line",
    )
    seen = Measure.objects.get(code="seen-in-time")
    MeasureLink.objects.create(from_measure=beds, to_measure=seen, note="Counted otherwise")
    ends = date(2025, 10, 13)
    TrustName.objects.create(name="The Old Trust", short_name="Old", valid_to=ends)
    TrustName.objects.create(name="The New Trust", short_name="New", valid_from=ends)
    note = NoteFactory(key="a-note")
    NoteLink.objects.create(note=note, object_type="measure", object_key="beds")
    ObjectiveFactory(ambition=AmbitionFactory(plan=world.plan, number="2", position=2))
    committee = CommitteeFactory(code="the-board")
    beds.committees.add(committee)
    meeting = row(
        BoardMeeting,
        slug="meeting",
        committee=committee,
        held_on=date(2025, 8, 20),
        period_under_review=date(2025, 7, 1),
        data_cut_off=datetime(2025, 8, 12, tzinfo=UTC),
    )
    row(Pack, meeting=meeting)
    lead = person(Role.CARE_GROUP_LEAD, leads=world.acute, username="lead")
    row(PostHolding, user=lead, starts_on=date(2024, 1, 1))
    recompute(stale_only=False, at=AT)
    who = person(Role.ADMINISTRATOR, Role.PERFORMANCE_TEAM, username="admin")
    moment = timezone.now()
    return Told(analyst=world.analyst, administrator=who, at=moment, said=said(who, moment))


def others(box: forms.Field, held: Any) -> list:
    """Other valid values for a box."""
    if isinstance(box, forms.SplitDateTimeField):
        return [["2025-08-13", "09:00:00"]]
    if isinstance(box, forms.BooleanField):
        return ["" if held else "on"]
    if isinstance(box, forms.ModelMultipleChoiceField):
        return [[str(one.pk)] for one in box.queryset if one not in (held or ())][:1]
    if isinstance(box, forms.ModelChoiceField):
        return [str(one.pk) for one in box.queryset if str(one.pk) != str(held)][:1]
    if isinstance(box, forms.JSONField):
        return ['["another"]']
    if hasattr(box, "choices"):
        return [str(key) for key, _ in box.choices if key and str(key) != str(held or "")][:2]
    if isinstance(box, forms.DateField):
        near = [held.replace(year=held.year + by) for by in (1, -1)] if held else []
        return [str(day) for day in (*near, date(2025, 6, 15), date(2030, 1, 1))][:2]
    if isinstance(box, forms.DecimalField | forms.IntegerField):
        return [str((held or 0) + 1), str(max((held or 0) - 1, 0))]
    if isinstance(box, forms.EmailField):
        return ["other@example.org"]
    return ["another" if (getattr(box, "max_length", None) or 99) > 7 else "2018-19"]


def said(who: User, moment: datetime) -> dict[str, Any]:
    """Pages and files as known at a moment, and the past months of present files."""
    reading = Client()
    reading.force_login(who, backend=BACKEND)
    found: dict[str, Any] = {f"{name} as known": read(name, moment) for name in KNOWING}
    for name in NOW:
        rows = read(name)
        if name == "assessments":
            # A month without a figure waits for one by the present rhythm; judged months stay.
            rows = [{key: cells[key] for key in SAID} for cells in rows if cells["value"]]
        found[name] = [{k: v for k, v in cells.items() if k not in NAMES} for cells in rows]
    stamp = moment.isoformat().replace("+", "%2B")
    for page in PAGES:
        response = reading.get(f"{page}{'&' if '?' in page else '?'}as_at={stamp}")
        found[f"{page} as known"] = (response.status_code, TOKEN.sub("", response.text))
    return found


def told_otherwise(before: dict, after: dict, until: date | None) -> list[str]:
    """The pages and files that changed; in present files, only months before a day that moved."""
    found = []
    for key, was in before.items():
        now = after[key]
        if until is not None and isinstance(was, list) and not key.endswith("as known"):
            was, now = (
                [one for one in rows if one.get("period_end", "9") < str(until)]
                for rows in (was, now)
            )
        if was != now:
            found.append(key)
    return found


def boxes_of(response) -> list[forms.BoundField]:
    found = list(response.context["adminform"].form)
    for inline in response.context["inline_admin_formsets"]:
        found += [box for form in inline.formset.initial_forms for box in form]
    hidden = ("base", "reason", "id", "user")
    return [box for box in found if box.name not in hidden and not box.field.disabled]


def fill(client: Client, page: str, form: dict, box: forms.BoundField, value: Any) -> str:
    """Save another value in one box; the messages if it is refused."""
    data = {**form, "reason": "It was so"}
    if isinstance(box.field, forms.SplitDateTimeField):
        data |= {f"{box.html_name}_{place}": part for place, part in enumerate(value)}
    elif value == "":
        data.pop(box.html_name, None)
    else:
        data[box.html_name] = value
    response = client.post(page, data)
    if response.status_code == 302:
        return ""
    found = [response.context["adminform"].form]
    for inline in response.context["inline_admin_formsets"]:
        found += inline.formset.forms
    return " ".join(str(text) for form in found for text in form.errors.values()) or "refused"


def rows_of(label: str) -> list:
    model = apps.get_model(label)
    if label == "accounts.User":
        return [model.objects.get(username=name) for name in ("clerk", "who-decides", "lead")]
    if label == "strategy.CareGroup":
        return list(model.objects.filter(code__in=["trust", "older-people"]))
    return list(model.objects.order_by("pk"))[:2]


@dataclass
class Filled:
    """What was saved, and which refusals did not say what to do instead."""

    saved: list[tuple] = field(default_factory=list)
    dumb: list[tuple] = field(default_factory=list)

    def fill_boxes(self, client: Client, label: str, names: tuple[str, ...]) -> None:
        """Fill every box with one of these names (or none of DATES) in the first rows of a kind."""
        for held in rows_of(label):
            page = address(label, "change", held.pk)
            opened = client.get(page)
            form = form_of(opened)
            for box in boxes_of(opened):
                if (box.name in DATES) != bool(names):
                    continue
                answers = []
                for value in others(box.field, box.initial):
                    answers.append(fill(client, page, form, box, value))
                    if not answers[-1]:
                        self.saved.append((held, box.name))
                        form = form_of(client.get(page))
                if answers and not any(not words or INSTEAD.search(words) for words in answers):
                    self.dumb.append((held, box.name, answers))


@pytest.mark.any_database
@pytest.mark.parametrize("app", sorted({label.partition(".")[0] for label in EDITABLE}))
def test_no_box_of_the_administration_makes_past_months_say_otherwise(
    world, client, app, monkeypatch
):
    """All boxes are filled before files and pages are read again: reading takes the longest."""
    for page in admin.site._registry.values():
        # The forms are read from the context; to draw them would take half of the time.
        monkeypatch.setattr(page, "change_form_template", engines["django"].from_string(""))
    client.force_login(world.administrator, backend=BACKEND)
    for until, names in ((None, ()), (date(2025, 6, 15), DATES)):
        point, filled = transaction.savepoint(), Filled()
        for label in EDITABLE:
            if label.startswith(f"{app}."):
                filled.fill_boxes(client, label, names)
        assert filled.dumb == []
        if filled.saved:
            recompute(stale_only=True, at=timezone.now())
            after = said(world.administrator, world.at)
            assert told_otherwise(world.said, after, until) == [], filled.saved
        transaction.savepoint_rollback(point)


def another(column, held: Any) -> Any:
    if isinstance(column, models.BooleanField):
        return not held
    if isinstance(column, models.DateTimeField):
        return (held or AT) + timedelta(days=400)
    if isinstance(column, models.DateField):
        return (held or date(2020, 1, 1)) + timedelta(days=1)
    if isinstance(column, models.DecimalField | models.IntegerField | models.ForeignKey):
        return (held or 0) + 1
    return "other" if held != "other" else "others"


@pytest.mark.parametrize("name", RULES)
def test_what_stands_stands_by_every_door(world, name):
    """The triggers refuse each column, for the same reasons as the forms."""
    rule = RULES[name]
    model = next(one for one in apps.get_models() if one._meta.db_table == rule.table)
    columns = {column.column: column for column in model._meta.concrete_fields}
    AuditEvent.objects.create(at=AT, by=world.analyst, action="x", object_type="x", object_key="x")
    if rule.name == "fixed_strategy_trustname_ended":
        kept = TrustName.objects.exclude(valid_to=None)
    elif rule.name == "fixed_cip_programme_weights":
        kept = [row(Phasing, scheme=row(Scheme, origin="entered"), version=1).scheme.programme]
    else:
        kept = model._base_manager.order_by("pk")
    held = next(one for one in kept if rule.holds_for(one.pk, connection))
    for column in rule.columns:
        name = columns[column].attname
        value = another(columns[column], getattr(held, name))
        with pytest.raises(IntegrityError, match=re.escape(rule.message)), transaction.atomic():
            model._base_manager.filter(pk=held.pk).update(**{name: value})
        setattr(held, name, value)
    said = fixed_problems(held)
    assert {columns[column].name for column in rule.columns} <= set(said)
    assert all(words.endswith(".") and INSTEAD.search(words) for words in said.values()), said

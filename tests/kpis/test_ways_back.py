"""Whatever people can type can be taken back: the way of every column that holds text.

A name of a patient can be typed in any box. Each column is emptied on the page that withdraws
words, or corrected with a form (and then its earlier words are emptied in the library's history),
or has a reason why nobody writes freely in it. A new column without a way fails here.
"""

from datetime import timedelta

import pytest
from django.apps import apps
from django.db import models

from kpis.assessments.integrity import findings
from kpis.models import MeasureChange
from kpis.withdrawals.words import KEYS, ONLY_OF, WITHIN, WRITTEN, find_text, withdraw_text
from kpis.withdrawals.words import written as written_words
from tests.factories.people import access, performance_team
from tests.factories.rows import MOMENT, OURS, row

pytestmark = pytest.mark.django_db
NAME = "Ermintrude Quillfeather"

# Corrected with a form: on a page of the tracker, or in the administration.
CORRECTED = {
    "accounts.User": ("first_name", "last_name", "email", "username"),
    "strategy.CareGroup": ("name", "note"),
    "strategy.Committee": ("name",),
    "strategy.Note": ("text",),
    "strategy.Ambition": ("theme", "title", "statement", "rationale", "source_section"),
    "strategy.Objective": ("title", "statement", "source_section", "owner"),
    "strategy.Outcome": ("statement", "source_section"),
    "strategy.Action": ("statement", "owner", "note", "due_as_published", "source_section"),
    "strategy.QualityPriority": ("domain", "title", "statement", "source_section"),
    "strategy.Risk": ("title", "description", "impact", "response", "source_section"),
    "strategy.PlanStatement": ("title", "text", "when", "source_section"),
    "strategy.Plan": (
        "title", "short_title", "dates_note", "mission", "mission_section", "vision",
        "vision_section", "values", "values_statement", "values_section",
    ),
    "kpis.Measure": ("name", "owner", "data_source", "tags", "interpretation_note"),
    "kpis.MeasureLink": ("note",),
    "kpis.Target": ("owner",),
    "kpis.PlannedOwner": ("owner",),
    "kpis.PlanDraft": ("title", "mission", "vision", "document", "decision"),
    "kpis.DraftLine": (
        "statement", "source_section", "baseline_period", "due_as_published", "points",
        "interpretation_note", "finder", "owner",
    ),
    "cip.Scheme": ("title", "description", "lead", "executive_sponsor"),
    "cip.SchemeMilestone": ("title", "owner"),
    "cip.SchemeRisk": ("description", "mitigation"),
    "cip.QualityImpactAssessment": ("scope", "equality_impact"),
    "cip.QIADomain": ("description", "mitigation"),
    "board.BoardMeeting": ("title",),
    "board.AgendaItem": ("title", "decision"),
    "board.MeetingAction": ("text", "owner"),
    "board.Escalation": ("decision",),
}  # fmt: skip
PRINTED = "as a published document prints it: written by seed, or fixed once a plan is adopted"
COUNTED = "worked out by the tracker"
KEY = "a key or a code, in letters and digits, by which rows are known"
OWN = "an administrator’s or a person’s own word for a thing of theirs, seen by nobody else"
# Nobody writes freely there, and why.
NO_WORDS = {
    "accounts.User": {"password": COUNTED},
    "accounts.Invitation": {"token_hash": COUNTED},
    "accounts.AccessToken": {"name": OWN, "secret_hash": COUNTED, "hint": COUNTED},
    "accounts.SignInTries": {"at": COUNTED},
    "accounts.AuditEvent": dict.fromkeys(
        ("action", "object_type", "object_key", "changes", "door", "request_id"),
        "the record never carries free text: “some text” stands for it",
    ),
    "accounts.RowCopy": dict.fromkeys(("table_name", "content"), "follows its row"),
    "strategy.TrustName": dict.fromkeys(("name", "short_name"), "the trust’s own name"),
    "strategy.SourceDocument": dict.fromkeys(
        ("title", "publisher", "address", "file", "note"), PRINTED
    ),
    "strategy.NoteLink": dict.fromkeys(("object_type", "object_key"), KEY),
    "strategy.SeededRow": dict.fromkeys(
        ("object_type", "object_key", "row_hash", "columns", "fixture"), COUNTED
    ),
    "strategy.Ambition": {"number": KEY},
    "strategy.Action": {"quarter": KEY},
    "strategy.FinanceLine": dict.fromkeys(
        ("source_section", "group", "line", "period", "printed_as", "note"), PRINTED
    ),
    "strategy.ContextFigure": dict.fromkeys(
        ("source_section", "name", "period", "printed_as", "comparator", "statement"), PRINTED
    ),
    "kpis.Measure": dict.fromkeys(
        ("definition", "numerator", "denominator"),
        "changed from a day on by two people; what is over goes from the change that brought it",
    ),
    "kpis.TextChange": dict.fromkeys(("object_type", "object_key", "field"), KEY),
    "kpis.Actual": {"printed_as": PRINTED},
    "kpis.Target": dict.fromkeys(
        (
            "source_section", "statement", "baseline_period", "printed_value", "due_as_published",
            "interpretation_note", "retired_reason",
        ),
        PRINTED,
    ),
    "kpis.TargetProposal": dict.fromkeys(
        (
            "statement", "source_section", "baseline_period", "due_as_published", "points",
            "interpretation_note",
        ),
        PRINTED,
    ),
    "kpis.Assessment": dict.fromkeys(
        (
            "judged_value", "point_type", "special_cause", "opposing_cause", "variation",
            "assurance", "limits_status",
        ),
        COUNTED,
    ),
    "kpis.Judgement": dict.fromkeys(
        ("target_value", "target_upper", "year_value", "year_upper", "floor", "variance"), COUNTED
    ),
    "kpis.Benchmark": dict.fromkeys(("source_section", "whose", "printed_as"), PRINTED),
    "kpis.DraftLine": {"number": KEY},
    "kpis.ImportBatch": {
        **dict.fromkeys(("sha256", "touched", "figures"), COUNTED),
        "problems": "the refused rows with their reasons, without anybody’s words",
        **dict.fromkeys(("kept", "preview", "unread"), "dropped after a day, and with any words"),
    },
    "kpis.IllustrativeOwner": {"owner": COUNTED},
    "kpis.ReturnSection": {"title": "the post that owns its measures"},
    "kpis.ReturnCell": {"milestone_status": KEY, "box_changes": COUNTED},
    "cip.Programme": dict.fromkeys(
        ("source_section", "title", "statement", "weights_statement", "rules"), PRINTED
    ),
    "cip.Allocation": dict.fromkeys(
        (
            "source_section", "label_as_published", "target_printed", "identified_printed",
            "unidentified_printed",
        ),
        PRINTED,
    ),
    "cip.LedgerImport": dict.fromkeys(("file_hash", "sums", "problems"), COUNTED),
    "cip.QIADecision": {"snapshot_hash": COUNTED},
    "cip.QIASignature": {"snapshot_hash": COUNTED},
    "cip.GuardMeasure": {"baseline_period": KEY},
    "board.SentMail": {"about": KEY},
    "board.PackFile": dict.fromkeys(
        ("content", "sha256"),
        "as issued: a pack that should not stay is withdrawn, and opens to administrators alone",
    ),
    "board.Pack": {"reason": "what the next version puts right, of a pack withdrawn whole"},
    "board.SearchEntry": dict.fromkeys(("source", "place", "title", "text"), "follows its row"),
}  # fmt: skip
TEXTS = (models.TextField, models.CharField, models.JSONField, models.BinaryField)


def columns_of_text() -> list[tuple[str, str]]:
    """Every column of ours that holds text, but choices, and codes by which rows are known."""
    return [
        (model._meta.label, column.name)
        for model in apps.get_models()
        if model._meta.app_label in OURS and not model.__name__.startswith("Historical")
        for column in model._meta.concrete_fields
        if isinstance(column, TEXTS) and not column.choices and column.name not in KEYS
    ]


def test_every_column_that_holds_text_has_one_way_back_or_a_reason():
    within = {(model._meta.label, "snapshot") for model in WITHIN}
    emptied = {(label, name) for label, names in WRITTEN.items() for name in names} | within
    corrected = {(label, name) for label, names in CORRECTED.items() for name in names}
    reasoned = {(label, name) for label, names in NO_WORDS.items() for name in names}
    found = set(columns_of_text())
    assert found - emptied - corrected - reasoned == set(), "a column without a way back"
    assert (corrected | reasoned) - found == set(), "a column that is no more"
    assert emptied & reasoned == set()
    # What is both is emptied only where no form corrects it any longer.
    assert emptied & corrected <= ONLY_OF.keys()


def records() -> list[tuple[str, str]]:
    """Every column of the library's history in which earlier words may stand."""
    return [
        (model._meta.label, name)
        for model, names in written_words()
        if hasattr(model, "instance_type")
        for name in names
    ]


def test_whatever_a_form_corrects_leaves_the_history_as_well():
    kept = set(records())
    of = {model.instance_type._meta.label: model._meta.label for model in histories()}
    for label, names in CORRECTED.items():
        json = {c.name for c in apps.get_model(label)._meta.fields if type(c) is models.JSONField}
        for name in set(names) - json if label in of else ():
            assert (of[label], name) in kept, f"{label}.{name}"


def histories() -> list:
    return [model for model in apps.get_models() if hasattr(model, "instance_type")]


@pytest.mark.parametrize("label", sorted({label for label, _ in records()}))
def test_a_name_leaves_the_history_of_every_table(label):
    """Also where the database guards it: earlier words may be emptied, and nothing else."""
    history = apps.get_model(label)
    names = [name for one, name in records() if one == label and name != "history_change_reason"]
    held = row(history.instance_type)
    latest = history.objects.filter(id=held.pk).latest("history_date", "history_id")
    assert latest
    for day, name in enumerate(names):
        said = NAME[: history._meta.get_field(name).max_length or 99]
        again = copied(latest, 2 * day + 1, {name: said})
        copied(latest, 2 * day + 2, {})
        team = performance_team()
        tokens = [place.token for place in find_text(said) if place.model is history]
        assert tokens == [f"{history._meta.label_lower}.{again.pk}.{name}"]
        withdraw_text(tokens=tokens, why="names_a_person", by=team, access=access(team), at=MOMENT)
        again.refresh_from_db()
        assert getattr(again, name) == ""
    assert tampering() == []


def copied(record, days, changes):
    """One more record of the same row, some days later, with other words."""
    values = {
        column.attname: getattr(record, column.attname)
        for column in record._meta.concrete_fields
        if column.name != "history_id"
    }
    values |= {"history_type": "~", "history_date": record.history_date + timedelta(days=days)}
    return type(record).objects.create(**{**values, **changes})


def tampering() -> list[str]:
    return [str(found) for found in findings() if found.kind in ("tampered", "history")]


def test_an_earlier_title_goes_from_its_own_row_alone():
    """Others may rightly have been called the same."""
    scheme = apps.get_model("cip.Scheme")
    one, other = row(scheme, title="Ward beds"), row(scheme, title="Ward beds")
    for held in (one, other):
        held.title = "Fewer beds"
        held.save()
    place = next(p for p in find_text("Ward beds") if p.pk == one.history.earliest().pk)
    team = performance_team()
    withdraw_text(tokens=[place.token], why="mistake", by=team, access=access(team), at=MOMENT)
    assert [h.title for h in one.history.order_by("history_id")] == ["", "Fewer beds"]
    assert [h.title for h in other.history.order_by("history_id")] == ["Ward beds", "Fewer beds"]


def test_an_earlier_wording_leaves_the_change_that_brought_it():
    one, two = performance_team(), performance_team()
    change = {
        "field": "definition", "outcome": "approved", "reason": "Clearer", "proposed_at": MOMENT,
        "proposed_by": one, "decided_at": MOMENT, "decided_by": two,
    }  # fmt: skip
    first = row(MeasureChange, old="Seen", new=f"Seen by {NAME}", **change)
    assert find_text(NAME) == []  # it is what holds
    last = row(
        MeasureChange, measure=first.measure, old=f"Seen by {NAME}", new="Seen by a nurse", **change
    )
    tokens = [place.token for place in find_text(NAME)]
    assert len(tokens) == 2
    withdraw_text(tokens=tokens, why="names_a_person", by=one, access=access(one), at=MOMENT)
    for held in (first, last):
        held.refresh_from_db()
    assert (first.new, last.old, last.new) == ("", "", "Seen by a nurse")
    assert tampering() == []

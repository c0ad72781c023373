"""The organisation, the source documents and the plans, from their fixture files."""

from datetime import date, datetime
from decimal import Decimal

from strategy.fixture_files import Row, is_approximate
from strategy.loading import Load, Ref
from strategy.models import (
    Action,
    Ambition,
    CareGroup,
    Committee,
    ContextFigure,
    FinanceLine,
    Note,
    NoteLink,
    Objective,
    Outcome,
    Plan,
    PlanStatement,
    QualityPriority,
    Risk,
    SourceDocument,
    TrustName,
)
from strategy.models.plans import ADDRESSABLE, NOT_ADDRESSABLE
from strategy.notes import noted_models
from strategy.periods import london_day_end

ORDER = (
    TrustName,
    SourceDocument,
    CareGroup,
    Committee,
    Plan,
    Ambition,
    Objective,
    Outcome,
    Action,
    QualityPriority,
    Risk,
    FinanceLine,
    ContextFigure,
    PlanStatement,
    Note,
    NoteLink,
)


def read_organisation(load: Load) -> None:
    top = load.file("organisation.yaml")
    for row in top.rows("trust_names"):
        name = row.text("name", required=True)
        values = {
            "name": name,
            "short_name": row.text("short_name", required=True),
            "valid_from": row.day("valid_from"),
            "valid_to": row.day("valid_to"),
        }
        load.add(TrustName, (name,), row, values)
    for position, row in enumerate(top.rows("care_groups")):
        code = row.text("code", required=True)
        predecessors = [Ref(CareGroup, (other,)) for other in row.texts("predecessors")]
        sources = [row.text("note"), row.text("section")]
        source = row.text("source")
        if source and (source,) not in load.drafts.get(SourceDocument, {}):
            row.fail(f"no source document called {source!r}")
        group: dict[str, object] = {
            "code": code,
            "name": row.text("name", required=True),
            "level": row.choice("level", CareGroup.Level.values, required=True),
            "position": position,
            "valid_from": row.day("valid_from"),
            "valid_to": row.day("valid_to"),
            "note": "\n".join(text for text in sources if text),
        }
        load.add(CareGroup, (code,), row, group, {"predecessors": predecessors})
    for row in top.rows("committees"):
        code = row.text("code", required=True)
        load.add(Committee, (code,), row, {"code": code, "name": row.text("name", required=True)})


def read_sources(load: Load) -> None:
    for path in sorted(load.root.glob("sources*.yaml")):
        _read_sources(load, load.file(path.name))


def _read_sources(load: Load, top: Row) -> None:
    for row in top.rows("sources"):
        code = row.text("code", required=True)
        values = {
            "code": code,
            "title": row.text("title", required=True),
            "publisher": row.text("publisher"),
            "published_on": row.day("published_on"),
            "published_precision": row.choice(
                "published_precision", SourceDocument.Precision.values
            ),
            "address": row.text("address"),
            "file": row.text("file"),
            "note": row.text("note"),
        }
        load.add(SourceDocument, (code,), row, values)


def known_from(published_on: date | None) -> datetime | None:
    """A published statement is known from the end of its day of publication, in London."""
    return london_day_end(published_on) if published_on else None


def provenance(row: Row, source: Ref) -> dict[str, object]:
    """Source and section of a row; a row may name another source than its file."""
    own = row.text("source")
    return {
        "source_document": Ref(SourceDocument, (own,)) if own else source,
        "source_section": row.text("section", limit=300),
    }


def read_plan(load: Load, top: Row) -> Ref:
    """The plan, its groupings, objectives and words; promises are read by `kpis`."""
    row = top.row("plan")
    code = row.text("code", required=True)
    source = Ref(SourceDocument, (row.text("source", required=True),))
    mission, vision, values = row.row("mission"), row.row("vision"), row.row("values_statement")
    row.text("values_source")  # for the proof alone
    plan = load.add(
        Plan,
        (code,),
        row,
        {
            "code": code,
            "title": row.text("title", required=True),
            "short_title": row.text("short_title"),
            "starts_on": row.day("starts_on", required=True),
            "ends_on": row.day("ends_on", required=True),
            "dates_note": row.text("dates_note"),
            "published_on": row.day("published_on"),
            "mission": mission.text("statement"),
            "mission_section": mission.text("section"),
            "vision": vision.text("statement"),
            "vision_section": vision.text("section"),
            "values": row.texts("values"),
            "values_statement": values.text("statement"),
            "values_section": values.text("section"),
            "default_tolerance_percent": row.decimal("default_tolerance_percent") or Decimal(5),
            "cited": row.boolean("cited", default=False),
            "source_document": source,
        },
    )
    for position, ambition_row in enumerate(top.rows("ambitions"), 1):
        _read_ambition(load, plan, ambition_row, position, source)
    _read_statements(load, plan, top, source)
    _read_figures(load, plan, top, source)
    read_notes(load, top, plan=code)
    return plan


def _read_ambition(load: Load, plan: Ref, row: Row, position: int, source: Ref) -> None:
    ambition = load.add(
        Ambition,
        (*plan.key, position),
        row,
        {
            "plan": plan,
            "kind": row.choice("kind", Ambition.Kind.values, required=True),
            "position": position,
            "number": row.text("number"),
            "theme": row.text("theme"),
            "title": row.text("title", required=True),
            "statement": row.text("statement"),
            "rationale": row.texts("rationale"),
            **provenance(row, source),
        },
    )
    for place, objective_row in enumerate(row.rows("objectives"), 1):
        _read_objective(load, plan, ambition, objective_row, place, source)


def _read_objective(
    load: Load, plan: Ref, ambition: Ref, row: Row, position: int, source: Ref
) -> None:
    reference = row.text("reference", required=True)
    if reference and not ADDRESSABLE.fullmatch(reference):
        row.fail(f"reference {NOT_ADDRESSABLE}, not {reference!r}")
    objective = load.add(
        Objective,
        (*plan.key, reference),
        row,
        {
            "plan": plan,
            "ambition": ambition,
            "reference": reference,
            "position": position,
            "title": row.text("title", required=True),
            "statement": row.text("statement"),
            **provenance(row, source),
        },
    )
    for place, outcome in enumerate(row.rows("outcomes"), 1):
        load.add(
            Outcome,
            (*objective.key, place),
            outcome,
            {
                "objective": objective,
                "position": place,
                "statement": outcome.text("statement", required=True),
                **provenance(outcome, source),
            },
        )
    for place, action in enumerate(row.rows("actions"), 1):
        load.add(
            Action,
            (*objective.key, place),
            action,
            {
                "objective": objective,
                "position": place,
                "statement": action.text("statement", required=True),
                "due_on": action.day("due_on"),
                "due_as_published": action.text("due_as_published"),
                "quarter": action.text("quarter"),
                "owner": action.text("owner"),
                "note": action.text("note"),
                **provenance(action, source),
            },
        )


def _objectives(row: Row, plan: Ref) -> list[Ref]:
    return [Ref(Objective, (*plan.key, reference)) for reference in row.texts("objectives")]


def _read_statements(load: Load, plan: Ref, top: Row, source: Ref) -> None:
    for position, row in enumerate(top.rows("quality_priorities"), 1):
        load.add(
            QualityPriority,
            (*plan.key, position),
            row,
            {
                "plan": plan,
                "position": position,
                "domain": row.text("domain", required=True),
                "title": row.text("title"),
                "statement": row.text("statement", required=True),
                **provenance(row, source),
            },
            {"objectives": _objectives(row, plan)},
        )
    for position, row in enumerate(top.rows("risks"), 1):
        load.add(
            Risk,
            (*plan.key, position),
            row,
            {
                "plan": plan,
                "position": position,
                "kind": row.text("kind", required=True),
                "title": row.text("title"),
                "description": row.text("description", required=True),
                "impact": row.text("impact"),
                "response": row.parted("response"),
                **provenance(row, source),
            },
            {"objectives": _objectives(row, plan)},
        )
    for position, row in enumerate(top.rows("statements"), 1):
        if not row.has("title") and not row.has("text"):
            row.fail("a statement needs a title or a text")
        load.add(
            PlanStatement,
            (*plan.key, position),
            row,
            {
                "plan": plan,
                "position": position,
                "kind": row.choice("kind", PlanStatement.Kind.values, required=True),
                "title": row.text("title"),
                "text": row.text("text"),
                "when": row.text("when"),
                **provenance(row, source),
            },
        )


def _check_exact(row: Row) -> None:
    """A figure that is printed as "about" stays words."""
    if row.has("value") and is_approximate(row.text("printed_as"), row.text("statement")):
        row.fail(f"{row.text('printed_as')!r} is about so much: no value, only printed_as")


def _read_figures(load: Load, plan: Ref, top: Row, source: Ref) -> None:
    for position, row in enumerate(top.rows("finance"), 1):
        _check_exact(row)
        load.add(
            FinanceLine,
            (*plan.key, position),
            row,
            {
                "plan": plan,
                "position": position,
                "group": row.text("group", required=True),
                "line": row.text("line", required=True),
                "period": row.text("period"),
                "value": row.decimal("value"),
                "unit": row.text("unit", required=True),
                "printed_as": row.text("printed_as", required=True),
                "note": row.text("note"),
                **provenance(row, source),
            },
        )
    for position, row in enumerate(top.rows("context_figures"), 1):
        row.text("measure")
        _check_exact(row)
        load.add(
            ContextFigure,
            (*plan.key, position),
            row,
            {
                "plan": plan,
                "position": position,
                "name": row.text("name", required=True),
                "period": row.text("period"),
                "value": row.decimal("value"),
                "unit": row.text("unit"),
                "printed_as": row.text("printed_as"),
                "comparator": row.text("comparator"),
                "comparator_value": row.decimal("comparator_value"),
                "statement": row.text("statement"),
                **provenance(row, source),
            },
        )


def read_notes(load: Load, top: Row, *, plan: str = "") -> None:
    """Notes and the rows they touch: "target:<code>", "measure:<code>", "plan", …"""
    for row in top.rows("notes"):
        key = row.text("key", required=True)
        note = load.add(
            Note,
            (key,),
            row,
            {
                "key": key,
                "kind": row.choice("kind", Note.Kind.values, required=True),
                "text": row.text("text", required=True),
            },
        )
        for touched in row.texts("touches"):
            kind, _, name = touched.partition(":")
            if kind == "objective" and "/" not in name:
                name = f"{plan}/{name}"
            target = name or plan
            if kind not in noted_models():
                row.fail(f"touches: {kind!r} must be one of {', '.join(sorted(noted_models()))}")
            load.add(
                NoteLink,
                (key, kind, target),
                row,
                {"note": note, "object_type": kind, "object_key": target},
            )


def check_notes(load: Load) -> None:
    """Every row that a note touches is there; asked when all files have been read."""
    models = noted_models()
    for (_, kind, key), draft in load.drafts.get(NoteLink, {}).items():
        model = models.get(kind)
        if model is not None and not load.named(model, key):
            draft.row.fail(f"touches: no {model._meta.verbose_name} called {key!r}")

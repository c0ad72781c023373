"""The published savings programme and its allocations."""

from cip.models import Allocation, Programme
from strategy.fixture_files import Row
from strategy.loaders import provenance, read_notes
from strategy.loading import Load, Ref
from strategy.models import CareGroup, Plan, SourceDocument

ORDER = (Programme, Allocation)


def read_programmes(load: Load) -> None:
    for top in load.folder("cip"):
        _read_programme(load, top)


def _read_programme(load: Load, top: Row) -> None:
    row = top.row("programme")
    year = row.text("year", required=True)
    plan_code = row.text("plan", required=True)
    plan_source = load.drafts.get(Plan, {}).get((plan_code,))
    source = (
        plan_source.values["source_document"] if plan_source else Ref(SourceDocument, (plan_code,))
    )
    weights, total = row.row("weights"), top.row("printed_total")
    programme = load.add(
        Programme,
        (year,),
        row,
        {
            "year": year,
            "title": row.text("title", required=True),
            "plan": Ref(Plan, (plan_code,)),
            "statement": row.text("statement"),
            "weight_green": weights.decimal("green", required=True),
            "weight_amber": weights.decimal("amber", required=True),
            "weight_red": weights.decimal("red", required=True),
            "weights_statement": weights.text("statement"),
            "printed_target_k": total.decimal("target_k", required=True),
            "printed_identified_k": total.decimal("identified_k", required=True),
            "printed_unidentified_k": total.decimal("unidentified_k", required=True),
            "rules": [
                {
                    "title": rule.text("title"),
                    "statement": rule.text("statement", required=True),
                    "section": rule.text("section"),
                }
                for rule in top.rows("rules")
            ],
            **provenance(row, source),
        },
    )
    weights.text("section")
    for name in ("label_as_printed", "statement", "section"):
        total.text(name)
    for name in ("target_printed", "identified_printed", "unidentified_printed"):
        total.text(name)
    for position, allocation in enumerate(top.rows("allocations"), 1):
        _read_allocation(load, programme, allocation, position, source)
    read_notes(load, top, plan=year)


def _read_allocation(load: Load, programme: Ref, row: Row, position: int, source: Ref) -> None:
    care_group = row.text("care_group", required=True)
    load.add(
        Allocation,
        (*programme.key, care_group),
        row,
        {
            "programme": programme,
            "care_group": Ref(CareGroup, (care_group,)),
            "position": position,
            "label_as_published": row.text("label_as_printed", required=True),
            "target_k": row.decimal("target_k", required=True),
            "published_identified_k": row.decimal("identified_k"),
            "published_unidentified_k": row.decimal("unidentified_k"),
            "target_printed": row.text("target_printed"),
            "identified_printed": row.text("identified_printed"),
            "unidentified_printed": row.text("unidentified_printed"),
            **provenance(row, source),
        },
    )

"""The same text gets the same verdict and the same stored value by form, paste, CSV and XLSX.

Typed into the box, pasted, in a CSV file and in a worksheet.
"""

import csv
import io
from decimal import Decimal

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from kmpt_tracker.ui.typed import tidy
from kpis.imports.block import Offered, lay_block
from kpis.imports.files import lay_file
from kpis.imports.layouts import Defaults, Laid
from kpis.imports.verdicts import plan_import
from kpis.returns.cells import CellText
from kpis.returns.in_hand import cells_of
from kpis.returns.merging import CellEntry
from kpis.returns.save import save_draft
from tests.documents import code, table
from tests.factories.measures import MeasureFactory, RatioFactory, SeriesFactory
from tests.factories.people import access
from tests.kpis.imports.books import csv_bytes, workbook

MEASURES = {
    "count": {"unit": "count"},
    "percent": {"unit": "percent", "decimals": 1, "minimum": Decimal(0), "maximum": Decimal(100)},
    "pounds": {"unit": "pounds", "decimals": 2},
    "thousands": {"unit": "pounds_thousand"},
    "days": {"unit": "days", "minimum": Decimal(0), "maximum": Decimal(365)},
    "score": {"unit": "score", "decimals": 1, "minimum": Decimal(1), "maximum": Decimal(10)},
}
HEAD = ("measure", "numerator", "denominator", "value")
# Every text of the documented tables, and random texts of the same parts.
DOCUMENTED = sorted(
    {
        code(row[1]).encode().decode("unicode_escape") if "\\u" in row[1] else code(row[1])
        for row in table("input.md", "numbers")
        if row[1].startswith("`")
    }
)
LETTERS = (
    "0123456789" * 3 + ".,%£-+()' kmeNaA/#=;\"\u00a0\u2009\u202f\u200b\u2212\u2013\u0661\uff11"
)
MADE = st.text(LETTERS, min_size=1, max_size=9)
TYPED = st.one_of(st.sampled_from(DOCUMENTED), MADE).filter(lambda text: bool(tidy(text)))


class TakenBack(Exception):
    """Raised to undo what a try has saved."""


@pytest.fixture
def measures(scene):
    group = scene.acute
    made = {
        name: SeriesFactory(
            measure=MeasureFactory(code=f"of-{name}", name=f"Of {name}", **fields),
            care_group=group,
        )
        for name, fields in MEASURES.items()
    }
    made["parts"] = SeriesFactory(
        measure=RatioFactory(code="of-parts", name="Of parts", whole_numbers_only=True),
        care_group=group,
    )
    return made


def typed(scene, rows) -> dict[str, tuple]:
    """What the boxes of the return do with these texts: readable or not, and what is stored."""
    entries = [CellEntry(series.pk, 0, CellText(**boxes)) for series, boxes in rows]
    who = {"by": scene.lead, "access": access(scene.lead), "at": scene.clock}
    return _saved(scene, entries, who)


def _saved(scene, entries, who) -> dict[str, tuple]:
    found = {}
    try:
        with transaction.atomic():
            save_draft(submission_id=scene.submission.pk, entries=entries, **who)
            for cell in cells_of(scene.submission).values():
                stored = (cell.numerator, cell.denominator, cell.value)
                is_read = not cell.error
                found[cell.series.measure.code] = (is_read, stored if is_read else None)
            raise TakenBack
    except TakenBack:
        return found


def imported(scene, laid: Laid) -> dict[str, tuple]:
    """What an import does with these texts, row by row."""
    who = {"access": access(scene.lead), "at": scene.clock}
    plan = plan_import(laid, **who)
    entries = [row.entry for row in plan.rows if row.entry]
    found = _saved(scene, entries, {"by": scene.lead, **who}) if entries else {}
    refused = {row.line.measure: (False, None) for row in plan.rows if row.problems}
    assert not set(found) & set(refused)
    return found | refused


@pytest.mark.django_db
@settings(
    max_examples=15,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(texts=st.fixed_dictionaries(dict.fromkeys([*MEASURES, "top", "bottom"], TYPED)))
def test_the_four_doors_agree(scene, measures, texts):
    boxes = {name: {"value": texts[name]} for name in MEASURES}
    boxes["parts"] = {"numerator": texts["top"], "denominator": texts["bottom"]}
    by_hand = typed(scene, [(measures[name], box) for name, box in boxes.items()])
    rows = [
        (f"of-{name}", *(box.get(column, "") for column in HEAD[1:])) for name, box in boxes.items()
    ]
    here = Defaults(period="2026-09", care_group="acute")
    block = io.StringIO(newline="")
    csv.writer(block, "excel-tab").writerows(rows)
    offered = [
        Offered(
            key=series.pk,
            code=f"of-{name}",
            name=f"Of {name}",
            period="2026-09",
            care_group="acute",
            is_ratio=name == "parts",
            is_milestone=False,
        )
        for name, series in measures.items()
    ]
    doors = {
        "paste": lay_block(block.getvalue(), offered, 0, here),
        "csv": lay_file("a.csv", csv_bytes([HEAD, *rows]), here),
        "xlsx": lay_file("a.xlsx", workbook(("A", [HEAD, *rows]), strings_to_numbers=False), here),
    }
    for door, laid in doors.items():
        assert laid.problems == (), door
        assert imported(scene, laid) == by_hand, door

"""A thousand texts typed into the boxes of a return get the verdicts of paste, CSV and XLSX."""

import csv
import io
import random
from collections.abc import Iterable
from typing import Any

from tests.drill_desk import Desk


class Typed(Desk):
    """Texts of the documented tables, and texts made of what such texts are made of."""

    def typed_texts_get_the_verdicts_of_the_other_ways(self, tries: int) -> bool:
        """Texts in the boxes of the page, saved with its button: readable or not, what is stored,
        and kept as typed; against the same texts pasted, in a CSV file and in a worksheet.
        """
        from tests.kpis.imports.test_import_four_doors import DOCUMENTED, LETTERS

        chance = random.Random(10)
        page = self.opened(self.people["doors"], self.address(self.doors))
        tried = readable = 0
        wrong: list[str] = []
        while tried < tries:
            rows = {}
            for code in self.of_doors:
                boxes = ("numerator", "denominator") if code == "of-parts" else ("value",)
                rows[code] = {box: _text(chance, DOCUMENTED, LETTERS) for box in boxes}
            for code, boxes in rows.items():
                for box, text in boxes.items():
                    page.locator(f"[name=s{self.of_doors[code].pk}-{box}]").fill(text)
                    tried += 1
            with page.expect_navigation():
                page.get_by_role("button", name="Save draft").click()
            by_hand = self._stored(rows, wrong)
            readable += sum(is_read for is_read, _ in by_hand.values())
            for way, found in self._by_import(rows):
                wrong += [
                    f"{way} {rows[code]}: {found[code]}, typed {verdict}"
                    for code, verdict in by_hand.items()
                    if found[code] != verdict
                ]
        for line in wrong[:5]:
            print(f"  {line}")
        print(
            f"typed into the boxes: n={tried}, {readable} rows readable, {len(wrong)} verdicts or "
            "values unlike those of paste, CSV and XLSX",
            flush=True,
        )
        return not wrong

    def _stored(self, rows: dict, wrong: list[str]) -> dict[str, tuple]:
        from kpis.models import ReturnCell

        found = {}
        cells = ReturnCell.objects.filter(series__care_group=self.doors)
        for cell in cells.select_related("series__measure"):
            code = cell.series.measure.code
            found[code] = _verdict(cell)
            kept = {box: getattr(cell, f"{box}_text") for box in rows[code]}
            if kept != rows[code]:
                wrong.append(f"typed {rows[code]}, kept {kept}")
        return found

    def _by_import(self, rows: dict) -> Iterable[tuple[str, dict[str, tuple]]]:
        from kpis.imports.block import Offered, lay_block
        from kpis.imports.files import lay_file
        from kpis.imports.layouts import Defaults
        from tests.kpis.imports.books import csv_bytes, workbook
        from tests.kpis.imports.test_import_four_doors import HEAD

        lines = [
            (code, *(boxes.get(column, "") for column in HEAD[1:])) for code, boxes in rows.items()
        ]
        here = Defaults(period=str(self.month), care_group="doors")
        block = io.StringIO(newline="")
        csv.writer(block, "excel-tab").writerows(lines)
        offered = [
            Offered(
                key=series.pk,
                code=code,
                name=series.measure.name,
                period=str(self.month),
                care_group="doors",
                is_ratio=code == "of-parts",
                is_milestone=False,
            )
            for code, series in self.of_doors.items()
        ]
        sheet = workbook(("A", [HEAD, *lines]), strings_to_numbers=False)
        yield "paste", self._planned(lay_block(block.getvalue(), offered, 0, here))
        yield "csv", self._planned(lay_file("a.csv", csv_bytes([HEAD, *lines]), here))
        yield "xlsx", self._planned(lay_file("a.xlsx", sheet, here))

    def _planned(self, laid: Any) -> dict[str, tuple]:
        """What an import makes of the lines, saved and taken back."""
        from django.db import transaction
        from django.utils import timezone

        from kpis.imports.verdicts import plan_import
        from kpis.models import Return, ReturnCell
        from kpis.returns.save import save_draft
        from tests.factories.people import access

        lead, at = self.people["doors"], timezone.now()
        plan = plan_import(laid, access=access(lead), at=at)
        entries = [row.entry for row in plan.rows if row.entry]
        found = {}
        with transaction.atomic():
            submission = Return.objects.get(care_group=self.doors)
            who = {"by": lead, "access": access(lead), "at": at}
            save_draft(submission_id=submission.pk, entries=entries, **who)
            for cell in ReturnCell.objects.filter(submission=submission):
                found[cell.series.measure.code] = _verdict(cell)
            transaction.set_rollback(True)
        return found | {row.line.measure: (False, None) for row in plan.rows if row.problems}


def _text(chance: random.Random, documented: list[str], letters: str) -> str:
    """A text of the documented tables, or one made of what such texts are made of; a box of a page
    holds no line ends.
    """
    from kmpt_tracker.ui.typed import tidy

    while True:
        made = "".join(chance.choices(letters, k=chance.randint(1, 9)))
        text = chance.choice([chance.choice(documented), made])
        if tidy(text) and not set(text) & set("\n\r"):
            return text


def _verdict(cell: Any) -> tuple:
    """Whether it could be read, and if so what is stored."""
    is_read = not cell.error
    return is_read, (cell.numerator, cell.denominator, cell.value) if is_read else None

"""Two imports of the same figures at once: one is saved whole, the other is refused."""

from kpis.imports.batch import Options, receive, save_import
from kpis.imports.files import lay_file
from kpis.imports.verdicts import plan_import
from kpis.models import ReturnCell
from tests.kpis.imports.books import csv_bytes
from tests.kpis.test_return_races import FIRST, World, at_once

HEAD = ("measure", "care_group", "period", "value")


def test_of_two_overlapping_imports_one_is_saved_whole(transactional_db):
    world = World()

    def ready(by, first: str, second: str):
        month = str(FIRST)
        rows = [HEAD, ("calls", "acute", month, first), ("visits", "acute", month, second)]
        who = {"access": world.may[by.pk], "at": world.at(FIRST)}
        data = csv_bytes(rows)
        laid = lay_file("a.csv", data)
        plan = plan_import(laid, **who)
        said = {"name": "a.csv", "data": data, "door": "file", "laid": laid, "plan": plan}
        batch = receive(**said, options=Options(), by=by, **who)
        return lambda: save_import(batch_id=batch.pk, seen=plan.signature, by=by, **who)

    outcomes = at_once(ready(world.lead, "41", "11"), ready(world.other, "42", "12"))
    refused = [str(one) for one in outcomes if isinstance(one, Exception)]
    assert len(refused) == 1
    assert refused[0].startswith("Nothing is saved: figures or months have changed")
    found = ReturnCell.objects.order_by("series__measure__code").values_list("value_text")
    assert list(found) in ([("41",), ("11",)], [("42",), ("12",)])

"""What docs/analysts.md says is run, on the files of the seeded tracker."""

import re
from pathlib import Path

import pandas
import pytest

from accounts.roles import Role
from kpis.rag import Group, Rag
from tests.factories.people import person

pytestmark = [pytest.mark.any_database, pytest.mark.usefixtures("seeded")]

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = re.findall(
    r"```python\n(.*?)```", (ROOT / "docs" / "analysts.md").read_text(), re.DOTALL
)


def run_on(files: dict[str, str], client, folder: Path, monkeypatch) -> dict:
    client.force_login(person(Role.ANALYST))
    for name, address in files.items():
        (folder / name).write_bytes(client.get(address).getvalue())
    monkeypatch.chdir(folder)
    found: dict = {}
    for example in EXAMPLES:
        exec(example, found)
    return found


@pytest.mark.parametrize("month", ["2026-03", "2025-06"])
def test_the_recipes_give_the_counts_and_colours_of_the_tracker(
    month, client, tmp_path, monkeypatch
):
    plan = "plan=strategy-2023-26"
    found = run_on(
        {
            "assessments.csv": f"/exports/assessments.csv?{plan}&to={month}",
            "board.csv": f"/data.csv?{plan}&period={month}",
        },
        client,
        tmp_path,
        monkeypatch,
    )
    page = client.get(f"/?{plan}&period={month}").context["page"]
    assert len(found["board"]) == page.counts.total == 78
    for group in Group:
        rows = [count for rag, count in found["counts"].items() if Rag(rag).group is group]
        assert sum(rows) == page.counts.in_group(group), group
    pandas.testing.assert_series_equal(
        found["counts"].sort_index(), found["same_counts"].sort_index()
    )
    assert len(found["coloured"]) > 500
    assert (found["again"] == found["coloured"]["rag"]).all()
    assert set(found["again"]) == {"green", "amber", "red"}

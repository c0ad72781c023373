"""The examples of docs/analysts.md are run on the files of the seeded tracker."""

import re
from pathlib import Path

import duckdb
import pandas
import pytest

from accounts.roles import Role
from kpis.rag import Group, Rag
from tests.factories.people import person

pytestmark = [pytest.mark.any_database, pytest.mark.usefixtures("seeded")]

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES, QUERIES = (
    re.findall(rf"```{language}\n(.*?)```", (ROOT / "docs" / "analysts.md").read_text(), re.DOTALL)
    for language in ("python", "sql")
)


def in_sql() -> str:
    """The count of the board in DuckDB."""
    (query,) = (one for one in QUERIES if "PARTITION BY target_id" in one)
    return query


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
    expected = found["counts"].to_dict()
    assert dict(duckdb.sql(in_sql()).fetchall()) == expected
    assert len(found["coloured"]) > 500
    assert (found["again"] == found["coloured"]["rag"]).all()
    assert set(found["again"]) == {"green", "amber", "red"}


def test_the_recipe_on_the_page_gives_the_counts_of_the_board(
    client, tmp_path, monkeypatch, capsys
):
    client.force_login(person(Role.ANALYST))
    recipe = client.get("/exports/").context["page"].recipe
    (tmp_path / "assessments.csv").write_bytes(client.get(recipe.file_url).getvalue())
    monkeypatch.chdir(tmp_path)
    found: dict = {}
    exec(recipe.code, found)
    board = client.get(recipe.board_url).context["page"].counts
    assert found["counts"].sum() == board.total == 78
    for group in Group:
        rows = [count for rag, count in found["counts"].items() if Rag(rag).group is group]
        assert sum(rows) == board.in_group(group), group
    assert "78" in capsys.readouterr().out


def test_every_query_of_the_page_runs(client, tmp_path, monkeypatch):
    client.force_login(person(Role.ANALYST))
    monkeypatch.chdir(tmp_path)
    address = "/exports/assessments.csv?plan=strategy-2023-26&to=2025-06"
    Path("assessments.csv").write_bytes(client.get(address).getvalue())
    for query in QUERIES:
        assert duckdb.sql(query).fetchall()

"""A column reads its own cell: the attribute of its name, or what its getter says."""

from types import SimpleNamespace

from strategy.exports.dataset import PLAN, SOURCE, code, number, source_columns, text

ROW = SimpleNamespace(
    title="Care",
    plan=SimpleNamespace(code="strategy"),
    source_document=SimpleNamespace(code="booklet"),
    source_section="page 3",
)


def test_a_column_without_a_getter_reads_the_attribute_of_its_name():
    assert text("title", "Its title").get(ROW) == "Care"


def test_a_column_with_a_getter_reads_what_it_says():
    assert number("letters", "Letters of the title", lambda row: len(row.title)).get(ROW) == 4


def test_a_shared_column_can_be_read_from_another_place_and_says_the_same():
    elsewhere = PLAN.read_by(lambda row: row.code)
    assert (PLAN.get(ROW), elsewhere.get(ROW.plan)) == ("strategy", "strategy")
    assert (elsewhere.name, elsewhere.kind, elsewhere.meaning) == (
        PLAN.name,
        PLAN.kind,
        PLAN.meaning,
    )
    open_kind = code("kind", "What it is", allowed=("one", "two"))
    assert open_kind.read_by(lambda row: "one").allowed == ("one", "two")


def test_the_source_is_of_the_row_or_of_a_part_of_it():
    part = SimpleNamespace(row=ROW)
    found = [column.get(part) for column in source_columns(lambda row: row.row)]
    assert found == [column.get(ROW) for column in SOURCE] == ["booklet", "page 3"]
    unsourced = SimpleNamespace(source_document=None, source_section="")
    assert [column.get(unsourced) for column in SOURCE] == ["", ""]

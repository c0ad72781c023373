"""Two versions of one cell are merged box by box: what each person changed, nothing else."""

from dataclasses import replace
from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from kpis.returns.cells import CellText
from kpis.returns.merging import (
    BOXES,
    KEPT_CHANGES,
    ONE_BOX,
    BoxChange,
    mark_of,
    marks_at,
    merge,
    with_change,
)

AT = datetime(2026, 10, 5, 10, tzinfo=UTC)
WORDS = st.sampled_from(["", "12", "60", "two\r\nlines", " 12 "])
CELLS = st.builds(
    CellText,
    **{box: WORDS for box in BOXES if box not in ("confirmed", "milestone_status")},
    confirmed=st.booleans(),
)


def saved(*texts: CellText) -> tuple[dict[str, list[BoxChange]], CellText]:
    """The changes of a cell that was saved so, one version after another, and its last text."""
    changes: dict[str, list[BoxChange]] = {}
    before = CellText()
    for version, text in enumerate(texts, start=1):
        changes = with_change(changes, before, text, BoxChange(version, "", version, AT))
        before = text
    return changes, before


@given(base=CELLS, mine=CELLS, theirs=CELLS)
def test_each_box_is_what_was_typed_or_what_is_saved_and_only_both_is_a_conflict(
    base, mine, theirs
):
    changes, newest = saved(base, theirs)
    merged = merge(mine, newest, base=marks_at(1, changes, newest, 2))
    for box in BOXES:
        was, typed, now = (getattr(text, box) for text in (base, mine, theirs))
        if box == "confirmed" or box in ONE_BOX:
            continue
        if mark_of(typed) in (mark_of(was), mark_of(now)):
            assert getattr(merged.text, box) == now
            assert box not in merged.conflicts
        else:
            assert getattr(merged.text, box) == typed
            assert (box in merged.conflicts) == (mark_of(was) != mark_of(now))


@given(base=CELLS, mine=CELLS, theirs=CELLS)
def test_a_figure_is_one_persons_whole(base, mine, theirs):
    """Never the numerator of one person with the denominator of another."""
    changes, newest = saved(base, theirs)
    merged = merge(mine, newest, base=marks_at(1, changes, newest, 2))
    was, typed, now, kept = (
        [mark_of(getattr(text, box)) for box in ONE_BOX]
        for text in (base, mine, theirs, merged.text)
    )
    assert kept in (typed, now)
    changed = any(
        one not in (before, after) for one, before, after in zip(typed, was, now, strict=True)
    )
    asks = changed and was != now
    assert bool(set(merged.conflicts).intersection(ONE_BOX)) == asks
    if changed:
        assert kept == typed


def test_one_part_each_is_a_conflict_and_the_box_keeps_what_one_typed():
    changes, newest = saved(
        CellText(numerator="40", denominator="50"), CellText(numerator="40", denominator="60")
    )
    typed = CellText(numerator="45", denominator="50", comment="Two wards closed")
    merged = merge(typed, newest, base=marks_at(1, changes, newest, 2))
    assert merged.conflicts == ("numerator", "denominator")
    assert merged.text == typed
    same = merge(newest, newest, base=marks_at(1, changes, newest, 2))
    assert (same.conflicts, same.text) == ((), newest)


def test_a_figure_is_not_withdrawn_that_somebody_has_typed_anew():
    changes, newest = saved(CellText(value="40"), CellText(value="45"))
    typed = CellText(value="40", withdrawn=True, change_reason="Never was")
    merged = merge(typed, newest, base=marks_at(1, changes, newest, 2))
    assert merged.conflicts == ("value", "withdrawn")


@given(CELLS, CELLS)
def test_what_was_typed_on_the_newest_page_is_what_is_saved(shown, typed):
    changes, newest = saved(shown)
    merged = merge(typed, newest, base=marks_at(1, changes, newest, 1))
    assert (merged.conflicts, merged.newer) == ((), ())
    assert all(mark_of(getattr(merged.text, box)) == mark_of(getattr(typed, box)) for box in BOXES)


@given(CELLS, CELLS)
def test_a_version_that_is_yet_to_come_overwrites_nothing(typed, kept):
    changes, newest = saved(kept)
    merged = merge(typed, newest, base=marks_at(7, changes, newest, 1))
    differing = [
        box
        for box in BOXES
        if mark_of(getattr(typed, box)) != mark_of(getattr(kept, box)) and box != "confirmed"
    ]
    assert [box for box in merged.conflicts if box != "confirmed"] == differing


def test_a_box_that_the_page_did_not_have_is_left_alone():
    changes, newest = saved(CellText(value="12", comment="Two wards closed"))
    base = marks_at(1, changes, newest, 1)
    merged = merge(CellText(value="13"), newest, base=base, shown={"value"})
    assert merged.text == CellText(value="13", comment="Two wards closed")


def test_a_tick_confirms_the_figure_that_its_page_showed():
    changes, newest = saved(CellText(value="900"), CellText(value="950"))
    ticked = CellText(value="900", confirmed=True, confirm_reason="A new line")
    merged = merge(ticked, newest, base=marks_at(1, changes, newest, 2))
    assert (merged.text.value, merged.text.confirmed) == ("950", False)
    assert merged.conflicts == ()


def test_line_ends_are_the_browsers_own():
    kept = CellText(comment="one\ntwo")
    changes, newest = saved(kept, replace(kept, value="60"))
    typed = CellText(comment="one\r\ntwo", value="")
    merged = merge(typed, newest, base=marks_at(1, changes, newest, 2))
    assert merged.text == newest


def test_a_change_too_old_to_be_kept_is_asked_about():
    texts = [CellText(value=str(number)) for number in range(KEPT_CHANGES + 5)]
    changes, newest = saved(*texts)
    assert len(changes["value"]) == KEPT_CHANGES
    merged = merge(texts[0], newest, base=marks_at(1, changes, newest, len(texts)))
    assert merged.conflicts == ("value",)


def test_no_text_is_kept_in_the_marks():
    changes, _ = saved(CellText(comment="Jane Doe of ward 3"))
    assert "Jane" not in str(changes)

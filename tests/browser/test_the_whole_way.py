"""A figure from end to end: typed, approved, seen by the board, exported by an analyst."""

import csv
import io


def test_a_figure_goes_from_the_lead_to_the_board_and_into_the_file(
    world, lead, performance, board, analyst
):
    board.opens("/").sign_in()
    assert board.heading.startswith("Strategy on a page, ")
    assert board.sees(f"{world.month.label} is still open: Acute has not reported, which leaves 1")
    assert board.sees(f"{world.month.plus(-1).label}, the last complete month")
    assert "Incomplete" not in board.row("Seen in time")
    board.finds_nothing_wrong().follows(f"{world.month.label} so far")
    assert "Incomplete" in board.row("Seen in time")
    assert "1 of 2 groups" in board.row("Seen in time")
    board.finds_nothing_wrong()

    lead.opens(world.address)
    assert lead.heading == "Sign in"
    lead.finds_nothing_wrong().sign_in()
    assert lead.heading == f"Acute monthly return, {world.month.label}"
    lead.finds_nothing_wrong()

    lead.types("Seen in time: number", "4o0").types("Seen in time: out of", "500")
    lead.types("Calls answered: figure", "900")
    lead.chooses("New ward opened: how it stands", "On track")
    lead.presses("Save draft")
    assert lead.title.startswith("Error: ")
    assert lead.page.locator(".nhsuk-error-summary").evaluate("e => e === document.activeElement")
    assert lead.sees("People seen must be a number, like 30")
    assert lead.value("Seen in time: number") == "4o0"
    assert lead.sees("900 is unusual. From the last 17 months we would expect")
    lead.finds_nothing_wrong()

    lead.types("Seen in time: number", "478").presses("Save draft")
    assert lead.sees("Draft saved: 1 figure changed.")
    assert "95.6%" in lead.row("Seen in time")
    assert "On target" in lead.row("Seen in time")
    lead.presses("Submit return")
    assert lead.sees("Calls answered: check the figure, then confirm it and say why")
    assert lead.sees("Calls answered: write a comment")
    lead.ticks("900 is right: Calls answered")
    lead.types("Why: Calls answered", "A second line was opened")
    lead.types("The status has changed: say why.: Seen in time", "More staff")
    lead.types("This is more than chance: say what caused it.: Calls answered", "A new line.")
    lead.presses("Submit return")
    assert lead.sees("Submitted. The performance team checks it")
    lead.finds_nothing_wrong()

    board.opens("/")
    assert board.sees(f"{world.month.label} is still open: Acute waits for approval")

    performance.opens(f"/returns/{world.month}/").sign_in()
    assert "Submitted" in performance.row("Acute")
    performance.finds_nothing_wrong().follows("Acute")
    performance.finds_nothing_wrong().follows("Review and decide")
    performance.finds_nothing_wrong().presses("Approve all 3")
    assert performance.sees(f"Approved: Acute {world.month.label}.")

    board.opens("/")
    assert not board.sees("is still open")
    assert "95.8%" in board.row("Seen in time")
    assert "On target" in board.row("Seen in time")
    assert board.sees("Seen in time")
    board.follows("Seen in time")
    assert board.heading == "Seen in time"
    assert board.sees("95.8%")
    board.page.locator("#trend .main-svg").first.wait_for()
    board.finds_nothing_wrong()
    of_the_page = board.downloads("Data (CSV)")

    analyst.opens("/exports/").sign_in().finds_nothing_wrong()
    analyst.chooses("Measure", "Seen in time").presses("Count and show")
    with analyst.page.expect_download() as started:
        analyst.page.locator('a[href^="/exports/actuals.csv?"]').first.click()
    actuals = started.value.path().read_bytes()
    assert figures(actuals, world)["acute"] == ("478", "500", "95.6")
    assert figures(of_the_page, world) == {"trust": ("958", "1000", "95.8")}


def figures(file: bytes, world) -> dict[str, tuple[str, str, str]]:
    """By care group: number, out of, and value of the month."""
    rows = csv.DictReader(io.StringIO(file.decode("utf-8-sig"), newline=""))
    return {
        row["care_group"]: (row["numerator"], row["denominator"], row["value"])
        for row in rows
        if row["period_end"] == world.month.end.isoformat()
    }

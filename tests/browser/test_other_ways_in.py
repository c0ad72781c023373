"""The same pages without a mouse, without scripts, and on paper."""

from urllib.parse import quote

from tests.factories.people import lead_of

A4_LANDSCAPE = {"width": 1046, "height": 680}  # its printable area in CSS pixels


def test_a_return_is_filled_in_and_submitted_with_the_keyboard_alone(world, lead):
    lead.opens(world.address).tabs_to("Username").keys(lead.name)
    lead.tabs_to("Password").keys(lead.password).enters()
    lead.hits("Tab").hits("Enter")
    assert lead.page.evaluate("document.activeElement.id") == "maincontent"
    lead.tabs_to("Calls answered: figure").keys("thirty")
    lead.tabs_to("Seen in time: number").keys("478")
    lead.tabs_to("Seen in time: out of").keys("500")
    lead.tabs_to("Save draft").enters()
    assert lead.page.evaluate("document.activeElement.className") == "nhsuk-error-summary"
    lead.tabs_to("Calls answered must be a number, like 30").hits("Enter")
    assert lead.page.evaluate("document.activeElement.value") == "thirty"
    lead.hits("Control+a").keys("34")
    lead.tabs_to("New ward opened: how it stands").keys("On track")
    lead.tabs_to("Submit return").enters()
    lead.tabs_to("The status has changed: say why.: Seen in time").keys("More staff")
    lead.tabs_to("Submit return").enters()
    assert lead.sees("Submitted. The performance team checks it")


def test_without_scripts_figures_are_entered_and_the_chart_is_there_with_its_table(
    world, at_a_browser
):
    plain = at_a_browser(lead_of(world.acute, username="amara"), java_script_enabled=False)
    plain.opens(world.address).sign_in()
    plain.types("Calls answered: figure", "34").presses("Save draft")
    assert plain.sees("Draft saved: 1 figure changed.")
    assert plain.value("Calls answered: figure") == "34"
    plain.opens("/measures/seen/")
    assert plain.page.locator("#trend > svg").is_visible()
    plain.page.locator("#trend-data summary").click()
    assert plain.page.locator("#trend-data table").is_visible()
    assert not plain.page.get_by_role("button", name="Print").is_visible()


def test_on_paper_a_page_has_its_own_head_no_menu_and_no_cut_columns(world, board):
    board.opens("/").sign_in()
    for address in ("/", "/measures/seen/"):
        board.opens(address)
        board.page.emulate_media(media="print")
        board.page.set_viewport_size(A4_LANDSCAPE)
        assert board.page.locator(".kt-printhead").is_visible()
        for hidden in (".nhsuk-header", ".kt-context", ".kt-footer", "[data-print]"):
            assert not board.page.locator(hidden).first.is_visible()
        width = board.page.evaluate("document.documentElement.scrollWidth")
        assert width <= A4_LANDSCAPE["width"], address


def test_signing_in_leads_back_and_signing_out_leaves_nothing_behind(world, board):
    wanted = "/measures/seen/?care_group=acute"
    board.opens(wanted)
    assert board.page.url.endswith(f"?next={quote(wanted)}")
    board.types("Username", "beth").types("Password", "wrong").presses("Sign in")
    assert board.title.startswith("Error: ")
    assert board.sees("Check your user name and password, then sign in again.")
    board.finds_nothing_wrong().sign_in()
    assert board.page.url.endswith(wanted)
    board.presses("Sign out")
    board.page.go_back()
    assert board.heading == "Sign in"


def test_on_paper_the_sentence_and_the_chart_of_a_measure_share_a_sheet(world, board):
    board.opens("/measures/seen/").sign_in()
    page = board.page
    screen = page.viewport_size
    on_screen = page.locator("#trend .main-svg").first.bounding_box()["height"]
    page.set_viewport_size(A4_LANDSCAPE)
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    page.emulate_media(media="print")
    section = page.locator("section", has=page.locator("#trend"))
    box = section.bounding_box()
    assert box["y"] + box["height"] <= A4_LANDSCAPE["height"]
    page.emulate_media(media="screen")
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    page.set_viewport_size(screen)  # the chart is as high as its box, which a narrower page changes
    page.wait_for_function(
        "was => document.querySelector('#trend .main-svg').getBoundingClientRect().height == was",
        arg=on_screen,
    )


def test_figures_typed_while_the_sign_in_ended_are_sent_after_signing_in_again(world, lead):
    lead.opens(world.address).sign_in()
    lead.types("Calls answered: figure", "34")
    lead.context.clear_cookies(name="session")
    lead.is_examined = True  # the browser notes the refusal in its console
    lead.presses("Save draft")
    lead.is_examined = False
    assert lead.sees("You have been signed out, so nothing was saved.")
    lead.finds_nothing_wrong().sign_in()
    assert lead.heading == "Nothing is saved yet"
    lead.finds_nothing_wrong().presses("Send what I typed")
    assert lead.sees("Draft saved: 1 figure changed.")
    assert lead.value("Calls answered: figure") == "34"

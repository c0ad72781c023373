"""A person at a real browser: what they do and see, and what the browser complained of."""

from urllib.parse import urlsplit

from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Request

from tests.browser import axe

WIDTHS = (1400, 390)
MOST_TABS = 150
MOST_WAIT = 30_000  # milliseconds: a busy machine of two cores may take ten seconds to answer


class Reader:
    """A person in a browser of their own; each page they open is checked as they go.

    `complaints` gathers what the console says (a breach of the content security policy too),
    faults of scripts and of the server, and requests to any other host.
    """

    def __init__(self, browser: Browser, origin: str, name: str, password: str, **settings):
        self.origin, self.name, self.password = origin, name, password
        self.scripted = settings.get("java_script_enabled", True)
        self.context = browser.new_context(
            viewport={"width": WIDTHS[0], "height": 900}, accept_downloads=True, **settings
        )
        self.context.set_default_timeout(MOST_WAIT)
        self.page: Page = self.context.new_page()
        self.complaints: list[str] = []
        self.is_examined = False
        self.seen: set[str] = set()  # the pages that axe has examined at both widths
        self.page.on("console", self._note_said)
        self.page.on("pageerror", lambda error: self._note(str(error)))
        self.page.on("request", self._note_host)
        self.page.on("response", self._note_fault)

    def _note_said(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self._note(message.text)

    def _note_host(self, request: Request) -> None:
        there = urlsplit(request.url)
        if there.scheme not in ("data", "blob") and there.netloc != urlsplit(self.origin).netloc:
            self._note(f"request to another host: {request.url}")

    def _note_fault(self, response) -> None:
        if response.status >= 500:
            self._note(f"{response.status} at {response.url}")

    def _note(self, complaint: str) -> None:
        # The policy refuses something that axe itself does; that is not a fault of the page.
        if not self.is_examined:
            self.complaints.append(complaint)

    # --- What they do -----------------------------------------------------------------------

    def sign_in(self) -> "Reader":
        """Sign in from the page that was asked for, and come back to it."""
        self.types("Username", self.name)
        self.types("Password", self.password)
        self.presses("Sign in")
        return self

    def opens(self, address: str) -> "Reader":
        self.page.goto(self.origin + address)
        return self

    def follows(self, words: str, *, exact: bool = True) -> "Reader":
        self.page.get_by_role("link", name=words, exact=exact).first.click()
        self.page.wait_for_load_state()
        return self

    def presses(self, words: str) -> "Reader":
        """Press a button and wait for its page, which may wait for a draft that is being saved."""
        with self.page.expect_navigation():
            self.page.get_by_role("button", name=words, exact=True).first.click()
        return self

    def types(self, label: str, text: str) -> "Reader":
        self.box(label).fill(text)
        return self

    def ticks(self, label: str) -> "Reader":
        self.box(label).check()
        return self

    def chooses(self, label: str, words: str) -> "Reader":
        self.box(label).select_option(label=words)
        return self

    def tabs_to(self, words: str) -> "Reader":
        """Go to the control of that name with the Tab key only."""
        for _ in range(MOST_TABS):
            self.page.keyboard.press("Tab")
            if self.page.evaluate(_NAME_OF_FOCUSED) == words:
                assert self.page.evaluate(_FOCUS_IS_SEEN), f"the focus on “{words}” is not seen"
                return self
        raise AssertionError(f"the Tab key does not reach “{words}”")

    def keys(self, text: str) -> "Reader":
        self.page.keyboard.type(text)
        return self

    def hits(self, key: str) -> "Reader":
        self.page.keyboard.press(key)
        return self

    def enters(self) -> "Reader":
        """Press Enter and wait for the page."""
        with self.page.expect_navigation():
            self.page.keyboard.press("Enter")
        return self

    def downloads(self, words: str) -> bytes:
        with self.page.expect_download() as started:
            self.page.get_by_role("link", name=words).first.click()
        with open(started.value.path(), "rb") as file:
            return file.read()

    # --- What they see ----------------------------------------------------------------------

    def box(self, label: str) -> Locator:
        return self.page.get_by_label(label, exact=True)

    def value(self, label: str) -> str:
        return self.box(label).input_value()

    @property
    def heading(self) -> str:
        return self.page.locator("h1").inner_text()

    @property
    def title(self) -> str:
        return self.page.title()

    @property
    def text(self) -> str:
        return self.page.locator("main").inner_text()

    def sees(self, words: str) -> bool:
        return words in " ".join(self.text.split())

    def row(self, words: str) -> str:
        """The row of a table that begins with these words, as one line."""
        return " ".join(self._row(words).inner_text().split())

    def _row(self, words: str) -> Locator:
        heading = self.page.get_by_role("rowheader").filter(has_text=words)
        return self.page.get_by_role("row").filter(has=heading).first

    def finds_nothing_wrong(self) -> "Reader":
        """No violation, nothing beyond the edge of a wide or a narrow screen, no complaint.

        axe examines both widths when a page is first seen, and later states of it on the wide.
        """
        path = urlsplit(self.page.url).path
        examined = WIDTHS[:1] if path in self.seen else WIDTHS
        self.seen.add(path)
        for width in reversed(WIDTHS):
            self.page.set_viewport_size({"width": width, "height": 900})
            assert self.page.evaluate("document.documentElement.scrollWidth") <= width, (
                f"{self.page.url} is wider than {width}: {self.page.evaluate(_TOO_WIDE)}"
            )
            if width not in examined:
                continue
            self.is_examined = True
            wrong = axe.violations(self.page)
            self.is_examined = False
            assert wrong == [], f"{self.page.url} at {width}: {wrong}"
        assert self.complaints == [], self.complaints
        return self


_NAME_OF_FOCUSED = """() => {
  const at = document.activeElement;
  const label = at.labels && at.labels.length ? at.labels[0] : at;
  return label.textContent.trim().replace(/\\s+/g, ' ');
}"""
_FOCUS_IS_SEEN = """() => {
  const at = document.activeElement, box = at.getBoundingClientRect();
  const top = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
  const style = getComputedStyle(at);
  const marked = style.outlineStyle !== 'none' || style.boxShadow !== 'none';
  return marked && (at === top || at.contains(top) || (top && top.contains(at)));
}"""
_TOO_WIDE = """() => [...document.querySelectorAll('body *')]
  .filter(e => e.getBoundingClientRect().right > innerWidth + 1).slice(0, 3)
  .map(e => e.outerHTML.slice(0, 120))"""

"""An extract of the ledger: summed, previewed, and saved as a whole or not at all."""

import re
from datetime import date
from decimal import Decimal

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from accounts.permissions import NotAllowed
from cip.models import LedgerImport, Phasing
from cip.months.ledger import Look, read_extract, read_ledger, save_ledger
from cip.standing.hold import SchemeRefused
from tests.cip.walk import SEPTEMBER, Walk
from tests.plugins.kept import kept

pytestmark = [pytest.mark.django_db, pytest.mark.any_database]


def extract(*lines: str, heading: str = "Scheme,Month,Amount") -> bytes:
    return "\n".join([heading, *lines]).encode()


@kept
def delivering() -> Walk:
    walk = Walk.begin().to_delivery()
    walk.later(date(2019, 11, 4))
    return walk


def read(walk, data: bytes, by=None):
    return read_ledger(
        programme_id=walk.programme.pk, name="ledger.csv", data=data,
        **walk.who(by or walk.finance),
    )  # fmt: skip


def save(walk, batch: LedgerImport, seen: str | None = None) -> LedgerImport:
    mark = Look.at(batch, walk.now).mark if seen is None else seen
    return save_ledger(batch_id=batch.pk, seen=mark, reason="Posted back", **walk.who(walk.finance))


def actuals() -> dict[str, Decimal]:
    rows = Phasing.objects.filter(kind="actual").order_by("version")
    return {f"{row.month:%Y-%m}": row.amount_k for row in rows}


def test_lines_are_summed_to_the_pound_and_saved_once(delivering):
    walk = delivering
    lines = ("CIP-A1,Sep 2019,10000.40", "cip-a1,2019-09,5000.30", "CIP-A1,10/2019,(250.00)")
    batch = read(walk, extract(*lines))
    assert (batch.status, batch.lines, batch.problems) == ("read", 3, [])
    assert actuals() == {}
    save(walk, batch)
    assert actuals() == {"2019-09": Decimal("15.001"), "2019-10": Decimal("-0.250")}
    assert all(row.ledger_id == batch.pk for row in Phasing.objects.filter(kind="actual"))
    with pytest.raises(SchemeRefused, match="saved already"):
        save(walk, batch)
    again = read(walk, extract(*lines))
    save(walk, again)
    assert Phasing.objects.filter(kind="actual").count() == 2


def test_a_figure_that_was_typed_since_the_preview_is_not_replaced_unseen(delivering):
    walk = delivering
    batch = read(walk, extract("CIP-A1,Sep 2019,9000", "CIP-A1,Oct 2019,7000"))
    seen = Look.at(batch, walk.now).mark
    walk.phase({SEPTEMBER: "8.5"}, kind="actual")
    for mark in (seen, ""):
        with pytest.raises(SchemeRefused, match="recorded since you looked"):
            save(walk, batch, mark)
    assert actuals() == {"2019-09": Decimal("8.5")}
    # Another scheme's figure, or a forecast, is no business of this extract.
    walk.phase({SEPTEMBER: "12"}, kind="forecast")
    save(walk, batch)
    assert actuals() == {"2019-09": Decimal(9), "2019-10": Decimal(7)}


@pytest.mark.parametrize("period", ["M6", "m06", "P06", "Period 6", "month 6"])
def test_a_month_may_be_numbered_as_ledgers_do(delivering, period):
    save(delivering, read(delivering, extract(f"CIP-A1,{period},9000")))
    assert actuals() == {"2019-09": Decimal(9)}


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("CIP-X,Sep 2019,1", "Row 3: there is no scheme “CIP-X”"),
        ("CIP-A1,Sep 2020,1", "Row 3: Sep 2020 lies outside 2019/20"),
        ("CIP-A1,Sep 2019,lots", "Row 3: Amount must"),
        ("CIP-A1,,1", "Row 3:"),
        ("CIP-A1,6,1", "Row 3: month 6 may be period 6 (Sep 2019) or a month of the calendar"),
        ("CIP-A1,M13,1", "Row 3: Month must be a real month"),
        ("Total,,1001", "Row 3: a line without a scheme: leave out lines of totals"),
        (",Sep 2019,1001", "Row 3: a line without a scheme"),
        ("CIP-A1,Apr 2019,1", "delivers since May 2019"),
        ("CIP-A1,Mar 2020,1", "has not begun"),
    ],
)
def test_one_wrong_line_refuses_the_file(delivering, line, words):
    batch = read(delivering, extract("CIP-A1,Sep 2019,1000", line))
    assert batch.status == "refused"
    assert any(words in problem for problem in batch.problems), batch.problems
    with pytest.raises(SchemeRefused):
        save(delivering, batch)
    assert actuals() == {}


def test_an_extract_is_no_way_around_the_gate_nor_behind_a_sign_off(delivering):
    walk = delivering
    batch = read(walk, extract("CIP-A1,Sep 2019,9000"))
    walk.phase({SEPTEMBER: "15"}, "actual")
    walk.sign_off(SEPTEMBER, seen="15")
    with pytest.raises(SchemeRefused, match="is signed off for Acute"):
        save(walk, batch)
    assert actuals() == {"2019-09": Decimal(15)}
    walk.to_signed("CIP-A2")
    batch = read(walk, extract("CIP-A2,Oct 2019,9000"))
    assert "no saving without its quality impact assessment" in batch.problems[0]
    with pytest.raises(NotAllowed):
        read(walk, extract("CIP-A1,Oct 2019,1"), by=walk.lead)


def test_what_is_no_extract_is_refused_in_words(delivering):
    for data in (b"", b"a,b\n1,2\n", b"scheme,month,month,amount\n"):
        with pytest.raises(SchemeRefused):
            read(delivering, data)
    assert not LedgerImport.objects.exists()


def test_thousands_of_lines_leave_only_their_sums(delivering):
    said = []
    data = extract(*(f"CIP-A1,Sep 2019,{number}.01" for number in range(20_000)))
    found = read_extract("ledger.csv", data, delivering.programme, say=said.append)
    assert (found.lines, len(found.sums)) == (20_000, 1)
    assert found.sums["CIP-A1", SEPTEMBER] == Decimal("199990.200")
    assert said == list(range(1000, 20_001, 1000))


def seen_on(page) -> str:
    return re.search(r'name="seen" value="(\w+)"', page.content.decode())[1]


def test_the_page_shows_before_it_saves_and_the_command_too(delivering, monkeypatch, tmp_path):
    walk = delivering
    monkeypatch.setattr(timezone, "now", lambda: walk.now)
    client = Client()
    client.force_login(walk.finance, backend="django.contrib.auth.backends.ModelBackend")
    address = "/cip/2019-20/ledger/"
    data = extract("CIP-A1,Sep 2019,9000")
    page = client.post(address, {"file": SimpleUploadedFile("sep.csv", data)})
    assert (page.status_code, "Save these actuals" in page.content.decode()) == (200, True)
    assert actuals() == {}
    batch = LedgerImport.objects.get()
    walk.phase({SEPTEMBER: "8"}, kind="actual")
    sent = {"action": "save", "batch": batch.pk}
    stale = client.post(address, {**sent, "seen": seen_on(page)})
    assert stale.status_code == 409
    assert "recorded since you looked" in stale.content.decode()
    assert actuals() == {"2019-09": Decimal(8)}
    page = client.post(address, {**sent, "seen": seen_on(stale)}, follow=True)
    assert "Saved: 1 line of the ledger" in page.content.decode()
    assert actuals() == {"2019-09": Decimal(9)}
    assert client.post(address, {}).status_code == 409
    file = tmp_path / "oct.csv"
    file.write_bytes(extract("CIP-A1,Oct 2019,7000"))
    options = {"year": "2019-20", "by": walk.finance.username}
    call_command("import_ledger", file, dry_run=True, **options)
    assert "2019-10" not in actuals()
    call_command("import_ledger", file, **options)
    assert actuals()["2019-10"] == 7
    file.write_bytes(extract("CIP-X,Oct 2019,7000"))
    with pytest.raises(CommandError, match="there is no scheme"):
        call_command("import_ledger", file, **options)


def test_an_actual_below_0_asks_for_its_reason_on_the_page_and_in_the_command(
    delivering, monkeypatch, tmp_path
):
    walk = delivering
    monkeypatch.setattr(timezone, "now", lambda: walk.now)
    data = extract("CIP-A1,Sep 2019,-2500", "CIP-A1,Oct 2019,1000")
    client = Client()
    client.force_login(walk.finance, backend="django.contrib.auth.backends.ModelBackend")
    file = SimpleUploadedFile("ledger.csv", data)
    page = client.post("/cip/2019-20/ledger/", {"file": file})
    assert "Why this is below 0: CIP-A1 in Sep 2019" in page.content.decode()
    batch = LedgerImport.objects.get()
    sent = {"action": "save", "batch": batch.pk, "seen": seen_on(page)}
    refused = client.post("/cip/2019-20/ledger/", {**sent, "reason": " "})
    assert refused.status_code == 409
    assert "Below 0: CIP-A1 in Sep 2019. Enter the reason" in refused.text
    assert not actuals()
    answer = client.post("/cip/2019-20/ledger/", {**sent, "reason": "Beds opened again"})
    assert answer.status_code == 302
    row = Phasing.objects.get(kind="actual", month=SEPTEMBER.start)
    assert (row.amount_k, row.reason) == (
        Decimal("-2.5"),
        "Ledger extract ledger.csv: Beds opened again",
    )
    path = tmp_path / "more.csv"
    path.write_bytes(extract("CIP-A1,Sep 2019,-3000"))
    options = {"year": "2019-20", "by": walk.finance.username}
    with pytest.raises(CommandError, match="Enter the reason"):
        call_command("import_ledger", path, **options)
    call_command("import_ledger", path, reason="Beds stay open", **options)
    assert actuals()["2019-09"] == -3
    # What is no longer changed asks for nothing.
    call_command("import_ledger", path, **options)

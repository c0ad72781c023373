"""Every page of figures held against its own file: `python -m tests.drill_truth [part …]`.

On a seeded database (`DATABASE_URL`), of which nothing is changed. It reads pages and files as a
person would, and knows none of the code that writes them (tests/truth/). As an analyst; with the
part `as-board`, `as-lead` or `as-finance` that person's pages. With the part `made` it
adds a plan of awkward measures, walks that alone, and takes it back. It prints what is not borne
out, how many claims of each kind were held, and which sentences it does not know how to hold.
"""

import os
import sys
import time

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kmpt_tracker.settings")
django.setup()

from django.core.cache import cache  # noqa: E402
from django.db import transaction  # noqa: E402
from django.test import Client  # noqa: E402
from django.utils import timezone  # noqa: E402

from accounts.roles import Role  # noqa: E402
from tests.factories.people import person  # noqa: E402
from tests.truth.boards import hold_board  # noqa: E402
from tests.truth.changes import hold_changes_page  # noqa: E402
from tests.truth.completion import hold_returns  # noqa: E402
from tests.truth.lists import (  # noqa: E402
    hold_ambition,
    hold_heatmap,
    hold_list,
    hold_plan,
)
from tests.truth.made import made  # noqa: E402
from tests.truth.made_savings import STEPS, spoil  # noqa: E402
from tests.truth.matrix import hold_matrix  # noqa: E402
from tests.truth.measures import hold_measure  # noqa: E402
from tests.truth.savings import hold_savings  # noqa: E402
from tests.truth.schemes import hold_report, hold_scheme  # noqa: E402
from tests.truth.site import Report, Site  # noqa: E402
from tests.truth.threads import hold_threads  # noqa: E402
from tests.truth.unheld import list_unheld  # noqa: E402
from tests.truth.ways import addresses, addresses_made, savings_of  # noqa: E402

BACKEND = "django.contrib.auth.backends.ModelBackend"
READERS = {
    "as-board": Role.BOARD_MEMBER,
    "as-lead": Role.CARE_GROUP_LEAD,
    "as-finance": Role.FINANCE_PMO,
}
HOLDERS = {
    "board": hold_board,
    "list": hold_list,
    "ambition": hold_ambition,
    "plan": hold_plan,
    "changes": hold_changes_page,
    "matrix": hold_matrix,
    "heatmap": hold_heatmap,
    "measure": hold_measure,
    "savings": hold_savings,
    "scheme": hold_scheme,
    "report": hold_report,
    "returns": hold_returns,
    "threads": hold_threads,
}


def main(parts: list[str]) -> int:
    with transaction.atomic():
        found = walked(parts)
        transaction.set_rollback(True)  # whoever read leaves no trace
    return found


def walked(parts: list[str]) -> int:
    client = Client(headers={"host": "localhost"}, raise_request_exception=False)
    client.force_login(person(Role.ANALYST, username="drill-truth"), backend=BACKEND)
    site, report = Site(client), Report()
    for name in set(parts) & READERS.keys():
        reader = Client(headers={"host": "localhost"}, raise_request_exception=False)
        reader.force_login(person(READERS[name], username=f"drill-{name}"), backend=BACKEND)
        site = Site(reader, files=client)
    begun = time.monotonic()
    if "made" in parts:
        made(timezone.now())
        kinds = addresses_made(site)
    else:
        kinds = addresses(site)
    wanted = set(parts) - {"made"} - READERS.keys()
    for kind, found in kinds.items():
        if wanted and kind not in wanted:
            continue
        for address in found:
            hold_at(report, site, kind, address)
        print(f"{kind}: {len(found)} pages, {time.monotonic() - begun:.0f} s", flush=True)
    if "made" in parts and (not wanted or wanted & {"savings", "scheme", "report"}):
        spoil_savings(report, client)
    for words, (_, at) in report.wrong.items():
        print(f"- {words}\n    {at}")
    for kind, count in sorted(report.held.items()):
        print(f"{count:7} {kind}")
    for words, at in sorted(report.unheld.items()):
        print(f"not known: {words}  ({at})")
    print(f"{sum(report.held.values())} claims held, {len(report.wrong)} not borne out")
    return 1 if report.wrong else 0


def hold_at(report: Report, site: Site, kind: str, address: str) -> None:
    try:
        HOLDERS[kind](report, site, address)
        list_unheld(report, site.page(address))
    except LookupError as problem:
        # Not everyone may open every page; whoever may is not told otherwise here.
        is_open = not str(problem).startswith("403 ") or site.files is site.client
        report.hold("page", not is_open, problem, address)


def spoil_savings(report: Report, client: Client) -> None:
    """A programme that is seeded with made-up schemes, changed awkwardly step by step."""
    for year in {row["year"] for row in Site(client).rows("/exports/cip_schemes.csv")}:
        for step in range(STEPS):
            spoil(year, step)
            cache.clear()
            site = Site(client)
            for kind, found in savings_of(site, year).items():
                for address in found:
                    hold_at(report, site, kind, address)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))

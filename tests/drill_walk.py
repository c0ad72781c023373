"""A figure from entry to page, step by step: `python -m tests.drill_walk build|enter|seen [N]`.

`build` makes a measure that one care group reports; `enter` types, submits and approves its figure
of the Nth month back, by two people; `seen` asks the measure's page for it, judged.
"""

import os
import re
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kmpt_tracker.settings")
django.setup()

from decimal import Decimal  # noqa: E402

from django.test import Client  # noqa: E402
from django.utils import timezone  # noqa: E402

from accounts.models import User  # noqa: E402
from kpis.models import Measure, Series  # noqa: E402
from kpis.months.clock import open_period, reopen_period  # noqa: E402
from kpis.returns import approve as approval  # noqa: E402
from kpis.returns import submit as submitting  # noqa: E402
from kpis.returns.cells import CellText  # noqa: E402
from kpis.returns.merging import CellEntry  # noqa: E402
from kpis.returns.save import save_draft  # noqa: E402
from kpis.returns.states import open_return  # noqa: E402
from strategy.models import CareGroup  # noqa: E402
from strategy.periods import Month  # noqa: E402
from tests.factories.measures import MeasureFactory, SeriesFactory, TargetFactory  # noqa: E402
from tests.factories.people import access, lead_of, performance_team  # noqa: E402
from tests.factories.plans import CareGroupFactory, TrustFactory  # noqa: E402

CODE = "drill"


def build() -> None:
    group = CareGroupFactory(code=CODE)
    measure = MeasureFactory(
        code=CODE, collection_level="care_group", roll_up="sum", over_time="sum"
    )
    SeriesFactory(measure=measure, care_group=TrustFactory(), fed_by="roll_up")
    SeriesFactory(measure=measure, care_group=group)
    TargetFactory(measure=measure, value=Decimal(100))
    lead_of(group, username="drill-lead")
    performance_team(username="drill-team")


def asked(back: int) -> tuple[Month, int]:
    """The month and its figure: all figures differ, and odd ones are off target."""
    return Month.of(timezone.localdate()).plus(-1 - back), 101 + back if back % 2 == 0 else 31


def enter(back: int) -> None:
    month, value = asked(back)
    lead, team = (User.objects.get(username=f"drill-{who}") for who in ("lead", "team"))
    group = CareGroup.objects.get(code=CODE)
    series = Series.objects.get(measure__code=CODE, care_group=group)
    period = open_period(month, at=timezone.now())
    if period.locked_at:  # past its freeze a month takes figures only once it is open again
        period = reopen_period(period_id=period.pk, by=team, at=timezone.now(), reason="A drill")
    submission = open_return(period=period, care_group=group)
    cells = [CellEntry(series.pk, 0, CellText(value=str(value)))]
    by = {"by": lead, "access": access(lead)}
    save_draft(submission_id=submission.pk, entries=cells, at=timezone.now(), **by)
    submission.refresh_from_db()
    submitting.submit(
        submission_id=submission.pk, version=submission.version, at=timezone.now(), **by
    )
    submission.refresh_from_db()
    approval.approve(
        submission_id=submission.pk,
        version=submission.version,
        by=team,
        access=access(team),
        at=timezone.now(),
    )


def seen(back: int) -> bool:
    """The page of the trust shows the figure next to its month, with the status it earns."""
    month, value = asked(back)
    client = Client(headers={"host": "localhost"})
    client.force_login(
        User.objects.get(username="drill-team"), backend="django.contrib.auth.backends.ModelBackend"
    )
    html = client.get(Measure.objects.get(code=CODE).get_absolute_url()).content.decode()
    row = re.search(rf'<th scope="row">{month.label}</th>(.*?)</tr>', html, re.DOTALL)
    status = "On target" if value >= 100 else "Off target"
    return bool(row and f">{value}<" in row[1] and status in row[1])


if __name__ == "__main__":
    act, back = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 0
    if act == "build":
        build()
    elif act == "enter":
        enter(back)
    elif not seen(back):
        sys.exit(f"The figure of {back} months back is not to be seen.")

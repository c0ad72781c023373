"""What `seed --illustrative` adds: made-up figures and demonstration accounts, all marked so."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

from django.conf import settings
from django.db import transaction

from accounts.models import RoleGrant, User
from accounts.roles import Role
from kpis.illustration import Scale
from kpis.models import Measure
from kpis.services.illustrating import clear_illustrative_measures, illustrate_measures
from strategy.fixture_files import FixtureError, Problem, Row, read
from strategy.models import CareGroup, Membership, PostHolding
from strategy.seeding import Report

SINCE = date(2023, 4, 1)
# The demonstration lead's care group: its last full month is left to be entered.
LEFT_OPEN = "acute"
USERS_FILE = "demo_users.yaml"
SCALES_FILE = "illustrative.yaml"


@transaction.atomic
def illustrate(*, root: Path, at: datetime, report: Report, say: Callable[[str], None]) -> None:
    """Add what is not there yet; a second run adds nothing."""
    accounts = add_demo_accounts(root)
    if accounts:
        report.created[User._meta.label_lower] += accounts
    figures = illustrate_measures(
        at=at, leave_open=LEFT_OPEN, say=say, scales=illustrative_scales(root)
    )
    if figures:
        report.created["kpis.actual"] += figures


def illustrative_scales(root: Path) -> dict[str, Scale]:
    """How large the made-up figures of each measure are, as the file tells."""
    problems: list[Problem] = []
    top = read(root / SCALES_FILE, root=root, problems=problems)
    measures = set(Measure.objects.values_list("code", flat=True))
    groups = set(CareGroup.objects.values_list("code", flat=True))
    found: dict[str, Scale] = {}
    for row in top.rows("measures"):
        code = row.text("measure", required=True)
        if code in found:
            row.fail(f"the measure {code!r} stands twice")
        if code not in measures:
            row.fail(f"there is no measure called {code!r}")
        found[code] = Scale(
            level=row.decimal("level"),
            levels=_by_group(row.row("levels"), groups),
            of=_by_group(row.row("of"), groups),
            spread=row.decimal("spread"),
            most=row.decimal("most"),
        )
    top.finish()
    if problems:
        raise FixtureError(problems)
    return found


def _by_group(row: Row, groups: set[str]) -> dict[str, Decimal]:
    found = {}
    for code in row.data:
        number = row.decimal(str(code))
        if code not in groups:
            row.fail(f"there is no care group called {code!r}")
        elif number is not None and number <= 0:
            row.fail(f"{code} must be more than 0")
        elif number is not None:
            found[str(code)] = number
    return found


def demo_accounts(root: Path) -> list[Row]:
    """The demonstration accounts as the file lists them."""
    problems: list[Problem] = []
    top = read(root / USERS_FILE, root=root, problems=problems)
    groups = set(CareGroup.objects.values_list("code", flat=True))
    names: set[str] = set()
    rows = top.rows("users")
    for row in rows:
        for key in ("username", "password", "name"):
            row.text(key, required=True, limit=150)
        row.text("email")
        for key, known in (
            ("roles", set(Role)),
            ("leads", groups),
            ("posts", set(PostHolding.Post)),
        ):
            for code in row.texts(key):
                if code not in known:
                    row.fail(f"{key}: there is nothing called {code!r}")
        if row.text("username") in names:
            row.fail(f"the user {row.text('username')!r} stands twice")
        names.add(row.text("username"))
    top.finish()
    if problems:
        raise FixtureError(problems)
    return rows


def add_demo_accounts(root: Path) -> int:
    """Accounts to try the tracker with, in development only; returns how many were added.

    Their passwords stand in the repository: a production set-up never gets them.
    """
    if not settings.DEBUG:
        return 0
    known = set(User.objects.values_list("username", flat=True))
    added = 0
    for row in demo_accounts(root):
        if row.text("username", required=True) not in known:
            _add_account(row)
            added += 1
    return added


def _add_account(row: Row) -> None:
    first, _, last = row.text("name", required=True).partition(" ")
    user = User.objects.create_user(
        username=row.text("username"),
        password=row.text("password", required=True),
        first_name=first,
        last_name=last,
        email=row.text("email"),
    )
    for code in row.texts("roles"):
        RoleGrant.objects.create(user=user, role=Role(code).value, starts_on=SINCE)
    for code in row.texts("leads"):
        group = CareGroup.objects.get(code=code)
        Membership.objects.create(user=user, care_group=group, starts_on=SINCE)
    for post in row.texts("posts"):
        PostHolding.objects.create(user=user, post=post, starts_on=SINCE)


def clear(*, at: datetime) -> int:
    """Take every illustrative figure away; people and what they entered stay."""
    return clear_illustrative_measures(at=at)

"""A scheme's money by month: plan, forecast and actual, saved as a grid, each change a version.

The plan must add up to the year as stated. A changed figure asks for a reason, and so does one
below 0. Actuals are recorded only of schemes that deliver, for months that have begun, and no
longer once finance has signed the month off for the care group. Of a month in which the gate was
closed, and of one after a scheme was rejected or substituted, no saving is recorded: 0, or a
correction below it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from accounts import audit
from accounts.models import User
from accounts.permissions import Access
from accounts.roles import Capability
from cip.models import LedgerImport, Phasing, Scheme
from cip.money import Stage, check_phasing
from cip.standing.hold import SchemeRefused, held_programme, held_scheme, not_before
from cip.standing.read import Standing, standing_of, standings
from cip.wording import STAGES
from kmpt_tracker.ui.formats import format_number
from strategy.moments import london_day_start
from strategy.periods import Month, london_date

Kind = Phasing.Kind
FROZEN = (Stage.CLOSED, Stage.REJECTED, Stage.SUBSTITUTED)
# A closed scheme goes on saving.
GIVEN_UP = (Stage.REJECTED, Stage.SUBSTITUTED)


@dataclass(frozen=True)
class Figure:
    """A box of the grid: its kind and month, what the page showed, and what was typed."""

    kind: str
    month: Month
    seen: Decimal | None
    typed: Decimal | None

    @property
    def is_changed(self) -> bool:
        return self.typed != self.seen

    @property
    def box(self) -> str:
        return f"{self.kind}-{self.month}"


@transaction.atomic
def save_phasing(
    *,
    scheme_id: int,
    figures: Iterable[Figure],
    stated: Decimal | None,
    reason: str,
    by: User,
    access: Access,
    at: datetime,
) -> int:
    """Save the changed boxes of a grid; returns how many there are. `stated`: the year's plan as
    stated, needed where the plan changes. All or nothing."""
    # The programme is locked before the scheme: no month is signed off in between.
    held_programme(Scheme.objects.values_list("programme_id", flat=True).get(pk=scheme_id))
    scheme = held_scheme(scheme_id)
    access.require(Capability.EDIT_SCHEMES, care_group=scheme.care_group_id)
    standing = standing_of(scheme)
    changed = [figure for figure in figures if figure.is_changed]
    _require_current(standing, changed)
    for figure in changed:
        _check(standing, figure, reason, at)
    if any(figure.kind == Kind.PLAN for figure in changed):
        _check_plan(standing, changed, stated)
    write_figures(scheme, standing, changed, reason=reason, by=by, at=at)
    if changed:
        audit.record(
            at=at,
            by=by,
            action="phasing saved",
            obj=scheme,
            changes=[audit.FieldChange.of(f.box, f.seen, f.typed) for f in changed],
            reason=reason,
        )
    return len(changed)


def _require_current(standing: Standing, changed: Iterable[Figure]) -> None:
    """Refuse to overwrite a box that somebody else has changed since."""
    for figure in changed:
        now = standing.months(figure.kind).get(figure.month)
        if now != figure.seen:
            raise SchemeRefused(
                f"{Kind(figure.kind).label} of {figure.month.label}: somebody has saved "
                f"{_shown(now)} since you opened this page, you typed {_shown(figure.typed)}. "
                "Nothing was saved",
                figure.box,
            )


def _check(standing: Standing, figure: Figure, reason: str, at: datetime) -> None:
    name = f"{Kind(figure.kind).label} of {figure.month.label}"
    if figure.month not in standing.year.months:
        first, last = standing.year.months[0], standing.year.months[-1]
        raise SchemeRefused(
            f"{name} lies outside the programme: {first.label} to {last.label}", figure.box
        )
    if figure.typed is None:
        raise SchemeRefused(f"{name} was recorded: enter 0 to take it back", figure.box)
    if figure.typed < 0 and figure.kind == Kind.PLAN:
        raise SchemeRefused(f"{name} must be 0 or more", figure.box)
    if not reason.strip() and (figure.seen is not None or figure.typed < 0):
        why = "is below 0" if figure.typed < 0 else "changes"
        raise SchemeRefused(f"{name} {why}: enter the reason", "reason")
    if figure.kind == Kind.ACTUAL:
        problem = actual_problem(standing, figure.month, at)
        problem = problem or saving_problem(standing, figure.month, figure.typed)
        if problem:
            raise SchemeRefused(problem, figure.box)
    elif standing.stage in FROZEN:
        stage = STAGES[standing.stage].lower()
        raise SchemeRefused(f"The scheme is {stage}: its plan and forecast stay", figure.box)


def actual_problem(standing: Standing, month: Month, at: datetime) -> str:
    """Why no actual of a month can be recorded; empty where it can."""
    scheme = standing.scheme
    if month in standing.signed_off:
        return (
            f"{month.label} is signed off for {scheme.care_group}, so its actuals stay. Record a "
            "correction in a month that is not signed off"
        )
    since = standing.delivered_since
    if since is None:
        return (
            f"{scheme.reference} does not deliver yet: no saving without its quality impact "
            "assessment"
        )
    if month < Month.of(since):
        return f"{scheme.reference} delivers since {Month.of(since).label}, not in {month.label}"
    if month > Month.of(london_date(at)):
        return f"{month.label} has not begun: enter a forecast"
    return ""


def saving_problem(standing: Standing, month: Month, amount: Decimal) -> str:
    """Why a scheme that delivered can have saved nothing in a month; empty where it can."""
    if amount <= 0:
        return ""
    reference, entered = standing.scheme.reference, standing.stages[-1]
    ended = Month.of(london_date(entered.known_from))
    if standing.stage in GIVEN_UP and month > ended:
        return (
            f"{reference} was {STAGES[standing.stage].lower()} in {ended.label}, so it saved "
            f"nothing in {month.label}: enter 0, or a correction below 0"
        )
    if standing.is_paused and not _could_deliver(standing, month):
        return (
            f"The delivery of {reference} is paused since before {month.label}: no saving of it "
            "counts until its assessment is approved and signed again"
        )
    return ""


def _could_deliver(standing: Standing, month: Month) -> bool:
    """Whether the gate was open when a month began, or delivery began within it."""
    since = standing.delivered_since
    if since is not None and month == Month.of(since):
        return True
    then = standings([standing.scheme], known_at=london_day_start(month.start))
    return any(row.gate.is_allowed for row in then)


def _check_plan(standing: Standing, changed: Iterable[Figure], stated: Decimal | None) -> None:
    plan = dict(standing.money.plan)
    plan.update(
        (figure.month, figure.typed)
        for figure in changed
        if figure.kind == Kind.PLAN and figure.typed is not None
    )
    if stated is None:
        raise SchemeRefused("Enter the plan of the year, which the months must add up to", "stated")
    try:
        check_phasing(plan, standing.year, stated=stated)
    except ValueError as problem:
        raise SchemeRefused(str(problem), "stated") from None


def write_figures(
    scheme: Scheme,
    standing: Standing,
    figures: Iterable[Figure],
    *,
    reason: str,
    by: User,
    at: datetime,
    ledger: LedgerImport | None = None,
) -> None:
    """Write checked figures of a locked scheme as versions."""
    latest: dict[tuple[str, Month], tuple[int, datetime]] = {}
    rows = scheme.phasing.order_by("version")  # type: ignore[attr-defined]
    for kind, day, version, known in rows.values_list("kind", "month", "version", "known_from"):
        latest[kind, Month.of(day)] = (version, known)
    Phasing.objects.bulk_create(
        Phasing(
            scheme=scheme,
            kind=figure.kind,
            month=figure.month.start,
            amount_k=figure.typed or Decimal(0),
            version=(held := latest.get((figure.kind, figure.month), (0, at)))[0] + 1,
            known_from=not_before(at, held[1]),
            recorded_by=by,
            reason=reason.strip(),
            ledger=ledger,
        )
        for figure in figures
    )


def grid(standing: Standing, typed: Mapping[str, Decimal | None]) -> list[Figure]:
    """The boxes of a form as figures; a box that was not sent is unchanged."""
    return [
        Figure(kind, month, held, typed.get(f"{kind}-{month}", held))
        for kind in Kind.values
        for month in standing.year.months
        for held in (standing.months(kind).get(month),)
    ]


def _shown(value: Decimal | None) -> str:
    return "nothing" if value is None else f"£{format_number(value)}k"

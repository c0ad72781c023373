"""The filters that datasets and pages share, read from a URL or a command line."""

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from difflib import get_close_matches
from typing import TypeVar

from django.db.models import Model, QuerySet

from accounts.permissions import Access
from kmpt_tracker.ui.formats import export_datetime
from strategy.models import Ambition, CareGroup, Objective, Plan
from strategy.moments import parse_as_at
from strategy.periods import Month, parse_asked_month

NAMES = (
    "plan",
    "ambition",
    "objective",
    "measure",
    "care_group",
    "from",
    "to",
    "status",
    "origin",
    "as_at",
    "since",
)
IN_PLAN = frozenset({"plan", "ambition", "objective"})

# An error message names at most this many codes, and repeats at most this much of what was typed.
MOST_NAMED = 20
LONGEST_ECHO = 100

Found = TypeVar("Found", bound=Model)
NOBODY = Access()
# The allowed codes of each filter, looked up only when that filter is given.
Codes = Mapping[str, Callable[[], Iterable[str]]]
NO_CODES: Codes = {}


class BadFilter(ValueError):
    """An unknown filter, one that does not apply, or a bad value. The message names it."""

    def __init__(self, name: str, message: str):
        super().__init__(message)
        self.name = name


@dataclass(frozen=True)
class PageAsked:
    """A page of the rows, for those who take them a page at a time (board/api/paging.py).

    `after`: the texts of the first two cells of the key of the row before it, by which a dataset
    may begin near it; none for the first page. Rows before that row do no harm, they cost time.
    """

    after: tuple[str | None, ...] = ()
    size: int = 0


@dataclass(frozen=True)
class Filters:
    """The filters of a request; an empty one does not filter."""

    plan: str = ""
    ambition: str = ""
    objective: str = ""
    measure: str = ""
    care_group: str = ""
    from_month: Month | None = None
    to_month: Month | None = None
    status: str = ""
    origin: str = ""
    as_at: datetime | None = None
    since: datetime | None = None
    access: Access = NOBODY
    page: PageAsked | None = None

    @property
    def short_form(self) -> str:
        """The filters in a file's name: `sickness-absence_2019-04_2020-03`."""
        parts = [self.plan, self.ambition, self.objective, self.measure, self.care_group]
        parts += dict.fromkeys(str(month) for month in (self.from_month, self.to_month) if month)
        parts += [self.status, self.origin]
        if self.as_at:
            parts.append(f"as-at-{self.as_at:%Y-%m-%dT%H%MZ}")
        if self.since:
            parts.append(f"since-{self.since:%Y-%m-%dT%H%MZ}")
        return "_".join(part for part in parts if part)

    @property
    def chosen(self) -> list[str]:
        """The filters that were given, but for the moment: “care_group acute”."""
        found = {
            "plan": self.plan,
            "ambition": self.ambition,
            "objective": self.objective,
            "measure": self.measure,
            "care_group": self.care_group,
            "from": self.from_month,
            "to": self.to_month,
            "status": self.status,
            "origin": self.origin,
            "since": self.since and export_datetime(self.since),
        }
        return [f"{name} {value}" for name, value in found.items() if value]

    def readable_by(self, access: Access) -> "Filters":
        return replace(self, access=access)


def parse_filters(
    given: Mapping[str, str],
    *,
    applies: frozenset[str],
    dataset: str,
    now: datetime,
    codes: Codes = NO_CODES,
) -> Filters:
    """Read the filters by name. `applies`: those of the dataset; `codes`: allowed values of some.

    Raises BadFilter for an unknown filter, one that does not apply, or a bad value.
    """
    for name in given:
        if name not in NAMES:
            use = ", ".join(NAMES)
            raise BadFilter(name, f"There is no filter called “{brief(name)}”. Use {use}.")
        if name not in applies:
            known = ", ".join(name for name in NAMES if name in applies)
            raise BadFilter(
                name,
                f"The filter “{name}” does not apply to {dataset}. "
                + (f"Use {known}." if known else "It takes none."),
            )
    if given.get("since") and given.get("as_at"):
        raise BadFilter(
            "since",
            "“since” asks for what is new by now, so it does not go together with “as_at”.",
        )
    for name, asked in codes.items():
        if given.get(name):
            _code(name, given, asked())
    months = {name: _month(name, given.get(name, "")) for name in ("from", "to")}
    if months["from"] and months["to"] and months["to"] < months["from"]:
        raise BadFilter(
            "to", f"“to” ({months['to']}) must not be before “from” ({months['from']})."
        )
    return Filters(
        plan=_code("plan", given, Plan.objects.values_list("code", flat=True)),
        ambition=_code("ambition", given, Ambition.objects.values_list("number", flat=True)),
        objective=_code("objective", given, Objective.objects.values_list("reference", flat=True)),
        measure=given.get("measure", ""),
        care_group=_code("care_group", given, CareGroup.objects.values_list("code", flat=True)),
        from_month=months["from"],
        to_month=months["to"],
        status=given.get("status", ""),
        origin=given.get("origin", ""),
        as_at=_moment("as_at", given, now),
        since=_since(given, now),
    )


def _code(name: str, given: Mapping[str, str], known: Iterable[str]) -> str:
    code = given.get(name, "")
    if code and code not in (codes := set(known) - {""}):
        of = f"{name.replace('_', ' ')} called “{brief(code)}” (“{name}”)"
        raise BadFilter(name, f"There is no {of}. {instead(code, codes)}")
    return code


def brief(text: str) -> str:
    """What was given, shortened for an error message."""
    return text if len(text) <= LONGEST_ECHO else f"{text[:LONGEST_ECHO]}…"


def instead(code: str, known: Collection[str]) -> str:
    """What could be given instead: all codes when they are few, else the similar ones."""
    alike = sorted(known)
    if len(alike) > MOST_NAMED:
        alike = get_close_matches(code[:LONGEST_ECHO], alike, n=5, cutoff=0.5)
    if not alike:
        return f"There are {len(known)} to choose from." if known else "There are none yet."
    words = f"{', '.join(alike[:-1])} or {alike[-1]}" if len(alike) > 1 else alike[0]
    return f"Use {words}." if len(alike) == len(known) else f"Did you mean {words}?"


def _month(name: str, text: str) -> Month | None:
    if not text:
        return None
    try:
        return parse_asked_month(text)
    except ValueError as error:
        raise BadFilter(name, f"“{name}”: {error}") from None


def _moment(name: str, given: Mapping[str, str], now: datetime) -> datetime | None:
    """A moment in the past; a future one counts as now, which is no filter (None)."""
    if not given.get(name):
        return None
    try:
        moment = parse_as_at(given[name])
    except ValueError as error:
        raise BadFilter(name, f"“{name}”: {error}") from None
    return moment if moment < now else None


def _since(given: Mapping[str, str], now: datetime) -> datetime | None:
    """A moment that has passed. From a clock that is ahead, rows would be missed without a word."""
    moment = _moment("since", given, now)
    if moment is None and given.get("since"):
        raise BadFilter(
            "since",
            f"“since” ({brief(given['since'])}) has not passed: nothing is recorded after it. A day"
            " means its end. Use the moment at which your last load began.",
        )
    return moment


def in_plan(rows: QuerySet[Found], filters: Filters) -> QuerySet[Found]:
    """Limit rows to the plan, ambition (number) and objective (reference) asked for."""
    if filters.plan:
        rows = rows.filter(objective__plan__code=filters.plan)
    return in_objective(rows, filters)


def in_objective(rows: QuerySet[Found], filters: Filters) -> QuerySet[Found]:
    """Limit rows to the ambition and the objective asked for, of whichever plan."""
    if filters.ambition:
        rows = rows.filter(objective__ambition__number=filters.ambition)
    if filters.objective:
        rows = rows.filter(objective__reference=filters.objective)
    return rows

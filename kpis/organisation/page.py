"""The organisation as its pages show it: care groups, their leads, posts and committees."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, Q

from accounts.models import AuditEvent, User
from kmpt_tracker.ui.components import Table
from kmpt_tracker.ui.formats import format_date, format_moment
from kpis.models import Measure, NamedMeasure, Series
from kpis.organisation.reorganisation import TITLES, Kind
from kpis.organisation.reporting import reporting_on
from strategy.models import CareGroup, Committee, Membership, PostHolding, TrustName
from strategy.models.organisation import in_force_on
from strategy.periods import is_in_force
from strategy.selectors import trust_names

NAMED = {
    "valid_from": "first day",
    "valid_to": "first day after its end",
    "predecessors": "came from",
    "name": "name",
    "code": "code",
    "level": "level",
}


def span_words(starts_on: date | None, ends_on: date | None) -> str:
    """From a day to a last day, in words."""
    last = format_date(ends_on - timedelta(days=1)) if ends_on else ""
    if starts_on and last:
        return f"{format_date(starts_on)} to {last}"
    if starts_on:
        return f"from {format_date(starts_on)}"
    return f"until {last}" if last else "always"


@dataclass(frozen=True)
class Held:
    """A person in a place: a lead, who covers for one, or the holder of a post."""

    row: Membership | PostHolding
    today: date
    measures: tuple[str, ...] = ()

    @property
    def person(self) -> str:
        return str(self.row.user)

    @property
    def what(self) -> str:
        row = self.row
        if isinstance(row, PostHolding):
            return row.get_post_display()
        named = f": {', '.join(self.measures)}" if self.measures else ""
        return f"{row.get_kind_display()}{named}"

    @property
    def span(self) -> str:
        return span_words(self.row.starts_on, self.row.ends_on)

    @property
    def state(self) -> str:
        if self.row.starts_on > self.today:
            return "To come"
        return "Now" if self.is_held else "Past"

    @property
    def is_held(self) -> bool:
        return self.row.starts_on <= self.today and not self.has_ended

    @property
    def has_ended(self) -> bool:
        return self.row.ends_on is not None and self.row.ends_on <= self.today

    @property
    def may_end(self) -> bool:
        return not self.has_ended


@dataclass(frozen=True)
class GroupRow:
    """A care group in the list: when it exists, which it came from, who leads it."""

    group: CareGroup
    today: date
    came_from: tuple[str, ...]
    became: tuple[str, ...]
    leads: tuple[Held, ...]
    reports: int

    @property
    def span(self) -> str:
        return span_words(self.group.valid_from, self.group.valid_to)

    @property
    def is_there(self) -> bool:
        return is_in_force(self.today, self.group.valid_from, self.group.valid_to)

    @property
    def has_ended(self) -> bool:
        return self.group.valid_to is not None and self.group.valid_to <= self.today

    @property
    def led_by(self) -> str:
        """Who leads it today, and from when somebody does."""
        held = [row for row in self.leads if row.is_held]
        coming = [row for row in self.leads if row.row.starts_on > self.today]
        said = [
            f"{row.person}{' (cover)' if row.row.kind == Membership.Kind.DELEGATE else ''}"
            for row in held
            if isinstance(row.row, Membership)
        ]
        said += [f"{row.person} {row.span}" for row in coming]
        return ", ".join(said)

    @property
    def descent(self) -> str:
        said = [f"from {', '.join(self.came_from)}"] if self.came_from else []
        said += [f"then {', '.join(self.became)}"] if self.became else []
        return "; ".join(said)

    @property
    def lacks(self) -> str:
        """What keeps it from reporting."""
        if self.has_ended:
            return ""
        missing = []
        if not any(isinstance(row.row, Membership) and not row.has_ended for row in self.leads):
            missing.append("nobody leads it")
        if not self.reports:
            missing.append("it reports no measure")
        return f"{' and '.join(missing)}".capitalize() if missing else ""


@dataclass(frozen=True)
class OrganisationPage:
    """The structure, and who holds what in it today."""

    groups: tuple[GroupRow, ...]
    posts: tuple[tuple[str, tuple[Held, ...]], ...]
    committees: tuple[tuple[Committee, int], ...]
    names: tuple[TrustName, ...]
    may_appoint: bool

    @property
    def kinds(self) -> list[tuple[str, str]]:
        """The changes that can be made, as (last part of the address, words)."""
        can = self.now or ()
        return [
            (kind.value, words)
            for kind, words in TITLES.items()
            if kind is Kind.BEGIN or len([row for row in can if not row.group.is_trust])
        ]

    @property
    def named(self) -> list[tuple[str, str]]:
        """What the trust is called, and from when to when."""
        return [(row.name, span_words(row.valid_from, row.valid_to)) for row in self.names]

    @property
    def now(self) -> list[GroupRow]:
        return [row for row in self.groups if not row.has_ended]

    @property
    def past(self) -> list[GroupRow]:
        return [row for row in self.groups if row.has_ended]

    @property
    def is_empty(self) -> bool:
        return not any(not row.group.is_trust for row in self.groups)


@dataclass(frozen=True)
class CareGroupPage:
    """One care group: its dates, who leads it, and what was changed."""

    row: GroupRow
    measures: tuple[str, ...]
    history: Table

    @property
    def group(self) -> CareGroup:
        return self.row.group


def organisation_page(*, today: date, may_appoint: bool) -> OrganisationPage:
    posts = defaultdict(list)
    for row in PostHolding.objects.select_related("user").order_by("starts_on", "pk"):
        posts[row.post].append(Held(row, today))
    committees = Committee.objects.annotate(assigned=Count("measures")).order_by("name")
    return OrganisationPage(
        groups=tuple(_rows(CareGroup.objects.order_by("position", "pk"), today)),
        posts=tuple(
            (label, tuple(reversed(posts[post]))) for post, label in PostHolding.Post.choices
        ),
        committees=tuple((row, row.assigned) for row in committees),
        names=tuple(trust_names()),
        may_appoint=may_appoint,
    )


def care_group_page(group: CareGroup, *, today: date) -> CareGroupPage:
    names = Series.objects.filter(care_group=group).exclude(fed_by=Series.FedBy.ROLL_UP)
    names = names.filter(in_force_on(today)).order_by("measure__name")
    return CareGroupPage(
        row=_rows([group], today)[0],
        measures=tuple(names.values_list("measure__name", flat=True)),
        history=history_of([group._meta.label_lower], Q(object_key=str(group)), group.name),
    )


def history_of(types: Sequence[str], which: Q, name: str) -> Table:
    """Who changed what, latest first, from the audit record."""
    events = AuditEvent.objects.filter(which, object_type__in=types).select_related("by", "given")
    rows = []
    for event in events.order_by("-at", "-pk")[:50]:
        changes = "; ".join(
            f"{NAMED.get(change['field'], change['field'])}: "
            f"{change['old'] or '–'} → {change['new'] or '–'}"
            for change in event.changes
        )
        given = getattr(event, "given", None)
        who = str(event.by or "the tracker")
        reason = given.text if given else ""
        rows.append((format_moment(event.at), who, event.action, changes, reason))
    return Table(f"What was changed of {name}", ["When", "Who", "What", "Change", "Why"], rows)


def _rows(groups: Iterable[CareGroup], today: date) -> list[GroupRow]:
    found = list(groups)
    keys = [row.pk for row in found]
    came_from, became = defaultdict(list), defaultdict(list)
    links = CareGroup.predecessors.through.objects.filter(
        Q(from_caregroup__in=keys) | Q(to_caregroup__in=keys)
    ).select_related("from_caregroup", "to_caregroup")
    for link in links.order_by("to_caregroup__position", "from_caregroup__position"):
        came_from[link.from_caregroup_id].append(link.to_caregroup.name)
        became[link.to_caregroup_id].append(link.from_caregroup.name)
    leads: Mapping[int, list[Held]] = defaultdict(list)
    members = Membership.objects.filter(care_group__in=keys).select_related("user")
    named = defaultdict(list)
    of_members = NamedMeasure.objects.filter(membership__care_group__in=keys, ends_on__isnull=True)
    for key, name in of_members.values_list("membership", "measure__name"):
        named[key].append(name)
    for row in members.order_by("-starts_on", "-pk"):
        leads[row.care_group_id].append(Held(row, today, tuple(sorted(named[row.pk]))))
    reported = Series.objects.filter(in_force_on(today), care_group__in=keys).exclude(
        fed_by=Series.FedBy.ROLL_UP
    )
    counts = dict(reported.order_by().values_list("care_group").annotate(number=Count("pk")))
    return [
        GroupRow(
            group=row,
            today=today,
            came_from=tuple(came_from[row.pk]),
            became=tuple(became[row.pk]),
            leads=tuple(leads[row.pk]),
            reports=counts.get(row.pk, 0),
        )
        for row in found
    ]


def names_table(today: date) -> Table:
    """Each name of the trust, from when to when it holds."""
    rows = []
    for row in trust_names():
        state = "Now" if is_in_force(today, row.valid_from, row.valid_to) else "Past"
        if row.valid_from is not None and row.valid_from > today:
            state = "To come"
        rows.append((row.name, row.short_name, span_words(row.valid_from, row.valid_to), state))
    return Table("The names of the trust", ["Name", "In short", "Held", "Now"], rows)


def people_to_choose() -> list[User]:
    """Everybody who has not left, by name."""
    rows = User.objects.filter(is_active=True)
    return list(rows.order_by("last_name", "first_name", "username"))


def measures_entered(group: CareGroup) -> list[Measure]:
    """The measures by which the trust's return may be shared out; none for a care group."""
    if not group.is_trust:
        return []
    rows = Measure.objects.filter(series__care_group=group, series__fed_by=Series.FedBy.RETURNS)
    return list(rows.order_by("name"))


def measures_not_reported(group: CareGroup, on: date) -> list[Measure]:
    """The measures that a care group could report as well; the trust's own are set up elsewhere."""
    if group.is_trust:
        return []
    reported = Series.objects.filter(care_group=group).values("measure")
    own = set(Measure.objects.filter(pk__in=reported).values_list("pk", flat=True))
    return [row for row in reporting_on(on).offered if row.pk not in own]

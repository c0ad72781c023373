"""What the pages show where a measure is set up, changed and ended."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from functools import cached_property
from typing import Any

from django.db.models import Q
from django.urls import reverse

from accounts.record.fixed import fixed_fields
from kmpt_tracker.ui.components import Table
from kmpt_tracker.ui.formats import MISSING, axis_title, format_date
from kpis.assessments.as_known import Known
from kpis.assessments.inputs import measure_terms
from kpis.judging.promised import promised_words
from kpis.judging.wording import within_sentence
from kpis.models import (
    Actual,
    Decision,
    DraftLine,
    Measure,
    MeasureChange,
    MeasureLink,
    PlanDraft,
    PlannedOwner,
    Series,
    Target,
    TargetChange,
)
from kpis.models.targets import BY_PLAN
from kpis.organisation.page import history_of
from kpis.set_up.likely import Likely, likely
from strategy.models import CareGroup, Committee, Membership, Plan
from strategy.models.organisation import in_force_on

SUCCESSOR = "End this measure and start a successor"
OFTEN = {
    "monthly": "every month",
    "quarterly": "every quarter",
    "half_yearly": "every half-year",
    "annual": "once a year",
    "one_off": "once",
}
WAYS = {
    "higher_is_better": "Higher is better.",
    "lower_is_better": "Lower is better.",
    "band": "Within a range is best.",
    "neutral": "Neither way is better: it is shown, and not rated.",
}
SPANS = {
    "month": "The period itself",
    "year_to_date": "The year to date",
    "rolling_12": "The last 12 months together",
}


@dataclass(frozen=True)
class Fixed:
    """A grey row: what it is, what it says, and where it is changed."""

    label: str
    words: str
    how: str
    url: str
    link: str


@dataclass(frozen=True)
class Missing:
    """Something that the measure lacks, and where it is added."""

    words: str
    url: str = ""
    link: str = ""


@dataclass(frozen=True)
class SetUpPage:
    """The set-up of one measure on a day."""

    measure: Measure
    today: date
    fixed_names: frozenset[str]
    series: tuple[Series, ...]
    targets: tuple[Target, ...]
    waiting: int
    planned: PlannedOwner | None
    likely: Likely
    lacking: tuple[str, ...]
    links: tuple[MeasureLink, ...]
    plan: Plan | None
    unled: tuple[str, ...]
    history: Table

    @property
    def lead(self) -> str:
        """The measure in two sentences: "We count …, out of …. Higher is better."."""
        row = self.measure
        if row.is_milestone:
            what = "A milestone: it is done or not."
        elif row.is_ratio:
            number, whole = within_sentence(row.numerator), within_sentence(row.denominator)
            what = f"We count {number}, out of {whole}. {WAYS[row.direction]}"
        else:
            what = f"We count {within_sentence(row.name)}. {WAYS[row.direction]}"
        groups = [held for held in self.reporting if not held.care_group.is_trust]
        who = "The trust reports it"
        if groups:
            count = len(groups)
            who = f"{count} care group{' reports' if count == 1 else 's report'} it"
        elif not self.reporting:
            return f"{what} Nobody reports it."
        return f"{what} {who} {OFTEN[row.frequency]}."

    @property
    def reporting(self) -> list[Series]:
        """Who is asked for it on the day or later."""
        return [row for row in self.series if row.valid_to is None or row.valid_to > self.today]

    @property
    def reporters(self) -> Table:
        rows = [
            (row.care_group.name, row.get_fed_by_display(), _span(row.valid_from, row.valid_to))
            for row in self.series
        ]
        return Table("Who reports it", ["Who", "Figures come from", "When"], rows)

    @property
    def stoppable(self) -> list[tuple[str, str]]:
        """The care groups that may end one by one; the trust's figure ends with the measure."""
        return [
            (str(row.pk), row.care_group.name)
            for row in self.reporting
            if not row.care_group.is_trust and row.valid_to is None
        ]

    @property
    def has_ended(self) -> bool:
        return self.measure.valid_to is not None

    @property
    def ends(self) -> str:
        """When it is counted last: "It is counted until 31 Mar 2027."."""
        last = self.measure.valid_to
        if last is None:
            return ""
        day = format_date(last - timedelta(days=1))
        was = "was" if last <= self.today else "is"
        return f"It {was} counted until {day}."

    @cached_property
    def grey(self) -> dict[str, list[Fixed]]:
        """What figures or targets rest on, by the group it stands in."""
        row, held = self.measure, self.fixed_names
        successor = f"{reverse('kpis:measure-new')}?follows={row.code}"
        wording = reverse("kpis:measure-wording", args=[row.code])

        def counted(label: str, words: str) -> Fixed:
            return Fixed(label, words, "Fixed", successor, SUCCESSOR)

        def worded(label: str, words: str) -> Fixed:
            return Fixed(label, words or MISSING, "Dated change", wording, "Propose a change")

        unit = axis_title(row.unit) if row.unit else "Milestone"
        what = [counted("Unit", unit)] if "unit" in held else []
        if "definition" in held:
            what.append(worded("In plain words", row.definition))
            if row.is_ratio:
                what += [worded("The number", row.numerator), worded("Out of", row.denominator)]
        judged = [
            Fixed(
                "Target",
                self._promised(target),
                "Dated change",
                reverse("kpis:target-changes", args=[row.code]),
                "Propose a change",
            )
            for target in self.targets
        ]
        if "direction" in held:
            way = WAYS[row.direction].rstrip(".")
            judged.append(counted("Which way is better", way))
            judged.append(counted("Held against the target", SPANS[row.judged_on]))
        level = row.get_collection_level_display()
        who = [counted("Reported by", f"{level}; {row.get_roll_up_display().lower()}")]
        if "frequency" in held:
            who.append(counted("How often", OFTEN[row.frequency].capitalize()))
        return {"count": what, "judge": judged, "who": who}

    def _promised(self, target: Target) -> str:
        if target.retired_on is not None:
            return f"retired from {format_date(target.retired_on)}: “{target.statement}”"
        asked = promised_words(target, measure_terms(self.measure))
        title = target.plan.title if target.plan else "National"
        return f"{asked}: “{target.statement}”, {title}"

    @property
    def missing(self) -> list[Missing]:
        """What the measure lacks, each with the place where it is added."""
        row = self.measure
        found = []
        if not self.targets and self.plan is not None:
            new = f"{reverse('kpis:target-new', args=[self.plan.code])}?measure={row.pk}"
            found.append(
                Missing("No target is set for it: it is shown, and not rated.", new, "Add one")
            )
        reporting = {held.care_group_id for held in self.reporting}
        for target in self.targets:
            if target.retired_on is None and target.care_group_id not in reporting:
                found.append(
                    Missing(
                        f"“{target.statement}” is asked of {target.care_group.name}, which has no "
                        "figure of it: it is never rated.",
                        f"{reverse('kpis:measure-new')}?follows={row.code}",
                        "Set a successor up whose care groups’ figures make the trust’s"
                        if target.care_group.is_trust
                        else "Set a successor up that it reports",
                    )
                )
        if not row.owner:
            found.append(Missing("Nobody answers for it.", "#id_owner", "Name the owner"))
        if row.minimum is None and row.maximum is None and not row.is_milestone:
            found.append(
                Missing(
                    "A return refuses no figure as impossible.",
                    "#id_minimum",
                    "Say what it can be",
                )
            )
        if row.kitemark_on is None and row.kitemark_sign_off == "":
            found.append(
                Missing(
                    "Its data quality was never looked at.",
                    "#id_kitemark_sign_off",
                    "Say how good it is",
                )
            )
        if self.lacking:
            found.append(
                Missing(
                    f"Not reported by {', '.join(self.lacking)}.", "#also-h", "Let them report it"
                )
            )
        if self.unled:
            names = ", ".join(self.unled)
            found.append(
                Missing(
                    f"Nobody is named to enter it for {names}.",
                    reverse("kpis:organisation"),
                    "Appoint a lead",
                )
            )
        return found

    @property
    def to_come(self) -> str:
        """The owner that is planned: "Chief Nurse from 1 Dec 2026, planned by Tom Ward"."""
        row = self.planned
        if row is None:
            return ""
        day = format_date(row.starts_on)
        return f"{row.owner or 'Nobody'} from {day}, planned by {row.recorded_by}"

    @property
    def said_of_range(self) -> str:
        return self.likely.words(self.measure.unit, self.measure.decimals)


def _span(first: date | None, ends: date | None) -> str:
    last = f"until {format_date(ends - timedelta(days=1))}" if ends else ""
    since = f"from {format_date(first)}" if first else ""
    return " ".join(filter(None, (since, last))) or "always"


def set_up_page(measure: Measure, *, today: date) -> SetUpPage:
    """The page of a measure, in a fixed number of queries."""
    series = tuple(
        Series.objects.filter(measure=measure)
        .select_related("measure", "care_group")
        .order_by("care_group__position", "pk")
    )
    promised = Target.objects.filter(measure=measure).select_related(
        "plan", "care_group", "measure"
    )
    targets = Known().as_recorded(promised.order_by(BY_PLAN, "position", "part", "pk"), on=today)
    current = [row for row in targets if row.plan is None or row.plan.ends_on >= today]
    waits = TargetChange.objects.filter(target__measure=measure, outcome="proposed").count()
    waits += MeasureChange.objects.filter(measure=measure, outcome="proposed").count()
    worded = Known().worded([measure], today)[0]
    reporting = [row for row in series if row.valid_to is None or row.valid_to > today]
    entered = [row.care_group for row in reporting if row.fed_by == Series.FedBy.RETURNS]
    led = set(
        Membership.objects.filter(
            in_force_on(today, starts="starts_on", ends="ends_on"), care_group__in=entered
        ).values_list("care_group", flat=True)
    )
    return SetUpPage(
        measure=worded,
        today=today,
        fixed_names=frozenset(fixed_fields(measure)),
        series=series,
        targets=tuple(current or targets[-1:]),
        waiting=waits,
        planned=PlannedOwner.objects.filter(measure=measure, outcome="waiting")
        .select_related("recorded_by")
        .first(),
        likely=likely(measure.unit, *approved_values(measure)),
        lacking=tuple(row.name for row in groups_without(measure, series, today)),
        links=tuple(
            MeasureLink.objects.filter(Q(from_measure=measure) | Q(to_measure=measure))
            .select_related("from_measure", "to_measure")
            .order_by("pk")
        ),
        plan=Plan.objects.filter(cited=False, ends_on__gte=today).order_by("-starts_on").first(),
        unled=tuple(group.name for group in entered if group.pk not in led),
        history=history_of([Measure._meta.label_lower], Q(object_key=str(measure)), measure.name),
    )


def approved_values(measure: Measure) -> tuple[list[Decimal], bool]:
    """Every value of the measure that counts now, of the trust and of each care group; and whether
    they are illustrative ones, which are left out as soon as there is a real one.
    """
    rows = Actual.objects.filter(
        series__measure=measure, decisions__outcome=Decision.Outcome.APPROVED
    ).order_by("version")
    latest: dict[tuple[Any, ...], tuple[bool, Decimal | None]] = {}
    columns = ("series", "period_start", "period_end", "origin", "value")
    for *window, origin, value in rows.values_list(*columns):
        latest[tuple(window)] = (origin == Actual.Origin.ILLUSTRATIVE, value)
    found = [(invented, value) for invented, value in latest.values() if value is not None]
    is_illustrative = all(invented for invented, _ in found) and bool(found)
    return [value for invented, value in found if invented == is_illustrative], is_illustrative


def groups_without(measure: Measure, series: Sequence[Series], today: date) -> list[CareGroup]:
    """The care groups there on a day that do not report what care groups report."""
    if measure.collection_level != Measure.CollectionLevel.CARE_GROUP or measure.valid_to:
        return []
    there = CareGroup.objects.in_force_on(today).filter(level=CareGroup.Level.CARE_GROUP)
    reported = {row.care_group_id for row in series}
    return [row for row in there.order_by("position", "pk") if row.pk not in reported]


def promise_without_measure(key: str) -> DraftLine | None:
    """A promise of a draft that may be written, for which a measure is set up."""
    if not (key.isascii() and key.isdigit() and len(key) < 16):
        return None
    rows = DraftLine.objects.filter(
        kind=DraftLine.Kind.PROMISE, measure=None, draft__status=PlanDraft.Status.DRAFT
    )
    return rows.select_related("draft").filter(pk=int(key)).first()


def groups_to_choose(today: date) -> list[CareGroup]:
    """Every care group that is there on a day or later, the trust left out."""
    rows = CareGroup.objects.exclude(level=CareGroup.Level.TRUST).exclude(valid_to__lte=today)
    return list(rows.order_by("position", "pk"))


def committees_to_choose() -> list[Committee]:
    return list(Committee.objects.order_by("name"))


def series_to_end(measure: Measure, key: str) -> Series | None:
    rows: Iterable[Series] = Series.objects.filter(measure=measure).select_related(
        "measure", "care_group"
    )
    return next((row for row in rows if str(row.pk) == key), None)


def target_to_try(page: SetUpPage) -> dict[str, str]:
    """The boxes of the example: the absolute target in effect, where the measure has one."""
    for target in page.targets:
        if target.value is not None and target.value_is in ("", "absolute"):
            return {
                "example_operator": target.operator,
                "example_target": f"{target.value.normalize():f}",
                "example_upper": f"{target.upper_value.normalize():f}"
                if target.upper_value
                else "",
                "example_floor": "" if target.floor is None else f"{target.floor.normalize():f}",
            }
    return {}

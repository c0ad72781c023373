"""What the to-do page of a person is made from, read once for all kinds of work.

Every kind asks the desk, so that a page takes a fixed number of queries however much waits.
"""

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any, cast

from django.apps import apps
from django.db.models import Exists, F, Max, Model, Q, QuerySet, Subquery, Value

from accounts.models import AuditEvent, User
from accounts.permissions import Access
from accounts.roles import Capability, Scope
from board.todo.open_returns import OpenMonths, OpenReturn
from cip.standing.waiting import InHand
from kpis.asked.stamps import Stamps
from kpis.models import (
    AcceptedLevel,
    Actual,
    DatedChange,
    ImportBatch,
    MeasureChange,
    PlanDraft,
    Return,
    ReturnCell,
    ReturnSection,
    TargetChange,
    TargetProposal,
    TextChange,
    ToleranceChange,
)
from kpis.models.imports import WAITS
from kpis.models.returns import ADVANCED
from kpis.months.due import FigureDue
from kpis.returns.approve import FIGURE_FIELDS
from kpis.returns.corrections import sent_back_of
from kpis.returns.entering import named_measures
from kpis.returns.sections import all_sections, section_code
from kpis.withdrawals.figures import waiting_withdrawals
from strategy.models import CareGroup, Membership, PostHolding
from strategy.models.organisation import in_force_on
from strategy.moments import london_date
from strategy.periods import Period

Proposed = TargetChange | MeasureChange | ToleranceChange | TargetProposal | TextChange
SUBJECTS: tuple[tuple[type[Proposed], tuple[str, ...]], ...] = (
    (TargetChange, ("target__measure", "target__objective", "target__plan")),
    (MeasureChange, ("measure",)),
    (ToleranceChange, ("plan",)),
    (TargetProposal, ("plan", "measure")),
    (TextChange, ("plan",)),
)
ON_SAVINGS = (
    Capability.READ_QIA_DRAFTS,
    Capability.RECORD_QIA_DECISION,
    Capability.SIGN_OFF_SAVINGS,
    Capability.EDIT_SCHEMES,
)
# The work on savings rests on the programme, on who holds a post, and on whose a care group is; an
# assessment knows its authors by their names.
OF_SAVINGS: tuple[type[Model], ...] = (
    *apps.get_app_config("cip").get_models(),
    *(CareGroup, Membership, PostHolding, User),
)


@dataclass(frozen=True)
class Desk:
    """A person with what they may do today, and the returns that concern them."""

    person: User
    access: Access
    now: datetime
    written: Stamps | None = None  # the stamps of the moment, where they are known

    @cached_property
    def months(self) -> OpenMonths:
        return OpenMonths(self.now, self.written, None if self.decides else self.own)

    @cached_property
    def own(self) -> frozenset[int]:
        """The care groups whose figures this person enters, as lead or as cover."""
        if self.access.scope(Capability.ENTER_RETURNS) is Scope.NONE:
            return frozenset()
        return self.access.care_groups

    @cached_property
    def savings(self) -> InHand:
        """The schemes that this person may have work on: all, or those of their care groups."""
        scopes = {self.access.scope(capability) for capability in ON_SAVINGS}
        # Who signs does so by post, for every care group.
        has_all = Scope.ANY in scopes or self.access.may(Capability.SIGN_QIA)
        return InHand(self.now, None if has_all else self.access.care_groups)

    @property
    def decides(self) -> bool:
        return self.access.may(Capability.APPROVE_RETURNS)

    @cached_property
    def returns(self) -> list[OpenReturn]:
        """The returns of the open months that this person enters or decides on."""
        if not (self.decides or self.own):
            return []
        return self.months.returns

    @cached_property
    def own_returns(self) -> list[OpenReturn]:
        return [self.in_hand(row) for row in self.returns if row.care_group.pk in self.own]

    def in_hand(self, row: OpenReturn) -> OpenReturn:
        """A return as this person sees it: the trust's by the sections that they enter."""
        if not row.care_group.is_trust:
            return row
        whole = row.submission or Return(period=row.period, care_group=row.care_group)
        sections = all_sections(whole)
        if not sections:
            return row
        named = named_measures(self.person, row.care_group, on=london_date(self.now))
        if named is not None:
            own = {section_code(whole, measure) for measure in named}
            sections = [section for section in sections if section.code in own]
        least = min(sections, key=lambda part: ADVANCED.index(part.status), default=None)
        return replace(row, section=least)

    @cached_property
    def makers(self) -> dict[int, set[int | None]]:
        """Who submitted, recorded or typed what waits in each return: they do not decide on it."""
        waits = {
            row.submission.pk: row.submission
            for row in self.returns
            if row.submission is not None and row.waits
        }
        found = {pk: {submission.last_submitted_by_id} for pk, submission in waits.items()}
        codes = defaultdict(set)
        actuals = Actual.objects.filter(submission__in=waits, decisions__isnull=True)
        for actual in actuals.select_related("series__measure"):
            pk = cast(int, actual.submission_id)
            window = Period(actual.period_start, actual.period_end)
            found[pk].add(actual.recorded_by_id)
            codes[pk].add(FigureDue(actual.series, window, waits[pk].period.month).code)
        keys = {str(submission): pk for pk, submission in waits.items()}
        # What is done to a section of the trust's return is recorded under the section's name.
        trust = [pk for pk, submission in waits.items() if submission.care_group.is_trust]
        sections = ReturnSection.objects.filter(submission__in=trust) if trust else ()
        for section in sections:
            keys[f"{waits[section.submission_id]} {section.code}"] = section.submission_id
            if section.status == Return.Status.SUBMITTED:
                found[section.submission_id].add(section.last_submitted_by_id)
        saves = AuditEvent.objects.filter(
            object_type=Return._meta.label_lower, object_key__in=keys, action="draft saved"
        ).order_by("at", "pk")
        last: dict[tuple[int, str], int | None] = {}
        for save in saves:
            for change in save.changes:
                last[keys[save.object_key], change["field"]] = save.by_id
        for (pk, field), typist in last.items():
            code, _, part = field.rpartition(".")
            if part in FIGURE_FIELDS and code in codes[pk]:
                found[pk].add(typist)
        return found

    @cached_property
    def rows_sent_back(self) -> dict[int, list[ReturnCell]]:
        """The rows of a person's own returns that were sent back on their own, by return."""
        returns = [row.submission for row in self.own_returns if row.submission and row.sent_back]
        found: dict[int, list[ReturnCell]] = defaultdict(list)
        if not returns:
            return found
        cells = ReturnCell.objects.filter(submission__in=returns, returned_at__isnull=False)
        for cell in cells.select_related("submission", "series__measure", "returned_by").order_by(
            "series__measure__name", "period_end"
        ):
            if sent_back_of(cell.submission, cell):
                found[cell.submission_id].append(cell)
        return found

    @cached_property
    def _undecided(self) -> dict[str, QuerySet]:
        """What a second person decides on, by kind, for those who decide or propose."""
        waits: dict[str, QuerySet] = {}
        if self.access.may(Capability.EDIT_PLANS):
            for model, subject in SUBJECTS:
                rows = model.objects.filter(outcome=DatedChange.Outcome.PROPOSED)
                waits[model.__name__] = rows.select_related("proposed_by", *subject).order_by(
                    "effective_from", "pk"
                )
            waits["plans"] = (
                PlanDraft.objects.filter(status=PlanDraft.Status.PROPOSED)
                .select_related("proposed_by")
                .order_by("adopts_on", "pk")
            )
        if self.access.may(Capability.ACCEPT_LEVELS):
            waits["levels"] = (
                AcceptedLevel.objects.filter(outcome=DatedChange.Outcome.PROPOSED)
                .select_related("proposed_by", "measure")
                .order_by("effective_from", "pk")
            )
        if self.decides:
            waits["withdrawals"] = (
                waiting_withdrawals()
                .select_related("series__measure", "series__care_group", "recorded_by")
                .order_by("series__measure__name", "period_end", "pk")
            )
        if self.access.may(Capability.ENTER_RETURNS):
            waits["imports"] = self._imports()
        return waits

    def _imports(self) -> QuerySet[ImportBatch]:
        """A person's own previews, and what somebody has to approve as a second person."""
        proposed = Q(status=ImportBatch.Status.PROPOSED)
        if not self.decides:
            proposed &= Q(read_by=self.person)
        held = Q(
            status=ImportBatch.Status.WAITING, read_by=self.person, read_at__gt=self.now - WAITS
        )
        found = ImportBatch.objects.filter(proposed | held).defer("kept", "problems", "figures")
        return found.select_related("read_by").order_by("read_at")

    @cached_property
    def _found(self) -> dict[str, Any]:
        """Which kinds have any rows, and what was written last of savings. Mostly no kind has any,
        which one query finds out.
        """
        asked: dict[str, Any] = {
            f"any_{kind}": Exists(rows) for kind, rows in self._undecided.items()
        }
        labels = [model._meta.label_lower for model in OF_SAVINGS]
        for last in ("pk", "number"):
            rows = (
                AuditEvent.objects.filter(object_type__in=labels)
                .annotate(all=Value(1))
                .values("all")
            )
            asked[f"savings_{last}"] = Subquery(rows.annotate(last=Max(last)).values("last"))
        return dict(User.objects.filter(pk=self.person.pk).values(**asked)[0])

    @property
    def written_of_savings(self) -> str:
        """A text that changes with every audit row of what the work on savings rests on.

        By keys and by numbers, as a transaction that began first may end last (`stamps`).
        """
        return f"{self._found['savings_pk']}-{self._found['savings_number']}"

    def _waiting(self, kind: str) -> list[Any]:
        return list(self._undecided[kind]) if self._found.get(f"any_{kind}") else []

    @cached_property
    def proposed(self) -> list[Proposed]:
        """Changes of targets, wording, tolerances and plan texts that nobody has decided on."""
        return [change for model, _ in SUBJECTS for change in self._waiting(model.__name__)]

    @cached_property
    def plans(self) -> list[PlanDraft]:
        """Plans that somebody proposed for adoption."""
        return self._waiting("plans")

    @cached_property
    def levels(self) -> list[AcceptedLevel]:
        """Levels that the board accepts, which nobody has agreed to as a second person."""
        return self._waiting("levels")

    @cached_property
    def imports(self) -> list[ImportBatch]:
        return self._waiting("imports")

    @cached_property
    def to_withdraw(self) -> list[Actual]:
        """Withdrawals of published or imported figures that nobody has decided on."""
        return self._waiting("withdrawals")

    @cached_property
    def leads(self) -> dict[int, list[str]]:
        """Who enters the figures of each care group today: leads first, then who covers."""
        rows = (
            Membership.objects.filter(
                in_force_on(london_date(self.now), starts="starts_on", ends="ends_on"),
                user__is_active=True,
            )
            .select_related("user")
            .order_by(F("kind").desc(), "starts_on", "pk")
        )
        found = defaultdict(list)
        for row in rows:
            cover = " (cover)" if row.kind == Membership.Kind.DELEGATE else ""
            found[row.care_group_id].append(f"{row.user}{cover}")
        return found

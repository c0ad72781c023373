"""The sections of the trust's return: one for each owner of its measures, in hand by itself.

Cells and figures are those of the whole return; a section is the rows whose measures have its
owner: today's until entry closes, and from then on the one recorded when it closed, so that a later
change of owners leaves a month as it was. A return all of whose measures have one owner, or none,
has no sections.
"""

from copy import copy
from dataclasses import dataclass

from django.db.models import F
from django.utils import timezone
from django.utils.text import slugify

from accounts.models import User
from accounts.refusals import Refused
from kpis.assessments.owners import owners_ahead
from kpis.models import Measure, Return, ReturnSection, Series
from kpis.models.returns import STATE
from kpis.returns.entering import named_measures
from strategy.moments import london_date
from strategy.recorded import restored

NO_OWNER = ("no-owner", "No owner named")


def section_of(owner: str) -> tuple[str, str]:
    """The code and the title of the section of an owner's measures."""
    owner = owner.strip()
    return (slugify(owner)[:160] or NO_OWNER[0], owner) if owner else NO_OWNER


def owners_of(submission: Return) -> dict[int, str]:
    """The owner of each measure that the trust's return may ask for, by its key (two queries).

    In a demonstration a measure without one has its illustrative owner, who is called so.
    """
    rows = Measure.objects.filter(
        series__care_group=submission.care_group_id, series__fed_by=Series.FedBy.RETURNS
    ).annotate(made_up=F("illustrative_owner__owner"))
    closed_at = submission.period.closes_at
    at = closed_at if closed_at < timezone.now() else None
    return {
        row.pk: row.owner or (f"{row.made_up} (illustrative)" if row.made_up else "")
        for row in restored(rows.distinct(), at)
    }


def owners_to_come(submission: Return) -> list[str]:
    """ "Staff turnover, from 1 Jan 2027: Chief Nurse": the measures of the trust's return, or of
    the section in hand, that somebody else answers for from a day to come.
    """
    if not submission.care_group.is_trust or submission.is_locked:
        return []
    ahead = owners_ahead(getattr(submission, "owners", None) or owners_of(submission))
    rows = Measure.objects.filter(pk__in=ahead).order_by("name") if ahead else ()
    return [f"{row.name}, {ahead[row.pk]}" for row in rows if is_in_section(submission, row)]


def section_code(submission: Return, measure_id: int) -> str:
    """The section of a return that a measure is in."""
    if not hasattr(submission, "owners"):
        submission.owners = owners_of(submission)
    return section_of(submission.owners.get(measure_id, ""))[0]


def sections_due(submission: Return) -> dict[str, str]:
    """The sections of a return by their codes, in order of title; none where it is one piece."""
    if not submission.care_group.is_trust:
        return {}
    submission.owners = owners_of(submission)
    found = dict(section_of(owner) for owner in submission.owners.values())
    if len(found) < 2:
        return {}
    return dict(sorted(found.items(), key=lambda item: (item[0] == NO_OWNER[0], item[1])))


def is_in_section(submission: Return, measure: Measure) -> bool:
    """Whether a measure belongs to what is in hand: the section, or the whole return."""
    if submission.section is None:
        return True
    return section_code(submission, measure.pk) == submission.section.code


def in_section(submission: Return, code: str, *, is_locked: bool = False) -> Return:
    """The return in hand with one of its sections. `is_locked`: within a write, which holds the
    return's row, so that the sections are there, and nobody else changes them.

    Raises Refused for a section that it does not have, or without one where it has some.
    """
    due = sections_due(submission)
    if not due and not code:
        return submission
    if code not in due:
        names = ", ".join(due.values())
        raise Refused(f"Choose a section of this return: {names}" if due else "No such section")
    if is_locked:
        begun = _held(submission)
        for each, title in due.items():
            if each not in begun:
                _as_the_whole(submission, each, title, bool(begun)).save()
    held = submission.sections.filter(code=code).first() if submission.pk else None
    section = held or _as_the_whole(submission, code, due[code], bool(_held(submission)))
    submission.section = section
    for name in STATE:
        setattr(submission, name, getattr(section, name))
    return submission


def all_sections(submission: Return) -> list[ReturnSection]:
    """Every section, begun or not, in order of title; none where the return has no sections."""
    due = sections_due(submission)
    held = _held(submission) if due else {}
    return [
        held.get(code) or _as_the_whole(submission, code, title, bool(held))
        for code, title in due.items()
    ]


def _held(submission: Return) -> dict[str, ReturnSection]:
    if submission.pk is None:
        return {}
    return {row.code: row for row in submission.sections.all()}


def _as_the_whole(submission: Return, code: str, title: str, has_others: bool) -> ReturnSection:
    """A section that nobody has begun. What was submitted or approved before there were any
    sections stays so.
    """
    section = ReturnSection(submission=submission, code=code, title=title)
    if not has_others:
        for name in STATE:
            setattr(section, name, getattr(submission, name))
    return section


@dataclass(frozen=True)
class SectionShown:
    """A section in the list next to the return: its state, and whether it is the reader's."""

    row: ReturnSection
    whole: Return
    is_own: bool
    is_current: bool

    @property
    def words(self) -> str:
        own = ", yours" if self.is_own else ""
        return f"{self.row.title}: {self.row.get_status_display().lower()}{own}"

    @property
    def waits(self) -> bool:
        return self.row.status == ReturnSection.Status.SUBMITTED

    @property
    def url(self) -> str:
        return self._in_hand.get_absolute_url()

    @property
    def review_url(self) -> str:
        return self._in_hand.get_review_url()

    @property
    def _in_hand(self) -> Return:
        part = copy(self.whole)
        part.section = self.row
        return part


def sections_for(submission: Return, reader: User) -> list[SectionShown]:
    """The sections of a return, those of this reader first, then what is still to be done."""
    rows = all_sections(submission)
    if not rows:
        return []
    named = named_measures(reader, submission.care_group, on=london_date(timezone.now()))
    own = {section_code(submission, measure) for measure in named or ()}
    found = [
        SectionShown(row, submission, row.code in own, row.code == submission.section_code)
        for row in rows
    ]
    done = (ReturnSection.Status.SUBMITTED, ReturnSection.Status.APPROVED)
    return sorted(found, key=lambda part: (not part.is_own, part.row.status in done))

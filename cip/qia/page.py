"""The page of a quality impact assessment: scores, decision, signatures and reviews."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from cip.gate import (
    APPROVALS,
    POST_NAMES,
    WITHDRAWN,
    WITHDRAWN_WORDS,
    WRITABLE,
    Changed,
    Post,
    QiaStatus,
    Score,
    overdue_reviews,
    qia_may_become,
    signature_problems,
)
from cip.models import (
    QIADecision,
    QIADomain,
    QIAReopening,
    QIAReview,
    Scheme,
)
from cip.qia.guards import windows_of
from cip.qia.watched import GuardLine
from cip.qia.write import missing_in
from cip.standing.assessed import Assessed, SignatureRow, gate_signatures, signed
from cip.standing.fields import CONSEQUENCES, LIKELIHOODS
from cip.standing.guarding import guards_known
from cip.standing.read import Standing, standing_of
from cip.wording import QIA
from kmpt_tracker.ui.formats import format_date, format_moment
from strategy.moments import london_date
from strategy.recorded import recorded_by

INITIALS = {
    "patient_safety": "PS",
    "clinical_effectiveness": "CE",
    "patient_experience": "PX",
    "staff_experience": "SX",
}


@dataclass(frozen=True)
class DomainLine:
    """One of the four domains."""

    row: QIADomain

    @property
    def name(self) -> str:
        return self.row.get_domain_display()

    @property
    def initials(self) -> str:
        return INITIALS[self.row.domain]

    @property
    def before(self) -> Score | None:
        return _score(self.row.likelihood, self.row.consequence)

    @property
    def after(self) -> Score | None:
        return _score(self.row.residual_likelihood, self.row.residual_consequence)


def _score(likelihood: int | None, consequence: int | None) -> Score | None:
    if likelihood is None or consequence is None:
        return None
    return Score(likelihood, consequence)


@dataclass(frozen=True)
class SignatureLine:
    """One of the two signatures: given, void, or missing."""

    post: Post
    row: SignatureRow | None
    problems: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return POST_NAMES[self.post]

    @property
    def is_valid(self) -> bool:
        return self.row is not None and not self.problems

    @property
    def words(self) -> str:
        if self.row is None:
            return "Not signed yet"
        when = f"{self.row.signed_by}, {format_moment(self.row.signed_at)}"
        return f"Signed by {when}" if not self.problems else f"Void. Was signed by {when}"


@dataclass(frozen=True)
class ReviewLine:
    review: QIAReview
    number: int
    today: date

    @property
    def state(self) -> str:
        if self.review.held_on is not None:
            return f"Held {format_date(self.review.held_on)}"
        if self.is_overdue:
            return f"Overdue since {format_date(self.review.due_on)}"
        return f"Due {format_date(self.review.due_on)}"

    @property
    def is_overdue(self) -> bool:
        return self.review.held_on is None and self.review.due_on < self.today


@dataclass(frozen=True)
class Cell:
    """A cell of the 5 × 5 grid: its score, and which domains have it before and after."""

    score: Score
    before: tuple[str, ...]
    after: tuple[str, ...]


@dataclass(frozen=True)
class QiaPage:
    """Everything that the page of an assessment shows."""

    standing: Standing
    domains: tuple[DomainLine, ...]
    signatures: tuple[SignatureLine, ...]
    decisions: tuple[QIADecision, ...]
    reopenings: tuple[QIAReopening, ...]
    guards: tuple[GuardLine, ...]
    reviews: tuple[ReviewLine, ...]
    missing: tuple[str, ...]
    today: date

    likelihoods = LIKELIHOODS

    @property
    def scheme(self) -> Scheme:
        return self.standing.scheme

    @property
    def has_illustrative(self) -> bool:
        return self.scheme.is_illustrative

    @property
    def assessed(self) -> Assessed | None:
        return self.standing.assessed

    @property
    def status(self) -> QiaStatus:
        return self.standing.qia_status

    @property
    def status_words(self) -> str:
        return QIA[self.status]

    @property
    def sentence(self) -> str:
        """Whether the scheme may deliver, and if not, every reason."""
        if self.standing.gate.is_allowed:
            return "The gate is open: approved, and signed by both executives."
        paused = "Delivery is paused. " if self.standing.is_paused else ""
        return f"{paused}The gate is closed. " + " ".join(self.standing.gate.reasons)

    @property
    def changed_words(self) -> str:
        assessed = self.assessed
        if assessed is None or assessed.changed is Changed.NOT_AT_ALL:
            return ""
        if assessed.changed is Changed.SLIGHTLY:
            return "Changed since signature, not materially: the signatures stand."
        return "Changed materially since it was signed: read what differs, then sign again."

    @property
    def differences(self) -> list[tuple[str, str, str]]:
        """What differs from the latest signed state: what, as signed, now."""
        assessed = self.assessed
        if assessed is None or not assessed.signatures:
            return []
        then, now = assessed.signatures[-1].snapshot, assessed.snapshot
        found = [
            (label, _read(getattr(then, name)), _read(getattr(now, name)))
            for label, name in (
                ("Description", "description"),
                ("Scope", "scope"),
                ("Planned value, £000", "planned_value"),
                ("Equality impact", "equality_impact"),
                ("Guard measures", "guard_words"),
                ("Terms", "terms"),
            )
            if getattr(then, name) not in (None, getattr(now, name))
        ]
        before = {row.domain: row for row in then.domains}
        for row in now.domains:
            was = before.get(row.domain)
            if was != row:
                name = QIADomain.Domain(row.domain).label
                found.append((name, _said(was), _said(row)))
        return found

    @property
    def grid(self) -> list[tuple[str, list[Cell]]]:
        """Rows from severe to negligible, columns from rare to almost certain."""
        rows = []
        for consequence in range(5, 0, -1):
            cells = [
                Cell(
                    Score(likelihood, consequence),
                    tuple(_at(self.domains, likelihood, consequence, "before")),
                    tuple(_at(self.domains, likelihood, consequence, "after")),
                )
                for likelihood in range(1, 6)
            ]
            rows.append((CONSEQUENCES[consequence - 1], cells))
        return rows

    @property
    def decision_words(self) -> str:
        if not self.decisions:
            return "The panel has not decided yet."
        latest = self.decisions[-1]
        words = latest.get_outcome_display()
        return f"{words} on {format_date(latest.decided_on)}, recorded by {latest.recorded_by}"

    # What may be done next.

    @property
    def is_writable(self) -> bool:
        return self.status in WRITABLE

    @property
    def may_be_submitted(self) -> bool:
        return self.assessed is not None and qia_may_become(self.status, QiaStatus.SUBMITTED)

    @property
    def may_be_decided(self) -> bool:
        return self.status is QiaStatus.SUBMITTED

    @property
    def may_be_signed(self) -> bool:
        return self.status in APPROVALS

    @property
    def may_be_reopened(self) -> bool:
        return qia_may_become(self.status, QiaStatus.REOPENED) and not (
            self.status is QiaStatus.REJECTED
            and any(row.was == QiaStatus.REJECTED for row in self.reopenings)
        )

    @property
    def to_hold(self) -> list[QIAReview]:
        return [line.review for line in self.reviews if line.review.held_on is None]

    @property
    def overdue(self) -> Sequence[date]:
        due = [line.review.due_on for line in self.reviews]
        held = [line.review.due_on for line in self.reviews if line.review.held_on]
        return overdue_reviews(due, held, self.today)


def _read(text: object) -> str:
    return str(text).replace(WITHDRAWN, WITHDRAWN_WORDS)


def _said(row: object) -> str:
    if row is None:
        return "not assessed"
    scores = [
        f"{score.likelihood} × {score.consequence}" if score else "–"
        for score in (row.before, row.after)  # type: ignore[attr-defined]
    ]
    return _read(f"{row.description}; {row.mitigation}; {' to '.join(scores)}")  # type: ignore[attr-defined]


def _at(domains: Sequence[DomainLine], likelihood: int, consequence: int, name: str) -> list[str]:
    return [
        line.initials
        for line in domains
        if (score := getattr(line, name)) is not None
        and (score.likelihood, score.consequence) == (likelihood, consequence)
    ]


def qia_page(scheme: Scheme, *, known_at: datetime | None = None, today: date) -> QiaPage:
    return qia_of(standing_of(scheme, known_at=known_at), known_at=known_at, today=today)


def qia_of(standing: Standing, *, known_at: datetime | None, today: date) -> QiaPage:
    """The assessment of a scheme whose standing has been read."""
    day = london_date(known_at) if known_at else today
    assessed = standing.assessed
    if assessed is None:
        return QiaPage(standing, (), _unsigned(), (), (), (), (), (), day)
    qia = assessed.qia
    order = list(QIADomain.Domain.values)
    domains = recorded_by(QIADomain.objects.filter(assessment=qia), known_at)
    decisions = QIADecision.objects.filter(assessment=qia).select_related("recorded_by")
    reopenings = QIAReopening.objects.filter(assessment=qia).select_related(
        "reopened_by", "guard__measure"
    )
    if known_at is not None:
        decisions = decisions.filter(recorded_at__lte=known_at)
        reopenings = reopenings.filter(reopened_at__lte=known_at)
    guards = guards_known([qia.pk], known_at)
    group = standing.scheme.care_group_id
    windows = windows_of(guards, group, known_at) if guards else {}
    reviews = recorded_by(QIAReview.objects.filter(assessment=qia), known_at)
    return QiaPage(
        standing=standing,
        domains=tuple(
            DomainLine(row) for row in sorted(domains, key=lambda row: order.index(row.domain))
        ),
        signatures=_signatures(assessed, known_at),
        decisions=tuple(decisions.order_by("pk")),
        reopenings=tuple(reopenings.order_by("pk")),
        guards=tuple(GuardLine(row, windows.get(row.pk, ())) for row in guards),
        reviews=tuple(
            ReviewLine(row, number, day)
            for number, row in enumerate(sorted(reviews, key=lambda row: row.due_on), 1)
        ),
        missing=tuple(missing_in(qia)) if known_at is None else (),
        today=day,
    )


def _unsigned() -> tuple[SignatureLine, ...]:
    return tuple(SignatureLine(post, None) for post in Post)


def _signatures(assessed: Assessed, known_at: datetime | None) -> tuple[SignatureLine, ...]:
    """For each post the latest signature on the present decision, and why it is void if it is."""
    qia = assessed.qia
    every, *_ = signed([qia.scheme_id], known_at)
    rows = [row for row in every[qia.pk] if row.decision_id == assessed.decision_id]
    given = gate_signatures(rows, {qia.pk: assessed.snapshot}, known_at)
    found = []
    for post in Post:
        row = next((row for row in reversed(rows) if row.post == post.value), None)
        problems: tuple[str, ...] = ()
        if row is not None:
            problems = signature_problems(
                given[row.pk],
                author=assessed.author,
                co_authors=assessed.authors,
                now=assessed.snapshot,
            )
        found.append(SignatureLine(post, row, problems))
    return tuple(found)

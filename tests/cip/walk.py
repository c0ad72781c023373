"""A programme with people in every role, and a scheme that the tracker's verbs move on."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from accounts.models import User
from accounts.permissions import Access
from accounts.roles import Role
from cip.gate import Post
from cip.models import Allocation, Phasing, Programme, Scheme
from cip.months.sign_off import sign_off_month
from cip.qia.decide import record_decision, reopen_assessment
from cip.qia.sign import sign_assessment
from cip.qia.write import AssessmentEntry, Domain, DomainEntry, save_assessment, submit_assessment
from cip.schemes.phasing import Figure, save_phasing
from cip.schemes.set_up import SchemeEntry, add_scheme, change_scheme
from cip.schemes.stages import move_scheme, rate_scheme
from cip.standing.read import Standing, standing_of
from strategy.access import access_of
from strategy.models import CareGroup
from strategy.periods import FinancialYear, Month, london_date
from tests.factories.people import PostHoldingFactory, lead_of, person
from tests.factories.plans import CareGroupFactory, TrustFactory

YEAR = FinancialYear(2019)
START = datetime(2019, 5, 1, 9, tzinfo=UTC)
SEPTEMBER, MARCH = Month(2019, 9), Month(2020, 3)
PASSWORD = "correct horse"
SCORED = DomainEntry(
    description="Discharge too early",
    likelihood=3,
    consequence=4,
    mitigation="A call within 72 hours",
    residual_likelihood=2,
    residual_consequence=3,
)


def entry(**changed) -> AssessmentEntry:
    whole = {
        "scope": "Older adult wards",
        "equality_impact": "None found",
        "domains": dict.fromkeys(Domain.values, SCORED),
    }
    return AssessmentEntry(**(whole | changed))


@dataclass
class Walk:
    """The people who move a scheme on; every act takes a minute of `now`."""

    programme: Programme
    acute: CareGroup
    older: CareGroup
    lead: User
    finance: User
    medical: User
    nursing: User
    now: datetime = START
    scheme: Scheme | None = None
    reference: str = "CIP-A1"
    made: list[Scheme] = field(default_factory=list)

    @classmethod
    def begin(cls) -> "Walk":
        TrustFactory()
        acute = CareGroupFactory(code="acute", name="Acute", position=1)
        older = CareGroupFactory(code="older-people", name="Older People", position=2)
        programme = Programme.objects.create(
            year=YEAR.code, title="CIP 2019/20", printed_target_k=1000
        )
        for position, (group, target) in enumerate(((acute, 600), (older, 400)), 1):
            Allocation.objects.create(
                programme=programme, care_group=group, position=position,
                label_as_published=group.name, target_k=target,
            )  # fmt: skip
        medical, nursing = person(Role.QIA_SIGNATORY), person(Role.QIA_SIGNATORY)
        PostHoldingFactory(user=medical, post=Post.MEDICAL_DIRECTOR.value)
        PostHoldingFactory(user=nursing, post=Post.NURSING_DIRECTOR.value)
        for user in (medical, nursing):
            user.set_password(PASSWORD)
            user.save()
        return cls(
            programme=programme, acute=acute, older=older, lead=lead_of(acute),
            finance=person(Role.FINANCE_PMO), medical=medical, nursing=nursing,
        )  # fmt: skip

    def who(self, by: User) -> dict:
        self.now += timedelta(minutes=1)
        return {"by": by, "access": self.access(by), "at": self.now}

    def access(self, by: User) -> Access:
        return access_of(User.objects.get(pk=by.pk), london_date(self.now))

    @property
    def standing(self) -> Standing:
        return standing_of(Scheme.objects.get(pk=self.scheme.pk))

    @property
    def mark(self) -> str:
        return self.standing.assessed.snapshot.hash

    def details(self, **changed) -> SchemeEntry:
        whole = {
            "title": "Shorter stays", "description": "Earlier discharge planning",
            "care_group": self.acute, "category": "non_pay", "is_recurrent": True,
            "is_cash_releasing": True,
        }  # fmt: skip
        return SchemeEntry(**(whole | changed))

    def add(self, reference: str = "", by: User | None = None, **changed) -> Scheme:
        self.scheme = add_scheme(
            programme_id=self.programme.pk, reference=reference or self.reference,
            entry=self.details(**changed), **self.who(by or self.lead),
        )  # fmt: skip
        self.made.append(self.scheme)
        return self.scheme

    def change(self, by: User | None = None, reason: str = "Agreed", **changed) -> Scheme:
        version = Scheme.objects.get(pk=self.scheme.pk).version
        return change_scheme(
            scheme_id=self.scheme.pk, version=version, entry=self.details(**changed),
            reason=reason, **self.who(by or self.lead),
        )  # fmt: skip

    def phase(
        self, amounts: dict[Month, str], kind: str = "plan", by: User | None = None, **more
    ) -> int:
        held = self.standing.months(kind)
        figures = [
            Figure(kind, month, held.get(month), Decimal(text)) for month, text in amounts.items()
        ]
        plan = dict(held) | {figure.month: figure.typed for figure in figures}
        terms = {"reason": "Counted", "stated": sum(plan.values(), Decimal(0))} | more
        return save_phasing(
            scheme_id=self.scheme.pk, figures=figures, **terms, **self.who(by or self.lead)
        )

    def plan_level(self, amount: str = "20", first: Month = SEPTEMBER) -> None:
        months = [month for month in YEAR.months if month >= first]
        self.phase(dict.fromkeys(months, amount))

    def move(self, *stages: str, by: User | None = None, **more) -> None:
        for to in stages:
            move_scheme(
                scheme_id=self.scheme.pk, seen=self.standing.stage.value, to=to,
                reason="As agreed", **more, **self.who(by or self.lead),
            )  # fmt: skip

    def rate(self, rating: str, by: User | None = None) -> None:
        seen = self.standing.rating.value if self.standing.rating else ""
        rate_scheme(
            scheme_id=self.scheme.pk, seen=seen, rating=rating, reason="Reviewed",
            **self.who(by or self.lead),
        )  # fmt: skip

    def write(self, by: User | None = None, **changed) -> None:
        held = self.standing.assessed
        save_assessment(
            scheme_id=self.scheme.pk, version=held.qia.version if held else 0,
            entry=entry(**changed), **self.who(by or self.lead),
        )  # fmt: skip

    def submit(self, by: User | None = None) -> None:
        version = self.standing.assessed.qia.version
        submit_assessment(scheme_id=self.scheme.pk, version=version, **self.who(by or self.lead))

    def decide(self, outcome: str = "approved", words: str = "", by: User | None = None) -> None:
        record_decision(
            scheme_id=self.scheme.pk, seen=self.mark, outcome=outcome, words=words,
            decided_on=london_date(self.now), **self.who(by or self.finance),
        )  # fmt: skip

    def sign(self, by: User, post: Post | None = None, **more):
        post = post or (Post.MEDICAL_DIRECTOR if by == self.medical else Post.NURSING_DIRECTOR)
        terms = {"seen": self.mark, "password": PASSWORD} | more
        return sign_assessment(scheme_id=self.scheme.pk, post=post.value, **terms, **self.who(by))

    def reopen(self, reason: str = "Asked anew", by: User | None = None) -> None:
        reopen_assessment(scheme_id=self.scheme.pk, reason=reason, **self.who(by or self.finance))

    def sign_off(self, month: Month, group: CareGroup | None = None, seen: str = "0"):
        return sign_off_month(
            programme_id=self.programme.pk, care_group_id=(group or self.acute).pk, month=month,
            seen=Decimal(seen), **self.who(self.finance),
        )  # fmt: skip

    def to_submitted(self, reference: str = "", **changed) -> "Walk":
        self.add(reference, **changed)
        self.plan_level()
        self.rate("green")
        self.move("outlined", "qia")
        self.write()
        self.submit()
        return self

    def to_signed(self, reference: str = "", **changed) -> "Walk":
        self.to_submitted(reference, **changed)
        self.decide()
        self.sign(self.medical)
        self.sign(self.nursing)
        return self

    def to_delivery(self, reference: str = "", **changed) -> "Walk":
        self.to_signed(reference, **changed)
        self.move("approved", "in_delivery")
        return self

    def later(self, day: date) -> None:
        self.now = datetime(day.year, day.month, day.day, 9, tzinfo=UTC)


def phasings() -> list[tuple]:
    return list(Phasing.objects.order_by("pk").values_list())

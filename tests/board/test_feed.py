"""Loading only what is new since a moment ends equal to loading everything again."""

import io
import random
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pandas
import pytest
from django.db import connection, connections, transaction
from django.utils import timezone

from accounts import audit
from accounts.permissions import Access
from accounts.refusals import Refused
from accounts.roles import Role
from board.exports.datasets import DATASETS, export_bytes
from board.exports.views import ROWS_UNTIL
from kmpt_tracker.ui.formats import export_datetime
from kmpt_tracker.ui.tabular import Format
from kpis.assessments.store import recompute, touch
from kpis.completion.effects import effects_of
from kpis.completion.lock import lock_month, reopen_month
from kpis.dated_changes.group_dates import change_care_group_dates
from kpis.dated_changes.recalculation import add_rebase
from kpis.dated_changes.target_changes import Terms, approve_change, propose_change, reject_change
from kpis.models import Actual, Commentary, Decision, Measure, Rebase, Target, TargetChange
from kpis.months.change import change_clock
from kpis.returns.reopen import close_return, reopen_return
from kpis.withdrawals.figures import (
    decide_withdrawal,
    propose_withdrawal,
    waiting_withdrawals,
    withdrawable,
)
from kpis.withdrawals.words import Why, withdraw_text
from strategy.exports.filters import BadFilter, parse_filters
from strategy.models import CareGroup
from strategy.periods import Month
from tests.board.test_analysts import EXAMPLES
from tests.factories.measures import (
    ActualFactory,
    MeasureFactory,
    SeriesFactory,
    TargetFactory,
    decide,
)
from tests.factories.people import access, performance_team, person
from tests.factories.plans import PlanFactory
from tests.kpis.conftest import Scene, make_scene

READER = Access(roles=frozenset({Role.ADMINISTRATOR}))
FED = ("actuals", "assessments", "changes", "commentary", "returns", "targets")
WAITED = 20
(RECIPE,) = [example for example in EXAMPLES if "def merged" in example]
LEARNT: dict = {"pandas": pandas}
exec(RECIPE, LEARNT)


def rows(name: str, **given: str) -> pandas.DataFrame:
    dataset = DATASETS[name]
    filters = parse_filters(
        given, applies=dataset.filters, dataset=name, now=timezone.now(), codes=dataset.codes
    ).readable_by(READER)
    text = b"".join(export_bytes(dataset, filters, Format.CSV))
    return pandas.read_csv(io.BytesIO(text), dtype=str, keep_default_na=False)


def lines(found: pandas.DataFrame) -> list[tuple]:
    return sorted(found.itertuples(index=False, name=None))


def require_equal_after_merge(
    held: dict[str, pandas.DataFrame], since: datetime
) -> dict[str, pandas.DataFrame]:
    """Everything as it was loaded again."""
    again = {}
    for name in FED:
        new = rows(name, since=export_datetime(since))
        merged = LEARNT["merged"](name, held[name], new, since)
        again[name] = rows(name)
        assert lines(merged) == lines(again[name]), name
    return again


class Clock:
    """The time of the machine and what was added to it, never the same twice."""

    def __init__(self) -> None:
        self.added = timedelta(0)
        self.last = datetime(2000, 1, 1, tzinfo=UTC)

    def __call__(self) -> datetime:
        now = datetime.now(tz=UTC) + self.added
        self.last = max(now, self.last + timedelta(microseconds=1))
        return self.last


class Trust:
    """A return and a published series, with people who do any of their work at random."""

    def __init__(self, clock: Clock, seed: int) -> None:
        self.clock, self.pick = clock, random.Random(seed)
        self.scene: Scene = make_scene()
        self.scene.tick = clock  # type: ignore[method-assign]
        self.other_team = performance_team()
        self.published = SeriesFactory(
            measure=MeasureFactory(code="published"),
            care_group=self.scene.trust.care_group,
            fed_by="published",
        )
        plan = PlanFactory(code="plan")
        TargetFactory(code="plan/1", plan=plan, measure=self.scene.ratio.measure)
        TargetFactory(code="plan/2", plan=plan, measure=self.published.measure)
        TargetFactory(code="plan/3", plan=plan, measure=None, value=None, operator="", value_is="")
        self.month = Month(2024, 1)
        # What must come about once; after it whatever comes.
        self.first: list[Callable[[], object]] = [
            self.fill, self.scene.submit, self.scene.send_back, self.publish, self.fill,
            self.scene.submit, self.scene.approve, self.fill, self.withdraw_words, self.publish,
            self.withdraw, self.decide_withdrawal, self.rebase, self.change_target,
            self.decide_target, self.lock, self.reopen_one, self.wait,
        ]  # fmt: skip
        self.acts: list[Callable[[], object]] = [
            self.fill, self.fill, self.scene.submit, self.scene.submit, self.scene.approve,
            self.scene.approve, self.scene.send_back, self.scene.recall, self.publish,
            self.withdraw, self.decide_withdrawal, self.rebase, self.change_target,
            self.decide_target, self.lock, self.reopen, self.reopen_one, self.close_one,
            self.move_clock, self.rename, self.end_group, self.withdraw_words, self.wait,
            self.promise,
        ]  # fmt: skip

    def who(self, someone=None) -> dict:
        by = someone or self.pick.choice([self.scene.team, self.other_team])
        return {"by": by, "access": access(by), "at": self.clock()}

    def fill(self) -> None:
        top = str(self.pick.randint(1, 50))
        more = {"change_reason": f"Recount {top}", "comment": f"Because {top}"}
        self.scene.fill(top, "50", str(self.pick.randint(0, 30)), **more)

    def publish(self) -> None:
        self.month = self.month.plus(1)
        at = self.clock()
        figure = ActualFactory(
            series=self.published, month=self.month, origin="published", recorded_at=at,
            value=Decimal(self.pick.randint(1, 99)),
        )  # fmt: skip
        decide(figure, known_from=at)
        touch([self.published.pk])

    def withdraw(self) -> None:
        if figure := withdrawable().order_by("?").first():
            propose_withdrawal(actual_id=figure.pk, reason="Not ours", **self.who())

    def decide_withdrawal(self) -> None:
        if proposed := waiting_withdrawals().first():
            by = self.other_team if proposed.recorded_by == self.scene.team else self.scene.team
            approves = self.pick.random() < 0.7
            decide_withdrawal(
                actual_id=proposed.pk, approves=approves, reason="Seen", **self.who(by)
            )

    def rebase(self) -> None:
        starts_on = self.month.plus(-2).start
        if not Rebase.objects.filter(series=self.published, starts_on=starts_on).exists():
            add_rebase(
                series_id=self.published.pk, starts_on=starts_on, reason="Moved", **self.who()
            )

    def change_target(self) -> None:
        target = Target.objects.get(code=self.pick.choice(["plan/1", "plan/2"]))
        later = timedelta(days=self.pick.choice([-400, -30, 3, 40]))
        terms = Terms(
            effective_from=self.clock().date() + later, value=Decimal(self.pick.randint(50, 99))
        )
        propose_change(
            target_id=target.pk, version=target.version, reason="Agreed", terms=terms,
            **self.who(self.scene.team),
        )  # fmt: skip

    def decide_target(self) -> None:
        if change := TargetChange.objects.filter(outcome="proposed").first():
            who = self.who(self.other_team)
            if self.pick.random() < 0.8:
                approve_change(change_id=change.pk, **who)
            else:
                reject_change(change_id=change.pk, reason="No", **who)

    def lock(self) -> None:
        who = self.who()
        effects = effects_of(self.scene.period, at=who["at"])
        lock_month(period_id=self.scene.period.pk, confirmed=effects.digest, **who)

    def reopen(self) -> None:
        reopen_month(period_id=self.scene.period.pk, reason="Late figures", **self.who())

    def reopen_one(self) -> None:
        reopen_return(
            month=self.scene.period.month, care_group=self.scene.acute, reason="Left out",
            **self.who(),
        )  # fmt: skip

    def close_one(self) -> None:
        close_return(month=self.scene.period.month, care_group=self.scene.acute, **self.who())

    def move_clock(self) -> None:
        self.scene.period.refresh_from_db()
        period, to_come = self.scene.period, self.clock() + timedelta(days=2)
        wanted = {
            name: to_come + timedelta(days=place)
            for place, name in enumerate(("closes_at", "sign_off_at", "freezes_at"))
        }
        wanted["opens_at"] = period.opens_at
        change_clock(
            month=period.month, version=period.version, wanted=wanted, reason="Asked", **self.who()
        )

    def rename(self) -> None:
        measure = Measure.objects.order_by("?")[0]
        measure.name = f"Renamed {self.pick.randint(1, 10**6)}"
        measure.save()

    def end_group(self) -> None:
        """It ends on a day to come, so that no row goes."""
        group = CareGroup.objects.get(code="older")
        ends_on = self.pick.choice([None, Month.of(self.clock().date()).plus(1).start])
        change_care_group_dates(
            care_group_id=group.pk, valid_from=None, valid_to=ends_on, reason="Moved", **self.who()
        )

    def withdraw_words(self) -> None:
        written = [
            *(f"kpis.actual.{pk}.change_reason" for pk in _keys(Actual, "change_reason")),
            *(f"kpis.commentary.{pk}.what_happened" for pk in _keys(Commentary, "what_happened")),
            *(f"accounts.auditreason.{pk}.text" for pk in _keys(audit.AuditReason, "text")),
        ]
        if written:
            withdraw_text(tokens=[self.pick.choice(written)], why=Why.MISTAKE.value, **self.who())

    def promise(self) -> None:
        TargetFactory(
            plan=Target.objects.get(code="plan/3").plan, measure=None, value=None, operator="",
            value_is="",
        )  # fmt: skip

    def wait(self) -> None:
        self.clock.added += timedelta(days=self.pick.choice([1, 5, 20]))

    def act(self) -> bool:
        """One act, and the recalculation that follows it at once, or later."""
        try:
            with transaction.atomic():
                (self.first.pop(0) if self.first else self.pick.choice(self.acts))()
        except Refused:
            return False
        if self.pick.random() < 0.8:
            recompute(stale_only=True, at=self.clock())
        return True


def _keys(model, field: str) -> list[int]:
    return list(model.objects.exclude(**{field: ""}).order_by("pk").values_list("pk", flat=True))


@pytest.mark.django_db
@pytest.mark.parametrize("seed", [0, pytest.param(1, marks=pytest.mark.any_database)])
def test_merging_what_is_new_equals_loading_everything(monkeypatch, seed):
    clock = Clock()
    monkeypatch.setattr(timezone, "now", clock)
    trust = Trust(clock, seed)
    recompute(stale_only=False, at=clock())
    held, since, acted = {name: rows(name) for name in FED}, clock(), 0
    while acted < 36:
        acts = trust.pick.randint(1, 4)
        acted += sum(trust.act() for _ in range(acts))
        began = clock()
        again = require_equal_after_merge(held, since)
        if trust.pick.random() < 0.5:
            # Not always, so that some loads reach over many acts.
            held, since = again, began
    outcomes = Decision.objects.values_list("outcome", "actual__value_status")
    assert {("approved", "final"), ("returned", "final"), ("approved", "withdrawn")} <= set(
        outcomes
    )


@pytest.mark.django_db
def test_of_what_was_there_before_nothing_comes_but_gaps(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(timezone, "now", clock)
    trust = Trust(clock, 1)
    trust.publish()
    trust.fill()
    trust.scene.submit()
    trust.scene.approve()
    recompute(stale_only=False, at=clock())
    before = clock()
    for name in FED:
        new = rows(name, since=export_datetime(before))
        if name == "assessments":
            assert set(new["rag"]) <= set(LEARNT["BY_THE_CLOCK"])
        else:
            assert new.empty, name
    trust.publish()
    recompute(stale_only=True, at=clock())
    new = rows("actuals", since=export_datetime(before))
    assert list(new["measure"]) == ["published"]
    new = rows("assessments", since=export_datetime(before))
    assert set(new[~new["rag"].isin(LEARNT["BY_THE_CLOCK"])]["measure"]) == {"published"}


def _finished_late(write: Callable[[], object], meanwhile: Callable[[], None]) -> None:
    """Run a write in a transaction of its own, and something else before it ends."""
    written, may_end = threading.Event(), threading.Event()

    def slowly() -> None:
        try:
            with transaction.atomic():
                write()
                written.set()
                assert may_end.wait(WAITED)
        finally:
            connections.close_all()

    thread = threading.Thread(target=slowly, daemon=True)
    thread.start()
    assert written.wait(WAITED)
    meanwhile()
    may_end.set()
    thread.join(WAITED)


@pytest.mark.postgresql
def test_what_began_before_a_load_and_ended_after_it_is_new(transactional_db):
    scene = make_scene()
    scene.tick = timezone.now  # type: ignore[method-assign]
    scene.fill()
    scene.submit()
    recompute(stale_only=False, at=timezone.now())
    held, moments = {}, []

    def load() -> None:
        moments.append(timezone.now())
        held.update({name: rows(name) for name in FED})
        if threading.current_thread() is not threading.main_thread():
            connections.close_all()

    _finished_late(scene.approve, load)
    assert moments[0] > Actual.objects.first().decisions.get().decided_at
    assert len(rows("actuals", since=export_datetime(moments[0]))) == 2
    require_equal_after_merge(held, moments[0])

    # A recalculation that has come to its end is waited for, whenever it began.
    began, loading = timezone.now(), threading.Thread(target=load, daemon=True)
    _finished_late(lambda: recompute(stale_only=False, at=began), loading.start)
    loading.join(WAITED)
    assert not loading.is_alive()
    require_equal_after_merge(held, moments[1])


@pytest.mark.postgresql  # SQLite in memory has one connection
def test_a_write_whose_turn_came_before_a_load_is_waited_for(transactional_db):
    """On SQLite a writer that has not ended holds the load up; on PostgreSQL one that is numbered
    does. Either way the load has what it wrote, and asks for nothing twice.
    """
    scene = make_scene()
    with transaction.atomic():  # the first row of all makes the counter
        audit.record(at=timezone.now(), by=None, action="noted", obj=scene.period)
    order: list[str] = []

    def write() -> None:
        audit.record(at=timezone.now(), by=None, action="noted", obj=scene.period)
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    def wait() -> None:
        def load() -> None:
            audit.let_writes_end()
            order.append("loaded")
            connections.close_all()

        loading = threading.Thread(target=load, daemon=True)
        loading.start()
        loading.join(0.3)
        order.append("writer ends")
        threads.append(loading)

    threads: list[threading.Thread] = []
    _finished_late(write, wait)
    threads[0].join(WAITED)
    assert order == ["writer ends", "loaded"]


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("name", "given", "said"),
    [
        ("plans", {"since": "2026-01-01"}, "The filter “since” does not apply to plans."),
        (
            "actuals",
            {"since": "2026-01-01", "as_at": "2026-01-01"},
            "“since” asks for what is new by now, so it does not go together with “as_at”.",
        ),
        ("actuals", {"since": "2126-01-01"}, "“since” (2126-01-01) has not passed"),
        ("actuals", {"since": "yesterday"}, "“since”: “yesterday” is not a date or moment."),
    ],
)
def test_a_moment_that_cannot_be_meant_is_refused(name, given, said):
    with pytest.raises(BadFilter) as refused:
        rows(name, **given)
    assert refused.value.name == "since"
    assert said in str(refused.value)


@pytest.mark.django_db
def test_a_file_says_from_when_to_ask_the_next_time(world, client):
    client.force_login(person(Role.ANALYST))
    before = timezone.now()
    response = client.get("/exports/actuals.csv")
    until = datetime.fromisoformat(response.headers[ROWS_UNTIL])
    assert before <= until <= timezone.now()
    assert ROWS_UNTIL not in client.get("/exports/plans.csv").headers
    again = client.get("/exports/actuals.csv", {"since": response.headers[ROWS_UNTIL]})
    assert b"".join(again.streaming_content).count(b"\n") == 1

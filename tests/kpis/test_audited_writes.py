"""Every write of this app leaves one audit row, and does not happen without it."""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts import audit
from accounts.models import AuditEvent
from kpis.completion.effects import effects_of
from kpis.completion.lock import lock_month
from kpis.dated_changes.group_dates import change_care_group_dates
from kpis.dated_changes.recalculation import add_rebase, fix_baseline, withdraw_rebase
from kpis.dated_changes.target_changes import Terms, approve_change, propose_change
from kpis.months.change import MOMENTS, change_clock
from kpis.months.clock import lock_period, reopen_period
from kpis.returns.reopen import close_return, reopen_return
from tests.factories.measures import TargetFactory
from tests.factories.people import access, performance_team
from tests.factories.plans import PlanFactory
from tests.kpis.conftest import NOW, Scene

AT = datetime(2026, 10, 1, tzinfo=UTC)


def _target(scene: Scene):
    plan = PlanFactory()
    return TargetFactory(measure=scene.ratio.measure, plan=plan)


def _propose(scene: Scene):
    target = _target(scene)
    return lambda: propose_change(
        target_id=target.pk,
        version=target.version,
        reason="Agreed",
        by=scene.team,
        terms=Terms(effective_from=AT.date(), value=90),
        access=access(scene.team),
        at=NOW,
    )


def _submitted(scene: Scene) -> Scene:
    scene.fill()
    assert scene.submit() == []
    return scene


def _corrected(scene: Scene):
    _submitted(scene).approve()
    scene.fill(calls="15", change_reason="Recount")
    return scene.submit


def _one_return(scene: Scene, write, **more):
    if scene.period.locked_at is None:
        scene.period = lock_period(period_id=scene.period.pk, by=scene.team, at=NOW)
    return lambda: write(
        month=scene.period.month,
        care_group=scene.acute,
        by=scene.team,
        access=access(scene.team),
        at=scene.tick(),
        **more,
    )


def _closed_again(scene: Scene):
    _one_return(scene, reopen_return, reason="Left out")()
    return _one_return(scene, close_return)


def _locked(scene: Scene):
    lock_period(period_id=scene.period.pk, by=scene.team, at=NOW)
    return lambda: reopen_period(period_id=scene.period.pk, by=scene.team, at=NOW, reason="Late")


def _recalculated(scene: Scene):
    who = {"by": scene.team, "access": access(scene.team), "at": NOW, "reason": "A new line"}
    rebase = add_rebase(series_id=scene.calls.pk, starts_on=AT.date(), **who)
    return lambda: withdraw_rebase(rebase_id=rebase.pk, **who)


def _proposed(scene: Scene):
    change, other = _propose(scene)(), performance_team()
    return lambda: approve_change(change_id=change.pk, by=other, access=access(other), at=NOW)


# Each write, with what has to be done before it.
WRITES = {
    "save a draft": lambda scene: scene.fill,
    "submit": lambda scene: (scene.fill(), scene.submit)[1],
    "approve": lambda scene: _submitted(scene).approve,
    "send back": lambda scene: _submitted(scene).send_back,
    "approve a row": lambda scene: partial(_submitted(scene).approve, rows={scene.calls.pk}),
    "send a row back": lambda scene: partial(
        _submitted(scene).send_back, rows={scene.calls.pk: "Nights too?"}, approve_others=True
    ),
    "recall": lambda scene: _submitted(scene).recall,
    "submit a correction": _corrected,
    "open one return again": lambda scene: _one_return(scene, reopen_return, reason="Left out"),
    "close it": _closed_again,
    "lock a month": lambda scene: (
        lambda: lock_month(
            period_id=scene.period.pk,
            confirmed=effects_of(scene.period, at=NOW).digest,
            by=scene.team,
            access=access(scene.team),
            at=NOW,
        )
    ),
    "change the clock of a month": lambda scene: (
        lambda: change_clock(
            month=scene.period.month,
            version=1,
            reason="A strike",
            by=scene.team,
            wanted={name: getattr(scene.period, name) for name in MOMENTS}
            | {"freezes_at": scene.period.freezes_at + timedelta(days=1)},
            access=access(scene.team),
            at=NOW,
        )
    ),
    "open it again": _locked,
    "propose a change": _propose,
    "recalculate limits": lambda scene: (
        lambda: add_rebase(
            series_id=scene.calls.pk,
            starts_on=AT.date(),
            reason="A new line",
            by=scene.team,
            access=access(scene.team),
            at=NOW,
        )
    ),
    "withdraw a recalculation": _recalculated,
    "fix limits": lambda scene: (
        lambda: fix_baseline(
            series_id=scene.calls.pk,
            points=24,
            reason="A project",
            by=scene.team,
            access=access(scene.team),
            at=NOW,
        )
    ),
    "date a care group": lambda scene: (
        lambda: change_care_group_dates(
            care_group_id=scene.acute.pk,
            valid_from=None,
            valid_to=AT.date(),
            reason="Merged",
            by=scene.team,
            access=access(scene.team),
            at=NOW,
        )
    ),
}


def everything() -> dict[str, list]:
    ours = ("accounts", "strategy", "kpis", "cip", "board")
    return {
        model._meta.label: sorted(map(str, model._default_manager.values_list()))
        for model in apps.get_models()
        if model._meta.app_label in ours
    }


@pytest.mark.parametrize("name", WRITES)
def test_a_write_without_its_record_does_not_happen(scene, monkeypatch, name):
    write = WRITES[name](scene)
    before = everything()

    def fails(**given):
        raise RuntimeError("the record cannot be written")

    with monkeypatch.context() as patch:
        patch.setattr(audit, "record", fails)
        with pytest.raises(RuntimeError, match="cannot be written"), transaction.atomic():
            write()
    assert everything() == before


@pytest.mark.parametrize("name", WRITES)
def test_a_write_leaves_one_record_of_who_and_when(scene, name):
    write = WRITES[name](scene)
    before = set(AuditEvent.objects.values_list("pk", flat=True))
    write()
    event = AuditEvent.objects.exclude(pk__in=before).get()
    assert event.by in (scene.lead, scene.team)
    assert event.at >= NOW


@pytest.mark.parametrize("name", [*WRITES, "approve a change"])
def test_a_write_takes_its_rows_first_and_its_record_last(scene, name):
    """All writes lock in the same order, so that no two wait for each other."""
    write = {**WRITES, "approve a change": _proposed}[name](scene)
    with CaptureQueriesContext(connection) as captured:
        write()
    asked = [query["sql"] for query in captured]
    taken = [sql for sql in asked if " FOR " in sql or not sql.startswith("SELECT")]
    taken = [sql for sql in taken if "SAVEPOINT" not in sql]
    assert "accounts_audit" in taken[-1]
    months = [place for place, sql in enumerate(asked) if "FOR SHARE" in sql]
    if connection.vendor == "postgresql" and name in (
        "save a draft",
        "submit",
        "approve",
        "send back",
    ):
        assert asked[months[0]].split("FROM")[1].split()[0].strip('"') == "kpis_reportingperiod"
        assert taken[0] == asked[months[0]]

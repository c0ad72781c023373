"""Whole programmes against a second calculation, at every moment of their history.

People plan, sign, deliver, move, substitute and sign off by chance, while finance changes weights
and moves targets. What the datasets and the page then say, now and as known before, is compared
with a diary that is kept here and added up slowly from the words of docs/rules.md, in pounds.
"""

import os
import random
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.permissions import Access
from accounts.roles import Role
from board.exports.datasets import DATASETS
from cip.programmes.page import programme_page
from cip.programmes.set_up import change_targets, change_weights, move_target, weights_now
from cip.programmes.targets import targets_now
from cip.standing.hold import SchemeRefused
from strategy.exports.filters import Filters
from strategy.periods import Month
from tests.cip.walk import YEAR, Walk

HISTORIES = int(os.environ.get("RANDOM_HISTORIES", "6"))
ACTS = 45
REFERENCES = ("CIP-1", "CIP-2", "CIP-3")
COUNTED = ("outlined", "qia", "approved", "in_delivery", "closed")
# What is done, and how often.
KINDS = {
    "plan": 2, "forecast": 1, "rate": 2, "group": 1, "sign": 1, "go": 3, "actual": 2,
    "sign_off": 2, "end": 1, "weights": 1, "transfer": 1, "target": 1,
}  # fmt: skip
ENDED = ("closed", "rejected", "substituted")
FINANCE = Access(roles=frozenset({Role.FINANCE_PMO}))


class Diary:
    """What was done so far, in plain words, without the tracker's own rules."""

    def __init__(self) -> None:
        self.schemes: dict[str, dict] = {}
        self.weights = {"green": 100, "amber": 50, "red": 0}
        self.targets = {"acute": 600_000, "older-people": 400_000}
        self.signed_off: set[tuple[str, Month]] = set()

    def planned(self, name: str) -> int:
        return sum(self.schemes[name]["plan"].values())

    def is_open(self, name: str) -> bool:
        """Both signed in this care group, for a plan that is within a tenth of the one now."""
        row, planned = self.schemes[name], self.planned(name)
        return any(
            group == row["group"] and 10 * abs(planned - signed) <= abs(signed)
            for group, signed in row["signed"]
        )

    def sums(self, name: str) -> dict[str, Fraction]:
        row = self.schemes[name]
        delivered = coming = Fraction(0)
        for month in YEAR.months:
            if (row["group"], month) in self.signed_off:
                delivered += row["actual"].get(month, 0)
            elif row["stage"] in COUNTED:
                coming += row["forecast"].get(month, row["plan"].get(month, 0))
        share = self.weights[row["rating"]] if row["rating"] and self.is_open(name) else 0
        return {
            "delivered_to_date_k": delivered,
            "forecast_k": delivered + coming,
            "risk_weighted_k": delivered + coming * share / 100,
            "in_year_plan_k": Fraction(self.planned(name)),
        }

    def of_group(self, group: str) -> dict[str, Fraction]:
        found = dict.fromkeys(("delivered_to_date_k", "forecast_k", "risk_weighted_k"), Fraction(0))
        identified = Fraction(0)
        for name, row in self.schemes.items():
            if row["group"] == group:
                sums = self.sums(name)
                found = {key: amount + sums[key] for key, amount in found.items()}
                identified += sums["in_year_plan_k"] if row["stage"] in COUNTED else 0
        target = Fraction(self.targets[group])
        return {
            **found,
            "target_k": target,
            "identified_k": identified,
            "unidentified_k": target - identified,
        }


class Life:
    """Acts by chance, through the tracker and into the diary alike; one that it refuses is none."""

    def __init__(self, walk: Walk, chance: random.Random):
        self.walk, self.chance, self.diary = walk, chance, Diary()
        self.moments: list[tuple[datetime, Diary]] = []
        self.done: set[str] = set()

    def act(self) -> None:
        walk, chance = self.walk, self.chance
        walk.now += timedelta(days=chance.randint(0, 12), hours=chance.randint(0, 20))
        kind = chance.choices(list(KINDS), list(KINDS.values()))[0]
        self.name = chance.choice(REFERENCES)
        if self.name not in self.diary.schemes:
            self.begin()
        walk.scheme = next(row for row in walk.made if row.reference == self.name)
        before = deepcopy(self.diary)
        try:
            with transaction.atomic():
                getattr(self, kind)(self.diary.schemes[self.name])
            self.done.add(kind)
        except SchemeRefused:
            self.diary = before
        if chance.random() < 0.2:
            self.moments.append((walk.now, deepcopy(self.diary)))

    def begin(self) -> None:
        self.walk.add(self.name, by=self.walk.finance)
        self.diary.schemes[self.name] = {
            "group": "acute", "stage": "idea", "rating": None, "plan": {}, "forecast": {},
            "actual": {}, "signed": [],
        }  # fmt: skip

    def months(self, kind: str, row: dict, months: list[Month]) -> None:
        held = row[kind]
        amounts = {}
        for month in months:
            usual = held.get(month) or row["plan"].get(month) or 20_000
            amounts[month] = usual * self.chance.choice([90, 97, 100, 103, 111, 150]) // 100
        texts = {month: str(Decimal(amount).scaleb(-3)) for month, amount in amounts.items()}
        self.walk.phase(texts, kind=kind, by=self.walk.finance)
        held.update(amounts)

    def plan(self, row: dict) -> None:
        months = list(YEAR.months) if not row["plan"] else self.chance.sample(YEAR.months, 1)
        self.months("plan", row, months)

    def forecast(self, row: dict) -> None:
        self.months("forecast", row, self.chance.sample(YEAR.months, 2))

    def actual(self, row: dict) -> None:
        month = Month.of(self.walk.now.date()).plus(-self.chance.randint(0, 2))
        self.months("actual", row, [month])

    def rate(self, row: dict) -> None:
        rating = self.chance.choice(["green", "amber", "red"])
        self.walk.rate(rating, by=self.walk.finance)
        row["rating"] = rating

    def group(self, row: dict) -> None:
        walk = self.walk
        to = walk.older if row["group"] == "acute" else walk.acute
        walk.change(by=walk.finance, care_group=to)
        row["group"] = to.code

    def sign(self, row: dict) -> None:
        """Both sign what is approved, again where it has changed since."""
        if self.walk.standing.assessed is None:
            raise SchemeRefused("There is nothing to sign.")
        self.walk.sign(self.walk.medical)
        self.walk.sign(self.walk.nursing)
        row["signed"].append((row["group"], self.diary.planned(self.name)))

    def go(self, row: dict) -> None:
        """The next stage, with what it asks for."""
        walk = self.walk
        if row["stage"] == "qia" and walk.standing.assessed is None:
            walk.write(by=walk.finance)
            walk.submit(by=walk.finance)
            walk.decide()
            self.sign(row)
        following = {"idea": "outlined", "outlined": "qia", "qia": "approved"}
        to = following.get(row["stage"], "in_delivery")
        walk.move(to, by=walk.finance)
        row["stage"] = to

    def sign_off(self, row: dict) -> None:
        walk = self.walk
        month = Month.of(walk.now.date()).plus(-self.chance.randint(1, 3))
        group = self.chance.choice([walk.acute, walk.older])
        actuals = [
            one["actual"].get(month, 0)
            for one in self.diary.schemes.values()
            if one["group"] == group.code
        ]
        walk.sign_off(month, group, seen=str(Decimal(sum(actuals)).scaleb(-3)))
        self.diary.signed_off.add((group.code, month))

    def end(self, row: dict) -> None:
        if self.chance.random() < 0.6:
            raise SchemeRefused("Not now.")
        to = self.chance.choice(ENDED)
        other = self.chance.choice([name for name in REFERENCES if name != self.name])
        more = {"substitute": other} if to == "substituted" else {}
        self.walk.move(to, by=self.walk.finance, **more)
        row["stage"] = to

    def weights(self, row: dict) -> None:
        shares = sorted(self.chance.sample(range(101), 3), reverse=True)
        weights = dict(zip(("green", "amber", "red"), shares, strict=True))
        change_weights(
            programme_id=self.walk.programme.pk, seen=weights_now(self.walk.programme),
            weights={name: Decimal(share) for name, share in weights.items()},
            reason="As delivered", **self.walk.who(self.walk.finance),
        )  # fmt: skip
        self.diary.weights = weights

    def transfer(self, row: dict) -> None:
        amount, walk = self.chance.randint(1, 50_000), self.walk
        groups = [walk.acute, walk.older]
        self.chance.shuffle(groups)
        move_target(
            programme_id=walk.programme.pk, from_group=groups[0].pk, to_group=groups[1].pk,
            amount=Decimal(amount).scaleb(-3), reason="Moved", **walk.who(walk.finance),
        )  # fmt: skip
        self.diary.targets[groups[0].code] -= amount
        self.diary.targets[groups[1].code] += amount

    def target(self, row: dict) -> None:
        walk, seen = self.walk, {}
        for group, amount in targets_now(walk.programme).items():
            seen[group.pk] = amount
        wanted = self.chance.randint(100_000, 700_000)
        change_targets(
            programme_id=walk.programme.pk, seen=seen, recurrent=None, reason="Agreed",
            targets={**seen, walk.acute.pk: Decimal(wanted).scaleb(-3)},
            **walk.who(walk.finance),
        )  # fmt: skip
        self.diary.targets["acute"] = wanted


def cells(name: str, key: str, at: datetime | None) -> dict[str, dict]:
    dataset = DATASETS[name]
    rows = list(dataset.rows(Filters(as_at=at, access=FINANCE)))
    read = [{column.name: column.get(row) for column in dataset.columns} for row in rows]
    return {row[key]: row for row in read}


def compare(walk: Walk, diary: Diary, at: datetime | None) -> None:
    schemes = cells("cip_schemes", "scheme", at)
    assert set(schemes) == set(diary.schemes)
    for name, row in diary.schemes.items():
        said = schemes[name]
        assert (said["stage"], said["care_group"]) == (row["stage"], row["group"])
        for column, amount in diary.sums(name).items():
            assert Fraction(said[column]) * 1000 == amount, (name, column, at)
    groups = cells("cip_allocations", "care_group", at)
    wanted = {code: diary.of_group(code) for code in diary.targets}
    for code, sums in wanted.items():
        for column, amount in sums.items():
            if not diary.schemes and column != "target_k":
                continue
            assert Fraction(groups[code][column]) * 1000 == amount, (code, column, at)
    totals = programme_page(walk.programme, at).totals
    for name, column in (
        ("target", "target_k"),
        ("identified", "identified_k"),
        ("risk_weighted", "risk_weighted_k"),
        ("delivered", "delivered_to_date_k"),
    ):
        whole = sum(sums[column] for sums in wanted.values())
        assert Fraction(getattr(totals, name)) * 1000 == whole, (name, at)
    gap = sum(sums["target_k"] - sums["risk_weighted_k"] for sums in wanted.values())
    assert Fraction(totals.gap) * 1000 == gap


@pytest.mark.any_database
@pytest.mark.django_db
@pytest.mark.parametrize("seed", range(HISTORIES))
def test_every_moment_of_a_programme_agrees_with_a_second_calculation(walk, monkeypatch, seed):
    monkeypatch.setattr(timezone, "now", lambda: walk.now)
    life = Life(walk, random.Random(20_261_130 + seed))
    walk.now = datetime(2019, 4, 2, 8, tzinfo=UTC)
    for _ in range(ACTS):
        life.act()
    compare(walk, life.diary, None)
    for moment, diary in life.moments:
        compare(walk, diary, moment)
    assert life.moments
    assert len(life.done) > 4

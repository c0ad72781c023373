"""The small trust with something at every address, and a reader of every kind."""

from dataclasses import dataclass

import pytest

from cip.models import Allocation, Programme
from kpis.models import Target
from tests.factories.rows import row
from tests.factories.worlds import World, small_trust


@dataclass
class Place:
    """The small trust, and what stands for each part of an address."""

    world: World
    parts: dict[str, str]

    def address(self, route: str, **other: str) -> str:
        """A route with something real in each of its places."""
        parts = {**self.parts, **other}
        if "/care-groups/" in route:
            parts["code"] = parts["care_group"]
        for name, value in parts.items():
            route = route.replace(f"<{name}>", value)
        assert "<" not in route, route
        return route


@pytest.fixture
def place(db) -> Place:
    world = small_trust()
    programme = row(Programme, year="2019-20", plan=None)
    row(Allocation, programme=programme, care_group=world.acute)
    parts = {
        "plan": world.plan.code,
        "reference": "1.1",
        "code": "seen-in-time",
        "care_group": "acute",
        "year": "2019-20",
        "period": "2025-07",
        "dataset": "actuals",
        "file_format": "csv",
        "target": str(Target.objects.get().pk),
    }
    return Place(world, parts)

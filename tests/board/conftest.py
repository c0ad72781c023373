import pytest

from tests.factories.worlds import Place, World, everywhere, small_trust
from tests.kpis.conftest import Scene, scene

__all__ = ["Scene", "scene"]


@pytest.fixture
def world(db) -> World:
    return small_trust()


@pytest.fixture
def place(db) -> Place:
    return everywhere()

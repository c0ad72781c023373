import pytest

from tests.factories.worlds import World, small_trust


@pytest.fixture
def world(db) -> World:
    return small_trust()

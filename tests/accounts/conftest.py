import pytest

from tests.factories.worlds import Place, everywhere


@pytest.fixture
def place(db) -> Place:
    return everywhere()

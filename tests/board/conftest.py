from tests.factories.worlds import Place, World, everywhere, small_trust
from tests.kpis.conftest import Scene, scene
from tests.plugins.kept import kept

__all__ = ["Scene", "scene"]


@kept
def world() -> World:
    return small_trust()


@kept
def place() -> Place:
    return everywhere()

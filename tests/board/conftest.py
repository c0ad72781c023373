from io import StringIO

from django.core.management import call_command

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


@kept
def seeded() -> None:
    """The project's own fixtures with the demonstration; loading them takes seconds."""
    call_command("seed", "--illustrative", stdout=StringIO())

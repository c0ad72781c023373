from tests.factories.worlds import Place, everywhere
from tests.plugins.kept import kept


@kept
def place() -> Place:
    return everywhere()

"""A question that is written once holds nothing of the moment at which it was written first."""

import inspect
import pkgutil
import re
from importlib import import_module

import pytest

from kmpt_tracker.questions import Question

APPS = ("accounts", "strategy", "kpis", "cip", "board")
PLACES = {
    "int", "str", "bool", "date", "datetime",
    "Collection[int]", "Collection[str]", "Collection[date]",
}  # fmt: skip
OF_THE_MOMENT = ("now(", "today(", "localdate(", "settings.", "get_current", "cache.")


def questions() -> dict[str, Question]:
    found = {}
    for app in APPS:
        for module in pkgutil.walk_packages(import_module(app).__path__, f"{app}."):
            if ".migrations." in module.name or ".management." in module.name:
                continue
            for name, held in vars(import_module(module.name)).items():
                if isinstance(held, Question) and held.__module__ == module.name:
                    found[f"{module.name}.{name}"] = held
    return found


FOUND = questions()


def test_the_questions_of_every_page_are_found():
    assert {"strategy.access._held", "kpis.assessments.read._windows"} <= FOUND.keys()


@pytest.mark.parametrize("name", FOUND)
def test_it_asks_neither_the_clock_nor_the_settings(name):
    source = inspect.getsource(FOUND[name].write)
    assert [word for word in OF_THE_MOMENT if word in source] == []


@pytest.mark.parametrize("name", FOUND)
def test_what_changes_its_words_goes_by_keyword(name):
    """A value by position is a place in the SQL: no default stands in for one, and none is a model,
    a month or several kinds at once.
    """
    for parameter in inspect.signature(FOUND[name].write).parameters.values():
        by_keyword = parameter.kind is parameter.KEYWORD_ONLY
        assert by_keyword or parameter.default is parameter.empty
        if not by_keyword:
            kind = inspect.formatannotation(parameter.annotation)
            assert re.sub(r"\b\w+\.| \| None", "", kind.strip("'")) in PLACES, parameter.name

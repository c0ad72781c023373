"""A question that is written once holds nothing of the moment at which it was written first."""

import inspect
import pkgutil
import re
from datetime import date, datetime
from importlib import import_module

import pytest

from kmpt_tracker.questions import Gap, Question, Written

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


# What changes only with an audit row that is not of a return (docs/adr/0023), so that an answer may
# be kept. Of series, only what is counted as figures come changes without one: no answer holds it.
SETTLED = {
    "accounts_user", "board_boardmeeting", "strategy_committee",
    "cip_allocation", "cip_programme",
    "kpis_acceptedlevel", "kpis_annotation", "kpis_benchmark", "kpis_rebase",
    "kpis_fixedbaseline", "kpis_historicaltarget", "kpis_measure",
    "kpis_measurechange", "kpis_measurelink", "kpis_plannedowner", "kpis_plandraft",
    "kpis_series", "kpis_succession", "kpis_target", "kpis_targetchange", "kpis_targetpoint",
    "kpis_tolerancechange",
    "strategy_action", "strategy_ambition", "strategy_caregroup",
    "strategy_caregroup_predecessors", "strategy_contextfigure", "strategy_financeline",
    "strategy_note", "strategy_notelink", "strategy_objective", "strategy_outcome",
    "strategy_plan", "strategy_planstatement", "strategy_qualitypriority", "strategy_risk",
    "strategy_sourcedocument", "kpis_textchange", "strategy_trustname",
}  # fmt: skip
KINDS = {"int": int, "str": str, "bool": bool, "date": date, "datetime": datetime}


def written(asked: Question) -> Written:
    """The question with a value in each place."""
    values, words = [], {}
    for number, (name, parameter) in enumerate(inspect.signature(asked.write).parameters.items()):
        if parameter.kind is parameter.KEYWORD_ONLY:
            words[name] = ()
            continue
        kind = inspect.formatannotation(parameter.annotation).strip("'").removesuffix(" | None")
        one = re.sub(r"^.*Collection\[(.*)\]$", r"\1", kind).rsplit(".", 1)[-1]
        values.append(Gap(number, KINDS[one], is_several="Collection" in kind))
    return Written(asked.write(*values, **words))


@pytest.mark.django_db
@pytest.mark.parametrize("name", [name for name, asked in FOUND.items() if asked.is_kept])
def test_what_is_kept_changes_only_with_an_audit_row(name):
    asked = written(FOUND[name])
    assert set(asked.tables) - SETTLED == set()
    assert asked.tables
    assert asked.counted == []


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
